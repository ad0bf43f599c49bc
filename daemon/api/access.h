// Who may call what. Where no tokens are set, everybody who reaches a listener may call everything, and none
// of this is reached but for one test of a pointer.
#pragma once

#include <grpcpp/server_context.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "api/functions.h"
#include "security/rights.h"
#include "security/tokens.h"

namespace gatewayd::api {

// The right that a rpc asks for; nullopt: none, anybody may call it (health: kubelet sends no token).
using NeededRight = std::optional<security::Right>;

// Of the rows of GatewayService: what changes something is `send`, what asks is `read`.
constexpr security::Right RightOf(Kind kind) {
  return kind == Kind::kCommand || kind == Kind::kList ? security::Right::kSend : security::Right::kRead;
}

// Of a struct that describes a rpc: its `kRight`, or by the kind of its row.
template <typename F>
constexpr NeededRight RightOf() {
  if constexpr (requires { F::kRight; }) {
    return F::kRight;
  } else {
    return RightOf(F::kInfo.kind);
  }
}

// What was refused, since the start. Thread-safe.
struct AccessCounters {
  std::atomic<std::uint64_t> unauthenticated = 0;  // calls without a valid token
  std::atomic<std::uint64_t> denied = 0;     // calls, and commands on streams, that a token may not make
  std::atomic<std::uint64_t> over_rate = 0;  // calls, and commands on streams, above a token's rate
  std::atomic<std::uint64_t> connections_refused = 0;  // closed at once: --max_connections, or no descriptor

  // As GetCounters names them.
  std::vector<std::pair<std::string, std::uint64_t>> All() const;
};

// The caller of one call or stream, by the token that it came with. Thread-safe.
class Caller {
 public:
  // Both are borrowed and must outlive it.
  Caller(const security::TokenStore& tokens, AccessCounters& counters, const grpc::ServerContext& context);

  // OK where the caller's token, as the tokens are now, is valid, has the right, and has not used up its rate
  // with `count` calls or commands more. UNAUTHENTICATED, PERMISSION_DENIED naming the right, or
  // RESOURCE_EXHAUSTED with a hint when to try again.
  absl::Status Check(NeededRight right, std::uint64_t count = 0);
  // Whether it has the right; without counting.
  bool May(security::Right right);

 private:
  // The caller's token as it is now; null: none that is valid. Looked up again when the tokens change.
  const security::Token* Find(std::unique_lock<std::mutex>& lock);

  const security::TokenStore& tokens_;
  AccessCounters& counters_;
  const std::optional<security::Digest> digest_;  // nullopt: it brought none
  std::mutex mutex_;                              // guards what follows
  std::uint64_t version_ = 0;
  std::shared_ptr<const security::TokenSet> set_;
  const security::Token* token_ = nullptr;  // of set_
};

}  // namespace gatewayd::api
