// Says when something has happened, as seconds of the monotonic clock, which bench.py reads too. It is
// started before, so that the start of a process is in no figure. Prints "probing" once it watches, then the
// time; fails after a minute.
//
//   bench_probe serving unix:/path   until a daemon listens there and its health is SERVING
//   bench_probe linked ADDRESS N     until N Gateways are linked, none in the generation it had before
#include <grpcpp/grpcpp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <thread>

#include "gatewayworker/v1/admin_service.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace {

namespace health = grpc::health::v1;
namespace pb = gatewayworker::v1;
using Clock = std::chrono::steady_clock;

constexpr auto kPollServing = std::chrono::milliseconds(1);
constexpr auto kPollLinked = std::chrono::milliseconds(20);  // a large view costs the daemon something

void Say(Clock::time_point when) {
  std::printf("%.6f\n", std::chrono::duration<double>(when.time_since_epoch()).count());
}

void SayProbing() {
  std::printf("probing\n");
  std::fflush(stdout);
}

// gRPC waits for a second after a refused connection, so it is asked only once somebody listens.
bool Listens(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const bool listens = ::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  ::close(descriptor);
  return listens;
}

void ProbeServing(const std::string& target) {
  const auto stub = health::Health::NewStub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  SayProbing();
  while (!Listens(target.substr(std::strlen("unix:"))))
    std::this_thread::sleep_for(kPollServing);
  for (;;) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    health::HealthCheckResponse response;
    const grpc::Status status = stub->Check(&context, {}, &response);
    if (status.ok() && response.status() == health::HealthCheckResponse::SERVING) break;
    std::this_thread::sleep_for(kPollServing);
  }
  Say(Clock::now());
}

pb::GetClusterViewResponse GetView(pb::AdminService::Stub& stub) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  pb::GetClusterViewResponse view;
  const grpc::Status status = stub.GetClusterView(&context, {}, &view);
  if (!status.ok()) std::fprintf(stderr, "GetClusterView: %s\n", status.error_message().c_str());
  return view;
}

bool AllLinked(const pb::GetClusterViewResponse& view, int count, const std::set<std::string>& before) {
  if (view.gateways_size() != count) return false;
  for (const pb::GatewayStatus& gateway : view.gateways()) {
    if (gateway.generation().empty() || before.contains(gateway.generation())) return false;
    if (gateway.links_size() == 0 || gateway.links(0).state() != pb::LINK_STATE_READY) return false;
  }
  return true;
}

void ProbeLinked(const std::string& target, int count) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  const auto stub = pb::AdminService::NewStub(
      grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
  std::set<std::string> before;
  const pb::GetClusterViewResponse view = GetView(*stub);
  for (const pb::GatewayStatus& gateway : view.gateways())
    before.insert(gateway.generation());
  SayProbing();
  while (!AllLinked(GetView(*stub), count, before))
    std::this_thread::sleep_for(kPollLinked);
  Say(Clock::now());
}

}  // namespace

int main(int argc, char** argv) {
  ::alarm(60);
  const std::string mode = argc > 2 ? argv[1] : "";
  if (mode == "serving" && argc == 3) {
    ProbeServing(argv[2]);
  } else if (mode == "linked" && argc == 4) {
    ProbeLinked(argv[2], std::stoi(argv[3]));
  } else {
    return 2;
  }
}
