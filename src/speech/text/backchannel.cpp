#include "speech/text/backchannel.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "base/utf8.hpp"

namespace daedap::speech {
namespace {

using Words = std::span<const std::string_view>;

// Written as `plain_words` leaves them.
constexpr std::string_view korean_backchannels[] = {
    "네",     "넵",     "넹",       "예",       "옙",       "응",       "음",     "으음",     "흠",
    "아",     "어",     "오",       "아하",     "오호",     "에",       "어머",   "아이고",   "그렇군요",
    "그렇구나", "그러네요", "그러게요",   "그렇죠",   "그렇지요",   "그쵸",     "그죠",   "그래요",   "그래",
    "맞아요", "맞아",   "맞습니다", "맞죠",     "알겠어요", "알겠습니다", "알았어요", "좋아요",   "좋습니다",
    "아네",   "아예",   "네네",     "예예",     "음음",     "응응",     "그럼요", "진짜요",   "정말요",
    "그렇습니까", "그렇군", "오케이",  "ok",       "okay",     "하하",     "허허",   "흐음"};
constexpr std::string_view english_backchannels[] = {
    "yeah",  "yes",   "yep",  "yup",   "uh huh", "uhhuh", "mm hmm", "mmhmm", "mm",    "mmm",   "hmm",
    "hm",    "mhm",   "okay", "ok",    "right",  "sure",  "i see",  "got it", "aha",  "ah",    "oh",
    "uh",    "um",    "alright", "all right", "good", "great", "wow",  "really", "exactly", "true",
    "of course", "fine", "cool", "huh", "all good", "go on"};
constexpr std::string_view korean_stops[] = {
    "잠깐", "잠시만", "잠시요", "아니요", "아뇨", "아니야", "아니그게", "아니아니", "아닙니다", "아니에요",
    "그만", "멈춰",   "멈추",   "스톱",   "스탑", "됐어요", "됐습니다", "됐고",     "저기요",   "저기잠깐",
    "기다려", "조용", "여보세요", "말끊어서", "끊을게요", "상담원", "stop"};
constexpr std::string_view english_stops[] = {
    "stop", "wait", "hold on", "hang on", "no", "nope", "excuse me", "one moment", "just a moment",
    "one second", "just a second", "one sec", "pause", "quiet", "shut up", "enough", "never mind",
    "actually", "sorry", "hello", "be quiet", "listen", "cancel", "operator", "agent"};
// Sounds that may come before a stop word ("어 잠깐만요").
constexpr std::string_view korean_lead_ins[] = {"네", "예", "아", "어", "음", "저", "저기", "그"};
constexpr std::string_view english_lead_ins[] = {"oh", "uh", "um", "well", "okay", "ok", "yeah", "hey", "please"};

bool korean(std::string_view language) { return language.substr(0, 2) == "ko"; }

bool letter(char32_t c) {
  return (c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'z') || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0x3131 && c <= 0x318E) || (c >= 0xC0 && c <= 0x24F);
}

// Where `word` ends when it stands at `at`; npos when it does not. English words end at a space.
std::size_t match_at(std::string_view text, std::size_t at, std::string_view word, bool whole) {
  if (text.substr(at, word.size()) != word) return std::string_view::npos;
  const std::size_t end = at + word.size();
  if (!whole) return end;
  if (end == text.size()) return end;
  return text[end] == ' ' ? end + 1 : std::string_view::npos;
}

// Every prefix that is a sequence of table words is marked; bounded by the text's length.
std::vector<bool> reachable(std::string_view text, Words words, bool whole) {
  std::vector<bool> reach(text.size() + 1, false);
  reach[0] = true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!reach[at]) continue;
    for (const auto word : words) {
      const std::size_t end = match_at(text, at, word, whole);
      if (end != std::string_view::npos) reach[end] = true;
    }
  }
  return reach;
}

}  // namespace

std::string plain_words(std::string_view text, std::string_view language) {
  std::u32string out;
  bool gap = false;
  for (char32_t c : base::to_utf32(text.substr(0, 400))) {
    if (c >= U'A' && c <= U'Z') c += U'a' - U'A';
    if (c == U'\'' || c == 0x2019) continue;
    if (!letter(c)) {
      gap = !out.empty();
      continue;
    }
    if (gap && !korean(language)) out.push_back(U' ');
    gap = false;
    out.push_back(c);
  }
  return base::to_utf8(out);
}

bool is_backchannel(std::string_view text, std::string_view language) {
  const std::string plain = plain_words(text, language);
  if (plain.empty()) return false;
  const bool ko = korean(language);
  const Words words = ko ? Words(korean_backchannels) : Words(english_backchannels);
  return reachable(plain, words, !ko)[plain.size()];
}

bool is_stop_word(std::string_view text, std::string_view language) {
  const std::string plain = plain_words(text, language);
  const bool ko = korean(language);
  const Words stops = ko ? Words(korean_stops) : Words(english_stops);
  const Words lead_ins = ko ? Words(korean_lead_ins) : Words(english_lead_ins);
  const auto reach = reachable(plain, lead_ins, !ko);
  for (std::size_t at = 0; at < plain.size(); ++at) {
    if (!reach[at]) continue;
    const bool stop = std::any_of(stops.begin(), stops.end(), [&](std::string_view word) {
      return match_at(plain, at, word, !ko) != std::string_view::npos;
    });
    if (stop) return true;
  }
  return false;
}

}  // namespace daedap::speech
