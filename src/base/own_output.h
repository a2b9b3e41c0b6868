// What tells a file that modelkin wrote from others: how it begins.
#ifndef MODELKIN_BASE_OWN_OUTPUT_H_
#define MODELKIN_BASE_OWN_OUTPUT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace modelkin {

// The first line of Markdown, SVG and JUnit that go to a file. Shown by nothing.
inline constexpr std::string_view kMarkdownMark = "<!-- Made by modelkin -->\n";

// How a recipe of a merge begins that goes to a file.
inline constexpr std::string_view kRecipeMark = "# Found by modelkin: ";

// All of the header of a .npy file: NumPy pads its own to 128 bytes at most for such arrays.
inline constexpr std::size_t kNpyHeaderBytes = 256;

// Returns whether a file that begins like this is one of modelkin's outputs: JSON that begins with
// "schema_version" and a "tool" named "modelkin", an attestation, a bill of materials, HTML whose
// generator is modelkin, Markdown with kMarkdownMark, SVG and JUnit with the same, SARIF whose
// driver is modelkin, YAML with kRecipeMark, PNG that names modelkin as its software, or an array
// with a header of kNpyHeaderBytes.
bool IsOwnOutput(std::string_view beginning);

// Returns the same of a file in an open folder (or AT_FDCWD); false for what is no file or can't be
// read.
bool IsOwnOutputFile(int folder, const std::string& name);

}  // namespace modelkin

#endif  // MODELKIN_BASE_OWN_OUTPUT_H_
