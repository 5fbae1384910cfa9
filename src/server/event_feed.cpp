#include "server/event_feed.hpp"

#include <sodium.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>

#include "net/clock.hpp"
#include "server/event_journal.hpp"
#include "store/outbox.hpp"
#include "store/worker.hpp"

namespace daedap::server {
namespace {

using store::WallTime;

constexpr std::size_t most_waiting = 50'000;
constexpr base::Millis look_each{20}, keep_house_each{1'000}, try_again{1'000}, good_bye{1'000};
constexpr std::int64_t pruned_at_once = 200;   // a commit waits for it
constexpr base::Millis prune_again{10};
constexpr unsigned old_each = 60;              // times of keep_house
constexpr int pages_of_log = 2'000;  // 8 MB, then it is brought home
constexpr std::chrono::hours remembered{1};  // an ended call, so that its end is not told twice

WallTime wall_now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

/// A consumer's name on disk: its URL may hold a key.
std::string key_of(const std::string& url) {
  std::array<unsigned char, 16> hash;
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(url.data()), url.size(), nullptr, 0);
  std::string out(2 * hash.size() + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), hash.data(), hash.size());
  out.pop_back();
  return out;
}

std::optional<EventNote> note_of(const call::Event& event, WallTime now, base::Time at) {
  if (const auto* talk = std::get_if<call::TalkStarted>(&event)) return EventNote{*talk, now, at};
  if (const auto* turn = std::get_if<call::SpeakerTurn>(&event)) return EventNote{*turn, now, at};
  if (const auto* ended = std::get_if<call::CallEnded>(&event)) {
    const call::Record& r = ended->record;
    return EventNote{EventNote::Ended{r.call_id, r.duration_ms, r.conversation.speech_ratio}, now, at};
  }
  return std::nullopt;
}

}  // namespace

class EventFeed::Impl {
 public:
  Impl(Parts parts, store::Outbox outbox, store::OutboxReader reader)
      : parts_(std::move(parts)),
        log_(parts_.log),
        random_(parts_.random),
        outbox_(std::move(outbox)),
        reader_(std::move(reader)),
        journal_(outbox_, parts_.settings.extended) {}
  ~Impl();

  base::Result<void> open(const std::vector<store::StoredCall>& killed);
  void take(EventNote note);
  EventFigures figures() const;

 private:
  struct Consumer {
    std::string key;
    std::unique_ptr<EventConsumer> link;
  };

  // the writer's thread
  void write();
  void write_each(std::vector<EventNote> notes);
  void on_failed(std::vector<EventNote> notes, const base::Error& error);
  void hand_on(std::int64_t after, std::vector<EventWritten> written);
  void keep_house();
  void bring_log_home();
  void prune();
  void give_up(WallTime before);
  // the reader's
  void read(std::size_t index, const EventDelivery::Read& ask);
  // the loop's
  void on_appended(std::int64_t after, const std::vector<EventWritten>& written);
  void on_sent(std::int64_t id);
  EventConsumer::Outlets outlets(std::size_t index);

  // given
  Parts parts_;
  base::Log log_;
  base::Random random_;
  // owned by the writer's thread
  store::Outbox outbox_;
  // by the reader's
  store::OutboxReader reader_;
  // by the writer's
  EventJournal journal_;
  bool homing_ = false, failing_ = false, pruning_ = false;
  unsigned rounds_ = 0;
  // by the loop's
  std::vector<Consumer> consumers_;
  std::map<std::int64_t, base::Time> fresh_;  // when events under way were told; the last ones only
  std::unique_ptr<net::Ticker> ticker_;
  // the owner's
  bool open_ = false;
  // shared
  mutable std::mutex mutex_;
  std::vector<EventNote> waiting_;
  std::atomic<std::uint64_t> waiting_count_{0}, written_{0}, given_up_{0};
  std::atomic<std::int64_t> bytes_{0};
  net::Loop loop_{"events"};
  store::Worker writer_{"events-write"};
  store::Worker readers_{"events-read"};
};

