package io.gatewayd.gatewayworker;

/**
 * What the daemon said when a worker attached: what really applies.
 *
 * @param version the daemon's
 * @param dialect "php" or "go"
 * @param workerId this attachment, as views and logs show it
 * @param windowEvents how many events may be unacknowledged
 * @param windowBytes how many bytes of events may be
 * @param maxMessageBytes the largest message
 */
public record Welcome(
    String version, String dialect, String workerId, int windowEvents, long windowBytes, long maxMessageBytes) {
  static Welcome of(io.gatewayd.gatewayworker.v1.Welcome proto) {
    return new Welcome(
        proto.getVersion(),
        proto.getDialect(),
        proto.getWorkerId(),
        proto.getWindowEvents(),
        proto.getWindowBytes(),
        proto.getMaxMessageBytes());
  }
}
