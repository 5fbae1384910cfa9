#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "server/turns/pause_lines.hpp"

namespace daedap::server {

struct RecordedSettings {
  base::Millis lag{500};  // of the words after the speech: when they came live is not in a recording
  speech::VadSettings vad;
};

/// The pauses of a call that was recorded before pauses were kept, or as a second opinion: voice and
/// prosody from call.wav, by energy; words from transcript.json, each final `lag` after its speech.
/// What was decided in the call is not known then.
/// errors  io, bad_syntax, too_large
base::Result<PauseFile> pauses_of_recording(const std::filesystem::path& folder, const RecordedSettings& settings);

}  // namespace daedap::server
