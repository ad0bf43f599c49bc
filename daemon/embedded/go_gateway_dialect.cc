#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "embedded/gateway_dialect.h"
#include "embedded/go_values.h"
#include "wire/big_endian.h"
#include "wire/go_json.h"
#include "wire/go_packet.h"

namespace gatewayd::embedded {
namespace {

constexpr std::size_t kMaxPacket = 50 * 1024 * 1024;
constexpr std::uint32_t kFatalExtLength = 0xfffffff0;  // the sum of this and the head wraps

// json.Marshal of maps: their keys are sorted, as text.
template <typename Row, typename Key, typename AppendValue>
std::string Object(const std::vector<Row>& rows, Key key, AppendValue append_value) {
  std::map<std::string, const Row*> sorted;
  for (const Row& row : rows)
    sorted[key(row)] = &row;
  std::string out = "{";
  for (const auto& [name, row] : sorted) {
    if (out.size() > 1) out += ',';
    go::AppendString(name, out);
    out += ':';
    append_value(*row, out);
  }
  out += '}';
  return out;
}

template <typename Item, typename Append>
void AppendList(const std::vector<Item>& items, std::string& out, Append append) {
  out += '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    append(items[i]);
  }
  out += ']';
}

void AppendIds(const std::vector<std::uint32_t>& ids, std::string& out) {
  AppendList(ids, out, [&](std::uint32_t id) { absl::StrAppend(&out, id); });
}

void AppendNames(const std::vector<std::string_view>& names, std::string& out) {
  AppendList(names, out, [&](std::string_view name) { go::AppendString(name, out); });
}

void AppendField(const SelectedField& field, std::string& out) {
  if (field.name == "groups") return AppendNames(field.groups.value_or(std::vector<std::string_view>()), out);
  go::AppendString(field.text.value_or(""), out);
}

// Encrypts each way. What a frame says of its own length is not looked at.
class GoLinkCodec final : public LinkCodec {
 public:
  explicit GoLinkCodec(std::string_view secret) : cipher_(secret) {}

  void AppendAnswer(std::string_view payload, std::string& out) override {
    wire::go::AppendAnswerPacket(cipher_, ivs_.Next(), payload, out);
  }
  void AppendFrame(const wire::Frame& frame, std::string& out) override {
    wire::go::AppendPacket(cipher_, ivs_.Next(), frame, out);
  }

  LinkPacket Next(std::string_view bytes) override {
    using Kind = LinkPacket::Kind;
    const wire::Packet packet = wire::go::NextPlain(cipher_, bytes, kMaxPacket, plain_);
    switch (packet.kind) {
      case wire::Packet::Kind::kIncomplete:
        return {};
      case wire::Packet::Kind::kTooLarge:
        return {.kind = Kind::kBad, .error = "a packet above 50 MiB"};
      case wire::Packet::Kind::kMalformed:
        return {.kind = Kind::kBad, .error = packet.error};
      default:
        break;
    }
    if (plain_.size() < wire::kFrameHeadSize)
      return {.kind = Kind::kBad, .error = "a frame without its head"};
    const std::uint32_t ext_size = wire::LoadU32(plain_.data() + 24);
    if (ext_size >= kFatalExtLength)
      return {.kind = Kind::kFatal, .error = "an ext_len of 0xfffffff0 or more"};
    if (ext_size > plain_.size() - wire::kFrameHeadSize) {
      return {.kind = Kind::kBad, .error = "ext_len reaches past the frame's end"};
    }
    wire::StoreU32(static_cast<std::uint32_t>(plain_.size()), plain_.data());
    return {
        .kind = Kind::kFrame, .size = packet.size, .frame = wire::SplitFrame(plain_, plain_.size()).frame};
  }

 private:
  wire::go::AesCbc cipher_;
  wire::go::RandomIvs ivs_;
  std::string plain_;
};

class Go final : public GatewayDialect {
 public:
  wire::DialectKind kind() const override { return wire::DialectKind::kGo; }
  std::unique_ptr<LinkCodec> NewLinkCodec(std::string_view secret) const override {
    return std::make_unique<GoLinkCodec>(secret);
  }

  std::string Count(std::uint64_t count) const override { return absl::StrCat(count); }

  std::string Ids(const std::vector<std::uint32_t>& ids) const override {
    if (ids.empty()) return "null";  // a nil slice; the batch form makes its own
    std::string out;
    AppendIds(ids, out);
    return out;
  }

