#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "sip/message.hpp"
#include "sip/timer_values.hpp"

namespace daedap::sip {

/// Our reliable provisional responses to one INVITE: one under way at a time, resent until its PRACK.
/// spec  RFC 3262 §3 (T1 doubling, give up after 64*T1)
class ProvisionalResender {
 public:
  enum class Act { none, resend, give_up };
  /// Further responses that may wait; a newer one takes the place of the last.
  static constexpr std::size_t max_waiting = 8;

  /// The number of the response that goes out now, and its bytes.
  std::uint32_t next_number() { return ++number_; }
  void on_sent(std::string bytes, bool holds_sdp, base::Time now);
  void wait(Message response);
  std::optional<Message> take_waiting();
  /// True when it acknowledges the response that is under way.
  bool on_prack(std::uint32_t number);
  /// The final response was sent: nothing is resent, a late PRACK still counts.
  void on_final();
  Act on_time(base::Time now);

  bool is_open() const { return open_; }
  bool holds_sdp() const { return holds_sdp_; }
  const std::string& bytes() const { return bytes_; }
  base::Time deadline() const { return std::min(resend_, give_up_); }

 private:
  // state
  std::uint32_t number_ = 0;
  bool open_ = false;
  bool holds_sdp_ = false;
  std::string bytes_;
  std::deque<Message> waiting_;
  base::Millis gap_{timers::t1};
  base::Time resend_ = base::never;
  base::Time give_up_ = base::never;
};

}  // namespace daedap::sip
