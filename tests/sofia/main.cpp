// sofia_phone --address IP --domain HOST:PORT --user U --password P [--codecs PCMA] [--hz 440] ...
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "tests/sofia/phone.hpp"

namespace {

sofia_phone::Settings settings_of(int count, char** words) {
  sofia_phone::Settings s;
  const std::map<std::string, std::function<void(const std::string&)>> options{
      {"--address", [&](auto& v) { s.address = v; }},
      {"--port", [&](auto& v) { s.port = std::atoi(v.c_str()); }},
      {"--domain", [&](auto& v) { s.domain = v; }},
      {"--user", [&](auto& v) { s.user = v; }},
      {"--password", [&](auto& v) { s.password = v; }},
      {"--transport", [&](auto& v) { s.transport = v; }},
      {"--certificates", [&](auto& v) { s.certificates = v; }},
      {"--codecs", [&](auto& v) { s.codecs = v; }},
      {"--hz", [&](auto& v) { s.hz = std::atof(v.c_str()); }},
      {"--expires", [&](auto& v) { s.expires = std::atoi(v.c_str()); }},
      {"--answer-after", [&](auto& v) { s.answer_after_ms = std::atoi(v.c_str()); }},
      {"--reliable", [&](auto& v) { s.reliable = v == "yes"; }},
      {"--timer", [&](auto& v) { s.timer_s = std::atoi(v.c_str()); }},
      {"--refreshes", [&](auto& v) { s.refreshes = v == "yes"; }},
  };
  for (int i = 1; i + 1 < count; i += 2) {
    const auto option = options.find(words[i]);
    if (option == options.end()) {
      std::cerr << "unknown option " << words[i] << '\n';
      std::exit(2);
    }
    option->second(words[i + 1]);
  }
  return s;
}

/// Takes the whole lines that are there now; false when the input has ended.
bool read_lines(std::string& unread, sofia_phone::Phone& phone) {
  std::array<char, 4096> bytes;
  const ssize_t length = read(STDIN_FILENO, bytes.data(), bytes.size());
  if (length == 0) return false;
  if (length > 0) unread.append(bytes.data(), static_cast<std::size_t>(length));
  for (std::size_t end = 0; (end = unread.find('\n')) != std::string::npos; unread.erase(0, end + 1))
    if (!phone.command(unread.substr(0, end))) return false;
  return true;
}

}  // namespace

int main(int count, char** words) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
  try {
    sofia_phone::Phone phone(settings_of(count, words));
    phone.register_account();
    std::string unread;
    while (read_lines(unread, phone)) phone.step();
  } catch (const std::exception& trouble) {
    std::cerr << trouble.what() << '\n';
    return 1;
  }
  return 0;
}
