// Who is whose relative in an atlas, as a graph: what bits show, what cards declare, and where the
// two contradict each other. docs/atlas.md, "The tree".
#ifndef MODELKIN_ATLAS_TREE_H_
#define MODELKIN_ATLAS_TREE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "atlas/atlas.h"
#include "statistics/sign_agreement.h"

namespace modelkin {

struct TreeModel {
  std::uint64_t id = 0;  // of the record
  std::string name, location, family;
  SketchSizes sizes;
  std::vector<std::string> base_models;  // that its card declares
  bool compared = false;                 // its bits were, with those of another record
  std::uint64_t relatives = 0;           // shown pairs of its components
  // Pairs of its own layers whose bits agree: layers that were repeated.
  std::uint64_t repeated_layers = 0;
  std::size_t group = 0;  // of TreeGroup
};

// What the bits of two models' components have in common.
struct SharedBits {
  Component kind = Component::kText;
  SketchPlace place;
  std::uint64_t agreements = 0;  // of kComponentBits
  double log_p = 0;              // natural log, between strangers; of this pair alone
  CosineEstimate cosine;
  bool shown = false;  // they reach the limit: no stranger's do but with the tree's error rate
};

// Which of an edge's models was made from the other. The first that is there counts.
enum class DirectionBasis : std::uint8_t {
  kNone,
  kDeclared,  // one's card names the other
  kSign,
};

// Signs of it are no facts: each has an error rate, docs/atlas.md, "The tree".
enum class EdgeSign : std::uint8_t {
  kRepeatedLayers,  // layers of one are repeated, those of the other are not
};

// What an edge is for.
enum class EdgeRole : std::uint8_t {
  kNearest,       // of the forest: the nearest relative that joins two parts of a group
  kFurther,       // shown, and not of the forest: one of two that a model lies between
  kDeclaredOnly,  // declared, and not the nearest; or not shown at all
};

struct TreeEdge {
  std::size_t a = 0, b = 0;  // of models, a < b
  EdgeRole role = EdgeRole::kNearest;
  std::optional<SharedBits> bits;                   // nullopt: nothing of the two can be compared
  bool a_declares_b = false, b_declares_a = false;  // as its base model
  bool by_last_part = false;  // what was declared is only the last part of the other's path
  DirectionBasis basis = DirectionBasis::kNone;
  std::optional<EdgeSign> sign;  // of a direction that is declared as well, whatever it says
  bool from_a = false;           // b was made from a; without a basis meaningless
};

// A model that lies between two of its relatives: a merge of both, or a step on the way from one to
// the other.
struct TreeBetween {
  std::size_t model = 0, a = 0, b = 0;  // a is at least as near as b
  double log_p = 0;                     // that it drifted apart from both on its own; at most this
  double share = 0;  // ShareBetween: 1 where it is a weighted mean of the two, in [0, 1]
};

enum class ContradictionKind : std::uint8_t {
  kNoAgreement,  // declared, comparable, and the bits are those of strangers
  kCircle,       // each declares the other
  kDirection,    // declared, and a sign says the other way round
};

struct TreeContradiction {
  ContradictionKind kind = ContradictionKind::kNoAgreement;
  std::size_t edge = 0;  // of TreeEdge
};

struct TreeGroup {
  std::vector<std::size_t> models;  // ascending
  std::size_t root = 0;             // that the others are shown below
  // Cards lead there from the centre, the model that is nearest to all of its relatives; else it is
  // the centre, which seldom is what the others were made from.
  bool root_declared = false;
};

struct AtlasTree {
  double error_rate = 0;
  std::uint64_t compared_pairs = 0;  // of components
  std::uint64_t shown_pairs = 0;
  std::uint64_t between_tests = 0;   // that the limit of those between is divided by
  std::vector<TreeModel> models;     // by id
  std::vector<TreeGroup> groups;     // most models first, then by the first
  std::vector<TreeEdge> edges;       // by a, then b
  std::vector<TreeBetween> between;  // by model
  std::vector<TreeContradiction> contradictions;
  std::uint64_t unmatched_declarations = 0;  // base models that no record is called
};

struct TreeSettings {
  double error_rate = 0.01;  // of any shown pair that are strangers; in (0, 0.5]
  unsigned threads = 0;
};

// Compares each record with all of its shape. The same for any number of threads. Throws as Atlas
// does, and Interrupted.
AtlasTree MakeTree(const Atlas& atlas, const TreeSettings& settings);

// Returns the part of a tree that is about the groups of these models, and what is declared of
// them. Ids that it has not are left out.
AtlasTree PartOfTree(const AtlasTree& tree, const std::vector<std::uint64_t>& ids);

// Return "nearest", "declared", "repeated_layers", "no_agreement" and so on, as outputs have them.
std::string_view EdgeRoleName(EdgeRole role);
std::string_view DirectionBasisName(DirectionBasis basis);
std::string_view EdgeSignName(EdgeSign sign);
std::string_view ContradictionName(ContradictionKind kind);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_TREE_H_
