#include "config_ranges.h"

#include <algorithm>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "flags.h"
#include "wire/absl_view.h"
#include "wire/frame.h"

namespace gatewayd {
namespace {

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kGiB = 1024 * kMiB;

constexpr Range kRanges[] = {
    {"command_buffer", static_cast<std::int64_t>(wire::kMaxFrameToGateway), 4 * kGiB},
    {"cq_threads", 1, 64},
    {"embedded_frame_port", -1, 65535},
    {"embedded_gateways", 1, 1000},
    {"embedded_page_port", -1, 65535},
    {"embedded_tcp_port", -1, 65535},
    {"embedded_text_port", -1, 65535},
    {"embedded_websocket_port", -1, 65535},
    {"event_memory", kMiB, 64 * kGiB},
    {"max_answers", kMiB, 4 * kGiB},
    {"max_connections", 1, 1'000'000},
    {"max_deliveries", 1, 1000},
    {"max_event_bytes", kKiB, kGiB},
    {"max_request_bytes", 64 * kKiB, kGiB},
    {"max_streams_per_connection", 1, 1'000'000},
    {"max_waiting_queries", 1, 1'000'000},
    {"query_links", 1, 16},
};

std::string Number(const absl::CommandLineFlag& flag, std::int64_t value) {
  if (!flag.IsOfType<Bytes>()) return absl::StrCat(value);
  return AbslUnparseFlag(Bytes{static_cast<std::size_t>(value)});
}

std::string Text(const absl::CommandLineFlag& flag, const Range& range) {
  return absl::StrCat(Number(flag, range.low), " to ", Number(flag, range.high));
}

std::int64_t ValueOf(const absl::CommandLineFlag& flag) {
  if (const auto bytes = flag.TryGet<Bytes>()) return static_cast<std::int64_t>(bytes->value);
  return flag.TryGet<int>().value_or(0);
}

}  // namespace

std::span<const Range> Ranges() {
  return kRanges;
}

std::string TakesText(const absl::CommandLineFlag& flag) {
  if (flag.IsOfType<bool>()) return "true or false";
  if (flag.IsOfType<OptionalText>()) return "nothing, or text";
  if (flag.IsOfType<absl::Duration>()) return "a time above 0, such as `250ms`, `5s`, `2m`";
  const auto range =
      std::ranges::find(kRanges, std::string_view(flag.Name().data(), flag.Name().size()), &Range::flag);
  if (range == std::end(kRanges)) return "text";
  return absl::StrCat(flag.IsOfType<Bytes>() ? "bytes, " : "a number, ", Text(flag, *range));
}

void CheckRanges(std::vector<std::string>* problems) {
  for (const Range& range : kRanges) {
    const absl::CommandLineFlag* flag = absl::FindCommandLineFlag(wire::ToAbsl(range.flag));
    if (flag == nullptr) continue;
    const std::int64_t value = ValueOf(*flag);
    if (value >= range.low && value <= range.high) continue;
    problems->push_back(absl::StrCat("--", flag->Name(), ": ", Number(*flag, value), " is not in ",
                                     Text(*flag, range), WhereSet(flag->Name())));
  }
  for (const absl::CommandLineFlag* flag : OurFlags()) {
    const auto time = flag->TryGet<absl::Duration>();
    if (!time || (*time > absl::ZeroDuration() && *time < absl::InfiniteDuration())) continue;
    problems->push_back(absl::StrCat("--", flag->Name(), ": ", absl::FormatDuration(*time),
                                     " is not a positive time", WhereSet(flag->Name())));
  }
}

}  // namespace gatewayd
