#pragma once

#include <array>
#include <deque>
#include <memory>

#include "base/log.hpp"
#include "call/ingest/ingest_desk.hpp"
#include "call/listening.hpp"
#include "call/measures.hpp"
#include "call/pause_log.hpp"
#include "call/switchboard.hpp"

namespace daedap::call {

/// What ingested calls of one shard stand on; all outlive them.
struct IngestSurroundings {
  speech::Stt& stt;
  OpenRecording open_recording;
  base::Log log;
  int shard = 0;
  speech::VoiceDetectors* voice = nullptr;  // null: voice is found by energy
};

/// One call whose two voices come as plain RTP: hears, records and tells of it like any other call. It
/// never sends anything.
/// out     events, appended to what it was given
/// thread  the shard
class IngestCall {
 public:
  IngestCall(const IngestDesk::Began& began, const Settings& settings, const media::IngestTypes& types,
             const IngestSurroundings& around, std::deque<Event>& events);

  void on_datagram(media::Voice voice, std::span<const std::uint8_t> bytes, base::Time now);
  /// No packet comes any more: what waits is played, late words are waited for, then it is over.
  void end(Cause cause, base::Time last, base::Time now);
  void on_tick(base::Time now);

  bool over() const { return state_ == State::over; }
  const Record& record() const { return record_; }
  IngestDesk::Key key() const { return key_; }

 private:
  enum class State : std::uint8_t { running, draining, settling, over };
  /// One voice on its way to the listening and to the recording.
  struct Side final : audio::FrameSink {
    Side(IngestCall& c, const media::IngestTypes& types, Listening::Who w) : call(c), stream(types), who(w) {
      stream.set_sink(this);
    }
    void on_frame(const audio::Frame& frame, const audio::FrameInfo& info) override;
    audio::FrameSink& tape() const;
    IngestCall& call;
    media::IngestStream stream;
    Listening::Who who;
  };
  /// After so long without a packet the recording waits: it must not grow while nobody speaks and the
  /// end is not known yet.
  static constexpr base::Millis tape_pause{2000};
  /// What waits in the play-out buffers is played for at most so long.
  static constexpr base::Millis longest_drain{300};

  bool asleep() const;
  void fill_tape();
  void play(base::Time now);
  void take_turns();
  void tell(SpeakerTurn turn);
  void settle(base::Time now);
  void close();

  // given
  IngestDesk::Key key_;
  Settings settings_;
  std::deque<Event>& events_;
  base::Log log_;
  // owned
  std::unique_ptr<media::Recorder> recorder_;
  Listening listening_;
  Measures measures_;
  PauseLog pauses_;
  std::array<Side, 2> sides_;  // by Voice
  Record record_;
  // state
  State state_ = State::running;
  base::Time began_, ended_{};
  base::Time last_;  // packet
  base::Time now_;
  std::int64_t position_ = 0;
  std::int64_t untaped_ = 0;  // ticks of a long silence that the recording did not get yet
};

}  // namespace daedap::call
