// Streams in chunks: what comes, what a slow or vanished reader does.
#include <thread>

#include "unit/api/php.h"
#include "unit/api/server_fixture.h"

namespace gatewayd::api {
namespace {

using php::Int;
using php::Map;
using php::Str;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class Streams : public ServerFixture {
 protected:
  static std::string Uids(const std::vector<std::string>& uids) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const std::string& uid : uids)
      rows.emplace_back(Int(static_cast<long long>(rows.size() + 1)), php::Row({{"uid", Str(uid)}}));
    return Map(rows);
  }

  // Sessions of `count` clients with `size` bytes each.
  static std::string Sessions(int count, std::size_t size) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (int i = 1; i <= count; ++i)
      rows.emplace_back(Int(i), Str(Map({{Str("k"), Str(std::string(size, 'x'))}})));
    return Map(rows);
  }

  template <typename Response>
  static std::vector<Response> ReadAll(grpc::ClientReader<Response>& reader) {
    std::vector<Response> all;
    Response next;
    while (reader.Read(&next))
      all.push_back(next);
    return all;
  }
};

TEST_F(Streams, EachUidOnce) {
  gateway(0).Answer(Uids({"a", "b"}));
  gateway(1).Answer(Uids({"b", "caf\xe9"}));
  gateway(2).Answer(Uids({}));
  grpc::ClientContext context;
  const auto reader = stub_->StreamAllUidList(&context, pb::StreamAllUidListRequest());
  std::vector<std::string> uids;
  std::vector<std::string> others;
  for (const auto& chunk : ReadAll(*reader)) {
    uids.insert(uids.end(), chunk.uids().begin(), chunk.uids().end());
    others.insert(others.end(), chunk.uids_not_utf8().begin(), chunk.uids_not_utf8().end());
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_THAT(uids, UnorderedElementsAre("a", "b"));
  EXPECT_THAT(others, ElementsAre("caf\xe9"));
}

TEST_F(Streams, ClientIdsOfAllGateways) {
  for (std::size_t i = 0; i < kGateways; ++i)
    gateway(i).Answer(Uids({"u"}));
  grpc::ClientContext context;
  const auto reader = stub_->StreamAllClientIdList(&context, pb::StreamAllClientIdListRequest());
  std::vector<std::string> ids;
  for (const auto& chunk : ReadAll(*reader))
    ids.insert(ids.end(), chunk.client_ids().begin(), chunk.client_ids().end());
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_THAT(ids, UnorderedElementsAre(Id(0, 1), Id(1, 1), Id(2, 1)));
}

TEST_F(Streams, BigListsComeInChunksThatAClientTakes) {
  for (std::size_t i = 0; i < kGateways; ++i)
    gateway(i).Answer(Sessions(500, 10'000));
  grpc::ClientContext context;
  const auto reader = stub_->StreamAllClientSessions(&context, pb::StreamAllClientSessionsRequest());
  const auto chunks = ReadAll(*reader);
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_GE(chunks.size(), 15u);
  int clients = 0;
  for (const auto& chunk : chunks) {
    EXPECT_LE(chunk.ByteSizeLong(), 1100u * 1024);
    clients += chunk.clients_size();
  }
  EXPECT_EQ(clients, 1500);
}

TEST_F(Streams, OfAGroup) {
  gateway(0).Answer(Sessions(1, 1));
  gateway(1).Answer(Sessions(0, 1));
  gateway(2).Answer(Sessions(0, 1));
  pb::StreamAllClientSessionsRequest request;
  request.set_group("g");
  grpc::ClientContext context;
  const auto reader = stub_->StreamAllClientSessions(&context, request);
  EXPECT_EQ(ReadAll(*reader).size(), 1u);
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(sent(0)[0].command, wire::Command::kGetClientSessionsByGroup);
  request.set_group("");
  grpc::ClientContext refused;
  EXPECT_EQ(stub_->StreamAllClientSessions(&refused, request)->Finish().error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(Streams, WhatFailedEndsTheStreamAfterWhatCame) {
  gateway(0).Answer(Uids({"a"}));
  gateway(2).Answer("garbage");
  pb::StreamAllUidListRequest request;
  grpc::ClientContext context;
  const auto reader = stub_->StreamAllUidList(&context, request);
  EXPECT_EQ(ReadAll(*reader).size(), 1u);
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DATA_LOSS);

  request.set_partial_ok(true);
  grpc::ClientContext partial;
  const auto partial_reader = stub_->StreamAllUidList(&partial, request);
  const auto chunks = ReadAll(*partial_reader);
  EXPECT_TRUE(partial_reader->Finish().ok());
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(chunks.back().missing_size(), 2);
}

TEST_F(Streams, NoView) {
  cluster_.SetView(false, false);
  grpc::ClientContext context;
  EXPECT_EQ(stub_->StreamAllUidList(&context, pb::StreamAllUidListRequest())->Finish().error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(Streams, AReaderWhoGoesAwayWhileAGatewayIsSilentEndsIt) {
  for (std::size_t i = 0; i < kGateways; ++i)
    gateway(i).Hold();
  grpc::ClientContext context;
  const auto reader = stub_->StreamAllUidList(&context, pb::StreamAllUidListRequest());
  while (gateway(2).held() == 0)
    std::this_thread::yield();
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  for (std::size_t i = 0; i < kGateways; ++i) {
    gateway(i).Answer(Uids({"a"}));
    gateway(i).Release();  // the answers of who is gone are dropped
  }
}

// A cluster of more Gateways than are asked at once, over a socket, so that flow control holds.
TEST(SlowReader, HoldsUpItsOwnQuestionsOnly) {
  constexpr int kGateways = 40;
  FakeCluster cluster(kGateways);
  std::vector<std::pair<std::string, std::string>> rows;
  for (int i = 1; i <= 300; ++i)
    rows.emplace_back(Int(i), Str(Map({{Str("k"), Str(std::string(10'000, 'x'))}})));
  for (std::size_t i = 0; i < kGateways; ++i)
    cluster.gateway(i).Answer(Map(rows));
  events::Hub hub(cluster, {});
  auto server = Server::Start(cluster, hub, {.listen = {"127.0.0.1:0"}});
  ASSERT_TRUE(server.ok());
  const auto channel = grpc::CreateChannel((*server)->addresses()[0], grpc::InsecureChannelCredentials());
  const auto stub = pb::GatewayService::NewStub(channel);
  grpc::ClientContext context;
  const auto reader = stub->StreamAllClientSessions(&context, pb::StreamAllClientSessionsRequest());
  pb::StreamAllClientSessionsResponse chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  // Another call is served meanwhile; what the stream has asked by then is bounded by what fits.
  pb::AreOnlineResponse online;
  grpc::ClientContext other;
  EXPECT_TRUE(stub->AreOnline(&other, pb::AreOnlineRequest(), &online).ok());
  std::size_t asked = 0;
  for (std::size_t i = 0; i < kGateways; ++i)
    asked += cluster.gateway(i).sent().size();
  EXPECT_LT(asked, static_cast<std::size_t>(kGateways));
  int clients = chunk.clients_size();
  while (reader->Read(&chunk))
    clients += chunk.clients_size();
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(clients, kGateways * 300);
}

TEST(SlowReader, WhoVanishesInTheMiddleIsForgotten) {
  FakeCluster cluster(40);
  std::vector<std::pair<std::string, std::string>> rows;
  for (int i = 1; i <= 300; ++i)
    rows.emplace_back(Int(i), Str(Map({{Str("k"), Str(std::string(10'000, 'x'))}})));
  for (std::size_t i = 0; i < 40; ++i)
    cluster.gateway(i).Answer(Map(rows));
  events::Hub hub(cluster, {});
  auto server = Server::Start(cluster, hub, {.listen = {"127.0.0.1:0"}});
  ASSERT_TRUE(server.ok());
  const auto channel = grpc::CreateChannel((*server)->addresses()[0], grpc::InsecureChannelCredentials());
  const auto stub = pb::GatewayService::NewStub(channel);
  {
    grpc::ClientContext context;
    const auto reader = stub->StreamAllClientSessions(&context, pb::StreamAllClientSessionsRequest());
    pb::StreamAllClientSessionsResponse chunk;
    ASSERT_TRUE(reader->Read(&chunk));
    context.TryCancel();
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  (*server)->Shutdown(absl::InfiniteFuture());  // would not return while a stream is left
}

}  // namespace
}  // namespace gatewayd::api
