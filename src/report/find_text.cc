#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/escaped_text.h"
#include "report/find_report.h"
#include "report/text_table.h"

namespace modelkin {
namespace {

// "1%", "0.01%", "100%"; "<0.1%" of what is little, and ">99.9%" of what is not all.
std::string PercentText(double share) {
  if (share > 0.999 && share < 1) return ">99.9%";
  if (share > 0 && share < 1e-6) return fmt::format("{:.0e}%", 100 * share);
  return fmt::format("{:.4g}%", std::round(share * 1e6) / 1e4);
}

std::string FoundPText(const FoundModel& found) {
  if (!found.verdict || !found.verdict->log_p_adjusted) return "";
  return fmt::format("1e{:.0f}", std::ceil(*found.verdict->log_p_adjusted / std::log(10.0)));
}

std::string NominatedText(const Nomination& nomination) {
  if (!nomination.bits)
    return fmt::format("norms, spectra ({:.1f})", *nomination.profile_difference);
  return fmt::format("{} bits", FormatCount(nomination.bits->agreements));
}

std::string FoundVerdictText(const FoundModel& found) {
  return found.verdict ? std::string(VerdictName(found.verdict->category)) : "not traced";
}

TextTable TableOf(const FindResults& results, bool relatives) {
  TextTable table({"model", "verdict", "share", "p (corrected)", "nominated by"});
  for (const FoundModel& found : results.models) {
    if (found.relative != relatives) continue;
    const bool shared = found.verdict && found.verdict->share;
    table.AddRow({Printable(found.entry.name), FoundVerdictText(found),
                  shared ? PercentText(*found.verdict->share) : "", FoundPText(found),
                  NominatedText(found.nomination)});
  }
  return table;
}

std::uint64_t CountUntraced(const FindResults& results) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      results.models, [](const FoundModel& found) { return !found.verdict; }));
}

}  // namespace

std::string FindSentence(const FindResults& results) {
  const Nominations& nominations = results.nominations;
  const auto relatives =
      static_cast<std::uint64_t>(std::ranges::count_if(results.models, &FoundModel::relative));
  const std::string models = FormatQuantity(nominations.records, "model");
  std::string sentence =
      relatives == 0
          ? fmt::format("No relative among {}.", models)
          : fmt::format(
                "{} among {}. The chance that such a list names any unrelated model is at most {}.",
                FormatQuantity(relatives, "relative"), models,
                PercentText(results.request.error_rate));
  const auto untraced =
      static_cast<std::uint64_t>(std::ranges::count_if(results.models, [](const FoundModel& found) {
        return !found.verdict && found.nomination.bits;
      }));
  if (untraced > 0) {
    sentence += fmt::format(
        " {} more {} bits that agree as unrelated models' do not, and {} not traced: what they "
        "share is "
        "not known.",
        FormatCount(untraced), untraced == 1 ? "has" : "have", untraced == 1 ? "was" : "were");
  }
  return sentence;
}

std::string FindPowerSentence(const FindResults& results) {
  const Nominations& nominations = results.nominations;
  if (nominations.comparable == 0 || !nominations.found_cosine) {
    return "No model of these sizes is in the atlas, so that no bits could be compared.";
  }
  return fmt::format(
      "A relative of the same sizes whose weights in place have a cosine of {:.2f} with this "
      "model's, as a copy of that share of its layers has, would have been nominated with a "
      "probability of 95%; {} of the same sizes.",
      *nominations.found_cosine,
      nominations.comparable == 1
          ? "1 model is"
          : fmt::format("{} are", FormatQuantity(nominations.comparable, "model")));
}

void WriteFindText(const FindResults& results, const Screen& screen, const TextSink& sink) {
  const TextStyle& style = screen.style;
  sink(fmt::format("{}  {} in {}\n\n  {}\n  {}\n", style.Bold("relatives"),
                   Printable(results.request.model), Printable(results.request.atlas),
                   FindSentence(results), FindPowerSentence(results)));
  const std::string relatives = TableOf(results, true).Render(style);
  if (!relatives.empty()) sink("\n" + relatives);
  const std::string others = TableOf(results, false).Render(style);
  if (!others.empty())
    sink(fmt::format("\n{}\n\n{}", style.Dim("looked at, and no relatives:"), others));
  for (const FoundModel& found : results.models) {
    if (found.untraced.empty()) continue;
    sink(fmt::format("\n  {} was not traced: {}\n", Printable(found.entry.name),
                     Printable(found.untraced, 1024)));
    break;
  }
  if (CountUntraced(results) > 1) {
    sink(fmt::format("  {} were not traced (--json says why each)\n",
                     FormatQuantity(CountUntraced(results), "model")));
  }
}

}  // namespace modelkin
