#include "arrow_stream.h"

#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "arrow_columns.h"

namespace nb = nanobind;

namespace modelkin {
namespace {

// The three structs of the interface: https://arrow.apache.org/docs/format/CDataInterface.html
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  std::int64_t flags, n_children;
  ArrowSchema** children;
  ArrowSchema* dictionary;
  void (*release)(ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  std::int64_t length, null_count, offset, n_buffers, n_children;
  const void** buffers;
  ArrowArray** children;
  ArrowArray* dictionary;
  void (*release)(ArrowArray*);
  void* private_data;
};

struct ArrowArrayStream {
  int (*get_schema)(ArrowArrayStream*, ArrowSchema*);
  int (*get_next)(ArrowArrayStream*, ArrowArray*);
  const char* (*get_last_error)(ArrowArrayStream*);
  void (*release)(ArrowArrayStream*);
  void* private_data;
};

constexpr std::int64_t kNullable = 2;
constexpr const char* kCapsuleName = "arrow_array_stream";

// What a schema or an array owns. `Node`: one of the two. Children may be moved out of it: what is
// left of them then has no release.
template <class Node>
struct Held {
  Held() = default;
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    for (Node& child : children) {
      if (child.release != nullptr) child.release(&child);
    }
  }

  std::shared_ptr<const Column> table;  // that buffers and names are of
  std::vector<Node> children;
  std::vector<Node*> places;  // of children
  std::vector<const void*> buffers;
};

template <class Node>
void Release(Node* node) {
  delete static_cast<Held<Node>*>(node->private_data);
  node->release = nullptr;
}

const char* FormatOf(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kNull: return "n";
    case ColumnKind::kBool: return "b";
    case ColumnKind::kInt64: return "l";
    case ColumnKind::kUInt64: return "L";
    case ColumnKind::kFloat64: return "g";
    case ColumnKind::kText: return "u";
    case ColumnKind::kList: return "+l";
    case ColumnKind::kStruct: return "+s";
  }
  return "n";
}

std::vector<const void*> BuffersOf(const Column& column) {
  const void* const valid = column.valid.empty() ? nullptr : column.valid.data();
  switch (column.kind) {
    case ColumnKind::kNull: return {};
    case ColumnKind::kStruct: return {valid};
    case ColumnKind::kList: return {valid, column.offsets.data()};
    case ColumnKind::kText: return {valid, column.offsets.data(), column.values.data()};
    default: return {valid, column.values.data()};
  }
}

// Gives `held` a child for each of the column's, which `fill` fills.
template <class Node, class Fill>
void AddChildren(Held<Node>& held, const Column& column, const Fill& fill) {
  held.children.resize(column.children.size());
  for (std::size_t i = 0; i < column.children.size(); ++i) {
    held.children[i].release = nullptr;
    held.places.push_back(&held.children[i]);
  }
  for (std::size_t i = 0; i < column.children.size(); ++i) {
    fill(held.table, column.children[i], held.children[i]);
  }
}

void FillSchema(const std::shared_ptr<const Column>& table, const Column& column,
                ArrowSchema& schema) {
  auto held = std::make_unique<Held<ArrowSchema>>();
  held->table = table;
  AddChildren(*held, column, FillSchema);
  schema = {.format = FormatOf(column.kind),
            .name = column.name.c_str(),
            .metadata = nullptr,
            .flags = kNullable,
            .n_children = static_cast<std::int64_t>(held->places.size()),
            .children = held->places.data(),
            .dictionary = nullptr,
            .release = Release<ArrowSchema>,
            .private_data = nullptr};
  schema.private_data = held.release();
}

void FillArray(const std::shared_ptr<const Column>& table, const Column& column,
               ArrowArray& array) {
  auto held = std::make_unique<Held<ArrowArray>>();
  held->table = table;
  held->buffers = BuffersOf(column);
  AddChildren(*held, column, FillArray);
  array = {.length = column.rows,
           .null_count = column.nulls,
           .offset = 0,
           .n_buffers = static_cast<std::int64_t>(held->buffers.size()),
           .n_children = static_cast<std::int64_t>(held->places.size()),
           .buffers = held->buffers.data(),
           .children = held->places.data(),
           .dictionary = nullptr,
           .release = Release<ArrowArray>,
           .private_data = nullptr};
  array.private_data = held.release();
}

struct StreamState {
  std::shared_ptr<const Column> table;
  bool is_at_end = false;
};

StreamState& StateOf(ArrowArrayStream* stream) {
  return *static_cast<StreamState*>(stream->private_data);
}

// Calls `fill`, which throws nothing but for want of memory. Returns 0, or what errno would be.
template <class Fill>
int Guarded(const Fill& fill) {
  try {
    fill();
    return 0;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

int GetSchema(ArrowArrayStream* stream, ArrowSchema* schema) {
  return Guarded([&] {
    const auto& table = StateOf(stream).table;
    FillSchema(table, *table, *schema);
  });
}

int GetNext(ArrowArrayStream* stream, ArrowArray* array) {
  StreamState& state = StateOf(stream);
  array->release = nullptr;
  if (state.is_at_end) return 0;
  return Guarded([&] {
    FillArray(state.table, *state.table, *array);
    state.is_at_end = true;
  });
}

const char* GetLastError(ArrowArrayStream*) { return nullptr; }

void ReleaseStream(ArrowArrayStream* stream) {
  delete static_cast<StreamState*>(stream->private_data);
  stream->release = nullptr;
}

void DeleteStream(void* held) noexcept {
  auto* const stream = static_cast<ArrowArrayStream*>(held);
  if (stream->release != nullptr) stream->release(stream);
  delete stream;
}

nb::capsule StreamOf(const nb::bytes& rows, const nb::bytes& columns) {
  auto state = std::make_unique<StreamState>();
  {
    const std::string_view rows_text(rows.c_str(), rows.size());
    const std::string_view columns_text(columns.c_str(), columns.size());
    const nb::gil_scoped_release released;
    state->table = std::make_shared<const Column>(ColumnsOf(rows_text, columns_text));
  }
  auto stream = std::make_unique<ArrowArrayStream>();
  stream->get_schema = GetSchema;
  stream->get_next = GetNext;
  stream->get_last_error = GetLastError;
  stream->release = ReleaseStream;
  stream->private_data = state.release();
  return {stream.release(), kCapsuleName, DeleteStream};
}

}  // namespace

void AddArrow(nb::module_& module) {
  module.def("arrow_stream", StreamOf, nb::arg("rows"), nb::arg("columns"));
}

}  // namespace modelkin
