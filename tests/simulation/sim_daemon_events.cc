// What the cluster does for the event side, as cluster_shell.cc does it.
#include <algorithm>

#include "simulation/sim_daemon.h"

namespace gatewayd::simulation {
namespace {

constexpr absl::Duration kTurn = absl::Microseconds(30);  // until the io thread runs what was posted

}  // namespace

void SimDaemon::SetEventSink(cluster::EventSink* sink, EventModel* model) {
  outlet_.sink = sink;
  outlet_.model = model;
  outlet_.on_links_off = [this] { CheckEventLinksLeft(); };
}

void SimDaemon::WantEvents(bool wanted) {
  sim_.After(sim_.random.Around(kTurn), [this, wanted] {
    if (stopped_ || std::exchange(outlet_.wanted, wanted) == wanted) return;
    sim_.Trace("daemon    event links are ", wanted ? "wanted" : "not wanted any more");
    outlet_.was_wanted = outlet_.was_wanted || wanted;
    leaving_event_links_ = !wanted;
    const auto all = gateways_;
    for (const auto& [address, gateway] : all)
      gateway->WantEvents(wanted);
    CheckEventLinksLeft();
  });
}

void SimDaemon::ResumeEvents() {
  if (std::exchange(resume_posted_, true)) return;
  sim_.After(sim_.random.Around(kTurn), [this] {
    resume_posted_ = false;
    const auto all = gateways_;
    for (const auto& [address, gateway] : all)
      gateway->ResumeEvents();
  });
}

void SimDaemon::MarkEvents(const cluster::RunPtr& run, std::uint64_t token) {
  sim_.After(sim_.random.Around(kTurn), [this, run, token] {
    const auto at = gateways_.find(run->gateway);
    if (at == gateways_.end()) return;
    const std::shared_ptr<DaemonGateway> gateway = at->second;
    gateway->MarkEvents(run, token);
  });
}

void SimDaemon::CheckEventLinksLeft() {
  sim_.After(absl::ZeroDuration(), [this] {
    if (!leaving_event_links_ || stopped_) return;
    const bool off = std::all_of(gateways_.begin(), gateways_.end(),
                                 [](const auto& at) { return at.second->machine().event_links_off(); });
    if (!off) return;
    leaving_event_links_ = false;
    if (outlet_.sink != nullptr) outlet_.sink->OnEventLinksLeft();
  });
}

// As Hub::Fetch; a call like any other for the model.
void SimDaemon::FetchSession(const events::SessionFetch& fetch,
                             std::function<void(std::optional<std::string>)> answer) {
  const auto at = gateways_.find(fetch.run->gateway);
  if (at == gateways_.end()) return answer(std::nullopt);
  const std::shared_ptr<DaemonGateway> member = at->second;
  Op op;
  op.kind = Op::Kind::kQuery;
  op.gateway = member->index();
  op.command = wire::Command::kGetSessionByClientId;
  op.generation = fetch.run->generation;
  op.unbounded = true;
  Op& begun = model_.Begin(std::move(op));
  sim_.Trace("daemon    fetches the session of client ", fetch.client.connection_id, " (call ", begun.id,
             ")");
  const std::string body = Model::Tag(begun.id);
  member->Query(begun,
                {.command = wire::Command::kGetSessionByClientId,
                 .connection_id = fetch.client.connection_id,
                 .body = body},
                0,
                [this, id = begun.id, member, fetch,
                 answer = std::move(answer)](const absl::StatusOr<std::string_view>& payload) {
                  Op& op = model_.op(id);
                  op.poisoned = member->PoisonedSince(op.start);
                  model_.OnAnswer(op, payload);
                  if (op.poisoned) outlet_.model->OnForeignSession(fetch.run, fetch.client.connection_id);
                  std::optional<std::string> session;
                  if (payload.ok()) {
                    const auto stored = dialect_.wire().DecodeSession(*payload);
                    if (stored.ok() && *stored) session = std::string(**stored);
                  }
                  answer(std::move(session));
                });
}

}  // namespace gatewayd::simulation
