#include "inference/linear.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/parallel.h"
#include "kernels/products.h"
#include "numeric/decode.h"
#include "scan/side_reader.h"

namespace modelkin {
namespace {

// Outputs computed in one go: more of them read x less often, fewer keep more threads busy. Bits do
// not depend on it.
constexpr std::size_t kFewestOutputs = 48, kMostOutputs = 192;
// Where of an input all outputs lie beside each other.
constexpr std::size_t kOutputsBeside = 64;
// Inputs whose products are summed up in one go: the parts of a panel and of its factor then stay
// in the cache nearest to the processor but one.
constexpr std::size_t kInputBlock = 512, kRowInputBlock = 2048;
// Rows of x from which on it pays to turn it, so that sums for neighbouring rows lie in a vector.
constexpr std::size_t kTurnedRows = 24;
// Rows of x that lie beside each other once it is turned.
constexpr std::size_t kTurnedBlock = 64;
// Blocks whose sums are worked on together.
constexpr std::size_t kBlocksTogether = 4;
// Rows of x up to which narrow weights are decoded in registers, each as often as there are tiles.
constexpr std::size_t kDirectRows = 6;

// What a thread decodes and sums up into.
struct Scratch {
  std::vector<std::byte> bytes;
  std::vector<float> run, values, sums;
};

// x for products that go through it column by column: blocks of rows, of each block the inputs one
// after the other. The last block is filled up with zeros to a whole vector of any processor.
class TurnedRows {
 public:
  TurnedRows(const Activations& x, unsigned threads)
      : rows_(x.rows), inputs_(x.columns), storage_(RoundedUp(x.rows) * x.columns + kLine) {
    values_ = storage_.data();
    while (reinterpret_cast<std::uintptr_t>(values_) % (kLine * sizeof(float)) != 0) ++values_;
    ParallelFor(threads, blocks(), [&](std::size_t block, unsigned) {
      const std::size_t first = block * kTurnedBlock, width = this->width(block);
      float* const out = values_ + first * inputs_;
      Transpose({x.Row(first), x.columns}, std::min(kTurnedBlock, rows_ - first), inputs_, out,
                width);
    });
  }

  std::size_t blocks() const { return (rows_ + kTurnedBlock - 1) / kTurnedBlock; }
  // Of a block, with zeros.
  std::size_t width(std::size_t block) const {
    return std::min(kTurnedBlock, RoundedUp(rows_) - block * kTurnedBlock);
  }
  FloatRows From(std::size_t block, std::size_t input) const {
    const std::size_t stride = width(block);
    return {values_ + block * kTurnedBlock * inputs_ + input * stride, stride};
  }

  static std::size_t RoundedUp(std::size_t rows) { return (rows + 15) / 16 * 16; }

 private:
  static constexpr std::size_t kLine = 16;  // floats of a cache line, and of the widest vector

  std::size_t rows_, inputs_;
  std::vector<float> storage_;
  float* values_;  // where a line begins: vectors that cross lines are read at half the speed
};

class Product {
 public:
  Product(const Checkpoint& checkpoint, const Activations& x, const Tensor& matrix,
          unsigned threads, Activations& out)
      : checkpoint_(checkpoint), x_(x), matrix_(matrix), reader_(checkpoint, matrix), out_(out) {
    const TensorView* const view = matrix.view.get();
    inputs_first_ =
        view != nullptr && view->dimensions.size() == 2 && view->strides[1] != 1 ? view : nullptr;
    if (inputs_first_ == nullptr && x.rows >= kTurnedRows) turned_.emplace(x, threads);
  }

  std::size_t PanelOutputs(std::size_t outputs, unsigned threads) const {
    if (inputs_first_ != nullptr) return kOutputsBeside;
    const std::size_t share = outputs / (std::size_t{4} * threads);
    return std::clamp(share / kFewestOutputs * kFewestOutputs, kFewestOutputs, kMostOutputs);
  }

  // Outputs [first, first + count) of the matrix, to column `to`.
  void Panel(std::size_t first, std::size_t count, std::size_t to, Scratch& scratch) const {
    if (inputs_first_ != nullptr) {
      InputsFirst(first, count, to, scratch);
      return;
    }
    const auto bytes = reader_.Read(first * x_.columns, count * x_.columns, scratch.bytes);
    turned_ ? Turned(bytes.data(), count, to, scratch) : ByRow(bytes.data(), count, to, scratch);
  }

  void RequireNothingLost() const { reader_.RequireNothingLost(); }

 private:
  void ByRow(const std::byte* bytes, std::size_t count, std::size_t to, Scratch& scratch) const {
    const std::size_t width = BitWidth(matrix_.dtype) / 8;
    for (std::size_t k = 0; k < x_.columns; k += kRowInputBlock) {
      const std::size_t inputs = std::min(kRowInputBlock, x_.columns - k);
      StoredRows weights{matrix_.dtype, bytes + k * width, x_.columns};
      if (x_.rows > kDirectRows) {
        const FloatRows floats = AsFloats(weights, count, inputs, scratch);
        weights = {DType::kF32, reinterpret_cast<const std::byte*>(floats.values), floats.stride};
      }
      AddRowProducts({x_.Row(0) + k, x_.columns}, x_.rows, weights, count, inputs, out_.Row(0) + to,
                     out_.columns);
    }
  }

  // transpose(W transpose(x)), for some rows of x after the other: their sums stay in the cache.
  void Turned(const std::byte* bytes, std::size_t count, std::size_t to, Scratch& scratch) const {
    for (std::size_t block = 0; block < turned_->blocks(); block += kBlocksTogether) {
      const std::size_t blocks = std::min(kBlocksTogether, turned_->blocks() - block);
      TurnedBlocks(block, blocks, bytes, count, to, scratch);
    }
  }

