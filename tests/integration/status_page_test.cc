// The status page and what is behind it over real sockets: who gets it, what it says, what the console does.
#include <gmock/gmock.h>

#include <future>
#include <random>

#include "integration/admin_fixture.h"
#include "security/tokens.h"
#include "unit/security/test_certificates.h"

namespace gatewayd::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kAdmin[] = "a-token-that-may-do-everything";
constexpr char kReader[] = "a-token-that-may-only-read-it";

class StatusPageTest : public AdminFixture {
 protected:
  void StartPage(const std::function<void(Config&)>& change = [](Config&) {}) {
    StartWith(2, [&](Config& config) {
      config.admin_listen = {"127.0.0.1:0"};
      config.admin_console = true;
      change(config);
    });
  }
  // The daemon of a config with tokens asks its own callers for one, too: so no fixture's stub is used.
  void StartWithTokens(const std::string& admin_listen) {
    StartCluster(2);
    folder_.Replace("tokens", std::string("ops ") + kAdmin + "\nreports " + kReader + " read\n");
    auto tokens = security::TokenStore::Open(folder_ / "tokens");
    ASSERT_TRUE(tokens.ok()) << tokens.status();
    Config config = WorkerConfig(cluster_->register_addresses());
    config.admin_listen = {admin_listen};
    config.admin_console = true;
    config.tokens = *std::move(tokens);
    daemon_ = std::make_unique<Daemon>(std::move(config));
    ASSERT_TRUE(Eventually([&] { return Get("/readyz").status == 200; }));
  }

  HttpAnswer Ask(const std::string& method, const std::string& path, const std::string& headers,
                 const std::string& body = "") {
    HttpClient client(PortOf(admin()));
    std::string all = headers;
    if (method == "POST") absl::StrAppend(&all, "Content-Length: ", body.size(), "\r\n");
    client.Send(HttpClient::Request(method, path, all) + body);
    return client.ReadAnswer().value_or(HttpAnswer());
  }
  HttpAnswer Get(const std::string& path, const std::string& headers = "") {
    return Ask("GET", path, headers);
  }
  HttpAnswer Order(const std::string& json, const std::string& headers = "") {
    return Ask("POST", "/api/console", "Content-Type: application/json\r\n" + headers, json);
  }
  static std::string Bearer(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }
  bool ChangeComes(const std::string& text) {
    return Eventually([&] { return Get("/api/changes").body.find(text) != std::string::npos; });
  }

  const Folder folder_;
};

TEST_F(StatusPageTest, ThePageComesWithAPolicyThatLetsNothingInFromElsewhere) {
  StartPage();
  HttpAnswer page = Get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers["content-type"], "text/html; charset=utf-8");
  EXPECT_THAT(page.headers["content-security-policy"],
              AllOf(HasSubstr("default-src 'none'"), HasSubstr("script-src 'self'"),
                    HasSubstr("frame-ancestors 'none'"), Not(HasSubstr("unsafe"))));
  EXPECT_EQ(page.headers["x-content-type-options"], "nosniff");
  EXPECT_EQ(page.headers["referrer-policy"], "no-referrer");
  EXPECT_EQ(page.headers["cache-control"], "no-store");
  EXPECT_EQ(Get("/page/page.js").headers["content-type"], "text/javascript; charset=utf-8");
  EXPECT_EQ(Get("/page/page.css").headers["content-type"], "text/css; charset=utf-8");
  EXPECT_EQ(Get("/page/icon.svg").headers["content-type"], "image/svg+xml");
  EXPECT_EQ(Get("/page/../admin.h").status, 404);
}

TEST_F(StatusPageTest, StatusTellsOfGatewaysLinksWorkersAndWhatWasCounted) {
  StartPage();
  auto worker = Attach(Window(7));
  TextClient client = Client();
  ASSERT_TRUE(client.SendMessage("work"));
  worker->Events(2);
  pb::GetAllClientCountResponse count;
  ASSERT_TRUE(daemon_->Call(&pb::GatewayService::Stub::GetAllClientCount, {}, &count).ok());
  HttpAnswer status;
  EXPECT_TRUE(Eventually([&] {
    status = Get("/api/status");
    return status.body.find("\"calls\":1") != std::string::npos;
  })) << status.body;
  EXPECT_EQ(status.headers["content-type"], "application/json");
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_THAT(status.body, HasSubstr("\"address\":\"" + Address(i) + "\""));
  EXPECT_THAT(status.body,
              AllOf(HasSubstr("\"state\":\"serving\""), HasSubstr("\"kind\":\"event\",\"state\":\"ready\""),
                    HasSubstr("\"gateways_usable\":2"), HasSubstr("\"workers_total\":1"),
                    HasSubstr("\"window_events\":7"), HasSubstr("\"bounds_seconds\":["),
                    HasSubstr("\"console\":true,\"may_read\":true,\"may_send\":true")));
}

