#include "admin/http_server.h"

#include <sys/resource.h>

#include <list>
#include <optional>
#include <thread>
#include <tuple>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "admin/http_listen.h"
#include "admin/http_messages.h"

namespace gatewayd::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kAcceptPause{100};  // where there is no descriptor left
// How long, and how much of, what a client still says is read after an answer that ends the connection: it
// would lose the answer if the socket were closed with bytes unread.
constexpr std::chrono::seconds kLinger{1};
constexpr std::size_t kMaxLinger = 256 * 1024;
constexpr std::size_t kReadSize = 4096;
// As nice(1) counts. On a busy machine the listener gets a third of what a thread that serves gets.
constexpr int kNice = 5;

// One client. Lives in the coroutine that serves it.
struct Connection {
  beast::tcp_stream stream;
  bool listener_is_loopback = false;
  std::optional<std::list<Connection*>::iterator> place;  // among those that may be evicted
};

// What a handler that answers later, and the coroutine that waits for it, have in common.
// The listener's thread alone looks into it, though others may hold it.
struct Waiting {
  asio::steady_timer* timer = nullptr;  // null: nobody waits any more
  std::optional<HttpResponse> answer;
};

}  // namespace

class HttpServerImpl final : public HttpServer {
 public:
  HttpServerImpl(HttpOptions options, Router router, HttpStats& stats)
      : options_(std::move(options)), router_(std::move(router)), stats_(stats) {}
  ~HttpServerImpl() override { Stop(); }

  absl::Status Start() {
    for (const std::string& address : options_.listen) {
      absl::StatusOr<tcp::acceptor> acceptor = ListenOn(io_, address);
      if (!acceptor.ok()) return acceptor.status();
      addresses_.push_back(BoundAddress(address, *acceptor));
      acceptors_.push_back(*std::move(acceptor));
    }
    for (tcp::acceptor& acceptor : acceptors_)
      asio::co_spawn(io_, Accept(acceptor), asio::detached);
    thread_ = std::thread([this] {
      setpriority(PRIO_PROCESS, 0, kNice);  // Linux: of this thread alone
      io_.run();
    });
    return absl::OkStatus();
  }

  const std::vector<std::string>& addresses() const override { return addresses_; }

