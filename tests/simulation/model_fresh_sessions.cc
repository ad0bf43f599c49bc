// No handler is shown a session that lacks a write which this daemon had accepted before the delivery and
// which succeeded (api.md, FRESH), but where the delivery says so. Each write puts the number of its call
// under the key "n" of the session.
#include <algorithm>

#include "simulation/model_events.h"

namespace gatewayd::simulation {

using cluster::StrCat;

void EventModel::OnSessionWritten(const cluster::RunPtr& run, std::uint32_t connection_id, std::uint64_t op,
                                  std::uint64_t life) {
  const ClientKey key{run->number, connection_id};
  std::unique_ptr<Client>& client = clients_[key];
  if (client == nullptr) client = std::make_unique<Client>();
  client->writes.push_back({.op = op, .life = life});
  session_ops_[op] = key;
}

void EventModel::OnSessionRun(std::uint64_t op, bool exists) {
  const auto at = session_ops_.find(op);
  if (at == session_ops_.end()) return;
  std::vector<Write>& writes = clients_.at(at->second)->writes;
  const auto write = std::find_if(writes.begin(), writes.end(), [&](const Write& w) { return w.op == op; });
  if (!exists) {
    if (write != writes.end()) writes.erase(write);
    return;
  }
  // The path of its link was cut, and a newer one has run already: the session is what this one says again.
  if (write == writes.end()) {
    std::erase_if(writes, [](const Write& w) { return w.run; });
    writes.insert(writes.begin(), {.op = op, .run = true});
    return;
  }
  write->run = true;
  if (write->owed) {
    sim_.Broken(2, StrCat("a handler was shown a session without call ", op,
                          ", which had been accepted before, and ran later"));
  }
  // Those before it are covered by it.
  writes.erase(writes.begin(), write);
}

void EventModel::CheckSession(const Worker& worker, const events::Delivery& delivery, Client& client) {
  if (!worker.settings.fresh_sessions || delivery.session_stale || client.foreign || client.writes.empty() ||
      delivery.event->kind() == events::EventKind::kClose) {
    return;
  }
  const std::uint64_t shown =
      dialect_.NumberIn(delivery.session ? std::string_view(*delivery.session) : delivery.event->session());
  for (Write& write : client.writes) {
    if (write.op <= shown) continue;
    if (write.run) {
      return sim_.Broken(2, StrCat("the session ", delivery.session ? "fetched for " : "shown with ",
                                   delivery.event->body().substr(0, 12), " of client ",
                                   delivery.event->head().client.connection_id, " has the write of call ",
                                   shown, "; call ", write.op, " had been accepted and had run before"));
    }
    if (!lives_over_.contains(write.life)) write.owed = true;
  }
}

}  // namespace gatewayd::simulation
