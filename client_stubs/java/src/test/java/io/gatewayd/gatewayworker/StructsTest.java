package io.gatewayd.gatewayworker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sessions: there and back, and what is refused. */
class StructsTest {
  @Test
  void aSessionGoesThereAndComesBackAsItWas() {
    Map<String, Object> session = new LinkedHashMap<>();
    session.put("none", null);
    session.put("on", true);
    session.put("off", false);
    session.put("n", 5L);
    session.put("big", 1L << 53);
    session.put("small", -(1L << 53));
    session.put("half", 0.5);
    session.put("text", "用户 🙂");
    session.put("list", Arrays.asList(1L, "a", List.of(), Map.of(), null));
    session.put("map", Map.of("k", Map.of("k", List.of(Map.of("x", 1L)))));
    session.put("empty", Map.of());
    assertEquals(session, Structs.toMap(Structs.session(session).getValue()));
  }

  @Test
  void numbersOfEveryTypeAreTaken() {
    Map<String, Object> session = Map.of(
        "byte", (byte) 1, "short", (short) 2, "int", 3, "big", BigInteger.valueOf(4), "float", 0.25f);
    assertEquals(
        Map.of("byte", 1L, "short", 2L, "int", 3L, "big", 4L, "float", 0.25),
        Structs.toMap(Structs.session(session).getValue()));
  }

  @Test
  void anEmptySessionIsOne() {
    assertTrue(Structs.session(Map.of()).hasValue());
    assertTrue(Structs.session(new byte[0]).hasStored());
  }

  static List<Object> bent() {
    return List.of(
        (1L << 53) + 1, -(1L << 53) - 1, BigInteger.ONE.shiftLeft(64), Double.NaN, Float.POSITIVE_INFINITY, new byte[] {-1},
        ByteString.EMPTY, Map.of(1, 2), new Object(), Set.of(1), new BigDecimal("0.1"), "\ud800", "a\udc00b",
        Map.of("\ud83dx", 1), Optional.empty());
  }

  @ParameterizedTest
  @MethodSource("bent")
  void whatAStructWouldBendIsRefused(Object value) {
    for (Map<String, Object> session : List.of(Map.of("x", value), Map.<String, Object>of("x", List.of(Map.of("y", value))))) {
      InvalidArgumentException error =
          assertThrows(InvalidArgumentException.class, () -> Structs.session(session));
      assertEquals(Optional.of("session"), error.field());
      assertTrue(error.getMessage().contains("[\"x\"]"), error.getMessage());
    }
  }

  @Test
  void aSessionKeepsItsStoredBytes() {
    Session session = Session.of(io.gatewayd.gatewayworker.v1.Session.newBuilder()
        .setValue(Struct.newBuilder().putFields("a", Value.newBuilder().setNumberValue(1).build()))
        .setStored(ByteString.copyFromUtf8("a:1:{}"))
        .setValueIncomplete(true)
        .build());
    assertEquals(Map.of("a", 1L), session);
    assertArrayEquals("a:1:{}".getBytes(java.nio.charset.StandardCharsets.UTF_8), session.stored());
    assertTrue(session.incomplete());
    assertNull(session.put("b", 2L));
    assertEquals(Map.of("a", 1L, "b", 2L), session);
  }
}
