#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>

#include "call/call.hpp"
#include "call/directory.hpp"
#include "call/routing.hpp"
#include "call/switchboard.hpp"

namespace daedap::call {

/// Holds the calls and hands each input to the call that it concerns.
class Switchboard::Impl {
 public:
  Impl(Settings settings, Surroundings around);

  // SIP events
  void on(sip::InviteIn& in, base::Time now);
  void on(sip::OfferIn& in, base::Time now);
  void on(sip::ReferIn& in, base::Time now);
  void on(sip::Noticed& in, base::Time now);
  /// Bytes and requests outside of calls: none of ours.
  void on(sip::Send&, base::Time) {}
  void on(sip::RequestIn&, base::Time) {}
  void on(sip::ResponseIn&, base::Time) {}
  void on(sip::ReferStatusIn&, base::Time) {}
  /// All others go to the call of their session.
  template <typename In>
  void on(In& in, base::Time now) {
    now_ = now;
    Call* call = find(in.session);
    if (call == nullptr) return;
    call->on(in, now);
    sweep_all();
  }

  Directory& directory() { return directory_; }
  void set_operators(std::vector<Operator> operators);
  void set_ai_state(AiState state, base::Time now);
  void warm();
  void on_tick(unsigned phase, base::Time now);
  void on_time(base::Time now);
  base::Time deadline() const;
  std::optional<Event> take_event();
  bool hang_up(const std::string& call_id, Cause cause, base::Time now);
  bool say(const std::string& call_id, const std::string& text, base::Time now);
  base::Result<void> transfer(const std::string& call_id, const std::string& to, base::Time now);
  base::Result<void> takeover(const std::string& call_id, const std::string& operator_id, base::Time now);
  void end_all(Cause cause, base::Time now);
  void set_in_call(const OperatorInCall& change, base::Time now);
  void set_queues(std::vector<Queue> queues);
  std::size_t calls() const { return calls_.size(); }
  std::vector<Record> running() const;

 private:
  Call* find(sip::SessionId session);
  Call* find(const std::string& call_id);
  /// Who calls. nullopt: the INVITE was answered with a challenge.
  std::optional<Caller> identify(const sip::InviteIn& in, base::Time now);
  std::string called(const sip::InviteIn& in, const Caller& caller) const;
  bool replaces(const sip::InviteIn& in, const Caller& caller, base::Time now);
  std::vector<Call*> line_of(const Queue& queue);
  std::vector<std::string> free_members(const Queue& queue, const std::set<std::string>& rung);
  void serve_queues(base::Time now);
  std::size_t held_by_ai() const;
  unsigned emptiest_phase() const;
  /// Lets go of the calls that are over.
  void sweep_all();

  // given
  Surroundings around_;
  // state
  Directory directory_;
  // owned
  std::deque<Event> events_;  // drained after each input, so at most a few per call
  Sessions sessions_;
  std::unordered_map<std::string, std::unique_ptr<Call>> calls_;
  std::array<std::vector<Call*>, 4> phases_;
  std::vector<Call*> over_;
  std::map<std::string, base::Time> idle_since_;       // by operator
  std::map<std::string, std::string> last_rung_;       // by queue number
  base::Time now_{};
};

}  // namespace daedap::call
