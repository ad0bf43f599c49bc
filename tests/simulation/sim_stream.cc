// The stream between a worker and the hub, as api/attach_stream.h carries it.
#include <utility>

#include "simulation/sim_worker.h"

namespace gatewayd::simulation {

// What goes one way arrives in order.
template <typename Task>
void SimStream::Up(Task task) {
  last_up_ = std::max(last_up_, sim_.now() + sim_.random.Around(delay_));
  sim_.At(last_up_, [self = shared_from_this(), task = std::move(task)]() mutable {
    if (!self->broken_) task(*self);
  });
}

template <typename Task>
void SimStream::Down(Task task) {
  last_down_ = std::max(last_down_, sim_.now() + sim_.random.Around(delay_));
  sim_.At(last_down_, [self = shared_from_this(), task = std::move(task)]() mutable {
    if (self->worker_ != nullptr) task(*self->worker_);
  });
}

// ---- The worker's end

void SimStream::Hello(SimWorker* worker, events::WorkerSettings settings) {
  worker_ = worker;
  Up([settings = std::move(settings)](SimStream& self) {
    self.attached_ = true;
    self.busy_ = true;  // no event may go out before the welcome
    self.id_ = self.hub_.Attach(settings, self.shared_from_this());
    self.busy_ = false;
    if (self.id_ != 0) {
      self.sim_.Trace("worker    ", self.id_, " \"", settings.name, "\" is attached, window ",
                      settings.window_events, settings.ack_on_send ? ", acknowledged on send" : "");
      return self.Pump();
    }
    self.attached_ = false;
    self.OnEnd(absl::UnavailableError("the daemon is going"));
  });
}

void SimStream::Acknowledge(Ranges ranges) {
  Up([ranges = std::move(ranges)](SimStream& self) {
    if (self.attached_) self.hub_.Acknowledge(self.id_, ranges);
  });
}

void SimStream::Run(Command command) {
  Up([command](SimStream& self) {
    if (self.attached_) self.RunCommand(command);
  });
}

void SimStream::Leave(events::LeaveMode mode) {
  Up([mode](SimStream& self) {
    if (!self.attached_) return;
    self.sim_.Trace("worker    ", self.id_, " leaves, ",
                    mode == events::LeaveMode::kCloseLinks ? "for good" : "and will be back");
    self.hub_.Leave(self.id_, mode);
  });
}

void SimStream::Break() {
  worker_ = nullptr;
  // What was under way may still arrive, or be lost with it.
  sim_.After(sim_.random.Around(delay_ * 3), [self = shared_from_this()] {
    if (std::exchange(self->broken_, true) || !std::exchange(self->attached_, false)) return;
    self->sim_.Trace("worker    ", self->id_, ": its stream broke");
    self->hub_.Detach(self->id_);
  });
}

void SimStream::SetStuck(bool stuck) {
  stuck_ = stuck;
  if (!stuck) Pump();
}

// ---- The daemon's end

// As WorkerCommands: a command that names a delivery is for the client of that event, in its generation.
void SimStream::RunCommand(const Command& command) {
  const auto client = hub_.ClientOf(id_, command.delivery);
  if (!client) return;
  const auto member = daemon_.Find(static_cast<int>(client->client.gateway.ip - 0x0a000001u));
  if (!member) return;
  Op op;
  op.gateway = member->index();
  op.command = command.command;
  op.generation = client->run->generation;
  Op& begun = model_.Begin(std::move(op));
  const std::string body = Model::Tag(begun.id);
  std::string ext;
  if (command.command == wire::Command::kUpdateSession || command.command == wire::Command::kSetSession) {
    ext = daemon_.dialect().NumberSession(begun.id);
  }
  sim_.Trace("worker    ", id_, " answers delivery ", command.delivery, " with ",
             wire::CommandName(command.command), " (call ", begun.id, ")");
  model_.OnDone(begun, member->Send(begun, {.command = command.command,
                                            .connection_id = client->client.connection_id,
                                            .ext = ext,
                                            .body = body}));
}

void SimStream::OnReady() {
  ready_ = true;
  Pump();
}

void SimStream::OnDraining() {
  Down([](SimWorker& worker) { worker.OnDraining(); });
}

void SimStream::OnEnd(const absl::Status& status) {
  attached_ = false;
  Down([status](SimWorker& worker) { worker.OnEnd(status); });
}

// One batch at a time; the next one once it is written, which a worker that does not read prevents.
void SimStream::Pump() {
  if (busy_ || stuck_ || !ready_ || !attached_) return;
  ready_ = false;
  busy_ = true;
  std::vector<events::Delivery> batch;
  hub_.TakeBatch(id_, &batch);
  busy_ = false;
  if (batch.empty()) {
    if (ready_) Pump();
    return;
  }
  busy_ = ready_ = true;
  Down([batch = std::move(batch)](SimWorker& worker) { worker.OnBatch(batch); });
  sim_.After(sim_.random.Around(delay_), [self = shared_from_this()] {
    self->busy_ = false;
    self->Pump();
  });
}

}  // namespace gatewayd::simulation
