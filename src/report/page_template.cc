#include "report/page_template.h"

// The assembler takes the files in as they are: compilers take minutes for such arrays.
__asm__(
    ".pushsection .rodata\n"
    ".global modelkin_page_begin\n"
    "modelkin_page_begin:\n"
    ".incbin \"" MODELKIN_PAGE
    "\"\n"
    ".global modelkin_page_end\n"
    "modelkin_page_end:\n"
    ".global modelkin_tree_page_begin\n"
    "modelkin_tree_page_begin:\n"
    ".incbin \"" MODELKIN_TREE_PAGE
    "\"\n"
    ".global modelkin_tree_page_end\n"
    "modelkin_tree_page_end:\n"
    ".popsection\n");

extern "C" {
extern const char modelkin_page_begin[];       // NOLINT: names of the assembler
extern const char modelkin_page_end[];         // NOLINT
extern const char modelkin_tree_page_begin[];  // NOLINT
extern const char modelkin_tree_page_end[];    // NOLINT
}

namespace modelkin {

bool HasPage() { return true; }

std::string_view PageTemplate() {
  const auto bytes = modelkin_page_end - modelkin_page_begin;  // NOLINT: the assembler's one array
  return {modelkin_page_begin, static_cast<std::size_t>(bytes)};
}

std::string_view TreePageTemplate() {
  const auto bytes = modelkin_tree_page_end - modelkin_tree_page_begin;  // NOLINT: as above
  return {modelkin_tree_page_begin, static_cast<std::size_t>(bytes)};
}

}  // namespace modelkin
