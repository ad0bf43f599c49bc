#include "cluster/errors.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gatewayd::cluster {
namespace {

constexpr Reason kReasons[] = {
    Reason::kNoView,         Reason::kUnknownGateway, Reason::kNoLink,     Reason::kLinkLost,
    Reason::kGenerationOver, Reason::kOtherDaemon,    Reason::kBufferFull, Reason::kTooLarge,
    Reason::kTimeout,        Reason::kBadAnswer,      Reason::kOffline,    Reason::kDialect,
    Reason::kStalled,        Reason::kRefused,        Reason::kStopping,
};

TEST(ErrorsTest, AnErrorCarriesCodeReasonGatewayAndText) {
  const absl::Status status =
      MakeError(absl::StatusCode::kUnavailable, Reason::kLinkLost, "10.0.0.5:2900", "link lost: reset");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), "gateway 10.0.0.5:2900: link lost: reset");
  EXPECT_EQ(ErrorPayload(status, kReasonKey), "link-lost");
  EXPECT_EQ(ErrorPayload(status, kGatewayKey), "10.0.0.5:2900");
}

TEST(ErrorsTest, WithoutAGatewayNoneIsNamed) {
  const absl::Status status = MakeError(absl::StatusCode::kUnavailable, Reason::kNoView, "", "no view yet");
  EXPECT_EQ(status.message(), "no view yet");
  EXPECT_EQ(ErrorPayload(status, kReasonKey), "no-view");
  EXPECT_EQ(ErrorPayload(status, kGatewayKey), "");
}

TEST(ErrorsTest, ReasonWordsAreFitForMetadataAndDiffer) {
  std::set<std::string> words;
  for (const Reason reason : kReasons) {
    const std::string word(ReasonWord(reason));
    EXPECT_THAT(word, testing::MatchesRegex("[a-z]+(-[a-z]+)*"));
    EXPECT_NE(word, "unknown");
    words.insert(word);
  }
  EXPECT_EQ(words.size(), std::size(kReasons));
}

// Programs compare these words: a change of one is a change of the API.
TEST(ErrorsTest, ReasonWordsStayAsTheyAre) {
  EXPECT_EQ(ReasonWord(Reason::kNoView), "no-view");
  EXPECT_EQ(ReasonWord(Reason::kUnknownGateway), "unknown-gateway");
  EXPECT_EQ(ReasonWord(Reason::kNoLink), "no-link");
  EXPECT_EQ(ReasonWord(Reason::kLinkLost), "link-lost");
  EXPECT_EQ(ReasonWord(Reason::kGenerationOver), "generation-over");
  EXPECT_EQ(ReasonWord(Reason::kOtherDaemon), "other-daemon");
  EXPECT_EQ(ReasonWord(Reason::kBufferFull), "buffer-full");
  EXPECT_EQ(ReasonWord(Reason::kTooLarge), "too-large");
  EXPECT_EQ(ReasonWord(Reason::kTimeout), "timeout");
  EXPECT_EQ(ReasonWord(Reason::kBadAnswer), "bad-answer");
  EXPECT_EQ(ReasonWord(Reason::kOffline), "offline");
  EXPECT_EQ(ReasonWord(Reason::kDialect), "dialect");
  EXPECT_EQ(ReasonWord(Reason::kStopping), "stopping");
}

TEST(ErrorsTest, AnUnknownReasonHasAWordToo) {
  EXPECT_EQ(ReasonWord(static_cast<Reason>(99)), "unknown");
}

TEST(ErrorsTest, PayloadsThatAreNotThereAreEmpty) {
  EXPECT_EQ(ErrorPayload(absl::OkStatus(), kReasonKey), "");
  EXPECT_EQ(ErrorPayload(absl::InternalError("plain"), kReasonKey), "");
  EXPECT_EQ(ErrorPayload(MakeError(absl::StatusCode::kNotFound, Reason::kOffline, "g:1", "gone"), kFieldKey),
            "");
}

}  // namespace
}  // namespace gatewayd::cluster
