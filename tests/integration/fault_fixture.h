// What the tests of faults share: the log as a test reads it, calls with what their status says, and a daemon
// beside Gateways and Registers that do as they are told.
#pragma once

#include <glog/logging.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "integration/fake_gateway.h"
#include "integration/fixture.h"
#include "wire/register_line.h"

namespace gatewayd::test {

// Everything that is logged while it lives. Thread-safe.
class LogCapture final : public google::LogSink {
 public:
  LogCapture() { google::AddLogSink(this); }
  ~LogCapture() override { google::RemoveLogSink(this); }

  void send(google::LogSeverity severity, const char* /*full_filename*/, const char* /*base_filename*/,
            int /*line*/, const google::LogMessageTime& /*time*/, const char* message,
            std::size_t size) override {
    std::lock_guard lock(mutex_);
    lines_.push_back(absl::StrCat(google::GetLogSeverityName(severity), " ", std::string(message, size)));
  }

  // Lines that hold all of `parts`; a severity ("WARNING") is one.
  int Count(const std::vector<std::string>& parts) const {
    std::lock_guard lock(mutex_);
    return static_cast<int>(std::count_if(lines_.begin(), lines_.end(), [&](const std::string& line) {
      return std::all_of(parts.begin(), parts.end(),
                         [&](const std::string& part) { return absl::StrContains(line, part); });
    }));
  }
  bool Has(const std::vector<std::string>& parts) const { return Count(parts) > 0; }
  // Waits for such a line: what is logged comes a moment after the caller has his answer.
  bool Comes(const std::vector<std::string>& parts) const {
    return Eventually([&] { return Has(parts); });
  }
  std::string all() const {
    std::lock_guard lock(mutex_);
    std::string text;
    for (const std::string& line : lines_)
      text += line + "\n";
    return text;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// How a call ended.
struct Outcome {
  grpc::StatusCode code = grpc::StatusCode::OK;
  std::string reason;   // gatewayd-reason
  std::string gateway;  // gatewayd-gateway
  std::string text;

  bool ok() const { return code == grpc::StatusCode::OK; }
  bool Says(const std::string& part) const { return absl::StrContains(text, part); }
};
inline std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << "code " << outcome.code << ", reason \"" << outcome.reason << "\", gateway \""
             << outcome.gateway << "\": " << outcome.text;
}

inline std::string Trailer(const grpc::ClientContext& context, const char* key) {
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto at = metadata.find(key);
  return at == metadata.end() ? "" : std::string(at->second.data(), at->second.size());
}
inline Outcome OutcomeOf(const grpc::Status& status, const grpc::ClientContext& context) {
  return {.code = status.error_code(),
          .reason = Trailer(context, "gatewayd-reason"),
          .gateway = Trailer(context, "gatewayd-gateway"),
          .text = status.error_message()};
}

// A generous limit for calls that must end by themselves: a call that meets it has hung.
inline void SetPatience(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
}

template <typename Request, typename Response>
Outcome CallFor(Daemon& daemon,
                grpc::Status (pb::GatewayService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                 Response*),
                const Request& request, Response* response = nullptr) {
  grpc::ClientContext context;
  SetPatience(context);
  Response own;
  const grpc::Status status = daemon.Call(method, request, response != nullptr ? response : &own, &context);
  return OutcomeOf(status, context);
}

inline pb::IsOnlineRequest IsOnline(const std::string& client_id) {
  pb::IsOnlineRequest request;
  request.set_client_id(client_id);
  return request;
}
inline pb::SendToClientRequest SendText(const std::string& client_id, const std::string& text) {
  pb::SendToClientRequest request;
  request.set_client_id(client_id);
  request.mutable_message()->set_text(text);
  return request;
}
inline pb::SendToAllRequest Broadcast(const std::string& text) {
  pb::SendToAllRequest request;
  request.mutable_message()->set_text(text);
  return request;
}
inline pb::BindUidRequest Bind(const std::string& client_id, const std::string& uid) {
  pb::BindUidRequest request;
  request.set_client_id(client_id);
  request.set_uid(uid);
  return request;
}

// CPU time that this process has used, the daemon in it included.
inline std::chrono::microseconds CpuTime() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

// The Gateway as the view shows it; empty where it is no member.
inline pb::GatewayStatus Shown(Daemon& daemon, const std::string& address) {
  const auto view = daemon.ClusterView();
  for (const auto& gateway : view.gateways()) {
    if (gateway.address() == address) return gateway;
  }
  return {};
}

// One FakeGateway behind a Register, with every time-out of the daemon made short.
class FakeGatewayTest : public ::testing::Test {
 protected:
  static Config ShortConfig(std::vector<std::string> registers) {
    Config config = DaemonConfig(std::move(registers));
    config.cluster.query_timeout = absl::Milliseconds(300);
    config.cluster.connect_timeout = absl::Milliseconds(300);
    config.cluster.barrier_timeout = absl::Milliseconds(200);
    config.cluster.close_wait = absl::Milliseconds(100);
    return config;
  }
  void SetUp() override {
    register_ = std::make_unique<FakeRegister>(wire::BroadcastAddressesJson({gateway_.address()}) + "\n");
    daemon_ = std::make_unique<Daemon>(ShortConfig({register_->address()}));
    ASSERT_TRUE(daemon_->WaitLinked(1));
  }

  template <typename Request, typename Response>
  Outcome Call(grpc::Status (pb::GatewayService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                Response*),
               const Request& request, Response* response = nullptr) {
    return CallFor(*daemon_, method, request, response);
  }
  pb::GatewayStatus Shown() { return test::Shown(*daemon_, gateway_.address()); }
  // Waits for a counter that comes a moment after the caller has his answer.
  bool Counts(const std::string& name, std::uint64_t at_least) {
    return Eventually([&] { return daemon_->Counter(name) >= at_least; });
  }
  // The link is there again and everything is as before: the proof that a fault has healed.
  void ExpectHealed() {
    EXPECT_TRUE(daemon_->WaitLinked(1));
    pb::IsOnlineResponse online;
    const Outcome outcome = Call(&pb::GatewayService::Stub::IsOnline, IsOnline(gateway_.ClientId()), &online);
    EXPECT_TRUE(outcome.ok()) << outcome;
    EXPECT_TRUE(online.online());
    EXPECT_TRUE(daemon_->ClusterView().degraded().empty());
  }

  LogCapture log_;
  FakeGateway gateway_;
  std::unique_ptr<FakeRegister> register_;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace gatewayd::test
