#!/usr/bin/env python3
"""cisco-ai-provenance-kit beside modelkin on pairs of a zoo, as a Markdown table:

    run_provenance.py PROVENANCEKIT MODELKIN ZOO [A:B ...]

PROVENANCEKIT is its program in a virtual environment (requirements-provenance.txt; with Python 3.11
by `pip install --ignore-requires-python --no-deps`, then its dependencies). ZOO has models in folders,
each with a lineage.json. Without pairs: all of them. The kit wants a tokenizer.json: a byte-level
one is put beside copies of the models, the same for all, as models of one zoo have it.
"""

import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def byte_level_tokenizer():
    """GPT-2's 256 letters for bytes, without merges."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable}
    letters |= {byte: chr(256 + i) for i, byte in enumerate(others)}
    return {"version": "1.0", "added_tokens": [], "normalizer": None,
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False,
                              "trim_offsets": True, "use_regex": True},
            "post_processor": None,
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True,
                        "use_regex": True},
            "model": {"type": "BPE", "vocab": {letters[byte]: byte for byte in range(256)},
                      "merges": []}}


def copy(model, folder):
    target = folder / model.name
    if not target.exists():
        target.mkdir()
        for name in ("config.json", "model.safetensors"):
            shutil.copy(model / name, target)
        (target / "tokenizer.json").write_text(json.dumps(byte_level_tokenizer()))
        (target / "tokenizer_config.json").write_text(
            json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 256}))
    return target


def run(*command):
    offline = dict(os.environ, HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
    process = subprocess.run([*map(str, command)], capture_output=True, text=True, env=offline)
    if process.returncode != 0:
        sys.exit(f"{command[0]}: {process.stderr[-500:]}")
    return json.loads(process.stdout[process.stdout.index("{"):])


def truth(lineages, a, b):
    """What lineage.json says of b against a."""
    for one, other in ((a, b), (b, a)):
        lineage = lineages[other]
        known = lineage.get("relations", {}).get(one)
        if known:
            return f"{known} ({lineage['kind']})"
        if lineage.get("init") == one:
            return "derived"

    def root(name):
        parent = lineages[name].get("init")
        return root(parent) if isinstance(parent, str) and parent in lineages else name

    return "independent" if root(a) != root(b) else "related"


def main():
    kit, modelkin, zoo = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    lineages = {path.parent.name: json.loads(path.read_text())
                for path in sorted(zoo.glob("*/lineage.json"))}
    pairs = [pair.split(":") for pair in sys.argv[4:]] or itertools.combinations(lineages, 2)
    print("| A, B | known | kit: decision | score | of weights alone | norms | modelkin |\n"
          "| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for a, b in pairs:
            copies = [copy(zoo / name, pathlib.Path(folder)) for name in (a, b)]
            said = run(kit, "compare", *copies, "--json", "--no-cache")
            scores, signals = said["scores"], said["signals"]
            verdict = run(modelkin, "trace", *copies, "--json")["verdict"]
            kind = f" ({verdict['kind']})" if verdict["kind"] else ""
            print(f"| {a}, {b} | {truth(lineages, a, b)} | {scores['provenance_decision']} "
                  f"| {scores['pipeline_score']} | {scores['identity_score']} "
                  f"| {signals.get('nlf', '-')} | {verdict['category']}{kind} |", flush=True)


if __name__ == "__main__":
    main()
