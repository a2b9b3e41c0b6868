// A tensor of a checkpoint: what it is called, what it holds, and where its numbers lie.
#ifndef MODELKIN_STORAGE_TENSOR_H_
#define MODELKIN_STORAGE_TENSOR_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "numeric/dtype.h"
#include "numeric/shape.h"
#include "storage/stored_form.h"

namespace modelkin {

struct CodedWeight;

// Where the elements of a tensor lie that is stored under another name, as a part of a larger one,
// or in another order: element (i, j, ...) at offset + i strides[0] + j strides[1] + ...
struct TensorView {
  std::string stored_name;
  std::uint64_t offset = 0;  // in elements, as the strides
  Shape dimensions;          // as many elements as the tensor has; its shape may join some of them
  std::vector<std::uint64_t> strides;

  // Returns whether the elements lie one after the other.
  bool contiguous() const;
};

struct Tensor {
  std::string name;
  DType dtype = DType::kF32;  // of its values: F32 of what is decoded
  Shape shape;
  std::uint64_t elements = 0;
  std::uint32_t file = 0;          // index into Checkpoint::files()
  std::uint64_t offset_bytes = 0;  // from that file's start
  std::uint64_t length_bytes = 0;
  // Null: all of what lies there. Else offset_bytes and length_bytes are those of the stored
  // tensor.
  std::shared_ptr<const TensorView> view = nullptr;
  StoredAs stored = {};  // as weights, or quantised
  // Null: the numbers lie there as they are. Else a weight whose values are decoded as they are
  // read; place and length are those of the first of its parts, and a view's elements are those of
  // the decoded weight.
  std::shared_ptr<const CodedWeight> coded = nullptr;

  // Returns the name in the file.
  const std::string& stored_name() const { return view == nullptr ? name : view->stored_name; }
};

// Returns whether more is known of the tensor than its name: an index without its shards says no
// more.
bool HasShape(const Tensor& tensor);

// Returns the tensor under another name; its bytes stay where they are.
Tensor Renamed(Tensor tensor, std::string name);

// Says that the tensor, and all that it is decoded from, lies in the file of that index.
void MoveToFile(Tensor& tensor, std::uint32_t file);

// Returns the bytes that the tensor takes up in its files, with all that it is decoded from.
std::uint64_t StoredBytes(const Tensor& tensor);

// Returns what its numbers are stored as: "BF16", "Q4_K", "GPTQ, 4 bits".
std::string TypeText(const Tensor& tensor);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_TENSOR_H_
