#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "store/schema.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace daedap::store {

/// One connection to the SQLite file, in WAL mode. Other processes may have theirs.
/// Statements are kept once they were read: that costs more than most of them do.
/// thread  one at a time
class Database {
 public:
  /// Opens or creates the file and brings its tables to this version (`schema.hpp`; without `steps`
  /// those of the main file).
  /// errors  Code::io: no such folder, no right; Code::bad_syntax: damaged, or not ours;
  ///         Code::unsupported: written by a newer version
  static base::Result<Database> open(const std::filesystem::path& file);
  static base::Result<Database> open(const std::filesystem::path& file, Steps steps);
  /// Several statements without results.
  base::Result<void> exec(const char* sql);
  /// Changes when another connection, of this or another process, has committed.
  std::int64_t data_version();
  sqlite3* raw() { return connection_->db; }

 private:
  friend class Query;
  static constexpr std::size_t most_kept = 64;
  /// Outlives the queries that were made on it.
  struct Connection {
    Connection() = default;
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    sqlite3_stmt* take(const char* sql, int& code);
    void give_back(sqlite3_stmt* statement);

    sqlite3* db = nullptr;
    std::map<std::string, sqlite3_stmt*, std::less<>> kept;  // nobody uses them now
  };
  std::unique_ptr<Connection> connection_ = std::make_unique<Connection>();
};

/// One statement with its values. An error sticks: steps give false and `result` tells.
class Query {
 public:
  template <typename... Values>
  Query(Database& db, const char* sql, const Values&... values) : Query(db, sql, Prepare{}) {
    (bind(values), ...);
  }
  /// Moves to the next row. False at the end, or after an error.
  bool step();
  /// Runs to the end.
  base::Result<void> run();
  /// What became of the steps so far.
  base::Result<void> result() const;

  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;
  std::optional<std::int64_t> maybe_integer(int column) const;
  std::optional<double> maybe_real(int column) const;

 private:
  struct Prepare {};
  struct GiveBack {
    Database::Connection* connection;
    void operator()(sqlite3_stmt* statement) const { connection->give_back(statement); }
  };
  Query(Database& db, const char* sql, Prepare);
  void bind(std::int64_t value);
  void bind(int value) { bind(static_cast<std::int64_t>(value)); }
  void bind(bool value) { bind(static_cast<std::int64_t>(value)); }
  void bind(double value);
  void bind(std::string_view value);  // stored as valid UTF-8
  void bind(const std::string& value) { bind(std::string_view(value)); }
  void bind(const char* value) { bind(std::string_view(value)); }
  void bind(std::nullopt_t);
  template <typename T>
  void bind(const std::optional<T>& value) {
    value ? bind(*value) : bind(std::nullopt);
  }

  sqlite3* db_;
  int bound_ = 0;
  int code_ = 0;
  std::unique_ptr<sqlite3_stmt, GiveBack> statement_;
};

/// All or nothing: rolled back unless `commit` succeeded.
class Transaction {
 public:
  explicit Transaction(Database& db);
  ~Transaction();
  base::Result<void> commit();

 private:
  Database& db_;
  bool open_;
};

}  // namespace daedap::store
