#include "wait.h"

#include <google/protobuf/empty.pb.h>
#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace gatewayd {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(20);
constexpr absl::Duration kOneTry = absl::Seconds(2);

// grpc.health.v1 without its generated code, which the distribution does not ship: an empty
// HealthCheckRequest asks for the whole server, and a HealthCheckResponse is one enum in field 1, which reads
// as an Int32Value.
using Request = google::protobuf::Empty;
using Response = google::protobuf::Int32Value;
constexpr int kServing = 1;

grpc::Status Check(grpc::TemplatedGenericStub<Request, Response>& stub, absl::Time deadline,
                   Response* response) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  context.set_wait_for_ready(true);
  grpc::CompletionQueue queue;
  grpc::Status status;
  const auto reader = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", Request(), &queue);
  reader->StartCall();
  reader->Finish(response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  return status;
}

// Nothing is said to it but the question whether it serves: whose certificate it shows is no matter, and it
// may well be made out to another name than the one by which this host calls it.
std::shared_ptr<grpc::ChannelCredentials> CredentialsFor(const Config& config) {
  if (!config.wait_by_tls || config.address.starts_with("unix:")) return grpc::InsecureChannelCredentials();
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  options.set_check_call_host(false);
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace

absl::Status AskWhetherServing(const std::string& address, absl::Duration timeout) {
  grpc::TemplatedGenericStub<Request, Response> stub(
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  Response response;
  const grpc::Status status = Check(stub, absl::Now() + timeout, &response);
  if (!status.ok()) return absl::UnavailableError(status.error_message());
  if (response.value() != kServing) return absl::UnavailableError("NOT_SERVING");
  return absl::OkStatus();
}

absl::Status WaitUntilServing(const Config& config) {
  grpc::TemplatedGenericStub<Request, Response> stub(
      grpc::CreateChannel(config.address, CredentialsFor(config)));
  const absl::Time end = absl::Now() + config.wait_timeout;
  std::string last = "nothing";
  while (absl::Now() < end) {
    Response response;
    const grpc::Status status = Check(stub, std::min(end, absl::Now() + kOneTry), &response);
    if (status.ok() && response.value() == kServing) return absl::OkStatus();
    last = status.ok() ? "NOT_SERVING" : status.error_message();
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(kPoll));
  }
  return absl::DeadlineExceededError(absl::StrCat("gatewayd at ", config.address, " is not ready after ",
                                                  absl::FormatDuration(config.wait_timeout), ": ", last));
}

}  // namespace gatewayd
