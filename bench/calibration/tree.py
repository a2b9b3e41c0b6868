#!/usr/bin/env python3
"""Precision and recall of `modelkin atlas tree` on models whose lineage is known:

    bench/calibration/tree.py --modelkin build/release/bin/modelkin --zoo DIR --zoo SECOND_DIR [-o tree.json]

A zoo is a folder of scripts/train-zoo or scripts/train-second-zoo. The models of all zoos go into one atlas, without
cards, so that what is measured is what weights show. What was counted is printed and written as JSON:

* pairs that are shown, against all pairs of which one was made from the other, both from a third, or from a common
  initialisation;
* edges of the forest, against what each model was made from; models whose bits are all equal are one there, as no bit
  tells which of them another was made from;
* direction of those edges that are right, by sign;
* how often a group's centre is what the others were made from.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

RELATED = ("identical", "derived", "shares_material")


def read_zoo(folder):
    """{path: lineage} of all models that are whole, names as paths."""
    models = {}
    for path in sorted(pathlib.Path(folder).iterdir()):
        if (path / "lineage.json").exists() and (path / "model.safetensors").exists():
            models[str(path)] = json.loads((path / "lineage.json").read_text())
    return models


def parents_of(models):
    """{path: {path of what it was made from: relation}}, of those that are there."""
    parents = {}
    for path, lineage in models.items():
        folder = str(pathlib.Path(path).parent)
        parents[path] = {f"{folder}/{name}": relation for name, relation in lineage.get("relations", {}).items()
                         if relation in RELATED and f"{folder}/{name}" in models}
    return parents


def families_of(models, parents):
    """{path: number}: models that anything joins have the same."""
    family = {path: path for path in models}

    def find(path):
        while family[path] != path:
            path = family[path]
        return path

    for path, of in parents.items():
        for parent in of:
            family[find(path)] = find(parent)
    # Originals of one initialisation, of which no lineage says that it is common.
    by_seed = collections.defaultdict(list)
    for path, lineage in models.items():
        if lineage.get("init") in (None, "seed") or lineage.get("parent") is None:
            key = (str(pathlib.Path(path).parent), json.loads((pathlib.Path(path) / "config.json").read_text())["model_type"],
                   lineage.get("seed"))
            by_seed[key].append(path)
    for paths in by_seed.values():
        for path in paths[1:]:
            family[find(path)] = find(paths[0])
    return {path: find(path) for path in models}


def ancestors(path, parents):
    found, waiting = set(), list(parents[path])
    while waiting:
        above = waiting.pop()
        if above not in found:
            found.add(above)
            waiting += parents[above]
    return found


def share(part, whole):
    return {"right": part, "of": whole, "share": round(part / whole, 4) if whole else None}


def measure(tree, stats_shapes, models):
    parents = parents_of(models)
    family = families_of(models, parents)
    names = [model["model"] for model in tree["models"]]
    known = set(names)
    shape = stats_shapes
    related = lambda a, b: family[a] == family[b]
    shown = [edge for edge in tree["edges"] if edge["bits"] and edge["bits"]["shown"]]
    forest = [edge for edge in tree["edges"] if edge["role"] == "nearest"]
    pair = lambda edge: (names[edge["a"]], names[edge["b"]])

    # Models whose bits are all equal.
    equal = {name: name for name in names}

    def one_of(name):
        while equal[name] != name:
            name = equal[name]
        return name

    for edge in shown:
        if edge["bits"]["agreements"] == edge["bits"]["bits"]:
            a, b = map(one_of, pair(edge))
            equal[a] = b
    classes = lambda a, b: frozenset((one_of(a), one_of(b)))

    direct = [(child, parent) for child in names for parent in parents[child] if parent in known]
    comparable = [(child, parent) for child, parent in direct if shape[child] == shape[parent]]
    made_from = {(one_of(child), one_of(parent)) for child, parent in direct}
    direct_classes = {frozenset(p) for p in made_from}
    shown_classes = {classes(*pair(edge)) for edge in shown}
    groups = {names[i]: model["group"] for i, model in enumerate(tree["models"])}

    false_edges = [pair(edge) for edge in shown if not related(*pair(edge))]
    distinct = [edge for edge in forest if len(classes(*pair(edge))) == 2]
    right_edges = [edge for edge in distinct if classes(*pair(edge)) in direct_classes]
    by_sign = collections.Counter()
    for edge in right_edges:
        if edge["direction"]["basis"] == "sign":
            made = tuple(one_of(names[edge["direction"][end]]) for end in ("to", "from"))
            by_sign[edge["direction"]["sign"], made in made_from] += 1

    # What most of a group goes back to.
    centres, wrong_centres = [0, 0], []
    for number, group in enumerate(tree["groups"]):
        members = [name for name in names if groups[name] == number]
        if len(members) < 3:
            continue
        below = collections.Counter(top for member in members for top in ancestors(member, parents)
                                    if top in members and not set(parents[top]) & set(members))
        root = names[group["root"]]
        true = [top for top in below if below[top] == max(below.values())]
        good = any(one_of(root) == one_of(top) for top in true)
        centres[0] += good
        centres[1] += 1
        if not good:
            wrong_centres.append({"centre": root, "true": true, "models": len(members)})

    missed = collections.Counter(models[child]["kind"] for child in names for parent in parents[child]
                                 if shape[child] == shape.get(parent) and groups[child] != groups[parent])
    merged = {path for path in names if len(parents[path]) > 1}
    between = {names[b["model"]]: (names[b["a"]], names[b["b"]], b["share"]) for b in tree["between"]}
    return {
        "models": len(names),
        "edges_between_strangers": false_edges,
        "shown_edges": share(len(shown) - len(false_edges), len(shown)),
        "forest_edges_between_equals": len(forest) - len(distinct),
        "other_forest_edges_that_are_direct": share(len(right_edges), len(distinct)),
        "direct_pairs_in_one_group": share(sum(groups[a] == groups[b] for a, b in comparable), len(comparable)),
        "direct_pairs_that_are_edges": share(
            sum(one_of(a) == one_of(b) or classes(a, b) in shown_classes for a, b in comparable), len(comparable)),
        "direct_pairs_of_another_shape": len(direct) - len(comparable),
        "missed_by_kind": dict(missed.most_common()),
        "direction_by_sign": {sign: share(by_sign[sign, True], by_sign[sign, True] + by_sign[sign, False])
                              for sign in sorted({s for s, _ in by_sign})},
        "centres_that_are_roots": share(*centres),
        "wrong_centres": wrong_centres,
        "between": {name: {"a": a, "b": b, "share": s, "kind": models[name]["kind"],
                           "made_from": sorted(parents[name])} for name, (a, b, s) in between.items()},
        "made_from_two": {name: name in between for name in sorted(merged)},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modelkin", required=True)
    parser.add_argument("--zoo", action="append", required=True)
    parser.add_argument("-o", "--output")
    arguments = parser.parse_args()
    models = {}
    for zoo in arguments.zoo:
        models |= read_zoo(os.path.abspath(zoo))
    with tempfile.TemporaryDirectory() as folder:
        atlas, names = f"{folder}/zoo.atlas", f"{folder}/models.txt"
        pathlib.Path(names).write_text("".join(f"{path}\n" for path in models))
        subprocess.run([arguments.modelkin, "atlas", "add", atlas, "--list", names, "-q"], check=True)
        tree = json.loads(subprocess.run([arguments.modelkin, "atlas", "tree", atlas, "--json"], check=True,
                                         capture_output=True).stdout)
        export = subprocess.run([arguments.modelkin, "atlas", "export", atlas], check=True, capture_output=True, text=True).stdout
    shapes = {}
    for line in export.splitlines():
        record = json.loads(line)
        component = record["components"][0]
        shapes[record["name"]] = (component["role"], component["rows"], component["columns"])
    models = {name: lineage for name, lineage in models.items() if name in shapes}
    result = measure(tree, shapes, models)
    text = json.dumps(result, indent=1)
    print(text)
    if arguments.output:
        pathlib.Path(arguments.output).write_text(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
