// Strangers on the admin port of a daemon at work: its callers, its worker and its clients notice nothing.
#include <deque>
#include <random>
#include <thread>

#include "integration/admin_fixture.h"

namespace gatewayd::test {
namespace {

class AdminFaultTest : public AdminFixture {};

// Connects, says something odd or nothing, and stays.
void Annoy(std::uint16_t port, std::uint32_t seed, std::deque<HttpClient>& crowd) {
  std::mt19937 random(seed);
  std::string noise(1 + random() % 3000, '\0');
  for (char& c : noise)
    c = static_cast<char>(random());
  const std::string says[] = {"",
                              "GET /metr",
                              noise,
                              std::string("\x16\x03\x01\x02\x00\x01", 6) + noise,
                              HttpClient::Request("GET", "/metrics") + HttpClient::Request("GET", "/metrics"),
                              HttpClient::Request("POST", "/metrics", "Content-Length: 1000000\r\n") + noise,
                              "GET / HTTP/1.1\r\nX: " + std::string(9000, 'x')};
  HttpClient& client = crowd.emplace_back(port);
  client.ShrinkReceiveBuffer();
  client.Send(says[seed % std::size(says)]);
}

TEST_F(AdminFaultTest, StrangersOnTheAdminPortDisturbNobody) {
  StartAdmin(1);
  auto worker = Attach();
  TextClient client = Client();
  ASSERT_TRUE(WaitClients(0, 1));
  std::deque<HttpClient> crowd;
  constexpr int kRounds = 200;
  for (int i = 0; i < kRounds; ++i) {
    Annoy(PortOf(admin()), static_cast<std::uint32_t>(i), crowd);
    const std::string text = absl::StrCat("message ", i);
    ASSERT_TRUE(client.SendMessage(text));
    EXPECT_EQ(Bodies(worker->EventsUntil(IsMessage(text))).back(), text);
    pb::SendToClientRequest request;
    request.set_client_id(ClientId(0, 1));
    request.mutable_message()->set_data(text);
    pb::SendToClientResponse response;
    EXPECT_TRUE(daemon_->Call(&pb::GatewayService::Stub::SendToClient, request, &response).ok());
    EXPECT_EQ(client.ReadMessage(), text);
  }
  EXPECT_EQ(HttpGet(admin(), "/readyz").status, 200) << "with the crowd still there";
  EXPECT_EQ(Metric("gatewayd_links_lost_total"), 0);
  EXPECT_GT(Metric("gatewayd_admin_connections_evicted_total"), 0);
  EXPECT_LE(Metric("gatewayd_admin_connections"), Metric("gatewayd_admin_connections_limit") + 1);
}

}  // namespace
}  // namespace gatewayd::test
