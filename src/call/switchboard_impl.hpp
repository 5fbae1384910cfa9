#pragma once

#include <array>
#include <deque>
#include <memory>
#include <unordered_map>

#include "call/call.hpp"
#include "call/routing.hpp"
#include "call/switchboard.hpp"

namespace daedap::call {

/// Holds the calls and hands each input to the call that it concerns.
class Switchboard::Impl {
 public:
  Impl(Settings settings, Surroundings around);

  // SIP events
  void on(sip::InviteIn& in, base::Time now);
  void on(sip::CancelIn& in, base::Time now);
  void on(sip::AckIn& in, base::Time now);
  void on(sip::OfferIn& in, base::Time now);
  void on(sip::ByeIn& in, base::Time now);
  void on(sip::InfoIn& in, base::Time now);
  void on(sip::LostIn& in, base::Time now);
  void on(sip::Noticed& in, base::Time now);
  /// Of calls that we place or of bytes: none of ours.
  void on(sip::Send&, base::Time) {}
  void on(sip::ProgressIn&, base::Time) {}
  void on(sip::AcceptedIn&, base::Time) {}
  void on(sip::RejectedIn&, base::Time) {}
  void on(sip::RequestIn&, base::Time) {}
  void on(sip::ResponseIn&, base::Time) {}
  void on(sip::ReferIn&, base::Time) {}
  void on(sip::ReferStatusIn&, base::Time) {}

  void set_operators(std::vector<Operator> operators);
  void set_ai_state(AiState state, base::Time now);
  void set_settings(Settings settings) { settings_ = std::move(settings); }
  void warm();
  void on_tick(unsigned phase, base::Time now);
  void on_time(base::Time now);
  base::Time deadline() const;
  std::optional<Event> take_event();
  bool hang_up(const std::string& call_id, Cause cause, base::Time now);
  bool say(const std::string& call_id, const std::string& text, base::Time now);
  void end_all(Cause cause, base::Time now);
  std::size_t calls() const { return calls_.size(); }
  std::vector<Record> running() const;

 private:
  Call* find(sip::SessionId session);
  Call* find(const std::string& call_id);
  Question question(const std::string& callee) const;
  std::size_t held_by_ai() const;
  unsigned emptiest_phase() const;
  /// Lets go of a call that is over; `call` dangles then.
  void sweep(Call& call);
  void sweep_all();

  // given
  Settings settings_;
  Surroundings around_;
  // owned
  std::deque<Event> events_;  // drained after each input, so at most a few per call
  std::unordered_map<sip::SessionId, std::unique_ptr<Call>> calls_;
  std::array<std::vector<Call*>, 4> phases_;
  // state
  Operators operators_;
  AiState ai_;
  base::Time now_{};
};

}  // namespace daedap::call