TEST_F(StatusPageTest, ChangesSayWhatHappenedAndWhy) {
  StartPage();
  EXPECT_TRUE(ChangeComes("\"kind\":\"ready\""));
  const std::string address = wire::ToString(cluster_->gateway(1).inner_address());
  EXPECT_THAT(Get("/api/changes").body,
              AllOf(HasSubstr("\"kind\":\"register_up\""), HasSubstr("\"kind\":\"gateway_joined\""),
                    HasSubstr("\"kind\":\"link_up\"")));
  {
    auto worker = Attach();
    EXPECT_TRUE(ChangeComes("\"kind\":\"worker_attached\""));
    EXPECT_TRUE(ChangeComes("\"kind\":\"event_link_up\""));
  }
  EXPECT_TRUE(ChangeComes("\"kind\":\"worker_lost\",\"trouble\":true,\"subject\":\"worker 1\""));
  cluster_->StopGateway(1);
  EXPECT_TRUE(ChangeComes("\"kind\":\"link_lost\",\"trouble\":true,\"subject\":\"" + address + "\""));
  EXPECT_THAT(Get("/api/changes?after=1").body, Not(HasSubstr("\"number\":1,")));
  EXPECT_THAT(Get("/api/changes?x=1&after=1000000&after").body, HasSubstr("\"changes\":[]"));
  for (const char* odd :
       {"?after=", "?after=-1", "?after=99999999999999999999999", "?&&=&after=x", "?after=%31"})
    EXPECT_EQ(Get(std::string("/api/changes") + odd).status, 200) << odd;
}

TEST_F(StatusPageTest, TheConsoleLooksUpAndSendsAsCallersDo) {
  StartPage();
  TextClient client = Client();
  ASSERT_TRUE(WaitClients(0, 1));
  const std::string id = wire::FormatClientId(cluster_->gateway(0).clients().front().id);
  pb::BindUidRequest bind;
  bind.set_client_id(id);
  bind.set_uid("ann");
  pb::BindUidResponse bound;
  ASSERT_TRUE(daemon_->Call(&pb::GatewayService::Stub::BindUid, bind, &bound).ok());
  pb::JoinGroupRequest join;
  join.set_client_id(id);
  join.set_group("lobby");
  pb::JoinGroupResponse joined;
  ASSERT_TRUE(daemon_->Call(&pb::GatewayService::Stub::JoinGroup, join, &joined).ok());

  const HttpAnswer uid = Order(R"({"action": "look_up", "target": "uid", "id": "ann"})");
  EXPECT_EQ(uid.status, 200);
  EXPECT_THAT(uid.body, AllOf(HasSubstr("\"code\":\"OK\",\"online\":true"), HasSubstr(id)));
  EXPECT_THAT(
      Order(R"({"action": "look_up", "target": "client", "id": ")" + id + "\"}").body,
      AllOf(HasSubstr("\"uid\":\"ann\""), HasSubstr("\"groups\":[\"lobby\"]"), HasSubstr("\"session\":")));
  EXPECT_THAT(Order(R"({"action": "look_up", "target": "group", "id": "lobby"})").body,
              AllOf(HasSubstr("\"count\":1"), HasSubstr(id)));
  EXPECT_THAT(Order(R"({"action": "send", "target": "uid", "id": "ann", "text": "from the console"})").body,
              HasSubstr("\"gateways\":2"));
  EXPECT_EQ(client.ReadMessage(), "from the console");
  EXPECT_EQ(Order(R"({"action": "send", "target": "client", "id": ")" + id + R"(", "text": "again"})").status,
            200);
  EXPECT_EQ(client.ReadMessage(), "again");

  EXPECT_EQ(Order(R"({"action": "look_up", "target": "client", "id": "zz"})").status, 400);
  EXPECT_EQ(
      Order(R"({"action": "send", "target": "client", "id": ")" + ClientId(0, 77777) + R"(", "text": "x"})")
          .status,
      404);
  EXPECT_TRUE(log_.Has({"console: send to uid: OK"}));
  EXPECT_TRUE(log_.Has({"console: send to client: NOT_FOUND"}));
  EXPECT_FALSE(log_.Has({"from the console"})) << "no message is logged";
}

TEST_F(StatusPageTest, TheConsoleIsOffUnlessItIsSwitchedOn) {
  StartPage([](Config& config) { config.admin_console = false; });
  const HttpAnswer answer = Order(R"({"action": "look_up", "target": "uid", "id": "ann"})");
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.body, HasSubstr("--admin_console"));
  EXPECT_THAT(Get("/api/status").body, HasSubstr("\"console\":false"));
}

