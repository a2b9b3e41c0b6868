// An atlas: sketches of up to millions of models in one file of SQLite, to be found by name and by
// their bits. docs/atlas.md, "The file".
#ifndef MODELKIN_ATLAS_ATLAS_H_
#define MODELKIN_ATLAS_ATLAS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sketch/sketch.h"

namespace modelkin {

class Database;

enum class AtlasAccess {
  kRead,
  kWrite,   // of an atlas that is there
  kCreate,  // as kWrite, and makes an empty one where there is no file
};

struct AtlasChange {
  std::uint64_t added = 0;     // records that are there now and were not before
  std::uint64_t replaced = 0;  // records that others took the place of
};

// What a record is found by.
struct AtlasEntry {
  std::uint64_t id = 0;  // never 0; what replaces a record has its id
  std::string name, location, family;
  std::string content;  // 64 hexadecimal digits
};

struct AtlasPlaceCount {
  Component kind = Component::kText;
  SketchPlace place;
  std::uint64_t records = 0;  // components, to be exact
};

struct AtlasStats {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  // of the file, with what is still beside it (FILE-wal)
  std::map<std::string, std::uint64_t> families;
  std::vector<AtlasPlaceCount> places;  // most records first, then by kind, role, rows, columns
  std::map<std::uint64_t, std::uint64_t> versions;  // records by version of their sketch
};

// An open atlas, for one thread at a time. Several processes may read one while another writes to
// it; a second writer waits for up to ten seconds. Each function below sees or makes one state:
// what it has returned from is kept even if the process is killed. All throw Error, one line that
// names the file: kBadInput where it is no atlas, of another version, cut off or damaged; kIo where
// the system fails, as with a full disk or a folder that can't be written to.
class Atlas {
 public:
  static Atlas Open(const std::string& path, AtlasAccess access);
  Atlas(Atlas&&) noexcept;
  Atlas& operator=(Atlas&&) noexcept;
  ~Atlas();

  const std::string& path() const;

  // Adds all or none. A model that is there already, by its location (where there is none, by its
  // content), is replaced; of several such in `sketches`, the last one stays. The same content
  // elsewhere is another record: a copy is a fact.
  AtlasChange Add(std::span<const Sketch> sketches);
  // Removes all records of that name, and returns how many.
  std::uint64_t Remove(std::string_view name);

  // Returns the ids of records of that name, or location, ascending.
  std::vector<std::uint64_t> Find(std::string_view name_or_location) const;
  // Throws Error(kBadInput) where there is no such record, or what is there can't be read.
  Sketch Read(std::uint64_t id) const;
  AtlasEntry ReadEntry(std::uint64_t id) const;
  // Calls `use` with each record's, by ascending id.
  void ForEachEntry(const std::function<void(const AtlasEntry&)>& use) const;
  void ForEachSketch(const std::function<void(std::uint64_t id, const Sketch&)>& use) const;

  std::uint64_t CountRecords() const;
  AtlasStats Stats() const;
  // Returns what is wrong with the file, a line each, at most 100; empty where nothing is. Reads
  // all of it: SQLite's own check, every record, and its rows for the scans.
  std::vector<std::string> Verify() const;

  // For what scans it.
  Database& database() const { return *database_; }

 private:
  explicit Atlas(std::unique_ptr<Database> database);

  std::unique_ptr<Database> database_;
};

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_ATLAS_H_
