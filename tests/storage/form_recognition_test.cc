// Which stored tensors are taken as quantised weights, which are left alone, and which are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "storage/coded_weight.h"
#include "storage/form.h"
#include "support/expect_error.h"

namespace modelkin {
namespace form_recognition_test {

using nlohmann::json;
using ::testing::HasSubstr;

struct Stored {
  std::string name;
  DType dtype;
  Shape shape;
  std::string bytes = {};  // zeros where it is empty
};

// Tensors one after the other in memory.
class MemoryParts : public PartReader {
 public:
  std::span<const std::byte> Read(const Tensor& part, std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>& scratch) const override {
    EXPECT_LE(offset + length, part.length_bytes) << part.name;
    scratch.assign(length, std::byte{});
    const auto found = bytes.find(part.name);
    if (found != bytes.end()) std::memcpy(scratch.data(), found->second.data() + offset, length);
    return scratch;
  }

  std::map<std::string, std::string> bytes;
};

class FormRecognition : public ::testing::Test {
 protected:
  // The tensors after decoding.
  std::vector<Tensor> Decode(const std::vector<Stored>& stored, const json& config = {}) {
    std::vector<Tensor> tensors;
    for (const Stored& one : stored) {
      Tensor tensor{.name = one.name, .dtype = one.dtype, .shape = one.shape};
      tensor.elements = *ElementCount(one.shape);
      tensor.offset_bytes = 64 + tensors.size();
      tensor.length_bytes = *ByteCount(one.dtype, tensor.elements);
      if (!one.bytes.empty()) parts_.bytes[one.name] = one.bytes;
      tensors.push_back(std::move(tensor));
    }
    // As from a file, where whole numbers have no sign.
    DecodeStoredForms(tensors, QuantisationConfig(json::parse(config.dump())), &parts_);
    return tensors;
  }

  // The one weight that is left.
  Tensor DecodeOne(const std::vector<Stored>& stored, const json& config = {}) {
    auto tensors = Decode(stored, config);
    EXPECT_EQ(tensors.size(), 1U);
    return tensors.at(0);
  }

  void ExpectLeftAlone(const std::vector<Stored>& stored, const json& config = {}) {
    const auto tensors = Decode(stored, config);
    EXPECT_EQ(tensors.size(), stored.size());
    for (const Tensor& tensor : tensors) EXPECT_EQ(tensor.coded, nullptr) << tensor.name;
  }

  void ExpectRefused(const std::vector<Stored>& stored, const std::string& tensor,
                     const std::string& message, const json& config = {}) {
    const Error error = testing::CatchError(ErrorKind::kBadInput, [&] { Decode(stored, config); });
    EXPECT_THAT(error.what(), HasSubstr(message));
    EXPECT_EQ(error.site().tensor, tensor);
    EXPECT_TRUE(error.site().offset_bytes.has_value());
  }

  std::string TypeOf(const std::vector<Stored>& stored, const json& config = {}) {
    const Tensor weight = DecodeOne(stored, config);
    EXPECT_EQ(weight.dtype, DType::kF32);
    return TypeText(weight) + " " + ShapeText(weight.shape);
  }

