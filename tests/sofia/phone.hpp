#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace sofia_phone {
class Phone;
struct Call;
}  // namespace sofia_phone

#define NUA_MAGIC_T sofia_phone::Phone
#define NUA_HMAGIC_T sofia_phone::Call
#define SU_ROOT_MAGIC_T sofia_phone::Phone
#include <sofia-sip/nua.h>
#include <sofia-sip/su_wait.h>

#include "tests/sofia/media.hpp"

namespace sofia_phone {

struct Settings {
  std::string address = "127.0.0.1";  // of this telephone
  std::string domain;                 // HOST:PORT of the registrar
  std::string user, password;
  std::string transport = "udp";      // udp | tcp | tls
  std::string certificates;           // folder with agent.pem and cafile.pem; the server's is checked
  std::string codecs = "PCMU,PCMA";   // in the order of preference
  int port = 0;
  double hz = 440;
  int expires = 60;
  int answer_after_ms = 300;          // -1 = rings on
  bool reliable = false;              // asks for 100rel as caller, gives it as callee
  int timer_s = 0;                    // Session-Expires; 0 = the stack's own
  bool refreshes = true;              // who keeps the session: we or the other end
};

struct Call {
  int number = 0;
  nua_handle_t* handle = nullptr;
  Media media;
  std::string remote;  // the other end's last description
  bool established = false;
  std::optional<std::chrono::steady_clock::time_point> answer_at;
};

/// A telephone with one account and any number of calls at a time. Errors of the stack end the program.
class Phone {
 public:
  explicit Phone(Settings settings);
  ~Phone();
  Phone(const Phone&) = delete;
  Phone& operator=(const Phone&) = delete;

  void register_account();
  /// Runs one line of input; false: it was the last.
  bool command(const std::string& line);
  /// Lets the stack and the media do what is due, for about 5 ms.
  void step();

 private:
  friend void on_event(nua_event_t, int, char const*, nua_t*, Phone*, nua_handle_t*, Call*, sip_t const*, tagi_t[]);
  void on(nua_event_t event, int status, const char* phrase, nua_handle_t* handle, Call* call, const sip_t* sip, tagi_t tags[]);
  Call& add_call(nua_handle_t* handle);
  Call* find(int number);
  void place(const std::string& uri);
  void hold(Call& call, bool on);
  void refer(Call& call, const std::string& uri, Call* replaced);
  void ring(Call& call);
  void answer(Call& call);
  void on_state(Call& call, int status, tagi_t tags[]);
  void use(Call& call, int active);
  void tell_heard(Call& call);
  bool ask_again(int status, nua_handle_t* handle, const sip_t* sip);
  std::string sdp_of(const Call& call) const;
  std::string uri_of(const std::string& user) const;

  Settings settings_;
  su_root_t* root_ = nullptr;
  nua_t* nua_ = nullptr;
  nua_handle_t* account_ = nullptr;
  std::map<int, std::unique_ptr<Call>> calls_;
  int made_ = 0;
  bool down_ = false;
};

}  // namespace sofia_phone
