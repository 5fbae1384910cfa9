#include "net/loop.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>

#include "net/clock.hpp"

namespace daedap::net {

namespace asio = boost::asio;

struct Loop::Impl {
  std::string name;
  OnStall on_stall;
  base::Duration stall_limit;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::thread thread;
  std::atomic<std::thread::id> id{};
  Urgency urgency = Urgency::normal;
};

Loop::Loop(std::string name, OnStall on_stall, base::Duration stall_limit) : impl_(new Impl) {
  impl_->name = std::move(name);
  impl_->on_stall = std::move(on_stall);
  impl_->stall_limit = stall_limit;
}

Loop::~Loop() {
  stop();
  join();
}

void Loop::start() {
  impl_->thread = std::thread([this] {
    impl_->id = std::this_thread::get_id();
    pthread_setname_np(pthread_self(), impl_->name.substr(0, 15).c_str());
    // Refused without the right: then all threads are equal, as before.
    if (impl_->urgency != Urgency::normal) ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), impl_->urgency == Urgency::media ? -11 : 10);
    impl_->io.run();
  });
}

void Loop::set_urgency(Urgency urgency) { impl_->urgency = urgency; }

void Loop::stop() { impl_->io.stop(); }

void Loop::join() {
  if (impl_->thread.joinable() && !on_thread()) impl_->thread.join();
}

void Loop::post(const char* task_name, base::Task task) {
  asio::post(impl_->io, [this, task_name, task = std::move(task)]() mutable {
    const Watch watch(*this, task_name);
    task();
  });
}

void Loop::post_after(base::Duration delay, base::Task task) {
  auto timer = std::make_unique<asio::steady_timer>(impl_->io, delay);
  auto& waiting = *timer;
  waiting.async_wait([this, timer = std::move(timer), task = std::move(task)](
                         const boost::system::error_code& ec) mutable {
    if (ec) return;
    const Watch watch(*this, "timer");
    task();
  });
}

bool Loop::on_thread() const { return impl_->id.load() == std::this_thread::get_id(); }

asio::io_context& Loop::context() { return impl_->io; }

Loop::Watch::Watch(Loop& loop, const char* task) : loop_(loop), task_(task), start_(now()) {}

Loop::Watch::~Watch() {
  const base::Duration took = now() - start_;
  if (took > loop_.impl_->stall_limit && loop_.impl_->on_stall) loop_.impl_->on_stall({task_, took});
}

}  // namespace daedap::net
