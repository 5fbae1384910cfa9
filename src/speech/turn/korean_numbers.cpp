// Numbers as they are dictated in Korean: digits, Hangul digits, native numerals, letters and units.
#include "speech/turn/korean_numbers.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace daedap::speech::turn {
namespace {

/// One word, read as a part of a number.
struct Group {
  std::string digits;      // as they were said one by one; empty for a cardinal
  bool cardinal = false;   // 십, 백, 천 ... or a native numeral
  bool letter = false, plate = false, separator = false, half = false;
  bool weak = false;       // may as well be a word (이, 사, 오이)
  bool this_one = false;   // 이: "this" sooner than "two"
  bool day = false;        // 십이일: the last digit may be the day's unit
  Unit unit = Unit::none;
  std::u32string tail;     // what the unit is called
};

using Text = std::u32string_view;

std::optional<int> looked_up(const Rules::Map& map, Text key) {
  const auto found = map.find(base::to_utf8(key));
  return found == map.end() ? std::nullopt : std::optional(found->second);
}

bool ascii_digit(char32_t c) { return c >= U'0' && c <= U'9'; }

class Reader {
 public:
  explicit Reader(const Rules& rules) : rules_(rules) {}
  std::optional<Group> read(Text word) const;

 private:
  std::optional<Group> letter(Text word) const;
  std::size_t numeral(Text word, Group& out) const;
  std::size_t native(Text word, Group& out) const;
  bool rest(Text word, Group& out) const;

  const Rules& rules_;
};

std::optional<Group> Reader::letter(Text word) const {
  Group out;
  out.letter = true;
  out.weak = word.size() == 1 && !(word[0] >= U'a' && word[0] <= U'z');
  if (word.size() == 1 && word[0] >= U'a' && word[0] <= U'z') return out;
  if (looked_up(rules_.map(MapId::letter), word)) return out;
  return std::nullopt;
}

// Reads digits from the front; returns how many letters that took.
std::size_t Reader::numeral(Text word, Group& out) const {
  std::size_t at = 0;
  const bool written = ascii_digit(word[0]);
  for (; at < word.size(); ++at) {
    if (ascii_digit(word[at])) {
      out.digits.push_back(static_cast<char>(word[at]));
    } else if (written && !looked_up(rules_.map(MapId::power), word.substr(at, 1))) {
      break;  // 9일: a unit
    } else if (const auto digit = looked_up(rules_.map(MapId::digit), word.substr(at, 1))) {
      out.digits.push_back(static_cast<char>('0' + *digit));
    } else if (looked_up(rules_.map(MapId::power), word.substr(at, 1))) {
      out.cardinal = true;
    } else if ((word[at] == U'에' || word[at] == U'의') && at > 1 && at + 1 < word.size() &&
               looked_up(rules_.map(MapId::digit), word.substr(at + 1, 1))) {
      continue;  // between two groups
    } else {
      break;
    }
  }
  return at;
}

std::size_t Reader::native(Text word, Group& out) const {
  std::size_t at = 0;
  for (;;) {
    std::size_t longest = 0;
    for (std::size_t n = std::min<std::size_t>(2, word.size() - at); n > 0 && longest == 0; --n) {
      if (looked_up(rules_.map(MapId::native), word.substr(at, n))) longest = n;
    }
    if (longest == 0) return at;
    at += longest;
    out.cardinal = true;
  }
}

// What stands behind the digits: nothing, a separator or a unit.
bool Reader::rest(Text word, Group& out) const {
  if (word.empty()) return true;
  if (word == U"다시" || word == U"에" || word == U"의") return out.separator = true;
  const auto unit = looked_up(rules_.map(MapId::unit), word);
  if (!unit) return false;
  out.unit = static_cast<Unit>(*unit);
  out.tail = word;
  return true;
}

std::optional<Group> Reader::read(Text word) const {
  if (word == U"다시" || word == U"대시") return Group{.separator = true};
  if (word == U"반") return Group{.half = true};
  const bool numeral_too = looked_up(rules_.map(MapId::native), word).has_value();
  if (word.size() == 1 && !numeral_too && looked_up(rules_.map(MapId::unit), word)) {
    Group unit{.weak = true};
    rest(word, unit);
    return unit;
  }
  if (rules_.in(ListId::plate, base::to_utf8(word)) && !looked_up(rules_.map(MapId::digit), word)) {
    return Group{.plate = true, .weak = true};
  }
  Group out;
  std::size_t at = numeral(word, out);
  if (at > 0 && rest(word.substr(at), out)) {
    const bool written = ascii_digit(word[0]);
    out.weak = !written && at == word.size() && word.size() <= 2;
    out.this_one = word == U"이";
    out.day = !written && at > 1 && word[at - 1] == U'일' && at <= 4;
    // 공사가, 이사로: a noun and a particle sooner than a number and its unit
    const bool particle = out.unit == Unit::area || out.tail == U"도";
    if (particle && !written && !out.cardinal && at <= 2) out.weak = true;
    if (out.cardinal) out.digits.clear();
    return out;
  }
  out = {};
  at = native(word, out);
  if (at > 0 && rest(word.substr(at), out)) {
    out.weak = at == word.size();
    return out;
  }
  if (auto one = letter(word)) return one;
  const auto unit = looked_up(rules_.map(MapId::unit), word);
  if (!unit) return std::nullopt;
  Group alone{.weak = true, .unit = static_cast<Unit>(*unit)};
  alone.tail = word;
  return alone;
}

Number verdict(Filling filling, bool known = true) { return {.filling = filling, .known = known}; }

/// The groups at the end of the words, judged together.
class Judge {
 public:
  Judge(const Rules& rules, const Words& words, const Question& question)
      : rules_(rules), words_(words), question_(question) {}
  std::optional<Number> judge(std::size_t strip);

