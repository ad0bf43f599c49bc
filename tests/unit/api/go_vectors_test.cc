// Each of the 37 functions against what real GatewayWorker-Go processes said to each other: the frames that
// the daemon sends are the recorded callers', and what the recorded Gateways answered becomes the right
// response. docs/dialects.md names the vectors of each function; this is the table that it is checked
// against.
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/generic/generic_stub.h>

#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "unit/api/server_fixture.h"
#include "unit/wire/vectors.h"
#include "wire/frame.h"
#include "wire/requests.h"

namespace gatewayd::api {
namespace {

namespace json = boost::json;

// "$1.2" in a text is the client_id of connection 2 of Gateway 1; "$body" is the recorded body.
struct Case {
  std::string function;
  std::string request;
  std::vector<int> frames;   // `seq` of what was recorded on its way to the Gateways
  std::vector<int> answers;  // … and from them
  std::string response = "{}";
};

const std::vector<Case>& Cases() {
  static const std::vector<Case>& cases = *new std::vector<Case>{
      {"SendToClient", R"({"clientId":"$1.1","message":{"text":$body}})", {40}, {}},
      {"SendToCurrentClient", R"({"clientId":"$2.1","message":{"text":$body}})", {42}, {}},
      {"SendToAll", R"({"message":{"text":$body}})", {52, 53}, {}},
      {"SendToAll",
       R"({"message":{"text":$body},"targets":{"clientIds":["$1.1","$1.3","$2.1"]}})",
       {54, 55},
       {}},
      {"SendToAll",
       R"({"message":{"text":$body},"targets":{"clientIds":["$1.1","$1.2"]},"excludeClientIds":["$1.2"]})",
       {56},
       {}},
      {"SendToAll", R"({"message":{"text":$body},"excludeClientIds":["$1.2","$1.3"]})", {57, 58}, {}},
      {"SendToUid", R"({"message":{"text":$body},"uids":["1001","1001"]})", {59, 60}, {}},
      {"SendToUid", R"({"message":{"text":$body},"uids":["u2","用户三","nobody"]})", {62, 63}, {}},
      {"SendToGroup", R"({"message":{"text":$body},"groups":["房间"]})", {64, 65}, {}},
      {"SendToGroup",
       R"({"message":{"text":$body},"groups":["房间"],"excludeClientIds":["$1.2"]})",
       {66, 67},
       {}},
      {"SendToGroup", R"({"message":{"text":$body},"groups":["房间","1001"]})", {68, 69}, {}},
      {"BindUid", R"({"clientId":"$1.1","uid":"1001"})", {43}, {}},
      {"BindUid", R"({"clientId":"$1.3","uid":"用户三"})", {46}, {}},
      {"BindUid", R"({"clientId":"$1.10","uid":"0"})", {310}, {}},
      {"UnbindUid", R"({"clientId":"$1.2","uid":"whatever"})", {190}, {}},
      {"JoinGroup", R"({"clientId":"$1.1","group":"房间"})", {49}, {}},
      {"JoinGroup", R"({"clientId":"$1.10","group":"0"})", {313}, {}},
      {"LeaveGroup", R"({"clientId":"$1.2","group":"房间"})", {195}, {}},
      {"Ungroup", R"({"group":"房间"})", {200, 201}, {}},
      {"SetSession", R"({"clientId":"$2.1","session":{"value":{"name":"d1"}}})", {74}, {}},
      {"UpdateSession",
       R"({"clientId":"$1.1","session":{"value":{"age":43,"nested":{"profile":{"zip":"100000"}}}}})",
       {77},
       {}},
      {"GetSession",
       R"({"clientId":"$1.1"})",
       {78},
       {79},
       R"({"session":{"value":{"age":43,"name":"张三","html":"<a href=\"x\">&</a>",
           "nested":{"profile":{"zip":"100000"}},"none":null,"ok":true,"ratio":1.5}}})"},
      {"GetSession", R"({"clientId":"$1.1"})", {71}, {72}, R"({"session":{}})"},
      {"CloseClient", R"({"clientId":"$1.2","message":{"text":$body}})", {206}, {}},
      {"CloseClient", R"({"clientId":"$1.3"})", {208}, {}},
      {"CloseCurrentClient", R"({"clientId":"$1.4","message":{"text":$body}})", {216}, {}},
      {"DestroyClient", R"({"clientId":"$2.2"})", {218}, {}},
      {"DestroyCurrentClient", R"({"clientId":"$1.5"})", {223}, {}},
      {"IsOnline", R"({"clientId":"$1.1"})", {90}, {91}, R"({"online":true})"},
      {"IsOnline", R"({"clientId":"$1.65535"})", {94}, {95}, R"({"online":false})"},
      {"IsUidOnline", R"({"uid":"1001"})", {96, 99}, {97, 100}, R"({"online":true})"},
      {"IsUidOnline", R"({"uid":"nobody"})", {101, 102}, {103, 104}, R"({"online":false})"},
      {"GetAllClientCount", "{}", {105, 106}, {107, 108}, R"({"count":4})"},
      {"GetClientCountByGroup", R"({"group":"房间"})", {109, 110}, {111, 112}, R"({"count":3})"},
      {"GetUidCountByGroup", R"({"group":"房间"})", {117, 118}, {119, 120}, R"({"count":2})"},
      {"GetAllUidCount", "{}", {121, 122}, {123, 124}, R"({"count":3})"},
      {"GetAllGroupClientIdCount",
       "{}",
       {125, 127},
       {126, 128},
       R"({"groups":[{"group":"房间","count":3},{"group":"1001","count":1}]})"},
      {"GetAllGroupUidCount",
       "{}",
       {129, 130},
       {131, 132},
       R"({"groups":[{"group":"房间","count":2},{"group":"1001","count":1}]})"},
      {"GetAllClientSessions",
       "{}",
       {133, 134},
       {135, 136},
       R"({"clients":[{"clientId":"$2.1","session":{"value":{"name":"d1"}}},{"clientId":"$1.1"},
           {"clientId":"$1.2"},{"clientId":"$1.3"}]})"},
      {"GetAllClientSessions",
       R"({"group":"1001"})",
       {137, 138},
       {139, 140},
       R"({"clients":[{"clientId":"$1.1","session":{"value":{"name":"张三"}}}]})"},
      {"GetClientSessionsByGroup",
       R"({"group":"房间"})",
       {141, 142},
       {143, 144},
       R"({"clients":[{"clientId":"$2.1","session":{"value":{"name":"d1"}}},{"clientId":"$1.1"},
           {"clientId":"$1.2"}]})"},
      {"GetAllClientIdList", "{}", {145, 146}, {147, 148}, R"({"clientIds":["$1.1","$1.2","$1.3","$2.1"]})"},
      {"GetClientIdListByGroup",
       R"({"group":"房间"})",
       {149, 150},
       {151, 152},
       R"({"clientIds":["$1.1","$1.2","$2.1"]})"},
      {"GetClientIdByUid", R"({"uid":"1001"})", {153, 154}, {155, 156}, R"({"clientIds":["$1.1","$2.1"]})"},
      {"GetClientIdByUid", R"({"uid":"nobody"})", {157, 158}, {159, 160}, R"({"clientIds":[]})"},
      {"GetClientIdByUids",
       R"({"uids":["1001","用户三","nobody"]})",
       {161, 162},
       {163, 164},
       R"({"uids":[{"uid":"1001","clientIds":["$1.1","$2.1"]},{"uid":"用户三","clientIds":["$1.3"]},
           {"uid":"nobody"}]})"},
      {"GetUidListByGroup", R"({"group":"房间"})", {165, 166}, {167, 168}, R"({"uids":["1001","u2"]})"},
      {"GetAllUidList", "{}", {169, 170}, {171, 172}, R"({"uids":["1001","u2","用户三"]})"},
      // The recorded callers ask for a key that does not exist (173) and get nothing (175); ours asks as 271
      // does.
      {"GetUidByClientId", R"({"clientId":"$1.9"})", {}, {272}, R"({"uid":"1001"})"},
      {"GetUidByClientId", R"({"clientId":"$1.10"})", {}, {272}, "{}"},
      {"GetAllGroupIdList", "{}", {177, 178}, {179, 180}, R"({"groups":["1001","房间"]})"},
      {"GetAllGroupUidList",
       "{}",
       {181, 182},
       {183, 184},
       R"({"groups":[{"group":"房间","uids":["1001","u2"]},{"group":"1001","uids":["1001"]}]})"},
      {"GetAllGroupClientIdList",
       "{}",
       {186, 187},
       {188, 189},
       R"({"groups":[{"group":"房间","clientIds":["$1.1","$1.2","$2.1"]},
           {"group":"1001","clientIds":["$1.1"]}]})"},
      {"GetClientCountByGroups",
       R"({"groups":["组","7","none"]})",
       {269},
       {270},
       R"({"groups":[{"group":"组","count":1},{"group":"7","count":1},{"group":"none","count":0}]})"},
  };
  return cases;
}

