#include <opus.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "audio/codecs/payload.hpp"
#include "audio/level.hpp"

namespace daedap::audio {
namespace {

constexpr std::size_t longest = 6 * frame_samples;  // 120 ms
constexpr std::size_t grain = 40;                   // holes are filled in steps of 2.5 ms
// From 2 on it costs three times as much and is not heard in wideband speech.
constexpr int complexity = 1;
constexpr int speech_bit_rate = 24'000, least_bit_rate = 6'000;
// Spare copies want their own share: at this effort the library leaves them out below 30 kbit/s.
constexpr int spare_bit_rate = 8'000;
constexpr int expected_loss = 10;  // per cent
// What is this short stands for silence and need not be sent.
constexpr std::size_t silence_bytes = 2;
constexpr int silence_peak = 100;  // -50 dBFS

struct Free {
  void operator()(OpusDecoder* state) const { opus_decoder_destroy(state); }
  void operator()(OpusEncoder* state) const { opus_encoder_destroy(state); }
};

/// Decodes straight to 16 kHz mono. In a pause of the sender (DTX) the library goes on with comfort
/// noise. spec  RFC 6716, RFC 7587
class OpusReceiver final : public PayloadDecoder {
 public:
  OpusReceiver() : state_(opus_decoder_create(sample_rate, 1, nullptr)) {
    if (!state_) std::abort();  // only memory can lack
  }
  std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> out) override {
    return run(payload, longest, false, out);
  }
  std::size_t conceal(std::span<std::int16_t> out) override {
    return run({}, std::min(out.size(), longest) / grain * grain, false, out);
  }
  std::size_t recover(std::span<const std::uint8_t> next, std::span<std::int16_t> out) override {
    return run(next, std::min(out.size(), longest) / grain * grain, true, out);
  }
  std::size_t rest(std::span<std::int16_t> out) override { return conceal(out); }
  void reset() override { opus_decoder_ctl(state_.get(), OPUS_RESET_STATE); }

 private:
  std::size_t run(std::span<const std::uint8_t> payload, std::size_t samples, bool spare,
                  std::span<std::int16_t> out) {
    if (samples == 0) return 0;
    std::array<std::int16_t, longest> pcm;
    const int made = opus_decode(state_.get(), payload.empty() ? nullptr : payload.data(),
                                 static_cast<opus_int32>(payload.size()), pcm.data(),
                                 static_cast<int>(samples), spare ? 1 : 0);
    const std::size_t n = std::min(static_cast<std::size_t>(std::max(made, 0)), out.size());
    std::copy_n(pcm.begin(), n, out.begin());
    return n;
  }
  std::unique_ptr<OpusDecoder, Free> state_;
};

/// What the peer asked for. spec  RFC 7587 §6.1
struct Wishes {
  bool spare_copies = false, pauses = false, constant_rate = false;
  int bit_rate() const { return std::min(most_, speech_bit_rate + (spare_copies ? spare_bit_rate : 0)); }

  explicit Wishes(std::string_view parameters) {
    while (!parameters.empty()) {
      std::string_view one = parameters.substr(0, parameters.find(';'));
      parameters.remove_prefix(std::min(one.size() + 1, parameters.size()));
      one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
      read(one.substr(0, one.find('=')), one.substr(std::min(one.find('=') + 1, one.size())));
    }
  }

 private:
  void read(std::string_view name, std::string_view value) {
    int number = 0;
    if (std::from_chars(value.data(), value.data() + value.size(), number).ec != std::errc{}) return;
    if (name == "useinbandfec") spare_copies = number == 1;
    if (name == "usedtx") pauses = number == 1;
    if (name == "cbr") constant_rate = number == 1;
    if (name == "maxaveragebitrate") most_ = std::max(number, least_bit_rate);
  }
  int most_ = speech_bit_rate + spare_bit_rate;
};

class OpusSender final : public PayloadEncoder {
 public:
  OpusSender() : state_(opus_encoder_create(sample_rate, 1, OPUS_APPLICATION_VOIP, nullptr)) {
    if (!state_) std::abort();  // only memory can lack
    opus_encoder_ctl(state_.get(), OPUS_SET_COMPLEXITY(complexity));
    opus_encoder_ctl(state_.get(), OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
  }
  void select(CodecId, std::string_view parameters) override {
    const Wishes wishes(parameters);
    pauses_ = wishes.pauses;
    opus_encoder_ctl(state_.get(), OPUS_SET_BITRATE(wishes.bit_rate()));
    opus_encoder_ctl(state_.get(), OPUS_SET_VBR(wishes.constant_rate ? 0 : 1));
    opus_encoder_ctl(state_.get(), OPUS_SET_INBAND_FEC(wishes.spare_copies ? 1 : 0));
    opus_encoder_ctl(state_.get(), OPUS_SET_PACKET_LOSS_PERC(wishes.spare_copies ? expected_loss : 0));
  }
  std::size_t encode(const Frame& frame, std::span<std::uint8_t> out) override {
    // The library takes a steady tone, a beep for one, for silence.
    opus_encoder_ctl(state_.get(), OPUS_SET_DTX(pauses_ && peak(frame) < silence_peak ? 1 : 0));
    const int made = opus_encode(state_.get(), frame.data(), static_cast<int>(frame.size()), out.data(),
                                 static_cast<opus_int32>(out.size()));
    const auto n = static_cast<std::size_t>(std::max(made, 0));
    return pauses_ && n <= silence_bytes ? 0 : n;
  }

 private:
  std::unique_ptr<OpusEncoder, Free> state_;
  bool pauses_ = false;
};

}  // namespace

std::unique_ptr<PayloadDecoder> make_opus_decoder() { return std::make_unique<OpusReceiver>(); }
std::unique_ptr<PayloadEncoder> make_opus_encoder() { return std::make_unique<OpusSender>(); }

}  // namespace daedap::audio
