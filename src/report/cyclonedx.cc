#include <fmt/format.h>

#include <string>
#include <utility>

#include "report/bill_parts.h"
#include "report/bill_writers.h"
#include "report/json_output.h"
#include "report/written_time.h"
#include "requests/tool_version.h"

namespace modelkin {
namespace {

Json PropertyJson(std::string_view name, std::string_view value) {
  return {{"name", name}, {"value", value}};
}

Json PropertiesJson(const BillFacts& facts) {
  Json list = Json::array();
  for (const auto& [name, value] : facts) list.push_back(PropertyJson(name, value));
  return list;
}

// Type, reference, group, name, version and package URL, in the order of the specification.
Json NamedComponent(const std::string& name, const std::string& address, const std::string& version,
                    std::string_view reference) {
  const auto [group, plain] = GroupAndName(name);
  Json component = {{"type", "machine-learning-model"}, {"bom-ref", reference}};
  if (!group.empty()) component["group"] = group;
  component["name"] = plain;
  if (!version.empty()) component["version"] = version;
  const std::string url = PackageUrl(address);
  if (!url.empty()) component["purl"] = url;
  return component;
}

Json HashJson(const std::string& sha256) {
  return Json::array({{{"alg", "SHA-256"}, {"content", sha256}}});
}

// What says that the component is what it is called.
Json IdentityJson(const std::string& sha256) {
  return {{"identity", Json::array({{{"field", "hash"},
                                     {"confidence", 1},
                                     {"methods", Json::array({{{"technique", "hash-comparison"},
                                                               {"confidence", 1},
                                                               {"value", sha256}}})}}})}};
}

Json FilesJson(const AttestedModel& model, std::string_view reference) {
  Json list = Json::array();
  for (const ManifestItem& item : model.manifest->items) {
    const std::string name = item.path == "." ? model.name : item.Name();
    list.push_back({{"type", "file"},
                    {"bom-ref", fmt::format("{}/{}", reference, name)},
                    {"name", name},
                    {"hashes", HashJson(item.sha256)}});
  }
  return list;
}

Json ParametersJson(const Inspection& inspection, const OpenedModel& model) {
  Json parameters = Json::object();
  if (inspection.family != nullptr) parameters["architectureFamily"] = inspection.family->name;
  if (model.config() != nullptr) {
    const auto* const names = model.config()->Find("architectures");
    if (names != nullptr && names->is_array() && !names->empty() && (*names)[0].is_string()) {
      parameters["modelArchitecture"] = (*names)[0].get<std::string>();
    }
  }
  return parameters;
}

Json CardProperties(const Inspection& inspection) {
  Json list = Json::array();
  if (inspection.counted()) {
    list.push_back(
        PropertyJson("modelkin:parameters", fmt::format("{}", inspection.parameters.total)));
  }
  for (const auto& [type, use] : inspection.by_type) {
    list.push_back(PropertyJson("modelkin:stored-as", type));
  }
  return list;
}

// Adds what is known of the model itself.
void Describe(const AttestedModel& model, const Inspection& inspection, const OpenedModel& opened,
              std::string_view reference, Json& component) {
  Json properties = Json::array();
  if (model.manifest) {
    const std::string digest = model.manifest->RootDigest();
    if (model.extent == ManifestExtent::kFile) {
      component["hashes"] = HashJson(model.manifest->items.front().sha256);
    }
    properties.push_back(PropertyJson("modelkin:model-signing:sha256", digest));
    component["components"] = FilesJson(model, reference);
    component["evidence"] = IdentityJson(digest);
  }
  component["modelCard"] = {{"modelParameters", ParametersJson(inspection, opened)},
                            {"properties", CardProperties(inspection)}};
  component["properties"] = std::move(properties);
}

Json BaseJson(const BillOfMaterials& bill) {
  const AttestedModel& a = bill.attested.a;
  constexpr std::string_view kReference = "model-a";
  // What the card calls it says more than a folder's name.
  const std::string& name = bill.declared_as.empty() ? a.name : bill.declared_as;
  Json component = NamedComponent(name, a.uri, a.commit, kReference);
  Describe(a, bill.inspection_a, *bill.attested.trace.models.a().model, kReference, component);
  for (Json& fact : PropertiesJson(FactsOfBase(bill))) {
    component["properties"].push_back(std::move(fact));
  }
  return component;
}

Json PedigreeJson(const BillOfMaterials& bill) {
  Json ancestors = Json::array(), descendants = Json::array(), variants = Json::array();
  switch (PlaceOfBase(bill)) {
    case LineagePlace::kAncestor: ancestors.push_back(BaseJson(bill)); break;
    case LineagePlace::kDescendant: descendants.push_back(BaseJson(bill)); break;
    case LineagePlace::kVariant: variants.push_back(BaseJson(bill)); break;
    case LineagePlace::kNowhere: break;
  }
  for (std::size_t i = 0; i < bill.others.size(); ++i) {
    const CardBase& other = bill.others[i];
    Json component =
        NamedComponent(other.name, other.address, "", fmt::format("declared-{}", i + 1));
    component["properties"] = PropertiesJson(FactsOfDeclared(bill));
    ancestors.push_back(std::move(component));
  }
  Json pedigree = {{"ancestors", std::move(ancestors)}};
  if (!descendants.empty()) pedigree["descendants"] = std::move(descendants);
  if (!variants.empty()) pedigree["variants"] = std::move(variants);
  pedigree["notes"] = LineageNote(bill);
  return pedigree;
}

Json ModelJson(const BillOfMaterials& bill) {
  const AttestedModel& b = bill.attested.b;
  constexpr std::string_view kReference = "model-b";
  Json component = NamedComponent(b.name, b.uri, b.commit, kReference);
  Describe(b, bill.inspection_b, *bill.attested.trace.models.b().model, kReference, component);
  component["pedigree"] = PedigreeJson(bill);
  // What was asked of, though nothing relates the two.
  if (PlaceOfBase(bill) == LineagePlace::kNowhere) {
    component["properties"].push_back(PropertyJson("modelkin:not-found", bill.attested.a.name));
  }
  return component;
}

}  // namespace

void WriteCycloneDx(const BillOfMaterials& bill, CycloneDxVersion version, const TextSink& sink) {
  const std::string_view number = version == CycloneDxVersion::k1_6 ? "1.6" : "1.7";
  const Json model = ModelJson(bill);
  const Json tool = {{"type", "application"}, {"name", "modelkin"}, {"version", kToolVersion}};
  JsonObjectWriter writer(sink);
  writer.Member("$schema", fmt::format("http://cyclonedx.org/schema/bom-{}.schema.json", number));
  writer.Member("bomFormat", "CycloneDX");
  writer.Member("specVersion", number);
  writer.Member("serialNumber",
                fmt::format("urn:uuid:{}", UuidOf(fmt::format("{} {}", number, Dump(model)))));
  writer.Member("version", 1);
  writer.Member("metadata", {{"timestamp", WrittenTime()},
                             {"tools", {{"components", Json::array({tool})}}},
                             {"component", model}});
  writer.End();
}

}  // namespace modelkin
