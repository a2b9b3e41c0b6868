"""Private memory of a comparison of two checkpoints with the shapes of a 100-billion-parameter mixture
of experts: 18,963 tensors, 205 GB each.

    measure_memory.py MODELKIN FOLDER [--fill-mib N] [compare flags, such as --layers 0-3]

The first N MiB of tensors (default 2048: the embedding and some of layer 0) hold random weights, since
constant tensors need none of the memory that a search for quantiles does. The rest is holes, which
take no disk; reading them fills the page cache with zeros, as real files would with weights.

What is held against the limit is anonymous memory: what the kernel can't take back. Mapped pages of the
page cache are printed beside it: the kernel counts them as private too (Private_Clean, and
Private_Dirty until a written file is on disk) as long as no other process maps them.
"""

import argparse
import array
import json
import os
import random
import struct
import subprocess
import sys
import time

from process_memory import sizes

LAYERS, EXPERTS, WIDTH, EXPERT_WIDTH, VOCABULARY, SHARDS = 48, 128, 4096, 1280, 196608, 42
HEADS_WIDTH, KV_WIDTH = 8192, 1024


def tensors():
    yield "model.embed_tokens.weight", "BF16", [VOCABULARY, WIDTH]
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}."
        for norm in ("input_layernorm", "post_attention_layernorm"):
            yield f"{prefix}{norm}.weight", "BF16", [WIDTH]
        for name, rows, columns in (("q", HEADS_WIDTH, WIDTH), ("k", KV_WIDTH, WIDTH),
                                    ("v", KV_WIDTH, WIDTH), ("o", WIDTH, HEADS_WIDTH)):
            yield f"{prefix}self_attn.{name}_proj.weight", "BF16", [rows, columns]
        yield f"{prefix}mlp.gate.weight", "BF16", [EXPERTS, WIDTH]
        yield f"{prefix}mlp.gate.e_score_correction_bias", "F32", [EXPERTS]
        for expert in [f"experts.{e}" for e in range(EXPERTS)] + ["shared_experts"]:
            for name, shape in (("gate", [EXPERT_WIDTH, WIDTH]), ("up", [EXPERT_WIDTH, WIDTH]),
                                ("down", [WIDTH, EXPERT_WIDTH])):
                yield f"{prefix}mlp.{expert}.{name}_proj.weight", "BF16", shape
    yield "model.norm.weight", "BF16", [WIDTH]
    yield "lm_head.weight", "BF16", [VOCABULARY, WIDTH]


def random_weights(seed):
    """8 MiB of BF16: normal with deviation 0.02."""
    source = random.Random(seed)
    floats = array.array("f", (source.gauss(0, 0.02) for _ in range(1 << 16)))
    words = array.array("H", floats.tobytes())[1::2]
    part = words.tobytes()
    # Rotations of a part: random.gauss is slow.
    return b"".join(part[2 * i:] + part[:2 * i] for i in range(64))


def make(folder, fill_bytes, seed):
    os.makedirs(folder, exist_ok=True)
    weights = random_weights(seed)
    everything = list(tensors())
    assert len(everything) == 18963
    weight_map, elements = {}, 0
    for shard in range(SHARDS):
        name = f"model-{shard + 1:05}-of-{SHARDS:05}.safetensors"
        part = everything[len(everything) * shard // SHARDS:len(everything) * (shard + 1) // SHARDS]
        header, offset = {}, 0
        for tensor, dtype, shape in part:
            count = 1
            for dimension in shape:
                count *= dimension
            size = count * (4 if dtype == "F32" else 2)
            header[tensor] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
            offset += size
            elements += count
            weight_map[tensor] = name
        text = json.dumps(header).encode()
        with open(os.path.join(folder, name), "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for at in range(0, min(fill_bytes, offset), len(weights)):
                file.write(weights[:offset - at])
            file.truncate(8 + len(text) + offset)
        fill_bytes = max(0, fill_bytes - offset)
    assert elements == 102_651_799_552
    with open(os.path.join(folder, "model.safetensors.index.json"), "w", encoding="utf-8") as file:
        json.dump({"metadata": {}, "weight_map": weight_map}, file)
    return folder


class Peaks:
    """Samples a process. smaps_rollup is exact but walks all its pages, which stops it meanwhile:
    it is read once in ROLLUP_SECONDS only, and the cheap counter in between."""

    ROLLUP_SECONDS = 5

    def __init__(self, pid):
        self.pid, self.anonymous, self.mapped, self.samples, self.rollups = pid, 0, 0, 0, 0
        self.next_rollup = time.perf_counter() + 1

    def sample(self):
        status = sizes(self.pid, "status")
        self.samples += bool(status)
        self.anonymous = max(self.anonymous, status.get("RssAnon", 0))
        self.mapped = max(self.mapped, status.get("RssFile", 0))
        if time.perf_counter() < self.next_rollup:
            return
        rollup = sizes(self.pid, "smaps_rollup")
        self.rollups += bool(rollup)
        self.anonymous = max(self.anonymous, rollup.get("Anonymous", 0))
        self.next_rollup = time.perf_counter() + self.ROLLUP_SECONDS


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("modelkin")
    parser.add_argument("folder")
    parser.add_argument("--fill-mib", type=int, default=2048)
    options, flags = parser.parse_known_args()
    paths = [make(os.path.join(options.folder, f"sparse-{name}"), options.fill_mib << 20, name)
             for name in ("a", "b")]
    os.sync()
    output = os.path.join(options.folder, "sparse.json")
    begin = time.perf_counter()
    process = subprocess.Popen([options.modelkin, "compare", *paths, "--quiet", "--no-digest",
                                "-o", output, *flags])
    peaks = Peaks(process.pid)
    while process.poll() is None:
        peaks.sample()
        time.sleep(0.05)
    seconds = time.perf_counter() - begin
    if process.returncode != 0:
        sys.exit(process.returncode)
    with open(output, encoding="utf-8") as file:
        results = json.load(file)
    compared = 2 * sum((4 if row["dtype_a"] == "F32" else 2) * row["elements"]
                       for row in results["tensors"])
    mib = peaks.anonymous / 2**20
    print(f"{results['summary']['compared']} tensor pairs, {compared / 1e9:.0f} GB in {seconds:.0f} s "
          f"({compared / seconds / 1e9:.1f} GB/s, holes for the most part)")
    print(f"private memory at most {mib:.0f} MiB, required < 256 MiB {'ok' if mib < 256 else 'MISSED'}; "
          f"mapped pages of the page cache at most {peaks.mapped / 2**20:.0f} MiB; "
          f"{peaks.samples} samples, {peaks.rollups} of smaps_rollup")


if __name__ == "__main__":
    main()
