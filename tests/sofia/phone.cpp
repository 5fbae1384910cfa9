#include "tests/sofia/phone.hpp"

#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sdp.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/soa.h>
#include <sofia-sip/soa_tag.h>
#include <sofia-sip/su_tag_io.h>
#include <sofia-sip/tport_tag.h>

#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace sofia_phone {
namespace {

using Clock = std::chrono::steady_clock;

/// Memory of the stack for the length of a scope.
struct Home {
  su_home_t home[1] = {SU_HOME_INIT(home)};
  Home() { su_home_init(home); }
  ~Home() { su_home_deinit(home); }
};

const char* state_name(int state) { return nua_callstate_name(static_cast<nua_callstate>(state)); }

}  // namespace

void on_event(nua_event_t event, int status, char const* phrase, nua_t*, Phone* phone, nua_handle_t* handle, Call* call,
              sip_t const* sip, tagi_t tags[]) {
  phone->on(event, status, phrase, handle, call, sip, tags);
}

Phone::Phone(Settings settings) : settings_(std::move(settings)) {
  su_init();
  root_ = su_root_create(this);
  su_root_threading(root_, 0);
  const bool tls = settings_.transport == "tls";
  const std::string own = (tls ? "sips:" : "sip:") + settings_.address + ":" + std::to_string(settings_.port) + ";transport=" + settings_.transport;
  nua_ = nua_create(root_, on_event, this, NUTAG_URL(own.c_str()), TAG_IF(tls, NUTAG_CERTIFICATE_DIR(settings_.certificates.c_str())),
                    TAG_IF(tls, TPTAG_TLS_VERIFY_POLICY(TPTLS_VERIFY_OUT)), NUTAG_SUPPORTED("100rel, timer, replaces"),
                    NUTAG_EARLY_MEDIA(settings_.reliable), NUTAG_AUTOALERT(0), NUTAG_AUTOANSWER(0), NUTAG_ENABLEMESSAGE(0),
                    NUTAG_UPDATE_REFRESH(1), NUTAG_MIN_SE(90), SOATAG_AF(SOA_AF_IP4_ONLY), SOATAG_ADDRESS(settings_.address.c_str()),
                    NUTAG_USER_AGENT("sofia_phone"), NTATAG_MAX_FORWARDS(70), TAG_END());
  if (nua_ == nullptr) throw std::runtime_error("Sofia-SIP does not start at " + own);
  if (settings_.timer_s > 0)
    nua_set_params(nua_, NUTAG_SESSION_TIMER(settings_.refreshes ? static_cast<unsigned>(settings_.timer_s) : 0U),
                   NUTAG_SESSION_REFRESHER(settings_.refreshes ? nua_local_refresher : nua_no_refresher), TAG_END());
}

Phone::~Phone() {
  nua_shutdown(nua_);
  const auto end = Clock::now() + std::chrono::seconds(3);
  while (!down_ && Clock::now() < end) su_root_step(root_, 5);
  nua_destroy(nua_);
  su_root_destroy(root_);
  su_deinit();
}

std::string Phone::uri_of(const std::string& user) const {
  return "sip:" + user + "@" + settings_.domain + (settings_.transport == "udp" ? "" : ";transport=" + settings_.transport);
}

void Phone::register_account() {
  const std::string self = "<" + uri_of(settings_.user) + ">";
  const std::string registrar = "sip:" + settings_.domain + (settings_.transport == "udp" ? "" : ";transport=" + settings_.transport);
  account_ = nua_handle(nua_, nullptr, SIPTAG_TO_STR(self.c_str()), SIPTAG_FROM_STR(self.c_str()), TAG_END());
  nua_register(account_, NUTAG_REGISTRAR(URL_STRING_MAKE(registrar.c_str())), NUTAG_M_USERNAME(settings_.user.c_str()),
               NUTAG_OUTBOUND("no-outbound no-validate no-natify use-rport no-options-keepalive"),
               SIPTAG_EXPIRES_STR(std::to_string(settings_.expires).c_str()), TAG_END());
}

void Phone::step() {
  su_root_step(root_, 5);
  const auto now = Clock::now();
  for (auto& [number, call] : calls_) {
    call->media.run(now);
    if (call->answer_at && *call->answer_at <= now) answer(*call);
  }
}

bool Phone::command(const std::string& line) {
  std::istringstream words(line);
  std::string verb, uri;
  words >> verb;
  if (verb == "quit") return false;
  if (verb == "call") {
    words >> uri;
    place(uri);
    return true;
  }
  int number = 0, other = 0;
  words >> number;
  Call* call = find(number);
  if (call == nullptr) {
    std::printf(R"({"event":"no_call","call":%d})" "\n", number);
  } else if (verb == "answer") {
    answer(*call);
  } else if (verb == "hold" || verb == "resume") {
    hold(*call, verb == "hold");
  } else if (verb == "refer" && words >> uri) {
    refer(*call, uri, nullptr);
  } else if (verb == "attend" && words >> other >> uri) {
    refer(*call, uri, find(other));
  } else if (verb == "heard") {
    tell_heard(*call);
  } else if (verb == "bye") {
    nua_bye(call->handle, TAG_END());
  }
  return true;
}