TEST_F(StatusPageTest, OrdersOfOtherSitesAndOtherFormsAreRefused) {
  StartPage();
  const std::string order = R"({"action": "send", "target": "uid", "id": "ann", "text": "x"})";
  EXPECT_EQ(Order(order, "Origin: http://evil.example\r\n").status, 403);
  EXPECT_EQ(Order(order, "Origin: null\r\n").status, 403);
  EXPECT_EQ(Order(order, "Sec-Fetch-Site: cross-site\r\n").status, 403);
  EXPECT_EQ(Order(order, "Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n").status, 200);
  for (const char* type :
       {"", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: application/jsonx\r\n"})
    EXPECT_EQ(Ask("POST", "/api/console", type, order).status, 415) << type;
  EXPECT_EQ(Ask("OPTIONS", "/api/console", "Origin: http://evil.example\r\n").status, 405);
  EXPECT_EQ(Get("/api/status", "Sec-Fetch-Site: cross-site\r\n").status, 403);
  HttpClient rebound(PortOf(admin()));
  rebound.Send("GET /api/status HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(rebound.ReadAnswer().value_or(HttpAnswer()).status, 403);
}

TEST_F(StatusPageTest, RubbishToTheConsoleIs400AndItGoesOn) {
  StartPage();
  std::mt19937 random(3);
  const std::string good = R"({"action": "look_up", "target": "uid", "id": "ann"})";
  for (int i = 0; i < 200; ++i) {
    std::string bytes = good;
    for (int change = 0; change < 4; ++change)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const int status = Order(bytes).status;
    EXPECT_TRUE(status == 400 || status == 200) << status << " for " << bytes;
  }
  EXPECT_EQ(Order(std::string(60'000, '{')).status, 400);
  EXPECT_EQ(Order(std::string(70'000, ' ')).status, 413);
  EXPECT_EQ(Order("").status, 400);
  EXPECT_EQ(Order(good).status, 200);
}

TEST_F(StatusPageTest, AWiderListenerWithoutTokensHasProbesAndMetricsAlone) {
  StartPage([](Config& config) { config.admin_listen = {"0.0.0.0:0"}; });
  for (const char* path : {"/", "/page/page.js", "/api/status", "/api/changes"}) {
    const HttpAnswer answer = Get(path);
    EXPECT_EQ(answer.status, 403) << path;
    EXPECT_THAT(answer.body, HasSubstr("--tokens_file")) << path;
  }
  EXPECT_EQ(Order(R"({"action": "look_up", "target": "uid", "id": "ann"})").status, 403);
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_EQ(Get("/readyz").status, 200);
  EXPECT_EQ(Get("/metrics").status, 200);
}

TEST_F(StatusPageTest, WithTokensEachNeedsItsRight) {
  StartWithTokens("0.0.0.0:0");
  EXPECT_EQ(Get("/").status, 200) << "the page asks for the token";
  EXPECT_EQ(Get("/metrics").status, 200);
  for (const char* path : {"/api/status", "/api/changes"}) {
    EXPECT_EQ(Get(path).status, 401) << path;
    EXPECT_EQ(Get(path, Bearer("a-token-that-nobody-ever-gave")).status, 401) << path;
    EXPECT_EQ(Get(path, Bearer(kReader)).status, 403) << path;
    EXPECT_EQ(Get(path, Bearer(kAdmin)).status, 200) << path;
  }
  const std::string look_up = R"({"action": "look_up", "target": "uid", "id": "ann"})";
  const std::string send = R"({"action": "send", "target": "uid", "id": "ann", "text": "x"})";
  EXPECT_EQ(Order(look_up).status, 401);
  EXPECT_EQ(Order(look_up, Bearer(kReader)).status, 200);
  const HttpAnswer denied = Order(send, Bearer(kReader));
  EXPECT_EQ(denied.status, 403);
  EXPECT_THAT(denied.body, HasSubstr("lacks the right \\\"send\\\""));
  EXPECT_EQ(Order(send, Bearer(kAdmin)).status, 200);
  EXPECT_TRUE(log_.Has({"console: send to uid by token \"reports\": PERMISSION_DENIED"}));
  for (const char* token : {kAdmin, kReader}) {
    EXPECT_FALSE(log_.Has({token})) << "no token is logged";
    EXPECT_THAT(Get("/api/status", Bearer(kAdmin)).body, Not(HasSubstr(token)));
  }
}

// The Gateways do not answer, and the console waits for them: nobody else does, and a drain ends it.
TEST_F(StatusPageTest, AConsoleThatWaitsKeepsNobodyWaitingAndEndsWithTheDaemon) {
  StartPage();
  for (std::size_t i = 0; i < 2; ++i)
    cluster_->gateway(i).Pause();
  std::vector<std::unique_ptr<HttpClient>> clients;
  const std::string order = R"({"action": "look_up", "target": "uid", "id": "ann"})";
  for (std::size_t i = 0; i < GrpcConsole::kMaxWaiting + 3; ++i) {
    clients.push_back(std::make_unique<HttpClient>(PortOf(admin())));
    clients.back()->Send(
        HttpClient::Request(
            "POST", "/api/console",
            absl::StrCat("Content-Type: application/json\r\nContent-Length: ", order.size(), "\r\n")) +
        order);
  }
  EXPECT_TRUE(Eventually([&] {
    const auto answers = Scrape().Value("gatewayd_admin_requests_total", {{"code", "429"}});
    return answers.value_or(0) >= 1;
  })) << "more than may wait are refused";
  EXPECT_EQ(Get("/api/status").status, 200);
  EXPECT_EQ(Get("/healthz").status, 200);
  daemon_->app().Shutdown();
  for (std::size_t i = 0; i < 2; ++i)
    cluster_->gateway(i).Resume();
}

}  // namespace
}  // namespace gatewayd::test
