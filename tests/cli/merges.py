"""Small models and recipes of mergekit for them, of which tests/data/merges has what mergekit makes:
scripts/make-merge-golden.
"""

import json
import os
import random
import struct

from support import safetensors

WIDTH, INNER, WORDS, LAYERS = 16, 32, 32, 5
TYPES = {"bfloat16": "BF16", "float16": "F16", "float32": "F32"}


def stored(values, dtype):
    """Bytes of floats; of bfloat16 rounded to nearest, half to even."""
    if dtype == "float32":
        return struct.pack(f"<{len(values)}f", *values)
    if dtype == "float16":
        return struct.pack(f"<{len(values)}e", *values)
    words = struct.unpack(f"<{len(values)}I", struct.pack(f"<{len(values)}f", *values))
    return struct.pack(f"<{len(values)}H", *((word + 0x7FFF + (word >> 16 & 1)) >> 16 for word in words))


def shapes(layers=LAYERS, experts=0):
    """Of a small Llama, or of a Qwen3 with so many experts a layer."""
    of = {"model.embed_tokens.weight": [WORDS, WIDTH], "model.norm.weight": [WIDTH], "lm_head.weight": [WORDS, WIDTH]}
    for layer in range(layers):
        inside = {"input_layernorm": [WIDTH], "post_attention_layernorm": [WIDTH],
                  "self_attn.q_proj": [WIDTH, WIDTH], "self_attn.k_proj": [8, WIDTH],
                  "self_attn.v_proj": [8, WIDTH], "self_attn.o_proj": [WIDTH, WIDTH]}
        if experts:
            inside.update({"self_attn.q_norm": [8], "self_attn.k_norm": [8], "mlp.gate": [experts, WIDTH]})
        for place in [f"mlp.experts.{expert}" for expert in range(experts)] or ["mlp"]:
            inside.update({f"{place}.gate_proj": [INNER, WIDTH], f"{place}.up_proj": [INNER, WIDTH],
                           f"{place}.down_proj": [WIDTH, INNER]})
        of.update({f"model.layers.{layer}.{name}.weight": shape for name, shape in inside.items()})
    return of


def values_of(seed, layers=LAYERS, experts=0):
    generator = random.Random(seed)
    return {name: [(1 if "norm" in name else 0) + generator.gauss(0, 0.05)
                   for _ in range(shape[0] * (shape[1] if len(shape) > 1 else 1))]
            for name, shape in shapes(layers, experts).items()}


def tuned(values, seed, size=0.01):
    generator = random.Random(seed)
    return {name: [value + generator.gauss(0, size) for value in own] for name, own in values.items()}


def config(dtype, layers=LAYERS, experts=0):
    said = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": WIDTH,
            "num_hidden_layers": layers, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8,
            "intermediate_size": INNER, "vocab_size": WORDS, "rms_norm_eps": 1e-5, "tie_word_embeddings": False,
            "torch_dtype": dtype, "max_position_embeddings": 64}
    if experts:
        said.update({"architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe", "num_experts": experts,
                     "num_experts_per_tok": 2, "moe_intermediate_size": INNER, "norm_topk_prob": True,
                     "decoder_sparse_step": 1, "mlp_only_layers": []})
    return said


def write_model(folder, values, dtype, layers=LAYERS, experts=0):
    os.makedirs(folder, exist_ok=True)
    of = shapes(layers, experts)
    content = safetensors({name: (TYPES[dtype], of[name], stored(own, dtype)) for name, own in values.items()},
                          {"format": "pt"})
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(content)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config(dtype, layers, experts), file)


def write_models(folder):
    """base, a, b, c (tuned of it) and x (a stranger), of each type: a-bfloat16 and so on; and the same with experts."""
    base = values_of(1)
    of = {"base": base, "a": tuned(base, 2), "b": tuned(base, 3), "c": tuned(base, 4), "x": values_of(9)}
    for dtype in TYPES:
        for name, values in of.items():
            write_model(os.path.join(folder, f"{name}-{dtype}"), values, dtype)
    experts = values_of(1, 2, 3)
    for name, values in {"base": experts, "a": tuned(experts, 2), "b": tuned(experts, 3)}.items():
        write_model(os.path.join(folder, f"{name}-experts"), values, "bfloat16", 2, 3)


