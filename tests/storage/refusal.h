// Checks that a file is refused as bad input, and that the refusal says what, which and where.
#ifndef MODELKIN_TESTS_CHECKPOINT_REFUSAL_H_
#define MODELKIN_TESTS_CHECKPOINT_REFUSAL_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

#include "source/byte_source.h"
#include "storage/safetensors.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"

namespace modelkin::testing {

inline constexpr const char* kLabel = "test.safetensors";

inline SafetensorsHeader ReadHeaderOf(std::string_view file) {
  return ReadSafetensorsHeader(*MakeMemorySource(kLabel, ToBytes(file)));
}

// `file` is refused with `message`, about `tensor` ("" for none), at byte `offset`.
inline void ExpectRefusedAt(std::string_view file, std::uint64_t offset, const std::string& message,
                            std::string_view tensor = "",
                            std::source_location caller = std::source_location::current()) {
  const ::testing::ScopedTrace trace(caller.file_name(), static_cast<int>(caller.line()), message);
  const Error error = CatchError(ErrorKind::kBadInput, [&] { ReadHeaderOf(file); });
  EXPECT_THAT(error.what(), ::testing::HasSubstr(message));
  EXPECT_EQ(error.site().file, kLabel);
  EXPECT_EQ(error.site().tensor, tensor);
  EXPECT_EQ(error.site().offset_bytes, offset) << error.what();
}

// A file with `header` and `data_bytes` of data is refused with `message`, about `tensor`, and the
// offset lies just after an occurrence of `last_read`.
inline void ExpectRefusedAfter(std::string_view last_read, std::string_view header,
                               const std::string& message, std::string_view tensor = "",
                               std::size_t data_bytes = 0,
                               std::source_location caller = std::source_location::current()) {
  const ::testing::ScopedTrace trace(caller.file_name(), static_cast<int>(caller.line()), message);
  const std::string file = RawSafetensorsFile(header, data_bytes);
  const Error error = CatchError(ErrorKind::kBadInput, [&] { ReadHeaderOf(file); });
  EXPECT_THAT(error.what(), ::testing::HasSubstr(message));
  EXPECT_EQ(error.site().file, kLabel);
  EXPECT_EQ(error.site().tensor, tensor);
  ASSERT_TRUE(error.site().offset_bytes.has_value()) << error.what();
  ASSERT_GE(*error.site().offset_bytes, 8U);
  ASSERT_LE(*error.site().offset_bytes, 8 + header.size());
  EXPECT_TRUE(header.substr(0, *error.site().offset_bytes - 8).ends_with(last_read))
      << error.what() << "\nread: " << header.substr(0, *error.site().offset_bytes - 8);
}

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_CHECKPOINT_REFUSAL_H_
