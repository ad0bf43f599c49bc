// SetSession and UpdateSession over a channel.
#include <limits>

#include "unit/api/server_fixture.h"

namespace gatewayd::api {
namespace {

using wire::Command;

class SessionCommands : public ServerFixture {
 protected:
  // The only frame that was sent, which went to Gateway i.
  Sent Only(std::size_t i) {
    EXPECT_EQ(SentInAll(), 1u);
    return sent(i).empty() ? Sent() : sent(i)[0];
  }
};

pb::SetSessionRequest SetTo(const std::string& client_id) {
  pb::SetSessionRequest request;
  request.set_client_id(client_id);
  return request;
}

TEST_F(SessionCommands, SessionsAreEncodedWithTheirKeysSorted) {
  pb::SetSessionRequest request = SetTo(Id(0, 1));
  auto& fields = *request.mutable_session()->mutable_value()->mutable_fields();
  fields["b"].set_number_value(1);
  fields["a"].set_string_value("x");
  fields["7"].set_number_value(1.5);
  EXPECT_CODE(Call(&Stub::SetSession, request), OK);
  EXPECT_EQ(Only(0).command, Command::kSetSession);
  EXPECT_EQ(Only(0).ext, R"(a:3:{i:7;d:1.5;s:1:"a";s:1:"x";s:1:"b";i:1;})");
}

TEST_F(SessionCommands, StoredBytesTravelAsTheyAreOrNotAtAll) {
  pb::SetSessionRequest request = SetTo(Id(0, 1));
  request.mutable_session()->set_stored(R"(a:1:{s:1:"a";O:3:"Foo":0:{}})");
  EXPECT_CODE(Call(&Stub::SetSession, request), OK);
  EXPECT_EQ(Only(0).ext, R"(a:1:{s:1:"a";O:3:"Foo":0:{}})");
  for (const std::string stored : {"", "i:1;", "a:1:{", "a:0:{}x", "O:3:\"Foo\":0:{}", "garbage"}) {
    request.mutable_session()->set_stored(stored);
    const Outcome outcome = Call(&Stub::SetSession, request);
    EXPECT_CODE(outcome, INVALID_ARGUMENT);
    EXPECT_EQ(outcome.field(), "session.stored") << stored;
  }
  const Outcome neither = Call(&Stub::SetSession, SetTo(Id(0, 1)));
  EXPECT_CODE(neither, INVALID_ARGUMENT);
  EXPECT_EQ(neither.field(), "session");
  request.mutable_session()->mutable_value();
  (*request.mutable_session()->mutable_value()->mutable_fields())["a"].set_number_value(
      std::numeric_limits<double>::infinity());
  EXPECT_EQ(Call(&Stub::SetSession, request).field(), "session.value");
  EXPECT_EQ(SentInAll(), 1u);
}

TEST_F(SessionCommands, AnEmptySessionCanBeSet) {
  pb::SetSessionRequest request = SetTo(Id(0, 1));
  request.mutable_session()->mutable_value();
  EXPECT_CODE(Call(&Stub::SetSession, request), OK);
  EXPECT_EQ(Only(0).ext, "a:0:{}");
}

TEST_F(SessionCommands, AnEmptyUpdateIsOkAndSendsNothing) {
  pb::UpdateSessionRequest request;
  request.set_client_id(Id(0, 1));
  EXPECT_CODE(Call(&Stub::UpdateSession, request), OK);
  request.mutable_session()->mutable_value();
  EXPECT_CODE(Call(&Stub::UpdateSession, request), OK);
  request.mutable_session()->set_stored("");
  EXPECT_CODE(Call(&Stub::UpdateSession, request), OK);
  request.mutable_session()->set_stored("a:0:{}");
  EXPECT_CODE(Call(&Stub::UpdateSession, request), OK);
  EXPECT_EQ(SentInAll(), 0u);
}

TEST_F(SessionCommands, AnUpdateIsSent) {
  pb::UpdateSessionRequest request;
  request.set_client_id(Id(0, 1));
  (*request.mutable_session()->mutable_value()->mutable_fields())["n"].set_number_value(3);
  EXPECT_CODE(Call(&Stub::UpdateSession, request), OK);
  EXPECT_EQ(Only(0).command, Command::kUpdateSession);
  EXPECT_EQ(Only(0).ext, R"(a:1:{s:1:"n";i:3;})");
  for (const std::string stored : {"i:1;", "N;", "a:1:{s:1:\"a\";O:3:\"Foo\":0:{}}"}) {
    request.mutable_session()->set_stored(stored);
    EXPECT_EQ(Call(&Stub::UpdateSession, request).field(), "session.stored") << stored;
  }
  EXPECT_EQ(SentInAll(), 1u);
}

}  // namespace
}  // namespace gatewayd::api
