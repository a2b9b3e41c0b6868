#include "inference/linear.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/parallel.h"
#include "checkpoint/tensor_reader.h"
#include "kernels/products.h"
#include "numeric/decode.h"

namespace modelkin {
namespace {

// Outputs computed in one go: more of them read x less often, fewer keep more threads busy. Bits do
// not depend on it.
constexpr std::size_t kOutputs = 64, kMostOutputs = 192;
// Inputs whose products are summed up in one go: the parts of a panel and of its factor then stay
// in the cache nearest to the processor but one.
constexpr std::size_t kMostInputs = 768, kRowInputBlock = 2048;
// Rows of x in one go: a multiple of those that are turned together. With fewer, turning weights
// and reading them again takes its time; with more, sums do not stay in the cache.
constexpr std::size_t kFewestRows = 256, kMostRows = 1024;
// Rows of x from which on it pays to turn it, so that sums for neighbouring rows lie in a vector.
constexpr std::size_t kTurnedRows = 24;
// Rows of x that lie beside each other once it is turned.
constexpr std::size_t kTurnedBlock = 64;
// Blocks whose sums are worked on together.
constexpr std::size_t kBlocksTogether = 4;
// Rows of x up to which narrow weights are decoded in registers, each as often as there are tiles.
constexpr std::size_t kDirectRows = 6;

constexpr std::size_t kLine = 16;  // floats of a cache line, and of the widest vector

// The first line's beginning: vectors that cross lines are read at half the speed.
float* AtLine(float* values) {
  while (reinterpret_cast<std::uintptr_t>(values) % (kLine * sizeof(float)) != 0) ++values;
  return values;
}

// Blocks of about one size.
std::size_t InputBlock(std::size_t inputs) {
  const std::size_t blocks = (inputs + kMostInputs - 1) / kMostInputs;
  return ((inputs + blocks - 1) / blocks + kLine - 1) / kLine * kLine;
}

// A part of the result: rows [row, row + rows), and of the matrix outputs [first, first + count),
// which go to columns from `to` on.
struct Tile {
  std::size_t row, rows;
  std::size_t first, count, to;
};

// What a thread decodes and sums up into.
struct LinearScratch {
  std::vector<std::byte> bytes;
  std::vector<float> run, values, sums;
};

// x for products that go through it column by column: blocks of rows, of each block the inputs one
// after the other. The last block is filled up with zeros to a whole vector of any processor.
class TurnedRows {
 public:
  TurnedRows(const Activations& x, unsigned threads)
      : rows_(x.rows), inputs_(x.columns), storage_(RoundedUp(x.rows) * x.columns + kLine) {
    values_ = AtLine(storage_.data());
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
  std::size_t rows_, inputs_;
  std::vector<float> storage_;
  float* values_;
};

class Product {
 public:
  Product(const Checkpoint& checkpoint, const Activations& x, const Tensor& matrix,
          std::size_t outputs, unsigned threads, Activations& out)
      : checkpoint_(checkpoint), x_(x), matrix_(matrix), reader_(checkpoint, matrix), out_(out) {
    const TensorView* const view = matrix.view.get();
    const bool turned = view != nullptr && view->dimensions.size() == 2 && view->strides[1] != 1;
    inputs_first_ = turned && reader_.is_in_place() ? view : nullptr;
    if (inputs_first_ != nullptr || x.rows < kTurnedRows) return;
    // Either x and the result are turned, or the weights: what is less.
    turns_weights_ = x.columns * outputs < x.rows * (x.columns + outputs);
    if (!turns_weights_) turned_.emplace(x, threads);
  }

