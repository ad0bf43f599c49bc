// An event as the worker has it: with the stream that it came by, and whether it is done.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "gatewayworker/event.h"

namespace gatewayworker::internal {

struct DeliveredEvent;

// What an event is answered on. Thread-safe.
class Stream {
 public:
  virtual ~Stream() = default;

  // Acknowledges the event. Nothing, where the stream is over.
  virtual void Done(DeliveredEvent& event) = 0;
  // Sends a command that answers the event (null: none), before its acknowledgement. False: the stream is
  // over.
  virtual bool Send(v1::Command command, const DeliveredEvent* event) = 0;
  // Ends the stream after what is done was said: all else is delivered again.
  virtual void BreakOff() = 0;
  // True once nothing that is done now can be said any more: the events are somebody else's.
  [[nodiscard]] virtual bool over() const noexcept = 0;
  // Whose it is: another worker's commands do not answer its events.
  [[nodiscard]] virtual const void* owner() const noexcept = 0;
};

struct DeliveredEvent {
  const v1::Event* proto = nullptr;
  Stream* stream = nullptr;        // lives as long as this
  std::atomic<bool> done = false;  // it is acknowledged; or its stream was over when its handler had ended

  // True while it is this worker's.
  [[nodiscard]] bool in_hand() const noexcept { return !done && !stream->over(); }
};

// The events of a batch. One allocation holds all of them, as long as one is in use.
std::vector<Event> Unpack(v1::EventBatch batch, std::shared_ptr<Stream> stream);

// Makes an event the current one of a thread while its handler runs.
class [[nodiscard]] HandlerScope {
 public:
  // The event outlives this.
  explicit HandlerScope(const Event& event) noexcept;
  ~HandlerScope();
  HandlerScope(const HandlerScope&) = delete;
  HandlerScope& operator=(const HandlerScope&) = delete;
};

}  // namespace gatewayworker::internal
