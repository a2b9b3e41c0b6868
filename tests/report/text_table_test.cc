#include "report/text_table.h"

#include <gtest/gtest.h>

namespace modelkin {
namespace text_table_test {

TEST(TextTable, AlignsByWhatIsSeenNotByBytes) {
  TextTable table({"name", "n"});
  table.AddRow({"\u00e9t\u00e9", "1"});
  table.AddRow({"winter", "12345"});
  EXPECT_EQ(table.Render(TextStyle(false)),
            "  name        n\n"
            "  \u00e9t\u00e9         1\n"
            "  winter  12345\n");
}

TEST(TextTable, LeavesNoTrailingBlanks) {
  TextTable table({"a", "b"});
  table.AddRow({"x", ""});
  EXPECT_EQ(table.Render(TextStyle(false)), "  a  b\n  x\n");
}

TEST(TextStyle, EscapesOnlyWithColour) {
  EXPECT_EQ(TextStyle(true).Bold("x"), "\x1b[1mx\x1b[0m");
  EXPECT_EQ(TextStyle(false).Dim("x"), "x");
}

TEST(FormatCount, GroupsThousands) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1,000");
  EXPECT_EQ(FormatCount(102651799552), "102,651,799,552");
}

TEST(TextTable, NothingWithoutRows) {
  EXPECT_EQ(TextTable({"a", "b"}).Render(TextStyle(false)), "");
}

TEST(FormatShare, SaysNoneAndAllOnlyOfNoneAndAll) {
  EXPECT_EQ(FormatShare(0, 3), "0.0%");
  EXPECT_EQ(FormatShare(1, 3), "33.3%");
  EXPECT_EQ(FormatShare(3, 3), "100%");
  EXPECT_EQ(FormatShare(1, 100'000), "<0.1%");
  EXPECT_EQ(FormatShare(99'999, 100'000), ">99.9%");
  EXPECT_EQ(FormatShare(1, 100'000, 2), "<0.01%");
  EXPECT_EQ(FormatShare(99'999, 100'000, 2), ">99.99%");
  EXPECT_EQ(FormatShare(0, 0), "");
}

TEST(FormatQuantity, TakesThePluralButForOne) {
  EXPECT_EQ(FormatQuantity(1, "tensor"), "1 tensor");
  EXPECT_EQ(FormatQuantity(0, "tensor"), "0 tensors");
}

}  // namespace text_table_test
}  // namespace modelkin
