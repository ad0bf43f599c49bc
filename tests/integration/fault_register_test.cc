// Registers that say something else than they should, or not the same.
#include <deque>
#include <future>

#include <boost/asio/read_until.hpp>

#include "integration/fault_fixture.h"

namespace gatewayd::test {
namespace {

using Stub = pb::GatewayService::Stub;
using grpc::StatusCode;

// A Register that says to each worker, once it has introduced itself, the next of what it was given, the last
// for ever.
class ScriptedRegister {
 public:
  struct Word {
    std::string bytes;
    bool close = false;
  };
  explicit ScriptedRegister(std::deque<Word> words)
      : words_(std::move(words)), acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
    Accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~ScriptedRegister() {
    io_.stop();
    thread_.join();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

  // To everybody who is connected, and first thing to who connects later.
  void Say(const std::string& bytes) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
      for (const auto& caller : callers_)
        Write(caller->socket, bytes);
      words_ = {{bytes}};
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  struct Caller {
    explicit Caller(boost::asio::ip::tcp::socket s) : socket(std::move(s)) {}
    boost::asio::ip::tcp::socket socket;
    std::string line;
  };

  static void Write(boost::asio::ip::tcp::socket& socket, const std::string& bytes) {
    boost::system::error_code ignored;
    boost::asio::write(socket, boost::asio::buffer(bytes), ignored);
  }
  void Accept() {
    acceptor_.async_accept([this](boost::system::error_code error, boost::asio::ip::tcp::socket socket) {
      if (error) return;
      Greet(std::make_shared<Caller>(std::move(socket)));
      Accept();
    });
  }
  void Greet(std::shared_ptr<Caller> caller) {
    boost::asio::async_read_until(caller->socket, boost::asio::dynamic_buffer(caller->line), '\n',
                                  [this, caller](boost::system::error_code error, std::size_t) {
                                    if (error) return;
                                    const Word word = words_.front();
                                    if (words_.size() > 1) words_.pop_front();
                                    Write(caller->socket, word.bytes);
                                    if (!word.close) callers_.push_back(caller);
                                  });
  }

  std::deque<Word> words_;  // io thread
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<Caller>> callers_;
  std::thread thread_;
};

std::string ListOf(const std::vector<std::string>& addresses) {
  return wire::BroadcastAddressesJson(addresses) + "\n";
}

class RegisterFaultTest : public ::testing::Test {
 protected:
  void StartWith(const std::vector<std::string>& registers) {
    Config config = DaemonConfig(registers);
    config.cluster.query_timeout = absl::Milliseconds(300);
    daemon_ = std::make_unique<Daemon>(std::move(config));
  }
  bool Counts(const std::string& name, std::uint64_t at_least) {
    return Eventually([&] { return daemon_->Counter(name) >= at_least; });
  }
  bool Becomes(const std::string& part) {
    return Eventually(
        [&] { return daemon_->ClusterView().registers(0).last_error().find(part) != std::string::npos; });
  }
  Outcome Ask() { return CallFor(*daemon_, &Stub::IsOnline, IsOnline(gateway_.ClientId())); }

