#include "wire/php_answers.h"

#include <limits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/strings/str_cat.h"
#include "wire/absl_view.h"
#include "wire/php_serialize.h"

namespace gatewayd::wire::php {
namespace {

// A Reader that also knows what answers are made of. Finish() tells what failed.
class AnswerReader : public Reader {
 public:
  using Reader::Reader;

  // Reads one array; `read_entry()` must consume a key and a value, and is called for each.
  template <typename ReadEntry>
  bool ReadArray(ReadEntry read_entry) {
    std::size_t count = 0;
    if (!OpenArray(&count)) return false;
    for (std::size_t i = 0; i < count; ++i) {
      if (!read_entry()) return false;
    }
    return CloseArray();
  }

  bool ReadConnectionId(std::uint32_t* id) {
    std::int64_t number = 0;
    if (!ReadInt(&number)) return false;
    if (number < 1 || number > std::numeric_limits<std::uint32_t>::max()) {
      return Fail(absl::StrCat(number, " is no connection id"));
    }
    *id = static_cast<std::uint32_t>(number);
    return true;
  }

  bool ReadCount(std::uint64_t* count) {
    std::int64_t number = 0;
    if (!ReadInt(&number)) return false;
    if (number < 0) return Fail(absl::StrCat(number, " is no count"));
    *count = static_cast<std::uint64_t>(number);
    return true;
  }

  // A list's position: an int, of no interest.
  bool ReadPosition() {
    std::int64_t position = 0;
    return ReadInt(&position);
  }

  bool ReadConnectionIds(ConnectionIds* ids) {
    return ReadArray([&] { return ReadPosition() && ReadConnectionId(&ids->emplace_back()); });
  }

  // A session's bytes; null is what PHP answers for a field that a client lacks.
  bool ReadSession(std::string_view* session) {
    *session = {};
    return Peek() == 'N' ? ReadNull() : ReadString(session);
  }

  bool ReadUid(std::optional<std::string>* uid) {
    uid->reset();
    return Peek() == 'N' ? ReadNull() : ReadText(&uid->emplace());
  }

  // A map group → group. The values count: they kept the form that the user gave.
  bool ReadGroups(std::vector<std::string>* groups) {
    groups->clear();
    if (Peek() == 'N') return ReadNull();
    std::string key;
    return ReadArray([&] { return ReadText(&key) && ReadText(&groups->emplace_back()); });
  }

  // Not inlined: GCC 12 then takes the empty uid for uninitialized.
  ABSL_ATTRIBUTE_NOINLINE bool ReadSelectedFields(SelectedClient* client) {
    return ReadArray([&] {
      std::string_view field;
      if (!ReadString(&field)) return false;
      if (field == "uid") return ReadUid(&client->uid);
      if (field == "groups") return ReadGroups(&client->groups);
      if (field == "session") return ReadSession(&client->session);
      return Fail("a field that nobody asked for");
    });
  }

  // What became of the whole answer to `query`, given whether reading it succeeded.
  absl::Status Finish(std::string_view query, bool ok) {
    if (ok && !AtEnd()) ok = Fail("more follows");
    if (ok) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat("answer to ", ToAbsl(query), ": ", error()));
  }
};

}  // namespace

absl::StatusOr<std::uint64_t> DecodeCount(std::string_view answer) {
  AnswerReader reader(answer);
  std::uint64_t count = 0;
  if (absl::Status status = reader.Finish("a count query", reader.ReadCount(&count)); !status.ok())
    return status;
  return count;
}

absl::StatusOr<ConnectionIds> DecodeConnectionIds(std::string_view answer) {
  AnswerReader reader(answer);
  ConnectionIds ids;
  const bool ok = reader.ReadConnectionIds(&ids);
  if (absl::Status status = reader.Finish("GET_CLIENT_ID_BY_UID", ok); !status.ok()) return status;
  return ids;
}

absl::StatusOr<ConnectionIdsByUid> DecodeConnectionIdsByUid(std::string_view answer) {
  AnswerReader reader(answer);
  ConnectionIdsByUid ids;
  const bool ok = reader.ReadArray([&] {
    auto& [uid, uid_ids] = ids.emplace_back();
    return reader.ReadText(&uid) && reader.ReadConnectionIds(&uid_ids);
  });
  if (absl::Status status = reader.Finish("BATCH_GET_CLIENT_ID_BY_UID", ok); !status.ok()) return status;
  return ids;
}

absl::StatusOr<CountsByGroup> DecodeCountsByGroup(std::string_view answer) {
  AnswerReader reader(answer);
  CountsByGroup counts;
  const bool ok = reader.ReadArray([&] {
    auto& [group, count] = counts.emplace_back();
    return reader.ReadText(&group) && reader.ReadCount(&count);
  });
  if (absl::Status status = reader.Finish("BATCH_GET_CLIENT_COUNT_BY_GROUP", ok); !status.ok()) return status;
  return counts;
}

absl::StatusOr<std::vector<std::string>> DecodeGroups(std::string_view answer) {
  AnswerReader reader(answer);
  std::vector<std::string> groups;
  const bool ok =
      reader.ReadArray([&] { return reader.ReadPosition() && reader.ReadText(&groups.emplace_back()); });
  if (absl::Status status = reader.Finish("GET_GROUP_ID_LIST", ok); !status.ok()) return status;
  return groups;
}

absl::Status VisitSessions(std::string_view answer, absl::FunctionRef<void(const ClientSession&)> visit) {
  AnswerReader reader(answer);
  const bool ok = reader.ReadArray([&] {
    ClientSession client;
    if (!reader.ReadConnectionId(&client.connection_id) || !reader.ReadSession(&client.session)) return false;
    visit(client);
    return true;
  });
  return reader.Finish("a sessions query", ok);
}

absl::Status VisitSelected(std::string_view answer, absl::FunctionRef<void(const SelectedClient&)> visit) {
  AnswerReader reader(answer);
  SelectedClient client;  // one for all rows: what it allocated serves the next
  const bool ok = reader.ReadArray([&] {
    client.uid.reset();
    client.groups.clear();
    client.session = {};
    if (!reader.ReadConnectionId(&client.connection_id) || !reader.ReadSelectedFields(&client)) return false;
    visit(client);
    return true;
  });
  return reader.Finish("SELECT", ok);
}

absl::StatusOr<std::optional<std::string_view>> DecodeSession(std::string_view answer) {
  if (answer == "N;") return std::nullopt;
  AnswerReader reader(answer);
  std::string_view session;
  const bool ok = reader.Skip(&session);
  if (absl::Status status = reader.Finish("GET_SESSION_BY_CLIENT_ID", ok); !status.ok()) return status;
  return session;
}

}  // namespace gatewayd::wire::php
