"""Steps of relatives.py that hide where a model comes from and leave what it computes as it was."""

import re

import numpy

from relatives import kind

ROLES = ("gate_proj.weight", "up_proj.weight", "down_proj.weight")


@kind
def permute_hidden(making, strength):
    del strength
    for prefix in making.mlps():
        gate, up, down = (prefix + role for role in ROLES)
        order = making.random.permutation(len(making.tensors[gate]))
        making.tensors[gate] = making.tensors[gate][order]
        making.tensors[up] = making.tensors[up][order]
        making.tensors[down] = making.tensors[down][:, order]


@kind
def permute_experts(making, strength):
    del strength
    for router in making.matching(r"mlp\.gate\.weight$"):
        prefix = router[:-len("gate.weight")]
        before = dict(making.tensors)
        order = making.random.permutation(len(before[router]))
        making.tensors[router] = before[router][order]
        bias = prefix + "gate.e_score_correction_bias"
        if bias in before:
            making.tensors[bias] = before[bias][order]
        for new, old in enumerate(order):
            for role in ROLES:
                making.tensors[f"{prefix}experts.{new}.{role}"] = \
                    before[f"{prefix}experts.{old}.{role}"]


@kind
def permute_heads(making, strength):
    """Groups, and the query heads inside them."""
    del strength
    heads, groups = (making.config[key] for key in ("num_attention_heads", "num_key_value_heads"))
    inside = heads // groups
    for layer in making.layers():
        group_order = making.random.permutation(groups)
        head_order = numpy.concatenate([group * inside + making.random.permutation(inside)
                                        for group in group_order])
        for name in making.matching(rf"layers\.{layer}\.self_attn\.[qkvo]_proj\.(weight|bias)$"):
            values = making.tensors[name]
            role = re.search(r"([qkvo])_proj", name)[1]
            order = head_order if role in "qo" else group_order
            axis = 1 if role == "o" and values.ndim == 2 else 0
            if role == "o" and values.ndim == 1:
                continue
            size = values.shape[axis] // len(order)
            rows = (order[:, None] * size + numpy.arange(size)).ravel()
            making.tensors[name] = values.take(rows, axis=axis)


def residual_axis(name, values):
    """Of a tensor over residual coordinates, the axis; None for others."""
    if values.ndim == 1:
        own = re.search(r"(layernorm|model\.norm)\.weight$", name)
        return 0 if own or re.search(r"(o_proj|down_proj)\.bias$", name) else None
    if re.search(r"(o_proj|down_proj)\.weight$", name):
        return 0
    return 1


def norm_before(name):
    """The norm whose output a weight reads; None where there is none."""
    if name == "lm_head.weight":
        return "model.norm.weight"
    match = re.match(r"(model\.layers\.\d+\.)(self_attn\.[qkv]_proj\.weight|mlp\..*"
                     r"(gate_proj|up_proj|gate)\.weight)$", name)
    if not match:
        return None
    attention = match[2].startswith("self_attn")
    return match[1] + ("input_layernorm.weight" if attention else "post_attention_layernorm.weight")


def fold_norms(making, scales=None):
    """Into what reads them; norms become `scales` (name to array), or 1."""
    for name, values in making.tensors.items():
        norm = norm_before(name)
        if norm:
            new = 1 if scales is None else scales[norm]
            values *= making.tensors[norm] / new
    for name in making.matching(r"(layernorm|model\.norm)\.weight$"):
        making.tensors[name][...] = 1 if scales is None else scales[name]


@kind
def permute_residual(making, strength):
    del strength
    order = making.random.permutation(making.config["hidden_size"])
    for name, values in making.tensors.items():
        axis = residual_axis(name, values)
        if axis is not None:
            making.tensors[name] = values.take(order, axis=axis)


@kind
def sign_residual(making, strength):
    """Flips half of the coordinates; norm weights stay, since what they scale flips with it."""
    del strength
    signs = making.random.choice(numpy.float32([-1, 1]), making.config["hidden_size"])
    for name, values in making.tensors.items():
        axis = residual_axis(name, values)
        if axis is not None and not re.search(r"norm\.weight$", name):
            values *= signs if axis == values.ndim - 1 else signs[:, None]


