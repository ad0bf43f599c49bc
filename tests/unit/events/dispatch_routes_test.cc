// Which worker gets which event: affinity, order, kinds, and what is forgotten when a client is gone.
#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(DispatchRoutesTest, AWorkerGetsWhatComesInOrder) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Connect(1);
  dispatch.Handshake(1);
  dispatch.Message(1, "a");
  dispatch.Message(2, "b");
  dispatch.Message(1, "c");
  EXPECT_THAT(dispatch.Ready(), ElementsAre(worker)) << "told once";
  EXPECT_THAT(dispatch.TakeAll(worker),
              ElementsAre("#1 CONNECT", "#1 WEBSOCKET_CONNECT", "#1 a", "#2 b", "#1 c"));
  EXPECT_THAT(dispatch.Ready(), IsEmpty());
  dispatch.Message(1, "d");
  EXPECT_THAT(dispatch.Ready(), ElementsAre(worker));
}

TEST(DispatchRoutesTest, WhatItHoldsOfAnEventIsWhatTheGatewaySaid) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Accept(1, "body", {.session = "a:0:{}"});
  std::vector<Delivery> batch;
  dispatch.machine().TakeBatch(worker, dispatch.now(), &batch);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch[0].id, 1u);
  EXPECT_EQ(batch[0].attempt, 1u);
  EXPECT_FALSE(batch[0].redelivered());
  EXPECT_EQ(batch[0].session, nullptr);
  EXPECT_EQ(batch[0].event->session(), "a:0:{}");
  EXPECT_EQ(batch[0].event->head().client, ClientIdOf(1));
}

TEST(DispatchRoutesTest, ABatchIsAddedToWhatIsThere) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(1, "a");
  std::vector<Delivery> batch(1);
  dispatch.machine().TakeBatch(worker, dispatch.now(), &batch);
  EXPECT_EQ(batch.size(), 2u);
}

TEST(DispatchRoutesTest, NewClientsGoToTheWorkerWithTheFewest) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  const WorkerId second = dispatch.Attach();
  for (std::uint32_t client = 1; client <= 4; ++client)
    dispatch.Message(client, "a");
  EXPECT_THAT(dispatch.TakeAll(first), ElementsAre("#1 a", "#3 a"));
  EXPECT_THAT(dispatch.TakeAll(second), ElementsAre("#2 a", "#4 a"));
}

TEST(DispatchRoutesTest, AWorkerThatComesLaterGetsTheNewOnes) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  for (std::uint32_t client = 1; client <= 3; ++client)
    dispatch.Message(client, "a");
  const WorkerId second = dispatch.Attach();
  for (std::uint32_t client = 4; client <= 6; ++client)
    dispatch.Message(client, "a");
  EXPECT_THAT(dispatch.TakeAll(second), ElementsAre("#4 a", "#5 a", "#6 a"));
  EXPECT_EQ(dispatch.TakeAll(first).size(), 3u);
}

TEST(DispatchRoutesTest, WithAsManyClientsItIsTheOneWithFewerBytes) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  const WorkerId second = dispatch.Attach();
  dispatch.Message(1, "much of it");
  dispatch.Message(2, "a");
  dispatch.Message(3, "b");
  EXPECT_THAT(dispatch.TakeAll(second), ElementsAre("#2 a", "#3 b"));
  EXPECT_THAT(dispatch.TakeAll(first), ElementsAre("#1 much of it"));
}

TEST(DispatchRoutesTest, AClientStaysWithItsWorker) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.Finish(first);
  const WorkerId second = dispatch.Attach();
  for (int i = 0; i < 5; ++i)
    dispatch.Message(1, "more");
  EXPECT_EQ(dispatch.TakeAll(first).size(), 5u);
  EXPECT_THAT(dispatch.TakeAll(second), IsEmpty());
}

TEST(DispatchRoutesTest, ClientsOfTwoGatewaysWithOneIdAreTwo) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  const WorkerId second = dispatch.Attach();
  dispatch.Accept(1, "a", {.run = 1});
  dispatch.Accept(1, "b", {.run = 2});
  EXPECT_THAT(dispatch.TakeAll(first), ElementsAre("#1 a"));
  EXPECT_THAT(dispatch.TakeAll(second), ElementsAre("#1 b"));
  EXPECT_EQ(dispatch.machine().client_count(), 2u);
}

TEST(DispatchRoutesTest, AClientThatClosedIsForgottenOnceAllIsAcknowledged) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.Close(1);
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 a", "#1 CLOSE"));
  dispatch.Ack(worker, 2);
  EXPECT_EQ(dispatch.machine().client_count(), 1u);
  dispatch.Ack(worker, 1);
  EXPECT_EQ(dispatch.machine().Workers()[0].clients, 0u);
  dispatch.ExpectNothingKept();
}

TEST(DispatchRoutesTest, ConnectionIdsAreUsedAgainAfterAClose) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Close(1);
  dispatch.Connect(1);
  dispatch.Finish(worker);
  EXPECT_EQ(dispatch.machine().client_count(), 1u) << "the second one is here";
}

