// Copies that a control has as well, where not all tensors are compared.
#include <gtest/gtest.h>

#include <algorithm>

#include "evidence/trace.h"
#include "lineage/drawn_copies.h"
#include "lineage/toy_model.h"

namespace modelkin::testing {
namespace drawn_copies_control_test {

constexpr DrawPlan kBlocks = {.rows = 64, .units = 16, .mlps = 4, .sums = 0, .run_bytes = 4096};
constexpr const char* kExperts = "model.layers.2.mlp.experts.";

bool IsExpert(const std::string& name) { return name.starts_with(kExperts); }

// What names of the drawn expert's tensors begin with.
std::string DrawnExpert(const StoredToy& stored, std::uint64_t seed) {
  const ModelParts model = PartsOf(*stored.traced().checkpoint, stored.traced().spec);
  const CopyDraw draw = DrawCopies(model, kBlocks, seed);
  for (std::size_t i = 0; i < draw.places.size(); ++i) {
    const std::string& name = model.checkpoint.tensors()[i].name;
    if (IsExpert(name) && draw.places[i].is_drawn)
      return name.substr(0, name.rfind('.', name.rfind('.') - 1) + 1);
  }
  return "";
}

// The control has all experts of a layer but the one that is drawn: beside it nothing of that layer
// is compared at first.
TEST(DrawnCopies, AreNoEvidenceWhereAControlHasThem) {
  const ToyModel a = TrainedToy(1);
  ToyModel b = TrainedToy(2), control = TrainedToy(3);
  Take(a, IsExpert, b);
  const StoredToy stored_a(a), stored_b(b);
  TraceSettings settings{{.draws = 1000}, 2};
  settings.plan = kBlocks;
  const std::string drawn = DrawnExpert(stored_b, settings.seed);
  ASSERT_FALSE(drawn.empty());
  Take(
      a, [&](const std::string& name) { return IsExpert(name) && !name.starts_with(drawn); },
      control);
  const StoredToy stored_control(control);
  Progress progress;
  TraceState state;
  const Trace trace = TraceLook(
      {.a = stored_a.traced(), .b = stored_b.traced(), .controls = {stored_control.traced()}},
      settings, state, "", progress);
  ASSERT_EQ(trace.controls.size(), 2U);
  EXPECT_FALSE(trace.controls[0].related);
  EXPECT_EQ(trace.pair.copies.identical.size(), 3 * kToyExperts);
  EXPECT_EQ(trace.pair.copies.learned, 3U);
  for (const CopiedTensor& copy : trace.pair.copies.identical) {
    EXPECT_EQ(copy.kind == CopyKind::kLearned, copy.b->name.starts_with(drawn)) << copy.b->name;
  }
}

}  // namespace drawn_copies_control_test
}  // namespace modelkin::testing
