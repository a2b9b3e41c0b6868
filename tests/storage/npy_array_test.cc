// Arrays in NumPy's format: what is read, and how files of strangers are refused.
#include "storage/npy_array.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "storage/zip_bytes.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"

namespace modelkin {
namespace npy_array_test {

using namespace std::string_literals;
using testing::CatchError;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Number;
using testing::ToBytes;

constexpr const char* kFile = "x.npy";

std::string Values(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// A file with that dictionary as its header.
std::string NpyBytes(const std::string& dictionary, const std::string& data, int version = 1) {
  const std::string header = dictionary + "   \n";
  return "\x93NUMPY"s + static_cast<char>(version) + "\0"s +
         Number(header.size(), version == 1 ? 2 : 4) + header + data;
}

std::string Header(const std::string& type, const std::string& shape,
                   const std::string& fortran = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

FloatArray Read(const std::string& bytes) {
  return ReadFloatArray(*MakeMemorySource(kFile, ToBytes(bytes)));
}

std::string RefusalOf(const std::string& bytes) {
  const Error error = CatchError(ErrorKind::kBadInput, [&] { Read(bytes); });
  EXPECT_EQ(error.site().file, kFile);
  EXPECT_LE(error.site().offset_bytes.value_or(0), bytes.size());
  return error.what();
}

TEST(NpyArray, ReadsFloatsOfEachVersionAndOrderOfKeys) {
  const std::string data = Values({1.5F, -2, 3, 4, 5, 6});
  for (const int version : {1, 2, 3}) {
    const FloatArray array = Read(NpyBytes(Header("<f4", "(2, 3)"), data, version));
    EXPECT_EQ(array.file, kFile);
    EXPECT_THAT(array.shape, ElementsAre(2, 3));
    EXPECT_THAT(array.values, ElementsAre(1.5F, -2, 3, 4, 5, 6));
  }
  const std::string other = R"({"shape":(6,),"fortran_order":False,"descr":"<f4"})";
  EXPECT_THAT(Read(NpyBytes(other, data)).shape, ElementsAre(6));
}

TEST(NpyArray, ReadsHalvesExactly) {
  // 1, -0.5, and the smallest number above 0.
  const std::string data = Number(0x3C00, 2) + Number(0xB800, 2) + Number(1, 2);
  EXPECT_THAT(Read(NpyBytes(Header("<f2", "(3,)"), data)).values,
              ElementsAre(1, -0.5F, std::ldexp(1.0F, -24)));
}

TEST(NpyArray, ReadsScalarsAndEmptyArrays) {
  EXPECT_THAT(Read(NpyBytes(Header("<f4", "()"), Values({7}))).values, ElementsAre(7));
  EXPECT_TRUE(Read(NpyBytes(Header("<f4", "(0, 3)"), "")).values.empty());
}

TEST(NpyArray, EveryCutOfAFileIsRefused) {
  const std::string whole = NpyBytes(Header("<f4", "(2,)"), Values({1, 2}));
  EXPECT_EQ(Read(whole).values.size(), 2U);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    RefusalOf(whole.substr(0, length));
  }
  EXPECT_THAT(RefusalOf(whole.substr(0, 9)), HasSubstr("ends within its header"));
  EXPECT_THAT(RefusalOf(whole.substr(0, 30)), HasSubstr("ends within its header"));
  EXPECT_THAT(RefusalOf(whole.substr(0, whole.size() - 1)),
              HasSubstr("has 7 bytes of values, and its shape is [2] of F32"));
  EXPECT_THAT(RefusalOf(whole + "x"), HasSubstr("has 9 bytes of values"));
}

TEST(NpyArray, OtherTypesAreRefused) {
  const auto refused = [](const std::string& type) {
    return RefusalOf(NpyBytes(Header(type, "(1,)"), std::string(8, '\0')));
  };
  EXPECT_THAT(refused("<f8"), HasSubstr("values of type \"<f8\": float32 or float16 are read"));
  EXPECT_THAT(refused(">f4"), HasSubstr("values of type \">f4\""));
  EXPECT_THAT(refused("|u1"), HasSubstr("values of type \"|u1\""));
  EXPECT_THAT(refused("|O"), HasSubstr("which would have to be unpickled"));
}

TEST(NpyArray, FortranOrderIsRefused) {
  EXPECT_THAT(RefusalOf(NpyBytes(Header("<f4", "(1, 2)", "True"), Values({1, 2}))),
              HasSubstr("is in Fortran order"));
}

TEST(NpyArray, ShapesBeyondTheFileAllocateNothing) {
  for (const char* const shape :
       {"(4611686018427387904,)", "(4294967296, 4294967296, 4294967296)", "(18446744073709551615,)",
        "(0, 4294967296, 4294967296, 4294967296)"}) {
    EXPECT_THAT(RefusalOf(NpyBytes(Header("<f4", shape), Values({1}))),
                HasSubstr("has 4 bytes of values"));
  }
}

TEST(NpyArray, OtherHeadersAreRefused) {
  const auto refused = [](const std::string& dictionary) {
    EXPECT_THAT(RefusalOf(NpyBytes(dictionary, Values({1}))),
                HasSubstr("has a header that is not that of one array of numbers"))
        << dictionary;
  };
  refused("");
  refused("{}");
  refused("{'descr': '<f4', 'fortran_order': False}");
  refused("{'descr': '<f4', 'fortran_order': False, 'shape': 1}");
  refused("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}");
  refused("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}");
  refused("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}");
  refused("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}");
  refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}");
  refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}");
  refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + 1");
  refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1");
  std::string deep = "(";
  for (int i = 0; i < 33; ++i) deep += "1,";
  refused(Header("<f4", deep + ")"));
}

TEST(NpyArray, OtherFilesAreRefused) {
  EXPECT_THAT(RefusalOf("P6 1 1 255\n..."), HasSubstr("is no .npy file"));
  EXPECT_THAT(RefusalOf("PK\x03\x04" + std::string(40, '\0')), HasSubstr("is an archive (.npz?)"));
  EXPECT_THAT(RefusalOf(NpyBytes(Header("<f4", "(1,)"), Values({1}), 4)), HasSubstr("version 4"));
  EXPECT_THAT(RefusalOf("\x93NUMPY\x02"s + "\0"s + Number(0xFFFFFFFF, 4)),
              HasSubstr("header of 4294967295 bytes"));
}

TEST(NpyArray, NotANumberIsRefusedWithItsPlace) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    const std::string bytes = NpyBytes(Header("<f4", "(3,)"), Values({1, 2, bad}));
    EXPECT_THAT(RefusalOf(bytes), HasSubstr("element 2 is NaN or infinite"));
    const Error error = CatchError(ErrorKind::kBadInput, [&] { Read(bytes); });
    EXPECT_EQ(error.site().offset_bytes, bytes.size() - 4);
  }
}

}  // namespace npy_array_test
}  // namespace modelkin
