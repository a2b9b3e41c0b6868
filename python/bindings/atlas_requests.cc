#include "atlas_requests.h"

#include <fmt/format.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "answer.h"
#include "atlas/atlas.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/output_file.h"
#include "call.h"
#include "memory_place.h"
#include "model_list.h"
#include "option_values.h"
#include "report/atlas_report.h"
#include "report/find_report.h"
#include "report/sketch_text.h"
#include "report/tree_report.h"
#include "requests/atlas.h"
#include "requests/find.h"
#include "requests/sketch.h"
#include "requests/tree.h"
#include "sketch/sketch_json.h"
#include "sketch/sketch_record.h"

namespace nb = nanobind;

namespace modelkin {
namespace {

using Ids = std::vector<std::uint64_t>;

// A sketch, and what is odd about the model.
struct SketchAnswer {
  MadeSketch made;
  Strings model_warnings;
};

SketchAnswer SketchWithWarnings(const std::string& path, const OpenOptions& opening,
                                const std::string& name, const RequestContext& context) {
  const auto model = OpenModel(path, opening, context.places);
  SketchAnswer answer{.made = SketchOpened(*model, {.model = path, .name = name}, context)};
  Strings lines = InEnglish(model->checkpoint().warnings());
  if (auto warning = ConfigWarning(*model)) lines.push_back(std::move(warning->english));
  for (const std::string& line : lines) {
    answer.model_warnings.push_back(fmt::format("{}: {}", path, line));
  }
  return answer;
}

Answer AskSketch(const CallSettings& call, const std::string& model, const OpenOptions& opening,
                 const std::string& name) {
  return Answered(
      call,
      [&](const RequestContext& context) {
        return SketchWithWarnings(model, opening, name, context);
      },
      [](const SketchAnswer& answer, const TextSink& sink) {
        sink(SketchJson(answer.made.sketch));
      },
      [](const SketchAnswer& answer, const TextSink& sink) {
        WriteSketchText(answer.made, {}, sink);
      });
}

Answer AskFind(const CallSettings& call, const std::string& atlas, const std::string& model,
               const OpenOptions& opening, double error_rate, std::uint64_t most_traced,
               std::uint64_t most_by_profile, const TraceSettingsInWords& settings) {
  return Answered(
      call,
      [&](const RequestContext& context) {
        return FindRelatives({.atlas = atlas,
                              .model = model,
                              .opening = opening,
                              .error_rate = error_rate,
                              .most_traced = most_traced,
                              .most_by_profile = most_by_profile,
                              .trace = settings.Options()},
                             context);
      },
      [](const FindResults& results, const TextSink& sink) { WriteFindJson(results, sink); },
      [](const FindResults& results, const TextSink& sink) { WriteFindText(results, {}, sink); });
}

Answer AskTree(const CallSettings& call, const std::string& atlas, const std::string& of,
               double error_rate) {
  return Answered(
      call,
      [&](const RequestContext& context) {
        return TreeOfAtlas({.atlas = atlas, .of = of, .error_rate = error_rate}, context);
      },
      [](const TreeResults& results, const TextSink& sink) { WriteTreeJson(results, sink); },
      [](const TreeResults& results, const TextSink& sink) { WriteTreeText(results, {}, sink); });
}

// Returns a line of JSON for each model that `ask` told its listener of.
template <class Ask>
nb::typed<nb::list, nb::str> TellOfEach(const CallSettings& call, const Ask& ask) {
  Strings lines;
  RunCall(call, [&](const RequestContext& context) {
    ask([&](const SketchedModel& done) { lines.push_back(SketchedJson(done)); }, context);
  });
  return LinesOf(lines);
}

nb::typed<nb::list, nb::str> AddToAtlas(const CallSettings& call, const std::string& atlas,
                                        const Strings& models, const OpenOptions& opening) {
  return TellOfEach(call, [&](const SketchedListener& listener, const RequestContext& context) {
    AddModels({.atlas = atlas, .models = models, .opening = opening}, listener, context);
  });
}

nb::bytes BytesOf(const std::string& text) { return nb::bytes(text.data(), text.size()); }

std::string_view ViewOf(const nb::bytes& bytes) { return {bytes.c_str(), bytes.size()}; }

using RecordRow = nb::typed<nb::tuple, nb::bytes, nb::str>;

// Pairs of bytes and text, as Python's.
nb::list ListOf(const std::vector<std::pair<std::string, std::string>>& rows) {
  nb::list list;
  for (const auto& [record, json] : rows) {
    list.append(nb::make_tuple(BytesOf(record), TextOf(json)));
  }
  return list;
}

// Returns of each model its record's bytes, empty where it could not be sketched, and a line of
// JSON that says what became of it.
nb::typed<nb::list, RecordRow> MakeRecords(const CallSettings& call, const Strings& models,
                                           const OpenOptions& opening) {
  std::vector<std::pair<std::string, std::string>> rows;
  RunCall(call, [&](const RequestContext& context) {
    for (const std::string& model : models) {
      ThrowIfInterrupted();
      SketchedModel done{.model = model};
      std::string record;
      try {
        Sketch sketch = SketchModel({.model = model, .opening = opening}, context).sketch;
        done.name = sketch.name;
        record = EncodeSketch(std::move(sketch));
      } catch (const Error& error) {
        done.error = error.what();
      }
      rows.emplace_back(std::move(record), SketchedJson(done));
    }
  });
  return ListOf(rows);
}

// Keeps a record where BuildRecords would: the file is whole or not there.
void KeepRecord(const std::string& folder, const std::string& model, const nb::bytes& record) {
  const std::string file = RecordFile(folder, model);
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  OutputFile output{OutputTarget(file)};
  output.Write(ViewOf(record));
  output.Commit();
}

// A record names where its model is, so that it can be read again; a live one is nowhere.
void RequirePlace(const Sketch& sketch) {
  if (!sketch.location.starts_with(kMemoryScheme)) return;
  throw Error(ErrorKind::kUsage,
              "an atlas keeps where models are, to read them again: save this one first",
              {.file = sketch.location, .tensor = {}, .offset_bytes = {}});
}

AtlasChange AddSketches(const CallSettings& call, const std::string& atlas,
                        const std::vector<Sketch>& sketches) {
  AtlasChange change;
  std::ranges::for_each(sketches, RequirePlace);
  RunCall(call, [&](const RequestContext&) {
    change = Atlas::Open(atlas, AtlasAccess::kCreate).Add(sketches);
  });
  return change;
}

// Returns the line of JSON of each record. `labels`: what errors call them.
nb::typed<nb::list, nb::str> LinesOfRecords(const std::vector<nb::bytes>& records,
                                            const Strings& labels) {
  Strings lines;
  for (std::size_t i = 0; i < records.size(); ++i) {
    lines.push_back(SketchJson(DecodeSketch(ViewOf(records[i]), labels.at(i))));
  }
  return LinesOf(lines);
}

// Adds records of the form that BuildRecords writes, all or none. `labels`: what errors call them.
std::pair<std::uint64_t, std::uint64_t> AddRecords(const CallSettings& call,
                                                   const std::string& atlas,
                                                   const std::vector<nb::bytes>& records,
                                                   const Strings& labels) {
  std::vector<Sketch> sketches;
  for (std::size_t i = 0; i < records.size(); ++i) {
    sketches.push_back(DecodeSketch(ViewOf(records[i]), labels.at(i)));
  }
  const AtlasChange change = AddSketches(call, atlas, sketches);
  return {change.added, change.replaced};
}

// Adds the record that a line of JSON holds.
std::pair<std::uint64_t, std::uint64_t> AddLine(const CallSettings& call, const std::string& atlas,
                                                const std::string& line, const std::string& label) {
  const AtlasChange change = AddSketches(call, atlas, {ReadSketchJson(line, label)});
  return {change.added, change.replaced};
}

std::tuple<std::uint64_t, std::uint64_t, std::uint64_t> ImportFiles(const CallSettings& call,
                                                                    const std::string& atlas,
                                                                    const Strings& paths) {
  ImportCounts counts;
  RunCall(call,
          [&](const RequestContext& context) { counts = ImportRecords(atlas, paths, context); });
  return {counts.records, counts.change.added, counts.change.replaced};
}

// Writes all records as lines of JSON to a file, which appears whole or not at all.
void ExportTo(const CallSettings& call, const std::string& atlas, const std::string& file,
              bool force) {
  InputFiles inputs;
  inputs.Add(atlas);
  const OutputTarget target(file, std::move(inputs),
                            force ? Replace::kAnything : Replace::kOwnOutput);
  RunCall(call, [&](const RequestContext&) {
    const Atlas opened = Atlas::Open(atlas, AtlasAccess::kRead);
    OutputFile output{target};
    ExportRecords(opened, [&](std::string_view line) { output.Write(line); });
    output.Commit();
  });
}

// Returns the ids of all records, in the order in which they are exported.
Ids OrderOf(const CallSettings& call, const std::string& atlas) {
  Ids ids;
  RunCall(call, [&](const RequestContext&) {
    std::vector<std::tuple<std::string, std::string, std::uint64_t>> order;
    Atlas::Open(atlas, AtlasAccess::kRead).ForEachEntry([&](const AtlasEntry& entry) {
      order.emplace_back(entry.location, entry.content, entry.id);
    });
    std::ranges::sort(order);
    for (const auto& [location, content, id] : order) ids.push_back(id);
  });
  return ids;
}

// Returns of each id the record's bytes and its line of JSON.
nb::typed<nb::list, RecordRow> ReadRecords(const CallSettings& call, const std::string& atlas,
                                           const Ids& ids) {
  std::vector<std::pair<std::string, std::string>> rows;
  RunCall(call, [&](const RequestContext&) {
    const Atlas opened = Atlas::Open(atlas, AtlasAccess::kRead);
    for (const std::uint64_t id : ids) {
      Sketch sketch = opened.Read(id);
      std::string json = SketchJson(sketch);
      rows.emplace_back(EncodeSketch(std::move(sketch)), std::move(json));
    }
  });
  return ListOf(rows);
}

nb::typed<nb::tuple, nb::str, nb::str> StatsOf(const std::string& atlas) {
  const AtlasStats stats = Atlas::Open(atlas, AtlasAccess::kRead).Stats();
  return nb::make_tuple(
      TextOf(Written([&](const TextSink& sink) { WriteAtlasStatsJson(atlas, stats, sink); })),
      TextOf(Written([&](const TextSink& sink) { WriteAtlasStatsText(atlas, stats, {}, sink); })));
}

nb::typed<nb::list, nb::str> FaultsOf(const CallSettings& call, const std::string& atlas) {
  Strings faults;
  RunCall(call,
          [&](const RequestContext&) { faults = Atlas::Open(atlas, AtlasAccess::kRead).Verify(); });
  return LinesOf(faults);
}

// Returns how many records there are; makes an empty atlas where there is no file and `create`.
std::uint64_t CountIn(const std::string& atlas, bool create) {
  return Atlas::Open(atlas, create ? AtlasAccess::kCreate : AtlasAccess::kRead).CountRecords();
}

std::uint64_t RemoveFrom(const std::string& atlas, const std::string& name) {
  return Atlas::Open(atlas, AtlasAccess::kWrite).Remove(name);
}

}  // namespace

void AddAtlas(nb::module_& module) {
  module.def("sketch", AskSketch, nb::arg("call"), nb::arg("model"), nb::arg("opening"),
             nb::arg("name"));
  module.def("model_list", ReadModelList, nb::arg("file"));
  module.def("sketch_records", MakeRecords, nb::arg("call"), nb::arg("models"), nb::arg("opening"));
  module.def("keep_record", KeepRecord, nb::arg("folder"), nb::arg("model"), nb::arg("record"));
  module.def("record_file", RecordFile, nb::arg("folder"), nb::arg("model"));
  module.def("record_lines", LinesOfRecords, nb::arg("records"), nb::arg("labels"));
  module.def("atlas_find", AskFind, nb::arg("call"), nb::arg("atlas"), nb::arg("model"),
             nb::arg("opening"), nb::arg("error_rate"), nb::arg("most_traced"),
             nb::arg("most_by_profile"), nb::arg("options"));
  module.def("atlas_tree", AskTree, nb::arg("call"), nb::arg("atlas"), nb::arg("of"),
             nb::arg("error_rate"));
  module.def("atlas_add", AddToAtlas, nb::arg("call"), nb::arg("atlas"), nb::arg("models"),
             nb::arg("opening"));
  module.def("atlas_add_records", AddRecords, nb::arg("call"), nb::arg("atlas"), nb::arg("records"),
             nb::arg("labels"));
  module.def("atlas_add_line", AddLine, nb::arg("call"), nb::arg("atlas"), nb::arg("line"),
             nb::arg("label"));
  module.def("atlas_import", ImportFiles, nb::arg("call"), nb::arg("atlas"), nb::arg("paths"));
  module.def("atlas_export", ExportTo, nb::arg("call"), nb::arg("atlas"), nb::arg("file"),
             nb::arg("force"));
  module.def("atlas_order", OrderOf, nb::arg("call"), nb::arg("atlas"));
  module.def("atlas_records", ReadRecords, nb::arg("call"), nb::arg("atlas"), nb::arg("ids"));
  module.def("atlas_stats", StatsOf, nb::arg("atlas"));
  module.def("atlas_check", FaultsOf, nb::arg("call"), nb::arg("atlas"));
  module.def("atlas_count", CountIn, nb::arg("atlas"), nb::arg("create"));
  module.def("atlas_remove", RemoveFrom, nb::arg("atlas"), nb::arg("name"));
}

}  // namespace modelkin
