// A stream of packets as a Gateway might send it: never a read past the end, and what is read is written back
// as it was.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "fuzz/check.h"
#include "wire/client_id.h"
#include "wire/dialect.h"
#include "wire/frame.h"

namespace gatewayd::wire {

inline void FuzzFrames(std::string_view bytes, std::size_t max_size) {
  while (true) {
    const FrameSplit split = SplitFrame(bytes, max_size);
    if (split.kind == FrameSplit::Kind::kMalformed) FUZZ_CHECK(!split.error.empty());
    if (split.kind == FrameSplit::Kind::kTooLarge) FUZZ_CHECK(split.size > max_size);
    if (split.kind == FrameSplit::Kind::kIncomplete) FUZZ_CHECK(split.size == 0 || split.size > bytes.size());
    if (split.kind != FrameSplit::Kind::kFrame) return;
    FUZZ_CHECK(split.size == FrameSize(split.frame) && split.size <= max_size);
    std::string again;
    AppendFrame(split.frame, again);
    FUZZ_CHECK(again == bytes.substr(0, split.size));
    FUZZ_CHECK(SplitFrame(bytes.substr(0, split.size - 1), max_size).kind == FrameSplit::Kind::kIncomplete);
    bytes.remove_prefix(split.size);
  }
}

inline void FuzzPackets(std::string_view bytes, LinkRole role, std::size_t max_size) {
  const std::unique_ptr<PacketCodec> codec = PhpDialect().NewPacketCodec("");
  while (true) {
    const Packet packet = codec->Next(bytes, role, max_size);
    FUZZ_CHECK((packet.kind == Packet::Kind::kMalformed) == !packet.error.empty());
    if (packet.kind != Packet::Kind::kFrame && packet.kind != Packet::Kind::kAnswer) return;
    FUZZ_CHECK(packet.size > 0 && packet.size <= bytes.size());
    if (packet.kind == Packet::Kind::kAnswer) FUZZ_CHECK(packet.size == packet.answer.size() + 4);
    if (role == LinkRole::kQueries) FUZZ_CHECK(packet.kind == Packet::Kind::kAnswer);
    bytes.remove_prefix(packet.size);
  }
}

inline void FuzzFrame(std::string_view bytes) {
  for (const std::size_t max_size : {std::size_t{64}, kMaxFrameToGateway}) {
    FuzzFrames(bytes, max_size);
    FuzzPackets(bytes, LinkRole::kQueries, max_size);
    FuzzPackets(bytes, LinkRole::kEvents, max_size);
  }
  if (const auto id = ParseClientId(bytes)) FUZZ_CHECK(ParseClientId(FormatClientId(*id)) == id);
}

}  // namespace gatewayd::wire
