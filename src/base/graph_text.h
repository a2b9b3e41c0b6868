// More of escaped_text.h: names of models in forms that graphs are written in.
#ifndef MODELKIN_BASE_GRAPH_TEXT_H_
#define MODELKIN_BASE_GRAPH_TEXT_H_

#include <string>
#include <string_view>

namespace modelkin {

// Returns the text for an element or attribute of XML 1.0 in UTF-8: markup as entities; what XML
// has no place for, controls and invalid UTF-8 are escapes.
std::string XmlText(std::string_view text);

// Returns a quoted label of Newick's format, where a quote is written twice: controls and invalid
// UTF-8 are escapes.
std::string NewickLabel(std::string_view text);

}  // namespace modelkin

#endif  // MODELKIN_BASE_GRAPH_TEXT_H_
