// What gatewayd is told: each flag with values that cannot be, from wherever they come; all that is wrong at
// once; the page that describes the flags.
#include "config.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/flags/reflection.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "config_ranges.h"
#include "config_security.h"
#include "flags.h"
#include "security/certificates.h"
#include "security/tokens.h"
#include "unit/security/test_certificates.h"

namespace gatewayd {
namespace {

using test::Authority;
using test::Folder;
using test::Pair;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class ConfigTest : public testing::Test {
 protected:
  struct Read {
    absl::StatusOr<Config> config;
    std::vector<std::string> warnings;
    // What is wrong, a line each.
    std::vector<std::string> problems() const {
      if (config.ok()) return {};
      return absl::StrSplit(std::string(config.status().message()), '\n');
    }
  };

  static Read ReadWith(std::vector<std::string> arguments) {
    const absl::FlagSaver saver;
    arguments.insert(arguments.begin(), "gatewayd");
    std::vector<char*> argv;
    for (std::string& argument : arguments)
      argv.push_back(argument.data());
    Read read = {.config = absl::InternalError("")};
    read.config = ReadConfig(static_cast<int>(argv.size()), argv.data(), &read.warnings);
    return read;
  }
  // Beside --embedded.
  static std::vector<std::string> Problems(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "--embedded");
    return ReadWith(std::move(arguments)).problems();
  }

