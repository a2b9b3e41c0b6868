#!/usr/bin/env python3
"""Whether draws judge pairs of models as all of their weights do, as a Markdown table:

    drawn_pairs.py FOLDER... [--modelkin build/release/bin/modelkin] [--rows 256] [--units 32]

A folder holds models: folders with a config.json, or safetensors files. Each ordered pair of models
of one folder is traced by --effort full, and by draws in up to three looks. Exits with 1 where a
category or kinds differ.
"""

import argparse
import collections
import concurrent.futures
import itertools
import json
import os
import pathlib
import subprocess
import sys

Judged = collections.namedtuple("Judged", "category kinds looks settled")


def models_in(folder):
    if (folder / "config.json").exists():
        return [folder]
    return sorted(path for path in folder.iterdir()
                  if path.suffix == ".safetensors" or (path / "config.json").exists())


def judged(modelkin, pair, options):
    run = subprocess.run([modelkin, "trace", *map(str, pair), "--json", "--threads", "1", *options],
                         capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return Judged(f"error {run.returncode}: {run.stderr.strip()}", (), 0, False)
    results = json.loads(run.stdout)
    kinds = (results["relation"] or {"kinds": []})["kinds"]
    verdict, effort = results["verdict"], results["effort"]
    what = f" ({verdict['kind']})" if verdict["kind"] else ""
    return Judged(verdict["category"] + what,
                  tuple(sorted(kind["kind"] for kind in kinds)), effort["looks"], effort["settled"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folders", type=pathlib.Path, nargs="+")
    parser.add_argument("--modelkin", default="build/release/bin/modelkin")
    parser.add_argument("--rows", default="256")
    parser.add_argument("--units", default="32")
    options = parser.parse_args()
    pairs = [pair for folder in options.folders
             for pair in itertools.permutations(models_in(folder), 2)]
    ways = (("--effort", "full"), ("--rows", options.rows, "--units", options.units))
    differ = 0
    print("| A | B | of all | kinds | of draws | kinds | looks | settled | same |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as executor:
        found = executor.map(lambda pair: [judged(options.modelkin, pair, way) for way in ways], pairs)
        for (a, b), (full, drawn) in zip(pairs, found):
            same = full[:2] == drawn[:2]
            differ += not same
            names = [f"{path.parent.name}/{path.stem}" for path in (a, b)]
            cells = names + [full.category, " ".join(full.kinds) or "-", drawn.category,
                             " ".join(drawn.kinds) or "-", f"{drawn.looks}",
                             "yes" if drawn.settled else "no", "yes" if same else "NO"]
            print("| " + " | ".join(cells) + " |", flush=True)
    print(f"\n{len(pairs)} pairs, {differ} judged differently.")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