const std::map<int, json::object>& Vectors() {
  static const std::map<int, json::object>& vectors = *[] {
    auto* map = new std::map<int, json::object>;
    for (json::object& line : wire::ReadVectors("go/frames.jsonl"))
      map->emplace(static_cast<int>(line.at("seq").as_int64()), std::move(line));
    return map;
  }();
  return vectors;
}

int GatewayOf(const json::object& vector) {
  return static_cast<int>(vector.at("gateway").as_int64()) - 1;
}

// A Gateway without clients, for one that was not there when the vectors were recorded.
std::string NobodysAnswer(wire::Command command) {
  switch (command) {
    case wire::Command::kGetClientCountByGroup:
    case wire::Command::kIsOnline:
      return "0";
    case wire::Command::kGetClientIdByUid:
      return "null";
    case wire::Command::kGetGroupIdList:
      return "[]";
    default:
      return "{}";
  }
}

// JSON where it is JSON: the order of an object's members says nothing.
bool SameText(const std::string& a, const std::string& b) {
  boost::system::error_code bad_a, bad_b;
  const json::value left = json::parse(a, bad_a);
  const json::value right = json::parse(b, bad_b);
  if (bad_a || bad_b || !(left.is_object() || left.is_array())) return a == b;
  return left == right;
}

