// Requests that the daemon reads by itself: those that hold commands. Workers send in bulk, and nearly all
// that they send is some bytes to one client. Protobuf copies id and bytes of each such command into two
// strings, which are allocated to be copied once more into a frame: a quarter of what the command costs. They
// are read where they stand here, and everything else by Protobuf (docs/decisions/019).
#pragma once

#include <google/protobuf/arena.h>
#include <google/protobuf/io/zero_copy_stream.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gatewayworker/v1/gateway_service.pb.h"

namespace gatewayd::api {

// A command, borrowed from the request that it was read from.
struct CommandEntry {
  // One that is not in the form below; null for one that is.
  const gatewayworker::v1::Command* command = nullptr;
  // SendToClient, or SendToCurrentClient, in which nothing is set but `client_id` and `message.data`. The id
  // has 20 ASCII characters, which need be no hex digits, or is "".
  std::string_view client_id;
  std::string_view data;
  bool current = false;  // it is SendToCurrentClient
};

// A request that is read in place. Not thread-safe; the memory of one is used again for the next.
class InPlaceMessage {
 public:
  // Takes all that comes. False, and an empty request, where Protobuf would not parse it.
  bool Parse(google::protobuf::io::ZeroCopyInputStream* in);
  // Empties it, and gives much memory back (as KeptMessage).
  void Clear();

 protected:
  InPlaceMessage();
  ~InPlaceMessage() = default;

  // Reads `bytes`, which live as long as what is read. False: there is something in them that it does not
  // know, and Protobuf must read all of them.
  virtual bool ReadInPlace(std::string_view bytes) = 0;
  // The same by Protobuf, on arena(). False: it does not parse.
  virtual bool ReadByProtobuf(std::string_view bytes) = 0;
  // Empties what was read, and gives much memory back.
  virtual void Forget() = 0;

  // What Protobuf reads of the request at hand.
  google::protobuf::Arena& arena() { return arena_; }

 private:
  std::string bytes_;
  google::protobuf::Arena arena_;
};

// ---- For those who read; `bytes` is shortened by what was taken.

// How a field begins: number and wire type, for numbers below 16.
constexpr char VarintTag(int field_number) {
  return static_cast<char>(field_number << 3);
}
constexpr char LengthTag(int field_number) {
  return static_cast<char>((field_number << 3) | 2);
}

// The content of the field that `bytes` begin with; nullopt where it has another tag, or is not all there.
std::optional<std::string_view> TakeField(char tag, std::string_view* bytes);
// The number in the field that `bytes` begin with; 0 where it has another tag; nullopt where it is cut short.
std::optional<std::uint64_t> TakeNumber(char tag, std::string_view* bytes);

// A Command, in place or by Protobuf, on `arena`. `depth` is that of the Command within its request, whose
// depth Protobuf limits. nullopt: Protobuf would not parse it.
std::optional<CommandEntry> ReadCommand(std::string_view bytes, int depth, google::protobuf::Arena& arena);

// Message::MergeFromString for what stands within a request, `depth` messages deep.
bool MergeWithin(std::string_view bytes, int depth, google::protobuf::MessageLite* message);

// ---- For those who serve its rpc

// The place of a method in its service, by which gRPC's generated code calls it.
int MethodIndex(const std::string& full_name);

}  // namespace gatewayd::api

// How gRPC reads one.
template <std::derived_from<gatewayd::api::InPlaceMessage> Message>
class grpc::SerializationTraits<Message, void> {
 public:
  static Status Deserialize(ByteBuffer* buffer, Message* message) {
    ProtoBufferReader reader(buffer);
    const bool read = reader.status().ok() && message->Parse(&reader);
    buffer->Clear();
    return read ? Status::OK : Status(StatusCode::INTERNAL, "it does not parse");
  }
};
