"""What people use today, and modelkin, on one pair of files in one run.

    run_peers.py MODELKIN A.safetensors B.safetensors [ROUNDS]

Prints for each its median time, the rate over the bytes of both files, and how many times as fast
modelkin is: a whole run of its program, from start to results in JSON. Peers that are libraries are
called within this process, imported and warm. Each round runs all of them, so that what slows the
machine for a while slows all. Files should be in BF16. A peer that is not installed is named and left
out.
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


def main():
    modelkin, path_a, path_b = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    gigabytes = (os.path.getsize(path_a) + os.path.getsize(path_b)) / 1e9

    def run_modelkin():
        output = subprocess.run([modelkin, "compare", path_a, path_b, "--json", "--no-digest"],
                                capture_output=True, text=True, check=True).stdout
        return json.loads(output)

    def start_modelkin():
        subprocess.run([modelkin, "--version"], capture_output=True, check=True)

    contenders = {  # title: function, required ratio
        "modelkin compare, all metrics": (run_modelkin, None),
        "NumPy, six metrics as written": (lambda: run_numpy(path_a, path_b), 100),
        "safetensors + torch, three metrics": (lambda: run_torch(path_a, path_b), 50),
        "diffai-python": (lambda: run_diffai(path_a, path_b), None),
        "ckptkit diff (headers only)": (lambda: run_ckptkit(path_a, path_b), None),
    }
    seconds, results, missing = {title: [] for title in contenders}, {}, {}
    for round_number in range(rounds + 1):
        for title, (function, _) in contenders.items():
            if title in missing:
                continue
            try:
                # modelkin is over too soon for a single sample to mean much.
                for _ in range(5 if function is run_modelkin else 1):
                    duration, results[title] = seconds_of(function)
                    if round_number > 0:  # the round before warms the page cache and imports
                        seconds[title].append(duration)
            except (ImportError, FileNotFoundError, ValueError) as error:
                missing[title] = str(error).splitlines()[0][:80]
    own_title = next(iter(contenders))
    own = statistics.median(seconds[own_title])
    expected = {row["a"]: row for row in results[own_title]["tensors"]}
    start = statistics.median(seconds_of(start_modelkin)[0] for _ in range(9))
    print(f"two BF16 files of {gigabytes / 2 * 1e9 / 2**20:.0f} MiB; medians of {rounds} rounds; "
          f"NumPy {np.__version__}; {os.cpu_count()} cores; modelkin's start and end alone take "
          f"{1000 * start:.0f} ms\n")
    for title, (_, required) in contenders.items():
        if title in missing:
            print(f"{title:36} not run: {missing[title]}")
            continue
        median = statistics.median(seconds[title])
        line = f"{title:36} {median:9.3f} s {gigabytes / median:8.2f} GB/s"
        if title != own_title:
            line += f"   modelkin is {median / own:.1f} times as fast"
            if required:
                line += f", required >= {required} {'ok' if median / own >= required else 'MISSED'}"
        print(line)
        if title != own_title:
            print(f"{'':36} {answer_of(results[title], expected)}")


if __name__ == "__main__":
    main()
