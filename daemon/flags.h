// A small front to Abseil's flags: ParseCommandLine exits with 1 on a bad flag and knows no environment
// variables of our names; this reports instead, so that main can say clear lines and exit with 2.
#pragma once

#include <string>
#include <vector>

#include "absl/flags/commandlineflag.h"
#include "absl/strings/string_view.h"

namespace gatewayd {

// A size in bytes: "16MiB", "64KiB", "1GiB", or plain digits.
struct Bytes {
  std::size_t value = 0;
};
bool AbslParseFlag(absl::string_view text, Bytes* bytes, std::string* error);
std::string AbslUnparseFlag(Bytes bytes);

// A flag that may stand alone: --probe, --probe=text.
struct OptionalText {
  bool given = false;
  std::string text;  // "" where it stands alone
};
bool AbslParseFlag(absl::string_view text, OptionalText* value, std::string* error);
std::string AbslUnparseFlag(const OptionalText& value);

// Sets the flags that `GATEWAYD_NAME` variables name; a name that is no flag gives a line in `warnings`,
// except GATEWAYD_ADDRESS, which belongs to the client packages, and GATEWAYD_SECRET. `environment` is
// null-terminated. `problems` gets a line for each value that cannot be.
void FlagsFromEnvironment(char** environment, std::vector<std::string>* problems,
                          std::vector<std::string>* warnings);

// Sets flags from arguments: --name=value, --name value, --name and --noname for booleans, --name alone for
// OptionalText, --flagfile=path (one flag a line, # for comments). Anything else is a line in `problems`.
void FlagsFromArguments(const std::vector<std::string>& arguments, std::vector<std::string>* problems);

// Where the flag was set, for the end of a line about its value: " (environment GATEWAYD_LISTEN)",
// " (/etc/gatewayd.flags:3)"; "" where it was the command line, or nowhere.
std::string WhereSet(absl::string_view flag);

// The flags that the daemon's own files (config*.cc) define, by name.
std::vector<absl::CommandLineFlag*> OurFlags();
// "GATEWAYD_MAX_CONNECTIONS"; "" for --address, whose variable would be the client packages'.
std::string EnvironmentName(absl::string_view flag);
// One line a flag: name, default, help.
std::string DescribeFlags();

}  // namespace gatewayd
