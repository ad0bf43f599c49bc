// Links that cannot be made or do not stay: a Gateway that does not read, one that is frozen and thawed, one
// that never gets past its hello; and what becomes of commands whose link is lost.
#include <future>

#include "integration/fault_fixture.h"

namespace gatewayd::test {
namespace {

using Stub = pb::GatewayService::Stub;
using grpc::StatusCode;
using wire::Command;

class LinkFaultTest : public FakeGatewayTest {
 protected:
  // Ends every link, and keeps the next from coming up while `hello` is at work.
  void Break(FakeGateway::Deed hello) {
    gateway_.AtHello(std::move(hello));
    gateway_.ToAllLinks([](FakeLink& link) { link.Close(); });
  }
};

TEST_F(LinkFaultTest, AGatewayThatAcceptsAndNeverReadsIsNoLink) {
  Break([](FakeLink& link) { link.StopReading(); });
  ASSERT_TRUE(Counts("link_attempts_failed", 2));
  const Outcome outcome = Call(&Stub::SendToClient, SendText(gateway_.ClientId(), "x"));
  EXPECT_EQ(outcome.code, StatusCode::UNAVAILABLE) << outcome;
  EXPECT_EQ(outcome.reason, "no-link");
  EXPECT_EQ(outcome.gateway, gateway_.address());
  EXPECT_TRUE(outcome.Says("connected, but no answer within 300ms")) << outcome;
  EXPECT_TRUE(Counts("close_wait_expired", 1)) << "it does not see the half-close either";
  const auto view = daemon_->ClusterView();
  ASSERT_EQ(view.degraded_size(), 1);
  EXPECT_NE(view.degraded(0).find(gateway_.address()), std::string::npos);
  EXPECT_EQ(view.gateways(0).generation(), "");
  EXPECT_TRUE(view.ready()) << "never NOT_SERVING for one Gateway";
  gateway_.AtHello(nullptr);
  ExpectHealed();
}

TEST_F(LinkFaultTest, AGatewayThatClosesAfterTheHelloIsTakenForAWrongSecret) {
  Break([](FakeLink& link) { link.Close(); });
  ASSERT_TRUE(Counts("link_attempts_failed", 3));
  const Outcome outcome = Call(&Stub::IsOnline, IsOnline(gateway_.ClientId()));
  EXPECT_EQ(outcome.code, StatusCode::UNAVAILABLE) << outcome;
  EXPECT_EQ(outcome.reason, "no-link");
  EXPECT_TRUE(outcome.Says("wrong secret")) << outcome;
  gateway_.AtHello(nullptr);
  ExpectHealed();
}

TEST_F(LinkFaultTest, AGatewayThatAnswersTheProbeWithGarbageIsNoLink) {
  Break([](FakeLink& link) { link.Send("SSH-2.0-OpenSSH_9.2\r\n"); });
  ASSERT_TRUE(Counts("link_attempts_failed", 2));
  EXPECT_TRUE(Counts("bad_answers", 2));
  const Outcome outcome = Call(&Stub::IsOnline, IsOnline(gateway_.ClientId()));
  EXPECT_EQ(outcome.code, StatusCode::UNAVAILABLE) << outcome;
  EXPECT_EQ(outcome.reason, "no-link");
  EXPECT_EQ(daemon_->ClusterView().degraded_size(), 1);
  gateway_.AtHello(nullptr);
  ExpectHealed();
}

TEST_F(LinkFaultTest, CommandsToAGatewayThatStopsReadingAreRefusedWhenTheBufferIsFull) {
  Config config = ShortConfig({register_->address()});
  config.cluster.command_buffer = 4 * 1024 * 1024;
  Daemon daemon(std::move(config));
  ASSERT_TRUE(daemon.WaitLinked(1));
  gateway_.Next(Command::kSendToOne, [](FakeLink& link) { link.StopReading(); });
  const std::string body(256 * 1024, 'x');
  Outcome outcome;
  for (int i = 0; i < 400 && outcome.ok(); ++i)
    outcome = CallFor(daemon, &Stub::SendToClient, SendText(gateway_.ClientId(), body));
  EXPECT_EQ(outcome.code, StatusCode::RESOURCE_EXHAUSTED) << outcome;
  EXPECT_EQ(outcome.reason, "buffer-full");
  EXPECT_EQ(outcome.gateway, gateway_.address());
  EXPECT_EQ(daemon.Counter("commands_refused"), 1);
  const auto link = test::Shown(daemon, gateway_.address()).links(0);
  EXPECT_GT(link.bytes_queued(), 3 * 1024 * 1024);
  EXPECT_LE(link.bytes_queued(), 4 * 1024 * 1024);
  EXPECT_EQ(link.state(), pb::LINK_STATE_READY) << "nothing is due, so it may just be slow";

  // A query is due, and its answer does not come: now the link is ended, and what it held is counted.
  outcome = CallFor(daemon, &Stub::IsOnline, IsOnline(gateway_.ClientId()));
  EXPECT_EQ(outcome.code, StatusCode::UNAVAILABLE) << outcome;
  EXPECT_EQ(outcome.reason, "timeout");
  EXPECT_GE(daemon.Counter("commands_lost"), 10);
  EXPECT_TRUE(log_.Comes({"WARNING", gateway_.address(), "no byte of a due answer"})) << log_.all();
  EXPECT_TRUE(daemon.WaitLinked(1));
  EXPECT_EQ(daemon.Counter("close_wait_expired"), 1);
  EXPECT_TRUE(CallFor(daemon, &Stub::IsOnline, IsOnline(gateway_.ClientId())).ok());
}

// What the caller of a command with `confirm` or `require_online` hears, when the Gateway does `deed` to it.
class ConfirmFaultTest : public FakeGatewayTest {
 protected:
  Outcome Confirmed(FakeGateway::Deed deed, bool confirm, bool require_online) {
    gateway_.Next(Command::kBindUid, std::move(deed));
    pb::BindUidRequest request = Bind(gateway_.ClientId(), "u");
    if (confirm) request.set_confirm(pb::CONFIRM_RUN);
    request.set_require_online(require_online);
    return Call(&Stub::BindUid, request);
  }
  void ExpectUnknown(const Outcome& outcome, const std::string& reason) {
    EXPECT_EQ(outcome.code, StatusCode::DEADLINE_EXCEEDED) << outcome;
    EXPECT_EQ(outcome.reason, reason) << outcome;
    EXPECT_EQ(outcome.gateway, gateway_.address()) << outcome;
    EXPECT_TRUE(outcome.Says("unknown whether it ran")) << outcome;
  }
};

TEST_F(ConfirmFaultTest, ALinkLostAfterTheWriteIsDeadlineExceededNeverUnavailable) {
  const auto close = [](FakeLink& link) { link.Close(); };
  ExpectUnknown(Confirmed(close, true, false), "link-lost");
  ASSERT_TRUE(daemon_->WaitLinked(1));
  ExpectUnknown(Confirmed(close, true, true), "link-lost");
  ASSERT_TRUE(daemon_->WaitLinked(1));
  // The IS_ONLINE in front of the command is not answered either.
  gateway_.Next(Command::kIsOnline, close);
  ExpectUnknown(Confirmed(close, false, true), "link-lost");
  EXPECT_TRUE(log_.Comes({"WARNING", gateway_.address(), "link lost"})) << log_.all();
  EXPECT_TRUE(daemon_->WaitLinked(1));
  EXPECT_EQ(daemon_->Counter("links_lost"), 3);
}

TEST_F(ConfirmFaultTest, AConfirmationThatNeverComesIsDeadlineExceeded) {
  const auto stop = [](FakeLink& link) { link.StopReading(); };
  ExpectUnknown(Confirmed(stop, true, false), "timeout");
  EXPECT_EQ(daemon_->Counter("query_timeouts"), 1);
}

TEST_F(ConfirmFaultTest, WithNoLinkNothingWasSentAndItIsUnavailable) {
  gateway_.AtHello([](FakeLink& link) { link.Close(); });
  gateway_.ToAllLinks([](FakeLink& link) { link.Close(); });
  ASSERT_TRUE(Counts("link_attempts_failed", 1));
  const int bound = gateway_.Count(Command::kBindUid);
  const Outcome outcome = Confirmed(nullptr, true, true);
  EXPECT_EQ(outcome.code, StatusCode::UNAVAILABLE) << outcome;
  EXPECT_EQ(outcome.reason, "no-link");
  EXPECT_EQ(gateway_.Count(Command::kBindUid), bound);
}

class ConsistencyFaultTest : public FakeGatewayTest {};

TEST_F(ConsistencyFaultTest, ALinkLostBetweenACommandAndAQueryFailsTheQueryOnce) {
  ASSERT_TRUE(Call(&Stub::BindUid, Bind(gateway_.ClientId(), "u")).ok());
  ASSERT_TRUE(Eventually([&] { return gateway_.Count(Command::kBindUid) == 1; }));
  gateway_.ToAllLinks([](FakeLink& link) { link.Close(); });
  ASSERT_TRUE(Counts("links_lost", 1));
  ASSERT_TRUE(daemon_->WaitLinked(1));

  pb::GetAllGroupIdListRequest any;
  any.set_consistency(pb::CONSISTENCY_ANY);
  EXPECT_TRUE(Call(&Stub::GetAllGroupIdList, any).ok()) << "who does not ask for it is not told";
  const Outcome once = Call(&Stub::GetAllGroupIdList, {});
  EXPECT_EQ(once.code, StatusCode::UNAVAILABLE) << once;
  EXPECT_EQ(once.reason, "link-lost");
  EXPECT_EQ(once.gateway, gateway_.address());
  EXPECT_TRUE(once.Says("ask again")) << once;
  EXPECT_EQ(daemon_->Counter("unknown_effects"), 1);
  EXPECT_TRUE(Call(&Stub::GetAllGroupIdList, {}).ok());
  EXPECT_EQ(daemon_->Counter("unknown_effects"), 1);
}

TEST_F(ConsistencyFaultTest, ALinkLostAfterTheCommandsEffectWasSeenFailsNothing) {
  ASSERT_TRUE(Call(&Stub::BindUid, Bind(gateway_.ClientId(), "u")).ok());
  ASSERT_TRUE(Call(&Stub::IsOnline, IsOnline(gateway_.ClientId())).ok());
  gateway_.ToAllLinks([](FakeLink& link) { link.Close(); });
  ASSERT_TRUE(Counts("links_lost", 1));
  ExpectHealed();
  EXPECT_EQ(daemon_->Counter("unknown_effects"), 0);
}

TEST_F(ConsistencyFaultTest, AQueryThatWaitsForAStalledCommandLinkIsUnavailable) {
  gateway_.Next(Command::kBindUid, [](FakeLink& link) { link.StopReading(); });
  ASSERT_TRUE(Call(&Stub::BindUid, Bind(gateway_.ClientId(), "u")).ok());
  const Outcome outcome = Call(&Stub::GetAllGroupIdList, {});
  EXPECT_EQ(outcome.code, StatusCode::UNAVAILABLE) << outcome;
  EXPECT_EQ(outcome.reason, "timeout");
  EXPECT_EQ(outcome.gateway, gateway_.address());
  EXPECT_EQ(daemon_->Counter("barrier_timeouts"), 1);
}

}  // namespace
}  // namespace gatewayd::test
