#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <utility>

#include "boost/beast/websocket/detail/hybi13.hpp"
#include "embedded/query_string.h"
#include "embedded/websocket.h"

namespace gatewayd::embedded {
namespace {

constexpr std::size_t kMaxKey = 24;  // base64 of 16 bytes

constexpr std::string_view kBadRequest =
    "HTTP/1.1 400 Bad Request\r\n\r\n"
    "<div style=\"text-align:center\"><h1>400 Bad Request</h1><hr>gatewayd</div>";

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view Trim(std::string_view text, std::string_view what) {
  std::size_t first = text.find_first_not_of(what);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(what) - first + 1);
}

struct Request {
  std::string_view method, uri, protocol;
  std::vector<std::pair<std::string, std::string>> headers;  // lower-case names, in their order

  const std::string* Header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return &value;
    }
    return nullptr;
  }
};

void AddHeader(std::string_view line, Request& request) {
  std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string name = Lower(line.substr(0, colon));
  std::string value(Trim(line.substr(colon + 1), " \t"));
  for (auto& [key, old] : request.headers) {
    if (key == name) {
      old += "," + value;
      return;
    }
  }
  request.headers.emplace_back(std::move(name), std::move(value));
}

Request ParseRequest(std::string_view head) {
  Request request;
  std::string_view first = head.substr(0, head.find("\r\n"));
  head.remove_prefix(std::min(head.size(), first.size() + 2));
  std::size_t space = first.find(' ');
  request.method = first.substr(0, space);
  request.uri = "/";
  if (space != std::string_view::npos) {
    std::string_view rest = first.substr(space + 1);
    request.uri = rest.substr(0, rest.find(' '));
  }
  std::size_t version = first.find("HTTP/");
  request.protocol = version == std::string_view::npos ? "1.0" : first.substr(version + 5);
  while (!head.empty()) {
    std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(head.size(), line.size() + 2));
    AddHeader(line, request);
  }
  return request;
}

std::string_view QueryOf(std::string_view uri) {
  uri = uri.substr(0, uri.find('#'));
  std::size_t mark = uri.find('?');
  return mark == std::string_view::npos ? std::string_view() : uri.substr(mark + 1);
}

wire::Value Text(std::string_view text) {
  return {std::string(text)};
}
wire::Value TextOrNull(const std::string* text) {
  return text == nullptr ? wire::Value{} : Text(*text);
}

wire::Array Cookies(const Request& request) {
  wire::Array cookies;
  const std::string* header = request.Header("cookie");
  std::string_view rest = header == nullptr ? std::string_view() : *header;
  while (!rest.empty()) {
    std::string_view cookie = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), cookie.size() + 1));
    std::size_t equals = cookie.find('=');
    if (equals == std::string_view::npos) continue;
    constexpr std::string_view kTrimmed(" \n\r\t\v\0", 6);
    php::Set(cookies, Trim(cookie.substr(0, equals), kTrimmed), Text(cookie.substr(equals + 1)));
  }
  return cookies;
}

// The order of PHP's onWebsocketConnect.
wire::Array Server(const Request& request, const HandshakePeer& peer) {
  wire::Array server;
  php::Set(server, "QUERY_STRING", Text(QueryOf(request.uri)));
  php::Set(server, "REQUEST_METHOD", Text(request.method));
  php::Set(server, "REQUEST_URI", Text(request.uri));
  php::Set(server, "SERVER_PROTOCOL", {"HTTP/" + std::string(request.protocol)});
  php::Set(server, "SERVER_NAME", TextOrNull(request.Header("host")));
  php::Set(server, "CONTENT_TYPE", TextOrNull(request.Header("content-type")));
  php::Set(server, "REMOTE_ADDR", Text(peer.remote_ip));
  php::Set(server, "REMOTE_PORT", {std::int64_t{peer.remote_port}});
  php::Set(server, "SERVER_PORT", {std::int64_t{peer.local_port}});
  for (const auto& [name, value] : request.headers) {
    std::string key = "HTTP_";
    for (char c : name)
      key += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    php::Set(server, key, Text(value));
  }
  return server;
}

std::string Accept(const std::string& key) {
  namespace detail = boost::beast::websocket::detail;
  detail::sec_ws_accept_type accept;
  detail::make_sec_ws_accept(accept, key);
  return std::string(accept.data(), accept.size());
}

Handshake Refuse(std::string_view response) {
  Handshake out;
  out.kind = Handshake::Kind::kRefused;
  out.response = response;
  return out;
}

}  // namespace

Handshake ReadHandshake(std::string_view bytes, const HandshakePeer& peer) {
  if (bytes.size() < 6) return {};
  if (bytes.substr(0, 3) != "GET" || bytes.size() > kMaxHandshake) return Refuse(kBadRequest);
  std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return {};
  const Request request = ParseRequest(bytes.substr(0, end));

  const std::string* version = request.Header("sec-websocket-version");
  if (version == nullptr) return Refuse("HTTP/1.1 400 Bad Request\r\nSec-WebSocket-Version: 13\r\n\r\n");
  if (*version != "13") {
    return Refuse(
        "HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n");
  }
  const std::string* key = request.Header("sec-websocket-key");
  if (key == nullptr || key->size() > kMaxKey) {
    return Refuse(kBadRequest);
  }
  Handshake out;
  out.kind = Handshake::Kind::kAccepted;
  out.size = end + 4;
  out.response =
      "HTTP/1.1 101 Switching Protocol\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
      Accept(*key) + "\r\n\r\n";
  wire::Array parts;
  php::Set(parts, "get", {php::ParseQueryString(QueryOf(request.uri))});
  php::Set(parts, "server", {Server(request, peer)});
  php::Set(parts, "cookie", {Cookies(request)});
  out.request = {std::move(parts)};
  return out;
}

}  // namespace gatewayd::embedded
