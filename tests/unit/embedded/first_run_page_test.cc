#include "embedded/first_run_page.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "unit/embedded/test_clients.h"

namespace gatewayd::embedded {
namespace {

class FirstRunPageTest : public testing::Test {
 protected:
  FirstRunPageTest() : page_(Options()) { EXPECT_TRUE(page_.Start().ok()); }

  static FirstRunPageOptions Options() {
    FirstRunPageOptions options;
    options.websocket_url = "ws://127.0.0.1:7272/";
    options.grpc_address = "127.0.0.1:50<51";
    options.chat_command = "GATEWAYD_ADDRESS=127.0.0.1:50<51 chat";
    return options;
  }

  std::string Fetch(const std::string& first, const std::string& host) {
    test::TcpClient client(page_.port());
    client.Send(absl::StrCat(first, " HTTP/1.1\r\nHost: ", host, "\r\nConnection: close\r\n\r\n"));
    client.WaitClosed();
    return client.buffered();
  }
  std::string OwnHost() { return absl::StrCat("127.0.0.1:", page_.port()); }

  FirstRunPage page_;
};

TEST_F(FirstRunPageTest, ServesThePageWithTheCommandsFilledIn) {
  const std::string answer = Fetch("GET /", OwnHost());
  EXPECT_TRUE(absl::StartsWith(answer, "HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(absl::StrContains(answer, "127.0.0.1:50&lt;51 gatewayworker.v1.GatewayService/SendToAll"));
  EXPECT_TRUE(absl::StrContains(answer, "<pre>GATEWAYD_ADDRESS=127.0.0.1:50&lt;51 chat</pre>"));
  EXPECT_TRUE(absl::StrContains(answer, "const url = \"ws://127.0.0.1:7272/\";"));
  EXPECT_TRUE(absl::StrContains(answer, "connect-src ws://127.0.0.1:7272;"));
  EXPECT_TRUE(absl::StrContains(answer, "Cache-Control: no-store\r\n"));
  EXPECT_TRUE(absl::StrContains(answer, "X-Content-Type-Options: nosniff\r\n"));
  EXPECT_FALSE(absl::StrContains(answer, "{{"));
  EXPECT_FALSE(absl::StrContains(answer, "https://"));
  EXPECT_EQ(page_.url(), absl::StrCat("http://127.0.0.1:", page_.port(), "/"));
}

TEST_F(FirstRunPageTest, UsesAFreshNonceForEachAnswer) {
  EXPECT_NE(Fetch("GET /", OwnHost()), Fetch("GET /", OwnHost()));
}

TEST_F(FirstRunPageTest, TakesLocalhostAndNoOtherName) {
  EXPECT_TRUE(absl::StartsWith(Fetch("GET /", absl::StrCat("localhost:", page_.port())), "HTTP/1.1 200 "));
  for (std::string host : {std::string("evil.example"), absl::StrCat("evil.example:", page_.port()),
                           std::string("127.0.0.1"), std::string("127.0.0.1:1"), std::string("")}) {
    EXPECT_TRUE(absl::StartsWith(Fetch("GET /", host), "HTTP/1.1 403 ")) << host;
  }
}

TEST_F(FirstRunPageTest, HasOnePageAndTwoMethods) {
  EXPECT_TRUE(absl::StartsWith(Fetch("GET /other", OwnHost()), "HTTP/1.1 404 "));
  EXPECT_TRUE(absl::StartsWith(Fetch("POST /", OwnHost()), "HTTP/1.1 405 "));
  const std::string head = Fetch("HEAD /", OwnHost());
  EXPECT_TRUE(absl::StartsWith(head, "HTTP/1.1 200 ")) << head;
  EXPECT_TRUE(absl::EndsWith(head, "\r\n\r\n")) << head;
  EXPECT_FALSE(absl::StrContains(head, "Content-Length: 0\r\n"));
}

TEST_F(FirstRunPageTest, OutlivesRubbish) {
  test::TcpClient client(page_.port());
  client.Send("\x16\x03\x01rubbish\r\n\r\n");
  EXPECT_TRUE(client.WaitClosed());
  EXPECT_TRUE(absl::StartsWith(Fetch("GET /", OwnHost()), "HTTP/1.1 200 "));
}

TEST_F(FirstRunPageTest, StopsWithAConnectionOpen) {
  test::TcpClient idle(page_.port());
  idle.Send("GET / HT");
  page_.Stop();
  page_.Stop();
  EXPECT_TRUE(idle.WaitClosed());
}

TEST_F(FirstRunPageTest, ATakenPortAndAWideAddressAreClearErrors) {
  FirstRunPageOptions options = Options();
  options.port = page_.port();
  absl::Status status = FirstRunPage(options).Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(status.message(), OwnHost())) << status;
  options.host = "0.0.0.0";
  EXPECT_EQ(FirstRunPage(options).Start().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace gatewayd::embedded
