#pragma once

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sip/endpoint.hpp"
#include "sip/keyed_hash.hpp"
#include "sip/session.hpp"
#include "sip/timer_queue.hpp"
#include "sip/validate.hpp"

namespace daedap::sip {

/// The endpoint's state. Its functions are split by act over endpoint_*.cpp.
class Endpoint::Impl {
 public:
  Impl(EndpointSettings settings, base::Random& random);

  void on_message(std::string_view bytes, const Flow& flow, base::Time now);
  void on_flow_failed(const Flow& flow, base::Time now);
  void on_time(base::Time now);
  base::Time deadline();
  std::optional<Output> take_output();

  void ring(SessionId id, int status, const std::string& sdp, base::Time now);
  void accept(SessionId id, const std::string& sdp, base::Time now);
  void reject(SessionId id, int status, base::Time now, const std::vector<Header>& extra);
  void answer_offer(SessionId id, const std::string& sdp, base::Time now);
  void refuse_offer(SessionId id, int status, base::Time now);
  SessionId invite(const OutgoingInvite& invite, base::Time now);
  void cancel(SessionId id, base::Time now);
  void ack(SessionId id, const std::string& sdp, base::Time now);
  void offer(SessionId id, const std::string& sdp, base::Time now);
  void hang_up(SessionId id, base::Time now, const std::string& reason);
  void send_info(SessionId id, const std::string& type, const std::string& body, base::Time now);

  void refer(SessionId id, const std::string& target, const std::string& replaces,
             const std::string& referred_by, base::Time now);
  void accept_refer(SessionId id, base::Time now);
  void notify_refer(SessionId id, int status, base::Time now);
  void refuse_refer(SessionId id, int status, base::Time now);
  void respond(RequestId id, int status, base::Time now, const std::vector<Header>& extra);
  RequestId request(const OutgoingRequest& out, base::Time now);

  void set_draining(bool draining) { draining_ = draining; }
  std::size_t sessions() const { return sessions_.size(); }
  std::size_t transactions() const { return server_.size() + client_.size(); }
  std::string call_id(SessionId id) const;
  std::string replaces_of(SessionId id) const;
  std::optional<SessionId> session_of(const std::string& replaces);
  std::string remote_uri(SessionId id) const;

 private:
  using Phase = Session::Phase;
  using Purpose = ClientTransaction::Purpose;
  enum class Owner : std::uint8_t { server, client, session };
  struct TimerKey {
    Owner owner;
    std::uint64_t id;
  };

  // endpoint.cpp: what came in
  void on_malformed(std::string_view bytes, const Flow& flow, const base::Error& error);
  void on_request(Message message, const Flow& flow);
  void on_repeat(ServerTransaction& tx);
  void route_request(Request& request);
  void on_response(const Message& response, const Flow& flow);
  void on_final(ClientTransaction& tx, const Message& response);

  // endpoint_transactions.cpp
  ServerTransaction& open_server(const Request& request, SessionId session);
  void respond(ServerTransaction& tx, Message response);
  void respond(ServerTransaction& tx, int status, const std::vector<Header>& extra = {});
  void respond_stateless(const Message& request, const Flow& flow, int status,
                         const std::vector<Header>& extra = {});
  ClientTransaction& open_client(Message request, const Flow& flow, Purpose purpose,
                                 SessionId session);
  void close_server(TransactionId id);
  void close_client(TransactionId id);
  void dress_response(Message& response, const Flow& flow, bool secure) const;
  const base::Address& advertised(Transport transport) const;
  void send(const Flow& flow, std::string bytes);
  void notice(const char* event, std::string detail);

  // endpoint_timers.cpp
  void arm(ServerTransaction& tx) { arm(Owner::server, tx.id, tx.armed, tx.deadline()); }
  void arm(ClientTransaction& tx) { arm(Owner::client, tx.id, tx.armed, tx.deadline()); }
  void arm(Session& s) {
    arm(Owner::session, static_cast<std::uint64_t>(s.id), s.armed, s.deadline());
  }
  void arm(Owner owner, std::uint64_t id, base::Time& armed, base::Time deadline);
  bool is_stale(const TimerQueue<TimerKey>::Entry& entry);
  void fire(TimerKey key);
  void fire_server(ServerTransaction& tx);
  void fire_client(ClientTransaction& tx);
  void on_invite_over(const ClientTransaction& tx);
  void fire_session(Session& s);
  void on_no_ack(ServerTransaction& tx);
  void use_flow(const Flow& flow, std::uint64_t id);
  void leave_flow(const Flow& flow, std::uint64_t id);
  void move_to_flow(Session& s, const Flow& flow);
  void on_session_flow_failed(Session& s);

  // endpoint_incoming.cpp: calls to us
  void on_invite(Request& request);
  bool is_overloaded() const;
  bool is_loop(const Request& request) const;
  bool refuse_new_invite(const Request& request);
  void on_cancel(const Request& request);
  void on_options(const Request& request);
  void end_unanswered(Session& s, int status, const std::vector<Header>& extra = {});
  void send_ok(Session& s, const std::string& sdp);

  // endpoint_requests.cpp: outside of dialogs
  void on_outside_request(Request& request);
  void on_outside_final(ClientTransaction& tx, const Message& response);
  std::string contact_of(const OutgoingRequest& out) const;

