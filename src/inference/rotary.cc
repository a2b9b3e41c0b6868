#include "inference/rotary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>

#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

bool IsByLayerType(const nlohmann::json& holder) {
  return holder.contains("full_attention") || holder.contains("sliding_attention");
}

// Reads numbers from the object that holds a model's rotary parameters, or beside it.
class Reader {
 public:
  Reader(const ModelConfig& config, std::string_view layer_type) : config_(config) {
    for (const char* key : {"rope_parameters", "rope_scaling"}) {
      const auto* const object = config.Find(key);
      if (object == nullptr || object->is_null()) continue;
      if (!object->is_object()) {
        throw Error(ErrorKind::kBadInput,
                    fmt::format("\"{}\" is {}, not an object", key, config.Show(key)),
                    {.file = config.file(), .tensor = "", .offset_bytes = {}});
      }
      if (holder_ == nullptr) {
        holder_ = object;
        holder_key_ = key;
      }
    }
    if (holder_ != nullptr && IsByLayerType(*holder_)) TakeLayerType(layer_type);
  }

  [[noreturn]] void Fail(std::string_view key, std::string_view problem) const {
    throw Error(ErrorKind::kBadInput,
                fmt::format("\"{}\" of \"{}\" {}", Printable(key), holder_key_, problem),
                {.file = config_.file(), .tensor = "", .offset_bytes = {}});
  }

  std::optional<double> Find(const char* key) const {
    if (holder_ != nullptr) {
      const auto value = holder_->find(key);
      if (value != holder_->end() && !value->is_null()) {
        if (!value->is_number()) Fail(key, "is not a number");
        const double number = value->get<double>();
        if (!std::isfinite(number)) Fail(key, "is not a finite number");
        return number;
      }
    }
    return std::nullopt;
  }

  // Of the top level.
  std::optional<double> FindBeside(const char* key) const {
    const auto* const value = config_.Find(key);
    if (value == nullptr || value->is_null()) return std::nullopt;
    if (!value->is_number()) {
      throw Error(ErrorKind::kBadInput,
                  fmt::format("\"{}\" is {}, not a number", key, config_.Show(key)),
                  {.file = config_.file(), .tensor = "", .offset_bytes = {}});
    }
    return config_.Number(key);
  }

  double Positive(const char* key, std::optional<double> fallback = {}) const {
    const auto value = Find(key);
    if (!value && !fallback) Fail(key, "is missing");
    const double number = value.value_or(fallback.value_or(0));
    if (!(number > 0)) Fail(key, fmt::format("is {:g}, not above 0", number));
    return number;
  }

  // Zero counts as missing.
  double OrIfZero(const char* key, double fallback) const {
    const double value = Find(key).value_or(0);
    return value == 0 ? fallback : value;
  }

  bool Flag(const char* key, bool fallback) const {
    if (holder_ == nullptr) return fallback;
    const auto value = holder_->find(key);
    if (value == holder_->end() || value->is_null()) return fallback;
    if (!value->is_boolean()) Fail(key, "is neither true nor false");
    return value->get<bool>();
  }

  std::string Type() const {
    if (holder_ == nullptr) return "default";
    for (const char* key : {"rope_type", "type"}) {
      const auto value = holder_->find(key);
      if (value == holder_->end() || value->is_null()) continue;
      if (!value->is_string()) Fail(key, "is not a name");
      return value->get<std::string>();
    }
    return "default";
  }

  std::vector<double> List(const char* key, std::size_t size) const {
    const auto value = holder_->find(key);
    if (value == holder_->end() || !value->is_array() || value->size() != size) {
      Fail(key, fmt::format("is not a list of {} numbers", size));
    }
    std::vector<double> numbers;
    numbers.reserve(size);
    for (const auto& item : *value) {
      if (!item.is_number() || !(item.get<double>() > 0)) Fail(key, "has an item not above 0");
      numbers.push_back(item.get<double>());
    }
    return numbers;
  }

 private:
  void TakeLayerType(std::string_view layer_type) {
    if (layer_type.empty()) Fail("full_attention", "differs by type of layer, which is not run");
    const auto own = holder_->find(layer_type);
    if (own == holder_->end() || !own->is_object()) Fail(layer_type, "is no object");
    holder_ = &*own;
  }

