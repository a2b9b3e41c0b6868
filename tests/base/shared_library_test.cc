#include "base/shared_library.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace modelkin {
namespace shared_library_test {

using testing::CatchError;

TEST(SharedLibrary, FindsAFunction) {
  double (*cosine)(double) = nullptr;
  SharedLibrary("libm.so.6").Find("cos", cosine);
  EXPECT_EQ(cosine(0), 1);
}

TEST(SharedLibrary, OneThatIsMissingIsNamed) {
  const Error error =
      CatchError(ErrorKind::kIo, [] { const SharedLibrary library("libabsent-modelkin.so.1"); });
  EXPECT_EQ(error.site().file, "libabsent-modelkin.so.1");
}

TEST(SharedLibrary, AFunctionThatIsMissingIsAnErrorOfTheLibrary) {
  const SharedLibrary library("libm.so.6");
  void (*function)() = nullptr;
  const Error error =
      CatchError(ErrorKind::kIo, [&] { library.Find("modelkin_absent", function); });
  EXPECT_EQ(error.site().file, "libm.so.6");
}

}  // namespace shared_library_test
}  // namespace modelkin
