#include "simulation/sim_worker.h"

#include <array>
#include <utility>

namespace gatewayd::simulation {

using events::EventKind;
using events::EventKinds;
using events::LeaveMode;

SimWorker::SimWorker(Sim& sim, Model& model, SimDaemon& daemon, SimHub& hub, const Profile& profile,
                     int number)
    : sim_(sim), model_(model), daemon_(daemon), hub_(hub), profile_(profile), number_(number) {}

// ---- Come and go

void SimWorker::Start() {
  ComeAgain(profile_.events.away);
}

void SimWorker::ComeAgain(absl::Duration within) {
  if (stream_) stream_->Forget();
  stream_ = nullptr;
  ++attachment_;
  sim_.After(sim_.random.Around(within), [this] {
    if (!stream_ && !gone_) Attach();
  });
}

void SimWorker::Attach() {
  Random& random = sim_.random;
  events::WorkerSettings settings;
  settings.name = cluster::StrCat("w", number_);
  settings.kinds = EventKinds::All();
  if (!good_ && random.Chance(profile_.events.choosy)) {
    settings.kinds = EventKinds();
    for (const EventKind kind :
         {EventKind::kConnect, EventKind::kWebSocketConnect, EventKind::kClose, EventKind::kGatewayLost}) {
      if (random.Chance(500)) settings.kinds.Add(kind);
    }
    if (!random.Chance(100)) settings.kinds.Add(EventKind::kMessage);
    if (!settings.kinds.Has(EventKind::kMessage)) settings.kinds = EventKinds();  // for commands alone
  }
  settings.window_events = static_cast<std::uint32_t>(random.Between(1, random.Chance(500) ? 5 : 40));
  settings.window_bytes = static_cast<std::size_t>(random.Between(500, 20'000));
  settings.max_batch_bytes = static_cast<std::size_t>(random.Between(200, 4'000));
  settings.ack_on_send = !good_ && random.Chance(profile_.events.ack_on_send);
  settings.fresh_sessions = random.Chance(700);
  acks_ = static_cast<Acks>(random.Below(5));
  if (!good_ && random.Chance(profile_.events.stalls)) acks_ = Acks::kNever;
  if (good_) acks_ = Acks::kEach;
  handle_ = profile_.events.handle * (!good_ && random.Chance(100) ? 20 : 1);
  busy_until_ = sim_.now();
  handled_.clear();
  waiting_ = 0;
  left_ = false;
  ++attachment_;
  stream_ = std::make_shared<SimStream>(sim_, model_, daemon_, hub_, profile_.events.stream_delay);
  stream_->Hello(this, std::move(settings));
  PlanToGo();
  if (!good_ && random.Chance(20)) Leave(LeaveMode::kCloseLinks);  // before anybody has heard of it
}

void SimWorker::PlanToGo() {
  if (good_) return;
  sim_.After(sim_.random.Around(profile_.events.stay), [this, attachment = attachment_] {
    if (good_ || !stream_ || attachment != attachment_) return;
    const std::uint64_t way = sim_.random.Below(10);
    if (way < 4) return Crash();
    Leave(way < 7 ? LeaveMode::kCloseLinks : LeaveMode::kKeepLinks);
  });
}

void SimWorker::Crash() {
  if (!stream_) return;
  stream_->Break();
  ComeAgain(profile_.events.away);
}

void SimWorker::Leave(LeaveMode mode) {
  if (!stream_ || std::exchange(left_, true)) return;
  stream_->Leave(mode);
}

void SimWorker::Stick() {
  if (!stream_) return;
  sim_.Trace("worker    ", id(), " reads nothing for a while");
  stream_->SetStuck(true);
  sim_.After(sim_.random.Around(absl::Seconds(2)), [stream = stream_] { stream->SetStuck(false); });
}

void SimWorker::BeGood() {
  good_ = true;
  gone_ = false;
  acks_ = Acks::kEach;
  handle_ = std::min(handle_, absl::Milliseconds(2));
  if (!stream_) return ComeAgain(absl::Milliseconds(50));
  stream_->SetStuck(false);
  for (const std::uint64_t delivery : std::exchange(handled_, {}))
    stream_->Acknowledge({{delivery, delivery}});
  // Others want other kinds, or nothing but commands; the next attachment wants all.
  Leave(LeaveMode::kKeepLinks);
}

void SimWorker::Go() {
  gone_ = true;
  Leave(LeaveMode::kCloseLinks);
}

void SimWorker::OnDraining() {
  if (!good_ && sim_.random.Chance(500)) Leave(LeaveMode::kCloseLinks);
}

void SimWorker::OnEnd(const absl::Status&) {
  ComeAgain(good_ ? absl::Milliseconds(20) : profile_.events.away);
}

// ---- Events

void SimWorker::OnBatch(const std::vector<events::Delivery>& batch) {
  waiting_ += batch.size();
  for (const events::Delivery& delivery : batch) {
    busy_until_ = std::max(busy_until_, sim_.now()) + sim_.random.Around(handle_);
    sim_.At(busy_until_, [this, attachment = attachment_, delivery] {
      if (attachment != attachment_ || !stream_) return;
      --waiting_;
      Handle(delivery);
    });
  }
}

void SimWorker::Handle(const events::Delivery& delivery) {
  if (!good_ && delivery.event->body().starts_with("poison")) {
    sim_.Trace("worker    ", id(), " dies on a message");
    return Crash();
  }
  if (delivery.event->kind() != EventKind::kGatewayLost && sim_.random.Chance(profile_.events.answers)) {
    Answer(delivery);
  }
  Acknowledge(delivery.id);
}

void SimWorker::Answer(const events::Delivery& delivery) {
  using wire::Command;
  static constexpr std::array kAnswers = {
      Command::kSendToOne,     Command::kSendToOne,  Command::kUpdateSession, Command::kUpdateSession,
      Command::kUpdateSession, Command::kSetSession, Command::kSendToOne,     Command::kKick};
  const Command command = sim_.random.Pick(kAnswers);
  if (command == Command::kKick && !sim_.random.Chance(200)) return;
  stream_->Run({.delivery = delivery.id, .command = command});
}

void SimWorker::Acknowledge(std::uint64_t delivery) {
  Random& random = sim_.random;
  switch (acks_) {
    case Acks::kEach:
      return stream_->Acknowledge({{delivery, delivery}});
    case Acks::kUpTo:
      handled_.push_back(delivery);
      if (waiting_ > 0 && !random.Chance(300)) return;
      handled_.clear();
      return stream_->Acknowledge({{1, delivery}});
    case Acks::kShuffled: {
      handled_.push_back(delivery);
      if (waiting_ > 0 && !random.Chance(300)) return;
      SimStream::Ranges ranges;
      for (std::size_t i = handled_.size(); i-- > 0;) {
        std::swap(handled_[i], handled_[random.Below(i + 1)]);
        ranges.emplace_back(handled_[i], handled_[i]);
      }
      handled_.clear();
      return stream_->Acknowledge(std::move(ranges));
    }
    case Acks::kTwice:
      stream_->Acknowledge({{delivery, delivery}, {delivery, delivery}});
      return stream_->Acknowledge({{delivery, delivery}});
    case Acks::kGarbage:
      return stream_->Acknowledge({{delivery, delivery},
                                   {delivery + 5, delivery},
                                   {0, 0},
                                   {delivery + 1'000'000, UINT64_MAX},
                                   {random.Below(delivery + 50), random.Below(50)}});
    case Acks::kNever:
      handled_.push_back(delivery);
  }
}

}  // namespace gatewayd::simulation
