#include <algorithm>

#include "audio/codecs/narrow.hpp"
#include "audio/g711.hpp"

namespace daedap::audio {
namespace {

Law law_of(CodecId id) { return id == CodecId::pcma ? Law::a : Law::mu; }

/// spec  RFC 3551 §4.5.14
class G711Decoder final : public NarrowDecoder {
 public:
  void select(CodecId id) override { law_ = law_of(id); }
  void reset() override {}  // each byte stands for itself

 private:
  std::size_t expand(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) override {
    decode_g711(law_, payload, pcm);
    return std::min(payload.size(), pcm.size());
  }
  Law law_ = Law::mu;
};

class G711Encoder final : public NarrowEncoder {
 public:
  void select(CodecId id, std::string_view) override { law_ = law_of(id); }

 private:
  std::size_t compress(std::span<const std::int16_t> pcm, std::span<std::uint8_t> out) override {
    encode_g711(law_, pcm, out);
    return std::min(pcm.size(), out.size());
  }
  Law law_ = Law::mu;
};

}  // namespace

std::unique_ptr<PayloadDecoder> make_g711_decoder() { return std::make_unique<G711Decoder>(); }
std::unique_ptr<PayloadEncoder> make_g711_encoder() { return std::make_unique<G711Encoder>(); }

}  // namespace daedap::audio
