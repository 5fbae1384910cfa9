#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "call/cause.hpp"
#include "call/measures.hpp"
#include "media/leg.hpp"
#include "speech/conversation.hpp"

namespace daedap::call {

/// One utterance on the call's own time line (milliseconds since the answer).
struct Turn {
  int index = 0;
  speech::Said::Speaker speaker;
  std::string text;
  std::string planned;
  std::int64_t start_ms = 0, end_ms = 0;
  std::string intent;
  double confidence = 1.0;
  bool interrupted = false;
  std::map<std::string, double> marks_ms;  // mark name -> ms since the call was answered
  std::optional<double> response_ms, own_ms;
};

struct Message {
  std::int64_t start_ms = 0, end_ms = 0;
  std::string ended_by;
};

/// What one leg of a call has carried.
struct LegFigures {
  std::string name;  // "caller", "operator 1001", "trunk main"
  media::LegStats stats;
  std::string speaker;        // "customer" or "agent"; empty: nobody measured when it talked
  std::int64_t talk_ms = 0;   // with voice, while it was connected with a person
};

/// Answers that the model was asked for before it was decided that the caller had finished.
struct AnswersAhead {
  int started = 0, used = 0, dropped = 0;
};

/// What is kept of a call. Wall-clock times are stamped by the server, not here.
struct Record {
  std::string call_id;      // UUID of ours
  std::string sip_call_id;
  int shard = 0;
  std::string caller;       // number or address
  std::string caller_name;
  std::string callee;       // user part that was called
  std::string operator_id;  // empty = none such
  std::string language;
  std::string answered_by;  // "ai", an operator's id, "trunk NAME"; "" = not answered. The last one counts
  std::vector<std::string> path;  // who was tried and what came of it: "1001:no_answer", "ai", "1002"
  std::optional<std::int64_t> setup_ms;     // INVITE to 200
  std::int64_t duration_ms = 0;             // from the answer
  std::optional<Cause> cause;               // none while it runs
  int status = 0;                           // SIP final status
  std::vector<Turn> turns;
  std::vector<Message> messages;
  std::vector<std::string> digits;
  media::LegStats media;    // of the caller's leg
  std::vector<LegFigures> legs;  // of every leg that carried media, the caller's first
  std::uint64_t relayed = 0;     // packets handed from leg to leg as they came
  std::uint64_t transcoded = 0;  // frames handed on in another codec
  bool recorded = false;
  AnswersAhead ahead;
  Conversation conversation;     // of an ended call
};

}  // namespace daedap::call
