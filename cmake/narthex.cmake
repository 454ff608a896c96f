# Compiler settings of every target, and one way to declare a module.

add_library(narthex_options INTERFACE)
target_include_directories(narthex_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(narthex_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fno-omit-frame-pointer
  # Fields left out of a designated initialiser take their defaults: that is what they are for.
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports string and vector moves at -O2 that cannot happen (GCC bugs 105651, 105329).
  target_compile_options(narthex_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
else()
  # clang builds the fuzzers only: what it alone warns of is shown, and no reason not to fuzz.
  target_compile_options(narthex_options INTERFACE -Wno-error)
endif()
if(NARTHEX_SANITIZE)
  target_compile_options(narthex_options INTERFACE
    # Line tables are all that a report needs; full debug information doubles build time and size.
    -fsanitize=${NARTHEX_SANITIZE} -fno-sanitize-recover=all -O1 -g1)
  target_link_options(narthex_options INTERFACE -fsanitize=${NARTHEX_SANITIZE})
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_link_options(narthex_options INTERFACE -fuse-ld=mold)
endif()
if(NARTHEX_FUZZ)
  target_compile_options(narthex_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
# Assertions stay on in release: they cost little and end a lie before it is stored.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")

# narthex_module(NAME [CXX17] [DEPENDS target...]): the library narthex::NAME from every *.cc of the
# current folder, and from the same folder
#   *_test.cc   into NAME_test, run by ctest
#   *_bench.cc  into NAME_bench
#   *_fuzz.cc   each into its own executable: a libFuzzer target under the fuzz preset, else a
#               runner that ctest gives the committed corpus tests/corpus/<name>
function(narthex_module name)
  cmake_parse_arguments(ARG "CXX17" "" "DEPENDS" ${ARGN})
  file(GLOB all CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "(_test|_bench|_fuzz|/main)\\.cc$")
  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(benches ${all})
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
  set(fuzzers ${all})
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")

  if(sources)
    set(scope PUBLIC)
    add_library(narthex_${name} STATIC ${sources})
  else()
    set(scope INTERFACE)
    add_library(narthex_${name} INTERFACE)
  endif()
  add_library(narthex::${name} ALIAS narthex_${name})
  target_link_libraries(narthex_${name} ${scope} narthex_options ${ARG_DEPENDS})
  if(ARG_CXX17 AND sources)
    set_target_properties(narthex_${name} PROPERTIES CXX_STANDARD 17)
  endif()

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE narthex::${name} GTest::gmock GTest::gtest_main)
    add_test(NAME unit/${name} COMMAND ${name}_test)
    set_tests_properties(unit/${name} PROPERTIES TIMEOUT 120)
  endif()
  if(benches)
    add_executable(${name}_bench ${benches})
    target_link_libraries(${name}_bench PRIVATE narthex::${name} benchmark::benchmark_main)
  endif()
  foreach(source ${fuzzers})
    get_filename_component(fuzzer ${source} NAME_WE)
    if(NARTHEX_FUZZ)
      add_executable(${fuzzer} ${source})
      target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
    else()
      add_executable(${fuzzer} ${source} ${CMAKE_SOURCE_DIR}/tests/fuzz_corpus_main.cc)
      add_test(NAME fuzz-corpus/${fuzzer}
        COMMAND ${fuzzer} ${CMAKE_SOURCE_DIR}/tests/corpus/${fuzzer})
    endif()
    target_link_libraries(${fuzzer} PRIVATE narthex::${name})
  endforeach()
endfunction()

# narthex_executable(NAME [DEPENDS target...]): bin/NAME from the current folder's main.cc.
function(narthex_executable name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_executable(${name} main.cc)
  target_link_libraries(${name} PRIVATE narthex_options ${ARG_DEPENDS})
endfunction()

# narthex_static_files(NAME HEADER NAMESPACE FUNCTION [FOLDER folder] [DEPENDS file...]): the library
# narthex::NAME that holds the files of a folder, by default static/; see cmake/embed.cmake. Folders
# that are built name what tells that they were. The sources of the current folder belong to the library.
function(narthex_static_files name header namespace function)
  cmake_parse_arguments(ARG "" "FOLDER" "DEPENDS" ${ARGN})
  if(NOT ARG_FOLDER)
    set(ARG_FOLDER ${CMAKE_CURRENT_SOURCE_DIR}/static)
    file(GLOB ARG_DEPENDS CONFIGURE_DEPENDS ${ARG_FOLDER}/*)
  endif()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}_files.cc)
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${source} -DFOLDER=${ARG_FOLDER} -DHEADER=${header}
            -DNAMESPACE=${namespace} -DFUNCTION=${function} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${ARG_DEPENDS} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    VERBATIM)
  set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  add_library(narthex_${name} STATIC ${source} ${sources})
  add_library(narthex::${name} ALIAS narthex_${name})
  target_link_libraries(narthex_${name} PUBLIC narthex_options narthex::http_server)
endfunction()
