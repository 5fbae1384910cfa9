#include "store/operator_table.hpp"

#include <algorithm>

#include "store/database.hpp"

namespace daedap::store {

namespace {

constexpr std::size_t longest_id = 64;

constexpr std::size_t longest_target = 256;
constexpr std::string_view columns =
    "SELECT id, name, language, voice, status, away_message, greeting, realm, ha1_md5, ha1_sha256, on_no_answer,"
    " on_busy, on_declined, on_unregistered, forward_to FROM operators ";

std::optional<std::string> text_of(const std::optional<call::Fallback>& one) {
  return one ? std::optional(std::string(call::name(*one))) : std::nullopt;
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
  one.realm = query.text(7);
  one.ha1_md5 = query.text(8);
  one.ha1_sha256 = query.text(9);
  for (std::size_t i = 0; i < call::miss_count; ++i) one.on_miss[i] = call::fallback(query.text(10 + static_cast<int>(i)));
  one.forward_to = query.text(14);
  return one;
}

base::Result<void> one_changed(Database& db, std::string_view id) {
  Query query(db, "SELECT changes()");
  if (query.step() && query.integer(0) == 1) return {};
  return base::fail(base::Code::not_found, "no such operator", std::string(id));
}

base::Result<void> check_forward(const call::Operator& one) {
  if (!one.forward_to.empty() && !is_forward_target(one.forward_to))
    return base::fail(base::Code::bad_syntax, "calls are forwarded to a number or a SIP URI", one.forward_to);
  if (one.forward_to.empty() && std::ranges::find(one.on_miss, call::Fallback::forward) != one.on_miss.end())
    return base::fail(base::Code::bad_syntax, "to forward calls, say where to", one.id);
  return {};
}

}  // namespace

bool is_operator_id(std::string_view id) {
  return !id.empty() && id.size() <= longest_id && id != "ai" && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.' || c == '+';
  });
}

bool is_forward_target(std::string_view target) {
  const bool uri = target.starts_with("sip:") || target.starts_with("sips:");
  return !target.empty() && target.size() <= longest_target && std::ranges::all_of(target, [uri](char c) {
    if (uri) return c > ' ' && c < 0x7f && std::string_view("<>\"\\^`{|}").find(c) == std::string_view::npos;
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("+-_.*#").find(c) != std::string_view::npos;
  });
}

base::Result<std::vector<call::Operator>> OperatorTable::list() {
  static const std::string sql = std::string(columns) + "ORDER BY id";
  Query query(db_, sql.c_str());
  std::vector<call::Operator> all;
  while (query.step()) all.push_back(row(query));
  if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  return all;
}

base::Result<call::Operator> OperatorTable::find(std::string_view id) {
  static const std::string sql = std::string(columns) + "WHERE id = ?";
  Query query(db_, sql.c_str(), id);
  if (query.step()) return row(query);
  if (auto done = query.result(); !done) return tl::unexpected(std::move(done.error()));
  return base::fail(base::Code::not_found, "no such operator", std::string(id));
}

base::Result<void> OperatorTable::add(const call::Operator& one) {
  if (!is_operator_id(one.id)) {
    return base::fail(base::Code::bad_syntax,
                      "an operator's id has 1 to 64 letters, digits, '-', '_', '.' or '+', and is not \"ai\"", one.id);
  }
  if (auto good = check_forward(one); !good) return good;
  return Query(db_,
               "INSERT INTO operators (id, name, language, voice, status, away_message, greeting, realm, ha1_md5,"
               " ha1_sha256, on_no_answer, on_busy, on_declined, on_unregistered, forward_to)"
               " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               one.id, one.name, one.language, one.voice, call::name(one.status), one.away_message, one.greeting,
               one.realm, one.ha1_md5, one.ha1_sha256, text_of(one.on_miss[0]), text_of(one.on_miss[1]),
               text_of(one.on_miss[2]), text_of(one.on_miss[3]), one.forward_to)
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

base::Result<void> OperatorTable::set_secret(std::string_view id, const SipSecret& secret) {
  auto done = Query(db_, "UPDATE operators SET realm = ?, ha1_md5 = ?, ha1_sha256 = ? WHERE id = ?", secret.realm,
                    secret.ha1_md5, secret.ha1_sha256, id)
                  .run();
  return done ? one_changed(db_, id) : done;
}

base::Result<call::Operator> OperatorTable::change(std::string_view id, const call::OperatorChange& change) {
  Transaction transaction(db_);
  auto one = find(id);
  if (!one) return one;
  change.apply(*one);
  auto done = check_forward(*one);
  if (done) {
    done = Query(db_,
                 "UPDATE operators SET name = ?, language = ?, voice = ?, greeting = ?, forward_to = ?,"
                 " on_no_answer = ?, on_busy = ?, on_declined = ?, on_unregistered = ? WHERE id = ?",
                 one->name, one->language, one->voice, one->greeting, one->forward_to, text_of(one->on_miss[0]),
                 text_of(one->on_miss[1]), text_of(one->on_miss[2]), text_of(one->on_miss[3]), id)
               .run();
  }
  if (done) done = transaction.commit();
  if (!done) return tl::unexpected(std::move(done.error()));
  return one;
}

}  // namespace daedap::store
