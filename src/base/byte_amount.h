// Amounts of bytes as people read them.
#ifndef MODELKIN_BASE_BYTE_AMOUNT_H_
#define MODELKIN_BASE_BYTE_AMOUNT_H_

#include <cstdint>
#include <string>

namespace modelkin {

// Returns "1.50 GB": decimal units, three significant digits; below 1,000 bytes all of them.
std::string FormatBytes(std::uint64_t bytes);

}  // namespace modelkin

#endif  // MODELKIN_BASE_BYTE_AMOUNT_H_
