#include "wire/go_json.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>

#include "absl/strings/str_cat.h"
#include "wire/absl_view.h"
#include "wire/requests.h"

namespace gatewayd::wire::go {
namespace {

namespace json = boost::json;

std::string_view View(json::string_view text) {
  return {text.data(), text.size()};
}

// What basic_parser calls. Texts come in parts where they hold escapes, and are then put together.
class Handler {
 public:
  using Take = absl::FunctionRef<std::string_view(const JsonToken&)>;
  using Error = json::error_code;
  static constexpr std::size_t max_object_size = -1;  // by the text alone
  static constexpr std::size_t max_array_size = -1;
  static constexpr std::size_t max_key_size = -1;
  static constexpr std::size_t max_string_size = -1;

  explicit Handler(Take take) : take_(take) {}

  std::string_view refusal() const { return refusal_; }

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error& error) { return Open(JsonToken::Kind::kObject, error); }
  bool on_array_begin(Error& error) { return Open(JsonToken::Kind::kList, error); }
  bool on_object_end(std::size_t, Error& error) { return Close(error); }
  bool on_array_end(std::size_t, Error& error) { return Close(error); }
  bool on_key_part(json::string_view text, std::size_t, Error&) { return Keep(text); }
  bool on_key(json::string_view text, std::size_t, Error& error) {
    return GiveText(JsonToken::Kind::kKey, text, error);
  }
  bool on_string_part(json::string_view text, std::size_t, Error&) { return Keep(text); }
  bool on_string(json::string_view text, std::size_t, Error& error) {
    return GiveText(JsonToken::Kind::kString, text, error);
  }
  bool on_number_part(json::string_view text, Error&) { return Keep(text); }
  bool on_int64(std::int64_t, json::string_view text, Error& error) {
    return GiveText(JsonToken::Kind::kNumber, text, error);
  }
  bool on_uint64(std::uint64_t, json::string_view text, Error& error) {
    return GiveText(JsonToken::Kind::kNumber, text, error);
  }
  bool on_double(double, json::string_view text, Error& error) {
    return GiveText(JsonToken::Kind::kNumber, text, error);
  }
  bool on_bool(bool value, Error& error) {
    return Give(value ? JsonToken::Kind::kTrue : JsonToken::Kind::kFalse, {}, error);
  }
  bool on_null(Error& error) { return Give(JsonToken::Kind::kNull, {}, error); }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }

 private:
  bool Open(JsonToken::Kind kind, Error& error) {
    if (!Give(kind, {}, error)) return false;
    ++depth_;
    return true;
  }
  bool Close(Error& error) {
    --depth_;
    return Give(JsonToken::Kind::kEnd, {}, error);
  }
  bool Keep(json::string_view text) {
    parts_.append(text.data(), text.size());
    return true;
  }
  bool GiveText(JsonToken::Kind kind, json::string_view text, Error& error) {
    if (parts_.empty()) return Give(kind, View(text), error);
    Keep(text);
    const bool taken = Give(kind, parts_, error);
    parts_.clear();
    return taken;
  }
  bool Give(JsonToken::Kind kind, std::string_view text, Error& error) {
    refusal_ = take_({kind, depth_, text});
    if (refusal_.empty()) return true;
    error = json::error::exception;  // any: the parser only has to stop
    return false;
  }

  Take take_;
  int depth_ = 0;
  std::string parts_;
  std::string_view refusal_;
};

absl::Status Invalid(std::string_view what, std::size_t position) {
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(what), " at byte ", position));
}

bool IsWhole(std::string_view number) {
  return number.find_first_of(".eE") == std::string_view::npos;
}

// False beyond what a double holds. What is nearer to 0 than any double is 0.
bool ReadDouble(std::string_view text, double* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  if (error != std::errc::result_out_of_range) return error == std::errc();
  *out = std::strtod(std::string(text).c_str(), nullptr);
  return std::isfinite(*out);
}

Value ReadNumber(std::string_view text) {
  std::int64_t whole = 0;
  double real = 0;
  if (IsWhole(text)) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (error == std::errc()) return {whole};
  } else if (ReadDouble(text, &real)) {
    return {real};
  }
  return {Opaque{std::string(text)}};
}

// Puts a tree together from a walk.
class TreeBuilder {
 public:
  std::string_view Take(const JsonToken& token) {
    using Kind = JsonToken::Kind;
    switch (token.kind) {
      case Kind::kKey:
        key_.assign(token.text);
        break;
      case Kind::kNull:
        Add({});
        break;
      case Kind::kTrue:
      case Kind::kFalse:
        Add({token.kind == Kind::kTrue});
        break;
      case Kind::kNumber:
        Add(ReadNumber(token.text));
        break;
      case Kind::kString:
        Add({std::string(token.text)});
        break;
      case Kind::kObject:
      case Kind::kList:
        Add({Array{.entries = {}, .is_list = token.kind == Kind::kList}});
        open_.push_back(&std::get<Array>(last_->data));
        break;
      case Kind::kEnd:
        open_.pop_back();
        break;
    }
    return {};
  }

  Value& root() { return root_; }

 private:
  // What an open array points to stays where it is: only the innermost one grows.
  void Add(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      last_ = &root_;
      return;
    }
    Array& array = *open_.back();
    Key key = array.is_list ? Key(static_cast<std::int64_t>(array.entries.size())) : Key(std::move(key_));
    last_ = &array.entries.emplace_back(std::move(key), std::move(value)).second;
  }

  Value root_;
  Value* last_ = nullptr;
  std::vector<Array*> open_;
  std::string key_;
};

}  // namespace

absl::Status WalkJson(std::string_view text, absl::FunctionRef<std::string_view(const JsonToken&)> take) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::basic_parser<Handler> parser(options, take);
  json::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (!parser.handler().refusal().empty()) return Invalid(parser.handler().refusal(), used);
  if (error) return Invalid(absl::StrCat("not JSON (", error.message(), ")"), used);
  if (used != text.size()) return Invalid("more follows", used);
  return absl::OkStatus();
}

absl::StatusOr<Value> ParseJson(std::string_view text) {
  TreeBuilder builder;
  const absl::Status status = WalkJson(text, [&](const JsonToken& token) { return builder.Take(token); });
  if (!status.ok()) return status;
  return std::move(builder.root());
}

absl::Status CheckObject(std::string_view text) {
  return WalkJson(text, [](const JsonToken& token) -> std::string_view {
    if (token.depth == 0 && token.kind != JsonToken::Kind::kObject && token.kind != JsonToken::Kind::kEnd) {
      return "not a JSON object";
    }
    double real = 0;
    if (token.kind == JsonToken::Kind::kNumber && !ReadDouble(token.text, &real)) {
      return "a number that no double holds";
    }
    return {};
  });
}

}  // namespace gatewayd::wire::go
