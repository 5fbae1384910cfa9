#include "engines/espeak/pool.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

namespace daedap::engines::espeak {

using Clock = Slot::Clock;

namespace {
constexpr int hopeless_after = 4;  // failures in a row of every helper
}

EspeakPool::EspeakPool(EspeakSettings settings, base::Log log)
    : settings_(std::move(settings)), log_(std::move(log)) {}

EspeakPool::~EspeakPool() { stop(); }

base::Result<void> EspeakPool::start() {
  if (settings_.helper.empty()) {
    auto found = find_helper();
    if (!found) return tl::unexpected(found.error());
    settings_.helper = std::move(*found);
  }
  nudge_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (nudge_fd_ < 0) return base::fail(base::Code::io, "no eventfd for the speech pool");
  for (unsigned i = 0; i < std::max(1u, settings_.helpers); ++i) {
    slots_.push_back(std::make_unique<Slot>(settings_, log_, counters_));
  }
  thread_ = std::thread([this] { run(); });
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, settings_.start_limit, [this] { return ready_ || hopeless_; });
  if (ready_) return {};
  return base::fail(base::Code::engine_failed, "no speech helper came up", why_);
}

void EspeakPool::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  nudge();
  if (thread_.joinable()) thread_.join();
  slots_.clear();
  queue_.clear();
  if (nudge_fd_ >= 0) ::close(std::exchange(nudge_fd_, -1));
}

base::Result<std::uint32_t> EspeakPool::submit(Sentence sentence) {
  std::uint32_t id = 0;
  {
    std::lock_guard lock(mutex_);
    if (!ready_ || stopping_) return base::fail(base::Code::engine_not_ready, "speech starts");
    if (hopeless_) return base::fail(base::Code::engine_failed, "speech helpers die", why_);
    if (queue_.size() >= settings_.max_queued) {
      ++counters_.refused;
      return base::fail(base::Code::engine_full, "speech queue is full");
    }
    id = next_id_++;
    queue_.push_back({.id = id, .sentence = std::move(sentence), .asked = Clock::now()});
    counters_.queued = queue_.size();
  }
  nudge();
  return id;
}

void EspeakPool::cancel(std::uint32_t id) {
  {
    std::lock_guard lock(mutex_);
    if (std::erase_if(queue_, [id](const Active& a) { return a.id == id; }) > 0) {
      counters_.queued = queue_.size();
      return;
    }
    if (stopping_) return;
    cancels_.push_back(id);
  }
  nudge();
}

void EspeakPool::nudge() const {
  const std::uint64_t one = 1;
  if (nudge_fd_ >= 0) (void)!::write(nudge_fd_, &one, sizeof one);
}

void EspeakPool::run() {
  while (true) {
    const auto now = Clock::now();
    for (auto& slot : slots_) slot->on_time(now);
    take_cancels();
    drop_stale(now);
    fill_slots(now);
    publish();
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    wait_for_input(next_deadline(now));
  }
}

void EspeakPool::wait_for_input(Clock::time_point until) {
  std::vector<pollfd> fds{{nudge_fd_, POLLIN, 0}};
  for (const auto& slot : slots_) fds.push_back({slot->fd(), POLLIN, 0});
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  const auto limit = std::clamp<std::int64_t>(left.count(), 0, 60'000);
  if (::poll(fds.data(), fds.size(), static_cast<int>(limit)) <= 0) return;
  if (fds[0].revents != 0) {
    std::uint64_t count = 0;
    (void)!::read(nudge_fd_, &count, sizeof count);
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (fds[i + 1].revents != 0) slots_[i]->on_readable(Clock::now());
  }
}

void EspeakPool::take_cancels() {
  std::vector<std::uint32_t> cancels;
  {
    std::lock_guard lock(mutex_);
    cancels.swap(cancels_);
  }
  for (const auto id : cancels) {
    for (auto& slot : slots_) slot->cancel(id);
  }
}

void EspeakPool::fill_slots(Clock::time_point now) {
  for (auto& slot : slots_) {
    if (auto retry = slot->take_retry()) {
      std::lock_guard lock(mutex_);
      queue_.push_front(std::move(*retry));
    }
  }
  for (auto& slot : slots_) {
    if (!slot->idle()) continue;
    std::optional<Active> next;
    {
      std::lock_guard lock(mutex_);
      if (queue_.empty()) return;
      next = std::move(queue_.front());
      queue_.pop_front();
      counters_.queued = queue_.size();
    }
    slot->speak(std::move(*next), now);
  }
}

void EspeakPool::drop_stale(Clock::time_point now) {
  std::vector<Active> stale;
  {
    std::lock_guard lock(mutex_);
    while (!queue_.empty() && (hopeless_ || now - queue_.front().asked > settings_.queue_limit)) {
      stale.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    counters_.queued = queue_.size();
  }
  for (auto& late : stale) {
    ++counters_.failed;
    late.sentence.deliver(
        speech::TtsFailed{{base::Code::engine_late, "no speech helper in time"}});
  }
}

Clock::time_point EspeakPool::next_deadline(Clock::time_point now) {
  auto next = now + std::chrono::minutes(1);
  for (const auto& slot : slots_) next = std::min(next, slot->deadline());
  std::lock_guard lock(mutex_);
  if (!queue_.empty()) next = std::min(next, queue_.front().asked + settings_.queue_limit);
  return next;
}

void EspeakPool::publish() {
  const auto count = [this](auto test) { return std::ranges::count_if(slots_, test); };
  const auto ready = count([](const auto& slot) { return slot->ready(); });
  counters_.helpers_ready = static_cast<std::size_t>(ready);
  counters_.speaking =
      static_cast<std::size_t>(count([](const auto& s) { return s->ready() && !s->idle(); }));
  std::lock_guard lock(mutex_);
  ready_ = ready_ || ready > 0;
  hopeless_ = ready == 0 && std::ranges::all_of(slots_, [](const auto& slot) {
                return slot->failures() >= hopeless_after;
              });
  why_ = slots_.front()->why();
  pids_.clear();
  for (const auto& slot : slots_) pids_.push_back(slot->pid());
  changed_.notify_all();
}

EspeakFigures EspeakPool::figures() const {
  const Counters& c = counters_;
  return {.queued = c.queued,
          .speaking = c.speaking,
          .helpers_ready = c.helpers_ready,
          .done = c.done,
          .failed = c.failed,
          .refused = c.refused,
          .restarts = c.restarts,
          .first_audio_count = c.first_audio_count,
          .first_audio_us_total = c.first_audio_us_total,
          .first_audio_us_max = c.first_audio_us_max};
}

std::vector<pid_t> EspeakPool::helpers() const {
  std::lock_guard lock(mutex_);
  return pids_;
}

}  // namespace daedap::engines::espeak
