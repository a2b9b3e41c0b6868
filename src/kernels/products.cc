#include "kernels/products.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "numeric/decode.h"

// What AVX3_DL adds to AVX3 is not used here: compiling for it as well would only take longer.
#define HWY_DISABLED_TARGETS HWY_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/products.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Sums that are kept in registers at once: of the 32 that AVX-512 has, or of 16.
constexpr bool kManyRegisters = HWY_TARGET <= HWY_AVX3;
constexpr std::size_t kTileRows = kManyRegisters ? 6 : 3;
constexpr std::size_t kTileOutputs = 4;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

struct StoredFloat {
  static constexpr std::size_t kWidth = 4;
  static FloatVector Load(const std::byte* at) {
    return hn::LoadU(Floats(), reinterpret_cast<const float*>(at));
  }
  static float One(const std::byte* at) {
    float value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
};

struct StoredBFloat16 {
  static constexpr std::size_t kWidth = 2;
  static FloatVector Load(const std::byte* at) {
    const hn::Rebind<std::uint16_t, Floats> narrow;
    const hn::RebindToUnsigned<Floats> wide;
    const auto bits = hn::LoadU(narrow, reinterpret_cast<const std::uint16_t*>(at));
    return hn::BitCast(Floats(), hn::ShiftLeft<16>(hn::PromoteTo(wide, bits)));
  }
  static float One(const std::byte* at) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, at, sizeof bits);
    return BFloat16ToFloat(bits);
  }
};

struct StoredFloat16 {
  static constexpr std::size_t kWidth = 2;
  // Highway's own makes 65,536 of infinity where a processor has no such instruction.
  static FloatVector Load(const std::byte* at) {
    const Floats d;
    const hn::RebindToSigned<Floats> whole;
    const hn::Rebind<std::uint16_t, Floats> narrow;
    const auto bits =
        hn::PromoteTo(whole, hn::LoadU(narrow, reinterpret_cast<const std::uint16_t*>(at)));
    const auto magnitude = hn::ShiftLeft<13>(hn::And(bits, hn::Set(whole, 0x7FFF)));
    // The exponent is 112 too small; subnormal numbers become right by the same product.
    const auto scaled = hn::Mul(hn::BitCast(d, magnitude), hn::Set(d, 0x1p112F));
    const auto infinite = hn::BitCast(d, hn::Or(magnitude, hn::Set(whole, 0x7F800000)));
    const auto special = hn::Gt(magnitude, hn::Set(whole, 0x0F7FFFFF));
    const auto value = hn::IfThenElse(hn::RebindMask(d, special), infinite, scaled);
    const auto sign = hn::ShiftLeft<16>(hn::And(bits, hn::Set(whole, 0x8000)));
    return hn::Or(value, hn::BitCast(d, sign));
  }
  static float One(const std::byte* at) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, at, sizeof bits);
    return Float16ToFloat(bits);
  }
};

// kRows by kOutputs sums, each in a vector of its own.
template <class Stored, std::size_t kRows, std::size_t kOutputs>
HWY_INLINE void RowTile(const FloatRows& x, const StoredRows& w, std::size_t inputs, float* out,
                        std::size_t out_stride) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  FloatVector sums[kRows][kOutputs];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kOutputs; ++j) sums[i][j] = hn::Zero(d);
  }
  const std::size_t stride = w.stride * Stored::kWidth;
  std::size_t k = 0;
  for (; k + lanes <= inputs; k += lanes) {
    FloatVector weights[kOutputs];
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kOutputs; ++j) {
      weights[j] = Stored::Load(w.bytes + j * stride + k * Stored::kWidth);
    }
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kRows; ++i) {
      const FloatVector values = hn::LoadU(d, x.values + i * x.stride + k);
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kOutputs; ++j) {
        sums[i][j] = hn::MulAdd(values, weights[j], sums[i][j]);
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kOutputs; ++j) {
      float sum = hn::GetLane(hn::SumOfLanes(d, sums[i][j]));
      for (std::size_t rest = k; rest < inputs; ++rest) {
        sum += x.values[i * x.stride + rest] *
               Stored::One(w.bytes + j * stride + rest * Stored::kWidth);
      }
      out[i * out_stride + j] += sum;
    }
  }
}

