#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "store/outbox.hpp"

namespace daedap::server {

/// How the outbox reaches one consumer: when to connect, what to send, what counts as taken. An event is
/// taken when the consumer has answered a ping that was sent after it, and another one at least `settle`
/// later: what a dying consumer had read but not looked at is sent again.
/// in      what the connection and the outbox tell, time
/// out     take_output
/// thread  any one; knows no socket and no clock
/// spec    RFC 6455 §5.5.2, §5.5.3 (ping, pong)
class EventDelivery {
 public:
  struct Settings {
    std::size_t window = 256;  // frames sent and not yet proven; over it the rest waits on disk
    std::size_t first_window = 16;  // of a new connection; doubles with each pong, so that one that lives briefly gets on too
    std::size_t window_bytes = 1 << 20;
    base::Duration settle = std::chrono::seconds{2};
    base::Duration ping_gap = std::chrono::milliseconds{250};  // sooner when half of the window is out: nothing waits
    base::Duration idle_ping = std::chrono::seconds{15};
    base::Duration pong_patience = std::chrono::seconds{20};  // then the connection is taken for dead
    base::Duration retry_first = std::chrono::seconds{1};     // doubles, less a lot of up to a half
    base::Duration retry_most = std::chrono::seconds{30};
  };
  struct Connect {};
  struct Drop {
    const char* why;
  };
  struct Send {
    std::int64_t id;
    std::string json;
    bool fresh;  // told just now, not one that had waited
  };
  struct Ping {
    std::uint64_t number;
  };
  /// Answered by `on_read` with the same token.
  struct Read {
    std::uint64_t token;
    std::int64_t after;
    std::size_t limit, bytes;
  };
  /// The consumer has all up to this one.
  struct Advance {
    std::int64_t id;
  };
  using Output = std::variant<Connect, Drop, Send, Ping, Read, Advance>;

  /// `taken`: where the consumer is; `head`: the outbox's last event.
  EventDelivery(const Settings& settings, base::Random& random, std::int64_t taken, std::int64_t head);

  void on_opened(base::Time now);
  /// The connection, or the attempt at one, is over.
  void on_closed(base::Time now);
  void on_pong(std::uint64_t number, base::Time now);
  /// New ones, of which the one before the first is `after`.
  void on_appended(std::int64_t after, const std::vector<store::OutboxEvent>& events, base::Time now);
  void on_read(std::uint64_t token, const std::vector<store::OutboxEvent>& events, base::Time now);
  void on_time(base::Time now);
  base::Time deadline() const;
  /// Ends in good order: what was proven counts as taken.
  void on_stop();
  std::optional<Output> take_output();

  bool open() const { return open_; }
  /// Events that are not taken yet, about: what was given up meanwhile counts too.
  std::int64_t backlog() const { return head_ - taken_; }
  /// When the next attempt is due, while there is no connection.
  base::Time retry_at() const { return retry_at_; }

 private:
  struct Sent {
    std::int64_t id;
    std::size_t bytes;
  };
  struct Proof {  // a ping and the last event before it
    std::uint64_t number;
    base::Time sent;
    std::int64_t up_to;
  };
  bool room() const { return unproven_.size() < allowed_ && unproven_bytes_ < settings_.window_bytes; }
  void send(const store::OutboxEvent& event, bool fresh);
  void read_on();
  void ask(base::Time now);
  void settle(base::Time proven);
  base::Time next_ping() const;

  // given
  Settings settings_;
  base::Random& random_;
  // state
  std::int64_t taken_, head_, sent_;
  std::deque<Output> outputs_;
  std::deque<Sent> unproven_;
  std::size_t unproven_bytes_ = 0;
  std::size_t allowed_ = 0;  // frames not yet proven
  std::optional<Proof> asked_;   // the ping that waits for its pong
  std::deque<Proof> proofs_;     // answered, but not for long enough
  std::optional<std::int64_t> reading_to_;  // head when a Read was asked
  std::uint64_t token_ = 0, pings_ = 0;
  base::Time last_ping_{}, retry_at_{};
  bool open_ = false, connecting_ = false;
  unsigned attempts_ = 0;
};

}  // namespace daedap::server
