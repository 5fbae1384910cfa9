#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engines/grammar.hpp"

namespace daedap::engines::pocketsphinx {

/// The grammar of any sequence of phones: what a caller may have said instead of a known phrase.
inline constexpr const char* any_phones = "any_phones";

/// What the recogniser knows: the grammars as JSGF, and the big dictionary cut down to their words,
/// which makes a decoder six times smaller. The cut dictionary lies in memory, as a file without a
/// name, so that nothing is left on disk.
class Vocabulary {
 public:
  /// errors  not_found (dictionary; words it lacks, all of them named), too_large (over 2,000
  ///         phrases or 64 grammars), bad_syntax (a phrase that is not lower-case words), io
  /// cost    one scan of the dictionary, 0.1 s
  static base::Result<Vocabulary> make(const Grammars& grammars,
                                       const std::filesystem::path& dictionary);
  Vocabulary(Vocabulary&& other) noexcept;
  Vocabulary& operator=(Vocabulary&& other) noexcept;
  ~Vocabulary();

  /// A path under which the cut dictionary can be opened while this object lives.
  std::string dictionary_path() const;
  /// Grammar text by name, `any_phones` among them. spec  JSpeech Grammar Format (W3C note 2000)
  const std::map<std::string, std::string>& jsgf() const { return jsgf_; }
  /// `name`, or the grammar of everything when there is no such grammar.
  const std::string& known(const std::string& name) const;
  /// Phones that `text` has, by each word's first pronunciation.
  int phones(const std::string& text) const;
  std::size_t words() const { return phones_.size(); }

 private:
  Vocabulary() = default;
  int fd_ = -1;
  std::map<std::string, std::string> jsgf_;
  std::map<std::string, int, std::less<>> phones_;
};

}  // namespace daedap::engines::pocketsphinx
