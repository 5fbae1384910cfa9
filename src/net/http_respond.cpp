#include <atomic>

#include "net/http_session.hpp"
#include "net/loop.hpp"

namespace daedap::net {

namespace {

/// The one answer of a request; an answer that never comes is a 500.
class Answer {
 public:
  Answer(std::shared_ptr<HttpGate> gate, std::weak_ptr<HttpSession> session)
      : gate_(std::move(gate)), session_(std::move(session)) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() {
    if (given_) return;
    HttpResponse lost;
    lost.status = 500;
    lost.body = R"({"error":{"code":"internal","message":"no answer","detail":null}})";
    give(std::move(lost));
  }

  void give(HttpResponse response) {
    if (given_.exchange(true)) return;
    const std::lock_guard lock(gate_->mutex);
    if (!gate_->loop) return;
    gate_->loop->post("http", [session = session_, response = std::move(response)]() mutable {
      if (const auto live = session.lock()) live->respond(std::move(response));
    });
  }

 private:
  std::shared_ptr<HttpGate> gate_;
  std::weak_ptr<HttpSession> session_;
  std::atomic<bool> given_{false};
};

}  // namespace

Respond make_respond(std::shared_ptr<HttpGate> gate, std::weak_ptr<HttpSession> session) {
  auto answer = std::make_shared<Answer>(std::move(gate), std::move(session));
  return [answer](HttpResponse response) { answer->give(std::move(response)); };
}

}  // namespace daedap::net
