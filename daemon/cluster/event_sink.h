// Where the events of the clients go: what cluster/ reads from event links, it hands to one EventSink
// (events/ has the real one). The seam between "how bytes come from Gateways" and "which worker gets what".
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "wire/frame.h"

namespace gatewayd::cluster {

// One generation of one Gateway: ids of its clients mean one client each as long as it lasts. Immutable; one
// object for each generation, so that pointers can be compared.
struct GatewayRun {
  std::uint64_t number = 0;  // never twice the same in this process, ascending
  std::string generation;    // as events and the cluster view carry it
  std::string gateway;       // "host:port" as the Register lists it
};
using RunPtr = std::shared_ptr<const GatewayRun>;

// Calls come on the cluster's io thread with no lock held, unless said otherwise; none may block. Those about
// one run come in the order in which things happened on its event link.
class EventSink {
 public:
  virtual ~EventSink() = default;

  // An event (ON_CONNECT, ON_WEBSOCKET_CONNECT, ON_MESSAGE, ON_CLOSE) was read. `frame` is borrowed during
  // the call. False: there is no memory for it now. The frame is kept, nothing more is read from that link,
  // and the same frame is offered again after Cluster::ResumeEvents.
  virtual bool OnEvent(const RunPtr& run, const wire::Frame& frame) = 0;

  // All that one read brought has been offered: now is the time to hand it on.
  virtual void OnEventsRead() = 0;

  // The event link of the run is in use / is gone. An event link that is left without loss is gone when its
  // last byte was read. A run can see several, one after the other.
  virtual void OnEventLinkUp(const RunPtr& run) = 0;
  virtual void OnEventLinkGone(const RunPtr& run) = 0;

  // The generation is over: its clients are gone, no event of it will follow.
  virtual void OnRunOver(const RunPtr& run) = 0;

  // No event link is open any more, nor being opened, and none is wanted (Cluster::WantEvents(false)).
  virtual void OnEventLinksLeft() = 0;

  // A command that writes the session of this client (SET_SESSION, UPDATE_SESSION) was accepted for its
  // Gateway. On the thread of the caller, before the call is answered.
  virtual void OnSessionWritten(const RunPtr& run, std::uint32_t connection_id) = 0;

  // Answers Cluster::MarkEvents: the Gateway has run every command that was accepted before that call, and
  // every event that it had sent before it ran them has been offered by now. Not called where a link was lost
  // meanwhile; then ask again after the next OnEventLinkUp.
  virtual void OnMarked(const RunPtr& run, std::uint64_t token) = 0;
};

}  // namespace gatewayd::cluster