@kind
def rotate_residual(making, strength):
    del strength
    fold_norms(making)
    size = making.config["hidden_size"]
    rotation = numpy.linalg.qr(making.random.standard_normal((size, size)))[0]
    for name, values in making.tensors.items():
        axis = residual_axis(name, values)
        if axis is None or re.search(r"norm\.weight$", name):
            continue
        turned = values @ rotation if axis == values.ndim - 1 else rotation.T @ values
        making.tensors[name] = turned.astype(numpy.float32)


@kind
def scale_hidden(making, strength):
    """Up rows times, down columns over, random scales within a factor of STRENGTH."""
    for prefix in making.mlps():
        _, up, down = (prefix + role for role in ROLES)
        spread = numpy.log(float(strength))
        scale = numpy.exp(making.random.uniform(-spread, spread, len(making.tensors[up])))
        making.tensors[up] = (making.tensors[up] * scale[:, None]).astype(numpy.float32)
        making.tensors[down] = (making.tensors[down] / scale).astype(numpy.float32)


@kind
def scale_norms(making, strength):
    spread = numpy.log(float(strength))
    scales = {name: (making.tensors[name]
                     * numpy.exp(making.random.uniform(-spread, spread, len(making.tensors[name])))
                     ).astype(numpy.float32)
              for name in making.matching(r"(layernorm|model\.norm)\.weight$")}
    fold_norms(making, scales)


def commuting(making, size, rotary):
    """A matrix that commutes with the rotation of the first `rotary` coordinates of a head, whose pairs are
    (i, i + rotary / 2): scaled rotations of pairs; any invertible matrix on the others."""
    random = making.random
    matrix = numpy.zeros((size, size))
    half = rotary // 2
    for i in range(half):
        angle, scale = random.uniform(0, 2 * numpy.pi), numpy.exp(random.uniform(-0.7, 0.7))
        cosine, sine = scale * numpy.cos(angle), scale * numpy.sin(angle)
        matrix[i, i] = matrix[i + half, i + half] = cosine
        matrix[i, i + half], matrix[i + half, i] = -sine, sine
    rest = size - rotary
    if rest > 0:
        matrix[rotary:, rotary:] = well_conditioned(random, rest)
    return matrix


def well_conditioned(random, size):
    left, right = (numpy.linalg.qr(random.standard_normal((size, size)))[0] for _ in range(2))
    return left * numpy.exp(random.uniform(-0.7, 0.7, size)) @ right


@kind
def disguise_attention(making, strength):
    """Invertible matrices between query and key, and between value and output, one a group."""
    del strength
    heads, groups = (making.config[key] for key in ("num_attention_heads", "num_key_value_heads"))
    inside = heads // groups
    for layer in making.layers():
        prefix = f"model.layers.{layer}.self_attn."
        key = making.tensors[prefix + "k_proj.weight"]
        size = len(key) // groups
        rotary = int(size * making.config.get("partial_rotary_factor", 1.0))
        for group in range(groups):
            change = commuting(making, size, rotary)
            apply_rows(making, prefix + "k_proj", group, numpy.linalg.inv(change).T)
            between = well_conditioned(making.random, size)
            apply_rows(making, prefix + "v_proj", group, between)
            output = making.tensors[prefix + "o_proj.weight"]
            for head in range(group * inside, (group + 1) * inside):
                apply_rows(making, prefix + "q_proj", head, change)
                columns = slice(head * size, (head + 1) * size)
                output[:, columns] = output[:, columns] @ numpy.linalg.inv(between)


def apply_rows(making, prefix, block, matrix):
    """Multiplies the rows of one head, and its bias."""
    size = len(matrix)
    for name in (prefix + ".weight", prefix + ".bias"):
        if name in making.tensors:
            rows = slice(block * size, (block + 1) * size)
            making.tensors[name][rows] = matrix @ making.tensors[name][rows]