Call* Phone::find(int number) {
  const auto found = calls_.find(number);
  return found == calls_.end() ? nullptr : found->second.get();
}

Call& Phone::add_call(nua_handle_t* handle) {
  const int number = ++made_;
  auto& call = calls_[number] = std::unique_ptr<Call>(new Call{number, handle, Media(settings_.address, settings_.hz), {}, false, {}});
  nua_handle_bind(handle, call.get());
  return *call;
}

std::string Phone::sdp_of(const Call& call) const {
  std::string types, maps;
  std::istringstream names(settings_.codecs);
  for (std::string name; std::getline(names, name, ',');) {
    const std::string type = name == "PCMA" ? "8" : "0";
    types += " " + type;
    maps += "a=rtpmap:" + type + " " + name + "/8000\r\n";
  }
  return "m=audio " + std::to_string(call.media.port()) + " RTP/AVP" + types + "\r\n" + maps;
}

void Phone::place(const std::string& uri) {
  const std::string self = "<" + uri_of(settings_.user) + ">", to = "<" + uri + ">";
  nua_handle_t* handle = nua_handle(nua_, nullptr, SIPTAG_TO_STR(to.c_str()), SIPTAG_FROM_STR(self.c_str()),
                                    NUTAG_M_USERNAME(settings_.user.c_str()), TAG_END());
  Call& call = add_call(handle);
  // The stack asks for a refresher by its own name only.
  const std::string timer = "Session-Expires: " + std::to_string(settings_.timer_s) + ";refresher=uas";
  nua_invite(handle, TAG_IF(settings_.timer_s > 0 && !settings_.refreshes, SIPTAG_HEADER_STR(timer.c_str())), SOATAG_USER_SDP_STR(sdp_of(call).c_str()), SOATAG_RTP_SELECT(SOA_RTP_SELECT_COMMON),
             TAG_IF(settings_.reliable, SIPTAG_REQUIRE_STR("100rel")), TAG_END());
}

void Phone::hold(Call& call, bool on) { nua_invite(call.handle, SOATAG_HOLD(on ? "audio" : ""), TAG_END()); }

void Phone::refer(Call& call, const std::string& uri, Call* replaced) {
  Home scope;
  std::string to = "<" + uri;
  if (replaced != nullptr) {
    sip_replaces_t* replaces = nua_handle_make_replaces(replaced->handle, scope.home, 0);
    to += std::string("?") + sip_headers_as_url_query(scope.home, SIPTAG_REPLACES(replaces), TAG_END());
  }
  nua_refer(call.handle, SIPTAG_REFER_TO_STR((to + ">").c_str()), TAG_END());
}

void Phone::ring(Call& call) {
  nua_respond(call.handle, SIP_180_RINGING, SOATAG_USER_SDP_STR(sdp_of(call).c_str()), TAG_END());
  if (settings_.answer_after_ms >= 0) call.answer_at = Clock::now() + std::chrono::milliseconds(settings_.answer_after_ms);
}

void Phone::answer(Call& call) {
  call.answer_at.reset();
  nua_respond(call.handle, SIP_200_OK, SOATAG_USER_SDP_STR(sdp_of(call).c_str()), SOATAG_RTP_SELECT(SOA_RTP_SELECT_COMMON), TAG_END());
}

/// Gives the credentials that a 401 or 407 asks for; whether it was one.
bool Phone::ask_again(int status, nua_handle_t* handle, const sip_t* sip) {
  if ((status != 401 && status != 407) || sip == nullptr) return false;
  Home scope;
  const auto* first = status == 401 ? sip->sip_www_authenticate : sip->sip_proxy_authenticate;
  bool asked = false;
  for (const auto* one = first; one != nullptr; one = reinterpret_cast<const sip_www_authenticate_t*>(one->au_next)) {
    const char* realm = msg_params_find(one->au_params, "realm=");
    if (realm == nullptr || asked) continue;
    nua_authenticate(handle, NUTAG_AUTH((std::string("Digest:") + realm + ":" + settings_.user + ":" + settings_.password).c_str()), TAG_END());
    asked = true;
  }
  return asked;
}

