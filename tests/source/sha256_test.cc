#include "source/sha256.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/safetensors_writer.h"

namespace modelkin {
namespace sha256_test {

using testing::CatchError;
using testing::ToBytes;

constexpr const char* kDigestOfNothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kDigestOfAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kDigestOfAMillionA =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

// Adds up what it is told.
class CountingProgress : public Progress {
 public:
  void Advance(std::uint64_t bytes) override { total += bytes; }
  std::uint64_t total = 0;
};

TEST(Sha256, KnownVectors) {
  EXPECT_EQ(Sha256().HexDigest(), kDigestOfNothing);
  Sha256 abc;
  abc.Update(ToBytes("abc"));
  EXPECT_EQ(abc.HexDigest(), kDigestOfAbc);
  Sha256 two_blocks;
  two_blocks.Update(ToBytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
  EXPECT_EQ(two_blocks.HexDigest(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, DoesNotDependOnHowTheInputIsCut) {
  Sha256 digest;
  for (const char* part : {"a", "", "b", "c"}) digest.Update(ToBytes(part));
  EXPECT_EQ(digest.HexDigest(), kDigestOfAbc);
}

TEST(Sha256OfRange, DigestsTheRangeOnly) {
  const auto source = MakeMemorySource("memory", ToBytes("xxabcyy"));
  CountingProgress progress;
  EXPECT_EQ(Sha256OfRange(*source, 2, 3, progress), kDigestOfAbc);
  EXPECT_EQ(progress.total, 3U);
  EXPECT_EQ(Sha256OfRange(*source, 7, 0, progress), kDigestOfNothing);
  EXPECT_EQ(progress.total, 3U);
}

TEST(Sha256OfRange, SpansSeveralWindows) {
  // Windows are 2^20 bytes: an end within the third, not on a boundary.
  constexpr std::size_t kBytes = (2U << 20) + 12345;
  const auto bytes = ToBytes(std::string(kBytes, 'z'));
  Sha256 at_once;
  at_once.Update(bytes);
  CountingProgress progress;
  EXPECT_EQ(Sha256OfRange(*MakeMemorySource("memory", bytes), 0, kBytes, progress),
            at_once.HexDigest());
  EXPECT_EQ(progress.total, kBytes);
}

TEST(Sha256OfRange, MillionTimesA) {
  const auto source = MakeMemorySource("memory", ToBytes(std::string(1'000'000, 'a')));
  Progress progress;
  EXPECT_EQ(Sha256OfRange(*source, 0, 1'000'000, progress), kDigestOfAMillionA);
}

TEST(Sha256OfRange, RangePastTheEndIsRefused) {
  const auto source = MakeMemorySource("memory", ToBytes("abc"));
  Progress progress;
  const Error error =
      CatchError(ErrorKind::kBadInput, [&] { Sha256OfRange(*source, 1, 3, progress); });
  EXPECT_EQ(error.site().offset_bytes, 1U);
}

}  // namespace sha256_test
}  // namespace modelkin
