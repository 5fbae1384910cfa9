#include "speech/turn/endings.hpp"

#include <algorithm>

namespace daedap::speech::turn {
namespace {

// Syllables that end a noun as often as they are a particle.
bool noun_like(char32_t c) { return std::u32string_view(U"이가도로나만과의와").find(c) != std::u32string_view::npos; }

}  // namespace

Endings::Match Endings::match(std::size_t index) const {
  const Word& word = words_.words[index];
  const auto hits = rules_.endings().find(std::span(words_.symbols).first(word.end));
  for (auto hit = hits.rbegin(); hit != hits.rend(); ++hit) {
    for (const std::uint16_t value : hit->values) {
      const Class& c = rules_.classes()[value];
      if (holds(c, index, word.end - hit->length)) return {&c, word.end - hit->length};
    }
  }
  return {};
}

bool Endings::holds(const Class& c, std::size_t index, std::size_t start) const {
  const std::uint32_t when = c.conditions;
  if (when == 0) return true;
  const bool asked = context_.question.asks && context_.question.kind != SlotKind::yes_no &&
                     context_.question.kind != SlotKind::open;
  if ((when & if_asked) && !asked) return false;
  if ((when & if_not_asked) && asked) return false;
  if ((when & if_opener) && !context_.opener) return false;
  if ((when & if_casual) && (context_.casual == 0 || context_.polite > 0)) return false;
  if ((when & if_statement) && !(context_.question.said && !context_.question.asks)) return false;
  if ((when & if_start) && words_.count > 2) return false;
  if ((when & if_short) && words_.count > 4) return false;
  if ((when & if_more) && words_.count <= 2) return false;
  return holds_around(c, index, start);
}

bool Endings::holds_around(const Class& c, std::size_t index, std::size_t start) const {
  const std::uint32_t when = c.conditions;
  if (when & (if_stem | if_no_stem)) {
    const bool stem = rules_.stems().matches(std::span(words_.symbols).first(start));
    if (stem != ((when & if_stem) != 0)) return false;
  }
  if ((when & if_solo) && start != 0) return false;
  const Symbol before = start == 0 ? space_symbol : words_.symbols[start - 1];
  if ((when & if_final) && (before < first_final || before >= space_symbol)) return false;
  if ((when & if_vowel) && (before < first_vowel || before >= first_final)) return false;
  if ((when & if_emphatic) && !any_in(ListId::emphatic, index)) return false;
  if ((when & if_wh) && !any_in(ListId::wh, index + 1)) return false;
  if (when & if_negated) {
    if (index == 0) return false;
    const std::u32string& before = words_.words[index - 1].text;
    if (before != U"안" && before != U"못") return false;
  }
  if ((when & if_degree) && (index == 0 || !rules_.in(ListId::degree, words_.words[index - 1].utf8))) return false;
  if ((when & if_subject) && !subject(index)) return false;
  if ((when & if_pair) && !paired(index, start)) return false;
  return !(when & if_bare) || bare(index);
}

bool Endings::any_in(ListId list, std::size_t before) const {
  return std::any_of(words_.words.begin(), words_.words.begin() + static_cast<std::ptrdiff_t>(before),
                     [&](const Word& w) { return rules_.in(list, w.utf8); });
}

bool Endings::subject(std::size_t index) const {
  // An adverb may stand between.
  if (index > 1 && index < 6) {
    const Class* c = of(index - 1);
    if (c != nullptr && c->kind == Kind::adverb) --index;
  }
  if (index == 0) return false;
  const Word& before = words_.words[index - 1];
  const char32_t last = before.text.back();
  return before.text.size() > 1 && (last == U'이' || last == U'가') && !rules_.in(ListId::subject_not, before.utf8);
}

bool Endings::paired(std::size_t index, std::size_t start) const {
  if (index == 0) return false;
  const std::size_t end = words_.words[index].end, length = end - start;
  const std::size_t before = words_.words[index - 1].end;
  return before >= length && std::equal(words_.symbols.begin() + static_cast<std::ptrdiff_t>(start),
                                        words_.symbols.begin() + static_cast<std::ptrdiff_t>(end),
                                        words_.symbols.begin() + static_cast<std::ptrdiff_t>(before - length));
}

bool Endings::bare(std::size_t index) const {
  if (index > 5) return false;  // it asks for the classes of the words before, which may ask the same
  for (std::size_t i = 0; i < index; ++i) {
    const Word& word = words_.words[i];
    if (rules_.in(ListId::nominal_particle, word.utf8)) return false;
    const Class* c = of(i);
    if (c == nullptr) continue;
    const bool open = c->kind == Kind::particle || c->kind == Kind::connective || c->kind == Kind::adnominal ||
                      c->kind == Kind::conjunction || c->kind == Kind::filler || c->kind == Kind::dependent;
    if (open && word.text.size() > 1 && !noun_like(word.text.back())) return false;
  }
  return true;
}

}  // namespace daedap::speech::turn
