#include "api/access.h"

#include <chrono>

#include "absl/strings/cord.h"
#include "api/call.h"
#include "api/error.h"
#include "cluster/errors.h"
#include "cluster/text.h"
#include "security/bearer.h"

namespace gatewayd::api {
namespace {

using cluster::StrCat;

std::optional<security::Digest> DigestOfToken(const grpc::ServerContext& context) {
  const std::string_view token = security::BearerToken(MetadataOf(context, "authorization"));
  return token.empty() ? std::nullopt : std::optional(security::DigestOf(token));
}

absl::Status Refusal(absl::StatusCode code, std::string_view reason, const std::string& text) {
  absl::Status status(code, text);
  status.SetPayload(wire::ToAbsl(cluster::kReasonKey), absl::Cord(wire::ToAbsl(reason)));
  return status;
}

absl::Status OverRate(const security::Token& token, absl::Duration wait) {
  const std::int64_t milliseconds = absl::ToInt64Milliseconds(wait) + 1;
  absl::Status status = Refusal(absl::StatusCode::kResourceExhausted, "rate",
                                StrCat("token \"", token.name, "\" is over its rate of ",
                                       token.rate->per_second(), "/s: try again in ", milliseconds, " ms"));
  status.SetPayload(wire::ToAbsl(kRetryKey), absl::Cord(StrCat(milliseconds)));
  return status;
}

std::int64_t SteadyNow() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void Count(std::atomic<std::uint64_t>& counter, std::uint64_t count = 1) {
  counter.fetch_add(count, std::memory_order_relaxed);
}

}  // namespace

std::vector<std::pair<std::string, std::uint64_t>> AccessCounters::All() const {
  return {{"calls_unauthenticated", unauthenticated.load(std::memory_order_relaxed)},
          {"calls_denied", denied.load(std::memory_order_relaxed)},
          {"calls_over_rate", over_rate.load(std::memory_order_relaxed)},
          {"connections_refused", connections_refused.load(std::memory_order_relaxed)}};
}

Caller::Caller(const security::TokenStore& tokens, AccessCounters& counters,
               const grpc::ServerContext& context)
    : tokens_(tokens), counters_(counters), digest_(DigestOfToken(context)) {}

const security::Token* Caller::Find(std::unique_lock<std::mutex>& lock) {
  lock = std::unique_lock(mutex_);
  // Before the set: one that is newer than its version is looked up once more, and no harm done.
  const std::uint64_t version = tokens_.version();
  if (version != version_) {
    version_ = version;
    set_ = tokens_.current();
    token_ = digest_ ? set_->Find(*digest_) : nullptr;
  }
  return token_;
}

bool Caller::May(security::Right right) {
  std::unique_lock<std::mutex> lock;
  const security::Token* token = Find(lock);
  return token != nullptr && token->rights.Has(right);
}

absl::Status Caller::Check(NeededRight right, std::uint64_t count) {
  std::unique_lock<std::mutex> lock;
  const security::Token* token = Find(lock);
  if (token == nullptr) {
    Count(counters_.unauthenticated);
    return Refusal(absl::StatusCode::kUnauthenticated, "token",
                   digest_ ? "authorization: this bearer token is not valid (any more)"
                           : "authorization: a bearer token is needed (\"authorization: Bearer …\")");
  }
  if (right && !token->rights.Has(*right)) {
    Count(counters_.denied, count == 0 ? 1 : count);
    return Refusal(absl::StatusCode::kPermissionDenied, "right",
                   StrCat("token \"", token->name, "\" lacks the right \"", ToString(*right), "\""));
  }
  if (token->rate != nullptr && count > 0) {
    const absl::Duration wait = token->rate->Take(SteadyNow(), count);
    if (wait > absl::ZeroDuration()) {
      Count(counters_.over_rate, count);
      return OverRate(*token, wait);
    }
  }
  return absl::OkStatus();
}

}  // namespace gatewayd::api
