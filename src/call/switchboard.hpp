#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "base/udp.hpp"
#include "call/dial_plan.hpp"
#include "call/handover.hpp"
#include "call/operators.hpp"
#include "call/pause_log.hpp"
#include "call/queue.hpp"
#include "call/record.hpp"
#include "call/registrations.hpp"
#include "call/tap.hpp"
#include "call/trunks.hpp"
#include "media/port_range.hpp"
#include "media/recorder.hpp"
#include "sdp/crypto.hpp"
#include "sip/endpoint.hpp"
#include "sip/registrar/authenticator.hpp"
#include "speech/conversation.hpp"

namespace daedap::call {

/// Whether the AI can take a call now.
struct AiState {
  enum class State { absent, starting, ready, failed } state = State::starting;
  std::string why;             // for the log and for /readyz
  std::size_t max_calls = 500;  // on this shard; over it "not available"
};

struct Settings {
  base::Address advertised_media;       // IP that SDP carries
  std::string greeting_ko = "안녕하세요, {operator}의 AI 비서입니다. 무엇을 도와드릴까요?";
  std::string greeting_en = "Hello, this is {operator}'s AI assistant. How can I help you?";
  std::array<Fallback, miss_count> on_miss{};         // by Miss; an operator's own rule counts first
  std::chrono::seconds no_answer{10};                 // how long an operator's telephones ring
  std::chrono::seconds transfer_ring{20};             // how long whom a call is transferred to rings
  std::chrono::seconds trunk_ring{120};               // how long an outside number rings
  std::string transfer_to;                            // whom the AI connects callers with; empty = nobody
  TransferSummary transfer_summary = TransferSummary::both;
  std::string domain;                                 // of From; empty = the advertised address
  std::chrono::seconds media_timeout{0};              // no RTP for so long ends the call; 0 = never
  std::chrono::seconds retry_after{10};
  std::chrono::seconds ai_wait{0};                    // hold an INVITE (180) while engines start
  base::Millis ring{0};                               // let it ring so long before the AI answers
  bool record = true;
  bool record_bridged = true;                         // calls between people too
  bool listen = false;                                // to both speakers of a call between people
  bool debug_calls = false;                           // numbers and spoken text may stand in logs
  std::vector<std::string> codecs{"PCMU", "PCMA", "G722", "opus", "GSM"};
  sdp::SrtpPolicy srtp = sdp::SrtpPolicy::off;        // of calls to us; ours to others: as the other side came
  speech::Settings conversation;                      // template; call_id, names filled in per call
};

// ---- outputs: everything the rest of the server (store, API, metrics) learns of calls -------------

struct CallStarted {
  Record record;  // as known at the INVITE
};
struct CallAnswered {
  std::string call_id;
  std::int64_t setup_ms;
  std::string answered_by = "ai";  // as in the record
  std::vector<std::string> path{};  // likewise
};
/// An operator began or ended to take part in calls.
struct OperatorInCall {
  std::string operator_id;
  std::string call_id;
  bool in = true;
};
struct TurnAdded {
  std::string call_id;
  Turn turn;
};
/// The customer has somebody to talk with, the AI or a person, for the first time in this call.
struct TalkStarted {
  std::string call_id;
  std::string customer_number;
  std::string agent_id;        // the operator who is or whom the AI stands in for; a trunk's name without one
  std::string language;
  std::int64_t after_ms = 0;   // since the call was answered, which is when its time line starts
};
/// What one of them said up to a pause, and whether he had finished there. Told when it is decided.
struct SpeakerTurn {
  enum class Speaker { customer, agent };
  enum class Decision { complete, incomplete, wait };
  std::string call_id;
  Speaker speaker = Speaker::customer;
  std::int64_t start_ms = 0, end_ms = 0;  // since the call was answered
  std::string transcript;                 // of the AI: what was really heard
  Decision decision = Decision::incomplete;
  double score = 0;                       // 0..1: how likely he had finished
  std::int64_t wait_ms = 0, silence_ms = 0;  // the silence that the words asked for, and the one that was
  std::vector<std::string> reasons{};
  std::string language{};
};
/// The pauses of a call whose end comes next, where they are kept.
struct PausesHeard {
  std::string call_id, language;
  bool with_text = false;  // the call is recorded: its words may be kept here too
  std::vector<LoggedPause> pauses;
};
/// Last event of a call; exactly one for each CallStarted.
struct CallEnded {
  Record record;
};
/// Somebody at this source gave a wrong password with an INVITE.
struct AuthFailed {
  base::Address source;
};
using Event = std::variant<CallStarted, CallAnswered, TalkStarted, SpeakerTurn, TurnAdded, OperatorInCall, AuthFailed, PausesHeard, CallEnded>;

/// What a command on a call that this shard has not got fails with.
inline constexpr const char* no_such_call = "no such running call";

/// Opens a recording for a call; nullptr = not possible (an event and a metric, never a lost call).
using OpenRecording = std::function<std::unique_ptr<media::RecordingSink>(const std::string& call_id)>;

/// What the switchboard stands on; all outlive it.
struct Surroundings {
  sip::Endpoint& sip;
  media::PortRange& ports;
  base::UdpOpener& udp;
  base::Random& random;
  speech::Engines engines;
  speech::Prompts& prompts;
  OpenRecording open_recording;
  base::Log log;
  int shard = 0;
  /// Proves who places a call; null = everybody is a stranger.
  sip::Authenticator* authenticator = nullptr;
  /// Played to a party that waits, over and over; 16 kHz. Empty = silence.
  std::span<const std::int16_t> hold_music{};
};

/// All calls of one shard: makes a Call of each INVITE, asks the routing, runs its leg.
/// in      SIP events, operators, AI state, ticks, commands
/// out     take_event
/// thread  the shard
class Switchboard {
 public:
  Switchboard(Settings settings, Surroundings around);
  ~Switchboard();

  void on_sip(sip::Output event, base::Time now);  // all but Send
  void set_operators(std::vector<Operator> operators);
  void set_ai_state(AiState state, base::Time now);
  /// For calls from now on; running conversations keep theirs.
  void set_settings(Settings settings);
  /// Where the operators' telephones are.
  void set_contacts(Contacts contacts);
  void set_trunks(Trunks trunks, DialPlan plan);
  /// What a trunk's server was resolved to.
  void set_trunk_addresses(const std::string& server, std::vector<base::Address> addresses);
  void set_queues(std::vector<Queue> queues);
  /// An operator began or ended a call on another shard.
  void set_in_call(const OperatorInCall& change, base::Time now);
  /// Has every sentence made ahead that this shard's operators may need; also before the AI is ready.
  void warm_prompts();
  /// Every 5 ms with phase 0..3 in turn; each call belongs to one phase and so ticks every 20 ms.
  void on_tick(unsigned phase, base::Time now);
  void on_time(base::Time now);
  base::Time deadline() const;
  std::optional<Event> take_event();

  bool hang_up(const std::string& call_id, Cause cause, base::Time now);
  bool say(const std::string& call_id, const std::string& text, base::Time now);
  /// The customer of a running call goes on with `to`: an operator, an outside number, a SIP URI.
  /// errors  not_found, bad_state
  base::Result<void> transfer(const std::string& call_id, const std::string& to, base::Time now);
  /// An operator takes a call from the AI. errors  not_found, bad_state
  base::Result<void> takeover(const std::string& call_id, const std::string& operator_id, base::Time now);
  /// Ends all calls with BYE.
  void end_all(Cause cause, base::Time now);

  std::size_t calls() const;
  /// Copies of the running calls' records (API).
  std::vector<Record> running() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace daedap::call
