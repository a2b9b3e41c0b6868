#include "inference/stored_model.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "base/progress.h"
#include "checkpoint/checkpoint.h"
#include "inference/forward_pass.h"
#include "inference/image_encoder.h"
#include "numeric/decode.h"

namespace modelkin::testing {
namespace {

template <class Stored>
std::vector<Stored> Split(const std::string& bytes) {
  std::vector<Stored> values(bytes.size() / sizeof(Stored));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

template <class Stored>
std::string Join(const std::vector<Stored>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Stored)};
}

}  // namespace

std::string GoldenFolder(const std::string& name) { return MODELKIN_TEST_DATA "/" + name; }

std::vector<std::string> GoldenNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(MODELKIN_TEST_DATA)) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::vector<TestTensor> ReadTensors(const std::string& path) {
  const std::string file = ReadWholeFile(path);
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), 8);
  const auto header = nlohmann::json::parse(file.substr(8, length));
  std::vector<TestTensor> tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const auto begin = entry["data_offsets"][0].get<std::size_t>();
    const auto end = entry["data_offsets"][1].get<std::size_t>();
    tensors.push_back({name, entry["dtype"].get<std::string>(),
                       entry["shape"].get<std::vector<std::uint64_t>>(),
                       file.substr(8 + length + begin, end - begin)});
  }
  return tensors;
}

std::vector<double> ValuesOf(const TestTensor& tensor) {
  std::vector<double> values;
  if (tensor.dtype == "F32") {
    for (const float value : Split<float>(tensor.bytes)) values.push_back(value);
  } else if (tensor.dtype == "I64") {
    for (const auto value : Split<std::int64_t>(tensor.bytes)) {
      values.push_back(static_cast<double>(value));
    }
  } else {
    for (const auto bits : Split<std::uint16_t>(tensor.bytes)) {
      values.push_back(tensor.dtype == "F16" ? Float16ToFloat(bits) : BFloat16ToFloat(bits));
    }
  }
  return values;
}

TestTensor& StoredModel::At(const std::string& name) {
  const auto found = std::ranges::find(tensors, name, &TestTensor::name);
  if (found == tensors.end()) throw std::out_of_range(name);
  return *found;
}

void StoredModel::Set(const std::string& name, std::size_t element, float value) {
  std::memcpy(At(name).bytes.data() + 4 * element, &value, 4);
}

void StoredModel::Write(const TemporaryDirectory& folder) const {
  folder.WriteFile("config.json", config.dump());
  folder.WriteFile("model.safetensors", SafetensorsFile(tensors));
}

StoredModel ReadStored(const std::string& golden_name) {
  const std::string folder = GoldenFolder(golden_name);
  return {nlohmann::json::parse(ReadWholeFile(folder + "/config.json")),
          ReadTensors(folder + "/model.safetensors")};
}

OpenedModel::OpenedModel(const StoredModel& stored, unsigned threads) {
  stored.Write(folder_);
  model_ = std::make_unique<const RunnableModel>(OpenModel(folder_.path()), threads);
}

Activations RunTexts(const RunnableModel& model, const std::vector<Ids>& texts) {
  const Batch batch = MakeBatch(texts);
  RequireFits(model, batch);
  PassObserver nobody;
  Progress silent;
  return RunLayers(model, batch, nullptr, nobody, silent);
}

namespace {

// An image as small as the encoder takes any, of pixels that differ.
FloatArray SmallImage(const ModelSpec& spec) {
  const auto size = [&](const char* name) { return spec.Size(name).value(); };
  FloatArray array{.file = "x.npy", .shape = {}, .values = {}};
  if (spec.sizes.contains("image")) {
    array.shape = {1, size("channels"), size("image"), size("image")};
  } else {
    array.shape = {size("merged") * size("merged"),
                   size("channels") * size("frames") * size("patch") * size("patch")};
  }
  for (std::uint64_t i = 0; i < ElementCount(array.shape).value(); ++i) {
    array.values.push_back(static_cast<float>(i % 7) - 3);
  }
  return array;
}

}  // namespace

void RunOnce(const RunnableModel& model) {
  const ImageEncoder* const encoder = model.family().images();
  if (encoder != nullptr) {
    const FloatArray image = SmallImage(model.spec());
    PassObserver nobody;
    Progress silent;
    EncodeImages(model, encoder->MakeBatch(std::span(&image, 1), {}), nobody, silent);
    return;
  }
  const Activations rows = RunTexts(model, {{1, 2, 3, 4, 5}});
  if (model.family().has_head()) Logits(model, rows);
}

void RunAll(const StoredModel& stored) { RunOnce(*OpenedModel(stored)); }

Checkpoint CheckpointOf(const TemporaryDirectory& folder, const std::vector<TestTensor>& tensors) {
  return OpenCheckpoint(folder.WriteFile("x.safetensors", SafetensorsFile(tensors)));
}

std::string F32Bytes(const std::vector<float>& values) { return Join(values); }

std::string NarrowBytes(const std::string& dtype, const std::vector<float>& values) {
  std::vector<std::uint16_t> bits;
  bits.reserve(values.size());
  for (const float value : values) {
    bits.push_back(dtype == "F16" ? FloatToFloat16(value) : FloatToBFloat16(value));
  }
  return Join(bits);
}

std::vector<float> Normal(std::size_t count, std::uint64_t seed, float deviation) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> values(count);
  for (float& value : values) value = normal(generator);
  return values;
}

Activations NormalRows(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  Activations x(rows, columns);
  x.values = Normal(rows * columns, seed);
  return x;
}

double RelativeError(const float* x, const double* reference, std::size_t count) {
  double difference = 0;
  double norm = 0;
  for (std::size_t i = 0; i < count; ++i) {
    difference += (x[i] - reference[i]) * (x[i] - reference[i]);
    norm += reference[i] * reference[i];
  }
  return difference == 0 ? 0 : std::sqrt(difference / norm);
}

}  // namespace modelkin::testing
