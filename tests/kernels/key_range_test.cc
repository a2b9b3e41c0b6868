#include "kernels/key_range.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "support/simd_target_test.h"

namespace modelkin {
namespace key_range_test {

constexpr std::size_t kLengths[] = {0,  1,  2,  3,  7,  8,   15,  16,   17,   31,
                                    32, 33, 63, 64, 65, 127, 255, 1000, 4096, 16384};

template <class Key>
KeysFound Collect(const std::byte* data, std::size_t count, Key lowest, Key highest, Key* keys) {
  if constexpr (sizeof(Key) == 2) return CollectKeys16(data, count, lowest, highest, keys);
  if constexpr (sizeof(Key) == 4) return CollectKeys32(data, count, lowest, highest, keys);
}

template <class Key>
constexpr Key kMagnitudeMask = static_cast<Key>(static_cast<Key>(~Key{0}) >> 1);

template <class Key>
std::vector<Key> ExpectedKeys(const std::vector<Key>& elements, Key lowest, Key highest) {
  std::vector<Key> keys;
  for (const Key element : elements) {
    const Key key = element & kMagnitudeMask<Key>;
    if (lowest <= key && key <= highest) keys.push_back(key);
  }
  return keys;
}

// From an address `offset` bytes past an aligned one; checks the room that the kernel promises to
// stay within, too.
template <class Key>
void ExpectCollects(const std::vector<Key>& elements, Key lowest, Key highest, std::size_t offset) {
  std::vector<std::byte> bytes(elements.size() * sizeof(Key) + offset);
  if (!elements.empty()) {
    std::memcpy(bytes.data() + offset, elements.data(), elements.size() * sizeof(Key));
  }
  constexpr auto kUntouched = static_cast<Key>(0xA5A5A5A5U);
  constexpr std::size_t kBeyond = 8;
  std::vector<Key> keys(elements.size() + kKeysPadding + kBeyond, kUntouched);
  const KeysFound found =
      Collect<Key>(bytes.data() + offset, elements.size(), lowest, highest, keys.data());
  const std::vector<Key> expected = ExpectedKeys(elements, lowest, highest);
  for (std::size_t i = 0; i < kBeyond; ++i) {
    ASSERT_EQ(keys[elements.size() + kKeysPadding + i], kUntouched) << "written beyond room";
  }
  ASSERT_EQ(found.inside, expected.size());
  ASSERT_EQ(found.above, std::ranges::count_if(elements, [&](Key element) {
              return (element & kMagnitudeMask<Key>) > highest;
            }));
  keys.resize(found.inside);
  ASSERT_EQ(keys, expected);
}

template <class Key>
void ExpectCollectsInAllRanges(const std::vector<Key>& elements) {
  std::vector<Key> sorted = ExpectedKeys<Key>(elements, 0, kMagnitudeMask<Key>);
  std::ranges::sort(sorted);
  std::vector<Key> ends = {0, 1, kMagnitudeMask<Key>};
  if (!sorted.empty()) {
    ends.push_back(sorted[sorted.size() / 2]);
    ends.push_back(sorted[sorted.size() * 99 / 100]);
    ends.push_back(sorted.back());
    if (sorted.back() < kMagnitudeMask<Key>) ends.push_back(static_cast<Key>(sorted.back() + 1));
  }
  for (const Key lowest : ends) {
    for (const Key highest : ends) {
      if (lowest > highest) continue;
      for (std::size_t offset = 0; offset < 4; ++offset) {
        SCOPED_TRACE(::testing::Message() << elements.size() << " elements at offset " << offset
                                          << ", keys from " << lowest << " to " << highest);
        ASSERT_NO_FATAL_FAILURE(ExpectCollects(elements, lowest, highest, offset));
      }
    }
  }
}

class CollectKeys : public testing::SimdTargetTest {
 protected:
  template <class Key>
  std::vector<Key> RandomBits(std::size_t count) {
    std::vector<Key> elements(count);
    for (Key& element : elements) element = static_cast<Key>(random_());
    return elements;
  }

  // Few distinct magnitudes, with either sign.
  template <class Key>
  std::vector<Key> Ties(std::size_t count, unsigned distinct) {
    std::vector<Key> elements(count);
    for (Key& element : elements) {
      const auto sign = static_cast<Key>(random_() % 2 == 0 ? 0 : ~kMagnitudeMask<Key>);
      element = static_cast<Key>(sign | (0x100 + random_() % distinct));
    }
    return elements;
  }

  std::mt19937_64 random_{20240607};
};

TEST_P(CollectKeys, RandomBits) {
  for (const std::size_t count : kLengths) {
    ASSERT_NO_FATAL_FAILURE(ExpectCollectsInAllRanges(RandomBits<std::uint16_t>(count)));
    ASSERT_NO_FATAL_FAILURE(ExpectCollectsInAllRanges(RandomBits<std::uint32_t>(count)));
  }
}

TEST_P(CollectKeys, HeavyTies) {
  for (const std::size_t count : kLengths) {
    for (const unsigned distinct : {1U, 2U, 5U}) {
      ASSERT_NO_FATAL_FAILURE(ExpectCollectsInAllRanges(Ties<std::uint16_t>(count, distinct)));
      ASSERT_NO_FATAL_FAILURE(ExpectCollectsInAllRanges(Ties<std::uint32_t>(count, distinct)));
    }
  }
}

// One large element among small ones, in every lane of a vector of any width.
TEST_P(CollectKeys, OneInEachPlace) {
  for (std::size_t place = 0; place < 130; ++place) {
    std::vector<std::uint16_t> narrow(130, 0x8001);
    narrow[place] = 0xFFFF;
    ASSERT_NO_FATAL_FAILURE(ExpectCollects<std::uint16_t>(narrow, 2, 0x7FFF, 0));
    std::vector<std::uint32_t> wide(130, 0x80000001);
    wide[place] = 0xFFFFFFFF;
    ASSERT_NO_FATAL_FAILURE(ExpectCollects<std::uint32_t>(wide, 2, 0x7FFFFFFF, 0));
  }
}

TEST_P(CollectKeys, EveryCodeOf16Bits) {
  std::vector<std::uint16_t> codes(65536);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint16_t>(i);
  for (const int lowest : {0, 1, 0x3F80, 0x7C00, 0x7F80, 0x7FFF}) {
    for (const int highest : {0x3F80, 0x7BFF, 0x7F7F, 0x7FFF}) {
      if (lowest > highest) continue;
      ASSERT_NO_FATAL_FAILURE(ExpectCollects(codes, static_cast<std::uint16_t>(lowest),
                                             static_cast<std::uint16_t>(highest), 0));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, CollectKeys, ::testing::ValuesIn(SupportedSimdTargets()),
                         testing::SimdTargetName);

}  // namespace key_range_test
}  // namespace modelkin
