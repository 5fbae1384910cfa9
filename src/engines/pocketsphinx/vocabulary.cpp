#include "engines/pocketsphinx/vocabulary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

namespace daedap::engines::pocketsphinx {
namespace {

constexpr std::size_t max_grammars = 64, max_phrases = 2000, max_phrase = 200;
constexpr const char* digit_words[] = {"zero", "oh",  "one",   "two",   "three", "four",
                                       "five", "six", "seven", "eight", "nine"};
constexpr const char* phone_names[] = {"AA", "AE", "AH", "AO", "AW", "AY", "B",  "CH", "D",  "DH",
                                       "EH", "ER", "EY", "F",  "G",  "HH", "IH", "IY", "JH", "K",
                                       "L",  "M",  "N",  "NG", "OW", "OY", "P",  "R",  "S",  "SH",
                                       "T",  "TH", "UH", "UW", "V",  "W",  "Y",  "Z",  "ZH"};
using Words = std::set<std::string, std::less<>>;

bool is_phrase(const std::string& phrase) {
  return !phrase.empty() && phrase.size() <= max_phrase && phrase.front() != ' ' &&
         phrase.back() != ' ' && phrase.find("  ") == std::string::npos &&
         std::ranges::all_of(phrase, [](char c) {
           return (c >= 'a' && c <= 'z') || c == ' ' || c == '\'' || c == '-';
         });
}

base::Result<void> check(const Grammars& grammars) {
  std::size_t phrases = 0;
  for (const auto& [name, grammar] : grammars) {
    phrases += grammar.phrases.size();
    if (grammar.phrases.empty() && grammar.digits == 0) {
      return base::fail(base::Code::bad_syntax, "grammar without phrases", name);
    }
    for (const auto& phrase : grammar.phrases) {
      if (!is_phrase(phrase)) {
        return base::fail(base::Code::bad_syntax, "not a phrase of lower-case words", phrase);
      }
    }
  }
  if (grammars.size() > max_grammars || phrases > max_phrases) {
    return base::fail(base::Code::too_large, "too many grammars or phrases");
  }
  if (!grammars.contains(everything)) {
    return base::fail(base::Code::bad_syntax, "no grammar of everything");
  }
  return {};
}

Words words_of(const Grammars& grammars) {
  Words words;
  for (const auto& [name, grammar] : grammars) {
    if (grammar.digits > 0) words.insert(std::begin(digit_words), std::end(digit_words));
    for (const auto& phrase : grammar.phrases) {
      std::istringstream in(phrase);
      for (std::string word; in >> word;) words.insert(word);
    }
  }
  return words;
}

std::string jsgf_of(const Grammar& grammar) {
  std::vector<std::string> choices = grammar.phrases;
  std::string text = "#JSGF V1.0;\ngrammar daedap;\n";
  if (grammar.digits > 0) {
    text += fmt::format("<digit> = {};\n", fmt::join(digit_words, " | "));
    choices.push_back(
        fmt::format("{}", fmt::join(std::vector<std::string>(grammar.digits, "<digit>"), " ")));
  }
  return text + fmt::format("public <said> = {};\n", fmt::join(choices, " | "));
}

/// Each phone as a word of its own (no word of the dictionary begins with "ph_").
std::string phone_words() {
  std::string out;
  for (const char* phone : phone_names) out += fmt::format("ph_{} {}\n", phone, phone);
  return out;
}

std::string phone_loop() {
  return fmt::format("#JSGF V1.0;\ngrammar daedap;\npublic <said> = ( ph_{} )+;\n",
                     fmt::join(phone_names, " | ph_"));
}

/// "record(2) R IH K AO R D" -> "record"
std::string_view word_of(std::string_view line) {
  return line.substr(0, line.find_first_of(" \t("));
}

int phones_in(std::string_view line) {
  return static_cast<int>(std::ranges::count(line, ' '));
}

}  // namespace

base::Result<Vocabulary> Vocabulary::make(const Grammars& grammars,
                                          const std::filesystem::path& dictionary) {
  if (auto ok = check(grammars); !ok) return tl::unexpected(ok.error());
  std::ifstream in(dictionary);
  if (!in) return base::fail(base::Code::not_found, "dictionary", dictionary.string());
  Words missing = words_of(grammars);
  const Words wanted = missing;
  Vocabulary out;
  std::string cut;
  for (std::string line; std::getline(in, line);) {
    const auto word = word_of(line);
    if (!wanted.contains(word)) continue;
    cut.append(line) += '\n';
    out.phones_.emplace(word, phones_in(line));
    if (const auto found = missing.find(word); found != missing.end()) missing.erase(found);
  }
  if (!missing.empty()) {
    return base::fail(base::Code::not_found, "words that the dictionary lacks",
                      fmt::format("{}", fmt::join(missing, ", ")));
  }
  cut += phone_words();
  out.jsgf_.emplace(any_phones, phone_loop());
  for (const auto& [name, grammar] : grammars) out.jsgf_.emplace(name, jsgf_of(grammar));
  out.fd_ = ::memfd_create("daedap-dictionary", MFD_CLOEXEC);
  const bool written = out.fd_ >= 0 && ::write(out.fd_, cut.data(), cut.size()) ==
                                           static_cast<ssize_t>(cut.size());
  if (!written) return base::fail(base::Code::io, "cannot keep the dictionary in memory");
  return out;
}

Vocabulary::Vocabulary(Vocabulary&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      jsgf_(std::move(other.jsgf_)),
      phones_(std::move(other.phones_)) {}

Vocabulary& Vocabulary::operator=(Vocabulary&& other) noexcept {
  std::swap(fd_, other.fd_);
  jsgf_.swap(other.jsgf_);
  phones_.swap(other.phones_);
  return *this;
}

Vocabulary::~Vocabulary() {
  if (fd_ >= 0) ::close(fd_);
}

std::string Vocabulary::dictionary_path() const { return fmt::format("/proc/self/fd/{}", fd_); }

const std::string& Vocabulary::known(const std::string& name) const {
  const auto found = jsgf_.find(name);
  return found != jsgf_.end() ? found->first : jsgf_.find(everything)->first;
}

int Vocabulary::phones(const std::string& text) const {
  int sum = 0;
  std::istringstream in(text);
  for (std::string word; in >> word;) {
    const auto found = phones_.find(word_of(word));
    if (found != phones_.end()) sum += found->second;
  }
  return sum;
}

}  // namespace daedap::engines::pocketsphinx
