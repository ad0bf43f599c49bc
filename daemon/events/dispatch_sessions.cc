// Which sessions are older than what this daemon has written, and are to be fetched again before a delivery.
//
// An event carries the session as it was when the Gateway sent it. A write of the session by this daemon may
// have run after that, though the daemon accepted it before it read the event. So from a write on, the
// session of every event of that client is in doubt, until a mark: the Gateway has run the write, and all
// that it had sent before has been read.
//
// What has been sent to a worker cannot be made fresh any more. So of one client, only one event at a time is
// with a worker that wants fresh sessions; the next one is looked at when that is acknowledged.
//
// Writes and accepted events are counted together: each has its moment.
#include <utility>

#include "events/dispatch_state.h"

namespace gatewayd::events {
namespace {

// More clients than this are not kept one by one: all of the Gateway's are in doubt then.
constexpr std::size_t kMaxWrites = 65'536;
// A mark that was lost with a command link is asked for again.
constexpr absl::Duration kAskAgain = absl::Seconds(5);
// A session that is written all the time is out of date whenever it comes. An event does not wait longer.
constexpr std::uint32_t kMaxFetches = 3;

}  // namespace

std::uint64_t DispatchMachine::LastWrite(const RunState& run, std::uint32_t connection_id) const {
  const auto write = run.writes.find(connection_id);
  return write == run.writes.end() ? run.all_written : write->second;
}

void DispatchMachine::OnSessionWritten(const cluster::RunPtr& run, std::uint32_t connection_id,
                                       absl::Time now) {
  ++moment_;
  const auto at = runs_.find(run->number);
  if (at == runs_.end()) {
    unknown_written_ = true;
    return;
  }
  RunState& state = *at->second;
  if (state.writes.size() >= kMaxWrites) {
    state.all_written = moment_;
    state.writes.clear();
    for (auto& [key, client] : clients_) {
      if (key.run == run->number) client->last_write = moment_;
    }
  }
  state.writes[connection_id] = moment_;
  if (const auto client = clients_.find(ClientKey{run->number, connection_id}); client != clients_.end()) {
    client->second->no_object = false;
    client->second->last_write = moment_;
  }
  RequestMark(state, now);
}

void DispatchMachine::RequestMark(RunState& run, absl::Time now) {
  const bool under_way = run.mark != 0 && now - run.mark_asked < kAskAgain;
  if (!run.link_up || under_way || (run.writes.empty() && run.all_written == 0)) return;
  run.mark = moment_;
  run.mark_asked = now;
  marks_.push_back({run.run, run.mark});
}

void DispatchMachine::OnMarked(const cluster::RunPtr& run, std::uint64_t token, absl::Time now) {
  const auto at = runs_.find(run->number);
  if (at == runs_.end() || at->second->mark != token) return;
  RunState& state = *at->second;
  state.mark = 0;
  if (state.all_written <= token) state.all_written = 0;
  absl::erase_if(state.writes, [&](const auto& write) { return write.second <= token; });
  RequestMark(state, now);
}

// The event of a client that has gone brings the last session that there will ever be.
bool DispatchMachine::IsOutdated(const Worker& worker, const Entry& entry) const {
  if (!worker.settings.fresh_sessions || entry.client == nullptr) return false;
  if (entry.event->kind() == EventKind::kClose) return false;
  return entry.client->last_write > (entry.session_in_doubt ? 0 : entry.accepted);
}

bool DispatchMachine::NeedsFetch(const Worker& worker, const Entry& entry) const {
  if (!IsOutdated(worker, entry)) return false;
  const Client& client = *entry.client;
  if (client.rare == nullptr) return true;
  // What was accepted after the answer may have something newer than that, of others.
  const bool is_answered =
      client.rare->fetched_asked >= client.last_write && client.rare->fetched >= entry.accepted;
  return !is_answered && client.rare->fetches < kMaxFetches;
}

void DispatchMachine::StartFetch(Worker& worker, Entry entry) {
  Client& client = *entry.client;
  Client::Rare& rare = client.rarely();
  rare.fetch = next_fetch_++;
  rare.fetch_asked = moment_;
  ++rare.fetches;
  worker.refreshing.emplace(rare.fetch, &client);
  fetches_.push_back({entry.event->head().run, entry.event->head().client, rare.fetch});
  Hold(worker, std::move(entry), /*first=*/true);
}

void DispatchMachine::OnSession(const SessionFetch& fetch, std::optional<std::string> session) {
  const auto at = clients_.find(ClientKey{fetch.run->number, fetch.client.connection_id});
  if (at == clients_.end()) return;
  Client& client = *at->second;
  if (client.rare == nullptr || client.rare->fetch != fetch.token) return;
  Client::Rare& rare = *client.rare;
  rare.fetch = 0;
  rare.fetched_asked = rare.fetch_asked;
  rare.fetched = moment_;
  rare.fetch_failed = !session.has_value();
  ++(rare.fetch_failed ? counters_.sessions_not_fetched : counters_.sessions_fetched);
  if (session) {
    if (rare.session != nullptr) memory_used_ -= rare.session->size();
    memory_used_ += session->size();
    rare.session = std::make_shared<const std::string>(*std::move(session));
  }
  // Its worker is there: where that goes, or leaves, the fetch is given up.
  Worker& worker = *Find(client.worker);
  worker.refreshing.erase(fetch.token);
  Release(worker, client);
}

// Behind what is held for its client; or in front of that, where it was the first.
void DispatchMachine::Hold(Worker& worker, Entry entry, bool first) {
  Client& client = *entry.client;
  Client::Rare& rare = client.rarely();
  worker.CountHeld(entry);
  worker.holding.emplace(client.key, &client);
  if (first) {
    rare.held.push_front(std::move(entry));
  } else {
    rare.held.push_back(std::move(entry));
  }
}

// The first of what is held for the client may go now: it is the next of the worker's queue.
void DispatchMachine::Release(Worker& worker, Client& client) {
  Client::Rare& rare = *client.rare;
  Entry entry = std::move(rare.held.front());
  rare.held.pop_front();
  worker.CountHeldTaken(entry);
  worker.AddBytes(entry);
  worker.queue.push_front(std::move(entry));
  rare.released = true;
  if (rare.held.empty()) worker.holding.erase(client.key);
  MarkReady(worker);
}

// A CLOSE does not wait: nothing that a handler writes after it counts any more.
bool DispatchMachine::MustWait(const Worker& worker, const Entry& entry) const {
  if (entry.client == nullptr || entry.client->released()) return false;
  const Client& client = *entry.client;
  if (client.refreshing() || client.has_held()) return true;
  return client.in_flight > 0 && worker.settings.fresh_sessions && entry.event->kind() != EventKind::kClose;
}

void DispatchMachine::AddSession(const Entry& entry, Delivery* delivery) const {
  Client::Rare& rare = *entry.client->rare;  // there was a fetch, else it would not be delivered
  rare.fetches = 0;
  delivery->session = rare.session;
  delivery->session_stale = rare.fetch_failed || rare.fetched_asked < entry.client->last_write;
}

}  // namespace gatewayd::events
