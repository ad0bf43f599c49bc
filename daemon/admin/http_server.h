// The admin listener: HTTP/1.1 on a thread of its own, with a lower priority than the threads that serve
// calls and events, so that no HTTP client, however slow or hostile, delays one. Everything that a client can
// make it hold or wait for has a limit.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "admin/router.h"

namespace gatewayd::admin {

// Where the listener listens and what it bears. Taken by HttpServer::Start, and the same until it stops.
struct HttpOptions {
  std::vector<std::string> listen;  // host:port; port 0: the kernel chooses. At least one
  // One more, and the connection that has made no progress for longest is closed: a crowd of idle ones must
  // not keep a probe out.
  std::size_t max_connections = 64;
  std::size_t max_header_bytes = 8 * 1024;          // above: 431
  std::size_t max_body_bytes = 64 * 1024;           // of a POST; above: 413
  std::size_t max_unsent_bytes = 32 * 1024 * 1024;  // of answers that clients do not read, in all; above: 503
  absl::Duration idle_timeout = absl::Seconds(60);  // between requests
  absl::Duration request_timeout = absl::Seconds(5);  // from the first byte of a request to its last
  absl::Duration answer_timeout = absl::Seconds(10);  // to take an answer
  absl::Duration later_timeout = absl::Seconds(30);   // for a handler that answers later; above: 504
};

// What the listener counts. Thread-safe; outlives the listener.
class HttpStats {
 public:
  void CountAnswer(int status);
  std::map<int, std::uint64_t> answers() const;  // by status, those that came

  std::atomic<std::uint64_t> connections = 0;  // open now
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> evicted = 0;   // closed to make room for another
  std::atomic<std::uint64_t> timeouts = 0;  // closed: too slow with a request or an answer

 private:
  mutable std::mutex mutex_;
  std::map<int, std::uint64_t> answers_;  // guarded by mutex_
};

class HttpServer {
 public:
  // Listens and answers until Stop. UNAVAILABLE, naming the address, where one cannot be had; then nothing
  // listens. `stats` must outlive the server.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(HttpOptions options, Router router,
                                                           HttpStats& stats);
  virtual ~HttpServer() = default;  // as Stop

  // As bound, in the order of the options.
  virtual const std::vector<std::string>& addresses() const = 0;
  // Closes everything at once. Idempotent; must not be called by a handler.
  virtual void Stop() = 0;
};

}  // namespace gatewayd::admin
