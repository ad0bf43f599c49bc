#include "embedded/gateway_dialect.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "embedded/php_values.h"
#include "wire/php_serialize.h"

namespace gatewayd::embedded {
namespace {

// serialize(), written straight: answers can list every client, so no tree is built for them.
void OpenArray(std::size_t count, std::string& out) {
  absl::StrAppend(&out, "a:", count, ":{");
}
void AppendInt(std::uint64_t number, std::string& out) {
  absl::StrAppend(&out, "i:", number, ";");
}
void AppendText(std::string_view text, std::string& out) {
  absl::StrAppend(&out, "s:", text.size(), ":\"");
  out.append(text).append("\";");
}
void AppendKey(std::string_view key, std::string& out) {
  if (php::IsIntKey(key)) {
    out.append("i:").append(key).append(";");
  } else {
    AppendText(key, out);
  }
}
void AppendIds(const std::vector<std::uint32_t>& ids, std::string& out) {
  OpenArray(ids.size(), out);
  std::size_t index = 0;
  for (std::uint32_t id : ids) {
    AppendInt(index++, out);
    AppendInt(id, out);
  }
  out += '}';
}
void AppendField(const SelectedField& field, std::string& out) {
  AppendText(field.name, out);
  if (field.text) {
    AppendText(*field.text, out);
  } else if (field.groups) {
    OpenArray(field.groups->size(), out);
    for (std::string_view group : *field.groups) {
      AppendKey(group, out);
      AppendText(group, out);
    }
    out += '}';
  } else {
    out += "N;";
  }
}

class PhpLinkCodec final : public LinkCodec {
 public:
  void AppendAnswer(std::string_view payload, std::string& out) override {
    auto size = static_cast<std::uint32_t>(payload.size());
    const std::array<char, 4> head = {static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                                      static_cast<char>(size >> 8), static_cast<char>(size)};
    out.append(head.data(), head.size());
    out.append(payload);
  }

  void AppendFrame(const wire::Frame& frame, std::string& out) override { wire::AppendFrame(frame, out); }

  LinkPacket Next(std::string_view bytes) override {
    const wire::FrameSplit split = wire::SplitFrame(bytes, wire::kMaxFrameToGateway);
    switch (split.kind) {
      case wire::FrameSplit::Kind::kIncomplete:
        return {};
      case wire::FrameSplit::Kind::kFrame:
        return {.kind = LinkPacket::Kind::kFrame, .size = split.size, .frame = split.frame};
      case wire::FrameSplit::Kind::kTooLarge:
        return {.kind = LinkPacket::Kind::kBad, .error = "a frame above 10 MiB"};
      case wire::FrameSplit::Kind::kMalformed:
        break;
    }
    return {.kind = LinkPacket::Kind::kBad, .error = std::string(split.error)};
  }
};

class Php final : public GatewayDialect {
 public:
  wire::DialectKind kind() const override { return wire::DialectKind::kPhp; }
  std::unique_ptr<LinkCodec> NewLinkCodec(std::string_view) const override {
    return std::make_unique<PhpLinkCodec>();
  }

  std::string Count(std::uint64_t count) const override { return absl::StrCat("i:", count, ";"); }

  std::string Ids(const std::vector<std::uint32_t>& ids) const override {
    std::string out;
    AppendIds(ids, out);
    return out;
  }

  std::string IdsByUid(
      const std::vector<std::pair<std::string, std::vector<std::uint32_t>>>& ids_by_uid) const override {
    std::string out;
    OpenArray(ids_by_uid.size(), out);
    for (const auto& [uid, ids] : ids_by_uid) {
      AppendKey(uid, out);
      AppendIds(ids, out);
    }
    out += '}';
    return out;
  }

  std::string Counts(const std::vector<std::pair<std::string, std::uint64_t>>& counts) const override {
    std::string out;
    OpenArray(counts.size(), out);
    for (const auto& [group, count] : counts) {
      AppendKey(group, out);
      AppendInt(count, out);
    }
    out += '}';
    return out;
  }

  // array_keys(): what looks like an int has become one.
  std::string Names(const std::vector<std::string_view>& names) const override {
    std::string out;
    OpenArray(names.size(), out);
    std::size_t index = 0;
    for (std::string_view name : names) {
      AppendInt(index++, out);
      AppendKey(name, out);
    }
    out += '}';
    return out;
  }

  std::string Sessions(
      const std::vector<std::pair<std::uint32_t, std::string_view>>& sessions) const override {
    std::string out;
    OpenArray(sessions.size(), out);
    for (const auto& [id, session] : sessions) {
      AppendInt(id, out);
      AppendText(session, out);
    }
    out += '}';
    return out;
  }

  std::string Selected(const std::vector<SelectedRow>& rows) const override {
    std::string out;
    OpenArray(rows.size(), out);
    for (const SelectedRow& row : rows) {
      AppendInt(row.connection_id, out);
      OpenArray(row.fields.size(), out);
      for (const SelectedField& field : row.fields)
        AppendField(field, out);
      out += '}';
    }
    out += '}';
    return out;
  }

  std::string Session(std::optional<std::string_view> stored) const override {
    if (!stored) return "N;";
    return php::IsEmpty(*stored) ? "a:0:{}" : std::string(*stored);
  }

  std::string Handshake(const wire::Value& request) const override {
    std::string out;
    wire::php::Serialize(request, out);
    return out;
  }

  std::optional<wire::Value> Body(std::string_view bytes) const override { return FirstValue(bytes); }

  std::optional<std::string> MergeSessions(std::string_view stored, std::string_view update) const override {
    std::optional<wire::Value> base = FirstValue(stored);
    std::optional<wire::Value> changes = FirstValue(update);
    if (!base || !changes) return std::nullopt;
    auto* base_array = std::get_if<wire::Array>(&base->data);
    auto* change_array = std::get_if<wire::Array>(&changes->data);
    if (base_array == nullptr || change_array == nullptr) return std::nullopt;
    php::ReplaceRecursive(*base_array, *change_array);
    std::string out;
    wire::php::Serialize(*base, out);
    return out;
  }

  bool IsSession(std::string_view stored) const override { return wire::php::CheckWholeArray(stored).ok(); }

 private:
  // unserialize() of PHP 8.2 passes silently over what follows the value.
  static std::optional<wire::Value> FirstValue(std::string_view bytes) {
    wire::php::Reader reader(bytes);
    std::string_view first;
    if (!reader.Skip(&first)) return std::nullopt;
    absl::StatusOr<wire::Value> value = wire::php::Unserialize(first);
    if (!value.ok()) return std::nullopt;
    return *std::move(value);
  }
};

}  // namespace

const GatewayDialect& PhpGatewayDialect() {
  static const Php* const dialect = new Php;
  return *dialect;
}

const GatewayDialect& GatewayDialectOf(wire::DialectKind kind) {
  return kind == wire::DialectKind::kGo ? GoGatewayDialect() : PhpGatewayDialect();
}

}  // namespace gatewayd::embedded
