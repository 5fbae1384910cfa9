#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "audio/frame.hpp"
#include "speech/tts.hpp"

namespace daedap::speech {

/// Sentences synthesised ahead (greetings, apologies, farewells), so that they are heard at once and
/// also when the TTS engine is dead. One per shard.
/// cost  32 kB per second of speech; at most `cap` sentences, the oldest made goes first
class Prompts {
 public:
  explicit Prompts(Tts& tts, std::size_t cap = 512);
  ~Prompts();

  /// Has `text` made unless it is there or under way. Failure is retried at the next `warm`.
  void warm(const std::string& text, const std::string& language, const std::string& voice);
  /// Leading and trailing silence trimmed; nullptr when it is not (yet) there.
  const std::vector<std::int16_t>* find(const std::string& text, const std::string& language,
                                        const std::string& voice) const;
  /// Sentences asked for and not yet made.
  std::size_t pending() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace daedap::speech
