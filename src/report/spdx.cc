#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "report/bill_parts.h"
#include "report/bill_writers.h"
#include "report/json_output.h"
#include "report/written_time.h"
#include "requests/bill_claims.h"
#include "requests/tool_version.h"

namespace modelkin {
namespace {

constexpr const char* kCreation = "_:creation";
constexpr const char* kNoAssertedLicense =
    "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense";

// Elements of a document, each with an identifier that belongs to it.
class SpdxGraph {
 public:
  explicit SpdxGraph(const BillOfMaterials& bill, std::string prefix)
      : bill_(bill), prefix_(std::move(prefix)) {}

  Json Run() {
    const std::string b =
        AddModel("model-b", bill_.attested.b, bill_.attested.b.name, bill_.inspection_b);
    if (bill_.basis) AddBase(b);
    for (std::size_t i = 0; i < bill_.others.size(); ++i) AddDeclared(i, b);
    AddLicenses(b);
    const std::string maker = Id("modelkin");
    Json graph = Json::array();
    graph.push_back({{"type", "CreationInfo"},
                     {"@id", kCreation},
                     {"specVersion", "3.0.1"},
                     {"created", WrittenTime()},
                     {"createdBy", Json::array({maker})}});
    graph.push_back({{"type", "SoftwareAgent"},
                     {"spdxId", maker},
                     {"creationInfo", kCreation},
                     {"name", fmt::format("modelkin {}", kToolVersion)}});
    graph.push_back(
        {{"type", "SpdxDocument"},
         {"spdxId", Id("document")},
         {"creationInfo", kCreation},
         {"name", fmt::format("{} and what it goes back to", bill_.attested.b.name)},
         {"profileConformance", Json::array({"core", "software", "simpleLicensing", "ai"})},
         {"rootElement", Json::array({b})},
         {"element", ids_}});
    for (Json& element : elements_) graph.push_back(std::move(element));
    return graph;
  }

 private:
  std::string Id(std::string_view name) const { return fmt::format("{}#{}", prefix_, name); }

  // Adds what all elements have.
  std::string Add(std::string_view type, std::string_view name, const Json& members) {
    std::string id = Id(name);
    Json element = {{"type", type}, {"spdxId", id}, {"creationInfo", kCreation}};
    element.update(members);
    elements_.push_back(std::move(element));
    ids_.push_back(id);
    return id;
  }

  std::string AddRelation(std::string_view name, const std::string& from, std::string_view type,
                          std::vector<std::string> to) {
    return Add("Relationship", name,
               {{"from", from}, {"relationshipType", type}, {"to", std::move(to)}});
  }

  // Of a base that the card names, with how it says that the model was made.
  std::string AddAncestor(std::string_view name, const std::string& base, const std::string& b,
                          bool is_declared) {
    std::string id = AddRelation(name, base, "ancestorOf", {b});
    const std::string& relation = bill_.declared.relation;
    if (is_declared && !relation.empty()) {
      elements_.back()["comment"] = fmt::format("{}{}", kRelationComment, relation);
    }
    return id;
  }

  static Json HashesJson(const std::string& sha256) {
    return Json::array({{{"type", "Hash"}, {"algorithm", "sha256"}, {"hashValue", sha256}}});
  }

  std::string AddModel(const std::string& name, const AttestedModel& model,
                       const std::string& called, const Inspection& inspection) {
    Json members = NamedMembers(called, model.uri);
    if (!model.commit.empty()) members["software_packageVersion"] = model.commit;
    if (inspection.family != nullptr) {
      members["ai_typeOfModel"] = Json::array({inspection.family->name});
    }
    if (model.manifest && model.extent == ManifestExtent::kFile) {
      members["verifiedUsing"] = HashesJson(model.manifest->items.front().sha256);
    }
    if (model.manifest) {
      members["comment"] = fmt::format("SHA-256 of the model as OpenSSF model signing has it: {}",
                                       model.manifest->RootDigest());
    }
    std::string id = Add("ai_AIPackage", name, members);
    if (model.manifest && model.extent != ManifestExtent::kFile) AddFiles(name, id, model);
    return id;
  }

