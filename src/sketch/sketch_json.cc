#include "sketch/sketch_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"
#include "sketch/sketch_fields.h"
#include "sketch/sketch_record.h"
#include "source/byte_source.h"
#include "source/json_document.h"

namespace modelkin {
namespace {

using nlohmann::json;
using LineJson = nlohmann::ordered_json;
using Bytes = std::vector<std::uint8_t>;

[[noreturn]] void FailLine(const std::string& label, std::string_view what) {
  throw Error(ErrorKind::kBadInput, fmt::format("no sketch that can be read: {}", what),
              {.file = label, .tensor = {}, .offset_bytes = {}});
}

std::string Hexadecimal(const Bytes& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  digits.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    digits.push_back(kDigits[byte / 16]);
    digits.push_back(kDigits[byte % 16]);
  }
  return digits;
}

constexpr std::uint8_t kNoDigit = 16;

// The value of each character as a hexadecimal digit.
constexpr std::array<std::uint8_t, 256> kDigitValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 10; ++i) values['0' + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) values['a' + i] = static_cast<std::uint8_t>(10 + i);
  return values;
}();

std::uint8_t DigitOf(char c) { return kDigitValues[static_cast<unsigned char>(c)]; }

// Bytes that hexadecimal digits write, as a binary value.
json BinaryOf(const json& digits, const std::string& label) {
  if (!digits.is_string()) FailLine(label, "bits are no text of hexadecimal digits");
  const std::string& text = digits.get_ref<const std::string&>();
  Bytes bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t high = DigitOf(text[2 * i]), low = DigitOf(text[2 * i + 1]);
    if (high == kNoDigit || low == kNoDigit) {
      FailLine(label, "bits have a letter that is no hexadecimal digit");
    }
    bytes[i] = static_cast<std::uint8_t>(16 * high + low);
  }
  if (text.size() % 2 != 0) FailLine(label, "bits have half a byte");
  return json::binary(std::move(bytes));
}

// Bytes [begin, begin + count) of an entry, as numbers; null where all are 0.
LineJson Codes(std::span<const std::uint8_t> entry, std::size_t begin, std::size_t count) {
  const auto codes = entry.subspan(begin, count);
  if (std::ranges::all_of(codes, [](std::uint8_t code) { return code == 0; })) return nullptr;
  return std::vector<unsigned>(codes.begin(), codes.end());
}

// Calls use(entry, layer) for each entry of a binary value, whose first two bytes are the layer.
void ForEachEntry(const json& binary, std::size_t size, const auto& use) {
  const Bytes& bytes = binary.get_binary();
  for (std::size_t at = 0; at + size <= bytes.size(); at += size) {
    const auto entry = std::span(bytes).subspan(at, size);
    use(entry, entry[0] + 256U * entry[1]);
  }
}

LineJson LayersLine(const json& binary) {
  constexpr std::size_t kBits = kLayerBits / 8;
  LineJson layers = LineJson::array();
  ForEachEntry(binary, kLayerBytes, [&](std::span<const std::uint8_t> entry, unsigned layer) {
    const auto bits = entry.subspan(2, kBits);
    layers.push_back({{"layer", layer},
                      {"bits", Hexadecimal({bits.begin(), bits.end()})},
                      {"attention_norm", Codes(entry, 2 + kBits, kNormValues)},
                      {"mlp_norm", Codes(entry, 2 + kBits + kNormValues, kNormValues)}});
  });
  return layers;
}

LineJson SpectraLine(const json& binary) {
  LineJson spectra = LineJson::array();
  ForEachEntry(
      binary, kSpectrumBytesOfRecord, [&](std::span<const std::uint8_t> entry, unsigned layer) {
        spectra.push_back({{"layer", layer}, {"values", Codes(entry, 2, kSpectrumValues)}});
      });
  return spectra;
}

