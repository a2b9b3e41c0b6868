#include <algorithm>
#include <filesystem>
#include <system_error>
#include <tuple>

#include "atlas/atlas.h"
#include "atlas/row_store.h"

namespace modelkin {
namespace {

std::uint64_t BytesOfFile(const std::string& path) {
  std::error_code missing;
  const std::uintmax_t size = std::filesystem::file_size(path, missing);
  return missing ? 0 : size;
}

std::vector<AtlasPlaceCount> PlacesOf(const Database& database) {
  Statement select(database,
                   "SELECT kind, role, row_count, column_count, sum(used) - sum(cleared) "
                   "FROM place JOIN chunk ON chunk.place = place.id WHERE form = ?1 "
                   "GROUP BY place.id");
  select.Bind(1, static_cast<std::int64_t>(RowForm::kBits));
  std::vector<AtlasPlaceCount> places;
  while (select.Step()) {
    const auto number = [&](int column) {
      return static_cast<std::uint64_t>(select.Number(column));
    };
    if (number(0) >= kComponentCount || number(1) >= kRoleCount) {
      database.FailDamaged("a place is none");
    }
    if (number(4) == 0) continue;
    places.push_back(
        {.kind = static_cast<Component>(number(0)),
         .place = {.role = static_cast<Role>(number(1)), .rows = number(2), .columns = number(3)},
         .records = number(4)});
  }
  std::ranges::sort(places, [](const AtlasPlaceCount& left, const AtlasPlaceCount& right) {
    const auto key = [](const AtlasPlaceCount& p) {
      return std::tuple(p.kind, p.place.role, p.place.rows, p.place.columns);
    };
    return left.records != right.records ? left.records > right.records : key(left) < key(right);
  });
  return places;
}

}  // namespace

AtlasStats Atlas::Stats() const {
  const Transaction one_state(*database_, Transaction::Kind::kRead);
  AtlasStats stats;
  stats.records = CountRecords();
  stats.bytes = BytesOfFile(path()) + BytesOfFile(path() + "-wal");
  Statement families(*database_, "SELECT family, count(*) FROM record GROUP BY family");
  while (families.Step()) {
    stats.families[std::string(families.Text(0))] = static_cast<std::uint64_t>(families.Number(1));
  }
  stats.places = PlacesOf(*database_);
  Statement versions(*database_, "SELECT version, count(*) FROM record GROUP BY version");
  while (versions.Step()) {
    stats.versions[static_cast<std::uint64_t>(versions.Number(0))] =
        static_cast<std::uint64_t>(versions.Number(1));
  }
  return stats;
}

}  // namespace modelkin
