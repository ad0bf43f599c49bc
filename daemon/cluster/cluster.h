// The cluster as the API sees it: who is a member, which Gateway a client_id names, and how it stands.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cluster/change_log.h"
#include "cluster/event_sink.h"
#include "cluster/gateway.h"
#include "cluster/options.h"
#include "cluster/query_stats.h"
#include "cluster/status_view.h"
#include "wire/client_id.h"
#include "wire/dialect.h"

namespace gatewayd::cluster {

// The members at one moment. Immutable; a call takes one and keeps it to its end, so that its fan-out is over
// one list.
struct View {
  // No Register has answered yet: no member is known, every call is UNAVAILABLE with this text.
  bool any_answer = false;
  // Every Register has answered at least once and every listed name is resolved.
  bool complete = false;
  std::string why_incomplete;  // for people

  std::vector<std::shared_ptr<Gateway>> members;  // each Gateway once, linked or not
  absl::flat_hash_map<wire::GatewayAddress, std::shared_ptr<Gateway>> by_address;

  // The Gateway that the ids of `address` name; UNAVAILABLE (kNoView) or NOT_FOUND (kUnknownGateway).
  absl::StatusOr<Gateway*> Find(const wire::GatewayAddress& address) const;
  // OK where cluster-wide calls can be made: at least one Register has answered.
  absl::Status CheckUsable() const;
};

// Names this process and counts: "6f1c9a3e52d1b07a". First part of each generation.
std::string NewInstanceId();

// Runs the Register links and the links to all members on a thread of its own. Thread-safe.
class Cluster {
 public:
  virtual ~Cluster() = default;

  // Starts. `on_ready` is called once, on the cluster's thread, when the cluster first becomes ready
  // (health).
  static std::unique_ptr<Cluster> Start(const wire::Dialect& dialect, Options options,
                                        std::string instance_id, std::function<void()> on_ready);

  // ---- Events. Any thread, without blocking.
  // Set once, before the first WantEvents(true); must outlive Stop.
  virtual void SetEventSink(EventSink* sink) = 0;
  // True: an event link to every Gateway, kept and made again. False: each is left without losing an event
  // that its Gateway has accepted (php), or closed where that takes longer than Options::leave_timeout; then
  // EventSink::OnEventLinksLeft. True again while they are being left: they are opened anew after that.
  virtual void WantEvents(bool wanted) = 0;
  // There is memory again: links that stopped reading (EventSink::OnEvent said false) go on.
  virtual void ResumeEvents() = 0;
  // See EventSink::OnMarked. Nothing happens where the run is over or has no event link.
  virtual void MarkEvents(const RunPtr& run, std::uint64_t token) = 0;
  // The thread on which EventSink is called: for timers of those who are above.
  virtual boost::asio::io_context& io() = 0;

  // The members now. Cheap: a pointer copy under a short lock.
  virtual std::shared_ptr<const View> view() const = 0;

  virtual const wire::Dialect& dialect() const = 0;
  virtual const std::string& instance_id() const = 0;
  virtual ClusterStatus status() const = 0;
  // Everything counted since the start, by name.
  virtual std::map<std::string, std::uint64_t> counters() const = 0;
  // How long Gateways took to answer; null where nobody counts.
  virtual const QueryStats* query_stats() const { return nullptr; }

  // What has changed of late; those above add what they have to say. Null where nobody keeps it.
  virtual ChangeLog* changes() { return nullptr; }

  // Ends all links: what is queued is flushed for at most a second, pending queries fail with kStopping.
  // After it returns nothing calls back any more. Idempotent.
  virtual void Stop() = 0;
};

}  // namespace gatewayd::cluster