  const ModelConfig& config_;
  const nlohmann::json* holder_ = nullptr;
  std::string holder_key_ = "rope_parameters";
};

std::optional<RotaryScaling> ParseScaling(std::string_view type) {
  if (type == "default") return RotaryScaling::kNone;
  if (type == "linear") return RotaryScaling::kLinear;
  if (type == "dynamic") return RotaryScaling::kDynamic;
  if (type == "yarn") return RotaryScaling::kYarn;
  if (type == "longrope" || type == "su") return RotaryScaling::kLongRope;
  if (type == "llama3") return RotaryScaling::kLlama3;
  return std::nullopt;
}

double YarnMultiplier(double factor, double scale = 1) {
  return factor <= 1 ? 1 : 0.1 * scale * std::log(factor) + 1;
}

double YarnAttentionFactor(const Reader& reader, double factor) {
  const double scale = reader.OrIfZero("mscale", 0);
  const double scale_all = reader.OrIfZero("mscale_all_dim", 0);
  if (scale != 0 && scale_all != 0) {
    return YarnMultiplier(factor, scale) / YarnMultiplier(factor, scale_all);
  }
  return YarnMultiplier(factor);
}

void ReadScaling(const Reader& reader, RotaryParameters& rotary) {
  switch (rotary.scaling) {
    case RotaryScaling::kNone: return;
    case RotaryScaling::kLinear:
    case RotaryScaling::kDynamic: rotary.factor = reader.Positive("factor"); return;
    case RotaryScaling::kYarn:
      rotary.factor = reader.Positive("factor", rotary.positions / rotary.original_positions);
      rotary.attention_factor =
          reader.Find("attention_factor").value_or(YarnAttentionFactor(reader, rotary.factor));
      rotary.beta_fast = reader.OrIfZero("beta_fast", 32);
      rotary.beta_slow = reader.OrIfZero("beta_slow", 1);
      rotary.truncate = reader.Flag("truncate", true);
      if (rotary.theta == 1) reader.Fail("rope_theta", "is 1, of which no wavelengths differ");
      return;
    case RotaryScaling::kLongRope:
      rotary.factor = reader.Positive("factor", rotary.positions / rotary.original_positions);
      rotary.attention_factor =
          reader.Find("attention_factor")
              .value_or(rotary.factor <= 1
                            ? 1
                            : std::sqrt(1 + std::log(rotary.factor) /
                                                std::log(rotary.original_positions)));
      rotary.short_factors = reader.List("short_factor", rotary.dims / 2);
      rotary.long_factors = reader.List("long_factor", rotary.dims / 2);
      return;
    case RotaryScaling::kLlama3:
      rotary.factor = reader.Positive("factor");
      rotary.low_frequency_factor = reader.Positive("low_freq_factor");
      rotary.high_frequency_factor = reader.Positive("high_freq_factor");
      return;
  }
}

// theta^(2i / dims), as float arithmetic has it.
std::vector<float> Wavelengths(double theta, std::size_t dims) {
  std::vector<float> lengths;
  lengths.reserve((dims + 1) / 2);
  for (std::size_t i = 0; i < dims; i += 2) {
    const float exponent = static_cast<float>(i) / static_cast<float>(dims);
    lengths.push_back(static_cast<float>(std::pow(theta, static_cast<double>(exponent))));
  }
  return lengths;
}

// Peng et al., arXiv 2309.00071, eq. 17 to 23.
void StretchByYarn(const RotaryParameters& rotary, const std::vector<float>& lengths,
                   std::vector<float>& inverse) {
  const auto [exact_low, exact_high, low, high] = FindYarnRange(rotary);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const auto ramp =
        static_cast<float>(std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0));
    inverse[i] = ramp / (static_cast<float>(rotary.factor) * lengths[i]) + (1 - ramp) / lengths[i];
  }
}

// As Meta's reference code for Llama 3.1 does: long wavelengths are stretched, short ones are not,
// and those between by parts.
void StretchByLlama3(const RotaryParameters& rotary, std::vector<float>& inverse) {
  const double longest = rotary.original_positions / rotary.low_frequency_factor;
  const double shortest = rotary.original_positions / rotary.high_frequency_factor;
  for (float& frequency : inverse) {
    const double length = 2 * std::numbers::pi / frequency;
    if (length < shortest) continue;
    const double part = length > longest
                            ? 0
                            : (rotary.original_positions / length - rotary.low_frequency_factor) /
                                  (rotary.high_frequency_factor - rotary.low_frequency_factor);
    frequency = static_cast<float>((1 - part) * frequency / rotary.factor + part * frequency);
  }
}

}  // namespace

