// Operators, their SIP accounts and phones, and the trunks.
#include "api/answers.hpp"
#include "api/api.hpp"

namespace daedap::api {
namespace {

/// With a secret in it: no cache may keep it.
net::HttpResponse with_account(int status, const std::optional<SipAccount>& account) {
  net::HttpResponse r =
      reply(status, {{"ok", true}, {"account", account ? json_of(*account) : Json(nullptr)}});
  r.headers.emplace_back("Cache-Control", "no-store");
  return r;
}

/// The running call that an operator is in: answered by them, or ringing for them, or led in their name.
std::string current_call(const std::vector<CallEntry>& calls, const std::string& id) {
  std::string found;
  for (const CallEntry& entry : calls) {
    const call::Record& r = entry.record;
    if (r.cause) continue;
    if (r.answered_by == id) return r.call_id;
    if (r.operator_id == id) found = r.call_id;
  }
  return found;
}

}  // namespace

void Api::add_operator_routes() {
  guarded("GET", "/api/v1/operators",
          [this](net::HttpRequest, net::Respond respond) { list_operators(respond, ""); });
  guarded("GET", "/api/v1/operators/{id}", [this](net::HttpRequest request, net::Respond respond) {
    list_operators(respond, request.params["id"]);
  });
  guarded("POST", "/api/v1/operators",
          [this](net::HttpRequest request, net::Respond respond) { post_operator(request, respond); });
  guarded("PATCH", "/api/v1/operators/{id}",
          [this](net::HttpRequest request, net::Respond respond) { patch_operator(request, respond); });
  guarded("DELETE", "/api/v1/operators/{id}", [this](net::HttpRequest request, net::Respond respond) {
    backend_.remove_operator(request.params["id"],
                             [respond](base::Result<void> result) { respond(done(result)); });
  });
  guarded("PUT", "/api/v1/operators/{id}/status",
          [this](net::HttpRequest request, net::Respond respond) { put_status(request, respond); });
  guarded("PUT", "/api/v1/operators/{id}/password", [this](net::HttpRequest request, net::Respond respond) {
    backend_.new_password(request.params["id"], [respond](base::Result<SipAccount> account) {
      respond(account ? with_account(200, *account) : trouble(account.error()));
    });
  });
  guarded("GET", "/api/v1/trunks", [this](net::HttpRequest, net::Respond respond) {
    if (!backend_.trunks) return respond(not_there("trunks"));
    backend_.trunks([respond](const std::vector<call::TrunkState>& trunks) {
      Json list = Json::array();
      for (const call::TrunkState& trunk : trunks) list.push_back(json_of(trunk));
      respond(reply(200, {{"trunks", list}}));
    });
  });
}

void Api::list_operators(const net::Respond& respond, std::string only) {
  const auto with_contacts = [this](Backend::Then<Contacts> then) {
    backend_.contacts ? backend_.contacts(std::move(then)) : then({});
  };
  backend_.operators([this, respond, only, with_contacts](std::vector<call::Operator> operators) {
    with_contacts([this, respond, only, operators = std::move(operators)](const Contacts& contacts) {
      backend_.calls(200, "", [respond, only, operators, contacts](base::Result<CallPage> page) {
        Json list = Json::array();
        for (const call::Operator& op : operators) {
          if (!only.empty() && op.id != only) continue;
          const auto phones = contacts.find(op.id);
          list.push_back(json_of(op, phones == contacts.end() ? std::vector<Contact>{} : phones->second,
                                 page ? current_call(page->calls, op.id) : ""));
        }
        if (only.empty()) return respond(reply(200, {{"operators", list}}));
        if (list.empty()) return respond(trouble(base::Code::not_found, "no such operator", only));
        respond(reply(200, list[0]));
      });
    });
  });
}

void Api::post_operator(const net::HttpRequest& request, const net::Respond& respond) {
  auto body = parse_object(request.body);
  if (!body) return respond(trouble(body.error()));
  call::Operator op;
  for (const auto& [key, place, required] :
       {std::tuple{"id", &op.id, true}, {"name", &op.name, true}, {"message", &op.away_message, false}}) {
    const auto text = text_member(*body, key, required, 500);
    if (!text) return respond(trouble(text.error()));
    *place = *text;
  }
  const Json account = body->value("account", Json(true));
  if (!account.is_boolean())
    return respond(trouble(base::Code::bad_syntax, "a member must be true or false", "account"));
  for (const char* key : {"id", "message", "account"}) body->erase(key);
  const auto rest = operator_change(*body);
  if (!rest) return respond(trouble(rest.error()));
  rest->apply(op);
  if (op.language.empty()) op.language = "ko";
  backend_.add_operator(op, account.get<bool>(), [respond](base::Result<std::optional<SipAccount>> made) {
    respond(made ? with_account(201, *made) : trouble(made.error()));
  });
}

void Api::patch_operator(const net::HttpRequest& request, const net::Respond& respond) {
  const auto body = parse_object(request.body);
  const auto change = body ? operator_change(*body) : tl::unexpected(body.error());
  if (!change) return respond(trouble(change.error()));
  backend_.change_operator(request.params.at("id"), *change,
                           [respond](const base::Result<call::Operator>& now) {
                             respond(now ? reply(200, {{"ok", true}}) : trouble(now.error()));
                           });
}

void Api::put_status(const net::HttpRequest& request, const net::Respond& respond) {
  const auto body = parse_object(request.body);
  if (!body) return respond(trouble(body.error()));
  const auto word = text_member(*body, "status", true, 20);
  const auto message = text_member(*body, "message", false, 500);
  if (!word || !message) return respond(trouble(word ? message.error() : word.error()));
  const auto status = call::operator_status(*word);
  if (!status)
    return respond(trouble(base::Code::bad_syntax, "status must be available, away, busy or offline", *word));
  const bool has_message = body->contains("message") && !(*body)["message"].is_null();
  backend_.set_status(request.params.at("id"), *status, has_message ? std::optional(*message) : std::nullopt,
                      [respond](base::Result<void> result) { respond(done(result)); });
}

}  // namespace daedap::api
