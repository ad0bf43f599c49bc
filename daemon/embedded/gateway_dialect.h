// The Gateway's half of a dialect: wire::Dialect reads what a Gateway says, this writes it. The embedded
// Gateway touches bytes of answers, events and sessions only through it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/dialect.h"
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

// What stands at the start of the bytes of a worker or caller.
struct LinkPacket {
  enum class Kind {
    kIncomplete,
    kFrame,  // `frame` borrows from the bytes or the codec, until its next call; `size` bytes are used
    kBad,    // the link is to be closed: `error` says why
    kFatal,  // the same, and the original's process would have ended
  };
  Kind kind = Kind::kIncomplete;
  std::size_t size = 0;
  wire::Frame frame;
  std::string error;
};

// How frames and answers travel between a Gateway and its workers and callers. One serves all links of a
// Gateway (they share its secret); not thread-safe.
class LinkCodec {
 public:
  virtual ~LinkCodec() = default;

  virtual void AppendAnswer(std::string_view payload, std::string& out) = 0;
  virtual void AppendFrame(const wire::Frame& frame, std::string& out) = 0;
  virtual LinkPacket Next(std::string_view bytes) = 0;
};

// Immutable, thread-safe.
class GatewayDialect {
 public:
  virtual ~GatewayDialect() = default;

  virtual wire::DialectKind kind() const = 0;
  virtual std::unique_ptr<LinkCodec> NewLinkCodec(std::string_view secret) const = 0;

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

  // The body of ON_WEBSOCKET_CONNECT.
  virtual std::string Handshake(const wire::Value& request) const = 0;
  // A body without the scalar flag; nullopt where it is garbled. Go looks at no flag, and has none.
  virtual std::optional<wire::Value> Body(std::string_view bytes) const = 0;
  // `update` merged over `stored`; nullopt where either is no array (php) or object (go).
  virtual std::optional<std::string> MergeSessions(std::string_view stored,
                                                   std::string_view update) const = 0;
  // True where `stored` is one whole session.
  virtual bool IsSession(std::string_view stored) const = 0;
};

// The dialects; they live for ever.
const GatewayDialect& PhpGatewayDialect();
const GatewayDialect& GoGatewayDialect();
const GatewayDialect& GatewayDialectOf(wire::DialectKind kind);

}  // namespace gatewayd::embedded
