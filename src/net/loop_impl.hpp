#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/datagram_rate.hpp"
#include "net/loop.hpp"
#include "net/poller.hpp"

namespace daedap::net {

/// A loop blocks in its poller: sockets, the descriptor that `post` writes to, and one timer. Only once
/// somebody has asked for Asio's context it blocks there, and the poller is one of Asio's descriptors.
struct Loop::Impl {
  struct Posted {
    const char* name;
    base::Task task;
    base::Time due{};  // none: as soon as possible
  };
  struct Timed {
    base::Time due;
    std::uint64_t order;
    const char* name;  // nullptr: the task watches itself
    base::Task task;
    bool operator<(const Timed& other) const {  // the next one is the greatest
      return due != other.due ? due > other.due : order > other.order;
    }
  };
  /// A descriptor that only wakes the loop: nothing is read from it.
  struct Bell final : Poller::Reader {
    explicit Bell(int descriptor) : fd(descriptor) {}
    ~Bell();
    void on_readable(base::Time) override {}
    int fd;
  };
  /// Asio's part, if there is one.
  struct Asio {
    explicit Asio(int poller) : descriptor(io, poller) {}
    ~Asio() { descriptor.release(); }
    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
    boost::asio::posix::stream_descriptor descriptor;
  };
  static constexpr int most_tasks = 16;  // in a row before sockets and timers have their turn

  Impl(Loop& l, std::string n, OnStall stall, base::Duration limit);

  void post(Posted posted);
  boost::asio::io_context& context();
  void stop();
  void run();
  /// Tasks that will not run. Their destructors may post.
  void drop();

  // one turn, on the loop's thread
  void turn(bool block);
  void turn_within_asio();
  bool rest();
  void gather();
  void run_due(base::Time time);
  void run_posted();
  void take_mail();
  void arm();
  void ring();
  void stalled(const char* task, base::Duration took) const;

  // given
  Loop& loop;
  std::string name;
  OnStall on_stall;
  base::Duration stall_limit;
  Urgency urgency = Urgency::normal;
  // owned
  Poller poller;
  Bell bell, alarm;
  std::thread thread;
  std::atomic<std::thread::id> id{};
  // state of the loop's thread
  std::deque<Posted> ready;
  std::vector<Timed> timed;  // a heap
  std::uint64_t timers = 0;
  base::Time armed{};
  DatagramRate rate;
  // state of all threads
  std::mutex mutex;
  std::vector<Posted> inbox;
  std::atomic<bool> mail{false};   // something is in the inbox
  std::atomic<bool> awake{true};   // looks for mail before it waits
  std::atomic<bool> stopped{false};
  std::atomic<Asio*> asio{nullptr};
  std::unique_ptr<Asio> owned_asio;
};

}  // namespace daedap::net
