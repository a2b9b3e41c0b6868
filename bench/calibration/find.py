#!/usr/bin/env python3
"""How often `modelkin atlas find` is right, on models whose lineage is known (scripts/train-zoo and
scripts/train-second-zoo):

    find.py ZOO... [--modelkin build/release/bin/modelkin] [--traced N] [--jobs N]

Adds all models to an atlas and asks for the relatives of each, which finds itself first. Prints
tables in Markdown: what bits nominate, of N models (drawn by their names; default: 40) also what is
traced and answered, and the null law of agreeing bits over all strangers. Truth as run.py has it.
"""

import argparse
import collections
import concurrent.futures
import json
import math
import pathlib
import random
import subprocess
import tempfile

from run import STRONG, clopper_pearson, read_zoo, table, truth_of

TRUTHS = ("identical", "derived", "shares_material", "relatives", "null")


def read_all(folders):
    """({name: lineage}, {name: folder}, {name: zoo}); zoos have nothing in common."""
    lineages, folders_of, zoos = {}, {}, {}
    for folder in folders:
        zoo = read_zoo(folder)
        for name in zoo:
            lineages[name], folders_of[name], zoos[name] = zoo[name], folder / name, folder
    return lineages, folders_of, zoos


def truth(lineages, zoos, a, b):
    return truth_of(lineages, a, b)[0] if zoos[a] == zoos[b] else "null"


def find(modelkin, atlas, folder, *arguments):
    process = subprocess.run([modelkin, "atlas", "find", atlas, str(folder), "--json", *arguments],
                             capture_output=True, text=True)
    if process.returncode != 0:
        raise SystemExit(process.stderr)
    return json.loads(process.stdout)


def rate(hits, count):
    if count == 0:
        return "-"
    low, high = clopper_pearson(hits, count)
    return f"{hits} of {count} ({100 * low:.1f} to {100 * high:.1f} %)"


def bits_of(record):
    return bytes.fromhex(record["bits"])


def null_law(records, lineages, zoos):
    """z of agreeing bits over all pairs of strangers whose bits are comparable."""
    places = collections.defaultdict(list)
    for record in records:
        for component in record["components"]:
            if not component["nameless"]:
                key = component["kind"], component["role"], component["rows"], component["columns"]
                places[key].append((pathlib.Path(record["location"]).name, component))
    values = []
    for group in places.values():
        for i, (name, one) in enumerate(group):
            for other_name, other in group[:i]:
                if truth(lineages, zoos, name, other_name) != "null":
                    continue
                differing = int.from_bytes(bits_of(one), "little") ^ int.from_bytes(bits_of(other), "little")
                variance = 1024 + (4096 / math.pi) ** 2 / math.sqrt(
                    one["effective_values"] * other["effective_values"])
                values.append(((2048 - differing.bit_count()) / math.sqrt(variance), name, other_name))
    return values


def report_null(values):
    count = len(values)
    only = [z for z, _, _ in values]
    mean = sum(only) / count
    deviation = math.sqrt(sum((z - mean) ** 2 for z in only) / count)
    print(f"\nStrangers with comparable bits: {count} pairs. z of agreeing bits, by the law that p is computed by: "
          f"mean {mean:.3f}, standard deviation {deviation:.3f}.\n")
    rows = []
    for level, limit in ((0.05, 1.6449), (0.01, 2.3263), (0.001, 3.0902), (1e-4, 3.7190)):
        rows.append([f"{level:g}", rate(sum(z >= limit for z in only), count), f"{count * level:.1f}"])
    print(table(["p at most", "seen", "expected at most"], rows))
    print("\nlargest:", ", ".join(f"{one} and {other} {z:.2f}" for z, one, other in sorted(values)[-5:]))


def report_nominations(answers, lineages, zoos, folders):
    """By truth: pairs, those whose bits nominate, those among the nearest by profile."""
    names = {str(folder.resolve()): name for name, folder in folders.items()}
    found = {kind: collections.Counter() for kind in ("bits", "profile")}
    for name, answer in answers.items():
        for model in answer["relatives"] + answer["others"]:
            other = names[model["location"]]
            if other != name:
                found[model["nominated_by"]][truth(lineages, zoos, name, other)] += 1
    pairs = collections.Counter(truth(lineages, zoos, a, b) for a in answers for b in lineages if a != b)
    rows = [[kind, str(pairs[kind]), rate(found["bits"][kind], pairs[kind]), str(found["profile"][kind])]
            for kind in TRUTHS]
    print("\n" + table(["truth", "ordered pairs", "nominated by bits", "further, by profile"], rows))


def report_answers(answers, lineages, zoos, folders):
    names = {str(folder.resolve()): name for name, folder in folders.items()}
    rows = collections.defaultdict(lambda: [0, 0])
    kinds = collections.defaultdict(lambda: [0, 0])
    wrong = []
    for name, answer in answers.items():
        relatives = {names[model["location"]] for model in answer["relatives"]}
        for other in lineages:
            if other == name:
                continue
            real = truth(lineages, zoos, name, other)
            rows[real][0] += other in relatives
            rows[real][1] += 1
            if real == "null" and other in relatives:
                wrong.append((name, other))
        parent = lineages[name].get("parent")
        if parent in lineages and lineages[name]["relations"][parent] != "no_evidence":
            kinds[lineages[name]["kind"]][0] += parent in relatives
            kinds[lineages[name]["kind"]][1] += 1
    print(f"\nTraced and answered, {len(answers)} models:\n")
    print(table(["truth", "in the answer"], [[kind, rate(*rows[kind])] for kind in TRUTHS]))
    print("\nstrangers in an answer:", wrong or "none")
    print("\n" + table(["kind of the model", "its parent is in the answer"],
                       [[kind, f"{hits} of {count}"] for kind, (hits, count) in sorted(kinds.items())]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("zoos", nargs="+", type=pathlib.Path, metavar="ZOO")
    parser.add_argument("--modelkin", default="build/release/bin/modelkin")
    parser.add_argument("--traced", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    lineages, folders, zoos = read_all(options.zoos)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        atlas = str(pathlib.Path(folder) / "models.atlas")
        models = pathlib.Path(folder) / "models.txt"
        models.write_text("".join(f"{place.resolve()}\n" for place in folders.values()))
        subprocess.run([options.modelkin, "atlas", "add", atlas, "--list", models, "-q"], check=True)
        lines = subprocess.run([options.modelkin, "atlas", "export", atlas], capture_output=True, check=True)
        records = [json.loads(line) for line in lines.stdout.splitlines()]
        print(f"{len(lineages)} models, {len(records)} records; strong evidence is a p of 1e{STRONG}.")
        report_null(null_law(records, lineages, zoos))
        names = sorted(lineages)
        nominated = dict(zip(names, pool.map(
            lambda name: find(options.modelkin, atlas, folders[name], "--most-traced", "0"), names)))
        report_nominations(nominated, lineages, zoos, folders)
        derived = [name for name in names if lineages[name].get("parent")]
        drawn = sorted(random.Random("find").sample(derived, min(options.traced, len(derived))))
        answered = dict(zip(drawn, pool.map(
            lambda name: find(options.modelkin, atlas, folders[name], "--threads", "1"), drawn)))
        report_answers(answered, lineages, zoos, folders)


if __name__ == "__main__":
    main()
