#!/usr/bin/env python3
"""What `modelkin trace` says of pairs that nobody here trained, and of a small zoo, as Markdown tables:

    known_pairs.py FOLDER [MODELKIN]

FOLDER has zoo/ (models in folders, each with a lineage.json) and realdata/weights/.
"""

import itertools
import json
import pathlib
import subprocess
import sys

# Files under realdata/weights, and what is known of them.
PAIRS = (
    ("silero/silero_v5.0-42a5ed4a", "silero/silero_v5-63cb73be", "same weights, repackaged"),
    ("silero/silero_v6.2-5c6988d6", "silero/silero_vad_16k", "related, renamed and drifted"),
    ("silero/silero_v5-63cb73be", "silero/silero_v6-30868c98", "unrelated, same Fourier basis"),
    ("silero/silero_v6-30868c98", "silero/silero_v6.2-5c6988d6", "unrelated, same Fourier basis"),
    ("silero/silero_v5-63cb73be", "silero/silero_v6.2-5c6988d6", "unrelated, same Fourier basis"),
    ("llama2c/xs-ckpt.model", "llama2c/xs-model", "same weights in two formats"),
    ("llama2c/stories260K", "llama2c/xs-model", "independent, other MLP width"),
    ("nanogpt/sqtian-f74fd82-ckpt.model", "nanogpt/sqtian-9ab0246-ckpt.model", "near copy"),
    ("nanogpt/sqtian-f74fd82-ckpt.model", "nanogpt/sqtian-70a5e9d-ckpt.model", "not known"),
    ("maze/g6-model.iter_0", "maze/g6-model.final", "one training run"),
    ("maze/maze-g4-iter0", "maze/maze-g4-final", "one run, hardly trained"),
    ("resnet-cifar10/resnet20-12fca82f", "resnet-cifar10/resnet32-d509ac18", "independent"),
)


def trace(modelkin, *arguments):
    run = subprocess.run([modelkin, "trace", *map(str, arguments), "--json"], capture_output=True,
                         check=True)
    return json.loads(run.stdout)


def row(names, known, results):
    verdict = results["verdict"]
    tests = [test for test in results["tests"] if test["skipped"] is None]
    best = min(tests, key=lambda test: test["log10_p_adjusted"], default=None)
    said = verdict["category"] + (f" ({verdict['kind']})" if verdict["kind"] else "")
    evidence = "-" if best is None else \
        f"{best['name']}, 10^{best['log10_p_adjusted']:.1f}, {best['effect']:.3g} {best['effect_name']}"
    controls = [effect for test in [best] if test for effect in test["control_effects"]]
    most = f"{max(controls):.3g}" if controls else "-"
    print(f"| {names} | {known} | {said} | {evidence} | {most} |")


def head(first):
    print(f"\n| {first} | known | verdict | most significant test: corrected p, effect | largest "
          "effect of a control |\n| --- | --- | --- | --- | --- |")


def zoo_pairs(modelkin, zoo):
    lineages = {path.parent.name: json.loads(path.read_text())
                for path in sorted(zoo.glob("*/lineage.json"))}

    def root(name):
        parent = lineages[name].get("init")
        return root(parent) if parent else name

    head("zoo")
    for a, b in itertools.combinations(lineages, 2):
        strangers = [name for name in lineages if root(name) not in (root(a), root(b))]
        controls = [argument for name in strangers for argument in ("--control", zoo / name)]
        known = "independent" if root(a) != root(b) else f"{b} from {lineages[b]['init']}"
        row(f"{a}, {b}", known, trace(modelkin, zoo / a, zoo / b, *controls))


def main():
    folder = pathlib.Path(sys.argv[1])
    modelkin = sys.argv[2] if len(sys.argv) > 2 else "build/release/bin/modelkin"
    zoo_pairs(modelkin, folder / "zoo")
    weights = folder / "realdata" / "weights"
    head("real files")
    for a, b, known in PAIRS:
        row(f"{a}, {b}", known,
            trace(modelkin, weights / f"{a}.safetensors", weights / f"{b}.safetensors"))


if __name__ == "__main__":
    main()
