#include "basis/arranged_checkpoint.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <unordered_map>

#include "base/error.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

// Products of rotations are over blocks of this size; what needs none is computed in smaller ones,
// so that single rows cost little.
constexpr std::uint64_t kRowsOfABlock = 256, kRowsWithoutProducts = 16;
// Whole tensors that are rotated over their rows are read again and again, others once.
constexpr std::uint64_t kCachedBytes = std::uint64_t{64} << 20,
                        kCachedBytesOfTensors = std::uint64_t{512} << 20;

using Block = std::shared_ptr<const std::vector<float>>;

// A tensor of one axis is a matrix of one column.
Tensor AsMatrix(const Tensor& tensor) {
  Tensor matrix = tensor;
  if (matrix.shape.size() == 1) matrix.shape.push_back(1);
  return matrix;
}

// One arranged tensor, computed by blocks of rows.
class ArrangedTensor {
 public:
  ArrangedTensor(const ModelParts& model, Arrangement how)
      : how_(std::move(how)),
        stored_(AsMatrix(*how_.from->tensor)),
        reader_(model.checkpoint, stored_, 1),
        rows_(how_.rows.empty() ? MappedLength(0) : how_.rows.size()),
        columns_(how_.columns.empty() ? MappedLength(1) : how_.columns.size()) {}

  std::uint64_t rows() const { return rows_; }
  std::uint64_t columns() const { return columns_; }
  bool over_rows() const { return is_rotated() && along(0); }
  // A rotation over rows needs all of them.
  std::uint64_t rows_of_a_block() const {
    return over_rows() ? rows_ : is_rotated() ? kRowsOfABlock : kRowsWithoutProducts;
  }

  Tensor Describe(std::uint64_t offset_bytes) const {
    Tensor tensor{.name = how_.name, .dtype = DType::kF32, .shape = {rows_, columns_}};
    if (how_.from->tensor->shape.size() == 1) tensor.shape.pop_back();
    tensor.elements = rows_ * columns_;
    tensor.offset_bytes = offset_bytes;
    tensor.length_bytes = tensor.elements * sizeof(float);
    return tensor;
  }

  std::vector<float> Compute(std::uint64_t first, std::uint64_t count) const {
    std::vector<float> values = over_rows() ? RotatedOverRows() : MappedOverColumns(first, count);
    reader_.RequireNothingLost();
    if (!how_.columns.empty()) values = WithColumns(values, count);
    GiveSigns(first, values);
    return values;
  }

 private:
  // Of an axis, after the map.
  std::uint64_t MappedLength(std::size_t axis) const {
    return how_.residual != nullptr && along(axis) ? how_.residual->width : stored_.shape[axis];
  }
  bool along(std::size_t axis) const { return how_.from->residual_axis() == axis; }
  bool is_rotated() const { return how_.residual != nullptr && !how_.residual->is_permutation(); }

  // Rows [first, first + count) as they are stored, without what is left out.
  void ReadStored(std::uint64_t first, std::uint64_t count, std::vector<float>& values) const {
    reader_.Read(first, count, values);
    if (how_.left_out == nullptr) return;
    const std::vector<std::uint32_t>& left_out = *how_.left_out;
    const std::uint64_t columns = stored_.shape[1];
    for (std::uint64_t row = 0; row < count; ++row) {
      if (along(1)) {
        values[row * columns + left_out[first + row]] = 0;
        continue;
      }
      for (std::uint64_t column = 0; column < columns; ++column) {
        if (left_out[column] == first + row) values[row * columns + column] = 0;
      }
    }
  }

  // Rows [first, first + count) of the result, as they are stored.
  std::vector<float> StoredRows(std::uint64_t first, std::uint64_t count) const {
    const bool permuted = how_.residual != nullptr && along(0) && how_.residual->is_permutation();
    std::vector<float> values, row;
    if (how_.rows.empty() && !permuted) {
      ReadStored(first, count, values);
      return values;
    }
    values.reserve(count * stored_.shape[1]);
    for (std::uint64_t i = first; i < first + count; ++i) {
      const std::uint32_t at = how_.rows.empty() ? static_cast<std::uint32_t>(i) : how_.rows[i];
      const std::uint32_t from = permuted && at != kNothing ? how_.residual->source[at] : at;
      if (at == kNothing) {
        row.assign(stored_.shape[1], std::numeric_limits<float>::quiet_NaN());
      } else if (from == kNothing) {
        row.assign(stored_.shape[1], how_.residual->missing);
      } else {
        ReadStored(from, 1, row);
        if (permuted) {
          for (float& value : row) value *= how_.residual->sign[at];
        }
      }
      values.insert(values.end(), row.begin(), row.end());
    }
    return values;
  }

