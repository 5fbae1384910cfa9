#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "call/ai_leg.hpp"
#include "call/key_presses.hpp"
#include "call/record.hpp"
#include "call/routing.hpp"
#include "call/switchboard.hpp"
#include "sip/endpoint.hpp"

namespace daedap::call {

/// One call from its INVITE to its CallEnded. Every way to end it goes through `end`.
/// in      the session's SIP events, ticks, commands
/// out     events into the switchboard's queue, commands to the SIP endpoint, log lines
/// thread  the shard
class Call {
 public:
  enum class State {
    ringing,   // 180 sent; waits for the AI, or is being opened
    answered,  // 200 sent
    settling,  // signalling is over, a late final may still come
    over,      // CallEnded was told; to be erased
  };
  /// What a call needs of its switchboard; all outlive it.
  struct Place {
    const Settings& settings;
    Surroundings& around;
    std::deque<Event>& events;
  };

  /// Tells CallStarted.
  Call(Place place, const sip::InviteIn& invite, unsigned phase, base::Time now);
  ~Call();

  /// Sends 180 and holds the INVITE until `until` at the latest.
  void wait(const Decision& decision, base::Time until, base::Time now);
  /// The AI answers.
  void answer(const Decision& decision, base::Time now);
  void refuse(const Decision& decision, base::Time now);

  void on_ack(const std::string& answer, base::Time now);
  void on_offer(const std::string& offer, base::Time now);
  void on_info(const sip::InfoIn& info, base::Time now);
  void on_bye(base::Time now);
  void on_cancel(base::Time now);
  void on_lost(sip::LostIn::Why why, base::Time now);

  void tick_send(base::Time now);
  void tick_receive(base::Time now);
  void on_time(base::Time now);
  bool say(const std::string& text, base::Time now);

  /// The one door: refuses or hangs up as far as the peer does not know yet, lets the conversation
  /// settle, then tells CallEnded. Only the first cause counts.
  void end(Cause cause, base::Time now);

  State state() const { return state_; }
  bool waits_for_ai() const { return state_ == State::ringing && !ringing_out_; }
  bool running() const { return state_ == State::ringing || state_ == State::answered; }
  /// Of waiting and settling; an answered call lives by its ticks.
  base::Time deadline() const { return deadline_; }
  unsigned phase() const { return phase_; }
  sip::SessionId session() const { return session_; }
  const std::string& id() const { return record_.call_id; }
  const std::string& callee() const { return record_.callee; }
  /// As known now.
  Record record(base::Time now) const;

 private:
  void open_leg(const Operator& callee, base::Time now);
  void accept(const std::string& sdp, base::Time now);
  void start_media(base::Time now);
  void fail(const base::Error& error, base::Time now);
  /// Sends 180, once. False: the offer cannot be taken and the call is refused without.
  bool ring(base::Time now);
  void tell_peer(Cause cause, base::Time now);
  void on_digit(char digit, KeySource source, base::Time now);
  void take_conversation(base::Time now);
  void on_output(speech::Said& said, base::Time now);
  void on_output(speech::Heard& heard, base::Time now);
  void on_output(speech::MessageTaken& taken, base::Time now);
  void on_output(speech::Wanted& wanted, base::Time now);
  void on_output(speech::Degraded& degraded, base::Time now);
  void on_output(speech::BargeIn& barge_in, base::Time now);
  void on_output(speech::Finished& finished, base::Time now);
  void settle(base::Time now);
  void close(base::Time now);

  // given
  Place place_;
  // owned
  std::unique_ptr<AiLeg> leg_;
  // state
  base::Log log_;
  Record record_;
  sip::SessionId session_;
  std::string offer_;  // of the INVITE, until it is answered
  std::optional<Operator> ringing_out_;  // decided for the AI; rings until `deadline_`
  KeyPresses keys_;
  unsigned phase_;
  State state_ = State::ringing;
  bool rang_ = false;
  bool session_gone_ = false;  // the SIP session ended by itself
  bool we_offered_ = false;    // the next ACK carries an answer
  base::Time invited_, answered_{}, hung_up_{};
  base::Time deadline_ = base::never;
};

}  // namespace daedap::call
