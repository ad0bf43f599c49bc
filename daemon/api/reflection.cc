#include "api/reflection.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/support/async_stream.h>

#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <type_traits>

#include "api/error.h"
#include "api/text.h"

namespace gatewayd::api {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

constexpr const char* kServices[] = {
    "gatewayworker.v1.AdminService",       "gatewayworker.v1.GatewayService",
    "gatewayworker.v1.WorkerService",      "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"};

const DescriptorPool& Pool() {
  return *DescriptorPool::generated_pool();
}

// The types of one of the two names; the messages are the same but for the package.
template <typename Service>
struct Types;
template <>
struct Types<ReflectionRpcs> {
  using Request = grpc::reflection::v1::ServerReflectionRequest;
  using Response = grpc::reflection::v1::ServerReflectionResponse;
};
template <>
struct Types<AlphaReflectionRpcs> {
  using Request = grpc::reflection::v1alpha::ServerReflectionRequest;
  using Response = grpc::reflection::v1alpha::ServerReflectionResponse;
};

template <typename Response>
void NotFound(std::string_view what, const std::string& name, Response* response) {
  response->mutable_error_response()->set_error_code(grpc::StatusCode::NOT_FOUND);
  response->mutable_error_response()->set_error_message("no " + std::string(what) + " " + Quote(name));
}

// The file, after what it imports.
template <typename Response>
void AddFile(const FileDescriptor& file, std::set<const FileDescriptor*>* added, Response* response) {
  if (!added->insert(&file).second) return;
  for (int i = 0; i < file.dependency_count(); ++i)
    AddFile(*file.dependency(i), added, response);
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  response->mutable_file_descriptor_response()->add_file_descriptor_proto(proto.SerializeAsString());
}

template <typename Response>
void AnswerFile(const FileDescriptor* file, std::string_view what, const std::string& name,
                Response* response) {
  if (file == nullptr) return NotFound(what, name, response);
  std::set<const FileDescriptor*> added;
  AddFile(*file, &added, response);
}

template <typename Request, typename Response>
void AnswerExtension(const Request& request, Response* response) {
  const auto& wanted = request.file_containing_extension();
  const Descriptor* type = Pool().FindMessageTypeByName(wanted.containing_type());
  const FieldDescriptor* extension =
      type == nullptr ? nullptr : Pool().FindExtensionByNumber(type, wanted.extension_number());
  AnswerFile(extension == nullptr ? nullptr : extension->file(), "such extension of",
             wanted.containing_type(), response);
}

template <typename Response>
void AnswerExtensionNumbers(const std::string& name, Response* response) {
  const Descriptor* type = Pool().FindMessageTypeByName(name);
  if (type == nullptr) return NotFound("message", name, response);
  std::vector<const FieldDescriptor*> extensions;
  Pool().FindAllExtensions(type, &extensions);
  response->mutable_all_extension_numbers_response()->set_base_type_name(name);
  for (const FieldDescriptor* extension : extensions)
    response->mutable_all_extension_numbers_response()->add_extension_number(extension->number());
}

template <typename Request, typename Response>
Response Answer(const Request& request) {
  Response response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case Request::kFileByFilename:
      AnswerFile(Pool().FindFileByName(request.file_by_filename()), "file", request.file_by_filename(),
                 &response);
      break;
    case Request::kFileContainingSymbol:
      AnswerFile(Pool().FindFileContainingSymbol(request.file_containing_symbol()), "symbol",
                 request.file_containing_symbol(), &response);
      break;
    case Request::kFileContainingExtension:
      AnswerExtension(request, &response);
      break;
    case Request::kAllExtensionNumbersOfType:
      AnswerExtensionNumbers(request.all_extension_numbers_of_type(), &response);
      break;
    case Request::kListServices:
      for (const char* service : kServices)
        response.mutable_list_services_response()->add_service()->set_name(service);
      break;
    case Request::MESSAGE_REQUEST_NOT_SET:
      response.mutable_error_response()->set_error_code(grpc::StatusCode::INVALID_ARGUMENT);
      response.mutable_error_response()->set_error_message("message_request: is not set");
      break;
  }
  return response;
}

// One client's questions, one after the other: read, write, read. Deletes itself when gRPC has let go of it.
template <typename Service>
class ReflectionStream final : public Tag {
 public:
  static void Open(Core& core) {
    auto* stream = new ReflectionStream(core);
    stream->context_.AsyncNotifyWhenDone(static_cast<Tag*>(&stream->over_));
    core.rpcs(static_cast<Service*>(nullptr))
        .RequestServerReflectionInfo(&stream->context_, &stream->stream_, core.queue(), core.queue(),
                                     static_cast<Tag*>(stream));
  }

  void Proceed(bool ok, cluster::WriteBatch& /*batch*/) override {
    switch (step_) {
      case Step::kStart:
        return ok ? Start() : Delete();
      case Step::kRead:
        return ok ? Write() : Finish(absl::OkStatus());
      case Step::kWrite:
        return ok ? Read() : Finish(absl::CancelledError("the client has gone"));
      case Step::kFinish:
        return Release();
    }
  }

 private:
  using Request = typename Types<Service>::Request;
  using Response = typename Types<Service>::Response;
  enum class Step { kStart, kRead, kWrite, kFinish };

  class Over final : public Tag {
   public:
    explicit Over(ReflectionStream& stream) : stream_(stream) {}
    void Proceed(bool /*ok*/, cluster::WriteBatch& /*batch*/) override { stream_.Release(); }

   private:
    ReflectionStream& stream_;
  };

  explicit ReflectionStream(Core& core) : core_(core), stream_(&context_), over_(*this) { core_.Opened(); }

  void Start() {
    Open(core_);
    if (core_.tokens() != nullptr) {
      Caller caller(*core_.tokens(), core_.access_counters(), context_);
      if (const absl::Status status = caller.Check(std::nullopt, 1); !status.ok()) return Finish(status);
    }
    Read();
  }
  void Read() {
    step_ = Step::kRead;
    stream_.Read(&request_, static_cast<Tag*>(this));
  }
  void Write() {
    step_ = Step::kWrite;
    stream_.Write(Answer<Request, Response>(request_), static_cast<Tag*>(this));
  }
  void Finish(const absl::Status& status) {
    step_ = Step::kFinish;
    stream_.Finish(ToGrpc(status, context_), static_cast<Tag*>(this));
  }

  // Once for the last step, once for the notice that the call is over.
  void Release() {
    if (open_.fetch_sub(1, std::memory_order_acq_rel) == 1) Delete();
  }
  void Delete() {
    Core& core = core_;
    delete this;
    core.Closed();
  }

  Core& core_;
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<Response, Request> stream_;
  Over over_;
  Step step_ = Step::kStart;
  std::atomic<int> open_ = 2;
  Request request_;
};

template <typename Service>
class ReflectionMethod final : public Method {
 public:
  explicit ReflectionMethod(Core& core) { ReflectionStream<Service>::Open(core); }
};

}  // namespace

std::vector<std::unique_ptr<Method>> ServeReflection(Core& core) {
  std::vector<std::unique_ptr<Method>> methods;
  methods.push_back(std::make_unique<ReflectionMethod<ReflectionRpcs>>(core));
  methods.push_back(std::make_unique<ReflectionMethod<AlphaReflectionRpcs>>(core));
  return methods;
}

}  // namespace gatewayd::api
