// A PNG of a figure, by librsvg 2 and GdkPixbuf, through the few functions of theirs that it takes.
#include <fmt/format.h>

#include <cstddef>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/shared_library.h"
#include "figures/figure.h"

namespace modelkin {
namespace {

// Pixels for a unit of the drawing: sharp on screens and in print.
constexpr int kScale = 2;

// By which modelkin knows its own files again: base/own_output.h.
constexpr const char* kPngMarkKey = "tEXt::Software";
constexpr const char* kPngMark = "modelkin";

// Their types, of which nothing is known here but the address.
struct RsvgHandle;
struct GdkPixbuf;
struct GError;

struct Renderer {
  SharedLibrary rsvg{"librsvg-2.so.2"};
  SharedLibrary pixbuf{"libgdk_pixbuf-2.0.so.0"};
  SharedLibrary objects{"libgobject-2.0.so.0"};
  SharedLibrary memory{"libglib-2.0.so.0"};
  RsvgHandle* (*open)(const std::uint8_t*, std::size_t, GError**) = nullptr;
  GdkPixbuf* (*draw)(RsvgHandle*) = nullptr;
  int (*save)(GdkPixbuf*, char**, std::size_t*, const char*, GError**, const char*, ...) = nullptr;
  void (*release)(void*) = nullptr;
  void (*free)(void*) = nullptr;

  Renderer() {
    rsvg.Find("rsvg_handle_new_from_data", open);
    rsvg.Find("rsvg_handle_get_pixbuf", draw);
    pixbuf.Find("gdk_pixbuf_save_to_buffer", save);
    objects.Find("g_object_unref", release);
    memory.Find("g_free", free);
  }
};

// Throws Error(kUsage) where a library is missing.
const Renderer& TheRenderer() {
  try {
    static const Renderer renderer;
    return renderer;
  } catch (const Error& error) {
    throw Error(ErrorKind::kUsage,
                fmt::format("PNG needs librsvg (apt-get install librsvg2-2), SVG needs nothing: {}",
                            error.what()));
  }
}

// The same SVG at `kScale` times its size: the first width and height are those of the root.
std::string Scaled(std::string svg) {
  std::size_t from = 0;
  for (const std::string name : {"width=\"", "height=\""}) {
    from = svg.find(name, from) + name.size();
    const std::size_t end = svg.find('"', from);
    const double size = std::stod(svg.substr(from, end - from));
    svg.replace(from, end - from, fmt::format("{}", kScale * size));
  }
  return svg;
}

}  // namespace

std::string PngOf(const Figure& figure) {
  const Renderer& renderer = TheRenderer();
  const std::string svg = Scaled(figure.svg);
  const auto release = [&](void* object) {
    if (object != nullptr) renderer.release(object);
  };
  const std::unique_ptr<RsvgHandle, decltype(release)> handle(
      renderer.open(reinterpret_cast<const std::uint8_t*>(svg.data()), svg.size(), nullptr),
      release);
  if (handle == nullptr) throw Error(ErrorKind::kIo, "librsvg does not read the figure");
  const std::unique_ptr<GdkPixbuf, decltype(release)> pixels(renderer.draw(handle.get()), release);
  if (pixels == nullptr) throw Error(ErrorKind::kIo, "librsvg does not draw the figure");
  char* bytes = nullptr;
  std::size_t size = 0;
  if (renderer.save(pixels.get(), &bytes, &size, "png", nullptr, kPngMarkKey, kPngMark, nullptr) ==
      0) {
    throw Error(ErrorKind::kIo, "GdkPixbuf does not write a PNG");
  }
  const auto free = [&](char* memory) { renderer.free(memory); };
  const std::unique_ptr<char, decltype(free)> owned(bytes, free);
  return {bytes, size};
}

}  // namespace modelkin
