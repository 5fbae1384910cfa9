#include "speech/ledger.hpp"

#include <algorithm>
#include <string_view>

#include "base/utf8.hpp"
#include "speech/text/spoken_text.hpp"

namespace daedap::speech {
namespace {

// While a piece's audio is not all there its length is guessed, rather too long than too short.
constexpr std::int64_t samples_per_weight = 16000 / 100 * 13;  // 130 ms per Korean syllable

// Latin letters are spoken about three times as fast as syllables.
std::int64_t weight(std::string_view word, const std::string& language) {
  std::int64_t sum = 0;
  for (const char32_t c : base::to_utf32(spoken_text(word, language))) sum += c >= 0x1100 ? 3 : 1;
  return std::max<std::int64_t>(sum, 1);
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = text.find_first_not_of(" \n\t", at);
    if (from == text.npos) break;
    at = std::min(text.find_first_of(" \n\t", from), text.size());
    words.push_back(text.substr(from, at - from));
  }
  return words;
}

void append(std::string& to, std::string_view word) {
  if (word.empty()) return;
  if (!to.empty()) to += ' ';
  to += word;
}

}  // namespace

void Ledger::begin(const std::string& text) { pieces_.push_back({.text = text}); }

void Ledger::add(std::int64_t position, std::int64_t samples, std::int64_t voiced) {
  Piece& p = pieces_.back();
  if (p.samples == 0) p.first = position;
  if (voiced > 0) p.voiced = p.samples + voiced;
  p.samples += samples;
}

void Ledger::end() { pieces_.back().complete = true; }

void Ledger::abandon() {
  if (!pieces_.empty() && pieces_.back().samples == 0) pieces_.pop_back();
}

std::string Ledger::heard_of(const Piece& piece, std::int64_t played) const {
  if (piece.samples == 0 || piece.text.empty()) return {};
  const auto words = words_of(piece.text);
  std::int64_t whole = 0;
  for (const auto w : words) whole += weight(w, language_);
  const std::int64_t sent = std::clamp<std::int64_t>(played - piece.first, 0, piece.samples);
  std::int64_t length = piece.voiced > 0 ? piece.voiced : piece.samples;
  if (!piece.complete) length = std::max(length, whole * samples_per_weight / 3);
  std::string out;
  std::int64_t before = 0;
  for (const auto w : words) {
    const std::int64_t own = weight(w, language_);
    if (4 * sent * whole < (4 * before + 3 * own) * length) break;
    append(out, w);
    before += own;
  }
  return out;
}

std::string Ledger::heard(std::int64_t played) const {
  std::string out;
  for (const Piece& p : pieces_) append(out, heard_of(p, played));
  return out;
}

std::string Ledger::text() const {
  std::string out;
  for (const Piece& p : pieces_) append(out, p.text);
  return out;
}

bool Ledger::any() const {
  return std::any_of(pieces_.begin(), pieces_.end(), [](const Piece& p) { return p.samples > 0; });
}

std::int64_t Ledger::first() const {
  const auto it = std::find_if(pieces_.begin(), pieces_.end(), [](const Piece& p) { return p.samples > 0; });
  return it == pieces_.end() ? 0 : it->first;
}

std::int64_t Ledger::last() const {
  const auto it = std::find_if(pieces_.rbegin(), pieces_.rend(), [](const Piece& p) { return p.samples > 0; });
  return it == pieces_.rend() ? 0 : it->first + it->samples;
}

bool Ledger::last_begun(std::int64_t played) const {
  return pieces_.empty() || (pieces_.back().samples > 0 && played > pieces_.back().first);
}

}  // namespace daedap::speech
