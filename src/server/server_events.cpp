// The consumers of events: opening them, and what is told of them.
#include <sodium.h>

#include <filesystem>

#include "server/server_impl.hpp"

namespace daedap::server {
namespace {

std::uint64_t any_number() {
  std::uint64_t value;
  randombytes_buf(&value, sizeof value);
  return value;
}

}  // namespace

/// Without consumers nothing is kept, unless an outbox waits for some that were there before.
base::Result<void> Server::Impl::open_events() {
  const std::filesystem::path file = std::filesystem::path(config.state) / "events.db";
  std::error_code ignored;
  if (!config.events.urls.empty() || std::filesystem::exists(file, ignored)) {
    for (const EventSettings::Url& url : config.events.urls)
      if (url.url.starts_with("ws://") && !url.token.empty())
        base::Log(*log_file).warn("event_token_in_the_clear", {{"consumer", websocket_peer(url)->url.shown()}});
    auto opened = EventFeed::open({.settings = config.events,
                                   .file = file,
                                   .log = *log_file,
                                   .random = any_number,
                                   .on_sent = [this](base::Duration took) { metrics.on_event_sent(took); }},
                                  killed);
    if (!opened) return tl::unexpected(opened.error());
    events = std::move(*opened);
  }
  killed.clear();
  return {};
}

api::EventFigures Server::Impl::event_figures() const {
  api::EventFigures out;
  if (!events) return out;
  const EventFigures now = events->figures();
  for (const EventConsumerFigures& c : now.consumers)
    out.consumers.push_back({c.name, c.connected, c.backlog, c.sent, c.connections});
  out.written = now.written;
  out.given_up = now.given_up;
  out.outbox_bytes = now.outbox_bytes;
  out.waiting = now.waiting;
  return out;
}

}  // namespace daedap::server
