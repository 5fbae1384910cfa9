#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <opus.h>
#include <spandsp/telephony.h>
#include <string>
#include <vector>

#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>
#include <spandsp/g722.h>
#include <spandsp/gsm0610.h>

#include "media/fakes.hpp"

namespace daedap::media::testing {

/// A codec as another program would run it: the libraries themselves, none of our code. 20 ms a call.
struct Wire {
  int rate = 8000;   // of the audio
  int clock = 8000;  // of RTP
  std::function<Bytes(const std::vector<std::int16_t>&)> encode;
  std::function<std::vector<std::int16_t>(std::span<const std::uint8_t>)> decode;
};

inline Wire g711_wire(bool mu) {
  Wire w;
  w.encode = [mu](const auto& pcm) {
    Bytes out;
    for (const std::int16_t s : pcm) out.push_back(mu ? linear_to_ulaw(s) : linear_to_alaw(s));
    return out;
  };
  w.decode = [mu](auto bytes) {
    std::vector<std::int16_t> out;
    for (const std::uint8_t b : bytes) out.push_back(mu ? ulaw_to_linear(b) : alaw_to_linear(b));
    return out;
  };
  return w;
}

inline Wire g722_wire() {
  const std::shared_ptr<g722_encode_state_t> to(g722_encode_init(nullptr, 64000, 0), g722_encode_free);
  const std::shared_ptr<g722_decode_state_t> from(g722_decode_init(nullptr, 64000, 0), g722_decode_free);
  Wire w{.rate = 16000};
  w.encode = [to](const auto& pcm) {
    Bytes out(160);
    out.resize(static_cast<std::size_t>(g722_encode(to.get(), out.data(), pcm.data(), 320)));
    return out;
  };
  w.decode = [from](auto bytes) {
    std::vector<std::int16_t> out(320);
    out.resize(static_cast<std::size_t>(g722_decode(from.get(), out.data(), bytes.data(), static_cast<int>(bytes.size()))));
    return out;
  };
  return w;
}

inline Wire gsm_wire() {
  const std::shared_ptr<gsm0610_state_t> to(gsm0610_init(nullptr, GSM0610_PACKING_VOIP), gsm0610_free);
  const std::shared_ptr<gsm0610_state_t> from(gsm0610_init(nullptr, GSM0610_PACKING_VOIP), gsm0610_free);
  Wire w;
  w.encode = [to](const auto& pcm) {
    Bytes out(33);
    out.resize(static_cast<std::size_t>(gsm0610_encode(to.get(), out.data(), pcm.data(), 160)));
    return out;
  };
  w.decode = [from](auto bytes) {
    std::vector<std::int16_t> out(160);
    out.resize(static_cast<std::size_t>(gsm0610_decode(from.get(), out.data(), bytes.data(), static_cast<int>(bytes.size()))));
    return out;
  };
  return w;
}

/// As a browser has it: 48 kHz.
inline Wire opus_wire(bool dtx = false) {
  const std::shared_ptr<OpusEncoder> to(opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, nullptr), opus_encoder_destroy);
  const std::shared_ptr<OpusDecoder> from(opus_decoder_create(48000, 1, nullptr), opus_decoder_destroy);
  opus_encoder_ctl(to.get(), OPUS_SET_DTX(dtx ? 1 : 0));
  opus_encoder_ctl(to.get(), OPUS_SET_INBAND_FEC(1));
  opus_encoder_ctl(to.get(), OPUS_SET_PACKET_LOSS_PERC(5));
  Wire w{.rate = 48000, .clock = 48000};
  w.encode = [to, dtx](const auto& pcm) {
    Bytes out(1000);
    out.resize(static_cast<std::size_t>(opus_encode(to.get(), pcm.data(), 960, out.data(), 1000)));
    if (dtx && out.size() <= 2) out.clear();
    return out;
  };
  w.decode = [from](auto bytes) {
    std::vector<std::int16_t> out(960);
    out.resize(static_cast<std::size_t>(opus_decode(from.get(), bytes.data(), static_cast<int>(bytes.size()), out.data(), 960, 0)));
    return out;
  };
  return w;
}

inline Wire wire_of(const std::string& name) {
  if (name == "G722") return g722_wire();
  if (name == "GSM") return gsm_wire();
  if (name == "opus") return opus_wire();
  return g711_wire(name == "PCMU");
}

/// A peer that speaks a tone in any codec.
struct WirePeer {
  explicit WirePeer(Wire w, std::uint8_t type) : wire(std::move(w)) { rtp.payload_type = type; }
  /// The next 20 ms; nothing when the codec pauses.
  std::optional<Bytes> packet() {
    const auto n = static_cast<std::size_t>(wire.rate / 50);
    std::vector<std::int16_t> pcm(n);
    for (auto& s : pcm) {
      const double t = static_cast<double>(sample++) / wire.rate;
      s = static_cast<std::int16_t>(std::lround(amplitude * std::sin(2 * std::numbers::pi * hz * t)));
    }
    const Bytes payload = wire.encode(pcm);
    std::optional<Bytes> out;
    if (!payload.empty()) out = rtp.raw(rtp.payload_type, payload);
    rtp.timestamp = rtp.timestamp.plus(wire.clock / 50);
    return out;
  }
  /// Goes on in another codec.
  void change(Wire w, std::uint8_t type) {
    wire = std::move(w);
    rtp.payload_type = type;
    sample = 0;
  }
  Wire wire;
  Peer rtp;
  double hz = 500, amplitude = 8000;
  std::int64_t sample = 0;
};

}  // namespace daedap::media::testing
