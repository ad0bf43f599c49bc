// A Gateway whose answers are wrong, cut off, late or never come: on the command link, where other calls wait
// behind it, and on a query link, which a query has to itself.
#include <atomic>
#include <future>

#include "integration/fault_fixture.h"

namespace gatewayd::test {
namespace {

using Stub = pb::GatewayService::Stub;
using grpc::StatusCode;
using wire::Command;

struct Fault {
  const char* name;
  FakeGateway::Deed deed;  // instead of the answer
  StatusCode code;
  const char* reason;
  const char* says;
  const char* counter;
};
void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.name;
}
std::string NameOf(const ::testing::TestParamInfo<Fault>& info) {
  return info.param.name;
}

// What has no business on a caller's link: a PING as a PHP Gateway sends it to workers, and one that is
// shorter than its head. A frame's length counts itself, an answer's does not, so four bytes are still due
// after either.
const std::string kEventFrame =
    BigEndian32(28) + std::string(1, static_cast<char>(201)) + std::string(23, '\0');
const std::string kFrameShorterThanItsHead = BigEndian32(27) + std::string(23, '\0');

// Faults of any link: the framing breaks, or the connection.
std::vector<Fault> BrokenConnections() {
  return {
      {"ClosesWithoutAWord", [](FakeLink& link) { link.Close(); }, StatusCode::UNAVAILABLE, "link-lost",
       "link lost: closed by the peer", "links_lost"},
      {"ClosesInMidLength",
       [](FakeLink& link) {
         link.Send(std::string("\0\0", 2));
         link.Close();
       },
       StatusCode::UNAVAILABLE, "link-lost", "link lost: closed by the peer", "links_lost"},
      {"ClosesInMidAnswer",
       [](FakeLink& link) {
         link.Send(BigEndian32(4) + "i:");
         link.Close();
       },
       StatusCode::UNAVAILABLE, "link-lost", "link lost: closed by the peer", "links_lost"},
      {"Resets", [](FakeLink& link) { link.Reset(); }, StatusCode::UNAVAILABLE, "link-lost",
       "link lost: Connection reset by peer", "links_lost"},
      {"SaysNothing", [](FakeLink&) {}, StatusCode::UNAVAILABLE, "timeout",
       "no byte of a due answer within 300ms", "query_timeouts"},
      {"FallsSilentInMidAnswer", [](FakeLink& link) { link.Send(BigEndian32(4) + "i:"); },
       StatusCode::UNAVAILABLE, "timeout", "no byte of a due answer within 300ms", "query_timeouts"},
      {"AnswersNoBytes", [](FakeLink& link) { link.Send(BigEndian32(0)); }, StatusCode::DATA_LOSS,
       "bad-answer", "an answer of no bytes", "bad_answers"},
  };
}

const FakeGateway::Deed kAnnounceFourGigabytes = [](FakeLink& link) { link.Send(BigEndian32(0xffffffff)); };
const FakeGateway::Deed kSpeakHttp = [](FakeLink& link) { link.Send("HTTP/1.1 400 Bad Request\r\n\r\n"); };

// Where answers are small, one of gigabytes is nonsense, and so is what says something else.
std::vector<Fault> CommandLinkFaults() {
  std::vector<Fault> faults = BrokenConnections();
  faults.push_back({"AnnouncesFourGigabytes", kAnnounceFourGigabytes, StatusCode::DATA_LOSS, "bad-answer",
                    "an answer of 4294967299 bytes", "bad_answers"});
  faults.push_back(
      {"SpeaksHttp", kSpeakHttp, StatusCode::DATA_LOSS, "bad-answer", "can be right", "bad_answers"});
  for (const auto& [name, bytes] : {std::pair("SendsAnEventFrame", kEventFrame),
                                    std::pair("SendsAFrameShorterThanItsHead", kFrameShorterThanItsHead)}) {
    faults.push_back({name, [bytes = bytes](FakeLink& link) { link.Send(bytes); }, StatusCode::UNAVAILABLE,
                      "timeout", "no byte of a due answer within 300ms", "query_timeouts"});
  }
  for (const auto& [name, bytes] : std::vector<std::pair<const char*, std::string>>{
           {"AnswersGarbage", BigEndian32(4) + "\xff\xfe?;"},
           {"AnswersTheWrongKind", BigEndian32(6) + "a:0:{}"},
           {"AnswersOutOfRange", BigEndian32(4) + "i:2;"},
       }) {
    faults.push_back({name, [bytes = bytes](FakeLink& link) { link.Send(bytes); }, StatusCode::DATA_LOSS,
                      "bad-answer", "an answer that cannot be one to IS_ONLINE", "bad_answers"});
  }
  return faults;
}

// Where an answer may be large, one of gigabytes is too large.
std::vector<Fault> QueryLinkFaults() {
  std::vector<Fault> faults = BrokenConnections();
  faults.push_back({"AnnouncesFourGigabytes", kAnnounceFourGigabytes, StatusCode::RESOURCE_EXHAUSTED,
                    "too-large", "an answer of 4294967299 bytes", "answers_too_large"});
  faults.push_back({"SpeaksHttp", kSpeakHttp, StatusCode::RESOURCE_EXHAUSTED, "too-large",
                    "does not fit the answer memory", "answers_too_large"});
  return faults;
}

class FaultyAnswerTest : public FakeGatewayTest, public ::testing::WithParamInterface<Fault> {
 protected:
  void ExpectFault(const Outcome& outcome) {
    const Fault& fault = GetParam();
    EXPECT_EQ(outcome.code, fault.code) << outcome;
    EXPECT_EQ(outcome.reason, fault.reason) << outcome;
    EXPECT_EQ(outcome.gateway, gateway_.address()) << outcome;
    EXPECT_TRUE(outcome.Says(gateway_.address())) << outcome;
    EXPECT_TRUE(outcome.Says(fault.says)) << outcome;
    EXPECT_TRUE(Counts(fault.counter, 1)) << fault.counter;
    EXPECT_TRUE(Counts("links_lost", 1));
    EXPECT_TRUE(log_.Comes({"WARNING", gateway_.address(), fault.says})) << log_.all();
  }
};

class CommandLinkFaultTest : public FaultyAnswerTest {};
INSTANTIATE_TEST_SUITE_P(Gateway, CommandLinkFaultTest, ::testing::ValuesIn(CommandLinkFaults()), NameOf);

TEST_P(CommandLinkFaultTest, FailsTheQueryEndsTheLinkAndHeals) {
  const std::string generation = Shown().generation();
  gateway_.Next(Command::kIsOnline, GetParam().deed);
  ExpectFault(Call(&Stub::IsOnline, IsOnline(gateway_.ClientId())));
  ExpectHealed();
  const auto shown = Shown();
  EXPECT_NE(shown.generation(), generation) << "as far as the daemon can tell it was restarted";
  EXPECT_EQ(shown.links(0).connects(), 2);
}

class QueryLinkFaultTest : public FaultyAnswerTest {};
INSTANTIATE_TEST_SUITE_P(Gateway, QueryLinkFaultTest, ::testing::ValuesIn(QueryLinkFaults()), NameOf);

TEST_P(QueryLinkFaultTest, FailsItsQueryAloneAndHeals) {
  const std::string generation = Shown().generation();
  gateway_.Next(Command::kGetGroupIdList, GetParam().deed);
  ExpectFault(Call(&Stub::GetAllGroupIdList, {}));
  const auto shown = Shown();
  EXPECT_EQ(shown.generation(), generation) << "the command link lives";
  EXPECT_EQ(shown.links(0).connects(), 1);
  pb::GetAllGroupIdListResponse groups;
  const Outcome again = Call(&Stub::GetAllGroupIdList, {}, &groups);
  EXPECT_TRUE(again.ok()) << again;
  ExpectHealed();
}

class AnswerTest : public FakeGatewayTest {};

TEST_F(AnswerTest, AnUnboundedAnswerThatCannotBeReadIsDataLossAndKeepsTheLink) {
  gateway_.Next(Command::kGetGroupIdList, [](FakeLink& link) { link.Answer("a:1:{i:0;"); });
  const Outcome outcome = Call(&Stub::GetAllGroupIdList, {});
  EXPECT_EQ(outcome.code, StatusCode::DATA_LOSS) << outcome;
  EXPECT_TRUE(outcome.Says(gateway_.address())) << outcome;
  EXPECT_TRUE(Call(&Stub::GetAllGroupIdList, {}).ok());
  EXPECT_EQ(daemon_->Counter("links_lost"), 0) << "its length was right, so the next answer can be found";
  ExpectHealed();
}

TEST_F(AnswerTest, AnAnswerTooLargeForTheAnswerMemoryIsResourceExhausted) {
  Config config = ShortConfig({register_->address()});
  config.cluster.max_answers = 1024 * 1024;
  Daemon daemon(std::move(config));
  ASSERT_TRUE(daemon.WaitLinked(1));
  gateway_.Always(Command::kGetGroupIdList, [](FakeLink& link) { link.Send(BigEndian32(1024 * 1024)); });
  const Outcome outcome = CallFor(daemon, &Stub::GetAllGroupIdList, {});
  EXPECT_EQ(outcome.code, StatusCode::RESOURCE_EXHAUSTED) << outcome;
  EXPECT_EQ(outcome.reason, "too-large");
  EXPECT_TRUE(outcome.Says(gateway_.address())) << outcome;
  EXPECT_EQ(daemon.Counter("answers_too_large"), 1);
  gateway_.Always(Command::kGetGroupIdList, nullptr);
  EXPECT_TRUE(CallFor(daemon, &Stub::GetAllGroupIdList, {}).ok());
}

TEST_F(AnswerTest, AnAnswerNobodyAskedForEndsTheLinkAndIsGivenToNobody) {
  gateway_.ToAllLinks([](FakeLink& link) { link.Answer("i:0;"); });
  EXPECT_TRUE(Counts("bad_answers", 1));
  EXPECT_TRUE(log_.Comes({"WARNING", gateway_.address(), "an answer came that nobody asked for"}))
      << log_.all();
  ExpectHealed();
  EXPECT_EQ(daemon_->Counter("links_lost"), 1);
  EXPECT_EQ(Shown().links(0).connects(), 2);
}

TEST_F(AnswerTest, ASecondAnswerToOneQueryIsGivenToNobody) {
  gateway_.Next(Command::kIsOnline, [](FakeLink& link) {
    link.Answer("i:1;");
    link.Answer("i:0;");
  });
  pb::IsOnlineResponse online;
  const Outcome outcome = Call(&Stub::IsOnline, IsOnline(gateway_.ClientId()), &online);
  EXPECT_TRUE(outcome.ok()) << outcome;
  EXPECT_TRUE(online.online());
  EXPECT_TRUE(Counts("bad_answers", 1));
  EXPECT_TRUE(log_.Comes({"WARNING", "an answer came that nobody asked for"})) << log_.all();
  ExpectHealed();
}

// Only the query that was answered with nonsense lost something; the others may ask again.
TEST_F(AnswerTest, NonsenseFailsTheQueriesBehindItAsALostLink) {
  Daemon daemon(DaemonConfig({register_->address()}));  // the first of them must not time out meanwhile
  ASSERT_TRUE(daemon.WaitLinked(1));
  std::atomic<int> asked = 0;
  gateway_.Always(Command::kIsOnline, [&](FakeLink& link) {
    if (++asked == 10) link.Answer("nonsense");
  });
  std::vector<std::future<Outcome>> calls;
  for (int i = 0; i < 10; ++i) {
    calls.push_back(std::async(
        std::launch::async, [&] { return CallFor(daemon, &Stub::IsOnline, IsOnline(gateway_.ClientId())); }));
  }
  int data_loss = 0, link_lost = 0;
  for (auto& call : calls) {
    const Outcome outcome = call.get();
    if (outcome.code == StatusCode::DATA_LOSS && outcome.reason == "bad-answer") ++data_loss;
    if (outcome.code == StatusCode::UNAVAILABLE && outcome.reason == "link-lost") ++link_lost;
  }
  EXPECT_EQ(data_loss, 1);
  EXPECT_EQ(link_lost, 9);
  gateway_.Always(Command::kIsOnline, nullptr);
  ExpectHealed();
}

TEST_F(AnswerTest, AClusterWideQueryNamesTheGatewayThatDidNotAnswer) {
  FakeGateway good;
  FakeRegister both(wire::BroadcastAddressesJson({gateway_.address(), good.address()}) + "\n");
  Daemon daemon(ShortConfig({both.address()}));
  ASSERT_TRUE(daemon.WaitLinked(2));
  pb::GetAllClientCountResponse count;
  gateway_.Next(Command::kGetClientCountByGroup, [](FakeLink&) {});
  Outcome outcome = CallFor(daemon, &Stub::GetAllClientCount, {}, &count);
  EXPECT_EQ(outcome.code, StatusCode::UNAVAILABLE) << outcome;
  EXPECT_EQ(outcome.gateway, gateway_.address());
  EXPECT_EQ(outcome.reason, "timeout");
  ASSERT_TRUE(daemon.WaitLinked(2));

  pb::GetAllClientCountRequest partial;
  partial.set_partial_ok(true);
  gateway_.Next(Command::kGetClientCountByGroup, [](FakeLink& link) { link.Close(); });
  outcome = CallFor(daemon, &Stub::GetAllClientCount, partial, &count);
  EXPECT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(count.count(), 7);
  ASSERT_EQ(count.missing_size(), 1);
  EXPECT_EQ(count.missing(0).gateway(), gateway_.address());
  ASSERT_TRUE(daemon.WaitLinked(2));
  EXPECT_TRUE(CallFor(daemon, &Stub::GetAllClientCount, {}, &count).ok());
  EXPECT_EQ(count.count(), 14);
}

}  // namespace
}  // namespace gatewayd::test
