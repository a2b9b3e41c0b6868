#include "report/fitted_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace modelkin {
namespace fitted_table_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

FittedTable ThreeColumns() {
  FittedTable table({{"role"}, {"tensors", 2}, {"cosine", 1}});
  table.AddRow({"self_attn.q_proj", "12", "0.5000"});
  table.AddRow({"norm", "1", "-0.2500"});
  return table;
}

TEST(FittedTable, ShowsAllWhereThereIsRoom) {
  EXPECT_EQ(ThreeColumns().Render({.width = 80}),
            "  role              tensors   cosine\n"
            "  self_attn.q_proj       12   0.5000\n"
            "  norm                    1  -0.2500\n");
  EXPECT_THAT(ThreeColumns().LeftOut({.width = 36}), IsEmpty());
}

TEST(FittedTable, LeavesOutTheLeastImportantColumns) {
  EXPECT_EQ(ThreeColumns().Render({.width = 35}),
            "  role               cosine\n"
            "  self_attn.q_proj   0.5000\n"
            "  norm              -0.2500\n");
  EXPECT_THAT(ThreeColumns().LeftOut({.width = 35}), ElementsAre("tensors"));
  EXPECT_THAT(ThreeColumns().LeftOut({.width = 26}), ElementsAre("tensors", "cosine"));
}

TEST(FittedTable, ShortensNamesBeforeItLeavesOutColumns) {
  FittedTable table({{"role"}, {"cosine", 1}});
  table.AddRow({"block_sparse_moe.shared_experts.down_proj.weight", "1.0000"});
  EXPECT_EQ(table.Render({.width = 40}),
            "  role                            cosine\n"
            "  block_spa...s.down_proj.weight  1.0000\n");
  EXPECT_THAT(table.LeftOut({.width = 40}), IsEmpty());
}

TEST(FittedTable, CountsColumnsOfTheScreen) {
  FittedTable table({{"이름"}, {"수", 1}});
  table.AddRow({"가중치", "12"});
  table.AddRow({"e\u0301", "1"});
  EXPECT_EQ(table.Render({.width = 40}),
            "  이름    수\n"
            "  가중치  12\n"
            "  e\u0301        1\n");
}

TEST(FittedTable, IsNothingWithoutRows) {
  EXPECT_EQ(FittedTable({{"role"}, {"cosine", 1}}).Render({.width = 1}), "");
  EXPECT_THAT(FittedTable({{"role"}, {"cosine", 1}}).LeftOut({.width = 1}), IsEmpty());
}

}  // namespace fitted_table_test
}  // namespace modelkin
