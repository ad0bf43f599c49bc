#include "simulation/go/go_world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "cluster/errors.h"

namespace gatewayd::simulation {
namespace {

using cluster::LinkAction;
using wire::Command;

constexpr char kAddress[] = "10.0.0.1:54321";
constexpr char kSecret[] = "the secret";
constexpr absl::Duration kFaultPace = absl::Milliseconds(40);
constexpr absl::Duration kOperatorPace = absl::Seconds(1);
// Within so short a time the loss of two links is taken for the end of the process, as the daemon takes it.
constexpr absl::Duration kOneFaultAtATime = absl::Seconds(3);
constexpr absl::Duration kHealWithin = absl::Seconds(300);

}  // namespace

GoWorld::GoWorld(std::uint64_t seed, bool trace) : sim_(seed, trace), network_(sim_), memory_(1 << 20) {
  Random& random = sim_.random;
  network_.options().buffer = static_cast<std::size_t>(random.Between(500, 8000));
  network_.options().slow = random.Chance(200) ? 100 : 0;
  options_.secret = kSecret;
  options_.command_buffer = wire::kMaxFrameToGateway;
  options_.query_links = static_cast<int>(random.Between(1, 3));
  options_.query_timeout = random.Between(absl::Milliseconds(300), absl::Seconds(5));
  options_.close_wait = random.Between(absl::Milliseconds(50), absl::Seconds(1));
  options_.connect_timeout = absl::Seconds(1);
  options_.backoff_first = absl::Milliseconds(random.Chance(500) ? 1 : 50);
  options_.backoff_max = absl::Seconds(1);
  options_.run_watch = absl::Milliseconds(random.Chance(500) ? 20 : 1);
  pace_ = random.Between(absl::Microseconds(300), absl::Milliseconds(5));
  const auto often = [&](unsigned most) {
    return random.Chance(300) ? 0u : static_cast<unsigned>(random.Below(most));
  };
  faults_ = {.stop_reading = often(60),
             .read_again = often(30),
             .cut = often(20),
             .close = often(20),
             .freeze = often(8),
             .restart = often(8),
             .hang = often(8)};
  gateway_ = std::make_unique<GoGateway>(
      sim_, network_, kAddress, kSecret,
      [this](const wire::Frame& frame, std::uint64_t connection) { OnRun(frame, connection); });
  machine_ = std::make_unique<cluster::GatewayMachine>(cluster::GatewayMachine::Settings{
      .address = kAddress,
      .dialect = &wire::GoDialect(),
      .options = &options_,
      .memory = &memory_,
      .new_run =
          [this] {
            ++runs_;
            return std::make_shared<cluster::GatewayRun>(cluster::GatewayRun{
                .number = runs_, .generation = cluster::StrCat("sim-", runs_), .gateway = kAddress});
          },
      .new_worker_key = [] { return std::string("key:1"); },
      .instance_id = "sim",
      .seed = static_cast<std::uint32_t>(random.Next())});
  for (std::size_t i = 0; i < machine_->connection_count(); ++i)
    wires_.push_back(std::make_unique<Wire>(*this, i));
}

// ---- The glue

void GoWorld::OnIo(const std::function<void()>& step) {
  step();
  Perform();
  std::vector<cluster::Completion> completions = machine_->TakeCompletions();
  for (const cluster::GatewayChange& change : machine_->TakeChanges())
    sim_.Trace("daemon    ", change.text);
  machine_->TakeEventNotes();
  for (cluster::Completion& completion : completions)
    completion.Run();
}

void GoWorld::Perform() {
  for (std::size_t i = 0; i < wires_.size(); ++i) {
    switch (machine_->connection(i).TakeAction()) {
      case LinkAction::kNone:
        break;
      case LinkAction::kDial:
        Dial(i);
        break;
      case LinkAction::kHalfClose:
        if (wires_[i]->socket) wires_[i]->socket->HalfClose();
        break;
      case LinkAction::kClose:
        wires_[i]->Close();
        break;
    }
    Write(i);
  }
  ArmTimer();
}

void GoWorld::Dial(std::size_t i) {
  Wire& wire = *wires_[i];
  wire.Close();
  sim_.Trace("daemon    link ", i, " dials");
  wire.dialling = std::make_shared<bool>(true);
  network_.Dial(kAddress, wire.dialling, [this, i](SocketPtr socket, const std::string& error) {
    Wire& wire = *wires_[i];
    if (!socket) return OnIo([&] { machine_->OnConnectFailed(i, error, sim_.now()); });
    socket->set_events(&wire);
    sim_.Trace("daemon    link ", i, " is connection ", socket->facts().id);
    if (i == 0) command_connections_.insert(socket->facts().id);
    wire.socket = std::move(socket);
    wire.input.clear();
    OnIo([&] { machine_->OnConnected(i, sim_.now()); });
  });
}

void GoWorld::Write(std::size_t i) {
  Wire& wire = *wires_[i];
  cluster::OutboundBuffer& outbound = machine_->connection(i).outbound();
  if (wire.waiting_writable) return;
  for (std::string_view bytes = outbound.Front(); !bytes.empty(); bytes = outbound.Front()) {
    const std::size_t written = wire.socket ? wire.socket->Write(bytes) : 0;
    if (written == 0) {
      wire.waiting_writable = wire.socket != nullptr;
      if (wire.socket) wire.socket->WaitWritable();
      return;
    }
    outbound.Consume(written);
  }
}

void GoWorld::Flush() {
  OnIo([] {});
}

void GoWorld::ArmTimer() {
  const absl::Time next = machine_->NextTimer();
  if (next >= armed_) return;
  armed_ = next;
  sim_.At(next, [this, number = ++timer_] {
    if (number != timer_) return;
    armed_ = absl::InfiniteFuture();
    OnIo([this] { machine_->OnTimer(sim_.now()); });
  });
}

void GoWorld::Wire::OnInput(Socket&, std::string_view bytes) {
  const SocketPtr keep = socket;
  input.append(bytes);
  while (!input.empty() && !world.sim_.broken()) {
    std::size_t used = 0;
    world.OnIo([&] { used = world.machine_->OnBytes(i, input, world.sim_.now()); });
    if (used == 0) return;
    input.erase(0, std::min(used, input.size()));
  }
}

void GoWorld::Wire::OnWritable(Socket&) {
  waiting_writable = false;
  world.OnIo([] {});
}

void GoWorld::Wire::OnClosed(Socket&, bool orderly, const std::string& error) {
  const SocketPtr keep = socket;
  world.OnIo([&] {
    world.machine_->OnClosed(i, orderly ? cluster::kClosedByPeer : std::string_view(error), world.sim_.now());
  });
}

void GoWorld::Wire::Close() {
  if (dialling) *dialling = false;
  if (socket) socket->Close();
  socket.reset();
  input.clear();
  waiting_writable = false;
}

// ---- Callers

std::string GoWorld::Begin(std::size_t padding) {
  ops_.push_back({.start = sim_.now()});
  return cluster::StrCat("#", ops_.size(), ";", std::string(padding, 'x'));
}

void GoWorld::ScheduleCall() {
  sim_.After(sim_.random.Around(pace_), [this] {
    if (!calls_on_) return;
    Call();
    ScheduleCall();
  });
}

void GoWorld::Call() {
  Random& random = sim_.random;
  const std::string body = Begin(random.Below(random.Chance(50) ? 3000 : 200));
  const std::uint64_t op = ops_.size();
  const std::uint32_t client = gateway_->SomeClient();
  const auto done = [this, op](const absl::Status& status) { Done(op, status); };
  wire::Frame frame{.command = Command::kSendToOne, .connection_id = client, .body = body};
  const std::uint64_t dice = random.Below(100);
  if (dice < 55) {
    // as it is
  } else if (dice < 62) {
    frame.command = Command::kSendToAll;
    frame.connection_id = 0;
  } else if (dice < 65) {
    frame.command = Command::kKick;
  } else if (dice < 67) {
    frame.command = Command::kDestroy;
  } else if (dice < 72) {
    frame.command = Command::kBindUid;
    frame.ext = "u";
  } else if (dice < 80) {
    ops_[op - 1].pending = true;
    pending_.insert(op);
    machine_->SendConfirmed(
        frame, {.require_online = random.Chance(500), .confirm_run = random.Chance(700)},
        [done](absl::Status status) { done(status); }, sim_.now());
    return Flush();
  } else {
    ops_[op - 1].pending = true;
    pending_.insert(op);
    const bool bounded = random.Chance(600);
    frame.command = bounded ? Command::kIsOnline : Command::kGetGroupIdList;
    machine_->Query(
        frame,
        {.bounded_answer_size = bounded ? cluster::kIsOnlineAnswerSize : std::size_t{0},
         .any_consistency = random.Chance(300)},
        [this, done, bounded](absl::StatusOr<std::string_view> answer) {
          if (answer.ok() && bounded != (*answer != "[]")) {
            sim_.Broken(3, cluster::StrCat("an answer to another query: ", *answer));
          }
          done(answer.status());
        },
        sim_.now());
    return Flush();
  }
  const absl::Status sent = machine_->Send(frame, "", sim_.now());
  ops_[op - 1].refused = !sent.ok();
  if (!sent.ok() && !absl::IsUnavailable(sent) && !absl::IsResourceExhausted(sent)) {
    sim_.Broken(3, cluster::StrCat("a command was refused with ", sent.ToString()));
  }
  Flush();
}

void GoWorld::Done(std::uint64_t id, const absl::Status& status) {
  Op& op = ops_[id - 1];
  if (!std::exchange(op.pending, false)) sim_.Broken(3, cluster::StrCat("call ", id, " was finished twice"));
  pending_.erase(id);
  op.refused = absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
  if (op.refused && op.executed && cluster::ErrorPayload(status, cluster::kReasonKey) != "link-lost" &&
      cluster::ErrorPayload(status, cluster::kReasonKey) != "stalled" &&
      cluster::ErrorPayload(status, cluster::kReasonKey) != "timeout") {
    sim_.Broken(1, cluster::StrCat("call ", id, " ran; its caller was told: ", status.ToString()));
  }
}

// ---- What the Gateway runs

void GoWorld::OnRun(const wire::Frame& frame, std::uint64_t connection) {
  const bool writes = cluster::WritesToClients(frame.command);
  if (writes && command_connections_.count(connection) == 0) {
    sim_.Broken(9, cluster::StrCat(wire::CommandName(frame.command), " came on connection ", connection,
                                   ", which is no command link"));
  }
  std::uint64_t id = 0;
  const std::size_t end = frame.body.find(';');
  if (!frame.body.starts_with('#') || end == std::string_view::npos ||
      !absl::SimpleAtoi(wire::ToAbsl(frame.body.substr(1, end - 1)), &id) || id == 0 || id > ops_.size())
    return;
  Op& op = ops_[id - 1];
  if (std::exchange(op.executed, true)) sim_.Broken(1, cluster::StrCat("call ", id, " ran twice"));
  if (op.refused && !wire::IsQuery(frame.command)) {
    sim_.Broken(1, cluster::StrCat("call ", id, " ran, and its caller had been told that nothing was sent"));
  }
  if (!writes) return;
  if (connection == last_connection_ && id < last_executed_) {
    sim_.Broken(1, cluster::StrCat("call ", id, " ran after call ", last_executed_));
  }
  last_connection_ = connection;
  last_executed_ = id;
}

// ---- Faults

void GoWorld::ScheduleFault() {
  sim_.After(sim_.random.Around(kFaultPace), [this] {
    if (!faults_on_) return;
    Fault();
    ScheduleFault();
  });
}

void GoWorld::Fault() {
  Random& random = sim_.random;
  if (!gateway_->running()) return;
  if (random.Chance(faults_.stop_reading)) gateway_->StopSomeReader();
  if (random.Chance(faults_.read_again) && !gateway_->frozen()) gateway_->ReadAll();
  if (sim_.now() - last_cut_ > kOneFaultAtATime && random.Chance(faults_.cut)) {
    last_cut_ = sim_.now();
    gateway_->CutOne();
  } else if (sim_.now() - last_cut_ > kOneFaultAtATime && random.Chance(faults_.close)) {
    last_cut_ = sim_.now();
    gateway_->CloseOne();
  }
  if (!gateway_->frozen() && random.Chance(faults_.freeze)) {
    gateway_->Freeze();
    sim_.After(random.Between(absl::Milliseconds(50), absl::Seconds(20)), [this] {
      if (gateway_->frozen()) gateway_->Thaw();
    });
  }
  if (random.Chance(faults_.restart)) {
    gateway_->Kill(/*silently=*/random.Chance(300));
    sim_.After(random.Between(absl::ZeroDuration(), absl::Seconds(2)), [this] {
      if (!gateway_->running()) gateway_->Start();
    });
  }
  if (random.Chance(faults_.hang)) {
    network_.SetDoor(kAddress, random.Chance(500) ? Network::Door::kHangs : Network::Door::kRefuses);
    sim_.After(random.Between(absl::Milliseconds(10), absl::Seconds(3)),
               [this] { network_.SetDoor(kAddress, Network::Door::kOpen); });
  }
}

std::set<std::uint64_t> GoWorld::OpenConnections() const {
  std::set<std::uint64_t> open;
  for (const auto& wire : wires_) {
    if (wire->socket) open.insert(wire->socket->facts().id);
  }
  return open;
}

// Looks now and then; clears where he has seen that no handler of an old link is at work any more.
void GoWorld::Operate() {
  sim_.After(sim_.random.Around(kOperatorPace), [this] {
    if (!machine_->why_refused().empty() && gateway_->running() && gateway_->Rests(OpenConnections())) {
      sim_.Trace("operator  clears");
      OnIo([this] { machine_->ClearHold(sim_.now()); });
    }
    Operate();
  });
}

// ---- The checks

void GoWorld::CheckStep() {
  if (pending_.empty()) return;
  // Waiting for a link and then for the answer; the barrier is shorter. A stalled link tells its callers.
  const Op& oldest = ops_[*pending_.begin() - 1];
  if (sim_.now() > oldest.start + 3 * options_.query_timeout + absl::Seconds(3)) {
    sim_.Broken(3, cluster::StrCat("call ", *pending_.begin(), " is not finished after ",
                                   absl::FormatDuration(sim_.now() - oldest.start)));
  }
}

bool GoWorld::Well() const {
  return machine_->usable() && !machine_->stalled() && machine_->hold().empty() && pending_.empty();
}

void GoWorld::Heal() {
  faults_on_ = calls_on_ = false;
  network_.options().slow = 0;
  network_.SetDoor(kAddress, Network::Door::kOpen);
  if (!gateway_->running()) gateway_->Start();
  if (gateway_->frozen()) gateway_->Thaw();
  gateway_->ReadAll();
  const absl::Time end = sim_.now() + kHealWithin;
  // A link may still be taken for a living one whose other end died in silence: then the command is lost.
  bool arrived = false;
  while (sim_.now() < end && !arrived && !sim_.broken()) {
    RunFor(absl::Milliseconds(500));
    if (gateway_->frozen()) gateway_->Thaw();
    if (!gateway_->running()) gateway_->Start();
    gateway_->ReadAll();
    arrived = Well() && OneArrives();
  }
  if (sim_.broken()) return;
  if (!arrived) {
    return sim_.Broken(8, cluster::StrCat("not well again: ", machine_->why_unlinked(), "; ",
                                          machine_->why_degraded(), "; ", pending_.size(), " calls wait"));
  }
  OnIo([this] { machine_->Stop(sim_.now()); });
  if (!pending_.empty()) sim_.Broken(3, "somebody waits after the end");
}

void GoWorld::RunFor(absl::Duration time) {
  const absl::Time end = sim_.now() + time;
  while (sim_.Step(end))
    CheckStep();
}

bool GoWorld::OneArrives() {
  const std::string body = Begin(1);
  const std::uint64_t op = ops_.size();
  const absl::Status sent =
      machine_->Send({.command = Command::kSendToOne, .connection_id = gateway_->SomeClient(), .body = body},
                     "", sim_.now());
  Flush();
  RunFor(absl::Seconds(2));
  return sent.ok() && ops_[op - 1].executed;
}

GoResult GoWorld::Run() {
  gateway_->Start();
  OnIo([this] { machine_->SetListed(true, sim_.now()); });
  ScheduleCall();
  ScheduleFault();
  Operate();
  const absl::Time end = sim_.now() + sim_.random.Between(absl::Seconds(1), absl::Seconds(15));
  while (sim_.Step(end))
    CheckStep();
  if (!sim_.broken()) Heal();
  return {.broken = sim_.what_broke(),
          .steps = sim_.steps(),
          .calls = ops_.size(),
          .writes = gateway_->writes(),
          .blocked = gateway_->blocked(),
          .counters = machine_->counters().ByName()};
}

}  // namespace gatewayd::simulation