void Phone::on(nua_event_t event, int status, const char* phrase, nua_handle_t* handle, Call* call, const sip_t* sip, tagi_t tags[]) {
  const int number = call == nullptr ? 0 : call->number;
  if (std::getenv("SOFIA_PHONE_TRACE") != nullptr) std::fprintf(stderr, "%s %d %s\n", nua_event_name(event), status, phrase);
  switch (event) {
    case nua_r_shutdown:
      down_ = status >= 200;
      return;
    case nua_r_register:
      if (!ask_again(status, handle, sip) && status >= 200) std::printf(R"({"event":"registered","status":%d})" "\n", status);
      return;
    case nua_r_invite:
    case nua_r_refer:
    case nua_r_update:
    case nua_r_prack:
      if (ask_again(status, handle, sip)) return;
      if (call != nullptr)
        std::printf(R"({"event":"%s","call":%d,"status":%d,"phrase":"%s"})" "\n", nua_event_name(event) + 6, number, status, phrase);
      return;
    case nua_i_invite:
      if (call == nullptr) {
        call = &add_call(handle);
        std::printf(R"({"event":"incoming","call":%d,"user_agent":"%s"})" "\n", call->number,
                    sip->sip_user_agent != nullptr ? sip->sip_user_agent->g_string : "");
        return ring(*call);
      }
      [[fallthrough]];
    case nua_i_update:
    case nua_i_prack:
      std::printf(R"({"event":"got_%s","call":%d})" "\n", nua_event_name(event) + 6, number);
      return;
    case nua_i_notify:
      if (sip->sip_payload != nullptr)
        std::printf(R"({"event":"refer_status","call":%d,"status":%d})" "\n", number,
                    std::atoi(std::string(sip->sip_payload->pl_data, sip->sip_payload->pl_len).substr(8, 3).c_str()));
      return;
    case nua_i_state:
      if (call != nullptr) on_state(*call, status, tags);
      return;
    default:
      return;
  }
}

void Phone::on_state(Call& call, int status, tagi_t tags[]) {
  int state = 0, active = SOA_ACTIVE_DISABLED;
  const char* remote = nullptr;
  tl_gets(tags, NUTAG_CALLSTATE_REF(state), SOATAG_ACTIVE_AUDIO_REF(active), SOATAG_REMOTE_SDP_STR_REF(remote), TAG_END());
  if (remote != nullptr) call.remote = remote;
  std::printf(R"({"event":"state","call":%d,"state":"%s","status":%d,"active":%d})" "\n", call.number, state_name(state), status, active);
  if (active != SOA_ACTIVE_DISABLED) use(call, active);
  if (state == nua_callstate_ready && !call.established) {
    call.established = true;
    std::printf(R"({"event":"established","call":%d})" "\n", call.number);
  }
  if (state != nua_callstate_terminated) return;
  tell_heard(call);
  std::printf(R"({"event":"ended","call":%d,"status":%d})" "\n", call.number, status);
  nua_handle_destroy(call.handle);
  calls_.erase(call.number);
}

/// Where the media goes after an offer and its answer, and in which codec: the first of the other end's that we speak.
void Phone::use(Call& call, int active) {
  Home scope;
  const std::string& remote = call.remote;
  if (remote.empty()) return;
  sdp_parser_t* parser = sdp_parse(scope.home, remote.data(), static_cast<issize_t>(remote.size()), 0);
  const sdp_session_t* session = sdp_session(parser);
  const sdp_media_t* line = session == nullptr ? nullptr : session->sdp_media;
  const sdp_connection_t* where = line == nullptr ? nullptr : sdp_media_connections(line);
  if (where != nullptr) {
    for (const sdp_rtpmap_t* map = line->m_rtpmaps; map != nullptr; map = map->rm_next) {
      const Codec codec = map->rm_pt == 8 ? Codec::pcma : Codec::pcmu;
      if ((map->rm_pt != 0 && map->rm_pt != 8) || settings_.codecs.find(name_of(codec)) == std::string::npos) continue;
      call.media.agree(where->c_address, static_cast<std::uint16_t>(line->m_port), codec, active > 0 && (active & SOA_ACTIVE_SENDONLY) != 0);
      break;
    }
  }
  sdp_parser_free(parser);
}

void Phone::tell_heard(Call& call) {
  ToneMeter& meter = call.media.meter();
  std::string tones;
  for (const auto& [hz, windows] : meter.tones())
    tones += (tones.empty() ? "\"" : ",\"") + std::to_string(hz) + "\":" + std::to_string(windows / 10.0).substr(0, 5);
  std::printf(R"({"event":"heard","call":%d,"tones":{%s},"other":%.1f,"silent":%.1f,"packets":%d,"foreign":%d,"codec":"%s"})" "\n",
              call.number, tones.c_str(), meter.other() / 10.0, meter.silent() / 10.0, call.media.received(), call.media.foreign(),
              name_of(call.media.codec()));
  meter.clear();
}

}  // namespace sofia_phone
