#include "storage/gguf/stacked_piece.h"

#include <memory>
#include <utility>

#include "kernels/block_form.h"
#include "storage/coded_weight.h"
#include "storage/gguf/block_decoder.h"

namespace modelkin {
namespace {

// Bytes [begin, begin + length) of what is stored there as it is.
Tensor CutBytes(Tensor tensor, Shape shape, std::uint64_t begin, std::uint64_t length) {
  tensor.elements = *ElementCount(shape);
  tensor.shape = std::move(shape);
  tensor.offset_bytes += begin;
  tensor.length_bytes = length;
  return tensor;
}

std::optional<Tensor> PlainPiece(const Tensor& tensor, Shape shape, std::uint64_t begin,
                                 std::uint64_t elements) {
  const std::uint64_t bits = BitWidth(tensor.dtype);
  if (bits % 8 != 0) return std::nullopt;
  return CutBytes(tensor, std::move(shape), begin * (bits / 8), elements * (bits / 8));
}

std::optional<Tensor> BlocksPiece(const Tensor& tensor, Shape shape, std::uint64_t begin,
                                  std::uint64_t elements) {
  CodedWeight coded = *tensor.coded;
  const BlockForm* const form = FindBlockForm(coded.label);
  if (form == nullptr || begin % form->values != 0 || elements % form->values != 0) {
    return std::nullopt;
  }
  const std::uint64_t bytes = elements / form->values * form->bytes;
  Tensor blocks = CutBytes(coded.parts[0], {bytes}, begin / form->values * form->bytes, bytes);
  const Tensor* scales = nullptr;
  if (coded.parts.size() > 1 && coded.parts[1].elements > 1) {
    const std::uint64_t of_each = tensor.elements / coded.parts[1].elements;
    if (begin % of_each != 0 || elements != of_each) return std::nullopt;
    coded.parts[1] = CutBytes(coded.parts[1], {1}, begin / of_each * sizeof(float), sizeof(float));
  }
  if (coded.parts.size() > 1) scales = &coded.parts[1];
  coded.decoder = MakeBlockDecoder(*form, blocks, elements, scales);
  coded.layout = LayoutOf(*form, blocks, scales);
  coded.parts[0] = std::move(blocks);
  Tensor piece = tensor;
  piece.elements = elements;
  piece.shape = std::move(shape);
  piece.offset_bytes = coded.parts[0].offset_bytes;
  piece.length_bytes = bytes;
  piece.coded = std::make_shared<const CodedWeight>(std::move(coded));
  return piece;
}

}  // namespace

std::optional<Tensor> StackedPiece(const Tensor& tensor, std::string name, Shape shape,
                                   std::uint64_t begin) {
  const std::uint64_t elements = *ElementCount(shape);
  auto piece = tensor.coded == nullptr ? PlainPiece(tensor, std::move(shape), begin, elements)
                                       : BlocksPiece(tensor, std::move(shape), begin, elements);
  if (!piece) return std::nullopt;
  return Renamed(std::move(*piece), std::move(name));
}

}  // namespace modelkin
