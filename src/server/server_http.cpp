#include <charconv>

#include "net/clock.hpp"
#include "server/server_impl.hpp"
#include "server/sip_account.hpp"
#include "server/openapi_text.hpp"

namespace daedap::server {

base::Result<void> Server::Impl::open_http() {
  api = std::make_unique<api::Api>(api::Api::Settings{config.http.tokens, openapi_text}, backend(), net::now);
  http = std::make_unique<net::HttpServer>(io, net::HttpLimits{}, [this](net::HttpRequest request, net::Respond respond) {
    (*api)(std::move(request), std::move(respond));
  });
  const auto local = base::Address::parse_ip(config.http.bind, config.http.port);
  if (!local) return tl::unexpected(local.error());
  const auto bound = http->listen(*local);
  if (!bound) return tl::unexpected(bound.error());
  http_port = bound->port;
  return {};
}

api::Backend Server::Impl::backend() {
  api::Backend b;
  add_store_answers(b);
  b.hang_up = [this](std::string id, auto then) {
    const auto on_found = [this, id, then](bool found) {
      if (found || !ingest) return then(found);
      ingest->end(id, call::Cause::api_hang_up, [this, then](bool ended) { io.post("ended", [then, ended] { then(ended); }); });
    };
    ask_shards([id](call::Switchboard& board, base::Time now) { return board.hang_up(id, call::Cause::api_hang_up, now); }, on_found);
  };
  b.say = [this](std::string id, std::string text, auto then) {
    ask_shards([id, text](call::Switchboard& board, base::Time now) { return board.say(id, text, now); }, then);
  };
  add_pbx_answers(b);
  if (ingest) add_ingest_answers(b);
  b.not_ready = [this] { return not_ready(); };
  b.metrics = [this] { return metrics_text(); };
  return b;
}

/// Passwords are made here and leave in the answer; the store only gets what they hash to.
void Server::Impl::add_account_answers(api::Backend& b) {
  b.add_operator = [this](call::Operator op, bool account, auto then) {
    std::optional<api::SipAccount> made;
    if (account) {
      made = phone_account(op.id);
      take_secret(op, sip_secret(op.id, made->realm, made->password));
    }
    store->add_operator(std::move(op), [this, then, made](base::Result<void> added) {
      io.post("operator", [then, made, added] {
        if (!added) return then(tl::unexpected(added.error()));
        then(made);
      });
    });
  };
  b.new_password = [this](std::string id, auto then) {
    const api::SipAccount made = phone_account(id);
    store->set_secret(id, sip_secret(id, made.realm, made.password), [this, then, made](base::Result<void> kept) {
      io.post("password", [then, made, kept] {
        if (!kept) return then(tl::unexpected(kept.error()));
        then(made);
      });
    });
  };
  b.change_operator = [this](std::string id, call::OperatorChange change, auto then) {
    store->change_operator(std::move(id), std::move(change), [this, then](base::Result<call::Operator> now) {
      io.post("operator", [then, now] { then(now); });
    });
  };
}

api::SipAccount Server::Impl::phone_account(const std::string& id) const {
  return {id, config.sip.realm, random_password(), advertised.sip.with_port(sip->port()).text()};
}

/// Replies come on the store's threads; each is posted on to the I/O loop before it is told.
void Server::Impl::add_store_answers(api::Backend& b) {
  const auto here = [this](auto then) {
    return [this, then](auto result) { io.post("store reply", [then, result = std::move(result)]() mutable { then(std::move(result)); }); };
  };
  b.operators = [this](auto then) {
    store->list_operators([this, then](auto list) {
      io.post("operators", [then, list = std::move(list)] { then(list ? *list : std::vector<call::Operator>{}); });
    });
  };
  add_account_answers(b);
  b.remove_operator = [this, here](std::string id, auto then) { store->remove_operator(std::move(id), here(then)); };
  b.set_status = [this](std::string id, call::OperatorStatus status, std::optional<std::string> message, auto then) {
    store->set_status(std::move(id), status, std::move(message), [this, then](base::Result<call::Operator> now) {
      io.post("status", [then, now] { then(now ? base::Result<void>{} : base::Result<void>(tl::unexpected(now.error()))); });
    });
  };
  const auto role_of = [](const base::Result<store::Account>& account) {
    return !account ? api::Role::none : account->role == "admin" ? api::Role::admin : api::Role::viewer;
  };
  b.verify = [this, role_of](std::string user, std::string password, auto then) {
    store->check_password(std::move(user), std::move(password), [this, role_of, then](auto account) {
      io.post("password", [then, role = role_of(account)] { then(role); });
    });
  };
  b.verify_token = [this, role_of](std::string token, auto then) {
    store->check_token(std::move(token), [this, role_of, then](auto account) { io.post("token", [then, role = role_of(account)] { then(role); }); });
  };
  b.calls = [this](std::size_t limit, std::string before, auto then) {
    std::int64_t cursor = 0;
    const bool paged = !before.empty();
    if (paged && std::from_chars(before.data(), before.data() + before.size(), cursor).ptr != before.data() + before.size())
      return then(base::fail(base::Code::bad_syntax, "before must be the last page's next", before));
    store->calls(limit, paged ? std::optional(cursor) : std::nullopt, [this, limit, then](base::Result<std::vector<store::StoredCall>> list) {
      io.post("calls", [this, limit, then, list = std::move(list)] {
        if (!list) return then(tl::unexpected(list.error()));
        api::CallPage page;
        for (const store::StoredCall& call : *list) page.calls.push_back(entry_of(call));
        if (list->size() == limit) page.next = std::to_string(list->back().cursor);
        then(std::move(page));
      });
    });
  };
  b.call = [this](std::string id, auto then) {
    store->call(std::move(id), [this, then](base::Result<store::StoredCall> call) {
      io.post("call", [this, then, call = std::move(call)] { then(call ? std::optional(entry_of(*call)) : std::nullopt); });
    });
  };
}

}  // namespace daedap::server
