// @table
#include "server/config_keys.hpp"

#include <algorithm>
#include <map>
#include <sstream>

namespace daedap::server {
namespace {

using Kind = ConfigKey::Kind;
using Texts = std::vector<std::string>;

std::string shown(const Texts& values) {
  std::string all;
  for (const std::string& one : values) all += (all.empty() ? "" : ", ") + one;
  return '[' + all + ']';
}

std::string shown(double n) {
  std::ostringstream out;
  out << n;
  return out.str();
}

template <typename T>
std::string shown_whole(const T& value) {
  if constexpr (requires { value.count(); }) return std::to_string(value.count());
  else return std::to_string(value);
}

template <typename Place>
ConfigKey text(std::string path, std::string help, Place place) {
  return {std::move(path), std::move(help), Kind::text, 0, 0, {},
          [place](Config& c, const std::string& t, double, const Texts&) { place(c) = t; },
          [place](Config& c) { return std::string(place(c)); }};
}

template <typename Place>
ConfigKey whole(std::string path, std::string help, double least, double most, Place place) {
  return {std::move(path), std::move(help), Kind::whole, least, most, {},
          [place](Config& c, const std::string&, double n, const Texts&) {
            auto& target = place(c);
            target = static_cast<std::remove_reference_t<decltype(target)>>(static_cast<std::int64_t>(n));
          },
          [place](Config& c) { return shown_whole(place(c)); }};
}

template <typename Place>
ConfigKey number(std::string path, std::string help, double least, double most, Place place) {
  return {std::move(path), std::move(help), Kind::number, least, most, {},
          [place](Config& c, const std::string&, double n, const Texts&) { place(c) = n; },
          [place](Config& c) { return shown(place(c)); }};
}

template <typename Place>
ConfigKey flag(std::string path, std::string help, Place place) {
  return {std::move(path), std::move(help), Kind::flag, 0, 0, {},
          [place](Config& c, const std::string& t, double, const Texts&) { place(c) = t == "true"; },
          [place](Config& c) { return std::string(place(c) ? "true" : "false"); }};
}

template <typename Place, typename Value>
ConfigKey choice(std::string path, std::string help, std::map<std::string, Value> values, Place place) {
  Texts names;
  for (const auto& [name, value] : values) names.push_back(name);
  return {std::move(path), std::move(help), Kind::choice, 0, 0, std::move(names),
          [place, values](Config& c, const std::string& t, double, const Texts&) { place(c) = values.at(t); },
          [place, values](Config& c) {
            const auto at = std::ranges::find(values, place(c), &std::pair<const std::string, Value>::second);
            return at == values.end() ? std::string() : at->first;
          }};
}

template <typename Place>
ConfigKey texts(std::string path, std::string help, Place place) {
  return {std::move(path), std::move(help), Kind::texts, 0, 0, {},
          [place](Config& c, const std::string&, double, const Texts& t) { place(c) = t; },
          [place](Config& c) { return shown(place(c)); }};
}

#define AT(member) [](Config& c) -> auto& { return c.member; }

const std::map<std::string, call::Fallback> fallbacks{
    {"ai", call::Fallback::ai}, {"reject", call::Fallback::reject}, {"forward", call::Fallback::forward}};
const std::map<std::string, call::Queue::Strategy> strategies{{"ring_all", call::Queue::Strategy::ring_all},
                                                              {"longest_idle", call::Queue::Strategy::longest_idle},
                                                              {"round_robin", call::Queue::Strategy::round_robin}};
const std::map<std::string, call::Queue::Overflow> overflows{{"ai", call::Queue::Overflow::ai},
                                                             {"reject", call::Queue::Overflow::reject}};
const std::map<std::string, call::TransferSummary> summaries{{"off", call::TransferSummary::off},
                                                            {"displayed", call::TransferSummary::displayed},
                                                            {"spoken", call::TransferSummary::spoken},
                                                            {"both", call::TransferSummary::both}};
const std::map<std::string, std::string> languages{{"ko", "ko"}, {"en", "en"}};
const std::map<std::string, std::string> trunk_srtp{{"off", "off"}, {"optional", "optional"}, {"required", "required"}};
const std::map<std::string, sip::DigestOffer> digests{{"md5", sip::DigestOffer::md5}, {"sha256", sip::DigestOffer::sha256},
                                                      {"both", sip::DigestOffer::both}};
const std::map<std::string, base::Level> levels{{"debug", base::Level::debug}, {"info", base::Level::info},
                                                {"warn", base::Level::warn}, {"error", base::Level::error}};
const std::map<std::string, sdp::SrtpPolicy> srtp_policies{{"off", sdp::SrtpPolicy::off},
                                                           {"optional", sdp::SrtpPolicy::optional},
                                                           {"required", sdp::SrtpPolicy::required}};
const std::map<std::string, std::string> detectors{{"auto", "auto"}, {"energy", "energy"}};
const std::map<std::string, std::string> bands{{"wide", "wide"}, {"narrow", "narrow"}};
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
      text("sip.realm", "realm of the phones' passwords; another one makes all of them invalid", AT(sip.realm)),
      choice("sip.digest", "how phones prove their password: both (telephones known to fail on it get md5 alone), md5, sha256",
             digests, AT(sip.digest)),
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
      text("media.hold_music", "WAV file for callers who wait; empty = the packaged one", AT(media.hold_music)),
      texts("media.codecs", "what is offered and answered, best first: PCMU, PCMA, G722, opus, GSM", AT(call.codecs)),
      choice("media.srtp", "encryption (SDES): off, when the other side offers it, or always", srtp_policies, AT(call.srtp)),
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
      text("ai.transfer_to", "operator or number that the assistant connects callers with; empty = nobody", AT(call.transfer_to)),
      choice("ai.transfer_summary", "how that person learns what the caller said: on the display, by a few words before both are joined",
             summaries, AT(call.transfer_summary)),
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

