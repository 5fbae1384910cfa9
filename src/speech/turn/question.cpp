#include <algorithm>

#include "base/utf8.hpp"
#include "speech/turn/lexical.hpp"
#include "speech/turn/words.hpp"

namespace daedap::speech::turn {
namespace {

bool mentions(const std::string& text, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& w) { return text.find(w) != std::string::npos; });
}

// A question word, or a request to say something. `text` stands between spaces.
bool mentions_any(const std::string& text, const Rules::Words& words) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& w) {
    const bool latin = static_cast<unsigned char>(w.front()) < 0x80;
    return text.find(latin ? " " + w + " " : w) != std::string::npos;
  });
}

}  // namespace

Question question_of(const Rules& rules, std::string_view text) {
  Question out;
  // Only the last sentence asks.
  text = text.substr(text.size() > 300 ? text.size() - 300 : 0);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  const bool marked = text.ends_with('?');
  const std::size_t stop = text.size() < 2 ? std::string_view::npos : text.find_last_of(".!?", text.size() - 2);
  if (stop != std::string_view::npos) text.remove_prefix(stop + 1);
  const Words words = words_of(rules, text);
  if (words.empty()) return out;
  out.said = true;
  std::string plain = " ";
  for (const Word& w : words.words) plain += w.utf8 + " ";
  const bool ends = mentions_any(words.last().utf8, rules.list(ListId::question_end));
  const bool wh = mentions_any(plain, rules.list(ListId::asks));
  out.asks = marked || ends || wh;
  if (!out.asks) return out;
  for (const Slot& slot : rules.slots()) {
    if (!mentions(plain, slot.keywords)) continue;
    if (slot.kind == SlotKind::yes_no && wh) continue;
    out.slot = &slot;
    out.kind = slot.kind;
    return out;
  }
  out.kind = wh ? SlotKind::noun : SlotKind::yes_no;
  return out;
}

}  // namespace daedap::speech::turn
