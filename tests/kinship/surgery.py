"""Steps of relatives.py that take parts out of a model, or put some in."""

import re

import numpy

from relatives import kind, with_layers

ROLES = ("gate_proj.weight", "up_proj.weight", "down_proj.weight")


@kind
def remove_direction(making, strength):
    """STRENGTH (1 without) of one direction goes out of all that writes to the residual stream (abliteration)."""
    direction = making.random.standard_normal(making.config["hidden_size"])
    direction /= numpy.linalg.norm(direction)
    for name in making.matching(r"(o|down)_proj\.weight$"):
        values = making.tensors[name]
        part = numpy.outer(direction, direction @ values)
        values -= (float(strength or 1) * part).astype(numpy.float32)


@kind
def drop_experts(making, strength):
    """All experts of a layer but STRENGTH, as in 1,3; in that order."""
    keep = [int(expert) for expert in strength.split(",")]
    before, dtypes, making.model.tensors = making.tensors, making.model.dtypes, {}
    for name, values in before.items():
        expert = re.search(r"\.experts\.(\d+)\.", name)
        if expert and int(expert[1]) not in keep:
            continue
        own = name
        if expert:
            own = name.replace(expert[0], f".experts.{keep.index(int(expert[1]))}.")
        by_expert = re.search(r"mlp\.gate\.(weight|e_score_correction_bias)$", name)
        making.tensors[own] = values[keep] if by_expert else values
        dtypes[own] = dtypes[name]
    making.config["n_routed_experts"] = len(keep)


@kind
def merge_experts(making, strength):
    """Of each STRENGTH experts that follow each other, and of their router's rows, the mean is left."""
    size = int(strength)
    before, dtypes, making.model.tensors = making.tensors, making.model.dtypes, {}
    for name, values in before.items():
        expert = re.search(r"\.experts\.(\d+)\.", name)
        if expert and int(expert[1]) % size == 0:
            mean = sum(before[name.replace(expert[0], f".experts.{int(expert[1]) + i}.")]
                       for i in range(size)) / size
            own = name.replace(expert[0], f".experts.{int(expert[1]) // size}.")
            making.tensors[own], dtypes[own] = mean.astype(numpy.float32), dtypes[name]
        elif re.search(r"mlp\.gate\.(weight|e_score_correction_bias)$", name):
            mean = values.reshape(len(values) // size, size, *values.shape[1:]).mean(axis=1)
            making.tensors[name] = mean.astype(numpy.float32)
        elif not expert:
            making.tensors[name] = values
    making.config["n_routed_experts"] //= size


def change_width(making, factor, change):
    for prefix in making.mlps():
        change(*(prefix + role for role in ROLES))
    for key in ("intermediate_size", "moe_intermediate_size"):
        if key in making.config:
            making.config[key] = int(making.config[key] * factor)


@kind
def graft(making, strength):
    """Tensors whose names contain one of the words of STRENGTH (embed,lm_head) are those of --other."""
    for name in making.matching("|".join(re.escape(word) for word in strength.split(","))):
        making.tensors[name] = making.other.tensors[name].copy()


@kind
def extend_units(making, strength):
    """STRENGTH of each MLP's hidden units more, that do nothing yet."""
    def change(gate, up, down):
        more = int(len(making.tensors[gate]) * float(strength))
        for name in (gate, up):
            values = making.tensors[name]
            rows = values.std() * making.random.standard_normal((more, values.shape[1]))
            making.tensors[name] = numpy.concatenate([values, rows.astype(numpy.float32)])
        values = making.tensors[down]
        making.tensors[down] = numpy.concatenate(
            [values, numpy.zeros((len(values), more), numpy.float32)], axis=1)
    change_width(making, 1 + float(strength), change)


@kind
def reverse_layers(making, strength):
    """The last STRENGTH layers stand in reverse order."""
    layers, last = making.layers(), int(strength)
    with_layers(making, layers[:-last] + layers[:-last - 1:-1])
