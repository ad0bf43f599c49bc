// The baseline of Attach: a gRPC server that knows no Gateway, on one completion queue and one thread, with
// the same messages as gatewayd. What it does on a stream goes by the hello:
//
//   kinds, a name not "bench_echo"  batches of --batch events, as the window allows
//   kinds, the name "bench_echo"    one event; the next when a command has come; prints the times as JSON
//   when
//                                   the stream ends
//   no kinds                        commands are parsed and forgotten, a sync answered
//
// Prints "listening on ADDRESS" for each address given.
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/synchronization/mutex.h"
#include "bench/samples.h"
#include "gatewayworker/v1/worker_service.grpc.pb.h"

ABSL_FLAG(int, batch, 100, "events of a batch");
ABSL_FLAG(std::size_t, bytes, 100, "size of a message");

namespace {

namespace pb = gatewayworker::v1;
using gatewayd::bench::Clock;
using Service = pb::WorkerService::AsyncService;

void FillEvent(pb::Event* event) {
  event->set_kind(pb::EVENT_KIND_MESSAGE);
  event->set_client_id("7f0000010b5400000001");
  event->set_generation("0123456789abcdef-1");
  event->set_body(std::string(absl::GetFlag(FLAGS_bytes), 'x'));
  event->mutable_session();
  event->set_client_ip("127.0.0.1");
  event->set_client_port(40'000);
  event->set_gateway_port(7272);
  event->mutable_time_read()->set_seconds(1'800'000'000);
  event->mutable_time_read()->set_nanos(123'456'789);
  event->set_attempt(1);
}

class Stream {
 public:
  Stream(Service& service, grpc::ServerCompletionQueue& queue) : service_(service), queue_(queue) {
    service_.RequestAttach(&context_, &stream_, &queue_, &queue_, &start_);
  }

  // False: it is over, and to be deleted.
  bool Proceed(const void* tag, bool ok) {
    if (tag == &start_) {
      if (!ok) return false;
      new Stream(service_, queue_);
      stream_.Read(&request_, &read_);
    } else if (tag == &read_) {
      ok ? OnRead() : Leave();
    } else if (tag == &write_) {
      writing_ = false;  // where it failed, the read that is under way will say so too
    } else {
      return false;
    }
    Write();
    return true;
  }

  // The tags that gRPC is given; each knows its stream.
  struct Tag {
    explicit Tag(Stream* owner) : stream(owner) {}
    Stream* stream;
  };

 private:
  void OnRead() {
    if (request_.has_hello()) OnHello(request_.hello());
    if (request_.acks().up_to() > 0) acknowledged_ = request_.acks().up_to();
    if (ping_ && !request_.commands().empty()) {
      if (++pings_ > kWarmUp) samples_.Add(Clock::now() - pinged_);
      due_ = true;
    }
    if (request_.has_sync()) synced_ = true;
    if (request_.has_leave()) return Leave();
    request_.Clear();
    stream_.Read(&request_, &read_);
  }

  void OnHello(const pb::Hello& hello) {
    ping_ = hello.worker_name() == "bench_echo";
    due_ = ping_;
    window_ = hello.window_events() > 0 ? hello.window_events() : 1000;
    if (hello.kinds().empty()) window_ = 0;
    batch_size_ = ping_ ? 1 : absl::GetFlag(FLAGS_batch);
    for (int i = 0; i < batch_size_; ++i)
      FillEvent(batch_.mutable_events()->add_events());
    welcome_ = true;
  }

  void Leave() {
    if (std::exchange(left_, true)) return;
    if (samples_.size() > 0) samples_.Print();
    samples_.Clear();
  }

  void Write() {
    if (writing_ || finishing_) return;
    if (left_) {
      finishing_ = true;
      stream_.Finish(grpc::Status::OK, &finish_);
    } else if (std::exchange(welcome_, false)) {
      pb::AttachResponse response;
      response.mutable_welcome();
      Write(response);
    } else if (std::exchange(synced_, false)) {
      pb::AttachResponse response;
      response.mutable_synced()->set_number(1);
      Write(response);
    } else if (ping_ ? due_ : sent_ - acknowledged_ + static_cast<std::uint64_t>(batch_size_) <= window_) {
      if (window_ == 0) return;
      for (pb::Event& event : *batch_.mutable_events()->mutable_events())
        event.set_id(++sent_);
      due_ = false;
      pinged_ = Clock::now();
      Write(batch_);
    }
  }

  void Write(const pb::AttachResponse& response) {
    writing_ = true;
    stream_.Write(response, &write_);
  }

  static constexpr int kWarmUp = 200;

  Service& service_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<pb::AttachResponse, pb::AttachRequest> stream_{&context_};
  Tag start_{this}, read_{this}, write_{this}, finish_{this};
  pb::AttachRequest request_;
  pb::AttachResponse batch_;
  int batch_size_ = 0;
  std::uint64_t window_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t acknowledged_ = 0;
  bool ping_ = false;
  bool due_ = false;
  bool welcome_ = false;
  bool synced_ = false;
  bool writing_ = false;
  bool left_ = false;
  bool finishing_ = false;
  int pings_ = 0;
  Clock::time_point pinged_;
  gatewayd::bench::Samples samples_;
};

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as gatewayd does
  const std::vector<char*> addresses = absl::ParseCommandLine(argc, argv);
  Service service;
  grpc::ServerBuilder builder;
  std::vector<int> ports(addresses.size(), 0);
  for (std::size_t i = 1; i < addresses.size(); ++i)
    builder.AddListeningPort(addresses[i], grpc::InsecureServerCredentials(), &ports[i]);
  builder.RegisterService(&service);
  const auto queue = builder.AddCompletionQueue();
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  new Stream(service, *queue);
  for (std::size_t i = 1; i < addresses.size(); ++i)
    std::printf("listening on %s %d\n", addresses[i], ports[i]);
  std::fflush(stdout);
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) {
    Stream* const stream = static_cast<Stream::Tag*>(tag)->stream;
    if (!stream->Proceed(tag, ok)) delete stream;
  }
  return 0;
}
