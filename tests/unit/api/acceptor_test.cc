// Connections: how many, who may open a unix socket, what happens above the limit.
#include "api/acceptor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "unit/api/server_fixture.h"
#include "unit/embedded/test_clients.h"
#include "unit/security/test_certificates.h"

namespace gatewayd::api {
namespace {

using test::Eventually;
using test::TcpClient;
using testing::HasSubstr;

TEST(OpenSocketsTest, KnowsThoseThatWereClosedOrWhoseNumberIsAnothersNow) {
  OpenSockets open;
  int first[2], second[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, first), 0);
  for (const int fd : first)
    open.Add(fd);
  open.Sweep();
  EXPECT_EQ(open.size(), 2u);
  close(first[0]);
  close(first[1]);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, second), 0);  // the same numbers, as it goes
  open.Sweep();
  EXPECT_EQ(open.size(), 0u);
  close(second[0]);
  close(second[1]);
}

TEST(OpenSocketsTest, ConnectionsLeaveRoomForOtherFiles) {
  EXPECT_EQ(ConnectionsThatFit(1, 1), 1u);
  EXPECT_LT(ConnectionsThatFit(std::size_t{1} << 40, 256), std::size_t{1} << 40);
}

class AcceptorTest : public ServerFixture {
 protected:
  void SetUp() override {}
  absl::Status Start(const ServerOptions& options) {
    auto server = Server::Start(cluster_, *hub_, options);
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    return absl::OkStatus();
  }
  // A new connection's answer to a call.
  grpc::Status Call(const std::string& address) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto stub = pb::GatewayService::NewStub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    pb::ExecuteResponse response;
    return stub->Execute(&context, {}, &response);
  }
  const test::Folder folder_;
};

TEST_F(AcceptorTest, OneMoreThanTheLimitIsClosedAtOnceAndThereIsRoomAgainAfterOneHasGone) {
  ServerOptions options = Options();
  options.max_connections = 3;
  ASSERT_TRUE(Start(options).ok());
  const auto port = static_cast<std::uint16_t>(server_->port());
  std::vector<std::unique_ptr<TcpClient>> clients;
  for (int i = 0; i < 3; ++i)
    clients.push_back(std::make_unique<TcpClient>(port));
  EXPECT_TRUE(Eventually([&] { return server_->connections() == 3; }));
  TcpClient above(port);
  EXPECT_TRUE(above.WaitClosed());
  EXPECT_EQ(server_->connections_refused(), 1u);
  EXPECT_EQ(Call(server_->addresses()[0]).error_code(), grpc::StatusCode::UNAVAILABLE);
  clients.pop_back();
  EXPECT_TRUE(Eventually([&] { return Call(server_->addresses()[0]).ok(); }));
}

TEST_F(AcceptorTest, AConnectionThatSaysNothingIsClosed) {
  ServerOptions options = Options();
  options.handshake_timeout = absl::Milliseconds(100);
  ASSERT_TRUE(Start(options).ok());
  TcpClient silent(static_cast<std::uint16_t>(server_->port()));
  EXPECT_TRUE(silent.WaitClosed());
  EXPECT_TRUE(Eventually([&] { return server_->connections() == 0; }));
}

TEST_F(AcceptorTest, AUnixSocketHasItsModeAndGroup) {
  const std::string path = folder_ / "socket";
  ServerOptions options = Options();
  options.listen = {"unix:" + path};
  options.unix_socket = {.mode = 0640, .group = getgid()};
  ASSERT_TRUE(Start(options).ok());
  struct stat status = {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  EXPECT_EQ(status.st_gid, getgid());
  EXPECT_TRUE(Call("unix:" + path).ok());
  server_->Shutdown(absl::InfiniteFuture());
  EXPECT_NE(stat(path.c_str(), &status), 0) << "it is removed";
}

TEST_F(AcceptorTest, WhatIsNoSocketIsNotRemoved) {
  ServerOptions options = Options();
  options.listen = {"unix:" + folder_.Write("file", "precious")};
  const absl::Status status = Start(options);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no socket"));
  EXPECT_EQ(access((folder_ / "file").c_str(), F_OK), 0);
}

TEST_F(AcceptorTest, AStaleSocketIsTakenOver) {
  const std::string path = folder_ / "socket";
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name = {.sun_family = AF_UNIX};
  path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0);
  close(fd);
  ServerOptions options = Options();
  options.listen = {"unix:" + path};
  ASSERT_TRUE(Start(options).ok());
  EXPECT_TRUE(Call("unix:" + path).ok());
}

TEST_F(AcceptorTest, ANameWithSeveralAddressesHasOnePort) {
  ServerOptions options = Options();
  options.listen = {"localhost:0"};
  ASSERT_TRUE(Start(options).ok());
  EXPECT_GT(server_->port(), 0);
  EXPECT_TRUE(Call(server_->addresses()[0]).ok());
  EXPECT_TRUE(Call("127.0.0.1:" + std::to_string(server_->port())).ok());
}

TEST_F(AcceptorTest, ManyWhoComeAndGoLeaveNothingBehind) {
  ServerOptions options = Options();
  options.max_connections = 20;
  ASSERT_TRUE(Start(options).ok());
  for (int i = 0; i < 200; ++i) {
    TcpClient client(static_cast<std::uint16_t>(server_->port()));
    ASSERT_TRUE(client.connected());
  }
  EXPECT_TRUE(Eventually([&] { return Call(server_->addresses()[0]).ok(); }));
  EXPECT_TRUE(Eventually([&] { return server_->connections() == 0; }));
}

}  // namespace
}  // namespace gatewayd::api
