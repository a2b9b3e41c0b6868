#include "kernels/large_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "support/simd_target_test.h"

namespace modelkin {
namespace {

constexpr std::size_t kLengths[] = {0,  1,  2,  3,  7,  8,   15,  16,   17,   31,
                                    32, 33, 63, 64, 65, 127, 255, 1000, 4096, 16384};

template <class Key>
std::size_t Collect(const std::byte* data, std::size_t count, Key lowest, Key* keys) {
  if constexpr (sizeof(Key) == 2) return CollectLargeKeys16(data, count, lowest, keys);
  if constexpr (sizeof(Key) == 4) return CollectLargeKeys32(data, count, lowest, keys);
}

template <class Key>
constexpr Key kMagnitudeMask = static_cast<Key>(static_cast<Key>(~Key{0}) >> 1);

template <class Key>
std::vector<Key> ExpectedKeys(const std::vector<Key>& elements, Key lowest) {
  std::vector<Key> keys;
  for (const Key element : elements) {
    const Key key = element & kMagnitudeMask<Key>;
    if (key >= lowest) keys.push_back(key);
  }
  return keys;
}

// From an address `offset` bytes past an aligned one; checks the room that the kernel promises to
// stay within, too.
template <class Key>
void ExpectCollects(const std::vector<Key>& elements, Key lowest, std::size_t offset) {
  std::vector<std::byte> bytes(elements.size() * sizeof(Key) + offset);
  if (!elements.empty()) {
    std::memcpy(bytes.data() + offset, elements.data(), elements.size() * sizeof(Key));
  }
  constexpr auto kUntouched = static_cast<Key>(0xA5A5A5A5U);
  constexpr std::size_t kBeyond = 8;
  std::vector<Key> keys(elements.size() + kLargeKeysPadding + kBeyond, kUntouched);
  const std::size_t found =
      Collect<Key>(bytes.data() + offset, elements.size(), lowest, keys.data());
  const std::vector<Key> expected = ExpectedKeys(elements, lowest);
  for (std::size_t i = 0; i < kBeyond; ++i) {
    ASSERT_EQ(keys[elements.size() + kLargeKeysPadding + i], kUntouched) << "written beyond room";
  }
  ASSERT_EQ(found, expected.size());
  keys.resize(found);
  ASSERT_EQ(keys, expected);
}

template <class Key>
void ExpectCollectsAtAllThresholds(const std::vector<Key>& elements) {
  std::vector<Key> sorted = ExpectedKeys<Key>(elements, 0);
  std::ranges::sort(sorted);
  std::vector<Key> thresholds = {0, 1, kMagnitudeMask<Key>};
  if (!sorted.empty()) {
    thresholds.push_back(sorted[sorted.size() / 2]);
    thresholds.push_back(sorted[sorted.size() * 99 / 100]);
    thresholds.push_back(sorted.back());
    if (sorted.back() < kMagnitudeMask<Key>) {
      thresholds.push_back(static_cast<Key>(sorted.back() + 1));
    }
  }
  for (const Key lowest : thresholds) {
    for (std::size_t offset = 0; offset < 4; ++offset) {
      SCOPED_TRACE(::testing::Message() << elements.size() << " elements at offset " << offset
                                        << ", lowest key " << lowest);
      ASSERT_NO_FATAL_FAILURE(ExpectCollects(elements, lowest, offset));
    }
  }
}

class CollectLargeKeys : public testing::SimdTargetTest {
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

TEST_P(CollectLargeKeys, RandomBits) {
  for (const std::size_t count : kLengths) {
    ASSERT_NO_FATAL_FAILURE(ExpectCollectsAtAllThresholds(RandomBits<std::uint16_t>(count)));
    ASSERT_NO_FATAL_FAILURE(ExpectCollectsAtAllThresholds(RandomBits<std::uint32_t>(count)));
  }
}

TEST_P(CollectLargeKeys, HeavyTies) {
  for (const std::size_t count : kLengths) {
    for (const unsigned distinct : {1U, 2U, 5U}) {
      ASSERT_NO_FATAL_FAILURE(ExpectCollectsAtAllThresholds(Ties<std::uint16_t>(count, distinct)));
      ASSERT_NO_FATAL_FAILURE(ExpectCollectsAtAllThresholds(Ties<std::uint32_t>(count, distinct)));
    }
  }
}

// One large element among small ones, in every lane of a vector of any width.
TEST_P(CollectLargeKeys, OneInEachPlace) {
  for (std::size_t place = 0; place < 130; ++place) {
    std::vector<std::uint16_t> narrow(130, 0x8001);
    narrow[place] = 0xFFFF;
    ASSERT_NO_FATAL_FAILURE(ExpectCollects<std::uint16_t>(narrow, 2, 0));
    std::vector<std::uint32_t> wide(130, 0x80000001);
    wide[place] = 0xFFFFFFFF;
    ASSERT_NO_FATAL_FAILURE(ExpectCollects<std::uint32_t>(wide, 2, 0));
  }
}

TEST_P(CollectLargeKeys, EveryCodeOf16Bits) {
  std::vector<std::uint16_t> codes(65536);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint16_t>(i);
  for (const int lowest : {0, 1, 0x3F80, 0x7C00, 0x7F80, 0x7FFF}) {
    ASSERT_NO_FATAL_FAILURE(ExpectCollects(codes, static_cast<std::uint16_t>(lowest), 0));
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, CollectLargeKeys, ::testing::ValuesIn(SupportedSimdTargets()),
                         testing::SimdTargetName);

}  // namespace
}  // namespace modelkin
