#pragma once

#include <memory>
#include <optional>
#include <string>

#include "audio/frame.hpp"
#include "call/switchboard.hpp"
#include "media/leg.hpp"
#include "media/recorder.hpp"
#include "sdp/offer_answer.hpp"
#include "speech/conversation.hpp"

namespace daedap::call {

/// The AI's end of one call: its RTP port, its conversation, its recording, joined. Hands each
/// received frame to the conversation and to the recorder.
/// in      offers, answers, digits, ticks
/// out     `take_output` of the conversation
/// thread  the shard
class AiLeg final : public audio::FrameSink {
 public:
  /// Opens the media port and the conversation's engine streams; sends nothing yet.
  /// errors  no_port, engine_not_ready, engine_full, engine_failed
  static base::Result<std::unique_ptr<AiLeg>> open(const speech::Settings& conversation, const Settings& settings,
                                                   Surroundings& around, base::Time now);
  ~AiLeg() override;

  /// Whether an offer could be answered, before anything is opened for it. errors  as `answer`
  static base::Result<void> check(std::string_view offer, const Settings& settings);

  /// Our answer to an offer, first or later. errors  bad_syntax, too_large, no_common_codec, unsupported
  base::Result<std::string> answer(std::string_view offer, base::Time now);
  /// Our own offer, for an INVITE without SDP; `on_answer` takes what the ACK brings.
  std::string make_offer();
  base::Result<void> on_answer(std::string_view answer, base::Time now);

  /// The call is accepted and the peer's address known: audio leaves with the next tick.
  void start(base::Time now);
  bool started() const { return started_; }

  void tick_send(base::Time now);
  /// Receives, then gives the conversation its time.
  void tick_receive(base::Time now);
  void on_frame(const audio::Frame& frame, const audio::FrameInfo& info) override;
  void on_digit(char digit, base::Time now);
  /// Telephone events (RFC 4733) of the peer go to `sink`.
  void set_digit_sink(std::function<void(char, base::Time)> sink);
  void say(const std::string& text, base::Time now);

  /// No more audio either way; the recording is closed, the conversation settles.
  void hang_up(base::Time now);
  /// Time for a conversation that settles.
  void settle(base::Time now);
  bool settled() const;
  base::Time deadline() const;
  std::optional<speech::ConversationOutput> take_output();

  /// No packet came for `limit` although the peer may send.
  bool deaf_for(base::Duration limit, base::Time now) const;
  bool recording() const { return recorder_ != nullptr; }
  media::LegStats stats() const;
  std::uint16_t local_port() const;
  /// What was agreed on; nullptr before.
  const sdp::Negotiated* media() const { return agreed_ ? &*agreed_ : nullptr; }

 private:
  AiLeg(const Settings& settings, std::unique_ptr<media::Leg> leg, std::uint64_t session_id);
  void begin(const speech::Settings& conversation, Surroundings& around);
  void agree(sdp::Negotiated media, base::Time now);
  sdp::LocalMedia next_description();

  // given
  const Settings& settings_;
  // owned; the conversation plays through the leg and so goes first
  std::unique_ptr<media::Leg> leg_;
  std::unique_ptr<media::Recorder> recorder_;
  std::unique_ptr<speech::Conversation> conversation_;
  // state
  sdp::LocalMedia local_;
  std::optional<sdp::Negotiated> agreed_;
  base::Time began_{};
  unsigned ticks_ = 0;
  bool started_ = false;
  bool hung_up_ = false;
};

}  // namespace daedap::call
