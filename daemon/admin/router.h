// Which handler answers a request of the admin listener, and what those get that have none. No I/O.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatewayd::admin {

// A request that has come wholly, within the listener's limits. Handlers borrow it until they return.
struct HttpRequest {
  std::string method;                          // "GET"; of a HEAD request to a handler of GET too
  std::string path;                            // as sent, without the query: "/metrics"
  std::string query;                           // behind the first '?', as sent
  std::map<std::string, std::string> headers;  // names in lower case; of several with one name the last
  std::string body;                            // of POST only
  bool peer_is_loopback = false;
  bool listener_is_loopback = false;  // the address that it came to is no other host's business
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// Filled before the listener starts, and then only read: from one thread, the listener's.
class Router {
 public:
  // Must not block for long: all requests are answered by one thread, one after the other.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  // Exactly this path; also answers HEAD, whose body is left out by who sends it.
  void Get(std::string path, Handler handler) { routes_[std::move(path)].get = std::move(handler); }
  void Post(std::string path, Handler handler) { routes_[std::move(path)].post = std::move(handler); }

  // A POST that takes a while. The handler returns at once, and calls `done` once, on any thread, before the
  // listener is destroyed; the connection waits for it, others do not.
  using Done = std::function<void(HttpResponse)>;
  using LaterHandler = std::function<void(const HttpRequest&, Done)>;
  void PostLater(std::string path, LaterHandler handler) {
    routes_[std::move(path)].later = std::move(handler);
  }
  // The handler of such a request; null: Answer has the answer.
  const LaterHandler* Later(const HttpRequest& request) const;

  // 404 for a path that nobody has, 405 with Allow for a method that its handlers do not take.
  HttpResponse Answer(const HttpRequest& request) const;
  // Whether a body may come with it; of others not even the first byte is read.
  bool TakesBody(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    Handler get;
    Handler post;
    LaterHandler later;
  };
  const Handler* Find(const Route& route, std::string_view method) const;
  static std::string Allowed(const Route& route);

  std::map<std::string, Route, std::less<>> routes_;
};

}  // namespace gatewayd::admin
