// What a port scan leaves on a gRPC listener, in clear and with TLS: who is at work notices nothing.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "integration/secure_fixture.h"
#include "unit/api/test_worker.h"

namespace gatewayd::test {
namespace {

constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::string_view kEmptySettings("\x00\x00\x00\x04\x00\x00\x00\x00\x00", 9);

std::string RandomBytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes)
    byte = static_cast<char>(random());
  return bytes;
}

// A record with the head of a TLS handshake, and what claims to be a ClientHello in it.
std::string ClientHello(std::mt19937& random) {
  const std::string body = RandomBytes(random, 252);
  return std::string("\x16\x03\x01\x01\x00\x01\x00\x00\xfc", 9) + body;
}

// Connections that say nothing: bare descriptors, since a client with a buffer and a clock costs several.
class SilentConnections {
 public:
  explicit SilentConnections(std::uint16_t port) : port_(port) {}
  ~SilentConnections() {
    for (const int fd : sockets_)
      close(fd);
  }
  bool Open(int count) {
    const sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port_), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    for (int i = 0; i < count; ++i) {
      sockets_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      if (connect(sockets_.back(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0) return false;
    }
    return true;
  }

 private:
  const std::uint16_t port_;
  std::vector<int> sockets_;
};

// Files that this process may still open, at both ends of a connection, when it may open as many as the
// system lets it.
int ConnectionsThatFit(int wanted) {
  rlimit files = {};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  constexpr rlim_t kOthers = 1000;
  if (files.rlim_cur == RLIM_INFINITY || files.rlim_cur > static_cast<rlim_t>(wanted) * 2 + kOthers)
    return wanted;
  return static_cast<int>((files.rlim_cur - std::min(kOthers, files.rlim_cur / 2)) / 2);
}

class HostileCallersTest : public SecureTest, public testing::WithParamInterface<bool> {
 protected:
  // Starts a daemon, a caller and a worker, each on a connection of its own that it keeps.
  void StartWork(std::size_t max_connections) {
    const Pair pair = authority_.Issue(kServerName);
    StartSecure(GetParam() ? &pair : nullptr, false,
                [&](Config& config) { config.max_connections = max_connections; });
    if (HasFatalFailure()) return;
    const auto channel = Friendly();
    caller_ = std::make_unique<CallerAtWork>([channel] { return CallOn(channel); });
    worker_ = std::make_unique<TestWorker>(Friendly());
    ASSERT_FALSE(worker_->Attach().worker_id().empty());
    ASSERT_TRUE(Eventually([&] { return HasEventLink(); }));
    ASSERT_TRUE(caller_->Works(5));
  }
  bool HasEventLink() {
    const auto view = daemon_->ClusterView();
    const auto& links = view.gateways(0).links();
    return std::any_of(links.begin(), links.end(), [](const pb::GatewayLink& link) {
      return link.kind() == pb::LINK_KIND_EVENT && link.state() == pb::LINK_STATE_READY;
    });
  }
  std::shared_ptr<grpc::Channel> Friendly() { return GetParam() ? Trusting() : Plain(); }

  void TearDown() override {
    if (caller_ != nullptr) {
      EXPECT_TRUE(caller_->Works(10)) << "the caller at work goes on";
      caller_->Stop();
      EXPECT_EQ(caller_->failed(), 0);
      // The worker still is one: it is told of an event.
      TextClient client(Port(0, embedded::ClientProtocol::kText));
      const auto response = worker_->Read();
      EXPECT_TRUE(response && response->has_events());
    }
    worker_.reset();
    SecureTest::TearDown();
  }

  std::unique_ptr<CallerAtWork> caller_;
  std::unique_ptr<TestWorker> worker_;
};

TEST_P(HostileCallersTest, WhatIsNoHttp2IsClosed) {
  StartWork(1000);
  std::mt19937 random(1);
  const std::string requests[] = {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                  "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello",
                                  "CONNECT evil.test:443 HTTP/1.1\r\n\r\n",
                                  "SSH-2.0-OpenSSH_9.2\r\n",
                                  ClientHello(random),
                                  std::string("\x04\x01\x00\x50\x7f\x00\x00\x01", 8) + std::string(100, 'x')};
  for (const std::string& request : requests) {
    TcpClient client(port());
    ASSERT_TRUE(client.connected());
    client.Send(request + std::string(64, '\n'));
    EXPECT_TRUE(client.WaitClosed(std::chrono::seconds(20))) << request;
  }
}

TEST_P(HostileCallersTest, RandomBytesAndFramesThatAreNone) {
  StartWork(1000);
  std::mt19937 random(2);
  for (int i = 0; i < 200; ++i) {
    TcpClient client(port());
    ASSERT_TRUE(client.connected());
    std::string bytes = RandomBytes(random, 1 + random() % 4096);
    // Half of them begin well.
    if (i % 2 == 0) bytes = std::string(kPreface) + std::string(kEmptySettings) + bytes;
    client.Send(bytes);
    if (i % 3 == 0) client.WaitClosed(std::chrono::milliseconds(20));  // the others just go
  }
}

TEST_P(HostileCallersTest, APrefaceThatDoesNotCome) {
  StartWork(1000);
  std::vector<std::unique_ptr<TcpClient>> clients;
  for (std::size_t part = 0; part < sizeof(kPreface); ++part) {
    clients.push_back(std::make_unique<TcpClient>(port()));
    ASSERT_TRUE(clients.back()->Send(std::string(kPreface, part)));
  }
  EXPECT_TRUE(caller_->Works(20));
  EXPECT_TRUE(CallOn(Friendly()).ok()) << "others can connect";
}

TEST_P(HostileCallersTest, ThousandsOfHalfOpenConnections) {
  const int count = ConnectionsThatFit(10'000);
  StartWork(static_cast<std::size_t>(count) + 100);
  SilentConnections silent(port());
  ASSERT_TRUE(silent.Open(count));
  EXPECT_TRUE(caller_->Works(20));
  EXPECT_TRUE(CallOn(Friendly()).ok()) << "others can connect";
}

TEST_P(HostileCallersTest, MoreConnectionsThanTheLimit) {
  StartWork(100);
  {
    SilentConnections silent(port());
    ASSERT_TRUE(silent.Open(500));
    EXPECT_TRUE(caller_->Works(20));
    EXPECT_TRUE(Eventually([&] { return daemon_->Counter("connections_refused") > 0; }));
  }
  EXPECT_TRUE(Eventually([&] { return CallOn(Friendly()).ok(); }, std::chrono::seconds(20)));
}

INSTANTIATE_TEST_SUITE_P(InClear, HostileCallersTest, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(WithTls, HostileCallersTest, testing::Values(true));

}  // namespace
}  // namespace gatewayd::test