TEST(DispatchRoutesTest, KindsThatAWorkerDoesNotWantAreDoneAtOnce) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach(WithKinds({EventKind::kMessage}));
  dispatch.Connect(1);
  dispatch.Message(1, "a");
  dispatch.Close(1);
  EXPECT_EQ(dispatch.counters().events_unwanted, 2u);
  EXPECT_EQ(dispatch.machine().events_in_memory(), 1u);
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 a"));
  dispatch.AckAll(worker);
  dispatch.ExpectNothingKept();
}

TEST(DispatchRoutesTest, KindsNeverChangeWhoGetsAClient) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach(WithKinds({EventKind::kClose}));
  const WorkerId second = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.Message(1, "b");
  dispatch.Message(2, "c");
  dispatch.Close(1);
  EXPECT_THAT(dispatch.TakeAll(first), ElementsAre("#1 CLOSE"));
  EXPECT_THAT(dispatch.TakeAll(second), ElementsAre("#2 c"));
}

TEST(DispatchRoutesTest, AStreamForCommandsAloneGetsNothing) {
  DispatchHarness dispatch;
  const WorkerId commands = dispatch.Attach(WithKinds({}));
  EXPECT_EQ(dispatch.LinksWanted(), "");
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.RunOver(1);
  EXPECT_THAT(dispatch.TakeAll(commands), IsEmpty());
  EXPECT_EQ(dispatch.TakeAll(worker).size(), 2u);
}

TEST(DispatchRoutesTest, IdsOfNobodyAreIgnored) {
  DispatchHarness dispatch;
  const WorkerId gone = dispatch.Attach();
  dispatch.Detach(gone);
  dispatch.Ends();
  for (const WorkerId nobody : {gone, WorkerId{0}, WorkerId{99}}) {
    dispatch.Detach(nobody);
    dispatch.Leave(nobody, LeaveMode::kCloseLinks);
    dispatch.AckAll(nobody);
    EXPECT_THAT(dispatch.Take(nobody), IsEmpty());
    EXPECT_EQ(dispatch.machine().ClientOf(nobody, 1), std::nullopt);
    EXPECT_FALSE(dispatch.machine().DrainWorker(nobody, dispatch.now()));
  }
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
  EXPECT_EQ(dispatch.counters().workers_broken, 1u);
  EXPECT_EQ(dispatch.counters().acks_unknown, 0u);
}

TEST(DispatchRoutesTest, TheClientOfADeliveryIsKnownUntilItIsAcknowledged) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(7, "a");
  dispatch.RunOver(2);
  EXPECT_EQ(dispatch.machine().ClientOf(worker, 1), std::nullopt) << "not delivered yet";
  EXPECT_EQ(dispatch.TakeAll(worker).size(), 2u);
  const std::optional<DeliveredClient> client = dispatch.machine().ClientOf(worker, 1);
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ(client->client, ClientIdOf(7));
  EXPECT_EQ(client->run, RunOf(1));
  EXPECT_EQ(dispatch.machine().ClientOf(worker, 2), std::nullopt) << "a lost Gateway is no client";
  dispatch.Ack(worker, 1);
  EXPECT_EQ(dispatch.machine().ClientOf(worker, 1), std::nullopt);
}

TEST(DispatchRoutesTest, SaysHowEachWorkerStands) {
  DispatchHarness dispatch;
  WorkerSettings settings = WithWindow(2, 5000);
  settings.name = "chat";
  const WorkerId worker = dispatch.Attach(settings);
  dispatch.Attach(WithKinds({}));
  for (const char* body : {"a", "b", "c"})
    dispatch.Message(1, body);
  EXPECT_EQ(dispatch.TakeAll(worker).size(), 2u);
  dispatch.Ack(worker, 9);
  const std::vector<WorkerView> views = dispatch.machine().Workers();
  ASSERT_EQ(views.size(), 2u);
  const WorkerView& view = views[0];
  const std::size_t size = MakeEvent(1, "a")->size();
  EXPECT_EQ(view.id, worker);
  EXPECT_EQ(view.name, "chat");
  EXPECT_TRUE(view.kinds.Has(EventKind::kMessage));
  EXPECT_EQ(view.attached_at, StartTime());
  EXPECT_EQ(view.window_events, 2u);
  EXPECT_EQ(view.window_bytes, 5000u);
  EXPECT_EQ(view.events_in_flight, 2u);
  EXPECT_EQ(view.bytes_in_flight, 2 * size);
  EXPECT_EQ(view.events_queued, 1u);
  EXPECT_EQ(view.bytes_queued, size);
  EXPECT_EQ(view.clients, 1u);
  EXPECT_EQ(view.delivered, 2u);
  EXPECT_EQ(view.acknowledged, 0u);
  EXPECT_EQ(view.redelivered, 0u);
  EXPECT_EQ(view.unknown_acks, 1u);
  EXPECT_EQ(view.oldest_read, StartTime());
  EXPECT_FALSE(view.leaving);
  EXPECT_TRUE(views[1].kinds.empty());
  EXPECT_EQ(views[1].oldest_read, absl::InfiniteFuture());
}

}  // namespace
}  // namespace gatewayd::events
