# Writes OUTPUT, a C++ source that holds the files of FOLDER and gives them by FUNCTION, which HEADER
# declares in NAMESPACE: see common/http_server/static_files.h. A file x.gz is served as x; it comes from
# a build that names all files but index.html by what they hold.
file(GLOB_RECURSE paths ${FOLDER}/*)
list(SORT paths)
set(entries "")
set(arrays "")
foreach(path ${paths})
  get_filename_component(name ${path} NAME)
  string(MAKE_C_IDENTIFIER ${name} identifier)
  file(READ ${path} hex HEX)
  file(MD5 ${path} digest)
  set(inflated_size 0)
  set(forever false)
  if(name MATCHES "\\.gz$")
    string(REGEX REPLACE "\\.gz$" "" name ${name})
    # RFC 1952: a gzip file ends with its size before compression, least byte first.
    string(REGEX REPLACE "^.*(..)(..)(..)(..)$" "0x\\4\\3\\2\\1" inflated_size "${hex}")
    if(NOT name STREQUAL "index.html")
      set(forever true)
    endif()
  endif()
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(..)" "\\\\x\\1" bytes "${hex}")
  string(APPEND arrays "constexpr char k_${identifier}[] = \"${bytes}\";\n")
  string(APPEND entries
    "    {\"${name}\", {k_${identifier}, ${size}}, \"${digest}\", ${inflated_size}, ${forever}},\n")
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
