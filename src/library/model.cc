#include "modelkin/model.h"

#include <utility>

#include "model/opened_model.h"

namespace modelkin {

Model::Model(std::shared_ptr<const OpenedModel> opened) : opened_(std::move(opened)) {}

const std::string& Model::Path() const { return opened_->path(); }

std::string Model::Family() const {
  return opened_->family() == nullptr ? "" : std::string(opened_->family()->name);
}

std::vector<TensorInfo> Model::Tensors() const {
  std::vector<TensorInfo> tensors;
  tensors.reserve(opened_->checkpoint().tensors().size());
  for (const Tensor& tensor : opened_->checkpoint().tensors()) {
    tensors.push_back({.name = tensor.name,
                       .dtype = TypeText(tensor),
                       .shape = tensor.shape,
                       .elements = tensor.elements,
                       .bytes = StoredBytes(tensor)});
  }
  return tensors;
}

std::vector<std::string> Model::Warnings() const {
  std::vector<std::string> warnings = InEnglish(opened_->checkpoint().warnings());
  if (auto warning = ConfigWarning(*opened_)) warnings.push_back(std::move(warning->english));
  return warnings;
}

}  // namespace modelkin