  // endpoint_replaces.cpp
  struct Replaced {
    int status = 0;  // refuse the INVITE with it; 0 = go on
    std::optional<SessionId> session = {};
  };
  Replaced match_replaces(const Message& invite);

  // endpoint_reliable.cpp: provisional responses and early dialogs
  EarlyDialog* early_dialog(ClientTransaction& tx, Session& s, const Message& response);
  void on_progress(ClientTransaction& tx, Session& s, const Message& response);
  bool take_reliable(Session& s, EarlyDialog& early, const Message& response);
  void send_prack(Session& s, EarlyDialog& early, const std::string& sdp);
  void answer_in_prack(Session& s, const std::string& sdp);
  void send_reliable(Session& s, Message response);
  void on_prack(const Request& request, Session& s);
  void go_on_reliably(Session& s);
  bool fire_reliable(Session& s);

  // endpoint_refresh.cpp: session timers
  void learn_methods(Session& s, const Message& message) const;
  void note_remote(Session& s, const std::string& sdp) const;
  std::uint32_t least_interval() const;
  std::uint32_t wanted_interval() const;
  bool is_too_brief(const Message& request) const;
  std::vector<Header> min_se_header() const;
  void settle_timer(Session& s, Message& ok);
  void ask_timer(const Session& s, Message& request) const;
  void take_timer(Session& s, const Message& ok);
  bool retry_longer(ClientTransaction& tx, const Message& response);
  void refresh(Session& s);
  void on_refresh_final(ClientTransaction& tx, const Message& response);

  // endpoint_refer.cpp: transfers
  void on_refer(const Request& request, Session& s);
  ServerTransaction* waiting_refer(Session& s);
  void send_refer_notify(Session& s, int status);
  void on_notify_final(ClientTransaction& tx, const Message& response);
  void on_refer_final(ClientTransaction& tx, const Message& response);
  void tell_refer_status(Session& s, int status, bool final);
  void on_notify(const Request& request, Session& s);
  void fire_refers(Session& s);

  // endpoint_session.cpp: within sessions
  Session& open_session(Phase phase, std::string call_id, std::string local_tag, const Flow& flow);
  Session* find(SessionId id);
  Session* find_dialog(const std::string& call_id, const std::string& local_tag,
                       const std::string& remote_tag);
  static Dialog* dialog_of(Session& s, const std::string& remote_tag);
  void drop(Session& s);
  template <typename Event>
  void tell(const Session& s, Event event) {
    if (!s.silent) outputs_.emplace_back(std::move(event));
  }
  void on_ack(const Request& request);
  void on_in_dialog(Request& request, Session& s);
  void serve_in_dialog(Request& request, Session& s);
  void on_bye(const Request& request, Session& s);
  void on_info(const Request& request, Session& s);
  void send_bye(Session& s);
  void lose(Session& s, LostIn::Why why);
  ClientTransaction& send_in_dialog(Session& s, Message request, Purpose purpose);
  void on_info_final(ClientTransaction& tx, const Message& response);

  // endpoint_offers.cpp: offers within sessions
  void on_reinvite(Request& request, Session& s);
  void on_update(Request& request, Session& s);
  void refuse_for_now(const Request& request, Session& s, int status);
  void try_offer(Session& s);
  void on_offer_response(ClientTransaction& tx, const Message& response);
  void on_offer_ok(ClientTransaction& tx, const Message& response);
  void on_offer_failed(ClientTransaction& tx, const Message& response);

  // endpoint_outgoing.cpp: calls of ours
  void on_invite_response(ClientTransaction& tx, const Message& response);
  void on_invite_ok(ClientTransaction& tx, const Message& response);
  void take_callee(ClientTransaction& tx, Session& s, Dialog dialog, const Message& response);
  void refuse_fork(ClientTransaction& tx, Dialog dialog);
  void on_invite_failed(ClientTransaction& tx, const Message& response);
  void on_stalled(ClientTransaction& tx);
  void send_cancel(Session& s);
  void send_ack(ClientTransaction& tx, Message ack, const std::string& tag, const Flow& flow);
  bool send_again(ClientTransaction& tx, Message request, const std::string& why);
  bool retry_with_credentials(ClientTransaction& tx, const Message& response);
  void fail_client(TransactionId id, int status);

  // given
  EndpointSettings settings_;
  base::Random& random_;
  // owned
  std::unordered_map<TransactionId, ServerTransaction> server_;
  std::unordered_map<TransactionId, ClientTransaction> client_;
  std::unordered_map<std::uint64_t, Session> sessions_;
  // state
  KeyedHash hash_;  // before the maps: peers choose their keys
  std::unordered_map<std::string, TransactionId, KeyedHash> server_keys_, client_keys_, merge_keys_;
  std::unordered_map<std::string, std::uint64_t, KeyedHash> dialogs_;
  std::map<Flow, std::unordered_set<std::uint64_t>> flow_users_;  // streams only
  TimerQueue<TimerKey> timers_;
  std::deque<Output> outputs_;
  base::Time now_{};
  std::uint64_t next_id_ = 1;
  bool draining_ = false;
  Abilities abilities_;
  std::string allow_, supported_;
};

}  // namespace daedap::sip
