#include "dossier/exchanged_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/escaped_text.h"
#include "dossier/record_fields.h"
#include "dossier/sign_projection.h"
#include "dossier/unit_limits.h"
#include "source/json_document.h"
#include "storage/safetensors.h"

namespace modelkin {
namespace {

using nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr std::uint64_t kLargestFileBytes = std::uint64_t{256} << 20;
constexpr std::uint64_t kMostFileValues = std::uint64_t{1} << 22;
constexpr std::uint64_t kMostTensors = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostOutlineMlps = std::uint64_t{1} << 18;
constexpr std::uint64_t kMostOutlineLayers = std::uint64_t{1} << 16;
constexpr std::uint64_t kMostCoordinates = std::uint64_t{1} << 20;
constexpr std::size_t kLongestKind = 32;

OrderedJson HeadOf(std::string_view kind) {
  return {
      {"schema_version", kDossierFormVersion}, {"tool", {{"name", "modelkin"}}}, {"kind", kind}};
}

std::string TextOf(const OrderedJson& value) {
  return AsciiControlsJson(value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace)) +
         "\n";
}

json ReadKind(const ByteSource& file, std::string_view kind) {
  json document = ReadJsonObject(file, kLargestFileBytes, kMostFileValues);
  const RecordFields fields(document, file.label(), "");
  if (fields.Text("kind", kLongestKind) != kind) {
    fields.Fail("kind", fmt::format("is not \"{}\": this is another file", kind));
  }
  if (fields.Text("schema_version", kLongestKind) != kDossierFormVersion) {
    fields.Fail("schema_version", fmt::format("is not {}", kDossierFormVersion));
  }
  return document;
}

template <class Value>
OrderedJson NullOr(const std::optional<Value>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

OrderedJson SideJson(const ProjectedSide& side) {
  OrderedJson weights = OrderedJson::array();
  for (const WeightPlace& weight : side.weights) {
    weights.push_back({{"tensor", weight.tensor},
                       {"offset", weight.offset},
                       {"units", weight.units},
                       {"unit_stride", weight.unit_stride},
                       {"coordinate_stride", weight.coordinate_stride}});
  }
  return {{"weights", std::move(weights)},
          {"finite", side.finite},
          {"rows", TextOfCodes(side.rows)},
          {"sum", TextOfCodes(side.sum)}};
}

OrderedJson BlockJson(const UnitBlock& block) {
  return {{"kind", UnitKindName(block.kind)},
          {"name", block.name},
          {"layer", NullOr(block.layer)},
          {"expert", NullOr(block.expert)},
          {"gated", block.gated},
          {"units", block.units},
          {"first", SideJson(block.first)},
          {"second", SideJson(block.second)}};
}

// Reads a dossier member by member.
class DossierReader {
 public:
  DossierReader(const json& document, const std::string& file) : all_(document, file, "") {}

  Dossier Read() {
    dossier_.root = all_.Hash("root");
    dossier_.seed = all_.Text("seed", kLongestSeed);
    dossier_.dimensions = all_.Number("dimensions", kFewestDimensions, kMostDimensions);
    dossier_.residual = all_.Number("residual", 1, kMostCoordinates);
    ReadOutline();
    ReadMlps();
    dossier_.head_layers = all_.Ascending("head_layers", kMostOutlineLayers);
    dossier_.expert_layers = all_.Ascending("expert_layers", kMostOutlineLayers);
    const json& blocks = all_.List("blocks", 1, kMostMlpsTold + 2 * kMostLayersTold);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      dossier_.blocks.push_back(BlockOf(all_.Item(blocks, "blocks", i)));
    }
    RequireDraw();
    return std::move(dossier_);
  }

 private:
  void ReadOutline() {
    const json& tensors = all_.List("tensors", 1, kMostTensors);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const RecordFields fields = all_.Item(tensors, "tensors", i);
      OutlineTensor tensor{.name = fields.Text("name", kMaxTensorNameBytes)};
      const auto dtype = ParseDType(fields.Text("dtype", kLongestKind));
      if (!dtype) fields.Fail("dtype", "is no element type");
      tensor.dtype = *dtype;
      for (const json& length : fields.List("shape", 0, kMaxTensorRank)) {
        if (!length.is_number_unsigned()) fields.Fail("shape", "is no shape");
        tensor.shape.push_back(length.get<std::uint64_t>());
      }
      const auto elements = ElementCount(tensor.shape);
      if (!elements) fields.Fail("shape", "has too many elements");
      if (!elements_.emplace(tensor.name, *elements).second) fields.Fail("name", "occurs twice");
      dossier_.outline.push_back(std::move(tensor));
    }
  }

