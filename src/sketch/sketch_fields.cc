#include "sketch/sketch_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "sketch/sketch_record.h"

namespace modelkin {
namespace {

using nlohmann::json;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kContentDigits = 64;
constexpr std::size_t kMostComponents = 4;

constexpr std::array<std::pair<std::string_view, std::uint64_t SketchSizes::*>, 8> kSizes = {{
    {"parameters", &SketchSizes::parameters},
    {"bytes", &SketchSizes::bytes},
    {"layers", &SketchSizes::layers},
    {"width", &SketchSizes::width},
    {"heads", &SketchSizes::heads},
    {"groups", &SketchSizes::groups},
    {"experts", &SketchSizes::experts},
    {"vocabulary", &SketchSizes::vocabulary},
}};

// Numbers of `width` bytes each, least significant first.
class Packer {
 public:
  void Add(std::uint64_t number, unsigned width) {
    for (unsigned i = 0; i < width; ++i) {
      bytes_.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
    }
  }
  template <std::size_t words>
  void Add(const std::array<std::uint64_t, words>& bits) {
    for (const std::uint64_t word : bits) Add(word, 8);
  }
  template <std::size_t count>
  void Add(const Profile<count>& profile) {
    bytes_.insert(bytes_.end(), profile.begin(), profile.end());
  }
  json Binary() && { return json::binary(std::move(bytes_)); }

 private:
  Bytes bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(const Bytes& bytes) : left_(bytes) {}

  bool empty() const { return left_.empty(); }
  // Requires that many.
  std::uint64_t Number(unsigned width) {
    std::uint64_t number = 0;
    for (unsigned i = 0; i < width; ++i) number |= std::uint64_t{left_[i]} << (8 * i);
    left_ = left_.subspan(width);
    return number;
  }
  template <std::size_t words>
  void Read(std::array<std::uint64_t, words>& bits) {
    for (std::uint64_t& word : bits) word = Number(8);
  }
  template <std::size_t count>
  void Read(Profile<count>& profile) {
    std::copy_n(left_.begin(), count, profile.begin());
    left_ = left_.subspan(count);
  }

 private:
  std::span<const std::uint8_t> left_;
};

json SpectraRecord(const std::vector<SketchedSpectrum>& spectra) {
  Packer packer;
  for (const SketchedSpectrum& spectrum : spectra) {
    packer.Add(spectrum.layer, 2);
    packer.Add(spectrum.values);
  }
  return std::move(packer).Binary();
}

json ComponentRecord(const SketchedComponent& component) {
  Packer bits, layers;
  bits.Add(component.bits);
  for (const SketchedLayer& layer : component.layers) {
    layers.Add(layer.layer, 2);
    layers.Add(layer.bits);
    layers.Add(layer.attention_norm.value_or(Profile<kNormValues>{}));
    layers.Add(layer.mlp_norm.value_or(Profile<kNormValues>{}));
  }
  return {{"kind", static_cast<unsigned>(component.kind)},
          {"role", static_cast<unsigned>(component.place.role)},
          {"rows", component.place.rows},
          {"columns", component.place.columns},
          {"effective_values", component.effective_values},
          {"nameless", component.nameless ? 1U : 0U},
          {"bits", std::move(bits).Binary()},
          {"layers", std::move(layers).Binary()},
          {"keys", SpectraRecord(component.keys)},
          {"routers", SpectraRecord(component.routers)}};
}

}  // namespace

json MapOfSketch(const Sketch& sketch) {
  json sizes = json::object();
  for (const auto& [name, size] : kSizes) {
    if (sketch.sizes.*size > 0) sizes[name] = sketch.sizes.*size;
  }
  Packer digests;
  for (const std::uint64_t digest : sketch.file_digests) digests.Add(digest, 8);
  json record = {{"version", kSketchVersion},   {"name", sketch.name},
                 {"location", sketch.location}, {"family", sketch.family},
                 {"sizes", std::move(sizes)},   {"files", std::move(digests).Binary()},
                 {"content", sketch.content},   {"components", json::array()}};
  for (const SketchedComponent& component : sketch.components) {
    record["components"].push_back(ComponentRecord(component));
  }
  if (!sketch.base_models.empty()) record["base_models"] = sketch.base_models;
  if (sketch.untrained_rows) {
    Packer rows;
    rows.Add(*sketch.untrained_rows);
    record["untrained_rows"] = std::move(rows).Binary();
  }
  if (sketch.vocabulary) {
    record["vocabulary"] = json::binary({sketch.vocabulary->begin(), sketch.vocabulary->end()});
  }
  return record;
}

namespace {

// Reads fields of one map. Each error names the record and the field.
class FieldReader {
 public:
  FieldReader(const json& map, const std::string& label) : map_(map), label_(label) {
    if (!map.is_object()) Fail("it is no map");
  }

