// PHP's parse_str(): "a=1&b[]=2&c[x]=3" as a nested array, with its rules for odd names.
#pragma once

#include <string>
#include <string_view>

#include "wire/value.h"

namespace gatewayd::embedded::php {

// At most 1,000 variables (max_input_vars) of at most 64 brackets; what is above is dropped, as PHP does.
wire::Array ParseQueryString(std::string_view query);

// The array key that a string becomes: an int where it looks like one.
wire::Key ToKey(std::string_view name);

// Sets array[name], replacing what was there in its place.
void Set(wire::Array& array, std::string_view name, wire::Value value);

}  // namespace gatewayd::embedded::php
