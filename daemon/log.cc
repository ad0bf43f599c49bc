#include "log.h"

#include <glog/logging.h>
#include <grpc/support/log.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "api/text.h"
#include "wire/absl_view.h"

namespace gatewayd {
namespace {

using wire::ToAbsl;

constexpr absl::Duration kQuiet = absl::Minutes(1);

void AppendJson(std::string_view text, std::string* out) {
  const std::string fit = api::IsUtf8(text) ? std::string(text) : api::Printable(text);
  *out += '"';
  for (const char c : fit) {
    if (c == '"' || c == '\\') {
      *out += {'\\', c};
    } else if (c == '\n') {
      *out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      absl::StrAppend(out, "\\u00", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    } else {
      *out += c;
    }
  }
  *out += '"';
}

void AppendField(std::string_view name, std::string_view value, std::string* out) {
  *out += ',';
  AppendJson(name, out);
  *out += ':';
  AppendJson(value, out);
}

std::string_view SeverityText(google::LogSeverity severity) {
  constexpr std::string_view kTexts[] = {"info", "warning", "error", "fatal"};
  return kTexts[std::clamp(severity, 0, 3)];
}

// A line is one write, so that lines of several threads do not mix.
class JsonSink final : public google::LogSink {
 public:
  void send(google::LogSeverity severity, const char* /*full_filename*/, const char* base_filename, int line,
            const google::LogMessageTime& time, const char* message, std::size_t message_length) override {
    const std::string text =
        JsonLine({.time = absl::FromTimeT(time.timestamp()) + absl::Microseconds(time.usec()),
                  .severity = SeverityText(severity),
                  .file = base_filename,
                  .line = line,
                  .message = {message, message_length}}) +
        "\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
  }
};

// gRPC says of each connection that is no HTTP/2, or whose handshake fails, that it is so: a port scan would
// fill the log. Each kind of line is let through once a minute, with how many there were since.
void TakeGrpcLine(gpr_log_func_args* line) {
  static std::mutex mutex;
  static auto& said = *new std::map<std::pair<std::string, int>, std::pair<absl::Time, int>>;
  if (line->severity != GPR_LOG_SEVERITY_ERROR) {
    google::LogMessage(line->file, line->line, google::GLOG_INFO).stream() << "gRPC: " << line->message;
    return;
  }
  int more = 0;
  {
    std::lock_guard lock(mutex);
    auto& [last, count] = said[{line->file, line->line}];
    const absl::Time now = absl::Now();
    if (now < last + kQuiet) {
      ++count;
      return;
    }
    last = now;
    more = std::exchange(count, 0);
  }
  google::LogMessage(line->file, line->line, google::GLOG_WARNING).stream()
      << "gRPC: " << line->message << (more == 0 ? "" : absl::StrCat(" (and ", more, " such before)"));
}

}  // namespace

std::vector<std::pair<std::string_view, std::string>> LogFields(std::string_view message) {
  const std::size_t end = message.find(": ");
  if (end == std::string_view::npos) return {};
  const std::string_view head = message.substr(0, end);
  for (const std::string_view kind : {"gateway", "register"}) {
    if (!head.starts_with(kind) || head.size() < kind.size() + 2 || head[kind.size()] != ' ') continue;
    const std::string_view name = head.substr(kind.size() + 1);
    if (name.find(' ') == std::string_view::npos) return {{kind, std::string(name)}};
  }
  constexpr std::string_view kWorker = "worker ";
  if (head.starts_with(kWorker)) {
    const std::string_view rest = head.substr(kWorker.size());
    const std::size_t space = rest.find(' ');
    std::vector<std::pair<std::string_view, std::string>> fields = {
        {"worker_id", std::string(rest.substr(0, space))}};
    if (space != std::string_view::npos && rest.size() > space + 3 && rest[space + 1] == '"' &&
        rest.back() == '"')
      fields.emplace_back("worker_name", std::string(rest.substr(space + 2, rest.size() - space - 3)));
    return fields;
  }
  for (const std::string_view part : {"TLS", "tokens", "gRPC", "environment"}) {
    if (head == part) return {{"part", std::string(part)}};
  }
  return {};
}

std::string JsonLine(const LogLine& line) {
  std::string text = "{\"time\":";
  AppendJson(absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", line.time, absl::UTCTimeZone()), &text);
  AppendField("severity", line.severity, &text);
  AppendField("source", absl::StrCat(ToAbsl(line.file), ":", line.line), &text);
  for (const auto& [name, value] : LogFields(line.message))
    AppendField(name, value, &text);
  AppendField("message", line.message, &text);
  return text + "}";
}

void StartLog(LogFormat format) {
  gpr_set_log_function(&TakeGrpcLine);
  if (format == LogFormat::kText) return;
  FLAGS_logtostderr = false;
  FLAGS_stderrthreshold = google::NUM_SEVERITIES;
  for (int severity = 0; severity < google::NUM_SEVERITIES; ++severity)
    google::SetLogDestination(severity, "");
  google::AddLogSink(new JsonSink);  // for as long as the process lives
}

}  // namespace gatewayd
