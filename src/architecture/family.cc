#include "architecture/family.h"

#include <algorithm>

#include "architecture/families/encoder_parts.h"
#include "architecture/families/parts.h"

namespace modelkin {

std::vector<std::string_view> SplitKeys(std::string_view keys) {
  std::vector<std::string_view> all;
  while (!keys.empty()) {
    const std::size_t bar = std::min(keys.find('|'), keys.size());
    all.push_back(keys.substr(0, bar));
    keys.remove_prefix(std::min(bar + 1, keys.size()));
  }
  return all;
}

const std::vector<Family>& Families() {
  static const std::vector<Family> all = [] {
    auto joined = families::Join<Family>({families::DenseDecoders(),
                                          families::LlamaLikeDecoders(),
                                          families::GemmaLikeDecoders(),
                                          families::LayerNormDecoders(),
                                          families::OutputNormDecoders(),
                                          families::RenamedDecoders(),
                                          families::RemoteCodeDecoders(),
                                          families::ExpertDecoders(),
                                          families::SigmoidExpertDecoders(),
                                          families::SoftmaxExpertDecoders(),
                                          families::FusedExpertDecoders(),
                                          families::HunYuanDecoders(),
                                          families::LatentAttentionDecoders(),
                                          families::LinearAttentionDecoders(),
                                          families::StateSpaceDecoders(),
                                          families::ConvolutionDecoders(),
                                          families::PerLayerEmbeddingDecoders(),
                                          families::SparseLatentDecoders(),
                                          families::OldNames(),
                                          families::EarlyDecoders(),
                                          families::GroupedQkvDecoders(),
                                          families::TextEncoders(),
                                          families::EncoderDecoders(),
                                          families::ImageTextEncoders(),
                                          families::VisionEncoders(),
                                          families::LaterVisionEncoders(),
                                          families::MergingVisionEncoders(),
                                          families::AudioEncoders(),
                                          families::ConformerEncoders()});
    std::ranges::sort(joined, {}, &Family::name);
    return joined;
  }();
  return all;
}

std::vector<const Family*> FamiliesOf(std::string_view model_type, Component component) {
  std::vector<const Family*> families;
  for (const Family& family : Families()) {
    if (family.component == component &&
        std::ranges::find(family.model_types, model_type) != family.model_types.end()) {
      families.push_back(&family);
    }
  }
  return families;
}

const Family* FindFamily(std::string_view model_type, Component component) {
  const auto families = FamiliesOf(model_type, component);
  return families.empty() ? nullptr : families.front();
}

}  // namespace modelkin