  void TurnedBlocks(std::size_t first, std::size_t blocks, const std::byte* bytes,
                    std::size_t count, std::size_t to, Scratch& scratch) const {
    const std::size_t width = BitWidth(matrix_.dtype) / 8;
    const std::size_t stride = blocks * kTurnedBlock;
    scratch.sums.assign(count * stride, 0.0F);
    for (std::size_t k = 0; k < x_.columns; k += kInputBlock) {
      const std::size_t inputs = std::min(kInputBlock, x_.columns - k);
      const StoredRows stored{matrix_.dtype, bytes + k * width, x_.columns};
      const FloatRows weights = AsFloats(stored, count, inputs, scratch);
      for (std::size_t i = 0; i < blocks; ++i) {
        AddProduct(weights, count, turned_->From(first + i, k), turned_->width(first + i), inputs,
                   scratch.sums.data() + i * kTurnedBlock, stride);
      }
    }
    const std::size_t row = first * kTurnedBlock;
    Transpose({scratch.sums.data(), stride}, count, std::min(stride, x_.rows - row),
              out_.Row(row) + to, out_.columns);
  }

  // Of an input all outputs lie beside each other.
  void InputsFirst(std::size_t first, std::size_t count, std::size_t to, Scratch& scratch) const {
    const TensorView& view = *inputs_first_;
    const std::size_t width = BitWidth(matrix_.dtype) / 8;
    const std::size_t step = view.strides[0];
    const std::size_t run = (count - 1) * step + 1;
    scratch.run.resize(run);
    scratch.values.resize(count * x_.columns);
    for (std::size_t input = 0; input < x_.columns; ++input) {
      const std::uint64_t at = view.offset + input * view.strides[1] + first * step;
      const auto bytes = checkpoint_.SourceOf(matrix_).Read(matrix_.offset_bytes + at * width,
                                                            run * width, scratch.bytes);
      float* const out = scratch.values.data() + input * count;
      DecodeWeights(matrix_.dtype, bytes.data(), run, step == 1 ? out : scratch.run.data());
      for (std::size_t k = 0; step != 1 && k < count; ++k) out[k] = scratch.run[k * step];
    }
    AddProduct({x_.Row(0), x_.columns}, x_.rows, {scratch.values.data(), count}, count, x_.columns,
               out_.Row(0) + to, out_.columns);
  }

  // In place, where they are stored so.
  static FloatRows AsFloats(const StoredRows& stored, std::size_t count, std::size_t inputs,
                            Scratch& scratch) {
    const bool aligned = reinterpret_cast<std::uintptr_t>(stored.bytes) % alignof(float) == 0;
    if (stored.dtype == DType::kF32 && aligned) {
      return {reinterpret_cast<const float*>(stored.bytes), stored.stride};
    }
    const std::size_t stride = inputs + kPadding;
    const std::size_t width = BitWidth(stored.dtype) / 8;
    scratch.values.resize(count * stride);
    for (std::size_t i = 0; i < count; ++i) {
      DecodeWeights(stored.dtype, stored.bytes + i * stored.stride * width, inputs,
                    scratch.values.data() + i * stride);
    }
    return {scratch.values.data(), stride};
  }

  // Between rows, which would otherwise compete for the same lines of a cache.
  static constexpr std::size_t kPadding = 16;

  const Checkpoint& checkpoint_;
  const Activations& x_;
  const Tensor& matrix_;
  SideReader reader_;
  Activations& out_;
  const TensorView* inputs_first_;
  std::optional<TurnedRows> turned_;
};

}  // namespace

Activations MultiplyRows(const Weights& weights, const Activations& x, const Tensor& matrix,
                         std::size_t first, std::size_t count, unsigned threads) {
  Activations out(x.rows, count);
  if (x.rows == 0 || count == 0) return out;
  const double work =
      static_cast<double>(x.rows) * static_cast<double>(x.columns) * static_cast<double>(count);
  const unsigned workers = work < kSerialWork ? 1 : threads;
  const Product product(weights.checkpoint(), x, matrix, workers, out);
  std::vector<Scratch> scratch(workers);
  const std::size_t panel = product.PanelOutputs(count, workers);
  ParallelFor(workers, (count + panel - 1) / panel, [&](std::size_t index, unsigned worker) {
    const std::size_t begin = index * panel;
    product.Panel(first + begin, std::min(panel, count - begin), begin, scratch[worker]);
  });
  product.RequireNothingLost();
  InfinityToNan(out.values);
  return out;
}

Activations Multiply(const Weights& weights, const Activations& x, const Tensor& matrix,
                     unsigned threads) {
  return MultiplyRows(weights, x, matrix, 0, matrix.shape[0], threads);
}

Activations Linear(const Weights& weights, const Activations& x, const std::string& name,
                   std::size_t outputs) {
  return Multiply(weights, x, weights.Require(name + ".weight", {outputs, x.columns}),
                  weights.threads());
}

Activations LinearWithBias(const Weights& weights, const Activations& x, const std::string& name,
                           std::size_t outputs) {
  Activations out = Linear(weights, x, name, outputs);
  AddRow(out, weights.Vector(name + ".bias", outputs));
  return out;
}

void AddRow(Activations& to, const std::vector<float>& row) {
  for (std::size_t i = 0; i < to.rows; ++i) {
    float* const values = to.Row(i);
    for (std::size_t k = 0; k < row.size(); ++k) values[k] += row[k];
  }
  InfinityToNan(to.values);
}

}  // namespace modelkin
