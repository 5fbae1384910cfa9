#include "store/store.hpp"

#include <algorithm>

#include "store/database.hpp"
#include "store/operator_table.hpp"
#include "store/recording_folder.hpp"
#include "store/worker.hpp"

namespace daedap::store {

struct Store::Impl {
  Impl(Database d, StoreEvents e) : db(std::move(d)), events(std::move(e)) {}

  // `work` runs on the store thread and its result goes to `reply`.
  template <typename T, typename Work>
  void ask(Reply<T> reply, Work work) {
    const bool taken = worker.try_post(
        [reply, work = std::move(work)]() mutable { reply(work()); }, waiting_limit);
    if (!taken) reply(base::fail(base::Code::engine_full, "the store has too much to do"));
  }
  template <typename Work>
  void write(const char* what, Work work) {
    worker.post([this, what, work = std::move(work)]() mutable {
      if (auto done = work(); !done && events.failed) events.failed(what, done.error());
    });
  }
  // Tells when the operators are other than last told.
  void tell_operators();
  void watch();

  Database db;
  StoreEvents events;
  std::vector<call::Operator> told;
  std::int64_t seen_version = 0;
  // Either thread hands work to the other, so both are stopped before either is destroyed.
  ~Impl() {
    worker.stop();
    passwords.stop();
  }

