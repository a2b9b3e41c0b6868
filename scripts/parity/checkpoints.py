"""Models with random, nowhere degenerate weights, and the ways in which their checkpoints are stored."""

import json
import math
import pathlib
import re

import torch
from safetensors.torch import load_file, save

from families import MODELS

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

EMBEDDING = re.compile(
    r"(embed_tokens|tok_embeddings|wte|wpe|word_embeddings|position_embeddings?|token_type_embeddings|pos_embed)\.weight$"
)
NORM = re.compile(r"(norm\d?|ln_\w|LayerNorm)\.(weight|bias)$")
# Whose norms' weights are added to 1, but for the one of linear attention's output.
ADDED_TO_ONE = ("qwen3_next", "qwen3_5", "qwen3_5_moe")
ROUTER = re.compile(r"\.(gate|router)\.weight$")


def _initial(name, shape, family, generator):
    normal = torch.randn(shape, generator=generator)
    if NORM.search(name):
        added_to_one = family in ("gemma2", "gemma3_text", "gemma", "nemotron") or family in ADDED_TO_ONE and not name.endswith("linear_attn.norm.weight")
        centre = 0.0 if added_to_one or name.endswith("bias") else 1.0
        return centre + 0.3 * normal
    if EMBEDDING.search(name):
        return normal
    if name.endswith("e_score_correction_bias"):
        return 0.2 * normal
    if name.endswith("sinks"):
        return normal
    if name.endswith("bias"):
        return 0.5 * normal
    if ROUTER.search(name):
        return normal * (1.0 if family == "phimoe" else 2.0) / math.sqrt(shape[-1])
    transposed = family == "gpt2" and not name.startswith("lm_head") or family in ("gpt_oss", "llama4_text") and len(shape) == 3
    fan_in = shape[-2] if transposed else shape[-1]
    return normal * 1.5 / math.sqrt(fan_in)


def build_model(family, config, seed, correction=0.0):
    """The model of a configuration in float32, every tensor drawn from one seed.

    `correction` is added to the correction biases of sigmoid routers: a negative one makes scores negative.
    """
    config._attn_implementation = "eager"
    model = MODELS[family](config)
    generator = torch.Generator().manual_seed(seed)
    done = set()
    with torch.no_grad():
        for name, tensor in sorted([*model.named_parameters(), *model.named_buffers()]):
            persistent = name in model.state_dict()
            if persistent and tensor.data_ptr() not in done:
                tensor.copy_(_initial(name, tensor.shape, family, generator))
                done.add(tensor.data_ptr())
            if name.endswith("e_score_correction_bias"):
                tensor += correction
    return model.eval()


def _with_prediction_layer(tensors, layers):
    """A checkpoint with a multi-token prediction block after its last layer, which no forward pass reads."""
    last, extra = f"model.layers.{layers - 1}.", f"model.layers.{layers}."
    more = {extra + name.removeprefix(last): value.clone() for name, value in tensors.items() if name.startswith(last)}
    embedding = tensors["model.embed_tokens.weight"]
    hidden = embedding.shape[1]
    for name, shape in (("eh_proj", (hidden, 2 * hidden)), ("enorm", (hidden,)), ("hnorm", (hidden,)),
                        ("shared_head.norm", (hidden,)), ("embed_tokens", embedding.shape),
                        ("shared_head.head", embedding.shape)):  # fmt: skip
        more[f"{extra}{name}.weight"] = torch.ones(shape, dtype=embedding.dtype)
    return {**tensors, **more}


def _without_prefix(tensors, positions):
    """gpt2 as it lies on the hub: no "transformer." and with the causal masks of old."""
    bare = {name.removeprefix("transformer."): value for name, value in tensors.items()}
    for name in [name for name in bare if name.endswith("attn.c_attn.weight")]:
        mask = torch.ones(positions, positions).tril().reshape(1, 1, positions, positions)
        bare[name.replace("attn.c_attn.weight", "attn.bias")] = mask
    return bare


def _old_style(config):
    """config.json as transformers 4 wrote it: rope_theta, rope_scaling and partial_rotary_factor at the top."""
    rope = config.pop("rope_parameters", None)
    if rope and "full_attention" in rope and config["model_type"] == "modernbert":
        config["global_rope_theta"] = rope["full_attention"]["rope_theta"]
        config["local_rope_theta"] = rope["sliding_attention"]["rope_theta"]
        types = config["layer_types"]
        for step in range(1, len(types) + 1):
            if types == ["sliding_attention" if i % step else "full_attention" for i in range(len(types))]:
                config["global_attn_every_n_layers"] = step
                config.pop("layer_types", None)
    elif rope and "full_attention" in rope:
        config["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
        rope = rope["full_attention"]
    if rope and "rope_theta" in rope:
        config["rope_theta"] = rope.pop("rope_theta")
        if "partial_rotary_factor" in rope:
            config["partial_rotary_factor"] = rope.pop("partial_rotary_factor")
        kind = rope.pop("rope_type")
        config["rope_scaling"] = None if kind == "default" else {"type": kind, **rope}
    if config["model_type"] == "qwen3_moe":
        config["num_experts"] = config.pop("num_local_experts")
    if config["model_type"] in ("gemma2", "gemma3_text", "qwen2", "qwen3", "cohere2"):
        config.pop("layer_types", None)  # they follow from other keys
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.57.6"
    return config


def _sparse_style(config, config_class):
    """Only what differs from the defaults of the family, which a reader must know."""
    defaults = json.loads(json.dumps(config_class().to_dict()))
    keep = ("model_type", "architectures", "dtype", "num_local_experts")
    return {key: value for key, value in config.items() if key in keep or defaults.get(key, ...) != value}


def write_safetensors(tensors, path, metadata):
    """A safetensors file whose bytes depend on nothing but its contents: metadata in order of keys."""
    data = save({name: tensor.contiguous() for name, tensor in tensors.items()}, metadata=metadata)
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    ordered = {"__metadata__": dict(sorted(header.pop("__metadata__").items())), **header}
    text = json.dumps(ordered, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])


def _with_head(tensors):
    """A checkpoint that stores an lm_head of its own although its configuration ties it."""
    embedding = tensors["model.embed_tokens.weight"]
    return {**tensors, "lm_head.weight": embedding.flip(1) * 0.3}


def save_checkpoint(model, folder, storage="original", dtype="float32", style="new"):
    """Writes config.json and model.safetensors.

    storage: "original" names (experts one by one), "fused" (experts of a layer in one tensor, as transformers 5 holds
    them), "bare" (gpt2 without prefix), "prediction" (with a multi-token prediction layer behind the last), "head"
    (with an lm_head although it is tied).
    style of config.json: "new" (transformers 5), "old" (transformers 4), "sparse" (defaults left out).
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder, save_original_format=storage != "fused")
    for extra in folder.glob("generation_config.json"):
        extra.unlink()
    path = folder / "model.safetensors"
    tensors = load_file(path)
    if dtype != "float32":  # published checkpoints keep the correction bias in float32
        keep = "e_score_correction_bias"
        tensors = {name: t if name.endswith(keep) else t.to(DTYPES[dtype]) for name, t in tensors.items()}
    if storage == "prediction":
        tensors = _with_prediction_layer(tensors, model.config.num_hidden_layers)
    elif storage == "head":
        tensors = _with_head(tensors)
    elif storage == "bare":
        tensors = _without_prefix(tensors, model.config.n_positions)
    write_safetensors(tensors, path, {"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    config["dtype"] = dtype
    if style == "old":
        config = _old_style(config)
    elif style == "sparse":
        config = _sparse_style(config, type(model.config))
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