  void ReadMlps() {
    const json& mlps = all_.List("mlps", 0, kMostOutlineMlps);
    std::set<std::string> names;
    for (std::size_t i = 0; i < mlps.size(); ++i) {
      const RecordFields fields = all_.Item(mlps, "mlps", i);
      dossier_.mlps.push_back({.name = fields.Text("name", kMaxTensorNameBytes),
                               .layer = fields.OptionalNumber("layer"),
                               .expert = fields.OptionalNumber("expert")});
      if (!names.insert(dossier_.mlps.back().name).second) fields.Fail("name", "occurs twice");
    }
  }

  UnitBlock BlockOf(const RecordFields& fields) {
    const std::string kind = fields.Text("kind", kLongestKind);
    UnitBlock block{.name = fields.Text("name", kMaxTensorNameBytes),
                    .layer = fields.OptionalNumber("layer"),
                    .expert = fields.OptionalNumber("expert"),
                    .gated = fields.Flag("gated"),
                    .units = fields.Number("units", 2, kMostUnitsOfMlp)};
    std::size_t number = 0;
    while (number < kUnitKinds && UnitKindName(static_cast<UnitKind>(number)) != kind) ++number;
    if (number == kUnitKinds) fields.Fail("kind", "is no kind of units");
    block.kind = static_cast<UnitKind>(number);
    if (!IsUnitCount(block.kind, block.units)) fields.Fail("units", "are too many");
    const std::uint64_t rows = block.kind == UnitKind::kHidden
                                   ? UnitsTold(dossier_.seed, block.units).size()
                                   : block.units;
    block.first = SideOf(fields.Object("first"), block, rows);
    block.second = SideOf(fields.Object("second"), block, rows);
    RequireWeights(fields, block);
    return block;
  }

  ProjectedSide SideOf(const RecordFields& fields, const UnitBlock& block, std::uint64_t rows) {
    ProjectedSide side{.finite = fields.Flag("finite")};
    const json& weights = fields.List("weights", 1, std::max<std::uint64_t>(2, block.units));
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const RecordFields weight = fields.Item(weights, "weights", i);
      WeightPlace place{.tensor = weight.Text("tensor", kMaxTensorNameBytes),
                        .offset = weight.Number("offset", 0, UINT64_MAX),
                        .units = weight.Number("units", 1, UINT64_MAX),
                        .unit_stride = weight.Number("unit_stride", 1, UINT64_MAX),
                        .coordinates = dossier_.residual,
                        .coordinate_stride = weight.Number("coordinate_stride", 1, UINT64_MAX)};
      const auto held = elements_.find(place.tensor);
      if (held == elements_.end()) weight.Fail("tensor", "is not among \"tensors\"");
      if (!IsPlaceIn(place, held->second)) weight.Fail("", "is no place in its tensor");
      side.weights.push_back(std::move(place));
    }
    side.rows = fields.Codes("rows", rows * dossier_.dimensions);
    side.sum = fields.Codes("sum", dossier_.dimensions);
    return side;
  }

  static void RequireWeights(const RecordFields& fields, const UnitBlock& block) {
    for (const ProjectedSide* const side : {&block.first, &block.second}) {
      const bool is_second = side == &block.second;
      std::size_t count = block.kind == UnitKind::kHeads ? 2 : 1;
      if (block.kind == UnitKind::kExperts && is_second) count = block.units;
      bool fits = side->weights.size() == count;
      if (fits && block.kind == UnitKind::kHeads) {
        const std::uint64_t many = side->weights[0].units, few = side->weights[1].units;
        fits = few % block.units == 0 && many % few == 0;
      } else if (fits && !(block.kind == UnitKind::kExperts && is_second)) {
        fits = side->weights.front().units == block.units;
      }
      if (!fits)
        fields.Fail(is_second ? "second" : "first", "has other weights than its units ask");
    }
  }

  // Whoever tells of other MLPs than the seed draws chose them.
  void RequireDraw() const {
    const std::vector<BlockId> told = BlocksTold(dossier_);
    const auto is_told = [](const BlockId& id, const UnitBlock& block) {
      return id.kind == block.kind && id.layer == block.layer &&
             (id.kind != UnitKind::kHidden || id.name == block.name);
    };
    if (!std::ranges::equal(told, dossier_.blocks, is_told)) {
      all_.Fail("blocks", "are not those that the seed draws");
    }
  }

  RecordFields all_;
  Dossier dossier_;
  std::map<std::string, std::uint64_t, std::less<>> elements_;  // of tensors
};

}  // namespace

