// Cluster values as short texts, so that tests compare whole lists of them and a failure reads by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cluster/errors.h"
#include "cluster/link_machine.h"
#include "cluster/text.h"
#include "wire/big_endian.h"
#include "wire/command.h"
#include "wire/frame.h"

namespace gatewayd::cluster {

using Texts = std::vector<std::string>;

// "OK" or "UNAVAILABLE link-lost".
inline std::string Describe(const absl::Status& status) {
  if (status.ok()) return "OK";
  return StrCat(absl::StatusCodeToString(status.code()), " ", ErrorPayload(status, kReasonKey));
}

// "SEND_TO_ONE #7 'hello'"; the ext stands in brackets before the body.
inline std::string Describe(const wire::Frame& frame) {
  std::string text(wire::CommandName(frame.command));
  if (frame.connection_id != 0) text += StrCat(" #", frame.connection_id);
  if (!frame.ext.empty()) text += StrCat(" [", frame.ext, "]");
  if (!frame.body.empty()) text += StrCat(" '", frame.body, "'");
  return text;
}

inline const char* Describe(LinkAction action) {
  switch (action) {
    case LinkAction::kNone:
      return "none";
    case LinkAction::kDial:
      return "dial";
    case LinkAction::kHalfClose:
      return "half-close";
    case LinkAction::kClose:
      return "close";
  }
  return "?";
}

// Takes the whole frames off the front of `bytes`; what is left is the start of another.
inline Texts TakeFrames(std::string& bytes) {
  Texts frames;
  while (true) {
    const wire::FrameSplit split = wire::SplitFrame(bytes, wire::kMaxFrameToGateway);
    if (split.kind == wire::FrameSplit::Kind::kIncomplete) return frames;
    if (split.kind != wire::FrameSplit::Kind::kFrame) {
      frames.push_back(StrCat("broken: ", split.error));
      return frames;
    }
    frames.push_back(Describe(split.frame));
    bytes.erase(0, split.size);
  }
}

// An answer as a php Gateway sends it.
inline std::string AnswerBytes(std::string_view payload) {
  std::string bytes(4, '\0');
  wire::StoreU32(static_cast<std::uint32_t>(payload.size()), bytes.data());
  return bytes.append(payload);
}

// The head alone of an answer of `size` bytes.
inline std::string AnswerHead(std::uint32_t size) {
  std::string bytes(4, '\0');
  wire::StoreU32(size, bytes.data());
  return bytes;
}

// PHP's string of `size` bytes, its serialized form included.
inline std::string PhpString(std::size_t size) {
  return StrCat("s:", size, ":\"", std::string(size, 'x'), "\";");
}

inline const std::string kHello = R"(GATEWAY_CLIENT_CONNECT '{"secret_key":"s3cret"}')";

}  // namespace gatewayd::cluster
