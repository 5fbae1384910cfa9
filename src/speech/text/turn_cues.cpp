#include "speech/text/turn_cues.hpp"

#include <algorithm>
#include <span>
#include <string>

#include "base/utf8.hpp"
#include "speech/text/backchannel.hpp"

namespace daedap::speech {
namespace {

using Words = std::span<const std::string_view>;

// The whole text.
constexpr std::string_view korean_answers[] = {"네", "예", "아니요", "아뇨", "아니오", "맞아요", "맞습니다",
                                               "괜찮아요", "없어요", "없습니다", "됐어요", "좋아요"};
// The last word.
constexpr std::string_view korean_fillers[] = {"음", "어", "아", "그", "저", "저기", "뭐", "막", "이제", "인제",
                                               "그게", "뭐랄까", "뭐더라", "뭐였지", "그러니까", "으음", "그게요"};
constexpr std::string_view korean_openers[] = {
    "그리고", "근데", "그런데", "그래서", "하지만", "그러면", "그럼", "또", "아니면", "왜냐하면", "혹시",
    "지금", "계속", "아직", "좀", "안", "못", "근데요", "그런데요", "저는요", "제가요"};
// The end of the last word, in this order: the first that fits decides.
constexpr std::string_view korean_endings_open_first[] = {"이고요", "면요", "는데", "은데", "인데", "니까", "지만",
                                                          "면서", "려고", "다가", "어서", "아서", "해서"};
constexpr std::string_view korean_endings_final[] = {
    "습니다", "니다", "니까요", "십시오", "어요", "아요", "여요", "해요", "예요", "에요", "네요",
    "군요", "지요", "죠", "게요", "걸요", "고요", "대요", "래요", "나요", "가요", "까요", "세요", "셔요",
    "줘요", "돼요", "데요", "거든요", "서요", "이요", "까", "드려요", "주세요"};
constexpr std::string_view korean_endings_open[] = {
    "으면", "면", "고", "며", "거나", "든지", "서", "도록", "어야", "아야", "해야", "을", "를", "은", "는",
    "이", "가", "에", "에서", "에게", "한테", "으로", "로", "와", "과", "랑", "하고", "의", "도", "만", "부터",
    "까지", "보다", "처럼", "때문에", "던", "한"};

constexpr std::string_view english_answers[] = {"yes", "no", "yeah", "nope", "yes please", "no thanks",
                                                "no thank you", "thats all", "thats it", "correct", "thank you",
                                                "thanks", "goodbye", "bye", "thats right"};
constexpr std::string_view english_fillers[] = {"um", "uh", "er", "hmm", "well", "like", "you know", "lets see",
                                                "let me see", "i mean", "so"};
constexpr std::string_view english_openers[] = {
    "and", "but", "or", "because", "if", "when", "the", "a", "an", "to", "of", "in", "on", "at", "for", "with",
    "from", "my", "your", "his", "her", "our", "their", "is", "are", "was", "were", "be", "i", "im", "id", "ill",
    "want to", "would like", "that", "which", "who", "than", "about", "into", "by", "as", "not", "can you",
    "could you", "do you", "please", "then", "although", "while", "its", "this"};

bool any_equals(std::string_view text, Words words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}
bool any_ends(std::string_view text, Words words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return text.ends_with(w); });
}
// The end of `text` is one of `words`, whole.
bool last_words(std::string_view text, Words words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) {
    if (!text.ends_with(w)) return false;
    return text.size() == w.size() || text[text.size() - w.size() - 1] == ' ';
  });
}

// "합니까", "입니까" ask; "하니까", "이니까" go on: the syllable before ends in ㅂ or it does not.
bool formal_question(std::string_view word) {
  const std::u32string s = base::to_utf32(word);
  if (s.size() < 3 || !word.ends_with("니까")) return false;
  const char32_t before = s[s.size() - 3];
  return before >= 0xAC00 && before <= 0xD7A3 && (before - 0xAC00) % 28 == 17;
}

Cue korean_cue(std::string_view text) {
  if (any_equals(text, korean_answers)) return Cue::complete;
  const std::size_t space = text.rfind(' ');
  const std::string_view last = space == std::string_view::npos ? text : text.substr(space + 1);
  if (any_equals(last, korean_fillers)) return Cue::filler;
  if (formal_question(last)) return Cue::complete;
  if (any_equals(last, korean_openers) || any_ends(last, korean_endings_open_first)) return Cue::open;
  if (any_ends(last, korean_endings_final)) return Cue::complete;
  if (any_ends(last, korean_endings_open)) return Cue::open;
  return Cue::neutral;
}

Cue english_cue(std::string_view text) {
  if (any_equals(text, english_answers)) return Cue::complete;
  if (last_words(text, english_fillers)) return Cue::filler;
  if (text == "yes please" || text.ends_with(" please")) return Cue::complete;
  if (last_words(text, english_openers)) return Cue::open;
  return Cue::neutral;
}

}  // namespace

Cue turn_cue(std::string_view text, std::string_view language) {
  // A question mark is the recogniser's own verdict; a full stop is put anywhere.
  const bool asked = text.ends_with('?');
  const bool ko = language.substr(0, 2) == "ko";
  // Words are kept apart here in both languages.
  const std::string plain = plain_words(text.size() > 300 ? text.substr(text.size() - 300) : text, "en");
  if (plain.empty()) return Cue::neutral;
  if (asked) return Cue::complete;
  return ko ? korean_cue(plain) : english_cue(plain);
}

}  // namespace daedap::speech
