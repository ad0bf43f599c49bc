// A Go Gateway on real sockets: encrypted links, clients of each protocol, and who waits for whom.
#include <gtest/gtest.h>

#include <thread>

#include "unit/embedded/gateway_harness.h"
#include "unit/embedded/test_go_clients.h"
#include "wire/go_packet.h"

namespace gatewayd::embedded {
namespace {

using test::Eventually;
using test::FrameClient;
using test::GoWorkerClient;
using test::TextClient;
using test::WebSocketClient;
using wire::Command;

constexpr std::chrono::milliseconds kMoment{50};

class GoGateway : public GatewaySocketTest {
 protected:
  static ClusterOptions GoOptions(std::string secret = "") {
    return ClusterOptions::Loopback(1, std::move(secret), wire::GoDialect());
  }
  // A small buffer for clients, so that one which does not read is soon full.
  static ClusterOptions Tight() {
    ClusterOptions options = GoOptions();
    options.gateways[0].client_send_buffer = 100'000;
    return options;
  }
  std::unique_ptr<GoWorkerClient> GoCaller(const std::string& secret = "") {
    return std::make_unique<GoWorkerClient>(gateway().inner_port(), secret);
  }
  std::unique_ptr<GoWorkerClient> GoWorker(const std::string& key, const std::string& secret = "") {
    auto worker = GoCaller(secret);
    EXPECT_TRUE(worker->HelloAsWorker(key, secret));
    EXPECT_EQ(worker->Query(Command::kIsOnline, 0), "0");
    return worker;
  }
  // Writes to client 1 by `caller`, which is not answered once the client takes no more.
  void Stall(GoWorkerClient& caller) {
    const std::string message(50'000, 'x');
    ASSERT_TRUE(Eventually([&] {
      if (gateway().counters().links_stalled > 0) return true;
      caller.SendFrame(Command::kSendToOne, 1, {}, message);
      return false;
    }));
  }
};

TEST_F(GoGateway, CarriesEachKindOfClient) {
  Begin(GoOptions("s3cret"));
  auto worker = GoWorker("w", "s3cret");
  WebSocketClient web(port(ClientProtocol::kWebSocket), "/chat?a%5B%5D=1&a%5B%5D=2&b", "sid=1");
  ASSERT_TRUE(web.connected());
  auto frame = worker->ReadFrame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->command, Command::kOnWebSocketConnect);
  EXPECT_EQ(frame->connection_id, 1u);
  EXPECT_EQ(frame->gateway_port, 0);
  EXPECT_EQ(frame->client_port, web.local_port());
  EXPECT_EQ(frame->body,
            R"({"cookie":{},"get":{"a[]":["1","2"],"b":[""]},"server":{"HTTP_HOST":"127.0.0.1:)" +
                std::to_string(port(ClientProtocol::kWebSocket)) +
                R"(","REQUEST_URI":"/chat?a%5B%5D=1\u0026a%5B%5D=2\u0026b"}})");
  web.SendMessage("hello");
  EXPECT_EQ(worker->ReadFrame()->body, "hello");
  worker->SendFrame(Command::kSendToOne, 1, {}, "\xff", wire::kFlagScalarBody | wire::kFlagRaw);
  worker->SendFrame(Command::kSendToOne, 1, {}, "answer");
  TextClient text(port(ClientProtocol::kText));
  EXPECT_EQ(worker->ReadFrame()->command, Command::kOnConnect);
  text.Send("line\r\n");
  EXPECT_EQ(worker->ReadFrame()->body, "line");
  for (const ClientProtocol protocol : {ClientProtocol::kFrame, ClientProtocol::kTcp}) {
    FrameClient framed(port(protocol), protocol == ClientProtocol::kFrame);
    frame = worker->ReadFrame();
    EXPECT_EQ(frame->command, Command::kOnConnect);
    const std::uint32_t id = frame->connection_id;
    framed.SendMessage("sized");
    EXPECT_EQ(worker->ReadFrame()->body, "sized");
    worker->SendFrame(Command::kSendToOne, id, {}, "back");
    EXPECT_EQ(framed.ReadMessage(), "back");
    framed.Close();
    EXPECT_EQ(worker->ReadFrame()->command, Command::kOnClose);
  }
}

TEST_F(GoGateway, RawBytesArriveAsTextAndKickCloses) {
  Begin(GoOptions());
  WebSocketClient client(port(ClientProtocol::kWebSocket));
  ASSERT_TRUE(HasClients(1));
  auto caller = GoCaller();
  caller->HelloAsCaller();
  caller->SendFrame(Command::kSendToOne, 1, {}, "raw", wire::kFlagScalarBody | wire::kFlagRaw);
  EXPECT_EQ(client.ReadMessage(), "raw");
  EXPECT_TRUE(client.got_text());
  caller->SendFrame(Command::kKick, 1, {}, "bye");
  EXPECT_EQ(client.ReadMessage(), "bye");
  EXPECT_TRUE(client.WaitClosed());
  EXPECT_FALSE(client.closed_politely());
  EXPECT_TRUE(HasClients(0));
}

