#include "embedded/first_run_page.h"

#include <array>
#include <cstdio>
#include <optional>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "boost/asio/as_tuple.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/empty_body.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/string_body.hpp"
#include "boost/beast/http/write.hpp"
#include "embedded/connection.h"
#include "embedded/first_run_html.h"
#include "wire/absl_view.h"
#include "wire/requests.h"

namespace gatewayd::embedded {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kIdle{30};

std::string EscapeHtml(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

// A string literal that cannot end the script element that holds it.
std::string ScriptString(const std::string& text) {
  std::string json;
  wire::AppendJsonString(text, json);
  return absl::StrReplaceAll(json, {{"<", "\\u003c"}});
}

std::string Nonce() {
  std::random_device random;
  std::string out;
  for (int i = 0; i < 4; ++i) {
    std::array<char, 9> word;
    std::snprintf(word.data(), word.size(), "%08x", random());
    out += word.data();
  }
  return out;
}

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

}  // namespace

class FirstRunPage::Impl {
 public:
  explicit Impl(FirstRunPageOptions options) : options_(std::move(options)), io_(1), acceptor_(io_) {}
  ~Impl() { Stop(); }

  absl::Status Start() {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(options_.host, error);
    if (error || !address.is_loopback()) {
      return absl::InvalidArgumentError(absl::StrCat("the first-run page is for this machine only: '",
                                                     options_.host, "' is no loopback address"));
    }
    absl::StatusOr<tcp::acceptor> acceptor = Listen(io_, options_.host, options_.port, "the first-run page");
    if (!acceptor.ok()) return acceptor.status();
    port_ = acceptor->local_endpoint().port();
    acceptor_ = *std::move(acceptor);
    asio::co_spawn(io_, Accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
    return absl::OkStatus();
  }

  void Stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
      stopped_ = true;
      boost::system::error_code ignored;
      acceptor_.close(ignored);
      for (beast::tcp_stream* stream : streams_)
        stream->close();
    });
    thread_.join();
  }

  std::string url() const { return absl::StrCat("http://", HostPort(options_.host, port_), "/"); }
  std::uint16_t port() const { return port_; }

 private:
  asio::awaitable<void> Accept() {
    while (!stopped_) {
      auto [error, socket] = co_await acceptor_.async_accept(kNoThrow);
      if (stopped_) break;
      if (error) {
        asio::steady_timer pause(io_, std::chrono::milliseconds(100));
        co_await pause.async_wait(kNoThrow);
        continue;
      }
      asio::co_spawn(io_, Serve(beast::tcp_stream(std::move(socket))), asio::detached);
    }
  }

  asio::awaitable<void> Serve(beast::tcp_stream stream) {
    streams_.insert(&stream);
    beast::flat_buffer buffer;
    for (bool keep = true; keep && !stopped_;) {
      http::request_parser<http::empty_body> parser;
      parser.header_limit(16 * 1024);
      stream.expires_after(kIdle);
      auto [read_error, read] = co_await http::async_read(stream, buffer, parser, kNoThrow);
      if (read_error || stopped_) break;
      Response response = Answer(parser.get());
      keep = response.keep_alive();
      http::serializer<false, http::string_body> serializer(response);
      stream.expires_after(kIdle);
      auto [write_error, written] = co_await http::async_write(stream, serializer, kNoThrow);
      if (write_error) break;
    }
    streams_.erase(&stream);
  }

  // The Host that a page of this machine would name; another one is a web site's that resolved to loopback.
  bool IsOwnHost(std::string_view host) const {
    for (std::string_view name : {"127.0.0.1", "localhost", "[::1]"}) {
      const std::string with_port = absl::StrCat(wire::ToAbsl(name), ":", port_);
      if (host == with_port || (port_ == 80 && host == name)) return true;
    }
    return host == HostPort(options_.host, port_);
  }

  Response Answer(const Request& request) const {
    Response response(http::status::ok, request.version());
    response.keep_alive(request.keep_alive());
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Referrer-Policy", "no-referrer");
    response.set("Cross-Origin-Resource-Policy", "same-origin");
    response.set(http::field::content_type, "text/plain; charset=utf-8");
    const auto host = request[http::field::host];
    const bool head = request.method() == http::verb::head;
    if (!IsOwnHost({host.data(), host.size()})) {
      response.result(http::status::forbidden);
      response.body() = absl::StrCat("Open ", url(), "\n");
    } else if (request.method() != http::verb::get && !head) {
      response.result(http::status::method_not_allowed);
      response.set(http::field::allow, "GET, HEAD");
      response.body() = "Only GET.\n";
    } else if (request.target() != "/") {
      response.result(http::status::not_found);
      response.body() = absl::StrCat("There is one page: ", url(), "\n");
    } else {
      SetPage(response);
    }
    response.prepare_payload();
    if (head) response.body().clear();  // its length stays in the head
    return response;
  }

  void SetPage(Response& response) const {
    const std::string nonce = Nonce();
    // The scheme, host and port: a path is no part of what CSP can allow for a WebSocket.
    const std::string& websocket = options_.websocket_url;
    const std::size_t path = websocket.find('/', websocket.find("://") + 3);
    response.set("Content-Security-Policy",
                 absl::StrCat("default-src 'none'; style-src 'nonce-", nonce, "'; script-src 'nonce-", nonce,
                              "'; img-src data:; connect-src ", websocket.substr(0, path),
                              "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"));
    response.set(http::field::content_type, "text/html; charset=utf-8");
    response.body() =
        absl::StrReplaceAll(wire::ToAbsl(kFirstRunHtml), {{"{{nonce}}", nonce},
                                                          {"{{grpc}}", EscapeHtml(options_.grpc_address)},
                                                          {"{{chat}}", EscapeHtml(options_.chat_command)},
                                                          {"{{websocket-text}}", EscapeHtml(websocket)},
                                                          {"{{websocket}}", ScriptString(websocket)}});
  }

  const FirstRunPageOptions options_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::thread thread_;
  std::uint16_t port_ = 0;
  bool stopped_ = false;
  std::set<beast::tcp_stream*> streams_;  // each owned by its coroutine
};

FirstRunPage::FirstRunPage(FirstRunPageOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
FirstRunPage::~FirstRunPage() = default;
absl::Status FirstRunPage::Start() {
  return impl_->Start();
}
void FirstRunPage::Stop() {
  impl_->Stop();
}
std::string FirstRunPage::url() const {
  return impl_->url();
}
std::uint16_t FirstRunPage::port() const {
  return impl_->port();
}

}  // namespace gatewayd::embedded