  const Folder folder_;
};

TEST_F(ConfigTest, NothingIsWrongWithTheDefaults) {
  EXPECT_THAT(Problems({}), IsEmpty());
}

// Values that cannot be, for each flag that is a text; an empty list where every text can be.
std::map<std::string, std::vector<std::string>> BadTexts() {
  return {
      {"address", {"nonsense", ":1"}},
      {"admin_listen", {"nonsense", "127.0.0.1:99999", "unix:/path"}},
      {"address_map", {"a:1", "a:1=b", "=b"}},
      {"describe_metrics", {"xml"}},
      {"dialect", {"erlang", ""}},
      {"events", {"sometimes", ""}},
      {"go_addresses", {"both", ""}},
      {"listen", {"", "nonsense", "127.0.0.1:99999", "0.0.0.0:50051", "[::]:50051", "example.test:50051"}},
      {"log_format", {"xml", ""}},
      {"probe", {"nonsense", "https://127.0.0.1:9090/readyz", "127.0.0.1:99999"}},
      {"register", {":", "host:0", "host:99999"}},
      {"secret_file", {"/no/such/file", "/"}},
      {"tls_certificate", {"/no/such/file"}},
      {"tls_client_authorities", {"/no/such/file"}},
      {"tls_key", {"/no/such/file"}},
      {"tokens_file", {"/no/such/file", "/"}},
      {"unix_socket_group", {"no_such_group_of_a_test"}},
      {"unix_socket_mode", {"rw", "0", "08", "7777", "-1", "0660x"}}};
}

std::vector<std::string> BadValuesOf(const absl::CommandLineFlag& flag) {
  if (flag.IsOfType<bool>()) return {"maybe", ""};
  if (flag.IsOfType<absl::Duration>()) return {"soon", "5", "-1s", "0s", "inf", ""};
  if (flag.IsOfType<std::string>() || flag.IsOfType<OptionalText>()) {
    const auto texts = BadTexts();
    const auto at = texts.find(std::string(flag.Name()));
    EXPECT_NE(at, texts.end()) << "--" << flag.Name() << ": which texts can it not be?";
    return at == texts.end() ? std::vector<std::string>() : at->second;
  }
  for (const Range& range : Ranges()) {
    if (range.flag != std::string_view(flag.Name().data(), flag.Name().size())) continue;
    std::vector<std::string> bad = {"many", "", "1.5", "99999999999999999999",
                                    std::to_string(range.high + 1)};
    if (range.low > 0 || !flag.IsOfType<Bytes>()) bad.push_back(std::to_string(range.low - 1));
    return bad;
  }
  ADD_FAILURE() << "--" << flag.Name() << " has no range";
  return {};
}

TEST_F(ConfigTest, EachFlagRefusesWhatItCannotBeInALineThatNamesIt) {
  ASSERT_GT(OurFlags().size(), 40u);
  for (const absl::CommandLineFlag* flag : OurFlags()) {
    const std::string name(flag->Name());
    for (const std::string& value : BadValuesOf(*flag)) {
      SCOPED_TRACE("--" + name + "=" + value);
      const std::vector<std::string> problems = Problems({"--" + name + "=" + value});
      ASSERT_FALSE(problems.empty());
      EXPECT_THAT(problems, testing::Contains(HasSubstr("--" + name)));
      for (const std::string& problem : problems)
        EXPECT_LT(problem.size(), 400u) << "a clear line";
    }
  }
}

TEST_F(ConfigTest, AllThatIsWrongIsSaidAtOnce) {
  EXPECT_THAT(
      ReadWith({"--no_such_flag", "stray", "--cq_threads=0", "--dialect=x", "--grace=0s", "--events=x",
                "--tokens_file=/no/such/file", "--tls_certificate=/no/such/file", "--tls_key=/none"})
          .problems(),
      UnorderedElementsAre(HasSubstr("unknown flag --no_such_flag"),
                           HasSubstr("unexpected argument \"stray\""),
                           HasSubstr("--cq_threads: 0 is not in 1 to 64"), HasSubstr("--dialect: \"x\""),
                           HasSubstr("--grace: 0 is not a positive time"), HasSubstr("--events: \"x\""),
                           HasSubstr("--tokens_file=/no/such/file: cannot be read"),
                           HasSubstr("--tls_certificate=/no/such/file: cannot be read"),
                           HasSubstr("--tls_key=/none: cannot be read"), HasSubstr("no cluster named")));
}

TEST_F(ConfigTest, ALineSaysWhereTheValueCameFrom) {
  const std::string file = folder_.Write("flags", "# a comment\n--query_links=99\n--no_such_flag\n");
  ASSERT_EQ(setenv("GATEWAYD_CQ_THREADS", "0", 1), 0);
  ASSERT_EQ(setenv("GATEWAYD_GRACE", "long", 1), 0);
  const std::vector<std::string> problems = Problems({"--flagfile=" + file});
  unsetenv("GATEWAYD_CQ_THREADS");
  unsetenv("GATEWAYD_GRACE");
  EXPECT_THAT(problems,
              UnorderedElementsAre("--cq_threads: 0 is not in 1 to 64 (environment GATEWAYD_CQ_THREADS)",
                                   HasSubstr("environment GATEWAYD_GRACE: bad value \"long\" for --grace"),
                                   "--query_links: 99 is not in 1 to 16 (" + file + ":2)",
                                   file + ":3: unknown flag --no_such_flag; see gatewayd --help"));
}

// ---- Who may call, and over what

TEST_F(ConfigTest, BeyondLoopbackOnlyWithTlsOrTokens) {
  const std::vector<std::string> refused = Problems({"--listen=127.0.0.1:0,0.0.0.0:50051,unix:/tmp/x"});
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_THAT(refused[0], HasSubstr("--listen: 0.0.0.0:50051 is not on loopback"));
  EXPECT_THAT(refused[0], HasSubstr("--tls_certificate"));
  EXPECT_THAT(refused[0], HasSubstr("--tokens_file"));
  EXPECT_THAT(Problems({"--listen=127.0.0.1.example.test:50051"}), testing::SizeIs(1));

  const std::string tokens = folder_.Write("tokens", "all all-token-of-a-test\n");
  Authority authority;
  const Pair pair = authority.Issue("gatewayd.test");
  const std::string certificate = "--tls_certificate=" + folder_.Write("crt", pair.certificate);
  const std::string key = "--tls_key=" + folder_.Write("key", pair.key);
  const std::string clients = "--tls_client_authorities=" + folder_.Write("ca", authority.pem());
  const std::string wide = "--listen=0.0.0.0:50051";
  const auto with = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--embedded", wide});
    const Read read = ReadWith(arguments);
    EXPECT_TRUE(read.config.ok()) << read.config.status();
    return read.warnings;
  };
  EXPECT_THAT(with({"--tokens_file=" + tokens}), ElementsAre(HasSubstr("in clear")));
  EXPECT_THAT(with({certificate, key}), ElementsAre(HasSubstr("may call everything")));
  EXPECT_THAT(with({certificate, key, clients}), IsEmpty());
  EXPECT_THAT(with({certificate, key, "--tokens_file=" + tokens}), IsEmpty());
}

TEST_F(ConfigTest, TlsNeedsCertificateAndKey) {
  EXPECT_THAT(Problems({"--tls_certificate=/x"}), ElementsAre("--tls_certificate: needs --tls_key too"));
  EXPECT_THAT(Problems({"--tls_key=/x"}), ElementsAre("--tls_key: needs --tls_certificate too"));
  EXPECT_THAT(Problems({"--tls_client_authorities=/x"}),
              ElementsAre("--tls_client_authorities: needs --tls_certificate too"));
}