  // All of outputs [first, first + count), each tile's weights beside each other: of whole panels
  // if they are enough to keep threads busy, and of some rows each if not.
  std::vector<Tile> Tiles(std::size_t first, std::size_t count, unsigned threads) const {
    const std::size_t wanted = std::size_t{4} * threads;
    const std::size_t outputs =
        inputs_first_ != nullptr
            ? kOutputs
            : std::clamp(count / wanted / kOutputs * kOutputs, kOutputs, kMostOutputs);
    const std::size_t panels = (count + outputs - 1) / outputs;
    const std::size_t share = x_.rows * panels / wanted;
    const std::size_t rows = std::clamp(share / kFewestRows * kFewestRows, kFewestRows, kMostRows);
    std::vector<Tile> tiles;
    for (std::size_t to = 0; to < count; to += outputs) {
      for (std::size_t row = 0; row < x_.rows; row += rows) {
        tiles.push_back({.row = row,
                         .rows = std::min(rows, x_.rows - row),
                         .first = first + to,
                         .count = std::min(outputs, count - to),
                         .to = to});
      }
    }
    return tiles;
  }

  // Infinite sums become NaN.
  void Run(const Tile& tile, LinearScratch& scratch) const {
    if (inputs_first_ != nullptr) {
      InputsFirst(tile, scratch);
    } else {
      const auto bytes =
          reader_.Read(tile.first * x_.columns, tile.count * x_.columns, scratch.bytes);
      const auto add = turns_weights_ ? &Product::TurnedWeights
                       : turned_      ? &Product::Turned
                                      : &Product::ByRow;
      (this->*add)(bytes.data(), tile, scratch);
    }
    for (std::size_t i = 0; i < tile.rows; ++i) {
      InfinityToNan({out_.Row(tile.row + i) + tile.to, tile.count});
    }
  }

  void RequireNothingLost() const { reader_.RequireNothingLost(); }

 private:
  float* Out(const Tile& tile) const { return out_.Row(tile.row) + tile.to; }

  void ByRow(const std::byte* bytes, const Tile& tile, LinearScratch& scratch) const {
    const std::size_t width = BitWidth(matrix_.dtype) / 8;
    for (std::size_t k = 0; k < x_.columns; k += kRowInputBlock) {
      const std::size_t inputs = std::min(kRowInputBlock, x_.columns - k);
      StoredRows weights{matrix_.dtype, bytes + k * width, x_.columns};
      if (tile.rows > kDirectRows) {
        const FloatRows floats = AsFloats(weights, tile.count, inputs, scratch);
        weights = {DType::kF32, reinterpret_cast<const std::byte*>(floats.values), floats.stride};
      }
      AddRowProducts({x_.Row(tile.row) + k, x_.columns}, tile.rows, weights, tile.count, inputs,
                     Out(tile), out_.columns);
    }
  }

  // x transpose(W). The same sums in the same order as below.
  void TurnedWeights(const std::byte* bytes, const Tile& tile, LinearScratch& scratch) const {
    const std::size_t width = BitWidth(matrix_.dtype) / 8;
    const std::size_t block = InputBlock(x_.columns);
    scratch.run.resize(kOutputs * block + kLine);
    float* const turned = AtLine(scratch.run.data());
    for (std::size_t k = 0; k < x_.columns; k += block) {
      const std::size_t inputs = std::min(block, x_.columns - k);
      const StoredRows stored{matrix_.dtype, bytes + k * width, x_.columns};
      const FloatRows weights = AsFloats(stored, tile.count, inputs, scratch);
      for (std::size_t i = 0; i < tile.count; i += kOutputs) {
        const std::size_t outputs = std::min(kOutputs, tile.count - i);
        Transpose({weights.values + i * weights.stride, weights.stride}, outputs, inputs, turned,
                  kOutputs);
        AddProduct({x_.Row(tile.row) + k, x_.columns}, tile.rows, {turned, kOutputs}, outputs,
                   inputs, Out(tile) + i, out_.columns);
      }
    }
  }

