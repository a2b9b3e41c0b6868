"""Decoders of the second zoo: what they hold, how they are initialised, and what they compute.

A configuration is what config.json will say, with keys of its own for what no family knows, such as
"position_embedding_type" (rotary, alibi, learned, sinusoidal, sinusoidal_stored) and "nesting" (hidden,
head or residual: zoo_training.py). In memory all models have Llama's names, or Mixtral's in experts;
GPT-2's have theirs on disk.
"""

import math
import re

import torch
import torch.nn.functional as F

GPT2_NAMES = {"input_layernorm": "ln_1", "post_attention_layernorm": "ln_2",
              "self_attn.o_proj": "attn.c_proj", "mlp.up_proj": "mlp.c_fc",
              "mlp.down_proj": "mlp.c_proj"}
GPT2_FRAME = {"model.embed_tokens.weight": "transformer.wte.weight",
              "model.embed_positions.weight": "transformer.wpe.weight",
              "model.norm.weight": "transformer.ln_f.weight",
              "model.norm.bias": "transformer.ln_f.bias", "lm_head.weight": "lm_head.weight"}
POSITIONS = "model.embed_positions.weight"


# Shapes.

def is_gpt2(config):
    return config["model_type"] == "gpt2"


def sizes(config):
    """(width, layers, heads, key and value heads, hidden units)"""
    if is_gpt2(config):
        return (config["n_embd"], config["n_layer"], config["n_head"], config["n_head"],
                config["n_inner"])
    return (config["hidden_size"], config["num_hidden_layers"], config["num_attention_heads"],
            config["num_key_value_heads"], config["intermediate_size"])


def expert_count(config):
    return config.get("num_local_experts", 0)


def positions_of(config):
    return config["position_embedding_type"]


def layer_prefix(layer):
    return f"model.layers.{layer}."


def router(layer):
    return layer_prefix(layer) + "block_sparse_moe.gate.weight"


def mlps(config, layer):
    """[(gate, up, down)], the names of a layer's MLPs; gate is None where there is none."""
    block = layer_prefix(layer)
    if expert_count(config):
        return [tuple(f"{block}block_sparse_moe.experts.{expert}.{name}.weight"
                      for name in ("w1", "w3", "w2")) for expert in range(expert_count(config))]
    gate = None if is_gpt2(config) else f"{block}mlp.gate_proj.weight"
    return [(gate, f"{block}mlp.up_proj.weight", f"{block}mlp.down_proj.weight")]


def shapes(config):
    """{name: shape} of all tensors, in a fixed order."""
    width, layers, heads, groups, units = sizes(config)
    head = width // heads
    table = {"model.embed_tokens.weight": (config["vocab_size"], width)}
    if positions_of(config) in ("learned", "sinusoidal_stored"):
        table[POSITIONS] = (config["max_position_embeddings"], width)
    biases = is_gpt2(config)
    for layer in range(layers):
        block = layer_prefix(layer)
        for norm in ("input_layernorm", "post_attention_layernorm"):
            table[f"{block}{norm}.weight"] = (width,)
            if biases:
                table[f"{block}{norm}.bias"] = (width,)
        for name, rows, columns in (("q", heads * head, width), ("k", groups * head, width),
                                    ("v", groups * head, width), ("o", width, heads * head)):
            table[f"{block}self_attn.{name}_proj.weight"] = (rows, columns)
            if biases:
                table[f"{block}self_attn.{name}_proj.bias"] = (rows,)
        if expert_count(config):
            table[router(layer)] = (expert_count(config), width)
        for gate, up, down in mlps(config, layer):
            table |= {gate: (units, width)} if gate else {}
            table |= {up: (units, width), down: (width, units)}
            if biases:
                table |= {up.replace("weight", "bias"): (units,),
                          down.replace("weight", "bias"): (width,)}
    table["model.norm.weight"] = (width,)
    if biases:
        table["model.norm.bias"] = (width,)
    if not config["tie_word_embeddings"]:
        table["lm_head.weight"] = (config["vocab_size"], width)
    return table


# Initialisations: each takes (shape, generator).

def truncated_normal(shape, generator):
    """As wide as the inputs ask for, cut at twice that."""
    x = torch.empty(shape)
    torch.nn.init.trunc_normal_(x, std=1, a=-2, b=2, generator=generator)
    return x / math.sqrt(shape[1])


def xavier_uniform(shape, generator):
    reach = math.sqrt(6 / sum(shape))
    return (2 * torch.rand(shape, generator=generator) - 1) * reach


