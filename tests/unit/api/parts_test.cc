// What needs no channel: texts, errors, checks, plans, WebSocket frames.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/checks.h"
#include "api/command_parts.h"
#include "api/error.h"
#include "api/listen.h"
#include "api/plan.h"
#include "api/text.h"
#include "unit/api/fake_cluster.h"
#include "wire/requests.h"

namespace gatewayd::api {
namespace {

using testing::HasSubstr;

TEST(Text, WellFormedUtf8Only) {
  for (const char* good : {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe2\x82", "\xe0\x80\x80", "\xed\xa0\x80",
        "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xc3(", "\xe2\x28\xa1"}) {
    EXPECT_FALSE(IsUtf8(bad)) << Printable(bad);
  }
  EXPECT_TRUE(IsUtf8(std::string_view("\0", 1)));
}

TEST(Text, QuotesAreShortAndPrintable) {
  EXPECT_EQ(Quote("ab\n\xff"), "\"ab??\"");
  EXPECT_EQ(Quote(std::string(65, 'x')), "\"" + std::string(64, 'x') + "...\"");
}

TEST(Error, OfAFieldCarriesItsNameWithoutTheIndex) {
  const absl::Status status = FieldError("uids[3]", "is empty");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "uids[3]: is empty");
  EXPECT_EQ(cluster::ErrorPayload(status, cluster::kFieldKey), "uids");
}

TEST(Error, TextsThatAreNotUtf8AreMadePrintable) {
  grpc::ServerContext context;
  const grpc::Status status = ToGrpc(absl::UnavailableError("caf\xe9"), context);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "caf?");
  EXPECT_TRUE(ToGrpc(absl::OkStatus(), context).ok());
}

TEST(Error, EveryCodeIsTheSame) {
  grpc::ServerContext context;
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "x");
    EXPECT_EQ(static_cast<int>(ToGrpc(status, context).error_code()), code);
  }
}

Failure Fail(const std::string& gateway, absl::StatusCode code, cluster::Reason reason) {
  return {gateway, cluster::MakeError(code, reason, gateway, "cause")};
}

TEST(Failures, OneIsAsItIs) {
  const std::vector<Failure> one = {Fail("a:1", absl::StatusCode::kUnavailable, cluster::Reason::kNoLink)};
  EXPECT_EQ(FailuresStatus(one), one[0].status);
}

TEST(Failures, SeveralNameAllAndKeepWhatTheyHaveInCommon) {
  std::vector<Failure> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(Fail(absl::StrCat("g:", i), absl::StatusCode::kUnavailable, cluster::Reason::kNoLink));
  absl::Status status = FailuresStatus(all);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(cluster::ErrorPayload(status, cluster::kReasonKey), "no-link");
  EXPECT_EQ(cluster::ErrorPayload(status, cluster::kGatewayKey), "g:0,g:1,g:2,g:3,g:4,g:5,g:6,g:7");
  EXPECT_THAT(std::string(status.message()), HasSubstr("8 Gateways"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("g:7"));
  all.push_back(Fail("h:1", absl::StatusCode::kResourceExhausted, cluster::Reason::kBufferFull));
  status = FailuresStatus(all);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(cluster::ErrorPayload(status, cluster::kReasonKey), "");
  all.push_back(Fail("h:2", absl::StatusCode::kDeadlineExceeded, cluster::Reason::kTimeout));
  EXPECT_EQ(FailuresStatus(all).code(), absl::StatusCode::kDeadlineExceeded);
  all.push_back(Fail("h:3", absl::StatusCode::kDataLoss, cluster::Reason::kBadAnswer));
  EXPECT_EQ(FailuresStatus(all).code(), absl::StatusCode::kDataLoss);
}

TEST(Failures, AreListedOnceForEachGateway) {
  const std::vector<Failure> all = {Fail("a:1", absl::StatusCode::kUnavailable, cluster::Reason::kNoLink),
                                    Fail("b:1", absl::StatusCode::kUnavailable, cluster::Reason::kNoLink),
                                    Fail("a:1", absl::StatusCode::kDataLoss, cluster::Reason::kBadAnswer)};
  gatewayworker::v1::Delivery delivery;
  ListFailures(all, delivery.mutable_unreachable());
  ASSERT_EQ(delivery.unreachable_size(), 2);
  EXPECT_EQ(delivery.unreachable(0).gateway(), "a:1");
  EXPECT_THAT(delivery.unreachable(0).reason(), HasSubstr("cause"));
}

TEST(Plan, NamesAreSplitSoThatNoListIsLonger) {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i)
    names.push_back("n\"\n" + std::to_string(i));
  for (const std::size_t limit : {20u, 50u, 100u, 10000u}) {
    std::size_t sum = 0;
    for (const auto run : SplitNames(names, limit)) {
      EXPECT_LE(wire::StringListJson(run).size(), limit);
      sum += run.size();
    }
    EXPECT_EQ(sum, names.size()) << limit;
  }
  EXPECT_TRUE(SplitNames(names, 8).empty());
  EXPECT_TRUE(SplitNames({}, 100).empty());
}

