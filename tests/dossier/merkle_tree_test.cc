#include "dossier/merkle_tree.h"

#include <gtest/gtest.h>

#include "source/sha256.h"

namespace modelkin {
namespace merkle_tree_test {

std::vector<Digest> Leaves(std::size_t count) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(DigestOf(fmt::format("leaf {}", i)));
  return leaves;
}

std::string BytesOf(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Digest Node(const Digest& left, const Digest& right) {
  return DigestOf("modelkin dossier node 1\n" + BytesOf(left) + BytesOf(right));
}

Digest Root(std::size_t count, const Digest& top) {
  return DigestOf(fmt::format("modelkin dossier root 1\n{}\n", count) + BytesOf(top));
}

TEST(MerkleTree, RootsAreWhatTheDefinitionSays) {
  const std::vector<Digest> l = Leaves(7);
  const auto first = [&](std::size_t count) { return std::span(l).first(count); };
  EXPECT_EQ(TreeRoot(first(1)), Root(1, l[0]));
  EXPECT_EQ(TreeRoot(first(2)), Root(2, Node(l[0], l[1])));
  EXPECT_EQ(TreeRoot(first(3)), Root(3, Node(Node(l[0], l[1]), l[2])));
  const Digest four = Node(Node(l[0], l[1]), Node(l[2], l[3]));
  EXPECT_EQ(TreeRoot(first(4)), Root(4, four));
  EXPECT_EQ(TreeRoot(first(7)), Root(7, Node(four, Node(Node(l[4], l[5]), l[6]))));
}

TEST(MerkleTree, APathLeadsFromEachLeafToTheRootAndFromNothingElse) {
  for (std::size_t count = 1; count <= 20; ++count) {
    const std::vector<Digest> leaves = Leaves(count);
    const Digest root = TreeRoot(leaves);
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<Digest> path = PathOf(leaves, i);
      EXPECT_EQ(RootByPath(leaves[i], i, count, path), root);
      EXPECT_NE(RootByPath(DigestOf("another"), i, count, path), root);
      EXPECT_NE(RootByPath(leaves[i], i, count + 1, path), root);
      for (std::size_t other = 0; other < count; ++other) {
        if (other == i) continue;
        EXPECT_NE(RootByPath(leaves[i], other, count, path), root);
      }
      for (Digest& node : path) {
        node[31] ^= std::byte{1};
        EXPECT_NE(RootByPath(leaves[i], i, count, path), root);
        node[31] ^= std::byte{1};
      }
      path.push_back(root);
      EXPECT_EQ(RootByPath(leaves[i], i, count, path), std::nullopt);
    }
    EXPECT_EQ(RootByPath(leaves[0], count, count, PathOf(leaves, 0)), std::nullopt);
  }
}

// An inner node is no leaf: the same digest in a smaller tree has another root.
TEST(MerkleTree, InnerNodesPassForNoLeaves) {
  const std::vector<Digest> leaves = Leaves(4);
  const std::vector<Digest> nodes = {Node(leaves[0], leaves[1]), Node(leaves[2], leaves[3])};
  EXPECT_NE(TreeRoot(nodes), TreeRoot(leaves));
}

TEST(MerkleTree, HexIsReadBackAndNothingElseIs) {
  const Digest digest = DigestOf("x");
  EXPECT_EQ(DigestOfHex(HexOf(digest)), digest);
  EXPECT_EQ(HexOf(DigestOf("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::string bad : {std::string(), std::string(63, 'a'), std::string(65, 'a'),
                          std::string(64, 'A'), std::string(64, 'g')}) {
    EXPECT_EQ(DigestOfHex(bad), std::nullopt) << bad;
  }
}

}  // namespace merkle_tree_test
}  // namespace modelkin
