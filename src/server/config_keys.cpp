// @table
#include "server/config_keys.hpp"

#include <algorithm>
#include <map>

namespace daedap::server {
namespace {

using Kind = ConfigKey::Kind;
using Texts = std::vector<std::string>;

template <typename Place>
ConfigKey text(std::string path, std::string help, Place place) {
  return {std::move(path), std::move(help), Kind::text, 0, 0, {},
          [place](Config& c, const std::string& t, double, const Texts&) { place(c) = t; }};
}

template <typename Place>
ConfigKey whole(std::string path, std::string help, double least, double most, Place place) {
  return {std::move(path), std::move(help), Kind::whole, least, most, {},
          [place](Config& c, const std::string&, double n, const Texts&) {
            auto& target = place(c);
            target = static_cast<std::remove_reference_t<decltype(target)>>(static_cast<std::int64_t>(n));
          }};
}

template <typename Place>
ConfigKey number(std::string path, std::string help, double least, double most, Place place) {
  return {std::move(path), std::move(help), Kind::number, least, most, {},
          [place](Config& c, const std::string&, double n, const Texts&) { place(c) = n; }};
}

template <typename Place>
ConfigKey flag(std::string path, std::string help, Place place) {
  return {std::move(path), std::move(help), Kind::flag, 0, 0, {},
          [place](Config& c, const std::string& t, double, const Texts&) { place(c) = t == "true"; }};
}

template <typename Place, typename Value>
ConfigKey choice(std::string path, std::string help, std::map<std::string, Value> values, Place place) {
  Texts names;
  for (const auto& [name, value] : values) names.push_back(name);
  return {std::move(path), std::move(help), Kind::choice, 0, 0, std::move(names),
          [place, values](Config& c, const std::string& t, double, const Texts&) { place(c) = values.at(t); }};
}

template <typename Place>
ConfigKey texts(std::string path, std::string help, Place place) {
  return {std::move(path), std::move(help), Kind::texts, 0, 0, {},
          [place](Config& c, const std::string&, double, const Texts& t) { place(c) = t; }};
}

#define AT(member) [](Config& c) -> auto& { return c.member; }

const std::map<std::string, call::Unavailable> unavailable{{"reject", call::Unavailable::reject},
                                                           {"ai", call::Unavailable::ai}};
const std::map<std::string, base::Level> levels{{"debug", base::Level::debug}, {"info", base::Level::info},
                                                {"warn", base::Level::warn}, {"error", base::Level::error}};
const std::map<std::string, std::string> recognisers{{"pocketsphinx", "pocketsphinx"}, {"none", "none"}};

std::vector<ConfigKey> make_keys() {
  return {
      text("state", "folder for the database, recordings and logs", AT(state)),
      choice("log.level", "least level that is logged", levels, AT(log_level)),
      whole("shards", "threads that run calls; 0 = one per core", 0, 64, AT(shards)),
      whole("drain_timeout_s", "how long running calls may finish after SIGTERM", 0, 86'400, AT(drain_timeout)),

      text("sip.bind", "IP address to listen on", AT(sip.bind)),
      whole("sip.port", "UDP and TCP port; 0 = any free one", 0, 65'535, AT(sip.port)),
      flag("sip.tcp", "listen on TCP too", AT(sip.tcp)),
      text("sip.advertised", "IP address that Via and Contact carry, when it is not the bind address", AT(sip.advertised)),
      whole("sip.max_sessions", "calls per shard over which a new one gets 503", 1, 100'000, AT(sip.max_sessions)),
      whole("sip.max_connections", "TCP and TLS connections at once", 1, 100'000, AT(sip.max_connections)),
      text("sip.certificate", "PEM file with the certificate chain, own one first; with sip.key it switches TLS on", AT(sip.certificate)),
      text("sip.key", "PEM file with the certificate's key, without a pass phrase", AT(sip.key)),
      whole("sip.tls_port", "TLS port, used when there is a certificate; 0 = any free one", 0, 65'535, AT(sip.tls_port)),
      text("sip.ca", "PEM file of authorities that vouch for servers we connect to by TLS; empty = the system's", AT(sip.ca)),
      flag("sip.tls_verify", "check the certificates of servers we connect to by TLS", AT(sip.tls_verify)),

      text("media.bind", "IP address of the RTP ports; empty = sip.bind", AT(media.bind)),
      text("media.advertised", "IP address that SDP carries; empty = the one SIP carries", AT(media.advertised)),
      whole("media.first_port", "first RTP port", 1'024, 65'534, AT(media.first_port)),
      whole("media.last_port", "last RTP port", 1'025, 65'535, AT(media.last_port)),
      texts("media.codecs", "what is offered and answered, best first: PCMU, PCMA", AT(call.codecs)),
      whole("media.timeout_s", "a call without any RTP for so long ends; 0 = never", 0, 86'400, AT(call.media_timeout)),

      text("http.bind", "IP address of the API", AT(http.bind)),
      whole("http.port", "port of the API; 0 = any free one", 0, 65'535, AT(http.port)),
      texts("http.tokens", "bearer tokens that may use the API; keep them in the environment", AT(http.tokens)),

      choice("engines.stt", "speech recogniser", recognisers, AT(engines.stt)),
      text("engines.assistant", "YAML file of the scripted assistant; empty = the packaged one", AT(engines.assistant)),
      text("engines.espeak_helper", "the speech synthesiser's program; empty = beside the server", AT(engines.espeak_helper)),
      whole("engines.espeak_processes", "synthesiser processes", 1, 32, AT(engines.espeak_processes)),
      text("engines.model", "folder of the English acoustic model; empty = Debian's", AT(engines.model)),
      whole("engines.workers", "threads that run recognisers; 0 = one per core", 0, 64, AT(engines.workers)),
      whole("engines.max_streams", "AI calls at once", 1, 100'000, AT(engines.max_streams)),
      whole("engines.max_decoders", "callers recognised in the same moment", 1, 1'000, AT(engines.max_decoders)),
      whole("engines.start_timeout_s", "how long a start waits for the engines", 1, 600, AT(engines.start_timeout)),

      text("ai.greeting.ko", "Korean greeting; {operator} is filled in", AT(call.greeting_ko)),
      text("ai.greeting.en", "English greeting; {operator} is filled in", AT(call.greeting_en)),
      whole("ai.ring_ms", "how long it rings before the AI answers", 0, 60'000, AT(call.ring)),
      whole("ai.end_of_turn_ms", "silence after which the caller is answered", 100, 5'000, AT(call.conversation.end_of_turn)),
      whole("ai.barge_in_pause_ms", "caller speech that pauses the assistant", 50, 5'000, AT(call.conversation.barge_in_pause)),
      whole("ai.barge_in_confirm_ms", "caller speech that ends the assistant's turn", 50, 10'000, AT(call.conversation.barge_in_confirm)),
      whole("ai.resume_within_ms", "after a false alarm the assistant goes on within this", 100, 10'000, AT(call.conversation.resume_within)),
      whole("ai.no_input_first_s", "silence until the caller is asked", 3, 600, AT(call.conversation.no_input_first)),
      whole("ai.no_input_again_s", "silence after that until the goodbye", 3, 600, AT(call.conversation.no_input_again)),
      whole("ai.max_call_s", "longest AI call", 10, 86'400, AT(call.conversation.max_call)),
      whole("ai.message_max_s", "longest recorded message", 5, 3'600, AT(call.conversation.message_max)),
      whole("ai.message_silence_ms", "silence that ends a recorded message", 500, 30'000, AT(call.conversation.message_silence)),
      whole("ai.tail_ms", "how long the last words are waited for after hang-up", 0, 10'000, AT(call.conversation.tail)),
      whole("ai.max_failures", "engine failures in a row until a message is taken", 1, 10, AT(call.conversation.max_failures)),
      whole("ai.retry_after_s", "Retry-After of a 503", 0, 3'600, AT(call.retry_after)),
      whole("ai.late.stt_final_ms", "recogniser's final text", 100, 60'000, AT(call.conversation.late.stt_final)),
      whole("ai.late.llm_first_token_ms", "language model's first word", 100, 60'000, AT(call.conversation.late.llm_first_token)),
      whole("ai.late.llm_sentence_ms", "gap between two sentences", 100, 60'000, AT(call.conversation.late.llm_sentence)),
      whole("ai.late.tts_first_audio_ms", "first audio of a sentence", 100, 60'000, AT(call.conversation.late.tts_first_audio)),
      whole("ai.late.tts_gap_ms", "gap within a sentence's audio", 100, 60'000, AT(call.conversation.late.tts_gap)),

      number("vad.threshold", "0..1; higher = less sensitive", 0.05, 0.95, AT(call.conversation.vad.threshold)),
      whole("vad.min_speech_ms", "shorter sounds are no speech", 20, 5'000, AT(call.conversation.vad.min_speech)),
      whole("vad.min_silence_ms", "silence after which speech has stopped", 50, 5'000, AT(call.conversation.vad.min_silence)),

      choice("routing.available", "a call to an operator who is available", unavailable, AT(call.when_available)),
      choice("routing.busy", "a call to an operator who is busy", unavailable, AT(call.when_busy)),
      choice("routing.offline", "a call to an operator who is offline", unavailable, AT(call.when_offline)),

      flag("recording.enabled", "record AI calls", AT(call.record)),
      flag("recording.post_transcription", "transcribe the whole recording once more after the call", AT(post_transcription)),
      flag("debug.calls", "numbers and spoken text may stand in the log", AT(call.debug_calls)),
  };
}

#undef AT

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t swap = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = row[j];
      row[j] = std::min({swap, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> keys = make_keys();
  return keys;
}

std::string nearest_key(std::string_view path) {
  path = path.substr(0, 64);
  std::string best;
  std::size_t least = 4;
  for (const ConfigKey& key : config_keys()) {
    const std::size_t d = edit_distance(path, key.path);
    if (d < least) least = d, best = key.path;
  }
  return best;
}

}  // namespace daedap::server
