// An HTTP client that says exactly what a test wants it to say.
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "unit/embedded/test_clients.h"

namespace gatewayd::test {

struct HttpAnswer {
  int status = 0;
  std::string version;                         // "HTTP/1.1"
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// One connection, one thread.
class HttpClient : public TcpClient {
 public:
  using TcpClient::TcpClient;

  static std::string Request(const std::string& method, const std::string& path,
                             const std::string& headers = "") {
    return absl::StrCat(method, " ", path, " HTTP/1.1\r\nHost: localhost\r\n", headers, "\r\n");
  }

  // The next answer; nullopt where the connection ends before one is whole. None to HEAD has a body.
  std::optional<HttpAnswer> ReadAnswer(bool head = false) {
    HttpAnswer answer;
    std::optional<std::string> line = ReadLine();
    if (!line || line->size() < 12 || !line->starts_with("HTTP/1.")) return std::nullopt;
    answer.version = line->substr(0, 8);
    answer.status = std::atoi(line->substr(9, 3).c_str());
    while ((line = ReadLine()) && *line != "\r") {
      const std::size_t colon = line->find(':');
      if (colon == std::string::npos) return std::nullopt;
      answer.headers[absl::AsciiStrToLower(line->substr(0, colon))] =
          std::string(absl::StripAsciiWhitespace(line->substr(colon + 1)));
    }
    if (!line) return std::nullopt;
    if (head) return answer;
    const auto body = Read(static_cast<std::size_t>(std::atol(answer.headers["content-length"].c_str())));
    if (!body) return std::nullopt;
    answer.body = *body;
    return answer;
  }
};

// The port of "127.0.0.1:1234".
inline std::uint16_t PortOf(const std::string& address) {
  return static_cast<std::uint16_t>(std::atoi(address.substr(address.rfind(':') + 1).c_str()));
}

// What a GET of `path` is answered on a connection of its own; status 0 for nothing.
inline HttpAnswer HttpGet(const std::string& address, const std::string& path) {
  HttpClient client(PortOf(address));
  client.Send(HttpClient::Request("GET", path));
  return client.ReadAnswer().value_or(HttpAnswer());
}

}  // namespace gatewayd::test
