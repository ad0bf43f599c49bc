// One Gateway in the simulated daemon: the real GatewayMachine, driven as GatewayShell drives it, over
// simulated sockets. What the shell does on a caller's thread happens at once here, what it does on the io
// thread a little later. It tells the model the facts, and checks what can be seen at the machine: bounds,
// and that no timer storms.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "cluster/gateway_machine.h"
#include "simulation/model.h"
#include "simulation/model_events.h"
#include "simulation/network.h"

namespace gatewayd::simulation {

// Counts the commands that were wholly written to one connection.
class WrittenCommands {
 public:
  // Another connection. `secret` is the daemon's.
  void Reset(const Dialect& dialect, const std::string& secret);
  void Feed(std::string_view bytes);
  std::uint64_t count() const { return count_; }

 private:
  void FeedEncrypted(std::string_view bytes);

  std::string head_;  // of a php packet
  std::size_t body_left_ = 0;
  std::unique_ptr<embedded::LinkCodec> codec_;  // go
  std::string packets_;
  std::uint64_t count_ = 0;
};

// Where the events of a world go; all null where it has none.
struct EventOutlet {
  cluster::EventSink* sink = nullptr;
  EventModel* model = nullptr;
  bool wanted = false;
  bool was_wanted = false;             // once
  std::function<void()> on_links_off;  // the last event link of a Gateway is closed
};

class DaemonGateway : public std::enable_shared_from_this<DaemonGateway> {
 public:
  using Watcher = std::function<void(DaemonGateway&, const cluster::GatewayChange&)>;

  DaemonGateway(Sim& sim, Network& network, Model& model, int index,
                cluster::GatewayMachine::Settings settings, const EventOutlet& outlet, Watcher watcher,
                std::function<std::uint64_t()> close_waits);  // close_wait_expired of the whole daemon

  void SetListed(bool listed);
  void Stop();

  // ---- Callers; `op` is known to the model already.
  absl::Status Send(Op& op, const wire::Frame& frame);
  void SendConfirmed(Op& op, const wire::Frame& frame, cluster::OnDone done);
  void Query(Op& op, const wire::Frame& frame, std::size_t bounded_size, cluster::OnAnswer answer);

  // ---- Events (daemon_gateway_events.cc)
  void WantEvents(bool wanted);
  // go: as an operator does it; the connections that are open.
  void ClearHold();
  std::set<std::uint64_t> OpenConnections() const;
  // The command link's, or null.
  const ConnectionFacts* command_connection() const {
    return wires_[0]->socket ? &wires_[0]->socket->facts() : nullptr;
  }
  void ResumeEvents();
  void MarkEvents(const cluster::RunPtr& run, std::uint64_t token);
  // Faults: the network cuts the command link, or the event link.
  void CutLink(bool event_link);

  const cluster::GatewayMachine& machine() const { return machine_; }
  const std::string& address() const { return address_; }
  int index() const { return index_; }
  // Some connection of it was written nonsense into after `since`.
  bool PoisonedSince(absl::Time since) const { return poisoned_ >= since; }
  std::uint64_t wake_ups() const { return wake_ups_; }

 private:
  // A link's socket, as cluster/connection.h is one.
  struct Wire : SocketEvents {
    Wire(DaemonGateway& owner, std::size_t i) : owner(owner), i(i) {}
    void OnInput(Socket& from, std::string_view bytes) override { owner.OnInput(i, from, bytes); }
    void OnWritable(Socket&) override;
    void OnClosed(Socket& from, bool orderly, const std::string& error) override;
    void Close();

    DaemonGateway& owner;
    const std::size_t i;
    SocketPtr socket;
    std::shared_ptr<bool> dialling;
    std::string input;
    std::size_t begin = 0;  // of what is not used yet
    bool waiting_writable = false;
    std::unique_ptr<cluster::EventReader> reader;  // of event links
    bool paused = false;
    std::string_view left() const { return std::string_view(input).substr(begin); }
  };

  void OnIo(absl::FunctionRef<void()> step);
  template <typename Step>
  void OnCallersThread(Step&& step);
  void Perform();
  void Dial(std::size_t i);
  void CheckDial();
  void Write(std::size_t i);
  void Flush();
  void MarkDirty();
  void ArmTimer();
  void OnTimer();
  void OnInput(std::size_t i, Socket& from, std::string_view bytes);
  void TellModel();
  void CheckBounds();
  void CheckStalls();
  void TellModelOfGuard();
  void NoteClosed(std::size_t i, const Socket& from, bool orderly);
  bool go() const { return dialect_.go(); }
  // daemon_gateway_events.cc
  void OnEventInput(std::size_t i, std::size_t fresh);
  void OnEventItem(std::size_t i, const cluster::EventReader::Item& item, cluster::EventInput& input);
  void PauseOrResume(std::size_t i);
  void NoteEventLosses();
  void OnSessionWritten(const Op& op, const wire::Frame& frame);

  Sim& sim_;
  Network& network_;
  Model& model_;
  const int index_;
  const std::string address_;
  const Dialect& dialect_;
  const cluster::Options& options_;
  const cluster::AnswerMemory& memory_;
  const EventOutlet& outlet_;
  const Watcher watcher_;
  const std::function<std::uint64_t()> close_waits_;
  cluster::GatewayMachine machine_;
  std::vector<std::unique_ptr<Wire>> wires_;
  absl::Time armed_ = absl::InfiniteFuture();
  std::uint64_t timer_ = 0;
  bool flush_pending_ = false;
  bool stopped_ = false;

  WrittenCommands written_;                 // on the command link
  std::uint64_t connection_ = 0;            // of the command link, while it lives
  bool was_ready_ = false;                  // that connection
  absl::Time command_heard_;                // when a byte came on it last, or an answer became due
  bool command_idle_ = true;                // no answer was due when it was looked at last
  WrittenCommands guard_written_;           // go: on the first query link
  std::shared_ptr<ConnectionFacts> guard_;  // its connection, while it lives
  absl::Time guard_closed_ = absl::InfinitePast();
  absl::Time command_broke_ = absl::InfinitePast();
  std::shared_ptr<ConnectionFacts> broken_;     // that command link's
  std::string generation_;                      // as the model knows it
  std::map<std::uint64_t, int> run_of_number_;  // of each generation: the run with which it began
  std::uint64_t event_losses_ = 0;              // that the machine has counted
  bool event_links_off_ = true;
  absl::Time poisoned_ = absl::InfinitePast();
  std::uint64_t wake_ups_ = 0;
  absl::Time last_wake_up_ = absl::InfinitePast();
  int wake_ups_at_once_ = 0;
  absl::Time last_dial_ = absl::InfinitePast();
  int failed_dials_ = 0;
};

}  // namespace gatewayd::simulation
