"""What people use today, and modelkin, on one pair of files in one run.

    run_peers.py BIN_FOLDER DATA_FOLDER [MIB] [ROUNDS]

BIN_FOLDER holds modelkin and modelkin_bench_compare, DATA_FOLDER the BF16 files that the latter made.
Prints for each its median time and the rate over the bytes of both files. modelkin appears in three
ways: on files that are mapped already (as modelkin_bench_compare has it against its floor), on files
opened within the call, as the peers open theirs, and as a whole run of its program, from start to
results in JSON. Peers that are libraries are called within this process, imported and warm. Each round
runs all of them, so that what slows the machine for a while slows all. A peer that is not installed is
named and left out.
"""

import json
import os
import statistics
import struct
import subprocess
import sys
import time

# Threads and kernels are the libraries' own choice.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)

import numpy as np


def header(path):
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        entries = json.loads(file.read(length))
    entries.pop("__metadata__", None)
    return entries, 8 + length


def load_numpy(path, entry, begin):
    """A BF16 tensor as float32, the way scripts without torch do."""
    count = entry["data_offsets"][1] - entry["data_offsets"][0]
    bits = np.fromfile(path, dtype=np.uint16, count=count // 2, offset=begin + entry["data_offsets"][0])
    return (bits.astype(np.uint32) << 16).view(np.float32).reshape(entry["shape"])


def numpy_metrics(a, b):
    """Cosine, mean absolute difference, Pearson, relative L2, 99 % quantiles, variation: as written."""
    x, y = a.flatten().astype(np.float64), b.flatten().astype(np.float64)
    norm_x, norm_y = np.linalg.norm(x), np.linalg.norm(y)
    return {
        "cosine_similarity": float(np.dot(x, y) / (norm_x * norm_y)),
        "mean_abs_diff": float(np.mean(np.abs(x - y))),
        "pearson_correlation": float(np.corrcoef(x, y)[0, 1]),
        "rel_l2": float(np.linalg.norm(x - y) / norm_x),
        "p99_abs_diff": float(abs(np.quantile(np.abs(x), 0.99) - np.quantile(np.abs(y), 0.99))),
        "cv_diff": float(abs(np.std(x) / abs(np.mean(x)) - np.std(y) / abs(np.mean(y)))),
    }


def run_numpy(path_a, path_b):
    entries_a, begin_a = header(path_a)
    entries_b, begin_b = header(path_b)
    return {name: numpy_metrics(load_numpy(path_a, entries_a[name], begin_a),
                                load_numpy(path_b, entries_b[name], begin_b))
            for name in entries_a}


def run_torch(path_a, path_b):
    import torch
    from safetensors import safe_open
    results = {}
    with safe_open(path_a, "pt") as a, safe_open(path_b, "pt") as b:
        for name in a.keys():
            x, y = a.get_tensor(name).float().flatten(), b.get_tensor(name).float().flatten()
            results[name] = {
                "cosine_similarity": torch.nn.functional.cosine_similarity(x, y, dim=0).item(),
                "mean_abs_diff": (x - y).abs().mean().item(),
                "pearson_correlation": torch.corrcoef(torch.stack([x, y]))[0, 1].item(),
            }
    return results


def run_diffai(path_a, path_b):
    import diffai
    return diffai.diff_paths(path_a, path_b)


def run_ckptkit(path_a, path_b):
    tool = os.path.join(os.path.dirname(sys.executable), "ckptkit")
    return subprocess.run([tool, "diff", path_a, path_b], capture_output=True, text=True,
                          check=True).stdout.strip().splitlines()


def seconds_of(function):
    begin = time.perf_counter()
    result = function()
    return time.perf_counter() - begin, result


def answer_of(result, expected):
    """What a peer found, in a line: metrics are held against modelkin's."""
    if not isinstance(result, dict):
        return f"answers: {str(result)[:200]}"
    worst = {}
    for name, metrics in result.items():
        for metric, value in metrics.items():
            if metric in ("cosine_similarity", "pearson_correlation", "mean_abs_diff"):
                worst[metric] = max(worst.get(metric, 0), abs(value - expected[name][metric]))
    return "largest differences from modelkin: " + ", ".join(
        f"{metric} {value:.1e}" for metric, value in worst.items())


def medians_of(seconds):
    return {title: statistics.median(values) for title, values in seconds.items() if values}


def race(contenders, bench, rounds):
    """Seconds by title, results by title, and why some did not run."""
    seconds, results, missing = {}, {}, {}
    for round_number in range(rounds + 1):
        own = json.loads(subprocess.run(bench, capture_output=True, text=True, check=True).stdout)
        for title, duration in own.items():
            seconds.setdefault(title, []).append(duration)
        for title, function in contenders.items():
            if title in missing:
                continue
            try:
                # modelkin is over too soon for a single sample to mean much.
                for _ in range(5 if title == PROGRAM else 1):
                    duration, results[title] = seconds_of(function)
                    if round_number > 0:  # the round before warms the page cache and imports
                        seconds.setdefault(title, []).append(duration)
            except (ImportError, FileNotFoundError, ValueError) as error:
                missing[title] = str(error).splitlines()[0][:80]
    return medians_of(seconds), results, missing


PROGRAM = "whole program"
OWN = {  # title in modelkin_bench_compare's output: title here
    "moments": "files mapped, all but quantiles",
    "with exact quantiles": "files mapped, all metrics",
    "opened anew: reading": "files opened, read only",
    "opened anew: quantiles": "files opened, all metrics",
    PROGRAM: "whole program, all metrics, JSON",
}
MAPPED = "with exact quantiles"


def main():
    bin_folder, data = sys.argv[1:3]
    mib = int(sys.argv[3]) if len(sys.argv) > 3 else 256
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    path_a, path_b = (f"{data}/BF16-{mib}mib-{i}.safetensors" for i in (1, 2))
    gigabytes = (os.path.getsize(path_a) + os.path.getsize(path_b)) / 1e9
    bench = [f"{bin_folder}/modelkin_bench_compare", "--data", data, "--mib", str(mib),
             "--types", "BF16", "--rounds", "5", "--json"]

    def run_modelkin():
        output = subprocess.run([f"{bin_folder}/modelkin", "compare", path_a, path_b, "--json",
                                 "--no-digest"], capture_output=True, text=True, check=True).stdout
        return json.loads(output)

    contenders = {
        PROGRAM: run_modelkin,
        "NumPy, six metrics as written": lambda: run_numpy(path_a, path_b),
        "safetensors + torch, three metrics": lambda: run_torch(path_a, path_b),
        "diffai-python": lambda: run_diffai(path_a, path_b),
        "ckptkit diff (headers only)": lambda: run_ckptkit(path_a, path_b),
    }
    required = {"NumPy, six metrics as written": 100, "safetensors + torch, three metrics": 50}
    medians, results, missing = race(contenders, bench, rounds)
    print(f"two BF16 files of {mib} MiB; medians of {rounds} rounds; NumPy {np.__version__}; "
          f"{os.cpu_count()} cores\n")
    for title, name in OWN.items():
        print(f"modelkin: {name:34} {medians[title]:8.3f} s {gigabytes / medians[title]:8.2f} GB/s")
    expected = {row["a"]: row for row in results[PROGRAM]["tensors"]}
    for title in list(contenders)[1:]:
        if title in missing:
            print(f"\n{title}: not run: {missing[title]}")
            continue
        print(f"\n{title:44} {medians[title]:8.3f} s {gigabytes / medians[title]:8.2f} GB/s")
        for own, name in OWN.items():
            if own == "opened anew: reading":
                continue
            ratio = medians[title] / medians[own]
            line = f"    modelkin, {name:34} {ratio:8.1f} times as fast"
            if own == MAPPED and title in required:
                line += f", required >= {required[title]} "
                line += "ok" if ratio >= required[title] else "MISSED"
            print(line)
        print(f"    {answer_of(results[title], expected)}")


if __name__ == "__main__":
    main()
