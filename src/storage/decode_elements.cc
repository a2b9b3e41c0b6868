#include <algorithm>
#include <stdexcept>

#include "kernels/products.h"
#include "numeric/decode.h"
#include "storage/coded_weight.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kTurnedColumns = 16;
constexpr std::uint64_t kMostSpan = std::uint64_t{1} << 16;  // elements decoded to pick some

// Elements one after the other, as they are stored.
void DecodeRun(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
               std::uint64_t count, float* out) {
  if (tensor.coded != nullptr) {
    tensor.coded->decoder->Decode(parts, begin, count, out);
    return;
  }
  const std::uint64_t width = ByteWidth(tensor.dtype);
  std::vector<std::byte> scratch;
  const auto bytes = parts.Read(tensor, begin * width, count * width, scratch);
  if (FitsFloat(tensor.dtype)) {
    DecodeToFloat(tensor.dtype, bytes.data(), count, out);
    return;
  }
  std::vector<double> values(count);
  DecodeToDouble(tensor.dtype, bytes.data(), count, values.data());
  std::ranges::transform(values, out, [](double value) { return static_cast<float>(value); });
}

void RunOfSteps(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
                std::uint64_t count, float* out) {
  tensor.coded->decoder->GridSteps(parts, begin, count, out);
}

// Writes a run of elements, or what belongs to each of them.
using WriteRun = void (*)(const PartReader&, const Tensor&, std::uint64_t begin,
                          std::uint64_t count, float* out);

// Gathers elements of a view whose elements do not lie one after the other.
class ViewGatherer {
 public:
  ViewGatherer(const PartReader& parts, const Tensor& tensor, WriteRun write)
      : parts_(parts),
        tensor_(tensor),
        write_(write),
        view_(*tensor.view),
        last_(view_.dimensions.size() - 1) {
    // Runs go along the axis whose elements lie closest, so that of a turned matrix whole rows are
    // decoded, and not each element for itself.
    along_ = last_ > 0 && view_.strides[last_ - 1] < view_.strides[last_] &&
                     view_.dimensions[last_ - 1] > 1
                 ? last_ - 1
                 : last_;
  }

  void Gather(std::uint64_t begin, std::uint64_t count, float* out) {
    const std::uint64_t columns = view_.dimensions[last_];
    while (count > 0) {
      const std::uint64_t row = begin / columns, column = begin % columns;
      std::uint64_t taken = std::min(count, columns - column);
      if (along_ == last_) {
        Pick(PlaceOf(row, column), view_.strides[last_], taken, out, 1);
      } else {
        taken = TakeRows(row, column, count, out);
      }
      begin += taken;
      count -= taken;
      out += taken;
    }
  }

 private:
  // Place of an element of a row; rows are counted over all axes but the last.
  std::uint64_t PlaceOf(std::uint64_t row, std::uint64_t column) const {
    std::uint64_t at = view_.offset + column * view_.strides[last_];
    for (std::size_t i = last_; i-- > 0;) {
      at += row % view_.dimensions[i] * view_.strides[i];
      row /= view_.dimensions[i];
    }
    return at;
  }

  // Of a range that begins in the middle of a row, the rest of it; else as many whole rows as there
  // are side by side, or the beginning of one. Returns the elements written.
  std::uint64_t TakeRows(std::uint64_t row, std::uint64_t column, std::uint64_t count, float* out) {
    const std::uint64_t columns = view_.dimensions[last_];
    const std::uint64_t beside = view_.dimensions[along_] - row % view_.dimensions[along_];
    const std::uint64_t whole = column == 0 ? std::min(count / columns, beside) : 0;
    const std::uint64_t rows = std::max<std::uint64_t>(whole, 1);
    const std::uint64_t width = whole > 0 ? columns : std::min(count, columns - column);
    if (rows == 1 || view_.strides[along_] != 1) {
      for (std::uint64_t j = 0; j < width; ++j) {
        Pick(PlaceOf(row, column + j), view_.strides[along_], rows, out + j, width);
      }
      return rows * width;
    }
    // Some columns at once: out has room for whole lines of the cache then.
    for (std::uint64_t j = 0; j < width; j += kTurnedColumns) {
      const std::uint64_t columns_now = std::min(kTurnedColumns, width - j);
      turned_.resize(columns_now * rows);
      for (std::uint64_t k = 0; k < columns_now; ++k) {
        write_(parts_, tensor_, PlaceOf(row, column + j + k), rows, turned_.data() + k * rows);
      }
      Transpose({.values = turned_.data(), .stride = rows}, columns_now, rows, out + j, width);
    }
    return rows * width;
  }

  // Writes `count` elements that lie `stride` apart to every `step`-th place of `out`.
  void Pick(std::uint64_t at, std::uint64_t stride, std::uint64_t count, float* out,
            std::uint64_t step) {
    if (stride == 1 && step == 1) {
      write_(parts_, tensor_, at, count, out);
      return;
    }
    const std::uint64_t most =
        std::max<std::uint64_t>(kMostSpan / std::max<std::uint64_t>(stride, 1), 1);
    for (std::uint64_t done = 0; done < count;) {
      const std::uint64_t now = stride > kMostSpan / 4 ? 1 : std::min(most, count - done);
      span_.resize((now - 1) * stride + 1);
      write_(parts_, tensor_, at + done * stride, span_.size(), span_.data());
      for (std::uint64_t i = 0; i < now; ++i) out[(done + i) * step] = span_[i * stride];
      done += now;
    }
  }

  const PartReader& parts_;
  const Tensor& tensor_;
  WriteRun write_;
  const TensorView& view_;
  std::size_t last_;
  std::size_t along_;
  std::vector<float> span_;
  std::vector<float> turned_;
};

void ForElements(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
                 std::uint64_t count, float* out, WriteRun write) {
  if (count == 0) return;
  if (tensor.view == nullptr) {
    write(parts, tensor, begin, count, out);
  } else if (tensor.view->contiguous()) {
    write(parts, tensor, tensor.view->offset + begin, count, out);
  } else {
    ViewGatherer(parts, tensor, write).Gather(begin, count, out);
  }
}

}  // namespace

void WeightDecoder::Codes(const PartReader&, std::uint64_t, std::uint64_t, CodeRange&) const {
  throw std::logic_error("codes of a weight that has no groups");  // our own bug
}

void DecodeElements(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
                    std::uint64_t count, float* out) {
  ForElements(parts, tensor, begin, count, out, DecodeRun);
}

void GridStepsOfElements(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
                         std::uint64_t count, float* out) {
  ForElements(parts, tensor, begin, count, out, RunOfSteps);
}

}  // namespace modelkin
