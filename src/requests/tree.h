// Who is whose relative in an atlas.
#ifndef MODELKIN_REQUESTS_TREE_H_
#define MODELKIN_REQUESTS_TREE_H_

#include <string>

#include "atlas/tree.h"
#include "requests/request_context.h"

namespace modelkin {

struct TreeRequest {
  std::string atlas;         // its file
  std::string of;            // a name or location in it: the groups of these alone; "": all
  double error_rate = 0.01;  // of any two strangers among those that are shown; in (0, 0.5]
};

struct TreeResults {
  TreeRequest request;
  AtlasTree tree;  // of the part that was asked for
  RunRecord run;
};

// Compares all records of one shape. Throws as Atlas does; Error(kUsage) where no record is called
// as was asked for.
TreeResults TreeOfAtlas(const TreeRequest& request, const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_TREE_H_
