#include "api/api.hpp"

#include <charconv>

#include "api/json.hpp"
#include "base/utf8.hpp"

namespace daedap::api {
namespace {

net::HttpResponse reply(int status, const Json& body) { return {.status = status, .headers = {}, .body = body.dump() + "\n", .file = {}}; }
net::HttpResponse trouble(const base::Error& error) { return reply(http_status(error), json_of(error)); }
net::HttpResponse trouble(base::Code code, const char* text, std::string detail = {}) { return trouble(base::Error{code, text, std::move(detail)}); }
net::HttpResponse done(const base::Result<void>& result) { return result ? reply(200, {{"ok", true}}) : trouble(result.error()); }

net::HttpResponse unauthorised() {
  net::HttpResponse r = trouble(base::Code::denied, "log in, or send a bearer token");
  r.headers.emplace_back("WWW-Authenticate", "Bearer, Basic realm=\"daedap\", charset=\"UTF-8\"");
  return r;
}

net::HttpRouter::NoRoute no_route() {
  return [](int status, std::string allow, net::HttpRequest request, net::Respond respond) {
    net::HttpResponse r = reply(status, {{"error", {{"code", status == 405 ? "method_not_allowed" : "not_found"},
                                                    {"message", status == 405 ? "not this method" : "no such path"},
                                                    {"detail", base::valid_utf8(request.path.substr(0, 200))}}}});
    if (!allow.empty()) r.headers.emplace_back("Allow", allow);
    respond(std::move(r));
  };
}

}  // namespace

Api::Api(Settings settings, Backend backend, std::function<base::Time()> now)
    : settings_(std::move(settings)), backend_(std::move(backend)), auth_(backend_, settings_.tokens, std::move(now)), router_(no_route()) {
  add_state_routes();
  add_login_routes();
  add_operator_routes();
  add_call_routes();
}

void Api::open(const char* method, const char* path, net::Handler handler) { router_.add(method, path, std::move(handler)); }

void Api::guarded(const char* method, const char* path, net::Handler handler) {
  router_.add(method, path, [this, handler = std::move(handler)](net::HttpRequest request, net::Respond respond) {
    auth_.check(request, [handler, request, respond](Role role) {
      if (role == Role::none) return respond(unauthorised());
      if (role == Role::viewer && request.method != "GET" && request.method != "HEAD")
        return respond(reply(403, {{"error", {{"code", "forbidden"}, {"message", "this user may only read"}}}}));
      handler(request, respond);
    });
  });
}

void Api::add_state_routes() {
  open("GET", "/healthz", [](net::HttpRequest, net::Respond respond) { respond(reply(200, {{"status", "alive"}})); });
  open("GET", "/readyz", [this](net::HttpRequest, net::Respond respond) {
    const std::string why = backend_.not_ready();
    if (why.empty()) respond(reply(200, {{"status", "ready"}}));
    else respond(reply(503, {{"error", {{"code", "not_ready"}, {"message", "cannot take calls now"}, {"detail", why}}}}));
  });
  open("GET", "/metrics", [this](net::HttpRequest, net::Respond respond) {
    respond({.content_type = "text/plain; version=0.0.4; charset=utf-8", .headers = {}, .body = backend_.metrics(), .file = {}});
  });
  open("GET", "/api/v1/openapi.yaml", [this](net::HttpRequest, net::Respond respond) {
    respond({.content_type = "application/yaml; charset=utf-8", .headers = {}, .body = settings_.openapi, .file = {}});
  });
}

void Api::add_login_routes() {
  open("POST", "/api/v1/login", [this](net::HttpRequest request, net::Respond respond) {
    const auto body = parse_object(request.body);
    const auto user = body ? text_member(*body, "user", true, 100) : tl::unexpected(body.error());
    const auto password = body ? text_member(*body, "password", true, 1024) : tl::unexpected(body.error());
    if (!user || !password) return respond(trouble(user ? password.error() : user.error()));
    auth_.log_in(request, *user, *password, [respond](std::string cookie) {
      if (cookie.empty()) return respond(trouble(base::Code::denied, "wrong user or password"));
      net::HttpResponse r = reply(200, {{"ok", true}});
      r.headers.emplace_back("Set-Cookie", std::move(cookie));
      respond(std::move(r));
    });
  });
  open("POST", "/api/v1/logout", [this](net::HttpRequest request, net::Respond respond) {
    auth_.log_out(request);
    respond(done({}));
  });
}

void Api::add_operator_routes() {
  guarded("GET", "/api/v1/operators", [this](net::HttpRequest, net::Respond respond) { list_operators(respond, ""); });
  guarded("GET", "/api/v1/operators/{id}", [this](net::HttpRequest request, net::Respond respond) { list_operators(respond, request.params["id"]); });
  guarded("POST", "/api/v1/operators", [this](net::HttpRequest request, net::Respond respond) { put_operator(request, respond); });
  guarded("DELETE", "/api/v1/operators/{id}", [this](net::HttpRequest request, net::Respond respond) {
    backend_.remove_operator(request.params["id"], [respond](base::Result<void> result) { respond(done(result)); });
  });
  guarded("PUT", "/api/v1/operators/{id}/status", [this](net::HttpRequest request, net::Respond respond) { put_status(request, respond); });
}

void Api::list_operators(const net::Respond& respond, std::string only) {
  backend_.operators([this, respond, only](std::vector<call::Operator> operators) {
    backend_.calls(200, "", [respond, only, operators = std::move(operators)](base::Result<CallPage> page) {
      Json list = Json::array();
      for (const call::Operator& op : operators) {
        std::string current;
        for (const CallEntry& entry : page ? page->calls : std::vector<CallEntry>{})
          if (!entry.record.cause && entry.record.operator_id == op.id) current = entry.record.call_id;
        if (only.empty() || op.id == only) list.push_back(json_of(op, current));
      }
      if (only.empty()) return respond(reply(200, {{"operators", list}}));
      if (list.empty()) return respond(trouble(base::Code::not_found, "no such operator", only));
      respond(reply(200, list[0]));
    });
  });
}

void Api::put_operator(const net::HttpRequest& request, const net::Respond& respond) {
  const auto body = parse_object(request.body);
  if (!body) return respond(trouble(body.error()));
  call::Operator op;
  for (const auto& [key, place, required] : {std::tuple{"id", &op.id, true}, {"name", &op.name, true}, {"language", &op.language, false},
                                             {"voice", &op.voice, false}, {"message", &op.away_message, false}, {"greeting", &op.greeting, false}}) {
    const auto text = text_member(*body, key, required, 500);
    if (!text) return respond(trouble(text.error()));
    if (!text->empty()) *place = *text;
  }
  backend_.add_operator(op, [respond](base::Result<void> result) {
    respond(result ? reply(201, {{"ok", true}}) : trouble(result.error()));
  });
}

void Api::put_status(const net::HttpRequest& request, const net::Respond& respond) {
  const auto body = parse_object(request.body);
  if (!body) return respond(trouble(body.error()));
  const auto word = text_member(*body, "status", true, 20);
  const auto message = text_member(*body, "message", false, 500);
  if (!word || !message) return respond(trouble(word ? message.error() : word.error()));
  const auto status = call::operator_status(*word);
  if (!status) return respond(trouble(base::Code::bad_syntax, "status must be available, away, busy or offline", *word));
  const bool has_message = body->contains("message") && !(*body)["message"].is_null();
  backend_.set_status(request.params.at("id"), *status, has_message ? std::optional(*message) : std::nullopt,
                      [respond](base::Result<void> result) { respond(done(result)); });
}

void Api::add_call_routes() {
  guarded("GET", "/api/v1/calls", [this](net::HttpRequest request, net::Respond respond) {
    std::size_t limit = 50;
    const std::string& asked = request.query["limit"];
    if (!asked.empty() && (std::from_chars(asked.data(), asked.data() + asked.size(), limit).ptr != asked.data() + asked.size() || limit == 0 || limit > 200))
      return respond(trouble(base::Code::bad_syntax, "limit must be from 1 to 200", asked));
    backend_.calls(limit, request.query["before"], [respond](base::Result<CallPage> page) {
      if (!page) return respond(trouble(page.error()));
      Json list = Json::array();
      for (const CallEntry& entry : page->calls) list.push_back(summary_of(entry));
      respond(reply(200, {{"calls", list}, {"next", page->next.empty() ? Json(nullptr) : Json(page->next)}}));
    });
  });
  guarded("GET", "/api/v1/calls/{id}", [this](net::HttpRequest request, net::Respond respond) {
    backend_.call(request.params["id"], [respond](std::optional<CallEntry> entry) {
      respond(entry ? reply(200, json_of(*entry)) : trouble(base::Code::not_found, "no such call"));
    });
  });
  guarded("POST", "/api/v1/calls/{id}/hangup", [this](net::HttpRequest request, net::Respond respond) {
    backend_.hang_up(request.params["id"], [respond](bool found) {
      respond(found ? done({}) : trouble(base::Code::not_found, "no such running call"));
    });
  });
  guarded("POST", "/api/v1/calls/{id}/say", [this](net::HttpRequest request, net::Respond respond) {
    const auto body = parse_object(request.body);
    const auto text = body ? text_member(*body, "text", true, 1000) : tl::unexpected(body.error());
    if (!text || text->empty()) return respond(text ? trouble(base::Code::bad_syntax, "text must not be empty") : trouble(text.error()));
    backend_.say(request.params["id"], *text, [respond](bool found) {
      respond(found ? done({}) : trouble(base::Code::not_found, "no such running call"));
    });
  });
  guarded("GET", "/api/v1/calls/{id}/recording.wav", [this](net::HttpRequest request, net::Respond respond) {
    send_file(request, respond, "audio/wav", &CallEntry::recording);
  });
  guarded("GET", "/api/v1/calls/{id}/transcript.json", [this](net::HttpRequest request, net::Respond respond) {
    send_file(request, respond, "application/json", &CallEntry::transcript);
  });
}

void Api::send_file(const net::HttpRequest& request, const net::Respond& respond, const char* type, std::string CallEntry::* path) {
  backend_.call(request.params.at("id"), [respond, type, path](std::optional<CallEntry> entry) {
    if (!entry || ((*entry).*path).empty()) return respond(trouble(base::Code::not_found, "no such file for this call"));
    respond({.content_type = type, .headers = {}, .body = {}, .file = (*entry).*path});
  });
}

}  // namespace daedap::api
