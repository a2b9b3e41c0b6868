#!/usr/bin/env python3
"""What calling from Python costs over the library itself, and importing: milliseconds and ratios.

    python3 bench/python_calls.py build/bench/bin/modelkin_bench_session_calls [CALLS]

needs the package `modelkin` in the environment. The floor is measured in the same run, by the program
named. Medians of calls that take turns with the floor.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import modelkin as mk


def milliseconds(calls, call):
    """Returns the median of the milliseconds that a call takes."""
    taken = []
    for _ in range(calls):
        began = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def floors(program, a, b, calls):
    """Returns the library's own milliseconds by request."""
    lines = subprocess.run([program, a, b, str(calls)], check=True, capture_output=True, text=True).stdout
    return {name: float(value) for name, value in map(str.split, lines.splitlines())}


def import_milliseconds(program, calls=9):
    """Returns the median of what `program` takes in a fresh interpreter, less one that does nothing."""

    def once(text):
        return milliseconds(1, lambda: subprocess.run([sys.executable, "-c", text], check=True))

    pairs = [once(program) - once("pass") for _ in range(calls)]
    return statistics.median(pairs)


def main():
    program, calls = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 50
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        subprocess.run(
            [sys.executable, "-m", "modelkin", "demo", "--keep", demo], check=True, capture_output=True
        )
        a, b = str(demo / "dense-a"), str(demo / "dense-a-tuned")
        asks = {
            "inspect": lambda: mk.inspect(a),
            "diff": lambda: mk.diff(a, b, threads=1),
            "compare": lambda: mk.compare(a, b, threads=1),
            "trace": lambda: mk.trace(a, b, effort="quick", permutations=100, threads=1),
        }
        rounds = [
            (
                floors(program, a, b, max(1, calls // 5)),
                {n: milliseconds(max(1, calls // 5), ask) for n, ask in asks.items()},
            )
            for _ in range(5)
        ]
        print(f"{'request':10} {'library ms':>11} {'Python ms':>10} {'more ms':>8} {'ratio':>6}")
        for name in asks:
            floor = statistics.median(first[name] for first, _ in rounds)
            asked = statistics.median(second[name] for _, second in rounds)
            print(f"{name:10} {floor:11.2f} {asked:10.2f} {asked - floor:8.2f} {asked / floor:6.2f}")
    print(f"import modelkin: {import_milliseconds('import modelkin'):.0f} ms")


if __name__ == "__main__":
    main()