 private:
  bool collect(std::size_t strip);
  bool evident() const;
  const Slot* own_slot() const;
  SlotKind kind() const { return slot_ ? slot_->kind : question_.kind; }
  bool inside_sentence() const;
  Number by_unit(const Group& last) const;
  Number by_digits() const;
  Number by_length(const std::string& digits) const;
  Number by_shape(const std::string& digits) const;
  Number plate_or_code() const;
  bool ranged() const;

  const Rules& rules_;
  const Words& words_;
  const Question& question_;
  std::vector<Group> groups_;   // in spoken order
  std::size_t first_ = 0;       // the word that the first of them is
  const Slot* slot_ = nullptr;
};

bool Judge::collect(std::size_t strip) {
  const Reader reader(rules_);
  first_ = words_.words.size();
  while (first_ > 0) {
    Text text = words_.words[first_ - 1].text;
    if (first_ == words_.words.size()) text.remove_suffix(std::min(strip, text.size()));
    const auto group = reader.read(text);
    if (!group) break;
    groups_.insert(groups_.begin(), *group);
    --first_;
  }
  // Words that only look like a part of a number do not begin one.
  while (groups_.size() > 1 && ((groups_.front().separator && groups_.front().digits.empty()) || groups_.front().half ||
                                (groups_.front().weak && groups_.front().unit != Unit::none))) {
    groups_.erase(groups_.begin());
    ++first_;
  }
  return !groups_.empty();
}

// Enough that is surely a number, or the talk is of one.
bool Judge::evident() const {
  std::size_t digits = 0, firm = 0;
  for (const Group& g : groups_) {
    digits += g.digits.size();
    firm += !g.weak && !g.separator;
  }
  if (firm > 0) return true;
  // 열 시, 이천 원: a numeral and what it counts.
  const bool pointed = groups_.size() == 2 && groups_.front().this_one;
  if (groups_.size() >= 2 && groups_.back().unit != Unit::none && !pointed) return true;
  const bool named = slot_ != nullptr && (kind() == SlotKind::digits || kind() == SlotKind::code || kind() == SlotKind::plate);
  if (named && (digits > 0 || groups_.size() > 1)) return true;
  return digits >= 3 || (groups_.size() >= 2 && digits >= 2);
}

// "카드 번호는 ...": the speaker names what he dictates.
const Slot* Judge::own_slot() const {
  std::string before;
  for (std::size_t i = 0; i < first_; ++i) before += words_.words[i].utf8 + " ";
  for (const Slot& slot : rules_.slots()) {
    if (slot.kind == SlotKind::yes_no || slot.kind == SlotKind::open) continue;
    for (const std::string& word : slot.keywords) {
      if (before.find(word) != std::string::npos) return &slot;
    }
  }
  if (question_.asks && question_.slot && question_.kind != SlotKind::yes_no && question_.kind != SlotKind::open) {
    return question_.slot;
  }
  return nullptr;
}

bool Judge::ranged() const {
  return first_ > 0 && words_.words[first_ - 1].text.ends_with(U"부터");
}

// "제가 지난달에 삼만 원": the number is a part of what follows.
bool Judge::inside_sentence() const {
  for (std::size_t i = 0; i < first_; ++i) {
    const Word& w = words_.words[i];
    if (rules_.in(ListId::nominal_particle, w.utf8)) return true;
    const bool topic = i + 1 == first_;
    if (w.text.size() < 2) continue;
    const char32_t last = w.text.back();
    if (last == U'를' || last == U'을' || last == U'에' || last == U'서' || last == U'데' || last == U'면' ||
        last == U'고' || (!topic && (last == U'는' || last == U'은'))) {
      return true;
    }
  }
  return false;
}

Number Judge::by_unit(const Group& last) const {
  const bool before = groups_.size() > 1;
  const Unit previous = before ? groups_[groups_.size() - 2].unit : Unit::none;
  switch (last.unit) {
    case Unit::year: return verdict(Filling::partial);
    case Unit::month: return verdict(Filling::partial);
    case Unit::day: {
      const bool month = previous == Unit::month || groups_.size() == 1 ||
                         (before && groups_[groups_.size() - 2].digits.empty());
      return verdict(month && !(kind() == SlotKind::date && slot_ && !slot_->lengths.empty() && previous == Unit::none)
                         ? Filling::full
                         : Filling::partial);
    }
    case Unit::area: return verdict(Filling::partial);
    default: return verdict(Filling::full);
  }
}

Number Judge::by_length(const std::string& digits) const {
  const auto length = static_cast<int>(digits.size());
  std::vector<int> lengths = slot_->lengths;
  // An 010 number has eleven digits, whatever else may have ten.
  if (digits.starts_with("010") || digits.starts_with("070")) lengths = {11};
  if (digits.starts_with("02")) lengths = {9, 10};
  const auto [least, most] = std::minmax_element(lengths.begin(), lengths.end());
  if (std::find(lengths.begin(), lengths.end(), length) != lengths.end()) {
    return verdict(Filling::full);
  }
  (void)least;
  return verdict(length > *most ? Filling::overfull : Filling::partial);
}

Number Judge::by_shape(const std::string& digits) const {
  const std::size_t n = digits.size();
  const auto by = [n](std::size_t least, std::size_t most) {
    return verdict(n < least ? Filling::partial : n > most ? Filling::overfull : Filling::full);
  };
  if (digits.starts_with("010") || digits.starts_with("070")) return by(11, 11);
  if (digits.starts_with("01")) return by(10, 11);
  if (digits.starts_with("02")) return by(9, 10);
  if (digits.starts_with("0") && n >= 3 && groups_[0].digits.size() <= 4) return by(10, 11);
  if (n >= 4 && (digits.starts_with("15") || digits.starts_with("16") || digits.starts_with("18")) &&
      (digits[2] == '4' || digits[2] == '6' || digits[2] == '7' || digits[2] == '8' || digits[2] == '9') &&
      groups_[0].digits.size() == 4) {
    return by(8, 8);
  }
  // Groups of four, like a card's.
  if (groups_.size() >= 3 && groups_[0].digits.size() == 4 && groups_[1].digits.size() == 4) return by(15, 16);
  Number out;
  const std::size_t count = groups_.size();
  // A last group shorter than the one before is not at its end.
  const bool short_group = count >= 2 && groups_[count - 1].digits.size() < groups_[count - 2].digits.size();
  out.weight = short_group ? -1.5 : n < 4 ? -2.5 : n == 4 ? -0.7 : n == 8 || n == 12 ? -0.3 : 0.7;
  return out;
}

Number Judge::plate_or_code() const {
  const Group& last = groups_.back();
  std::size_t plate = groups_.size(), after = 0;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].plate) plate = i, after = 0;
    after += groups_[i].digits.size();
  }
  if (plate < groups_.size()) return verdict(after == 4 ? Filling::full : after > 4 ? Filling::overfull : Filling::partial);
  std::size_t length = 0;
  for (const Group& g : groups_) length += g.letter ? 1 : g.digits.size();
  Number out;
  out.weight = length >= 8 && !last.letter ? 1.0 : length >= 6 && !last.letter ? 0.5 : -3.0;
  return out;
}

