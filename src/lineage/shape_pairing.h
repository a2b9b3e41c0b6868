// Gives tensors of B the names of those of A that they can be paired with by shape and values,
// where names tell nothing.
#ifndef MODELKIN_LINEAGE_SHAPE_PAIRING_H_
#define MODELKIN_LINEAGE_SHAPE_PAIRING_H_

#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace modelkin {

struct NameGiven {
  std::string from, to;
};

struct RenamedCheckpoint {
  Checkpoint checkpoint;
  std::vector<NameGiven> given;
};

// Tensors whose names the other lacks are paired with such of the same shape. Where several have a
// shape, those whose values have the most similar moments, then those in the most similar place of
// the file. Neither changes when units are put in another order, so that what is paired so says
// nothing about their order, which the tests are about. Matrices that hold gate and up, or queries,
// keys and values, are taken apart, and such as are stored inputs by outputs turned, where B's then
// go with more of A's (TakenApart, and by moments where as many do). Reads tensors whose shape is
// not their own alone.
RenamedCheckpoint NamedAfter(const Checkpoint& b, const Checkpoint& a, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_SHAPE_PAIRING_H_
