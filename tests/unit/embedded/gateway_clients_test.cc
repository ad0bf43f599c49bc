// The Gateway's clients on real sockets: what they send, are sent, and how they are closed.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "embedded/gateway.h"
#include "unit/embedded/gateway_harness.h"

namespace gatewayd::embedded {
namespace {

using test::Eventually;
using test::FrameClient;
using test::TcpClient;
using test::TextClient;
using test::WebSocketClient;
using wire::Command;

constexpr std::chrono::milliseconds kMoment{50};
constexpr char kHandshake[] =
    "GET /x?a=1 HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
    "13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

class GatewayClients : public GatewaySocketTest {};

TEST_F(GatewayClients, AWebSocketClientCausesEachEvent) {
  Begin();
  auto worker = Worker("w");
  WebSocketClient client(port(ClientProtocol::kWebSocket), "/chat?room=1", "sid=abc");
  ASSERT_TRUE(client.connected());
  auto frame = worker->ReadFrame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->command, Command::kOnConnect);
  EXPECT_EQ(frame->local_ip, 0x7f000001u);
  EXPECT_EQ(frame->local_port, gateway().inner_port());
  EXPECT_EQ(frame->client_ip, 0x7f000001u);
  EXPECT_EQ(frame->client_port, client.local_port());
  EXPECT_EQ(frame->connection_id, 1u);
  EXPECT_EQ(frame->flag, wire::kFlagScalarBody);
  EXPECT_EQ(frame->gateway_port, port(ClientProtocol::kWebSocket));

  frame = worker->ReadFrame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->command, Command::kOnWebSocketConnect);
  EXPECT_EQ(frame->flag, 0);
  EXPECT_TRUE(absl::StartsWith(std::string(frame->body),
                               "a:3:{s:3:\"get\";a:1:{s:4:\"room\";s:1:\"1\";}s:6:\"server\";"));
  EXPECT_TRUE(absl::EndsWith(std::string(frame->body), "s:6:\"cookie\";a:1:{s:3:\"sid\";s:3:\"abc\";}}"));

  client.SendMessage("text");
  client.SendMessage(std::string("\x00\xff", 2), /*binary=*/true);
  client.SendMessage(std::string(200000, 'x'));
  EXPECT_EQ(worker->ReadFrame()->body, "text");
  EXPECT_EQ(worker->ReadFrame()->body, std::string("\x00\xff", 2));
  EXPECT_EQ(worker->ReadFrame()->body.size(), 200000u);
  client.Close();
  EXPECT_TRUE(client.closed_politely() || !client.ReadMessage());
  EXPECT_EQ(worker->ReadFrame()->command, Command::kOnClose);
}

TEST_F(GatewayClients, EachProtocolWrapsAndUnwraps) {
  Begin();
  auto worker = Worker("w");
  TextClient text(port(ClientProtocol::kText));
  EXPECT_EQ(worker->ReadFrame()->command, Command::kOnConnect);
  text.Send("one\ntwo\r\n\nthr");
  EXPECT_EQ(worker->ReadFrame()->body, "one");
  EXPECT_EQ(worker->ReadFrame()->body, "two");
  EXPECT_EQ(worker->ReadFrame()->body, "");
  text.Send("ee\n");
  EXPECT_EQ(worker->ReadFrame()->body, "three");
  for (bool counts_head : {true, false}) {
    FrameClient framed(port(counts_head ? ClientProtocol::kFrame : ClientProtocol::kTcp), counts_head);
    const auto connect = worker->ReadFrame();
    ASSERT_TRUE(connect);
    framed.SendMessage("");
    framed.SendMessage("a\nb");
    framed.SendMessage(std::string(100000, 'x'));
    EXPECT_EQ(worker->ReadFrame()->body, "");
    EXPECT_EQ(worker->ReadFrame()->body, "a\nb");
    EXPECT_EQ(worker->ReadFrame()->body.size(), 100000u);
    worker->SendFrame(Command::kSendToOne, counts_head ? 2 : 3, {}, "back");
    EXPECT_EQ(framed.ReadMessage(), "back");
    framed.Close();
    EXPECT_EQ(worker->ReadFrame()->command, Command::kOnClose);
  }
}