class GoVectors : public ServerFixture, public testing::WithParamInterface<Case> {
 protected:
  GoVectors() { cluster_.SetDialect(wire::GoDialect()); }

  static std::string Fill(std::string text, const std::vector<int>& frames) {
    if (!frames.empty() && text.find("$body") != std::string::npos) {
      const std::string bytes = wire::BytesAt(Vectors().at(frames[0]), "frame_hex");
      std::string body;
      wire::AppendJsonString(wire::SplitFrame(bytes, bytes.size()).frame.body, body);
      text = absl::StrReplaceAll(text, {{"$body", body}});
    }
    for (std::size_t at = text.find('$'); at != std::string::npos; at = text.find('$')) {
      const std::size_t end = text.find('"', at);
      const int gateway = text[at + 1] - '1';
      const auto connection = static_cast<std::uint32_t>(std::stoul(text.substr(at + 3, end - at - 3)));
      text.replace(at, end - at, Id(gateway, connection));
    }
    return text;
  }

  // Calls the rpc of that name with a request, and gives a response, that are written as JSON.
  std::unique_ptr<google::protobuf::Message> CallByName(const std::string& function,
                                                        const std::string& request) {
    const auto* method = pb::ExecuteRequest::descriptor()
                             ->file()
                             ->FindServiceByName("GatewayService")
                             ->FindMethodByName(function);
    auto* factory = google::protobuf::MessageFactory::generated_factory();
    std::unique_ptr<google::protobuf::Message> in(factory->GetPrototype(method->input_type())->New());
    const auto parsed = google::protobuf::util::JsonStringToMessage(request, in.get());
    EXPECT_TRUE(parsed.ok()) << parsed.ToString() << " " << request;
    const std::string bytes = in->SerializeAsString();
    const grpc::Slice slice(bytes);
    grpc::ByteBuffer sent(&slice, 1), received;
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    const auto call =
        stub.PrepareUnaryCall(&context, "/gatewayworker.v1.GatewayService/" + function, sent, &queue);
    call->StartCall();
    grpc::Status status;
    call->Finish(&received, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
    EXPECT_TRUE(status.ok()) << function << ": " << status.error_message();
    std::unique_ptr<google::protobuf::Message> out(factory->GetPrototype(method->output_type())->New());
    grpc::Slice whole;
    if (status.ok() && received.DumpToSingleSlice(&whole).ok()) {
      EXPECT_TRUE(out->ParseFromArray(whole.begin(), static_cast<int>(whole.size())));
    }
    return out;
  }
};

TEST_P(GoVectors, SaysWhatWasRecordedAndUnderstandsTheAnswers) {
  const Case& test = GetParam();
  for (std::size_t i = 0; i < kGateways; ++i) {
    std::string answer;
    for (const int seq : test.answers) {
      if (GatewayOf(Vectors().at(seq)) == static_cast<int>(i)) {
        answer = wire::StringAt(Vectors().at(seq), "response_text");
      }
    }
    gateway(i).Answer(
        [answer](const Sent& sent) { return answer.empty() ? NobodysAnswer(sent.command) : answer; });
  }
  const auto response = CallByName(test.function, Fill(test.request, test.frames));

  for (const int seq : test.frames) {
    const json::object& vector = Vectors().at(seq);
    const std::string bytes = wire::BytesAt(vector, "frame_hex");
    const wire::FrameSplit recorded = wire::SplitFrame(bytes, bytes.size());
    ASSERT_EQ(recorded.kind, wire::FrameSplit::Kind::kFrame) << seq;
    const std::vector<Sent> frames = sent(static_cast<std::size_t>(GatewayOf(vector)));
    ASSERT_EQ(frames.size(), 1u) << seq;
    EXPECT_EQ(frames[0].command, recorded.frame.command) << seq;
    EXPECT_EQ(frames[0].connection_id, recorded.frame.connection_id) << seq;
    EXPECT_TRUE(SameText(frames[0].ext, std::string(recorded.frame.ext)))
        << seq << ": " << frames[0].ext << " and " << recorded.frame.ext;
    EXPECT_EQ(frames[0].body, recorded.frame.body) << seq;
  }

  std::unique_ptr<google::protobuf::Message> expected(response->New());
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(Fill(test.response, test.frames), expected.get());
  ASSERT_TRUE(parsed.ok()) << parsed.ToString();
  google::protobuf::util::MessageDifferencer compare;
  // Sessions come with their stored bytes besides, commands with how far they came.
  const bool partial = test.answers.empty() || test.function.find("Session") != std::string::npos;
  if (partial) compare.set_scope(google::protobuf::util::MessageDifferencer::PARTIAL);
  compare.set_repeated_field_comparison(google::protobuf::util::MessageDifferencer::AS_SET);
  EXPECT_TRUE(compare.Compare(*expected, *response))
      << test.function << ": " << response->ShortDebugString() << "\nis not\n"
      << expected->ShortDebugString();
}

std::string NameOf(const testing::TestParamInfo<Case>& info) {
  return absl::StrCat(info.param.function, "_", info.index);
}

INSTANTIATE_TEST_SUITE_P(Recorded, GoVectors, testing::ValuesIn(Cases()), NameOf);

// The page says of each function which vectors prove it.
TEST(GoVectorsPage, NamesTheVectorsOfEachFunction) {
  std::ifstream file(std::string(GATEWAYD_SOURCE_DIR) + "/docs/dialects.md");
  ASSERT_TRUE(file);
  std::map<std::string, std::set<std::string>> named;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| ")) continue;
    const std::string function = line.substr(2, line.find(' ', 2) - 2);
    const std::string cell = line.substr(line.rfind('|', line.size() - 2));
    std::string number;
    for (const char c : cell) {
      if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
        number += c;
      } else if (!number.empty()) {
        named[function].insert(std::exchange(number, {}));
      }
    }
  }
  std::set<std::string> functions;
  for (const Case& test : Cases()) {
    functions.insert(test.function);
    for (const std::vector<int>& seqs : {test.frames, test.answers}) {
      for (const int seq : seqs)
        EXPECT_EQ(named[test.function].count(std::to_string(seq)), 1u) << test.function << " " << seq;
    }
  }
  EXPECT_EQ(functions.size(), 38u) << "the 37 functions, and GetClientCountByGroups";
}

}  // namespace
}  // namespace gatewayd::api
