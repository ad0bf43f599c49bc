#include "admin/router.h"

namespace gatewayd::admin {

const Router::Handler* Router::Find(const Route& route, std::string_view method) const {
  if ((method == "GET" || method == "HEAD") && route.get) return &route.get;
  if (method == "POST" && route.post) return &route.post;
  return nullptr;
}

std::string Router::Allowed(const Route& route) {
  std::string methods = route.get ? "GET, HEAD" : "";
  if (route.post || route.later) methods += methods.empty() ? "POST" : ", POST";
  return methods;
}

const Router::LaterHandler* Router::Later(const HttpRequest& request) const {
  const auto at = routes_.find(request.path);
  if (request.method != "POST" || at == routes_.end() || !at->second.later) return nullptr;
  return &at->second.later;
}

HttpResponse Router::Answer(const HttpRequest& request) const {
  const auto at = routes_.find(request.path);
  if (at == routes_.end()) {
    std::string paths;
    for (const auto& [path, route] : routes_)
      paths += (paths.empty() ? " " : ", ") + path;
    return {.status = 404, .body = "There is nothing here. There is" + paths + ".\n"};
  }
  const Handler* handler = Find(at->second, request.method);
  if (handler == nullptr) {
    const std::string allowed = Allowed(at->second);
    return {.status = 405, .body = "Only " + allowed + ".\n", .headers = {{"Allow", allowed}}};
  }
  return (*handler)(request);
}

bool Router::TakesBody(std::string_view method, std::string_view path) const {
  const auto at = routes_.find(path);
  return method == "POST" && at != routes_.end() && (at->second.post || at->second.later);
}

}  // namespace gatewayd::admin
