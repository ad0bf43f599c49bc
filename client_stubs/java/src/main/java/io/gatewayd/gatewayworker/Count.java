package io.gatewayd.gatewayworker;

import java.util.List;
import java.util.Objects;

/** A number, and the Gateways whose clients are not counted in it. */
public final class Count extends Number implements Comparable<Count> {
  private static final long serialVersionUID = 1;

  /** The number; {@link #missing} does not go along with it. */
  private final long value;
  private final transient List<GatewayFailure> missing;

  Count(long value, List<GatewayFailure> missing) {
    this.value = value;
    this.missing = missing;
  }

  /**
   * With {@link Option#partialOk}: Gateways whose clients are not counted.
   *
   * @return empty where all answered
   */
  public List<GatewayFailure> missing() {
    return Objects.requireNonNullElse(missing, List.of());
  }

  @Override
  public long longValue() {
    return value;
  }

  @Override
  public int intValue() {
    return (int) value;
  }

  @Override
  public float floatValue() {
    return value;
  }

  @Override
  public double doubleValue() {
    return value;
  }

  @Override
  public int compareTo(Count other) {
    return Long.compare(value, other.value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Count count && count.value == value;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(value);
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
