// The admin listener over real sockets: what HTTP says, and what a slow or hostile client gets.
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "admin/http_server.h"
#include "integration/http_client.h"

namespace gatewayd::test {
namespace {

using admin::HttpRequest;
using admin::HttpResponse;

class AdminHttpTest : public ::testing::Test {
 protected:
  void Start(admin::HttpOptions options = {}) {
    options.listen = {"127.0.0.1:0"};
    admin::Router router;
    router.Get("/hello",
               [](const HttpRequest& request) { return HttpResponse{.body = "hello" + request.query}; });
    router.Post("/echo", [](const HttpRequest& request) { return HttpResponse{.body = request.body}; });
    router.Get("/big", [](const HttpRequest&) { return HttpResponse{.body = std::string(kBig, 'x')}; });
    router.PostLater("/later", [this](const HttpRequest& request, const admin::Router::Done& done) {
      if (request.body == "now") return done({.body = "at once"});
      std::lock_guard lock(mutex_);
      waiting_.push_back(done);
    });
    router.Get("/local", [](const HttpRequest& request) {
      return HttpResponse{.body = request.peer_is_loopback ? "yes" : "no"};
    });
    auto server = admin::HttpServer::Start(options, std::move(router), stats_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    port_ = PortOf(server_->addresses().front());
  }

  static std::string Later(const std::string& body) {
    return HttpClient::Request("POST", "/later", absl::StrCat("Content-Length: ", body.size(), "\r\n")) +
           body;
  }
  // Waits until so many wait for an answer to /later.
  bool Wait(std::size_t count) {
    return Eventually([&] {
      std::lock_guard lock(mutex_);
      return waiting_.size() == count;
    });
  }

  // What comes back for these bytes, on a connection of their own.
  HttpAnswer Say(const std::string& bytes) {
    HttpClient client(port_);
    client.Send(bytes);
    return client.ReadAnswer().value_or(HttpAnswer());
  }
  bool StillAnswers() { return Say(HttpClient::Request("GET", "/hello")).body == "hello"; }

  static constexpr std::size_t kBig = 8 * 1024 * 1024;
  std::mutex mutex_;
  std::vector<admin::Router::Done> waiting_;  // guarded by mutex_
  admin::HttpStats stats_;
  std::unique_ptr<admin::HttpServer> server_;
  std::uint16_t port_ = 0;
};

TEST_F(AdminHttpTest, HeadIsGetWithoutTheBody) {
  Start();
  const HttpAnswer get = Say(HttpClient::Request("GET", "/hello?there"));
  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(get.body, "hellothere");
  EXPECT_EQ(get.headers.at("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(get.headers.at("x-content-type-options"), "nosniff");
  HttpClient client(port_);
  client.Send(HttpClient::Request("HEAD", "/hello?there") + HttpClient::Request("GET", "/hello"));
  const auto head = client.ReadAnswer(/*head=*/true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->headers.at("content-length"), "10");
  EXPECT_EQ(client.ReadAnswer().value_or(HttpAnswer()).body, "hello") << "what followed was no body";
}

TEST_F(AdminHttpTest, AnUnknownPathIs404AndAWrongMethod405WithAllow) {
  Start();
  EXPECT_EQ(Say(HttpClient::Request("GET", "/nothing")).status, 404);
  EXPECT_EQ(Say(HttpClient::Request("DELETE", "/nothing")).status, 404);
  const HttpAnswer answer = Say(HttpClient::Request("DELETE", "/hello"));
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.headers.at("allow"), "GET, HEAD");
  EXPECT_EQ(Say(HttpClient::Request("GET", "/echo")).headers.at("allow"), "POST");
  EXPECT_EQ(Say(HttpClient::Request("MADEUP", "/hello")).status, 405);
}

TEST_F(AdminHttpTest, PipelinedRequestsAreAnsweredInOrder) {
  Start();
  HttpClient client(port_);
  std::string all;
  for (int i = 0; i < 20; ++i)
    all += HttpClient::Request("GET", absl::StrCat("/hello?", i));
  client.Send(all);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(client.ReadAnswer().value_or(HttpAnswer()).body, absl::StrCat("hello", i));
  EXPECT_EQ(stats_.accepted, 1);
}

TEST_F(AdminHttpTest, Http10AndConnectionCloseEndTheConnection) {
  Start();
  HttpClient old(port_);
  old.Send("GET /hello HTTP/1.0\r\n\r\n");
  const auto answer = old.ReadAnswer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_TRUE(old.WaitClosed());
  HttpClient closing(port_);
  closing.Send(HttpClient::Request("GET", "/hello", "Connection: close\r\n"));
  EXPECT_EQ(closing.ReadAnswer().value_or(HttpAnswer()).body, "hello");
  EXPECT_TRUE(closing.WaitClosed());
}

TEST_F(AdminHttpTest, WhatIsNoRequestIs400) {
  Start();
  std::mt19937 random(1);
  std::string noise(4000, '\0');
  for (char& c : noise)
    c = static_cast<char>(random());
  const std::string hello_of_tls("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  for (const std::string& bytes :
       {noise, hello_of_tls + std::string(500, '\x01'), std::string("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), std::string("GET /hello HTTP/3.7\r\n\r\n"),
        std::string("GET /hello HTTP/1.1\r\nno colon\r\n\r\n"), std::string("GET /hello HTTP/1.1\r\n\r\n"),
        std::string("GET http://else.where/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")}) {
    HttpClient client(port_);
    client.Send(bytes);
    EXPECT_EQ(client.ReadAnswer().value_or(HttpAnswer()).status, 400) << bytes.substr(0, 40);
  }
  EXPECT_TRUE(StillAnswers());
}

TEST_F(AdminHttpTest, AHeaderOverTheLimitIs431) {
  Start();
  EXPECT_EQ(Say(HttpClient::Request("GET", "/hello", "X: " + std::string(20'000, 'x') + "\r\n")).status, 431);
  EXPECT_EQ(Say("GET /" + std::string(20'000, 'x')).status, 431);
  std::string many;
  for (int i = 0; i < 2000; ++i)
    absl::StrAppend(&many, "X", i, ": y\r\n");
  EXPECT_EQ(Say(HttpClient::Request("GET", "/hello", many)).status, 431);
  EXPECT_TRUE(StillAnswers());
}

TEST_F(AdminHttpTest, ABodyThatNobodyTakesIs413AndOneOverTheLimitToo) {
  Start({.max_body_bytes = 1000});
  EXPECT_EQ(Say(HttpClient::Request("POST", "/echo", "Content-Length: 3\r\n") + "abc").body, "abc");
  HttpClient client(port_);
  client.Send(HttpClient::Request("GET", "/hello", "Content-Length: 3\r\n") + "abc");
  EXPECT_EQ(client.ReadAnswer().value_or(HttpAnswer()).status, 413);
  EXPECT_TRUE(client.WaitClosed()) << "the body is not taken for a request";
  EXPECT_EQ(Say(HttpClient::Request("POST", "/echo", "Content-Length: 1001\r\n")).status, 413);
  EXPECT_EQ(Say(HttpClient::Request("POST", "/echo", "Transfer-Encoding: chunked\r\n") + "7d0\r\n" +
                std::string(2000, 'x'))
                .status,
            413);
  std::string trailers;
  for (int i = 0; i < 3000; ++i)
    absl::StrAppend(&trailers, "X", i, ": y\r\n");
  EXPECT_GE(Say(HttpClient::Request("POST", "/echo", "Transfer-Encoding: chunked\r\n") + "1\r\nx\r\n0\r\n" +
                trailers + "\r\n")
                .status,
            413)
      << "413 or 431";
  EXPECT_EQ(Say(HttpClient::Request("POST", "/nothing", "Content-Length: 3\r\n")).status, 413);
  EXPECT_TRUE(StillAnswers());
}

TEST_F(AdminHttpTest, SlowHeadersAndIdleConnectionsAreClosed) {
  Start({.idle_timeout = absl::Milliseconds(50), .request_timeout = absl::Milliseconds(50)});
  HttpClient slow(port_), idle(port_), gone(port_);
  slow.Send("GET /hello HT");
  gone.Send("GET /hello HT");
  gone.Close();
  EXPECT_TRUE(slow.WaitClosed());
  EXPECT_TRUE(idle.WaitClosed());
  EXPECT_TRUE(Eventually([&] { return stats_.timeouts == 2 && stats_.connections == 0; }));
}

TEST_F(AdminHttpTest, ACrowdOfIdleConnectionsKeepsNobodyOut) {
  constexpr int kLimit = 8;
  Start({.max_connections = kLimit});
  std::vector<std::unique_ptr<HttpClient>> crowd;
  for (int i = 0; i < 5 * kLimit; ++i) {
    crowd.push_back(std::make_unique<HttpClient>(port_));
    if (i % 2 == 0) crowd.back()->Send("GET /hello HTTP/1.1\r\n");
  }
  EXPECT_TRUE(Eventually([&] { return stats_.evicted == 4 * kLimit; }));
  EXPECT_TRUE(StillAnswers());
  EXPECT_TRUE(crowd.front()->WaitClosed()) << "the oldest goes first";
  EXPECT_TRUE(Eventually([&] { return stats_.connections <= kLimit; }));
}

TEST_F(AdminHttpTest, OneThatIsAtWorkOutlivesACrowd) {
  Start({.max_connections = 4});
  HttpClient scraper(port_);
  for (int i = 0; i < 20; ++i) {
    HttpClient one(port_), two(port_);
    scraper.Send(HttpClient::Request("GET", "/hello"));
    ASSERT_EQ(scraper.ReadAnswer().value_or(HttpAnswer()).body, "hello") << i;
  }
}

TEST_F(AdminHttpTest, OneWhoDoesNotReadIsClosed) {
  Start({.answer_timeout = absl::Milliseconds(50)});
  HttpClient client(port_);
  client.ShrinkReceiveBuffer();
  client.Send(HttpClient::Request("GET", "/big"));
  EXPECT_TRUE(Eventually([&] { return stats_.timeouts == 1; }));
  EXPECT_TRUE(StillAnswers());
}

TEST_F(AdminHttpTest, AnswersThatNobodyReadsAreBounded) {
  Start({.max_unsent_bytes = 2 * kBig});
  std::vector<std::unique_ptr<HttpClient>> readers;
  for (int i = 0; i < 2; ++i) {
    readers.push_back(std::make_unique<HttpClient>(port_));
    readers.back()->ShrinkReceiveBuffer();
    readers.back()->Send(HttpClient::Request("GET", "/big"));
  }
  // Both are being written once both are counted: then there is no room for a third.
  EXPECT_TRUE(Eventually([&] {
    const auto answers = stats_.answers();
    return answers.contains(200) && answers.at(200) == 2;
  }));
  EXPECT_EQ(Say(HttpClient::Request("GET", "/big")).status, 503);
}

TEST_F(AdminHttpTest, AHandlerThatAnswersLaterKeepsOnlyItsOwnConnectionWaiting) {
  Start();
  EXPECT_EQ(Say(Later("now")).body, "at once");
  HttpClient client(port_), gone(port_);
  client.Send(Later("later") + HttpClient::Request("GET", "/hello"));
  gone.Send(Later("later"));
  ASSERT_TRUE(Wait(2));
  gone.Close();
  EXPECT_TRUE(StillAnswers());
  std::vector<admin::Router::Done> waiting;
  {
    std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  std::thread([&] {
    for (const admin::Router::Done& done : waiting)
      done({.body = "here it is"});
  }).join();
  EXPECT_EQ(client.ReadAnswer().value_or(HttpAnswer()).body, "here it is");
  EXPECT_EQ(client.ReadAnswer().value_or(HttpAnswer()).body, "hello");
  EXPECT_TRUE(Eventually([&] { return stats_.connections <= 1; }));
}

TEST_F(AdminHttpTest, AHandlerThatNeverAnswersIs504) {
  Start({.later_timeout = absl::Milliseconds(50)});
  EXPECT_EQ(Say(Later("x")).status, 504);
}

TEST_F(AdminHttpTest, OneThatHasNotAnsweredHindersNoStop) {
  Start();
  HttpClient client(port_);
  client.Send(Later("x"));
  ASSERT_TRUE(Wait(1));
  server_->Stop();
  EXPECT_TRUE(client.WaitClosed());
  std::lock_guard lock(mutex_);
  waiting_.back()({.body = "too late, and harmless"});
}

TEST_F(AdminHttpTest, TellsWhoIsOnThisMachine) {
  Start();
  EXPECT_EQ(Say(HttpClient::Request("GET", "/local")).body, "yes");
}

TEST_F(AdminHttpTest, APortThatIsTakenIsAnErrorThatNamesIt) {
  Start();
  const std::string address = server_->addresses().front();
  admin::HttpStats stats;
  const auto second = admin::HttpServer::Start({.listen = {"127.0.0.1:0", address}}, {}, stats);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(std::string(second.status().message()).find(address), std::string::npos) << second.status();
  EXPECT_TRUE(StillAnswers());
}

TEST_F(AdminHttpTest, StopsWithConnectionsOpen) {
  Start();
  HttpClient idle(port_), half(port_);
  half.Send("GET /hello HTTP/1.1\r\n");
  EXPECT_TRUE(Eventually([&] { return stats_.connections == 2; }));
  server_->Stop();
  EXPECT_TRUE(idle.WaitClosed());
  EXPECT_TRUE(half.WaitClosed());
}

}  // namespace
}  // namespace gatewayd::test
