#include "report/sketch_text.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/byte_amount.h"
#include "base/escaped_text.h"
#include "report/text_table.h"
#include "sketch/sketch_record.h"

namespace modelkin {
namespace {

// What was projected: "attention outputs, 4,096 x 4,096".
std::string ProjectedText(const SketchPlace& place) {
  return fmt::format("{}, {} x {}",
                     place.role == Role::kAttentionOutput ? "attention outputs" : "matrices",
                     FormatCount(place.rows), FormatCount(place.columns));
}

std::string YesOrNo(bool yes) { return yes ? "yes" : "no"; }

}  // namespace

void WriteSketchText(const MadeSketch& made, const Screen& screen, const TextSink& sink) {
  const TextStyle& style = screen.style;
  const Sketch& sketch = made.sketch;
  sink(fmt::format("{}  {}\n", style.Bold("sketch of"), Printable(sketch.name)));
  sink(fmt::format(
      "  {}{}, {} in {}\n", sketch.family.empty() ? "" : Printable(sketch.family) + ", ",
      FormatQuantity(sketch.sizes.layers, "layer"),
      FormatQuantity(sketch.sizes.parameters, "parameter"), FormatBytes(sketch.sizes.bytes)));
  if (!sketch.base_models.empty()) {
    std::string bases;
    for (const std::string& base : sketch.base_models) {
      bases += (bases.empty() ? "" : ", ") + Printable(base);
    }
    sink(fmt::format("  its card declares as its base: {}\n", bases));
  }
  sink(fmt::format("  {} of weights were read; the record has {}\n\n",
                   FormatBytes(made.weight_bytes), FormatBytes(EncodeSketch(sketch).size())));
  TextTable table({"component", "projected", "layers", "key spectra", "router spectra"});
  for (const SketchedComponent& component : sketch.components) {
    table.AddRow({std::string(ComponentName(component.kind)), ProjectedText(component.place),
                  FormatCount(component.layers.size()), FormatCount(component.keys.size()),
                  FormatCount(component.routers.size())});
  }
  sink(table.Render(style));
  sink(fmt::format("\n  vocabulary: {}; rows of tokens that no text has: {}\n",
                   YesOrNo(sketch.vocabulary.has_value()),
                   YesOrNo(sketch.untrained_rows.has_value())));
  for (const std::string& note : made.notes) sink(fmt::format("  {}\n", Printable(note, 1024)));
}

}  // namespace modelkin
