#include "engines/pocketsphinx/decoder.hpp"

#include <pocketsphinx.h>
#include <sphinxbase/cmn.h>
#include <sphinxbase/err.h>
#include <sphinxbase/feat.h>
#include <sphinxbase/fsg_model.h>
#include <sphinxbase/jsgf.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace daedap::engines::pocketsphinx {
namespace {

// Wider than the library's own (1e-48, 7e-29): telephone speech lacks what the model knows above
// 3.4 kHz, and the small grammars can afford it.
constexpr const char *beam = "1e-60", *word_beam = "1e-40";
constexpr double frame = 160;           // samples in 10 ms
constexpr std::size_t shortest = 1600;  // 100 ms: less is no word
constexpr std::size_t stretch = 10;     // frames between two questions whether the words are wanted

void say_nothing(void*, err_lvl_t, const char*, ...) {}

/// The library's log goes to stderr by a setting per thread; we take it away for all at once.
void silence_library() {
  static std::once_flag once;
  std::call_once(once, [] { err_set_callback(say_nothing, nullptr); });
}

ps_decoder_t* open_decoder(const std::string& model, const std::string& dictionary) {
  cmd_ln_t* config =
      cmd_ln_init(nullptr, ps_args(), TRUE, "-hmm", model.c_str(), "-dict", dictionary.c_str(),
                  "-samprate", "16000", "-logfn", "/dev/null", "-beam", beam, "-pbeam", beam,
                  "-wbeam", word_beam, nullptr);
  if (config == nullptr) return nullptr;
  ps_decoder_t* decoder = ps_init(config);
  cmd_ln_free_r(config);  // the decoder keeps its own reference
  return decoder;
}

/// As ps_set_jsgf_string, which forgets to free what it parsed.
bool load_grammar(ps_decoder_t* decoder, const std::string& name, const std::string& text) {
  std::unique_ptr<jsgf_t, decltype(&jsgf_grammar_free)> grammar(
      jsgf_parse_string(text.c_str(), nullptr), jsgf_grammar_free);
  if (!grammar) return false;
  jsgf_rule_t* rule = jsgf_get_public_rule(grammar.get());
  if (rule == nullptr) return false;
  const auto weight =
      static_cast<float32>(cmd_ln_float_r(ps_get_config(decoder), "-lw"));
  fsg_model_t* fsg = jsgf_build_fsg(grammar.get(), rule, ps_get_logmath(decoder), weight);
  if (fsg == nullptr) return false;
  const bool taken = ps_set_fsg(decoder, name.c_str(), fsg) == 0;
  fsg_model_free(fsg);  // the decoder keeps its own reference
  return taken;
}

/// The cepstra of a whole utterance, free of the line's colour: their mean is taken away.
class Cepstra {
 public:
  Cepstra(ps_decoder_t* decoder, std::span<const std::int16_t> pcm) {
    fe_t* front = ps_get_fe(decoder);
    feat_t* features = ps_get_feat(decoder);
    const std::int16_t* at = pcm.data();
    std::size_t left = pcm.size();
    std::int32_t count = 0, tail = 0;
    if (fe_process_frames(front, nullptr, &left, nullptr, &count, nullptr) < 0) return;
    const auto width = static_cast<std::size_t>(fe_get_output_size(front));
    values_.resize(width * static_cast<std::size_t>(count + 1));
    for (std::size_t i = 0; i < values_.size(); i += width) rows_.push_back(&values_[i]);
    fe_start_utt(front);
    if (fe_process_frames(front, &at, &left, rows_.data(), &count, nullptr) < 0) count = 0;
    else fe_end_utt(front, rows_[static_cast<std::size_t>(count)], &tail);
    rows_.resize(static_cast<std::size_t>(count + tail));
    if (rows_.empty()) return;
    cmn(features->cmn_struct, rows_.data(), features->varnorm, static_cast<std::int32_t>(rows_.size()));
    // What looks ahead gets the last one again, as where an utterance is given as a whole.
    rows_.insert(rows_.end(), static_cast<std::size_t>(feat_window_size(features)), rows_.back());
  }
  std::span<mfcc_t*> rows() { return rows_; }

 private:
  std::vector<mfcc_t> values_;
  std::vector<mfcc_t*> rows_;
};

}  // namespace