// Reads a line's members back into bytes.
class EntryPacker {
 public:
  explicit EntryPacker(const std::string& label) : label_(label) {}

  const json& Member(const json& entry, const char* name) const {
    if (!entry.is_object() || !entry.contains(name)) {
      FailLine(label_, fmt::format("an entry lacks \"{}\"", name));
    }
    return entry.at(name);
  }
  // 0 or 1.
  unsigned Flag(const json& entry, const char* name) const {
    const json& flag = Member(entry, name);
    if (!flag.is_boolean()) FailLine(label_, fmt::format("\"{}\" is not true nor false", name));
    return flag.get<bool>() ? 1 : 0;
  }
  void AddLayer(const json& entry, Bytes& bytes) const {
    const json& layer = Member(entry, "layer");
    if (!layer.is_number_unsigned() || layer.get<std::uint64_t>() > kMostSketchLayerNumber) {
      FailLine(label_, "\"layer\" is no number of a layer");
    }
    bytes.push_back(static_cast<std::uint8_t>(layer.get<unsigned>() % 256));
    bytes.push_back(static_cast<std::uint8_t>(layer.get<unsigned>() / 256));
  }
  void AddCodes(const json& codes, std::size_t count, Bytes& bytes) const {
    const std::size_t end = bytes.size() + count;
    if (codes.is_array() && codes.size() == count) {
      for (const json& code : codes) {
        if (!code.is_number_unsigned() || code.get<std::uint64_t>() > 255) break;
        bytes.push_back(static_cast<std::uint8_t>(code.get<unsigned>()));
      }
    } else if (codes.is_null()) {
      bytes.resize(end);
    }
    if (bytes.size() != end) {
      FailLine(label_, fmt::format("a profile is not null nor {} numbers up to 255", count));
    }
  }
  // Of a list of at most `most` entries.
  json Packed(const json& list, std::size_t most, const auto& add) const {
    if (!list.is_array() || list.size() > most) {
      FailLine(label_, fmt::format("a list of layers has not up to {} entries", most));
    }
    Bytes bytes;
    for (const json& entry : list) add(entry, bytes);
    return json::binary(std::move(bytes));
  }
  json Layers(const json& list) const {
    return Packed(list, kMostSketchLayers, [&](const json& entry, Bytes& bytes) {
      AddLayer(entry, bytes);
      const json bits = BinaryOf(Member(entry, "bits"), label_);
      if (bits.get_binary().size() != kLayerBits / 8) {
        FailLine(label_, fmt::format("bits of a layer are not {}", kLayerBits));
      }
      bytes.insert(bytes.end(), bits.get_binary().begin(), bits.get_binary().end());
      AddCodes(Member(entry, "attention_norm"), kNormValues, bytes);
      AddCodes(Member(entry, "mlp_norm"), kNormValues, bytes);
    });
  }
  json Spectra(const json& list) const {
    return Packed(list, kMostSpectra, [&](const json& entry, Bytes& bytes) {
      AddLayer(entry, bytes);
      AddCodes(Member(entry, "values"), kSpectrumValues, bytes);
    });
  }
  // A member that is one of a row of names, as its number.
  json Number(const json& name, std::span<const std::string_view> names, const char* what) const {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (name == names[i]) return i;
    }
    FailLine(label_, fmt::format("\"{}\" is none that is known", what));
  }

 private:
  const std::string& label_;
};

// What roles are called here: their module, "unknown", or "role N".
std::string RoleText(Role role) {
  const RoleEntry* const entry = EntryOf(role);
  if (entry != nullptr) return std::string(entry->module);
  return role == Role::kUnknown ? "unknown" : fmt::format("role {}", static_cast<unsigned>(role));
}

json RoleNumber(const json& name, const std::string& label) {
  for (unsigned role = 0; role < kRoleCount; ++role) {
    if (name == RoleText(static_cast<Role>(role))) return role;
  }
  FailLine(label, "\"role\" is none that is known");
}