  LogCapture log_;
  FakeGateway gateway_;
  std::unique_ptr<Daemon> daemon_;
};

struct Rubbish {
  const char* name;
  std::string bytes;
  bool close;
  const char* says;
};
void PrintTo(const Rubbish& rubbish, std::ostream* out) {
  *out << rubbish.name;
}

class RubbishTest : public RegisterFaultTest, public ::testing::WithParamInterface<Rubbish> {};
INSTANTIATE_TEST_SUITE_P(
    Register, RubbishTest,
    ::testing::Values(
        Rubbish{"PhpErrorLine",
                "Register auth timeout. See http://doc2.workerman.net/register-auth-timeout.html\n", true,
                "not a JSON object: \"Register auth timeout."},
        Rubbish{"BinaryGarbage", std::string("\x16\x03\x01\x00\xff\xfe\n", 7), false, "not a JSON object"},
        Rubbish{"BrokenJson", "{\"event\":\"broadcast_addresses\",\"addresses\":[\"127.0.\n", false,
                "broken JSON object"},
        Rubbish{"ANumber", "42\n", false, "not a JSON object: \"42\""},
        Rubbish{"AddressesThatAreNone",
                "{\"event\":\"broadcast_addresses\",\"addresses\":[\"127.0.0.1:1\",\"x\"]}\n", false,
                "which is not host:port"},
        Rubbish{"AddressesThatAreNumbers", "{\"event\":\"broadcast_addresses\",\"addresses\":[1]}\n", false,
                "something other than strings"},
        Rubbish{"ALineWithoutEnd", std::string(70 * 1024, 'x'), false, "a line longer than 65536 bytes"},
        Rubbish{"HalfALineThenSilence", "{\"event\":\"broadcast_addresses\"", false, "no list within 300ms"},
        Rubbish{"NothingAndACloseLikeAWrongSecret", "", true, "wrong secret"}),
    [](const auto& info) { return info.param.name; });

TEST_P(RubbishTest, IsSaidAsSuchAndHealsWithTheFirstTrueList) {
  const Rubbish& rubbish = GetParam();
  ScriptedRegister bad({{rubbish.bytes, rubbish.close}});
  StartWith({bad.address()});
  ASSERT_TRUE(Becomes(rubbish.says)) << daemon_->ClusterView().registers(0).last_error();
  EXPECT_TRUE(log_.Comes({bad.address(), rubbish.says})) << log_.all();
  ASSERT_TRUE(Eventually([&] { return Ask().Says(rubbish.says); })) << Ask();
  const Outcome outcome = Ask();
  EXPECT_EQ(outcome.code, StatusCode::UNAVAILABLE) << outcome;
  EXPECT_EQ(outcome.reason, "no-view");
  EXPECT_TRUE(outcome.Says(bad.address())) << outcome;
  EXPECT_FALSE(daemon_->ClusterView().ready());
  EXPECT_EQ(daemon_->ClusterView().gateways_size(), 0) << "half a list is never the cluster";
  EXPECT_EQ(log_.Count({bad.address(), rubbish.says}), 1) << "a line for the news, not for each try";

  bad.Say(ListOf({gateway_.address()}));
  ASSERT_TRUE(daemon_->WaitLinked(1));
  EXPECT_TRUE(Ask().ok());
}

TEST_F(RegisterFaultTest, RubbishAfterATrueListLeavesTheListAsItWas) {
  ScriptedRegister source({{ListOf({gateway_.address()})}});
  StartWith({source.address()});
  ASSERT_TRUE(daemon_->WaitLinked(1));
  source.Say("rubbish\n");
  ASSERT_TRUE(Counts("register_bad_lines", 3));
  EXPECT_TRUE(Becomes("not a JSON object: \"rubbish\""));
  EXPECT_TRUE(Ask().ok());
  const auto view = daemon_->ClusterView();
  EXPECT_EQ(view.gateways_size(), 1);
  EXPECT_TRUE(view.gateways(0).listed());
  ASSERT_EQ(view.degraded_size(), 1);
  EXPECT_NE(view.degraded(0).find(source.address()), std::string::npos);
  source.Say(ListOf({gateway_.address()}));
  EXPECT_TRUE(Eventually([&] { return daemon_->ClusterView().degraded().empty(); }));
  EXPECT_EQ(daemon_->Counter("links_lost"), 0);
}

TEST_F(RegisterFaultTest, AnObjectCountsAsAListAndADuplicateOnce) {
  FakeGateway second;
  ScriptedRegister source(
      {{absl::StrCat("{\"event\":\"broadcast_addresses\",\"addresses\":{\"0\":\"", gateway_.address(),
                     "\",\"2\":\"", second.address(), "\",\"3\":\"", second.address(), "\"}}\n")}});
  StartWith({source.address()});
  ASSERT_TRUE(daemon_->WaitLinked(2));
  pb::GetAllClientCountResponse count;
  ASSERT_TRUE(CallFor(*daemon_, &Stub::GetAllClientCount, {}, &count).ok());
  EXPECT_EQ(count.count(), 14) << "each Gateway once";
  EXPECT_EQ(second.accepted(), 1);
  EXPECT_EQ(daemon_->Counter("register_bad_lines"), 0);
}

TEST_F(RegisterFaultTest, AnEmptyListKeepsWhoIsLinkedUntilItGoes) {
  ScriptedRegister source({{ListOf({gateway_.address()})}});
  StartWith({source.address()});
  ASSERT_TRUE(daemon_->WaitLinked(1));
  source.Say(ListOf({}));
  ASSERT_TRUE(Eventually([&] { return !daemon_->ClusterView().gateways(0).listed(); }));
  EXPECT_TRUE(log_.Comes({gateway_.address(), "no Register lists it any more"})) << log_.all();
  EXPECT_TRUE(Ask().ok());
  gateway_.ToAllLinks([](FakeLink& link) { link.Close(); });
  ASSERT_TRUE(Eventually([&] { return daemon_->ClusterView().gateways_size() == 0; }));
  EXPECT_TRUE(log_.Comes({gateway_.address(), "left"})) << log_.all();
  const Outcome outcome = Ask();
  EXPECT_EQ(outcome.code, StatusCode::NOT_FOUND) << outcome;
  EXPECT_EQ(outcome.reason, "unknown-gateway");
  EXPECT_TRUE(daemon_->ClusterView().ready());
  source.Say(ListOf({gateway_.address()}));
  ASSERT_TRUE(daemon_->WaitLinked(1));
  EXPECT_TRUE(Ask().ok());
}

TEST_F(RegisterFaultTest, OfRegistersThatDisagreeTheUnionCounts) {
  FakeGateway second;
  ScriptedRegister one({{ListOf({gateway_.address()})}}), other({{ListOf({second.address()})}});
  ScriptedRegister empty({{ListOf({})}});
  StartWith({one.address(), other.address(), empty.address()});
  ASSERT_TRUE(daemon_->WaitLinked(2));
  EXPECT_TRUE(Eventually([&] { return daemon_->ClusterView().complete(); }));
  other.Say(ListOf({gateway_.address()}));
  ASSERT_TRUE(Eventually([&] { return !Shown(*daemon_, second.address()).listed(); }));
  EXPECT_TRUE(Shown(*daemon_, gateway_.address()).listed());
  EXPECT_EQ(daemon_->ClusterView().gateways_size(), 2) << "linked, so a member";
  one.Say(ListOf({second.address()}));
  EXPECT_TRUE(Eventually([&] { return Shown(*daemon_, second.address()).listed(); }));
  EXPECT_EQ(daemon_->Counter("links_lost"), 0);
}

TEST_F(RegisterFaultTest, OneGatewayUnderTwoNamesIsAskedOnce) {
  const std::string name = "localhost" + gateway_.address().substr(gateway_.address().rfind(':'));
  ScriptedRegister one({{ListOf({gateway_.address()})}}), other({{ListOf({name})}});
  StartWith({one.address(), other.address()});
  ASSERT_TRUE(log_.Comes({"WARNING", "is the same as another one listed; it is left out"})) << log_.all();
  pb::GetAllClientCountResponse count;
  ASSERT_TRUE(Eventually([&] { return CallFor(*daemon_, &Stub::GetAllClientCount, {}, &count).ok(); }));
  EXPECT_EQ(count.count(), 7);
}

}  // namespace
}  // namespace gatewayd::test
