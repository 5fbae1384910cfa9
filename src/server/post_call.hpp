#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "audio/wav.hpp"
#include "base/log.hpp"
#include "call/record.hpp"
#include "net/loop.hpp"
#include "server/wall_clock.hpp"
#include "store/recording_disk.hpp"

namespace daedap::server {

/// One piece of a transcript made from the recording.
struct HeardPiece {
  std::int64_t start_ms = 0, end_ms = 0;
  std::string text;
  double confidence = 0;
};
/// Transcribes 16 kHz audio in the given pieces (milliseconds), unless `unwanted` says that nobody waits for
/// it any more; that is asked often. thread  any
using Transcribe = std::function<base::Result<std::vector<HeardPiece>>(
    std::span<const std::int16_t> pcm, const std::vector<std::pair<std::int64_t, std::int64_t>>& pieces,
    const std::string& language, const std::function<bool()>& unwanted)>;

/// What happens after a call that left sound or words: `call.json` and `transcript.json` at once, and when the
/// recording is complete, its customer channel goes through the recogniser once more, without a caller waiting.
/// thread  any; the second transcription runs on a background thread, one call at a time
class PostCall {
 public:
  static constexpr std::size_t longest_queue = 1000;  // over it recordings keep their live transcript

  PostCall(store::RecordingDisk& disk, WallClock& clock, Transcribe transcribe, base::Log log);
  ~PostCall();

  /// Ends the background thread; recordings that complete later keep their live transcript.
  void stop();
  void on_ended(const call::Record& record, WallClock::WallTime started);
  /// The recording of an ended call is complete on disk.
  void on_recorded(const std::string& call_id, const std::filesystem::path& folder);

 private:
  bool stopping();
  void transcribe(const call::Record& record, const std::filesystem::path& folder);

  struct Waiting {
    call::Record record;
    bool ended = false;
    std::optional<std::filesystem::path> folder;
  };
  void begin_if_complete(const std::string& call_id, Waiting& waiting);

  // given
  store::RecordingDisk& disk_;
  WallClock& clock_;
  Transcribe transcribe_;
  base::Log log_;
  // state
  std::mutex mutex_;
  std::map<std::string, Waiting> waiting_;
  bool stopped_ = false;
  // owned
  net::Loop background_;
};

/// Where somebody speaks in 16 kHz audio: [start, end) in milliseconds, by the live voice activity.
std::vector<std::pair<std::int64_t, std::int64_t>> spoken_pieces(std::span<const std::int16_t> pcm, const speech::VadSettings& vad);

}  // namespace daedap::server
