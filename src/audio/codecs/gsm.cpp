#include "audio/codecs/narrow.hpp"

#include <spandsp/telephony.h>

#include <spandsp/gsm0610.h>

#include <algorithm>
#include <array>

namespace daedap::audio {
namespace {

constexpr std::size_t frame_bytes = 33, frame_length = 160;
constexpr std::uint8_t signature = 0xD;  // the first four bits of each frame

struct Free {
  void operator()(gsm0610_state_t* state) const { gsm0610_free(state); }
};
using State = std::unique_ptr<gsm0610_state_t, Free>;

/// GSM full rate. spec  ETSI EN 300 961, RFC 3551 §4.5.8
class GsmDecoder final : public NarrowDecoder {
 public:
  GsmDecoder() : state_(gsm0610_init(nullptr, GSM0610_PACKING_VOIP)) {}
  void reset() override { gsm0610_init(state_.get(), GSM0610_PACKING_VOIP); }

 private:
  // Whole frames alone; the library reads as far as it writes.
  std::size_t expand(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) override {
    std::size_t n = 0;
    for (; payload.size() >= frame_bytes && n + frame_length <= pcm.size(); n += frame_length) {
      if (payload[0] >> 4 != signature) break;
      gsm0610_decode(state_.get(), pcm.data() + n, payload.data(), static_cast<int>(frame_bytes));
      payload = payload.subspan(frame_bytes);
    }
    return n;
  }
  State state_;
};

class GsmEncoder final : public NarrowEncoder {
 public:
  GsmEncoder() : state_(gsm0610_init(nullptr, GSM0610_PACKING_VOIP)) {}
  void select(CodecId, std::string_view) override {}

 private:
  std::size_t compress(std::span<const std::int16_t> pcm, std::span<std::uint8_t> out) override {
    if (out.size() < frame_bytes) return 0;
    std::array<std::int16_t, frame_length> whole{};
    std::ranges::copy(pcm.first(std::min(pcm.size(), whole.size())), whole.begin());
    return static_cast<std::size_t>(
        gsm0610_encode(state_.get(), out.data(), whole.data(), static_cast<int>(whole.size())));
  }
  State state_;
};

}  // namespace

std::unique_ptr<PayloadDecoder> make_gsm_decoder() { return std::make_unique<GsmDecoder>(); }
std::unique_ptr<PayloadEncoder> make_gsm_encoder() { return std::make_unique<GsmEncoder>(); }

}  // namespace daedap::audio
