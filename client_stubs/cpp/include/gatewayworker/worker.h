/// @file
/// Your program as the worker of a GatewayWorker cluster.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatewayworker/client.h"
#include "gatewayworker/connection.h"
#include "gatewayworker/error.h"
#include "gatewayworker/event.h"
#include "gatewayworker/stream_commands.h"

namespace gatewayworker {

namespace internal {
class WorkerCore;
}

/// How sessions come with events.
enum class SessionMode : int {
  kNone = v1::SESSION_MODE_NONE,
  kRaw = v1::SESSION_MODE_RAW,  ///< As stored bytes alone: `event.session().stored()`.
  kDecoded = v1::SESSION_MODE_DECODED,
};

/// Which session comes with an event.
enum class SessionFreshness : int {
  /// As it was when the Gateway sent the event. A client may have many events on their way to here.
  kAsSent = v1::SESSION_FRESHNESS_AS_SENT,
  /// Never older than what handlers wrote before; one event of a client at a time.
  kFresh = v1::SESSION_FRESHNESS_FRESH,
};

/// What becomes of an event whose handler failed.
enum class Outcome {
  kAck,  ///< It counts as done.
  /// The stream ends, and all that is not acknowledged comes again, here or at another worker, marked as
  /// redelivered. After `--max_deliveries` (5) the daemon gives an event up.
  kRedeliver,
};

enum class LogLevel { kInfo, kWarning, kError };

/// What the daemon said when the worker attached: what really applies. `version()`, `dialect()`,
/// `worker_id()`, `window_events()`, `window_bytes()`, `max_message_bytes()`.
using Welcome = v1::Welcome;

/// A command on the stream that failed. With kOk: one to many clients that did not reach every Gateway.
struct CommandError {
  std::uint64_t event_id = 0;  ///< The event that it answered; 0: none.
  Code code = Code::kUnknown;
  std::string message;
  std::optional<Delivery> delivery;
};

/// How a Worker attaches, and what it is to be sent.
struct WorkerConfig {
  /// `host:port` or `unix:/path`. Empty: GATEWAYD_ADDRESS, else kDefaultAddress.
  std::string address;
  /// For people, in logs and views.
  std::string name = "worker";
  std::optional<Tls> tls;
  Token token;
  /// How many events may be here unacknowledged; 0: what the daemon thinks good (1,000).
  std::uint32_t window_events = 0;
  /// How many bytes of events may be here unacknowledged; 0: 8 MiB.
  std::uint64_t window_bytes = 0;
  /// Events above it come with `body_omitted`; 0: 4 MiB less 64 KiB.
  std::uint64_t max_message_bytes = 0;
  SessionMode session_mode = SessionMode::kDecoded;
  SessionFreshness session_freshness = SessionFreshness::kFresh;
  /// Each event at most once: it is lost if this program dies.
  bool ack_on_send = false;
  /// How many handlers may wait at a time, each on a thread; at least 1.
  std::size_t concurrency = 64;
  /// Of `client()`, for each call that names none. Nothing: no limit.
  std::optional<std::chrono::milliseconds> call_timeout = std::chrono::seconds(10);
  /// How long leaving may take; after that the stream is cut.
  std::chrono::milliseconds stop_timeout = std::chrono::seconds(30);
  /// On leaving: it will be back, the daemon keeps its links for the grace period.
  bool keep_links = false;
  /// The shortest and the longest pause before attaching again.
  std::chrono::milliseconds shortest_backoff = std::chrono::milliseconds(100);
  std::chrono::milliseconds longest_backoff = std::chrono::seconds(5);
  /// Takes the worker's own lines; empty: they go to stderr. Called from any thread.
  std::function<void(LogLevel level, std::string_view line)> log;
};

/// Register the handlers you want and Run() it. Kinds of events without a handler do not come.
///
/// Events of one client are handled one after the other, those of different clients beside each other. An
/// event is acknowledged when its handler has returned; what the handler sent by the methods of
/// StreamCommands goes out before that. A handler that throws is logged and given to OnError.
///
/// Handlers run on the worker's threads. One that ends at once costs no thread and no switch: the thread that
/// reads the stream runs it. Where one waits (in a call of `client()` or in Sync at once, else after about a
/// millisecond) another thread takes the reading over, up to `concurrency` of them.
///
/// A worker is served once. Handlers are registered before; all else is safe from any thread.
class Worker final : public StreamCommands {
 public:
  using Handler = std::function<void(const Event&)>;

  explicit Worker(WorkerConfig config = {});
  /// Run and Serve must have returned.
  ~Worker();

  // ---- Handlers

  /// A client connected. One of WebSocket has not finished its handshake: send it nothing raw yet.
  Worker& OnConnect(Handler handler);
  /// Its handshake is done: `event.handshake()`.
  Worker& OnWebSocketConnect(Handler handler);
  /// It sent a message: `event.body()`.
  Worker& OnMessage(Handler handler);
  /// It is gone.
  Worker& OnClose(Handler handler);
  /// A Gateway is gone with all clients of `event.generation()`: no close comes for them.
  Worker& OnGatewayLost(Handler handler);

  // ---- Hooks

  /// A handler threw; it has been logged. Says what becomes of the event; without a hook it is acknowledged.
  Worker& OnError(std::function<Outcome(const Event&, const std::exception&)> hook);
  /// A command on the stream failed. Without a hook it is logged.
  Worker& OnCommandError(std::function<void(const CommandError&)> hook);
  /// Attached, again perhaps; events come after it has returned. It may call `client()`, but not wait for
  /// Sync.
  Worker& OnAttached(std::function<void(const Welcome&)> hook);

  // ---- Running

  /// Serves until the worker has left, by SIGTERM or SIGINT (a second one cuts it short, a third ends the
  /// process) or by Stop. Returns what `main` may return: 0, or 1 where trying again is of no use; why has
  /// been logged. One worker of a process at a time.
  int Run();
  /// Attaches, and again whenever the stream ends, until Stop. Returns when all handlers have. Throws
  /// GatewayError where trying again is of no use: the daemon refuses the hello or the token.
  /// `handle_signals`: as Run.
  void Serve(bool handle_signals = false);
  /// Leaves: what has come is worked on and acknowledged, then Serve returns. Called twice: at once, but for
  /// handlers that run. Returns without waiting, so that handlers may call it too.
  void Stop();

  /// Waits until the Gateways have run what was sent by the methods of StreamCommands. Returns those of which
  /// that is not known after `timeout`; throws UnavailableError where the stream ended first, or there is
  /// none.
  std::vector<GatewayFailure> Sync(std::chrono::milliseconds timeout = std::chrono::seconds(5));

  /// For calls with an answer, on the worker's connection. Lives as long as the worker.
  Client& client() noexcept;

  /// `host:port` or `unix:/path`: where it attaches.
  [[nodiscard]] const std::string& address() const noexcept;

 private:
  void Send(Command command) override;

  std::unique_ptr<internal::WorkerCore> core_;
};

}  // namespace gatewayworker
