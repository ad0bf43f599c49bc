package io.gatewayd.gatewayworker;

import com.google.protobuf.ByteString;
import java.util.AbstractMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A map by client_id, uid or group that cannot be changed; beside it what is not in it.
 *
 * @param <V> what is known of each
 */
public final class Table<V> extends AbstractMap<String, V> {
  private final Map<String, V> entries;
  private final Map<ByteString, V> notUtf8;
  private final List<GatewayFailure> missing;

  Table(Map<String, V> entries, Map<ByteString, V> notUtf8, List<GatewayFailure> missing) {
    this.entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    this.notUtf8 = Map.copyOf(notUtf8);
    this.missing = missing;
  }

  /**
   * Groups that belong here and whose names are not UTF-8: PHP users can store such.
   *
   * @return by the bytes of their names
   */
  public Map<ByteString, V> notUtf8() {
    return notUtf8;
  }

  /**
   * With {@link Option#partialOk}: Gateways whose clients are not in the map.
   *
   * @return empty where all answered
   */
  public List<GatewayFailure> missing() {
    return missing;
  }

  @Override
  public Set<Entry<String, V>> entrySet() {
    return entries.entrySet();
  }

  @Override
  public V get(Object key) {
    return entries.get(key);
  }

  @Override
  public boolean containsKey(Object key) {
    return entries.containsKey(key);
  }
}
