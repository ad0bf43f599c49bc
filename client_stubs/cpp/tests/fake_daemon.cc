#include "fake_daemon.h"

#include <utility>

namespace gatewayworker::testing {

FakeDaemon::FakeDaemon(Script script, std::shared_ptr<grpc::ServerCredentials> credentials)
    : script_(std::move(script)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", std::move(credentials), &port_);
  builder.RegisterService(static_cast<v1::GatewayService::Service*>(this));
  builder.RegisterService(static_cast<v1::WorkerService::Service*>(this));
  server_ = builder.BuildAndStart();
}

FakeDaemon::~FakeDaemon() {
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

std::vector<Metadata> FakeDaemon::metadata() {
  const std::lock_guard lock(mutex_);
  return metadata_;
}

std::vector<v1::Hello> FakeDaemon::hellos() {
  const std::lock_guard lock(mutex_);
  return hellos_;
}

grpc::Status FakeDaemon::IsOnline(grpc::ServerContext* context, const v1::IsOnlineRequest*,
                                  v1::IsOnlineResponse* response) {
  Keep(*context);
  response->set_online(true);
  return grpc::Status::OK;
}

grpc::Status FakeDaemon::GetSession(grpc::ServerContext* context, const v1::GetSessionRequest*,
                                    v1::GetSessionResponse*) {
  context->AddTrailingMetadata("gatewayd-reason", "offline");
  context->AddTrailingMetadata("gatewayd-gateway", "a:1");
  context->AddTrailingMetadata("gatewayd-gateway", "b:2");
  context->AddTrailingMetadata("gatewayd-field", "client_id");
  return {grpc::StatusCode::NOT_FOUND, "client_id is offline"};
}

grpc::Status FakeDaemon::GetAllClientCount(grpc::ServerContext*, const v1::GetAllClientCountRequest* request,
                                           v1::GetAllClientCountResponse* response) {
  if (!request->partial_ok()) return {grpc::StatusCode::UNAVAILABLE, "a:1 does not answer"};
  response->set_count(7);
  response->add_missing()->set_gateway("a:1");
  return grpc::Status::OK;
}

grpc::Status FakeDaemon::SendToCurrentClient(grpc::ServerContext* context,
                                             const v1::SendToCurrentClientRequest*,
                                             v1::SendToCurrentClientResponse*) {
  Keep(*context);
  return grpc::Status::OK;
}

grpc::Status FakeDaemon::StreamAllClientIdList(
    grpc::ServerContext*, const v1::StreamAllClientIdListRequest*,
    grpc::ServerWriter<v1::StreamAllClientIdListResponse>* writer) {
  v1::StreamAllClientIdListResponse chunk;
  chunk.add_client_ids("a");
  chunk.add_client_ids("b");
  writer->Write(chunk);
  writer->Write(chunk);
  return grpc::Status::OK;
}

grpc::Status FakeDaemon::Attach(grpc::ServerContext* context, AttachStream* stream) {
  Keep(*context);
  v1::AttachRequest hello;
  if (!stream->Read(&hello)) return grpc::Status::CANCELLED;
  int number = 0;
  {
    const std::lock_guard lock(mutex_);
    hellos_.push_back(hello.hello());
    number = static_cast<int>(hellos_.size());
  }
  v1::AttachResponse welcome;
  welcome.mutable_welcome()->set_version("fake");
  stream->Write(welcome);
  return script_ ? script_(number, *stream) : UntilItLeaves(*stream);
}

void FakeDaemon::Keep(const grpc::ServerContext& context) {
  const std::lock_guard lock(mutex_);
  Metadata& metadata = metadata_.emplace_back();
  for (const auto& [key, value] : context.client_metadata()) {
    metadata.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
}

grpc::Status UntilItLeaves(AttachStream& stream, const std::function<void(const v1::AttachRequest&)>& each) {
  v1::AttachRequest request;
  while (stream.Read(&request)) {
    if (each) each(request);
    if (request.has_leave()) break;
  }
  return grpc::Status::OK;
}

v1::AttachResponse Messages(const std::vector<std::string>& bodies, std::uint64_t first,
                            const std::string& client_id) {
  v1::AttachResponse response;
  for (const std::string& body : bodies) {
    v1::Event& event = *response.mutable_events()->add_events();
    event.set_id(first++);
    event.set_kind(v1::EVENT_KIND_MESSAGE);
    event.set_client_id(client_id);
    event.set_generation("g1");
    event.set_body(body);
  }
  return response;
}

void Latch::Open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

void Latch::Wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return open_; });
}

}  // namespace gatewayworker::testing
