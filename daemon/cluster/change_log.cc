#include "cluster/change_log.h"

#include <algorithm>
#include <utility>

namespace gatewayd::cluster {
namespace {

constexpr char kEllipsis[] = "…";

// At the beginning of a character, so that UTF-8 stays UTF-8.
void Shorten(std::string& text) {
  if (text.size() <= ChangeLog::kMaxText) return;
  std::size_t end = ChangeLog::kMaxText - (sizeof(kEllipsis) - 1);
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
  };
  while (end > 0 && continues(end))
    --end;
  text.resize(end);
  text += kEllipsis;
}

}  // namespace

const char* ToString(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kReady:
      return "ready";
    case ChangeKind::kDraining:
      return "draining";
    case ChangeKind::kRegisterUp:
      return "register_up";
    case ChangeKind::kRegisterLost:
      return "register_lost";
    case ChangeKind::kGatewayJoined:
      return "gateway_joined";
    case ChangeKind::kGatewayLeft:
      return "gateway_left";
    case ChangeKind::kGatewayUnlisted:
      return "gateway_unlisted";
    case ChangeKind::kGatewayUnreachable:
      return "gateway_unreachable";
    case ChangeKind::kGatewayNews:
      return "gateway_news";
    case ChangeKind::kLinkUp:
      return "link_up";
    case ChangeKind::kLinkLost:
      return "link_lost";
    case ChangeKind::kEventLinkUp:
      return "event_link_up";
    case ChangeKind::kEventLinkGone:
      return "event_link_gone";
    case ChangeKind::kWorkerAttached:
      return "worker_attached";
    case ChangeKind::kWorkerDraining:
      return "worker_draining";
    case ChangeKind::kWorkerLeft:
      return "worker_left";
    case ChangeKind::kWorkerLost:
      return "worker_lost";
    case ChangeKind::kMemoryFull:
      return "memory_full";
    case ChangeKind::kMemoryFree:
      return "memory_free";
  }
  return "unknown";
}

bool IsTrouble(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kRegisterLost:
    case ChangeKind::kGatewayUnlisted:
    case ChangeKind::kGatewayUnreachable:
    case ChangeKind::kGatewayNews:
    case ChangeKind::kLinkLost:
    case ChangeKind::kWorkerLost:
    case ChangeKind::kMemoryFull:
      return true;
    default:
      return false;
  }
}

void ChangeLog::Add(ChangeKind kind, std::string subject, std::string text) {
  Shorten(subject);
  Shorten(text);
  const absl::Time time = now_();
  std::lock_guard lock(mutex_);
  changes_.push_back({.number = ++newest_,
                      .time = time,
                      .kind = kind,
                      .subject = std::move(subject),
                      .text = std::move(text)});
  if (changes_.size() > capacity_) changes_.pop_front();
}

ChangeLog::Page ChangeLog::After(std::uint64_t number) const {
  std::lock_guard lock(mutex_);
  Page page{.newest = newest_};
  if (number >= newest_) return page;
  const std::uint64_t oldest = newest_ - changes_.size() + 1;
  const std::uint64_t first = std::max(number + 1, oldest);
  page.forgotten = first - (number + 1);
  page.changes.assign(changes_.begin() + static_cast<std::ptrdiff_t>(first - oldest), changes_.end());
  return page;
}

}  // namespace gatewayd::cluster
