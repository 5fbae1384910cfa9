#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace daedap::speech {

/// Which words lie on which samples: says what the caller has really heard.
/// units  16 kHz samples, counted as `audio::Player::played` counts
class Ledger {
 public:
  explicit Ledger(std::string language) : language_(std::move(language)) {}

  /// A piece of text whose audio follows. Empty text for sounds without words.
  void begin(const std::string& text);
  /// `samples` of the piece begun last stand in the queue from `position` on; those from
  /// `position + voiced` on are silence.
  void add(std::int64_t position, std::int64_t samples, std::int64_t voiced);
  /// All audio of that piece was given.
  void end();
  /// The piece begun last will not be heard.
  void abandon();

  /// The words that were sent when `played` samples were: a word counts once three quarters of it
  /// went out. Words are weighed by their length as spoken.
  std::string heard(std::int64_t played) const;
  /// Everything begun so far.
  std::string text() const;
  bool any() const;
  /// Nothing was begun, or all of it was abandoned.
  bool empty() const { return pieces_.empty(); }
  /// Position of the first sample of all / behind the last sample. Only when `any()`.
  std::int64_t first() const;
  std::int64_t last() const;
  /// The piece begun last has begun to sound.
  bool last_begun(std::int64_t played) const;

 private:
  struct Piece {
    std::string text;
    std::int64_t first = 0, samples = 0, voiced = 0;
    bool complete = false;
  };
  std::string heard_of(const Piece& piece, std::int64_t played) const;

  std::string language_;
  std::vector<Piece> pieces_;
};

}  // namespace daedap::speech
