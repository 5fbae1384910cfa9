#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "base/udp.hpp"
#include "call/operators.hpp"
#include "call/record.hpp"
#include "media/port_range.hpp"
#include "media/recorder.hpp"
#include "sip/endpoint.hpp"
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
  Unavailable when_available = Unavailable::reject;   // until calls are bridged: 480
  Unavailable when_busy = Unavailable::reject;
  Unavailable when_offline = Unavailable::reject;
  /// By Miss; an operator's own choice wins.
  std::array<Fallback, miss_count> on_miss{Fallback::ai, Fallback::ai, Fallback::ai, Fallback::ai};
  std::chrono::seconds no_answer{10};                 // how long an operator's phones ring
  std::chrono::seconds media_timeout{0};              // no RTP for so long ends the call; 0 = never
  std::chrono::seconds retry_after{10};
  std::chrono::seconds ai_wait{0};                    // hold an INVITE (180) while engines start
  base::Millis ring{0};                               // let it ring so long before the AI answers
  bool record = true;
  bool debug_calls = false;                           // numbers and spoken text may stand in logs
  std::vector<std::string> codecs{"PCMU", "PCMA"};
  speech::Settings conversation;                      // template; call_id, names filled in per call
};

// ---- outputs: everything the rest of the server (store, API, metrics) learns of calls -------------

struct CallStarted {
  Record record;  // as known at the INVITE
};
struct CallAnswered {
  std::string call_id;
  std::int64_t setup_ms;
  std::string answered_by = "ai";   // or the operator's id
  std::vector<std::string> path{};  // how it came there, as Record::path
};
struct TurnAdded {
  std::string call_id;
  Turn turn;
};
/// Last event of a call; exactly one for each CallStarted.
struct CallEnded {
  Record record;
};
using Event = std::variant<CallStarted, CallAnswered, TurnAdded, CallEnded>;

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
  /// Has every sentence made ahead that this shard's operators may need; also before the AI is ready.
  void warm_prompts();
  /// Every 5 ms with phase 0..3 in turn; each call belongs to one phase and so ticks every 20 ms.
  void on_tick(unsigned phase, base::Time now);
  void on_time(base::Time now);
  base::Time deadline() const;
  std::optional<Event> take_event();

  bool hang_up(const std::string& call_id, Cause cause, base::Time now);
  bool say(const std::string& call_id, const std::string& text, base::Time now);
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