  Worker worker{"store"};
  Worker passwords{"passwords"};
};

void Store::Impl::tell_operators() {
  auto all = OperatorTable(db).list();
  if (!all) {
    if (events.failed) events.failed("operators", all.error());
    return;
  }
  if (*all == told) return;
  told = std::move(*all);
  if (events.operators_changed) events.operators_changed(told);
}

void Store::Impl::watch() {
  if (const std::int64_t version = db.data_version(); version != seen_version) {
    seen_version = version;
    tell_operators();
  }
  worker.post_after(watch_period, [this] { watch(); });
}

base::Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file, StoreEvents events) {
  auto db = Database::open(file);
  if (!db) return tl::unexpected(std::move(db.error()));
  auto impl = std::make_unique<Impl>(std::move(*db), std::move(events));
  impl->worker.post([raw = impl.get()] {
    raw->seen_version = raw->db.data_version();
    raw->tell_operators();
    raw->watch();
  });
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

void Store::list_operators(Reply<std::vector<call::Operator>> reply) {
  impl_->ask<std::vector<call::Operator>>(std::move(reply), [this] { return OperatorTable(impl_->db).list(); });
}

void Store::add_operator(call::Operator one, Reply<void> reply) {
  impl_->ask<void>(std::move(reply), [impl = impl_.get(), one = std::move(one)] {
    auto done = OperatorTable(impl->db).add(one);
    impl->tell_operators();
    return done;
  });
}

void Store::remove_operator(std::string id, Reply<void> reply) {
  impl_->ask<void>(std::move(reply), [impl = impl_.get(), id = std::move(id)] {
    auto done = OperatorTable(impl->db).remove(id);
    impl->tell_operators();
    return done;
  });
}

void Store::set_status(std::string id, call::OperatorStatus status, std::optional<std::string> away_message,
                       Reply<call::Operator> reply) {
  impl_->ask<call::Operator>(
      std::move(reply),
      [impl = impl_.get(), id = std::move(id), status,
       message = std::move(away_message)]() -> base::Result<call::Operator> {
        OperatorTable table(impl->db);
        if (auto done = table.set_status(id, status, message); !done) return tl::unexpected(done.error());
        impl->tell_operators();
        return table.find(id);
      });
}

void Store::set_secret(std::string id, SipSecret secret, Reply<void> reply) {
  impl_->ask<void>(std::move(reply), [impl = impl_.get(), id = std::move(id), secret = std::move(secret)] {
    auto done = OperatorTable(impl->db).set_secret(id, secret);
    impl->tell_operators();
    return done;
  });
}

void Store::change_operator(std::string id, call::OperatorChange change, Reply<call::Operator> reply) {
  impl_->ask<call::Operator>(std::move(reply), [impl = impl_.get(), id = std::move(id), change = std::move(change)] {
    auto changed = OperatorTable(impl->db).change(id, change);
    impl->tell_operators();
    return changed;
  });
}

void Store::add_user(std::string name, std::string password, std::string role, Reply<void> reply) {
  auto work = [impl = impl_.get(), name = std::move(name), password = std::move(password),
               role = std::move(role), reply] {
    auto hash = hash_password(password);
    if (!hash) return reply(tl::unexpected(std::move(hash.error())));
    impl->ask<void>(reply, [impl, name, role, hash = std::move(*hash)] {
      return UserTable(impl->db).add(name, hash, role);
    });
  };
  if (!impl_->passwords.try_post(std::move(work), waiting_passwords))
    reply(base::fail(base::Code::engine_full, "too many passwords to check"));
}

void Store::check_password(std::string name, std::string password, Reply<Account> reply) {
  auto verify = [password = std::move(password), reply](base::Result<UserTable::Entry> entry) {
    const bool matches = password_matches(entry ? entry->password_hash : nobodys_hash(), password);
    if (entry && matches) return reply(entry->account);
    reply(base::fail(base::Code::denied, "wrong name or password"));
  };
  impl_->ask<UserTable::Entry>(
      [impl = impl_.get(), reply, verify = std::move(verify)](base::Result<UserTable::Entry> entry) {
        if (!entry && entry.error().code != base::Code::not_found)
          return reply(tl::unexpected(std::move(entry.error())));
        if (!impl->passwords.try_post([verify, entry] { verify(entry); }, waiting_passwords))
          reply(base::fail(base::Code::engine_full, "too many passwords to check"));
      },
      [impl = impl_.get(), name = std::move(name)] { return UserTable(impl->db).find(name); });
}

void Store::check_token(std::string token, Reply<Account> reply) {
  impl_->ask<Account>(std::move(reply), [impl = impl_.get(), token = std::move(token)] {
    return TokenTable(impl->db).find(token);
  });
}

void Store::on_event(call::Event event, WallTime now) {
  impl_->write("call", [impl = impl_.get(), event = std::move(event), now]() -> base::Result<void> {
    CallTable table(impl->db);
    if (const auto* started = std::get_if<call::CallStarted>(&event)) return table.start(started->record, now);
    if (const auto* answered = std::get_if<call::CallAnswered>(&event))
      return table.answer(*answered);
    if (const auto* turn = std::get_if<call::TurnAdded>(&event)) return table.add_turn(turn->call_id, turn->turn);
    if (const auto* ended = std::get_if<call::CallEnded>(&event)) return table.end(ended->record, now);
    return {};
  });
}

void Store::calls(std::size_t limit, std::optional<std::int64_t> before, Reply<std::vector<StoredCall>> reply) {
  impl_->ask<std::vector<StoredCall>>(std::move(reply), [impl = impl_.get(), limit, before] {
    return CallTable(impl->db).page(limit, before);
  });
}

void Store::call(std::string call_id, Reply<StoredCall> reply) {
  impl_->ask<StoredCall>(std::move(reply), [impl = impl_.get(), id = std::move(call_id)] {
    return CallTable(impl->db).find(id);
  });
}

void Store::recover(std::filesystem::path recordings, WallTime now, Reply<std::vector<StoredCall>> reply) {
  impl_->ask<std::vector<StoredCall>>(std::move(reply), [impl = impl_.get(), root = std::move(recordings), now] {
    auto closed = CallTable(impl->db).close_open(now);
    if (!closed) return closed;
    for (const StoredCall& call : *closed) {
      auto done = finish_orphan(recording_folder(root, call.record.call_id, call.started));
      if (!done && impl->events.failed) impl->events.failed("recording", done.error());
    }
    return closed;
  });
}

}  // namespace daedap::store
