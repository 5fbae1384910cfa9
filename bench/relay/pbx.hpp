#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "bench/relay/process.hpp"
#include "bench/relay/talkers.hpp"
#include "sip/endpoint.hpp"

namespace daedap::bench {

/// Our server with a configuration of its own, in a process of its own, and operators who may register.
class Pbx {
 public:
  struct Settings {
    bool record = false;  // calls between people: both sides decoded, and written
    bool srtp = false;
    std::string name;     // of its files
    std::uint16_t first_port = 10'000, last_port = 19'999;
  };
  struct Account {
    std::string id, password;
  };
  Pbx(const Folder& folder, const Settings& settings);
  const Process& process() const { return *process_; }
  /// 0: it could not be started.
  std::uint16_t sip_port() const { return sip_port_; }
  const std::vector<Account>& accounts() const { return accounts_; }

 private:
  bool add_accounts(const std::string& state);

  std::vector<Account> accounts_;
  std::unique_ptr<Process> process_;
  std::uint16_t sip_port_ = 0;
};

/// One user agent: our SIP machine on a UDP socket.
class UserAgent {
 public:
  UserAgent(std::uint16_t server_port, base::Random& random);
  virtual ~UserAgent();
  UserAgent(const UserAgent&) = delete;
  UserAgent& operator=(const UserAgent&) = delete;

  int fd() const { return fd_; }
  /// Takes what has come and does what is due.
  void turn();
  std::size_t sessions() const { return sip_->sessions(); }

 protected:
  virtual void on(sip::Output& output) = 0;
  void flush();
  base::Time now() const;

  base::Random& random_;
  std::unique_ptr<sip::Endpoint> sip_;
  sip::Flow server_;
  std::uint16_t port_ = 0;

 private:
  int fd_ = -1;
};

/// Customers who call operators, and the operators' telephones, which ring and answer each call.
class Calls {
 public:
  /// Without talkers a call is hung up as soon as it is answered. `secure`: SRTP on both legs.
  Calls(const Pbx& pbx, Talkers* talkers, bool secure = false);
  ~Calls();
  /// All operators' telephones, with digest authentication. False: not all of them in time.
  bool register_all(double seconds);
  /// Places so many calls, evenly.
  void place(std::size_t calls, double per_second);
  void settle(double seconds);
  /// Until no call is being set up and at most `open` stand on either side. False: not in time.
  bool settle_until_quiet(double seconds, std::size_t open);
  void hang_up_all();
  std::size_t answered() const;
  std::size_t failed() const;

 private:
  class Operators;
  class Customers;
  void turn(std::int64_t wait_ns);

  base::Random random_;
  std::unique_ptr<Operators> operators_;
  std::unique_ptr<Customers> customers_;
  const Pbx& pbx_;
  int epoll_ = -1;
};

}  // namespace daedap::bench
