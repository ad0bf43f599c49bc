// RegisterMachine for the go dialect: its two lists, its dashboard, its encrypted lines.
#include <optional>
#include <string>
#include <vector>

#include "cluster/register_machine.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/describe.h"
#include "unit/wire/vectors.h"
#include "wire/register_line.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RegisterGoTest : public testing::Test {
 protected:
  RegisterGoTest() { options_.secret = "s3cret-go"; }

  void Start(GoAddresses addresses = GoAddresses::kSdk) {
    options_.go_addresses = addresses;
    machine_.emplace("10.0.0.1:51234", wire::GoDialect(), options_, 1,
                     WorkerIdentity{.name = "gatewayd-1:0", .processed = [this] { return processed_; }});
    machine_->Start(now_);
    machine_->OnConnected(now_);
  }
  // The lines that were said, decrypted.
  Texts Said() {
    Texts said;
    std::string output = machine_->TakeOutput();
    for (std::size_t end = output.find('\n'); end != std::string::npos; end = output.find('\n')) {
      const auto line = wire::GoDialect().DecodeRegisterLine(output.substr(0, end), options_.secret);
      said.push_back(line.ok() ? *line : std::string(line.status().message()));
      output.erase(0, end + 1);
    }
    EXPECT_EQ(output, "");
    return said;
  }
  void Hear(const std::string& json) {
    machine_->OnBytes(wire::GoDialect().EncodeRegisterLine(json, options_.secret), now_);
  }
  std::vector<std::string> List() { return machine_->TakeList().value_or(Texts{"no list"}); }
  void Wait(absl::Duration duration) {
    const absl::Time end = now_ + duration;
    while (machine_->NextTimer() <= end) {
      now_ = std::max(now_, machine_->NextTimer());
      machine_->OnTimer(now_);
    }
    now_ = end;
  }

  Options options_;
  std::uint64_t processed_ = 0;
  std::optional<RegisterMachine> machine_;
  absl::Time now_ = absl::UnixEpoch() + absl::Seconds(1000);
};

TEST_F(RegisterGoTest, SaysWhoItIs) {
  Start();
  EXPECT_THAT(Said(),
              ElementsAre(R"({"event":"worker_connect","secret_key":"s3cret-go","name":"gatewayd-1:0"})"));
}

TEST_F(RegisterGoTest, TellsTheDashboardEveryThreeSecondsAndPingsBesides) {
  Start();
  Said();
  Wait(absl::Seconds(4));
  EXPECT_THAT(Said(), IsEmpty()) << "not before the Register has answered";
  Hear(R"({"event":"broadcast_addresses"})");
  processed_ = 7;
  Wait(absl::Seconds(3));
  EXPECT_THAT(Said(), ElementsAre(R"({"event":"worker_stats","name":"gatewayd-1:0","processed_count":7})"));
  processed_ = 8;
  Wait(absl::Seconds(22));
  const Texts said = Said();
  EXPECT_EQ(said.size(), 8u);
  EXPECT_EQ(std::count(said.begin(), said.end(), R"({"event":"ping"})"), 1);
}

TEST_F(RegisterGoTest, APhpRegisterIsToldNothingOfIt) {
  RegisterMachine php("10.0.0.1:1236", wire::PhpDialect(), options_, 1,
                      WorkerIdentity{.name = "gatewayd-1:0", .processed = [] { return 1; }});
  php.Start(now_);
  php.OnConnected(now_);
  EXPECT_EQ(php.TakeOutput(), "{\"event\":\"worker_connect\",\"secret_key\":\"s3cret-go\"}\n");
  php.OnBytes("{\"event\":\"broadcast_addresses\",\"addresses\":[]}\n", now_);
  EXPECT_EQ(php.NextTimer(), now_ + options_.register_ping);
}

TEST_F(RegisterGoTest, OneOfItsListsIsDialledAndNeverBoth) {
  const std::string both =
      R"({"event":"broadcast_addresses","addresses":["127.0.0.1:54398"],"sdk_addresses":["10.0.0.8:54398"]})";
  const std::string one = R"({"event":"broadcast_addresses","addresses":["127.0.0.1:54398"]})";
  Start(GoAddresses::kSdk);
  Hear(both);
  EXPECT_THAT(List(), ElementsAre("10.0.0.8:54398"));
  Hear(one);
  EXPECT_THAT(List(), ElementsAre("127.0.0.1:54398")) << "an older Register has no other";
  Hear(R"({"event":"broadcast_addresses"})");
  EXPECT_THAT(List(), IsEmpty()) << "no Gateways: no list at all";

  Start(GoAddresses::kWorker);
  Hear(both);
  EXPECT_THAT(List(), ElementsAre("127.0.0.1:54398"));
}

TEST_F(RegisterGoTest, EachRecordedLineOfARegisterIsUnderstood) {
  int lists = 0;
  for (const auto& vector : wire::ReadVectors("go/register.jsonl")) {
    if (!vector.contains("to") || wire::StringAt(vector, "to") == "admin") continue;
    Start();
    Hear(wire::StringAt(vector, "plain_text"));
    const auto& plain = vector.at("plain").as_object();
    const std::size_t expected =
        plain.contains("sdk_addresses") ? plain.at("sdk_addresses").as_array().size() : 0;
    EXPECT_EQ(List().size(), expected) << vector.at("seq");
    ++lists;
  }
  EXPECT_GT(lists, 8);
}

// ---- The wrong dialect, and the wrong secret

TEST_F(RegisterGoTest, ARegisterThatAnswersInClearIsSaidToBeOne) {
  Start();
  machine_->OnBytes("{\"event\":\"broadcast_addresses\",\"addresses\":[]}\n", now_);
  EXPECT_THAT(machine_->last_error(), HasSubstr("looks like the php dialect"));
  EXPECT_THAT(machine_->TakeNews(), HasSubstr("looks like the php dialect"));
}

TEST_F(RegisterGoTest, AnEncryptedLineTellsAPhpDaemonTheSame) {
  RegisterMachine php("10.0.0.1:1236", wire::PhpDialect(), options_, 1);
  php.Start(now_);
  php.OnConnected(now_);
  php.OnBytes(wire::GoDialect().EncodeRegisterLine(R"({"event":"broadcast_addresses"})", "s3cret-go"), now_);
  EXPECT_THAT(php.last_error(), HasSubstr("looks like the go dialect"));
}

TEST_F(RegisterGoTest, ALineUnderAnotherSecretIsSaidToBeSo) {
  Start();
  machine_->OnBytes(wire::GoDialect().EncodeRegisterLine(R"({"event":"broadcast_addresses"})", "other"),
                    now_);
  EXPECT_THAT(machine_->last_error(), HasSubstr("wrong secret"));
  EXPECT_THAT(List(), ElementsAre("no list"));
}

TEST_F(RegisterGoTest, OneThatClosesWithoutAWordIsNamedToo) {
  Start();
  machine_->OnClosed("closed by the peer", now_);
  EXPECT_THAT(machine_->last_error(), HasSubstr("wrong secret, or not a go-dialect Register?"));
}

}  // namespace
}  // namespace gatewayd::cluster
