#include "audio/codecs/payload.hpp"
#include "audio/wide_concealment.hpp"

#include <spandsp/telephony.h>

#include <spandsp/g722.h>

#include <algorithm>

namespace daedap::audio {
namespace {

constexpr int bit_rate = 64000;

struct Free {
  void operator()(g722_decode_state_t* state) const { g722_decode_free(state); }
  void operator()(g722_encode_state_t* state) const { g722_encode_free(state); }
};

/// G.722 at 64 kbit/s: two samples a byte, at 16 kHz throughout. spec  ITU-T G.722, RFC 3551 §4.5.2
class G722Decoder final : public PayloadDecoder {
 public:
  G722Decoder() : state_(g722_decode_init(nullptr, bit_rate, 0)) {}
  std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> out) override {
    const auto bytes = payload.first(std::min(payload.size(), out.size() / 2));
    const int n = g722_decode(state_.get(), out.data(), bytes.data(), static_cast<int>(bytes.size()));
    const auto made = static_cast<std::size_t>(std::max(n, 0));
    concealment_.on_audio(out.first(made));
    return made;
  }
  std::size_t conceal(std::span<std::int16_t> out) override {
    concealment_.fill(out);
    return out.size();
  }
  std::size_t rest(std::span<std::int16_t> out) override {
    std::ranges::fill(out, std::int16_t{0});
    concealment_.on_audio(out);
    return out.size();
  }
  void reset() override { g722_decode_init(state_.get(), bit_rate, 0); }

 private:
  std::unique_ptr<g722_decode_state_t, Free> state_;
  WideConcealment concealment_;
};

class G722Encoder final : public PayloadEncoder {
 public:
  G722Encoder() : state_(g722_encode_init(nullptr, bit_rate, 0)) {}
  void select(CodecId, std::string_view) override {}
  std::size_t encode(const Frame& frame, std::span<std::uint8_t> out) override {
    if (out.size() < frame.size() / 2) return 0;
    return static_cast<std::size_t>(
        g722_encode(state_.get(), out.data(), frame.data(), static_cast<int>(frame.size())));
  }

 private:
  std::unique_ptr<g722_encode_state_t, Free> state_;
};

}  // namespace

std::unique_ptr<PayloadDecoder> make_g722_decoder() { return std::make_unique<G722Decoder>(); }
std::unique_ptr<PayloadEncoder> make_g722_encoder() { return std::make_unique<G722Encoder>(); }

}  // namespace daedap::audio
