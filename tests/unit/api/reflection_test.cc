// Reflection, as grpcurl asks for it, under both of its names.
#include <google/protobuf/descriptor.pb.h>

#include <set>

#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"
#include "security/tokens.h"
#include "unit/api/server_fixture.h"
#include "unit/security/test_certificates.h"

namespace gatewayd::api {
namespace {

namespace v1 = grpc::reflection::v1;
namespace v1alpha = grpc::reflection::v1alpha;

template <typename Name>
class ReflectionTest : public ServerFixture {
 protected:
  using Request = typename Name::Request;
  using Response = typename Name::Response;

  // The answers to all of it on one stream.
  std::vector<Response> Ask(const std::vector<Request>& requests, grpc::Status* status = nullptr,
                            const std::string& token = "") {
    const auto stub = Name::Service::NewStub(channel_);
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    const auto stream = stub->ServerReflectionInfo(&context);
    std::vector<Response> responses;
    for (const Request& request : requests) {
      Response response;
      if (!stream->Write(request) || !stream->Read(&response)) break;
      responses.push_back(response);
    }
    stream->WritesDone();
    const grpc::Status end = stream->Finish();
    if (status != nullptr) *status = end;
    return responses;
  }
};

struct V1 {
  using Service = v1::ServerReflection;
  using Request = v1::ServerReflectionRequest;
  using Response = v1::ServerReflectionResponse;
};
struct V1Alpha {
  using Service = v1alpha::ServerReflection;
  using Request = v1alpha::ServerReflectionRequest;
  using Response = v1alpha::ServerReflectionResponse;
};
using Names = testing::Types<V1, V1Alpha>;
TYPED_TEST_SUITE(ReflectionTest, Names);

TYPED_TEST(ReflectionTest, ListsTheServicesAndTheFilesOfEach) {
  typename TypeParam::Request list;
  list.set_host("here");
  list.set_list_services("*");
  grpc::Status status;
  const auto listed = this->Ask({list}, &status);
  EXPECT_TRUE(status.ok());
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].valid_host(), "here");
  EXPECT_EQ(listed[0].original_request().list_services(), "*");
  std::set<std::string> services;
  for (const auto& service : listed[0].list_services_response().service()) {
    services.insert(service.name());
    typename TypeParam::Request request;
    request.set_file_containing_symbol(service.name());
    const auto files = this->Ask({request});
    ASSERT_EQ(files.size(), 1u) << service.name();
    // A tool builds them one by one: what a file imports comes before it.
    std::set<std::string> known;
    for (const std::string& bytes : files[0].file_descriptor_response().file_descriptor_proto()) {
      google::protobuf::FileDescriptorProto file;
      ASSERT_TRUE(file.ParseFromString(bytes));
      for (const std::string& import : file.dependency())
        EXPECT_TRUE(known.contains(import)) << import;
      EXPECT_TRUE(known.insert(file.name()).second);
    }
    EXPECT_FALSE(known.empty());
  }
  for (const char* service : {"gatewayworker.v1.GatewayService", "gatewayworker.v1.WorkerService",
                              "gatewayworker.v1.AdminService", "grpc.health.v1.Health"})
    EXPECT_TRUE(services.contains(service)) << service;
}

TYPED_TEST(ReflectionTest, OtherQuestions) {
  std::vector<typename TypeParam::Request> requests(7);
  requests[0].set_file_by_filename("gatewayworker/v1/types.proto");
  requests[1].set_file_by_filename("no/such.proto");
  requests[2].set_file_containing_symbol("no.such.Symbol");
  requests[3].set_all_extension_numbers_of_type("gatewayworker.v1.Message");
  requests[4].set_all_extension_numbers_of_type("no.such.Message");
  requests[5].mutable_file_containing_extension()->set_containing_type("gatewayworker.v1.Message");
  const auto answers = this->Ask(requests);
  ASSERT_EQ(answers.size(), requests.size());
  EXPECT_GT(answers[0].file_descriptor_response().file_descriptor_proto_size(), 0);
  for (const std::size_t i : {1, 2, 4, 5})
    EXPECT_EQ(answers[i].error_response().error_code(), grpc::StatusCode::NOT_FOUND) << i;
  EXPECT_EQ(answers[3].all_extension_numbers_response().base_type_name(), "gatewayworker.v1.Message");
  EXPECT_EQ(answers[6].error_response().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TYPED_TEST(ReflectionTest, WhoHasAnyTokenMayAsk) {
  const test::Folder folder;
  auto tokens = security::TokenStore::Open(folder.Write("tokens", "reader read-token-of-a-test read\n"));
  ASSERT_TRUE(tokens.ok());
  ServerOptions options = this->Options();
  options.tokens = *tokens;
  auto server = Server::Start(this->cluster_, *this->hub_, options);
  ASSERT_TRUE(server.ok());
  this->channel_ = (*server)->InProcessChannel();
  typename TypeParam::Request list;
  list.set_list_services("*");
  grpc::Status status;
  EXPECT_TRUE(this->Ask({list}, &status).empty());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(this->Ask({list}, &status, "read-token-of-a-test").size(), 1u);
  EXPECT_TRUE(status.ok());
  this->channel_ = this->server_->InProcessChannel();
}

TYPED_TEST(ReflectionTest, AClientThatGoesAndAServerThatGoes) {
  {
    const auto stub = TypeParam::Service::NewStub(this->channel_);
    grpc::ClientContext context;
    const auto stream = stub->ServerReflectionInfo(&context);
    context.TryCancel();
    EXPECT_FALSE(stream->Finish().ok());
  }
  this->server_->Shutdown(absl::Now());
}

}  // namespace
}  // namespace gatewayd::api
