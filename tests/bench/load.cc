// A load generator: one connection, one thread, a fixed number of calls in flight, for a fixed time. Prints
// one line of JSON: calls a second, latency percentiles in microseconds, failures. The client's own cost is
// in every figure, the baseline's too: only ratios mean anything.
#include <grpcpp/grpcpp.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gatewayworker/v1/gateway_service.grpc.pb.h"

ABSL_FLAG(std::string, target, "127.0.0.1:50051", "the server");
ABSL_FLAG(std::string, method, "SendToClient",
          "SendToClient, IsOnline, SendToAll, GetAllClientCount or Execute");
ABSL_FLAG(int, in_flight, 64, "calls in flight");
ABSL_FLAG(absl::Duration, duration, absl::Seconds(2), "how long to measure");
ABSL_FLAG(absl::Duration, warmup, absl::Milliseconds(300), "how long to run before");
ABSL_FLAG(std::string, client_id, "7f0000010b5400000001", "the client that is sent to and asked for");
ABSL_FLAG(int, bytes, 100, "size of a message");
ABSL_FLAG(int, commands, 100, "commands of an Execute");
ABSL_FLAG(int, rate, 0, "calls a second, with one in flight; 0: as many as it takes");
ABSL_FLAG(bool, failures_are_fine, false, "exit 0 although calls failed");

namespace {

namespace pb = gatewayworker::v1;
using Clock = std::chrono::steady_clock;

struct Result {
  std::vector<float> latencies_us;
  std::uint64_t failed = 0;
  double seconds = 0;
  std::string first_error;
};

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <typename Request, typename Response>
class Load {
 public:
  using Start = std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (pb::GatewayService::Stub::*)(
      grpc::ClientContext*, const Request&, grpc::CompletionQueue*);

  Load(pb::GatewayService::Stub& stub, Request request, Start start)
      : stub_(stub), request_(std::move(request)), start_(start) {}

  Result Run(int in_flight, absl::Duration warmup, absl::Duration duration) {
    const auto begin = Clock::now() + absl::ToChronoNanoseconds(warmup);
    const auto end = begin + absl::ToChronoNanoseconds(duration);
    std::vector<Call> calls(static_cast<std::size_t>(in_flight));
    for (Call& call : calls)
      Begin(call);
    Result result;
    int running = in_flight;
    void* tag = nullptr;
    bool ok = false;
    while (running > 0 && queue_.Next(&tag, &ok)) {
      Call& call = *static_cast<Call*>(tag);
      const auto now = Clock::now();
      if (!call.status.ok()) {
        if (result.failed++ == 0) result.first_error = call.status.error_message();
      } else if (call.started >= begin && now < end) {
        result.latencies_us.push_back(std::chrono::duration<float, std::micro>(now - call.started).count());
      }
      if (now < end) {
        Begin(call);
      } else {
        --running;
      }
    }
    result.seconds = absl::ToDoubleSeconds(duration);
    return result;
  }

 private:
  struct Call {
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
    Response response;
    grpc::Status status;
    Clock::time_point started;
  };

  void Begin(Call& call) {
    if (const int rate = absl::GetFlag(FLAGS_rate); rate > 0) {
      next_start_ = std::max(next_start_ + std::chrono::nanoseconds(1'000'000'000 / rate), Clock::now());
      std::this_thread::sleep_until(next_start_);
    }
    call.context = std::make_unique<grpc::ClientContext>();
    call.started = Clock::now();
    call.reader = (stub_.*start_)(call.context.get(), request_, &queue_);
    call.reader->Finish(&call.response, &call.status, &call);
  }

  pb::GatewayService::Stub& stub_;
  const Request request_;
  const Start start_;
  grpc::CompletionQueue queue_;
  Clock::time_point next_start_;
};

template <typename Request, typename Response>
Result RunLoad(pb::GatewayService::Stub& stub, Request request,
               typename Load<Request, Response>::Start start) {
  return Load<Request, Response>(stub, std::move(request), start)
      .Run(absl::GetFlag(FLAGS_in_flight), absl::GetFlag(FLAGS_warmup), absl::GetFlag(FLAGS_duration));
}

pb::SendToClientRequest Message() {
  pb::SendToClientRequest request;
  request.set_client_id(absl::GetFlag(FLAGS_client_id));
  request.mutable_message()->set_data(std::string(static_cast<std::size_t>(absl::GetFlag(FLAGS_bytes)), 'x'));
  return request;
}

Result RunMethod(const std::string& method, pb::GatewayService::Stub& stub) {
  using Stub = pb::GatewayService::Stub;
  if (method == "SendToClient") {
    return RunLoad<pb::SendToClientRequest, pb::SendToClientResponse>(stub, Message(),
                                                                      &Stub::AsyncSendToClient);
  }
  if (method == "IsOnline") {
    pb::IsOnlineRequest request;
    request.set_client_id(absl::GetFlag(FLAGS_client_id));
    return RunLoad<pb::IsOnlineRequest, pb::IsOnlineResponse>(stub, request, &Stub::AsyncIsOnline);
  }
  if (method == "SendToAll") {
    pb::SendToAllRequest request;
    *request.mutable_message() = Message().message();
    return RunLoad<pb::SendToAllRequest, pb::SendToAllResponse>(stub, request, &Stub::AsyncSendToAll);
  }
  if (method == "GetAllClientCount") {
    return RunLoad<pb::GetAllClientCountRequest, pb::GetAllClientCountResponse>(
        stub, {}, &Stub::AsyncGetAllClientCount);
  }
  if (method == "Execute") {
    pb::ExecuteRequest request;
    for (int i = 0; i < absl::GetFlag(FLAGS_commands); ++i)
      *request.add_commands()->mutable_send_to_client() = Message();
    return RunLoad<pb::ExecuteRequest, pb::ExecuteResponse>(stub, request, &Stub::AsyncExecute);
  }
  std::fprintf(stderr, "unknown method %s\n", method.c_str());
  std::exit(2);
}

float Percentile(const std::vector<float>& sorted, double part) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as gatewayd does
  absl::ParseCommandLine(argc, argv);
  const auto channel = grpc::CreateChannel(absl::GetFlag(FLAGS_target), grpc::InsecureChannelCredentials());
  const auto stub = pb::GatewayService::NewStub(channel);
  const double cpu_before = CpuSeconds();
  Result result = RunMethod(absl::GetFlag(FLAGS_method), *stub);
  std::sort(result.latencies_us.begin(), result.latencies_us.end());
  std::printf(
      "{\"method\": \"%s\", \"in_flight\": %d, \"calls_per_second\": %.0f, \"p50_us\": %.1f, \"p99_us\": "
      "%.1f, "
      "\"calls\": %zu, \"failed\": %llu, \"client_cpu_seconds\": %.3f}\n",
      absl::GetFlag(FLAGS_method).c_str(), absl::GetFlag(FLAGS_in_flight),
      static_cast<double>(result.latencies_us.size()) / result.seconds, Percentile(result.latencies_us, 0.5),
      Percentile(result.latencies_us, 0.99), result.latencies_us.size(),
      static_cast<unsigned long long>(result.failed), CpuSeconds() - cpu_before);
  if (result.failed > 0)
    std::fprintf(stderr, "%llu calls failed: %s\n", static_cast<unsigned long long>(result.failed),
                 result.first_error.c_str());
  return result.failed > 0 && !absl::GetFlag(FLAGS_failures_are_fine) ? 1 : 0;
}