TEST(Plan, AMemberWhoseIdsAreNotKnownIsAFailureWhereIdsMatter) {
  FakeCluster cluster(2);
  cluster::View view = *cluster.view();
  view.by_address.erase(FakeCluster::Address(1));
  Plan without;
  PlanEveryGateway(view, without);
  EXPECT_EQ(without.steps.size(), 2u);
  Plan with;
  PlanEveryGatewayWithIds(view, with);
  EXPECT_EQ(with.steps.size(), 1u);
  ASSERT_EQ(with.failures.size(), 1u);
  EXPECT_EQ(with.failures[0].gateway, "127.0.0.1:2901");
  EXPECT_EQ(with.failures[0].status.code(), absl::StatusCode::kUnavailable);
}

TEST(WebSocket, TheThreeFormsOfALength) {
  EXPECT_EQ(WebSocketBinaryFrame(""), std::string("\x82\x00", 2));
  EXPECT_EQ(WebSocketBinaryFrame(std::string(125, 'x')).substr(0, 2), "\x82\x7d");
  EXPECT_EQ(WebSocketBinaryFrame(std::string(126, 'x')).substr(0, 4), std::string("\x82\x7e\x00\x7e", 4));
  EXPECT_EQ(WebSocketBinaryFrame(std::string(65535, 'x')).substr(0, 4), "\x82\x7e\xff\xff");
  const std::string big = WebSocketBinaryFrame(std::string(65536, 'x'));
  EXPECT_EQ(big.substr(0, 10), std::string("\x82\x7f\0\0\0\0\0\x01\0\0", 10));
  EXPECT_EQ(big.size(), 65546u);
}

// A dialect that is go as far as messages are concerned.
class GoLike final : public wire::Dialect {
 public:
  wire::DialectKind kind() const override { return wire::DialectKind::kGo; }
  std::string_view name() const override { return "go"; }
  std::uint16_t default_register_port() const override { return 0; }
  std::unique_ptr<wire::PacketCodec> NewPacketCodec(std::string_view) const override { return nullptr; }
  std::string EncodeRegisterLine(std::string_view, std::string_view) const override { return ""; }
  absl::StatusOr<std::string> DecodeRegisterLine(std::string_view, std::string_view) const override {
    return "";
  }
  absl::StatusOr<std::uint64_t> DecodeCount(std::string_view) const override { return 0; }
  absl::StatusOr<wire::ConnectionIds> DecodeConnectionIds(std::string_view) const override {
    return wire::ConnectionIds();
  }
  absl::StatusOr<wire::ConnectionIdsByUid> DecodeConnectionIdsByUid(std::string_view) const override {
    return wire::ConnectionIdsByUid();
  }
  absl::StatusOr<wire::CountsByGroup> DecodeCountsByGroup(std::string_view) const override {
    return wire::CountsByGroup();
  }
  absl::StatusOr<std::vector<std::string>> DecodeGroups(std::string_view) const override {
    return std::vector<std::string>();
  }
  absl::Status VisitSessions(std::string_view,
                             absl::FunctionRef<void(const wire::ClientSession&)>) const override {
    return absl::OkStatus();
  }
  absl::Status VisitSelected(std::string_view,
                             absl::FunctionRef<void(const wire::SelectedClient&)>) const override {
    return absl::OkStatus();
  }
  absl::StatusOr<std::optional<std::string_view>> DecodeSession(std::string_view) const override {
    return std::optional<std::string_view>();
  }
  absl::StatusOr<wire::Value> DecodeSessionValue(std::string_view) const override { return wire::Value(); }
  std::string EncodeSessionValue(const wire::Value&) const override { return ""; }
  absl::Status CheckSession(std::string_view) const override { return absl::OkStatus(); }
  bool IsUsableName(std::string_view) const override { return true; }
  void SetNoMessage(wire::Frame&) const override {}
};

TEST(Message, RawIsForPhpOnly) {
  const GoLike go;
  for (const bool raw : {true, false}) {
    gatewayworker::v1::Message message;
    message.set_raw(raw);
    message.set_websocket_binary(!raw);
    wire::Frame frame;
    std::string storage;
    const absl::Status status = PutMessage(go, message, frame, storage);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(cluster::ErrorPayload(status, cluster::kReasonKey), "dialect");
  }
}

TEST(Names, ZeroIsAName) {
  EXPECT_TRUE(CheckName(GoLike(), "uid", "0").ok());
  EXPECT_FALSE(CheckName(GoLike(), "uid", "").ok());
}

TEST(Listen, WhatIsLocal) {
  for (const char* local : {"unix:/x", "127.0.0.1:1", "127.0.0.5:1", "[::1]:1", "localhost:1"})
    EXPECT_TRUE(IsLocalAddress(local)) << local;
  for (const char* wide : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "host:1"})
    EXPECT_FALSE(IsLocalAddress(wide)) << wide;
}

}  // namespace
}  // namespace gatewayd::api
