#include "api/session_value.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "api/error.h"
#include "api/text.h"

namespace gatewayd::api {
namespace {

using google::protobuf::ListValue;
using google::protobuf::Struct;
using PbValue = google::protobuf::Value;

constexpr double kExact = 9007199254740992.0;  // 2^53
constexpr std::int64_t kExactInt = std::int64_t{1} << 53;

// Protobuf readers give up at 100 nested messages. A map takes three of them (Struct, entry, Value), a list
// two, and up to four stand around the session.
constexpr int kMessagesLeft = 92;
constexpr int kMessagesPerMap = 3;
constexpr int kMessagesPerList = 2;

constexpr int kMaxInputDepth = 100;

class Writer {
 public:
  bool complete() const { return complete_; }

  void PutMap(const wire::Array& array, int messages, Struct* out) {
    std::int64_t position = 0;
    for (const auto& [key, value] : array.entries) {
      std::string name = array.is_list ? std::to_string(position++) : KeyText(key);
      if (!IsUtf8(name)) {
        complete_ = false;
        continue;
      }
      Put(value, messages - kMessagesPerMap, &(*out->mutable_fields())[std::move(name)]);
    }
  }

 private:
  static std::string KeyText(const wire::Key& key) {
    if (const auto* number = std::get_if<std::int64_t>(&key)) return std::to_string(*number);
    return std::get<std::string>(key);
  }

  void PutNull(PbValue* out) {
    complete_ = false;
    out->set_null_value(google::protobuf::NULL_VALUE);
  }

  void Put(const wire::Value& value, int messages, PbValue* out) {
    std::visit([&](const auto& data) { PutData(data, messages, out); }, value.data);
  }

  void PutData(std::monostate, int, PbValue* out) { out->set_null_value(google::protobuf::NULL_VALUE); }
  void PutData(bool data, int, PbValue* out) { out->set_bool_value(data); }
  void PutData(std::int64_t data, int, PbValue* out) {
    if (data > kExactInt || data < -kExactInt) complete_ = false;
    out->set_number_value(static_cast<double>(data));
  }
  void PutData(double data, int, PbValue* out) {
    std::isfinite(data) ? out->set_number_value(data) : PutNull(out);
  }
  void PutData(const std::string& data, int, PbValue* out) {
    IsUtf8(data) ? out->set_string_value(data) : PutNull(out);
  }
  void PutData(const wire::Opaque&, int, PbValue* out) { PutNull(out); }
  void PutData(const wire::Array& data, int messages, PbValue* out) {
    if (messages < kMessagesPerMap) return PutNull(out);
    if (!data.is_list) return PutMap(data, messages, out->mutable_struct_value());
    ListValue* list = out->mutable_list_value();
    for (const auto& [key, value] : data.entries)
      Put(value, messages - kMessagesPerList, list->add_values());
  }

  bool complete_ = true;
};

class Reader {
 public:
  explicit Reader(std::string_view field) : field_(field) {}

  absl::Status ReadStruct(const Struct& in, int depth, wire::Array* out) {
    if (depth > kMaxInputDepth) return FieldError(field_, "nested deeper than 100");
    std::vector<const google::protobuf::Map<std::string, PbValue>::value_type*> fields;
    fields.reserve(static_cast<std::size_t>(in.fields_size()));
    for (const auto& field : in.fields())
      fields.push_back(&field);
    std::sort(fields.begin(), fields.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
    out->is_list = false;
    out->entries.reserve(fields.size());
    for (const auto* field : fields) {
      wire::Entry& entry = out->entries.emplace_back();
      entry.first = field->first;
      if (absl::Status status = Read(field->second, depth, &entry.second); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Read(const PbValue& in, int depth, wire::Value* out) {
    switch (in.kind_case()) {
      case PbValue::kNullValue:
        return absl::OkStatus();
      case PbValue::kBoolValue:
        out->data = in.bool_value();
        return absl::OkStatus();
      case PbValue::kStringValue:
        out->data = in.string_value();
        return absl::OkStatus();
      case PbValue::kNumberValue:
        return ReadNumber(in.number_value(), out);
      case PbValue::kStructValue:
        return ReadStruct(in.struct_value(), depth + 1, &out->data.emplace<wire::Array>());
      case PbValue::kListValue:
        return ReadList(in.list_value(), depth + 1, &out->data.emplace<wire::Array>());
      case PbValue::KIND_NOT_SET:
        break;
    }
    return FieldError(field_, "holds a value of no kind");
  }

  absl::Status ReadNumber(double number, wire::Value* out) {
    if (!std::isfinite(number)) return FieldError(field_, "holds a number that is not finite");
    if (std::abs(number) <= kExact && std::trunc(number) == number) {
      out->data = static_cast<std::int64_t>(number);
    } else {
      out->data = number;
    }
    return absl::OkStatus();
  }

  absl::Status ReadList(const ListValue& in, int depth, wire::Array* out) {
    if (depth > kMaxInputDepth) return FieldError(field_, "nested deeper than 100");
    out->entries.reserve(static_cast<std::size_t>(in.values_size()));
    for (const PbValue& value : in.values()) {
      const auto position = static_cast<std::int64_t>(out->entries.size());
      wire::Entry& entry = out->entries.emplace_back();
      entry.first = position;
      if (absl::Status status = Read(value, depth, &entry.second); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  std::string_view field_;
};

}  // namespace

bool ToStruct(const wire::Value& value, Struct* out) {
  const auto* array = std::get_if<wire::Array>(&value.data);
  if (array == nullptr) return false;
  Writer writer;
  writer.PutMap(*array, kMessagesLeft, out);
  return writer.complete();
}

absl::StatusOr<wire::Value> FromStruct(const Struct& value, std::string_view field) {
  wire::Value out;
  absl::Status status = Reader(field).ReadStruct(value, 1, &out.data.emplace<wire::Array>());
  if (!status.ok()) return status;
  return out;
}

void FillSession(const wire::Dialect& dialect, std::string_view stored, gatewayworker::v1::Session* out) {
  out->set_stored(std::string(stored));
  Struct* value = out->mutable_value();
  if (stored.empty()) return;
  const absl::StatusOr<wire::Value> decoded = dialect.DecodeSessionValue(stored);
  if (!decoded.ok() || !ToStruct(*decoded, value)) out->set_value_incomplete(true);
}

}  // namespace gatewayd::api
