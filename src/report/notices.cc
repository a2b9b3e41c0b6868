#include "report/notices.h"

// The assembler takes the files in as they are, one after the other.
#define MODELKIN_INCLUDE(file) ".incbin \"" MODELKIN_SOURCES "/" file "\"\n.byte 10\n"

__asm__(
    ".pushsection .rodata\n"
    ".global modelkin_notices_begin\n"
    "modelkin_notices_begin:\n"  //
    MODELKIN_INCLUDE("LICENSE")   //
    MODELKIN_INCLUDE("notices/program.txt")
    MODELKIN_INCLUDE("notices/text_encoder.txt")
    MODELKIN_INCLUDE("notices/page.txt")
    ".global modelkin_notices_end\n"
    "modelkin_notices_end:\n"
    ".popsection\n");

extern "C" {
extern const char modelkin_notices_begin[];  // NOLINT: names of the assembler
extern const char modelkin_notices_end[];    // NOLINT
}

namespace modelkin {

std::string_view Notices() {
  const auto bytes = modelkin_notices_end - modelkin_notices_begin;  // NOLINT: one array
  return {modelkin_notices_begin, static_cast<std::size_t>(bytes)};
}

}  // namespace modelkin
