#include "server/event_consumer.hpp"

#include <charconv>
#include <utility>

#include "net/clock.hpp"

namespace daedap::server {

EventConsumer::EventConsumer(Place place, net::WebSocketPeer peer, std::int64_t taken, std::int64_t head, Outlets outlets)
    : place_(std::move(place)),
      peer_(std::move(peer)),
      name_(peer_.url.shown()),
      outlets_(std::move(outlets)),
      delivery_(place_.settings, place_.random, taken, head) {
  note();
}

EventConsumer::~EventConsumer() = default;

void EventConsumer::on_appended(std::int64_t after, const std::vector<store::OutboxEvent>& events) {
  delivery_.on_appended(after, events, net::now());
  drain();
}

void EventConsumer::on_read(std::uint64_t token, const std::vector<store::OutboxEvent>& events) {
  delivery_.on_read(token, events, net::now());
  drain();
}

void EventConsumer::on_time() {
  const base::Time now = net::now();
  if (stopping_ || delivery_.deadline() > now) return;
  delivery_.on_time(now);
  drain();
}

void EventConsumer::stop() {
  if (std::exchange(stopping_, true)) return;
  delivery_.on_stop();
  drain();
  if (client_ && was_open_) client_->close();
  else client_.reset();
}

void EventConsumer::connect() {
  writing_.clear();
  client_ = std::make_unique<net::WebSocketClient>(
      place_.loop, peer_,
      net::WebSocketClient::Events{[this] { on_opened(); },
                                   [this] {
                                     sent_.fetch_add(1, std::memory_order_relaxed);
                                     const EventDelivery::Send done = std::move(writing_.front());
                                     writing_.pop_front();
                                     if (done.fresh) outlets_.sent(done.id);
                                   },
                                   [this](std::string_view payload) {
                                     std::uint64_t number = 0;
                                     std::from_chars(payload.data(), payload.data() + payload.size(), number);
                                     delivery_.on_pong(number, net::now());
                                     drain();
                                   },
                                   [this](const std::string& why) { on_closed(why); }});
}

void EventConsumer::on_opened() {
  was_open_ = true;
  connected_ = true;
  connections_.fetch_add(1, std::memory_order_relaxed);
  place_.log.info("event_consumer_connected", {{"consumer", name_}, {"waiting", delivery_.backlog()}});
  told_.clear();
  delivery_.on_opened(net::now());
  drain();
}

void EventConsumer::on_closed(const std::string& why) {
  const base::Time now = net::now();
  connected_ = was_open_ = false;
  client_.reset();
  delivery_.on_closed(now);
  if (!stopping_ && std::exchange(told_, why) != why)
    place_.log.warn("event_consumer_lost", {{"consumer", name_}, {"why", why}, {"waiting", delivery_.backlog()},
                                            {"retry_in_ms", base::to_ms(delivery_.retry_at() - now)}});
  note();
}

void EventConsumer::drain() {
  while (auto output = delivery_.take_output()) {
    if (auto* send = std::get_if<EventDelivery::Send>(&*output)) {
      writing_.push_back({send->id, {}, send->fresh});
      client_->send(std::move(send->json));
    } else if (const auto* ping = std::get_if<EventDelivery::Ping>(&*output)) {
      client_->ping(std::to_string(ping->number));
    } else if (const auto* read = std::get_if<EventDelivery::Read>(&*output)) {
      outlets_.read(*read);
    } else if (const auto* advance = std::get_if<EventDelivery::Advance>(&*output)) {
      outlets_.advance(advance->id);
    } else if (const auto* drop = std::get_if<EventDelivery::Drop>(&*output)) {
      client_.reset();
      connected_ = was_open_ = false;
      place_.log.warn("event_consumer_lost", {{"consumer", name_}, {"why", drop->why}, {"waiting", delivery_.backlog()}});
    } else if (!stopping_) {
      connect();
    }
  }
  note();
}

void EventConsumer::note() { backlog_.store(delivery_.backlog(), std::memory_order_relaxed); }

EventConsumerFigures EventConsumer::figures() const { return {name_, connected_, backlog_, sent_, connections_}; }

}  // namespace daedap::server
