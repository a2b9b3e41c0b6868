// Sketches with random bits, for tests of what keeps and finds them.
#ifndef MODELKIN_TESTS_SUPPORT_MADE_UP_SKETCH_H_
#define MODELKIN_TESTS_SUPPORT_MADE_UP_SKETCH_H_

#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <string>

#include "sketch/sketch.h"

namespace modelkin::testing {

inline SketchedComponent MadeUpComponent(std::mt19937_64& random, std::size_t layers) {
  SketchedComponent component;
  component.place = {.role = Role::kGate, .rows = 1024, .columns = 4096};
  for (std::uint64_t& word : component.bits) word = random();
  component.effective_values = 1'000'000;
  const auto draw = [&](auto& profile) {
    for (std::uint8_t& value : profile) value = static_cast<std::uint8_t>(1 + random() % 255);
  };
  for (std::size_t i = 0; i < layers; ++i) {
    SketchedLayer layer = {.layer = static_cast<std::uint32_t>(i)};
    for (std::uint64_t& word : layer.bits) word = random();
    draw(layer.attention_norm.emplace());
    if (i % 2 == 0) draw(layer.mlp_norm.emplace());
    component.layers.push_back(layer);
    if (i >= kMostSpectra) continue;
    draw(component.keys.emplace_back(SketchedSpectrum{.layer = static_cast<std::uint32_t>(i)})
             .values);
  }
  return component;
}

// Number `seed` of models that have nothing to do with one another.
inline Sketch MadeUpSketch(std::uint64_t seed, std::size_t layers = 4, std::size_t components = 1) {
  std::mt19937_64 random(seed);
  Sketch sketch;
  sketch.name = fmt::format("org/model-{}", seed);
  sketch.location = fmt::format("hf://org/model-{}@{:040x}", seed, seed);
  sketch.family = seed % 2 == 0 ? "llama" : "qwen3";
  sketch.sizes = {.parameters = 7'000'000'000, .layers = 32, .width = 4096, .heads = 32};
  sketch.base_models = {"org/base", "other/base"};
  sketch.file_digests = {random(), random()};
  sketch.content = fmt::format("{:016x}{:016x}{:016x}{:016x}", random(), random(), random(), seed);
  for (std::size_t i = 0; i < components; ++i) {
    sketch.components.push_back(MadeUpComponent(random, layers));
    sketch.components.back().kind = static_cast<Component>(i % 4);
  }
  for (std::uint64_t& word : sketch.untrained_rows.emplace()) word = random();
  for (std::uint8_t& value : sketch.vocabulary.emplace()) {
    value = static_cast<std::uint8_t>(random());
  }
  return sketch;
}

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_SUPPORT_MADE_UP_SKETCH_H_
