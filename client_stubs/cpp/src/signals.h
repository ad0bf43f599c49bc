// SIGTERM and SIGINT, as calls on a thread.
#pragma once

#include <functional>
#include <thread>

namespace gatewayworker::internal {

// While it lives, the first two of these signals are calls of a function; a third one does what the signal
// did before anybody watched. One of a process at a time.
class SignalWatch {
 public:
  // `on_signal` is called on a thread of its own. Throws FailedPreconditionError where there is a watch
  // already, and std::system_error where the system has no more pipes.
  explicit SignalWatch(std::function<void()> on_signal);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  int read_end_ = -1;
  std::thread thread_;
};

}  // namespace gatewayworker::internal