TEST_F(GoGateway, AWebSocketClientIsNoneBeforeItsHandshake) {
  Begin(GoOptions());
  test::TcpClient half(port(ClientProtocol::kWebSocket));
  half.Send("GET / HTTP/1.1\r\n");
  TextClient text(port(ClientProtocol::kText));
  ASSERT_TRUE(HasClients(1));
  EXPECT_EQ(gateway().clients()[0].id.connection_id, 1u);
  EXPECT_EQ(gateway().clients()[0].protocol, ClientProtocol::kText);
}

TEST_F(GoGateway, AnswersComeInOrderAndBetweenEvents) {
  Begin(GoOptions());
  auto worker = GoWorker("w");
  auto client = Text();
  EXPECT_EQ(worker->ReadFrame()->command, Command::kOnConnect);
  worker->SendFrame(Command::kIsOnline, 1);
  worker->SendFrame(Command::kGetClientCountByGroup);
  worker->SendFrame(Command::kGetGroupIdList);
  EXPECT_EQ(worker->ReadAnswer(), "1");
  EXPECT_EQ(worker->ReadAnswer(), "1");
  EXPECT_EQ(worker->ReadAnswer(), "[]");
  client->SendMessage("m");
  EXPECT_EQ(worker->ReadFrame()->body, "m");
}

TEST_F(GoGateway, AnotherSecretClosesTheLink) {
  Begin(GoOptions("s3cret"));
  auto other = GoCaller("other");
  other->HelloAsCaller("other");
  EXPECT_TRUE(other->WaitClosed());
  EXPECT_EQ(gateway().counters().bad_frames, 1u);
  auto liar = GoCaller("s3cret");
  liar->HelloAsCaller("other");
  EXPECT_TRUE(liar->WaitClosed());
  EXPECT_EQ(gateway().counters().state.wrong_secrets, 1u);
}

// One packet of a frame of which these bytes are put over the ext_len.
std::string WithExtLength(std::uint32_t ext_size) {
  std::string plain;
  wire::AppendFrame({.command = Command::kIsOnline}, plain);
  plain.replace(24, 4, test::BigEndian32(ext_size));
  wire::go::AppendPadding(28, plain);
  const std::string iv(16, 'i');
  wire::go::AesCbc("").Encrypt(iv.data(), plain.data(), plain.size());
  return test::BigEndian32(static_cast<std::uint32_t>(16 + plain.size())) + iv + plain;
}

TEST_F(GoGateway, AnExtLengthPastTheEndClosesAndAVeryLargeOneWouldEndIt) {
  Begin(GoOptions());
  auto caller = GoCaller();
  caller->Send(WithExtLength(100));
  EXPECT_TRUE(caller->WaitClosed());
  EXPECT_EQ(gateway().counters().bad_frames, 1u);
  EXPECT_EQ(gateway().counters().state.would_have_crashed, 0u);
  caller = GoCaller();
  caller->Send(WithExtLength(0xfffffff0));
  EXPECT_TRUE(caller->WaitClosed());
  EXPECT_EQ(gateway().counters().state.would_have_crashed, 1u);
}

TEST_F(GoGateway, TheLengthInsideAPacketIsNotLookedAt) {
  Begin(GoOptions());
  auto caller = GoCaller();
  std::string plain;
  wire::AppendFrame({.command = Command::kIsOnline}, plain);
  plain.replace(0, 4, test::BigEndian32(7));
  wire::go::AppendPadding(28, plain);
  const std::string iv(16, 'i');
  wire::go::AesCbc("").Encrypt(iv.data(), plain.data(), plain.size());
  caller->Send(test::BigEndian32(48) + iv + plain);
  EXPECT_EQ(caller->ReadAnswer(), "0");
}

TEST_F(GoGateway, AClientThatDoesNotReadStopsTheLinkThatWritesToIt) {
  Begin(Tight());
  TextClient slow(port(ClientProtocol::kText));
  slow.ShrinkReceiveBuffer();
  ASSERT_TRUE(HasClients(1));
  auto command = GoCaller();
  Stall(*command);
  EXPECT_EQ(gateway().counters().messages_dropped, 0u);
  EXPECT_EQ(command->Query(Command::kIsOnline, 1, {}, kMoment), std::nullopt);  // behind the write

  auto query = GoCaller();
  EXPECT_EQ(query->Query(Command::kIsOnline, 1), "1");
  EXPECT_EQ(gateway().counters().links_stalled, 1u);
  EXPECT_EQ(query->Query(Command::kDestroy, 1, {}, kMoment), std::nullopt);  // frees it
  EXPECT_EQ(command->ReadAnswer(), "0");
  EXPECT_EQ(gateway().counters().links_stalled, 0u);
  EXPECT_EQ(gateway().counters().state.concurrent_writers, 0u);
}

