#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/escaped_text.h"
#include "report/explain_report.h"

namespace modelkin {
namespace {

constexpr std::size_t kNotChosen = 2;   // experts shown of those not chosen
constexpr std::size_t kShownPairs = 6;  // of a head
constexpr std::size_t kShownKeys = 12;  // of those that a token sees
constexpr std::size_t kShownHeads = 8;  // of a group
constexpr std::size_t kShownMlps = 2;   // of the experts that a token passes
constexpr std::size_t kShownUnits = 5;

std::string Cell(double value) { return fmt::format("{:.6f}", value); }

std::string CellOf(const std::optional<double>& value) { return value ? Cell(*value) : ""; }

std::string TokenText(const ExplainResults& results, std::size_t position) {
  std::string text = fmt::format("{}", results.explanation.ids[position]);
  if (position < results.tokens.size()) {
    text += fmt::format(" \"{}\"", Printable(results.tokens[position]));
  }
  return text;
}

// Columns of a router's table, by kind.
struct RouterColumns {
  bool score, bias, picks, groups;
};

std::vector<std::string> RouterHeader(const RouterColumns& columns, std::string_view kind) {
  std::vector<std::string> header = {"  expert"};
  if (columns.groups) header.emplace_back("group");
  header.emplace_back("logit z");
  if (columns.score) header.emplace_back(kind.starts_with("sigmoid") ? "sigmoid s" : "softmax s");
  if (columns.bias) header.insert(header.end(), {"bias b", "c = s + b"});
  if (columns.picks) header.insert(header.end(), {"share, pick 1", "share, pick 2"});
  header.insert(header.end(), {"weight w", "missed by"});
  return header;
}

std::vector<std::string> RouterCells(const ExpertRow& row, const RouterColumns& columns) {
  std::vector<std::string> cells = {fmt::format("  {}", row.expert)};
  if (columns.groups) cells.push_back(fmt::format("{}", row.group));
  cells.push_back(Cell(row.logit));
  if (columns.score) cells.push_back(CellOf(row.score));
  if (columns.bias) {
    cells.push_back(CellOf(row.bias));
    cells.push_back(row.choosing ? Cell(*row.choosing) : "group out");
  }
  if (columns.picks) {
    for (const double share : row.picks) cells.push_back(share == 0 ? "out" : Cell(share));
  }
  cells.push_back(row.weight ? Cell(*row.weight) : "not chosen");
  cells.push_back(CellOf(row.missed));
  return cells;
}

std::string GroupsText(const std::vector<GroupRow>& groups, const TextStyle& style) {
  if (groups.empty()) return "";
  TextTable table({"  group", "g = sum of its 2 largest c", ""});
  for (std::size_t i = 0; i < groups.size(); ++i) {
    table.AddRow({fmt::format("  {}", i), Cell(groups[i].score), groups[i].kept ? "stays" : "out"});
  }
  return table.Render(style) + "\n";
}

std::string RouterText(const RouterWork& work, const Formula& formula, const TextStyle& style) {
  const ExpertRow& first = work.experts.front();
  const RouterColumns columns{.score = first.score.has_value(),
                              .bias = first.bias.has_value(),
                              .picks = !first.picks.empty(),
                              .groups = !work.groups.empty()};
  TextTable table(RouterHeader(columns, formula.kind));
  const std::size_t shown = std::min(work.chosen + kNotChosen, work.experts.size());
  for (std::size_t i = 0; i < shown; ++i) {
    table.AddRow(RouterCells(work.experts[i], columns));
  }
  std::string text = GroupsText(work.groups, style) + table.Render(style);
  text += fmt::format("  {} of {} experts, weights sum to {:.6f}", work.chosen, work.experts.size(),
                      work.weight_sum);
  if (shown < work.experts.size()) text += "; --json has all experts";
  return text + "\n";
}

std::string RopeText(const RopeWork& work, const TextStyle& style) {
  std::string text = fmt::format("  query head {}, before and after\n", work.head);
  const bool plain = work.multiplier == 1;
  TextTable table({"  pair", "dims", "angle", plain ? "cos" : "m cos", plain ? "sin" : "m sin",
                   "before", "", "after", ""});
  const std::size_t shown = std::min(kShownPairs, work.pairs.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const RotatedPair& pair = work.pairs[i];
    table.AddRow({fmt::format("  {}", pair.pair),
                  fmt::format("{}, {}", pair.first_dim, pair.second_dim),
                  fmt::format("{:.6g}", pair.angle), Cell(pair.cosine), Cell(pair.sine),
                  Cell(pair.before_first), Cell(pair.before_second), Cell(pair.after_first),
                  Cell(pair.after_second)});
  }
  text += table.Render(style);
  if (shown < work.pairs.size()) {
    text += fmt::format("  and {} more pairs (--json)\n", work.pairs.size() - shown);
  }
  return text;
}

// The keys with the largest shares, in order of position.
std::vector<const KeyRow*> ShownKeys(const GqaWork& work) {
  std::vector<const KeyRow*> keys;
  keys.reserve(work.keys.size());
  for (const KeyRow& key : work.keys) keys.push_back(&key);
  if (keys.size() <= kShownKeys) return keys;
  const std::size_t own = work.head - work.first_of_group;
  std::ranges::stable_sort(
      keys, [&](const KeyRow* a, const KeyRow* b) { return a->shares[own] > b->shares[own]; });
  keys.resize(kShownKeys);
  std::ranges::sort(keys, {}, &KeyRow::position);
  return keys;
}

// Of the group's shares the head's own first, then others as far as there is room.
std::vector<std::size_t> ShownHeads(const GqaWork& work, std::size_t group) {
  std::vector<std::size_t> heads = {work.head - work.first_of_group};
  for (std::size_t h = 0; h < group && heads.size() < kShownHeads; ++h) {
    if (h != heads.front()) heads.push_back(h);
  }
  return heads;
}

std::string GqaText(const ExplainResults& results, const GqaWork& work, const TextStyle& style) {
  const std::size_t group = work.keys.front().shares.size();
  const std::vector<std::size_t> heads = ShownHeads(work, group);
  std::string text =
      fmt::format("  query head {} meets key/value head {}, as heads {}-{} do\n", work.head,
                  work.kv_head, work.first_of_group, work.first_of_group + group - 1);
  if (group == 1) {
    text = fmt::format("  query head {} with keys and values of its own\n", work.head);
  }
  std::vector<std::string> header = {"  position", "id", work.capped ? "scale q k" : "score s"};
  if (work.capped) header.emplace_back("capped s");
  for (const std::size_t h : heads) {
    header.push_back(
        fmt::format("{}head {}", h == heads.front() ? "share a, " : "", work.first_of_group + h));
  }
  TextTable table(header);
  const auto keys = ShownKeys(work);
  for (const KeyRow* const key : keys) {
    std::vector<std::string> cells = {fmt::format("  {}", key->position),
                                      TokenText(results, key->position), Cell(key->product)};
    if (work.capped) cells.push_back(Cell(key->score));
    for (const std::size_t h : heads) cells.push_back(Cell(key->shares[h]));
    table.AddRow(std::move(cells));
  }
  if (work.sink) {
    std::vector<std::string> cells = {"  sink", "", Cell(*work.sink)};
    if (work.capped) cells.emplace_back();
    for (const std::size_t h : heads) cells.push_back(Cell(work.sink_shares[h]));
    table.AddRow(std::move(cells));
  }
  text += table.Render(style);
  if (keys.size() < work.keys.size()) {
    text += fmt::format("  the {} largest shares of {} keys (--json has all)\n", keys.size(),
                        work.keys.size());
  }
  return text;
}

std::string MlpText(const MlpWork& work, const TextStyle& style) {
  std::string text = "  " + work.part;
  if (work.weight) text += fmt::format(", weight {:.6f}", *work.weight);
  text += ": its units with the largest products\n";
  const bool gated = !work.largest.empty() && work.largest.front().up;
  std::vector<std::string> header = {"  unit", gated ? "gate" : "before f", "f"};
  if (gated) header.insert(header.end(), {"up", "product"});
  TextTable table(header);
  const std::size_t shown = std::min(kShownUnits, work.largest.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const UnitRow& row = work.largest[i];
    std::vector<std::string> cells = {fmt::format("  {}", row.unit), Cell(row.gate),
                                      Cell(row.activated)};
    if (gated) cells.insert(cells.end(), {CellOf(row.up), Cell(row.product)});
    table.AddRow(std::move(cells));
  }
  text += table.Render(style);
  return text + fmt::format(
                    "  the {} largest of {} units have {:.1f}% of the squares; {} are below "
                    "a hundredth of the largest\n",
                    work.largest.size(), work.units, 100 * work.share_of_largest,
                    FormatCount(work.small));
}

// The heaviest expert and what all tokens pass, or the next expert; or the only MLP.
std::string MlpsText(const std::vector<MlpWork>& mlps, const TextStyle& style) {
  std::string text = MlpText(mlps.front(), style);
  if (mlps.size() < kShownMlps) return text;
  text += "\n" + MlpText(mlps.back().weight ? mlps[1] : mlps.back(), style);
  if (mlps.size() > kShownMlps) {
    text += fmt::format("  and {} more that the token passes (--json)\n", mlps.size() - kShownMlps);
  }
  return text;
}

std::string WorkText(const ExplainResults& results, const TextStyle& style) {
  const Explanation& explanation = results.explanation;
  std::string text = fmt::format("\n{}  layer {}, position {} of {}, id {}\n",
                                 style.Bold("One token"), explanation.layer, explanation.token,
                                 FormatQuantity(explanation.ids.size(), "token"),
                                 TokenText(results, explanation.token));
  if (explanation.router) text += RouterText(*explanation.router, explanation.formula, style);
  if (explanation.rope) text += RopeText(*explanation.rope, style);
  if (explanation.gqa) text += GqaText(results, *explanation.gqa, style);
  if (!explanation.mlps.empty()) text += MlpsText(explanation.mlps, style);
  return text;
}

}  // namespace

void WriteExplainText(const ExplainResults& results, const Screen& screen, const TextSink& sink) {
  const TextStyle& style = screen.style;
  const Explanation& explanation = results.explanation;
  std::string text = fmt::format("{} of {}  {}\n\n", style.Bold(TopicName(explanation.topic)),
                                 explanation.title, Printable(results.input.path));
  text += ExplainFactsText(explanation, style);
  if (explanation.present && !explanation.ids.empty()) text += WorkText(results, style);
  sink(text);
}

}  // namespace modelkin
