#include "cluster/event_reader.h"

#include <algorithm>
#include <utility>

#include "cluster/text.h"

namespace gatewayd::cluster {

bool IsEvent(wire::Command command) {
  switch (command) {
    case wire::Command::kOnConnect:
    case wire::Command::kOnMessage:
    case wire::Command::kOnClose:
    case wire::Command::kOnWebSocketConnect:
      return true;
    default:
      return false;
  }
}

EventReader::EventReader(const wire::Dialect& dialect, std::string secret, std::size_t max_event_bytes)
    : dialect_(dialect), secret_(std::move(secret)), max_event_bytes_(max_event_bytes) {
  Reset();
}

void EventReader::Reset() {
  codec_ = dialect_.NewPacketCodec(secret_);
  pass_over_ = 0;
}

EventReader::Item EventReader::Next(std::string_view bytes) {
  using Kind = Item::Kind;
  if (pass_over_ > 0) {
    const std::size_t part = std::min(pass_over_, bytes.size());
    pass_over_ -= part;
    return {.kind = part > 0 ? Kind::kNothing : Kind::kMore, .used = part};
  }
  wire::Packet packet = codec_->Next(bytes, wire::LinkRole::kEvents, max_event_bytes_);
  switch (packet.kind) {
    case wire::Packet::Kind::kIncomplete:
      return {.kind = Kind::kMore, .expected = packet.size};
    case wire::Packet::Kind::kFrame:
      if (IsEvent(packet.frame.command)) {
        return {.kind = Kind::kEvent, .used = packet.size, .frame = packet.frame};
      }
      if (packet.frame.command == wire::Command::kPing) return {.kind = Kind::kNothing, .used = packet.size};
      return {.kind = Kind::kGarbage,
              .error = StrCat("a frame that is no event: command ", static_cast<int>(packet.frame.command))};
    case wire::Packet::Kind::kAnswer:
      return {.kind = Kind::kAnswer, .used = packet.size, .answer = packet.answer};
    case wire::Packet::Kind::kTooLarge: {
      const std::size_t part = std::min(packet.size, bytes.size());
      pass_over_ = packet.size - part;
      return {.kind = Kind::kTooLarge, .used = part};
    }
    case wire::Packet::Kind::kMalformed:
      break;
  }
  return {.kind = Kind::kGarbage, .error = std::move(packet.error)};
}

}  // namespace gatewayd::cluster