  std::vector<float> MappedOverColumns(std::uint64_t first, std::uint64_t count) const {
    std::vector<float> values = StoredRows(first, count);
    if (!along(1)) return values;
    const auto scale = [&](const Coordinates& by, bool divide) {
      if (by == nullptr) return;
      for (std::size_t row = 0; row < values.size(); row += by->size()) {
        for (std::size_t j = 0; j < by->size(); ++j) {
          float& value = values[row + j];
          value = divide ? value / (*by)[j] : value * (*by)[j];
        }
      }
    };
    scale(how_.multiplied, false);
    if (how_.residual != nullptr) how_.residual->ApplyToRows(values, count);
    scale(how_.divided, true);
    return values;
  }

  std::vector<float> RotatedOverRows() const {
    std::vector<float> values;
    ReadStored(0, stored_.shape[0], values);
    how_.residual->ApplyToColumns(values, stored_.shape[1]);
    return values;
  }

  std::vector<float> WithColumns(const std::vector<float>& values, std::uint64_t count) const {
    std::vector<float> chosen;
    chosen.reserve(count * columns_);
    const std::size_t width = values.size() / count;
    for (std::uint64_t row = 0; row < count; ++row) {
      for (const std::uint32_t column : how_.columns) {
        chosen.push_back(column == kNothing ? std::numeric_limits<float>::quiet_NaN()
                                            : values[row * width + column]);
      }
    }
    return chosen;
  }

  void GiveSigns(std::uint64_t first, std::vector<float>& values) const {
    if (how_.row_signs.empty() && how_.column_signs.empty()) return;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!how_.row_signs.empty()) values[i] *= how_.row_signs[first + i / columns_];
      if (!how_.column_signs.empty()) values[i] *= how_.column_signs[i % columns_];
    }
  }

  Arrangement how_;
  Tensor stored_;
  UnitReader reader_;
  std::uint64_t rows_, columns_;
};

// Arranged tensors one after the other, as if they were a file.
class ArrangedSource : public ByteSource {
 public:
  ArrangedSource(const ModelParts& model, std::vector<Arrangement> tensors)
      : label_(model.checkpoint.path() + " (arranged)") {
    for (Arrangement& how : tensors) {
      const std::uint64_t begin = size_bytes_;
      const ArrangedTensor& tensor = tensors_.emplace_back(model, std::move(how));
      if (tensor.over_rows()) most_cached_bytes_ = kCachedBytesOfTensors;
      begins_.push_back(begin);
      size_bytes_ += tensor.rows() * tensor.columns() * sizeof(float);
    }
  }

