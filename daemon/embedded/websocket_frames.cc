#include <cstring>
#include <utility>

#include "embedded/websocket.h"

namespace gatewayd::embedded {
namespace {

std::uint64_t ReadBigEndian(const char* bytes, int count) {
  std::uint64_t out = 0;
  for (int i = 0; i < count; ++i)
    out = out << 8 | static_cast<unsigned char>(bytes[i]);
  return out;
}

struct Head {
  bool complete = false;
  bool final = false;
  bool sound = false;
  std::uint8_t opcode = 0;
  std::size_t size = 0;
  std::uint64_t payload = 0;
};

Head ReadHead(const char* bytes, std::size_t size) {
  Head head;
  if (size < 2) return head;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  head.final = (first & 0x80) != 0;
  head.opcode = first & 0x0f;
  const bool known = head.opcode <= 2 || (head.opcode >= 8 && head.opcode <= 10);
  head.sound = (second & 0x80) != 0 && (first & 0x70) == 0 && known;
  head.payload = second & 0x7f;
  head.size = 6;
  if (head.payload == 126) head.size = 8;
  if (head.payload == 127) head.size = 14;
  if (size < head.size) {
    head.complete = !head.sound;  // a broken one need not be waited for
    return head;
  }
  if (head.size == 8) head.payload = ReadBigEndian(bytes + 2, 2);
  if (head.size == 14) head.payload = ReadBigEndian(bytes + 2, 8);
  head.complete = true;
  return head;
}

void Unmask(char* payload, std::size_t size, const char* mask) {
  for (std::size_t i = 0; i < size; ++i)
    payload[i] = static_cast<char>(payload[i] ^ mask[i & 3]);
}

}  // namespace

std::string WebSocketHead(WebSocketType type, std::size_t payload_size) {
  std::string head(1, static_cast<char>(type));
  if (payload_size <= 125) {
    head += static_cast<char>(payload_size);
    return head;
  }
  const int width = payload_size <= 0xffff ? 2 : 8;
  head += static_cast<char>(width == 2 ? 126 : 127);
  for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) {
    head += static_cast<char>(static_cast<std::uint64_t>(payload_size) >> shift);
  }
  return head;
}

WebSocketItem WebSocketReader::Next(char* bytes, std::size_t size) {
  using Kind = WebSocketItem::Kind;
  const Head head = ReadHead(bytes, size);
  if (!head.complete) return {};
  if (!head.sound || head.payload > max_message_ || fragments_.size() + head.payload > max_message_) {
    return {Kind::kBroken, 0, {}};
  }
  const auto payload_size = static_cast<std::size_t>(head.payload);
  if (size - head.size < payload_size) return {};
  char mask[4];
  std::memcpy(mask, bytes + head.size - 4, sizeof(mask));
  char* payload = bytes + head.size;
  Unmask(payload, payload_size, mask);
  WebSocketItem item{Kind::kIncomplete, head.size + payload_size, {payload, payload_size}};
  if (head.opcode == 8) {
    item.kind = Kind::kClose;
  } else if (head.opcode == 9) {
    item.kind = Kind::kPing;
  } else if (head.opcode == 10) {
    item.kind = Kind::kPong;
  } else if (!head.final) {
    fragments_.append(item.payload);
    item.payload = {};
  } else {
    item.kind = Kind::kMessage;
    if (!fragments_.empty()) {
      fragments_.append(item.payload);
      message_ = std::exchange(fragments_, {});
      item.payload = message_;
    }
  }
  return item;
}

}  // namespace gatewayd::embedded
