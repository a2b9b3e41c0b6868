#include "sketch/sketch_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "architecture/role.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "sketch/sketch_record.h"
#include "source/json_document.h"

namespace modelkin {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::uint64_t kMostJsonValues = 20'000;

constexpr std::array<std::pair<std::string_view, std::uint64_t SketchSizes::*>, 8> kJsonSizes = {{
    {"parameters", &SketchSizes::parameters},
    {"bytes", &SketchSizes::bytes},
    {"layers", &SketchSizes::layers},
    {"width", &SketchSizes::width},
    {"heads", &SketchSizes::heads},
    {"groups", &SketchSizes::groups},
    {"experts", &SketchSizes::experts},
    {"vocabulary", &SketchSizes::vocabulary},
}};

// What a Llama-like decoder calls it, else its number.
std::string RoleText(Role role) {
  const auto number = static_cast<std::size_t>(role);
  return number < kNamedRoles.size() ? std::string(kNamedRoles[number].module)
                                     : fmt::format("role {}", number);
}

// Words' bytes, least significant first, two digits each.
std::string HexOfWords(std::span<const std::uint64_t> words) {
  std::string hex;
  for (const std::uint64_t word : words) {
    for (int i = 0; i < 8; ++i) hex += fmt::format("{:02x}", (word >> (8 * i)) & 0xff);
  }
  return hex;
}

OrderedJson JsonOfSpectra(const std::vector<SketchedSpectrum>& spectra) {
  OrderedJson list = OrderedJson::array();
  for (const SketchedSpectrum& spectrum : spectra) {
    list.push_back({{"layer", spectrum.layer}, {"values", spectrum.values}});
  }
  return list;
}

OrderedJson JsonOfComponent(const SketchedComponent& component) {
  OrderedJson layers = OrderedJson::array();
  for (const SketchedLayer& layer : component.layers) {
    OrderedJson item = {{"layer", layer.layer}, {"bits", HexOfWords(layer.bits)}};
    if (layer.attention_norm) item["attention_norm"] = *layer.attention_norm;
    if (layer.mlp_norm) item["mlp_norm"] = *layer.mlp_norm;
    layers.push_back(std::move(item));
  }
  return {{"kind", SubmodelName(component.kind)},
          {"role", RoleText(component.place.role)},
          {"rows", component.place.rows},
          {"columns", component.place.columns},
          {"effective_values", component.effective_values},
          {"bits", HexOfWords(component.bits)},
          {"layers", std::move(layers)},
          {"keys", JsonOfSpectra(component.keys)},
          {"routers", JsonOfSpectra(component.routers)}};
}

// Takes members of one object. Each error names the file and the member.
class MemberReader {
 public:
  MemberReader(const nlohmann::json& object, const std::string& label)
      : object_(object), label_(label) {
    if (!object.is_object()) Fail("it is no object");
  }

