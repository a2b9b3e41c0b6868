"""Private memory of a batch of texts through a mixture of experts of 102.7 billion parameters:
18,963 tensors, 205 GB, 48 layers of 128 experts.

    run_memory.py MODELKIN FOLDER [--texts N] [--tokens N] [--keep] [--threads N]

Routers, norms, the embedding's rows that are used, keys and values, and two experts a layer are random
numbers: routing is that of real hidden states. All else is holes, which take no disk; reading them fills
the page cache with zeros, as real files would with weights. It runs the model with all of its layers
and, with the same tensors, with fewer layers and with fewer experts: private memory differs by the
catalogue of tensors alone.

The bound that is held against is what one layer needs: activations of all tokens, a panel of weights for
each thread, the catalogue and the program itself. Mapped pages of the page cache are printed beside it:
the kernel takes them back when it wants to.
"""

import argparse
import json
import os
import shutil
import struct
import subprocess
import sys
import time

import numpy as np

from process_memory import sizes

WIDTH, EXPERT_WIDTH, VOCABULARY, LAYERS, EXPERTS, CHOSEN = 4096, 1280, 196608, 48, 128, 8
HEADS, KV_HEADS, HEAD_DIM, LAYERS_A_FILE = 64, 8, 128, 4
REAL_EXPERTS = 2
# What the program takes before it has seen a model; a tensor's entry; a thread's panel of weights.
PROGRAM, A_TENSOR, A_THREAD = 16 << 20, 1024, 2 << 20


def bfloat16(values):
    return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).tobytes()


def tensors(layers, experts, ids, random):
    """(name, dtype, shape, pieces): pieces are (byte, bytes) to write; the rest are holes."""

    def matrix(rows, columns, scale=0.02):
        return [(0, bfloat16(random.standard_normal((rows, columns), dtype=np.float32) * scale))]

    ones = bfloat16(np.ones(WIDTH))
    rows = [(2 * WIDTH * i, bfloat16(random.standard_normal(WIDTH))) for i in ids]
    yield "model.embed_tokens.weight", "BF16", [VOCABULARY, WIDTH], rows
    yield "model.norm.weight", "BF16", [WIDTH], [(0, ones)]
    yield "lm_head.weight", "BF16", [VOCABULARY, WIDTH], []
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        for norm in ("input_layernorm", "post_attention_layernorm"):
            yield f"{prefix}{norm}.weight", "BF16", [WIDTH], [(0, ones)]
        for name, outputs in (("q", HEADS * HEAD_DIM), ("k", KV_HEADS * HEAD_DIM),
                              ("v", KV_HEADS * HEAD_DIM)):
            pieces = matrix(outputs, WIDTH) if name != "q" else []
            yield f"{prefix}self_attn.{name}_proj.weight", "BF16", [outputs, WIDTH], pieces
        yield f"{prefix}self_attn.o_proj.weight", "BF16", [WIDTH, HEADS * HEAD_DIM], []
        yield f"{prefix}mlp.gate.weight", "BF16", [experts, WIDTH], matrix(experts, WIDTH)
        bias = (random.standard_normal(experts) * 0.01).astype(np.float32).tobytes()
        yield f"{prefix}mlp.gate.e_score_correction_bias", "F32", [experts], [(0, bias)]
        for expert in [f"experts.{e}" for e in range(experts)] + ["shared_experts"]:
            # Shared experts see all tokens, so that states change from layer to layer.
            real = expert == "shared_experts" or int(expert.split(".")[1]) < REAL_EXPERTS
            for name, shape in (("gate", (EXPERT_WIDTH, WIDTH)), ("up", (EXPERT_WIDTH, WIDTH)),
                                ("down", (WIDTH, EXPERT_WIDTH))):
                pieces = [(0, WEIGHTS)] if real else []
                yield f"{prefix}mlp.{expert}.{name}_proj.weight", "BF16", list(shape), pieces


WEIGHTS = bfloat16(np.random.default_rng(5).standard_normal(WIDTH * EXPERT_WIDTH) * 0.02)


