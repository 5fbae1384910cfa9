#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "call/ai_leg.hpp"
#include "call/briefing.hpp"
#include "call/hunt.hpp"
#include "call/key_presses.hpp"
#include "call/listening.hpp"
#include "call/measures.hpp"
#include "call/pause_log.hpp"
#include "call/place.hpp"
#include "call/queue.hpp"
#include "call/record.hpp"
#include "call/routing.hpp"
#include "call/sip_leg.hpp"
#include "call/switchboard.hpp"
#include "call/transfer.hpp"
#include "call/waiting.hpp"
#include "media/bridge.hpp"
#include "media/recorder.hpp"
#include "sip/endpoint.hpp"

namespace daedap::call {

/// One call from its INVITE to its CallEnded: the caller's leg, and at its other end the AI, a person,
/// people who are being rung, or music. Every way to end it goes through `end`.
/// in      the SIP events of its sessions, ticks, commands
/// out     events into the switchboard's queue, commands to the SIP endpoint, log lines
/// thread  the shard
class Call {
 public:
  enum class State {
    ringing,   // the caller has no final answer yet
    answered,  // 200 sent
    settling,  // signalling is over, a late final may still come
    over,      // CallEnded was told; to be erased
  };
  /// Tells CallStarted. `number` is who is called.
  Call(Place place, const sip::InviteIn& invite, Caller caller, std::string number, unsigned phase, base::Time now);
  ~Call();

  /// Does what was decided for the caller, at first or when somebody did not take the call.
  void follow(const Decision& decision, base::Time now);

  void on(const sip::AckIn& in, base::Time now);
  void on(const sip::OfferIn& in, base::Time now);
  void on(const sip::InfoIn& in, base::Time now);
  void on(const sip::ByeIn& in, base::Time now);
  void on(const sip::CancelIn& in, base::Time now);
  void on(const sip::LostIn& in, base::Time now);
  void on(const sip::ProgressIn& in, base::Time now);
  void on(const sip::AcceptedIn& in, base::Time now);
  void on(const sip::RejectedIn& in, base::Time now);
  void on(const sip::ReferIn& in, base::Time now);

  void tick_send(base::Time now);
  void tick_receive(base::Time now);
  void on_time(base::Time now);
  bool say(const std::string& text, base::Time now);
  /// The AI's state changed: for a call that waits for it.
  void on_ai_state(base::Time now);

  // For a call that waits in a queue; the switchboard decides whom it rings.
  bool waits_in(const Queue& queue) const;
  base::Time queued() const { return queued_; }
  /// Operators who are being rung for it.
  std::vector<std::string> hunted() const;
  void ring_members(const std::vector<std::string>& operators, base::Time now);
  /// Nobody can be rung now; `position` counts from 1.
  void wait_in_line(std::size_t position, base::Time now);
  bool waited_too_long(base::Time now) const;
  void overflow(base::Time now);

  /// The customer goes on with `to` (an operator, a queue's or an outside number, a SIP URI); who he
  /// talks with now hangs up when that answers. errors  bad_state, not_found
  base::Result<void> transfer(const std::string& to, base::Time now);
  /// An operator takes the call from the AI. errors  bad_state, not_found (not registered)
  base::Result<void> takeover(const std::string& operator_id, base::Time now);
  /// A party that goes over into another call.
  struct Given {
    std::unique_ptr<SipLeg> leg;
    std::string operator_id;
  };
  /// The party opposite to `session`; this call ends. Without a leg: there is none.
  Given give_away(sip::SessionId session, base::Time now);
  /// `invite` takes the place of the party behind `session` (RFC 3891). True when it was accepted.
  bool replace(sip::SessionId session, const sip::InviteIn& invite, const std::string& operator_id, base::Time now);

  /// The one door: refuses or hangs up as far as the peers do not know yet, lets the conversation
  /// settle, then tells CallEnded. Only the first cause counts.
  void end(Cause cause, base::Time now);

  State state() const { return state_; }
  bool waits_for_ai() const { return awaiting_ai_; }
  bool running() const { return state_ == State::ringing || state_ == State::answered; }
  /// Whether the AI holds it or it waits for the AI.
  bool with_ai() const { return running() && (awaiting_ai_ || ringing_out_ || (ai_ && !ai_->left())); }
  base::Time deadline() const;
  unsigned phase() const { return phase_; }
  const std::string& id() const { return record_.call_id; }
  const std::string& callee() const { return record_.callee; }
  /// As known now.
  Record record(base::Time now) const;

 private:
  // call.cpp
  SipLeg* leg_of(sip::SessionId session);
  SipLeg* opposite(const SipLeg& leg);
  void bind(sip::SessionId session);
  void ring(base::Time now, int status = 180, const std::string& sdp = {});
  void fail(const base::Error& error, base::Time now);
  bool open_caller(base::Time now);
  const Settings& settings() const { return place_.directory.settings; }

  // call_answer.cpp: the AI takes the call
  void wait(const Decision& decision, base::Time now);
  void let_ai_answer(const Decision& decision, base::Time now);
  void refuse(const Decision& decision, base::Time now);
  void open_ai(base::Time now);
  bool prepare_answer(base::Time now, std::string_view codec = {});
  void accept(const std::string& answered_by, base::Time now);
  void start_ai(base::Time now);
  void open_recorder();

