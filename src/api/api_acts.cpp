// What can be done to a running call.
#include "api/answers.hpp"
#include "api/api.hpp"

namespace daedap::api {
namespace {

using Act = std::function<void(std::string id, std::string text, Backend::Then<base::Result<void>>)>;

/// Answers an act that takes one text member.
net::Handler act_with(const char* member, std::size_t longest, const Act& act, const char* what) {
  return [member, longest, &act, what](net::HttpRequest request, net::Respond respond) {
    const auto body = parse_object(request.body);
    const auto text = body ? text_member(*body, member, true, longest) : tl::unexpected(body.error());
    if (!text) return respond(trouble(text.error()));
    if (text->empty()) return respond(trouble(base::Code::bad_syntax, "a member must not be empty", member));
    if (!act) return respond(not_there(what));
    act(request.params["id"], *text, [respond](const base::Result<void>& result) { respond(done(result)); });
  };
}

Backend::Then<bool> found_or_404(const net::Respond& respond) {
  return [respond](bool found) {
    respond(found ? done({}) : trouble(base::Code::not_found, "no such running call"));
  };
}

}  // namespace

void Api::add_act_routes() {
  guarded("POST", "/api/v1/calls/{id}/hangup", [this](net::HttpRequest request, net::Respond respond) {
    backend_.hang_up(request.params["id"], found_or_404(respond));
  });
  guarded("POST", "/api/v1/calls/{id}/say", [this](net::HttpRequest request, net::Respond respond) {
    const auto body = parse_object(request.body);
    const auto text = body ? text_member(*body, "text", true, 1000) : tl::unexpected(body.error());
    if (!text || text->empty())
      return respond(text ? trouble(base::Code::bad_syntax, "text must not be empty")
                          : trouble(text.error()));
    backend_.say(request.params["id"], *text, found_or_404(respond));
  });
  guarded("POST", "/api/v1/calls/{id}/transfer", act_with("to", 256, backend_.transfer, "transfer"));
  guarded("POST", "/api/v1/calls/{id}/takeover", act_with("operator", 64, backend_.takeover, "takeover"));
}

}  // namespace daedap::api
