package io.gatewayd.gatewayworker;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;

/**
 * A client's session: a map of null, {@link Boolean}, {@link Long}, {@link Double}, {@link String}, {@link java.util.List List}
 * and {@link Map}. It belongs to who asked for it: changing it changes nothing elsewhere.
 */
public final class Session extends AbstractMap<String, Object> {
  private final Map<String, Object> values;
  private final byte[] stored;
  private final boolean incomplete;

  private Session(Map<String, Object> values, byte[] stored, boolean incomplete) {
    this.values = values;
    this.stored = stored;
    this.incomplete = incomplete;
  }

  static Session of(io.gatewayd.gatewayworker.v1.Session proto) {
    return new Session(Structs.toMap(proto.getValue()), proto.getStored().toByteArray(), proto.getValueIncomplete());
  }

  /**
   * Exactly what the Gateway stores: PHP serialize (php) or JSON (go).
   *
   * @return a copy; empty where no session was ever set
   */
  public byte[] stored() {
    return stored.clone();
  }

  /**
   * Whether the map could not hold all of it: bytes that are not UTF-8, PHP objects, integers outside ±2^53.
   *
   * @return true where only {@link #stored} has it all
   */
  public boolean incomplete() {
    return incomplete;
  }

  @Override
  public Object get(Object key) {
    return values.get(key);
  }

  @Override
  public boolean containsKey(Object key) {
    return values.containsKey(key);
  }

  @Override
  public Object put(String key, Object value) {
    return values.put(key, value);
  }

  @Override
  public Set<Entry<String, Object>> entrySet() {
    return values.entrySet();
  }
}
