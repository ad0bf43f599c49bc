#include "admin/status_access.h"

#include <gmock/gmock.h>

#include "unit/security/test_certificates.h"

namespace gatewayd::admin {
namespace {

using security::Right;
using testing::HasSubstr;

// As a browser on this machine asks, on a listener of loopback.
HttpRequest Here(const std::string& host = "127.0.0.1:9090") {
  return {.method = "GET",
          .path = "/api/status",
          .headers = {{"host", host}},
          .peer_is_loopback = true,
          .listener_is_loopback = true};
}

HttpRequest With(HttpRequest request, const std::string& header, const std::string& value) {
  request.headers[header] = value;
  return request;
}

TEST(StatusAccessTest, WithoutTokensWhoIsHereMayDoAll) {
  const StatusAccess access(nullptr);
  StatusCaller caller{.name = "somebody"};
  EXPECT_FALSE(access.RefusePage(Here()));
  EXPECT_FALSE(access.Refuse(Here(), Right::kAdmin, &caller));
  EXPECT_EQ(caller.name, "");
  EXPECT_EQ(caller.rights, security::Rights::All());
}

TEST(StatusAccessTest, WithoutTokensNobodyFromElsewhereAndNobodyOnAWiderListener) {
  const StatusAccess access(nullptr);
  StatusCaller caller;
  HttpRequest wide = Here();
  wide.listener_is_loopback = false;
  HttpRequest other = Here();
  other.peer_is_loopback = false;
  for (const HttpRequest& request : {wide, other}) {
    const auto page = access.RefusePage(request);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->status, 403);
    EXPECT_THAT(page->body, HasSubstr("--tokens_file")) << "it says how to go on";
    const auto api = access.Refuse(request, std::nullopt, &caller);
    ASSERT_TRUE(api);
    EXPECT_EQ(api->status, 403);
    EXPECT_EQ(api->content_type, "application/json");
  }
}

TEST(StatusAccessTest, WithoutTokensOnlyUnderANameOfThisMachine) {
  const StatusAccess access(nullptr);
  StatusCaller caller;
  for (const char* host : {"evil.example", "evil.example:9090", "127.0.0.1.evil.example", "10.0.0.1", "",
                           "localhost.evil.example", "localhost:80:80", "[::2]:9090", "127.0.0.1:evil"}) {
    EXPECT_TRUE(access.RefusePage(Here(host))) << host;
    EXPECT_TRUE(access.Refuse(Here(host), std::nullopt, &caller)) << host;
  }
  for (const char* host :
       {"localhost", "LocalHost:9090", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:9090"}) {
    EXPECT_FALSE(access.RefusePage(Here(host))) << host;
    EXPECT_FALSE(access.Refuse(Here(host), std::nullopt, &caller)) << host;
  }
}

TEST(StatusAccessTest, PagesOfOtherSitesGetNothing) {
  const StatusAccess access(nullptr);
  StatusCaller caller;
  for (const char* site : {"cross-site", "same-site", "anything"})
    EXPECT_EQ(access.Refuse(With(Here(), "sec-fetch-site", site), std::nullopt, &caller)->status, 403)
        << site;
  for (const char* site : {"same-origin", "none"})
    EXPECT_FALSE(access.Refuse(With(Here(), "sec-fetch-site", site), std::nullopt, &caller)) << site;
  for (const char* origin : {"http://evil.example", "null", "http://127.0.0.1:8080", "http://127.0.0.1"})
    EXPECT_EQ(access.Refuse(With(Here(), "origin", origin), std::nullopt, &caller)->status, 403) << origin;
  for (const char* origin : {"http://127.0.0.1:9090", "https://127.0.0.1:9090"})
    EXPECT_FALSE(access.Refuse(With(Here(), "origin", origin), std::nullopt, &caller)) << origin;
}

class StatusTokensTest : public ::testing::Test {
 protected:
  StatusTokensTest() {
    folder_.Replace("tokens",
                    "ops operators-token-1234\n"
                    "reports reports-token-12345 read\n");
    auto opened = security::TokenStore::Open(folder_ / "tokens");
    EXPECT_TRUE(opened.ok()) << opened.status();
    access_ = std::make_unique<StatusAccess>(*opened);
  }
  std::optional<HttpResponse> Ask(const std::string& authorization, std::optional<Right> right) {
    HttpRequest request = Here("status.example");
    request.listener_is_loopback = request.peer_is_loopback = false;
    if (!authorization.empty()) request.headers["authorization"] = authorization;
    return access_->Refuse(request, right, &caller_);
  }

  const test::Folder folder_;
  std::unique_ptr<StatusAccess> access_;
  StatusCaller caller_;
};

TEST_F(StatusTokensTest, AValidOneWithTheRightIsAskedForFromEverywhere) {
  EXPECT_FALSE(Ask("Bearer operators-token-1234", Right::kAdmin));
  EXPECT_EQ(caller_.name, "ops");
  EXPECT_EQ(caller_.token, "operators-token-1234");
  EXPECT_FALSE(Ask("bearer reports-token-12345", std::nullopt));
  EXPECT_FALSE(caller_.rights.Has(Right::kSend));
  const auto denied = Ask("Bearer reports-token-12345", Right::kAdmin);
  ASSERT_TRUE(denied);
  EXPECT_EQ(denied->status, 403);
  EXPECT_THAT(denied->body, HasSubstr("lacks the right \\\"admin\\\""));
}

TEST_F(StatusTokensTest, NoneAWrongOneAndRubbishAre401AndNeverRepeated) {
  for (const std::string& brought :
       {std::string(), std::string("Bearer"), std::string("Bearer "), std::string("Basic b3BzOg=="),
        std::string("Bearer operators-token-1235"), std::string("Bearer operators-token-1234 "),
        "Bearer " + std::string(7000, 'x'), std::string("Bearer \xff\x00\x01", 10)}) {
    const auto refused = Ask(brought, std::nullopt);
    ASSERT_TRUE(refused) << brought;
    EXPECT_EQ(refused->status, 401) << brought;
    EXPECT_THAT(refused->headers, testing::Contains(testing::Pair("WWW-Authenticate", "Bearer")));
    EXPECT_THAT(refused->body, testing::Not(HasSubstr("operators")));
  }
}

TEST_F(StatusTokensTest, ThePageItselfIsForEverybodySinceItAsksForTheToken) {
  HttpRequest request = Here("status.example");
  request.listener_is_loopback = false;
  EXPECT_FALSE(access_->RefusePage(request));
}

TEST_F(StatusTokensTest, OneThatIsTakenAwayIsRefusedAtOnce) {
  EXPECT_FALSE(Ask("Bearer reports-token-12345", std::nullopt));
  folder_.Replace("tokens", "ops operators-token-1234\n");
  auto opened = security::TokenStore::Open(folder_ / "tokens");
  ASSERT_TRUE(opened.ok());
  access_ = std::make_unique<StatusAccess>(*opened);
  EXPECT_EQ(Ask("Bearer reports-token-12345", std::nullopt)->status, 401);
}

}  // namespace
}  // namespace gatewayd::admin
