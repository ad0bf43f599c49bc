// Gateways for the random test: what they run and send, each in its own order, and what is still on the way.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {

// One Gateway, as its two links to the daemon show it. Sessions are "v7": the seventh that was written by
// this daemon. Runs of a Gateway follow one another.
class RandomGateway {
 public:
  // A command, or an answer's question, on its way to the Gateway.
  struct Command {
    std::uint32_t write_of = 0;
    std::optional<Mark> mark;
    std::optional<SessionFetch> fetch;
  };
  // On its way from the Gateway.
  struct Sent {
    EventPtr event;
    std::optional<Mark> mark;
  };
  struct Answer {
    SessionFetch fetch;
    std::optional<std::string> session;
  };

  explicit RandomGateway(std::uint64_t slot) : number_(10 + slot) {}

  cluster::RunPtr run() const { return RunOf(number_); }
  std::uint64_t number() const { return number_; }
  std::uint32_t clients() const { return clients_; }

  void Send(EventKind kind, std::uint32_t client, std::size_t size) {
    if (!link_up) return;
    link.push_back({MakeEvent(client, std::string(size, 'x'),
                              {.kind = kind, .run = number_, .session = cluster::StrCat("v", ran_[client])}),
                    std::nullopt});
  }
  std::uint32_t NewClient() { return ++clients_; }

  // The Gateway runs the oldest command. The answer, if there is one.
  std::optional<Answer> RunCommand() {
    Command command = std::move(commands.front());
    commands.pop_front();
    if (command.write_of != 0) ++ran_[command.write_of];
    if (command.mark && link_up) link.push_back({nullptr, command.mark});
    if (!command.fetch) return std::nullopt;
    return Answer{*command.fetch, cluster::StrCat("v", ran_[command.fetch->client.connection_id])};
  }

  void LoseLink() {
    link_up = false;
    stopped = false;
    link.clear();
    for (Command& command : commands)
      command.mark.reset();
  }

  // Fetches that will not be answered.
  std::vector<Answer> Restart() {
    std::vector<Answer> answers;
    for (Command& command : commands) {
      if (command.fetch) answers.push_back({*command.fetch, std::nullopt});
    }
    commands.clear();
    ran_.clear();
    number_ += 10;
    clients_ = 0;
    return answers;
  }

  bool link_up = false;
  bool stopped = false;  // the memory was full for the oldest on the link
  std::deque<Command> commands;
  std::deque<Sent> link;

 private:
  std::uint64_t number_;
  std::uint32_t clients_ = 0;
  std::map<std::uint32_t, std::uint64_t> ran_;  // writes of each client's session
};

}  // namespace gatewayd::events
