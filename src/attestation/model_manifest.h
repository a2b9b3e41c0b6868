// The digest of a model, as OpenSSF model signing 1.1 (PyPI: model-signing) computes it.
#ifndef MODELKIN_ATTESTATION_MODEL_MANIFEST_H_
#define MODELKIN_ATTESTATION_MODEL_MANIFEST_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "attestation/model_files.h"
#include "base/progress.h"
#include "source/places.h"

namespace modelkin {

// A file, or a range of one.
struct ManifestItem {
  std::string path;         // within the model; "." of a model that is one file
  std::uint64_t begin = 0;  // bytes; of whole files both are 0
  std::uint64_t end = 0;    // not included
  std::string sha256;       // 64 hexadecimal digits

  // "model.safetensors", of a range "model.safetensors:0:1000000000"
  std::string Name() const;
};

// How a manifest was made, as signatures record it.
struct ManifestRules {
  std::optional<std::uint64_t> shard_bytes;  // files in ranges of so many bytes; nullopt: whole
  bool has_links = false;                    // symbolic links were followed
  std::vector<std::string> ignored;          // paths within the model
};

struct ModelManifest {
  std::string name;  // of the model; says nothing
  ManifestRules rules;
  std::vector<ManifestItem> items;  // in the order of model signing

  // Returns the model's digest: SHA-256 over the items' digests (32 bytes each), in their order.
  std::string RootDigest() const;
};

// Returns a file's SHA-256 where it is known already; nullopt where not.
using KnownDigest = std::function<std::optional<std::string>(const std::string& location)>;

// Digests files in parallel, with progress. Throws what opening and reading them throws.
ModelManifest MakeManifest(const ModelFiles& files, const ManifestRules& rules,
                           const Places& places, unsigned threads, Progress& progress,
                           const KnownDigest& known = nullptr);

// What of two manifests differs, by items' names.
struct ManifestDifferences {
  std::uint64_t equal = 0;
  std::vector<std::string> changed, missing, added;  // in the second: other bytes; not there; new

  bool agree() const { return changed.empty() && missing.empty() && added.empty(); }
};

ManifestDifferences CompareManifests(const ModelManifest& recorded, const ModelManifest& again);

}  // namespace modelkin

#endif  // MODELKIN_ATTESTATION_MODEL_MANIFEST_H_