Number Judge::by_digits() const {
  const Group& last = groups_.back();
  // 십이 가 삼사오육: 가 alone could be a unit too, but not before four digits.
  const std::size_t count = groups_.size();
  if (count >= 3 && last.digits.size() == 4 && groups_[count - 2].weak && groups_[count - 2].tail.size() == 1 &&
      rules_.in(ListId::plate, base::to_utf8(groups_[count - 2].tail))) {
    return verdict(Filling::full);
  }
  const bool coded = std::any_of(groups_.begin(), groups_.end(), [](const Group& g) { return g.letter || g.plate; });
  if (coded) return plate_or_code();
  if (kind() == SlotKind::plate) return verdict(Filling::partial);
  const bool month = groups_.size() > 1 && groups_[groups_.size() - 2].unit == Unit::month;
  if (last.day && (month || (kind() == SlotKind::date && last.cardinal))) return verdict(Filling::full);
  if (last.separator) return verdict(Filling::partial);
  if (last.cardinal) {  // 팔만 사천: of what?
    Number out;
    out.weight = last.weak && groups_.size() == 1 ? 0 : -2.5;
    return out;
  }
  std::string digits;
  for (const Group& g : groups_) {
    if (g.unit == Unit::none) digits += g.digits;
    else digits.clear();
  }
  if (slot_ && !slot_->lengths.empty()) return by_length(digits);
  return by_shape(digits);
}

