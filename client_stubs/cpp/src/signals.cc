#include "signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "gatewayworker/error.h"

namespace gatewayworker::internal {

namespace {

constexpr std::array<int, 2> kSignals = {SIGTERM, SIGINT};
constexpr int kTaken = 2;

// What the handler may touch.
std::atomic<int> write_end = -1;
std::atomic<int> signals_left = 0;
std::array<struct sigaction, kSignals.size()> before;
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void OnSignal(int number) {
  const int saved_errno = errno;
  if (signals_left.fetch_sub(1) > 0) {
    const char signalled = 1;
    // A pipe that is full already says that there was one.
    static_cast<void>(!::write(write_end.load(), &signalled, 1));
  } else {
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      ::sigaction(kSignals[i], &before[i], nullptr);
    static_cast<void>(::raise(number));
  }
  errno = saved_errno;
}

}  // namespace

SignalWatch::SignalWatch(std::function<void()> on_signal) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  int none = -1;
  if (!write_end.compare_exchange_strong(none, ends[1])) {
    ::close(ends[0]);
    ::close(ends[1]);
    throw FailedPreconditionError("another worker of this process takes the signals");
  }
  read_end_ = ends[0];
  for (const int end : ends)
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
  thread_ = std::thread([this, on_signal = std::move(on_signal)] {
    char said = 0;
    while (true) {
      const ssize_t size = ::read(read_end_, &said, 1);
      if (size < 0 && errno == EINTR) continue;
      if (size != 1 || said == 0) return;
      on_signal();
    }
  });
  signals_left = kTaken;
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i)
    ::sigaction(kSignals[i], &action, &before[i]);
}

SignalWatch::~SignalWatch() {
  for (std::size_t i = 0; i < kSignals.size(); ++i)
    ::sigaction(kSignals[i], &before[i], nullptr);
  const char end = 0;
  static_cast<void>(!::write(write_end.load(), &end, 1));
  thread_.join();
  ::close(write_end.exchange(-1));
  ::close(read_end_);
}

}  // namespace gatewayworker::internal
