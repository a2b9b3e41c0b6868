#include "inference/linear.h"

#include <cblas.h>

#include <algorithm>
#include <cstdint>

#include "base/parallel.h"
#include "linalg/blas_threads.h"
#include "numeric/decode.h"
#include "scan/side_reader.h"

namespace modelkin {
namespace {

// Outputs computed in one go. A panel of a wide model (4,096 inputs) then fills 2 MiB.
constexpr std::size_t kPanelRows = 128;

int Int(std::size_t size) { return static_cast<int>(size); }

// Some rows of a weight matrix as floats.
struct Panel {
  const float* values;
  bool inputs_first;  // inputs by outputs, not outputs by inputs
};

// What a thread decodes into.
struct Scratch {
  std::vector<std::byte> bytes;
  std::vector<float> run, values;
};

class PanelReader {
 public:
  PanelReader(const Checkpoint& checkpoint, const Tensor& matrix)
      : checkpoint_(checkpoint), matrix_(matrix), reader_(checkpoint, matrix) {}

  Panel Read(std::size_t first, std::size_t count, Scratch& scratch) const {
    const TensorView* const view = matrix_.view.get();
    if (view != nullptr && view->dimensions.size() == 2 && view->strides[1] != 1) {
      return ReadInputsFirst(*view, first, count, scratch);
    }
    const std::size_t columns = matrix_.shape[1];
    const auto bytes = reader_.Read(first * columns, count * columns, scratch.bytes);
    const bool aligned = reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(float) == 0;
    if (matrix_.dtype == DType::kF32 && aligned) {
      return {reinterpret_cast<const float*>(bytes.data()), false};
    }
    scratch.values.resize(count * columns);
    DecodeToFloat(matrix_.dtype, bytes.data(), count * columns, scratch.values.data());
    return {scratch.values.data(), false};
  }

  void RequireNothingLost() const { reader_.RequireNothingLost(); }

 private:
  // One run of each input's outputs after the other.
  Panel ReadInputsFirst(const TensorView& view, std::size_t first, std::size_t count,
                        Scratch& scratch) const {
    const std::size_t width = BitWidth(matrix_.dtype) / 8;
    const std::size_t step = view.strides[0];
    const std::size_t run = (count - 1) * step + 1;
    scratch.run.resize(run);
    scratch.values.resize(count * matrix_.shape[1]);
    for (std::size_t input = 0; input < matrix_.shape[1]; ++input) {
      const std::uint64_t at = view.offset + input * view.strides[1] + first * step;
      const auto bytes = checkpoint_.SourceOf(matrix_).Read(matrix_.offset_bytes + at * width,
                                                            run * width, scratch.bytes);
      DecodeToFloat(matrix_.dtype, bytes.data(), run, scratch.run.data());
      float* const out = scratch.values.data() + input * count;
      for (std::size_t k = 0; k < count; ++k) out[k] = scratch.run[k * step];
    }
    return {scratch.values.data(), true};
  }

  const Checkpoint& checkpoint_;
  const Tensor& matrix_;
  SideReader reader_;
};

void MultiplyPanel(const Activations& x, const Panel& panel, std::size_t count, float* out,
                   std::size_t out_columns) {
  const int stride = Int(panel.inputs_first ? count : x.columns);
  if (x.rows == 1) {
    const auto rows = panel.inputs_first ? x.columns : count;
    const auto columns = panel.inputs_first ? count : x.columns;
    cblas_sgemv(CblasRowMajor, panel.inputs_first ? CblasTrans : CblasNoTrans, Int(rows),
                Int(columns), 1.0F, panel.values, stride, x.values.data(), 1, 0.0F, out, 1);
    return;
  }
  cblas_sgemm(CblasRowMajor, CblasNoTrans, panel.inputs_first ? CblasNoTrans : CblasTrans,
              Int(x.rows), Int(count), Int(x.columns), 1.0F, x.values.data(), Int(x.columns),
              panel.values, stride, 0.0F, out, Int(out_columns));
}

}  // namespace

Activations MultiplyRows(const Weights& weights, const Activations& x, const Tensor& matrix,
                         std::size_t first, std::size_t count, unsigned threads) {
  Activations out(x.rows, count);
  if (x.rows == 0 || count == 0) return out;
  UseOneBlasThread();
  const PanelReader reader(weights.checkpoint(), matrix);
  const double work =
      static_cast<double>(x.rows) * static_cast<double>(x.columns) * static_cast<double>(count);
  const unsigned workers = work < kSerialWork ? 1 : threads;
  std::vector<Scratch> scratch(workers);
  ParallelFor(workers, (count + kPanelRows - 1) / kPanelRows,
              [&](std::size_t index, unsigned worker) {
                const std::size_t begin = index * kPanelRows;
                const std::size_t rows = std::min(kPanelRows, count - begin);
                const Panel panel = reader.Read(first + begin, rows, scratch[worker]);
                MultiplyPanel(x, panel, rows, out.values.data() + begin, count);
              });
  reader.RequireNothingLost();
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
