// Attention against its definition in double.
#include "inference/attention.h"

#include <gtest/gtest.h>

#include <cmath>

#include "inference/stored_model.h"

namespace modelkin {
namespace attention_test {

using testing::Normal;
using testing::NormalRows;

// A float sum of up to 300 products, and exp of scores of some units.
constexpr double kBound = 5e-6;

struct Inputs {
  AttentionRules rules;
  Batch batch;
  Activations queries, keys, values;
};

Inputs Make(const AttentionRules& rules, const std::vector<std::size_t>& lengths) {
  std::vector<testing::Ids> texts;
  std::size_t rows = 0;
  for (const std::size_t length : lengths) {
    texts.emplace_back(length, 0);
    rows += length;
  }
  return {rules, MakeBatch(texts), NormalRows(rows, rules.heads * rules.key_dim, 1),
          NormalRows(rows, rules.kv_heads * rules.key_dim, 2),
          NormalRows(rows, rules.kv_heads * rules.value_dim, 3)};
}

// Of one token and head.
std::vector<double> ByDefinition(const Inputs& in, const TextRows& text, std::size_t row,
                                 std::size_t head) {
  const AttentionRules& rules = in.rules;
  const std::size_t shared = head / (rules.heads / rules.kv_heads);
  std::vector<double> out(rules.value_dim, 0);
  double total = rules.sinks.empty() ? 0 : std::exp(static_cast<double>(rules.sinks[head]));
  for (std::size_t key = 0; key < text.rows; ++key) {
    if (rules.causal && key > row) continue;
    if (rules.window && key + *rules.window <= row) continue;
    if (rules.chunk && key / *rules.chunk != row / *rules.chunk) continue;
    double score = 0;
    for (std::size_t i = 0; i < rules.key_dim; ++i) {
      score += static_cast<double>(in.queries.Row(text.first + row)[head * rules.key_dim + i]) *
               in.keys.Row(text.first + key)[shared * rules.key_dim + i];
    }
    score *= rules.scale;
    if (rules.soft_cap > 0) score = rules.soft_cap * std::tanh(score / rules.soft_cap);
    const double share = std::exp(score);
    total += share;
    for (std::size_t i = 0; i < rules.value_dim; ++i) {
      out[i] += share * in.values.Row(text.first + key)[shared * rules.value_dim + i];
    }
  }
  for (double& value : out) value /= total;
  return out;
}

void Expect(const Inputs& in, const Activations& out) {
  ASSERT_EQ(out.rows, in.queries.rows);
  ASSERT_EQ(out.columns, in.rules.heads * in.rules.value_dim);
  for (const TextRows& text : in.batch.texts) {
    for (std::size_t row = 0; row < text.rows; ++row) {
      for (std::size_t head = 0; head < in.rules.heads; ++head) {
        const auto expected = ByDefinition(in, text, row, head);
        EXPECT_LE(testing::RelativeError(out.Row(text.first + row) + head * in.rules.value_dim,
                                         expected.data(), in.rules.value_dim),
                  kBound)
            << text.rows << " tokens, row " << row << ", head " << head;
      }
    }
  }
}

Activations AttendTo(const Inputs& in, unsigned threads = 2) {
  return Attend(in.rules, in.queries, in.keys, in.values, in.batch, nullptr, threads);
}

void ExpectByDefinition(const AttentionRules& rules) {
  const Inputs in = Make(rules, {1, 2, 63, 64, 65, 127, 128, 129, 200});
  Expect(in, AttendTo(in));
}

AttentionRules Plain() {
  return {.heads = 2,
          .kv_heads = 2,
          .key_dim = 5,
          .value_dim = 5,
          .scale = 0.5F,
          .window = {},
          .sinks = {}};
}

TEST(Attend, Causal) { ExpectByDefinition(Plain()); }

TEST(Attend, BothWays) {
  AttentionRules rules = Plain();
  rules.causal = false;
  ExpectByDefinition(rules);
}

TEST(Attend, Windows) {
  for (const std::size_t window : {1, 2, 64, 128, 130, 1000}) {
    AttentionRules rules = Plain();
    rules.window = window;
    ExpectByDefinition(rules);
  }
}

TEST(Attend, Chunks) {
  for (const std::size_t chunk : {1, 3, 64, 128, 150, 1000}) {
    AttentionRules rules = Plain();
    rules.chunk = chunk;
    ExpectByDefinition(rules);
    rules.window = 7;
    ExpectByDefinition(rules);
  }
}

TEST(Attend, Sinks) {
  AttentionRules rules = Plain();
  rules.sinks = {3, -2};
  ExpectByDefinition(rules);
  rules.window = 7;
  ExpectByDefinition(rules);
  rules.sinks = {40, -40};
  ExpectByDefinition(rules);
}

TEST(Attend, SoftCap) {
  AttentionRules rules = Plain();
  rules.soft_cap = 0.7F;
  ExpectByDefinition(rules);
}

TEST(Attend, GroupedHeadsAndValuesOfAnotherWidth) {
  AttentionRules rules = Plain();
  rules.heads = 6;
  rules.value_dim = 3;
  ExpectByDefinition({.heads = 6, .kv_heads = 2, .key_dim = 7, .value_dim = 3, .scale = 0.3F});
  ExpectByDefinition({.heads = 3, .kv_heads = 1, .key_dim = 1, .value_dim = 4, .scale = 1});
}

// Scores of hundreds, whose exponentials are no floats.
TEST(Attend, LargeScores) {
  Inputs in = Make(Plain(), {3, 150});
  for (float& value : in.keys.values) value *= 60;
  for (float& value : in.queries.values) value = std::abs(value);
  const Activations out = AttendTo(in);
  for (const float value : out.values) EXPECT_TRUE(std::isfinite(value));
}

TEST(Attend, EqualKeysGiveMeans) {
  Inputs in = Make(Plain(), {130});
  std::ranges::fill(in.keys.values, 1.0F);
  Expect(in, AttendTo(in));
}

TEST(Attend, NanShows) {
  for (const int part : {0, 1, 2}) {
    Inputs in = Make(Plain(), {3});
    Activations* const parts[] = {&in.queries, &in.keys, &in.values};
    parts[part]->values[0] = NAN;
    EXPECT_TRUE(std::isnan(AttendTo(in).values[0])) << part;
  }
}

TEST(Attend, NoTexts) {
  const Inputs in = Make(Plain(), {});
  EXPECT_EQ(AttendTo(in).rows, 0U);
}

TEST(Attend, TheSameBitsOnAnyNumberOfThreads) {
  AttentionRules rules{.heads = 8, .kv_heads = 4, .key_dim = 32, .value_dim = 32, .scale = 0.2F};
  const Inputs in = Make(rules, {150, 300});
  const Activations once = AttendTo(in, 1);
  for (const unsigned threads : {2, 3, 7}) EXPECT_EQ(AttendTo(in, threads).values, once.values);
}

Activations RowsOf(const Activations& x, std::size_t first, std::size_t count) {
  Activations part(count, x.columns);
  std::copy_n(x.Row(first), count * x.columns, part.values.begin());
  return part;
}

// Token by token, or in uneven steps, through a cache: as all at once.
void ExpectCacheAsWhole(const AttentionRules& rules, std::size_t length, std::size_t step) {
  const Inputs in = Make(rules, {length});
  LayerCache cache;
  Activations all(0, rules.heads * rules.value_dim);
  for (std::size_t at = 0; at < length; at += step) {
    const std::size_t count = std::min(step, length - at);
    Batch batch;
    batch.ids.assign(count, 0);
    batch.texts = {{.first = 0, .rows = count, .past = at}};
    const Activations part =
        Attend(rules, RowsOf(in.queries, at, count), RowsOf(in.keys, at, count),
               RowsOf(in.values, at, count), batch, &cache, 2);
    all.rows += part.rows;
    all.values.insert(all.values.end(), part.values.begin(), part.values.end());
  }
  Expect(in, all);
}

TEST(Attend, CacheAsWithout) {
  AttentionRules rules = Plain();
  ExpectCacheAsWhole(rules, 140, 1);
  ExpectCacheAsWhole(rules, 200, 67);
  rules.window = 9;
  ExpectCacheAsWhole(rules, 140, 1);
  ExpectCacheAsWhole(rules, 140, 139);
  rules.sinks = {1, 0};
  ExpectCacheAsWhole(rules, 70, 3);
}

// Texts of which some have no new tokens keep what is cached of them.
TEST(Attend, TextsWithoutNewTokens) {
  const Inputs in = Make(Plain(), {4, 5});
  LayerCache cache;
  Attend(in.rules, in.queries, in.keys, in.values, in.batch, &cache, 1);
  Batch next;
  next.ids = {0};
  next.texts = {{.first = 0, .rows = 0, .past = 4}, {.first = 0, .rows = 1, .past = 5}};
  const Activations one = RowsOf(in.queries, 0, 1);
  const Activations out =
      Attend(in.rules, one, RowsOf(in.keys, 0, 1), RowsOf(in.values, 0, 1), next, &cache, 1);
  EXPECT_EQ(out.rows, 1U);
  EXPECT_EQ(cache.keys[0].rows, 4U);
  EXPECT_EQ(cache.keys[1].rows, 6U);
}

}  // namespace attention_test
}  // namespace modelkin
