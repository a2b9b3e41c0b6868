#include "evidence/residual_power.h"

#include <gtest/gtest.h>

#include <cmath>

#include "evidence/toy_trace.h"

namespace modelkin::testing {
namespace residual_power_test {

const double kLevel = std::log(1e-10);

PowerStatement PowerOf(const PairAnalysis& pair, const DrawPlan& plan, unsigned threads = 2) {
  TraceSettings options;
  options.threads = threads;
  options.plan = plan;
  PowerStatement power;
  SimulateResidualPower(pair, kLevel, options, power);
  return power;
}

// Strangers, and the trace of them.
class ResidualPower : public ::testing::Test {
 protected:
  StoredToy a_{TrainedToy(1)}, b_{TrainedToy(2)};
  Progress progress_;
  TraceState none_;
  PairAnalysis pair_ = AnalysePair(a_.traced(), b_.traced(), {}, none_, "pair", progress_);
};

// Told of all rows by a few of them: near what K of all positions finds.
TEST_F(ResidualPower, OfAllRowsIsThatOfProducts) {
  const PowerStatement by_products = PowerOf(pair_, {});
  const PowerStatement by_rows = PowerOf(pair_, {.mlps = 1});
  ASSERT_TRUE(by_products.residual_trace);
  ASSERT_TRUE(by_rows.residual_trace);
  EXPECT_LT(*by_products.residual_trace, 0.5);
  EXPECT_NEAR(*by_rows.residual_trace, *by_products.residual_trace,
              0.3 * *by_products.residual_trace);
  EXPECT_EQ(by_rows.tensors, 32U);
}

TEST_F(ResidualPower, FewerRowsFindLargerSharesAlone) {
  double last = 0;
  for (const std::uint64_t rows : {4000, 1000, 250}) {
    pair_.residual.weights.rows = rows;
    const auto power = PowerOf(pair_, {.rows = rows});
    ASSERT_TRUE(power.residual_trace) << rows;
    EXPECT_GT(*power.residual_trace, last) << rows;
    last = *power.residual_trace;
  }
}

TEST_F(ResidualPower, SameForAnyNumberOfThreads) {
  EXPECT_EQ(PowerOf(pair_, {.rows = 500}, 1).residual_trace,
            PowerOf(pair_, {.rows = 500}, 5).residual_trace);
}

TEST_F(ResidualPower, NothingIsFoundWhereNothingWasTraced) {
  pair_.residual.tensors.clear();
  const PowerStatement power = PowerOf(pair_, {.rows = 500});
  EXPECT_FALSE(power.residual_trace);
  EXPECT_EQ(power.tensors, 0U);
}

}  // namespace residual_power_test
}  // namespace modelkin::testing
