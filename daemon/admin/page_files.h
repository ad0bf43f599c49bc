// The files of page/, in the program: embed_page.cmake writes them into a source when it is built.
#pragma once

#include <span>
#include <string_view>

namespace gatewayd::admin {

// All of it lives for ever.
struct PageFile {
  std::string_view name;  // "page.js"
  std::string_view content;
};

std::span<const PageFile> PageFiles();

}  // namespace gatewayd::admin
