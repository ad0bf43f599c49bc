package io.gatewayd.gatewayworker;

import io.grpc.Metadata;
import io.grpc.Status;
import java.util.List;
import java.util.stream.StreamSupport;

/** Makes the exception that belongs to a status. */
final class Errors {
  static final Metadata.Key<String> FIELD = key("gatewayd-field");
  static final Metadata.Key<String> REASON = key("gatewayd-reason");
  static final Metadata.Key<String> GATEWAY = key("gatewayd-gateway");

  private Errors() {}

  /** The error of a call that ended with this status, with what its trailing metadata says. */
  static GatewayException of(Status status, Metadata trailers) {
    Iterable<String> gateways = trailers.getAll(GATEWAY);
    return make(
        new GatewayException.Details(
            status.getCode(),
            status.getDescription() == null ? "" : status.getDescription(),
            trailers.get(FIELD),
            trailers.get(REASON),
            gateways == null ? List.of() : StreamSupport.stream(gateways.spliterator(), false).toList()),
        status.getCause());
  }

  static GatewayException of(Status.Code code, String message) {
    return make(new GatewayException.Details(code, message, null, null, List.of()), null);
  }

  /** What this side refuses itself, because the daemon could not see that it is wrong. */
  static GatewayException invalid(String field, String problem) {
    return make(
        new GatewayException.Details(Status.Code.INVALID_ARGUMENT, field + " " + problem, field, null, List.of()), null);
  }

  /** The same error with the caller's stack trace; that of the thread which had the answer is in its cause. */
  static GatewayException inCaller(GatewayException error) {
    return make(error.details(), error);
  }

  private static GatewayException make(GatewayException.Details details, Throwable cause) {
    return switch (details.code()) {
      case INVALID_ARGUMENT -> new InvalidArgumentException(details, cause);
      case NOT_FOUND -> new NotFoundException(details, cause);
      case FAILED_PRECONDITION -> new FailedPreconditionException(details, cause);
      case UNAVAILABLE -> new UnavailableException(details, cause);
      case RESOURCE_EXHAUSTED -> new ResourceExhaustedException(details, cause);
      case DEADLINE_EXCEEDED -> new DeadlineExceededException(details, cause);
      case DATA_LOSS -> new DataLossException(details, cause);
      case UNAUTHENTICATED -> new UnauthenticatedException(details, cause);
      case PERMISSION_DENIED -> new PermissionDeniedException(details, cause);
      default -> new GatewayException(details, cause);
    };
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
