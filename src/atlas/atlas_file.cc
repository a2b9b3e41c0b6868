#include "atlas/atlas_file.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/error.h"
#include "base/output_file.h"

namespace modelkin {
namespace {

constexpr std::int64_t kApplicationId = 0x6d6b6174;  // "mkat"
constexpr int kPageBytes = 32768;
constexpr std::int64_t kCheckpointPages = (64 << 20) / kPageBytes;
constexpr std::int64_t kCacheKibibytes = 64 << 10;

struct SchemaEntry {
  std::string_view name, sql;
};

// All that an atlas consists of: a file with anything else is none. Numbers of 64 bits are kept as
// SQLite's signed ones. What rows of "chunk_data" hold: atlas/row_store.h.
constexpr std::array<SchemaEntry, 11> kSchema = {{
    {"state", "CREATE TABLE state(id INTEGER PRIMARY KEY, generation INTEGER NOT NULL)"},
    {"record",
     "CREATE TABLE record(id INTEGER PRIMARY KEY, name TEXT NOT NULL, location TEXT NOT NULL, "
     "family TEXT NOT NULL, content BLOB NOT NULL, version INTEGER NOT NULL, slots BLOB NOT NULL)"},
    {"record_name", "CREATE INDEX record_name ON record(name)"},
    {"record_location", "CREATE INDEX record_location ON record(location)"},
    {"record_content", "CREATE INDEX record_content ON record(content)"},
    {"sketch", "CREATE TABLE sketch(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)"},
    {"place",
     "CREATE TABLE place(id INTEGER PRIMARY KEY, form INTEGER NOT NULL, kind INTEGER NOT NULL, "
     "role INTEGER NOT NULL, row_count INTEGER NOT NULL, column_count INTEGER NOT NULL)"},
    {"place_fields",
     "CREATE UNIQUE INDEX place_fields ON place(form, kind, role, row_count, column_count)"},
    {"chunk",
     "CREATE TABLE chunk(id INTEGER PRIMARY KEY, place INTEGER NOT NULL, "
     "capacity INTEGER NOT NULL, used INTEGER NOT NULL, cleared INTEGER NOT NULL)"},
    {"chunk_place", "CREATE INDEX chunk_place ON chunk(place)"},
    {"chunk_data", "CREATE TABLE chunk_data(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)"},
}};

std::int64_t Pragma(const Database& database, const char* name) {
  Statement statement(database, fmt::format("PRAGMA {}", name));
  statement.Step();
  return statement.Number(0);
}

// Returns the bytes of an empty atlas.
std::string EmptyAtlas() {
  sqlite3* memory = nullptr;
  std::string statements = fmt::format(
      "PRAGMA page_size = {}; PRAGMA application_id = {}; PRAGMA user_version = {}; BEGIN;",
      kPageBytes, kApplicationId, kAtlasVersion);
  for (const SchemaEntry& entry : kSchema) statements += fmt::format("{};", entry.sql);
  statements += "INSERT INTO state VALUES (1, 0); COMMIT;";
  sqlite3_int64 size = 0;
  unsigned char* bytes = nullptr;
  if (sqlite3_open(":memory:", &memory) == SQLITE_OK &&
      sqlite3_exec(memory, statements.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) {
    bytes = sqlite3_serialize(memory, "main", &size, 0);
  }
  std::string image(reinterpret_cast<const char*>(bytes),
                    bytes ? static_cast<std::size_t>(size) : 0);
  sqlite3_free(bytes);
  sqlite3_close(memory);
  if (image.empty()) throw Error(ErrorKind::kIo, "SQLite makes no empty atlas: not enough memory");
  // Versions of the format for writing and reading (sqlite.org/fileformat2.html, 1.3.3): a log of
  // changes beside the file, so that reading goes on while something is written.
  image[18] = image[19] = 2;
  return image;
}

std::uint64_t SizeOf(const std::string& path) {
  std::error_code missing;
  const std::uintmax_t size = std::filesystem::file_size(path, missing);
  return missing ? 0 : size;
}

// Throws unless the tables are exactly those above: others could run what their maker wants.
void CheckSchema(const Database& database) {
  Statement statement(database, "SELECT name, sql FROM sqlite_schema ORDER BY rowid");
  for (const SchemaEntry& entry : kSchema) {
    if (!statement.Step() || statement.Text(0) != entry.name || statement.Text(1) != entry.sql) {
      database.FailDamaged("its tables are not those of an atlas");
    }
  }
  if (statement.Step()) database.FailDamaged("it has more tables than an atlas");
}

void CheckFile(Database& database) {
  const std::string& path = database.path();
  if (SizeOf(path) == 0 && SizeOf(path + "-wal") == 0) {
    throw Error(ErrorKind::kBadInput, "it is empty, and so no atlas", {.file = path});
  }
  const Transaction one_state(database, Transaction::Kind::kRead);
  if (Pragma(database, "application_id") != kApplicationId) {
    throw Error(ErrorKind::kBadInput, "it is a database of another program, and no atlas",
                {.file = path});
  }
  if (const std::int64_t version = Pragma(database, "user_version"); version != kAtlasVersion) {
    throw Error(ErrorKind::kBadInput,
                fmt::format("it is an atlas of version {}, and this program reads version {}: make "
                            "it again, or use the program that made it",
                            version, kAtlasVersion),
                {.file = path});
  }
  CheckSchema(database);
  const auto bytes = static_cast<std::uint64_t>(Pragma(database, "page_count")) *
                     static_cast<std::uint64_t>(Pragma(database, "page_size"));
  if (SizeOf(path + "-wal") == 0 && SizeOf(path) < bytes) {
    database.FailDamaged(fmt::format("it is cut off, at {} of {} bytes", SizeOf(path), bytes));
  }
}

std::unique_ptr<Database> OpenChecked(const std::string& path, Database::Mode mode) {
  auto database = std::make_unique<Database>(path, mode);
  CheckFile(*database);
  return database;
}

}  // namespace

std::unique_ptr<Database> OpenAtlasFile(const std::string& path, AtlasAccess access) {
  std::error_code ignored;
  if (access == AtlasAccess::kRead) {
    try {
      return OpenChecked(path, Database::Mode::kRead);
    } catch (const Error& error) {
      // Locks need files beside it, and where those can't be made nobody writes to it.
      const std::string folder = std::filesystem::absolute(path).parent_path();
      const bool may_change = ::access(folder.c_str(), W_OK) == 0 || SizeOf(path + "-wal") > 0;
      if (!error.is_failure_of_system() || may_change) throw;
    }
    return OpenChecked(path, Database::Mode::kReadUnchanging);
  }
  if (access == AtlasAccess::kCreate && !std::filesystem::exists(path, ignored)) {
    OutputFile file(OutputTarget(path, InputFiles(), Replace::kSameBytes));
    file.Write(EmptyAtlas());
    file.Commit();
  }
  auto database = OpenChecked(path, Database::Mode::kWrite);
  database->Run(fmt::format(
      "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = {}; PRAGMA cache_size = -{};",
      kCheckpointPages, kCacheKibibytes));
  return database;
}

std::int64_t Generation(const Database& database) {
  Statement statement(database, "SELECT generation FROM state WHERE id = 1");
  if (!statement.Step()) database.FailDamaged("it has no state");
  return statement.Number(0);
}

void CountChange(Database& database) {
  database.Run("UPDATE state SET generation = generation + 1 WHERE id = 1");
}

}  // namespace modelkin
