// Which threads serve the completion queue. An operation that such a thread starts, and that is done at once,
// is found when it looks into the queue next; started on any other thread, it wakes one of them.
#pragma once

namespace gatewayd::api {

// Marks this thread as one that serves the queue, as long as it lives; may be nested.
class QueueThread {
 public:
  QueueThread() { ++depth_; }
  ~QueueThread() { --depth_; }
  QueueThread(const QueueThread&) = delete;
  QueueThread& operator=(const QueueThread&) = delete;

  static bool IsThis() { return depth_ > 0; }

 private:
  static inline thread_local int depth_ = 0;
};

}  // namespace gatewayd::api
