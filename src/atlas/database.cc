#include "atlas/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "base/interrupt.h"

namespace modelkin {
namespace {

constexpr int kBusyMilliseconds = 10'000;
constexpr int kLargestValue = 16 << 20;  // bytes; a chunk of rows has about two million
constexpr int kStepsBetweenAsking = 100'000;

// What to do about a failure of the system.
std::string_view AdviceOn(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "another process writes to it: try again when that is done";
    case SQLITE_FULL:
      return "there is no space left: make room and try again, what was added is kept";
    case SQLITE_READONLY: return "it can't be written to: check its and its folder's permissions";
    case SQLITE_CANTOPEN: return "it can't be opened: check its and its folder's permissions";
    case SQLITE_NOMEM: return "there is not enough memory";
    default: return "the system failed to read or write it: check the disk, its space and limits";
  }
}

int AskWhetherToStop(void*) {
  try {
    ThrowIfInterrupted();
  } catch (const Interrupted&) {
    return 1;
  }
  return 0;
}

// A path as SQLite's URI, where some characters have a meaning.
std::string UriOf(const std::string& path) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    if (c == '%' || c == '?' || c == '#') {
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri;
}

}  // namespace

Database::Database(const std::string& path, Mode mode) : path_(path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  if (status.type() == std::filesystem::file_type::not_found && mode != Mode::kCreate) {
    throw Error(ErrorKind::kBadInput, "there is no such atlas", {.file = path});
  }
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw Error(ErrorKind::kBadInput, "it is no regular file, and so no atlas", {.file = path});
  }
  try {
    Open(mode);
  } catch (...) {
    sqlite3_close_v2(handle_);
    throw;
  }
}

Database::~Database() { sqlite3_close_v2(handle_); }

void Database::Open(Mode mode) {
  const bool writes = mode == Mode::kWrite || mode == Mode::kCreate;
  int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
              (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
  if (mode == Mode::kCreate) flags |= SQLITE_OPEN_CREATE;
  const std::string uri = UriOf(path_) + (mode == Mode::kReadUnchanging ? "?immutable=1" : "");
  if (const int code = sqlite3_open_v2(uri.c_str(), &handle_, flags, nullptr)) Fail(code);
  // SQLite falls back to reading where it may not write.
  if (writes && sqlite3_db_readonly(handle_, "main") != 0) Fail(SQLITE_READONLY);
  sqlite3_busy_timeout(handle_, kBusyMilliseconds);
  sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, kLargestValue);
  sqlite3_limit(handle_, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_progress_handler(handle_, kStepsBetweenAsking, AskWhetherToStop, nullptr);
  Run("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;");
}

std::string Database::full_path() const { return sqlite3_db_filename(handle_, "main"); }

bool Database::HasMoved() const {
  int moved = 0;
  const int code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return code != SQLITE_OK || moved != 0;
}

std::int64_t Database::last_row_id() const { return sqlite3_last_insert_rowid(handle_); }

void Database::Run(const std::string& statements) {
  if (const int code = sqlite3_exec(handle_, statements.c_str(), nullptr, nullptr, nullptr)) {
    Fail(code);
  }
}

void Database::Fail(int code) const {
  const ErrorSite site = {.file = path_};
  switch (code & 0xff) {
    case SQLITE_INTERRUPT: throw Interrupted();
    case SQLITE_NOTADB: throw Error(ErrorKind::kBadInput, "it is no atlas", site);
    case SQLITE_CORRUPT: FailDamaged("it is not as SQLite writes it");
    case SQLITE_TOOBIG: FailDamaged("a value in it is too large");
    case SQLITE_ERROR:  // of our own statements: something is missing that they name
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH: FailDamaged(handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code));
    default: break;
  }
  const int reason = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
  std::string message(AdviceOn(code));
  if (reason == ENOSPC || reason == EFBIG || reason == EDQUOT) {
    message = AdviceOn(SQLITE_FULL);
  }
  throw Error(ErrorKind::kIo, fmt::format("{} ({})", message, sqlite3_errstr(code)), site);
}

void Database::FailDamaged(std::string_view what) const {
  throw Error(ErrorKind::kBadInput,
              fmt::format("the atlas is damaged: {}; take a copy of it, or make it again", what),
              {.file = path_});
}

Statement::Statement(const Database& database, std::string_view text) : database_(database) {
  Check(sqlite3_prepare_v3(database.handle(), text.data(), static_cast<int>(text.size()), 0,
                           &statement_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::Check(int code) const {
  if (code != SQLITE_OK) database_.Fail(code);
}

Statement& Statement::Bind(int index, std::int64_t value) {
  Check(sqlite3_bind_int64(statement_, index, value));
  return *this;
}
Statement& Statement::Bind(int index, std::string_view text) {
  // A null pointer would be NULL.
  Check(sqlite3_bind_text64(statement_, index, text.empty() ? "" : text.data(), text.size(),
                            SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}
Statement& Statement::BindBytes(int index, std::string_view bytes) {
  Check(sqlite3_bind_blob64(statement_, index, bytes.empty() ? "" : bytes.data(), bytes.size(),
                            SQLITE_STATIC));
  return *this;
}
Statement& Statement::BindZeros(int index, std::uint64_t count) {
  Check(sqlite3_bind_zeroblob64(statement_, index, count));
  return *this;
}

bool Statement::Step() {
  const int code = sqlite3_step(statement_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) database_.Fail(code);
  return code == SQLITE_ROW;
}

void Statement::Run() {
  Step();
  Reset();
}

void Statement::Reset() { sqlite3_reset(statement_); }

std::int64_t Statement::Number(int column) const {
  if (sqlite3_column_type(statement_, column) != SQLITE_INTEGER) {
    database_.FailDamaged("a number in it is none");
  }
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::Text(int column) const {
  if (sqlite3_column_type(statement_, column) != SQLITE_TEXT) {
    database_.FailDamaged("a text in it is none");
  }
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Statement::Bytes(int column) const {
  if (sqlite3_column_type(statement_, column) != SQLITE_BLOB) {
    database_.FailDamaged("bytes in it are none");
  }
  const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Blob::Blob(const Database& database, const char* table, const char* column, std::int64_t row,
           bool writable)
    : database_(database) {
  const int code =
      sqlite3_blob_open(database.handle(), "main", table, column, row, writable, &blob_);
  if ((code & 0xff) == SQLITE_ERROR) database.FailDamaged("rows of it are missing");
  if (code != SQLITE_OK) database.Fail(code);
}

Blob::~Blob() { sqlite3_blob_close(blob_); }

std::uint64_t Blob::size() const { return static_cast<std::uint64_t>(sqlite3_blob_bytes(blob_)); }

void Blob::Read(std::uint64_t offset, std::span<std::byte> bytes) const {
  if (const int code = sqlite3_blob_read(blob_, bytes.data(), static_cast<int>(bytes.size()),
                                         static_cast<int>(offset))) {
    database_.Fail(code);
  }
}

void Blob::Write(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (const int code = sqlite3_blob_write(blob_, bytes.data(), static_cast<int>(bytes.size()),
                                          static_cast<int>(offset))) {
    database_.Fail(code);
  }
}

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
  database.Run(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  // Fails where SQLite has rolled it back by itself.
  if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::Commit() {
  database_.Run("COMMIT");
  open_ = false;
}

}  // namespace modelkin
