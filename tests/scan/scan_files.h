// The whole way of a tensor pair: through files, a pairing, a scan and its metrics.
#ifndef MODELKIN_TESTS_SCAN_SCAN_FILES_H_
#define MODELKIN_TESTS_SCAN_SCAN_FILES_H_

#include <span>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "scan/pair_metrics.h"
#include "scan/pairing.h"
#include "scan/scan_pairs.h"
#include "support/safetensors_writer.h"
#include "support/scalar_reference.h"
#include "support/temporary_directory.h"

namespace modelkin::testing {

// A one-dimensional tensor of these bytes.
TestTensor MakeTensor(std::string name, DType dtype, std::string bytes);

// A checkpoint in memory.
Checkpoint MakeCheckpoint(const std::vector<TestTensor>& tensors);

class ScanFiles {
 public:
  // Scans one tensor pair from two files.
  PairScan Scan(DType type_a, const std::string& a, DType type_b, const std::string& b,
                const ScanOptions& options = {.threads = 2}) const;

  const TemporaryDirectory& directory() const { return directory_; }

 private:
  TemporaryDirectory directory_;
};

// Compares every metric and count with the reference, within the bounds of the table in
// scan_files.cc; cosines and correlations within `cosine_error`.
inline constexpr double kCosineError = 1e-7;
void ExpectMatchesReference(const PairMetrics& metrics, const ReferenceMetrics& reference,
                            double cosine_error = kCosineError);

// Scans the pair and compares it with CompareByDefinition of the decoded bytes.
void ExpectScanMatchesReference(const ScanFiles& files, DType type_a, const std::string& a,
                                DType type_b, const std::string& b,
                                double cosine_error = kCosineError);

// Every number of the two is the same to the bit.
void ExpectSameBits(const PairScan& one, const PairScan& other);

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_SCAN_SCAN_FILES_H_
