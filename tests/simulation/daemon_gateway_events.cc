// The event links of one Gateway of the daemon, as gateway_shell_events.cc drives them.
#include <algorithm>

#include "absl/strings/numbers.h"
#include "simulation/daemon_gateway.h"

namespace gatewayd::simulation {

using cluster::EventReader;

void DaemonGateway::WantEvents(bool wanted) {
  OnIo([&] { machine_.WantEvents(wanted, sim_.now()); });
}

void DaemonGateway::ResumeEvents() {
  OnIo([&] { machine_.ResumeEvents(sim_.now()); });
}

void DaemonGateway::MarkEvents(const cluster::RunPtr& run, std::uint64_t token) {
  OnIo([&] { machine_.MarkEvents(run, token, sim_.now()); });
}

// As Connection: one that is to hear nothing keeps what has come, and hears it once it may again.
void DaemonGateway::PauseOrResume(std::size_t i) {
  Wire& wire = *wires_[i];
  if (!wire.reader || !wire.socket || machine_.reads(i) != wire.paused) return;
  wire.paused = !wire.paused;
  if (wire.paused) return wire.socket->SetReading(false);
  sim_.After(absl::ZeroDuration(), [self = shared_from_this(), i, socket = wire.socket] {
    Wire& wire = *self->wires_[i];
    if (wire.socket == socket && !wire.paused && !wire.left().empty()) self->OnEventInput(i, 0);
  });
  wire.socket->SetReading(true);
}

void DaemonGateway::OnEventInput(std::size_t i, std::size_t fresh) {
  Wire& wire = *wires_[i];
  const SocketPtr socket = wire.socket;
  cluster::EventInput input;
  OnIo([&] { input = machine_.OnEventBytes(i, fresh, sim_.now()); });
  std::uint64_t read = 0, too_large = 0;
  while (!wire.left().empty() && !wire.paused && !sim_.broken()) {
    if (input.discard) {
      wire.begin = wire.input.size();
      break;
    }
    const EventReader::Item item = wire.reader->Next(wire.left());
    if (item.kind == EventReader::Item::Kind::kEvent && input.run && outlet_.sink != nullptr) {
      if (!outlet_.sink->OnEvent(input.run, item.frame)) {
        sim_.Trace("daemon    gateway ", index_, ": the reading of its events stops");
        OnIo([&] { machine_.OnEventsPaused(i, sim_.now()); });
        break;
      }
      outlet_.model->OnRead(socket->facts(), input.run, run_of_number_.at(input.run->number), item.frame);
      ++read;
      wire.begin += item.used;
      continue;
    }
    if (item.kind == EventReader::Item::Kind::kMore) break;
    if (item.kind == EventReader::Item::Kind::kTooLarge) {
      ++too_large;
      outlet_.model->OnTooLarge(socket->facts());
    }
    OnEventItem(i, item, input);
    wire.begin = std::min(wire.begin + item.used, wire.input.size());
  }
  machine_.CountEvents(read, too_large);
  if (read > 0) outlet_.sink->OnEventsRead();
}

void DaemonGateway::OnEventItem(std::size_t i, const EventReader::Item& item, cluster::EventInput& input) {
  using Kind = EventReader::Item::Kind;
  OnIo([&] {
    if (item.kind == Kind::kAnswer) machine_.OnEventAnswer(i, item.answer, sim_.now());
    if (item.kind == Kind::kEvent) machine_.OnEventGarbage(i, "an event before it was asked for", sim_.now());
    if (item.kind == Kind::kGarbage) machine_.OnEventGarbage(i, item.error, sim_.now());
    input = machine_.TakingEvents(i);
  });
}

// What the machine counts as lost excuses the connections that are open just then, and no others.
void DaemonGateway::NoteEventLosses() {
  if (outlet_.model == nullptr) return;
  bool acts = false;
  for (std::size_t i = machine_.link_count(); i < wires_.size(); ++i)
    acts = acts || machine_.connection(i).has_action();
  if (!acts) return;
  const cluster::Counters counters = machine_.counters();
  const std::uint64_t losses = counters.event_links_lost + counters.event_leaves_forced;
  if (std::exchange(event_losses_, losses) == losses && !stopped_) return;
  for (std::size_t i = machine_.link_count(); i < wires_.size(); ++i) {
    if (wires_[i]->socket) outlet_.model->OnLossCounted(wires_[i]->socket->facts().id);
  }
}

void DaemonGateway::OnSessionWritten(const Op& op, const wire::Frame& frame) {
  if (frame.command != wire::Command::kSetSession && frame.command != wire::Command::kUpdateSession) return;
  if (outlet_.model == nullptr) return;
  outlet_.model->OnSessionWritten(machine_.run(), frame.connection_id, op.id, op.life);
  if (outlet_.was_wanted) outlet_.sink->OnSessionWritten(machine_.run(), frame.connection_id);
}

void DaemonGateway::CutLink(bool event_link) {
  const std::size_t first = event_link ? machine_.link_count() : 0;
  const std::size_t end = event_link ? wires_.size() : 1;
  for (std::size_t i = first; i < end; ++i) {
    if (wires_[i]->socket) network_.Cut(*wires_[i]->socket);
  }
}

}  // namespace gatewayd::simulation
