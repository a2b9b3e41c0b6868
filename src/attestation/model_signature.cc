#include "attestation/model_signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostItems = 2'000'000, kMostIgnored = 1000;

bool IsHexDigest(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return ('0' <= c && c <= '9') || ('a' <= c && c <= 'f');
         });
}

// "a/b": no part is "", "." or "..".
bool IsPathWithin(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string_view::npos) {
      return false;
    }
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::optional<std::uint64_t> TakeNumberAtEnd(std::string_view& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(colon + 1);
  std::uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, number);
  if (digits.empty() || error != std::errc() || stopped != end) return std::nullopt;
  text = text.substr(0, colon);
  return number;
}

ManifestItem ReadItem(const JsonMembers& resource, bool in_ranges) {
  std::string_view name = resource.Text("name");
  ManifestItem item;
  if (in_ranges) {
    const auto end = TakeNumberAtEnd(name), begin = TakeNumberAtEnd(name);
    if (!begin || !end || *begin >= *end) resource.Fail("name", "is no range of a file");
    item.begin = *begin;
    item.end = *end;
  }
  if (name != "." && !IsPathWithin(name)) {
    resource.Fail("name", fmt::format("is {}: no path within a model", Printable(name)));
  }
  item.path = name;
  const std::string& algorithm = resource.Text("algorithm");
  if (!algorithm.starts_with("sha256")) {
    resource.Fail("algorithm",
                  fmt::format("is {}: SHA-256 is what is computed here", Printable(algorithm)));
  }
  item.sha256 = resource.Text("digest");
  if (!IsHexDigest(item.sha256)) resource.Fail("digest", "is no SHA-256");
  return item;
}

ManifestRules ReadRules(const JsonMembers& serialization) {
  ManifestRules rules;
  const std::string& method = serialization.Text("method");
  if (serialization.Text("hash_type") != "sha256") {
    serialization.Fail("hash_type", fmt::format("is {}: SHA-256 is what is computed here",
                                                Printable(serialization.Text("hash_type"))));
  }
  if (method == "shards") {
    rules.shard_bytes = serialization.Count("shard_size");
    if (*rules.shard_bytes == 0) serialization.Fail("shard_size", "is 0");
  } else if (method != "files") {
    serialization.Fail("method",
                       fmt::format("is {}, and neither files nor shards", Printable(method)));
  }
  rules.has_links = serialization.Flag("allow_symlinks");
  if (!serialization.Has("ignore_paths")) return rules;
  for (const nlohmann::json& path : serialization.Array("ignore_paths", kMostIgnored)) {
    if (!path.is_string() || !IsPathWithin(path.get_ref<const std::string&>())) {
      serialization.Fail("ignore_paths", "holds what is no path within a model");
    }
    rules.ignored.push_back(path.get<std::string>());
  }
  return rules;
}

}  // namespace

Json ManifestJson(const ModelManifest& manifest) {
  const ManifestRules& rules = manifest.rules;
  Json serialization = {{"method", rules.shard_bytes ? "shards" : "files"},
                        {"hash_type", "sha256"}};
  if (rules.shard_bytes) serialization["shard_size"] = *rules.shard_bytes;
  serialization["allow_symlinks"] = rules.has_links;
  serialization["ignore_paths"] = rules.ignored;
  Json resources = Json::array();
  for (const ManifestItem& item : manifest.items) {
    resources.push_back({{"name", item.Name()}, {"algorithm", "sha256"}, {"digest", item.sha256}});
  }
  return {{"serialization", std::move(serialization)}, {"resources", std::move(resources)}};
}

ModelManifest ReadManifest(const JsonMembers& members) {
  ModelManifest manifest{
      .name = {}, .rules = ReadRules(members.Object("serialization")), .items = {}};
  std::set<std::string> names;
  const nlohmann::json& resources = members.Array("resources", kMostItems);
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const JsonMembers resource = members.Item(resources[i], "resources", i);
    manifest.items.push_back(ReadItem(resource, manifest.rules.shard_bytes.has_value()));
    if (!names.insert(manifest.items.back().Name()).second) {
      resource.Fail("name", "is there twice");
    }
  }
  return manifest;
}

ModelManifest ReadModelSignature(const std::string& file, const InTotoStatement& statement) {
  const auto fail = [&](std::string_view message) {
    throw Error(ErrorKind::kBadInput, message, {.file = file, .tensor = {}, .offset_bytes = {}});
  };
  if (statement.predicate_type == kOldModelSignatureType) {
    fail("was made by model-signing before version 1.0: sign the model anew");
  }
  if (statement.subjects.size() != 1) {
    fail(fmt::format("is about {} subjects, and a signature is about one model",
                     statement.subjects.size()));
  }
  ModelManifest manifest = ReadManifest({statement.predicate, file, "predicate"});
  manifest.name = statement.subjects.front().name;
  if (manifest.RootDigest() != statement.subjects.front().Digest("sha256")) {
    fail("contradicts itself: its subject's digest is not that of the files that it lists");
  }
  return manifest;
}

}  // namespace modelkin
