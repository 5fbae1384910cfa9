#include "audio/codecs/payload.hpp"

namespace daedap::audio {

std::unique_ptr<PayloadDecoder> make_payload_decoder(CodecId id) {
  switch (id) {
    case CodecId::g722: return make_g722_decoder();
    case CodecId::gsm: return make_gsm_decoder();
    case CodecId::opus: return make_opus_decoder();
    case CodecId::l16_8000:
    case CodecId::l16_16000: return make_l16_decoder(id);
    default: break;
  }
  auto made = make_g711_decoder();
  made->select(id);
  return made;
}

std::unique_ptr<PayloadEncoder> make_payload_encoder(CodecId id) {
  switch (id) {
    case CodecId::g722: return make_g722_encoder();
    case CodecId::gsm: return make_gsm_encoder();
    case CodecId::opus: return make_opus_encoder();
    case CodecId::l16_8000:
    case CodecId::l16_16000: return make_l16_encoder(id);
    default: return make_g711_encoder();
  }
}

}  // namespace daedap::audio