  [[noreturn]] void Fail(std::string_view what) const {
    throw Error(ErrorKind::kBadInput, fmt::format("no sketch that can be read: {}", what),
                {.file = label_, .tensor = {}, .offset_bytes = {}});
  }
  const json* Find(std::string_view name) const {
    const auto found = map_.find(name);
    return found == map_.end() ? nullptr : &*found;
  }
  const json& Require(std::string_view name) const {
    const json* const field = Find(name);
    if (field == nullptr) Fail(fmt::format("it lacks \"{}\"", name));
    return *field;
  }
  std::uint64_t Number(std::string_view name, std::uint64_t most) const {
    const json& field = Require(name);
    if (!field.is_number_unsigned() || field.get<std::uint64_t>() > most) {
      Fail(fmt::format("\"{}\" is no number from 0 to {}", name, most));
    }
    return field.get<std::uint64_t>();
  }
  std::string Text(std::string_view name, std::size_t longest) const {
    return TextOf(Require(name), name, longest);
  }
  std::string TextOf(const json& field, std::string_view name, std::size_t longest) const {
    if (!field.is_string() || field.get_ref<const std::string&>().size() > longest) {
      Fail(fmt::format("\"{}\" is no text of at most {} bytes", name, longest));
    }
    return field.get<std::string>();
  }
  // Bytes of up to `most` entries of `size` each.
  const Bytes& Entries(std::string_view name, std::size_t size, std::size_t most) const {
    const json& field = Require(name);
    if (!field.is_binary() || field.get_binary().size() % size != 0 ||
        field.get_binary().size() / size > most) {
      Fail(fmt::format("\"{}\" is not bytes of at most {} entries of {}", name, most, size));
    }
    return field.get_binary();
  }
  const Bytes& Exactly(std::string_view name, std::size_t size) const {
    const Bytes& bytes = Entries(name, size, 1);
    if (bytes.empty()) Fail(fmt::format("\"{}\" is empty", name));
    return bytes;
  }

