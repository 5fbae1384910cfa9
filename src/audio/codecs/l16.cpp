#include <algorithm>

#include "audio/codecs/narrow.hpp"
#include "audio/wide_concealment.hpp"

namespace daedap::audio {
namespace {

/// Samples of the payload, most significant byte first; an odd last byte is dropped. Returns how many.
std::size_t read_samples(std::span<const std::uint8_t> payload, std::span<std::int16_t> out) {
  const std::size_t n = std::min(payload.size() / 2, out.size());
  for (std::size_t i = 0; i < n; ++i) {
    out[i] = static_cast<std::int16_t>(static_cast<std::uint16_t>(payload[2 * i] << 8 | payload[2 * i + 1]));
  }
  return n;
}

std::size_t write_samples(std::span<const std::int16_t> pcm, std::span<std::uint8_t> out) {
  const std::size_t n = std::min(pcm.size(), out.size() / 2);
  for (std::size_t i = 0; i < n; ++i) {
    const auto sample = static_cast<std::uint16_t>(pcm[i]);
    out[2 * i] = static_cast<std::uint8_t>(sample >> 8);
    out[2 * i + 1] = static_cast<std::uint8_t>(sample);
  }
  return 2 * n;
}

/// spec  RFC 3551 §4.5.11
class L16NarrowDecoder final : public NarrowDecoder {
 public:
  void reset() override {}

 private:
  std::size_t expand(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) override {
    return read_samples(payload, pcm);
  }
};

class L16NarrowEncoder final : public NarrowEncoder {
 public:
  void select(CodecId, std::string_view) override {}

 private:
  std::size_t compress(std::span<const std::int16_t> pcm, std::span<std::uint8_t> out) override {
    return write_samples(pcm, out);
  }
};

class L16WideDecoder final : public PayloadDecoder {
 public:
  std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> out) override {
    const std::size_t n = read_samples(payload, out);
    concealment_.on_audio(out.first(n));
    return n;
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
  void reset() override {}

 private:
  WideConcealment concealment_;
};

class L16WideEncoder final : public PayloadEncoder {
 public:
  void select(CodecId, std::string_view) override {}
  std::size_t encode(const Frame& frame, std::span<std::uint8_t> out) override { return write_samples(frame, out); }
};

}  // namespace

std::unique_ptr<PayloadDecoder> make_l16_decoder(CodecId id) {
  if (id == CodecId::l16_8000) return std::make_unique<L16NarrowDecoder>();
  return std::make_unique<L16WideDecoder>();
}

std::unique_ptr<PayloadEncoder> make_l16_encoder(CodecId id) {
  if (id == CodecId::l16_8000) return std::make_unique<L16NarrowEncoder>();
  return std::make_unique<L16WideEncoder>();
}

}  // namespace daedap::audio
