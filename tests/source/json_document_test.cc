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
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "[";
  EXPECT_EQ(ErrorOf(R"({"a": )" + deep).message(), "is nested too deeply");
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

// Processor time for so many objects in one, in seconds: the least of three.
double TimeFor(int members) {
  std::string text = R"({"x": {)";
  for (int i = 0; i < members; ++i) {
    text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(": {"bits": 4, "sizes": [1, 2]})";
  }
  text += "}}";
  double least = HUGE_VAL;
  for (int i = 0; i < 3; ++i) {
    const std::clock_t begin = std::clock();
    Read(text, std::uint64_t{1} << 26);
    least = std::min(least, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  return least;
}

// A quantised model's config.json has an object for each matrix, tens of thousands. Quadratic time
// would take 256 times as long for 16 times as many.
TEST(ReadJsonObject, TakesLinearTimeInTheMembersOfAnObject) {
  EXPECT_LT(TimeFor(32'000), 64 * TimeFor(2000));
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
