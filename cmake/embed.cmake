# Writes OUTPUT, a C++ source that holds FILES: see server/ui/ui.h for the declaration.
set(entries "")
set(arrays "")
foreach(path ${FILES})
  get_filename_component(name ${path} NAME)
  string(MAKE_C_IDENTIFIER ${name} identifier)
  file(READ ${path} hex HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND arrays "constexpr char k_${identifier}[] = {${bytes}};\n")
  string(APPEND entries "    {\"${name}\", {k_${identifier}, sizeof k_${identifier}}},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"server/ui/ui.h\"

namespace narthex::server {
namespace {
${arrays}}  // namespace

const std::vector<UiFile>& UiFiles() {
  static const std::vector<UiFile> files = {
${entries}  };
  return files;
}

}  // namespace narthex::server
")
