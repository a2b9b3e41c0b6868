#include "source/json_document.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>
#include <span>

#include "source/byte_source.h"
#include "support/expect_error.h"

namespace modelkin {
namespace json_document_test {

using nlohmann::literals::operator""_json;

nlohmann::json Read(std::string_view text, std::uint64_t largest_bytes = 1000) {
  const auto bytes = std::as_bytes(std::span(text));
  return ReadJsonObject(*MakeMemorySource("config.json", {bytes.begin(), bytes.end()}),
                        largest_bytes);
}

Error ErrorOf(const std::string& text, std::uint64_t largest_bytes = 1000) {
  return testing::CatchError(ErrorKind::kBadInput, [&] { Read(text, largest_bytes); });
}

TEST(ReadJsonObject, Objects) {
  EXPECT_EQ(Read("{}"), nlohmann::json::object());
  EXPECT_EQ(Read(R"({"a": [1, {"b": null}]})"), R"({"a": [1, {"b": null}]})"_json);
}

// Mamba's "time_step_limit", for one.
TEST(ReadJsonObject, NumbersThatPythonWrites) {
  EXPECT_EQ(Read(R"({"a": [0.0, Infinity], "b": -Infinity, "c": NaN})"),
            R"({"a": [0.0, "Infinity"], "b": "-Infinity", "c": "NaN"})"_json);
  EXPECT_EQ(Read(R"({"NaN": "a \" Infinity \\", "b": NaN})"),
            R"({"NaN": "a \" Infinity \\", "b": "NaN"})"_json);
}

TEST(ReadJsonObject, Refusals) {
  EXPECT_EQ(ErrorOf("").message(), "is not JSON");
  EXPECT_EQ(ErrorOf("[1]").message(), "is not a JSON object");
  EXPECT_EQ(ErrorOf("{}", 1).message(), "is 2 bytes long; at most 1 make sense");
  EXPECT_EQ(ErrorOf(R"({"a": 1e999})").message(), "holds a number that is too large");
  EXPECT_EQ(ErrorOf(R"({"a": )" + std::string(100, '[')).message(), "is nested too deeply");
}

TEST(ReadJsonObject, LevelsAreCountedWhereverTheyStand) {
  const auto nested = [](int levels) {
    std::string text = "1";
    for (int i = 1; i < levels; ++i) text = "[" + text + "]";
    return R"({"b": [], "a": )" + text + "}";
  };
  EXPECT_EQ(Read(nested(64)).size(), 2U);
  EXPECT_EQ(ErrorOf(nested(65)).message(), "is nested too deeply");
}

TEST(ReadJsonObject, AtMostSoManyValues) {
  const auto read = [](std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return ReadJsonObject(*MakeMemorySource("config.json", {bytes.begin(), bytes.end()}), 1000, 4);
  };
  EXPECT_EQ(read(R"({"a": [1, 2]})").size(), 1U);
  EXPECT_EQ(
      testing::CatchError(ErrorKind::kBadInput, [&] { read(R"({"a": [1, 2, 3]})"); }).message(),
      "holds too many values");
}

TEST(ReadJsonObject, TheLastOfAMemberGivenTwice) {
  EXPECT_EQ(Read(R"({"a": {"b": [1]}, "a": 2, "c": [], "c": {"d": 3}})"),
            R"({"a": 2, "c": {"d": 3}})"_json);
}

TEST(PackedJson, KeepsNumbersToTheBit) {
  const nlohmann::json value = {{"a", {0.1, -0.0, HUGE_VAL, 1e-320, 5e-324}},
                                {"b", nlohmann::json::binary({0, 255, 10})},
                                {"c", std::uint64_t{18446744073709551615U}},
                                {"d", nullptr}};
  EXPECT_EQ(ParsePackedJson("state", PackJson(value)), value);
  EXPECT_TRUE(std::signbit(ParsePackedJson("state", PackJson(-0.0)).get<double>()));
  EXPECT_TRUE(std::isnan(ParsePackedJson("state", PackJson(std::nan(""))).get<double>()));
}

TEST(PackedJson, Refusals) {
  const auto error_of = [](const std::string& bytes) {
    return testing::CatchError(ErrorKind::kBadInput, [&] { ParsePackedJson("state", bytes); });
  };
  const std::string whole = PackJson({{"a", {1, 2.5, "text"}}});
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(error_of(whole.substr(0, i)).message(), "is not MessagePack") << i;
  }
  EXPECT_EQ(error_of(whole + "x").message(), "is not MessagePack");
  // A million arrays, each in the one before it, are no million calls on the stack.
  EXPECT_EQ(error_of(std::string(1'000'000, '\x91')).message(), "is nested too deeply");
  // An array of 2^32 - 1, a text of as many bytes, of which none is there.
  EXPECT_EQ(error_of("\xdd\xff\xff\xff\xff").message(), "is not MessagePack");
  EXPECT_EQ(error_of("\xdb\xff\xff\xff\xff").message(), "is not MessagePack");
}

// Processor time for reading it, in seconds: the least of three.
double TimeToRead(const std::string& text) {
  double least = HUGE_VAL;
  for (int i = 0; i < 3; ++i) {
    const std::clock_t begin = std::clock();
    Read(text, std::uint64_t{1} << 26);
    least = std::min(least, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  return least;
}

// So many objects in one.
double TimeFor(int members) {
  std::string text = R"({"x": {)";
  for (int i = 0; i < members; ++i) {
    text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(": {"bits": 4, "sizes": [1, 2]})";
  }
  return TimeToRead(text + "}}");
}

// A quantised model's config.json has an object for each matrix, tens of thousands. Quadratic time
// would take 256 times as long for 16 times as many.
TEST(ReadJsonObject, TakesLinearTimeInTheMembersOfAnObject) {
  EXPECT_LT(TimeFor(32'000), 64 * TimeFor(2000));
}

// 4 MB of `piece` over and over, as an array, as members of an object, and in numbers that only
// Python writes: whatever the shape, in time that is that of the bytes.
TEST(ReadJsonObject, TakesLinearTimeInAnyShape) {
  for (const std::string piece : {"1", "[]", "{}", "\"\"", "[[[[[[[[1]]]]]]]]", "1.5e-7", "NaN",
                                  "\"\\u00e9\"", R"({"a": 1, "a": 2})", R"({"a": {"b": {}}})"}) {
    const auto of_size = [&](std::size_t bytes) {
      std::string text = R"({"x": [)" + piece;
      while (text.size() < bytes) text += "," + piece;
      return text + "]}";
    };
    EXPECT_LT(TimeToRead(of_size(1 << 20)), 64 * TimeToRead(of_size(1 << 16))) << piece;
  }
}

// Where the mistake is in the file, whatever stands before it.
TEST(ReadJsonObject, Offsets) {
  EXPECT_EQ(ErrorOf(R"({"a" 1})").site().offset_bytes, 5U);
  EXPECT_EQ(ErrorOf(R"({"a": NaN, "b" 1})").site().offset_bytes, 15U);
  EXPECT_EQ(ErrorOf(R"({"a": -Infinity, "b": NaN, "c": nan})").site().offset_bytes, 33U);
  EXPECT_EQ(ErrorOf(R"({"NaN" 1})").site().offset_bytes, 7U);
}

}  // namespace json_document_test
}  // namespace modelkin