  static Json NamedMembers(const std::string& name, const std::string& address) {
    Json members = {{"name", name}, {"software_primaryPurpose", "model"}};
    const std::string url = PackageUrl(address);
    constexpr std::string_view kPackage = "pkg:huggingface/";
    if (url.empty()) return members;
    members["software_packageUrl"] = url;
    const std::string repository = url.substr(
        kPackage.size(), url.find('@') == url.npos ? url.npos : url.find('@') - kPackage.size());
    members["software_downloadLocation"] = fmt::format("https://huggingface.co/{}", repository);
    return members;
  }

  void AddFiles(const std::string& name, const std::string& model_id, const AttestedModel& model) {
    std::vector<std::string> files;
    for (std::size_t i = 0; i < model.manifest->items.size(); ++i) {
      const ManifestItem& item = model.manifest->items[i];
      files.push_back(Add("software_File", fmt::format("{}-file-{}", name, i + 1),
                          {{"name", item.Name()}, {"verifiedUsing", HashesJson(item.sha256)}}));
    }
    if (files.empty()) return;
    AddRelation(name + "-contains", model_id, "contains", std::move(files));
  }

  void AddBase(const std::string& b) {
    const AttestedModel& base = bill_.attested.a;
    const std::string a =
        AddModel("model-a", base, bill_.declared_as.empty() ? base.name : bill_.declared_as,
                 bill_.inspection_a);
    std::string relation;
    switch (PlaceOfBase(bill_)) {
      case LineagePlace::kAncestor:
        relation = AddAncestor("lineage", a, b, !bill_.declared_as.empty());
        break;
      case LineagePlace::kDescendant:
        relation = AddRelation("lineage", b, "ancestorOf", {a});
        break;
      case LineagePlace::kVariant: relation = AddRelation("lineage", a, "hasVariant", {b}); break;
      case LineagePlace::kNowhere: return;
    }
    Annotate("lineage", relation, FactsOfBase(bill_), LineageNote(bill_));
  }

  void AddDeclared(std::size_t number, const std::string& b) {
    const CardBase& other = bill_.others[number];
    const std::string name = fmt::format("declared-{}", number + 1);
    const std::string id = Add("ai_AIPackage", name, NamedMembers(other.name, other.address));
    const std::string relation = AddAncestor(name + "-lineage", id, b, true);
    Annotate(name + "-lineage", relation, FactsOfDeclared(bill_),
             "The model's card declares it. Nothing was compared.");
  }

  // Facts as JSON for programs, and a sentence for people.
  void Annotate(const std::string& name, const std::string& relation, const BillFacts& facts,
                const std::string& sentence) {
    Json statement = Json::object();
    for (const auto& [fact, value] : facts) {
      const bool several = fact == "modelkin:lineage:kind";
      if (several) {
        statement[fact].push_back(value);
      } else {
        statement[fact] = value;
      }
    }
    Add("Annotation", name + "-facts",
        {{"annotationType", "other"},
         {"subject", relation},
         {"contentType", "application/json"},
         {"statement", Dump(statement)}});
    Add("Annotation", name + "-note",
        {{"annotationType", "review"}, {"subject", relation}, {"statement", sentence}});
  }

  // The profile wants both of each model; only what a card says is known.
  void AddLicenses(const std::string& b) {
    std::string declared = kNoAssertedLicense;
    if (!bill_.declared.license.empty()) {
      declared = Add("simplelicensing_LicenseExpression", "license",
                     {{"simplelicensing_licenseExpression", bill_.declared.license}});
    }
    AddRelation("declared-license", b, "hasDeclaredLicense", {declared});
    AddRelation("concluded-license", b, "hasConcludedLicense", {kNoAssertedLicense});
  }

  const BillOfMaterials& bill_;
  std::string prefix_;
  std::vector<Json> elements_;
  std::vector<std::string> ids_;
};

}  // namespace

void WriteSpdx(const BillOfMaterials& bill, const TextSink& sink) {
  const AttestedModel &a = bill.attested.a, &b = bill.attested.b;
  const auto digest = [](const AttestedModel& model) {
    return model.manifest ? model.manifest->RootDigest() : model.commit;
  };
  const std::string prefix = fmt::format(
      "urn:uuid:{}", UuidOf(fmt::format("spdx {} {} {} {}", a.name, digest(a), b.name, digest(b))));
  JsonObjectWriter writer(sink);
  writer.Member("@context", "https://spdx.org/rdf/3.0.1/spdx-context.jsonld");
  writer.Member("@graph", SpdxGraph(bill, prefix).Run());
  writer.End();
}

}  // namespace modelkin
