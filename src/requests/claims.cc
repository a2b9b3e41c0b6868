#include "requests/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"
#include "model/model_card.h"
#include "requests/bill_claims.h"
#include "source/json_document.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kLargestBill = std::uint64_t{64} << 20;
constexpr std::uint64_t kMostBillValues = std::uint64_t{1} << 22;
constexpr std::string_view kCardName = "README.md";

[[noreturn]] void FailClaims(ErrorKind kind, const std::string& file, std::string_view message) {
  throw Error(kind, message, {.file = file, .tensor = {}, .offset_bytes = {}});
}

// "org/name", as hubs have it: two parts, and nothing that leads elsewhere.
bool IsHubName(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == name.size()) return false;
  if (name.front() == '.' || name.substr(slash + 1).front() == '.') return false;
  return std::ranges::count(name, '/') == 1 && std::ranges::all_of(name, [](char c) {
           return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') ||
                  std::string_view("-_./").find(c) != std::string_view::npos;
         });
}

// "org/name" of "hf://org/name@revision".
std::string HubNameIn(const std::string& address) {
  constexpr std::string_view kHub = "hf://";
  if (!address.starts_with(kHub)) return "";
  const std::string rest = address.substr(kHub.size());
  return rest.substr(0, rest.find('@'));
}

// Where each of a file's names is.
class ClaimResolver {
 public:
  ClaimResolver(const std::string& file, const ClaimPlaces& places)
      : file_(file), places_(places) {}

  void Add(const std::string& name, const std::string& address, const std::string& relation) {
    if (name.empty() && address.empty()) {
      FailClaims(ErrorKind::kBadInput, file_, "claims a base without a name");
    }
    const bool is_known =
        std::ranges::any_of(claims_, [&](const Claim& claim) { return claim.name == name; });
    if (is_known) return;  // said twice
    Claim claim{.name = name.empty() ? address : name,
                .place = {},
                .called = {},
                .source = file_,
                .relation = RelationOf(relation)};
    Place(name, address, claim);
    claims_.push_back(std::move(claim));
  }

  std::vector<Claim> Take() { return std::move(claims_); }

 private:
  // A path is its author's: following it here would open whatever a stranger names.
  void Place(const std::string& name, const std::string& address, Claim& claim) const {
    for (const std::string& called : {name, address, HubNameIn(address)}) {
      const auto place = places_.find(called);
      if (called.empty() || place == places_.end()) continue;
      claim.called = called;
      claim.place = place->second;
      return;
    }
    if (!address.empty()) {
      claim.place = address;
    } else if (IsHubName(name)) {
      claim.place = fmt::format("hf://{}", name);
    } else if (name.starts_with("hf://")) {
      claim.place = name;
    } else {
      FailClaims(ErrorKind::kBadInput, file_,
                 fmt::format("claims {}, which is no repository of a hub: say where it is by "
                             "--claim-at {}=MODEL",
                             Printable(name), Printable(name)));
    }
  }

  ClaimedRelation RelationOf(const std::string& relation) const {
    if (relation.empty()) return ClaimedRelation::kUnsaid;
    const auto* const found = std::ranges::find(kClaimedRelationNames, relation);
    if (found == kClaimedRelationNames.end()) {
      FailClaims(ErrorKind::kBadInput, file_,
                 fmt::format("claims the relation {}, and hubs know finetune, adapter, merge and "
                             "quantized",
                             Printable(relation)));
    }
    return static_cast<ClaimedRelation>(found - kClaimedRelationNames.begin());
  }

  const std::string& file_;
  const ClaimPlaces& places_;
  std::vector<Claim> claims_;
};

