// The Gateway's half of a dialect: wire::Dialect reads what a Gateway says, this writes it. The embedded
// Gateway touches bytes of answers, events and sessions only through it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/frame.h"
#include "wire/value.h"

namespace gatewayd::embedded {

// One row of SELECT: the fields in the order asked for. Views are borrowed.
struct SelectedField {
  std::string_view name;                 // "uid", "groups" or "session"
  std::optional<std::string_view> text;  // uid or session
  std::optional<std::vector<std::string_view>> groups;
};
struct SelectedRow {
  std::uint32_t connection_id = 0;
  std::vector<SelectedField> fields;
};

// Immutable, thread-safe.
class GatewayDialect {
 public:
  virtual ~GatewayDialect() = default;

  // Payloads of answers, without their length, exactly as the original writes them.
  virtual std::string Count(std::uint64_t count) const = 0;
  virtual std::string Ids(const std::vector<std::uint32_t>& ids) const = 0;
  virtual std::string IdsByUid(
      const std::vector<std::pair<std::string, std::vector<std::uint32_t>>>& ids_by_uid) const = 0;
  virtual std::string Counts(const std::vector<std::pair<std::string, std::uint64_t>>& counts) const = 0;
  virtual std::string Names(const std::vector<std::string_view>& names) const = 0;
  virtual std::string Sessions(
      const std::vector<std::pair<std::uint32_t, std::string_view>>& sessions) const = 0;
  virtual std::string Selected(const std::vector<SelectedRow>& rows) const = 0;
  virtual std::string Session(std::optional<std::string_view> stored) const = 0;  // nullopt: no such client

  // How a payload and a frame travel to a worker or caller.
  virtual void AppendAnswer(std::string_view payload, std::string& out) const = 0;
  virtual void AppendFrame(const wire::Frame& frame, std::string& out) const = 0;
  // The next frame of a worker or caller.
  virtual wire::FrameSplit NextFrame(std::string_view bytes) const = 0;

  // The body of ON_WEBSOCKET_CONNECT.
  virtual std::string Handshake(const wire::Value& request) const = 0;
  // A body without the scalar flag; nullopt where it is garbled.
  virtual std::optional<wire::Value> Body(std::string_view bytes) const = 0;
  // `update` merged over `stored`; nullopt where either is no array.
  virtual std::optional<std::string> MergeSessions(std::string_view stored,
                                                   std::string_view update) const = 0;
  // True where `stored` is one whole session.
  virtual bool IsSession(std::string_view stored) const = 0;
};

// The php dialect; lives for ever.
const GatewayDialect& PhpGatewayDialect();

}  // namespace gatewayd::embedded
