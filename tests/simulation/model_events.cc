// What Gateways sent against what the daemon read, and what became of it. Promise 4, no silent loss; 5,
// bounded memory; 7, nothing is left behind in a link that was left; 10, events are of the run that they
// name.
#include "simulation/model_events.h"

#include <algorithm>

namespace gatewayd::simulation {

using cluster::StrCat;
using events::EventKind;

std::string EventModel::Name(const Record& record) const {
  const events::Event::Head& head = record.event->head();
  return StrCat(events::ToString(head.kind), " of client ", head.client.connection_id, " of generation ",
                head.run->generation, " (", record.event->body().substr(0, 12), ")");
}

// ---- Gateways

void EventModel::OnSent(const std::shared_ptr<ConnectionFacts>& facts, Origin origin,
                        const wire::Frame& frame) {
  if (facts->other_worker) return;
  const std::uint64_t number = ++numbers_[{origin.gateway, origin.run}][frame.connection_id];
  Wire& wire = wires_[facts->id];
  wire.facts = facts;
  wire.unread.push_back({.origin = origin,
                         .connection_id = frame.connection_id,
                         .command = frame.command,
                         .number = number,
                         .place = ++wire.sent,
                         .size = wire::FrameSize(frame),
                         .body = std::string(frame.body)});
}

void EventModel::OnAnswered(const ConnectionFacts& facts) {
  if (const auto at = wires_.find(facts.id); at != wires_.end()) at->second.answered = at->second.sent;
}

// The connection by which a link is left is closed once all up to an answer is read: what the Gateway has for
// it behind that, and cannot write at once, dies in any case.
void EventModel::OnConnectionOver(const ConnectionFacts& facts, bool excused) {
  const auto at = wires_.find(facts.id);
  if (at == wires_.end()) return;
  Wire& wire = at->second;
  wire.over = true;
  wire.excused = wire.excused || excused;
  if (facts.takes_over && facts.half_closed != absl::InfiniteFuture()) wire.may_lose_from = wire.answered + 1;
}

bool EventModel::Wire::OneOfEachClient() const {
  std::set<std::uint32_t> clients;
  return std::all_of(unread.begin(), unread.end(), [&](const Sent& sent) {
    return clients.insert(sent.connection_id).second || sent.command == wire::Command::kOnClose;
  });
}

void EventModel::CheckNothingLeftBehind() {
  for (const auto& [id, wire] : wires_) {
    if (!wire.over || wire.excused || wire.unread.empty()) continue;
    if (wire.facts->cut || wire.facts->poisoned) continue;  // perhaps after the Gateway had closed it
    if (wire.unread.front().place >= wire.may_lose_from) continue;
    // A Go Gateway cannot be left without loss: what waits to be written when it reads the end is lost.
    if (dialect_.go() && wire.facts->half_closed != absl::InfiniteFuture() && wire.OneOfEachClient())
      continue;
    sim_.Broken(7, StrCat(wire.unread.size(), " events that gateway ", wire.unread.front().origin.gateway,
                          " had accepted for connection ", id, " were never read, the first of client ",
                          wire.unread.front().connection_id, "; nothing was counted"));
  }
}

// ---- Reading

void EventModel::OnRead(const ConnectionFacts& facts, const cluster::RunPtr& run, int run_of_generation,
                        const wire::Frame& frame) {
  if (facts.poisoned) return;
  std::deque<Sent>& unread = wires_[facts.id].unread;
  if (unread.empty()) return sim_.Broken(4, "an event was read that no Gateway sent");
  const Sent sent = std::move(unread.front());
  unread.pop_front();
  if (sent.command != frame.command || sent.connection_id != frame.connection_id || sent.body != frame.body) {
    return sim_.Broken(4, StrCat("connection ", facts.id, " brought event ", sent.number, " of client ",
                                 sent.connection_id, "; another was read"));
  }
  CheckRead(sent, run, run_of_generation);
}

void EventModel::CheckRead(const Sent& sent, const cluster::RunPtr& run, int run_of_generation) {
  if (sent.origin.run != run_of_generation) {
    sim_.Broken(10, StrCat("an event of run ", sent.origin.run, " was read as one of generation ",
                           run->generation, ", which was run ", run_of_generation));
  }
  if (runs_over_.contains(run->number)) {
    sim_.Broken(4, StrCat("an event came after the end of its generation ", run->generation));
  }
  std::unique_ptr<Client>& client = clients_[{run->number, sent.connection_id}];
  if (client == nullptr) client = std::make_unique<Client>();
  if (sent.number <= client->last_number) {
    sim_.Broken(1, StrCat("event ", sent.number, " of client ", sent.connection_id, " was read after event ",
                          client->last_number));
  }
  client->last_number = sent.number;
}

void EventModel::OnTooLarge(const ConnectionFacts& facts) {
  if (facts.poisoned) return;
  std::deque<Sent>& unread = wires_[facts.id].unread;
  if (unread.empty() || unread.front().size <= max_event_bytes_) {
    return sim_.Broken(4, "an event was passed over that is not too large");
  }
  unread.pop_front();
}

// ---- Accepted

EventModel::Client& EventModel::ClientOf(const events::Event& event) {
  std::unique_ptr<Client>& client = clients_[{event.head().run->number, event.head().client.connection_id}];
  if (client == nullptr) client = std::make_unique<Client>();
  return *client;
}

void EventModel::OnAccept(const events::EventPtr& event, const events::DispatchMachine& machine) {
  ++accepted_;
  auto record = std::make_shared<Record>();
  record->event = event;
  record->client = &ClientOf(*event);
  record->link = record->client->link;
  if (sim_.tracing()) sim_.Trace("daemon    has read ", Name(*record));
  record->client->pending.push_back(record);
  records_[event.get()] = std::move(record);
  if (machine.memory_used() > options_.event_memory && machine.events_in_memory() > 1) {
    sim_.Broken(
        5, StrCat("the event memory holds ", machine.memory_used(), " bytes of ", options_.event_memory));
  }
}

void EventModel::Done(const RecordPtr& record) {
  std::deque<RecordPtr>& pending = record->client->pending;
  const RecordPtr keep = record;
  const auto at = std::find(pending.begin(), pending.end(), keep);
  if (at != pending.end()) pending.erase(at);
  if (keep->event->kind() == EventKind::kClose) keep->client->closed = true;
  records_.erase(keep->event.get());
}

// What a worker does not want is dropped without a word, where nobody can see it. It shows when the next
// event of the client is delivered, or at the end.
bool EventModel::IsUnwantedBySome(const Record& record) const {
  return record.at == 0 && unwanted_kinds_.Has(record.event->kind());
}

void EventModel::CountUnwanted(Client& client, const Record& upto) {
  for (std::size_t i = 0; i < client.pending.size() && client.pending[i].get() != &upto;) {
    const RecordPtr earlier = client.pending[i];
    if (IsUnwantedBySome(*earlier)) {
      ++unwanted_;
      Done(earlier);
    } else {
      ++i;
    }
  }
}

void EventModel::OnPoisoned(const events::EventPtr& event) {
  ++poisoned_said_;
  if (records_.contains(event.get())) {
    sim_.Broken(4, StrCat("given up after ", records_[event.get()]->attempts,
                          " deliveries: ", Name(*records_[event.get()])));
  }
}

// ---- Counters

void EventModel::CheckMachine(const events::DispatchMachine& machine) {
  const events::Counters& counters = machine.counters();
  const auto check = [&](const char* name, std::uint64_t counted, std::uint64_t right) {
    if (counted != right) sim_.Broken(4, StrCat(name, " is ", counted, ", right is ", right));
  };
  check("events_accepted", counters.events_accepted, accepted_);
  check("events_acknowledged", counters.events_acknowledged, acknowledged_);
  check("events_delivered", counters.events_delivered, delivered_);
  check("events_redelivered", counters.events_redelivered, redelivered_);
  check("events_poisoned", counters.events_poisoned, poisoned_);
  check("events given up and named", poisoned_said_, poisoned_);
  check("events_untaken", counters.events_untaken, untaken_);
  check("acks_unknown", counters.acks_unknown, unknown_acks_);
}

void EventModel::CheckAllDone(const events::DispatchMachine& machine) {
  for (auto& [key, client] : clients_) {
    for (const RecordPtr& record : std::deque<RecordPtr>(client->pending)) {
      if (!IsUnwantedBySome(*record)) {
        return sim_.Broken(
            4, StrCat(record->at == 0 ? "never delivered: " : "never acknowledged: ", Name(*record)));
      }
      ++unwanted_;
      Done(record);
    }
  }
  if (machine.counters().events_unwanted != unwanted_) {
    sim_.Broken(4, StrCat("events_unwanted is ", machine.counters().events_unwanted, "; ", unwanted_,
                          " are neither delivered nor counted otherwise"));
  }
  if (machine.memory_used() > 0 || machine.events_in_memory() > 0) {
    sim_.Broken(5, StrCat("with all events done the event memory holds ", machine.memory_used(), " bytes"));
  }
  for (const auto& [id, worker] : workers_) {
    if (worker.active() && !worker.lost_due.empty()) {
      sim_.Broken(4, StrCat("worker ", id, " was never told that a Gateway was lost"));
    }
  }
}

// ---- Generations

void EventModel::OnLinkGone(const cluster::RunPtr& run) {
  for (auto& [key, client] : clients_) {
    if (key.first == run->number) ++client->link;
  }
}

void EventModel::OnRunOver(const cluster::RunPtr& run) {
  OnLinkGone(run);
  if (!runs_over_.insert(run->number).second) {
    sim_.Broken(10, StrCat("generation ", run->generation, " was over twice"));
  }
  for (auto& [id, worker] : workers_) {
    const bool takes = worker.active() || worker.finishing;
    if (takes && worker.settings.kinds.Has(EventKind::kGatewayLost)) worker.lost_due.insert(run->number);
  }
}

}  // namespace gatewayd::simulation
