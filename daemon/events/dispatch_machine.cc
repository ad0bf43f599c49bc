#include "events/dispatch_machine.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "events/dispatch_state.h"

namespace gatewayd::events {
namespace {

// Of a stored session, "" for none. What starts as an object is one: nothing else is ever stored by those who
// can write objects at all.
bool IsNoObject(std::string_view session) {
  const std::size_t start = session.find_first_not_of(" \t\r\n");
  return !session.empty() && (start == std::string_view::npos || session[start] != '{');
}

}  // namespace

DispatchMachine::DispatchMachine(const Options& options) : options_(options) {
  UpdateLinksWanted(absl::InfinitePast());
}

DispatchMachine::~DispatchMachine() = default;

// ---- Events come

DispatchMachine::Verdict DispatchMachine::Check(std::size_t size) {
  if (options_.links != LinksWanted::kAttached && !HasTaker()) {
    ++counters_.events_untaken;
    return Verdict::kDrop;
  }
  // One event always fits into an empty memory.
  if (events_ == 0 || memory_used_ + size <= options_.event_memory) return Verdict::kTake;
  refused_size_ = std::max(refused_size_, size);
  if (!memory_full_) {
    memory_full_ = true;
    ++counters_.memory_full;
  }
  return Verdict::kFull;
}

void DispatchMachine::Accept(EventPtr event, absl::Time now) {
  RunState& run = RunFor(event->head().run);
  Client& client = ClientFor(*event, run);
  const bool in_doubt = run.all_written != 0 || run.writes.contains(client.key.connection_id);
  if (in_doubt) RequestMark(run, now);
  CountAccepted(event->kind());
  ++events_;
  ++client.pending;
  memory_used_ += event->size();
  Route({.event = std::move(event), .client = &client, .accepted = ++moment_, .session_in_doubt = in_doubt});
  if (!over_share_.empty()) CheckShares(now);
}

void DispatchMachine::CountAccepted(EventKind kind) {
  ++counters_.events_accepted;
  switch (kind) {
    case EventKind::kConnect:
      ++counters_.events_connect;
      return;
    case EventKind::kWebSocketConnect:
      ++counters_.events_websocket_connect;
      return;
    case EventKind::kMessage:
      ++counters_.events_message;
      return;
    case EventKind::kClose:
      ++counters_.events_close;
      return;
    case EventKind::kGatewayLost:
      return;  // comes from no Gateway: OnRunOver
  }
}

DispatchMachine::RunState& DispatchMachine::RunFor(const cluster::RunPtr& run) {
  std::unique_ptr<RunState>& state = runs_[run->number];
  if (state == nullptr) {
    state = std::make_unique<RunState>();
    state->run = run;
    if (unknown_written_) state->all_written = ++moment_;
  }
  return *state;
}

DispatchMachine::Client& DispatchMachine::ClientFor(const Event& event, RunState& run) {
  const Event::Head& head = event.head();
  const ClientKey key{head.run->number, head.client.connection_id};
  std::unique_ptr<Client>& slot = clients_[key];
  if (slot == nullptr) {
    slot = std::make_unique<Client>();
    slot->key = key;
    slot->last_write = LastWrite(run, key.connection_id);
    run_of_address_[head.client.gateway] = key.run;
  }
  Client& client = *slot;
  client.gateway_port = head.gateway_port;
  client.forget = head.kind == EventKind::kClose;
  client.no_object = IsNoObject(event.session());
  if (head.kind == EventKind::kConnect) client.connect_seen = true;
  if (head.kind == EventKind::kWebSocketConnect) {
    client.websocket_seen = true;
    websocket_ports_.insert(head.gateway_port);
  }
  return client;
}

void DispatchMachine::OnLinkUp(const cluster::RunPtr& run, absl::Time now) {
  RunState& state = RunFor(run);
  state.link_up = true;
  state.mark = 0;
  RequestMark(state, now);
}

// Clients whose end the daemon did not hear of would be kept for ever. What is pending stays.
void DispatchMachine::OnLinkGone(const cluster::RunPtr& run) {
  if (const auto state = runs_.find(run->number); state != runs_.end()) {
    state->second->link_up = false;
    state->second->mark = 0;
  }
  for (auto at = clients_.begin(); at != clients_.end();) {
    Client& client = *(at++)->second;
    if (client.key.run != run->number) continue;
    client.forget = true;
    ForgetIfIdle(client);
  }
}

void DispatchMachine::OnRunOver(const cluster::RunPtr& run, absl::Time read) {
  OnLinkGone(run);
  runs_.erase(run->number);
  absl::erase_if(run_of_address_, [&](const auto& entry) { return entry.second == run->number; });
  for (const auto& [id, worker] : workers_) {
    if (!worker->takes_events() || !worker->settings.kinds.Has(EventKind::kGatewayLost)) continue;
    EventPtr event = Event::Make({.kind = EventKind::kGatewayLost, .run = run, .read = read}, {}, {});
    ++counters_.events_gateway_lost;
    ++events_;
    memory_used_ += event->size();
    Enqueue(*worker, {.event = std::move(event)});
  }
}

// ---- Routes

void DispatchMachine::Route(Entry entry) {
  Client& client = *entry.client;
  if (IsBlocked(client)) {
    client.rarely().held.push_back(std::move(entry));
    ++held_;
    return;
  }
  Worker* worker = WorkerFor(client);
  if (worker == nullptr) {
    unassigned_.push_back(std::move(entry));
  } else if (!worker->settings.kinds.Has(entry.event->kind())) {
    ++counters_.events_unwanted;
    Done(entry);
  } else {
    Enqueue(*worker, std::move(entry));
  }
}

// What comes from a worker that went, or has waited for one.
void DispatchMachine::RouteAll(Entries entries) {
  for (Entry& entry : entries) {
    entry.moved = true;
    Route(std::move(entry));
  }
}

// It may not go elsewhere while something of it is in flight at a worker that leaves.
bool DispatchMachine::IsBlocked(const Client& client) const {
  if (client.in_flight == 0) return false;
  const Worker* worker = Find(client.worker);
  return worker != nullptr && worker->state == Worker::State::kLeaving;
}

DispatchMachine::Worker* DispatchMachine::WorkerFor(Client& client) {
  if (Worker* worker = Find(client.worker); worker != nullptr && worker->takes_events()) return worker;
  Worker* worker = LeastLoaded();
  if (worker != nullptr) Assign(client, *worker);
  return worker;
}

// Fewest clients; then fewest bytes; then the one that has been there longest. Those that finish only where
// there is nobody else.
DispatchMachine::Worker* DispatchMachine::LeastLoaded() const {
  Worker* best = nullptr;
  const auto rank = [](const Worker& worker) {
    return std::make_tuple(worker.state != Worker::State::kActive, worker.clients, worker.bytes());
  };
  for (const auto& [id, worker] : workers_) {
    if (!worker->takes_events()) continue;
    if (best == nullptr || rank(*worker) < rank(*best)) best = worker.get();
  }
  return best;
}

void DispatchMachine::Assign(Client& client, Worker& worker) {
  if (Worker* former = Find(client.worker); former != nullptr) --former->clients;
  client.worker = worker.id;
  ++worker.clients;
}

void DispatchMachine::Enqueue(Worker& worker, Entry entry) {
  worker.AddBytes(entry);
  if (IsOverShare(worker)) over_share_.push_back(worker.id);
  worker.queue.push_back(std::move(entry));
  MarkReady(worker);
}

void DispatchMachine::MarkReady(Worker& worker) {
  if (std::exchange(worker.notified, true)) return;
  ready_.push_back(worker.id);
}

// ---- Events are done

void DispatchMachine::Done(const Entry& entry) {
  --events_;
  memory_used_ -= entry.event->size();
  if (entry.client != nullptr) {
    --entry.client->pending;
    ForgetIfIdle(*entry.client);
  }
  CheckMemory();
}

void DispatchMachine::ForgetIfIdle(Client& client) {
  if (client.pending > 0) return;
  if (client.rare != nullptr && client.rare->session != nullptr) memory_used_ -= client.rare->session->size();
  client.rare.reset();
  if (!client.forget) return;
  if (Worker* worker = Find(client.worker); worker != nullptr) --worker->clients;
  const ClientKey key = client.key;  // the client goes with its place
  clients_.erase(key);
}

// As if the links of all were gone.
void DispatchMachine::ForgetClients() {
  for (auto at = clients_.begin(); at != clients_.end();) {
    Client& client = *(at++)->second;
    client.forget = true;
    ForgetIfIdle(client);
  }
}

// Reading goes on well below the limit, so that links do not stop and go with every event; and not before
// what was refused fits.
void DispatchMachine::CheckMemory() {
  if (!memory_full_) return;
  const std::size_t limit = options_.event_memory;
  if (events_ == 0 || (memory_used_ <= limit / 4 * 3 && memory_used_ + refused_size_ <= limit)) Resume();
}

void DispatchMachine::Resume() {
  memory_full_ = false;
  refused_size_ = 0;
  resume_ = true;
}

// What was held for one client finds its way now.
void DispatchMachine::ReleaseHeld(Client& client) {
  std::deque<Entry> held = std::exchange(client.rare->held, {});
  held_ -= held.size();
  RouteAll({std::make_move_iterator(held.begin()), std::make_move_iterator(held.end())});
}

std::optional<bool> DispatchMachine::TakeLinksWanted() {
  if (links_wanted_ == links_wanted_said_) return std::nullopt;
  links_wanted_said_ = links_wanted_;
  return links_wanted_;
}

bool DispatchMachine::TakeResume() {
  return std::exchange(resume_, false);
}

// ---- What is

std::size_t DispatchMachine::events_held() const {
  return unassigned_.size() + held_;
}

const DispatchMachine::Client* DispatchMachine::FindClient(const wire::ClientId& id) const {
  const auto run = run_of_address_.find(id.gateway);
  if (run == run_of_address_.end()) return nullptr;
  const auto client = clients_.find(ClientKey{run->second, id.connection_id});
  return client == clients_.end() ? nullptr : client->second.get();
}

bool DispatchMachine::IsBeforeHandshake(const wire::ClientId& client) const {
  const Client* found = FindClient(client);
  return found != nullptr && found->connect_seen && !found->websocket_seen &&
         websocket_ports_.contains(found->gateway_port);
}

bool DispatchMachine::HasSessionThatIsNoObject(const wire::ClientId& client) const {
  const Client* found = FindClient(client);
  return found != nullptr && found->no_object;
}

}  // namespace gatewayd::events
