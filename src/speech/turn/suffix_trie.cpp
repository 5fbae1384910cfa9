#include "speech/turn/suffix_trie.hpp"

#include <algorithm>

namespace daedap::speech::turn {

void SuffixTrie::insert(std::span<const Symbol> ending, std::uint16_t value) {
  std::uint32_t at = 0;
  for (std::size_t i = ending.size(); i-- > 0;) {
    const auto edge = std::find_if(nodes_[at].next.begin(), nodes_[at].next.end(),
                                   [&](const auto& e) { return e.first == ending[i]; });
    if (edge != nodes_[at].next.end()) {
      at = edge->second;
      continue;
    }
    const auto fresh = static_cast<std::uint32_t>(nodes_.size());
    nodes_[at].next.emplace_back(ending[i], fresh);
    nodes_.emplace_back();
    at = fresh;
  }
  nodes_[at].values.push_back(value);
}

const SuffixTrie::Node* SuffixTrie::step(const Node& node, Symbol s) const {
  for (const auto& [symbol, next] : node.next) {
    if (symbol == s) return &nodes_[next];
  }
  return nullptr;
}

std::vector<SuffixTrie::Hit> SuffixTrie::find(std::span<const Symbol> text) const {
  std::vector<Hit> hits;
  const Node* node = &nodes_[0];
  for (std::size_t i = text.size(); i-- > 0;) {
    node = step(*node, text[i]);
    if (node == nullptr) break;
    if (!node->values.empty()) hits.push_back({static_cast<std::uint32_t>(text.size() - i), node->values});
  }
  return hits;
}

bool SuffixTrie::matches(std::span<const Symbol> text) const {
  const Node* node = &nodes_[0];
  for (std::size_t i = text.size(); i-- > 0;) {
    node = step(*node, text[i]);
    if (node == nullptr) return false;
    if (!node->values.empty()) return true;
  }
  return false;
}

}  // namespace daedap::speech::turn
