// One of three Gateways is killed in the middle of 10,000 broadcasts.
#include <future>

#include "integration/fault_fixture.h"

namespace gatewayd::test {
namespace {

using Stub = pb::GatewayService::Stub;
using embedded::ClientProtocol;

constexpr int kBroadcasts = 10'000;
constexpr int kKilledAt = 3'000;

std::string Text(int number) {
  return absl::StrCat("b", number);
}

class BroadcastFaultTest : public ClusterTest {
 protected:
  void SetUp() override {
    StartCluster(3);
    if (HasFatalFailure()) return;
    for (std::size_t i = 0; i < 3; ++i)
      addresses_.push_back(cluster_->gateway(i).registered_address());
    // A Register that goes on listing the dead: real ones do so where a host died without a word.
    register_ = std::make_unique<FakeRegister>(
        TestDialect().EncodeRegisterLine(wire::BroadcastAddressesJson(addresses_), ""));
    daemon_ = std::make_unique<Daemon>(DaemonConfig({register_->address()}));
    ASSERT_TRUE(daemon_->WaitLinked(3));
  }

  // What a client on Gateway `i` gets, up to "end".
  std::future<std::vector<std::string>> Listen(std::size_t i) {
    auto client = std::make_shared<TextClient>(Port(i, ClientProtocol::kText));
    EXPECT_TRUE(WaitClients(i, 1));
    return std::async(std::launch::async, [client] {
      std::vector<std::string> got;
      while (auto message = client->ReadMessage(std::chrono::seconds(60))) {
        if (*message == "end") break;
        got.push_back(*std::move(message));
      }
      return got;
    });
  }

  LogCapture log_;
  std::vector<std::string> addresses_;
  std::unique_ptr<FakeRegister> register_;
};

TEST_F(BroadcastFaultTest, OneOfThreeGatewaysKilledInTheMiddleOfTenThousandBroadcasts) {
  auto first = Listen(0), second = Listen(1), killed = Listen(2);
  std::promise<void> kill;
  auto killer = std::async(std::launch::async, [&] {
    kill.get_future().wait();
    cluster_->StopGateway(2);
  });

  int taken_by_killed = 0, refused_by_killed = 0;
  std::string reason;
  for (int i = 0; i < kBroadcasts; ++i) {
    if (i == kKilledAt) kill.set_value();
    pb::SendToAllResponse response;
    const Outcome outcome = CallFor(*daemon_, &Stub::SendToAll, Broadcast(Text(i)), &response);
    ASSERT_TRUE(outcome.ok()) << i << ": " << outcome;
    const pb::Delivery& delivery = response.delivery();
    ASSERT_EQ(delivery.gateways() + static_cast<unsigned>(delivery.unreachable_size()), 3) << i;
    if (delivery.gateways() == 3) {
      ++taken_by_killed;
      ASSERT_EQ(refused_by_killed, 0) << "it was dead already";
      continue;
    }
    ASSERT_EQ(delivery.unreachable_size(), 1) << i;
    ASSERT_EQ(delivery.unreachable(0).gateway(), addresses_[2]);
    reason = delivery.unreachable(0).reason();
    ++refused_by_killed;
  }
  killer.get();
  EXPECT_GE(taken_by_killed, kKilledAt);
  EXPECT_GT(refused_by_killed, 0);
  EXPECT_NE(reason.find(addresses_[2]), std::string::npos) << reason;
  EXPECT_NE(reason.find("no link"), std::string::npos) << reason;
  ASSERT_TRUE(CallFor(*daemon_, &Stub::SendToAll, Broadcast("end")).ok());

  for (auto* listener : {&first, &second}) {
    const std::vector<std::string> got = listener->get();
    ASSERT_EQ(got.size(), kBroadcasts);
    for (int i = 0; i < kBroadcasts; ++i)
      ASSERT_EQ(got[static_cast<std::size_t>(i)], Text(i));
  }
  // In order, without a gap, and none that a reply did not call taken.
  const std::vector<std::string> got = killed.get();
  EXPECT_LE(static_cast<int>(got.size()), taken_by_killed);
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_EQ(got[i], Text(static_cast<int>(i)));

  EXPECT_EQ(daemon_->Counter("links_lost"), IsGo() ? 2 : 1);  // in go a guard stands beside the command link
  EXPECT_TRUE(log_.Has({"WARNING", addresses_[2]})) << log_.all();
  const auto view = daemon_->ClusterView();
  ASSERT_EQ(view.degraded_size(), 1);
  EXPECT_NE(view.degraded(0).find(addresses_[2]), std::string::npos);

  ASSERT_TRUE(cluster_->RestartGateway(2).ok());
  ASSERT_TRUE(daemon_->WaitLinked(3));
  pb::SendToAllResponse response;
  ASSERT_TRUE(CallFor(*daemon_, &Stub::SendToAll, Broadcast("again"), &response).ok());
  EXPECT_EQ(response.delivery().gateways(), 3);
}

}  // namespace
}  // namespace gatewayd::test
