#include "requests/tree.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {

TreeResults TreeOfAtlas(const TreeRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  const Atlas atlas = Atlas::Open(request.atlas, AtlasAccess::kRead);
  std::vector<std::uint64_t> ids;
  if (!request.of.empty()) {
    ids = atlas.Find(request.of);
    if (ids.empty()) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("no model is called {} there", Printable(request.of)),
                  {.file = request.atlas, .tensor = {}, .offset_bytes = {}});
    }
  }
  TreeResults results{
      .request = request,
      .tree = MakeTree(atlas, {.error_rate = request.error_rate, .threads = context.threads}),
      .run = RecordOf("atlas tree", context)};
  if (!request.of.empty()) results.tree = PartOfTree(results.tree, ids);
  return results;
}

}  // namespace modelkin