template <class Stored, std::size_t kRows>
void RowStrip(const FloatRows& x, const StoredRows& w, std::size_t outputs, std::size_t inputs,
              float* out, std::size_t out_stride) {
  // With few rows more outputs, to keep the units that multiply and add busy.
  constexpr std::size_t kOutputs = kRows == 1 ? 2 * kTileOutputs : kTileOutputs;
  std::size_t j = 0;
  const auto at = [&](std::size_t output) {
    return StoredRows{w.dtype, w.bytes + output * w.stride * Stored::kWidth, w.stride};
  };
  for (; j + kOutputs <= outputs; j += kOutputs) {
    RowTile<Stored, kRows, kOutputs>(x, at(j), inputs, out + j, out_stride);
  }
  for (; j < outputs; ++j) RowTile<Stored, kRows, 1>(x, at(j), inputs, out + j, out_stride);
}

// Calls strip<n>(i) for rows [i, i + n) of all, as many at once as there are registers for.
template <class Function>
void ForStrips(std::size_t rows, const Function& strip) {
  for (std::size_t i = 0; i < rows; i += kTileRows) {
    switch (std::min(kTileRows, rows - i)) {
      case 1: strip.template operator()<1>(i); break;
      case 2: strip.template operator()<2>(i); break;
      case 3: strip.template operator()<3>(i); break;
      case 4: strip.template operator()<4>(i); break;
      case 5: strip.template operator()<5>(i); break;
      default: strip.template operator()<kTileRows>(i);
    }
  }
}

// Calls f with one of the types above.
template <class Function>
void ForStored(DType dtype, const Function& f) {
  switch (dtype) {
    case DType::kF32: f(StoredFloat()); return;
    case DType::kBF16: f(StoredBFloat16()); return;
    case DType::kF16: f(StoredFloat16()); return;
    default: std::abort();  // our own bug: a precondition of these functions
  }
}

void DecodeHere(DType dtype, const std::byte* bytes, std::size_t count, float* out) {
  ForStored(dtype, [&]<class Stored>(Stored) {
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
      hn::StoreU(Stored::Load(bytes + i * Stored::kWidth), d, out + i);
    }
    for (; i < count; ++i) out[i] = Stored::One(bytes + i * Stored::kWidth);
  });
}

void AddRowProductsHere(const FloatRows& x, std::size_t rows, const StoredRows& w,
                        std::size_t outputs, std::size_t inputs, float* out,
                        std::size_t out_stride) {
  ForStored(w.dtype, [&]<class Stored>(Stored) {
    ForStrips(rows, [&]<std::size_t kRows>(std::size_t i) {
      RowStrip<Stored, kRows>({x.values + i * x.stride, x.stride}, w, outputs, inputs,
                              out + i * out_stride, out_stride);
    });
  });
}

// kRows by kVectors vectors of sums.
template <std::size_t kRows, std::size_t kVectors, class D>
HWY_INLINE void ColumnTile(D d, const FloatRows& a, const FloatRows& b, std::size_t inner,
                           float* out, std::size_t out_stride) {
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<D> sums[kRows][kVectors];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kVectors; ++j) {
      sums[i][j] = hn::LoadU(d, out + i * out_stride + j * lanes);
    }
  }
  for (std::size_t k = 0; k < inner; ++k) {
    hn::Vec<D> values[kVectors];
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kVectors; ++j) {
      values[j] = hn::LoadU(d, b.values + k * b.stride + j * lanes);
    }
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kRows; ++i) {
      const auto factor = hn::Set(d, a.values[i * a.stride + k]);
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kVectors; ++j) {
        sums[i][j] = hn::MulAdd(factor, values[j], sums[i][j]);
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kVectors; ++j) {
      hn::StoreU(sums[i][j], d, out + i * out_stride + j * lanes);
    }
  }
}

template <std::size_t kRows>
void ColumnStrip(const FloatRows& a, const FloatRows& b, std::size_t columns, std::size_t inner,
                 float* out, std::size_t out_stride) {
  constexpr std::size_t kVectors = 4;
  const Floats d;
  const hn::CappedTag<float, 1> single;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t j = 0;
  const auto at = [&](std::size_t column) { return FloatRows{b.values + column, b.stride}; };
  for (; j + kVectors * lanes <= columns; j += kVectors * lanes) {
    ColumnTile<kRows, kVectors>(d, a, at(j), inner, out + j, out_stride);
  }
  for (; j + lanes <= columns; j += lanes) {
    ColumnTile<kRows, 1>(d, a, at(j), inner, out + j, out_stride);
  }
  for (; j < columns; ++j) ColumnTile<kRows, 1>(single, a, at(j), inner, out + j, out_stride);
}

