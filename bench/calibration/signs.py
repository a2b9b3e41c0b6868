#!/usr/bin/env python3
"""How often signs of who was first are wrong (docs/kinship.md), as Markdown tables:

    signs.py FOLDER [--modelkin build/release/bin/modelkin]

FOLDER has models in folders, such as a zoo/. Of each, pairs are made by tests/kinship/cases.py, where B is
made of the model itself, and by tests/kinship/orders.py, which turns signs round. A pair is one case of
every sign that speaks, both of A, B and of B, A; a sign that points to either of two children is wrong.
Needs NumPy.
"""

import argparse
import collections
import concurrent.futures
import itertools
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tests" / "kinship"))

import cases  # noqa: E402
import checkpoints  # noqa: E402
import kinds  # noqa: E402
import orders  # noqa: E402
import relatives  # noqa: E402

ORDINARY, TURNED, CHILDREN = "ordinary", "turned round", "children"


def recipes():
    """(group, steps of A, steps of B after those of A, or of the model where B is another child)."""
    yield from ((ORDINARY, "copy", case[0]) for case in cases.CASES)
    yield from ((TURNED, *recipe) for recipe in orders.TURNED)
    yield from ((CHILDREN, *recipe) for recipe in orders.CHILDREN)


def signs_of(results):
    relation = results["relation"] or {"signs": [], "signs_point": "none"}
    return {(sign["name"], sign["direction"]) for sign in relation["signs"]}, relation["signs_point"]


def merged_pairs(source):
    """A, B, parents: a mixture of A; and A, a model computed from B so that B seems to be a mixture."""
    second = relatives.make(source, "fine_tune:0.1", seed=5)
    yield ORDINARY, source, relatives.make(source, "merge:0.3", other=second), second
    yield TURNED, source, relatives.make(source, "beyond:0.3", other=second), second


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--modelkin", default="build/release/bin/modelkin")
    options = parser.parse_args()
    sources = {path.name: checkpoints.read(path) for path in sorted(options.folder.iterdir())
               if (path / "config.json").exists()}
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as executor:
        def both_ways(a, b, *more):
            return (signs_of(kinds.trace(options.modelkin, a, b, *more)),
                    signs_of(kinds.trace(options.modelkin, b, a, *more)))

        def one(job):
            number, name, (group, first, second) = job
            a = relatives.make(sources[name], first, seed=1)
            b = relatives.make(sources[name] if group == CHILDREN else a, second, seed=2)
            return (group, f"{first}, {second}", *both_ways(
                *(checkpoints.write(f"{folder}/{name}-{number}-{side}", model)
                  for side, model in (("a", a), ("b", b)))))

        def merge(job):
            number, name, (group, a, b, parent) = job
            paths = [checkpoints.write(f"{folder}/{name}-{number}-{side}", model)
                     for side, model in (("a", a), ("b", b), ("p", parent))]
            a, b, parent = paths
            # Forged: the true first one is taken for the mixture of what was computed from it.
            pair = (a, b) if group == ORDINARY else (b, a)
            forward = signs_of(kinds.trace(options.modelkin, *pair, "--parents", pair[0], parent))
            turned = {(sign, {"a_to_b": "b_to_a", "b_to_a": "a_to_b"}[way])
                      for sign, way in forward[0]} if group == TURNED else forward[0]
            return group, "merge", (turned, forward[1]), (set(), "none")

        jobs = [(number, name, recipe) for number, recipe in enumerate(recipes()) for name in sources]
        mixtures = [(f"m{number}", name, pair) for name in sources
                    for number, pair in enumerate(merged_pairs(sources[name]))]
        counts = collections.defaultdict(lambda: [0, 0])
        rows = collections.defaultdict(collections.Counter)
        found = itertools.chain(executor.map(one, jobs), executor.map(merge, mixtures))
        for done, (group, recipe, (forward, points), (backward, _)) in enumerate(found, 1):
            print(f"{done} of {len(jobs) + len(mixtures)}: {group}, {recipe}: {sorted(forward)}, "
                  f"{sorted(backward)}", file=sys.stderr, flush=True)
            rows[group, recipe][points] += 1
            turned = {(sign, {"a_to_b": "b_to_a", "b_to_a": "a_to_b"}[way])
                      for sign, way in backward}
            for sign in {sign for sign, _ in forward | turned}:
                ways = {way for other, way in forward | turned if other == sign}
                counts[group, sign][0] += group == CHILDREN or ways != {"a_to_b"}
                counts[group, sign][1] += 1
    print("| sign | " + " | ".join((ORDINARY, TURNED, CHILDREN)) + " | wrong, of all |\n"
          "| --- | --- | --- | --- | --- |")
    for sign in sorted({sign for _, sign in counts}):
        cells = [counts[group, sign] for group in (ORDINARY, TURNED, CHILDREN)]
        print(f"| `{sign}` | " + " | ".join(f"{wrong} of {all_}" for wrong, all_ in cells)
              + f" | {sum(cell[0] for cell in cells)} of {sum(cell[1] for cell in cells)} |")
    print("\n| group | A, B | signs point |\n| --- | --- | --- |")
    for (group, recipe), points in rows.items():
        if group != ORDINARY:
            print(f"| {group} | {recipe.replace('+', ' + ')} | "
                  + ", ".join(f"{key} {count}" for key, count in points.most_common()) + " |")


if __name__ == "__main__":
    main()