void Decoder::Free::operator()(ps_decoder_s* decoder) const { ps_free(decoder); }

Decoder::~Decoder() = default;

base::Result<std::unique_ptr<Decoder>> Decoder::make(const std::filesystem::path& model,
                                                     const Vocabulary& vocabulary) {
  silence_library();
  if (!std::filesystem::exists(model / "mdef")) {
    return base::fail(base::Code::engine_failed, "no acoustic model", model.string());
  }
  auto* raw = open_decoder(model.string(), vocabulary.dictionary_path());
  if (raw == nullptr) {
    return base::fail(base::Code::engine_failed, "PocketSphinx does not start", model.string());
  }
  std::unique_ptr<Decoder> decoder(new Decoder(raw));
  for (const auto& [name, text] : vocabulary.jsgf()) {
    if (!load_grammar(raw, name, text)) {
      return base::fail(base::Code::engine_failed, "PocketSphinx refuses the grammar", name);
    }
  }
  return decoder;
}

bool Decoder::start(const char* grammar) {
  abandon();
  if (ps_set_search(decoder_.get(), grammar) != 0) return false;
  ps_start_stream(decoder_.get());  // forgets the noise of the line before
  open_ = ps_start_utt(decoder_.get()) == 0;
  return open_;
}

base::Result<void> Decoder::begin(const std::string& grammar) {
  grammar_ = grammar;
  ps_get_feat(decoder_.get())->cmn = CMN_LIVE;
  if (start(grammar.c_str())) return {};
  return base::fail(base::Code::engine_failed, "PocketSphinx starts no utterance", grammar);
}

void Decoder::feed(std::span<const std::int16_t> pcm) {
  if (open_ && !pcm.empty()) ps_process_raw(decoder_.get(), pcm.data(), pcm.size(), FALSE, FALSE);
}

std::string Decoder::partial() const {
  std::int32_t score = 0;
  const char* text = open_ ? ps_get_hyp(decoder_.get(), &score) : nullptr;
  return text != nullptr ? text : "";
}

/// False when it failed or became unwanted. The library searches an utterance that it is given as a whole
/// in one call, which nobody can end: so it gets the cepstra in pieces, with the mean of the whole known.
bool Decoder::run_whole(const char* grammar, std::span<const std::int16_t> pcm, const Unwanted& unwanted) {
  if (!start(grammar)) return false;
  Cepstra cepstra(decoder_.get(), pcm);
  ps_get_feat(decoder_.get())->cmn = CMN_NONE;
  bool wanted = true;
  for (auto left = cepstra.rows(); wanted && !left.empty();) {
    const auto part = left.first(std::min(left.size(), stretch));
    ps_process_cep(decoder_.get(), part.data(), static_cast<int>(part.size()), FALSE, FALSE);
    left = left.subspan(part.size());
    wanted = !unwanted || !unwanted();
  }
  abandon();
  return wanted;
}

Decoded Decoder::end(std::span<const std::int16_t> whole, double doubt_below, const Unwanted& unwanted) {
  abandon();
  if (whole.size() < shortest || !run_whole(grammar_.c_str(), whole, unwanted)) return {};
  std::int32_t score = 0;
  const char* text = ps_get_hyp(decoder_.get(), &score);
  if (text == nullptr || *text == '\0') return {};
  const double frames = static_cast<double>(whole.size()) / frame;
  Decoded out{text, score / frames, std::nullopt};
  if (out.score >= doubt_below) return out;
  const double words = acoustic_score();
  if (run_whole(any_phones, whole, unwanted)) out.margin = (words - acoustic_score()) / frames;
  return out;
}

/// Sum over the best path of what was just decoded, without the grammar's own weights.
double Decoder::acoustic_score() const {
  double sum = 0;
  for (ps_seg_t* at = ps_seg_iter(decoder_.get()); at != nullptr; at = ps_seg_next(at)) {
    std::int32_t acoustic = 0, language = 0, back_off = 0;
    ps_seg_prob(at, &acoustic, &language, &back_off);
    sum += acoustic;
  }
  return sum;
}

void Decoder::abandon() {
  if (std::exchange(open_, false)) ps_end_utt(decoder_.get());
}

}  // namespace daedap::engines::pocketsphinx
