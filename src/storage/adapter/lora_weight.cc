#include "storage/adapter/lora_weight.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "storage/form.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostFactors = std::uint64_t{1} << 18;  // of either factor, held at once

// Adds the product of two narrow matrices. Values do not depend on how ranges are cut: each is the
// sum over the rank in order, in double precision.
class LoraDecoder : public WeightDecoder {
 public:
  explicit LoraDecoder(LoraParts parts)
      : parts_(std::move(parts)), rank_(parts_.left.shape[1]), columns_(parts_.right.shape[1]) {}

  void Decode(const PartReader& reader, std::uint64_t begin, std::uint64_t count,
              float* out) const override {
    while (count > 0) {
      const std::uint64_t row = begin / columns_, column = begin % columns_;
      const std::uint64_t rows =
          column == 0 ? std::clamp<std::uint64_t>(count / columns_, 1, MostRows()) : 1;
      const std::uint64_t width = std::min(count, columns_ - column);
      if (parts_.magnitude) {
        WholeRows(reader, row, rows, column, width, out);
      } else {
        DecodeElements(reader, parts_.base, begin, rows * width, out);
        std::vector<double> sums(rows * width);
        AddProduct(reader, row, rows, column, width, sums.data());
        for (std::uint64_t i = 0; i < rows * width; ++i) out[i] = Sum(out[i], sums[i]);
      }
      begin += rows * width;
      count -= rows * width;
      out += rows * width;
    }
  }

  void GridSteps(const PartReader&, std::uint64_t, std::uint64_t count, float* out) const override {
    std::fill_n(out, count, 0.0F);
  }

 private:
  float Sum(float base, double product) const {
    return static_cast<float>(static_cast<double>(base) + parts_.scale * product);
  }

  // Of a run of rows, so that the left factor and the sums take little memory.
  std::uint64_t MostRows() const {
    const std::uint64_t longest = std::max<std::uint64_t>(std::max(rank_, columns_), 1);
    return std::max<std::uint64_t>(kMostFactors / longest, 1);
  }

  // Adds left right at some columns of some rows to `sums` [rows, width].
  void AddProduct(const PartReader& reader, std::uint64_t row, std::uint64_t rows,
                  std::uint64_t column, std::uint64_t width, double* sums) const {
    std::vector<float> left(rows * rank_);
    DecodeElements(reader, parts_.left, row * rank_, left.size(), left.data());
    const std::uint64_t at_once = std::clamp<std::uint64_t>(kMostFactors / width, 1, rank_);
    std::vector<float> right(at_once * width);
    for (std::uint64_t first = 0; first < rank_; first += at_once) {
      const std::uint64_t some = std::min(at_once, rank_ - first);
      ReadRight(reader, first, some, column, width, right.data());
      for (std::uint64_t i = 0; i < rows; ++i) {
        double* const to = sums + i * width;
        for (std::uint64_t k = 0; k < some; ++k) {
          const double factor = left[i * rank_ + first + k];
          const float* const from = right.data() + k * width;
          for (std::uint64_t j = 0; j < width; ++j) {
            to[j] += factor * static_cast<double>(from[j]);
          }
        }
      }
    }
  }

  void ReadRight(const PartReader& reader, std::uint64_t first, std::uint64_t some,
                 std::uint64_t column, std::uint64_t width, float* right) const {
    if (width == columns_) {
      DecodeElements(reader, parts_.right, first * columns_, some * columns_, right);
      return;
    }
    for (std::uint64_t k = 0; k < some; ++k) {
      DecodeElements(reader, parts_.right, (first + k) * columns_ + column, width,
                     right + k * width);
    }
  }

