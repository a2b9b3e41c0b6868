// SQLite, as an atlas uses it: every failure is an Error of one line that names the file.
#ifndef MODELKIN_ATLAS_DATABASE_H_
#define MODELKIN_ATLAS_DATABASE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_blob;

namespace modelkin {

// An open file. For one thread at a time.
class Database {
 public:
  enum class Mode {
    kRead,
    kReadUnchanging,  // nobody writes meanwhile: takes no locks, and needs no files beside it
    kWrite,
    kCreate,  // an empty or missing file becomes a database
  };

  // Throws Error: kBadInput where the file is missing or no database, kIo where the system fails.
  Database(const std::string& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::string& path() const { return path_; }
  // As it was when the file was opened, whatever the current folder is now.
  std::string full_path() const;
  // Returns whether the file no longer has that path.
  bool HasMoved() const;
  sqlite3* handle() const { return handle_; }
  std::int64_t last_row_id() const;
  // Runs statements that give no rows.
  void Run(const std::string& statements);

  // Throws what the code of a failed call means: Interrupted where the user asked to stop.
  [[noreturn]] void Fail(int code) const;
  // Throws Error(kBadInput): the content is none that modelkin writes.
  [[noreturn]] void FailDamaged(std::string_view what) const;

 private:
  void Open(Mode mode);

  std::string path_;
  sqlite3* handle_ = nullptr;
};

// A prepared statement: Bind its parameters from 1 on, then Step through its rows. Reset to run it
// again.
class Statement {
 public:
  Statement(const Database& database, std::string_view text);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Texts and bytes must stay as they are until the next Reset or Bind.
  Statement& Bind(int index, std::int64_t value);
  Statement& Bind(int index, std::string_view text);
  Statement& BindBytes(int index, std::string_view bytes);
  Statement& BindZeros(int index, std::uint64_t count);
  // Returns whether there is a row.
  bool Step();
  // Runs one that gives no rows, and resets it.
  void Run();
  void Reset();

  // Of the row, from 0 on; what has another type is damage. Valid until the next Step.
  std::int64_t Number(int column) const;
  std::string_view Text(int column) const;
  std::string_view Bytes(int column) const;

 private:
  void Check(int code) const;

  const Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

// The bytes of a value, read and written in place.
class Blob {
 public:
  Blob(const Database& database, const char* table, const char* column, std::int64_t row,
       bool writable);
  ~Blob();
  Blob(const Blob&) = delete;
  Blob& operator=(const Blob&) = delete;

  std::uint64_t size() const;
  // Both require that the range lies inside.
  void Read(std::uint64_t offset, std::span<std::byte> bytes) const;
  void Write(std::uint64_t offset, std::span<const std::byte> bytes);

 private:
  const Database& database_;
  sqlite3_blob* blob_ = nullptr;
};

// Of reading or writing. Rolled back if destroyed without Commit().
class Transaction {
 public:
  enum class Kind { kRead, kWrite };

  Transaction(Database& database, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void Commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_DATABASE_H_
