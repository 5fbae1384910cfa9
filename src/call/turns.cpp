#include "call/turns.hpp"

#include <algorithm>

namespace daedap::call {
namespace {

std::int64_t since(base::Time answered, base::Time t) { return std::max<std::int64_t>(0, base::to_ms(t - answered)); }

const char* name(speech::MessageTaken::Ended ended) {
  using enum speech::MessageTaken::Ended;
  switch (ended) {
    case silence: return "silence";
    case key: return "key";
    case too_long: return "too_long";
    case hang_up: return "hang_up";
  }
  return "silence";
}

}  // namespace

Turn turn_of(const speech::Said& said, int index, base::Time answered) {
  Turn turn{.index = index, .speaker = said.speaker, .text = said.text, .planned = said.planned};
  turn.start_ms = since(answered, said.start);
  turn.end_ms = std::max(turn.start_ms, since(answered, said.end));
  turn.intent = said.intent;
  turn.confidence = said.confidence;
  turn.interrupted = said.interrupted;
  if (!said.marks) return turn;
  for (std::size_t i = 0; i < speech::mark_count; ++i) {
    const auto mark = static_cast<speech::Mark>(i);
    if (const auto at = (*said.marks)[mark]) turn.marks_ms.emplace(speech::name(mark), base::to_ms_f(*at - answered));
  }
  if (const auto response = said.marks->response()) turn.response_ms = base::to_ms_f(*response);
  if (const auto own = said.marks->own()) turn.own_ms = base::to_ms_f(*own);
  return turn;
}

SpeakerTurn speaker_turn_of(SpeakerTurn::Speaker speaker, const speech::SpokenPart& part, base::Time answered) {
  SpeakerTurn turn{.call_id = {}, .speaker = speaker, .transcript = part.text, .score = part.score};
  turn.start_ms = since(answered, part.start);
  turn.end_ms = std::max(turn.start_ms, since(answered, part.end));
  using Decided = speech::SpokenPart::Decision;
  switch (part.decision) {
    case Decided::complete: turn.decision = SpeakerTurn::Decision::complete; break;
    case Decided::incomplete: turn.decision = SpeakerTurn::Decision::incomplete; break;
    case Decided::wait: turn.decision = SpeakerTurn::Decision::wait; break;
  }
  turn.reasons = part.reasons;
  turn.wait_ms = base::to_ms(part.wait);
  turn.silence_ms = base::to_ms(part.silence);
  return turn;
}

SpeakerTurn speaker_turn_of(const Turn& turn) {
  const bool agent = turn.speaker == speech::Said::Speaker::assistant;
  return {.call_id = {},
          .speaker = agent ? SpeakerTurn::Speaker::agent : SpeakerTurn::Speaker::customer,
          .start_ms = turn.start_ms,
          .end_ms = turn.end_ms,
          .transcript = turn.text,
          .decision = turn.interrupted ? SpeakerTurn::Decision::incomplete : SpeakerTurn::Decision::complete,
          .score = turn.interrupted ? 0.0 : 1.0};
}

Turn turn_of(const Listening::Turn& heard, int index, base::Time answered) {
  using enum speech::Said::Speaker;
  Turn turn{.index = index,
            .speaker = heard.who == Listening::Who::customer ? caller : assistant,
            .text = heard.part.text};
  turn.start_ms = since(answered, heard.part.start);
  turn.end_ms = std::max(turn.start_ms, since(answered, heard.part.end));
  turn.confidence = heard.part.confidence;
  return turn;
}

Message message_of(const speech::MessageTaken& taken, base::Time answered) {
  const std::int64_t start = since(answered, taken.start);
  return {start, std::max(start, since(answered, taken.end)), name(taken.ended_by)};
}

Cause cause_of(speech::Finished::Why why) {
  using enum speech::Finished::Why;
  switch (why) {
    case goodbye: return Cause::goodbye;
    case no_input: return Cause::no_input;
    case too_long: return Cause::max_length;
    case engine_failure: return Cause::engine_failure;
  }
  return Cause::internal;
}

}  // namespace daedap::call
