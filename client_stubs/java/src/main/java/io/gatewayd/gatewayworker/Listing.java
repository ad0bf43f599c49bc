package io.gatewayd.gatewayworker;

import com.google.protobuf.ByteString;
import java.util.AbstractList;
import java.util.List;

/**
 * A list, each element once and in no order, that cannot be changed; beside it what is not in it.
 *
 * @param <T> what is listed
 */
public final class Listing<T> extends AbstractList<T> {
  private final List<T> elements;
  private final List<ByteString> notUtf8;
  private final List<GatewayFailure> missing;

  Listing(List<T> elements, List<ByteString> notUtf8, List<GatewayFailure> missing) {
    this.elements = List.copyOf(elements);
    this.notUtf8 = List.copyOf(notUtf8);
    this.missing = missing;
  }

  /**
   * Uids and names of groups that belong here and are not UTF-8: PHP users can store such.
   *
   * @return their bytes
   */
  public List<ByteString> notUtf8() {
    return notUtf8;
  }

  /**
   * With {@link Option#partialOk}: Gateways whose clients are not in the list.
   *
   * @return empty where all answered
   */
  public List<GatewayFailure> missing() {
    return missing;
  }

  @Override
  public T get(int index) {
    return elements.get(index);
  }

  @Override
  public int size() {
    return elements.size();
  }
}
