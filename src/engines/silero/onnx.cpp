// The parameters in an .onnx file. They are float tensors with names: initializers of a graph, or
// values of its Constant nodes, also in the graphs that stand in an If node's branches.
#include <deque>

#include "engines/silero/tensors.hpp"
#include "engines/silero/wire.hpp"

namespace daedap::engines::silero {
namespace {

// Field numbers of onnx.proto.
namespace model { constexpr std::uint32_t graph = 7; }
namespace graph { constexpr std::uint32_t node = 1, initializer = 5; }
namespace node { constexpr std::uint32_t attribute = 5; }
namespace attribute { constexpr std::uint32_t tensor = 5, graph = 6; }
namespace tensor { constexpr std::uint32_t dims = 1, type = 2, name = 8, raw = 9; }
constexpr std::uint64_t float_type = 1;

constexpr std::size_t most_graphs = 256, most_dims = 8;
constexpr int deepest = 8;

using Bytes = std::span<const std::uint8_t>;

tl::unexpected<base::Error> broken() {
  return base::fail(base::Code::bad_syntax, "not a readable .onnx file");
}

class Reader {
 public:
  base::Result<Networks> read(Bytes file) {
    Wire wire(file);
    for (Wire::Field f; wire.next(f);) {
      if (f.number == model::graph && f.is_bytes) graphs_.push_back({f.bytes, 0});
    }
    if (wire.broken() || graphs_.empty()) return broken();
    while (!graphs_.empty()) {
      const Graph next = graphs_.front();
      graphs_.pop_front();
      if (auto ok = read_graph(next); !ok) return tl::unexpected(ok.error());
    }
    return std::move(networks_);
  }

 private:
  struct Graph {
    Bytes bytes;
    int depth;
  };

  base::Result<void> read_graph(const Graph& g) {
    if (++seen_ > most_graphs) return base::fail(base::Code::too_large, "too many graphs in an .onnx file");
    Wire wire(g.bytes);
    for (Wire::Field f; wire.next(f);) {
      if (!f.is_bytes) continue;
      base::Result<void> ok;
      if (f.number == graph::initializer) ok = read_tensor(f.bytes);
      if (f.number == graph::node) ok = read_node(f.bytes, g.depth);
      if (!ok) return ok;
    }
    return wire.broken() ? base::Result<void>(broken()) : base::Result<void>{};
  }

  base::Result<void> read_node(Bytes bytes, int depth) {
    Wire wire(bytes);
    for (Wire::Field f; wire.next(f);) {
      if (f.number != node::attribute || !f.is_bytes) continue;
      if (auto ok = read_attribute(f.bytes, depth); !ok) return ok;
    }
    return wire.broken() ? base::Result<void>(broken()) : base::Result<void>{};
  }

  base::Result<void> read_attribute(Bytes bytes, int depth) {
    Wire wire(bytes);
    for (Wire::Field f; wire.next(f);) {
      if (!f.is_bytes) continue;
      if (f.number == attribute::graph) {
        if (depth >= deepest || graphs_.size() >= most_graphs) {
          return base::fail(base::Code::too_large, "graphs too deep in an .onnx file");
        }
        graphs_.push_back({f.bytes, depth + 1});
      } else if (f.number == attribute::tensor) {
        if (auto ok = read_tensor(f.bytes); !ok) return ok;
      }
    }
    return wire.broken() ? base::Result<void>(broken()) : base::Result<void>{};
  }

  base::Result<void> read_tensor(Bytes bytes) {
    Tensor out;
    std::uint64_t type = 0;
    std::string_view name;
    Wire wire(bytes);
    for (Wire::Field f; wire.next(f);) {
      if (f.number == tensor::dims && !read_dims(f, out.dims)) return broken();
      if (f.number == tensor::type && !f.is_bytes) type = f.value;
      if (f.number == tensor::raw && f.is_bytes) out.bytes = f.bytes;
      if (f.number == tensor::name && f.is_bytes) {
        name = {reinterpret_cast<const char*>(f.bytes.data()), f.bytes.size()};
      }
    }
    if (wire.broken()) return broken();
    const auto known = part_of(name);
    if (!known || type != float_type || known->prefix.size() > 64) return {};
    out.part = known->part;
    return networks_.add(std::to_string(seen_) + std::string(known->prefix), std::move(out));
  }

  static bool read_dims(const Wire::Field& f, std::vector<std::uint64_t>& dims) {
    if (!f.is_bytes) {
      dims.push_back(f.value);
      return dims.size() <= most_dims;
    }
    Wire packed(f.bytes);
    for (std::uint64_t d = 0; packed.next_number(d);) {
      dims.push_back(d);
      if (dims.size() > most_dims) return false;
    }
    return !packed.broken();
  }

  Networks networks_;
  std::deque<Graph> graphs_;
  std::size_t seen_ = 0;
};

}  // namespace

base::Result<Networks> read_onnx(std::span<const std::uint8_t> file) { return Reader().read(file); }

}  // namespace daedap::engines::silero
