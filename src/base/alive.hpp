#pragma once

#include <memory>

namespace daedap::base {

/// Tells a task that may outlive its target whether the target is still there.
/// The target owns an `Alive`; the task holds `alive.token()` and asks it on the target's thread.
class Alive {
 public:
  class Token {
   public:
    explicit operator bool() const { return !flag_.expired(); }

   private:
    friend class Alive;
    explicit Token(std::weak_ptr<char> flag) : flag_(std::move(flag)) {}
    std::weak_ptr<char> flag_;
  };
  Alive() : flag_(std::make_shared<char>()) {}
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;
  Token token() const { return Token(flag_); }

 private:
  std::shared_ptr<char> flag_;
};

}  // namespace daedap::base
