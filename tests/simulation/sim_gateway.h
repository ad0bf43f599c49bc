// A Gateway of a simulated world: the embedded Gateway's state as brain, and around it what the original does
// to bytes. It can be killed, replaced, and frozen.
//   php  keeps what it has to send to a worker up to a limit and drops answers above it without a word; it
//        destroys a connection whose end it reads, unsent bytes included; it closes at a wrong secret saying
//        nothing; it refuses frames above 10 MiB.
//   go   drops nothing: whoever writes waits. The handler of a link waits for a client that does not read
//        (client_writes.h), and for a caller that does not read its answer; a client waits for a worker that
//        does not read its event, and the loop that sends PINGs does, too. What waits for a link that is
//        closed is lost: one event of each client. A link that is lost is closed once its handler is done.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "embedded/gateway_state.h"
#include "simulation/client_writes.h"
#include "simulation/dialect.h"
#include "simulation/model.h"
#include "simulation/model_events.h"
#include "simulation/network.h"

namespace gatewayd::simulation {

struct SimGatewayOptions {
  const Dialect* dialect = &Dialect::Php();
  std::string address;  // "10.0.0.1:2900"
  std::string secret;
  std::size_t send_buffer = 10'240'000;  // TcpConnection::$maxSendBufferSize of its worker connections
  int clients = 10;                      // that are there, and come back when they are closed
  std::size_t session_size = 20;
  // Events, in worlds that have them.
  std::size_t event_buffer = 10'240'000;  // what finds so much unsent for its worker is dropped
  bool close_clients_without_worker = false;
  absl::Duration talk = absl::InfiniteDuration();  // between two things that clients do
  int talk_burst = 1;                              // messages at most of one client at a time
  std::size_t message_size = 20;                   // at most, but for a few
  std::size_t large_message = 0;                   // added to those few
  unsigned poison = 0;                             // per mille of messages on which a handler may die
};

// One address; the processes that serve it one after the other are its runs.
class SimGateway : public Acceptor, public SocketEvents {
 public:
  SimGateway(Sim& sim, Network& network, Model& model, EventModel* events, int index,
             SimGatewayOptions options);

  void Start();  // a new run: connection ids from 1, the same clients come again under other ids
  // The process ends. `silently`: with its host, so that no other end hears of it.
  void Kill(bool silently);
  void Freeze();
  void Thaw();
  bool running() const { return state_ != nullptr; }
  bool frozen() const { return frozen_; }
  int run() const { return run_; }
  int index() const { return index_; }
  std::uint64_t dropped() const { return dropped_; }   // events and answers that found a buffer full
  std::size_t links() const { return links_.size(); }  // connections that are open
  const std::string& address() const { return options_.address; }
  void set_secret(std::string secret) { options_.secret = std::move(secret); }

  // Faults. Garbage is written to some connection of the daemon; `answer` as a real answer to IS_ONLINE that
  // nobody asked for. CloseOne: the Gateway ends some connection by itself.
  void WriteGarbage(bool answer);
  void CloseOne();
  void CutOne();

  // go. A client reads nothing any more; all read again. Whether no handler is at work but for those of
  // `open` connections, which an operator looks at before he clears.
  void StopSomeReader();
  absl::Time HeldSince(std::uint64_t connection) const {
    return writes_ ? writes_->HeldSince(connection) : absl::InfiniteFuture();
  }
  void ReadAll();
  bool Rests(const std::set<std::uint64_t>& open) const;
  // Each of the daemon's event links has asked something since then.
  bool AskedOnEventLinks(absl::Time since) const;
  std::uint64_t held_up() const { return held_up_ + (writes_ ? writes_->held_up() : 0); }

  // Its clients do nothing by themselves any more; all do very much at once; each says one more thing.
  void Quieten() { quiet_ = true; }
  void Burst(int messages);
  void SayOnce();

  // Ids that a caller might know: living ones, and some that are not.
  std::uint32_t SomeClient();

  // ---- Acceptor, SocketEvents
  void OnAccept(SocketPtr socket) override;
  void OnInput(Socket& socket, std::string_view bytes) override;
  void OnWritable(Socket& socket) override;
  void OnClosed(Socket& socket, bool orderly, const std::string& error) override;

 private:
  struct Link {
    SocketPtr socket;
    std::string in, out;
    bool closing = false;
    bool unbounded_due = false;  // the last query was one of unbounded answer size
    bool worker = false;         // it gets events
    bool late = false;           // it had still to be written to when it was to be closed
    // go
    bool over = false;                        // its connection is gone, and its handler has still to finish
    bool answering = false;                   // its handler waits to write an answer
    std::set<std::uint32_t> waiting;          // clients whose event waits for it to be read
    absl::Time asked = absl::InfinitePast();  // a worker's: when it last asked something
  };

  Link* Find(std::uint64_t id);
  bool go() const { return options_.dialect->go(); }
  bool Waits(const Link& link) const;
  bool Reads(const Link& link) const;
  void Run(std::uint64_t id);
  void OnBadPacket(std::uint64_t id, const std::string& error);
  void Execute(Link& link, const wire::Frame& frame);
  void Perform(embedded::Actions& actions, std::uint64_t by = 0);  // `by`: the link
  void Answer(Link& link, std::string_view payload);
  void WriteOut(Link& link);
  void Drop(std::uint64_t id, bool by_fault = false);
  void TellSessionRun(const wire::Frame& frame);
  // sim_gateway_clients.cc
  void AddClient(int number);
  void RemoveClient(std::uint32_t id);
  void Talk();
  bool IsWaiting(std::uint32_t client) const;
  void Ping();  // to every worker, each 25 s
  void SaySomething(std::uint32_t client, int messages);
  void SendEvent(const embedded::SendEvent& event);
  Link* SomeLink();

  Sim& sim_;
  Network& network_;
  Model& model_;
  EventModel* const events_;  // null: this world has none
  const int index_;
  SimGatewayOptions options_;
  const std::string right_secret_;
  wire::GatewayAddress inner_;
  std::unique_ptr<embedded::LinkCodec> codec_;
  std::unique_ptr<embedded::GatewayState> state_;
  std::shared_ptr<ClientWrites> writes_;  // go
  int run_ = 0;
  bool frozen_ = false;
  bool quiet_ = false;
  std::uint64_t messages_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t held_up_ = 0;            // in former runs
  std::map<std::uint64_t, Link> links_;  // by connection id
  std::vector<std::uint32_t> clients_;   // by number
};

}  // namespace gatewayd::simulation
