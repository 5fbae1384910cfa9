#include "speech/prompts.hpp"

#include <deque>
#include <utility>

#include "audio/trim.hpp"
#include "speech/text/spoken_text.hpp"

namespace daedap::speech {

struct Prompts::Impl {
  using Key = std::tuple<std::string, std::string, std::string>;
  struct Entry {
    std::vector<std::int16_t> pcm;
    std::unique_ptr<TtsStream> stream;
    bool ready = false, failed = false;
  };
  Tts& tts;
  std::size_t cap;
  std::map<Key, std::unique_ptr<Entry>> entries;
  std::deque<Key> made;  // oldest first

  void on_event(const Key& key, TtsEvent event);
  void sweep();
};

// An entry's stream cannot be destroyed from inside its own sink: the next `warm` does it.
void Prompts::Impl::sweep() {
  std::erase_if(entries, [](const auto& e) { return e.second->failed; });
  for (auto& [key, entry] : entries) {
    if (entry->ready) entry->stream.reset();
  }
  while (made.size() > cap) {
    entries.erase(made.front());
    made.pop_front();
  }
}

void Prompts::Impl::on_event(const Key& key, TtsEvent event) {
  const auto it = entries.find(key);
  if (it == entries.end() || it->second->ready || it->second->failed) return;
  Entry& entry = *it->second;
  if (const auto* audio = std::get_if<TtsAudio>(&event)) {
    entry.pcm.insert(entry.pcm.end(), audio->pcm.begin(), audio->pcm.end());
    return;
  }
  if (std::holds_alternative<TtsFailed>(event)) {
    entry.failed = true;
    return;
  }
  const auto kept = audio::trim(entry.pcm);
  entry.pcm = std::vector<std::int16_t>(kept.begin(), kept.end());
  if (entry.pcm.empty()) {
    entry.failed = true;
    return;
  }
  entry.ready = true;
  made.push_back(key);
}

Prompts::Prompts(Tts& tts, std::size_t cap) : impl_(std::make_unique<Impl>(Impl{tts, cap, {}, {}})) {}
Prompts::~Prompts() = default;

void Prompts::warm(const std::string& text, const std::string& language, const std::string& voice) {
  impl_->sweep();
  if (text.empty()) return;
  const Impl::Key key{text, language, voice};
  const auto [it, fresh] = impl_->entries.try_emplace(key);
  if (!fresh) return;
  it->second = std::make_unique<Impl::Entry>();
  Impl* impl = impl_.get();
  auto stream = impl->tts.speak({.text = spoken_text(text, language), .language = language, .voice = voice},
                                [impl, key](TtsEvent e) { impl->on_event(key, std::move(e)); });
  if (stream) {
    it->second->stream = std::move(*stream);
  } else {
    impl->entries.erase(key);
  }
}

const std::vector<std::int16_t>* Prompts::find(const std::string& text, const std::string& language,
                                               const std::string& voice) const {
  const auto it = impl_->entries.find({text, language, voice});
  return it != impl_->entries.end() && it->second->ready ? &it->second->pcm : nullptr;
}

std::size_t Prompts::pending() const {
  std::size_t n = 0;
  for (const auto& [key, entry] : impl_->entries) n += !entry->ready && !entry->failed;
  return n;
}

}  // namespace daedap::speech
