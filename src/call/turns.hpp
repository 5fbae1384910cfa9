#pragma once

#include "base/time.hpp"
#include "call/listening.hpp"
#include "call/record.hpp"
#include "call/switchboard.hpp"
#include "speech/conversation.hpp"

namespace daedap::call {

/// Of one call that are kept; over it they are only told.
inline constexpr std::size_t most_turns = 5000;

/// An utterance on the call's own time line: milliseconds since `answered`.
Turn turn_of(const speech::Said& said, int index, base::Time answered);
/// As it is told to consumers; the call's id and language are still to be filled in.
SpeakerTurn speaker_turn_of(SpeakerTurn::Speaker speaker, const speech::SpokenPart& part, base::Time answered);
/// What the AI said: finished unless it was cut short.
SpeakerTurn speaker_turn_of(const Turn& turn);
/// The same of a person who was heard in a call between people.
Turn turn_of(const Listening::Turn& heard, int index, base::Time answered);
Message message_of(const speech::MessageTaken& taken, base::Time answered);
/// The call record's cause for a conversation that ended by itself.
Cause cause_of(speech::Finished::Why why);

}  // namespace daedap::call
