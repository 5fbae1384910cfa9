#pragma once

#include <string>

#include "api/json.hpp"
#include "net/http_message.hpp"

namespace daedap::api {

/// The answers that handlers give.
inline net::HttpResponse reply(int status, const Json& body) {
  return {.status = status, .headers = {}, .body = body.dump() + "\n", .file = {}};
}
inline net::HttpResponse trouble(const base::Error& error) { return reply(http_status(error), json_of(error)); }
inline net::HttpResponse trouble(base::Code code, const char* text, std::string detail = {}) {
  return trouble(base::Error{code, text, std::move(detail)});
}
inline net::HttpResponse done(const base::Result<void>& result) {
  return result ? reply(200, {{"ok", true}}) : trouble(result.error());
}
/// 501: this server does not do that.
inline net::HttpResponse not_there(const char* what) {
  return reply(501, {{"error", {{"code", "not_implemented"}, {"message", "this server cannot do that"}, {"detail", what}}}});
}

}  // namespace daedap::api
