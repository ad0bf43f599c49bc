// gatewayd as a process: exit codes and the lines that go with them, a drain on SIGTERM, --wait.
#include "integration/process.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "integration/fixture.h"

namespace gatewayd::test {
namespace {

struct BadConfig {
  std::vector<std::string> arguments;
  std::string says;
};

TEST(ProcessTest, ABadConfigurationIsOneClearLineAndExitCode2) {
  const std::string empty = ::testing::TempDir() + "gatewayd_empty_secret";
  std::ofstream(empty).flush();
  const BadConfig cases[] = {
      {{"--embedded", "--no_such_flag"}, "unknown flag --no_such_flag"},
      {{"--embedded", "stray"}, "unexpected argument \"stray\""},
      {{}, "no cluster named"},
      {{"--register=127.0.0.1:1236", "--cq_threads=many"}, "bad value \"many\" for --cq_threads"},
      {{"--register=127.0.0.1:1236", "--cq_threads=0"}, "--cq_threads: 0 is not in 1 to 64"},
      {{"--register=127.0.0.1:1236", "--query_timeout=-1s"}, "--query_timeout"},
      {{"--register=:"}, "--register"},
      {{"--register=127.0.0.1:1236", "--command_buffer=16XiB"}, "--command_buffer"},
      {{"--register=127.0.0.1:1236", "--secret_file=/no/such/file"},
       "--secret_file=/no/such/file: cannot be read"},
      {{"--register=127.0.0.1:1236", "--secret_file=" + empty}, "empty"},
      {{"--register=127.0.0.1:1236", "--listen=0.0.0.0:50051"}, "not on loopback"},
      {{"--register=127.0.0.1:1236", "--listen=nonsense"}, "--listen"},
      {{"--register=127.0.0.1:1236", "--dialect=erlang"}, "--dialect"},
      {{"--register=127.0.0.1:1236", "--go_addresses=both"}, "--go_addresses"},
      {{"--register=127.0.0.1:1236", "--address_map=a:1"}, "--address_map"},
      {{"--register=127.0.0.1:1236", "--embedded"}, "exclude each other"},
      {{"--embedded", "--flagfile=/no/such/file"}, "--flagfile=/no/such/file: cannot be read"},
      {{"--register=127.0.0.1:1236", "--admin_listen=nonsense"}, "--admin_listen"},
      {{"--probe", "--admin_listen=none", "--listen=127.0.0.1:0"}, "--probe"},
  };
  for (const BadConfig& bad : cases) {
    Process process(bad.arguments);
    EXPECT_EQ(process.Wait(), 2) << process.all();
    EXPECT_NE(process.all().find(bad.says), std::string::npos) << bad.says << " in " << process.all();
    EXPECT_EQ(std::count(process.all().begin(), process.all().end(), '\n'), 1) << process.all();
  }
  unlink(empty.c_str());
}

TEST(ProcessTest, CheckConfigSaysAllThatIsWrongAndStartsNothing) {
  Process good({"--check_config", "--register=127.0.0.1:1"}, {"GATEWAYD_SECRET=hush-hush-hush"});
  EXPECT_EQ(good.Wait(), 0);
  EXPECT_EQ(good.all(), "gatewayd: the configuration is good\n");
  Process bad({"--check_config", "--listen=0.0.0.0:1", "--secret_file=/no/such/file"},
              {"GATEWAYD_CQ_THREADS=0", "GATEWAYD_REGISTERS=127.0.0.1:1236"});
  EXPECT_EQ(bad.Wait(), 2);
  for (const char* said :
       {"gatewayd: --listen: 0.0.0.0:1 is not on loopback", "gatewayd: --secret_file=/no/such/file",
        "gatewayd: --cq_threads: 0 is not in 1 to 64 (environment GATEWAYD_CQ_THREADS)",
        "gatewayd: no cluster named",
        "gatewayd: warning: environment: GATEWAYD_REGISTERS names no flag; it is ignored"})
    EXPECT_NE(bad.all().find(said), std::string::npos) << said << " in " << bad.all();
  EXPECT_EQ(std::count(bad.all().begin(), bad.all().end(), '\n'), 5) << bad.all();
}

TEST(ProcessTest, EnvironmentAndFlagfileSetFlagsAndTheCommandLineWins) {
  const std::string file = ::testing::TempDir() + "gatewayd_flagfile";
  std::ofstream(file) << "# a comment\n--query_links=3\n\n--cq_threads=0\n";
  Process environment({}, {"GATEWAYD_REGISTER=127.0.0.1:1", "GATEWAYD_CQ_THREADS=65"});
  EXPECT_EQ(environment.Wait(), 2);
  EXPECT_NE(environment.all().find("--cq_threads: 65"), std::string::npos) << environment.all();
  Process flagfile({"--register=127.0.0.1:1", "--flagfile=" + file}, {"GATEWAYD_CQ_THREADS=65"});
  EXPECT_EQ(flagfile.Wait(), 2);
  EXPECT_NE(flagfile.all().find("--cq_threads: 0 "), std::string::npos) << flagfile.all();
  Process unknown({"--version"}, {"GATEWAYD_NO_SUCH=1", "GATEWAYD_ADDRESS=127.0.0.1:50051"});
  EXPECT_EQ(unknown.Wait(), 0);
  EXPECT_NE(unknown.all().find("GATEWAYD_NO_SUCH names no flag"), std::string::npos) << unknown.all();
  EXPECT_EQ(unknown.all().find("GATEWAYD_ADDRESS"), std::string::npos) << unknown.all();
  unlink(file.c_str());
}

TEST(ProcessTest, HelpNamesEachFlag) {
  Process process({"--help"});
  EXPECT_EQ(process.Wait(), 0);
  for (const char* flag :
       {"--register=", "--secret_file=", "--listen=127.0.0.1:50051", "--command_buffer=16MiB",
        "--query_timeout=5s", "--embedded=false", "--wait=false"}) {
    EXPECT_NE(process.all().find(flag), std::string::npos) << flag;
  }
}

void ExpectAFirstRun(const std::vector<std::string>& arguments) {
  Process process(arguments);
  const std::string listening = process.LineWith("gatewayd is listening on ");
  ASSERT_FALSE(listening.empty()) << process.all();
  EXPECT_FALSE(process.LineWith("in a browser").empty()) << process.all();
  EXPECT_FALSE(process.LineWith("./dev example chat").empty()) << process.all();
  EXPECT_FALSE(process.LineWith("grpcurl -plaintext -d").empty()) << process.all();
  const std::string address =
      listening.substr(listening.rfind(' ') + 1, listening.size() - listening.rfind(' ') - 2);
  Process wait({"--wait", "--address=" + address, "--wait_timeout=20s"});
  EXPECT_EQ(wait.Wait(), 0) << wait.all();
  process.Terminate();
  EXPECT_EQ(process.Wait(), 0) << process.all();
  EXPECT_NE(process.all().find("draining"), std::string::npos);
}

TEST(ProcessTest, EmbeddedSaysWhatToTypeNextAndDrainsOnSigterm) {
  ExpectAFirstRun(kEmbedded);
}

TEST(ProcessTest, EmbeddedDoesTheSameOnTheGoDialect) {
  std::vector<std::string> arguments = kEmbedded;
  arguments.insert(arguments.end(), {"--dialect=go", "--embedded_tcp_port=0"});
  ExpectAFirstRun(arguments);
}

TEST(ProcessTest, WaitGivesUpWithACauseAndExitCode1) {
  Process wait({"--wait", "--address=unix:/no/such/socket", "--wait_timeout=100ms"});
  EXPECT_EQ(wait.Wait(), 1);
  EXPECT_NE(wait.all().find("is not ready after 100ms"), std::string::npos) << wait.all();
}

// What follows the last space of a line.
std::string LastWord(const std::string& line) {
  const std::size_t end = line.find_last_not_of("\n/");
  return line.substr(line.rfind(' ') + 1, end - line.rfind(' '));
}

TEST(ProcessTest, AProbeSaysInALineWhetherTheDaemonIsReady) {
  Process process(kEmbedded);
  const std::string grpc = LastWord(process.LineWith("gatewayd is listening on "));
  const std::string http = LastWord(process.LineWith("health and metrics: "));
  Process wait({"--wait", "--address=" + grpc});
  ASSERT_EQ(wait.Wait(), 0) << wait.all();
  for (const std::string& target : {http + "/readyz", grpc}) {
    Process probe({"--probe=" + target});
    EXPECT_EQ(probe.Wait(), 0) << probe.all();
    EXPECT_EQ(probe.all(), "gatewayd: ready\n") << target;
  }
  // As in a container: what it asks is what the daemon was told by the environment.
  Process by_environment({"--probe"}, {"GATEWAYD_ADMIN_LISTEN=" + http.substr(7)});
  EXPECT_EQ(by_environment.Wait(), 0) << by_environment.all();
}

TEST(ProcessTest, AProbeReachesADaemonOnAUnixSocketAlone) {
  const std::string socket = "unix:" + ::testing::TempDir() + "gatewayd_probe_" + std::to_string(getpid());
  std::vector<std::string> arguments = kEmbedded;
  arguments.insert(arguments.end(), {"--listen=" + socket, "--admin_listen=none"});
  Process process(arguments);
  ASSERT_FALSE(process.LineWith("gatewayd is listening on ").empty());
  Process wait({"--wait", "--address=" + socket});
  ASSERT_EQ(wait.Wait(), 0) << wait.all();
  Process probe({"--probe", "--listen=" + socket, "--admin_listen="});
  EXPECT_EQ(probe.Wait(), 0) << probe.all();
}

TEST(ProcessTest, AProbeOfADaemonThatIsNotReadySaysWhyAndExits1) {
  Process process({"--register=127.0.0.1:1", "--listen=127.0.0.1:0", "--admin_listen=127.0.0.1:0"});
  const std::string http = LastWord(process.LineWith("health and metrics: "));
  Process probe({"--probe=" + http});
  EXPECT_EQ(probe.Wait(), 1);
  EXPECT_NE(probe.all().find("not ready: no Register has answered: 127.0.0.1:1"), std::string::npos)
      << probe.all();
  Process nobody({"--probe=http://127.0.0.1:1/readyz"});
  EXPECT_EQ(nobody.Wait(), 1);
  EXPECT_EQ(std::count(nobody.all().begin(), nobody.all().end(), '\n'), 1) << nobody.all();
  Process no_socket({"--probe=unix:/no/such/socket", "--probe_timeout=100ms"});
  EXPECT_EQ(no_socket.Wait(), 1);
}

TEST(ProcessTest, AnAdminPortThatIsTakenIsAClearLineAndExitCode1) {
  Process first(kEmbedded);
  const std::string address = LastWord(first.LineWith("health and metrics: ")).substr(7);
  ASSERT_FALSE(address.empty());
  Process second({"--register=127.0.0.1:1", "--listen=127.0.0.1:0", "--admin_listen=" + address});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_NE(second.all().find("cannot listen on " + address + " (--admin_listen)"), std::string::npos)
      << second.all();
}

TEST(ProcessTest, MetricsAreDescribedForPeopleAndPrograms) {
  Process page({"--describe_metrics"}), list({"--describe_metrics=json"}),
      neither({"--describe_metrics=xml"});
  EXPECT_EQ(page.Wait(), 0);
  EXPECT_TRUE(page.all().starts_with("# Metrics\n"));
  EXPECT_EQ(list.Wait(), 0);
  EXPECT_TRUE(list.all().starts_with("[\n"));
  EXPECT_EQ(neither.Wait(), 2);
}

TEST(ProcessTest, APortThatIsTakenIsAClearLineAndExitCode1) {
  Process first(kEmbedded);
  const std::string line = first.LineWith("gatewayd is listening on ");
  ASSERT_FALSE(line.empty());
  const std::string address = line.substr(line.rfind(' ') + 1, line.size() - line.rfind(' ') - 2);
  Process second({"--register=127.0.0.1:1", "--listen=" + address, "--admin_listen=none"});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_NE(second.all().find(address), std::string::npos) << second.all();
}

}  // namespace
}  // namespace gatewayd::test
