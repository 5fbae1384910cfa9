#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "speech/turn/symbols.hpp"

namespace daedap::speech::turn {

/// Endings, read from the last symbol to the first; each carries numbers in the order of insertion.
class SuffixTrie {
 public:
  struct Hit {
    std::uint32_t length;                     // symbols of the ending
    std::span<const std::uint16_t> values;
  };

  void insert(std::span<const Symbol> ending, std::uint16_t value);
  /// Every ending that `text` ends with, the shortest first.
  std::vector<Hit> find(std::span<const Symbol> text) const;
  /// `text` ends with one of the endings.
  bool matches(std::span<const Symbol> text) const;
  std::size_t size() const { return nodes_.size(); }

 private:
  struct Node {
    std::vector<std::pair<Symbol, std::uint32_t>> next;
    std::vector<std::uint16_t> values;
  };
  const Node* step(const Node& node, Symbol s) const;

  std::vector<Node> nodes_{Node{}};
};

}  // namespace daedap::speech::turn
