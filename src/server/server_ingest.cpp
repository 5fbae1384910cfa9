// Calls that come as plain RTP: opening their ports, and what the API asks of them.
#include "server/server_impl.hpp"

namespace daedap::server {

base::Result<void> Server::Impl::open_ingest() {
  if (!config.ingest.enabled) return {};
  std::string bind = config.ingest.bind;
  if (bind.empty()) bind = config.media.bind.empty() ? config.sip.bind : config.media.bind;
  auto opened =
      Ingest::open({config.ingest, config.ingest_lines, *base::Address::parse_ip(bind), *log_file, shards});
  if (!opened) return tl::unexpected(opened.error());
  ingest = std::move(*opened);
  return {};
}

void Server::Impl::add_ingest_answers(api::Backend& b) {
  b.order_ingest = [this](call::IngestOrder order, auto then) {
    const auto answer = [this, then](base::Result<std::string> id) {
      io.post("ingest order", [then, id] { then(id); });
    };
    const auto place = [this, order, answer] { ingest->order(order, answer); };
    if (order.identity.call_id.empty()) return place();
    // The id of a past call would mix two calls in the store and in one folder.
    store->call(order.identity.call_id, [this, answer, place](const base::Result<store::StoredCall>& known) {
      if (known)
        return answer(
            base::fail(base::Code::bad_state, "there is a call with this call_id", known->record.call_id));
      if (known.error().code != base::Code::not_found) return answer(tl::unexpected(known.error()));
      io.post("ingest order", place);
    });
  };
  b.end_ingest = [this](std::string id, auto then) {
    ingest->end(std::move(id), call::Cause::stream_ended,
                [this, then](bool found) { io.post("ended", [then, found] { then(found); }); });
  };
  b.ingest = [this] {
    const Ingest::Figures f = ingest->figures();
    return api::IngestState{f.customer_port, f.agent_port, {f.desk, f.overflowed}};
  };
}

}  // namespace daedap::server