const char* RotaryScalingName(RotaryScaling scaling) {
  switch (scaling) {
    case RotaryScaling::kLinear: return "linear";
    case RotaryScaling::kDynamic: return "dynamic NTK";
    case RotaryScaling::kYarn: return "YaRN";
    case RotaryScaling::kLongRope: return "LongRoPE";
    case RotaryScaling::kLlama3: return "Llama 3";
    default: return "none";
  }
}

bool HasRotaryByLayerType(const ModelConfig& config) {
  const auto* const holder = config.Find("rope_parameters");
  return holder != nullptr && holder->is_object() && IsByLayerType(*holder);
}

RotaryParameters ReadRotary(const ModelConfig& config, std::size_t dims, double default_theta,
                            std::string_view layer_type) {
  const Reader reader(config, layer_type);
  RotaryParameters rotary;
  rotary.dims = dims;
  rotary.theta =
      reader.Find("rope_theta").value_or(reader.FindBeside("rope_theta").value_or(default_theta));
  rotary.positions = reader.FindBeside("max_position_embeddings").value_or(0);
  // Phi keeps this beside the object, and there it counts.
  rotary.original_positions =
      reader.FindBeside("original_max_position_embeddings")
          .value_or(reader.Find("original_max_position_embeddings").value_or(rotary.positions));
  const auto scaling = ParseScaling(reader.Type());
  if (!scaling) {
    reader.Fail("rope_type",
                fmt::format("is \"{}\", which is not known", Printable(reader.Type())));
  }
  rotary.scaling = *scaling;
  if (!(rotary.theta > 0) || !std::isfinite(rotary.theta))
    reader.Fail("rope_theta", "is not above 0");
  const double share = reader.Find("partial_rotary_factor")
                           .value_or(reader.FindBeside("partial_rotary_factor").value_or(1));
  if (!(share > 0) || share > 1) {
    reader.Fail("partial_rotary_factor", fmt::format("is {:g}, no share of a head", share));
  }
  if (dims == 0) reader.Fail("partial_rotary_factor", "makes no dimension of a head rotate");
  const bool stretched =
      rotary.scaling != RotaryScaling::kNone && rotary.scaling != RotaryScaling::kLinear;
  if (stretched && !(rotary.original_positions > 1)) {
    reader.Fail("original_max_position_embeddings", "is missing, or not above 1");
  }
  if (rotary.scaling == RotaryScaling::kDynamic && !(rotary.positions > 0)) {
    reader.Fail("max_position_embeddings", "is missing, or not above 0");
  }
  ReadScaling(reader, rotary);
  rotary.scale_all = reader.OrIfZero("mscale_all_dim", 0);
  rotary.short_multiplier = reader.Find("short_mscale").value_or(0);
  rotary.long_multiplier = reader.Find("long_mscale").value_or(0);
  if (!std::ranges::all_of(InverseFrequencies(rotary, 1),
                           [](float f) { return std::isfinite(f); })) {
    reader.Fail("rope_theta", "and the numbers beside it give no finite frequencies");
  }
  return rotary;
}

YarnRange FindYarnRange(const RotaryParameters& rotary) {
  const auto dims = static_cast<double>(rotary.dims);
  const auto dimension_of = [&](double rotations) {
    return dims * std::log(rotary.original_positions / (rotations * 2 * std::numbers::pi)) /
           (2 * std::log(rotary.theta));
  };
  YarnRange range{.exact_low = dimension_of(rotary.beta_fast),
                  .exact_high = dimension_of(rotary.beta_slow)};
  range.low = rotary.truncate ? std::floor(range.exact_low) : range.exact_low;
  range.high = rotary.truncate ? std::ceil(range.exact_high) : range.exact_high;
  range.low = std::max(range.low, 0.0);
  range.high = std::min(range.high, dims - 1);
  if (range.low == range.high) range.high += 0.001;
  return range;
}

