#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace daedap::call {

/// How the two sides of a call talked with each other. Times in milliseconds; arrays: [customer, agent].
struct Conversation {
  struct Response {             // silence between the other's last word and the first one's
    std::int64_t count = 0;
    double mean_ms = 0, median_ms = 0, longest_ms = 0;

    friend bool operator==(const Response&, const Response&) = default;
  };
  double speech_ratio = 0;      // time in which anybody spoke / length of the call
  std::array<double, 2> talk_ratio{};               // time in which that side spoke / length of the call
  std::int64_t overlaps = 0, overlap_ms = 0;        // both spoke
  std::array<std::int64_t, 2> interruptions{};      // made by that side
  std::array<std::int64_t, 2> longest_monologue_ms{};
  std::array<Response, 2> response{};               // of that side

  friend bool operator==(const Conversation&, const Conversation&) = default;
};

/// Makes the figures of a conversation of when each side spoke.
/// in      pieces of speech, each side's in order of time (voice activity's edges, or whole turns)
/// out     figures
/// units   milliseconds from the start of the call
/// thread  the shard
class Measures {
 public:
  enum Side : std::size_t { customer, agent };
  /// Pauses of one side up to this long are part of its monologue when the other one says nothing longer
  /// than an acknowledgement.
  static constexpr std::int64_t breath_ms = 2'000;
  /// Shorter pieces are acknowledgements ("네"): they neither interrupt nor end a monologue.
  static constexpr std::int64_t acknowledgement_ms = 700;
  /// Who has spoken for less is not interrupted: both began at once.
  static constexpr std::int64_t begun_ms = 300;
  /// Speech this soon after the other's end is no response to it.
  static constexpr std::int64_t longest_response_ms = 10'000;
  /// Of each side; over it the oldest pair becomes one.
  static constexpr std::size_t most_pieces = 20'000;

  /// `side` spoke from `start` to `end`. What lies before its last piece is cut off.
  void on_speech(Side side, std::int64_t start, std::int64_t end);
  Conversation figures(std::int64_t length_ms) const;

 private:
  struct Piece {
    std::int64_t start, end;
  };
  using Pieces = std::vector<Piece>;
  static std::int64_t total(const Pieces& pieces);
  static void add_overlaps(const Pieces& a, const Pieces& b, Conversation& to);
  static std::int64_t interruptions(const Pieces& by, const Pieces& of);
  static std::int64_t longest_monologue(const Pieces& own, const Pieces& other);
  static Conversation::Response responses(const Pieces& own, const Pieces& other);

  std::array<Pieces, 2> pieces_;
};

}  // namespace daedap::call