def orthogonal(shape, generator):
    x = torch.empty(shape)
    torch.nn.init.orthogonal_(x, generator=generator)
    return x


def identity_with_noise(shape, generator):
    """Ones at (i, i modulo the width) of the longer side, and noise."""
    longer, shorter = max(shape), min(shape)
    x = torch.eye(shorter).repeat(-(-longer // shorter), 1)[:longer]
    x = x / math.sqrt(-(-longer // shorter))
    return (x if shape[0] >= shape[1] else x.T) + 0.02 * torch.randn(shape, generator=generator)


INITIALISATIONS = {"truncated_normal": truncated_normal, "xavier_uniform": xavier_uniform,
                   "orthogonal": orthogonal}


def sinusoids(count, width, halves=False):
    """Vaswani et al. 2017: sines at even coordinates; or all sines first (tensor2tensor)."""
    angles = torch.arange(count)[:, None] * 10000.0 ** (-torch.arange(0, width, 2) / width)
    parts = (angles.sin(), angles.cos())
    return torch.cat(parts, 1) if halves else torch.stack(parts, 2).flatten(1)


def initialise(config, seed, how, identities=""):
    """identities: the names (a regular expression) that start as identity and noise."""
    generator = torch.Generator().manual_seed(seed)
    layers, tensors = sizes(config)[1], {}
    for name, shape in shapes(config).items():
        if len(shape) == 1:
            tensors[name] = torch.ones(shape) if "norm.weight" in name else torch.zeros(shape)
        elif name == POSITIONS and positions_of(config) == "sinusoidal_stored":
            table = sinusoids(*shape, is_gpt2(config))
            if config.get("positions_scaled"):
                table *= 0.5 + torch.rand((), generator=generator)
            tensors[name] = table.bfloat16().float()
        elif name in ("model.embed_tokens.weight", POSITIONS):
            tensors[name] = torch.randn(shape, generator=generator) * config["initializer_range"]
        elif identities and re.search(identities, name):
            tensors[name] = identity_with_noise(shape, generator)
        else:
            tensors[name] = INITIALISATIONS[how](shape, generator)
            if re.search(r"(o_proj|down_proj|\.w2)\.", name):  # GPT-2's, by depth
                tensors[name] /= math.sqrt(2 * layers)
    return tensors


# Names on disk.

def to_disk(config, tensors):
    if not is_gpt2(config):
        return tensors
    stored = {GPT2_FRAME[name]: x for name, x in tensors.items() if name in GPT2_FRAME}
    for layer in range(config["n_layer"]):
        block, prefix = layer_prefix(layer), f"transformer.h.{layer}."
        for part in ("weight", "bias"):
            fused = torch.cat([tensors[f"{block}self_attn.{name}_proj.{part}"] for name in "qkv"])
            stored[f"{prefix}attn.c_attn.{part}"] = fused.t()
            for name, other in GPT2_NAMES.items():
                stored[f"{prefix}{other}.{part}"] = tensors[f"{block}{name}.{part}"].t()
    return {name: x.contiguous() for name, x in stored.items()}


def from_disk(config, stored):
    if not is_gpt2(config):
        return stored
    tensors = {name: stored[other] for name, other in GPT2_FRAME.items() if other in stored}
    for layer in range(config["n_layer"]):
        block, prefix = layer_prefix(layer), f"transformer.h.{layer}."
        for part in ("weight", "bias"):
            fused = stored[f"{prefix}attn.c_attn.{part}"].t()
            for name, x in zip("qkv", fused.chunk(3)):
                tensors[f"{block}self_attn.{name}_proj.{part}"] = x
            for name, other in GPT2_NAMES.items():
                tensors[f"{block}{name}.{part}"] = stored[f"{prefix}{other}.{part}"].t()
    return {name: x.contiguous() for name, x in tensors.items()}


# The model.

def rotate(x, angles):
    low, high = x.chunk(2, -1)
    return x * angles.cos() + torch.cat((-high, low), -1) * angles.sin()


def causal_bias(config, heads, length):
    """ALiBi's distances times each head's slope (Press et al., ICLR 2022)."""
    distance = torch.arange(length)[None, :] - torch.arange(length)[:, None]
    bias = torch.zeros(heads, length, length)
    if positions_of(config) == "alibi":
        bias = 2.0 ** (-8 * torch.arange(1, heads + 1) / heads)[:, None, None] * distance
    return bias.masked_fill(distance > 0, -math.inf)


def normalise(config, p, name, x, kept):
    if is_gpt2(config):
        return F.layer_norm(x, x.shape[-1:], p[f"{name}.weight"], p[f"{name}.bias"], 1e-5)
    return x * torch.rsqrt(x.square().sum(-1, keepdim=True) / kept + 1e-5) * p[f"{name}.weight"]


def attend(config, p, block, x, bias, angles):
    batch, length, width = x.shape
    heads, groups = sizes(config)[2:4]

    def project(name, count):
        y = F.linear(x, p[f"{block}{name}_proj.weight"], p.get(f"{block}{name}_proj.bias"))
        return y.view(batch, length, count, -1).transpose(1, 2)

    q, k, v = project("q", heads), project("k", groups), project("v", groups)
    if angles is not None:
        q, k = rotate(q, angles), rotate(k, angles)
    k, v = (y.repeat_interleave(heads // groups, 1) for y in (k, v))
    y = ((q @ k.transpose(2, 3)) / math.sqrt(q.shape[-1]) + bias).softmax(-1) @ v
    return F.linear(y.transpose(1, 2).reshape(batch, length, width), p[f"{block}o_proj.weight"],
                    p.get(f"{block}o_proj.bias"))


def mlp(p, names, x, units):
    """With the first of the hidden units alone."""
    gate, up, down = names
    if gate:
        return (F.silu(x @ p[gate][:units].T) * (x @ p[up][:units].T)) @ p[down][:, :units].T
    hidden = F.gelu(F.linear(x, p[up][:units], p[up.replace("weight", "bias")][:units]))
    return F.linear(hidden, p[down][:, :units], p[down.replace("weight", "bias")])


def mixture(config, p, layer, x):
    """(output, balance loss): each expert on the tokens that it is among the two best for."""
    flat = x.flatten(0, 1)
    shares = (flat @ p[router(layer)].T).softmax(-1)
    weights, picks = shares.topk(config["num_experts_per_tok"], -1)
    weights = weights / weights.sum(-1, keepdim=True)
    y, loads = torch.zeros_like(flat), []
    for expert, names in enumerate(mlps(config, layer)):
        tokens, place = (picks == expert).nonzero(as_tuple=True)
        loads.append(len(tokens) / len(flat))
        y = y.index_add(0, tokens, mlp(p, names, flat[tokens], None)
                        * weights[tokens, place][:, None])
    return y.view_as(x), len(loads) * (torch.tensor(loads) * shares.mean(0)).sum()


def states_of(config, p, tokens, units=None, kept=None):
    """(residual stream after the embedding and after each layer, balance loss)

    units, kept: the first hidden units and residual coordinates, where only those take part.
    """
    width, layers, heads, _, _ = sizes(config)
    length, kind, balance = tokens.shape[1], positions_of(config), 0.0
    x, angles = F.embedding(tokens, p["model.embed_tokens.weight"]), None
    if kind.startswith("sinusoidal"):
        x = x * config["embedding_multiplier"] \
            + (p[POSITIONS][:length] if POSITIONS in p else sinusoids(length, width))
    elif kind == "learned":
        x = x + p[POSITIONS][:length]
    elif kind == "rotary":
        head = width // heads
        angles = torch.arange(length)[:, None] * config["rope_theta"] ** (
            -torch.arange(0, head, 2).repeat(2) / head)
    mask = 1.0 if kept is None else (torch.arange(width) < kept).float()
    bias, x = causal_bias(config, heads, length), x * mask
    states = [x]
    for layer in range(layers):
        block = layer_prefix(layer)
        x = x + mask * attend(config, p, f"{block}self_attn.", normalise(
            config, p, f"{block}input_layernorm", x, kept or width), bias, angles)
        y = normalise(config, p, f"{block}post_attention_layernorm", x, kept or width)
        if expert_count(config):
            y, more = mixture(config, p, layer, y)
            balance = balance + more
        else:
            y = mlp(p, mlps(config, layer)[0], y, units)
        x = x + mask * y
        states.append(x)
    return states, balance


def logits_of(config, p, state, shown=None, kept=None):
    """shown: the head sees the first coordinates alone, once they are normalised."""
    width = sizes(config)[0]
    y = normalise(config, p, "model.norm", state, kept or width)
    head = p["model.embed_tokens.weight"] if config["tie_word_embeddings"] else p["lm_head.weight"]
    return y[..., :shown] @ head[:, :shown].T
