// Catches the library's errors in tests and checks what holds for all of them.
#ifndef MODELKIN_TESTS_SUPPORT_EXPECT_ERROR_H_
#define MODELKIN_TESTS_SUPPORT_EXPECT_ERROR_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "base/error.h"

namespace modelkin::testing {

// Whether a terminal shows `text` as one line and obeys none of it.
inline bool IsOneSafeLine(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; });
}

// Runs `call` and returns the Error that it throws, for the test to look at what(), site().tensor
// and site().offset_bytes. Fails the test if it throws nothing or something else, if the kind is
// another one, or if the message is not one safe line.
template <class Call>
Error CatchError(ErrorKind kind, Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(kind)) << error.what();
    EXPECT_TRUE(IsOneSafeLine(error.what())) << error.what();
    return error;
  } catch (const std::exception& other) {
    ADD_FAILURE() << "threw no Error but: " << other.what();
    return {ErrorKind::kUsage, "another exception"};
  }
  ADD_FAILURE() << "threw nothing";
  return {ErrorKind::kUsage, "no exception"};
}

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_SUPPORT_EXPECT_ERROR_H_
