# Writes build_commit.cc, which says what commit the source is of; leaves it alone where that is so
# already. cmake -DSOURCE=... -DOUTPUT=... -P build_commit.cmake
set(commit unknown)
find_package(Git QUIET)
if(GIT_FOUND)
  # Not of a repository that an unpacked archive happens to lie in.
  execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse --show-toplevel WORKING_DIRECTORY ${SOURCE}
    OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(top STREQUAL SOURCE)
    execute_process(COMMAND ${GIT_EXECUTABLE} describe --always --tags --abbrev=12
      WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endif()
if(described MATCHES "^[A-Za-z0-9._/+-]+$")
  set(commit ${described})
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT [[
#include "version_text.h"

namespace modelkin {

std::string_view BuildCommit() { return "@commit@"; }

}  // namespace modelkin
]] @ONLY)
