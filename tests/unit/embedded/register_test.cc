// The Register on real sockets.
#include "embedded/register.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "embedded/cluster.h"
#include "unit/embedded/test_clients.h"
#include "wire/register_line.h"

namespace gatewayd::embedded {
namespace {

using test::Eventually;
using test::TextClient;
using testing::ElementsAre;

constexpr std::chrono::milliseconds kMoment{50};

ClusterOptions OnlyRegister(std::string secret = "", absl::Duration auth_timeout = absl::Seconds(10)) {
  ClusterOptions options;
  options.secret = std::move(secret);
  options.registers[0].auth_timeout = auth_timeout;
  return options;
}

class RegisterTest : public testing::Test {
 protected:
  void Begin(ClusterOptions options) {
    cluster_ = std::make_unique<EmbeddedCluster>(std::move(options));
    ASSERT_TRUE(cluster_->Start().ok());
  }
  std::uint16_t port() { return cluster_->reg().port(); }
  void Gateway(TextClient& client, const std::string& address, const std::string& secret = "") {
    const std::size_t before = cluster_->reg().gateway_addresses().size();
    client.SendMessage(wire::GatewayConnectJson(address, secret));
    EXPECT_TRUE(Eventually([&] { return cluster_->reg().gateway_addresses().size() == before + 1; }));
  }

  std::unique_ptr<EmbeddedCluster> cluster_;
};

TEST_F(RegisterTest, TellsAWorkerAtOnceAndAtEveryChange) {
  Begin(OnlyRegister("s"));
  TextClient worker(port());
  worker.SendMessage(wire::WorkerConnectJson("s"));
  EXPECT_EQ(worker.ReadLine(), R"({"event":"broadcast_addresses","addresses":[]})");
  TextClient first(port());
  Gateway(first, "10.0.0.1:2900", "s");
  EXPECT_EQ(worker.ReadLine(), R"({"event":"broadcast_addresses","addresses":["10.0.0.1:2900"]})");
  {
    TextClient second(port());
    Gateway(second, "10.0.0.2:2900", "s");
    EXPECT_EQ(worker.ReadLine(),
              R"({"event":"broadcast_addresses","addresses":["10.0.0.1:2900","10.0.0.2:2900"]})");
  }
  EXPECT_EQ(worker.ReadLine(), R"({"event":"broadcast_addresses","addresses":["10.0.0.1:2900"]})");
  EXPECT_EQ(cluster_->reg().worker_count(), 1u);
}

TEST_F(RegisterTest, AnswersAnObjectWhereADuplicateLeftAGap) {
  Begin(OnlyRegister());
  TextClient a(port()), b(port()), c(port());
  Gateway(a, "h:1");
  Gateway(b, "h:1");
  TextClient worker(port());
  worker.SendMessage(wire::WorkerConnectJson(""));
  EXPECT_EQ(worker.ReadLine(), R"({"event":"broadcast_addresses","addresses":["h:1"]})");
  Gateway(c, "h:2");
  const std::optional<std::string> line = worker.ReadLine();
  EXPECT_EQ(line, R"({"event":"broadcast_addresses","addresses":{"0":"h:1","2":"h:2"}})");
  EXPECT_THAT(wire::ParseRegisterJson(*line)->addresses, ElementsAre("h:1", "h:2"));
}

TEST_F(RegisterTest, AnswersAnObjectAlwaysWhereItIsTold) {
  ClusterOptions options = OnlyRegister();
  options.registers[0].always_object = true;
  Begin(std::move(options));
  TextClient worker(port());
  worker.SendMessage(wire::WorkerConnectJson(""));
  EXPECT_EQ(worker.ReadLine(), R"({"event":"broadcast_addresses","addresses":{}})");
}

TEST_F(RegisterTest, ClosesOnAWrongSecretWithoutAWord) {
  Begin(OnlyRegister("s"));
  for (const std::string& line : {wire::WorkerConnectJson("wrong"), wire::GatewayConnectJson("h:1", "wrong"),
                                  std::string(R"({"event":"worker_connect"})"),
                                  std::string(R"({"event":"worker_connect","secret_key":5})")}) {
    TextClient client(port());
    client.SendMessage(line);
    EXPECT_TRUE(client.WaitClosed()) << line;
    EXPECT_EQ(client.buffered(), "");
  }
  EXPECT_TRUE(cluster_->reg().gateway_addresses().empty());
}

TEST_F(RegisterTest, SaysWhyAndClosesOnABadRequest) {
  Begin(OnlyRegister());
  for (std::string line : {"rubbish", "{}", R"({"event":""})", "[]", "5"}) {
    TextClient client(port());
    client.SendMessage(line);
    EXPECT_TRUE(client.WaitClosed()) << line;
    EXPECT_TRUE(absl::StartsWith(client.buffered(),
                                 "Bad request for Register service. Request info(IP:127.0.0.1, "
                                 "Request Buffer:" +
                                     line))
        << client.buffered();
    EXPECT_TRUE(absl::EndsWith(client.buffered(), "\n"));
  }
  for (std::string line : {R"({"event":"unheard_of"})", R"({"event":"gateway_connect"})"}) {
    TextClient client(port());
    client.SendMessage(line);
    EXPECT_TRUE(client.WaitClosed()) << line;
    EXPECT_EQ(client.buffered(), "");
  }
}

TEST_F(RegisterTest, ClosesTheSilentAndKeepsWhoSaidAnything) {
  Begin(OnlyRegister("", absl::Milliseconds(100)));
  TextClient silent(port());
  TextClient pings(port());
  pings.SendMessage(wire::PingJson());
  EXPECT_TRUE(silent.WaitClosed());
  EXPECT_FALSE(pings.WaitClosed(kMoment * 4));
}

TEST_F(RegisterTest, TakesLinesInPiecesAndSeveralAtOnce) {
  Begin(OnlyRegister());
  TextClient client(port());
  const std::string line = wire::WorkerConnectJson("");
  client.Send(wire::PingJson() + "\r\n" + line.substr(0, 10));
  client.Send(line.substr(10) + "\n" + wire::PingJson() + "\n");
  EXPECT_TRUE(client.ReadLine().has_value());
}

TEST_F(RegisterTest, ATakenPortIsAClearError) {
  Begin(OnlyRegister());
  ClusterOptions second = OnlyRegister();
  second.registers[0].port = port();
  EmbeddedCluster other(second);
  const absl::Status status = other.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(status.message(), cluster_->reg().address())) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "in use")) << status;
}

TEST_F(RegisterTest, AHostThatIsNoAddressIsAClearError) {
  ClusterOptions options = OnlyRegister();
  options.registers[0].host = "not an address";
  EmbeddedCluster cluster(options);
  EXPECT_EQ(cluster.Start().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace gatewayd::embedded