def make(folder, layers, experts, ids):
    os.makedirs(folder)
    everything = list(tensors(layers, experts, ids, np.random.default_rng(7)))
    weight_map, size = {}, 0
    a_file = -(-len(everything) // (-(-layers // LAYERS_A_FILE)))
    for number, first in enumerate(range(0, len(everything), a_file)):
        part, header, offset, written = everything[first:first + a_file], {}, 0, []
        name = f"model-{number + 1:05}.safetensors"
        for tensor, dtype, shape, pieces in part:
            length = int(np.prod(shape)) * (4 if dtype == "F32" else 2)
            header[tensor] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + length]}
            written += [(offset + at, data) for at, data in pieces]
            offset += length
            weight_map[tensor] = name
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(os.path.join(folder, name), "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for at, data in written:
                file.seek(8 + len(text) + at)
                file.write(data)
            file.truncate(8 + len(text) + offset)
        size += offset
    with open(os.path.join(folder, "model.safetensors.index.json"), "w", encoding="utf-8") as file:
        json.dump({"metadata": {}, "weight_map": weight_map}, file)
    config = {
        "model_type": "solar_open", "architectures": ["SolarOpenForCausalLM"], "hidden_size": WIDTH,
        "num_hidden_layers": layers, "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS,
        "head_dim": HEAD_DIM, "moe_intermediate_size": EXPERT_WIDTH, "intermediate_size": 10240,
        "n_routed_experts": experts, "n_shared_experts": 1, "num_experts_per_tok": CHOSEN,
        "vocab_size": VOCABULARY, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5,
        "rope_theta": 1000000, "n_group": 1, "topk_group": 1, "norm_topk_prob": True,
        "routed_scaling_factor": 1.0, "tie_word_embeddings": False, "attention_bias": False,
        "first_k_dense_replace": 0, "hidden_act": "silu", "torch_dtype": "bfloat16"}
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    return size, len(everything)


def run(options, folder, texts):
    output = os.path.join(options.folder, "run.json")
    command = [options.modelkin, "run", folder, "--quiet", "-o", output]
    if options.threads:
        command += ["--threads", str(options.threads)]
    for text in texts:
        command += ["--ids", ",".join(map(str, text))]
    begin = time.perf_counter()
    process = subprocess.Popen(command)
    anonymous = mapped = whole = 0
    while process.poll() is None:
        status = sizes(process.pid, "status")
        anonymous = max(anonymous, status.get("RssAnon", 0))
        mapped = max(mapped, status.get("RssFile", 0))
        whole = max(whole, status.get("VmHWM", 0))
        time.sleep(0.01)
    if process.returncode != 0:
        sys.exit(process.returncode)
    with open(output, encoding="utf-8") as file:
        results = json.load(file)
    return time.perf_counter() - begin, anonymous, mapped, whole, results


def bound(tokens, tensors_in_all, threads):
    """Of private memory: the program, the catalogue of tensors, what the widest part of one layer holds
    at once for all tokens, and what each thread decodes into."""
    q, kv = HEADS * HEAD_DIM, KV_HEADS * HEAD_DIM
    # States, normalised, sum; q, its mixture, that turned; k, v.
    attention = 3 * WIDTH + 3 * q + 2 * kv
    # States, normalised, sum; what the experts gave; and on each thread one expert's rows in, gate, up.
    experts = 3 * WIDTH + CHOSEN * WIDTH + threads * (2 * WIDTH + 3 * EXPERT_WIDTH)
    return PROGRAM + A_TENSOR * tensors_in_all + 4 * tokens * max(attention, experts) + threads * A_THREAD


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("modelkin")
    parser.add_argument("folder")
    parser.add_argument("--texts", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    random = np.random.default_rng(3)
    texts = random.integers(0, VOCABULARY, (options.texts, options.tokens)).tolist()
    ids = sorted({i for text in texts for i in text})
    for layers, experts in ((LAYERS, EXPERTS), (LAYERS // 4, EXPERTS), (LAYERS // 4, EXPERTS // 4)):
        folder = os.path.join(options.folder, f"sparse-run-{layers}-{experts}")
        shutil.rmtree(folder, ignore_errors=True)
        size, tensors_in_all = make(folder, layers, experts, ids)
        seconds, anonymous, mapped, whole, results = run(options, folder, texts)
        used = [layer["router"] for layer in results["layers"]]
        chosen = sum(sum(count > 0 for count in router["load"]) for router in used)
        expert_bytes = 3 * 2 * WIDTH * EXPERT_WIDTH
        read = chosen * expert_bytes
        others = size - layers * experts * expert_bytes - 2 * VOCABULARY * WIDTH
        print(f"{layers} layers of {experts} experts, {size / 1e9:.0f} GB; {options.texts} x "
              f"{options.tokens} tokens: {seconds:.0f} s")
        print(f"  {chosen} of {layers * experts} experts chosen: {read / 1e9:.1f} GB of theirs read, "
              f"{others / 1e9:.1f} GB of the rest")
        threads = options.threads or len(os.sched_getaffinity(0))
        limit = bound(options.texts * options.tokens, tensors_in_all, threads)
        print(f"  private memory at most {anonymous / 2**20:.0f} MiB, bound {limit / 2**20:.0f} MiB "
              f"{'ok' if anonymous <= limit else 'MISSED'}; mapped pages of the page cache at "
              f"most {mapped / 2**20:.0f} MiB; both {whole / 2**20:.0f} MiB", flush=True)
        if not options.keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
