// The frame of the Gateway protocol: a 28-byte head, ext_data, body. Integers are big-endian.
//
//   off len field
//    0   4  pack_len       whole frame, head included
//    4   1  cmd
//    5   4  local_ip       Gateway's advertised inner IPv4
//    9   2  local_port     Gateway's inner port
//   11   4  client_ip      IPv4 of the client; 0 for an IPv6 client
//   15   2  client_port
//   17   4  connection_id
//   21   1  flag
//   22   2  gateway_port   the port that the client connected to
//   24   4  ext_len
//   28   …  ext_data, then body
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/command.h"

namespace gatewayd::wire {

inline constexpr std::size_t kFrameHeadSize = 28;

// A PHP Gateway closes a worker's connection at a frame above this (TcpConnection::$defaultMaxPackageSize),
// so no larger one may ever be written to a link that others share.
inline constexpr std::size_t kMaxFrameToGateway = 10 * 1024 * 1024;

// One frame, borrowed: `ext` and `body` point into bytes owned by somebody else. A frame to a Gateway sets
// command, connection_id, flag, ext and body; the rest stays 0.
struct Frame {
  Command command = Command::kPing;
  std::uint32_t local_ip = 0;
  std::uint16_t local_port = 0;
  std::uint32_t client_ip = 0;
  std::uint16_t client_port = 0;
  std::uint32_t connection_id = 0;
  std::uint8_t flag = kFlagScalarBody;
  std::uint16_t gateway_port = 0;
  std::string_view ext;
  std::string_view body;

  friend bool operator==(const Frame&, const Frame&) = default;
};

// Bytes that AppendFrame would write.
inline std::size_t FrameSize(const Frame& frame) {
  return kFrameHeadSize + frame.ext.size() + frame.body.size();
}

// Appends the encoded frame to `out`. FrameSize(frame) must be below 4 GiB.
void AppendFrame(const Frame& frame, std::string& out);

// What stands at the start of a byte stream of frames.
struct FrameSplit {
  enum class Kind {
    kIncomplete,  // `size` is the frame's whole length where the head tells it already, else 0
    kFrame,       // `frame` is valid as long as the bytes are; `size` bytes are used
    kTooLarge,    // a sound head, but the frame is over the caller's limit; `size` tells its whole length
    kMalformed,   // no frame can start so: the stream is broken. `error` says why (static storage)
  };
  Kind kind = Kind::kIncomplete;
  std::size_t size = 0;
  Frame frame;
  std::string_view error;
};

// Splits the first frame off `bytes` without copying. Never reads past `bytes`; a frame above `max_size` is
// reported as kTooLarge as soon as its first 4 bytes are there.
FrameSplit SplitFrame(std::string_view bytes, std::size_t max_size);

}  // namespace gatewayd::wire