  // transpose(W transpose(x)), for some rows of x after the other: their sums stay in the cache.
  void Turned(const std::byte* bytes, const Tile& tile, LinearScratch& scratch) const {
    const std::size_t first = tile.row / kTurnedBlock;
    const std::size_t end = (tile.row + tile.rows + kTurnedBlock - 1) / kTurnedBlock;
    for (std::size_t block = first; block < end; block += kBlocksTogether) {
      TurnedBlocks(block, std::min(kBlocksTogether, end - block), bytes, tile, scratch);
    }
  }

  void TurnedBlocks(std::size_t first, std::size_t blocks, const std::byte* bytes, const Tile& tile,
                    LinearScratch& scratch) const {
    const std::size_t width = BitWidth(matrix_.dtype) / 8;
    const std::size_t stride = blocks * kTurnedBlock;
    scratch.sums.assign(tile.count * stride, 0.0F);
    const std::size_t block = InputBlock(x_.columns);
    for (std::size_t k = 0; k < x_.columns; k += block) {
      const std::size_t inputs = std::min(block, x_.columns - k);
      const StoredRows stored{matrix_.dtype, bytes + k * width, x_.columns};
      const FloatRows weights = AsFloats(stored, tile.count, inputs, scratch);
      for (std::size_t i = 0; i < blocks; ++i) {
        AddProduct(weights, tile.count, turned_->From(first + i, k), turned_->width(first + i),
                   inputs, scratch.sums.data() + i * kTurnedBlock, stride);
      }
    }
    const std::size_t row = first * kTurnedBlock;
    Transpose({scratch.sums.data(), stride}, tile.count, std::min(stride, x_.rows - row),
              out_.Row(row) + tile.to, out_.columns);
  }

  // Of an input all outputs lie beside each other.
  void InputsFirst(const Tile& tile, LinearScratch& scratch) const {
    const TensorView& view = *inputs_first_;
    const std::size_t width = BitWidth(matrix_.dtype) / 8;
    const std::size_t step = view.strides[0];
    const std::size_t run = (tile.count - 1) * step + 1;
    scratch.run.resize(run);
    scratch.values.resize(tile.count * x_.columns);
    for (std::size_t input = 0; input < x_.columns; ++input) {
      const std::uint64_t at = view.offset + input * view.strides[1] + tile.first * step;
      const auto bytes = checkpoint_.SourceOf(matrix_).Read(matrix_.offset_bytes + at * width,
                                                            run * width, scratch.bytes);
      float* const out = scratch.values.data() + input * tile.count;
      DecodeWeights(matrix_.dtype, bytes.data(), run, step == 1 ? out : scratch.run.data());
      for (std::size_t k = 0; step != 1 && k < tile.count; ++k) out[k] = scratch.run[k * step];
    }
    AddProduct({x_.Row(tile.row), x_.columns}, tile.rows, {scratch.values.data(), tile.count},
               tile.count, x_.columns, Out(tile), out_.columns);
  }

  // In place, where they are stored so.
  static FloatRows AsFloats(const StoredRows& stored, std::size_t count, std::size_t inputs,
                            LinearScratch& scratch) {
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
  TensorReader reader_;
  Activations& out_;
  const TensorView* inputs_first_;
  bool turns_weights_ = false;
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
  const Product product(weights.checkpoint(), x, matrix, count, workers, out);
  std::vector<LinearScratch> scratch(workers);
  const std::vector<Tile> tiles = product.Tiles(first, count, workers);
  ParallelFor(workers, tiles.size(), [&](std::size_t index, unsigned worker) {
    product.Run(tiles[index], scratch[worker]);
  });
  product.RequireNothingLost();
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
  AddRow(out, weights.Vector(name + ".bias", outputs), weights.threads());
  return out;
}

void AddRow(Activations& to, const std::vector<float>& row, unsigned threads) {
  ForRows(to, threads, [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      float* const values = to.Row(i);
      for (std::size_t k = 0; k < row.size(); ++k) values[k] += row[k];
      InfinityToNan({values, row.size()});
    }
  });
}

}  // namespace modelkin
