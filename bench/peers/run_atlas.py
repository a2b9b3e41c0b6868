#!/usr/bin/env python3
"""Searches for relatives by modelDNA and by `modelkin atlas find`, on models whose lineage is known:

    run_atlas.py ZOO... [--modelkin build/release/bin/modelkin] [--most N] [--disguise MODEL]

Needs modeldna (bench/peers/requirements-atlas.txt) and NumPy. Both sketch each model once; then each model, of N drawn by
their names, is set beside all others: modelDNA by its own compare_fingerprints and judge, with its own thresholds
and without a reference database, modelkin by `atlas find`. With --disguise, disguised copies of MODEL (tests/kinship/
relatives.py) are asked for as well. Prints Markdown. Truth as bench/calibration/run.py has it.
"""

import argparse
import collections
import pathlib
import random
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "calibration"), str(HERE.parent.parent / "tests" / "kinship")]

from modeldna.compare import compare_fingerprints  # noqa: E402
from modeldna.fingerprint.extract import extract_fingerprint  # noqa: E402
from modeldna.io.source import open_source  # noqa: E402
from modeldna.verdict import Thresholds, judge  # noqa: E402

import checkpoints  # noqa: E402
import relatives  # noqa: E402
from find import TRUTHS, find, rate, read_all, truth  # noqa: E402
from run import table  # noqa: E402

DISGUISES = ("permute_hidden", "permute_heads", "permute_residual", "rotate_residual", "disguise_attention", "int4:32",
             "prune:0.5", "drop_layers:1", "widen:8+noise:0.01", "narrow:16+permute_residual+permute_hidden", "rename",
             "rotate_residual+permute_hidden+permute_experts+permute_heads+disguise_attention+noise:0.02")


def seconds_used():
    return sum(usage.ru_utime + usage.ru_stime for usage in map(
        resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


class Fingerprints:
    """modelDNA's, made once for each model; what they cost."""

    def __init__(self):
        self.known, self.seconds, self.bytes, self.failed = {}, 0.0, 0, collections.Counter()

    def of(self, folder):
        if folder not in self.known:
            begin = seconds_used()
            source = open_source(str(folder))
            try:
                self.known[folder] = extract_fingerprint(source, mode="fast", model_id=str(folder))
            except Exception as error:  # whatever a peer raises counts as no answer
                self.known[folder] = None
                self.failed[f"{type(error).__name__}: {str(error)[:80]}"] += 1
            self.seconds += seconds_used() - begin
            self.bytes += source.bytes_read
        return self.known[folder]

    def related(self, suspect, candidate):
        """Whether its own rule calls the pair one lineage; None where it compares nothing."""
        one, other = self.of(suspect), self.of(candidate)
        if one is None or other is None:
            return None
        verdict = judge([(compare_fingerprints(one, other), str(candidate))], suspect_dtype=one.arch.torch_dtype,
                        candidate_dtypes={str(candidate): other.arch.torch_dtype})
        if verdict.probability is None:
            return None
        return verdict.probability >= Thresholds().positive


class Sought:
    """What is asked for, against what is there: pairs by truth that each tool calls related."""

    def __init__(self):
        self.pairs = {tool: collections.defaultdict(collections.Counter) for tool in ("modelDNA", "modelkin")}

    def add(self, tool, real, related):
        self.pairs[tool][real][related] += 1

    def table(self):
        rows = []
        for real in TRUTHS:
            row = [real]
            for tool in ("modelDNA", "modelkin"):
                counts = self.pairs[tool][real]
                row.append(rate(counts[True], counts.total()))
                if tool == "modelDNA":
                    row.append(str(counts[None]))
            rows.append(row)
        return table(["truth of the pair", "modelDNA calls it one lineage", "and can't compare", "in modelkin's answer"], rows)


def search(options, atlas, folders, lineages, zoos, fingerprints):
    names = {str(folder.resolve()): name for name, folder in folders.items()}
    asked = random.Random("peers").sample(sorted(lineages), min(options.most, len(lineages)))
    sought, seconds = Sought(), 0.0
    for name in asked:
        begin = seconds_used()
        answer = find(options.modelkin, atlas, folders[name])
        seconds += seconds_used() - begin
        relatives_found = {names[model["location"]] for model in answer["relatives"]}
        for other in lineages:
            if other == name:
                continue
            real = truth(lineages, zoos, name, other)
            sought.add("modelkin", real, other in relatives_found)
            sought.add("modelDNA", real, fingerprints.related(folders[name], folders[other]))
    print(f"{len(asked)} models asked for among {len(lineages)}:\n")
    print(sought.table())
    return seconds / len(asked)


def disguised(options, atlas, fingerprints):
    rows = []
    model = checkpoints.read(options.disguise)
    for steps in DISGUISES:
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "copy"
            checkpoints.write(str(copy), relatives.make(model, steps))
            answer = find(options.modelkin, atlas, copy)
            own = str(options.disguise.resolve())
            found = any(found["location"] == own for found in answer["relatives"])
            try:
                theirs = fingerprints.related(copy, options.disguise)
            except Exception:  # as above
                theirs = None
            rows.append([steps, {True: "one lineage", False: "no", None: "can't compare"}[theirs],
                         "found" if found else "not found"])
    print(f"\nCopies of {options.disguise.name} in disguise:\n")
    print(table(["disguise", "modelDNA", "modelkin"], rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("zoos", nargs="+", type=pathlib.Path, metavar="ZOO")
    parser.add_argument("--modelkin", default="build/release/bin/modelkin")
    parser.add_argument("--most", type=int, default=30)
    parser.add_argument("--disguise", type=pathlib.Path, metavar="MODEL")
    options = parser.parse_args()
    lineages, folders, zoos = read_all(options.zoos)
    fingerprints = Fingerprints()
    with tempfile.TemporaryDirectory() as folder:
        atlas, models = (str(pathlib.Path(folder) / name) for name in ("models.atlas", "models.txt"))
        pathlib.Path(models).write_text("".join(f"{place.resolve()}\n" for place in folders.values()))
        begin = seconds_used()
        subprocess.run([options.modelkin, "atlas", "add", atlas, "--list", models, "-q"], check=True)
        sketching = seconds_used() - begin
        size = pathlib.Path(atlas).stat().st_size
        finding = search(options, atlas, folders, lineages, zoos, fingerprints)
        if options.disguise:
            disguised(options, atlas, fingerprints)
    count = len(lineages)
    print(f"\nProcessor seconds a model: modelDNA's fingerprint {fingerprints.seconds / count:.3f}, modelkin's sketch "
          f"{sketching / count:.3f}; `atlas find` with its traces {finding:.1f} a model that is asked for. Bytes read a model by "
          f"modelDNA's account: {fingerprints.bytes / count:.0f}; the atlas has {size / count:.0f} bytes a model.")
    for error, times in fingerprints.failed.items():
        print(f"modelDNA had no fingerprint of {times}: {error}")


if __name__ == "__main__":
    main()