  // call_ring.cpp: people take the call
  void ring_operator(const Operator& callee, base::Time now);
  void dial(const DialResult& dial, base::Time now);
  base::Result<void> hunt(std::vector<Target> targets, base::Duration patience, base::Time now);
  void bind_hunt();
  std::vector<Target> targets_of(std::string_view operator_id) const;
  std::vector<Target> targets_of(const DialResult& dial) const;
  std::vector<Target> targets_of(const Queue& queue) const;
  base::Result<std::vector<Target>> targets_for(const std::string& to) const;
  std::string from_header() const;
  void take_hunt(base::Time now);
  void on_hunt(HuntRings& rings, base::Time now);
  void on_hunt(HuntWon& won, base::Time now);
  void on_hunt(HuntLost& lost, base::Time now);
  void on_missed(Miss miss, base::Time now);

  // call_queue.cpp
  void enter_queue(const Queue& queue, base::Time now);

  // call_bridge.cpp: two people talk
  void connect(std::unique_ptr<SipLeg> leg, const std::string& operator_id, base::Time now);
  void join(base::Time now);
  void tap(SipLeg& leg, bool customer);
  void drop_bridge();
  void part(base::Time now);
  void carry_hold(SipLeg& from, base::Time now);
  void on_party_digit(SipLeg& from, char digit, KeySource source, base::Time now);
  void note_digit(char digit);
  void play_waiting(base::Time now);
  void note_in_call(const std::string& operator_id, bool in);

  // call_transfer.cpp
  base::Result<void> begin_transfer(Transfer transfer, std::vector<Target> targets, base::Time now);
  void on_transferred(std::unique_ptr<SipLeg> leg, const std::string& operator_id, base::Time now);
  void on_transfer_failed(int status, base::Time now);
  void join_calls(SipLeg& transferor, sip::SessionId other_dialog, base::Time now);
  void let_go(std::unique_ptr<SipLeg>& leg, const std::string& operator_id, Cause cause, base::Time now);

  // call_conversation.cpp
  void on_digit(char digit, KeySource source, base::Time now);
  void take_conversation(base::Time now);
  void on_output(speech::Said& said, base::Time now);
  void on_output(speech::SpokenPart& part, base::Time now);
  void on_output(speech::turn::Pause& pause, base::Time now);
  void on_output(speech::Heard& heard, base::Time now);
  void on_output(speech::MessageTaken& taken, base::Time now);
  void on_output(speech::Wanted& wanted, base::Time now);
  void on_output(speech::Degraded& degraded, base::Time now);
  void on_output(speech::BargeIn& barge_in, base::Time now);
  void on_output(speech::AskedAhead& ahead, base::Time now);
  void on_output(speech::Finished& finished, base::Time now);

  // call_handover.cpp: the AI connects its caller with a person
  void prepare_handover(const Handover& handover, std::vector<Target>& targets);
  void brief(std::unique_ptr<SipLeg> leg, const std::string& operator_id, base::Time now);
  void watch_briefing(base::Time now);
  void drop_briefing(Cause cause, base::Time now);
  void back_to_ai(base::Time now);

  // call_talk.cpp: what consumers of events are told
  void tell_talk(base::Time now);
  void open_listening();
  void take_listened(base::Time now);
  void tell_turn(SpeakerTurn turn);

  // call_end.cpp
  void on_gone(sip::SessionId session, Cause cause, base::Time now);
  void tell_peers(Cause cause, base::Time now);
  void keep_figures();
  void tell_pauses();
  void settle(base::Time now);
  void close(base::Time now);

  // given
  Place place_;
  // owned; what plays through or listens to a leg goes before it
  std::unique_ptr<Listening> listening_;  // to people; their legs' taps go before
  std::unique_ptr<SipLeg> caller_, other_;
  std::unique_ptr<media::Recorder> recorder_;
  std::unique_ptr<AiLeg> ai_;
  std::unique_ptr<media::Bridge> bridge_;
  std::unique_ptr<Hunt> hunt_;
  std::unique_ptr<Briefing> briefing_;
  SipLeg* early_ = nullptr;    // the hunt's leg, while its early media is bridged
  // state
  base::Log log_;
  Record record_;
  Caller who_;
  sip::SessionId session_;     // the caller's
  std::string offer_;          // of the INVITE, until it is answered
  std::string answer_;         // prepared or, in a 183, sent already
  int max_forwards_;
  std::optional<Operator> callee_;      // for whom the AI may stand in
  std::optional<Operator> ringing_out_; // decided for the AI; rings until `deadline_`
  std::optional<Transfer> transfer_;
  std::optional<Queue> queue_;          // waits in it, or came by it
  std::vector<sip::SessionId> bound_;  // sessions that ever were ours
  KeyPresses keys_;            // of the caller
  Measures measures_;
  PauseLog pauses_;
  bool talk_told_ = false;     // TalkStarted
  Waiting waiting_;            // music or ringing tone for who waits
  std::string other_operator_; // in `other_`
  unsigned phase_;
  State state_ = State::ringing;
  int rang_ = 0;               // last provisional status sent
  bool awaiting_ai_ = false;
  bool caller_is_customer_ = true;  // else an operator called out
  bool caller_gone_ = false;   // its SIP session ended by itself
  SipLeg* we_offered_ = nullptr;  // the next ACK or answer of that leg carries an answer
  base::Time invited_, answered_{}, hung_up_{}, queued_{}, announced_{};
  base::Time deadline_ = base::never;
};

}  // namespace daedap::call
