#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "speech/turn/rules.hpp"

namespace daedap::speech::turn {

enum class State { incomplete, complete, wait };
const char* name(State state);

/// Short static names, at most eight. They live as long as the rules they come from.
class Reasons {
 public:
  void add(std::string_view reason) {
    if (size_ < names_.size()) names_[size_++] = reason;
  }
  const std::string_view* begin() const { return names_.data(); }
  const std::string_view* end() const { return names_.data() + size_; }
  std::size_t size() const { return size_; }

 private:
  std::array<std::string_view, 8> names_{};
  std::size_t size_ = 0;
};

/// What the other side's last words ask for.
struct Question {
  bool said = false;           // there was something said
  bool asks = false;           // it was a question
  SlotKind kind = SlotKind::none;
  const Slot* slot = nullptr;  // when it is one of the rules'
};

struct Context {
  Question question;
  bool opener = false;   // the caller's first turn
  int polite = 0;        // sentences of each register heard from this speaker
  int casual = 0;
  bool final = false;    // the recogniser will not change the text any more
};

/// How far a number, date or address has got.
enum class Filling { none, partial, full, overfull };

/// What the words alone say.
struct Verdict {
  double p = 0.5;  // probability that the turn is finished
  double log_odds = 0;
  State state = State::incomplete;
  std::string_view id = "none";  // of the class that decided
  Kind kind = Kind::noun;
  Filling filling = Filling::none;
  bool short_answer = false;     // a yes, a no, a thank-you
  int words = 0;
  Reasons reasons;
};

/// Judges the words of a turn so far, in the language of `rules`. Needs no punctuation; bears wrong
/// spacing and an ending that has not arrived yet. Bounded: it reads the last 400 bytes.
/// in  UTF-8, NFC
Verdict judge(const Rules& rules, std::string_view text, const Context& context);

/// What `text`, said by the other side, asks for.
Question question_of(const Rules& rules, std::string_view text);

}  // namespace daedap::speech::turn
