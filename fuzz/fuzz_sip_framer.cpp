#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "sip/framer.hpp"

using namespace daedap::sip;

namespace {

struct Outcome {
  std::vector<std::string> frames;
  bool broken = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome cut(std::string_view stream, std::size_t step) {
  StreamFramer framer({.message = 4'096});
  Outcome out;
  for (std::size_t i = 0; i < stream.size(); i += step) {
    framer.on_bytes(stream.substr(i, step));
    while (auto frame = framer.take()) out.frames.push_back(frame->ping ? "ping" : frame->message);
    if (framer.buffered() > 4'096 + step) std::abort();
  }
  out.broken = framer.broken();
  return out;
}

}  // namespace

/// The size of the pieces must not show in what comes out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto single = cut(stream, 1);
  if (cut(stream, 1 + data[0]) != single || cut(stream, size) != single) std::abort();
  return 0;
}
