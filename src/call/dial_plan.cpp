#include "call/dial_plan.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "sip/uri.hpp"

namespace daedap::call {
namespace {

constexpr std::size_t most_digits = 15;    // ITU-T E.164
constexpr std::size_t least_digits = 7;    // shorter ones are extensions, or services like 112
constexpr std::size_t longest_number = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_separator(char c) { return std::string_view("-. ()/\t").find(c) != std::string_view::npos; }

/// The user part of a SIP or tel URI; other text as it is.
std::string without_scheme(std::string_view text) {
  const auto uri = sip::Uri::parse(text);
  if (!uri || (!uri->is_sip() && !uri->is_tel())) return std::string(text);
  // RFC 3261 §19.1.1: telephone-subscriber parameters stand inside the user part.
  return uri->user.substr(0, uri->user.find(';'));
}

/// "82" and "0 10...": people write +82 (0)10. The trunk prefix has no place in an E.164 number.
std::string from_international(std::string_view digits, const std::string& country_code) {
  std::string out(digits);
  if (digits.starts_with(country_code) && digits.substr(country_code.size()).starts_with('0')) {
    out.erase(country_code.size(), 1);
  }
  return '+' + out;
}

bool fits_e164(std::string_view number) {
  return number.size() > least_digits && number.size() <= most_digits + 1 && number[0] == '+' && number[1] != '0';
}

bool symbol_takes(char symbol, char c) {
  switch (symbol) {
    case 'X': return is_digit(c);
    case 'Z': return c >= '1' && c <= '9';
    case 'N': return c >= '2' && c <= '9';
    default: return symbol == c;
  }
}

bool is_open(std::string_view pattern) { return pattern.ends_with('.') || pattern.ends_with('!'); }

/// Greater = more specific.
std::tuple<std::size_t, std::size_t, bool> weight(std::string_view pattern) {
  const bool open = is_open(pattern);
  if (open) pattern.remove_suffix(1);
  const auto literal = std::count_if(pattern.begin(), pattern.end(), [](char c) { return c != 'X' && c != 'Z' && c != 'N'; });
  return {static_cast<std::size_t>(literal), pattern.size(), !open};
}

}  // namespace

std::string plain_number(std::string_view dialled) {
  dialled = dialled.substr(0, longest_number * 2);
  const std::string bare = without_scheme(dialled);
  std::string out;
  for (const char c : bare) {
    if (!is_separator(c)) out += c;
  }
  const std::string_view digits = std::string_view(out).substr(out.starts_with('+') ? 1 : 0);
  const auto dialable = [](char c) { return is_digit(c) || c == '*' || c == '#'; };
  const bool number = !digits.empty() && out.size() <= longest_number && std::all_of(digits.begin(), digits.end(), dialable);
  return number ? out : bare;
}

std::string Numbers::e164(std::string_view dialled) const {
  const std::string number = plain_number(dialled);
  if (country_code_.empty()) return number;
  const std::string_view digits = std::string_view(number).substr(number.starts_with('+') ? 1 : 0);
  if (!all_digits(digits)) return number;
  std::string out;
  if (number.starts_with('+')) {
    out = from_international(digits, country_code_);
  } else if (number.starts_with("00")) {
    out = from_international(digits.substr(2), country_code_);
  } else if (number.starts_with('0') && number.size() >= least_digits) {
    out = '+' + country_code_ + number.substr(1);
  }
  return fits_e164(out) ? out : number;
}

std::string Numbers::national(std::string_view number) const {
  if (country_code_.empty() || !number.starts_with('+') || !all_digits(number.substr(1))) return std::string(number);
  const auto digits = number.substr(1);
  if (!digits.starts_with(country_code_)) return "00" + std::string(digits);
  return '0' + std::string(digits.substr(country_code_.size()));
}

bool dial_pattern_matches(std::string_view pattern, std::string_view number) {
  const bool open = is_open(pattern);
  const std::size_t more = pattern.ends_with('.') ? 1 : 0;
  if (open) pattern.remove_suffix(1);
  if (open ? number.size() < pattern.size() + more : number.size() != pattern.size()) return false;
  if (!std::equal(pattern.begin(), pattern.end(), number.begin(), symbol_takes)) return false;
  // An open end takes what a telephone can dial, not names: "alice" is no number.
  return std::all_of(number.begin() + static_cast<std::ptrdiff_t>(pattern.size()), number.end(),
                     [](char c) { return is_digit(c) || c == '*' || c == '#'; });
}

const char* dial_pattern_fault(std::string_view pattern) {
  if (pattern.empty()) return "is empty";
  if (pattern.size() > longest_number) return "is longer than 64 characters";
  if (is_open(pattern)) pattern.remove_suffix(1);
  if (pattern.starts_with('+')) pattern.remove_prefix(1);
  const auto fits = [](char c) { return is_digit(c) || std::string_view("XZN*#").find(c) != std::string_view::npos; };
  if (!std::all_of(pattern.begin(), pattern.end(), fits)) {
    return "may hold digits, *, #, X, Z, N, a + in front and a . or ! at the end";
  }
  return nullptr;
}

DialPlan::DialPlan(std::vector<DialRule> rules, std::vector<Trunk> trunks)
    : rules_(std::move(rules)), trunks_(std::move(trunks)) {}

const Trunk* DialPlan::trunk(std::string_view name) const {
  const auto at = std::find_if(trunks_.begin(), trunks_.end(), [&](const Trunk& t) { return t.name == name; });
  return at == trunks_.end() ? nullptr : &*at;
}

const DialRule* DialPlan::best(std::string_view number, const Trunk*& by) const {
  const DialRule* found = nullptr;
  for (const DialRule& rule : rules_) {
    const Trunk* to = trunk(rule.trunk);
    if (to == nullptr || dial_pattern_fault(rule.pattern) != nullptr) continue;
    if (!dial_pattern_matches(rule.pattern, number)) continue;
    if (found != nullptr && weight(rule.pattern) <= weight(found->pattern)) continue;
    found = &rule;
    by = to;
  }
  return found;
}

std::optional<DialResult> DialPlan::find(std::string_view dialled, std::string_view operator_id) const {
  const std::string plain = plain_number(dialled);
  std::vector<std::string> forms{plain};
  for (const Trunk& t : trunks_) {
    const Numbers numbers(t.country_code);
    const std::string e164 = numbers.e164(plain);
    for (const std::string& form : {e164, numbers.national(e164)}) {
      if (std::find(forms.begin(), forms.end(), form) == forms.end()) forms.push_back(form);
    }
  }
  for (const std::string& form : forms) {
    const Trunk* by = nullptr;
    const DialRule* rule = best(form, by);
    if (rule == nullptr) continue;
    const std::size_t strip = std::min(static_cast<std::size_t>(std::max(rule->strip, 0)), form.size());
    const std::string number = rule->prefix + form.substr(strip);
    if (number.empty()) continue;
    return DialResult{by, number, by->caller_id.empty() ? std::string(operator_id) : by->caller_id};
  }
  return std::nullopt;
}

}  // namespace daedap::call
