// Tables that a formula or a format gives, and nothing learned: each generator below makes them
// anew, with what it can fit of their parameters, and compares up to the rounding of the stored
// type.
#ifndef MODELKIN_TABLES_STANDARD_TABLE_H_
#define MODELKIN_TABLES_STANDARD_TABLE_H_

#include <optional>
#include <string_view>

#include "tables/stored_values.h"

namespace modelkin {

enum class StandardTable : std::uint8_t {
  kRamp,            // of values, or of their logarithms, powers and the like: slopes, rates, steps
  kScaledRates,     // of rotary embedding, stretched for longer texts by llama 3's or YaRN's rule
  kSinusoids,       // positions, in one dimension or more; rotary caches; Fourier bases
  kWindow,          // Hann, Hamming, Blackman, Kaiser, Gauss
  kFilterBank,      // triangles over frequencies
  kBlurKernel,      // binomial or Gaussian, by rows and columns
  kAlibi,           // slopes for any number of heads
  kRelativePlaces,  // that depend on the difference of two places alone
  kCodes,           // what the codes of a quantised type stand for
  kNoiseSchedule,   // of diffusion
  kRecurrence,      // no formula is known, but each value follows from those before it
};

// "sinusoids"
std::string_view StandardTableName(StandardTable table);

// The table that `stored` holds, if it holds one. Nine tenths of the values have to be its own, and
// they have to vary enough to tell: a constant is no table.
std::optional<StandardTable> RecogniseTable(const StoredValues& stored);

}  // namespace modelkin

#endif  // MODELKIN_TABLES_STANDARD_TABLE_H_