base::Result<void> EventFeed::Impl::open(const std::vector<store::StoredCall>& killed) {
  const WallTime now = wall_now();
  const std::int64_t before = outbox_.head();
  auto ended = journal_.recover(killed, now);
  if (!ended) return tl::unexpected(std::move(ended.error()));
  if (*ended > 0) log_.warn("event_calls_ended", {{"calls", *ended}, {"events", outbox_.head() - before}});
  for (std::size_t i = 0; i < parts_.settings.urls.size(); ++i) {
    const EventSettings::Url& url = parts_.settings.urls[i];
    auto peer = websocket_peer(url);
    if (!peer) return tl::unexpected(std::move(peer.error()));
    if (auto fine = net::check_ca_file(url.ca); !url.ca.empty() && !fine) return fine;
    const std::string key = key_of(url.url);
    auto taken = outbox_.position(key, now);
    if (!taken) return tl::unexpected(std::move(taken.error()));
    EventConsumer::Place place{loop_, random_, log_, parts_.delivery};
    consumers_.push_back({key, std::make_unique<EventConsumer>(place, std::move(*peer), *taken, outbox_.head(), outlets(i))});
  }
  if (auto done = outbox_.forget(now - parts_.settings.forget_after); done && *done > 0)
    log_.info("event_consumers_forgotten", {{"consumers", *done}});
  bytes_ = outbox_.bytes();
  open_ = true;
  loop_.start();
  loop_.post("begin", [this] {
    if (consumers_.empty()) return;
    ticker_ = loop_.every(look_each, [this](base::Time, base::Duration) {
      for (Consumer& one : consumers_) one.link->on_time();
    });
  });
  writer_.post([this] { keep_house(); });
  return {};
}

EventFeed::Impl::~Impl() {
  if (!open_) return;
  std::promise<void> written, said;
  writer_.post([&] { written.set_value(); });
  written.get_future().wait();
  loop_.post("end", [&] {
    ticker_.reset();
    for (Consumer& one : consumers_) one.link->stop();
    said.set_value();
  });
  said.get_future().wait();
  const base::Time until = net::now() + good_bye;
  for (bool all = false; !all && net::now() < until;) {
    std::promise<bool> over;
    loop_.post_after(base::Millis{5}, [&] {
      over.set_value(std::ranges::all_of(consumers_, [](const Consumer& one) { return one.link->over(); }));
    });
    all = over.get_future().get();
  }
  readers_.stop();
  writer_.stop();
  std::promise<void> closed;
  loop_.post("close", [&] { consumers_.clear(), closed.set_value(); });
  closed.get_future().wait();
  loop_.stop();
  loop_.join();
  outbox_.checkpoint();
}

void EventFeed::Impl::take(EventNote note) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= most_waiting && std::holds_alternative<call::SpeakerTurn>(note.what)) {
      given_up_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    first = waiting_.empty();
    waiting_.push_back(std::move(note));
    waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
  }
  if (first) writer_.post([this] { write(); });
}

/// All that waits goes into one commit.
void EventFeed::Impl::write() {
  if (failing_) return;  // `on_failed` comes back
  std::vector<EventNote> notes;
  {
    const std::lock_guard lock(mutex_);
    notes.swap(waiting_);
    waiting_count_.store(0, std::memory_order_relaxed);
  }
  const std::int64_t after = outbox_.head();
  auto written = journal_.write(notes);
  if (written) return hand_on(after, std::move(*written));
  const bool ours = written.error().code == base::Code::bad_state;
  if (ours) return write_each(std::move(notes));
  on_failed(std::move(notes), written.error());
}

/// One of them is wrong: it must not keep the others from their consumers.
void EventFeed::Impl::write_each(std::vector<EventNote> notes) {
  for (EventNote& note : notes) {
    const std::int64_t after = outbox_.head();
    auto written = journal_.write({note});
    if (written) {
      hand_on(after, std::move(*written));
      continue;
    }
    given_up_.fetch_add(1, std::memory_order_relaxed);
    log_.error("event_store_failed", {{"reason", written.error().message()}, {"given_up", 1}});
  }
}

