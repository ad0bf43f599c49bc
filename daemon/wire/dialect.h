// The seam between the two dialects of the Gateway protocol: how packets and Register lines travel, and how
// answers and sessions are written. Everything above wire/ speaks to these two classes and never asks which
// dialect it is, except where a user can notice a difference (docs/dialects.md).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "wire/answers.h"
#include "wire/frame.h"
#include "wire/register_line.h"
#include "wire/value.h"

namespace gatewayd::wire {

enum class DialectKind { kPhp, kGo };

// What stands at the start of the bytes that came from a Gateway.
struct Packet {
  enum class Kind {
    kIncomplete,  // `size` is the packet's whole length where its head tells it, else 0
    kFrame,       // an event or a ping
    kAnswer,      // a query's answer: `answer` is the payload without its length
    kTooLarge,    // over the limit; `size` bytes must be passed over to go on
    kMalformed,  // the stream cannot be understood: close the link, `error` says why, and that the dialect is
                 // probably wrong where the bytes look like the other one's. Nothing decrypted is quoted.
  };
  Kind kind = Kind::kIncomplete;
  std::size_t size = 0;
  Frame frame;
  std::string_view answer;
  std::string error;
};

// What a link may carry, for the php dialect, in which an answer and a frame look alike. In go they do not,
// and either may come on any link.
enum class LinkRole {
  kQueries,  // GATEWAY_CLIENT_CONNECT: everything that comes is an answer
  kEvents,   // WORKER_CONNECT: frames; a length below 28 is an answer, to IS_ONLINE, the only query there
};

// The packets of one link. Holds per-link state (go: the key's schedule, IVs, scratch space): one per link,
// not thread-safe.
class PacketCodec {
 public:
  virtual ~PacketCodec() = default;

  // Appends `frame` as it travels, fit to be sent. FrameSize(frame) must not exceed kMaxFrameToGateway.
  void AppendFrame(const Frame& frame, std::string& out) {
    const std::size_t start = out.size();
    AppendUnsealed(frame, out);
    Seal(out.data() + start, out.size() - start);
  }

  // Its two steps, for a link that many frames wait on: go encrypts packets that are sealed together in a
  // third of the time. AppendUnsealed appends what has the packet's size and must not be sent yet. Seal makes
  // it fit to be sent, in place: `bytes` is what AppendUnsealed appended and nothing else, from the start of
  // a packet; returned is how many bytes are ready, whole packets, at least one where there is any, and no
  // more than `kSealAtOnce` and one. Go on with the rest when they are written.
  virtual void AppendUnsealed(const Frame& frame, std::string& out) = 0;
  virtual std::size_t Seal(char* bytes, std::size_t size) = 0;
  static constexpr std::size_t kSealAtOnce = std::size_t{64} * 1024;

  // Looks at the first packet of `bytes`; what it returns borrows from `bytes` or from the codec and is valid
  // until the next call. A frame, or an answer's payload, above `max_size` is kTooLarge; `Packet::size`
  // counts what travels (go: with length, IV and padding).
  virtual Packet Next(std::string_view bytes, LinkRole role, std::size_t max_size) = 0;
};

// One dialect. Immutable, shared by all links; every member is thread-safe.
class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual DialectKind kind() const = 0;
  virtual std::string_view name() const = 0;  // "php" or "go"
  virtual std::uint16_t default_register_port() const = 0;

  virtual std::unique_ptr<PacketCodec> NewPacketCodec(std::string_view secret) const = 0;

  // One Register line, '\n' included, from its JSON; and back, from a line without its '\n'. INVALID_ARGUMENT
  // where the line is not of this dialect, or (go) does not decrypt: "wrong secret or …".
  virtual std::string EncodeRegisterLine(std::string_view json, std::string_view secret) const = 0;
  virtual absl::StatusOr<std::string> DecodeRegisterLine(std::string_view line,
                                                         std::string_view secret) const = 0;

  // Answers. DATA_LOSS, with what was wrong, where the payload cannot be the answer to that query.
  virtual absl::StatusOr<std::uint64_t> DecodeCount(std::string_view answer) const = 0;  // IS_ONLINE, 24
  virtual absl::StatusOr<ConnectionIds> DecodeConnectionIds(std::string_view answer) const = 0;  // 15
  virtual absl::StatusOr<ConnectionIdsByUid> DecodeConnectionIdsByUid(
      std::string_view answer) const = 0;                                                            // 16
  virtual absl::StatusOr<CountsByGroup> DecodeCountsByGroup(std::string_view answer) const = 0;      // 28
  virtual absl::StatusOr<std::vector<std::string>> DecodeGroups(std::string_view answer) const = 0;  // 26
  // 10 and 23; 25. The visitor sees each entry in turn; what it borrows lives until it returns. Entries
  // before an error may have been visited.
  virtual absl::Status VisitSessions(std::string_view answer,
                                     absl::FunctionRef<void(const ClientSession&)> visit) const = 0;
  virtual absl::Status VisitSelected(std::string_view answer,
                                     absl::FunctionRef<void(const SelectedClient&)> visit) const = 0;
  // 203: nullopt = no such client; else the session's stored bytes, borrowed ("a:0:{}" or "{}" for none).
  virtual absl::StatusOr<std::optional<std::string_view>> DecodeSession(std::string_view answer) const = 0;

  // Sessions, and the handshakes of ON_WEBSOCKET_CONNECT: stored bytes to a value and back. The top is always
  // an array (php) or object (go); "" is the empty one. In go a byte string that is not UTF-8 is written with
  // U+FFFD and a number that is not finite as null, as JSON has neither.
  virtual absl::StatusOr<Value> DecodeSessionValue(std::string_view stored) const = 0;
  virtual std::string EncodeSessionValue(const Value& value) const = 0;
  // OK where `stored` may be stored: whole, and an array (php) or object (go).
  virtual absl::Status CheckSession(std::string_view stored) const = 0;
  // OK where UPDATE_SESSION may carry `stored`: a PHP Gateway unserializes it then, so it must hold plain
  // values only.
  virtual absl::Status CheckSessionUpdate(std::string_view stored) const { return CheckSession(stored); }

  // True where the Gateway takes this uid or group: php ignores "" and "0"; go changes what is not UTF-8, and
  // takes "" for everyone.
  virtual bool IsUsableName(std::string_view uid_or_group) const = 0;

  // Sets flag and body of KICK so that no message is sent before the close (php: "N;", flag 0; go: empty).
  virtual void SetNoMessage(Frame& kick) const = 0;
};

// The two dialects; they live for ever.
const Dialect& PhpDialect();
const Dialect& GoDialect();

}  // namespace gatewayd::wire
