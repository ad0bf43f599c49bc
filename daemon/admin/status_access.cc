#include "admin/status_access.h"

#include <arpa/inet.h>

#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "admin/text.h"
#include "cluster/text.h"
#include "security/bearer.h"

namespace gatewayd::admin {
namespace {

constexpr char kNotHere[] =
    "The status page is served on loopback, or to who brings a token, and here is neither. Go on with "
    "--admin_listen=127.0.0.1:9090 (and ssh -L or kubectl port-forward), or with --tokens_file.";
constexpr char kWrongHost[] =
    "The status page is served under a name of this machine alone: localhost, 127.0.0.1 or [::1].";

std::string_view Header(const HttpRequest& request, const std::string& name) {
  const auto at = request.headers.find(name);
  return at == request.headers.end() ? std::string_view() : std::string_view(at->second);
}

// What a browser says of whose page the request comes from. Programs say nothing, and are not told what to do
// by a page.
bool IsOfAnotherSite(const HttpRequest& request) {
  const std::string_view site = Header(request, "sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  const std::string_view origin = Header(request, "origin");
  if (origin.empty()) return false;
  // https: where something in front of the listener speaks TLS.
  const std::string host(Header(request, "host"));
  return origin != "http://" + host && origin != "https://" + host;
}

}  // namespace

HttpResponse JsonError(int status, std::string_view code, std::string_view message) {
  std::string body = "{\"code\": ";
  AppendJson(code, body);
  body += ", \"message\": ";
  AppendJson(message, body);
  body += "}\n";
  HttpResponse response{.status = status, .content_type = "application/json", .body = std::move(body)};
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

bool IsHostOfThisMachine(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.back() != ']') {
    const std::string_view port = host.substr(colon + 1);
    if (port.find_first_not_of("0123456789") != std::string_view::npos) return false;
    host = host.substr(0, colon);
  }
  if (host == "[::1]" || absl::AsciiStrToLower(wire::ToAbsl(host)) == "localhost") return true;
  in_addr ip = {};
  return host.starts_with("127.") && inet_pton(AF_INET, std::string(host).c_str(), &ip) == 1;
}

const char* StatusAccess::WhyNotHere(const HttpRequest& request) const {
  if (tokens_ != nullptr) return nullptr;
  if (!request.listener_is_loopback || !request.peer_is_loopback) return kNotHere;
  return IsHostOfThisMachine(Header(request, "host")) ? nullptr : kWrongHost;
}

std::optional<HttpResponse> StatusAccess::RefusePage(const HttpRequest& request) const {
  const char* const why = WhyNotHere(request);
  if (why == nullptr) return std::nullopt;
  return HttpResponse{.status = 403, .body = std::string(why) + "\n"};
}

std::optional<HttpResponse> StatusAccess::Refuse(const HttpRequest& request,
                                                 std::optional<security::Right> right,
                                                 StatusCaller* caller) const {
  if (const char* const why = WhyNotHere(request)) return JsonError(403, "PERMISSION_DENIED", why);
  if (IsOfAnotherSite(request)) {
    return JsonError(403, "PERMISSION_DENIED", "Pages of other sites get nothing here.");
  }
  if (tokens_ == nullptr) {
    *caller = StatusCaller();
    return std::nullopt;
  }
  const std::string_view brought = security::BearerToken(Header(request, "authorization"));
  const std::shared_ptr<const security::TokenSet> set = tokens_->current();
  const security::Token* token = brought.empty() ? nullptr : set->Find(brought);
  if (token == nullptr) {
    return JsonError(401, "UNAUTHENTICATED",
                     brought.empty() ? "A bearer token is needed." : "This token is not valid (any more).");
  }
  if (right && !token->rights.Has(*right)) {
    return JsonError(
        403, "PERMISSION_DENIED",
        cluster::StrCat("Token \"", token->name, "\" lacks the right \"", security::ToString(*right), "\"."));
  }
  *caller = {.name = token->name, .rights = token->rights, .token = std::string(brought)};
  return std::nullopt;
}

}  // namespace gatewayd::admin
