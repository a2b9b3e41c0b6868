# One target per folder. A folder may name only the folders before it in the pipeline as its
# dependencies, so an include in the wrong direction does not link.
#
# What building costs, and what each of the ways used here saves: docs/building.md.

# Each step notes its processor time, for scripts/build-times.
set(timed "\"${PROJECT_SOURCE_DIR}/scripts/timed\" \"${PROJECT_BINARY_DIR}/build-times.log\"")
set_property(GLOBAL PROPERTY RULE_LAUNCH_COMPILE "${timed} <OBJECT>")
set_property(GLOBAL PROPERTY RULE_LAUNCH_LINK "${timed} <TARGET>")
set_property(GLOBAL PROPERTY RULE_LAUNCH_CUSTOM "${timed} <OUTPUT>")

# Flags of every target of ours, and of nothing else.
# -fPIC, hidden: the same objects make the program and the shared library (src/library).
# -Wno-restrict: false alarms of GCC 12 on std::string (GCC bug 105651).
add_library(modelkin_options INTERFACE)
target_compile_options(modelkin_options INTERFACE -Wall -Wextra -Wshadow -Wconversion
  -Wno-sign-conversion -Wnon-virtual-dtor -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> -ffp-contract=off
  -fPIC -fvisibility=hidden -fvisibility-inlines-hidden)
if(MODELKIN_SANITIZE)
  target_compile_options(modelkin_options INTERFACE -fsanitize=${MODELKIN_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer
    # GCC warns of what sanitizers' own code does (its manual says so of -fsanitize).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(modelkin_options INTERFACE -fsanitize=${MODELKIN_SANITIZE})
  if(MODELKIN_SANITIZE MATCHES "address.*undefined")
    # Beside AddressSanitizer, which stops at null and beyond objects too, these three find nothing
    # more here and take a quarter of the time to compile: docs/testing.md.
    target_compile_options(modelkin_options INTERFACE -fno-sanitize=null,vptr,object-size
      $<$<CXX_COMPILER_ID:Clang>:-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/sanitizer_ignorelist.txt>)
  endif()
endif()

# Flags of what reads strangers' bytes: libFuzzer sees which way an input takes. These are those of
# -fsanitize=fuzzer-no-link, which a precompiled header would have to share.
add_library(modelkin_fuzzed INTERFACE)
if(MODELKIN_FUZZ)
  target_compile_options(modelkin_fuzzed INTERFACE
    -fsanitize-coverage=inline-8bit-counters,indirect-calls,trace-cmp,pc-table)
endif()

# For targets whose speed nobody sees: text goes in or out. Other levels give the same numbers.
add_library(modelkin_light INTERFACE)
target_compile_options(modelkin_light INTERFACE $<$<CONFIG:Release>:-O1>)

# modelkin_module(NAME SOURCES file... [ALONE file...] [DEPENDS module...] [LIBRARIES target...]
#                 [LIGHT] [FUZZED])
# ALONE: sources that are never put together with others into one (a unity build).
# LIGHT, FUZZED: see modelkin_light, modelkin_fuzzed.
function(modelkin_module name)
  cmake_parse_arguments(ARG "LIGHT;FUZZED" "" "SOURCES;ALONE;DEPENDS;LIBRARIES" ${ARGN})
  list(TRANSFORM ARG_DEPENDS PREPEND modelkin_)
  set(target modelkin_${name})
  add_library(${target} STATIC ${ARG_SOURCES} ${ARG_ALONE})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(${target} PUBLIC ${ARG_DEPENDS} ${ARG_LIBRARIES} PRIVATE modelkin_options)
  if(ARG_LIGHT)
    target_link_libraries(${target} PRIVATE modelkin_light)
  endif()
  if(ARG_FUZZED)
    target_link_libraries(${target} PRIVATE modelkin_fuzzed)
  endif()
  set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  if(NOT name STREQUAL base)
    target_precompile_headers(${target} REUSE_FROM modelkin_base)
  endif()
endfunction()
