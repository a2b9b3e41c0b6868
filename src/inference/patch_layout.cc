#include "inference/patch_layout.h"

#include <algorithm>
#include <cmath>

namespace modelkin {
namespace {

// f(row of the batch, place in its frame, grid of its image) for each patch.
template <class Function>
void ForPatches(const Batch& batch, std::size_t joined, const Function& f) {
  std::size_t row = 0;
  for (const PatchGrid& grid : batch.grids) {
    const std::vector<PatchPlace> places = PlacesOf(grid, joined);
    for (std::size_t frame = 0; frame < grid.frames; ++frame) {
      for (const PatchPlace& place : places) f(row++, place, grid);
    }
  }
}

// Of one axis: the positions on both sides, and the share of the second.
struct AxisTaps {
  std::uint64_t first = 0, second = 0;
  float share = 0;
};

AxisTaps TapsOnAxis(std::size_t index, std::size_t size, std::size_t side) {
  const float at = static_cast<float>(index) * static_cast<float>(side - 1) /
                   static_cast<float>(std::max<std::size_t>(size - 1, 1));
  const float below = std::floor(at);
  const auto first = static_cast<std::uint64_t>(below);
  return {.first = std::min<std::uint64_t>(first, side - 1),
          .second = std::min<std::uint64_t>(first + 1, side - 1),
          .share = at - below};
}

}  // namespace

std::vector<PatchPlace> PlacesOf(const PatchGrid& grid, std::size_t joined) {
  std::vector<PatchPlace> places;
  places.reserve(grid.rows * grid.columns);
  for (std::size_t row = 0; row < grid.rows; row += joined) {
    for (std::size_t column = 0; column < grid.columns; column += joined) {
      for (std::size_t i = 0; i < joined * joined; ++i) {
        places.push_back({.row = row + i / joined, .column = column + i % joined});
      }
    }
  }
  return places;
}

RotaryTable GridRotation(const Batch& batch, std::size_t joined,
                         std::span<const float> frequencies) {
  const std::size_t half = frequencies.size();
  RotaryTable table{.dims = 4 * half,
                    .cosines = Activations(batch.rows(), 2 * half),
                    .sines = Activations(batch.rows(), 2 * half)};
  ForPatches(batch, joined, [&](std::size_t row, const PatchPlace& place, const PatchGrid&) {
    for (std::size_t i = 0; i < half; ++i) {
      const float by_row = static_cast<float>(place.row) * frequencies[i];
      const float by_column = static_cast<float>(place.column) * frequencies[i];
      table.cosines.Row(row)[i] = std::cos(by_row);
      table.sines.Row(row)[i] = std::sin(by_row);
      table.cosines.Row(row)[half + i] = std::cos(by_column);
      table.sines.Row(row)[half + i] = std::sin(by_column);
    }
  });
  return table;
}

Batch FramesOf(const Batch& batch) {
  Batch frames;
  std::size_t first = 0;
  for (const PatchGrid& grid : batch.grids) {
    const std::size_t rows = grid.rows * grid.columns;
    for (std::size_t frame = 0; frame < grid.frames; ++frame, first += rows) {
      frames.texts.push_back({.first = first, .rows = rows, .past = 0});
    }
  }
  return frames;
}

namespace {

// Adds those of one frame, whose first row of the batch is `first`. `high` and `wide`: the frame,
// in joined squares of `rows` patches.
void AddWindows(std::size_t first, std::size_t high, std::size_t wide, std::size_t rows,
                std::size_t side, PatchWindows& windows) {
  for (std::size_t top = 0; top < high; top += side) {
    for (std::size_t left = 0; left < wide; left += side) {
      const std::size_t begin = windows.rows.size();
      for (std::size_t y = top; y < std::min(top + side, high); ++y) {
        for (std::size_t x = left; x < std::min(left + side, wide); ++x) {
          for (std::size_t i = 0; i < rows; ++i) {
            windows.rows.push_back(first + (y * wide + x) * rows + i);
          }
        }
      }
      windows.parts.texts.push_back(
          {.first = begin, .rows = windows.rows.size() - begin, .past = 0});
    }
  }
}

}  // namespace

PatchWindows WindowsOf(const Batch& batch, std::size_t joined, std::size_t side) {
  PatchWindows windows;
  std::size_t first = 0;
  for (const PatchGrid& grid : batch.grids) {
    for (std::size_t frame = 0; frame < grid.frames; ++frame) {
      AddWindows(first, grid.rows / joined, grid.columns / joined, joined * joined, side, windows);
      first += grid.rows * grid.columns;
    }
  }
  return windows;
}

Activations Gathered(const Activations& x, std::span<const std::size_t> rows) {
  Activations out(rows.size(), x.columns);
  for (std::size_t i = 0; i < rows.size(); ++i) std::copy_n(x.Row(rows[i]), x.columns, out.Row(i));
  return out;
}

Activations PutBack(const Activations& x, std::span<const std::size_t> rows) {
  Activations out(x.rows, x.columns);
  for (std::size_t i = 0; i < rows.size(); ++i) std::copy_n(x.Row(i), x.columns, out.Row(rows[i]));
  return out;
}

std::array<PositionTaps, 4> TapsOf(const Batch& batch, std::size_t joined, std::size_t side) {
  std::array<PositionTaps, 4> taps;
  ForPatches(batch, joined, [&](std::size_t, const PatchPlace& place, const PatchGrid& grid) {
    const AxisTaps down = TapsOnAxis(place.row, grid.rows, side);
    const AxisTaps across = TapsOnAxis(place.column, grid.columns, side);
    for (std::size_t i = 0; i < taps.size(); ++i) {
      const std::uint64_t row = i < 2 ? down.first : down.second;
      const std::uint64_t column = i % 2 == 0 ? across.first : across.second;
      taps[i].positions.push_back(row * side + column);
      taps[i].weights.push_back((i < 2 ? 1 - down.share : down.share) *
                                (i % 2 == 0 ? 1 - across.share : across.share));
    }
  });
  return taps;
}

}  // namespace modelkin
