// An event in the daemon's memory: what a Gateway said about one client, in one block, until it is done.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include "absl/time/time.h"
#include "cluster/event_sink.h"
#include "wire/client_id.h"
#include "wire/frame.h"

namespace gatewayd::events {

enum class EventKind : std::uint8_t {
  kConnect = 1,
  kWebSocketConnect = 2,
  kMessage = 3,
  kClose = 4,
  kGatewayLost = 5,  // made by the daemon: of no client, the run says which Gateway
};

// A set of kinds.
class EventKinds {
 public:
  constexpr EventKinds() = default;
  static constexpr EventKinds All() {
    EventKinds kinds;
    for (std::uint8_t kind = 1; kind <= 5; ++kind)
      kinds.Add(static_cast<EventKind>(kind));
    return kinds;
  }
  constexpr void Add(EventKind kind) { bits_ = static_cast<std::uint8_t>(bits_ | Bit(kind)); }
  constexpr bool Has(EventKind kind) const { return (bits_ & Bit(kind)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }

 private:
  static constexpr std::uint8_t Bit(EventKind kind) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
  }
  std::uint8_t bits_ = 0;
};

class Event;
using EventPtr = boost::intrusive_ptr<const Event>;

// Immutable; shared by counting, from any thread.
class Event {
 public:
  struct Head {
    EventKind kind = EventKind::kMessage;
    cluster::RunPtr run;
    wire::ClientId client;        // of kGatewayLost: nobody's
    std::uint32_t client_ip = 0;  // 0: an IPv6 client
    std::uint16_t client_port = 0;
    std::uint16_t gateway_port = 0;
    absl::Time read;  // wall clock
  };

  static EventPtr Make(Head head, std::string_view session, std::string_view body);
  // What a Gateway's event frame says; its command must be one of the four of events.
  static EventPtr FromFrame(const cluster::RunPtr& run, const wire::Frame& frame, absl::Time read);
  // What FromFrame takes of the memory for such a frame.
  static std::size_t SizeOf(const wire::Frame& frame) {
    return sizeof(Event) + frame.ext.size() + frame.body.size();
  }

  const Head& head() const { return head_; }
  EventKind kind() const { return head_.kind; }
  // As it was when the Gateway sent the event: the stored bytes.
  std::string_view session() const { return {bytes(), session_size_}; }
  std::string_view body() const { return {bytes() + session_size_, body_size_}; }
  // Bytes of memory that it takes.
  std::size_t size() const { return sizeof(Event) + session_size_ + body_size_; }
  // How many EventPtrs point to it, for tests.
  std::uint32_t references() const { return references_.load(std::memory_order_relaxed); }

 private:
  Event(Head head, std::string_view session, std::string_view body);
  ~Event() = default;
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }

  friend void intrusive_ptr_add_ref(const Event* event) {
    event->references_.fetch_add(1, std::memory_order_relaxed);
  }
  friend void intrusive_ptr_release(const Event* event);

  mutable std::atomic<std::uint32_t> references_ = 0;
  const Head head_;
  const std::size_t session_size_;
  const std::size_t body_size_;
};

// "MESSAGE", …
std::string_view ToString(EventKind kind);

}  // namespace gatewayd::events
