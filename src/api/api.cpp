#include "api/api.hpp"

#include <charconv>

#include "api/answers.hpp"
#include "api/json.hpp"
#include "base/utf8.hpp"

namespace daedap::api {
namespace {

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
  add_act_routes();
  add_ingest_routes();
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
