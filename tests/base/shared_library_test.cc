#include "base/shared_library.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "support/expect_error.h"
#include "support/temporary_directory.h"

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

// The C library has no cosine, so that it is known which one was loaded.
TEST(SharedLibrary, ABundledOneIsTakenBeforeTheSystems) {
  const testing::TemporaryDirectory folder;
  Dl_info maths{};
  ASSERT_NE(dladdr(reinterpret_cast<void*>(static_cast<double (*)(double)>(&std::cos)), &maths), 0);
  std::filesystem::create_symlink(maths.dli_fname, folder.File("libbundled.so"));
  double (*cosine)(double) = nullptr;
  const auto finds_cosine = [&](const char* bundled) {
    try {
      SharedLibrary("libc.so.6", bundled).Find("cos", cosine);
    } catch (const Error&) {
      return false;
    }
    return true;
  };
  EXPECT_FALSE(finds_cosine("libbundled.so"));
  SetBundledLibraries(folder.path());
  EXPECT_TRUE(finds_cosine("libbundled.so"));
  EXPECT_FALSE(finds_cosine("libabsent.so"));
  SetBundledLibraries("");
}

TEST(SharedLibrary, ABundledOneThatIsBrokenIsNamed) {
  const testing::TemporaryDirectory folder;
  folder.WriteFile("libbundled.so", "no library");
  SetBundledLibraries(folder.path());
  const Error error =
      CatchError(ErrorKind::kIo, [] { const SharedLibrary library("libm.so.6", "libbundled.so"); });
  SetBundledLibraries("");
  EXPECT_EQ(error.site().file, folder.File("libbundled.so"));
}

}  // namespace shared_library_test
}  // namespace modelkin
