#include "wire/go_answers.h"

#include <charconv>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "wire/absl_view.h"
#include "wire/go_json.h"

namespace gatewayd::wire::go {
namespace {

using Kind = JsonToken::Kind;
using Refusal = std::string_view;  // "" where there is none

constexpr Refusal kFine;
constexpr Refusal kShape = "not of the shape that was asked for";

template <typename Number>
bool ReadDigits(std::string_view text, Number* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

Refusal ReadConnectionId(std::string_view text, std::uint32_t* id) {
  return ReadDigits(text, id) && *id > 0 ? kFine : "not a connection id";
}

Refusal ReadCount(const JsonToken& token, std::uint64_t* count) {
  return token.kind == Kind::kNumber && ReadDigits(token.text, count) ? kFine : "not a count";
}

// The begin, the end, or the null that stands for an empty one.
bool IsList(const JsonToken& token) {
  return token.kind == Kind::kList || token.kind == Kind::kEnd || token.kind == Kind::kNull;
}
bool IsMap(const JsonToken& token) {
  return token.kind == Kind::kObject || token.kind == Kind::kEnd || token.kind == Kind::kNull;
}

Refusal TakeId(const JsonToken& token, ConnectionIds* ids) {
  return token.kind == Kind::kNumber ? ReadConnectionId(token.text, &ids->emplace_back()) : kShape;
}

absl::Status Walk(std::string_view query, std::string_view answer,
                  absl::FunctionRef<Refusal(const JsonToken&)> take) {
  const absl::Status status = WalkJson(answer, take);
  if (status.ok()) return status;
  return absl::DataLossError(absl::StrCat("answer to ", ToAbsl(query), ": ", status.message()));
}

// One row of SELECT after the other.
class SelectedReader {
 public:
  explicit SelectedReader(absl::FunctionRef<void(const SelectedClient&)> visit) : visit_(visit) {}

  Refusal Take(const JsonToken& token) {
    switch (token.depth) {
      case 0:
        return IsMap(token) ? kFine : kShape;
      case 1:
        return TakeRow(token);
      case 2:
        return TakeField(token);
      default:
        if (token.depth != 3 || token.kind != Kind::kString) return kShape;
        client_.groups.emplace_back(token.text);
        return kFine;
    }
  }

 private:
  enum class Field { kUid, kGroups, kSession };

  Refusal TakeRow(const JsonToken& token) {
    switch (token.kind) {
      case Kind::kKey:
        client_.uid.reset();
        client_.groups.clear();
        session_.clear();
        return ReadConnectionId(token.text, &client_.connection_id);
      case Kind::kObject:
        return kFine;
      case Kind::kEnd:
        client_.session = session_;
        visit_(client_);
        return kFine;
      default:
        return kShape;
    }
  }

  Refusal TakeField(const JsonToken& token) {
    if (token.kind == Kind::kKey) return TakeName(token.text);
    if (field_ == Field::kGroups) return IsList(token) ? kFine : kShape;
    if (token.kind == Kind::kNull) return kFine;
    if (token.kind != Kind::kString) return kShape;
    if (field_ == Field::kSession) {
      session_.assign(token.text);
    } else if (!token.text.empty()) {  // "" is what a client without a uid has
      client_.uid.emplace(token.text);
    }
    return kFine;
  }

  Refusal TakeName(std::string_view name) {
    if (name == "uid") {
      field_ = Field::kUid;
    } else if (name == "groups") {
      field_ = Field::kGroups;
    } else if (name == "session") {
      field_ = Field::kSession;
    } else {
      return "a field that nobody asked for";
    }
    return kFine;
  }

  absl::FunctionRef<void(const SelectedClient&)> visit_;
  SelectedClient client_;  // one for all rows: what it allocated serves the next
  std::string session_;
  Field field_ = Field::kUid;
};

}  // namespace

absl::StatusOr<std::uint64_t> DecodeCount(std::string_view answer) {
  std::uint64_t count = 0;
  const absl::Status status =
      Walk("a count query", answer, [&](const JsonToken& token) { return ReadCount(token, &count); });
  if (!status.ok()) return status;
  return count;
}

absl::StatusOr<ConnectionIds> DecodeConnectionIds(std::string_view answer) {
  ConnectionIds ids;
  const absl::Status status = Walk("GET_CLIENT_ID_BY_UID", answer, [&](const JsonToken& token) {
    if (token.depth > 0) return TakeId(token, &ids);
    return IsList(token) ? kFine : kShape;
  });
  if (!status.ok()) return status;
  return ids;
}

absl::StatusOr<ConnectionIdsByUid> DecodeConnectionIdsByUid(std::string_view answer) {
  ConnectionIdsByUid ids;
  const absl::Status status = Walk("BATCH_GET_CLIENT_ID_BY_UID", answer, [&](const JsonToken& token) {
    if (token.depth == 0) return IsMap(token) ? kFine : kShape;
    if (token.depth == 2) return TakeId(token, &ids.back().second);
    if (token.kind != Kind::kKey) return IsList(token) ? kFine : kShape;
    ids.emplace_back().first.assign(token.text);
    return kFine;
  });
  if (!status.ok()) return status;
  return ids;
}

absl::StatusOr<CountsByGroup> DecodeCountsByGroup(std::string_view answer) {
  CountsByGroup counts;
  const absl::Status status = Walk("BATCH_GET_CLIENT_COUNT_BY_GROUP", answer, [&](const JsonToken& token) {
    if (token.depth == 0) return IsMap(token) ? kFine : kShape;
    if (token.kind != Kind::kKey) return ReadCount(token, &counts.back().second);
    counts.emplace_back().first.assign(token.text);
    return kFine;
  });
  if (!status.ok()) return status;
  return counts;
}

absl::StatusOr<std::vector<std::string>> DecodeGroups(std::string_view answer) {
  std::vector<std::string> groups;
  const absl::Status status = Walk("GET_GROUP_ID_LIST", answer, [&](const JsonToken& token) {
    if (token.depth == 0) return IsList(token) ? kFine : kShape;
    if (token.kind != Kind::kString) return kShape;
    groups.emplace_back(token.text);
    return kFine;
  });
  if (!status.ok()) return status;
  return groups;
}

absl::Status VisitSessions(std::string_view answer, absl::FunctionRef<void(const ClientSession&)> visit) {
  ClientSession client;
  return Walk("a sessions query", answer, [&](const JsonToken& token) {
    if (token.depth == 0) return IsMap(token) ? kFine : kShape;
    if (token.kind == Kind::kKey) return ReadConnectionId(token.text, &client.connection_id);
    if (token.kind != Kind::kString && token.kind != Kind::kNull) return kShape;
    client.session = token.text;
    visit(client);
    return kFine;
  });
}

absl::Status VisitSelected(std::string_view answer, absl::FunctionRef<void(const SelectedClient&)> visit) {
  SelectedReader reader(visit);
  return Walk("SELECT", answer, [&](const JsonToken& token) { return reader.Take(token); });
}

absl::StatusOr<std::optional<std::string_view>> DecodeSession(std::string_view answer) {
  if (answer == "null") return std::nullopt;
  const absl::Status status =
      Walk("GET_SESSION_BY_CLIENT_ID", answer, [](const JsonToken&) { return kFine; });
  if (!status.ok()) return status;
  return answer;
}

}  // namespace gatewayd::wire::go