  std::string IdsByUid(
      const std::vector<std::pair<std::string, std::vector<std::uint32_t>>>& ids_by_uid) const override {
    return Object(
        ids_by_uid, [](const auto& row) { return row.first; },
        [](const auto& row, std::string& out) { AppendIds(row.second, out); });
  }

  std::string Counts(const std::vector<std::pair<std::string, std::uint64_t>>& counts) const override {
    return Object(
        counts, [](const auto& row) { return row.first; },
        [](const auto& row, std::string& out) { absl::StrAppend(&out, row.second); });
  }

  std::string Names(const std::vector<std::string_view>& names) const override {
    std::string out;
    AppendNames(names, out);
    return out;
  }

  std::string Sessions(
      const std::vector<std::pair<std::uint32_t, std::string_view>>& sessions) const override {
    return Object(
        sessions, [](const auto& row) { return absl::StrCat(row.first); },
        [](const auto& row, std::string& out) { go::AppendString(row.second, out); });
  }

  std::string Selected(const std::vector<SelectedRow>& rows) const override {
    return Object(
        rows, [](const SelectedRow& row) { return absl::StrCat(row.connection_id); },
        [](const SelectedRow& row, std::string& out) {
          out += Object(
              row.fields, [](const SelectedField& field) { return std::string(field.name); },
              [](const SelectedField& field, std::string& text) { AppendField(field, text); });
        });
  }

  std::string Session(std::optional<std::string_view> stored) const override {
    if (!stored) return "null";
    return stored->empty() ? "{}" : std::string(*stored);
  }

  // Whatever the handshake held, `cookie` is empty and `server` has two entries.
  std::string Handshake(const wire::Value& request) const override {
    const std::string uri = ServerText(request, "REQUEST_URI");
    const std::size_t mark = std::min(uri.find('?'), uri.size());
    wire::Array server{.entries = {}, .is_list = false};
    server.entries.emplace_back("HTTP_HOST", wire::Value{ServerText(request, "HTTP_HOST")});
    server.entries.emplace_back("REQUEST_URI", wire::Value{uri});
    wire::Array parts{.entries = {}, .is_list = false};
    parts.entries.emplace_back("cookie", wire::Value{wire::Array{.entries = {}, .is_list = false}});
    parts.entries.emplace_back(
        "get", wire::Value{go::ParseQuery(std::string_view(uri).substr(std::min(mark + 1, uri.size())))});
    parts.entries.emplace_back("server", wire::Value{std::move(server)});
    return go::Marshal({std::move(parts)});
  }

  std::optional<wire::Value> Body(std::string_view) const override { return std::nullopt; }

  // Keys of the top are replaced, and all of it is decoded and encoded again.
  std::optional<std::string> MergeSessions(std::string_view stored, std::string_view update) const override {
    std::optional<wire::Array> base = ParseObject(stored.empty() ? "{}" : stored);
    const std::optional<wire::Array> changes = ParseObject(update);
    if (!base || !changes) return std::nullopt;
    for (const wire::Entry& entry : changes->entries)
      base->entries.push_back(entry);  // of equal keys the last is written
    return go::Marshal({*std::move(base)});
  }

  bool IsSession(std::string_view stored) const override { return ParseObject(stored).has_value(); }

 private:
  static std::optional<wire::Array> ParseObject(std::string_view text) {
    absl::StatusOr<wire::Value> value = wire::go::ParseJson(text);
    wire::Array* array = value.ok() ? std::get_if<wire::Array>(&value->data) : nullptr;
    if (array == nullptr || array->is_list) return std::nullopt;
    return std::move(*array);
  }

  // A member of `request`'s "server" that is text; "" else.
  static std::string ServerText(const wire::Value& request, std::string_view name) {
    const wire::Value* server = Find(request, "server");
    const wire::Value* found = server == nullptr ? nullptr : Find(*server, name);
    const auto* text = found == nullptr ? nullptr : std::get_if<std::string>(&found->data);
    return text == nullptr ? std::string() : *text;
  }
  static const wire::Value* Find(const wire::Value& value, std::string_view name) {
    const auto* array = std::get_if<wire::Array>(&value.data);
    if (array == nullptr) return nullptr;
    for (const wire::Entry& entry : array->entries) {
      const auto* key = std::get_if<std::string>(&entry.first);
      if (key != nullptr && *key == name) return &entry.second;
    }
    return nullptr;
  }
};

}  // namespace

const GatewayDialect& GoGatewayDialect() {
  static const Go* const dialect = new Go;
  return *dialect;
}

}  // namespace gatewayd::embedded
