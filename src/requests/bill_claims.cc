#include "requests/bill_claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"
#include "requests/short_names.h"

namespace modelkin {
namespace {

using nlohmann::json;

constexpr std::size_t kMostClaims = 64;
constexpr const char* kRelationProperty = "modelkin:lineage:relation";

[[noreturn]] void FailBill(const std::string& file, std::string_view message) {
  throw Error(ErrorKind::kBadInput, message, {.file = file, .tensor = {}, .offset_bytes = {}});
}

std::string TextIn(const json& object, const char* name) {
  if (!object.is_object()) return "";
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// An empty list of what is none.
const json& ListIn(const json& object, const char* name) {
  static const json kNone = json::array();
  if (!object.is_object()) return kNone;
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : kNone;
}

const json& MemberIn(const json& object, const char* name) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

// A model of a bill that has ancestors.
struct Descendant {
  BillModel model;
  std::vector<BillClaim> claims;
};

// --- CycloneDX

BillModel ComponentModel(const json& component) {
  const std::string group = TextIn(component, "group"), name = TextIn(component, "name");
  BillModel model{.name = group.empty() ? name : fmt::format("{}/{}", group, name),
                  .address = HubAddressIn(TextIn(component, "purl"))};
  for (const json& reference : ListIn(component, "externalReferences")) {
    if (model.address.empty()) model.address = HubAddressIn(TextIn(reference, "url"));
  }
  return model;
}

std::string RelationProperty(const json& component) {
  for (const json& property : ListIn(component, "properties")) {
    if (TextIn(property, "name") == kRelationProperty) return TextIn(property, "value");
  }
  return "";
}

void AddComponent(const json& component, std::vector<Descendant>& found) {
  Descendant descendant{.model = ComponentModel(component), .claims = {}};
  for (const json& ancestor : ListIn(MemberIn(component, "pedigree"), "ancestors")) {
    descendant.claims.push_back(
        {.base = ComponentModel(ancestor), .relation = RelationProperty(ancestor)});
  }
  if (!descendant.claims.empty()) found.push_back(std::move(descendant));
}

std::vector<Descendant> CycloneDxDescendants(const json& document) {
  std::vector<Descendant> found;
  AddComponent(MemberIn(MemberIn(document, "metadata"), "component"), found);
  for (const json& component : ListIn(document, "components")) AddComponent(component, found);
  return found;
}

// --- SPDX

// By identifiers; of several with one identifier the first.
using SpdxModels = std::map<std::string, BillModel>;

class SpdxRelations {
 public:
  explicit SpdxRelations(SpdxModels models) : models_(std::move(models)) {}

  void Add(const std::string& descendant, const std::string& ancestor,
           const std::string& relation = {}) {
    const auto below = models_.find(descendant), above = models_.find(ancestor);
    const BillModel named{.name = ancestor, .address = {}};
    const auto [place, is_new] = index_.emplace(descendant, found_.size());
    if (is_new) {
      found_.push_back({.model = below == models_.end()
                                     ? BillModel{.name = descendant, .address = {}}
                                     : below->second,
                        .claims = {}});
    }
    found_[place->second].claims.push_back(
        {.base = above == models_.end() ? named : above->second, .relation = relation});
  }

  std::vector<Descendant> Take() { return std::move(found_); }

 private:
  SpdxModels models_;
  std::map<std::string, std::size_t> index_;
  std::vector<Descendant> found_;
};

BillModel Spdx2Model(const json& package) {
  BillModel model{.name = TextIn(package, "name"),
                  .address = HubAddressIn(TextIn(package, "downloadLocation"))};
  for (const json& reference : ListIn(package, "externalRefs")) {
    const std::string address = HubAddressIn(TextIn(reference, "referenceLocator"));
    if (!address.empty()) model.address = address;
  }
  return model;
}

std::vector<Descendant> Spdx2Descendants(const json& document) {
  SpdxModels models;
  for (const json& package : ListIn(document, "packages")) {
    models.emplace(TextIn(package, "SPDXID"), Spdx2Model(package));
  }
  SpdxRelations relations(std::move(models));
  for (const json& relation : ListIn(document, "relationships")) {
    const std::string type = TextIn(relation, "relationshipType");
    const std::string from = TextIn(relation, "spdxElementId");
    const std::string to = TextIn(relation, "relatedSpdxElement");
    if (type == "DESCENDANT_OF") relations.Add(from, to);
    if (type == "ANCESTOR_OF") relations.Add(to, from);
  }
  return relations.Take();
}

BillModel Spdx3Model(const json& element) {
  BillModel model{.name = TextIn(element, "name"), .address = {}};
  for (const char* const name :
       {"software_packageUrl", "software_downloadLocation", "software_homePage"}) {
    if (model.address.empty()) model.address = HubAddressIn(TextIn(element, name));
  }
  for (const json& reference : ListIn(element, "externalRef")) {
    for (const json& locator : ListIn(reference, "locator")) {
      if (model.address.empty() && locator.is_string()) {
        model.address = HubAddressIn(locator.get<std::string>());
      }
    }
  }
  for (const json& identifier : ListIn(element, "externalIdentifier")) {
    if (model.address.empty()) model.address = HubAddressIn(TextIn(identifier, "identifier"));
  }
  return model;
}

std::string IdOf(const json& element) {
  const std::string id = TextIn(element, "spdxId");
  return id.empty() ? TextIn(element, "@id") : id;
}

// An identifier, or an element that stands where one could.
std::string IdAt(const json& value) {
  return value.is_string() ? value.get<std::string>() : IdOf(value);
}

std::vector<std::string> IdsAt(const json& value) {
  if (!value.is_array()) return {IdAt(value)};
  std::vector<std::string> ids;
  for (const json& item : value) ids.push_back(IdAt(item));
  return ids;
}

// "base_model_relation:finetune", as pitloom and we write it: SPDX has no member for it.
std::string RelationInComment(const std::string& comment) {
  return comment.starts_with(kRelationComment) ? comment.substr(kRelationComment.size()) : "";
}

std::vector<Descendant> Spdx3Descendants(const json& document) {
  SpdxModels models;
  for (const json& element : ListIn(document, "@graph")) {
    models.emplace(IdOf(element), Spdx3Model(element));
  }
  SpdxRelations relations(std::move(models));
  for (const json& element : ListIn(document, "@graph")) {
    const std::string type = TextIn(element, "relationshipType");
    if (type != "ancestorOf" && type != "descendantOf") continue;
    const std::string from = IdAt(MemberIn(element, "from"));
    const std::string relation = RelationInComment(TextIn(element, "comment"));
    for (const std::string& to : IdsAt(MemberIn(element, "to"))) {
      if (type == "descendantOf") relations.Add(from, to, relation);
      if (type == "ancestorOf") relations.Add(to, from, relation);
    }
  }
  return relations.Take();
}

bool IsCycloneDx(const json& document) { return TextIn(document, "bomFormat") == "CycloneDX"; }
bool IsSpdx2(const json& document) { return TextIn(document, "spdxVersion").starts_with("SPDX-"); }
bool IsSpdx3(const json& document) { return document.is_object() && document.contains("@graph"); }

std::string LastPart(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

// The one that is meant, of several.
const Descendant& Meant(const std::string& file, const std::vector<Descendant>& found,
                        const std::string& model) {
  if (found.size() == 1) return found.front();
  const std::string name = LastPart(ShortNames({model}).front());
  const Descendant* meant = nullptr;
  std::uint64_t matching = 0;
  for (const Descendant& descendant : found) {
    if (LastPart(descendant.model.name) != name) continue;
    meant = &descendant;
    ++matching;
  }
  if (matching == 1) return *meant;
  FailBill(file, fmt::format("names ancestors of {} models, {} of them called {}: no telling "
                             "which one is meant",
                             found.size(), matching == 0 ? "none" : fmt::format("{}", matching),
                             Printable(name)));
}

}  // namespace

std::string HubAddressIn(const std::string& text) {
  constexpr std::array<std::string_view, 4> kBeginnings = {
      "pkg:huggingface/", "https://huggingface.co/", "https://hf.co/", "hf://"};
  const auto* const beginning = std::ranges::find_if(
      kBeginnings, [&](std::string_view begins) { return text.starts_with(begins); });
  if (beginning == kBeginnings.end()) return "";
  std::string_view rest = std::string_view(text).substr(beginning->size());
  rest = rest.substr(0, rest.find_first_of("?#"));
  const std::size_t at = rest.find('@');
  const std::string_view revision =
      at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  std::string_view name = rest.substr(0, at);
  // Of an address, what is below the repository.
  const std::size_t org = name.find('/');
  const bool is_model = org != std::string_view::npos && name.substr(0, org) != "datasets" &&
                        name.substr(0, org) != "spaces";
  if (!is_model) return "";
  name = name.substr(0, name.find('/', org + 1));
  return revision.empty() ? fmt::format("hf://{}", name)
                          : fmt::format("hf://{}@{}", name, revision);
}

bool IsBill(const json& document) {
  return IsCycloneDx(document) || IsSpdx2(document) || IsSpdx3(document);
}

std::vector<BillClaim> ReadBillClaims(const std::string& file, const json& document,
                                      const std::string& model) {
  const std::vector<Descendant> found = IsCycloneDx(document) ? CycloneDxDescendants(document)
                                        : IsSpdx2(document)   ? Spdx2Descendants(document)
                                                              : Spdx3Descendants(document);
  if (found.empty()) {
    FailBill(file, IsCycloneDx(document) ? "claims nothing: no component has pedigree.ancestors"
                                         : "claims nothing: it has no relationship of an ancestor");
  }
  std::vector<BillClaim> claims = Meant(file, found, model).claims;
  if (claims.size() > kMostClaims) {
    FailBill(file,
             fmt::format("names {} ancestors; at most {} make sense", claims.size(), kMostClaims));
  }
  return claims;
}

}  // namespace modelkin
