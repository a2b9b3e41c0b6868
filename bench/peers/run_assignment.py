#!/usr/bin/env python3
"""SciPy's linear_sum_assignment on the matrices that `modelkin_bench_trace --dump FOLDER` left:

    run_assignment.py FOLDER
"""

import pathlib
import sys
import time

import numpy
from scipy.optimize import linear_sum_assignment

KINDS = ("strangers", "noisy copy", "copy")


def main():
    for path in sorted(pathlib.Path(sys.argv[1]).glob("assignment_*.f32")):
        _, units, kind = path.stem.split("_")
        scores = numpy.fromfile(path, numpy.float32).reshape(int(units), int(units))
        begin = time.monotonic()
        rows, columns = linear_sum_assignment(scores, maximize=True)
        seconds = time.monotonic() - begin
        total = scores[rows, columns].astype(numpy.float64).sum()
        print(f"SciPy, {units} x {units}, {KINDS[int(kind)]:<10}: {seconds:7.3f} s, total {total:.6f}",
              flush=True)


if __name__ == "__main__":
    main()