      choice("vad.detector", "auto: the network where its file is (daedap models), else energy", detectors, AT(voice.detector)),
      text("vad.model", "file of the network, .onnx or .safetensors; empty = the one that daedap models keeps", AT(voice.model)),
      choice("vad.band", "which network of a file with both: wide (16 kHz) hears better, narrow (8 kHz) costs two thirds", bands, AT(voice.band)),
      number("vad.threshold", "0..1; higher = less sensitive", 0.05, 0.95, AT(call.conversation.vad.threshold)),
      whole("vad.min_speech_ms", "shorter sounds are no speech", 20, 5'000, AT(call.conversation.vad.min_speech)),
      whole("vad.min_silence_ms", "silence after which speech has stopped", 50, 5'000, AT(call.conversation.vad.min_silence)),

      number("turn.theta", "how sure the server is before it answers: 0.95 = one pause of twenty is talked into; higher waits longer", 0.5, 0.99, AT(call.conversation.turn.theta)),
      number("turn.eager", "how likely the caller has finished when the language model is asked ahead, unheard; lower asks sooner and more often in vain; 1 = never", 0.5, 1, AT(call.conversation.turn.eager)),
      text("turn.rules", "folder of the rules that tell from words whether a turn is finished (ko.rules, en.rules); empty = the packaged one", AT(turn_rules)),
      text("turn.weights", "file that daedap turns fit has made: how much words, voice, context and habit count, and how long pauses are; empty = as designed", AT(turn_weights)),
      flag("turn.pause_log", "keep every pause of a call with what was known of it, for daedap turns fit and replay; words only where the call is recorded", AT(call.conversation.turn.keep_pauses)),

      whole("routing.no_answer_timeout_s", "how long an operator's phones ring", 1, 300, AT(call.no_answer)),
      choice("routing.no_answer", "what takes a call that rang so long; an operator's own choice wins", fallbacks,
             AT(call.on_miss[static_cast<std::size_t>(call::Miss::no_answer)])),
      choice("routing.busy", "what takes a call to an operator who is busy", fallbacks,
             AT(call.on_miss[static_cast<std::size_t>(call::Miss::busy)])),
      choice("routing.declined", "what takes a call that the operator declined", fallbacks,
             AT(call.on_miss[static_cast<std::size_t>(call::Miss::declined)])),
      choice("routing.unregistered", "what takes a call to an operator without a phone", fallbacks,
             AT(call.on_miss[static_cast<std::size_t>(call::Miss::unregistered)])),

      flag("recording.enabled", "record calls", AT(call.record)),
      flag("recording.bridged", "record calls between people too", AT(call.record_bridged)),
      flag("listener.enabled", "hear both speakers of calls between people: their words, and when each has finished", AT(call.listen)),
      flag("recording.post_transcription", "transcribe the whole recording once more after the call", AT(post_transcription)),
      flag("events.extended", "events carry seq, language, wait_ms, silence_ms and reasons too", AT(events.extended)),
      whole("events.max_outbox_mb", "events that wait for consumers; over it the oldest calls are given up", 1, 1'000'000, AT(events.max_outbox_mb)),
      whole("events.max_age_h", "events that nobody took for so long are given up", 1, 8'760, AT(events.max_age)),
      whole("events.forget_after_h", "how long events are kept for a consumer that is no longer in events.urls", 1, 8'760, AT(events.forget_after)),

      flag("ingest.enabled", "hear calls that come as plain RTP; AICC_CUSTOMER_PORT or AICC_AGENT_PORT switches it on too",
           AT(ingest.enabled)),
      text("ingest.bind", "IP address of the two ports; empty = media.bind", AT(ingest.bind)),
      whole("ingest.customer_port", "UDP port for customers' voices; 0 = any free one", 0, 65'535, AT(ingest.customer_port)),
      whole("ingest.agent_port", "UDP port for agents' voices; 0 = any free one", 0, 65'535, AT(ingest.agent_port)),
      texts("ingest.allow", "IP addresses or networks that may send; empty = everybody", AT(ingest.allow)),
      whole("ingest.l16_8000_type", "payload type of linear samples at 8 kHz (PCMU is 0, PCMA is 8)", 1, 127, AT(ingest.types.l16_8000)),
      whole("ingest.l16_16000_type", "payload type of linear samples at 16 kHz", 1, 127, AT(ingest.types.l16_16000)),
      choice("ingest.language", "what is spoken, where neither order nor line says", languages, AT(ingest.language)),
      whole("ingest.silence_s", "a call without a packet for so long is over", 2, 3'600, AT(ingest.silence)),
      whole("ingest.pair_within_ms", "a customer's and an agent's stream that begin so near to each other may be one call", 0, 60'000,
            AT(ingest.pair_within)),
      whole("ingest.claim_within_s", "a call that was ordered and whose streams do not begin within this is forgotten", 1, 86'400,
            AT(ingest.claim_within)),
      whole("ingest.max_calls", "calls at once", 1, 10'000, AT(ingest.most_calls)),

      flag("debug.calls", "numbers and spoken text may stand in the log", AT(call.debug_calls)),
  };
}

template <typename Member>
ConfigList list(std::string path, std::string help, Member member, std::vector<ConfigKey> fields, Texts required) {
  return {std::move(path), std::move(help), [member](Config& c) { member(c).emplace_back(); }, std::move(fields), std::move(required)};
}

ConfigList trunk_list() {
  return list("trunks", "providers that bring customers' calls and take ours", AT(trunks), {
      text("name", "what routes and figures call it", AT(trunks.back().name)),
      texts("servers", "host, host:port or SIP URI, best first: sip.example.com, sip:192.0.2.9:5080;transport=tcp", AT(trunks.back().servers)),
      text("user", "of our account there; empty = no account", AT(trunks.back().user)),
      text("password", "of our account there, best from the environment; LINPHONE_PASSWORD fills an empty one: of the trunk at sip.linphone.org, else of the first trunk with a user", AT(trunks.back().password)),
      text("domain", "of From and To; empty = the host of the first server", AT(trunks.back().domain)),
      flag("registers", "we register there, and calls come by that registration", AT(trunks.back().registers)),
      whole("expires_s", "how long a registration is asked for", 60, 86'400, AT(trunks.back().expires)),
      texts("inbound_from", "IP addresses or networks whose calls are this trunk's: 192.0.2.0/24", AT(trunks.back().inbound_from)),
      text("inbound_to", "operator or queue for numbers that mean nobody here; empty = 404", AT(trunks.back().inbound_to)),
      text("caller_id", "number shown for our calls; empty = the operator's id", AT(trunks.back().caller_id)),
      text("country_code", "for numbers with +; empty = numbers go as they are dialled", AT(trunks.back().country_code)),
      choice("srtp", "encrypted audio to this trunk", trunk_srtp, AT(trunks.back().srtp)),
  }, {"name", "servers"});
}

ConfigList route_list() {
  return list("routes", "which trunk takes a number that an operator dials; the first that matches counts", AT(routes), {
      text("pattern", "digits, X = any digit, Z = 1-9, N = 2-9; at the end . = one or more, ! = zero or more", AT(routes.back().pattern)),
      text("trunk", "name of the trunk", AT(routes.back().trunk)),
      whole("strip", "leading characters taken off", 0, 32, AT(routes.back().strip)),
      text("prefix", "then put in front", AT(routes.back().prefix)),
  }, {"pattern", "trunk"});
}

ConfigList queue_list() {
  return list("queues", "numbers that ring a group of operators", AT(queues), {
      text("number", "what is dialled", AT(queues.back().number)),
      text("name", "name as it is spoken", AT(queues.back().name)),
      choice("language", "language of the announcements", languages, AT(queues.back().language)),
      choice("strategy", "who rings first", strategies, AT(queues.back().strategy)),
      texts("members", "operators' ids", AT(queues.back().members)),
      whole("ring_s", "how long one member rings, or all of them", 3, 300, AT(queues.back().ring)),
      whole("longest_wait_s", "after which the overflow takes the call", 5, 7'200, AT(queues.back().longest_wait)),
      whole("announce_s", "between two announcements of the position; 0 = none", 0, 600, AT(queues.back().announce)),
      whole("most_waiting", "over it the overflow takes the call at once", 1, 1'000, AT(queues.back().most_waiting)),
      choice("overflow", "what takes calls that waited too long or are too many", overflows, AT(queues.back().overflow)),
  }, {"number", "members"});
}

ConfigList event_list() {
  return list("events.urls", "WebSocket servers that are told what is said in calls", AT(events.urls), {
      text("url", "ws:// or wss:// with host, port, path and query", AT(events.urls.back().url)),
      text("token", "bearer token, best from the environment", AT(events.urls.back().token)),
      texts("headers", "further ones of the upgrade request: \"Name: value\"", AT(events.urls.back().headers)),
      text("ca", "PEM file of authorities that vouch for this server; empty = the system's", AT(events.urls.back().ca)),
  }, {"url"});
}

ConfigList ingest_list() {
  return list("ingest.lines", "who talks on streams from known addresses", AT(ingest_lines), {
      text("customer_from", "IP address or network of the customers' streams", AT(ingest_lines.back().customer_from)),
      text("agent_from", "IP address or network of the agent's streams", AT(ingest_lines.back().agent_from)),
      text("customer_number", "empty = unknown", AT(ingest_lines.back().customer_number)),
      text("agent_id", "empty = unknown", AT(ingest_lines.back().agent_id)),
      choice("language", "of the call", languages, AT(ingest_lines.back().language)),
  }, {});
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

/// The word nearest to `asked` by edit distance, empty when none is near.
std::string nearest(std::string_view asked, const std::vector<ConfigKey>& keys, std::size_t farthest) {
  asked = asked.substr(0, 64);
  std::string best;
  std::size_t least = farthest + 1;
  for (const ConfigKey& key : keys) {
    const std::size_t d = edit_distance(asked, key.path);
    if (d < least) least = d, best = key.path;
  }
  return best;
}

}  // namespace

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> keys = make_keys();
  return keys;
}

const std::vector<ConfigList>& config_lists() {
  static const std::vector<ConfigList> lists{trunk_list(), route_list(), queue_list(), event_list(), ingest_list()};
  return lists;
}

std::string nearest_key(std::string_view path) {
  for (const ConfigList& list : config_lists())
    if (edit_distance(path.substr(0, 64), list.path) <= 2) return list.path;
  return nearest(path, config_keys(), 3);
}

std::string nearest_field(const ConfigList& list, std::string_view name) { return nearest(name, list.fields, 3); }

}  // namespace daedap::server
