#include "checkpoint_maker.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include "numeric/decode.h"

namespace modelkin::bench {
namespace {

constexpr std::uint64_t kPatternBytes = std::uint64_t{8} << 20;
constexpr std::uint64_t kMatrixBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kNormElements = 4096;

std::string Encode(DType dtype, float value) {
  std::string bytes(BitWidth(dtype) / 8, '\0');
  const std::uint32_t bits = dtype == DType::kBF16  ? FloatToBFloat16(value)
                             : dtype == DType::kF16 ? FloatToFloat16(value)
                                                    : std::bit_cast<std::uint32_t>(value);
  std::memcpy(bytes.data(), &bits, bytes.size());
  return bytes;
}

std::string NormalBytes(DType dtype, std::uint64_t elements, float mean, float deviation,
                        std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(mean, deviation);
  std::string bytes;
  bytes.reserve(elements * (BitWidth(dtype) / 8));
  for (std::uint64_t i = 0; i < elements; ++i) bytes += Encode(dtype, normal(random));
  return bytes;
}

}  // namespace

std::string MakeCheckpoint(const std::string& folder, DType dtype, std::uint64_t mib,
                           std::uint64_t seed) {
  const std::uint64_t width = BitWidth(dtype) / 8;
  const std::string path =
      fmt::format("{}/{}-{}mib-{}.safetensors", folder, DTypeName(dtype), mib, seed);
  if (std::filesystem::exists(path)) return path;
  const std::uint64_t layers = std::max<std::uint64_t>(1, mib / 64);
  std::string header = "{";
  std::uint64_t offset = 0;
  const auto add = [&](const std::string& name, const std::string& shape, std::uint64_t bytes) {
    header +=
        fmt::format(R"({}"{}":{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})",
                    offset == 0 ? "" : ",", name, DTypeName(dtype), shape, offset, offset + bytes);
    offset += bytes;
  };
  for (std::uint64_t i = 0; i < layers; ++i) {
    add(fmt::format("model.layers.{}.mlp.up_proj.weight", i),
        fmt::format("[{},4096]", kMatrixBytes / width / 4096), kMatrixBytes);
    add(fmt::format("model.layers.{}.input_layernorm.weight", i),
        fmt::format("[{}]", kNormElements), kNormElements * width);
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const std::string pattern = NormalBytes(dtype, kPatternBytes / width, 0, 0.02F, seed);
  const std::string norm = NormalBytes(dtype, kNormElements, 1, 0.1F, seed + 1000);
  std::filesystem::create_directories(folder);
  std::ofstream file(path, std::ios::binary);
  const std::uint64_t length = header.size();
  file.write(reinterpret_cast<const char*>(&length), 8);
  file << header;
  for (std::uint64_t i = 0; i < layers; ++i) {
    for (std::uint64_t done = 0; done < kMatrixBytes; done += kPatternBytes) file << pattern;
    file << norm;
  }
  return path;
}

}  // namespace modelkin::bench