  [[noreturn]] void Fail(std::string_view what) const {
    throw Error(ErrorKind::kBadInput, fmt::format("no sketch that can be read: {}", what),
                {.file = label_});
  }
  [[noreturn]] void FailMember(const char* name, std::string_view what) const {
    Fail(fmt::format("\"{}\" is no {}", name, what));
  }
  bool Has(const char* name) const { return object_.contains(name); }
  const nlohmann::json& Member(const char* name) const {
    const auto found = object_.find(name);
    if (found == object_.end()) Fail(fmt::format("it lacks \"{}\"", name));
    return *found;
  }
  std::string Text(const char* name) const {
    if (!Member(name).is_string()) FailMember(name, "text");
    return Member(name).get<std::string>();
  }
  std::uint64_t Number(const char* name, std::uint64_t most = UINT64_MAX) const {
    const nlohmann::json& member = Member(name);
    if (!member.is_number_unsigned() || member.get<std::uint64_t>() > most) {
      FailMember(name, fmt::format("number from 0 to {}", most));
    }
    return member.get<std::uint64_t>();
  }
  const nlohmann::json& List(const char* name, std::size_t most) const {
    const nlohmann::json& member = Member(name);
    if (!member.is_array() || member.size() > most) {
      FailMember(name, fmt::format("list of at most {}", most));
    }
    return member;
  }
  template <std::size_t words>
  void Words(const char* name, std::array<std::uint64_t, words>& bits) const {
    const std::string text = Text(name);
    if (text.size() != 16 * words) FailMember(name, fmt::format("{} digits", 16 * words));
    for (std::size_t i = 0; i < 8 * words; ++i) {
      bits[i / 8] |= std::uint64_t{Digit(name, text[2 * i]) * 16 + Digit(name, text[2 * i + 1])}
                     << (i % 8 * 8);
    }
  }
  template <std::size_t count>
  void Values(const char* name, std::array<std::uint8_t, count>& values) const {
    const nlohmann::json& list = List(name, count);
    const auto fits = [](const nlohmann::json& value) {
      return value.is_number_unsigned() && value.get<std::uint64_t>() <= 255;
    };
    if (list.size() != count || !std::ranges::all_of(list, fits)) {
      FailMember(name, fmt::format("list of {} numbers from 0 to 255", count));
    }
    for (std::size_t i = 0; i < count; ++i) values[i] = list[i].get<std::uint8_t>();
  }
  unsigned Digit(const char* name, char digit) const {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
    if (digit < 'a' || digit > 'f') FailMember(name, "hexadecimal number in small letters");
    return static_cast<unsigned>(digit - 'a') + 10;
  }
  const std::string& label() const { return label_; }

 private:
  const nlohmann::json& object_;
  const std::string& label_;
};

// Returns the one of the first `count` of an enumeration that has this text.
template <class Enumerator, class TextOf>
Enumerator EnumeratorOf(const MemberReader& members, const char* name, std::size_t count,
                        const TextOf& text_of) {
  const std::string text = members.Text(name);
  for (std::size_t i = 0; i < count; ++i) {
    if (text_of(static_cast<Enumerator>(i)) == text) return static_cast<Enumerator>(i);
  }
  members.FailMember(name, fmt::format("{} that there is", name));
}

std::vector<SketchedSpectrum> SpectraOfJson(const MemberReader& members, const char* name) {
  std::vector<SketchedSpectrum> spectra;
  for (const nlohmann::json& item : members.List(name, kMostSpectra)) {
    const MemberReader of_item(item, members.label());
    SketchedSpectrum& spectrum = spectra.emplace_back();
    spectrum.layer = static_cast<std::uint32_t>(of_item.Number("layer", UINT16_MAX));
    of_item.Values("values", spectrum.values);
  }
  return spectra;
}

SketchedComponent ComponentOfJson(const nlohmann::json& object, const std::string& label) {
  const MemberReader members(object, label);
  constexpr auto kSubmodels = static_cast<std::size_t>(Submodel::kProjector) + 1;
  SketchedComponent component;
  component.kind = EnumeratorOf<Submodel>(members, "kind", kSubmodels, SubmodelName);
  component.place = {.role = EnumeratorOf<Role>(members, "role", kRoleCount, RoleText),
                     .rows = members.Number("rows"),
                     .columns = members.Number("columns")};
  component.effective_values = members.Number("effective_values");
  members.Words("bits", component.bits);
  for (const nlohmann::json& item : members.List("layers", kMostSketchLayers)) {
    const MemberReader of_item(item, label);
    SketchedLayer& layer = component.layers.emplace_back();
    layer.layer = static_cast<std::uint32_t>(of_item.Number("layer", UINT16_MAX));
    of_item.Words("bits", layer.bits);
    if (of_item.Has("attention_norm")) {
      of_item.Values("attention_norm", layer.attention_norm.emplace());
    }
    if (of_item.Has("mlp_norm")) of_item.Values("mlp_norm", layer.mlp_norm.emplace());
  }
  component.keys = SpectraOfJson(members, "keys");
  component.routers = SpectraOfJson(members, "routers");
  return component;
}

std::uint64_t DigestOf(const MemberReader& members, const nlohmann::json& item) {
  if (!item.is_string() || item.get_ref<const std::string&>().size() != 16) {
    members.FailMember("file_digests", "list of texts of 16 digits");
  }
  std::uint64_t digest = 0;
  for (const char digit : item.get_ref<const std::string&>()) {
    digest = digest * 16 + members.Digit("file_digests", digit);
  }
  return digest;
}

Sketch SketchOfJson(const nlohmann::json& object, const std::string& label) {
  const MemberReader members(object, label);
  if (const std::uint64_t version = members.Number("version"); version != kSketchVersion) {
    members.Fail(fmt::format("it is of version {}, and this program makes and reads version {}",
                             version, kSketchVersion));
  }
  Sketch sketch;
  sketch.name = members.Text("name");
  sketch.location = members.Text("location");
  sketch.family = members.Text("family");
  const MemberReader sizes(members.Member("sizes"), label);
  for (const auto& [name, size] : kJsonSizes) {
    if (sizes.Has(name.data())) sketch.sizes.*size = sizes.Number(name.data());
  }
  for (const nlohmann::json& base : members.List("base_models", SIZE_MAX)) {
    if (!base.is_string()) members.FailMember("base_models", "list of texts");
    sketch.base_models.push_back(base.get<std::string>());
  }
  for (const nlohmann::json& digest : members.List("file_digests", kMostFileDigests)) {
    sketch.file_digests.push_back(DigestOf(members, digest));
  }
  sketch.content = members.Text("content");
  for (const nlohmann::json& component : members.List("components", SIZE_MAX)) {
    sketch.components.push_back(ComponentOfJson(component, label));
  }
  if (members.Has("untrained_rows")) {
    members.Words("untrained_rows", sketch.untrained_rows.emplace());
  }
  if (members.Has("vocabulary")) members.Values("vocabulary", sketch.vocabulary.emplace());
  return sketch;
}

}  // namespace

