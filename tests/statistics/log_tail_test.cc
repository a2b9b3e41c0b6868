#include "statistics/log_tail.h"

#include <gtest/gtest.h>

#include <cmath>

namespace modelkin {
namespace log_tail_test {

// Values from mpmath with 60 digits.

void ExpectClose(double actual, double expected, double relative) {
  EXPECT_NEAR(actual, expected, std::abs(expected) * relative);
}

TEST(LogTail, Normal) {
  ExpectClose(LogNormalTail(-8), -6.2209605742717861e-16, 1e-12);
  ExpectClose(LogNormalTail(-1), -0.17275377902344989, 1e-12);
  ExpectClose(LogNormalTail(0), -0.69314718055994531, 1e-12);
  ExpectClose(LogNormalTail(0.5), -1.1759117615936186, 1e-12);
  ExpectClose(LogNormalTail(3), -6.6077262215103495, 1e-12);
  ExpectClose(LogNormalTail(9.99), -53.130353745606015, 1e-12);
  ExpectClose(LogNormalTail(10), -53.231285150512471, 1e-12);
  ExpectClose(LogNormalTail(30), -454.3212439563432, 1e-12);
  ExpectClose(LogNormalTail(100), -5005.5242086942051, 1e-12);
  ExpectClose(LogNormalTail(1e4), -50000010.129278915, 1e-12);
  EXPECT_TRUE(std::isnan(LogNormalTail(std::nan(""))));
}

TEST(LogTail, Student) {
  ExpectClose(LogStudentTail(0.5, 1), -1.0429418980620317, 1e-9);
  ExpectClose(LogStudentTail(3, 5), -4.1964022748946908, 1e-9);
  ExpectClose(LogStudentTail(-2, 7), -0.043753019406627141, 1e-9);
  ExpectClose(LogStudentTail(10, 98), -37.34367861789873, 1e-9);
  ExpectClose(LogStudentTail(50, 1406), -722.62147832629364, 1e-9);
  ExpectClose(LogStudentTail(500, 1406), -3650.523787539285, 1e-9);
  ExpectClose(LogStudentTail(3, 1e6), -6.6077015984123064, 1e-9);
  ExpectClose(LogStudentTail(1e-3, 10), -0.69392570015295547, 1e-9);
  EXPECT_DOUBLE_EQ(LogStudentTail(0, 3), std::log(0.5));
  EXPECT_TRUE(std::isinf(LogStudentTail(INFINITY, 3)));
}

TEST(LogTail, ChiSquared) {
  ExpectClose(LogChiSquaredTail(0.1, 1), -0.05, 1e-12);
  ExpectClose(LogChiSquaredTail(5, 1), -2.5, 1e-12);
  ExpectClose(LogChiSquaredTail(60, 28), -1.100006007306313, 1e-10);
  ExpectClose(LogChiSquaredTail(3000, 28), -1367.0824366316439, 1e-12);
  ExpectClose(LogChiSquaredTail(1e5, 5888), -31524.213327562492, 1e-12);
  EXPECT_NEAR(LogChiSquaredTail(10000, 5888), 0, 1e-9);
  EXPECT_EQ(LogChiSquaredTail(0, 3), 0);
  EXPECT_EQ(LogChiSquaredTail(-1, 3), 0);
}

TEST(LogTail, Factorial) {
  EXPECT_NEAR(LogFactorial(0), 0, 1e-15);
  EXPECT_NEAR(LogFactorial(10), std::log(3628800.0), 1e-12);
}

}  // namespace log_tail_test
}  // namespace modelkin