  // Rows as DoRA scales them, of which some columns are wanted: the length is that of the whole.
  void WholeRows(const PartReader& reader, std::uint64_t row, std::uint64_t rows,
                 std::uint64_t column, std::uint64_t width, float* out) const {
    std::vector<float> base(rows * columns_), magnitude(rows);
    DecodeElements(reader, parts_.base, row * columns_, base.size(), base.data());
    DecodeElements(reader, *parts_.magnitude, row, rows, magnitude.data());
    std::vector<double> sums(base.size());
    AddProduct(reader, row, rows, 0, columns_, sums.data());
    for (std::uint64_t i = 0; i < rows; ++i) {
      double* const of_row = sums.data() + i * columns_;
      double squares = 0;
      for (std::uint64_t j = 0; j < columns_; ++j) {
        of_row[j] = static_cast<double>(base[i * columns_ + j]) + parts_.scale * of_row[j];
        squares += of_row[j] * of_row[j];
      }
      const double factor = static_cast<double>(magnitude[i]) / std::sqrt(squares);
      for (std::uint64_t j = 0; j < width; ++j) {
        out[i * width + j] = static_cast<float>(factor * of_row[column + j]);
      }
    }
  }

  LoraParts parts_;
  std::uint64_t rank_, columns_;
};

// Adds one vector to another.
class LoraBiasDecoder : public WeightDecoder {
 public:
  LoraBiasDecoder(Tensor base, Tensor change, double scale)
      : base_(std::move(base)), change_(std::move(change)), scale_(scale) {}

  void Decode(const PartReader& reader, std::uint64_t begin, std::uint64_t count,
              float* out) const override {
    std::vector<float> change(count);
    DecodeElements(reader, base_, begin, count, out);
    DecodeElements(reader, change_, begin, count, change.data());
    for (std::uint64_t i = 0; i < count; ++i) {
      out[i] =
          static_cast<float>(static_cast<double>(out[i]) + scale_ * static_cast<double>(change[i]));
    }
  }

  void GridSteps(const PartReader&, std::uint64_t, std::uint64_t count, float* out) const override {
    std::fill_n(out, count, 0.0F);
  }

 private:
  Tensor base_, change_;
  double scale_;
};

// Under the base's name, at its place.
Tensor MakeAdapted(const Tensor& base, std::string label, std::vector<Tensor> parts,
                   std::shared_ptr<const WeightDecoder> decoder) {
  CodedWeight coded{.label = std::move(label),
                    .block = "",
                    .is_quantised = false,
                    .parts = std::move(parts),
                    .decoder = std::move(decoder)};
  return MakeCodedWeight(base.name, base.shape, std::move(coded));
}

}  // namespace

Tensor TurnedMatrix(const Tensor& matrix) {
  Tensor turned = matrix;
  TensorView view{matrix.stored_name(), 0, matrix.shape, {matrix.shape[1], 1}};
  if (matrix.view != nullptr) view = *matrix.view;
  std::swap(view.dimensions[0], view.dimensions[1]);
  std::swap(view.strides[0], view.strides[1]);
  std::swap(turned.shape[0], turned.shape[1]);
  turned.view = std::make_shared<const TensorView>(std::move(view));
  return turned;
}

Tensor MakeLoraWeight(LoraParts parts) {
  const Tensor base = parts.base;
  std::vector<Tensor> all = {parts.base, parts.left, parts.right};
  if (parts.magnitude) all.push_back(*parts.magnitude);
  std::string label = fmt::format("{} + {}, rank {}", TypeText(base),
                                  parts.magnitude ? "DoRA" : "LoRA", parts.left.shape[1]);
  return MakeAdapted(base, std::move(label), std::move(all),
                     std::make_shared<const LoraDecoder>(std::move(parts)));
}

Tensor MakeLoraBias(Tensor base, Tensor change, double scale) {
  const Tensor at = base;
  std::vector<Tensor> parts = {base, change};
  return MakeAdapted(
      at, fmt::format("{} + LoRA", TypeText(at)), std::move(parts),
      std::make_shared<const LoraBiasDecoder>(std::move(base), std::move(change), scale));
}

}  // namespace modelkin
