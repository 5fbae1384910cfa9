#include "media/source_latch.hpp"

namespace daedap::media {

void SourceLatch::aim(const base::Address& signalled) {
  if (signalled.is_any() || signalled.port == 0) return;
  if (aimed_ && signalled == signalled_) return;
  signalled_ = target_ = signalled;
  aimed_ = true;
  latched_ = false;
  candidate_.reset();
}

SourceLatch::Rank SourceLatch::rank_of(const base::Address& from) const {
  if (from == signalled_) return Rank::exact;
  return from.same_ip(signalled_) ? Rank::same_ip : Rank::stranger;
}

bool SourceLatch::admits(const base::Address& from, const rtp::PacketHeader& header,
                         base::Time now) {
  if (!aimed_) return false;
  if (latched_ && from == target_) return admits_latched(from, header, now);
  const Rank rank = rank_of(from);
  if (latched_ && now - last_ < silence && rank <= rank_of(target_)) return false;
  if (rank == Rank::stranger && !believed(from, header, stranger_packets)) return false;
  latch(from, header, now);
  return true;
}

bool SourceLatch::admits_latched(const base::Address& from, const rtp::PacketHeader& header,
                                 base::Time now) {
  if (header.ssrc != ssrc_ && !believed(from, header, ssrc_packets)) return false;
  latch(from, header, now);
  return true;
}

bool SourceLatch::believed(const base::Address& from, const rtp::PacketHeader& header,
                           int wanted) {
  const bool follows = candidate_ && candidate_->from == from && candidate_->ssrc == header.ssrc &&
                       candidate_->next == header.seq;
  const int count = follows ? candidate_->count + 1 : 1;
  candidate_ = Candidate{from, header.ssrc, header.seq.plus(1), count};
  return count >= wanted;
}

void SourceLatch::latch(const base::Address& from, const rtp::PacketHeader& header,
                        base::Time now) {
  const bool same = latched_ && from == target_ && header.ssrc == ssrc_;
  target_ = from;
  ssrc_ = header.ssrc;
  latched_ = true;
  last_ = now;
  if (!same) candidate_.reset();
}

}  // namespace daedap::media
