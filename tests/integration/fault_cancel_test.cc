// Callers that stop waiting: 10,000 calls cancelled half-way, deadlines that pass, streams that nobody reads.
#include <algorithm>
#include <random>

#include "integration/async_calls.h"

namespace gatewayd::test {
namespace {

using Stub = pb::GatewayService::Stub;
using Async = pb::GatewayService::StubInterface::async_interface;
using embedded::ClientProtocol;
using grpc::StatusCode;

class CancelTest : public ClusterTest {
 protected:
  using IsOnlineCall = AsyncCall<pb::IsOnlineRequest, pb::IsOnlineResponse>;
  using GetSessionCall = AsyncCall<pb::GetSessionRequest, pb::GetSessionResponse>;

  void SetUp() override {
    Start(1);
    if (HasFatalFailure()) return;
    client_ = std::make_unique<TextClient>(Port(0, ClientProtocol::kText));
    ASSERT_TRUE(WaitClients(0, 1));
  }
  std::unique_ptr<IsOnlineCall> AskOnline(std::uint32_t connection) {
    return std::make_unique<IsOnlineCall>(daemon_->gateway(),
                                          static_cast<IsOnlineCall::Method>(&Async::IsOnline),
                                          IsOnline(ClientId(0, connection)), in_flight_);
  }
  std::unique_ptr<GetSessionCall> AskSession(std::uint32_t connection) {
    pb::GetSessionRequest request;
    request.set_client_id(ClientId(0, connection));
    return std::make_unique<GetSessionCall>(
        daemon_->gateway(), static_cast<GetSessionCall::Method>(&Async::GetSession), request, in_flight_);
  }

  std::unique_ptr<TextClient> client_;
  InFlight in_flight_;
};

// In each round the Gateway is held, so that no call can have been answered when it is cancelled. What is
// left must get its own answer: connection 1 is online, 77 is not, whoever was cancelled in front of it.
TEST_F(CancelTest, TenThousandCallsCancelledHalfWay) {
  constexpr int kRounds = 25, kCalls = 500, kCancelled = 400, kSessions = 20;
  std::mt19937 random(4711);
  [[maybe_unused]] std::size_t memory = 0;
  int cancelled = 0;
  for (int round = 0; round < kRounds; ++round) {
    cluster_->gateway(0).Pause();
    std::vector<std::unique_ptr<IsOnlineCall>> calls;
    for (int i = 0; i < kCalls; ++i)
      calls.push_back(AskOnline(i % 2 == 0 ? 1 : 77));
    std::vector<std::unique_ptr<GetSessionCall>> sessions;
    for (int i = 0; i < kSessions; ++i)
      sessions.push_back(AskSession(1));
    std::vector<int> order(kCalls);
    for (int i = 0; i < kCalls; ++i)
      order[static_cast<std::size_t>(i)] = i;
    std::shuffle(order.begin(), order.end(), random);
    order.resize(kCancelled);
    std::vector<bool> is_cancelled(kCalls, false);
    for (const int i : order) {
      calls[static_cast<std::size_t>(i)]->Cancel();
      is_cancelled[static_cast<std::size_t>(i)] = true;
    }
    for (int i = 0; i < kSessions; i += 2)
      sessions[static_cast<std::size_t>(i)]->Cancel();
    cluster_->gateway(0).Resume();
    ASSERT_TRUE(in_flight_.WaitForAll()) << "calls hang";

    for (std::size_t i = 0; i < calls.size(); ++i) {
      const Outcome outcome = calls[i]->outcome();
      if (is_cancelled[i]) {
        ASSERT_EQ(outcome.code, StatusCode::CANCELLED) << outcome;
        ++cancelled;
      } else {
        ASSERT_TRUE(outcome.ok()) << outcome;
        ASSERT_EQ(calls[i]->response().online(), i % 2 == 0) << "another caller's answer";
      }
    }
    for (std::size_t i = 1; i < sessions.size(); i += 2)
      ASSERT_TRUE(sessions[i]->outcome().ok()) << sessions[i]->outcome();
    if (round == 4) memory = ResidentMemory();  // what a round needs is there by now
  }
  EXPECT_EQ(cancelled, 10'000);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(ResidentMemory(), memory + 32 * 1024 * 1024);
#endif
  EXPECT_EQ(daemon_->Counter("links_lost"), 0);
  EXPECT_EQ(daemon_->Counter("bad_answers"), 0);
  const auto view = daemon_->ClusterView();
  EXPECT_EQ(view.gateways(0).links(0).connects(), 1);
  EXPECT_TRUE(Eventually([&] {
    const auto link = daemon_->ClusterView().gateways(0).links(0);
    return link.queries_in_flight() == 0 && link.bytes_queued() == 0;
  }));
}

TEST_F(CancelTest, ADeadlineThatPassesDetachesTheCallerAndLeavesTheLink) {
  cluster_->gateway(0).Pause();
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(20));
    pb::IsOnlineResponse online;
    const grpc::Status status =
        daemon_->Call(&Stub::IsOnline, IsOnline(ClientId(0, i % 2 == 0 ? 1 : 77)), &online, &context);
    ASSERT_EQ(status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  }
  auto patient = AskOnline(1);
  cluster_->gateway(0).Resume();
  ASSERT_TRUE(in_flight_.WaitForAll());
  EXPECT_TRUE(patient->outcome().ok()) << patient->outcome();
  EXPECT_TRUE(patient->response().online()) << "the answers before it were another's";
  EXPECT_EQ(daemon_->Counter("links_lost"), 0);
}

class SlowStreamTest : public CancelTest {
 protected:
  static constexpr std::size_t kClients = 20, kSession = 500'000;
  using Reader = grpc::ClientReader<pb::StreamAllClientSessionsResponse>;

