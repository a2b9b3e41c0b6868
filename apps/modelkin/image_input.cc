#include "image_input.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/escaped_text.h"
#include "shared_options.h"

namespace modelkin {
namespace {

// "1,16,24"; nothing where it is anything else.
std::optional<PatchGrid> ParseGrid(std::string_view typed) {
  std::array<std::size_t, 3> sizes = {};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto [rest, failure] =
        std::from_chars(typed.data(), typed.data() + typed.size(), sizes[i]);
    if (failure != std::errc()) return std::nullopt;
    typed.remove_prefix(static_cast<std::size_t>(rest - typed.data()));
    if (i + 1 == sizes.size()) break;
    if (!typed.starts_with(',')) return std::nullopt;
    typed.remove_prefix(1);
  }
  if (!typed.empty()) return std::nullopt;
  return PatchGrid{.frames = sizes[0], .rows = sizes[1], .columns = sizes[2]};
}

}  // namespace

void AddImageInput(CLI::App& command, ImageFlags& flags) {
  AddRepeatable(command, "--image", flags.files,
                "Pixels of images, preprocessed, as numpy.save writes them; again for each further "
                "file");
  AddRepeatable(command, "--grid", flags.grids,
                "How the patches of an image lie that its processor cut up: FRAMES,ROWS,COLUMNS; "
                "again for each further image (default: a square)");
}

Images ReadImageFlags(const ImageFlags& flags) {
  Images images{.files = flags.files};
  for (const std::string& typed : flags.grids) {
    const auto grid = ParseGrid(typed);
    if (!grid) {
      throw Error(
          ErrorKind::kUsage,
          fmt::format("--grid: \"{}\" is not FRAMES,ROWS,COLUMNS, as 1,16,24", Printable(typed)));
    }
    images.grids.push_back(*grid);
  }
  return images;
}

}  // namespace modelkin
