#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace daedap::base {

/// A move-only `void()`; what std::function cannot hold (captured unique_ptr).
class Task {
 public:
  Task() = default;
  template <typename F>
    requires(!std::is_same_v<std::decay_t<F>, Task>)
  Task(F&& f) : body_(std::make_unique<Body<std::decay_t<F>>>(std::forward<F>(f))) {}  // NOLINT
  void operator()() { body_->run(); }
  explicit operator bool() const { return body_ != nullptr; }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void run() = 0;
  };
  template <typename F>
  struct Body final : Base {
    template <typename G>
    explicit Body(G&& g) : f(std::forward<G>(g)) {}
    void run() override { f(); }
    F f;
  };
  std::unique_ptr<Base> body_;
};

}  // namespace daedap::base
