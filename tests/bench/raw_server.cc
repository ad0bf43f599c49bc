// The baseline: a gRPC server that does nothing but answer, on one completion queue and one thread. It serves
// four methods of GatewayService with the same messages as gatewayd, so that a ratio compares like with like;
// Execute only parses. Prints "listening on ADDRESS" for each address given.
#include <grpcpp/grpcpp.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "gatewayworker/v1/gateway_service.grpc.pb.h"

namespace {

namespace pb = gatewayworker::v1;
using Service = pb::GatewayService::AsyncService;

struct Tag {
  virtual ~Tag() = default;
  virtual void Proceed(bool ok) = 0;
};

// One outstanding call of one method; asks for the next as soon as it has one.
template <typename Request, typename Response>
class Call final : public Tag {
 public:
  using Ask = void (Service::*)(grpc::ServerContext*, Request*, grpc::ServerAsyncResponseWriter<Response>*,
                                grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*);

  Call(Service& service, grpc::ServerCompletionQueue& queue, Ask ask)
      : service_(service), queue_(queue), ask_(ask) {
    Next();
  }

  void Proceed(bool ok) override {
    if (finishing_) {
      finishing_ = false;
      Next();
    } else if (ok) {
      finishing_ = true;
      writer_->Finish(response_, grpc::Status::OK, this);
    }
  }

 private:
  void Next() {
    writer_.reset();
    context_ = std::make_unique<grpc::ServerContext>();
    request_.Clear();
    writer_ = std::make_unique<grpc::ServerAsyncResponseWriter<Response>>(context_.get());
    (service_.*ask_)(context_.get(), &request_, writer_.get(), &queue_, &queue_, this);
  }

  Service& service_;
  grpc::ServerCompletionQueue& queue_;
  const Ask ask_;
  std::unique_ptr<grpc::ServerContext> context_;
  Request request_;
  Response response_;
  std::unique_ptr<grpc::ServerAsyncResponseWriter<Response>> writer_;
  bool finishing_ = false;
};

constexpr int kOutstanding = 128;

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as gatewayd does
  Service service;
  grpc::ServerBuilder builder;
  std::vector<int> ports(static_cast<std::size_t>(argc), 0);
  for (int i = 1; i < argc; ++i)
    builder.AddListeningPort(argv[i], grpc::InsecureServerCredentials(), &ports[i]);
  builder.RegisterService(&service);
  builder.SetMaxReceiveMessageSize(16 * 1024 * 1024);
  const auto queue = builder.AddCompletionQueue();
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::vector<std::unique_ptr<Tag>> calls;
  for (int i = 0; i < kOutstanding; ++i) {
    calls.push_back(std::make_unique<Call<pb::SendToClientRequest, pb::SendToClientResponse>>(
        service, *queue, &Service::RequestSendToClient));
    calls.push_back(std::make_unique<Call<pb::IsOnlineRequest, pb::IsOnlineResponse>>(
        service, *queue, &Service::RequestIsOnline));
    calls.push_back(std::make_unique<Call<pb::GetAllClientCountRequest, pb::GetAllClientCountResponse>>(
        service, *queue, &Service::RequestGetAllClientCount));
    calls.push_back(std::make_unique<Call<pb::ExecuteRequest, pb::ExecuteResponse>>(
        service, *queue, &Service::RequestExecute));
  }
  for (int i = 1; i < argc; ++i)
    std::printf("listening on %s %d\n", argv[i], ports[i]);
  std::fflush(stdout);
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok))
    static_cast<Tag*>(tag)->Proceed(ok);
  return 0;
}
