#include "store/operator_table.hpp"

#include <algorithm>

#include "store/database.hpp"

namespace daedap::store {

namespace {

constexpr std::size_t longest_id = 64;

// What may stand in the user part of a SIP address without escapes and in a URL path.
bool valid_id(std::string_view id) {
  return !id.empty() && id.size() <= longest_id && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.' || c == '+';
  });
}

call::Operator row(const Query& query) {
  call::Operator one;
  one.id = query.text(0);
  one.name = query.text(1);
  one.language = query.text(2);
  one.voice = query.text(3);
  one.status = call::operator_status(query.text(4)).value_or(call::OperatorStatus::offline);
  one.away_message = query.text(5);
  one.greeting = query.text(6);
  return one;
}

base::Result<void> one_changed(Database& db, std::string_view id) {
  Query query(db, "SELECT changes()");
  if (query.step() && query.integer(0) == 1) return {};
  return base::fail(base::Code::not_found, "no such operator", std::string(id));
}

}  // namespace

base::Result<std::vector<call::Operator>> OperatorTable::list() {
  Query query(db_, "SELECT id, name, language, voice, status, away_message, greeting FROM operators ORDER BY id");
  std::vector<call::Operator> all;
  while (query.step()) all.push_back(row(query));
  if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  return all;
}

base::Result<call::Operator> OperatorTable::find(std::string_view id) {
  Query query(db_,
              "SELECT id, name, language, voice, status, away_message, greeting FROM operators WHERE id = ?", id);
  if (query.step()) return row(query);
  if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  return base::fail(base::Code::not_found, "no such operator", std::string(id));
}

base::Result<void> OperatorTable::add(const call::Operator& one) {
  if (!valid_id(one.id)) {
    return base::fail(base::Code::bad_syntax,
                      "an operator's id has 1 to 64 letters, digits, '-', '_', '.' or '+'", one.id);
  }
  return Query(db_, "INSERT INTO operators VALUES (?, ?, ?, ?, ?, ?, ?)", one.id, one.name, one.language,
               one.voice, call::name(one.status), one.away_message, one.greeting)
      .run();
}

base::Result<void> OperatorTable::remove(std::string_view id) {
  auto done = Query(db_, "DELETE FROM operators WHERE id = ?", id).run();
  return done ? one_changed(db_, id) : done;
}

base::Result<void> OperatorTable::set_status(std::string_view id, call::OperatorStatus status,
                                             const std::optional<std::string>& away_message) {
  auto done = Query(db_, "UPDATE operators SET status = ?, away_message = coalesce(?, away_message) WHERE id = ?",
                    call::name(status), away_message, id)
                  .run();
  return done ? one_changed(db_, id) : done;
}

}  // namespace daedap::store
