#include "net/loop.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "net/clock.hpp"
#include "net/loop_impl.hpp"

namespace daedap::net {

namespace asio = boost::asio;

namespace {

// Refused without the right: then all threads are equal, as before. What the thread starts is not like it.
void take_urgency(Loop::Urgency urgency) {
  if (urgency == Loop::Urgency::normal) return;
  const bool media = urgency == Loop::Urgency::media;
  if (media) {
    ::prctl(PR_SET_TIMERSLACK, 1);
    const sched_param lowest{.sched_priority = ::sched_get_priority_min(SCHED_RR)};
    if (::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest) == 0) return;
  }
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), media ? -11 : 10);
}

}  // namespace

Loop::Impl::Bell::~Bell() { ::close(fd); }

Loop::Impl::Impl(Loop& l, std::string n, OnStall stall, base::Duration limit)
    : loop(l),
      name(std::move(n)),
      on_stall(std::move(stall)),
      stall_limit(limit),
      bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      alarm(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  poller.add(bell.fd, bell, Poller::Trigger::edge);
  poller.add(alarm.fd, alarm, Poller::Trigger::edge);
}

void Loop::Impl::ring() {
  const std::uint64_t one = 1;
  (void)!::write(bell.fd, &one, sizeof one);
}

void Loop::Impl::post(Posted posted) {
  {
    const std::lock_guard lock(mutex);
    inbox.push_back(std::move(posted));
    mail = true;
  }
  if (!awake.exchange(true)) ring();
}

asio::io_context& Loop::Impl::context() {
  const std::lock_guard lock(mutex);
  if (!owned_asio) {
    owned_asio = std::make_unique<Asio>(poller.descriptor());
    asio = owned_asio.get();
    ring();
  }
  return owned_asio->io;
}

void Loop::Impl::stop() {
  stopped = true;
  if (Asio* used = asio) used->io.stop();
  ring();
}

void Loop::Impl::run() {
  while (!stopped && asio == nullptr) turn(true);
  if (stopped) return;
  turn_within_asio();
  asio.load()->io.run();
}

void Loop::Impl::turn_within_asio() {
  turn(false);
  if (stopped) return;
  Asio& within = *asio;
  if (!rest()) return asio::post(within.io, [this] { turn_within_asio(); });
  within.descriptor.async_wait(asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& ec) {
    if (!ec && !stopped) turn_within_asio();
  });
}

// Whether there is nothing to do before something comes; then `post` rings. It tells its mail before it
// asks whether we sleep, and here it is the other way round: one of both sees the other.
bool Loop::Impl::rest() {
  if (!ready.empty()) return false;
  awake = false;
  if (!mail) return true;
  awake = true;
  return false;
}

void Loop::Impl::turn(bool block) {
  const bool wait = block && rest();
  if (wait) gather();
  const std::size_t events = poller.wait(wait);
  awake = true;
  base::Time time = now();
  if (events > 0) {
    rate.add(events, time);
    poller.dispatch(time);
    const base::Time began = std::exchange(time, now());
    stalled("udp", time - began);
  }
  run_due(time);
  run_posted();
  arm();
}

// Nobody is woken by what comes while we sleep, and a wake-up costs as much as half a datagram.
void Loop::Impl::gather() {
  const base::Duration pause = rate.pause();
  if (pause <= base::Duration::zero()) return;
  if (!timed.empty() && timed.front().due - now() < 2 * pause) return;
  const timespec time{.tv_sec = 0, .tv_nsec = pause.count()};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

void Loop::Impl::stalled(const char* task, base::Duration took) const {
  if (took > stall_limit && on_stall) on_stall({task, took});
}

void Loop::Impl::run_due(base::Time time) {
  while (!timed.empty() && timed.front().due <= time && !stopped) {
    std::pop_heap(timed.begin(), timed.end());
    Timed one = std::move(timed.back());
    timed.pop_back();
    armed = {};
    std::optional<Watch> watch;
    if (one.name != nullptr) watch.emplace(loop, one.name);
    one.task();
  }
}

void Loop::Impl::take_mail() {
  const std::lock_guard lock(mutex);
  mail = false;
  for (Posted& posted : inbox) {
    if (posted.due == base::Time{}) {
      ready.push_back(std::move(posted));
    } else {
      timed.push_back({posted.due, timers++, posted.name, std::move(posted.task)});
      std::push_heap(timed.begin(), timed.end());
    }
  }
  inbox.clear();
}

void Loop::Impl::run_posted() {
  if (mail) take_mail();
  for (int i = 0; i < most_tasks && !ready.empty() && !stopped; ++i) {
    Posted one = std::move(ready.front());
    ready.pop_front();
    const Watch watch(loop, one.name);
    one.task();
  }
}

void Loop::Impl::arm() {
  if (timed.empty() || timed.front().due == armed) return;
  armed = timed.front().due;
  const auto ns = std::max<std::int64_t>(armed.time_since_epoch().count(), 1);
  const itimerspec at{.it_interval = {}, .it_value = {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000}};
  ::timerfd_settime(alarm.fd, TFD_TIMER_ABSTIME, &at, nullptr);
}

void Loop::Impl::drop() {
  for (bool more = true; more;) {
    std::vector<Posted> unrun;
    {
      const std::lock_guard lock(mutex);
      unrun.swap(inbox);
    }
    const auto waiting = std::exchange(ready, {});
    const auto later = std::exchange(timed, {});
    more = !unrun.empty() || !waiting.empty() || !later.empty();
  }
}

Loop::Loop(std::string name, OnStall on_stall, base::Duration stall_limit)
    : impl_(std::make_unique<Impl>(*this, std::move(name), std::move(on_stall), stall_limit)) {}

Loop::~Loop() {
  stop();
  join();
  impl_->drop();
  impl_->owned_asio.reset();
  impl_->drop();
}

void Loop::start() {
  impl_->thread = std::thread([this] {
    impl_->id = std::this_thread::get_id();
    pthread_setname_np(pthread_self(), impl_->name.substr(0, 15).c_str());
    take_urgency(impl_->urgency);
    impl_->run();
  });
}

void Loop::set_urgency(Urgency urgency) { impl_->urgency = urgency; }

void Loop::stop() { impl_->stop(); }

void Loop::join() {
  if (impl_->thread.joinable() && !on_thread()) impl_->thread.join();
}

void Loop::post(const char* task_name, base::Task task) { impl_->post({task_name, std::move(task)}); }

void Loop::post_after(base::Duration delay, base::Task task) { impl_->post({"timer", std::move(task), now() + delay}); }

void Loop::post_at(base::Time due, base::Task task) { impl_->post({nullptr, std::move(task), due}); }

bool Loop::on_thread() const { return impl_->id.load() == std::this_thread::get_id(); }

Poller& Loop::poller() { return impl_->poller; }

asio::io_context& Loop::context() { return impl_->context(); }

Loop::Watch::Watch(Loop& loop, const char* task) : loop_(loop), task_(task), start_(now()) {}

Loop::Watch::~Watch() { loop_.impl_->stalled(task_, now() - start_); }

}  // namespace daedap::net
