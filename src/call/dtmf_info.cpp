#include "call/dtmf_info.hpp"

#include <cctype>
#include <string>

namespace daedap::call {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

/// A key by its sign, or by its event number as some gateways write it ("10" = *, "11" = #).
std::optional<char> key(std::string_view text) {
  text = trim(text);
  if (text == "10") return '*';
  if (text == "11") return '#';
  if (text.size() != 1) return std::nullopt;
  const char c = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  if (std::string_view("0123456789*#ABCD").find(c) == std::string_view::npos) return std::nullopt;
  return c;
}

std::optional<char> key_of_relay(std::string_view body) {
  while (!body.empty()) {
    const auto end = body.find_first_of("\r\n");
    const std::string_view line = body.substr(0, end);
    body = end == std::string_view::npos ? std::string_view{} : body.substr(end + 1);
    const auto equals = line.find('=');
    if (equals != std::string_view::npos && lower(trim(line.substr(0, equals))) == "signal")
      return key(line.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace

std::optional<char> digit_of_info(std::string_view content_type, std::string_view body) {
  if (body.size() > 256) return std::nullopt;
  const std::string type = lower(trim(content_type.substr(0, content_type.find(';'))));
  if (type == "application/dtmf-relay") return key_of_relay(body);
  if (type == "application/dtmf") return key(body);
  return std::nullopt;
}

}  // namespace daedap::call