std::string WriteSketchJson(const Sketch& sketch) {
  OrderedJson sizes = OrderedJson::object();
  for (const auto& [name, size] : kJsonSizes) {
    if (sketch.sizes.*size > 0) sizes[std::string(name)] = sketch.sizes.*size;
  }
  OrderedJson digests = OrderedJson::array(), components = OrderedJson::array();
  for (const std::uint64_t digest : sketch.file_digests) {
    digests.push_back(fmt::format("{:016x}", digest));
  }
  for (const SketchedComponent& component : sketch.components) {
    components.push_back(JsonOfComponent(component));
  }
  OrderedJson object = {{"version", kSketchVersion},          {"name", sketch.name},
                        {"location", sketch.location},        {"family", sketch.family},
                        {"sizes", std::move(sizes)},          {"base_models", sketch.base_models},
                        {"file_digests", std::move(digests)}, {"content", sketch.content},
                        {"components", std::move(components)}};
  if (sketch.untrained_rows) object["untrained_rows"] = HexOfWords(*sketch.untrained_rows);
  if (sketch.vocabulary) object["vocabulary"] = *sketch.vocabulary;
  return AsciiControlsJson(object.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
}

Sketch ReadSketchJson(std::string_view line, const std::string& label) {
  const auto bytes = std::as_bytes(std::span(line));
  const Sketch sketch =
      SketchOfJson(ReadJsonObject(*MakeMemorySource(label, {bytes.begin(), bytes.end()}),
                                  kMostSketchJsonBytes, kMostJsonValues),
                   label);
  // What a record can't hold would be cut: nothing is taken that is not kept whole.
  Sketch kept = DecodeSketch(EncodeSketch(sketch), label);
  if (WriteSketchJson(kept) != WriteSketchJson(sketch)) {
    throw Error(ErrorKind::kBadInput,
                "no sketch that can be read: it holds more than a record of 8 KiB, or texts that "
                "are too long for one",
                {.file = label});
  }
  return kept;
}

}  // namespace modelkin
