// Writes the three models of docs/three-models.md into a folder, as files of which only names,
// types and shapes are real: write_published_shapes FOLDER CONFIGS.
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "architecture/shape_only.h"

int main(int count, char** arguments) {
  namespace fs = std::filesystem;
  using namespace modelkin::testing;
  if (count != 3) {
    std::fputs("write_published_shapes FOLDER CONFIGS\n", stderr);
    return 2;
  }
  for (const auto& [name, tensors] : std::vector<std::pair<std::string, std::vector<StoredShape>>>{
           {"solar-open-100b", SolarOpen100B()},
           {"glm-4.5-air", Glm45Air()},
           {"phi-3.5-moe", Phi35Moe()}}) {
    const fs::path folder = fs::path(arguments[1]) / name;
    fs::create_directory(folder);
    WriteShapes(folder.string(), tensors);
    fs::copy_file(fs::path(arguments[2]) / (name + ".json"), folder / "config.json");
  }
  return 0;
}