TEST_F(GatewayClients, BrokenLengthsCloseTheConnection) {
  Begin();
  FrameClient zero(port(ClientProtocol::kFrame));
  zero.Send(std::string(4, '\0'));
  EXPECT_TRUE(zero.WaitClosed());
  FrameClient huge(port(ClientProtocol::kTcp));
  huge.Send("\x7f\xff\xff\xff");
  EXPECT_TRUE(huge.WaitClosed());
  TcpClient web(port(ClientProtocol::kWebSocket));
  web.Send("POST / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(web.WaitClosed());
  EXPECT_TRUE(absl::StartsWith(web.buffered(), "HTTP/1.1 400 "));
}

TEST_F(GatewayClients, RawBytesGoBetweenWebSocketFrames) {
  Begin();
  WebSocketClient client(port(ClientProtocol::kWebSocket));
  ASSERT_TRUE(client.connected());
  auto caller = Caller();
  const std::uint8_t raw = wire::kFlagScalarBody | wire::kFlagRaw;
  for (int i = 0; i < 20; ++i) {
    caller->SendFrame(Command::kSendToOne, 1, {}, "text");
    caller->SendFrame(Command::kSendToOne, 1, {}, std::string("\x82\x03\x00\xff\x01", 5), raw);
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.ReadMessage(), "text");
    EXPECT_TRUE(client.got_text());
    EXPECT_EQ(client.ReadMessage(), std::string("\x00\xff\x01", 3));
    EXPECT_FALSE(client.got_text());
  }
}

TEST_F(GatewayClients, WhatComesBeforeTheHandshakeIsHeldUnlessRaw) {
  Begin();
  auto caller = Caller();
  TcpClient client(port(ClientProtocol::kWebSocket));
  ASSERT_TRUE(HasClients(1));
  caller->SendFrame(Command::kSendToOne, 1, {}, "held");
  EXPECT_EQ(caller->Query(Command::kIsOnline, 1), "i:1;");
  client.Send(kHandshake);
  ASSERT_TRUE(client.Fill(1));
  const std::string answer = *client.ReadLine();
  EXPECT_EQ(answer, "HTTP/1.1 101 Switching Protocol\r");
  while (client.ReadLine() != "\r") {
  }
  EXPECT_EQ(client.Read(6), "\x81\x04held");

  TcpClient early(port(ClientProtocol::kWebSocket));
  ASSERT_TRUE(HasClients(2));
  caller->SendFrame(Command::kSendToOne, 2, {}, "raw", wire::kFlagScalarBody | wire::kFlagRaw);
  EXPECT_EQ(early.Read(3), "raw");
}

TEST_F(GatewayClients, PingIsAnsweredAndCloseIsReturned) {
  Begin();
  WebSocketClient client(port(ClientProtocol::kWebSocket));
  auto caller = Caller();
  client.Ping("are you there");
  EXPECT_TRUE(Eventually([&] {
    caller->SendFrame(Command::kSendToOne, 1, {},
                      "tick");  // Beast sees control frames while it reads a message
    return client.ReadMessage() && client.last_pong() == "are you there";
  }));
  TcpClient bare(port(ClientProtocol::kWebSocket));
  bare.Send(kHandshake);
  bare.Send(std::string("\x88\x80\x01\x02\x03\x04", 6));
  EXPECT_TRUE(bare.WaitClosed());
  EXPECT_TRUE(absl::EndsWith(bare.buffered(), "\x88\x02\x03\xe8"));
}

TEST_F(GatewayClients, KickSendsItsMessageAndClosesWithoutACloseFrame) {
  Begin();
  WebSocketClient web(port(ClientProtocol::kWebSocket));
  auto caller = Caller();
  caller->SendFrame(Command::kKick, 1, {}, "bye");
  EXPECT_EQ(caller->Query(Command::kIsOnline, 1), "i:0;");
  EXPECT_EQ(web.ReadMessage(), "bye");
  EXPECT_TRUE(web.WaitClosed());
  EXPECT_FALSE(web.closed_politely());

  auto text = Text();
  caller->SendFrame(Command::kKick, 2, {}, "N;", 0);
  EXPECT_TRUE(text->WaitClosed());
  EXPECT_EQ(text->buffered(), "");
  auto empty = Text();
  caller->SendFrame(Command::kKick, 3, {}, "");
  EXPECT_TRUE(empty->WaitClosed());
  EXPECT_EQ(empty->buffered(), "\n");  // an empty scalar body is an empty message
}