std::string CommitmentJson(const Commitment& commitment) {
  OrderedJson value = HeadOf("commitment");
  value["root"] = HexOf(commitment.root);
  value["tensors"] = commitment.tensors;
  return TextOf(value);
}

std::string SecretJson(const CommitmentSecret& secret) {
  OrderedJson value = HeadOf("private key of a commitment");
  value["key"] = HexOf(secret.key);
  value["leaves"] = OrderedJson::array();
  for (const Digest& leaf : secret.leaves) value["leaves"].push_back(HexOf(leaf));
  return TextOf(value);
}

std::string DossierJson(const Dossier& dossier) {
  OrderedJson value = HeadOf("dossier");
  value["root"] = HexOf(dossier.root);
  value["seed"] = dossier.seed;
  value["dimensions"] = dossier.dimensions;
  value["residual"] = dossier.residual;
  value["tensors"] = OrderedJson::array();
  for (const OutlineTensor& tensor : dossier.outline) {
    value["tensors"].push_back(
        {{"name", tensor.name}, {"dtype", DTypeName(tensor.dtype)}, {"shape", tensor.shape}});
  }
  value["mlps"] = OrderedJson::array();
  for (const OutlineMlp& mlp : dossier.mlps) {
    value["mlps"].push_back(
        {{"name", mlp.name}, {"layer", NullOr(mlp.layer)}, {"expert", NullOr(mlp.expert)}});
  }
  value["head_layers"] = dossier.head_layers;
  value["expert_layers"] = dossier.expert_layers;
  value["blocks"] = OrderedJson::array();
  for (const UnitBlock& block : dossier.blocks) value["blocks"].push_back(BlockJson(block));
  return TextOf(value);
}

Commitment ReadCommitment(const ByteSource& file) {
  const json document = ReadKind(file, "commitment");
  const RecordFields fields(document, file.label(), "");
  return {.root = fields.Hash("root"), .tensors = fields.Number("tensors", 1, kMostTensors)};
}

CommitmentSecret ReadSecret(const ByteSource& file) {
  const json document = ReadKind(file, "private key of a commitment");
  const RecordFields fields(document, file.label(), "");
  CommitmentSecret secret{.key = fields.Hash("key")};
  for (const json& leaf : fields.List("leaves", 1, kMostTensors)) {
    const auto digest =
        leaf.is_string() ? DigestOfHex(leaf.get_ref<const std::string&>()) : std::nullopt;
    if (!digest) fields.Fail("leaves", "holds what is no digest");
    secret.leaves.push_back(*digest);
  }
  return secret;
}

Dossier ReadDossier(const ByteSource& file) {
  const json document = ReadKind(file, "dossier");
  return DossierReader(document, file.label()).Read();
}

Digest DigestOfDossier(const Dossier& dossier) { return DigestOf(DossierJson(dossier)); }

}  // namespace modelkin
