#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/result.hpp"

namespace daedap::engines::pocketsphinx {

/// English words in free speech, with Debian's large language model instead of a grammar: rough (about
/// every second word over a telephone line), so only for people who check a line, never for dialogue.
/// in      16 kHz audio    cost  0.3 s to load, then 0.2 s per second of audio, on the caller's thread; after
///         20 s it gives what it has
/// errors  not_found (model), engine_failed
base::Result<std::string> transcribe_free_speech(std::span<const std::int16_t> pcm, const std::filesystem::path& model_folder);

}  // namespace daedap::engines::pocketsphinx
