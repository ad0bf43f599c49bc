#include "flags.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <map>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace gatewayd {
namespace {

constexpr int kMaxFlagfileDepth = 4;

struct Unit {
  const char* suffix;
  std::size_t size;
};
constexpr Unit kUnits[] = {{"GiB", std::size_t{1} << 30}, {"MiB", std::size_t{1} << 20}, {"KiB", 1024}};

absl::Status Invalid(const std::string& text) {
  return absl::InvalidArgumentError(text);
}

absl::Status Set(absl::CommandLineFlag& flag, const std::string& value, const std::string& where) {
  std::string error;
  if (flag.ParseFrom(value, &error)) return absl::OkStatus();
  absl::StripAsciiWhitespace(&error);
  return Invalid(absl::StrCat(where, ": bad value \"", value, "\" for --", flag.Name(),
                              error.empty() ? "" : absl::StrCat(": ", error)));
}

absl::Status Apply(const std::vector<std::string>& arguments, const std::string& where, int depth);

absl::Status ApplyFlagfile(const std::string& path, int depth) {
  if (depth > kMaxFlagfileDepth) return Invalid(absl::StrCat("--flagfile=", path, ": nested too deeply"));
  std::ifstream file(path);
  if (!file) return Invalid(absl::StrCat("--flagfile=", path, ": cannot be read"));
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    absl::StripAsciiWhitespace(&line);
    if (line.empty() || line[0] == '#') continue;
    if (absl::Status status = Apply({line}, absl::StrCat(path, ":", number), depth); !status.ok())
      return status;
  }
  return absl::OkStatus();
}

absl::Status Apply(const std::vector<std::string>& arguments, const std::string& where, int depth) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    absl::string_view text = arguments[i];
    if (!absl::ConsumePrefix(&text, "--") && !absl::ConsumePrefix(&text, "-")) {
      return Invalid(
          absl::StrCat(where, ": unexpected argument \"", arguments[i], "\"; see gatewayd --help"));
    }
    const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
    const auto& [name, given] = parts;
    const bool has_value = absl::StrContains(text, '=');
    if (name == "flagfile" && has_value) {
      if (absl::Status status = ApplyFlagfile(given, depth + 1); !status.ok()) return status;
      continue;
    }
    absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
    std::string value = given;
    if (flag == nullptr && absl::StartsWith(name, "no") && !has_value) {
      flag = absl::FindCommandLineFlag(name.substr(2));
      if (flag != nullptr && !flag->IsOfType<bool>()) flag = nullptr;
      value = "false";
    } else if (flag != nullptr && !has_value) {
      if (flag->IsOfType<bool>() || flag->IsOfType<OptionalText>()) {
        value = "true";
      } else if (i + 1 < arguments.size()) {
        value = arguments[++i];
      } else {
        return Invalid(absl::StrCat(where, ": --", name, " needs a value"));
      }
    }
    if (flag == nullptr)
      return Invalid(absl::StrCat(where, ": unknown flag --", name, "; see gatewayd --help"));
    if (absl::Status status = Set(*flag, value, where); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

bool AbslParseFlag(absl::string_view text, Bytes* bytes, std::string* error) {
  std::size_t unit = 1;
  for (const Unit& known : kUnits) {
    if (absl::ConsumeSuffix(&text, known.suffix)) {
      unit = known.size;
      break;
    }
  }
  std::uint64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number > std::numeric_limits<std::size_t>::max() / unit) {
    *error = "a number of bytes, or one with KiB, MiB or GiB behind it";
    return false;
  }
  bytes->value = number * unit;
  return true;
}

std::string AbslUnparseFlag(Bytes bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes.value != 0 && bytes.value % unit.size == 0)
      return absl::StrCat(bytes.value / unit.size, unit.suffix);
  }
  return absl::StrCat(bytes.value);
}

bool AbslParseFlag(absl::string_view text, OptionalText* value, std::string* /*error*/) {
  *value = {.given = text != "false" && !text.empty(), .text = std::string(text)};
  if (text == "true" || !value->given) value->text.clear();
  return true;
}

std::string AbslUnparseFlag(const OptionalText& value) {
  return value.text.empty() ? (value.given ? "true" : "") : value.text;
}

absl::Status FlagsFromEnvironment(char** environment, std::vector<std::string>* warnings) {
  for (char** entry = environment; *entry != nullptr; ++entry) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(*entry, absl::MaxSplits('=', 1));
    absl::string_view name = parts.first;
    if (!absl::ConsumePrefix(&name, "GATEWAYD_") || name == "ADDRESS" || name == "SECRET") continue;
    const std::string flag_name = absl::AsciiStrToLower(name);
    if (flag_name == "flagfile") {
      if (absl::Status status = ApplyFlagfile(parts.second, 1); !status.ok()) return status;
      continue;
    }
    absl::CommandLineFlag* flag = absl::FindCommandLineFlag(flag_name);
    if (flag == nullptr) {
      warnings->push_back(absl::StrCat("environment: ", parts.first, " names no flag; it is ignored"));
    } else if (absl::Status status = Set(*flag, parts.second, absl::StrCat("environment ", parts.first));
               !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status FlagsFromArguments(const std::vector<std::string>& arguments) {
  return Apply(arguments, "command line", 0);
}

std::string DescribeFlags(const std::string& file_suffix) {
  std::map<std::string, absl::CommandLineFlag*> ours;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (absl::EndsWith(flag->Filename(), file_suffix)) ours.emplace(std::string(name), flag);
  }
  std::string text;
  for (const auto& [name, flag] : ours) {
    absl::StrAppend(&text, "  --", name, "=", flag->DefaultValue(), "\n      ", flag->Help(), "\n");
  }
  return text;
}

}  // namespace gatewayd
