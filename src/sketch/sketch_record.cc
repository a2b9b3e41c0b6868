#include "sketch/sketch_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "sketch/sketch_fields.h"
#include "source/json_document.h"
#include "statistics/random.h"

namespace modelkin {
namespace {

// Up to `most` bytes of a text, without half a character at its end.
std::string Shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80U) --most;
  text.resize(most);
  return text;
}

// Leaves out the layer that is chosen last, of the component with most of them.
bool DropLayer(Sketch& sketch) {
  const auto component = std::ranges::max_element(
      sketch.components, {}, [](const SketchedComponent& c) { return c.layers.size(); });
  if (component == sketch.components.end() || component->layers.empty()) return false;
  component->layers.erase(std::ranges::max_element(
      component->layers, {}, [](const SketchedLayer& layer) { return LayerRank(layer.layer); }));
  return true;
}

}  // namespace

std::string EncodeSketch(Sketch sketch) {
  sketch.name = Shortened(std::move(sketch.name), kLongestName);
  sketch.location = Shortened(std::move(sketch.location), kLongestLocation);
  sketch.family = Shortened(std::move(sketch.family), kLongestFamily);
  if (sketch.base_models.size() > kMostBaseModels) sketch.base_models.resize(kMostBaseModels);
  for (std::string& base : sketch.base_models) {
    base = Shortened(std::move(base), kLongestBaseModel);
  }
  if (sketch.file_digests.size() > kMostFileDigests) sketch.file_digests.resize(kMostFileDigests);
  std::string record = PackJson(MapOfSketch(sketch));
  while (record.size() > kMostSketchBytes && DropLayer(sketch)) {
    record = PackJson(MapOfSketch(sketch));
  }
  return record;
}

Sketch DecodeSketch(std::string_view record, const std::string& label) {
  if (record.size() > kMostSketchBytes) {
    throw Error(
        ErrorKind::kBadInput,
        fmt::format("no sketch that can be read: it has {} bytes, and a sketch has at most {}",
                    record.size(), kMostSketchBytes),
        {.file = label, .tensor = {}, .offset_bytes = {}});
  }
  return SketchOfMap(ParsePackedJson(label, record), label);
}

std::uint64_t LayerRank(std::uint32_t layer) { return MixedWord(layer); }

}  // namespace modelkin
