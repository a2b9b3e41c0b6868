// What requests are asked with.
#ifndef MODELKIN_OPTIONS_H_
#define MODELKIN_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "modelkin/component.h"

namespace modelkin {

// How a model is opened.
struct OpenOptions {
  bool partial = false;  // goes on where shards or tensors of the index are missing, with warnings
  // Tensors are taken as the files hold them: codes of quantised weights stay codes.
  bool as_stored = false;
  // The model that an adapter (PEFT) was made for: an adapter is opened as that model with its
  // changes. Models that are no adapters leave it alone. "": the local folder that the adapter
  // names, if it is there; else the adapter by itself.
  std::string base = {};
  // An index of which no shard is there is opened as the names that it lists: tensors without a
  // shape (HasShape), which can't be read. Else it is an error.
  bool names_alone = false;
  // Only tensors of these components are looked at; empty: of all.
  std::vector<Component> components = {};
};

// Whether to read whole files for their digests. A header's digest is always there: it is cheap,
// and fixes every name, type, shape and place. kAuto: of models of this machine of up to 256 MiB.
enum class DigestPolicy : std::uint8_t { kAuto, kAlways, kNever };

// Where the models of a request are: each a folder, a file of weights, an index of shards, or
// hf://org/name[@revision].
struct ModelPaths {
  std::string a;
  std::string b = {};                      // "" where a request is about one model
  std::vector<std::string> controls = {};  // strangers to A and B
  std::vector<std::string> parents = {};   // that B may be a merge of

  // Returns A, B if there is one, controls, parents.
  std::vector<std::string> All() const {
    std::vector<std::string> all = {a};
    if (!b.empty()) all.push_back(b);
    for (const auto* const more : {&controls, &parents}) {
      all.insert(all.end(), more->begin(), more->end());
    }
    return all;
  }
};

// Inclusive range of layer numbers.
using LayerRange = std::pair<std::uint32_t, std::uint32_t>;

// Renames A's tensors to look for them in B. A pattern's "*" matches any text, which the
// replacement's "*" in the same place repeats, so that it has at most as many; the first rule that
// matches a name applies.
struct RenameRule {
  std::string pattern;
  std::string replacement;
};

// Which tensors are looked at, and under which names.
struct PairingOptions {
  std::vector<LayerRange> layers;    // empty: all tensors; else only those in these layers
  std::vector<std::string> include;  // shell globs on whole names; empty: all
  std::vector<std::string> exclude;
  std::vector<RenameRule> renames;
};

// Texts to run models on.
struct Texts {
  std::vector<std::string> texts;                    // UTF-8
  std::vector<std::vector<std::uint64_t>> ids = {};  // further texts, as token ids
  bool bytes = false;                                // texts' bytes are their ids

  bool empty() const { return texts.empty() && ids.empty(); }
};

// How an image's patches lie: so many rows and columns of them in each of its frames, of which a
// picture that does not move has one.
struct PatchGrid {
  std::size_t frames = 1, rows = 0, columns = 0;

  std::size_t patches() const { return frames * rows * columns; }
  bool operator==(const PatchGrid&) const = default;
};

// Images to run an encoder on, as its processor makes them.
struct Images {
  std::vector<std::string> files;  // arrays in NumPy's format
  // Of encoders that take patches: how those of each image lie, in the order of the files. Empty:
  // each file is one image, and a square.
  std::vector<PatchGrid> grids = {};

  bool empty() const { return files.empty() && grids.empty(); }
};

}  // namespace modelkin

#endif  // MODELKIN_OPTIONS_H_
