#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace daedap::speech {

/// Cuts a language model's stream of text into pieces to be spoken: sentences of Korean and English,
/// the first piece already at a comma so that the voice starts early, none longer than 200
/// characters. Numbers, abbreviations and addresses are never cut; tokens may end inside a
/// character. At most 8 kB wait in it: what a runaway model adds is dropped.
class Sentences {
 public:
  static constexpr std::size_t max_chars = 200;

  void push(std::string_view token);
  /// No more text comes: what is left is a piece too.
  void finish() { finished_ = true; }
  /// The next piece, white space around it removed; nothing when more text is needed.
  std::optional<std::string> take();

 private:
  std::u32string text_;
  std::string tail_;  // bytes of a character that is not whole yet
  bool first_ = true;
  bool finished_ = false;
};

}  // namespace daedap::speech
