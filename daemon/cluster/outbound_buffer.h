// The bytes that wait to be written to one connection: bounded, appended to at the end while the front is
// being written, with a count of the frames that a broken connection did not get. No I/O inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/dialect.h"

namespace gatewayd::cluster {

// Not thread-safe. Offsets count all bytes of the connection's life; Reset starts a new life.
class OutboundBuffer {
 public:
  explicit OutboundBuffer(std::size_t limit) : limit_(limit) {}

  // Whether `bytes` more may be appended. One frame at the limit itself fits into an empty buffer.
  bool HasRoom(std::size_t bytes) const { return pending() + bytes <= limit_; }
  std::size_t limit() const { return limit_; }

  // Who makes what was appended fit to be sent, from now on; it must live until the next call, or until
  // nothing waits. Without one everything is fit as it is appended. Only where nothing waits.
  void SealBy(wire::PacketCodec& codec) { codec_ = &codec; }

  // The string to append one encoded frame to (by AppendUnsealed); EndFrame must follow.
  std::string& BeginFrame() { return tail_; }
  void EndFrame(bool is_command);

  // Bytes that wait. Offset of the end of what was appended, and of what was written.
  std::size_t pending() const { return front_.size() - front_written_ + tail_.size(); }
  std::uint64_t appended() const { return front_base_ + front_.size() + tail_.size(); }
  std::uint64_t written() const { return front_base_ + front_written_; }

  // What to write next, sealed: empty where nothing waits. Valid until Consume or Reset; appending does not
  // move it. Not always all that waits.
  std::string_view Front();
  // `bytes` of Front() were written.
  void Consume(std::size_t bytes);

  // Forgets everything for a new connection; returns how many commands were not wholly written.
  std::uint64_t Reset();

 private:
  // Where a command ends, as an offset into the string it stands in: only commands are counted when lost.
  using Ends = std::vector<std::uint32_t>;

  std::size_t limit_;
  wire::PacketCodec* codec_ = nullptr;
  std::string front_;  // being written, from front_written_ on; sealed up to front_sealed_
  std::string tail_;   // appended to
  Ends front_ends_, tail_ends_;
  std::size_t front_written_ = 0;
  std::size_t front_sealed_ = 0;
  std::uint64_t front_base_ = 0;  // offset of front_[0]
};

}  // namespace gatewayd::cluster
