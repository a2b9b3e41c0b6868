# One target per folder. A folder may name only the folders before it in the pipeline as its
# dependencies, so an include in the wrong direction does not link.

# Flags of every target of ours, and of nothing else.
# -Wno-restrict: false alarms of GCC 12 on std::string (GCC bug 105651).
add_library(modelkin_options INTERFACE)
target_compile_options(modelkin_options INTERFACE -Wall -Wextra -Wshadow -Wconversion
  -Wno-sign-conversion -Wnon-virtual-dtor -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> -ffp-contract=off)
if(MODELKIN_SANITIZE)
  target_compile_options(modelkin_options INTERFACE -fsanitize=${MODELKIN_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer
    # GCC warns of what sanitizers' own code does (its manual says so of -fsanitize).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(modelkin_options INTERFACE -fsanitize=${MODELKIN_SANITIZE})
endif()
if(MODELKIN_FUZZ)
  target_compile_options(modelkin_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(modelkin_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# modelkin_module(NAME SOURCES file... [DEPENDS module...] [LIBRARIES target...])
function(modelkin_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  list(TRANSFORM ARG_SOURCES PREPEND ${name}/)
  list(TRANSFORM ARG_DEPENDS PREPEND modelkin_)
  add_library(modelkin_${name} STATIC ${ARG_SOURCES})
  target_include_directories(modelkin_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(modelkin_${name} PUBLIC ${ARG_DEPENDS} ${ARG_LIBRARIES}
    PRIVATE modelkin_options)
endfunction()
