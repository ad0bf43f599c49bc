// Promise 1: events of one client arrive in order, at one attachment at a time; what was delivered before is
// marked. Promise 5: windows and batches keep their bounds.
#include <algorithm>

#include "simulation/model_events.h"

namespace gatewayd::simulation {

using cluster::StrCat;
using events::EventKind;

void EventModel::OnBatch(events::WorkerId id, const std::vector<events::Delivery>& batch) {
  const auto at = workers_.find(id);
  if (at == workers_.end()) {
    if (!batch.empty()) sim_.Broken(4, StrCat("worker ", id, ", which has ended, was given events"));
    return;
  }
  std::size_t bytes = 0;
  for (const events::Delivery& delivery : batch) {
    bytes += delivery.event->size();
    CheckDelivery(id, at->second, delivery);
  }
  if (batch.size() > 1 && bytes > at->second.settings.max_batch_bytes) {
    sim_.Broken(5, StrCat("a batch of ", bytes, " bytes; worker ", id, " takes ",
                          at->second.settings.max_batch_bytes));
  }
}

void EventModel::CheckDelivery(events::WorkerId id, Worker& worker, const events::Delivery& delivery) {
  ++delivered_;
  if (delivery.redelivered()) ++redelivered_;
  if (delivery.id <= worker.last_delivery) sim_.Broken(4, "delivery ids do not ascend");
  worker.last_delivery = delivery.id;
  if (!worker.settings.kinds.Has(delivery.event->kind())) {
    sim_.Broken(4, StrCat("worker ", id, " got an event of a kind that it does not want"));
  }
  if (worker.left && !worker.finishing) {
    sim_.Broken(4, StrCat("worker ", id, " got an event after it had left"));
  }
  if (worker.drained) sim_.Broken(4, StrCat("worker ", id, " got an event after it was told to go"));
  if (delivery.event->kind() == EventKind::kGatewayLost) return OnGatewayLost(id, worker, delivery);

  const auto at = records_.find(delivery.event.get());
  if (at == records_.end()) {
    return sim_.Broken(4, StrCat("worker ", id, " got an event that is not there or was done already: ",
                                 delivery.event->body().substr(0, 20)));
  }
  const RecordPtr record = at->second;
  if (record->at != 0) {
    return sim_.Broken(1, StrCat(Name(*record), " is at worker ", record->at, " and was given to ", id));
  }
  ++record->attempts;
  if (sim_.tracing()) sim_.Trace("worker    ", id, " gets ", Name(*record), ", attempt ", delivery.attempt);
  if (delivery.attempt != record->attempts) {
    sim_.Broken(
        4, StrCat("delivery ", record->attempts, " of ", Name(*record), " was marked as ", delivery.attempt));
  }
  CountUnwanted(*record->client, *record);
  CheckOrder(id, worker, *record->client, *record);
  CheckWindow(id, worker, *record);
  CheckSession(worker, delivery, *record->client);
  record->client->worker = id;
  record->client->worker_link = record->link;
  if (worker.settings.ack_on_send) {
    ++acknowledged_;
    Done(record);
    return;
  }
  if (worker.in_flight.empty()) worker.progress = sim_.now();
  record->at = id;
  worker.bytes += record->event->size();
  worker.in_flight[delivery.id] = record;
}

// All that came before of the client is done or in flight at the same attachment, all that came behind waits;
// and the client stays where it is while that one takes events and its link lives.
void EventModel::CheckOrder(events::WorkerId id, const Worker&, Client& client, const Record& record) {
  bool before = true;
  for (const RecordPtr& other : client.pending) {
    if (other.get() == &record) {
      before = false;
    } else if (before && other->at == 0) {
      return sim_.Broken(1, StrCat(Name(record), " was given to worker ", id, " before ", Name(*other)));
    } else if (other->at != 0 && other->at != id) {
      return sim_.Broken(1, StrCat(Name(record), " was given to worker ", id, " while ", Name(*other),
                                   " is in flight at worker ", other->at));
    } else if (!before && other->at != 0) {
      return sim_.Broken(1, StrCat(Name(record), " was given to worker ", id, " after ", Name(*other)));
    }
  }
  // What was delivered before may come again behind a CLOSE that was acknowledged out of turn.
  if (client.closed && record.attempts == 1)
    sim_.Broken(1, StrCat(Name(record), " came after the client's CLOSE"));
  // (With --events=always clients are forgotten while nobody is there.)
  if (options_.links == events::LinksWanted::kAlways) return;
  const auto former = workers_.find(client.worker);
  if (former != workers_.end() && former->first != id && former->second.active() && !draining_ &&
      client.worker_link == record.link) {
    sim_.Broken(1, StrCat(Name(record), " was given to worker ", id, "; the client is worker ", former->first,
                          "'s, which is there and takes events"));
  }
}

void EventModel::CheckWindow(events::WorkerId id, const Worker& worker, const Record& record) {
  if (worker.in_flight.empty() || worker.settings.ack_on_send) return;
  if (worker.in_flight.size() >= worker.settings.window_events ||
      worker.bytes + record.event->size() > worker.settings.window_bytes) {
    sim_.Broken(5, StrCat("worker ", id, " has ", worker.in_flight.size() + 1, " events and ",
                          worker.bytes + record.event->size(), " bytes in flight; its window is ",
                          worker.settings.window_events, " and ", worker.settings.window_bytes));
  }
}

void EventModel::OnGatewayLost(events::WorkerId id, Worker& worker, const events::Delivery& delivery) {
  const std::uint64_t run = delivery.event->head().run->number;
  if (!runs_over_.contains(run)) {
    sim_.Broken(4, StrCat("worker ", id, " was told that generation ", delivery.event->head().run->generation,
                          " is over; it is not"));
  }
  if (!worker.lost_runs.insert(run).second) {
    sim_.Broken(4, StrCat("worker ", id, " was told twice that a Gateway was lost"));
  }
  worker.lost_due.erase(run);
  if (worker.settings.ack_on_send) {
    ++acknowledged_;
    return;
  }
  auto record = std::make_shared<Record>();
  record->event = delivery.event;
  record->at = id;
  if (worker.in_flight.empty()) worker.progress = sim_.now();
  worker.bytes += record->event->size();
  worker.in_flight[delivery.id] = std::move(record);
}

void EventModel::OnAck(events::WorkerId id, std::uint64_t first, std::uint64_t last) {
  const auto at = workers_.find(id);
  if (at == workers_.end()) return;
  Worker& worker = at->second;
  std::size_t taken = 0;
  for (auto next = worker.in_flight.lower_bound(first); next != worker.in_flight.end() && next->first <= last;
       next = worker.in_flight.erase(next)) {
    ++taken;
    ++acknowledged_;
    const RecordPtr record = next->second;
    worker.bytes -= record->event->size();
    if (record->client != nullptr) Done(record);
  }
  if (taken == 0) {
    ++unknown_acks_;
  } else {
    worker.progress = sim_.now();
  }
}

}  // namespace gatewayd::simulation
