#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace daedap::server {

/// Speaks for the command line: the embedded synthesiser, one sentence at a time, blocking.
class Speaker {
 public:
  Speaker();
  ~Speaker();
  /// 16 kHz audio. errors  those of the synthesiser
  base::Result<std::vector<std::int16_t>> speak(const std::string& text, const std::string& language);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What the embedded recogniser makes of free speech; English only, and rough: about every second
/// word over a telephone line. Empty for other languages or without the model.
std::string transcribe_roughly(const std::vector<std::int16_t>& pcm16k, const std::string& language);

}  // namespace daedap::server
