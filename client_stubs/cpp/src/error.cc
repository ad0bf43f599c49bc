#include "gatewayworker/error.h"

#include <array>
#include <cstddef>
#include <utility>

namespace gatewayworker {

namespace {

constexpr std::array<std::string_view, 17> kNames = {
    "OK",        "CANCELLED",       "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS",  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",    "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED",
};

}  // namespace

Code CodeOf(int number) noexcept {
  if (number < 0 || static_cast<std::size_t>(number) >= kNames.size()) return Code::kUnknown;
  return static_cast<Code>(number);
}

std::string_view CodeName(Code code) noexcept {
  return kNames[static_cast<std::size_t>(CodeOf(static_cast<int>(code)))];
}

GatewayError::GatewayError(Code code, const std::string& message, Details details)
    : std::runtime_error(message.empty() ? std::string(CodeName(code)) : message),
      code_(code),
      details_(std::move(details)) {}

void ThrowError(Code code, const std::string& message, GatewayError::Details details) {
  switch (code) {
    case Code::kInvalidArgument:
      throw InvalidArgumentError(message, std::move(details));
    case Code::kNotFound:
      throw NotFoundError(message, std::move(details));
    case Code::kFailedPrecondition:
      throw FailedPreconditionError(message, std::move(details));
    case Code::kUnavailable:
      throw UnavailableError(message, std::move(details));
    case Code::kResourceExhausted:
      throw ResourceExhaustedError(message, std::move(details));
    case Code::kDeadlineExceeded:
      throw DeadlineExceededError(message, std::move(details));
    case Code::kDataLoss:
      throw DataLossError(message, std::move(details));
    case Code::kUnauthenticated:
      throw UnauthenticatedError(message, std::move(details));
    case Code::kPermissionDenied:
      throw PermissionDeniedError(message, std::move(details));
    default:
      throw GatewayError(code, message, std::move(details));
  }
}

}  // namespace gatewayworker
