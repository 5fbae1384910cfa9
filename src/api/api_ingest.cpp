// Calls that come as plain RTP: who talks in them, and when they are over.
#include "api/answers.hpp"
#include "api/api.hpp"
#include "api/ingest_json.hpp"

namespace daedap::api {

void Api::add_ingest_routes() {
  guarded("GET", "/api/v1/ingest", [this](net::HttpRequest, net::Respond respond) {
    respond(backend_.ingest ? reply(200, json_of(backend_.ingest())) : not_there("ingest"));
  });
  guarded("POST", "/api/v1/ingest/calls", [this](net::HttpRequest request, net::Respond respond) {
    if (!backend_.order_ingest) return respond(not_there("ingest"));
    const auto body = parse_object(request.body.empty() ? "{}" : request.body);
    const auto order = body ? ingest_order(*body) : tl::unexpected(body.error());
    if (!order) return respond(trouble(order.error()));
    backend_.order_ingest(*order, [respond](const base::Result<std::string>& id) {
      respond(id ? reply(201, {{"call_id", *id}}) : trouble(id.error()));
    });
  });
  guarded("DELETE", "/api/v1/ingest/calls/{id}", [this](net::HttpRequest request, net::Respond respond) {
    if (!backend_.end_ingest) return respond(not_there("ingest"));
    backend_.end_ingest(request.params["id"], [respond](bool found) {
      respond(found ? done({}) : trouble(base::Code::not_found, "no such ingested call"));
    });
  });
}

}  // namespace daedap::api
