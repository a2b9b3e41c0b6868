// How long `modelkin atlas tree` takes for an atlas of so many made-up records, and which memory it
// needs.
//
//   modelkin_bench_tree ATLAS --records 100000 [--largest 0.2] [--make-only]
//
// A fifth of the records (--largest) have one shape, others shapes that get rarer; four of five are
// drawn as relatives of an earlier record of their shape, down to a cosine of 0.3. ATLAS is made
// where it is not there.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "atlas/tree.h"
#include "statistics/sign_agreement.h"

namespace modelkin {
namespace {

constexpr std::size_t kBatch = 1000;
constexpr int kLayers = 24;

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

// Flips each bit with a probability that is rounded to a multiple of 1/256.
ComponentBits Flipped(const ComponentBits& bits, double probability, std::mt19937_64& random) {
  const auto parts = static_cast<unsigned>(std::lround(256 * probability));
  ComponentBits flipped = bits;
  for (std::uint64_t& word : flipped) {
    std::uint64_t flips = 0;
    for (unsigned bit = 0; bit < 8; ++bit) {
      flips = (parts >> bit & 1) != 0 ? flips | random() : flips & random();
    }
    word ^= flips;
  }
  return flipped;
}

class MadeUpRecords {
 public:
  explicit MadeUpRecords(double largest) : largest_(largest) {}

  Sketch Next() {
    const std::size_t shape = DrawShape();
    Sketch sketch;
    const std::uint64_t number = count_++;
    sketch.name = fmt::format("org-{}/model-{}", number % 5003, number);
    sketch.location = fmt::format("hf://{}@0123456789abcdef", sketch.name);
    sketch.family = fmt::format("family-{}", shape % 40);
    sketch.sizes = {.parameters = 7'000'000'000, .bytes = 14'000'000'000, .layers = 32};
    sketch.content = fmt::format("{:064x}", number);
    SketchedComponent& component = sketch.components.emplace_back();
    component.place = {.role = Role::kAttentionOutput, .rows = 64 + shape, .columns = 128};
    component.effective_values = 1 << 20;
    std::vector<Made>& made = of_shape_[shape];
    const bool related = !made.empty() && random_() % 5 != 0;
    if (related) {
      const Made& origin = made[random_() % made.size()];
      const double cosine = 0.3 + 0.69 * (static_cast<double>(random_() % 1000) / 1000);
      component.bits = Flipped(origin.bits, 1 - AgreementProbability(cosine), random_);
      if (random_() % 2 == 0) sketch.base_models.push_back(origin.name);
    } else {
      for (std::uint64_t& word : component.bits) word = random_();
    }
    for (int layer = 0; layer < kLayers; ++layer) {
      SketchedLayer& of_layer = component.layers.emplace_back();
      of_layer.layer = static_cast<std::uint32_t>(layer);
      for (std::uint64_t& word : of_layer.bits) word = random_();
    }
    // Some of each shape have many children, as base models do.
    if (made.size() < 64 || random_() % 8 == 0) made.push_back({sketch.name, component.bits});
    return sketch;
  }

 private:
  struct Made {
    std::string name;
    ComponentBits bits;
  };

  std::size_t DrawShape() {
    std::uniform_real_distribution<double> uniform;
    std::size_t shape = 0;
    while (shape + 1 < of_shape_.size() && uniform(random_) > largest_) ++shape;
    return shape;
  }

  double largest_;
  std::mt19937_64 random_{1};
  std::uint64_t count_ = 0;
  std::vector<std::vector<Made>> of_shape_ = std::vector<std::vector<Made>>(200);
};

void MakeAtlas(const std::string& path, std::uint64_t records, double largest) {
  Atlas atlas = Atlas::Open(path, AtlasAccess::kCreate);
  MadeUpRecords made(largest);
  std::vector<Sketch> batch;
  for (std::uint64_t i = 0; i < records; ++i) {
    batch.push_back(made.Next());
    if (batch.size() == kBatch || i + 1 == records) {
      atlas.Add(batch);
      batch.clear();
    }
  }
}

void Run(const std::string& path) {
  const Atlas atlas = Atlas::Open(path, AtlasAccess::kRead);
  const auto begin = std::chrono::steady_clock::now();
  const AtlasTree tree = MakeTree(atlas, {});
  const double seconds = Seconds(begin);
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "{} records, {} pairs, {} shown, {} groups, {} edges, {} between: {:.1f} s ({:.1f} s of "
      "processor time), {} MiB\n",
      tree.models.size(), tree.compared_pairs, tree.shown_pairs, tree.groups.size(),
      tree.edges.size(), tree.between.size(), seconds,
      static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec), usage.ru_maxrss / 1024);
}

}  // namespace
}  // namespace modelkin

int main(int argc, char** argv) {
  CLI::App app("Times the tree of an atlas of made-up records");
  std::string path;
  std::uint64_t records = 100000;
  double largest = 0.2;
  bool make_only = false;
  app.add_option("atlas", path, "The atlas, made where it is not there")->required();
  app.add_option("--records", records, "Of an atlas that is made");
  app.add_option("--largest", largest, "Share of records of the most common shape");
  app.add_flag("--make-only", make_only, "Don't time anything");
  CLI11_PARSE(app, argc, argv);
  if (!std::filesystem::exists(path)) modelkin::MakeAtlas(path, records, largest);
  if (!make_only) modelkin::Run(path);
  return 0;
}
