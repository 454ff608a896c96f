# Writes OUTPUT, a C++ source that holds FILES and gives them by FUNCTION, which HEADER declares in
# NAMESPACE: see common/http_server/static_files.h.
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
file(WRITE ${OUTPUT} "#include \"${HEADER}\"

namespace ${NAMESPACE} {
namespace {
${arrays}}  // namespace

const std::vector<StaticFile>& ${FUNCTION}() {
  static const std::vector<StaticFile> files = {
${entries}  };
  return files;
}

}  // namespace ${NAMESPACE}
")
