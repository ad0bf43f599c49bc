// Callers that send nonsense, among many who do not; and strangers on the gRPC port.
#include <grpcpp/generic/generic_stub.h>

#include <atomic>
#include <random>

#include "integration/async_calls.h"

namespace gatewayd::test {
namespace {

using Stub = pb::GatewayService::Stub;
using Async = pb::GatewayService::StubInterface::async_interface;
using embedded::ClientProtocol;
using grpc::StatusCode;

class CallersTest : public ClusterTest {
 protected:
  void SetUp() override {
    Start(2);
    if (HasFatalFailure()) return;
    for (std::size_t i = 0; i < 2; ++i) {
      clients_.push_back(std::make_unique<TextClient>(Port(i, ClientProtocol::kText)));
      ASSERT_TRUE(WaitClients(i, 1));
    }
  }
  // No link was harmed, and everybody is still there.
  void ExpectUnharmed() {
    EXPECT_EQ(daemon_->Counter("links_lost"), 0);
    for (std::size_t i = 0; i < 2; ++i) {
      const std::string text = absl::StrCat("still there ", i);
      EXPECT_TRUE(CallFor(*daemon_, &Stub::SendToClient, SendText(ClientId(i, 1), text)).ok());
      while (true) {
        const auto message = clients_[i]->ReadMessage();
        ASSERT_TRUE(message.has_value());
        if (*message == text) break;
        ASSERT_TRUE(absl::StartsWith(*message, "caller ")) << "nonsense reached a client";
      }
      EXPECT_EQ(cluster_->gateway(i).clients().size(), 1);
    }
  }