std::vector<Claim> CardClaims(const std::string& file, const ByteSource& card,
                              const ClaimPlaces& places) {
  if (card.size_bytes() > kLargestModelCard) {
    FailClaims(ErrorKind::kBadInput, file,
               fmt::format("is {} bytes long; at most {} make sense of a card", card.size_bytes(),
                           kLargestModelCard));
  }
  std::vector<std::byte> scratch;
  const auto bytes = card.Read(0, card.size_bytes(), scratch);
  const DeclaredOrigin origin =
      ReadModelCard(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (origin.bases.empty()) return {};
  ClaimResolver resolver(file, places);
  for (const std::string& base : origin.bases) resolver.Add(base, "", origin.relation);
  return resolver.Take();
}

bool MayBeJson(const ByteSource& file) {
  constexpr std::uint64_t kBeginning = 64;
  std::vector<std::byte> scratch;
  const auto bytes = file.Read(0, std::min(file.size_bytes(), kBeginning), scratch);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return first != std::string_view::npos && text[first] == '{';
}

std::vector<Claim> BillClaims(const std::string& file, const ByteSource& source,
                              const std::string& model, const ClaimPlaces& places) {
  const nlohmann::json document = ReadJsonObject(source, kLargestBill, kMostBillValues);
  if (!IsBill(document)) {
    FailClaims(ErrorKind::kBadInput, file,
               "is neither a bill of CycloneDX or SPDX nor a card (README.md)");
  }
  ClaimResolver resolver(file, places);
  for (const BillClaim& claim : ReadBillClaims(file, document, model)) {
    resolver.Add(claim.base.name, claim.base.address, claim.relation);
  }
  return resolver.Take();
}

bool HasAny(const std::vector<DerivationKind>& kinds,
            std::initializer_list<DerivationKind> wanted) {
  return std::ranges::any_of(
      kinds, [&](DerivationKind kind) { return std::ranges::find(wanted, kind) != wanted.end(); });
}

}  // namespace

Claim ClaimOfPlace(const std::string& place) {
  return {.name = place,
          .place = place,
          .called = {},
          .source = {},
          .relation = ClaimedRelation::kUnsaid};
}

void RequireClaimed(const ClaimPlaces& places, const std::vector<Claim>& claims) {
  for (const auto& [name, place] : places) {
    if (std::ranges::find(claims, name, &Claim::called) != claims.end()) continue;
    throw Error(ErrorKind::kUsage,
                fmt::format("--claim-at {}: no file claims that", Printable(name)));
  }
}

std::vector<Claim> ReadClaims(const std::string& file, const std::string& model,
                              const ClaimPlaces& places, const Places& where) {
  const auto source = where.Open(file);
  if (MayBeJson(*source)) return BillClaims(file, *source, model, places);
  std::vector<Claim> claims = CardClaims(file, *source, places);
  if (claims.empty()) {
    FailClaims(ErrorKind::kBadInput, file,
               "claims nothing: it is a card without base_model in its metadata, or something "
               "else");
  }
  return claims;
}

std::vector<Claim> ReadOwnClaims(const std::string& model, const ClaimPlaces& places,
                                 const Places& where) {
  const std::string file = fmt::format("{}/{}", model, kCardName);
  std::vector<Claim> claims;
  if (where.IsFolder(model) && where.MayExist(file)) {
    claims = CardClaims(file, *where.Open(file), places);
  }
  if (claims.empty()) {
    FailClaims(ErrorKind::kUsage, model,
               "claims nothing: it has no README.md with a base_model. Name one by --claim "
               "base_model=MODEL, or a file that does by --claim FILE");
  }
  return claims;
}

std::optional<bool> AgreesWith(ClaimedRelation relation, const std::vector<DerivationKind>& kinds,
                               bool is_adapter) {
  using enum DerivationKind;
  if (kinds.empty()) return std::nullopt;
  switch (relation) {
    case ClaimedRelation::kUnsaid: return std::nullopt;
    case ClaimedRelation::kQuantized: return HasAny(kinds, {kQuantised});
    case ClaimedRelation::kMerge:
      if (HasAny(kinds, {kMerged})) return true;
      // What a mixture looks like beside one of its parents is a change like others.
      return HasAny(kinds, {kCopy, kExactCast, kQuantised}) ? std::optional(false) : std::nullopt;
    case ClaimedRelation::kAdapter:
      if (is_adapter || HasAny(kinds, {kLoraMerge})) return true;
      return HasAny(kinds, {kFineTuned, kMerged, kQuantised, kCopy, kExactCast})
                 ? std::optional(false)
                 : std::nullopt;
    case ClaimedRelation::kFinetune:
      if (HasAny(kinds, {kFineTuned, kLoraMerge})) return true;
      return HasAny(kinds, {kMerged, kQuantised, kCopy, kExactCast}) ? std::optional(false)
                                                                     : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace modelkin
