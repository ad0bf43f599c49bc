// The memory of a call's messages, used again by the next call.
#pragma once

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
    // An InPlaceMessage gives it back by itself.
    if constexpr (requires { message_.ByteSizeLong(); }) {
      if (message_.ByteSizeLong() > kMaxKeptMessage) return false;
    }
    message_.Clear();
    return true;
  }

 private:
  Message message_;
};

// Empties a vector or string. Its memory is kept unless it is much.
template <typename Container>
void ForgetKept(Container& container) {
  if (container.capacity() * sizeof(*container.data()) > kMaxKeptMessage) Container().swap(container);
  container.clear();
}

}  // namespace gatewayd::api
