#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "audio/resampler.hpp"
#include "audio/wav.hpp"
#include "base/utf8.hpp"
#include "server/commands/commands.hpp"
#include "server/place_call.hpp"
#include "server/spoken.hpp"

namespace daedap::server {
namespace {

constexpr std::size_t max_wav = 64 << 20;
volatile std::sig_atomic_t interrupted = 0;

struct CallOptions {
  std::string uri, user, password, record, language, ca;
  std::vector<std::string> say, play, dtmf;
  std::vector<int> wait_s;
  int quiet_ms = 1200;
  bool json = false, quiet = false, insecure = false;
  sdp::SrtpPolicy srtp = sdp::SrtpPolicy::off;
};

base::Result<std::vector<std::int16_t>> load_wav(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<std::uint8_t> bytes;
  if (in) bytes.assign(std::istreambuf_iterator<char>(in), {});
  if (!in || bytes.size() > max_wav) return base::fail(base::Code::io, "cannot read the WAV file", path);
  auto wav = audio::decode_wav(bytes);
  if (!wav) return tl::unexpected(wav.error());
  return audio::resample(wav->mono(), wav->rate, audio::sample_rate);
}

bool is_korean(const std::string& text) {
  return std::ranges::any_of(base::to_utf32(text), [](char32_t c) { return c >= 0xAC00 && c <= 0xD7A3; });
}

std::string language_of(const CallOptions& options) {
  if (!options.language.empty()) return options.language;
  if (options.say.empty()) return "";
  return is_korean(options.say.front()) ? "ko" : "en";
}

/// The steps in the order in which the options stand on the command line. A greeting is listened to first,
/// unless waiting comes first: somebody who never speaks would be listened to for half a minute.
base::Result<std::vector<call::Step>> steps_of(const CallOptions& options, const std::vector<std::string>& order) {
  const call::Listen listen{base::Millis{options.quiet_ms}, base::Millis{30'000}};
  const auto acts = [](const std::string& name) { return name == "--say" || name == "--play" || name == "--dtmf" || name == "--wait"; };
  const auto first = std::ranges::find_if(order, acts);
  std::vector<call::Step> steps;
  if (first == order.end() || *first != "--wait") steps.push_back(listen);
  std::size_t said = 0, played = 0, keyed = 0, waited = 0;
  Speaker speaker;
  for (const std::string& name : order) {
    if (name == "--say") {
      const std::string& text = options.say[said++];
      auto pcm = speaker.speak(text, is_korean(text) ? "ko" : "en");
      if (!pcm) return tl::unexpected(pcm.error());
      steps.push_back(call::Speak{std::move(*pcm), text});
      steps.push_back(listen);
    } else if (name == "--play") {
      const std::string& path = options.play[played++];
      auto pcm = load_wav(path);
      if (!pcm) return tl::unexpected(pcm.error());
      steps.push_back(call::Speak{std::move(*pcm), path});
      steps.push_back(listen);
    } else if (name == "--dtmf") {
      steps.push_back(call::PressKeys{options.dtmf[keyed++]});
      steps.push_back(listen);
    } else if (name == "--wait") {
      steps.push_back(call::Wait{std::chrono::seconds{options.wait_s[waited++]}});
    }
  }
  return steps;
}

bool write_wav(const std::string& path, const std::vector<std::int16_t>& pcm) {
  const std::vector<std::uint8_t> bytes = audio::write_wav(audio::sample_rate, 1, pcm);
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return static_cast<bool>(out);
}

nlohmann::ordered_json json_of(const call::TestReport& r, const std::string& heard) {
  nlohmann::ordered_json j{{"answered", r.answered}, {"code", r.code}, {"cause", r.cause}};
  j["ringing_ms"] = r.ringing_ms ? nlohmann::json(*r.ringing_ms) : nullptr;
  j["setup_ms"] = r.setup_ms ? nlohmann::json(*r.setup_ms) : nullptr;
  j["duration_ms"] = r.duration_ms;
  j["heard"] = heard;
  j["turns"] = nlohmann::json::array();
  for (const call::TestTurn& turn : r.turns)
    j["turns"].push_back({{"said", turn.said},
                          {"response_ms", turn.response_ms ? nlohmann::json(*turn.response_ms) : nullptr},
                          {"answer_ms", turn.answer_ms}});
  j["packets_sent"] = r.media.packets_sent;
  j["packets_received"] = r.media.packets_received;
  j["packets_lost"] = r.media.packets_lost;
  j["jitter_ms"] = r.media.jitter_ms;
  j["srtp"] = r.srtp.empty() ? nlohmann::json(nullptr) : nlohmann::json(r.srtp);
  if (r.retry_after) j["retry_after_s"] = *r.retry_after;
  return j;
}

void print(const call::TestReport& r, const std::string& heard, bool quiet) {
  if (!r.answered) {
    std::printf("Not answered: %d (%s)\n", r.code, r.cause.c_str());
    if (r.retry_after) std::printf("The server says: try again in %d s\n", *r.retry_after);
    return;
  }
  std::printf("Answered in %lld ms; talked %.1f s; ended: %s\n", static_cast<long long>(r.setup_ms.value_or(0)),
              static_cast<double>(r.duration_ms) / 1000, r.cause.c_str());
  for (const call::TestTurn& turn : r.turns) {
    std::printf("  said \"%s\"\n", turn.said.c_str());
    if (turn.response_ms)
      std::printf("    answer began after %lld ms and lasted %.1f s\n", static_cast<long long>(*turn.response_ms),
                  static_cast<double>(turn.answer_ms) / 1000);
    else std::printf("    no answer\n");
  }
  if (!quiet && !heard.empty()) std::printf("  heard (rough): %s\n", heard.c_str());
  if (!r.srtp.empty()) std::printf("Encrypted: %s\n", r.srtp.c_str());
  std::printf("Packets: %llu sent, %llu received, %llu lost, jitter %.1f ms\n", static_cast<unsigned long long>(r.media.packets_sent),
              static_cast<unsigned long long>(r.media.packets_received), static_cast<unsigned long long>(r.media.packets_lost),
              r.media.jitter_ms);
}

int run(const CallOptions& options, const std::vector<std::string>& order) {
  auto steps = steps_of(options, order);
  if (!steps) {
    std::cerr << "daedap call: " << steps.error().message() << "\n";
    return exit_failed;
  }
  std::signal(SIGINT, [](int) { interrupted = 1; });
  std::signal(SIGTERM, [](int) { interrupted = 1; });
  const auto report = place_call({options.uri, options.user, options.password, options.ca, options.insecure, options.srtp}, std::move(*steps), [] { return interrupted != 0; });
  if (!report) {
    std::cerr << "daedap call: " << report.error().message() << "\n";
    return report.error().code == base::Code::bad_syntax ? exit_usage : exit_failed;
  }
  if (!options.record.empty() && !write_wav(options.record, report->heard)) {
    std::cerr << "daedap call: cannot write " << options.record << "\n";
    return exit_failed;
  }
  const std::string heard = options.quiet ? "" : transcribe_roughly(report->heard, language_of(options));
  if (options.json) std::cout << json_of(*report, heard).dump() << std::endl;
  else print(*report, heard, options.quiet);
  return report->answered ? exit_good : exit_failed;
}

}  // namespace

void add_call(CLI::App& app, int& code) {
  auto options = std::make_shared<CallOptions>();
  CLI::App* command = app.add_subcommand("call", "places a test call, speaks, listens, hangs up");
  command->add_option("uri", options->uri, "whom to call: sip:1001@127.0.0.1:5060[;transport=tcp|tls] or sips:...")->required();
  command->add_option("--say", options->say, "speaks this, then listens (repeatable, in order)")->expected(1)->take_all();
  command->add_option("--play", options->play, "plays a WAV file, then listens")->expected(1)->take_all();
  command->add_option("--dtmf", options->dtmf, "presses keys, then listens")->expected(1)->take_all();
  command->add_option("--wait", options->wait_s, "waits so many seconds; as the first step instead of listening to a greeting")->expected(1)->take_all()->check(CLI::Range(0, 3600));
  command->add_option("--record", options->record, "writes what was heard to a WAV file");
  command->add_option("--user", options->user, "SIP user for a challenge");
  command->add_option("--password", options->password, "its password; better: environment DAEDAP_CALL_PASSWORD")->envname("DAEDAP_CALL_PASSWORD");
  command->add_option("--ca", options->ca, "TLS: PEM file of who vouches for the server; else the system's");
  command->add_flag("--insecure", options->insecure, "TLS: takes any certificate");
  command->add_option("--language", options->language, "what is spoken there: ko or en")->check(CLI::IsMember({"ko", "en"}));
  command->add_option("--quiet-ms", options->quiet_ms, "silence after which the other side has finished")->check(CLI::Range(100, 10'000));
  const std::map<std::string, sdp::SrtpPolicy> policies{
      {"off", sdp::SrtpPolicy::off}, {"optional", sdp::SrtpPolicy::optional}, {"required", sdp::SrtpPolicy::required}};
  command->add_option("--srtp", options->srtp, "encryption: off, optional or required")->transform(CLI::Transformer(policies));
  command->add_flag("--json", options->json, "prints one JSON object");
  command->add_flag("--quiet", options->quiet, "does not transcribe what was heard");
  command->callback([options, command, &code] {
    std::vector<std::string> order;
    for (const CLI::Option* option : command->parse_order()) order.push_back(option->get_name());
    code = run(*options, order);
  });
}

}  // namespace daedap::server
