# How every folder of the house is built: one function for a module, one for its tests.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_FLAGS_DEV "-O0 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g0")
option(TOLLGATE_FUZZ "Build the fuzz targets only (clang)" OFF)
set(TOLLGATE_SANITIZE "" CACHE STRING "Value for -fsanitize, empty for none")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

# What each target of ours compiles and links with. Third-party headers are SYSTEM and stay quiet.
add_library(tollgate_flags INTERFACE)
target_compile_options(tollgate_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -ffp-contract=off -fno-strict-aliasing -pthread)
target_include_directories(tollgate_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these inside std::string and std::variant at -O2 where nothing is wrong.
  target_compile_options(tollgate_flags INTERFACE -fpch-preprocess -Wno-restrict -Wno-maybe-uninitialized
    -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # So that ccache may share a file compiled with precompiled headers.
  target_compile_options(tollgate_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
endif()
if(TOLLGATE_SANITIZE)
  target_compile_options(tollgate_flags INTERFACE -fsanitize=${TOLLGATE_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(tollgate_flags INTERFACE -fsanitize=${TOLLGATE_SANITIZE})
endif()
if(TOLLGATE_FUZZ)
  target_compile_options(tollgate_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined)
  target_link_options(tollgate_flags INTERFACE -fsanitize=address,undefined)
endif()
find_program(MOLD mold)
if(MOLD)
  target_link_options(tollgate_flags INTERFACE -fuse-ld=mold)
endif()

find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)

# tollgate_headers(NAME HEADERS <vector> path/below/src.hpp ... LIBS targets ...): headers that many files read, compiled
# once. Modules and tests name one set (PCH, else that of the folder); the larger it is, the less is left for each of its
# files, and the more of them a change compiles again.
function(tollgate_headers name)
  cmake_parse_arguments(arg "" "" "HEADERS;LIBS" ${ARGN})
  set(paths)
  foreach(header ${arg_HEADERS})
    if(NOT header MATCHES "^<")
      set(header ${CMAKE_SOURCE_DIR}/src/${header})
    endif()
    list(APPEND paths ${header})
  endforeach()
  file(WRITE ${CMAKE_BINARY_DIR}/${name}.cpp "")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cpp)
  target_precompile_headers(${name} PRIVATE ${paths})
  target_link_libraries(${name} PRIVATE tollgate_flags fmt::fmt tl::expected ${arg_LIBS})
endfunction()

set(TOLLGATE_STANDARD_HEADERS <algorithm> <array> <cstdint> <functional> <map> <memory> <optional> <span> <string>
  <string_view> <utility> <variant> <vector> <fmt/core.h> <tl/expected.hpp>)
tollgate_headers(tollgate_pch HEADERS ${TOLLGATE_STANDARD_HEADERS})
set(TOLLGATE_PCH tollgate_pch)            # of modules; a folder may set another one for all of its own
set(TOLLGATE_TEST_PCH tollgate_test_pch)  # of tests

# tollgate_module(NAME SOURCES a.cpp ... DEPS other modules ... LIBS third-party targets ... PCH target)
# Arrows point downwards only: DEPS lists every module whose headers this one may include (tools/tidy checks it).
function(tollgate_module name)
  cmake_parse_arguments(arg "" "PCH" "SOURCES;DEPS;LIBS" ${ARGN})
  if(NOT arg_PCH)
    set(arg_PCH ${TOLLGATE_PCH})
  endif()
  add_library(tollgate_${name} STATIC ${arg_SOURCES})
  target_link_libraries(tollgate_${name} PUBLIC tollgate_flags fmt::fmt ${arg_LIBS})
  foreach(dep ${arg_DEPS})
    target_link_libraries(tollgate_${name} PUBLIC tollgate_${dep})
  endforeach()
  target_precompile_headers(tollgate_${name} REUSE_FROM ${arg_PCH})
endfunction()

# tollgate_test(NAME SOURCES a_test.cpp ... DEPS modules ...): one GoogleTest binary, one ctest per binary. Tests run in
# the root of the project.
function(tollgate_test name)
  cmake_parse_arguments(arg "" "PCH" "SOURCES;DEPS;LIBS" ${ARGN})
  if(NOT arg_PCH)
    set(arg_PCH ${TOLLGATE_TEST_PCH})
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE tollgate_flags fmt::fmt GTest::gtest GTest::gtest_main ${arg_LIBS})
  foreach(dep ${arg_DEPS})
    target_link_libraries(${name} PRIVATE tollgate_${dep})
  endforeach()
  target_precompile_headers(${name} REUSE_FROM ${arg_PCH})
  target_compile_definitions(${name} PRIVATE
    TOLLGATE_SOURCE_DIR="." TOLLGATE_SHARED_DIR="../shared")  # relative, so that checkouts share compiled tests
  target_compile_options(${name} PRIVATE -Wno-conversion)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
