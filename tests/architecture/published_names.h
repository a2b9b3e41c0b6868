// Names of tensors that published weight indexes list, from tests/data/published_indexes.txt.
#ifndef MODELKIN_TESTS_ARCHITECTURE_PUBLISHED_NAMES_H_
#define MODELKIN_TESTS_ARCHITECTURE_PUBLISHED_NAMES_H_

#include <map>
#include <string>
#include <vector>

namespace modelkin::testing {

// By the name of the list.
std::map<std::string, std::vector<std::string>> PublishedNames();

// "a.{0-1}.{x,y}" -> a.0.x, a.0.y, a.1.x, a.1.y
std::vector<std::string> Expanded(const std::string& pattern);

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_ARCHITECTURE_PUBLISHED_NAMES_H_
