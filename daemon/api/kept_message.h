// The memory of a call's messages, used again by the next call.
#pragma once

#include <google/protobuf/arena.h>

#include <concepts>
#include <cstddef>

namespace gatewayd::api {

// Messages above this are not kept for the next call.
inline constexpr std::size_t kMaxKeptMessage = 64 * 1024;

// A message whose memory is kept from call to call: the fields of a protobuf message keep theirs when it is
// cleared. Not thread-safe.
template <typename Message>
class KeptMessage {
 public:
  Message& get() { return message_; }
  const Message& get() const { return message_; }
  // Empties it. False where it was so large that its memory should rather be given back, by destroying this.
  bool Clear() {
    if constexpr (requires {
                    { message_.Clear() } -> std::same_as<bool>;
                  }) {
      return message_.Clear();  // it knows itself
    } else {
      if (message_.ByteSizeLong() > kMaxKeptMessage) return false;
      message_.Clear();
      return true;
    }
  }

 private:
  Message message_;
};

// The same for a list of commands. A cleared oneof gives back all that it held, in half a dozen small pieces
// for each command; on an arena all of them go at once.
template <typename Message>
requires requires(const Message& message) {
  message.commands();
}
class KeptMessage<Message> {
 public:
  Message& get() { return *message_; }
  const Message& get() const { return *message_; }
  bool Clear() {
    arena_.Reset();
    message_ = Make();
    return true;
  }

 private:
  static google::protobuf::ArenaOptions Options() {
    google::protobuf::ArenaOptions options;
    options.start_block_size = 1024;
    options.max_block_size = kMaxKeptMessage;
    return options;
  }
  Message* Make() { return google::protobuf::Arena::CreateMessage<Message>(&arena_); }

  google::protobuf::Arena arena_{Options()};
  Message* message_ = Make();
};

}  // namespace gatewayd::api
