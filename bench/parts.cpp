// The pieces of a call, one at a time.
#include <benchmark/benchmark.h>

#include "audio/codec.hpp"
#include "audio/frame.hpp"
#include "audio/resampler.hpp"
#include "media/leg.hpp"
#include "media/srtp.hpp"
#include "rtp/packet.hpp"
#include "sdp/offer_answer.hpp"
#include "sim/voice.hpp"
#include "sip/message.hpp"
#include "speech/vad.hpp"

namespace daedap {
namespace {

const std::string offer =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 8 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n";
const std::string invite =
    "INVITE sip:1001@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhds;rport\r\n"
    "From: \"Customer\" <sip:+821012345678@192.0.2.1>;tag=1928301774\r\nTo: <sip:1001@192.0.2.9>\r\nCall-ID: a84b4c76e66710\r\n"
    "CSeq: 314159 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:customer@192.0.2.1>\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\n"
    "Content-Type: application/sdp\r\nContent-Length: " + std::to_string(offer.size()) + "\r\n\r\n" + offer;

void parse_and_write_invite(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(sip::Message::parse(invite)->write());
}
BENCHMARK(parse_and_write_invite);

void answer_an_offer(benchmark::State& state) {
  sdp::LocalMedia local;
  local.rtp = *base::Address::parse("192.0.2.9:10000");
  local.codecs = {{.name = "PCMU"}, {.name = "PCMA", .payload_type = 8}};
  for (auto _ : state) benchmark::DoNotOptimize(sdp::answer(offer, local));
}
BENCHMARK(answer_an_offer);

std::vector<audio::Frame> frames_of_speech() {
  const auto pcm = sim::speak("good afternoon, I would like to know at what time you are open on Saturday");
  std::vector<audio::Frame> frames(pcm.size() / audio::frame_samples);
  for (std::size_t i = 0; i < frames.size(); ++i)
    std::copy_n(pcm.begin() + static_cast<std::ptrdiff_t>(i * audio::frame_samples), audio::frame_samples, frames[i].begin());
  return frames;
}

constexpr std::string_view wishes = "useinbandfec=1;usedtx=1";

void encode_20_ms(benchmark::State& state) {
  const audio::Codec codec = audio::all_codecs()[static_cast<std::size_t>(state.range(0))];
  const auto frames = frames_of_speech();
  audio::Encoder encoder(codec);
  encoder.select(codec, wishes);
  std::array<std::uint8_t, audio::Encoder::max_payload> payload;
  std::size_t at = 0;
  for (auto _ : state) benchmark::DoNotOptimize(encoder.encode(frames[at++ % frames.size()], payload));
  state.SetLabel(std::string(codec.name));
}
BENCHMARK(encode_20_ms)->DenseRange(0, 4);

void decode_20_ms(benchmark::State& state) {
  const audio::Codec codec = audio::all_codecs()[static_cast<std::size_t>(state.range(0))];
  audio::Encoder encoder(codec);
  encoder.select(codec, "useinbandfec=1");
  std::vector<std::vector<std::uint8_t>> payloads;
  for (const audio::Frame& frame : frames_of_speech()) {
    std::array<std::uint8_t, audio::Encoder::max_payload> payload;
    const std::size_t n = encoder.encode(frame, payload);
    payloads.emplace_back(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(n));
  }
  audio::Decoder decoder(codec);
  audio::Frame out;
  std::size_t at = 0;
  for (auto _ : state) benchmark::DoNotOptimize(decoder.decode(payloads[at++ % payloads.size()], out));
  state.SetLabel(std::string(codec.name));
}
BENCHMARK(decode_20_ms)->DenseRange(0, 4);

void voice_activity_10_ms(benchmark::State& state) {
  const std::vector<std::int16_t> pcm = sim::speak("영업 시간이 어떻게 되나요");
  speech::EnergyDetector detector;
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(detector.probability(std::span<const std::int16_t, speech::half_samples>(pcm.data() + at, speech::half_samples)));
    at = at + 2 * speech::half_samples < pcm.size() ? at + speech::half_samples : 0;
  }
}
BENCHMARK(voice_activity_10_ms);

void resample_20_ms(benchmark::State& state) {
  const int from = static_cast<int>(state.range(0)), to = static_cast<int>(state.range(1));
  const std::vector<std::int16_t> pcm = *audio::resample(sim::speak("영업 시간이 어떻게 되나요"), audio::sample_rate, from);
  const std::size_t block = static_cast<std::size_t>(from) / 50;
  auto resampler = std::move(*audio::Resampler::make(from, to));
  std::vector<std::int16_t> out(resampler.max_output(block));
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(resampler.run(std::span(pcm).subspan(at, block), out));
    at = at + 2 * block <= pcm.size() ? at + block : 0;
  }
}
BENCHMARK(resample_20_ms)->Args({8000, 16000})->Args({16000, 8000})->Args({22050, 16000});

/// 20 ms of G.711 under the suite with that number.
struct SrtpPacket {
  explicit SrtpPacket(std::int64_t suite) {
    base::Random random(base::seeded(1));
    const sdp::CryptoKey key = sdp::make_crypto(random)[static_cast<std::size_t>(suite)];
    send = *media::SrtpStream::make(key, media::SrtpStream::Way::send);
    receive = *media::SrtpStream::make(key, media::SrtpStream::Way::receive);
  }
  std::size_t seal() {
    const std::array<std::uint8_t, 160> payload{};
    const std::size_t size = rtp::write({.seq = seq, .ssrc = 1}, payload, bytes);
    seq = seq.plus(1);
    return send->protect(bytes, size);
  }
  std::unique_ptr<media::SrtpStream> send, receive;
  rtp::Seq seq;
  alignas(8) std::array<std::uint8_t, 512> bytes{};
};

void srtp_protect(benchmark::State& state) {
  SrtpPacket packet(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(packet.seal());
  state.SetLabel(sdp::name(static_cast<sdp::CryptoSuite>(state.range(0))));
}
BENCHMARK(srtp_protect)->DenseRange(0, sdp::suite_count - 1);

void srtp_unprotect(benchmark::State& state) {
  SrtpPacket packet(state.range(0));
  constexpr std::size_t batch = 1024;
  std::vector<std::array<std::uint8_t, 512>> sealed(batch);
  std::size_t at = batch, size = 0;
  for (auto _ : state) {
    if (at == batch) {
      state.PauseTiming();
      for (auto& one : sealed) size = packet.seal(), one = packet.bytes;
      at = 0;
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(packet.receive->unprotect(std::span(sealed[at++]).first(size)));
  }
  state.SetLabel(sdp::name(static_cast<sdp::CryptoSuite>(state.range(0))));
}
BENCHMARK(srtp_unprotect)->DenseRange(0, sdp::suite_count - 1);

}  // namespace
}  // namespace daedap
