// What must never be seen is never seen: in the log, whatever its form, in errors, in what AdminService and
// reflection answer, in what the system shows of the process.
#include <grpcpp/generic/generic_stub.h>

#include <fstream>
#include <sstream>

#include <boost/json/parse.hpp>

#include "absl/strings/str_split.h"
#include "gatewayworker/v1/worker_service.grpc.pb.h"
#include "integration/fixture.h"
#include "integration/process.h"
#include "unit/security/test_certificates.h"

namespace gatewayd::test {
namespace {

constexpr char kSecret[] = "hush-this-is-the-secret-of-the-cluster";
constexpr char kToken[] = "hush-this-is-a-token";
constexpr char kWrongToken[] = "hush-this-is-no-token";

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// All that comes back of any rpc with these bytes as its request.
std::string CallAny(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                    const char* token, const std::string& bytes) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(2));
  context.AddMetadata("authorization", std::string("Bearer ") + token);
  const auto call = stub.PrepareCall(&context, method, &queue);
  const auto await = [&] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  call->StartCall(nullptr);
  await();
  const grpc::Slice slice(bytes);
  call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
  await();
  std::string all;
  grpc::ByteBuffer response;
  for (;;) {
    call->Read(&response, nullptr);
    if (!await()) break;
    grpc::Slice whole;
    if (response.DumpToSingleSlice(&whole).ok())
      all.append(reinterpret_cast<const char*>(whole.begin()), whole.size());
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  await();
  all += status.error_message() + status.error_details();
  for (const auto& [key, value] : context.GetServerTrailingMetadata())
    all.append(value.data(), value.size());
  return all;
}

std::string CallAll(const std::shared_ptr<grpc::Channel>& channel, const char* token) {
  std::string all;
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const char* name : {"GatewayService", "AdminService"}) {
    const auto* service = pool->FindServiceByName(std::string("gatewayworker.v1.") + name);
    for (int i = 0; i < service->method_count(); ++i) {
      if (service->method(i)->name() == "Drain") continue;
      const std::string method = "/gatewayworker.v1." + std::string(name) + "/" + service->method(i)->name();
      all += CallAny(channel, method, token, "");
      all += CallAny(channel, method, token, "\x0a\x03nonsense");
    }
  }
  return all;
}

class SecretsTest : public testing::TestWithParam<const char*> {
 protected:
  void ExpectNothing(const std::string& text, const char* where) {
    for (const std::string& secret : {std::string(kSecret), std::string(kToken), std::string(kWrongToken),
                                      std::string("PRIVATE KEY"), key_line_})
      EXPECT_EQ(text.find(secret), std::string::npos) << secret << " is in " << where << ": " << text;
  }

  const Folder folder_;
  Authority authority_;
  const Pair pair_ = authority_.Issue("gatewayd.test");
  const std::string key_line_ = pair_.key.substr(pair_.key.find('\n') + 1, 40);
};

TEST_P(SecretsTest, ABusyDaemonShowsNone) {
  std::vector<std::string> arguments = kEmbedded;
  arguments.insert(arguments.end(),
                   {"--tls_certificate=" + folder_.Write("tls.crt", pair_.certificate),
                    "--tls_key=" + folder_.Write("tls.key", pair_.key),
                    "--tokens_file=" + folder_.Write("tokens", std::string("all ") + kToken + "\n"),
                    std::string("--log_format=") + GetParam()});
  Process process(arguments, {std::string("GATEWAYD_SECRET=") + kSecret, "GLOG_v=2"});
  const std::string address = process.ListeningAddress();
  ASSERT_FALSE(address.empty()) << process.all();
  const std::string proc = "/proc/" + std::to_string(process.pid());
  ExpectNothing(ReadFile(proc + "/cmdline"), "its command line");
  ExpectNothing(ReadFile(proc + "/environ"), "its environment");

  grpc::ChannelArguments target;
  target.SetSslTargetNameOverride("gatewayd.test");
  const auto channel =
      grpc::CreateCustomChannel(address, grpc::SslCredentials({.pem_root_certs = authority_.pem()}), target);
  for (const char* token : {kToken, kWrongToken})
    ExpectNothing(CallAll(channel, token), "its answers");

  // Files that are broken are spoken of.
  folder_.Replace("tokens", std::string("all ") + kToken + "\nother " + kWrongToken + " nonsense\n");
  EXPECT_FALSE(process.LineWith("the old ones stay in force").empty());
  folder_.Replace("tls.key", pair_.key.substr(0, 200));
  EXPECT_FALSE(process.LineWith("the old certificate stays in force").empty());
  process.Terminate();
  EXPECT_EQ(process.Wait(), 0);
  ExpectNothing(process.all(), "its output");
}

TEST_P(SecretsTest, AWrongSecretIsSaidWithoutShowingIt) {
  embedded::EmbeddedCluster cluster(
      embedded::ClusterOptions::Loopback(1, "hush-another-secret", wire::PhpDialect()));
  ASSERT_TRUE(cluster.Start().ok());
  Process process({"--register=" + cluster.register_addresses()[0], "--listen=127.0.0.1:0",
                   std::string("--log_format=") + GetParam()},
                  {std::string("GATEWAYD_SECRET=") + kSecret, "GLOG_v=2"});
  EXPECT_FALSE(process.LineWith("secret").empty()) << process.all();
  process.Terminate();
  process.Wait();
  ExpectNothing(process.all(), "its output");
  cluster.Stop();
}

INSTANTIATE_TEST_SUITE_P(Log, SecretsTest, testing::Values("text", "json"));

TEST(JsonLogTest, EachLineOfTheLogIsAnObject) {
  std::vector<std::string> arguments = kEmbedded;
  arguments.push_back("--log_format=json");
  Process process(arguments);
  const std::string address = process.ListeningAddress();
  ASSERT_FALSE(address.empty()) << process.all();
  Process wait({"--wait", "--address=" + address});
  EXPECT_EQ(wait.Wait(), 0) << wait.all();
  process.Terminate();
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_NE(process.all().find("\"gateway\":\"127.0.0.1:"), std::string::npos) << process.all();
  int objects = 0;
  const std::vector<std::string> lines = absl::StrSplit(process.all(), '\n');
  for (const std::string& line : lines) {
    EXPECT_FALSE(line.size() > 9 && (line[0] == 'I' || line[0] == 'W' || line[0] == 'E') && isdigit(line[1]))
        << line;
    if (!line.starts_with("{")) continue;  // what main prints for people stands on stdout
    ++objects;
    boost::system::error_code error;
    const auto value = boost::json::parse(line, error);
    ASSERT_FALSE(error) << line;
    for (const char* field : {"time", "severity", "source", "message"})
      EXPECT_TRUE(value.as_object().contains(field)) << line;
  }
  EXPECT_GT(objects, 2);
}

}  // namespace
}  // namespace gatewayd::test
