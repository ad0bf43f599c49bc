# cmake -DFOLDER=page -DOUTPUT=page_files.cc -P embed_page.cmake: the files of a folder as a C++ source, so that the
# program carries them and building needs nothing but CMake.
file(GLOB names RELATIVE ${FOLDER} ${FOLDER}/*)
list(SORT names)
set(arrays "")
set(entries "")
set(count 0)
foreach(name ${names})
  file(READ ${FOLDER}/${name} bytes HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char kFile${count}[] = {\n${bytes}};\n")
  string(APPEND entries "    PageFile{\"${name}\", {reinterpret_cast<const char*>(kFile${count}), sizeof(kFile${count})}},\n")
  math(EXPR count "${count} + 1")
endforeach()
set(text "// Made by embed_page.cmake.
#include \"admin/page_files.h\"

#include <array>

namespace gatewayd::admin {
namespace {

${arrays}
const std::array<PageFile, ${count}> kFiles = {
${entries}};

}  // namespace

std::span<const PageFile> PageFiles() {
  return kFiles;
}

}  // namespace gatewayd::admin
")
file(WRITE ${OUTPUT} "${text}")
