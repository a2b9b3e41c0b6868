// Pickles as plain data, and what they are not let do.
#include "storage/torch/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/zip_bytes.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"

namespace modelkin {
namespace pickle_test {

using namespace std::string_literals;
using testing::CatchError;
using ::testing::HasSubstr;
using testing::Number;
using testing::ToBytes;

constexpr const char* kFile = "x.pkl";

std::string Text(std::string_view text) { return "X" + Number(text.size(), 4) + std::string(text); }

std::string Global(std::string_view module, std::string_view name) {
  return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}

// Error of a pickle of protocol 2 with these instructions.
std::string RefusalOf(const std::string& instructions, const PickleLimits& limits = {}) {
  const std::string bytes = "\x80\x02" + instructions;
  const auto file = MakeMemorySource(kFile, ToBytes(bytes));
  const Error error =
      CatchError(ErrorKind::kBadInput, [&] { const Pickle pickle(*file, 0, limits); });
  EXPECT_EQ(error.site().file, kFile);
  EXPECT_LE(error.site().offset_bytes.value_or(~0U), bytes.size());
  return error.what();
}

TEST(Pickle, ReadsNumbersTextsAndContainers) {
  const std::string bytes = "..\x80\x02}(" + Text("one") + "K\x07" + Text("minus") + "J" +
                            Number(0xFFFFFFFE, 4) + Text("long") + "\x8A\x02\x00\x80"s +
                            Text("list") +
                            "](N\x88\x89"
                            "eu.tail";
  const auto file = MakeMemorySource(kFile, ToBytes(bytes));
  const Pickle pickle(*file, 2);
  EXPECT_EQ(pickle.end_bytes(), bytes.size() - 4);
  const auto pairs = pickle.Pairs(pickle.root());
  ASSERT_TRUE(pairs);
  ASSERT_EQ(pairs->size(), 8U);
  EXPECT_EQ(pickle.Text((*pairs)[0]), "one");
  EXPECT_EQ((*pairs)[1].number, 7);
  EXPECT_EQ((*pairs)[3].number, -2);
  EXPECT_EQ((*pairs)[5].number, -32768);
  EXPECT_EQ(pickle.Container((*pairs)[7]).items.size(), 3U);
}

TEST(Pickle, PairsOfPython2AreArguments) {
  const std::string bytes = "\x80\x02" + Global("collections", "OrderedDict") + "](]" + "(" +
                            Text("a") +
                            "K\x01"
                            "e]" +
                            "(" + Text("b") +
                            "K\x02"
                            "ee\x85R.";
  const auto file = MakeMemorySource(kFile, ToBytes(bytes));
  const Pickle pickle(*file, 0);
  const auto pairs = pickle.Pairs(pickle.root());
  ASSERT_TRUE(pairs);
  ASSERT_EQ(pairs->size(), 4U);
  EXPECT_EQ(pickle.Text((*pairs)[2]), "b");
}

TEST(Pickle, NamesOfCodeAreRefusedByName) {
  for (const auto& [module, name] :
       {std::pair{"os", "system"}, std::pair{"posix", "system"}, std::pair{"builtins", "eval"},
        std::pair{"__builtin__", "exec"}, std::pair{"torch", "load"},
        std::pair{"torch._utils", "_import_dotted_name"},
        std::pair{"torch.storage", "_load_from_bytes"},
        std::pair{"collections", "OrderedDict.popitem"}}) {
    const std::string named = std::string(module) + "." + name;
    EXPECT_THAT(RefusalOf(Global(module, name) + "."), HasSubstr("names " + named)) << named;
    EXPECT_THAT(RefusalOf(Text(module) + Text(name) + "\x93."), HasSubstr("names " + named));
  }
}

TEST(Pickle, NamesCantBreakTheMessage) {
  EXPECT_THAT(RefusalOf(Global("o\x1B[2Js", "x")), HasSubstr(R"(names o\x1b[2Js.x)"));
}

TEST(Pickle, WhatBreaksOffOrHasNoMeaningIsRefused) {
  EXPECT_THAT(RefusalOf(""), HasSubstr("breaks off"));
  EXPECT_THAT(RefusalOf("X" + Number(50, 4) + "short"), HasSubstr("breaks off"));
  EXPECT_THAT(RefusalOf("X" + Number(0xFFFFFFFF, 4) + "short"), HasSubstr("4294967295 bytes"));
  EXPECT_THAT(RefusalOf("\x8D" + Number(~std::uint64_t{0}, 8)), HasSubstr("has a text of"));
  EXPECT_THAT(RefusalOf("R."), HasSubstr("empty stack"));
  EXPECT_THAT(RefusalOf("(t0."), HasSubstr("empty stack"));
  EXPECT_THAT(RefusalOf("t."), HasSubstr("mark"));
  EXPECT_THAT(RefusalOf("(NR."), HasSubstr("empty stack"));
  EXPECT_THAT(RefusalOf("h\x05."), HasSubstr("recalls value 5"));
  EXPECT_THAT(RefusalOf("Na."), HasSubstr("adds to what is no list"));
  EXPECT_THAT(RefusalOf("NNs."), HasSubstr("adds to what is no dictionary"));
  EXPECT_THAT(RefusalOf("NNNs."), HasSubstr("no dictionary"));
  EXPECT_THAT(RefusalOf("}(Nu."), HasSubstr("without a value"));
  EXPECT_THAT(RefusalOf("NNb."), HasSubstr("no object"));
  EXPECT_THAT(RefusalOf("N)R."), HasSubstr("calls what is no function"));
  EXPECT_THAT(RefusalOf("\x97."), HasSubstr("instruction 0x97"));
  EXPECT_THAT(RefusalOf("cos\n" + std::string(2000, 'x')), HasSubstr("over 1024 bytes"));
}

TEST(Pickle, WhatWasMadeOfAListStands) {
  const std::string list = "]q\x01";
  EXPECT_THAT(RefusalOf(list + "0" + Global("torch", "Size") +
                        "h\x01\x85R0h\x01K\x02"
                        "a."),
              HasSubstr("changes a list after something was made of it"));
}

TEST(Pickle, SizeIsBounded) {
  EXPECT_THAT(RefusalOf(std::string(50, 'N') + ".", {.values = 40}),
              HasSubstr("more than 40 values"));
  EXPECT_THAT(RefusalOf(std::string(50, ']') + ".", {.containers = 40}),
              HasSubstr("more than 40 lists"));
  EXPECT_THAT(RefusalOf(std::string(50, 'N') + ".", {.bytes = 20}),
              HasSubstr("more than 20 bytes"));
}

TEST(Pickle, SharedListsAreNotCopied) {
  // Each list holds the one before it ten times: 10^40 values, if they were copied.
  std::string instructions = "]q\x01";
  for (int i = 0; i < 40; ++i) {
    instructions += "0](";
    for (int k = 0; k < 10; ++k) instructions += "h\x01";
    instructions += "eq\x01";
  }
  const std::string bytes = "\x80\x02" + Global("torch", "Size") + "(" + instructions + "tR.";
  const auto file = MakeMemorySource(kFile, ToBytes(bytes));
  const Pickle pickle(*file, 0);
  EXPECT_EQ(pickle.root().kind, PickleKind::kCall);
}

TEST(Pickle, ListsInThemselvesEnd) {
  const std::string bytes =
      "\x80\x02]q\x01h\x01"
      "a0" +
      Global("torch", "Size") + "h\x01\x85R.";
  const auto file = MakeMemorySource(kFile, ToBytes(bytes));
  EXPECT_EQ(Pickle(*file, 0).root().kind, PickleKind::kCall);
}

}  // namespace pickle_test
}  // namespace modelkin
