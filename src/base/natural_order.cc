#include "base/natural_order.h"

#include <algorithm>

namespace modelkin {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The run of digits at the start of `text`, without leading zeros (one digit is kept).
std::string_view LeadingNumber(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && IsDigit(text[length])) ++length;
  std::string_view number = text.substr(0, length);
  while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
  return number;
}

std::string_view AfterNumber(std::string_view text) {
  while (!text.empty() && IsDigit(text.front())) text.remove_prefix(1);
  return text;
}

// How long the beginning is that both have, up to the number in which it ends.
std::size_t CommonLength(std::string_view a, std::string_view b) {
  const auto shorter = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  const auto* const end = std::mismatch(a.begin(), a.begin() + shorter, b.begin()).first;
  auto length = static_cast<std::size_t>(end - a.begin());
  while (length > 0 && IsDigit(a[length - 1])) --length;
  return length;
}

}  // namespace

bool NaturalLess(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a;
  const std::string_view whole_b = b;
  const std::size_t common = CommonLength(a, b);
  a.remove_prefix(common);
  b.remove_prefix(common);
  while (!a.empty() && !b.empty()) {
    if (IsDigit(a.front()) && IsDigit(b.front())) {
      const std::string_view number_a = LeadingNumber(a);
      const std::string_view number_b = LeadingNumber(b);
      if (number_a.size() != number_b.size()) return number_a.size() < number_b.size();
      if (number_a != number_b) return number_a < number_b;
      a = AfterNumber(a);
      b = AfterNumber(b);
    } else {
      if (a.front() != b.front()) return a.front() < b.front();
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;  // "1" and "01": any fixed order
}

}  // namespace modelkin
