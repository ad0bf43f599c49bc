// Splits what comes on one connection of an event link: events, answers to IS_ONLINE, and what is neither.
// No I/O inside; it copies nothing and allocates nothing for an event.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "wire/dialect.h"
#include "wire/frame.h"

namespace gatewayd::cluster {

// Not thread-safe. One for each connection of a link; it has no part in the link's life (EventLinkMachine),
// so that the thread that reads needs no lock for it.
class EventReader {
 public:
  struct Item {
    enum class Kind {
      kMore,      // not whole yet; `expected` is the size of the whole, where that is known, else 0
      kEvent,     // `frame`, one of the four event commands
      kAnswer,    // `answer`, the payload
      kNothing,   // `used` bytes that say nothing: a PING, or a part of an event that is too large
      kTooLarge,  // the start of an event above `max_event_bytes`; the rest of it will be kNothing
      kGarbage,   // no link carries this: `error`
    };
    Kind kind = Kind::kMore;
    std::size_t used = 0;  // bytes to drop, once what is borrowed from them has been used
    std::size_t expected = 0;
    wire::Frame frame;  // borrowed from the bytes or the codec until the next call
    std::string_view answer;
    std::string error;
  };

  // `dialect` must outlive it.
  EventReader(const wire::Dialect& dialect, std::string secret, std::size_t max_event_bytes);

  // A new connection.
  void Reset();
  // Looks at the first packet of `bytes`: what was read and not yet dropped.
  Item Next(std::string_view bytes);

 private:
  const wire::Dialect& dialect_;
  const std::string secret_;
  const std::size_t max_event_bytes_;
  std::unique_ptr<wire::PacketCodec> codec_;
  std::size_t pass_over_ = 0;  // bytes still to come of an event that is too large
};

// True for the commands that carry an event of a client.
bool IsEvent(wire::Command command);

}  // namespace gatewayd::cluster
