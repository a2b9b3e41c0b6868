#!/usr/bin/env python3
"""What `modelkin trace` names of models made in known ways (tests/kinship/), as Markdown tables:

    kinds.py FOLDER [--modelkin build/release/bin/modelkin] [--seeds 2] [--only REGEX]

FOLDER has models in folders, such as a zoo/. Each is derived from, by every case of
tests/kinship/cases.py and by weaker and stronger ones, whose misses are shown as well. Needs NumPy.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tests" / "kinship"))

import cases  # noqa: E402
import checkpoints  # noqa: E402
import relatives  # noqa: E402

# Where what is named ends: expected kinds as in cases.CASES.
LIMITS = [
    ("noise:1", "noise_added", "none"), ("noise:3", "noise_added", "none"),
    ("fine_tune:0.5", "fine_tuned", "none"), ("fine_tune:2", "fine_tuned", "none"),
    ("lora:32", "lora_merge", "none"), ("prune:0.02", "pruned", "a_to_b"),
    ("prune:0.95", "pruned", "a_to_b"), ("prune:0.2+noise:0.1", "pruned noise_added", "none"),
    ("prune24+noise:0.05", "pruned noise_added", "none"),
    ("noise:0.1+int8", "quantised noise_added", "none"),
    ("lora:4+int4:32", "quantised lora_merge", "a_to_b"),
    ("lora:4+noise:0.01", "lora_merge noise_added", "none"),
    ("rotate_residual+int4:32", "residual_rotated quantised", "a_to_b"),
    ("rotate_residual+prune:0.5", "residual_rotated pruned", "a_to_b"),
    ("rotate_residual+noise:0.5", "residual_rotated fine_tuned", "none"),
    ("rotate_residual+noise:1", "residual_rotated fine_tuned", "none"),
    ("permute_residual+noise:1", "residual_permuted noise_added", "none"),
    ("disguise_attention+noise:0.1", "attention_disguised noise_added", "none"),
    ("scale_hidden:4+noise:0.01", "scaled noise_added", "none"),
    ("rename+noise:0.1", "renamed noise_added", "none"),
    ("rotate_residual+permute_hidden+permute_experts+permute_heads+disguise_attention+noise:0.02"
     "+rename", "residual_rotated renamed hidden_units_permuted experts_permuted heads_permuted"
     " attention_disguised fine_tuned", "none"),
]


def trace(modelkin, *arguments):
    run = subprocess.run([modelkin, "trace", *arguments, "--json", "--threads", "1", "--permutations",
                          "1000000"], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


class Tally:
    def __init__(self):
        self.pairs = 0
        self.verdicts = collections.Counter()
        self.missing, self.extra = collections.Counter(), collections.Counter()
        self.directions, self.backward = collections.Counter(), collections.Counter()

    def add(self, kinds, forward, backward):
        self.pairs += 1
        self.verdicts[forward["verdict"]["category"]] += 1
        relation = forward["relation"] or {"kinds": [], "signs_point": "none"}
        found = {kind["kind"] for kind in relation["kinds"]}
        required, allowed = cases.wanted(kinds)
        self.missing.update(required - found)
        self.extra.update(found - allowed)
        self.directions[relation["signs_point"]] += 1
        self.backward[(backward["relation"] or {"signs_point": "none"})["signs_point"]] += 1

    def row(self, steps, kinds):
        def text(counter):
            return ", ".join(f"{key} {count}" for key, count in counter.most_common()) or "-"
        return (f"| {steps.replace('+', ' + ')} | {kinds} | {text(self.verdicts)} | "
                f"{text(self.missing)} | {text(self.extra)} | {text(self.directions)} | "
                f"{text(self.backward)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--modelkin", default="build/release/bin/modelkin")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", default="", metavar="REGEX", help="cases that match, no strangers")
    options = parser.parse_args()
    sources = {path.name: checkpoints.read(path) for path in sorted(options.folder.iterdir())
               if (path / "config.json").exists()}
    all_cases = cases.CASES + LIMITS
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as executor:
        def one(job):
            name, seed, number = job
            steps = all_cases[number][0]
            b = checkpoints.write(f"{folder}/{name}-{seed}-{number}",
                                  relatives.make(sources[name], steps, seed=seed))
            a = str(options.folder / name)
            return number, trace(options.modelkin, a, b), trace(options.modelkin, b, a)

        def stranger(job):
            name, other, steps = job
            b = checkpoints.write(f"{folder}/{name}-{other}-{steps}",
                                  relatives.make(sources[other], steps, seed=1))
            return steps, trace(options.modelkin, str(options.folder / name), b)

        numbers_wanted = [number for number, case in enumerate(all_cases)
                          if re.search(options.only, case[0])]
        jobs = [(name, seed, number) for number in numbers_wanted for name in sources
                for seed in range(1, options.seeds + 1)]
        tallies = [Tally() for _ in all_cases]
        for number, forward, backward in executor.map(one, jobs):
            tallies[number].add(all_cases[number][1], forward, backward)
        head = ("| made by | kinds to be named | verdicts | not named | named besides | signs point, A "
                "the source | B the source |\n| --- | --- | --- | --- | --- | --- | --- |")
        for title, numbers in (("### Cases of the tests", range(len(cases.CASES))),
                               ("### Weaker, stronger, and where it ends",
                                range(len(cases.CASES), len(all_cases)))):
            print(f"{title}\n\n{head}")
            for number in sorted(set(numbers) & set(numbers_wanted)):
                print(tallies[number].row(*all_cases[number][:2]))
            print()
        if options.only:
            return
        lineage = {name: json.loads((options.folder / name / "lineage.json").read_text())
                   for name in sources}
        roots = [name for name in sources if not lineage[name].get("init")]
        pairs = [(a, b, steps) for a in roots for b in roots if a != b for steps in cases.STRANGERS]
        verdicts = collections.Counter(results["verdict"]["category"]
                                       for _, results in executor.map(stranger, pairs))
        print(f"### Strangers put through {len(cases.STRANGERS)} of these\n")
        print(f"{len(pairs)} pairs: " + ", ".join(f"{key} {count}" for key, count
                                                  in verdicts.items()))


if __name__ == "__main__":
    main()
