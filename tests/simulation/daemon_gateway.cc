#include "simulation/daemon_gateway.h"

#include <algorithm>
#include <utility>

namespace gatewayd::simulation {
namespace {

using cluster::LinkAction;

constexpr std::size_t kFlushAt = 64 * 1024;               // as in gateway_shell.cc
constexpr absl::Duration kTurn = absl::Microseconds(30);  // until a batch is flushed, or the io thread runs
constexpr int kStorm = 50;

}  // namespace

DaemonGateway::DaemonGateway(Sim& sim, Network& network, Model& model, int index,
                             cluster::GatewayMachine::Settings settings, const EventOutlet& outlet,
                             Watcher watcher, std::function<std::uint64_t()> close_waits)
    : sim_(sim),
      network_(network),
      model_(model),
      index_(index),
      address_(settings.address),
      dialect_(Dialect::Of(settings.dialect->kind())),
      options_(*settings.options),
      memory_(*settings.memory),
      outlet_(outlet),
      watcher_(std::move(watcher)),
      close_waits_(std::move(close_waits)),
      machine_(std::move(settings)) {
  for (std::size_t i = 0; i < machine_.connection_count(); ++i) {
    wires_.push_back(std::make_unique<Wire>(*this, i));
    if (i >= machine_.link_count()) wires_.back()->reader = machine_.NewEventReader();
  }
}

// ---- Callers

absl::Status DaemonGateway::Send(Op& op, const wire::Frame& frame) {
  const std::uint64_t appended = machine_.link(0).outbound().appended();
  const bool stalled = machine_.stalled();
  absl::Status status = machine_.Send(frame, op.generation, sim_.now());
  if (!status.ok()) return status;
  if (stalled && frame.command != wire::Command::kDestroy) {
    sim_.Broken(9, cluster::StrCat("gateway ", index_, " is stalled, and a command was taken for it"));
  }
  if (go() && machine_.link(0).outbound().appended() == appended) {
    model_.OnAcceptedByGuard(op, guard_);
  } else {
    model_.OnAccepted(op);
  }
  MarkDirty();
  OnSessionWritten(op, frame);
  return status;
}

void DaemonGateway::SendConfirmed(Op& op, const wire::Frame& frame, cluster::OnDone done) {
  OnCallersThread([&] {
    const std::uint64_t before = machine_.counters().commands_accepted;
    machine_.SendConfirmed(
        frame,
        {.generation = op.generation, .require_online = op.require_online, .confirm_run = op.confirm_run},
        std::move(done), sim_.now());
    if (machine_.counters().commands_accepted == before) return;
    model_.OnAccepted(op);
    OnSessionWritten(op, frame);
  });
}

void DaemonGateway::Query(Op& op, const wire::Frame& frame, std::size_t bounded_size,
                          cluster::OnAnswer answer) {
  OnCallersThread([&] {
    const std::size_t due = machine_.link(0).answers().size();
    machine_.Query(frame,
                   {.generation = op.generation,
                    .bounded_answer_size = bounded_size,
                    .any_consistency = op.any,
                    .deadline = sim_.now() + op.deadline},
                   std::move(answer), sim_.now());
    if (!op.unbounded && machine_.link(0).answers().size() > due) model_.OnAccepted(op);
  });
}

template <typename Step>
void DaemonGateway::OnCallersThread(Step&& step) {
  step();
  TellModel();
  MarkDirty();
  bool io_needed = machine_.NextTimer() < armed_;
  for (std::size_t i = 0; i < machine_.link_count(); ++i)
    io_needed = io_needed || machine_.link(i).has_action();
  if (io_needed) {
    sim_.After(sim_.random.Around(kTurn), [self = shared_from_this()] { self->OnIo([] {}); });
  }
  for (cluster::Completion& completion : machine_.TakeCompletions())
    completion.Run();
}

void DaemonGateway::MarkDirty() {
  CheckBounds();
  if (machine_.link(0).outbound().pending() >= kFlushAt && !wires_[0]->waiting_writable) Write(0);
  if (std::exchange(flush_pending_, true)) return;
  sim_.After(sim_.random.Around(kTurn), [self = shared_from_this()] { self->Flush(); });
}

void DaemonGateway::Flush() {
  flush_pending_ = false;
  for (std::size_t i = 0; i < wires_.size(); ++i)
    Write(i);
}

void DaemonGateway::Write(std::size_t i) {
  Wire& wire = *wires_[i];
  cluster::OutboundBuffer& outbound = machine_.connection(i).outbound();
  if (wire.waiting_writable) return;
  for (std::string_view bytes = outbound.Front(); !bytes.empty(); bytes = outbound.Front()) {
    const std::size_t written = wire.socket ? wire.socket->Write(bytes) : 0;
    if (written == 0) {
      wire.waiting_writable = true;
      if (wire.socket) wire.socket->WaitWritable();
      return;
    }
    if (i == 0) {
      model_.OnCommandWrite(index_, close_waits_);
      written_.Feed(bytes.substr(0, written));
    }
    if (i == 1 && go()) guard_written_.Feed(bytes.substr(0, written));
    outbound.Consume(written);
    machine_.connection(i).CountSent(written);
  }
}

// ---- The io thread

void DaemonGateway::OnIo(absl::FunctionRef<void()> step) {
  step();
  TellModel();
  Perform();
  CheckBounds();
  std::vector<cluster::Completion> completions = machine_.TakeCompletions();
  std::vector<cluster::GatewayChange> changes = machine_.TakeChanges();
  const std::vector<cluster::EventNote> notes = machine_.TakeEventNotes();
  const bool off = machine_.event_links_off();
  const bool event_links_went = off && !event_links_off_;
  event_links_off_ = off;
  for (cluster::Completion& completion : completions)
    completion.Run();
  for (const cluster::EventNote& note : notes) {
    if (outlet_.sink != nullptr) note.Tell(*outlet_.sink);
  }
  for (const cluster::GatewayChange& change : changes)
    watcher_(*this, change);
  if (event_links_went && outlet_.on_links_off) outlet_.on_links_off();
}

void DaemonGateway::Perform() {
  NoteEventLosses();
  for (std::size_t i = 0; i < wires_.size(); ++i) {
    const LinkAction action = machine_.connection(i).TakeAction();
    if (stopped_ && action != LinkAction::kNone && action != LinkAction::kClose) {
      sim_.Broken(8, "a link is made after the end of its Gateway's membership");
    }
    if (action == LinkAction::kDial) Dial(i);
    if (action == LinkAction::kHalfClose && wires_[i]->socket) wires_[i]->socket->HalfClose();
    if (action == LinkAction::kClose) wires_[i]->Close();
    if (machine_.connection(i).outbound().pending() > 0) Write(i);
    PauseOrResume(i);
  }
  ArmTimer();
}

void DaemonGateway::Dial(std::size_t i) {
  Wire& wire = *wires_[i];
  wire.Close();
  if (i == 0) CheckDial();
  sim_.Trace("daemon    gateway ", index_, " link ", i, ": dials");
  wire.dialling = std::make_shared<bool>(true);
  network_.Dial(address_, wire.dialling,
                [self = shared_from_this(), i](SocketPtr socket, const std::string& error) {
                  Wire& wire = *self->wires_[i];
                  if (!socket) {
                    self->OnIo([&] { self->machine_.OnConnectFailed(i, error, self->sim_.now()); });
                    return;
                  }
                  socket->set_events(&wire);
                  if (i == 0) {
                    self->model_.OnCommandLink(self->index_, socket->shared_facts());
                    self->connection_ = socket->facts().id;
                    self->written_.Reset(self->dialect_, self->options_.secret);
                    self->was_ready_ = false;
                    self->command_heard_ = self->sim_.now();
                  }
                  if (i == 1 && self->go()) {
                    self->guard_ = socket->shared_facts();
                    self->guard_written_.Reset(self->dialect_, self->options_.secret);
                  }
                  wire.socket = std::move(socket);
                  wire.input.clear();
                  wire.begin = 0;
                  if (wire.reader) wire.reader->Reset();
                  self->OnIo([&] { self->machine_.OnConnected(i, self->sim_.now()); });
                });
}

void DaemonGateway::ArmTimer() {
  const absl::Time next = machine_.NextTimer();
  if (next >= armed_) return;
  armed_ = next;
  sim_.At(next, [self = shared_from_this(), number = ++timer_] {
    if (number == self->timer_) self->OnTimer();
  });
}

void DaemonGateway::OnTimer() {
  ++wake_ups_;
  wake_ups_at_once_ = last_wake_up_ == sim_.now() ? wake_ups_at_once_ + 1 : 0;
  last_wake_up_ = sim_.now();
  if (wake_ups_at_once_ > kStorm) sim_.Broken(8, cluster::StrCat("timer storm at gateway ", index_));
  OnIo([this] {
    armed_ = absl::InfiniteFuture();
    machine_.OnTimer(sim_.now());
  });
}

// ---- Sockets

void DaemonGateway::OnInput(std::size_t i, Socket& from, std::string_view bytes) {
  Wire& wire = *wires_[i];
  const SocketPtr keep = wire.socket;
  if (from.facts().poisoned) poisoned_ = sim_.now();
  model_.OnBytesFrom(index_);
  if (i == 0) command_heard_ = sim_.now();
  wire.input.erase(0, std::exchange(wire.begin, 0));
  wire.input.append(bytes);
  if (wire.reader) return OnEventInput(i, bytes.size());
  machine_.link(i).CountReceived(bytes.size());
  // One packet a round: what a completion borrows is dropped only after it has run.
  while (wire.begin < wire.input.size() && !sim_.broken()) {
    std::size_t used = 0;
    OnIo([&] { used = machine_.OnBytes(i, std::string_view(wire.input).substr(wire.begin), sim_.now()); });
    if (used == 0) return;
    wire.begin = std::min(wire.begin + used, wire.input.size());
  }
}

void DaemonGateway::Wire::OnWritable(Socket&) {
  owner.OnIo([this] { waiting_writable = false; });
}

void DaemonGateway::Wire::OnClosed(Socket& from, bool orderly, const std::string& error) {
  owner.NoteClosed(i, from, orderly);
  if (from.facts().poisoned) owner.poisoned_ = owner.sim_.now();
  owner.OnIo([&] { owner.machine_.OnClosed(i, error, owner.sim_.now()); });
}

void DaemonGateway::Wire::Close() {
  if (dialling) *dialling = false;
  if (socket) socket->Close();
  socket.reset();
  begin = input.size();
  waiting_writable = paused = false;
}

// ---- Membership

void DaemonGateway::ClearHold() {
  OnIo([&] { machine_.ClearHold(sim_.now()); });
}

std::set<std::uint64_t> DaemonGateway::OpenConnections() const {
  std::set<std::uint64_t> open;
  for (const auto& wire : wires_) {
    if (wire->socket) open.insert(wire->socket->facts().id);
  }
  return open;
}

void DaemonGateway::SetListed(bool listed) {
  failed_dials_ = 0;
  OnIo([&] { machine_.SetListed(listed, sim_.now()); });
}

void DaemonGateway::Stop() {
  stopped_ = true;
  OnIo([&] { machine_.Stop(sim_.now()); });
}

}  // namespace gatewayd::simulation