TEST_F(ConfigTest, TheConsoleIsNoWayAroundWhatKeepsCallersAway) {
  Authority authority;
  const Pair pair = authority.Issue("gatewayd.test");
  const std::vector<std::string> mutual = {
      "--embedded", "--admin_console", "--tls_certificate=" + folder_.Write("crt", pair.certificate),
      "--tls_key=" + folder_.Write("key", pair.key),
      "--tls_client_authorities=" + folder_.Write("ca", authority.pem())};
  const std::string tokens = "--tokens_file=" + folder_.Write("tokens", "ops a-token-of-operators\n");
  EXPECT_FALSE(ReadWith({"--embedded"}).config->admin_console) << "off by default";
  EXPECT_TRUE(ReadWith({"--embedded", "--admin_console"}).config->admin_console);
  EXPECT_THAT(std::string(ReadWith(mutual).config.status().message()), HasSubstr("--tokens_file"));
  std::vector<std::string> both = mutual;
  both.push_back(tokens);
  EXPECT_TRUE(ReadWith(both).config.ok());
  EXPECT_THAT(Problems({"--admin_console", "--admin_listen=none"}),
              ElementsAre("--admin_console: needs --admin_listen"));
  EXPECT_THAT(ReadWith({"--embedded", "--admin_console", "--listen=unix:/tmp/x"}).warnings,
              ElementsAre(HasSubstr("past the unix socket's mode")));
}

TEST_F(ConfigTest, WhatTheFilesHoldIsInTheConfig) {
  Authority authority;
  const Pair pair = authority.Issue("gatewayd.test");
  const Read read = ReadWith({"--embedded", "--tls_certificate=" + folder_.Write("crt", pair.certificate),
                              "--tls_key=" + folder_.Write("key", pair.key),
                              "--tokens_file=" + folder_.Write("tokens", "all all-token-of-a-test\n"),
                              "--secret_file=" + folder_.Write("secret", "hush\n"), "--unix_socket_mode=0660",
                              "--unix_socket_group=0", "--max_connections=7",
                              "--max_streams_per_connection=8", "--log_format=json"});
  ASSERT_TRUE(read.config.ok()) << read.config.status();
  EXPECT_EQ(read.config->certificates->current()->certificate, pair.certificate);
  EXPECT_NE(read.config->tokens->current()->Find("all-token-of-a-test"), nullptr);
  EXPECT_EQ(read.config->cluster.secret, "hush");
  EXPECT_EQ(read.config->unix_socket.mode, 0660u);
  EXPECT_EQ(read.config->unix_socket.group, 0u);
  EXPECT_EQ(read.config->max_connections, 7u);
  EXPECT_EQ(read.config->max_streams_per_connection, 8);
  EXPECT_EQ(read.config->log_format, LogFormat::kJson);
}

TEST_F(ConfigTest, TheSecretIsReadFromItsFileOrTheEnvironmentAndThenHidden) {
  EXPECT_THAT(Problems({"--secret_file=" + folder_.Write("empty", "\n")}),
              ElementsAre(HasSubstr("empty: is empty")));
  EXPECT_THAT(Problems({"--secret_file=" + folder_.Write("two", "hush\nhush\n")}),
              ElementsAre(HasSubstr("two: has more than one line")));
  ASSERT_EQ(setenv("GATEWAYD_SECRET", "hush", 1), 0);
  const Read read = ReadWith({"--embedded"});
  ASSERT_TRUE(read.config.ok());
  EXPECT_EQ(read.config->cluster.secret, "hush");
  const char* where = getenv("GATEWAYD_SECRET");
  HideSecret();
  EXPECT_EQ(getenv("GATEWAYD_SECRET"), nullptr);
  EXPECT_NE(std::string(where, 4), "hush");
}

// ---- The page

TEST_F(ConfigTest, ThePageDescribesTheFlagsAsTheyAre) {
  std::ostringstream page;
  page << std::ifstream(GATEWAYD_SOURCE_DIR "/docs/configuration.md").rdbuf();
  EXPECT_NE(page.str().find(FlagsMarkdown()), std::string::npos)
      << "docs/configuration.md must hold what `gatewayd --describe_flags` prints:\n\n"
      << FlagsMarkdown();
}

TEST_F(ConfigTest, EachRangeIsOfAFlag) {
  std::set<std::string> names;
  for (const absl::CommandLineFlag* flag : OurFlags())
    names.emplace(flag->Name());
  for (const Range& range : Ranges())
    EXPECT_TRUE(names.contains(std::string(range.flag))) << range.flag;
}

}  // namespace
}  // namespace gatewayd