TEST_F(GatewayClients, DestroyClosesAtOnceAndTellsTheWorker) {
  Begin();
  auto worker = Worker("w");
  auto client = Text();
  EXPECT_EQ(worker->ReadFrame()->command, Command::kOnConnect);
  worker->SendFrame(Command::kDestroy, 1);
  EXPECT_EQ(worker->ReadFrame()->command, Command::kOnClose);
  EXPECT_TRUE(client->WaitClosed());
}

TEST_F(GatewayClients, ASlowOneLosesMessagesAndStaysOnlineUntilItHasDrained) {
  ClusterOptions options = Options();
  options.gateways[0].client_send_buffer = 100000;
  Begin(std::move(options));
  auto client = Text();
  auto caller = Caller();
  const std::string message(64 * 1024, 'm');
  std::uint64_t sent = 0;
  ASSERT_TRUE(Eventually([&] {
    for (int i = 0; i < 20; ++i, ++sent)
      caller->SendFrame(Command::kSendToOne, 1, {}, message);
    return caller->Query(Command::kIsOnline, 1) && gateway().counters().messages_dropped > 0;
  }));
  caller->SendFrame(Command::kKick, 1, {}, "N;", 0);
  EXPECT_EQ(caller->Query(Command::kIsOnline, 1), "i:1;");
  const std::uint64_t dropped = gateway().counters().messages_dropped;
  caller->SendFrame(Command::kSendToOne, 1, {}, "too late");
  EXPECT_EQ(caller->Query(Command::kIsOnline, 1), "i:1;");
  EXPECT_EQ(gateway().counters().messages_dropped, dropped + 1);
  std::uint64_t got = 0;
  while (client->ReadMessage())
    ++got;
  EXPECT_EQ(got, sent - dropped);
  EXPECT_TRUE(HasClients(0));
}

TEST_F(GatewayClients, WithoutAWorkerTheyStayUnlessToldOtherwise) {
  Begin();
  auto client = Text();
  client->SendMessage("nobody hears");
  EXPECT_FALSE(client->WaitClosed(kMoment));
  EXPECT_TRUE(Eventually([&] { return gateway().counters().state.events_without_worker == 2; }));

  ClusterOptions options = Options();
  options.gateways[0].close_clients_without_worker = true;
  Begin(std::move(options));
  TextClient closed(port(ClientProtocol::kText));
  EXPECT_TRUE(closed.WaitClosed());
  auto worker = Worker("w");
  auto stays = Text();
  EXPECT_EQ(worker->ReadFrame()->command, Command::kOnConnect);
  worker->Close();
  EXPECT_TRUE(Eventually([&] { return gateway().counters().links_open == 0; }));
  stays->SendMessage("m");
  EXPECT_TRUE(stays->WaitClosed());
}

TEST_F(GatewayClients, EventsCarryTheSessionAsItIs) {
  Begin();
  auto worker = Worker("w");
  auto client = Text();
  EXPECT_EQ(worker->ReadFrame()->ext, "");
  worker->SendFrame(Command::kSetSession, 1, "a:1:{s:1:\"k\";i:1;}");
  EXPECT_EQ(worker->Query(Command::kIsOnline, 1), "i:1;");
  client->SendMessage("m");
  EXPECT_EQ(worker->ReadFrame()->ext, "a:1:{s:1:\"k\";i:1;}");
  client->Close();
  EXPECT_EQ(worker->ReadFrame()->ext, "a:1:{s:1:\"k\";i:1;}");
}

TEST_F(GatewayClients, AMessageOfTenMegabytesPassesAndOneAboveCloses) {
  Begin();
  auto worker = Worker("w");
  WebSocketClient client(port(ClientProtocol::kWebSocket));
  ASSERT_TRUE(worker->ReadFrame() && worker->ReadFrame());
  client.SendMessage(std::string(10 * 1024 * 1024, 'x'));
  EXPECT_EQ(worker->ReadFrame()->body.size(), 10u * 1024 * 1024);
  client.SendMessage(std::string(10 * 1024 * 1024 + 1, 'x'));
  EXPECT_EQ(worker->ReadFrame()->command, Command::kOnClose);
}

}  // namespace
}  // namespace gatewayd::embedded
