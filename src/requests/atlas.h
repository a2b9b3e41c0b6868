// Models into an atlas.
#ifndef MODELKIN_REQUESTS_ATLAS_H_
#define MODELKIN_REQUESTS_ATLAS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "atlas/atlas.h"
#include "modelkin/options.h"
#include "requests/request_context.h"

namespace modelkin {

struct AddRequest {
  std::string atlas;  // its file, which is made where there is none
  std::vector<std::string> models;
  OpenOptions opening = {};
};

// What became of one model.
struct SketchedModel {
  std::string model;      // as it was named
  std::string name;       // of its record; "" where there is none
  bool replaced = false;  // a record that was there
  bool skipped = false;   // it was there already, and was left alone
  std::string error;      // why it was not sketched; "" where it was
};

// Hears of each model when it is done, in the order of the request. Of an atlas: when its record is
// stored for good.
using SketchedListener = std::function<void(const SketchedModel&)>;

// Sketches models one after another, and adds each as soon as it is there. What can't be sketched
// is left out, and told. Throws as Atlas::Open and Atlas::Add do.
void AddModels(const AddRequest& request, const SketchedListener& listener,
               const RequestContext& context);

struct BuildRequest {
  std::vector<std::string> models;    // the same list for all workers
  std::string folder;                 // of the records, a file each; made where there is none
  std::uint64_t rank = 0, world = 1;  // this worker takes models rank, rank + world, ...
  OpenOptions opening = {};
};

// Sketches a worker's share of the models, each into a file of its own whose name is a digest of
// the model's: such a file is whole or not there, and a model that has one is skipped. Throws
// Error(kUsage) where rank is not below world, Error(kIo) where nothing can be written.
void BuildRecords(const BuildRequest& request, const SketchedListener& listener,
                  const RequestContext& context);

// Returns where BuildRecords keeps the record of a model: "FOLDER/2f/2fd4....sketch".
std::string RecordFile(const std::string& folder, const std::string& model);

struct ImportCounts {
  std::uint64_t records = 0;  // that were read
  AtlasChange change;
};

// Adds records that were written before: files of BuildRecords, files of JSON lines as Export
// writes them, and all such files in folders. Each transaction takes a thousand. Throws
// Error(kBadInput) at the first record that can't be read; what was added before it stays.
ImportCounts ImportRecords(const std::string& atlas, const std::vector<std::string>& paths,
                           const RequestContext& context);

// Gives each record as a line of JSON, in the order of locations: the same for atlases of the same
// records.
void ExportRecords(const Atlas& atlas, const std::function<void(std::string_view)>& line);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_ATLAS_H_