TEST_F(GoGateway, AStalledLinkGoesOnWhenTheClientReads) {
  Begin(Tight());
  TextClient slow(port(ClientProtocol::kText));  // with its window as it is: a small one stays slow for ever
  ASSERT_TRUE(HasClients(1));
  auto command = GoCaller();
  Stall(*command);
  command->SendFrame(Command::kSendToOne, 1, {}, "the last");
  command->SendFrame(Command::kIsOnline, 1);
  std::optional<std::string> message;
  do {
    message = slow.ReadMessage();
  } while (message && *message != "the last");
  EXPECT_TRUE(message) << "a message was lost";
  EXPECT_EQ(command->ReadAnswer(), "1");
}

// Closing it does not end its write: the next link that writes to that client is a second writer.
TEST_F(GoGateway, AStalledLinkThatIsReplacedIsCounted) {
  Begin(Tight());
  TextClient slow(port(ClientProtocol::kText));
  slow.ShrinkReceiveBuffer();
  ASSERT_TRUE(HasClients(1));
  auto command = GoCaller();
  Stall(*command);
  command->Close();
  auto next = GoCaller();
  next->SendFrame(Command::kSendToOne, 1, {}, "x");
  EXPECT_TRUE(Eventually([&] { return gateway().counters().state.concurrent_writers == 1; }));
}

TEST_F(GoGateway, ALinkThatTakesOverFromAClosedOneIsNotCounted) {
  Begin(GoOptions());
  auto client = Text();
  for (int i = 0; i < 20; ++i) {
    auto command = GoCaller();
    command->SendFrame(Command::kSendToOne, 1, {}, std::to_string(i));
    EXPECT_EQ(client->ReadMessage(), std::to_string(i));
    command->Close();
  }
  EXPECT_EQ(gateway().counters().state.concurrent_writers, 0u);
}

TEST_F(GoGateway, AWorkerThatDoesNotReadStopsClientsAndLosesNothing) {
  ClusterOptions options = GoOptions();
  options.gateways[0].worker_send_buffer = 100'000;
  Begin(std::move(options));
  auto worker = GoCaller();
  worker->HelloAsWorker("w");
  auto client = Text();
  constexpr int kMessages = 600;
  const std::string message(20'000, 'm');
  std::thread sender([&] {  // it blocks in its write
    for (int i = 0; i < kMessages; ++i)
      client->SendMessage(message);
  });
  EXPECT_TRUE(Eventually([&] { return gateway().counters().events_sent > 5; }));
  EXPECT_TRUE(Eventually([&] { return Stalls([&] { return gateway().counters().events_sent; }); }));
  EXPECT_LT(gateway().counters().events_sent, static_cast<std::uint64_t>(kMessages));
  EXPECT_EQ(worker->ReadFrame()->command, Command::kOnConnect);
  for (int i = 0; i < kMessages; ++i) {
    const auto frame = worker->ReadFrame();
    ASSERT_TRUE(frame) << i;
    EXPECT_EQ(frame->body.size(), message.size());
  }
  sender.join();
  EXPECT_EQ(gateway().counters().events_dropped, 0u);
}

TEST_F(GoGateway, AMessageAboveTenMebibytesIsOnePacket) {
  Begin(GoOptions());
  auto worker = GoWorker("w");
  WebSocketClient client(port(ClientProtocol::kWebSocket));
  EXPECT_EQ(worker->ReadFrame()->command, Command::kOnWebSocketConnect);
  std::thread sender([&] { client.SendMessage(std::string(12 * 1024 * 1024, 'x')); });
  const auto frame = worker->ReadFrame();
  sender.join();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->body.size(), 12u * 1024 * 1024);
}

TEST_F(GoGateway, PingsItsWorkersOnLoopbackToo) {
  ClusterOptions options = GoOptions();
  options.gateways[0].worker_ping = absl::Milliseconds(5);
  Begin(std::move(options));
  auto worker = GoCaller();
  worker->HelloAsWorker("w");
  EXPECT_EQ(*worker->ReadFrame(), (wire::Frame{.command = Command::kPing, .flag = 0}));
}

TEST_F(GoGateway, ASecondWorkerOfOneKeyGetsNoEvents) {
  Begin(GoOptions());
  auto first = GoWorker("w");
  auto second = GoCaller();
  second->HelloAsWorker("w");
  EXPECT_TRUE(first->WaitClosed());
  EXPECT_EQ(second->Query(Command::kIsOnline, 1), "0");
  auto client = Text();
  client->SendMessage("m");
  EXPECT_EQ(second->Query(Command::kIsOnline, 1), "1");  // and no event before it
  EXPECT_EQ(gateway().counters().state.key_conflicts, 1u);
}

}  // namespace
}  // namespace gatewayd::embedded