/// The disk is full or held: what waits goes back to the front of the queue.
void EventFeed::Impl::on_failed(std::vector<EventNote> notes, const base::Error& error) {
  failing_ = true;
  log_.error("event_store_failed", {{"reason", error.message()}, {"waiting", notes.size()}});
  {
    const std::lock_guard lock(mutex_);
    notes.insert(notes.end(), std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
    waiting_ = std::move(notes);
    waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
  }
  writer_.post_after(try_again, [this] {
    failing_ = false;
    write();
  });
}

void EventFeed::Impl::hand_on(std::int64_t after, std::vector<EventWritten> written) {
  if (written.empty()) return;
  written_.fetch_add(written.size(), std::memory_order_relaxed);
  bytes_.store(outbox_.bytes(), std::memory_order_relaxed);
  loop_.post("events", [this, after, written = std::move(written)] { on_appended(after, written); });
  if (outbox_.log_pages() >= pages_of_log) bring_log_home();
}

/// The bulk of it beside us, the rest here, so that no commit waits for the disk for long.
void EventFeed::Impl::bring_log_home() {
  if (std::exchange(homing_, true)) return;
  readers_.post([this] {
    reader_.checkpoint();
    writer_.post([this] {
      outbox_.checkpoint();
      homing_ = false;
    });
  });
}

void EventFeed::Impl::keep_house() {
  const WallTime now = wall_now();
  const bool look_for_old = rounds_++ % old_each == 0;
  if (look_for_old) (void)outbox_.prune_calls(now - remembered);
  give_up(look_for_old ? now - parts_.settings.max_age : WallTime::min());
  if (!pruning_) prune();
  writer_.post_after(keep_house_each, [this] { keep_house(); });
}

/// A little at a time: what the calls tell goes first.
void EventFeed::Impl::prune() {
  pruning_ = outbox_.prune(pruned_at_once).value_or(0) == pruned_at_once;
  bytes_.store(outbox_.bytes(), std::memory_order_relaxed);
  if (pruning_) writer_.post_after(prune_again, [this] { prune(); });
}

void EventFeed::Impl::give_up(WallTime before) {
  const auto loss = outbox_.shrink(parts_.settings.max_outbox_mb << 20, before);
  if (!loss || loss->events == 0) return;
  given_up_.fetch_add(static_cast<std::uint64_t>(loss->events), std::memory_order_relaxed);
  log_.error("events_given_up", {{"calls", loss->calls}, {"events", loss->events}, {"outbox_bytes", outbox_.bytes()}});
}

void EventFeed::Impl::on_appended(std::int64_t after, const std::vector<EventWritten>& written) {
  std::vector<store::OutboxEvent> events;
  for (const EventWritten& one : written) {
    events.push_back(one.event);
    if (one.at != base::Time{}) fresh_[one.event.id] = one.at;
  }
  while (fresh_.size() > 4096) fresh_.erase(fresh_.begin());
  for (Consumer& one : consumers_) one.link->on_appended(after, events);
}

void EventFeed::Impl::on_sent(std::int64_t id) {
  const auto found = fresh_.find(id);
  if (found == fresh_.end()) return;
  if (parts_.on_sent) parts_.on_sent(net::now() - found->second);
}

void EventFeed::Impl::read(std::size_t index, const EventDelivery::Read& ask) {
  auto events = reader_.after(ask.after, static_cast<std::int64_t>(ask.limit), ask.bytes);
  if (!events) {
    log_.error("event_store_failed", {{"reason", events.error().message()}});
    return readers_.post_after(try_again, [this, index, ask] { read(index, ask); });
  }
  loop_.post("events read", [this, index, token = ask.token, events = std::move(*events)] {
    if (index < consumers_.size()) consumers_[index].link->on_read(token, events);
  });
}

EventConsumer::Outlets EventFeed::Impl::outlets(std::size_t index) {
  EventConsumer::Outlets o;
  o.read = [this, index](const EventDelivery::Read& ask) { readers_.post([this, index, ask] { read(index, ask); }); };
  o.advance = [this, index](std::int64_t id) {
    writer_.post([this, key = consumers_[index].key, id] { (void)outbox_.advance(key, id, wall_now()); });
  };
  o.sent = [this](std::int64_t id) { on_sent(id); };
  return o;
}

EventFigures EventFeed::Impl::figures() const {
  EventFigures out;
  for (const Consumer& one : consumers_) out.consumers.push_back(one.link->figures());
  out.written = written_;
  out.given_up = given_up_;
  out.outbox_bytes = bytes_;
  out.waiting = waiting_count_;
  return out;
}

base::Result<std::unique_ptr<EventFeed>> EventFeed::open(Parts parts, const std::vector<store::StoredCall>& killed) {
  auto outbox = store::Outbox::open(parts.file);
  if (!outbox && outbox.error().code == base::Code::bad_syntax) {
    // Calls are taken without what waited in it; somebody may still want to look at it.
    base::Log(parts.log).error("event_outbox_damaged", {{"reason", outbox.error().message()}, {"kept_as", parts.file + ".damaged"}});
    std::error_code ignored;
    std::filesystem::rename(parts.file, parts.file + ".damaged", ignored);
    for (const char* part : {"-wal", "-shm"}) std::filesystem::remove(parts.file + part, ignored);
    outbox = store::Outbox::open(parts.file);
  }
  if (!outbox) return tl::unexpected(std::move(outbox.error()));
  auto reader = store::OutboxReader::open(parts.file);
  if (!reader) return tl::unexpected(std::move(reader.error()));
  auto impl = std::make_unique<Impl>(std::move(parts), std::move(*outbox), std::move(*reader));
  if (auto opened = impl->open(killed); !opened) return tl::unexpected(std::move(opened.error()));
  return std::unique_ptr<EventFeed>(new EventFeed(std::move(impl)));
}

EventFeed::EventFeed(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventFeed::~EventFeed() = default;

void EventFeed::on_call(const call::Event& event, WallTime now, base::Time at) {
  if (auto note = note_of(event, now, at)) impl_->take(std::move(*note));
}

EventFigures EventFeed::figures() const { return impl_->figures(); }

}  // namespace daedap::server
