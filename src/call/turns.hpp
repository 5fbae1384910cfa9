#pragma once

#include "base/time.hpp"
#include "call/record.hpp"
#include "speech/conversation.hpp"

namespace daedap::call {

/// An utterance on the call's own time line: milliseconds since `answered`.
Turn turn_of(const speech::Said& said, int index, base::Time answered);
Message message_of(const speech::MessageTaken& taken, base::Time answered);
/// The call record's cause for a conversation that ended by itself.
Cause cause_of(speech::Finished::Why why);

}  // namespace daedap::call
