"""Steps of relatives.py that store what a model is in another way: order of rows, axes, tensors in one."""

import re

import numpy

from relatives import kind


@kind
def rotary_pairs(making, strength):
    """Rows of queries and keys in Meta's and llama.cpp's order: the two of a rotary pair side by side."""
    del strength
    heads = {"q": making.config["num_attention_heads"], "k": making.config["num_key_value_heads"]}
    for name in making.matching(r"self_attn\.[qk]_proj\.(weight|bias)$"):
        values = making.tensors[name]
        count = heads[re.search(r"self_attn\.([qk])_proj", name)[1]]
        halves = values.reshape(count, 2, len(values) // count // 2, -1)
        making.tensors[name] = numpy.ascontiguousarray(halves.swapaxes(1, 2).reshape(values.shape))


@kind
def rotary_halves(making, strength):
    """The way back."""
    del strength
    heads = {"q": making.config["num_attention_heads"], "k": making.config["num_key_value_heads"]}
    for name in making.matching(r"self_attn\.[qk]_proj\.(weight|bias)$"):
        values = making.tensors[name]
        count = heads[re.search(r"self_attn\.([qk])_proj", name)[1]]
        pairs = values.reshape(count, len(values) // count // 2, 2, -1)
        making.tensors[name] = numpy.ascontiguousarray(pairs.swapaxes(1, 2).reshape(values.shape))


@kind
def transpose(making, strength):
    """All matrices inputs by outputs."""
    del strength
    for name in making.matching(r"_proj\.weight$"):
        making.tensors[name] = numpy.ascontiguousarray(making.tensors[name].T)


@kind
def fuse(making, strength):
    """Gate and up of each MLP in one matrix: one above the other ("up" first by strength 1), or their rows in
    turn (2)."""
    order = int(strength or 0)
    for prefix in making.mlps():
        gate, up = (making.tensors.pop(prefix + role) for role in ("gate_proj.weight", "up_proj.weight"))
        both = [up, gate] if order == 1 else [gate, up]
        name = prefix + "gate_up_proj.weight"
        making.tensors[name] = (numpy.stack(both, 1).reshape(-1, gate.shape[1]) if order == 2
                                else numpy.concatenate(both))
        making.model.dtypes[name] = making.model.dtypes[prefix + "up_proj.weight"]
