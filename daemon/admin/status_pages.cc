#include "admin/status_pages.h"

#include <charconv>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "admin/page_files.h"
#include "admin/status_access.h"
#include "admin/status_json.h"

namespace gatewayd::admin {
namespace {

using security::Right;

constexpr char kJson[] = "application/json";

// Everything from the daemon itself, nothing inline, no HTML made of text, in nobody's frame.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

std::vector<std::pair<std::string, std::string>> PageHeaders() {
  return {{"Content-Security-Policy", kPolicy},
          {"Referrer-Policy", "no-referrer"},
          {"X-Frame-Options", "DENY"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"}};
}

std::string ContentType(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

// The number behind "after="; 0 where there is none.
std::uint64_t AfterOf(std::string_view query) {
  constexpr std::string_view kName = "after=";
  std::uint64_t number = 0;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    if (part.starts_with(kName))
      std::from_chars(part.data() + kName.size(), part.data() + part.size(), number);
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return number;
}

bool IsJson(const HttpRequest& request) {
  const auto at = request.headers.find("content-type");
  if (at == request.headers.end()) return false;
  const std::string type = at->second.substr(0, at->second.find(';'));
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(type), kJson);
}

// What the handlers have in common.
struct Pages {
  Sources sources;
  StatusAccess access;
  std::shared_ptr<Console> console;

  HttpResponse Status(const HttpRequest& request) const {
    StatusCaller caller;
    if (auto refused = access.Refuse(request, Right::kAdmin, &caller)) return *std::move(refused);
    const PageFacts page = {.console = console != nullptr,
                            .may_read = caller.rights.Has(Right::kRead),
                            .may_send = caller.rights.Has(Right::kSend)};
    return {.content_type = kJson, .body = StatusJson(sources, page, absl::Now())};
  }

  HttpResponse Changes(const HttpRequest& request) const {
    StatusCaller caller;
    if (auto refused = access.Refuse(request, Right::kAdmin, &caller)) return *std::move(refused);
    const cluster::ChangeLog* changes = sources.cluster->changes();
    const auto page =
        changes == nullptr ? cluster::ChangeLog::Page() : changes->After(AfterOf(request.query));
    return {.content_type = kJson, .body = ChangesJson(page, sources.cluster->instance_id())};
  }

  // Which right it needs depends on what it asks for; gRPC's own check knows.
  void RunConsole(const HttpRequest& request, const Router::Done& done) const {
    StatusCaller caller;
    if (auto refused = access.Refuse(request, std::nullopt, &caller)) return done(*std::move(refused));
    if (console == nullptr) {
      return done(JsonError(403, "FAILED_PRECONDITION",
                            "The console is off: it is switched on with --admin_console."));
    }
    if (!IsJson(request)) {
      return done(JsonError(415, "INVALID_ARGUMENT", "Content-Type must be application/json."));
    }
    console->Run({.caller = std::move(caller), .body = request.body}, done);
  }
};

}  // namespace

void AddStatusPages(const Sources& sources, const StatusPageOptions& options, Router& router) {
  const auto pages = std::make_shared<const Pages>(
      Pages{.sources = sources, .access = StatusAccess(options.tokens), .console = options.console});
  for (const PageFile& file : PageFiles()) {
    const std::string path = file.name == "index.html" ? "/" : "/page/" + std::string(file.name);
    router.Get(path, [pages, file](const HttpRequest& request) {
      if (auto refused = pages->access.RefusePage(request)) return *std::move(refused);
      return HttpResponse{.content_type = ContentType(file.name),
                          .body = std::string(file.content),
                          .headers = PageHeaders()};
    });
  }
  router.Get("/api/status", [pages](const HttpRequest& request) { return pages->Status(request); });
  router.Get("/api/changes", [pages](const HttpRequest& request) { return pages->Changes(request); });
  router.PostLater("/api/console", [pages](const HttpRequest& request, const Router::Done& done) {
    pages->RunConsole(request, done);
  });
}

}  // namespace gatewayd::admin
