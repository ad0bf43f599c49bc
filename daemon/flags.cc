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

using Problems = std::vector<std::string>;

constexpr char kCommandLine[] = "command line";

// By flag; the last one that set it.
std::map<std::string, std::string, std::less<>>& Sources() {
  static auto& sources = *new std::map<std::string, std::string, std::less<>>;
  return sources;
}

void Set(absl::CommandLineFlag& flag, const std::string& value, const std::string& where,
         Problems* problems) {
  std::string error;
  Sources()[std::string(flag.Name())] = where;
  if (flag.ParseFrom(value, &error)) return;
  absl::StripAsciiWhitespace(&error);
  problems->push_back(absl::StrCat(where, ": bad value \"", value, "\" for --", flag.Name(),
                                   error.empty() ? "" : absl::StrCat(": ", error)));
}

void Apply(const std::vector<std::string>& arguments, const std::string& where, int depth,
           Problems* problems);

void ApplyFlagfile(const std::string& path, int depth, Problems* problems) {
  std::ifstream file(path);
  if (depth > kMaxFlagfileDepth || !file) {
    problems->push_back(absl::StrCat("--flagfile=", path, ": ",
                                     depth > kMaxFlagfileDepth ? "nested too deeply" : "cannot be read"));
    return;
  }
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    absl::StripAsciiWhitespace(&line);
    if (line.empty() || line[0] == '#') continue;
    Apply({line}, absl::StrCat(path, ":", number), depth, problems);
  }
}

// Sets what arguments[*i] names; takes the next one too where that is its value.
void ApplyOne(const std::vector<std::string>& arguments, std::size_t* i, const std::string& where, int depth,
              Problems* problems) {
  const auto wrong = [&](const auto&... parts) { problems->push_back(absl::StrCat(where, ": ", parts...)); };
  absl::string_view text = arguments[*i];
  if (!absl::ConsumePrefix(&text, "--") && !absl::ConsumePrefix(&text, "-"))
    return wrong("unexpected argument \"", arguments[*i], "\"; see gatewayd --help");
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
  const auto& [name, given] = parts;
  const bool has_value = absl::StrContains(text, '=');
  if (name == "flagfile" && has_value) return ApplyFlagfile(given, depth + 1, problems);
  absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
  std::string value = given;
  if (flag == nullptr && absl::StartsWith(name, "no") && !has_value) {
    flag = absl::FindCommandLineFlag(name.substr(2));
    if (flag != nullptr && !flag->IsOfType<bool>()) flag = nullptr;
    value = "false";
  } else if (flag != nullptr && !has_value) {
    if (flag->IsOfType<bool>() || flag->IsOfType<OptionalText>()) {
      value = "true";
    } else if (*i + 1 < arguments.size()) {
      value = arguments[++*i];
    } else {
      return wrong("--", name, " needs a value");
    }
  }
  if (flag == nullptr) return wrong("unknown flag --", name, "; see gatewayd --help");
  Set(*flag, value, where, problems);
}

void Apply(const std::vector<std::string>& arguments, const std::string& where, int depth,
           Problems* problems) {
  for (std::size_t i = 0; i < arguments.size(); ++i)
    ApplyOne(arguments, &i, where, depth, problems);
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

void FlagsFromEnvironment(char** environment, Problems* problems, std::vector<std::string>* warnings) {
  for (char** entry = environment; *entry != nullptr; ++entry) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(*entry, absl::MaxSplits('=', 1));
    absl::string_view name = parts.first;
    if (!absl::ConsumePrefix(&name, "GATEWAYD_") || name == "ADDRESS" || name == "SECRET") continue;
    const std::string flag_name = absl::AsciiStrToLower(name);
    if (flag_name == "flagfile") {
      ApplyFlagfile(parts.second, 1, problems);
    } else if (absl::CommandLineFlag* flag = absl::FindCommandLineFlag(flag_name); flag != nullptr) {
      Set(*flag, parts.second, absl::StrCat("environment ", parts.first), problems);
    } else {
      warnings->push_back(absl::StrCat("environment: ", parts.first, " names no flag; it is ignored"));
    }
  }
}

void FlagsFromArguments(const std::vector<std::string>& arguments, Problems* problems) {
  Apply(arguments, kCommandLine, 0, problems);
}

std::string WhereSet(absl::string_view flag) {
  const auto at = Sources().find(std::string(flag));
  return at == Sources().end() || at->second == kCommandLine ? "" : absl::StrCat(" (", at->second, ")");
}

std::vector<absl::CommandLineFlag*> OurFlags() {
  std::map<std::string, absl::CommandLineFlag*> ours;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    const std::string file = flag->Filename();
    if (absl::StartsWith(file.substr(file.rfind('/') + 1), "config")) ours.emplace(std::string(name), flag);
  }
  std::vector<absl::CommandLineFlag*> flags;
  for (const auto& [name, flag] : ours)
    flags.push_back(flag);
  return flags;
}

std::string EnvironmentName(absl::string_view flag) {
  return flag == "address" ? "" : absl::StrCat("GATEWAYD_", absl::AsciiStrToUpper(flag));
}

std::string DescribeFlags() {
  std::string text;
  for (const absl::CommandLineFlag* flag : OurFlags()) {
    absl::StrAppend(&text, "  --", flag->Name(), "=", flag->DefaultValue(), "\n      ", flag->Help(), "\n");
  }
  return text;
}

}  // namespace gatewayd