 private:
  const json& map_;
  const std::string& label_;
};

template <std::size_t count>
std::optional<Profile<count>> ProfileOf(Unpacker& unpacker) {
  Profile<count> profile{};
  unpacker.Read(profile);
  return profile == Profile<count>{} ? std::nullopt : std::optional(profile);
}

void RequireAscending(const FieldReader& fields, std::string_view name, const auto& entries) {
  const auto not_before = [](const auto& left, const auto& right) {
    return left.layer >= right.layer;
  };
  if (std::ranges::adjacent_find(entries, not_before) != entries.end()) {
    fields.Fail(fmt::format("layers of \"{}\" do not ascend", name));
  }
}

std::vector<SketchedSpectrum> SpectraOf(const FieldReader& fields, std::string_view name) {
  std::vector<SketchedSpectrum> spectra;
  Unpacker unpacker(fields.Entries(name, kSpectrumBytesOfRecord, kMostSpectra));
  while (!unpacker.empty()) {
    SketchedSpectrum spectrum;
    spectrum.layer = static_cast<std::uint32_t>(unpacker.Number(2));
    unpacker.Read(spectrum.values);
    spectra.push_back(spectrum);
  }
  RequireAscending(fields, name, spectra);
  return spectra;
}

SketchedComponent ComponentOf(const json& map, const std::string& label) {
  const FieldReader fields(map, label);
  SketchedComponent component;
  component.kind = static_cast<Component>(fields.Number("kind", kComponentCount - 1));
  component.place = {.role = static_cast<Role>(fields.Number("role", kRoleCount - 1)),
                     .rows = fields.Number("rows", UINT64_MAX),
                     .columns = fields.Number("columns", UINT64_MAX)};
  Unpacker(fields.Exactly("bits", kComponentBits / 8)).Read(component.bits);
  component.effective_values = fields.Number("effective_values", UINT64_MAX);
  component.nameless = fields.Number("nameless", 1) == 1;
  Unpacker unpacker(fields.Entries("layers", kLayerBytes, kMostSketchLayers));
  while (!unpacker.empty()) {
    SketchedLayer layer;
    layer.layer = static_cast<std::uint32_t>(unpacker.Number(2));
    unpacker.Read(layer.bits);
    layer.attention_norm = ProfileOf<kNormValues>(unpacker);
    layer.mlp_norm = ProfileOf<kNormValues>(unpacker);
    component.layers.push_back(layer);
  }
  RequireAscending(fields, "layers", component.layers);
  component.keys = SpectraOf(fields, "keys");
  component.routers = SpectraOf(fields, "routers");
  return component;
}

void ReadOptionalFields(const FieldReader& fields, Sketch& sketch) {
  if (const json* const bases = fields.Find("base_models")) {
    if (!bases->is_array() || bases->size() > kMostBaseModels) {
      fields.Fail(fmt::format("\"base_models\" is no list of at most {}", kMostBaseModels));
    }
    for (const json& base : *bases) {
      sketch.base_models.push_back(fields.TextOf(base, "base_models", kLongestBaseModel));
    }
  }
  if (fields.Find("untrained_rows") != nullptr) {
    Unpacker(fields.Exactly("untrained_rows", kLayerBits / 8))
        .Read(sketch.untrained_rows.emplace());
  }
  if (fields.Find("vocabulary") != nullptr) {
    Unpacker(fields.Exactly("vocabulary", kVocabularyHashes)).Read(sketch.vocabulary.emplace());
  }
}

}  // namespace

Sketch SketchOfMap(const json& map, const std::string& label) {
  const FieldReader fields(map, label);
  if (fields.Number("version", UINT64_MAX) != kSketchVersion) {
    fields.Fail(fmt::format("it is of version {}, and this program makes and reads version {}",
                            fields.Number("version", UINT64_MAX), kSketchVersion));
  }
  Sketch sketch;
  sketch.name = fields.Text("name", kLongestName);
  sketch.location = fields.Text("location", kLongestLocation);
  sketch.family = fields.Text("family", kLongestFamily);
  const FieldReader sizes(fields.Require("sizes"), label);
  for (const auto& [name, size] : kSizes) {
    if (sizes.Find(name) != nullptr) sketch.sizes.*size = sizes.Number(name, UINT64_MAX);
  }
  Unpacker digests(fields.Entries("files", 8, kMostFileDigests));
  while (!digests.empty()) sketch.file_digests.push_back(digests.Number(8));
  sketch.content = fields.Text("content", kContentDigits);
  const auto is_digit = [](char c) { return ('0' <= c && c <= '9') || ('a' <= c && c <= 'f'); };
  if (sketch.content.size() != kContentDigits || !std::ranges::all_of(sketch.content, is_digit)) {
    fields.Fail("\"content\" is no SHA-256");
  }
  const json& components = fields.Require("components");
  if (!components.is_array() || components.size() > kMostComponents) {
    fields.Fail(fmt::format("\"components\" is no list of at most {}", kMostComponents));
  }
  for (const json& component : components) {
    sketch.components.push_back(ComponentOf(component, label));
  }
  ReadOptionalFields(fields, sketch);
  return sketch;
}

}  // namespace modelkin
