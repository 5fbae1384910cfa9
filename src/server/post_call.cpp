#include "server/post_call.hpp"

#include <fstream>

#include "api/json.hpp"
#include "speech/vad.hpp"

namespace daedap::server {
namespace {

constexpr std::int64_t lead_ms = 300, trail_ms = 200, longest_piece_ms = 14'000;
constexpr std::size_t largest_file = 1ULL << 30;

std::string call_json(const call::Record& record, WallClock::WallTime started) {
  api::CallEntry entry;
  entry.record = record;
  entry.started_unix_ms = started.time_since_epoch().count();
  api::Json j = api::json_of(entry);
  j.erase("recording");
  j.erase("transcript");
  return j.dump(2) + "\n";
}

std::string transcript_json(const call::Record& record, const std::vector<HeardPiece>* pieces) {
  api::CallEntry entry;
  entry.record = record;
  api::Json j{{"call_id", record.call_id}, {"language", record.language}, {"turns", api::json_of(entry)["turns"]}, {"post_call", nullptr}};
  if (pieces) {
    api::Json segments = api::Json::array();
    for (const HeardPiece& p : *pieces)
      segments.push_back({{"speaker", "customer"}, {"start_ms", p.start_ms}, {"end_ms", p.end_ms}, {"text", p.text}, {"confidence", p.confidence}});
    j["post_call"] = {{"segments", segments}};
  }
  return j.dump(2) + "\n";
}

std::vector<std::int16_t> customer_channel(const std::filesystem::path& file) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed || size > largest_file) return {};
  std::ifstream in(file, std::ios::binary);
  std::vector<std::uint8_t> bytes(size);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  const auto wav = audio::decode_wav(bytes);
  return wav && wav->channels == 2 ? wav->channel(0) : std::vector<std::int16_t>{};
}

}  // namespace

std::vector<std::pair<std::int64_t, std::int64_t>> spoken_pieces(std::span<const std::int16_t> pcm, const speech::VadSettings& vad) {
  speech::EnergyDetector detector;
  speech::VoiceActivity activity(vad);
  std::vector<std::pair<std::int64_t, std::int64_t>> pieces;
  const std::int64_t length = static_cast<std::int64_t>(pcm.size()) * 1000 / audio::sample_rate;
  const auto add = [&](base::Time from, base::Time to) {
    std::int64_t start = std::max<std::int64_t>(0, base::to_ms(from.time_since_epoch()) - lead_ms);
    const std::int64_t end = std::min(length, base::to_ms(to.time_since_epoch()) + trail_ms);
    for (; start < end; start += longest_piece_ms) pieces.emplace_back(start, std::min(end, start + longest_piece_ms));
  };
  base::Time heard{};
  for (std::size_t i = 0; i + speech::half_samples <= pcm.size(); i += speech::half_samples) {
    heard += speech::half_time;
    const double p = detector.probability(std::span<const std::int16_t, speech::half_samples>(pcm.data() + i, speech::half_samples));
    if (activity.step(p, heard) == speech::VoiceActivity::Event::stopped) add(activity.start(), activity.last_voiced());
  }
  if (activity.speaking()) add(activity.start(), heard);
  return pieces;
}

PostCall::PostCall(store::RecordingDisk& disk, WallClock& clock, Transcribe transcribe, base::Log log)
    : disk_(disk), clock_(clock), transcribe_(std::move(transcribe)), log_(std::move(log)), background_("post-call", {}, std::chrono::hours{1}) {
  background_.set_urgency(net::Loop::Urgency::background);
  background_.start();
}

PostCall::~PostCall() { stop(); }

void PostCall::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  background_.stop();
  background_.join();
}

void PostCall::on_ended(const call::Record& record, WallClock::WallTime started) {
  // A call that left neither sound nor words is in the database alone; what a crash cut off may have left some.
  // Without a recording the files repeat what the database has: a second's calls share one flush.
  if (record.recorded || !record.turns.empty() || record.cause == call::Cause::killed) {
    const auto sync = record.recorded ? store::Sync::now : store::Sync::later;
    disk_.write_file(record.call_id, started, "call.json", call_json(record, started), sync);
    disk_.write_file(record.call_id, started, "transcript.json", transcript_json(record, nullptr), sync);
  }
  const std::lock_guard lock(mutex_);
  if (!record.recorded || stopped_ || waiting_.size() >= longest_queue) {
    waiting_.erase(record.call_id);
    clock_.forget(record.call_id);
    return;
  }
  Waiting& waiting = waiting_[record.call_id];
  waiting.record = record;
  waiting.ended = true;
  begin_if_complete(record.call_id, waiting);
}

void PostCall::on_recorded(const std::string& call_id, const std::filesystem::path& folder) {
  const std::lock_guard lock(mutex_);
  if (stopped_ || waiting_.size() >= longest_queue) return;
  Waiting& waiting = waiting_[call_id];
  waiting.folder = folder;
  begin_if_complete(call_id, waiting);
}

void PostCall::begin_if_complete(const std::string& call_id, Waiting& waiting) {
  if (!waiting.ended || !waiting.folder) return;
  background_.post("post-call", [this, record = std::move(waiting.record), folder = *waiting.folder] { transcribe(record, folder); });
  waiting_.erase(call_id);
}

void PostCall::transcribe(const call::Record& record, const std::filesystem::path& folder) {
  const WallClock::WallTime started = clock_.started(record.call_id);
  clock_.forget(record.call_id);
  if (!transcribe_) return;
  const std::vector<std::int16_t> pcm = customer_channel(folder / "call.wav");
  std::vector<HeardPiece> heard;
  for (const auto& piece : spoken_pieces(pcm, {})) {
    auto one = transcribe_(pcm, {piece}, record.language, [this] { return stopping(); });
    if (stopping()) return;
    if (!one) {
      if (one.error().code != base::Code::unsupported)
        log_.for_call(record.call_id).warn("post_call_transcription_failed", {{"reason", one.error().message()}});
      return;
    }
    for (HeardPiece& p : *one)
      if (!p.text.empty()) heard.push_back(std::move(p));
  }
  disk_.write_file(record.call_id, started, "transcript.json", transcript_json(record, &heard));
}

bool PostCall::stopping() {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

}  // namespace daedap::server
