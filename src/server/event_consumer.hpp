#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/random.hpp"
#include "net/loop.hpp"
#include "net/websocket_client.hpp"
#include "server/event_delivery.hpp"

namespace daedap::server {

/// What is told of a consumer in figures.
struct EventConsumerFigures {
  std::string name;  // its URL without the query
  bool connected = false;
  std::int64_t backlog = 0;
  std::uint64_t sent = 0, connections = 0;
};

/// One consumer: its connection, and what of the outbox goes through it.
/// thread  the loop's, but for `figures`
class EventConsumer {
 public:
  struct Outlets {
    std::function<void(const EventDelivery::Read&)> read;   // answered by `on_read`
    std::function<void(std::int64_t id)> advance;
    std::function<void(std::int64_t id)> sent;              // a new event is in the socket, not one that had waited
  };
  struct Place {
    net::Loop& loop;
    base::Random& random;
    base::Log log;
    EventDelivery::Settings settings;
  };
  EventConsumer(Place place, net::WebSocketPeer peer, std::int64_t taken, std::int64_t head, Outlets outlets);
  ~EventConsumer();

  void on_appended(std::int64_t after, const std::vector<store::OutboxEvent>& events);
  void on_read(std::uint64_t token, const std::vector<store::OutboxEvent>& events);
  void on_time();
  /// Says good-bye. `over` then, or when there is no connection, gives true.
  void stop();
  bool over() const { return !client_; }

  /// thread  any
  EventConsumerFigures figures() const;

 private:
  void connect();
  void drain();
  void on_opened();
  void on_closed(const std::string& why);
  void note();

  // given
  Place place_;
  const net::WebSocketPeer peer_;
  const std::string name_;
  Outlets outlets_;
  // owned
  EventDelivery delivery_;
  std::unique_ptr<net::WebSocketClient> client_;
  // state
  std::deque<EventDelivery::Send> writing_;  // given to the connection and not written yet; without the text
  std::string told_;                  // the last trouble, so that the log has each once
  bool stopping_ = false, was_open_ = false;
  std::atomic<bool> connected_{false};
  std::atomic<std::int64_t> backlog_{0};
  std::atomic<std::uint64_t> sent_{0}, connections_{0};
};

}  // namespace daedap::server