LineJson ComponentLine(const json& component) {
  return {{"kind", kComponentNames.at(component.at("kind").get<std::size_t>())},
          {"role", RoleText(static_cast<Role>(component.at("role").get<unsigned>()))},
          {"rows", component.at("rows").get<std::uint64_t>()},
          {"columns", component.at("columns").get<std::uint64_t>()},
          {"effective_values", component.at("effective_values").get<std::uint64_t>()},
          {"nameless", component.at("nameless") == 1},
          {"bits", Hexadecimal(component.at("bits").get_binary())},
          {"layers", LayersLine(component.at("layers"))},
          {"keys", SpectraLine(component.at("keys"))},
          {"routers", SpectraLine(component.at("routers"))}};
}

json ComponentMap(const json& line, const EntryPacker& packer, const std::string& label) {
  return {{"kind", packer.Number(packer.Member(line, "kind"), kComponentNames, "kind")},
          {"role", RoleNumber(packer.Member(line, "role"), label)},
          {"rows", packer.Member(line, "rows")},
          {"columns", packer.Member(line, "columns")},
          {"effective_values", packer.Member(line, "effective_values")},
          {"nameless", packer.Flag(line, "nameless")},
          {"bits", BinaryOf(packer.Member(line, "bits"), label)},
          {"layers", packer.Layers(packer.Member(line, "layers"))},
          {"keys", packer.Spectra(packer.Member(line, "keys"))},
          {"routers", packer.Spectra(packer.Member(line, "routers"))}};
}

LineJson HexadecimalOrNull(const json& map, const char* name) {
  if (!map.contains(name)) return nullptr;
  return Hexadecimal(map.at(name).get_binary());
}

}  // namespace

std::string SketchJson(const Sketch& sketch) {
  const json map = MapOfSketch(sketch);
  LineJson line = {{"sketch_version", kSketchVersion},
                   {"name", sketch.name},
                   {"location", sketch.location},
                   {"family", sketch.family},
                   {"sizes", map.at("sizes")},
                   {"base_models", sketch.base_models},
                   {"files", Hexadecimal(map.at("files").get_binary())},
                   {"content", sketch.content},
                   {"vocabulary", HexadecimalOrNull(map, "vocabulary")},
                   {"untrained_rows", HexadecimalOrNull(map, "untrained_rows")},
                   {"components", LineJson::array()}};
  for (const json& component : map.at("components")) {
    line["components"].push_back(ComponentLine(component));
  }
  return AsciiControlsJson(line.dump(-1, ' ', false, LineJson::error_handler_t::replace)) + "\n";
}

Sketch ReadSketchJson(std::string_view line, const std::string& label) {
  if (line.size() > kMostSketchLine) {
    FailLine(label, fmt::format("the line has {} bytes, and one has at most {}", line.size(),
                                kMostSketchLine));
  }
  const auto bytes = std::as_bytes(std::span(line));
  json map =
      ReadJsonObject(*MakeMemorySource(label, {bytes.begin(), bytes.end()}), kMostSketchLine);
  const EntryPacker packer(label);
  map["version"] = packer.Member(map, "sketch_version");
  packer.Member(map, "base_models");
  map["files"] = BinaryOf(packer.Member(map, "files"), label);
  for (const char* const name : {"vocabulary", "untrained_rows"}) {
    if (packer.Member(map, name).is_null()) {
      map.erase(name);
    } else {
      map[name] = BinaryOf(map[name], label);
    }
  }
  json components = json::array();
  if (!packer.Member(map, "components").is_array() ||
      map["components"].size() > kComponentNames.size()) {
    FailLine(label, "\"components\" is no list of those that are known");
  }
  for (const json& component : map["components"]) {
    components.push_back(ComponentMap(component, packer, label));
  }
  map["components"] = std::move(components);
  return SketchOfMap(map, label);
}

}  // namespace modelkin