  MemoryParts parts_;
};

constexpr DType kE4M3 = DType::kF8E4M3, kF32 = DType::kF32, kI32 = DType::kI32, kU8 = DType::kU8,
                kU32 = DType::kU32, kF16 = DType::kF16, kE8M0 = DType::kF8E8M0, kI8 = DType::kI8;

TEST_F(FormRecognition, Fp8) {
  const json block = {{"quant_method", "fp8"}, {"weight_block_size", {128, 128}}};
  EXPECT_EQ(TypeOf({{"a.weight", kE4M3, {200, 300}}, {"a.weight_scale_inv", kF32, {2, 3}}}, block),
            "FP8 (E4M3) in blocks of 128 x 128 [200, 300]");
  // Shapes win over a config that they contradict.
  EXPECT_EQ(TypeOf({{"a.weight", kE4M3, {64, 64}}, {"a.weight_scale_inv", kF32, {2, 4}}}, block),
            "FP8 (E4M3) in blocks of 32 x 16 [64, 64]");
  EXPECT_EQ(TypeOf({{"a.weight", kE4M3, {6, 64}}, {"a.weight_scale", kF32, {6, 1}}}),
            "FP8 (E4M3), one scale a row [6, 64]");
  EXPECT_EQ(TypeOf({{"a.weight", kE4M3, {6, 64}}, {"a.weight_scale", kF32, {6}}}),
            "FP8 (E4M3), one scale a row [6, 64]");
  EXPECT_EQ(TypeOf({{"a.weight", DType::kF8E5M2, {6, 64}},
                    {"a.qscale_weight", DType::kBF16, {}},
                    {"a.qscale_act", DType::kBF16, {}}}),
            "FP8 (E5M2), one scale [6, 64]");
  EXPECT_EQ(TypeOf({{"a.weight", kE4M3, {6, 64}}, {"a.weight_scale", kU8, {6, 2}}}),
            "MXFP8 (E4M3), groups of 32 [6, 64]");
  EXPECT_EQ(TypeOf({{"a.weight", kI8, {6, 64}}, {"a.weight_scale", kF16, {6, 1}}}),
            "INT8, one scale a row [6, 64]");
}

TEST_F(FormRecognition, WhatIsNoCode) {
  // FP8 without scales; a layer's own "scale"; scales of what is not quantised.
  ExpectLeftAlone({{"a.weight", kE4M3, {6, 64}}, {"b.weight_scale", kF32, {1}}});
  ExpectLeftAlone({{"norm.weight", kE4M3, {64}}, {"norm.scale", kF32, {1}}});
  ExpectLeftAlone({{"a.weight", kF16, {6, 64}}, {"a.weight_scale", kF32, {6, 1}}});
  ExpectLeftAlone(
      {{"a.weight", kF16, {6, 64}}, {"a.scales", kF16, {6, 2}}, {"a.biases", kF16, {6, 2}}});
  ExpectLeftAlone({{"image_blocks", kU8, {2, 3, 4, 8}}, {"image_scales", kU8, {2, 3, 4}}});
  ExpectLeftAlone({{"a.weight", kE4M3, {0, 64}}, {"a.weight_scale", kF32, {1}}});
  // MXFP6.
  ExpectLeftAlone({{"a.weight_packed", kU8, {6, 48}}, {"a.weight_scale", kU8, {6, 2}}});
  // Codes whose number or order only a config tells, without one.
  ExpectLeftAlone(
      {{"a.qweight", kI32, {8, 32}}, {"a.scales", kF16, {2, 32}}, {"a.qzeros", kI32, {2, 4}}});
  ExpectLeftAlone({{"a.weight", kU8, {6, 64}}, {"a.weight_scale", kF32, {1}}});
}

TEST_F(FormRecognition, AWeightThatIsThereAsWellStaysAsItIs) {
  const json gptq = {{"quant_method", "gptq"}, {"bits", 4}};
  ExpectLeftAlone({{"a.qweight", kI32, {8, 32}},
                   {"a.scales", kF16, {2, 32}},
                   {"a.qzeros", kI32, {2, 4}},
                   {"a.weight", kF16, {32, 64}}},
                  gptq);
}

TEST_F(FormRecognition, ScalesOfAnotherShape) {
  ExpectRefused({{"a.weight", kE4M3, {200, 300}}, {"a.weight_scale_inv", kF32, {3, 3}}},
                "a.weight_scale_inv", "F32 [3, 3] can't be scales of F8_E4M3 [200, 300]");
  ExpectRefused({{"a.weight", kE4M3, {6, 64}}, {"a.weight_scale", kI32, {6, 1}}}, "a.weight_scale",
                "can't be scales");
  ExpectRefused({{"a.weight", kE4M3, {6, 64}}, {"a.weight_scale", kF32, {0, 1ULL << 62}}},
                "a.weight_scale", "can't be scales");
  ExpectRefused({{"x_blocks", kU8, {2, 3, 4, 16}}, {"x_scales", kU8, {2, 3, 5}}}, "x_scales",
                "scales of these blocks have to be U8 [2, 3, 4]");
  ExpectRefused({{"a.weight_packed", kU8, {6, 32}}, {"a.weight_scale", kE4M3, {6, 3}}},
                "a.weight_scale", "can't be scales of 4-bit floats");
  ExpectRefused({{"a.weight_packed", kU8, {}}, {"a.weight_scale", kU8, {1}}}, "a.weight_scale",
                "can't be scales of 4-bit floats in U8 []");
  ExpectRefused({{"a.weight_packed", kU8, {6, 32}},
                 {"a.weight_scale", kE4M3, {6, 4}},
                 {"a.weight_global_scale", kF32, {2}}},
                "a.weight_global_scale", "where one F32 scales the tensor");
  ExpectRefused({{"a.weight", kI8, {6, 64}}, {"a.SCB", kF32, {7}}}, "a.SCB",
                "maxima of rows have to be F32 [6]");
}

TEST_F(FormRecognition, Gptq) {
  const json said = {{"quant_method", "gptq"}, {"bits", 4}, {"group_size", 32}, {"desc_act", true}};
  const std::vector<Stored> stored = {{"a.qweight", kI32, {8, 40}},
                                      {"a.scales", kF16, {2, 40}},
                                      {"a.qzeros", kI32, {2, 5}},
                                      {"a.g_idx", kI32, {64}}};
  EXPECT_EQ(TypeOf(stored, said), "GPTQ, 4 bits, groups of 32, act-order [40, 64]");
  const auto with = [&](std::size_t at, DType dtype, Shape shape) {
    auto changed = stored;
    changed[at].dtype = dtype;
    changed[at].shape = std::move(shape);
    return changed;
  };
  ExpectRefused(with(1, kF16, {2, 41}), "a.scales", "can't be scales of codes [8, 40]", said);
  ExpectRefused(with(2, kI32, {2, 7}), "a.qzeros", "can't be zero points", said);
  ExpectRefused(with(2, kI32, {3, 5}), "a.qzeros", "can't be zero points", said);
  ExpectRefused(with(3, kI32, {65}), "a.g_idx", "can't be groups of 64 inputs", said);
  ExpectRefused(with(3, kI32, {1}), "a.g_idx", "can't be groups of 64 inputs", said);
  // A layer of another width than most.
  const json two = {{"quant_method", "gptq"}, {"bits", 2}, {"group_size", 32}};
  EXPECT_EQ(TypeOf(stored, two), "GPTQ, 4 bits, groups of 32 [40, 64]");
  // Orders of codes that are not read.
  ExpectLeftAlone(stored, {{"quant_method", "gptq"}, {"checkpoint_format", "gptq_p"}});
  ExpectLeftAlone(stored, {{"quant_method", "awq"}, {"version", "gemv"}});
}

TEST_F(FormRecognition, IndicesAreCheckedAsTheyAreRead) {
  const json said = {{"quant_method", "gptq"}, {"bits", 4}};
  std::string order(64 * 4, '\0');
  order[4 * 9 + 1] = 1;  // input 9 is of group 256
  const Tensor weight = DecodeOne({{"a.qweight", kI32, {8, 32}},
                                   {"a.scales", kF16, {2, 32}},
                                   {"a.qzeros", kI32, {2, 4}},
                                   {"a.g_idx", kI32, {64}, order}},
                                  said);
  std::vector<float> values(64);
  DecodeElements(parts_, weight, 0, 9, values.data());
  const Error error = testing::CatchError(
      ErrorKind::kBadInput, [&] { DecodeElements(parts_, weight, 0, 64, values.data()); });
  EXPECT_THAT(error.what(), HasSubstr("input 9 is of group 256, there are 2"));
  EXPECT_EQ(error.site().tensor, "a.g_idx");
}

std::string Numbers(const std::vector<std::int64_t>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * 8};
}

TEST_F(FormRecognition, PackedIntegers) {
  const auto stored = [](std::uint64_t words, const std::vector<std::int64_t>& shape) {
    return std::vector<Stored>{{"a.weight_packed", kI32, {6, words}},
                               {"a.weight_scale", kF16, {6, 2}},
                               {"a.weight_shape", DType::kI64, {2}, Numbers(shape)}};
  };
  EXPECT_EQ(TypeOf(stored(8, {6, 64})), "INT4 (compressed-tensors), groups of 32 [6, 64]");
  EXPECT_EQ(TypeOf(stored(6, {6, 64})), "INT3 (compressed-tensors), groups of 32 [6, 64]");
  // As older versions packed 3 bits: ten codes a word.
  EXPECT_EQ(TypeOf(stored(7, {6, 64})), "INT3 (compressed-tensors), groups of 32 [6, 64]");
  ExpectRefused(stored(8, {7, 64}), "a.weight_shape", "says [7, 64], the codes are [6, 8]");
  ExpectRefused(stored(8, {6, -1}), "a.weight_shape", "says [6, 18446744073709551615]");
  ExpectRefused(stored(8, {6, 9}), "a.weight_packed", "9 codes of 2 to 8 bits do not fill 8 words");
  // 7 bits in older words, or 8: the config has to say so.
  ExpectLeftAlone(stored(16, {6, 64}));
  const json seven = {{"config_groups", {{"g", {{"weights", {{"num_bits", 7}}}}}}}};
  EXPECT_EQ(TypeOf(stored(16, {6, 64}), seven), "INT7 (compressed-tensors), groups of 32 [6, 64]");
}

TEST_F(FormRecognition, StatesOfBitsandbytes) {
  const auto stored = [](const std::string& state) {
    return std::vector<Stored>{
        {"a.weight", kU8, {64, 1}},
        {"a.weight.absmax", kF32, {2}},
        {"a.weight.quant_map", kF32, {16}},
        {"a.weight.quant_state.bitsandbytes__nf4", kU8, {state.size()}, state}};
  };
  EXPECT_EQ(TypeOf(stored(R"({"blocksize": 64, "shape": [8, 16], "dtype": "bfloat16"})")),
            "NF4 (bitsandbytes), blocks of 64 [8, 16]");
  const std::string at = "a.weight.quant_state.bitsandbytes__nf4";
  for (const char* const state :
       {"{", "[]", R"({"blocksize": 64})", R"({"blocksize": 0, "shape": [8, 16]})",
        R"({"blocksize": -64, "shape": [8, 16]})", R"({"blocksize": 64, "shape": [8, "16"]})",
        R"({"blocksize": 64, "shape": [4294967296, 4294967296]})",
        R"({"blocksize": 64, "shape": [8, 16], "nested_blocksize": 256})", "\xFF\xFE"}) {
    ExpectRefused(stored(state), at, "is not the state of a bitsandbytes weight");
  }
  ExpectRefused(stored(std::string(60000, '[')), at, "is not the state");
  ExpectRefused(stored(std::string(70000, ' ')), at, "at most 65536");
  ExpectRefused(stored(R"({"blocksize": 64, "shape": [8, 17]})"), "a.weight",
                "64 bytes hold no 136 codes");
  ExpectRefused(stored(R"({"blocksize": 128, "shape": [8, 16]})"), "a.weight.absmax",
                "F32 [2] where 1 F32 are right");
}

TEST_F(FormRecognition, Mlx) {
  const std::vector<Stored> stored = {
      {"a.weight", kU32, {6, 16}}, {"a.scales", kF16, {6, 2}}, {"a.biases", kF16, {6, 2}}};
  // 8 bits in groups of 32, 4 in groups of 64, or 2 in groups of 128.
  ExpectLeftAlone(stored);
  ExpectRefused(stored, "a.scales", "whatever their width", {{"bits", 3}, {"group_size", 24}});
  EXPECT_EQ(TypeOf(stored, {{"bits", 4}, {"group_size", 64}}),
            "MLX, 4 bits, groups of 64 [6, 128]");
  EXPECT_EQ(TypeOf(stored, {{"bits", 4}, {"group_size", 32}}), "MLX, 8 bits, groups of 32 [6, 64]");
  const json own = {{"bits", 4}, {"group_size", 64}, {"a", {{"bits", 2}, {"group_size", 128}}}};
  EXPECT_EQ(TypeOf(stored, own), "MLX, 2 bits, groups of 128 [6, 256]");
}

// One search by name for each tensor: time in proportion to their number.
TEST_F(FormRecognition, ManyTensors) {
  std::vector<Stored> stored;
  for (int i = 0; i < 50'000; ++i) {
    const std::string stem = "model.layers." + std::to_string(i) + ".mlp.up_proj.";
    stored.push_back({stem + "weight", kE4M3, {128, 128}});
    stored.push_back({stem + "weight_scale_inv", kF32, {1, 1}});
    stored.push_back({stem + "input_scale", kF32, {1}});
    stored.push_back({stem + "bias", kF16, {128}});
  }
  EXPECT_EQ(Decode(stored).size(), 100'000U);
}

}  // namespace form_recognition_test
}  // namespace modelkin
