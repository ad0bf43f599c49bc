// What a call has beside its request.
#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "cluster/cluster.h"
#include "cluster/gateway.h"
#include "wire/client_id.h"
#include "wire/dialect.h"

namespace gatewayd::events {
class Hub;
}  // namespace gatewayd::events

namespace gatewayd::api {

class SendLedger;

// The client of the event at hand. Empty where there is none.
struct CurrentClient {
  std::string_view client_id;  // as a caller named it, still to be checked
  std::string_view generation;
  std::optional<wire::ClientId> id;  // in place of `client_id`, where the daemon knows it itself
};

// The metadata keys in which a unary call names it.
inline constexpr char kCurrentClientKey[] = "gateway-client-id";
inline constexpr char kCurrentGenerationKey[] = "gateway-generation";

// Borrowed, valid until the call is answered; `batch` only until the function returns that was given it.
struct Context {
  const wire::Dialect& dialect;
  const cluster::View& view;
  cluster::WriteBatch& batch;
  CurrentClient current = {};
  absl::Time deadline = absl::InfiniteFuture();
  const events::Hub* hub = nullptr;  // knows which clients have not finished their handshake
  SendLedger* ledger = nullptr;      // of the worker's stream that the command stands on
};

}  // namespace gatewayd::api