def source(name, layers=None, **parameters):
    said = {"model": name}
    if layers:
        said["layer_range"] = list(layers)
    if parameters:
        said["parameters"] = parameters
    return said


def recipes():
    """By name: the recipe, and what its outcome is beside what mergekit made of it."""
    brain, floats, halves = "bfloat16", "float32", "float16"

    def of(dtype, *names):
        return [f"{name}-{dtype}" for name in names]

    def merge(method, models, base=None, **rest):
        return {"merge_method": method, **({"base_model": base} if base else {}), "models": models, **rest}

    made = {}
    for dtype in TYPES:
        base, a, b, c, x = of(dtype, "base", "a", "b", "c", "x")
        made[f"linear-{dtype}"] = (merge("linear", [source(a, weight=0.3), source(b, weight=0.5),
                                                    source(c, weight=0.45)]), "identical")
        made[f"slerp-{dtype}"] = (merge("slerp", [source(a), source(x)], a, parameters={
            "t": [{"filter": "self_attn", "value": [0, 0.5, 0.3, 0.7, 1]},
                  {"filter": "mlp", "value": [1, 0.5, 0.7, 0.3, 0]}, {"value": 0.5}]}), "identical")
        made[f"task_arithmetic-{dtype}"] = (merge("task_arithmetic", [source(a, weight=0.6), source(b, weight=0.7),
                                                                      source(c, weight=-0.2)], base), "identical")
        made[f"ties-{dtype}"] = (merge("ties", [source(a, weight=0.6, density=0.5), source(b, weight=0.7, density=0.3),
                                                source(c, weight=0.5)], base),
                                 "identical" if dtype == floats else "consistent")
        made[f"dare_linear-{dtype}"] = (merge("dare_linear", [source(a, weight=0.6, density=0.5),
                                                              source(b, weight=0.7, density=0.4)], base,
                                              parameters={"rescale": False}), "consistent")
    base, a, b, x = of(brain, "base", "a", "b", "x")
    made["linear-raw"] = (merge("linear", [source(a, weight=0.3), source(b, weight=0.5)],
                                parameters={"normalize": False}), "identical")
    made["linear-types"] = (merge("linear", [source(f"a-{halves}", weight=1), source(b, weight=2)], dtype="float32",
                                  out_dtype="bfloat16"), "identical")
    made["slerp-close"] = (merge("slerp", [source(base), source(a)], base, parameters={"t": 0.3}), "identical")
    made["task_arithmetic-lambda"] = (merge("task_arithmetic", [source(a, weight=0.6), source(b, weight=0.7)], base,
                                            parameters={"normalize": True, "lambda": 1.3}), "identical")
    made["ties-raw"] = (merge("ties", [source(a, weight=0.6, density=0.5), source(b, weight=0.7, density=0.3)], base,
                              parameters={"normalize": False, "int8_mask": True, "rescale": True}), "consistent")
    made["dare_ties"] = (merge("dare_ties", [source(a, weight=0.6, density=0.5), source(b, weight=0.7, density=0.4)],
                               base), "consistent")
    made["passthrough"] = ({"merge_method": "passthrough", "slices": [
        {"sources": [source(a, (0, 3), scale=[{"filter": "o_proj", "value": 0.7}, {"value": 1.0}])]},
        {"sources": [source(x, (1, 5))]}]}, "identical")
    made["slices"] = ({"merge_method": "linear", "slices": [
        {"sources": [source(a, (0, 3), weight=[0, 1]), source(b, (1, 4), weight=0.5)]},
        {"sources": [source(x, (3, 4), weight=1), source(a, (2, 3), weight=1)]}]}, "identical")
    made["experts"] = (merge("linear", [source("a-experts", weight=0.4), source("b-experts", weight=0.6)]), "identical")
    made["experts-ties"] = (merge("ties", [source("a-experts", weight=1, density=0.5),
                                           source("b-experts", weight=1, density=0.5)], "base-experts"), "consistent")
    return made
