// Numbers as people read them.
#ifndef MODELKIN_BASE_NUMBER_TEXT_H_
#define MODELKIN_BASE_NUMBER_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace modelkin {

// Returns "1,234,567".
std::string FormatCount(std::uint64_t count);

// Returns "99.5%", "<0.1%" or ">99.9%" where rounding would claim none or all, "100%" for all; ""
// of nothing.
std::string FormatShare(std::uint64_t part, std::uint64_t whole, int decimals = 1);

// Returns a value in [-1, 1] with four decimals, ">0.9999" where rounding would claim 1.
std::string FormatUnit(double value);

// Returns "1 tensor", "3 tensors".
std::string FormatQuantity(std::uint64_t count, std::string_view noun);

// Returns a share from 0 to 1 as "100 %", "8 %", "0.9 %", "under 0.1 %": two digits, and all or
// nothing only where it is. "-" for what is not finite.
std::string FormatPercent(double share);

// Returns a p-value, given as its natural logarithm, as "p < 10^-57", a whole power of ten that it
// is below; "p < 10^-300" below that, since what lies beyond says nothing of the world; "p = 0.04"
// from a thousandth on ("p <= 0.04" for a bound).
std::string FormatP(double log_p, bool is_bound);
// The same for a table that says p above it: "<10^-57", "0.04", "<=0.04".
std::string FormatPCell(double log_p, bool is_bound);

// Returns "1.38M", "102.7B": a count in units of a thousand, three digits and the unit.
std::string FormatAbbreviated(std::uint64_t count);

}  // namespace modelkin

#endif  // MODELKIN_BASE_NUMBER_TEXT_H_
