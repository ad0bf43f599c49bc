// The commands on a worker's stream, over a channel.
#include <vector>

#include "unit/api/attach_fixture.h"
#include "unit/api/test_worker.h"

namespace gatewayd::api {
namespace {

using test::TestWorker;
using testing::ElementsAre;

TEST_F(AttachTest, ACommandAnswersTheClientOfItsEvent) {
  TestWorker worker(channel_);
  worker.Attach();
  Message(7, "ping");
  worker.Events(1);
  pb::AttachRequest request;
  pb::NumberedCommand* command = request.add_commands();
  command->set_number(1);
  command->set_event_id(1);
  command->mutable_command()->mutable_send_to_current_client()->mutable_message()->set_text("pong");
  request.mutable_acks()->set_up_to(1);
  request.mutable_sync()->set_number(5);
  gateway(0).Answer("i:1;");
  worker.Say(request);
  const auto synced = worker.Read();
  ASSERT_TRUE(synced && synced->has_synced()) << synced->ShortDebugString();
  EXPECT_EQ(synced->synced().number(), 5u);
  EXPECT_EQ(synced->synced().unknown_size(), 0);
  ASSERT_EQ(sent(0).size(), 2u);  // the message, and the sync's question
  EXPECT_EQ(sent(0)[0].body, "pong");
  EXPECT_EQ(sent(0)[0].connection_id, 7u);
  EXPECT_EQ(sent(0)[0].generation, "fake-1");
  EXPECT_EQ(SentInAll(), 2u);
}

TEST_F(AttachTest, FailedCommandsComeBackWithTheirNumbers) {
  TestWorker worker(channel_);
  worker.Attach();
  pb::AttachRequest request;
  pb::NumberedCommand* bad = request.add_commands();
  bad->set_number(11);
  bad->mutable_command()->mutable_send_to_client()->set_client_id("nonsense");
  pb::NumberedCommand* orphan = request.add_commands();
  orphan->set_number(12);
  orphan->set_event_id(77);
  orphan->mutable_command()->mutable_send_to_current_client()->mutable_message()->set_text("x");
  pb::NumberedCommand* good = request.add_commands();
  good->set_number(13);
  good->mutable_command()->mutable_send_to_client()->set_client_id(Id(1, 3));
  good->mutable_command()->mutable_send_to_client()->mutable_message()->set_text("x");
  worker.Say(request);
  std::vector<std::uint64_t> numbers;
  while (numbers.size() < 2) {
    const auto response = worker.Read();
    ASSERT_TRUE(response);
    for (const pb::CommandError& error : response->command_errors().errors()) {
      numbers.push_back(error.number());
      EXPECT_EQ(error.status().code(), static_cast<int>(grpc::StatusCode::INVALID_ARGUMENT));
    }
  }
  EXPECT_THAT(numbers, ElementsAre(11, 12));
  EXPECT_EQ(sent(1).size(), 1u);
  EXPECT_EQ(Workers().workers(0).commands(), 3u);
  EXPECT_EQ(Workers().workers(0).commands_failed(), 2u);
}

TEST_F(AttachTest, AFullLinkFailsTheRestOfTheBatchForThatGateway) {
  TestWorker worker(channel_);
  worker.Attach();
  gateway(0).Fail(cluster::MakeError(absl::StatusCode::kResourceExhausted, cluster::Reason::kBufferFull,
                                     "127.0.0.1:2900", "the command buffer is full"));
  pb::AttachRequest request;
  for (int i = 0; i < 3; ++i) {
    pb::NumberedCommand* command = request.add_commands();
    command->set_number(static_cast<std::uint64_t>(i));
    auto* send = command->mutable_command()->mutable_send_to_client();
    send->set_client_id(Id(i == 1 ? 1 : 0, 3));
    send->mutable_message()->set_text("x");
  }
  worker.Say(request);
  std::vector<std::uint64_t> numbers;
  while (numbers.size() < 2) {
    const auto response = worker.Read();
    ASSERT_TRUE(response);
    for (const pb::CommandError& error : response->command_errors().errors())
      numbers.push_back(error.number());
  }
  EXPECT_THAT(numbers, ElementsAre(0, 2));
  EXPECT_EQ(sent(0).size(), 1u);  // the third was not tried
  EXPECT_EQ(sent(1).size(), 1u);
}

TEST_F(AttachTest, RawBytesToAClientInItsHandshakeAreRefused) {
  TestWorker worker(channel_);
  worker.Attach();
  Event(wire::Command::kOnConnect, 1);
  Event(wire::Command::kOnWebSocketConnect, 1, "a:0:{}");
  Event(wire::Command::kOnConnect, 2);
  worker.Events(3);
  pb::SendToClientRequest request;
  request.mutable_message()->set_data("x");
  request.mutable_message()->set_websocket_binary(true);
  request.set_client_id(Id(0, 1));
  EXPECT_CODE(Call(&Stub::SendToClient, request), OK);
  request.set_client_id(Id(0, 2));
  EXPECT_CODE(Call(&Stub::SendToClient, request), FAILED_PRECONDITION);
}

TEST_F(AttachTest, AStreamForCommandsAloneGetsNoEvents) {
  TestWorker commands(channel_);
  pb::AttachRequest request;
  request.mutable_hello()->set_worker_name("pusher");
  commands.Attach(request);
  TestWorker worker(channel_);
  worker.Attach();
  Message(7, "a");
  EXPECT_EQ(worker.Events(1).size(), 1u);
  EXPECT_EQ(Workers().workers(0).events_delivered(), 0u);
}

}  // namespace
}  // namespace gatewayd::api
