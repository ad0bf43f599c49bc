// The cluster side over real sockets, without gRPC: what its shells add to the machines.
#include "cluster/cluster.h"

#include <atomic>
#include <future>
#include <thread>

#include "cluster/errors.h"
#include "embedded/cluster.h"
#include "gtest/gtest.h"
#include "integration/dialect.h"
#include "unit/embedded/test_clients.h"

namespace gatewayd::test {
namespace {

using cluster::WriteBatch;
using wire::Command;

// The answer that is a number.
std::string Number(int number) {
  return IsGo() ? std::to_string(number) : "i:" + std::to_string(number) + ";";
}

class ClusterShellTest : public ::testing::Test {
 protected:
  void SetUp() override {
    embedded_ = std::make_unique<embedded::EmbeddedCluster>(TestCluster(3, "s3cret"));
    ASSERT_TRUE(embedded_->Start().ok());
    ASSERT_TRUE(embedded_->WaitUntilRegistered());
    cluster::Options options;
    options.registers = embedded_->register_addresses();
    options.secret = "s3cret";
    options.backoff_first = absl::Milliseconds(10);
    cluster_ = cluster::Cluster::Start(TestDialect(), options, cluster::NewInstanceId(),
                                       [this] { ready_.set_value(); });
    ASSERT_EQ(ready_.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
    ASSERT_EQ(cluster_->view()->members.size(), 3);
    gateway_ = *cluster_->view()->Find(embedded_->gateway(0).inner_address());
  }
  void TearDown() override { cluster_->Stop(); }

  absl::StatusOr<std::string> Ask(const wire::Frame& frame, cluster::QueryOptions options) {
    std::promise<absl::StatusOr<std::string>> promise;
    {
      WriteBatch batch;
      gateway_->Query(frame, options, batch, [&](absl::StatusOr<std::string_view> answer) {
        promise.set_value(answer.ok() ? absl::StatusOr<std::string>(std::string(*answer)) : answer.status());
      });
    }
    return promise.get_future().get();
  }

  std::promise<void> ready_;
  std::unique_ptr<embedded::EmbeddedCluster> embedded_;
  std::unique_ptr<cluster::Cluster> cluster_;
  cluster::Gateway* gateway_ = nullptr;
};

TEST_F(ClusterShellTest, CommandsArriveAndQueriesAreAnswered) {
  TextClient client(embedded_->gateway(0).port(embedded::ClientProtocol::kText));
  ASSERT_TRUE(Eventually([&] { return embedded_->gateway(0).clients().size() == 1; }));
  EXPECT_EQ(*Ask({.command = Command::kIsOnline, .connection_id = 1}, {.bounded_answer_size = 64}),
            Number(1));
  {
    WriteBatch batch;
    EXPECT_TRUE(
        gateway_->Send({.command = Command::kSendToOne, .connection_id = 1, .body = "hello"}, "", batch)
            .ok());
    EXPECT_TRUE(
        gateway_->Send({.command = Command::kJoinGroup, .connection_id = 1, .ext = "g"}, "", batch).ok());
  }
  EXPECT_EQ(client.ReadMessage(), "hello");
  EXPECT_EQ(*Ask({.command = Command::kGetClientSessionsByGroup, .ext = "g"}, {}),
            IsGo() ? R"({"1":""})" : "a:1:{i:1;s:0:\"\";}");
}

TEST_F(ClusterShellTest, AnswersOfMegabytesComeWhole) {
  TextClient client(embedded_->gateway(0).port(embedded::ClientProtocol::kText));
  ASSERT_TRUE(Eventually([&] { return embedded_->gateway(0).clients().size() == 1; }));
  const std::string session = StoredSession("k", std::string(8'000'000, 'x'));
  {
    WriteBatch batch;
    ASSERT_TRUE(
        gateway_->Send({.command = Command::kSetSession, .connection_id = 1, .ext = session}, "", batch)
            .ok());
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(*Ask({.command = Command::kGetSessionByClientId, .connection_id = 1}, {}), session);
  }
}

TEST_F(ClusterShellTest, ManyThreadsManyQueriesEachGetsItsOwnAnswer) {
  TextClient client(embedded_->gateway(0).port(embedded::ClientProtocol::kText));
  ASSERT_TRUE(Eventually([&] { return embedded_->gateway(0).clients().size() == 1; }));
  std::atomic<int> wrong = 0, answered = 0;
  std::vector<std::thread> threads;
  constexpr int kThreads = 4, kQueries = 2000;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      WriteBatch batch;
      for (int i = 0; i < kQueries; ++i) {
        const bool online = (i + t) % 2 == 0;
        const wire::Frame frame{.command = Command::kIsOnline, .connection_id = online ? 1u : 77u};
        gateway_->Query(frame, {.bounded_answer_size = 64}, batch,
                        [&, online](absl::StatusOr<std::string_view> answer) {
                          if (!answer.ok() || *answer != Number(online ? 1 : 0)) ++wrong;
                          ++answered;
                        });
        if (i % 16 == 0) batch.Flush();
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_TRUE(Eventually([&] { return answered == kThreads * kQueries; }));
  EXPECT_EQ(wrong, 0);
}

TEST_F(ClusterShellTest, StopFailsWhatIsPendingAndCallsNobodyAfterwards) {
  embedded_->gateway(0).Pause();
  std::atomic<int> called = 0;
  WriteBatch batch;
  for (int i = 0; i < 10; ++i) {
    gateway_->Query({.command = Command::kIsOnline, .connection_id = 1}, {.bounded_answer_size = 64}, batch,
                    [&](absl::StatusOr<std::string_view> answer) {
                      EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable) << answer.status();
                      ++called;
                    });
  }
  const auto keep = cluster_->view();
  cluster_->Stop();
  EXPECT_EQ(called, 10);
  EXPECT_EQ(gateway_->Send({.command = Command::kSendToOne}, "", batch).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(ClusterShellTest, AGatewayThatDoesNotReadFillsItsBufferAndHurtsNobodyElse) {
  embedded_->gateway(0).Pause();
  const std::string body(1024 * 1024, 'x');
  WriteBatch batch;
  absl::Status status;
  for (int i = 0; i < 100 && status.ok(); ++i) {
    status = gateway_->Send({.command = Command::kSendToOne, .connection_id = 1, .body = body}, "", batch);
    batch.Flush();
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(cluster::ErrorPayload(status, cluster::kReasonKey), "buffer-full");
  cluster::Gateway* other = *cluster_->view()->Find(embedded_->gateway(1).inner_address());
  EXPECT_TRUE(other->Send({.command = Command::kSendToOne, .connection_id = 1, .body = "x"}, "", batch).ok());
  embedded_->gateway(0).Resume();
  EXPECT_TRUE(Eventually([&] {
    return gateway_->Send({.command = Command::kSendToOne, .connection_id = 1, .body = "x"}, "", batch).ok();
  }));
}

}  // namespace
}  // namespace gatewayd::test
