#include "cluster/outbound_buffer.h"

#include <algorithm>

namespace gatewayd::cluster {
namespace {

// An emptied string above this gives its memory back: one burst must not keep 16 MiB for every link.
constexpr std::size_t kKeepCapacity = 1024 * 1024;

void Empty(std::string& bytes) {
  if (bytes.capacity() > kKeepCapacity) {
    std::string().swap(bytes);
  } else {
    bytes.clear();
  }
}

}  // namespace

void OutboundBuffer::EndFrame(bool is_command) {
  if (is_command) tail_ends_.push_back(static_cast<std::uint32_t>(tail_.size()));
}

std::string_view OutboundBuffer::Front() {
  if (front_written_ == front_.size()) {
    front_base_ += front_.size();
    Empty(front_);
    front_ends_.clear();
    front_.swap(tail_);
    front_ends_.swap(tail_ends_);
    front_written_ = front_sealed_ = 0;
  }
  if (front_written_ == front_sealed_) {
    const std::size_t rest = front_.size() - front_sealed_;
    front_sealed_ += codec_ == nullptr ? rest : codec_->Seal(front_.data() + front_sealed_, rest);
  }
  return std::string_view(front_).substr(front_written_, front_sealed_ - front_written_);
}

void OutboundBuffer::Consume(std::size_t bytes) {
  front_written_ += bytes;
}

std::uint64_t OutboundBuffer::Reset() {
  const auto first_lost = std::upper_bound(front_ends_.begin(), front_ends_.end(), front_written_);
  const std::uint64_t lost = static_cast<std::uint64_t>(front_ends_.end() - first_lost) + tail_ends_.size();
  Empty(front_);
  Empty(tail_);
  front_ends_.clear();
  tail_ends_.clear();
  front_written_ = front_sealed_ = 0;
  front_base_ = 0;
  return lost;
}

}  // namespace gatewayd::cluster