  std::vector<std::unique_ptr<TextClient>> clients_;
};

// What the daemon refuses, each with a status that says so. Nothing of it may reach a Gateway.
class Nonsense {
 public:
  Nonsense(Daemon& daemon, std::string client_id) : daemon_(daemon), id_(std::move(client_id)) {
    for (const char* bad :
         {"", "x", "7f0000010b540000000", "7f0000010b54000000011", "zz00000z0b5400000001"}) {
      Expect(StatusCode::INVALID_ARGUMENT, &Stub::SendToClient, SendText(bad, "nonsense"));
      Expect(StatusCode::INVALID_ARGUMENT, &Stub::IsOnline, IsOnline(bad));
    }
    Expect(StatusCode::NOT_FOUND, &Stub::SendToClient, SendText("000000000000ffffffff", "nonsense"));
    for (const std::string& bad : {std::string(), std::string(IsGo() ? "" : "0")}) {  // "0" is a name in go
      Expect(StatusCode::INVALID_ARGUMENT, &Stub::BindUid, Bind(id_, bad));
    }
    Expect(StatusCode::INVALID_ARGUMENT, &Stub::BindUid, Bind(id_, std::string(100'000, 'u')));
    const std::string eleven_megabytes(11 * 1024 * 1024, 'm'), too_much(17 * 1024 * 1024, 'm');
    Expect(StatusCode::RESOURCE_EXHAUSTED, &Stub::SendToClient, SendText(id_, eleven_megabytes));
    Expect(StatusCode::RESOURCE_EXHAUSTED, &Stub::SendToAll, Broadcast(eleven_megabytes));
    Expect(StatusCode::RESOURCE_EXHAUSTED, &Stub::SendToAll, Broadcast(too_much));
    SendLists();
    SendSessions();
    pb::IsOnlineRequest consistency = IsOnline(id_);
    consistency.set_consistency(static_cast<pb::Consistency>(99));
    Expect(StatusCode::INVALID_ARGUMENT, &Stub::IsOnline, consistency);
    pb::SelectRequest select;
    select.add_fields(static_cast<pb::SelectField>(7));
    Expect(StatusCode::INVALID_ARGUMENT, &Stub::Select, select);
    SendBytes();
  }

 private:
  template <typename Request, typename Response>
  void Expect(StatusCode code, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request) {
    const Outcome outcome = CallFor(daemon_, method, request);
    EXPECT_EQ(outcome.code, code) << Request::descriptor()->name() << " " << outcome;
  }
  void SendLists() {
    pb::SendToUidRequest uids;
    pb::SendToAllRequest targets = Broadcast("nonsense");
    pb::AreOnlineRequest online;
    for (int i = 0; i <= 100'000; ++i) {
      uids.add_uids(absl::StrCat("u", i));
      targets.mutable_targets()->add_client_ids(id_);
      online.add_client_ids(id_);
    }
    Expect(StatusCode::INVALID_ARGUMENT, &Stub::SendToUid, uids);
    Expect(StatusCode::INVALID_ARGUMENT, &Stub::SendToAll, targets);
    Expect(StatusCode::INVALID_ARGUMENT, &Stub::AreOnline, online);
    pb::ExecuteRequest execute;
    for (int i = 0; i <= 100'000; ++i)
      execute.add_commands();
    Expect(StatusCode::INVALID_ARGUMENT, &Stub::Execute, execute);
  }
  void SendSessions() {
    for (const std::string& bad : {std::string("nonsense"), std::string("i:1;"), std::string("a:1:{i:0;"),
                                   std::string("a:0:{}a:0:{}"), std::string(4096, 'a')}) {
      pb::SetSessionRequest set;
      set.set_client_id(id_);
      set.mutable_session()->set_stored(bad);
      Expect(StatusCode::INVALID_ARGUMENT, &Stub::SetSession, set);
      pb::UpdateSessionRequest update;
      update.set_client_id(id_);
      update.mutable_session()->set_stored(bad);
      Expect(StatusCode::INVALID_ARGUMENT, &Stub::UpdateSession, update);
    }
  }
  // Bytes that are no request, and rpcs that there are not.
  void SendBytes() {
    grpc::GenericStub stub(daemon_.channel());
    std::mt19937 random(99);
    for (const char* rpc : {"SendToAll", "IsOnline", "Execute", "NoSuchRpc"}) {
      std::string bytes(1000, '\xff');
      for (std::size_t i = 10; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>(random());
      const grpc::Slice slice(bytes);
      const grpc::ByteBuffer request(&slice, 1);
      grpc::ByteBuffer response;
      grpc::ClientContext context;
      SetPatience(context);
      std::promise<grpc::Status> done;
      stub.UnaryCall(&context, absl::StrCat("/gatewayworker.v1.GatewayService/", rpc), {}, &request,
                     &response, [&](grpc::Status status) { done.set_value(std::move(status)); });
      const grpc::Status status = done.get_future().get();
      EXPECT_FALSE(status.ok()) << rpc;
      EXPECT_NE(status.error_code(), StatusCode::DEADLINE_EXCEEDED) << rpc;
    }
  }

  Daemon& daemon_;
  const std::string id_;
};

TEST_F(CallersTest, OneOfAThousandCallersSendsNonsense) {
  constexpr int kCallers = 1000, kEach = 5;
  std::atomic<bool> done = false;
  std::thread bad([&] {
    const Nonsense refused(*daemon_, ClientId(0, 1));
    done = true;
  });
  const auto channel =
      grpc::CreateChannel(daemon_->app().addresses().front(), grpc::InsecureChannelCredentials());
  const auto stub = pb::GatewayService::NewStub(channel);
  using Ask = AsyncCall<pb::IsOnlineRequest, pb::IsOnlineResponse>;
  using Send = AsyncCall<pb::SendToClientRequest, pb::SendToClientResponse>;
  int rounds = 0;
  for (; rounds < kEach || !done; ++rounds) {
    ASSERT_LT(rounds, 10'000);
    InFlight in_flight;
    std::vector<std::unique_ptr<Ask>> asks;
    std::vector<std::unique_ptr<Send>> sends;
    for (int i = 0; i < kCallers - 1; ++i) {
      const auto gateway = static_cast<std::size_t>(i % 2);
      if (i % 100 == 0) {
        sends.push_back(std::make_unique<Send>(*stub, static_cast<Send::Method>(&Async::SendToClient),
                                               SendText(ClientId(gateway, 1), "caller " + std::to_string(i)),
                                               in_flight));
      } else {
        asks.push_back(std::make_unique<Ask>(*stub, static_cast<Ask::Method>(&Async::IsOnline),
                                             IsOnline(ClientId(gateway, i % 3 == 0 ? 9 : 1)), in_flight));
      }
    }
    ASSERT_TRUE(in_flight.WaitForAll()) << "calls hang";
    for (const auto& send : sends)
      EXPECT_TRUE(send->outcome().ok()) << send->outcome();
    for (const auto& ask : asks)
      EXPECT_TRUE(ask->outcome().ok()) << ask->outcome();
    if (HasFailure()) break;
  }
  bad.join();
  EXPECT_GE(rounds, kEach);
  ExpectUnharmed();
}

TEST_F(CallersTest, StrangersOnTheGrpcPortDisturbNobody) {
  const std::string address = daemon_->app().addresses().front();
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  std::mt19937 random(7);
  std::string noise(10'000, '\0');
  for (char& byte : noise)
    byte = static_cast<char>(random());
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const std::string words[] = {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                               "POST /gatewayworker.v1.GatewayService/SendToAll HTTP/1.1\r\n\r\n{}",
                               noise,
                               "\x16\x03\x01\x02" + noise.substr(0, 100),
                               preface + noise,
                               preface + std::string("\x7f\xff\xff\x04\x00\x00\x00\x00\x00", 9),
                               BigEndian32(28) + std::string(24, '\0'),
                               "{\"event\":\"ping\"}\n",
                               preface.substr(0, 10),
                               ""};
  for (int round = 0; round < 5; ++round) {
    std::vector<std::unique_ptr<TcpClient>> open;
    for (const std::string& word : words) {
      auto& stranger = *open.emplace_back(std::make_unique<TcpClient>(port));
      stranger.Send(word);
      EXPECT_TRUE(CallFor(*daemon_, &Stub::SendToClient, SendText(ClientId(0, 1), "caller works")).ok());
      EXPECT_TRUE(CallFor(*daemon_, &Stub::IsOnline, IsOnline(ClientId(1, 1))).ok());
    }
    EXPECT_TRUE(open[2]->WaitClosed()) << "noise is shown the door";
  }
  ExpectUnharmed();
}

}  // namespace
}  // namespace gatewayd::test
