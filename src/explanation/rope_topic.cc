// Rotary positions: frequencies with and without the model's scaling, and one head rotated.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "explanation/fact_sheet.h"
#include "explanation/topics.h"
#include "inference/rotary.h"

namespace modelkin {
namespace {

constexpr double kWholeTurn = 2 * std::numbers::pi;

bool IsLong(const RotaryParameters& rotary, std::size_t length) {
  return static_cast<double>(length) > rotary.original_positions;
}

// How the plain frequencies p_i become those of the model, f_i.
void AddScaling(const RotaryParameters& rotary, Formula& formula) {
  auto& lines = formula.lines;
  const auto source = [&](std::string text) { formula.sources.push_back(std::move(text)); };
  switch (rotary.scaling) {
    case RotaryScaling::kNone:
      lines.emplace_back("f_i  = p_i                       unscaled");
      return;
    case RotaryScaling::kLinear:
      lines.push_back(fmt::format("f_i  = p_i / {:g}", rotary.factor));
      source("position interpolation, Chen et al., arXiv 2306.15595");
      return;
    case RotaryScaling::kDynamic:
      lines.push_back(
          fmt::format("f_i  = p_i with theta * ({0:g} n / {1:g} - {2:g})^(R / (R - 2))  "
                      "for n tokens beyond {1:g}",
                      rotary.factor, rotary.positions, rotary.factor - 1));
      source("NTK-aware scaling by length, arXiv 2309.00071, section 3.3");
      return;
    case RotaryScaling::kYarn:
      lines.emplace_back("r_i  = clamp((i - low) / (high - low), 0, 1)");
      lines.push_back(fmt::format("f_i  = (1 - r_i) p_i + r_i p_i / {:g}", rotary.factor));
      lines.push_back(fmt::format(
          "low, high: i(n) = R ln({0:g} / (2 pi n)) / (2 ln theta) at n = {1:g} and {2:g} turns{3}",
          rotary.original_positions, rotary.beta_fast, rotary.beta_slow,
          rotary.truncate ? ", rounded down and up" : ""));
      source("YaRN, Peng et al., arXiv 2309.00071, sections 3.2 and 3.4");
      return;
    case RotaryScaling::kLongRope:
      lines.push_back(
          fmt::format("f_i  = p_i / e_i                 e: short_factor up to {:g} "
                      "tokens, long_factor beyond",
                      rotary.original_positions));
      source("LongRoPE, Ding et al., arXiv 2402.13753");
      return;
    case RotaryScaling::kLlama3:
      lines.push_back(fmt::format(
          "f_i  = p_i for turns shorter than {0:g} tokens, p_i / {1:g} for longer than {2:g}",
          rotary.original_positions / rotary.high_frequency_factor, rotary.factor,
          rotary.original_positions / rotary.low_frequency_factor));
      lines.emplace_back("       between: by parts, linear in the number of turns");
      source("Llama 3.1's reference code; arXiv 2407.21783, section 3.2");
      return;
  }
}

Formula FormulaOf(const RotaryParameters& rotary, const RotationProbe& probe, double multiplier) {
  constexpr const char* kKinds[] = {"rope",      "rope_linear",   "rope_dynamic_ntk",
                                    "rope_yarn", "rope_longrope", "rope_llama3"};
  const std::size_t half = probe.dims / 2;
  const bool halves = probe.pairs == RotaryPairs::kHalves;
  Formula formula{
      .kind = kKinds[static_cast<std::size_t>(rotary.scaling)],
      .title = fmt::format("rotary position embedding, {}{}", halves ? "halves" : "neighbours",
                           rotary.scaling == RotaryScaling::kNone
                               ? ", unscaled"
                               : fmt::format(", scaling {}", RotaryScalingName(rotary.scaling))),
      .lines = {fmt::format("p_i  = theta^(-2i / R)           R = {}, i = 0 .. {}", rotary.dims,
                            half - 1)},
      .sources = {"RoFormer, Su et al., arXiv 2104.09864, section 3.2.2"}};
  AddScaling(rotary, formula);
  const std::string second = halves ? fmt::format("i+{}", half) : "2i+1";
  const std::string first = halves ? "i" : "2i";
  formula.lines.push_back("a    = position * f_i");
  const std::string m = multiplier == 1 ? "" : "m ";
  formula.lines.push_back(
      fmt::format("pair (x_{0}, x_{1})  ->  {2}(x_{0} cos a - x_{1} sin a,  "
                  "x_{1} cos a + x_{0} sin a)",
                  first, second, m));
  if (multiplier != 1) formula.lines.push_back(fmt::format("m    = {:.8g}", multiplier));
  return formula;
}

void AddYarnFacts(const RotaryParameters& rotary, FactSheet& sheet) {
  sheet.Rotary("beta_fast", "turns above which pairs stay", rotary.beta_fast, "beta_fast");
  sheet.Rotary("beta_slow", "turns below which pairs stretch", rotary.beta_slow, "beta_slow");
  const YarnRange range = FindYarnRange(rotary);
  const std::string low = fmt::format("{:.4f}", range.exact_low);
  const std::string high = fmt::format("{:.4f}", range.exact_high);
  sheet.Computed("low", "low: pairs up to it stay", range.low,
                 fmt::format("max({}, 0)", rotary.truncate ? "floor(" + low + ")" : low));
  sheet.Computed(
      "high", "high: from it on stretched", range.high,
      fmt::format("min({}, {})", rotary.truncate ? "ceil(" + high + ")" : high, rotary.dims - 1));
}

void AddScalingFacts(const RunnableModel& model, const RotaryParameters& rotary, std::size_t length,
                     FactSheet& sheet) {
  if (rotary.scaling == RotaryScaling::kNone) return;
  if (FactSheet::HasRotaryKey(model, "factor")) {
    sheet.Rotary("factor", "factor", rotary.factor, "factor");
  } else if (rotary.factor == rotary.positions / rotary.original_positions) {
    sheet.Computed("factor", "factor", rotary.factor, "positions / those trained on");
  } else {
    sheet.Family("factor", "factor", rotary.factor);
  }
  if (rotary.original_positions > 0) {
    sheet.Rotary("original_positions", "trained on positions up to", rotary.original_positions,
                 "original_max_position_embeddings");
  }
  if (rotary.scaling == RotaryScaling::kYarn) AddYarnFacts(rotary, sheet);
  if (rotary.scaling == RotaryScaling::kLlama3) {
    sheet.Rotary("low_freq_factor", "low_freq_factor", rotary.low_frequency_factor,
                 "low_freq_factor");
    sheet.Rotary("high_freq_factor", "high_freq_factor", rotary.high_frequency_factor,
                 "high_freq_factor");
  }
  if (rotary.scaling == RotaryScaling::kLongRope) {
    const bool is_long = IsLong(rotary, length);
    sheet.Computed("factors", "factors of this text",
                   std::string(is_long ? "long_factor" : "short_factor"),
                   fmt::format("{} tokens", length));
  }
}

// How the multiplier is computed where no key gives it.
std::string MultiplierRule(const RotaryParameters& rotary) {
  if (rotary.scaling == RotaryScaling::kLongRope) {
    return "sqrt(1 + ln(factor) / ln(original positions))";
  }
  return rotary.attention_factor == 0.1 * std::log(rotary.factor) + 1
             ? "0.1 ln(factor) + 1"
             : "(0.1 mscale ln(factor) + 1) / (0.1 mscale_all_dim ln(factor) + 1)";
}

void AddMultiplier(const RunnableModel& model, const RotaryParameters& rotary, std::size_t length,
                   FactSheet& sheet) {
  const double multiplier = RotaryMultiplier(rotary, length);
  constexpr const char* kLabel = "m: cosines and sines times";
  if (rotary.short_multiplier != 0) {
    sheet.Rotary("multiplier", kLabel, multiplier,
                 IsLong(rotary, length) ? "long_mscale" : "short_mscale");
  } else if (FactSheet::HasRotaryKey(model, "attention_factor")) {
    sheet.Rotary("multiplier", kLabel, multiplier, "attention_factor");
  } else if (rotary.scaling == RotaryScaling::kYarn || rotary.scaling == RotaryScaling::kLongRope) {
    sheet.Computed("multiplier", kLabel, multiplier, MultiplierRule(rotary));
  }
  if (multiplier != 1) {
    sheet.Computed("score_gain", "scores of q and k times", multiplier * multiplier, "m^2");
  }
}

void AddFacts(const RunnableModel& model, const RotaryParameters& rotary, const ProbedToken& token,
              FactSheet& sheet) {
  const RotationProbe& probe = token.probe.queries;
  if (probe.offset == 0) {
    sheet.Size("head_dim", "dims of a head");
    sheet.Computed("rotary_dims", "of these rotate", std::uint64_t{probe.dims},
                   "head_dim * partial_rotary_factor, made even");
    sheet.Rotary("partial_rotary_factor", "their share",
                 static_cast<double>(rotary.dims) / static_cast<double>(probe.head_dim),
                 "partial_rotary_factor");
  } else {
    sheet.Size("rotary_dim", "rotating part of a head");
    sheet.Size("plain_dim", "part that does not rotate");
  }
  sheet.Rotary("theta", "theta", rotary.theta, "rope_theta");
  sheet.Rotary("scaling", "scaling", std::string(RotaryScalingName(rotary.scaling)),
               FactSheet::HasRotaryKey(model, "type") ? "type" : "rope_type");
  AddScalingFacts(model, rotary, token.ids.size(), sheet);
  AddMultiplier(model, rotary, token.ids.size(), sheet);
  sheet.Size("positions", "positions that the model takes");
}

bool IsNotable(const RotaryParameters& rotary, std::size_t i, std::size_t pairs) {
  if (i < 2 || i + 1 == pairs) return true;
  if (rotary.scaling != RotaryScaling::kYarn) return i * 4 % pairs < 4;
  const YarnRange range = FindYarnRange(rotary);
  const auto at = static_cast<double>(i);
  const auto near = [&](double edge) { return std::abs(at - edge) <= 1; };
  return near(range.low) || near(range.high) || std::abs(at - (range.low + range.high) / 2) < 0.75;
}

void AddFrequencies(const RotaryParameters& rotary, std::size_t length, Explanation& to) {
  RotaryParameters unscaled = rotary;
  unscaled.scaling = RotaryScaling::kNone;
  const std::vector<float> plain = InverseFrequencies(unscaled, length);
  const std::vector<float> scaled = InverseFrequencies(rotary, length);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    to.frequencies.push_back({.plain = plain[i],
                              .scaled = scaled[i],
                              .plain_turn = kWholeTurn / plain[i],
                              .scaled_turn = kWholeTurn / scaled[i],
                              .notable = IsNotable(rotary, i, plain.size())});
  }
}

void AddTurnFact(const RunnableModel& model, Explanation& to, FactSheet& sheet) {
  const auto context = model.context();
  if (!context) return;
  const auto slow = std::ranges::count_if(to.frequencies, [&](const PairFrequency& pair) {
    return pair.scaled_turn > static_cast<double>(*context);
  });
  sheet.Computed(
      "pairs_without_turn", "pairs that never turn once", static_cast<std::uint64_t>(slow),
      fmt::format("those of {} that need more than {} tokens", to.frequencies.size(), *context));
}

RopeWork RopeWorkOf(const ProbedToken& token, const std::vector<PairFrequency>& frequencies,
                    double multiplier) {
  const RotationProbe& probe = token.probe.queries;
  const std::size_t half = probe.dims / 2;
  const std::size_t start = token.head * probe.head_dim + probe.offset;
  const bool halves = probe.pairs == RotaryPairs::kHalves;
  RopeWork work{.head = token.head, .multiplier = multiplier, .pairs = {}};
  for (std::size_t i = 0; i < half; ++i) {
    const std::size_t first = halves ? i : 2 * i;
    const std::size_t second = halves ? i + half : 2 * i + 1;
    work.pairs.push_back(
        {.pair = i,
         .first_dim = probe.offset + first,
         .second_dim = probe.offset + second,
         .angle = static_cast<float>(token.position) * static_cast<float>(frequencies[i].scaled),
         .cosine = probe.cosines[i],
         .sine = probe.sines[i],
         .before_first = probe.before[start + first],
         .before_second = probe.before[start + second],
         .after_first = probe.after[start + i],
         .after_second = probe.after[start + i + half]});
  }
  return work;
}

void AddNotes(const RotaryParameters& rotary, const RotationProbe& probe, Explanation& to) {
  if (rotary.scaling == RotaryScaling::kYarn) {
    to.notes.emplace_back(
        "Frequencies are scaled at every length, not only beyond the positions trained on.");
  }
  if (probe.dims < probe.head_dim) {
    to.notes.push_back(fmt::format("The other {} dims of each head carry no position.",
                                   probe.head_dim - probe.dims));
  }
  if (probe.pairs == RotaryPairs::kNeighbours) {
    to.notes.push_back(fmt::format(
        "Pairs come in as neighbours (2i, 2i+1) and leave as halves (i, i+{}), of queries and keys "
        "alike, so that no product changes.",
        probe.dims / 2));
  }
  if (probe.offset > 0) {
    to.notes.emplace_back("The rotating part of the key is one for all heads.");
  }
}

}  // namespace

void ExplainRope(const RunnableModel& model, const ProbedToken& token, Explanation& to) {
  const RotaryParameters rotary = *model.family().rotary_of(token.layer);
  FactSheet sheet(model, to);
  const double multiplier = RotaryMultiplier(rotary, token.ids.size());
  to.formula = FormulaOf(rotary, token.probe.queries, multiplier);
  AddFacts(model, rotary, token, sheet);
  AddFrequencies(rotary, token.ids.size(), to);
  AddTurnFact(model, to, sheet);
  AddNotes(rotary, token.probe.queries, to);
  to.rope = RopeWorkOf(token, to.frequencies, multiplier);
}

void ExplainNoRope(const RunnableModel& model, Explanation& to) {
  to.formula = {.kind = "learned_positions",
                .title = "this model has no rotary embedding: positions are learned",
                .lines = {"x_t  = Embedding[id_t] + Positions[t]     before the first layer"},
                .sources = {}};
  FactSheet sheet(model, to);
  sheet.Size("positions", "rows of the table of positions");
  sheet.Size("residual", "values of each");
  sheet.ModelTensor("positions", Role::kPositionEmbedding);
  to.notes.emplace_back("No text can be longer than that table.");
}

}  // namespace modelkin