  // A listing that no client can take in one piece.
  void SetUp() override {
    CancelTest::SetUp();
    if (HasFatalFailure()) return;
    for (std::size_t i = 0; i < kClients; ++i) {
      if (i > 0) more_.push_back(std::make_unique<TextClient>(Port(0, ClientProtocol::kText)));
      pb::SetSessionRequest request;
      request.set_client_id(ClientId(0, static_cast<std::uint32_t>(i + 1)));
      request.mutable_session()->set_stored(StoredSession("k", std::string(kSession, 'x')));
      request.set_confirm(pb::CONFIRM_RUN);
      ASSERT_TRUE(WaitClients(0, i + 1));
      ASSERT_TRUE(CallFor(*daemon_, &Stub::SetSession, request).ok());
    }
  }
  struct Open {
    grpc::ClientContext context;
    std::unique_ptr<Reader> reader;
  };
  // A stream of which one chunk was read, and no more.
  std::unique_ptr<Open> OpenSlow() {
    auto open = std::make_unique<Open>();
    SetPatience(open->context);
    open->reader = daemon_->gateway().StreamAllClientSessions(&open->context, {});
    pb::StreamAllClientSessionsResponse chunk;
    EXPECT_TRUE(open->reader->Read(&chunk));
    return open;
  }
  static std::size_t ReadToEnd(Reader& reader) {
    pb::StreamAllClientSessionsResponse chunk;
    std::size_t clients = 0;
    while (reader.Read(&chunk))
      clients += static_cast<std::size_t>(chunk.clients_size());
    EXPECT_TRUE(reader.Finish().ok());
    return clients;
  }
  void ExpectOthersUnharmed() {
    for (int i = 0; i < 50; ++i) {
      const Outcome sent =
          CallFor(*daemon_, &Stub::SendToClient, SendText(ClientId(0, 1), absl::StrCat("m", i)));
      ASSERT_TRUE(sent.ok()) << sent;
      EXPECT_EQ(client_->ReadMessage(), absl::StrCat("m", i));
      const Outcome online = CallFor(*daemon_, &Stub::IsOnline, IsOnline(ClientId(0, 2)));
      ASSERT_TRUE(online.ok()) << online;
      const Outcome groups = CallFor(*daemon_, &Stub::GetAllGroupIdList, {});
      ASSERT_TRUE(groups.ok()) << groups;
    }
  }

  std::vector<std::unique_ptr<TextClient>> more_;
};

TEST_F(SlowStreamTest, ASlowReaderHoldsNobodyUp) {
  auto slow = OpenSlow();
  auto slower = OpenSlow();
  ExpectOthersUnharmed();
  grpc::ClientContext context;
  SetPatience(context);
  EXPECT_EQ(ReadToEnd(*daemon_->gateway().StreamAllClientSessions(&context, {})), kClients);
  // Slow is not lost: the rest is there when it is read at last.
  EXPECT_GT(ReadToEnd(*slow->reader), 0);
  EXPECT_GT(ReadToEnd(*slower->reader), 0);
}

TEST_F(SlowStreamTest, AReaderThatVanishesFreesWhatItHeld) {
  [[maybe_unused]] std::size_t memory = 0;
  for (int round = 0; round < 20; ++round) {
    auto vanishing = OpenSlow();
    vanishing->context.TryCancel();
    EXPECT_EQ(vanishing->reader->Finish().error_code(), StatusCode::CANCELLED);
    if (round == 4) memory = ResidentMemory();
  }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(ResidentMemory(), memory + 64 * 1024 * 1024) << "15 listings of 10 MB were given up since";
#endif
  ExpectOthersUnharmed();
  EXPECT_EQ(daemon_->Counter("links_lost"), 0);
  // Nothing is left that the end of the daemon would have to wait for.
  auto vanishing = OpenSlow();
  vanishing->context.TryCancel();
  daemon_->app().Shutdown();
}

}  // namespace
}  // namespace gatewayd::test
