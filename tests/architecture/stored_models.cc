#include "architecture/stored_models.h"

#include <filesystem>
#include <set>
#include <sstream>

#include "architecture/name_pattern.h"
#include "support/temporary_directory.h"

namespace modelkin::testing {
namespace {

std::vector<std::uint64_t> Numbers(const std::string& text, char separator) {
  std::vector<std::uint64_t> numbers;
  std::stringstream stream(text);
  for (std::string number; std::getline(stream, number, separator);) {
    numbers.push_back(std::stoull(number));
  }
  return numbers;
}

// "0-2,5" -> 0, 1, 2, 5
std::vector<std::uint64_t> Layers(const std::string& text) {
  std::vector<std::uint64_t> layers;
  std::stringstream stream(text);
  for (std::string run; std::getline(stream, run, ',');) {
    const auto ends = Numbers(run, '-');
    for (std::uint64_t layer = ends.front(); layer <= ends.back(); ++layer) layers.push_back(layer);
  }
  return layers;
}

// "model.layers.{L}.mlp.experts.{E}.up_proj.weight 14x32 3* 1-2"
void AddLine(const std::string& line, std::vector<StoredShape>& tensors) {
  std::stringstream words(line);
  std::string pattern, shape, word, layers = "0";
  words >> pattern >> shape;
  std::uint64_t experts = 1;
  while (words >> word) {
    if (word.ends_with('*')) {
      experts = std::stoull(word);
    } else {
      layers = word;
    }
  }
  for (const std::uint64_t layer : Layers(layers)) {
    for (std::uint64_t expert = 0; expert < experts; ++expert) {
      tensors.push_back({NameOf(pattern, layer, expert), Numbers(shape, 'x')});
    }
  }
}

}  // namespace

std::vector<StoredModel> StoredModels() {
  std::set<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(MODELKIN_TEST_DATA) + "/names")) {
    if (entry.path().extension() == ".txt") files.insert(entry.path());
  }
  std::vector<StoredModel> models;
  for (const auto& file : files) {
    std::stringstream lines(ReadWholeFile(file.string()));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with('#')) continue;
      if (line.starts_with("= ")) {
        const std::size_t brace = line.find('{');
        models.push_back({.name = line.substr(2, brace - 3),
                          .config = nlohmann::json::parse(line.substr(brace)),
                          .tensors = {}});
      } else {
        AddLine(line, models.back().tensors);
      }
    }
  }
  return models;
}

}  // namespace modelkin::testing