  std::vector<Tensor> Describe() const {
    std::vector<Tensor> list;
    list.reserve(tensors_.size());
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      list.push_back(tensors_[i].Describe(begins_[i]));
    }
    return list;
  }

  const std::string& label() const override { return label_; }
  std::uint64_t size_bytes() const override { return size_bytes_; }

  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>& scratch) const override {
    if (offset > size_bytes_ || length > size_bytes_ - offset) {
      throw Error(ErrorKind::kBadInput, "range ends beyond the tensors",
                  {.file = label_, .offset_bytes = offset});
    }
    scratch.resize(length);
    for (std::uint64_t done = 0; done < length;) {
      done += CopyFrom(offset + done, length - done, scratch.data() + done);
    }
    return scratch;
  }

 private:
  // Copies up to `length` bytes out of one block, and says how many.
  std::uint64_t CopyFrom(std::uint64_t offset, std::uint64_t length, std::byte* out) const {
    const auto next = std::ranges::upper_bound(begins_, offset);
    const auto index = static_cast<std::size_t>(next - begins_.begin()) - 1;
    const ArrangedTensor& tensor = tensors_[index];
    const std::uint64_t row_bytes = tensor.columns() * sizeof(float);
    const std::uint64_t block_bytes = tensor.rows_of_a_block() * row_bytes;
    const std::uint64_t number = (offset - begins_[index]) / block_bytes;
    const Block block = Find(index, number);
    const std::uint64_t at = offset - begins_[index] - number * block_bytes;
    const std::uint64_t count = std::min(length, block->size() * sizeof(float) - at);
    std::memcpy(out, reinterpret_cast<const std::byte*>(block->data()) + at, count);
    return count;
  }

  Block Find(std::size_t index, std::uint64_t number) const {
    const std::pair key(index, number);
    {
      const std::scoped_lock lock(mutex_);
      if (const auto found = blocks_.find(key); found != blocks_.end()) return found->second;
    }
    const ArrangedTensor& tensor = tensors_[index];
    const std::uint64_t first = number * tensor.rows_of_a_block();
    const std::uint64_t count = std::min(tensor.rows_of_a_block(), tensor.rows() - first);
    auto block = std::make_shared<const std::vector<float>>(tensor.Compute(first, count));
    Keep(key, block);
    return block;
  }

  void Keep(const std::pair<std::size_t, std::uint64_t>& key, const Block& block) const {
    const std::scoped_lock lock(mutex_);
    if (!blocks_.emplace(key, block).second) return;
    order_.push_back(key);
    cached_bytes_ += block->size() * sizeof(float);
    while (cached_bytes_ > most_cached_bytes_ && order_.size() > 1) {
      const auto oldest = blocks_.find(order_.front());
      cached_bytes_ -= oldest->second->size() * sizeof(float);
      blocks_.erase(oldest);
      order_.pop_front();
    }
  }

  std::string label_;
  std::deque<ArrangedTensor> tensors_;
  std::vector<std::uint64_t> begins_;
  std::uint64_t size_bytes_ = 0, most_cached_bytes_ = kCachedBytes;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<std::size_t, std::uint64_t>, Block> blocks_;
  mutable std::deque<std::pair<std::size_t, std::uint64_t>> order_;
  mutable std::uint64_t cached_bytes_ = 0;
};

}  // namespace

bool Arrangement::changes_nothing() const {
  return left_out == nullptr && multiplied == nullptr && divided == nullptr && rows.empty() &&
         columns.empty() && row_signs.empty() && column_signs.empty() &&
         (residual == nullptr || !from->residual_axis());
}

Checkpoint Arranged(const ModelParts& model, std::vector<Arrangement> tensors) {
  std::vector<Tensor> catalogue;
  std::vector<Arrangement> computed;
  for (Arrangement& how : tensors) {
    if (how.changes_nothing() || how.from->tensor->shape.size() > 2) {
      catalogue.push_back(Renamed(*how.from->tensor, how.name));
    } else {
      computed.push_back(std::move(how));
    }
  }
  const auto source = std::make_shared<ArrangedSource>(model, std::move(computed));
  std::vector<CheckpointFile> files = model.checkpoint.files();
  const auto file = static_cast<std::uint32_t>(files.size());
  files.push_back({.name = source->label(), .source = source});
  for (Tensor& tensor : source->Describe()) {
    tensor.file = file;
    catalogue.push_back(std::move(tensor));
  }
  return {model.checkpoint.path(), std::move(files), std::move(catalogue), {}};
}

ModelParts WithTensors(const ModelParts& model, Checkpoint checkpoint) {
  ModelParts result{.checkpoint = std::move(checkpoint),
                    .residual = model.residual,
                    .layers = model.layers,
                    .heads = model.heads,
                    .packed = model.packed,
                    .incomplete = model.incomplete};
  // In the checkpoint's order, as ModelParts::Find needs them.
  for (const Tensor& tensor : result.checkpoint.tensors()) {
    const Part* const part = model.Find(tensor.name);
    if (part == nullptr) continue;
    result.parts.push_back(*part);
    result.parts.back().tensor = &tensor;
  }
  const auto moved = [&](const Part* part) {
    return part == nullptr ? nullptr : result.Find(part->tensor->name);
  };
  for (Mlp mlp : model.mlps) {
    mlp.gate = moved(mlp.gate);
    mlp.up = moved(mlp.up);
    mlp.down = moved(mlp.down);
    if (mlp.up != nullptr && (mlp.gate != nullptr || mlp.down != nullptr)) {
      result.mlps.push_back(std::move(mlp));
    }
  }
  return result;
}

}  // namespace modelkin
