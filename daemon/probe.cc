#include "probe.h"

#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "wait.h"

namespace gatewayd {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMaxAnswer = 1024 * 1024;  // names every Gateway that cannot be reached

struct Url {
  std::string host;
  std::string port;
  std::string path;
};

absl::StatusOr<Url> SplitUrl(const std::string& target) {
  absl::string_view rest = target;
  absl::ConsumePrefix(&rest, "http://");
  const std::size_t slash = rest.find('/');
  const absl::string_view authority = rest.substr(0, slash);
  const std::size_t colon = authority.rfind(':');
  if (colon == absl::string_view::npos || colon == 0 || colon + 1 == authority.size()) {
    return absl::InvalidArgumentError(absl::StrCat("--probe: \"", target, "\" is not http://host:port/path"));
  }
  return Url{.host = std::string(authority.substr(0, colon)),
             .port = std::string(authority.substr(colon + 1)),
             .path = slash == absl::string_view::npos ? "/readyz" : std::string(rest.substr(slash))};
}

std::string WithoutBrackets(const std::string& host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

asio::awaitable<void> Ask(Url url, absl::Duration timeout, std::optional<absl::StatusOr<std::string>>* out) {
  const auto fail = [&](const char* what, boost::system::error_code error) {
    *out = absl::UnavailableError(
        absl::StrCat("not ready: ", url.host, ":", url.port, ": ", what, ": ", error.message()));
  };
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  auto [no_host, found] = co_await resolver.async_resolve(WithoutBrackets(url.host), url.port, kNoThrow);
  if (no_host) co_return fail("no such host", no_host);
  beast::tcp_stream stream(executor);
  stream.expires_after(absl::ToChronoNanoseconds(timeout));
  auto [refused, endpoint] = co_await stream.async_connect(found, kNoThrow);
  if (refused) co_return fail("cannot connect", refused);
  http::request<http::empty_body> request(http::verb::get, url.path, 11);
  request.set(http::field::host, absl::StrCat(url.host, ":", url.port));
  request.keep_alive(false);
  auto [not_written, written] = co_await http::async_write(stream, request, kNoThrow);
  if (not_written) co_return fail("cannot ask", not_written);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxAnswer);
  auto [not_read, read] = co_await http::async_read(stream, buffer, parser, kNoThrow);
  if (not_read) co_return fail("no answer", not_read);
  *out = ReadinessAnswer(static_cast<int>(parser.get().result_int()), parser.get().body());
}

std::string Listed(const boost::json::object& answer, const char* key) {
  std::vector<std::string> texts;
  const boost::json::value* list = answer.if_contains(key);
  if (list == nullptr || !list->is_array()) return "";
  for (const boost::json::value& text : list->get_array()) {
    if (text.is_string()) texts.emplace_back(text.get_string().data(), text.get_string().size());
  }
  return absl::StrJoin(texts, "; ");
}

}  // namespace

absl::StatusOr<std::string> ReadinessAnswer(int status, const std::string& body) {
  boost::json::error_code error;
  const boost::json::value parsed = boost::json::parse(body, error);
  const boost::json::object none;
  const boost::json::object& answer = !error && parsed.is_object() ? parsed.get_object() : none;
  if (status == 200) {
    const std::string degraded = Listed(answer, "degraded");
    return degraded.empty() ? "ready" : absl::StrCat("ready, degraded: ", degraded);
  }
  const std::string reasons = Listed(answer, "reasons");
  return absl::UnavailableError(
      absl::StrCat("not ready: ", reasons.empty() ? absl::StrCat("HTTP status ", status) : reasons));
}

absl::StatusOr<std::string> ProbeReadiness(const std::string& target, absl::Duration timeout) {
  if (!absl::StartsWith(target, "http://")) {
    const absl::Status status = AskWhetherServing(target, timeout);
    if (status.ok()) return "ready";
    return absl::UnavailableError(absl::StrCat("not ready: ", target, ": ", std::string(status.message())));
  }
  const absl::StatusOr<Url> url = SplitUrl(target);
  if (!url.ok()) return url.status();
  std::optional<absl::StatusOr<std::string>> answer;
  asio::io_context io(1);
  asio::co_spawn(io, Ask(*url, timeout, &answer), asio::detached);
  io.run_for(absl::ToChronoNanoseconds(timeout));
  if (answer) return *std::move(answer);
  return absl::UnavailableError(
      absl::StrCat("not ready: ", target, ": no answer within ", absl::FormatDuration(timeout)));
}

}  // namespace gatewayd
