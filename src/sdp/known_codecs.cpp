#include "sdp/known_codecs.hpp"

#include <array>

#include "sdp/text.hpp"

namespace daedap::sdp {
namespace {

struct Known {
  std::string_view name;
  int payload_type;
  int clock_rate;
  int channels;
  std::string_view fmtp;
};

// Inside all audio is 16 kHz mono, so more bandwidth than that would be sent in vain.
constexpr std::array known{
    Known{"PCMU", 0, 8000, 1, ""},
    Known{"PCMA", 8, 8000, 1, ""},
    Known{"G722", 9, 8000, 1, ""},
    Known{"opus", 107, 48000, 2, "maxplaybackrate=16000;sprop-maxcapturerate=16000;useinbandfec=1;usedtx=1"},
    Known{"GSM", 3, 8000, 1, ""},
};

constexpr auto names = [] {
  std::array<std::string_view, known.size()> all;
  for (std::size_t i = 0; i < known.size(); ++i) all[i] = known[i].name;
  return all;
}();

}  // namespace

std::span<const std::string_view> known_codec_names() { return names; }

std::optional<Codec> known_codec(std::string_view name) {
  for (const Known& one : known) {
    if (!same_word(one.name, name)) continue;
    return Codec{.name = std::string(one.name),
                 .clock_rate = one.clock_rate,
                 .channels = one.channels,
                 .payload_type = one.payload_type,
                 .fmtp = std::string(one.fmtp)};
  }
  return std::nullopt;
}

}  // namespace daedap::sdp
