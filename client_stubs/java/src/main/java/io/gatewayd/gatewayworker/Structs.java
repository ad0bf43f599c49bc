package io.gatewayd.gatewayworker;

import com.google.protobuf.ByteString;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.gatewayd.gatewayworker.v1.SessionInput;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Maps of Java's values as Structs, and back. What a Struct would bend is refused: the bytes of a session can hold it. */
final class Structs {
  private static final double EXACT = 1L << 53;
  private static final String STORED = ": give the session as its stored bytes";

  private Structs() {}

  static SessionInput session(Map<String, ?> session) {
    return SessionInput.newBuilder().setValue(struct(session, "session")).build();
  }

  static SessionInput session(byte[] stored) {
    return SessionInput.newBuilder().setStored(ByteString.copyFrom(stored)).build();
  }

  static Map<String, Object> toMap(Struct struct) {
    Map<String, Object> map = new LinkedHashMap<>();
    struct.getFieldsMap().forEach((name, value) -> map.put(name, toObject(value)));
    return map;
  }

  private static Object toObject(Value value) {
    return switch (value.getKindCase()) {
      case NUMBER_VALUE -> toNumber(value.getNumberValue());
      case STRING_VALUE -> value.getStringValue();
      case BOOL_VALUE -> value.getBoolValue();
      case STRUCT_VALUE -> toMap(value.getStructValue());
      case LIST_VALUE -> toList(value.getListValue());
      default -> null;
    };
  }

  private static Number toNumber(double number) {
    if (number == Math.rint(number) && Math.abs(number) <= EXACT) {
      return (long) number;
    }
    return number;
  }

  private static List<Object> toList(ListValue list) {
    List<Object> made = new ArrayList<>(list.getValuesCount());
    list.getValuesList().forEach(value -> made.add(toObject(value)));
    return made;
  }

  private static Struct struct(Map<?, ?> map, String where) {
    Struct.Builder struct = Struct.newBuilder();
    map.forEach((key, element) -> {
      if (!(key instanceof String name)) {
        throw Errors.invalid("session", "has a key in " + where + " that is " + named(key) + ", not a String");
      }
      String at = where + "[\"" + name + "\"]";
      struct.putFields(text(name, at), value(element, at));
    });
    return struct.build();
  }

  private static Value value(Object value, String where) {
    Value.Builder made = Value.newBuilder();
    if (value == null) {
      return made.setNullValue(NullValue.NULL_VALUE).build();
    } else if (value instanceof Boolean given) {
      return made.setBoolValue(given).build();
    } else if (value instanceof String given) {
      return made.setStringValue(text(given, where)).build();
    } else if (value instanceof Number given) {
      return made.setNumberValue(number(given, where)).build();
    } else if (value instanceof Map<?, ?> given) {
      return made.setStructValue(struct(given, where)).build();
    } else if (value instanceof List<?> given) {
      ListValue.Builder list = ListValue.newBuilder();
      int position = 0;
      for (Object element : given) {
        list.addValues(value(element, where + "[" + position++ + "]"));
      }
      return made.setListValue(list).build();
    }
    throw Errors.invalid("session", "has " + named(value) + " at " + where + STORED);
  }

  private static double number(Number given, String where) {
    if (given instanceof Double || given instanceof Float) {
      double number = given.doubleValue();
      if (!Double.isFinite(number)) {
        throw Errors.invalid("session", "has a number that is not finite at " + where);
      }
      return number;
    }
    if (given instanceof Long || given instanceof Integer || given instanceof Short || given instanceof Byte
        || given instanceof BigInteger || given instanceof Count) {
      BigInteger number = given instanceof BigInteger big ? big : BigInteger.valueOf(given.longValue());
      if (number.abs().compareTo(BigInteger.valueOf(1L << 53)) > 0) {
        throw Errors.invalid("session", "has an integer outside ±2^53 at " + where + STORED);
      }
      return number.doubleValue();
    }
    throw Errors.invalid("session", "has " + named(given) + " at " + where + STORED);
  }

  /** Half of a surrogate pair has no UTF-8: Protobuf would write a question mark. */
  private static String text(String given, String where) {
    for (int i = 0; i < given.length(); i++) {
      char unit = given.charAt(i);
      if (Character.isSurrogate(unit)) {
        if (Character.isLowSurrogate(unit) || i + 1 == given.length() || !Character.isLowSurrogate(given.charAt(++i))) {
          throw Errors.invalid("session", "has text that is not Unicode at " + where);
        }
      }
    }
    return given;
  }

  private static String named(Object value) {
    return value == null ? "null" : "a " + value.getClass().getSimpleName();
  }

  /** For what others may look at and nobody may change. */
  static Map<String, Object> toUnmodifiableMap(Struct struct) {
    return Collections.unmodifiableMap(toMap(struct));
  }
}
