// Who is whose relative in an atlas, for people and for programs.
#ifndef MODELKIN_REPORT_TREE_REPORT_H_
#define MODELKIN_REPORT_TREE_REPORT_H_

#include <string>
#include <string_view>

#include "report/json_output.h"
#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/tree.h"

namespace modelkin {

inline constexpr std::string_view kTreeSchemaVersion = "1.0";

// One JSON object; docs/tree.schema.json describes it.
void WriteTreeJson(const TreeResults& results, const TextSink& sink,
                   JsonDetail detail = JsonDetail::kWhole);
// Groups, largest first, as indented trees; of much, what comes first.
void WriteTreeText(const TreeResults& results, const Screen& screen, const TextSink& sink);
// GraphML (graphml.graphdrawing.org): an undirected graph of all edges, whose attributes say what
// direction they have.
void WriteTreeGraphMl(const TreeResults& results, const TextSink& sink);
// A tree in Newick's format for each group, a line each: names quoted, lengths 1 - cosine. What is
// not of the forest has no place there.
void WriteTreeNewick(const TreeResults& results, const TextSink& sink);

// The page of a graph to look at, which needs no network. Throws Error(kUsage) for more models than
// it can show.
void WriteTreePage(const TreeResults& results, const TextSink& sink);
inline constexpr std::size_t kMostModelsOnPage = 20000;

// Returns the answer: how many models, groups, edges, and with which error rate.
std::string TreeSentence(const TreeResults& results);
// Returns what is contradicted, with the models' names as they are: to be escaped where it is
// shown.
std::string ContradictionSentence(const AtlasTree& tree, const TreeContradiction& contradiction);
// "declared", "centre", or "none" where a group's root is as good as any other.
std::string_view RootBasis(const TreeGroup& group);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_TREE_REPORT_H_