  void Stop() override {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
      stopped_ = true;
      for (tcp::acceptor& acceptor : acceptors_) {
        error_code ignored;
        acceptor.close(ignored);
      }
      for (Connection* connection : connections_)
        connection->stream.close();
      for (asio::steady_timer* waiting : waiting_)
        waiting->cancel();
    });
    thread_.join();
  }

 private:
  using Parser = http::request_parser<http::string_body>;

  asio::awaitable<void> Accept(tcp::acceptor& acceptor) {
    const bool loopback = IsBoundToLoopback(acceptor);
    while (!stopped_) {
      auto [error, socket] = co_await acceptor.async_accept(kNoThrow);
      if (stopped_) break;
      if (error) {
        asio::steady_timer pause(io_, kAcceptPause);
        co_await pause.async_wait(kNoThrow);
        continue;
      }
      asio::co_spawn(io_, Serve(std::move(socket), loopback), asio::detached);
    }
  }

  asio::awaitable<void> Serve(tcp::socket socket, bool listener_is_loopback) {
    Connection connection{.stream = beast::tcp_stream(std::move(socket)),
                          .listener_is_loopback = listener_is_loopback};
    Admit(connection);
    co_await Converse(connection);
    if (connection.place) Remove(connection);
    stats_.connections.fetch_sub(1, std::memory_order_relaxed);
  }

  void Admit(Connection& connection) {
    stats_.accepted.fetch_add(1, std::memory_order_relaxed);
    stats_.connections.fetch_add(1, std::memory_order_relaxed);
    if (connections_.size() >= options_.max_connections) {
      Connection& oldest = *connections_.front();
      Remove(oldest);
      oldest.stream.close();  // what it waits for fails now
      stats_.evicted.fetch_add(1, std::memory_order_relaxed);
    }
    connection.place = connections_.insert(connections_.end(), &connection);
  }
  void Remove(Connection& connection) {
    connections_.erase(*connection.place);
    connection.place.reset();
  }
  void Progressed(Connection& connection) {
    if (connection.place) connections_.splice(connections_.end(), connections_, *connection.place);
  }

  // Whether the operation went well; counts those that took too long, whose stream is closed by then.
  bool Went(error_code error) {
    if (error == beast::error::timeout) stats_.timeouts.fetch_add(1, std::memory_order_relaxed);
    return !error && !stopped_;
  }

  asio::awaitable<void> Converse(Connection& connection) {
    beast::tcp_stream& stream = connection.stream;
    beast::flat_buffer buffer(options_.max_header_bytes + options_.max_body_bytes + kReadSize);
    for (bool keep = true; keep && !stopped_;) {
      if (buffer.size() == 0) {
        stream.expires_after(absl::ToChronoNanoseconds(options_.idle_timeout));
        auto [error, size] = co_await stream.async_read_some(buffer.prepare(kReadSize), kNoThrow);
        if (!Went(error)) co_return;
        buffer.commit(size);
      }
      Parser parser;
      parser.header_limit(static_cast<std::uint32_t>(options_.max_header_bytes));
      parser.body_limit(options_.max_body_bytes);
      stream.expires_after(absl::ToChronoNanoseconds(options_.request_timeout));
      const error_code header_error =
          co_await ReadPart(stream, buffer, parser, /*body=*/false, options_.max_header_bytes);
      std::optional<HttpResponse> answer;
      if (header_error) {
        answer = AnswerTo(header_error);
      } else if (!parser.is_done()) {
        answer = RefuseBody(parser.get());
        if (!answer) {
          const error_code body_error = co_await ReadPart(
              stream, buffer, parser, /*body=*/true, options_.max_body_bytes + options_.max_header_bytes);
          if (body_error) answer = AnswerTo(body_error);
          if (body_error && !answer) co_return;
        }
      }
      if (header_error && !answer) {
        Went(header_error);
        co_return;
      }
      Progressed(connection);
      keep = !answer && parser.get().keep_alive();
      if (!answer) answer = CheckRequest(parser.get());
      if (!answer) answer = co_await Answer(connection, parser.get());
      const bool head = !header_error && parser.get().method() == http::verb::head;
      if (!co_await Write(stream, *std::move(answer), header_error ? 11 : parser.get().version(), keep,
                          head)) {
        co_return;
      }
      Progressed(connection);
    }
    if (!stopped_) co_await Linger(stream);
  }

  // The header, or what is behind it. Beast limits each line of a header but not how many there are, nor the
  // trailers and the extensions of chunks.
  asio::awaitable<error_code> ReadPart(beast::tcp_stream& stream, beast::flat_buffer& buffer, Parser& parser,
                                       bool body, std::size_t limit) {
    for (std::size_t size = 0; !(body ? parser.is_done() : parser.is_header_done());) {
      auto [error, some] = co_await http::async_read_some(stream, buffer, parser, kNoThrow);
      if (error) co_return error;
      size += some;
      if (size > limit) co_return body ? http::error::body_limit : http::error::header_limit;
    }
    co_return error_code();
  }

  // 413 and the like for a request with a body that nobody takes; the connection ends with it, since the body
  // would be taken for the next request.
  std::optional<HttpResponse> RefuseBody(const Parser::value_type& message) const {
    HttpRequest request = ToRequest(message);
    if (router_.TakesBody(request.method, request.path)) return std::nullopt;
    return HttpResponse{.status = 413, .body = "No body is taken here.\n"};
  }

  asio::awaitable<HttpResponse> Answer(Connection& connection, const Parser::value_type& message) {
    HttpRequest request = ToRequest(message);
    request.peer_is_loopback = PeerIsLoopback(connection.stream.socket());
    request.listener_is_loopback = connection.listener_is_loopback;
    const Router::LaterHandler* later = router_.Later(request);
    if (later == nullptr) co_return router_.Answer(request);
    co_return co_await AnswerLater(*later, request);
  }

  asio::awaitable<HttpResponse> AnswerLater(const Router::LaterHandler& later, const HttpRequest& request) {
    if (stopped_) co_return HttpResponse{.status = 503, .body = "The daemon is going.\n"};
    asio::steady_timer timer(io_, absl::ToChronoNanoseconds(options_.later_timeout));
    const auto waiting = std::make_shared<Waiting>(Waiting{.timer = &timer});
    later(request, [this, waiting](HttpResponse answer) {
      asio::post(io_, [waiting, answer = std::move(answer)]() mutable {
        waiting->answer = std::move(answer);
        if (waiting->timer != nullptr) waiting->timer->cancel();
      });
    });
    const auto place = waiting_.insert(waiting_.end(), &timer);
    co_await timer.async_wait(kNoThrow);
    waiting_.erase(place);
    waiting->timer = nullptr;
    if (waiting->answer) co_return *std::move(waiting->answer);
    co_return HttpResponse{.status = 504, .body = "There was no answer in time.\n"};
  }

  asio::awaitable<bool> Write(beast::tcp_stream& stream, HttpResponse answer, unsigned version, bool keep,
                              bool head) {
    if (unsent_ + answer.body.size() > options_.max_unsent_bytes) {
      answer = {.status = 503, .body = "Too many answers wait for slow clients.\n"};
    }
    stats_.CountAnswer(answer.status);
    http::response<http::string_body> response = ToMessage(std::move(answer), version, keep, head);
    const std::size_t size = response.body().size();
    unsent_ += size;
    http::serializer<false, http::string_body> serializer(response);
    stream.expires_after(absl::ToChronoNanoseconds(options_.answer_timeout));
    auto [error, written] = co_await http::async_write(stream, serializer, kNoThrow);
    unsent_ -= size;
    // Beast says so where the connection is to end with the message.
    co_return error == http::error::end_of_stream || Went(error);
  }

  asio::awaitable<void> Linger(beast::tcp_stream& stream) {
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    beast::flat_buffer buffer;
    stream.expires_after(kLinger);
    for (std::size_t read = 0; read < kMaxLinger;) {
      auto [error, size] = co_await stream.async_read_some(buffer.prepare(kReadSize), kNoThrow);
      if (error || stopped_) co_return;
      read += size;
    }
  }

  const HttpOptions options_;
  const Router router_;
  HttpStats& stats_;
  asio::io_context io_{1};
  std::list<tcp::acceptor> acceptors_;
  std::vector<std::string> addresses_;
  std::thread thread_;

  // Of the thread.
  bool stopped_ = false;
  std::list<asio::steady_timer*> waiting_;  // for handlers that answer later
  std::list<Connection*> connections_;      // those that have made no progress for longest first
  std::size_t unsent_ = 0;
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(HttpOptions options, Router router,
                                                              HttpStats& stats) {
  auto server = std::make_unique<HttpServerImpl>(std::move(options), std::move(router), stats);
  if (absl::Status status = server->Start(); !status.ok()) return status;
  return server;
}

void HttpStats::CountAnswer(int status) {
  std::lock_guard lock(mutex_);
  ++answers_[status];
}

std::map<int, std::uint64_t> HttpStats::answers() const {
  std::lock_guard lock(mutex_);
  return answers_;
}

}  // namespace gatewayd::admin
