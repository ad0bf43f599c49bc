package io.gatewayd.gatewayworker;

import io.grpc.Status;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * A call or a stream that failed. There is a subclass for each status that the daemon answers with; the message names field,
 * Gateway and cause.
 */
public class GatewayException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What is known of the failure. */
  private final Details details;

  /** What is known of a failure. {@code field} and {@code reason} are null where the daemon named none. */
  record Details(Status.Code code, String message, String field, String reason, List<String> gateways)
      implements Serializable {}

  GatewayException(Details details, Throwable cause) {
    super(details.message().isEmpty() ? details.code().name() : details.message(), cause);
    this.details = details;
  }

  /**
   * The status. Of each subclass it is always the same one.
   *
   * @return never OK
   */
  public Status.Code code() {
    return details.code();
  }

  /**
   * The field of the request that is at fault, as INVALID_ARGUMENT names it.
   *
   * @return its name in the {@code .proto} file
   */
  public Optional<String> field() {
    return Optional.ofNullable(details.field());
  }

  /**
   * A word for programs: {@code offline}, {@code no-link}, {@code generation-over}, {@code timeout} and so on, as
   * {@code gateway_service.proto} lists them.
   *
   * @return empty where the daemon did not answer
   */
  public Optional<String> reason() {
    return Optional.ofNullable(details.reason());
  }

  /**
   * The Gateways concerned.
   *
   * @return such as "10.0.0.5:2900"
   */
  public List<String> gateways() {
    return details.gateways();
  }

  Details details() {
    return details;
  }
}