std::vector<float> InverseFrequencies(const RotaryParameters& rotary, std::size_t length) {
  double theta = rotary.theta;
  const auto dims = static_cast<double>(rotary.dims);
  if (rotary.scaling == RotaryScaling::kDynamic && rotary.dims > 2) {
    const double share = std::max(static_cast<double>(length), rotary.positions) / rotary.positions;
    theta *= std::pow(rotary.factor * share - (rotary.factor - 1), dims / (dims - 2));
  }
  std::vector<float> lengths = Wavelengths(theta, rotary.dims);
  if (rotary.scaling == RotaryScaling::kLongRope) {
    const bool is_long = static_cast<double>(length) > rotary.original_positions;
    const auto& factors = is_long ? rotary.long_factors : rotary.short_factors;
    for (std::size_t i = 0; i < lengths.size(); ++i) lengths[i] *= static_cast<float>(factors[i]);
  }
  std::vector<float> inverse;
  inverse.reserve(lengths.size());
  for (const float each : lengths) inverse.push_back(1 / each);
  if (rotary.scaling == RotaryScaling::kLinear) {
    for (float& frequency : inverse) frequency /= static_cast<float>(rotary.factor);
  }
  if (rotary.scaling == RotaryScaling::kYarn) StretchByYarn(rotary, lengths, inverse);
  if (rotary.scaling == RotaryScaling::kLlama3) StretchByLlama3(rotary, inverse);
  return inverse;
}

double RotaryMultiplier(const RotaryParameters& rotary, std::size_t length) {
  if (rotary.short_multiplier == 0) return rotary.attention_factor;
  return static_cast<double>(length) > rotary.original_positions ? rotary.long_multiplier
                                                                 : rotary.short_multiplier;
}

RotaryTable MakeRotaryTable(const RotaryParameters& rotary, const Batch& batch) {
  const std::size_t half = (rotary.dims + 1) / 2;
  RotaryTable table{.dims = 2 * half,
                    .cosines = Activations(batch.ids.size(), half),
                    .sines = Activations(batch.ids.size(), half)};
  for (const TextRows& text : batch.texts) {
    const std::vector<float> inverse = InverseFrequencies(rotary, text.length());
    const auto multiplier = static_cast<float>(RotaryMultiplier(rotary, text.length()));
    for (std::size_t row = 0; row < text.rows; ++row) {
      const auto position = static_cast<float>(text.past + row);
      float* const cosines = table.cosines.Row(text.first + row);
      float* const sines = table.sines.Row(text.first + row);
      for (std::size_t i = 0; i < half; ++i) {
        const float angle = position * inverse[i];
        cosines[i] = std::cos(angle) * multiplier;
        sines[i] = std::sin(angle) * multiplier;
      }
    }
  }
  return table;
}

void Rotate(Activations& x, std::size_t head_dim, std::size_t offset, const RotaryTable& table,
            RotaryPairs pairs, unsigned threads, RotationProbe* probe) {
  const std::size_t half = table.dims / 2;
  if (probe != nullptr) {
    const std::size_t row = probe->row;
    *probe = {.row = row,
              .head_dim = head_dim,
              .offset = offset,
              .dims = table.dims,
              .pairs = pairs,
              .before = {x.Row(row), x.Row(row) + x.columns},
              .after = {},
              .cosines = {table.cosines.Row(row), table.cosines.Row(row) + half},
              .sines = {table.sines.Row(row), table.sines.Row(row) + half}};
  }
  ForRows(x, threads, [&](std::size_t first_row, std::size_t last_row) {
    std::vector<float> before(table.dims);
    for (std::size_t row = first_row; row < last_row; ++row) {
      const float* const cosines = table.cosines.Row(row);
      const float* const sines = table.sines.Row(row);
      for (std::size_t head = 0; head < x.columns; head += head_dim) {
        float* const values = x.Row(row) + head + offset;
        std::copy_n(values, table.dims, before.begin());
        for (std::size_t i = 0; i < half; ++i) {
          const bool halves = pairs == RotaryPairs::kHalves;
          const float first = before[halves ? i : 2 * i];
          const float second = before[halves ? i + half : 2 * i + 1];
          values[i] = first * cosines[i] - second * sines[i];
          values[i + half] = second * cosines[i] + first * sines[i];
        }
      }
    }
  });
  if (probe != nullptr) probe->after.assign(x.Row(probe->row), x.Row(probe->row) + x.columns);
}

}  // namespace modelkin
