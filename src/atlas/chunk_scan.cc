#include "atlas/chunk_scan.h"

#include "atlas/atlas_file.h"
#include "base/error.h"
#include "base/parallel.h"

namespace modelkin {
namespace {

constexpr int kTries = 8;

}  // namespace

// A connection within a transaction, which keeps its state until it is destroyed.
struct AtlasState::Reader {
  explicit Reader(const std::string& path)
      : own(OpenAtlasFile(path, AtlasAccess::kRead)),
        database(*own),
        transaction(database, Transaction::Kind::kRead),
        generation(Generation(database)) {}
  // The caller's own connection, which may be within a transaction of the caller's.
  explicit Reader(Database& callers)
      : database(callers),
        transaction(database, Transaction::Kind::kRead),
        generation(Generation(database)) {}

  std::unique_ptr<Database> own;
  Database& database;
  Transaction transaction;
  std::int64_t generation;
};

AtlasState::AtlasState(const Atlas& atlas, unsigned threads) {
  Open(atlas, threads);
  // Another file may have its name by now.
  if (atlas.database().HasMoved()) readers_.resize(1);
}

void AtlasState::Open(const Atlas& atlas, unsigned threads) {
  readers_.push_back(std::make_unique<Reader>(atlas.database()));
  for (int tries = 0; readers_.size() < threads && tries < kTries; ++tries) {
    while (readers_.size() < threads) {
      std::unique_ptr<Reader> next;
      try {
        next = std::make_unique<Reader>(atlas.database().full_path());
      } catch (const Error&) {
        return;  // the file was moved, or too many are open: those that there are do
      }
      if (next->generation != readers_.front()->generation) {
        // Something was written meanwhile: once more, all in the newer state.
        readers_.clear();
        readers_.push_back(std::make_unique<Reader>(atlas.database()));
        break;
      }
      readers_.push_back(std::move(next));
    }
  }
}

AtlasState::~AtlasState() = default;

unsigned AtlasState::threads() const { return static_cast<unsigned>(readers_.size()); }

const Database& AtlasState::ForThread(unsigned worker) const { return readers_[worker]->database; }

void ForEachChunk(const AtlasState& state, std::span<const ChunkJob> jobs,
                  const std::function<void(const ChunkJob& job, std::span<const std::byte> bytes,
                                           unsigned worker)>& use) {
  std::vector<std::vector<std::byte>> buffers(state.threads());
  ParallelFor(state.threads(), jobs.size(), [&](std::size_t index, unsigned worker) {
    const ChunkJob& job = jobs[index];
    ReadChunk(state.ForThread(worker), job.form, job.chunk, buffers[worker]);
    use(job, buffers[worker], worker);
  });
}

}  // namespace modelkin
