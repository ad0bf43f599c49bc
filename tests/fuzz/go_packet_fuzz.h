// Go packets, as any bytes that travel (FuzzGoPacket) and as the right packet of any plain text
// (FuzzGoFrame): never a read past the end, what is read is written back as it was, and an error quotes
// nothing.
#pragma once

#include <string>
#include <string_view>

#include "fuzz/check.h"
#include "wire/dialect.h"
#include "wire/dialect_hint.h"
#include "wire/go_packet.h"

namespace gatewayd::wire {

inline constexpr std::string_view kFuzzSecret = "s3cret-go";  // the recorded one

// What a sound packet's plain text was.
inline std::string PlainOf(const Packet& packet) {
  std::string plain;
  if (packet.kind == Packet::Kind::kFrame) {
    AppendFrame(packet.frame, plain);
    return plain;
  }
  const std::size_t size = packet.answer.size();
  for (int shift = 24; shift >= 0; shift -= 8)
    plain += static_cast<char>(size >> shift);
  return plain.append(packet.answer);
}

inline bool IsSound(const Packet& packet) {
  return packet.kind == Packet::Kind::kFrame || packet.kind == Packet::Kind::kAnswer;
}

inline void CheckPacket(const Packet& packet, std::string_view bytes, std::size_t max_size) {
  FUZZ_CHECK((packet.kind == Packet::Kind::kMalformed) == !packet.error.empty());
  FUZZ_CHECK(packet.error.size() < 300);
  if (packet.kind == Packet::Kind::kTooLarge) FUZZ_CHECK(packet.size > max_size);
  if (packet.kind == Packet::Kind::kIncomplete) FUZZ_CHECK(packet.size == 0 || packet.size > bytes.size());
  if (!IsSound(packet)) return;
  FUZZ_CHECK(packet.size > 0 && packet.size <= bytes.size());
  FUZZ_CHECK(packet.kind == Packet::Kind::kAnswer ? packet.answer.size() <= max_size
                                                  : FrameSize(packet.frame) <= max_size);
}

inline void FuzzGoPacket(std::string_view bytes) {
  LooksLikeGoPacket(bytes);
  LooksLikePhpPacket(bytes);
  for (const std::size_t max_size : {std::size_t{64}, kMaxFrameToGateway}) {
    const auto codec = GoDialect().NewPacketCodec(kFuzzSecret);
    go::AesCbc cipher(kFuzzSecret);
    std::string_view rest = bytes;
    while (true) {
      const Packet packet = codec->Next(rest, LinkRole::kEvents, max_size);
      CheckPacket(packet, rest, max_size);
      if (!IsSound(packet)) break;
      std::string again;
      const char* iv = rest.data() + 4;
      packet.kind == Packet::Kind::kFrame ? go::AppendPacket(cipher, iv, packet.frame, again)
                                          : go::AppendAnswerPacket(cipher, iv, packet.answer, again);
      FUZZ_CHECK(again == rest.substr(0, packet.size));
      rest.remove_prefix(packet.size);
    }
  }
}

inline void FuzzGoFrame(std::string_view plain) {
  const std::string iv(go::kBlockSize, 'i');
  std::string bytes(plain);
  go::AppendPadding(plain.size(), bytes);
  go::AesCbc(kFuzzSecret).Encrypt(iv.data(), bytes.data(), bytes.size());
  const std::size_t length = iv.size() + bytes.size();
  std::string whole;
  for (int shift = 24; shift >= 0; shift -= 8)
    whole += static_cast<char>(length >> shift);
  whole += iv + bytes;
  const auto codec = GoDialect().NewPacketCodec(kFuzzSecret);
  for (const std::size_t max_size : {std::size_t{64}, kMaxFrameToGateway}) {
    const Packet packet = codec->Next(whole, LinkRole::kQueries, max_size);
    CheckPacket(packet, whole, max_size);
    FUZZ_CHECK(packet.kind != Packet::Kind::kIncomplete);
    if (!IsSound(packet)) continue;
    FUZZ_CHECK(packet.size == whole.size() && PlainOf(packet) == plain);
  }
}

}  // namespace gatewayd::wire
