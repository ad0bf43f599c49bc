#include "wire/frame.h"

#include <cassert>
#include <limits>

#include "wire/big_endian.h"

namespace gatewayd::wire {
namespace {

constexpr std::size_t kLengthSize = 4;

// Reads the head and body of a frame that is whole and whose lengths are known to agree.
Frame ParseFrame(std::string_view bytes, std::size_t ext_size) {
  const char* head = bytes.data();
  return Frame{
      .command = static_cast<Command>(head[4]),
      .local_ip = LoadU32(head + 5),
      .local_port = LoadU16(head + 9),
      .client_ip = LoadU32(head + 11),
      .client_port = LoadU16(head + 15),
      .connection_id = LoadU32(head + 17),
      .flag = static_cast<std::uint8_t>(head[21]),
      .gateway_port = LoadU16(head + 22),
      .ext = bytes.substr(kFrameHeadSize, ext_size),
      .body = bytes.substr(kFrameHeadSize + ext_size),
  };
}

}  // namespace

void AppendFrame(const Frame& frame, std::string& out) {
  const std::size_t size = FrameSize(frame);
  assert(size <= std::numeric_limits<std::uint32_t>::max());
  char head[kFrameHeadSize];
  StoreU32(static_cast<std::uint32_t>(size), head);
  head[4] = static_cast<char>(frame.command);
  StoreU32(frame.local_ip, head + 5);
  StoreU16(frame.local_port, head + 9);
  StoreU32(frame.client_ip, head + 11);
  StoreU16(frame.client_port, head + 15);
  StoreU32(frame.connection_id, head + 17);
  head[21] = static_cast<char>(frame.flag);
  StoreU16(frame.gateway_port, head + 22);
  StoreU32(static_cast<std::uint32_t>(frame.ext.size()), head + 24);

  // One growth at most (reserve doubles where it must grow), and no byte is written twice.
  if (out.capacity() - out.size() < size) out.reserve(out.size() + size);
  out.append(head, kFrameHeadSize);
  out.append(frame.ext);
  out.append(frame.body);
}

FrameSplit SplitFrame(std::string_view bytes, std::size_t max_size) {
  using Kind = FrameSplit::Kind;
  if (bytes.size() < kLengthSize) return {.kind = Kind::kIncomplete};
  const std::size_t size = LoadU32(bytes.data());
  if (size < kFrameHeadSize) return {.kind = Kind::kMalformed, .error = "pack_len is below 28"};
  if (size > max_size) return {.kind = Kind::kTooLarge, .size = size};
  if (bytes.size() < kFrameHeadSize) return {.kind = Kind::kIncomplete, .size = size};

  const std::size_t ext_size = LoadU32(bytes.data() + 24);
  if (ext_size > size - kFrameHeadSize) {
    return {.kind = Kind::kMalformed, .error = "ext_len reaches past the frame's end"};
  }
  if (bytes.size() < size) return {.kind = Kind::kIncomplete, .size = size};
  return {.kind = Kind::kFrame, .size = size, .frame = ParseFrame(bytes.substr(0, size), ext_size)};
}

}  // namespace gatewayd::wire