std::optional<Number> Judge::judge(std::size_t strip) {
  if (!collect(strip)) return std::nullopt;
  slot_ = own_slot();
  if (!evident()) return std::nullopt;
  const Group& last = groups_.back();
  Number out;
  if (last.half) {
    const bool hour = groups_.size() > 1 && groups_[groups_.size() - 2].unit != Unit::none;
    if (!hour) return std::nullopt;
    out = verdict(Filling::full);
  } else if (kind() == SlotKind::plate && rules_.in(ListId::plate, base::to_utf8(last.tail))) {
    out = verdict(Filling::partial);
  } else if (last.unit != Unit::none) {
    out = by_unit(last);
  } else {
    out = by_digits();
  }
  out.sentence = inside_sentence() && !ranged();
  return out;
}

// "... 골뱅이 네이버 점 컴": after the at sign a domain is due.
std::optional<Number> email(const Rules& rules, const Words& words) {
  std::size_t at = words.words.size();
  for (std::size_t i = 0; i < words.words.size(); ++i) {
    if (words.words[i].text.find(U"골뱅이") != std::u32string::npos) at = i;
  }
  if (at == words.words.size() || words.words.size() - at > 8) return std::nullopt;
  const std::string& last = words.last().utf8;
  if (words.last().text.ends_with(U"요") || words.last().text.ends_with(U"다")) return std::nullopt;
  for (const std::string& end : rules.list(ListId::domain)) {
    if (at + 1 < words.words.size() && last.ends_with(end)) return verdict(Filling::full);
  }
  return verdict(Filling::partial);
}

}  // namespace

std::optional<Number> korean_number(const Rules& rules, const Words& words, const Question& question,
                                    std::size_t strip) {
  if (const auto mail = email(rules, words)) return mail;
  return Judge(rules, words, question).judge(strip);
}

}  // namespace daedap::speech::turn
