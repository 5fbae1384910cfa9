#include "store/database.hpp"

#include <sqlite3.h>

#include "base/utf8.hpp"

namespace daedap::store {

namespace {

base::Error error_of(sqlite3* db, int code) {
  const char* message = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {base::Code::bad_syntax, "the database is damaged or not one of ours", message};
    case SQLITE_FULL: return {base::Code::io, "no room for the database", message};
    case SQLITE_BUSY: return {base::Code::timed_out, "the database is held by another program", message};
    case SQLITE_CONSTRAINT: return {base::Code::bad_state, "the entry exists already", message};
    default: return {base::Code::io, "database error", message};
  }
}

}  // namespace

Database::Connection::~Connection() {
  for (const auto& [sql, statement] : kept) sqlite3_finalize(statement);
  sqlite3_close(db);
}

// nullptr, with a code, when it is none.
sqlite3_stmt* Database::Connection::take(const char* sql, int& code) {
  if (const auto known = kept.find(std::string_view(sql)); known != kept.end()) {
    sqlite3_stmt* statement = known->second;
    kept.erase(known);
    return statement;
  }
  sqlite3_stmt* statement = nullptr;
  code = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  return statement;
}

void Database::Connection::give_back(sqlite3_stmt* statement) {
  sqlite3_reset(statement);  // its error was told by the step
  sqlite3_clear_bindings(statement);
  const bool kept_now = kept.size() < most_kept && kept.try_emplace(sqlite3_sql(statement), statement).second;
  if (!kept_now) sqlite3_finalize(statement);
}

base::Result<Database> Database::open(const std::filesystem::path& file) { return open(file, main_steps()); }

base::Result<Database> Database::open(const std::filesystem::path& file, Steps steps) {
  Database out;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  out.connection_->db = raw;
  if (code != SQLITE_OK) {
    base::Error error = error_of(raw, code);
    return base::fail(error.code, "cannot open the database", file.string() + ": " + error.detail);
  }
  sqlite3_busy_timeout(raw, 5000);
  auto ready = out.exec(
      "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
      "PRAGMA wal_autocheckpoint=1000;");
  if (ready) ready = migrate(out, steps);
  if (!ready) {
    base::Error error = std::move(ready.error());
    error.detail = file.string() + ": " + error.detail;
    return tl::unexpected(std::move(error));
  }
  return out;
}

base::Result<void> Database::exec(const char* sql) {
  const int code = sqlite3_exec(raw(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(error_of(raw(), code));
  return {};
}

std::int64_t Database::data_version() {
  Query query(*this, "PRAGMA data_version");
  return query.step() ? query.integer(0) : 0;
}

Query::Query(Database& db, const char* sql, Prepare)
    : db_(db.raw()), statement_(db.connection_->take(sql, code_), GiveBack{db.connection_.get()}) {}

bool Query::step() {
  if (code_ != SQLITE_OK && code_ != SQLITE_ROW) return false;
  code_ = sqlite3_step(statement_.get());
  return code_ == SQLITE_ROW;
}

base::Result<void> Query::run() {
  while (step()) {
  }
  return result();
}

base::Result<void> Query::result() const {
  if (code_ == SQLITE_OK || code_ == SQLITE_ROW || code_ == SQLITE_DONE) return {};
  return tl::unexpected(error_of(db_, code_));
}

void Query::bind(std::int64_t value) {
  if (statement_) sqlite3_bind_int64(statement_.get(), ++bound_, value);
}
void Query::bind(double value) {
  if (statement_) sqlite3_bind_double(statement_.get(), ++bound_, value);
}
void Query::bind(std::nullopt_t) {
  if (statement_) sqlite3_bind_null(statement_.get(), ++bound_);
}
void Query::bind(std::string_view value) {
  if (!statement_) return;
  const std::string valid = base::valid_utf8(value);
  sqlite3_bind_text64(statement_.get(), ++bound_, valid.data(), valid.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
double Query::real(int column) const { return sqlite3_column_double(statement_.get(), column); }
bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}
std::string Query::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes ? std::string(bytes, size) : std::string{};
}
std::optional<std::int64_t> Query::maybe_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}
std::optional<double> Query::maybe_real(int column) const {
  return is_null(column) ? std::nullopt : std::optional(real(column));
}

Transaction::Transaction(Database& db) : db_(db), open_(Query(db, "BEGIN IMMEDIATE").run().has_value()) {}

Transaction::~Transaction() {
  if (open_) (void)Query(db_, "ROLLBACK").run();
}

base::Result<void> Transaction::commit() {
  if (!open_) return base::fail(base::Code::timed_out, "the database is held by another program");
  auto done = Query(db_, "COMMIT").run();
  if (done) open_ = false;
  return done;
}

}  // namespace daedap::store
