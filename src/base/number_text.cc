#include "base/number_text.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace modelkin {
namespace {

// Below that p-values differ in how much was computed and in nothing else.
constexpr double kSmallestExponent = -300;

std::string Digits(double percent) {
  return percent < 0.95 ? fmt::format("{:.1f}", percent) : fmt::format("{:.0f}", percent);
}

struct PText {
  std::string_view relation;
  std::string value;
};

PText PTextOf(double log_p, bool is_bound) {
  const double log10 = log_p / std::numbers::ln10;
  if (log10 < kSmallestExponent) return {"<", fmt::format("10^{:.0f}", kSmallestExponent)};
  if (log10 <= -3) return {"<", fmt::format("10^{:.0f}", std::floor(log10) + 1)};
  return {is_bound ? "<=" : "=", fmt::format("{:.2g}", std::exp(log_p))};
}

}  // namespace

std::string FormatCount(std::uint64_t count) {
  std::string text;
  for (; count >= 1000; count /= 1000) text = fmt::format(",{:03}{}", count % 1000, text);
  return fmt::format("{}{}", count, text);
}

std::string FormatShare(std::uint64_t part, std::uint64_t whole, int decimals) {
  if (whole == 0) return "";
  if (part == whole) return "100%";
  const double smallest = std::pow(10.0, -decimals);
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (part > 0 && percent < smallest) return fmt::format("<{:.{}f}%", smallest, decimals);
  if (percent > 100 - smallest) return fmt::format(">{:.{}f}%", 100 - smallest, decimals);
  return fmt::format("{:.{}f}%", percent, decimals);
}

std::string FormatUnit(double value) {
  std::string text = fmt::format("{:.4f}", value);
  if (text == "-0.0000") text = "0.0000";
  if ((text == "1.0000" && value != 1) || (text == "-1.0000" && value != -1)) {
    text = value < 0 ? "<-0.9999" : ">0.9999";
  }
  return text;
}

std::string FormatQuantity(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", FormatCount(count), noun, count == 1 ? "" : "s");
}

std::string FormatPercent(double share) {
  if (!std::isfinite(share)) return "-";
  const double percent = 100 * share;
  if (percent > 0 && percent < 0.1) return "under 0.1 %";
  if (percent < 100 && percent > 99.9) return "over 99.9 %";
  if (percent < 100 && percent > 99) return fmt::format("{:.1f} %", percent);
  return fmt::format("{} %", Digits(percent));
}

std::string FormatP(double log_p, bool is_bound) {
  const PText p = PTextOf(log_p, is_bound);
  return fmt::format("p {} {}", p.relation, p.value);
}

std::string FormatPCell(double log_p, bool is_bound) {
  const PText p = PTextOf(log_p, is_bound);
  return (p.relation == "=" ? "" : std::string(p.relation)) + p.value;
}

std::string FormatAbbreviated(std::uint64_t count) {
  constexpr std::string_view kUnits = "kMBTQ";
  if (count < 1000) return fmt::format("{}", count);
  double value = static_cast<double>(count) / 1000;
  std::size_t unit = 0;
  // 999.5 and more would be shown as 1000.
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}", value, decimals, kUnits[unit]);
}

}  // namespace modelkin
