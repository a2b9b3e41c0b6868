#include "requests/atlas.h"

#include <fmt/format.h>

#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/output_file.h"
#include "requests/sketch.h"
#include "sketch/sketch_record.h"
#include "source/sha256.h"

namespace modelkin {
namespace {

// Sketches a model; leaves why not in `done` where that fails for the model's own sake.
std::optional<Sketch> TrySketch(const OpenOptions& opening, const RequestContext& context,
                                SketchedModel& done) {
  try {
    Sketch sketch = SketchModel({.model = done.model, .opening = opening}, context).sketch;
    done.name = sketch.name;
    return sketch;
  } catch (const Error& error) {
    done.error = error.what();
    return std::nullopt;
  }
}

bool IsRecord(const std::string& file) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(file, ignored);
}

void MakeFolderOf(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Error(ErrorKind::kIo, error.message(),
                {.file = folder.string(), .tensor = {}, .offset_bytes = {}});
  }
}

}  // namespace

void AddModels(const AddRequest& request, const SketchedListener& listener,
               const RequestContext& context) {
  const HeedStop heed(*context.stop);
  Atlas atlas = Atlas::Open(request.atlas, AtlasAccess::kCreate);
  for (const std::string& model : request.models) {
    ThrowIfInterrupted();
    SketchedModel done{.model = model};
    if (const auto sketch = TrySketch(request.opening, context, done)) {
      done.replaced = atlas.Add(std::span(&*sketch, 1)).replaced > 0;
    }
    listener(done);
  }
}

std::string RecordFile(const std::string& folder, const std::string& model) {
  Sha256 digest;
  digest.Update(std::as_bytes(std::span(model)));
  const std::string name = digest.HexDigest();
  return fmt::format("{}/{}/{}.sketch", folder, name.substr(0, 2), name);
}

void BuildRecords(const BuildRequest& request, const SketchedListener& listener,
                  const RequestContext& context) {
  const HeedStop heed(*context.stop);
  if (request.rank >= request.world) {
    throw Error(ErrorKind::kUsage,
                fmt::format("rank {} is not below the number of workers, {}: ranks begin at 0",
                            request.rank, request.world));
  }
  for (std::uint64_t i = request.rank; i < request.models.size(); i += request.world) {
    ThrowIfInterrupted();
    SketchedModel done{.model = request.models[i]};
    const std::string file = RecordFile(request.folder, done.model);
    if (IsRecord(file)) {
      done.skipped = true;
    } else if (auto sketch = TrySketch(request.opening, context, done)) {
      MakeFolderOf(file);
      OutputFile record{OutputTarget(file)};
      record.Write(EncodeSketch(std::move(*sketch)));
      record.Commit();
    }
    listener(done);
  }
}

}  // namespace modelkin
