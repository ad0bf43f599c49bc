#include "admin/http_messages.h"

#include <utility>

#include <boost/beast/http/error.hpp>

#include "absl/strings/ascii.h"

namespace gatewayd::admin {
namespace {

namespace http = boost::beast::http;

std::string ToString(boost::beast::string_view text) {
  return std::string(text.data(), text.size());
}

}  // namespace

std::optional<HttpResponse> AnswerTo(boost::system::error_code error) {
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return HttpResponse{.status = 431, .body = "The header is too large.\n"};
  }
  if (error == http::error::body_limit) {
    return HttpResponse{.status = 413, .body = "The body is too large.\n"};
  }
  if (error.category() == http::make_error_code(http::error::bad_method).category()) {
    return HttpResponse{.status = 400, .body = "That is no HTTP request: " + error.message() + ".\n"};
  }
  return std::nullopt;
}

std::optional<HttpResponse> CheckRequest(const HttpRequestMessage& message) {
  if (message.target().empty() || message.target().front() != '/') {
    return HttpResponse{.status = 400, .body = "The target is no path.\n"};
  }
  if (message.version() >= 11 && message.count(http::field::host) != 1) {
    return HttpResponse{.status = 400, .body = "HTTP/1.1 needs one Host.\n"};
  }
  return std::nullopt;
}

HttpRequest ToRequest(const HttpRequestMessage& message) {
  HttpRequest request;
  request.method = ToString(message.method_string());
  request.path = ToString(message.target());
  if (const std::size_t at = request.path.find('?'); at != std::string::npos) {
    request.query = request.path.substr(at + 1);
    request.path.resize(at);
  }
  for (const auto& field : message) {
    const std::string name = ToString(field.name_string());
    request.headers[absl::AsciiStrToLower(name)] = ToString(field.value());
  }
  request.body = message.body();
  return request;
}

HttpResponseMessage ToMessage(HttpResponse answer, unsigned version, bool keep_alive, bool head) {
  HttpResponseMessage message;
  message.result(static_cast<unsigned>(answer.status));
  message.version(version);
  message.set(http::field::content_type, answer.content_type);
  message.set(http::field::cache_control, "no-store");
  message.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : answer.headers)
    message.set(name, value);
  message.keep_alive(keep_alive);
  message.body() = std::move(answer.body);
  message.prepare_payload();
  if (head) message.body().clear();
  return message;
}

}  // namespace gatewayd::admin
