// Who may see the status page and use what is behind it. No I/O.
//
// Where tokens are set: who brings one that has the right (decision 017). Where none are: who is on this
// host, by an address of the listener that no other host reaches, and by a name of this host, so that no web
// site can reach it by DNS rebinding. Otherwise nobody.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "admin/router.h"
#include "security/rights.h"
#include "security/tokens.h"

namespace gatewayd::admin {

// Who asks, once it is clear that he may.
struct StatusCaller {
  std::string name;  // of the token; empty where none are set
  security::Rights rights = security::Rights::All();
  std::string token;  // as he brought it: one that is valid; empty where none are set
};

// Thread-safe.
class StatusAccess {
 public:
  // Null: no tokens are set.
  explicit StatusAccess(std::shared_ptr<const security::TokenStore> tokens) : tokens_(std::move(tokens)) {}

  // The page's own files, which hold nothing of the cluster: without a token, since the page asks for it.
  // nullopt: he may have them; else the answer, as text.
  std::optional<HttpResponse> RefusePage(const HttpRequest& request) const;

  // What the page asks for. Refused, as JSON: what another site's page sends (403), no valid token (401), one
  // without `right` (403; nullopt: any token will do).
  std::optional<HttpResponse> Refuse(const HttpRequest& request, std::optional<security::Right> right,
                                     StatusCaller* caller) const;

 private:
  // Null where it is for who asks from where he does; tokens are another matter.
  const char* WhyNotHere(const HttpRequest& request) const;

  const std::shared_ptr<const security::TokenStore> tokens_;
};

// {"code": "PERMISSION_DENIED", "message": "…"}
HttpResponse JsonError(int status, std::string_view code, std::string_view message);

// "localhost", 127.0.0.0/8 or [::1], with a port or without: the value of a Host header.
bool IsHostOfThisMachine(std::string_view host);

}  // namespace gatewayd::admin
