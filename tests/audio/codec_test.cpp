#include "audio/codec.hpp"

#include <gtest/gtest.h>
#include <opus.h>

#include "audio/level.hpp"
#include "audio/sine.hpp"
#include "audio/talk.hpp"

namespace daedap::audio {
namespace {

using testing::encoded;
using testing::frame_at;
using testing::Payload;
using testing::sine;
using testing::sine_snr;

constexpr std::string_view all_wishes = "maxplaybackrate=16000; useinbandfec=1;usedtx=1";

Frame decode(Decoder& decoder, const Payload& payload) {
  Frame out{};
  EXPECT_EQ(decoder.decode(payload, out), frame_samples);
  return out;
}

TEST(Codec, IsFoundByNameWithoutRegardToCase) {
  EXPECT_EQ(make_codec("pcmu")->id, CodecId::pcmu);
  EXPECT_EQ(make_codec("PcMa")->id, CodecId::pcma);
  EXPECT_EQ(make_codec("OPUS")->id, CodecId::opus);
  EXPECT_EQ(make_codec("gsm")->id, CodecId::gsm);
  EXPECT_EQ(make_codec("G722")->id, CodecId::g722);
  EXPECT_EQ(make_codec("G729").error().code, base::Code::unsupported);
  EXPECT_EQ(make_codec("").error().code, base::Code::unsupported);
}

// RFC 3551 §4.5.2, RFC 7587 §4.1
TEST(Codec, RunsItsRtpClockAsItsPayloadFormatSays) {
  for (const Codec& codec : all_codecs()) {
    const int rate = codec.id == CodecId::opus ? 48000 : codec.id == CodecId::l16_16000 ? 16000 : 8000;
    EXPECT_EQ(codec.clock_rate, rate) << codec.name;
    EXPECT_EQ(codec.channels, codec.id == CodecId::opus ? 2 : 1) << codec.name;
  }
}

class EachCodec : public ::testing::TestWithParam<Codec> {};

TEST_P(EachCodec, CarriesASineThereAndBack) {
  const Codec codec = GetParam();
  const auto pcm = sine(1000, sample_rate, 50 * frame_samples);
  Decoder decoder(codec);
  std::vector<std::int16_t> heard;
  for (const Payload& payload : encoded(codec, pcm)) {
    if (codec.frame_payload > 0) {
      ASSERT_EQ(payload.size(), codec.frame_payload);
    }
    const Frame out = decode(decoder, payload);
    heard.insert(heard.end(), out.begin(), out.end());
  }
  const bool waveform = codec.id != CodecId::gsm && codec.id != CodecId::opus;
  EXPECT_GT(sine_snr(std::span(heard).subspan(1600), 1000, sample_rate), waveform ? 30 : 12);
  EXPECT_NEAR(rms_dbfs(std::span(heard).subspan(1600)), rms_dbfs(pcm), waveform ? 0.3 : 1);
}

TEST_P(EachCodec, KeepsWhatLiesAbove4kHzIfItIsWideband) {
  const Codec codec = GetParam();
  const bool wide = codec.id == CodecId::g722 || codec.id == CodecId::opus || codec.id == CodecId::l16_16000;
  const auto pcm = sine(5500, sample_rate, 50 * frame_samples);
  Decoder decoder(codec);
  std::vector<std::int16_t> heard;
  for (const Payload& payload : encoded(codec, pcm)) {
    const Frame out = decode(decoder, payload);
    heard.insert(heard.end(), out.begin(), out.end());
  }
  const auto late = std::span(heard).subspan(8000);
  if (wide) {
    EXPECT_NEAR(rms_dbfs(late), rms_dbfs(pcm), 3);
  } else {
    EXPECT_LT(rms_dbfs(late), rms_dbfs(pcm) - 25);
  }
}

TEST_P(EachCodec, DecodesSilenceAsSilence) {
  Decoder decoder(GetParam());
  for (const Payload& payload : encoded(GetParam(), std::vector<std::int16_t>(50 * frame_samples, 0))) {
    EXPECT_LT(peak(decode(decoder, payload)), 20);
  }
}

TEST_P(EachCodec, ConcealsAHoleAndFadesOut) {
  const auto pcm = sine(150, sample_rate, 20 * frame_samples);
  Decoder decoder(GetParam());
  Frame out;
  for (const Payload& payload : encoded(GetParam(), pcm)) decode(decoder, payload);
  ASSERT_EQ(decoder.conceal(out), frame_samples);
  EXPECT_GT(rms_dbfs(out), rms_dbfs(pcm) - 6);
  EXPECT_GT(sine_snr(out, 150, sample_rate), 3);
  for (int i = 0; i < 14; ++i) decoder.conceal(out);
  EXPECT_LT(rms_dbfs(out), rms_dbfs(pcm) - 30);
}

TEST_P(EachCodec, IsSilentInAHoleBeforeItsFirstPacket) {
  for (int how = 0; how < 3; ++how) {
    Decoder decoder(GetParam());
    Frame out;
    out.fill(99);
    const Payload next{1, 2, 3};
    const std::size_t n = how == 0 ? decoder.conceal(out) : how == 1 ? decoder.rest(out) : decoder.recover(next, out);
    EXPECT_EQ(n, frame_samples);
    EXPECT_EQ(peak(out), 0);
  }
}

TEST_P(EachCodec, RestsWithoutRepeatingThePast) {
  const auto pcm = sine(300, sample_rate, 20 * frame_samples, 12'000);
  Decoder decoder(GetParam());
  for (const Payload& payload : encoded(GetParam(), pcm)) decode(decoder, payload);
  Frame out;
  for (int i = 0; i < 5; ++i) decoder.conceal(out);  // what comes before a pause is known to be one
  for (int i = 0; i < 25; ++i) ASSERT_EQ(decoder.rest(out), frame_samples);
  EXPECT_LT(peak(out), 40);
}

TEST_P(EachCodec, SoundsAfterARestartLikeADecoderThatIsNew) {
  const auto first = encoded(GetParam(), sine(700, sample_rate, 20 * frame_samples, 16'000));
  const auto second = encoded(GetParam(), testing::buzz(20));
  Decoder used(GetParam()), fresh(GetParam());
  for (const Payload& payload : first) decode(used, payload);
  used.restart();
  double off = 0;
  for (std::size_t i = 0; i < second.size(); ++i) {
    const Frame a = decode(used, second[i]), b = decode(fresh, second[i]);
    if (i == 0) continue;  // the resampler still rings
    for (std::size_t k = 0; k < frame_samples; ++k) off = std::max<double>(off, std::abs(a[k] - b[k]));
  }
  EXPECT_LE(off, 2);
}

TEST_P(EachCodec, TakesSeveralFramesInOnePacket) {
  if (GetParam().id == CodecId::opus) return;  // has a framing of its own: below
  const auto pcm = sine(500, sample_rate, 30 * frame_samples);
  const auto parts = encoded(GetParam(), pcm);
  Decoder decoder(GetParam());
  std::vector<std::int16_t> heard;
  for (std::size_t i = 0; i < parts.size(); i += 3) {
    Payload three;
    for (std::size_t k = i; k < i + 3; ++k) three.insert(three.end(), parts[k].begin(), parts[k].end());
    std::array<std::int16_t, Decoder::max_samples> out;
    ASSERT_EQ(decoder.decode(three, out), 3 * frame_samples);
    heard.insert(heard.end(), out.begin(), out.begin() + 3 * frame_samples);
  }
  EXPECT_GT(sine_snr(std::span(heard).subspan(1600), 500, sample_rate), 12);
}

TEST_P(EachCodec, DropsWhatGoesBeyond120Milliseconds) {
  Decoder decoder(GetParam());
  Payload many;
  for (const Payload& one : encoded(GetParam(), testing::buzz(9))) many.insert(many.end(), one.begin(), one.end());
  std::vector<std::int16_t> out(2 * Decoder::max_samples, 7);
  EXPECT_LE(decoder.decode(many, out), Decoder::max_samples);
  EXPECT_EQ(out[Decoder::max_samples], 7);
  EXPECT_LE(decoder.decode(many, std::span(out).first(100)), 100u);
  EXPECT_LE(decoder.conceal(out), Decoder::max_samples);
  EXPECT_EQ(out[Decoder::max_samples], 7);
}

/// Payloads of a working encoder, then spoiled: bits, lengths, pieces of others, plain noise.
TEST_P(EachCodec, SurvivesTenThousandSpoiledPayloads) {
  base::Random random(base::seeded(77));
  const auto below = [&](std::size_t n) { return random.u32() % std::max<std::size_t>(n, 1); };
  const auto good = encoded(GetParam(), testing::buzz(60), "useinbandfec=1");
  Decoder decoder(GetParam());
  std::vector<std::int16_t> out(Decoder::max_samples + 8);
  for (int i = 0; i < 10'000; ++i) {
    Payload bad = good[below(good.size())];
    for (std::size_t n = 1 + below(6); n > 0; --n) {
      switch (below(6)) {
        case 0: bad.resize(below(bad.size() + 1)); break;
        case 1: bad.insert(bad.end(), below(1400), static_cast<std::uint8_t>(random.u32())); break;
        case 2: if (!bad.empty()) bad[0] = static_cast<std::uint8_t>(random.u32()); break;
        case 3: { const Payload& other = good[below(good.size())]; bad.insert(bad.begin() + static_cast<std::ptrdiff_t>(below(bad.size() + 1)), other.begin(), other.end()); break; }
        default: for (std::size_t k = 1 + below(9); k > 0 && !bad.empty(); --k) bad[below(bad.size())] ^= static_cast<std::uint8_t>(1u << below(8)); break;
      }
    }
    bad.resize(std::min<std::size_t>(bad.size(), 1500));
    bad.shrink_to_fit();  // so that a byte too far is noticed
    std::ranges::fill(out, std::int16_t{7});
    const std::size_t room = below(3) == 0 ? below(Decoder::max_samples + 1) : Decoder::max_samples;
    const auto span = std::span(out).first(room);
    const std::size_t n = below(8) == 0 ? decoder.recover(bad, span.first(room / 2 * 2)) : decoder.decode(bad, span);
    ASSERT_LE(n, room);
    ASSERT_EQ(out[room], 7);
    if (below(16) == 0) decoder.conceal(span.first(std::min<std::size_t>(room, frame_samples) / 2 * 2));
    if (below(64) == 0) decoder.restart();
  }
  for (const Payload& payload : good) decode(decoder, payload);
}

INSTANTIATE_TEST_SUITE_P(All, EachCodec, ::testing::ValuesIn(all_codecs().begin(), all_codecs().end()),
                         [](const auto& about) { return std::string(about.param.name); });

// RFC 3551 §4.5.11: network byte order, two's complement.
TEST(Codec, ReadsLinearSamplesMostSignificantByteFirst) {
  Decoder decoder(*make_codec("L16_16000"));
  std::array<std::int16_t, 8> out{};
  EXPECT_EQ(decoder.decode(Payload{0x01, 0x02, 0x80, 0x00, 0xFF, 0xFE, 0x77}, out), 3u);
  EXPECT_EQ(out[0], 0x0102);
  EXPECT_EQ(out[1], -32768);
  EXPECT_EQ(out[2], -2);
  std::array<std::uint8_t, Encoder::max_payload> wire;
  Frame frame{};
  frame[0] = 0x1234;
  frame[1] = -2;
  ASSERT_EQ(Encoder(*make_codec("l16_16000")).encode(frame, wire), 640u);
  EXPECT_EQ((std::vector(wire.begin(), wire.begin() + 4)), (std::vector<std::uint8_t>{0x12, 0x34, 0xFF, 0xFE}));
}

TEST(Codec, ChangesBetweenTheLawsInMidWordWithoutASeam) {
  const Codec mu = *make_codec("PCMU"), a = *make_codec("PCMA");
  Encoder encoder(mu);
  Decoder decoder(mu);
  const auto pcm = sine(1000, sample_rate, 20 * frame_samples);
  std::vector<std::int16_t> heard;
  for (std::size_t i = 0; i < 20; ++i) {
    encoder.select(i % 4 < 2 ? mu : a);
    decoder.select(i % 4 < 2 ? mu : a);
    std::array<std::uint8_t, 160> payload;
    encoder.encode(frame_at(pcm, i), payload);
    Frame out;
    decoder.decode(payload, out);
    heard.insert(heard.end(), out.begin(), out.end());
  }
  EXPECT_GT(sine_snr(std::span(heard).subspan(640), 1000, sample_rate), 30);
}

TEST(Codec, ComesBackToACodecWithoutWhatItKnewOfLongAgo) {
  const Codec g722 = *make_codec("G722"), gsm = *make_codec("GSM");
  const auto loud = encoded(g722, sine(700, sample_rate, 20 * frame_samples, 16'000));
  const auto other = encoded(gsm, testing::buzz(20));
  const auto again = encoded(g722, testing::buzz(20));
  Decoder used(g722), fresh(g722);
  for (const Payload& payload : loud) decode(used, payload);
  used.select(gsm);
  for (const Payload& payload : other) decode(used, payload);
  used.select(g722);
  for (const Payload& payload : again) EXPECT_EQ(decode(used, payload), decode(fresh, payload));
}

TEST(Decoder, TakesOtherPacketTimes) {
  Decoder decoder(*make_codec("PCMU"));
  std::array<std::int16_t, Decoder::max_samples> out;
  for (const std::size_t bytes : {80u, 160u, 240u, 320u, 480u, 960u}) {
    const std::vector<std::uint8_t> payload(bytes, 0xFF);
    EXPECT_EQ(decoder.decode(payload, out), bytes * 2);
  }
}

TEST(Decoder, TakesNoGsmFrameWithoutItsSignature) {
  auto payload = encoded(*make_codec("GSM"), testing::buzz(1)).front();
  Decoder decoder(*make_codec("GSM"));
  Frame out;
  EXPECT_EQ(decoder.decode(payload, out), frame_samples);
  EXPECT_EQ(decoder.decode(std::span(payload).first(32), out), 0u);
  payload[0] = 0x35;
  EXPECT_EQ(decoder.decode(payload, out), 0u);
}

TEST(Opus, RepairsALostPacketFromTheSpareCopyInTheNext) {
  const Codec opus = *make_codec("opus");
  const auto pcm = testing::buzz(100);
  const auto sent = encoded(opus, pcm, all_wishes);
  Decoder whole(opus), repaired(opus), guessed(opus);
  double error_repaired = 0, error_guessed = 0;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const Frame want = decode(whole, sent[i]);
    Frame a, b;
    if (i % 10 == 7) {
      ASSERT_EQ(repaired.recover(sent[i + 1], a), frame_samples);
      guessed.conceal(b);
      for (std::size_t k = 0; k < frame_samples; ++k) {
        error_repaired += std::pow(want[k] - a[k], 2);
        error_guessed += std::pow(want[k] - b[k], 2);
      }
    } else {
      decode(repaired, sent[i]);
      decode(guessed, sent[i]);
    }
  }
  EXPECT_LT(error_repaired, 0.5 * error_guessed);
}

// RFC 7587 §3.1.3: a peer that does not ask for pauses gets none.
TEST(Opus, PausesInSilenceIfThePeerWantsThat) {
  auto pcm = testing::buzz(50);
  pcm.resize(200 * frame_samples, 0);
  const auto with = encoded(*make_codec("opus"), pcm, all_wishes), without = encoded(*make_codec("opus"), pcm);
  const auto empty = [](const Payload& p) { return p.empty(); };
  EXPECT_EQ(std::ranges::count_if(without, empty), 0);
  EXPECT_EQ(std::count_if(with.begin(), with.begin() + 50, empty), 0);
  EXPECT_GT(std::ranges::count_if(with, empty), 100);
  EXPECT_LT(std::ranges::count_if(with, empty), 150);  // now and then a sign of life
}

TEST(Opus, DoesNotTakeASteadyToneForSilence) {
  for (const Payload& p : encoded(*make_codec("opus"), sine(1000, sample_rate, 100 * frame_samples, 3000), all_wishes)) {
    EXPECT_FALSE(p.empty());
  }
}

TEST(Opus, KeepsToTheBitRateThatThePeerAllows) {
  const auto bits = [](std::string_view parameters) {
    std::size_t sum = 0;
    for (const Payload& p : encoded(*make_codec("opus"), testing::buzz(100), parameters)) sum += p.size();
    return sum * 8 / 2;  // of two seconds
  };
  EXPECT_NEAR(static_cast<double>(bits("cbr=1")), 24'000, 500);
  EXPECT_LT(bits("maxaveragebitrate=12000"), 14'500u);
  EXPECT_LT(bits(""), 32'000u);
  EXPECT_NEAR(static_cast<double>(bits("maxaveragebitrate=x;;=;cbr;cbr=1;a=")), 24'000, 500);
}

// What a browser may send: stereo at 48 kHz, 60 ms a packet.
TEST(Opus, TakesStereoOf48KilohertzInPacketsOf60Milliseconds) {
  struct Free {
    void operator()(OpusEncoder* e) const { opus_encoder_destroy(e); }
  };
  const std::unique_ptr<OpusEncoder, Free> encoder(opus_encoder_create(48000, 2, OPUS_APPLICATION_AUDIO, nullptr));
  Decoder decoder(*make_codec("opus"));
  std::vector<std::int16_t> heard;
  for (int i = 0; i < 20; ++i) {
    const auto mono = sine(500, 48000, 2880, 8000, i * 2880);
    std::vector<std::int16_t> stereo;
    for (const std::int16_t s : mono) stereo.insert(stereo.end(), 2, s);
    Payload packet(1400);
    packet.resize(static_cast<std::size_t>(opus_encode(encoder.get(), stereo.data(), 2880, packet.data(), 1400)));
    std::array<std::int16_t, Decoder::max_samples> out;
    ASSERT_EQ(decoder.decode(packet, out), 3 * frame_samples);
    heard.insert(heard.end(), out.begin(), out.begin() + 3 * frame_samples);
  }
  EXPECT_GT(sine_snr(std::span(heard).subspan(3200), 500, sample_rate), 25);
  EXPECT_NEAR(rms_dbfs(std::span(heard).subspan(3200)), rms_dbfs(sine(500, 48000, 4800)), 0.5);
}

}  // namespace
}  // namespace daedap::audio
