#include "api/worker_request.h"

#include <string>

#include "fuzz/in_place_fuzz.h"
#include "fuzz/mutations.h"
#include "fuzz/replay.h"
#include "gtest/gtest.h"

namespace gatewayd::api {
namespace {

namespace pb = ::gatewayworker::v1;

constexpr char kId[] = "7f0000010b5400000001";

// One of everything that a worker says, and more than one of what may be.
pb::AttachRequest Everything() {
  pb::AttachRequest request;
  request.mutable_hello()->set_worker_name("Ann's");
  pb::NumberedCommand* numbered = request.add_commands();
  numbered->set_number(1);
  numbered->set_event_id(1'000'000);
  numbered->mutable_command()->mutable_send_to_current_client()->mutable_message()->set_data("hello");
  numbered = request.add_commands();
  numbered->set_number(~std::uint64_t{0});
  numbered->mutable_command()->mutable_send_to_client()->set_client_id(kId);
  numbered->mutable_command()->mutable_send_to_client()->mutable_message()->set_data(std::string(200, 'x'));
  numbered = request.add_commands();
  numbered->mutable_command()->mutable_join_group()->set_client_id(kId);
  numbered->mutable_command()->mutable_join_group()->set_group("room");
  numbered = request.add_commands();
  numbered->set_event_id(7);
  request.mutable_acks()->set_up_to(1'000'000);
  request.mutable_acks()->add_ids(1'000'005);
  request.mutable_sync()->set_number(3);
  request.mutable_leave()->set_mode(pb::LEAVE_MODE_KEEP_LINKS);
  return request;
}

class WorkerRequestTest : public testing::Test {
 protected:
  bool Parse(const std::string& bytes) {
    google::protobuf::io::ArrayInputStream in(bytes.data(), static_cast<int>(bytes.size()));
    return request_.Parse(&in);
  }

  WorkerRequest request_;
};

TEST_F(WorkerRequestTest, CommandsAreReadInPlaceAndTheOthersByProtobuf) {
  ASSERT_TRUE(Parse(Everything().SerializeAsString()));
  ASSERT_EQ(request_.commands().size(), 4u);
  const NumberedEntry& current = request_.commands()[0];
  EXPECT_EQ(current.number, 1u);
  EXPECT_EQ(current.event_id, 1'000'000u);
  EXPECT_EQ(current.command.command, nullptr);
  EXPECT_TRUE(current.command.current);
  EXPECT_EQ(current.command.data, "hello");
  const NumberedEntry& named = request_.commands()[1];
  EXPECT_EQ(named.number, ~std::uint64_t{0});
  EXPECT_EQ(named.event_id, 0u);
  EXPECT_EQ(named.command.command, nullptr);
  EXPECT_EQ(named.command.client_id, kId);
  ASSERT_NE(request_.commands()[2].command.command, nullptr);
  EXPECT_EQ(request_.commands()[2].command.command->join_group().group(), "room");
  const NumberedEntry& nothing = request_.commands()[3];
  EXPECT_EQ(nothing.event_id, 7u);
  ASSERT_NE(nothing.command.command, nullptr);
  EXPECT_EQ(nothing.command.command->command_case(), pb::Command::COMMAND_NOT_SET);
  EXPECT_EQ(request_.others().hello().worker_name(), "Ann's");
  EXPECT_EQ(request_.others().acks().up_to(), 1'000'000u);
  EXPECT_TRUE(request_.others().has_sync());
  EXPECT_TRUE(request_.others().has_leave());
}

TEST_F(WorkerRequestTest, NothingIsLeftOfTheOneBefore) {
  ASSERT_TRUE(Parse(Everything().SerializeAsString()));
  ASSERT_TRUE(Parse(""));
  EXPECT_TRUE(request_.commands().empty());
  EXPECT_FALSE(request_.others().has_hello());
  EXPECT_FALSE(request_.others().has_leave());
  ASSERT_TRUE(Parse(Everything().SerializeAsString()));
  EXPECT_FALSE(Parse("garbage"));
  EXPECT_TRUE(request_.commands().empty());
  EXPECT_FALSE(request_.others().has_acks());
}

// Fields of one message that come in parts are one message, wherever the parts stand.
TEST_F(WorkerRequestTest, PartsOfAFieldAreMerged) {
  pb::AttachRequest first;
  first.mutable_acks()->set_up_to(5);
  pb::AttachRequest between = Everything();
  between.clear_acks();
  pb::AttachRequest second;
  second.mutable_acks()->add_ids(9);
  const std::string bytes =
      first.SerializeAsString() + between.SerializeAsString() + second.SerializeAsString();
  ASSERT_TRUE(Parse(bytes));
  EXPECT_EQ(request_.commands().size(), 4u);
  EXPECT_EQ(request_.others().acks().up_to(), 5u);
  ASSERT_EQ(request_.others().acks().ids_size(), 1);
  FuzzWorkerRequest(bytes);
}

TEST_F(WorkerRequestTest, Corpus) {
  fuzz::ReplayCorpus(GATEWAYD_SOURCE_DIR, "worker_request_fuzzer", FuzzWorkerRequest);
}

TEST_F(WorkerRequestTest, ReadsAsProtobufDoes) {
  fuzz::ForEachMutation(Everything().SerializeAsString(), FuzzWorkerRequest);
}

TEST_F(WorkerRequestTest, DepthIsThatOfTheWholeRequest) {
  pb::NumberedCommand numbered;
  auto* session = numbered.mutable_command()->mutable_set_session()->mutable_session();
  auto* value = &(*session->mutable_value()->mutable_fields())["a"];
  for (int depth = 0; depth < 60; ++depth) {
    pb::AttachRequest request;
    *request.add_commands() = numbered;
    FuzzWorkerRequest(request.SerializeAsString());
    value = value->mutable_list_value()->add_values();
  }
}

}  // namespace
}  // namespace gatewayd::api
