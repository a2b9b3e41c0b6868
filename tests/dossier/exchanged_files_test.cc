#include "dossier/exchanged_files.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "dossier/parties.h"
#include "dossier/record_fields.h"
#include "lineage/one_mlp.h"
#include "support/expect_error.h"

namespace modelkin {
namespace exchanged_files_test {

using nlohmann::json;
using testing::CatchError;
using testing::OneMlp;
using testing::Party;
using testing::TrainedToy;

std::shared_ptr<const ByteSource> FileOf(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return MakeMemorySource("a file", {bytes.begin(), bytes.end()});
}

Dossier Small() { return Party(OneMlp(1, 12), 1).Write(); }

TEST(ExchangedFiles, AreReadBackAsTheyWere) {
  const Party party(TrainedToy(1), 1);
  EXPECT_EQ(ReadCommitment(*FileOf(CommitmentJson(party.commitment()))), party.commitment());
  EXPECT_EQ(ReadSecret(*FileOf(SecretJson(party.secret()))), party.secret());
  const Dossier dossier = party.Write();
  const std::string text = DossierJson(dossier);
  const Dossier read = ReadDossier(*FileOf(text));
  EXPECT_EQ(read, dossier);
  EXPECT_EQ(DossierJson(read), text);
  EXPECT_EQ(DigestOfDossier(read), DigestOfDossier(dossier));
}

// Neither key, nonces nor leaves may get out with what is published.
TEST(ExchangedFiles, WhatIsPublishedHoldsNothingOfTheKey) {
  const Party party(OneMlp(1, 12), 1);
  const std::string published = CommitmentJson(party.commitment()) + DossierJson(party.Write());
  EXPECT_EQ(published.find(HexOf(party.secret().key)), std::string::npos);
  for (std::size_t i = 0; i < party.secret().leaves.size(); ++i) {
    EXPECT_EQ(published.find(HexOf(party.secret().leaves[i])), std::string::npos);
    EXPECT_EQ(published.find(HexOf(NonceOf(party.secret().key, i))), std::string::npos);
  }
}

TEST(ExchangedFiles, OneIsNotTakenForAnother) {
  const Party party(OneMlp(1, 12), 1);
  const auto commitment = FileOf(CommitmentJson(party.commitment()));
  const auto secret = FileOf(SecretJson(party.secret()));
  CatchError(ErrorKind::kBadInput, [&] { ReadCommitment(*secret); });
  CatchError(ErrorKind::kBadInput, [&] { ReadSecret(*commitment); });
  CatchError(ErrorKind::kBadInput, [&] { ReadDossier(*commitment); });
}

TEST(ExchangedFiles, CutOffOnesAreRefused) {
  const std::string text = DossierJson(Small());
  for (std::size_t length = 0; length + 2 < text.size(); length += 1 + text.size() / 97) {
    CatchError(ErrorKind::kBadInput, [&] { ReadDossier(*FileOf(text.substr(0, length))); });
  }
}

TEST(ExchangedFiles, EachMemberIsNeeded) {
  const json whole = json::parse(DossierJson(Small()));
  std::size_t tried = 0;
  const std::function<void(const json::json_pointer&)> without = [&](const json::json_pointer& at) {
    const json& value = whole[at];
    for (const auto& [name, member] : value.items()) {
      const bool is_optional = name == "layer" || name == "expert" || at.to_string() == "/tool";
      if (value.is_object() && !is_optional && name != "tool") {
        json changed = whole;
        changed[at].erase(name);
        CatchError(ErrorKind::kBadInput, [&] { ReadDossier(*FileOf(changed.dump())); });
        for (const json& other :
             {json(nullptr), json(-1), json("x"), json::array({1.5}), json(1e300)}) {
          changed[at][name] = other;
          if (name == "seed" || (name == "name" && other == "x")) continue;
          CatchError(ErrorKind::kBadInput, [&] { ReadDossier(*FileOf(changed.dump())); });
        }
        ++tried;
      }
      if (member.is_structured() && name != "tool") without(at / name);
    }
  };
  // An array's items are reached by their numbers.
  without(json::json_pointer(""));
  EXPECT_GT(tried, 15U);
}

using Change = std::function<void(json&)>;

TEST(ExchangedFiles, DossiersThatBreakARuleAreRefused) {
  const json whole = json::parse(DossierJson(Small()));
  const auto first = [](json& value) -> json& { return value["blocks"][0]["first"]; };
  const std::vector<Change> changes = {
      [](json& value) { value["dimensions"] = 7; },
      [](json& value) { value["dimensions"] = 65; },
      [](json& value) { value["residual"] = std::uint64_t{1} << 40; },
      [](json& value) { value["residual"] = 33; },
      [](json& value) { value["tensors"][1]["name"] = value["tensors"][0]["name"]; },
      [](json& value) { value["tensors"][0]["dtype"] = "BF17"; },
      [](json& value) {
        value["tensors"][0]["shape"] = {UINT64_MAX, 2};
      },
      [](json& value) { value["mlps"].push_back(value["mlps"][0]); },
      [](json& value) { value["mlps"][0]["name"] = "another"; },
      [](json& value) { value["mlps"] = json::array(); },
      [](json& value) { value["blocks"].push_back(value["blocks"][0]); },
      [](json& value) { value["blocks"] = json::array(); },
      [](json& value) { value["blocks"][0]["units"] = 11; },
      [](json& value) { value["blocks"][0]["units"] = std::uint64_t{1} << 60; },
      [](json& value) { value["blocks"][0]["kind"] = "heads"; },
      [](json& value) { value["blocks"][0]["kind"] = "tails"; },
      [](json& value) {
        value["head_layers"] = {2, 1};
      },
      [](json& value) { value["head_layers"] = {1}; },
      [&](json& value) { first(value)["weights"][0]["tensor"] = "none"; },
      [&](json& value) { first(value)["weights"][0]["offset"] = 1; },
      [&](json& value) { first(value)["weights"][0]["offset"] = UINT64_MAX; },
      [&](json& value) { first(value)["weights"][0]["unit_stride"] = 0; },
      [&](json& value) { first(value)["weights"][0]["unit_stride"] = 1; },
      [&](json& value) { first(value)["weights"][0]["unit_stride"] = UINT64_MAX; },
      [&](json& value) { first(value)["weights"][0]["coordinate_stride"] = UINT64_MAX; },
      [&](json& value) { first(value)["weights"].push_back(first(value)["weights"][0]); },
      [&](json& value) { first(value)["rows"] = first(value)["sum"]; },
      [&](json& value) { first(value)["sum"] = std::string(88, '*'); },
      [&](json& value) { first(value)["sum"] = std::string(88, 'A'); },
      [&](json& value) {  // -128 is no code
        first(value)["sum"] = TextOfCodes(RowCodes(64, std::int8_t{-128}));
      },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    SCOPED_TRACE(i);
    json changed = whole;
    changes[i](changed);
    const Error error =
        CatchError(ErrorKind::kBadInput, [&] { ReadDossier(*FileOf(changed.dump())); });
    EXPECT_EQ(error.site().file, "a file");
  }
}

// Whoever leaves out what would tell chose it: the list of all and the draw are checked.
TEST(ExchangedFiles, BlocksThatTheSeedDoesNotDrawAreRefused) {
  json value = json::parse(DossierJson(Party(TrainedToy(1), 1).Write()));
  value["blocks"].erase(3);
  CatchError(ErrorKind::kBadInput, [&] { ReadDossier(*FileOf(value.dump())); });
}

TEST(ExchangedFiles, CodesAreExactlyTheirBase64) {
  for (std::size_t count = 1; count < 9; ++count) {
    RowCodes codes;
    for (std::size_t i = 0; i < count; ++i) codes.push_back(static_cast<std::int8_t>(31 * i - 127));
    const json object = {{"codes", TextOfCodes(codes)}};
    const RecordFields fields(object, "a file", "");
    EXPECT_EQ(fields.Codes("codes", count), codes);
    CatchError(ErrorKind::kBadInput, [&] { fields.Codes("codes", count + 3); });
  }
  for (const char* text : {"AA=A", "A===", " AAA", "AAA\n", "AA--", "AB=="}) {
    const json object = {{"codes", text}};
    const RecordFields fields(object, "a file", "");
    CatchError(ErrorKind::kBadInput, [&] { fields.Codes("codes", 1); });
  }
}

}  // namespace exchanged_files_test
}  // namespace modelkin