void AddProductHere(const FloatRows& a, std::size_t rows, const FloatRows& b, std::size_t columns,
                    std::size_t inner, float* out, std::size_t out_stride) {
  ForStrips(rows, [&]<std::size_t kRows>(std::size_t i) {
    ColumnStrip<kRows>({a.values + i * a.stride, a.stride}, b, columns, inner, out + i * out_stride,
                       out_stride);
  });
}

void InfinityToNanHere(float* values, std::size_t count) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const FloatVector value = hn::LoadU(d, values + i);
    hn::StoreU(hn::Add(value, hn::Sub(value, value)), d, values + i);
  }
  for (; i < count; ++i) values[i] += values[i] - values[i];
}

#if HWY_TARGET != HWY_SCALAR
// Four rows of four.
HWY_INLINE void TransposeSquare(const float* from, std::size_t stride, float* to,
                                std::size_t to_stride) {
  const hn::Full128<float> d;
  const hn::Full128<double> pairs;
  const auto r0 = hn::LoadU(d, from), r1 = hn::LoadU(d, from + stride);
  const auto r2 = hn::LoadU(d, from + 2 * stride), r3 = hn::LoadU(d, from + 3 * stride);
  const auto a0 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1));
  const auto a1 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1));
  const auto b0 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
  const auto b1 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, a0, b0)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, a0, b0)), d, to + to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, a1, b1)), d, to + 2 * to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, a1, b1)), d, to + 3 * to_stride);
}
#else
HWY_INLINE void TransposeSquare(const float* from, std::size_t stride, float* to,
                                std::size_t to_stride) {
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t k = 0; k < 4; ++k) to[k * to_stride + i] = from[i * stride + k];
  }
}
#endif

void TransposeHere(const FloatRows& a, std::size_t rows, std::size_t columns, float* out,
                   std::size_t out_stride) {
  // A piece of each row that is read: long where those are what lies far apart, so that they are
  // fetched ahead, and short where it is what is written, whose lines then stay near until full.
  const std::size_t piece = out_stride > a.stride ? 8 : 32;
  for (std::size_t begin = 0; begin < columns; begin += piece) {
    const std::size_t end = std::min(begin + piece, columns);
    for (std::size_t i = 0; i < rows; i += 4) {
      for (std::size_t k = begin; k < end; k += 4) {
        const float* const from = a.values + i * a.stride + k;
        float* const to = out + k * out_stride + i;
        if (i + 4 <= rows && k + 4 <= end) {
          TransposeSquare(from, a.stride, to, out_stride);
          continue;
        }
        for (std::size_t row = 0; row < std::min<std::size_t>(4, rows - i); ++row) {
          for (std::size_t column = 0; column < std::min<std::size_t>(4, end - k); ++column) {
            to[column * out_stride + row] = from[row * a.stride + column];
          }
        }
      }
    }
  }
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(DecodeHere);
HWY_EXPORT(AddRowProductsHere);
HWY_EXPORT(AddProductHere);
HWY_EXPORT(TransposeHere);
HWY_EXPORT(InfinityToNanHere);

void DecodeWeights(DType dtype, const std::byte* bytes, std::size_t count, float* out) {
  HWY_DYNAMIC_DISPATCH(DecodeHere)(dtype, bytes, count, out);
}

void AddRowProducts(const FloatRows& x, std::size_t rows, const StoredRows& w, std::size_t outputs,
                    std::size_t inputs, float* out, std::size_t out_stride) {
  HWY_DYNAMIC_DISPATCH(AddRowProductsHere)(x, rows, w, outputs, inputs, out, out_stride);
}

void AddProduct(const FloatRows& a, std::size_t rows, const FloatRows& b, std::size_t columns,
                std::size_t inner, float* out, std::size_t out_stride) {
  HWY_DYNAMIC_DISPATCH(AddProductHere)(a, rows, b, columns, inner, out, out_stride);
}

void Transpose(const FloatRows& a, std::size_t rows, std::size_t columns, float* out,
               std::size_t out_stride) {
  HWY_DYNAMIC_DISPATCH(TransposeHere)(a, rows, columns, out, out_stride);
}

void InfinityToNan(float* values, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(InfinityToNanHere)(values, count);
}

}  // namespace modelkin
#endif  // HWY_ONCE
