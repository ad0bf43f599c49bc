/// @file
/// What a call can fail with: one class a status code, all of them GatewayError.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gatewayworker {

/// A status, with gRPC's numbers (google.rpc.Code).
enum class Code : int {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

/// The code of a number as the API has it; kUnknown where there is no such code.
Code CodeOf(int number) noexcept;

/// As gRPC writes it: "NOT_FOUND". A text that lives for ever.
std::string_view CodeName(Code code) noexcept;

/// A call or a stream that failed. `what()` names field, Gateway and cause.
class GatewayError : public std::runtime_error {
 public:
  /// What the daemon says beside the message, for programs: its trailing metadata.
  struct Details {
    std::string field;   ///< The request's field at fault, as INVALID_ARGUMENT names it; else empty.
    std::string reason;  ///< A word: `offline`, `no-link`, `generation-over`, `timeout`…; else empty.
    std::vector<std::string> gateways;  ///< The Gateways concerned ("10.0.0.5:2900").
  };

  GatewayError(Code code, const std::string& message, Details details = {});

  /// Of the subclasses it is always the same one.
  [[nodiscard]] Code code() const noexcept { return code_; }
  [[nodiscard]] const std::string& field() const noexcept { return details_.field; }
  [[nodiscard]] const std::string& reason() const noexcept { return details_.reason; }
  [[nodiscard]] const std::vector<std::string>& gateways() const noexcept { return details_.gateways; }

 private:
  Code code_;
  Details details_;
};

/// A class for one code.
template <Code kCode>
class ErrorOf : public GatewayError {
 public:
  explicit ErrorOf(const std::string& message, Details details = {})
      : GatewayError(kCode, message, std::move(details)) {}
};

/// `field()` of the request cannot be. Also thrown by this side, of what the daemon could not see.
using InvalidArgumentError = ErrorOf<Code::kInvalidArgument>;
/// The client is offline, its Gateway is no member of the cluster, or its generation is over.
using NotFoundError = ErrorOf<Code::kNotFound>;
/// The cluster's dialect cannot do it, or the generation is of another daemon process.
using FailedPreconditionError = ErrorOf<Code::kFailedPrecondition>;
/// No daemon, or no link to a Gateway. A command to one client was not sent: try again.
using UnavailableError = ErrorOf<Code::kUnavailable>;
/// A buffer is full or a message too large. Nothing was sent.
using ResourceExhaustedError = ErrorOf<Code::kResourceExhausted>;
/// The time was up. Of a command with `confirm` or `require_online`: unknown whether it ran.
using DeadlineExceededError = ErrorOf<Code::kDeadlineExceeded>;
/// A Gateway answered nonsense.
using DataLossError = ErrorOf<Code::kDataLoss>;
/// The daemon wants a token, and this is none that it knows.
using UnauthenticatedError = ErrorOf<Code::kUnauthenticated>;
/// The token does not allow this call.
using PermissionDeniedError = ErrorOf<Code::kPermissionDenied>;

/// Throws the class that belongs to the code; GatewayError itself where there is none.
[[noreturn]] void ThrowError(Code code, const std::string& message, GatewayError::Details details = {});

}  // namespace gatewayworker
