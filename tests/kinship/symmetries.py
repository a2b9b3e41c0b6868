"""Steps of relatives.py for the exact symmetries of docs/lineage.md that are neither an order nor a rotation: signs,
scales and shifts that leave what a model computes as it was."""

import numpy

from relatives import kind
import disguises

# All of them, as steps.
EXACT = ("flip_hidden", "flip_values", "flip_values:0.2", "rotate_planes", "shift_keys:1",
         "shift_values:0.5", "shift_unembedding:3", "shift_router:1", "scale_residual:4",
         "scale_routed:3", "widen:8")


def signs(making, count, share):
    """-1 for a share of them, 1 for the others."""
    negative = making.random.random(count) < float(share or 0.5)
    return numpy.where(negative, -1, 1).astype(numpy.float32)


@kind
def flip_hidden(making, strength):
    """Up rows and down columns of a share STRENGTH of the hidden units (half) negated."""
    for prefix in making.mlps():
        _, up, down = (prefix + role for role in disguises.ROLES)
        sign = signs(making, len(making.tensors[up]), strength)
        making.tensors[up] *= sign[:, None]
        making.tensors[down] *= sign


@kind
def flip_values(making, strength):
    """A share STRENGTH of the value dimensions (half) negated, and the columns that read them."""
    for prefix, group, heads, size in groups_of(making):
        sign = signs(making, size, strength)
        disguises.apply_rows(making, prefix + "v_proj", group, numpy.diag(sign))
        for head in heads:
            making.tensors[prefix + "o_proj.weight"][:, head * size:(head + 1) * size] *= sign


@kind
def rotate_planes(making, strength):
    """Planes of query and key that rotary embedding rotates: rotated, and scaled against each other."""
    del strength
    share = making.config.get("partial_rotary_factor", 1.0)
    for prefix, group, heads, size in groups_of(making):
        rotary = int(size * share)
        change = disguises.commuting(making, size, rotary)
        change[rotary:, rotary:] = numpy.eye(size - rotary)
        disguises.apply_rows(making, prefix + "k_proj", group, numpy.linalg.inv(change).T)
        for head in heads:
            disguises.apply_rows(making, prefix + "q_proj", head, change)


def groups_of(making):
    """(prefix, key and value group, its query heads, size of a head) of all layers."""
    heads, groups = (making.config[key] for key in ("num_attention_heads", "num_key_value_heads"))
    inside = heads // groups
    for layer in making.layers():
        prefix = f"model.layers.{layer}.self_attn."
        size = len(making.tensors[prefix + "k_proj.weight"]) // groups
        for group in range(groups):
            yield prefix, group, range(group * inside, (group + 1) * inside), size


@kind
def shift_keys(making, strength):
    """Constants added to the key biases of what does not rotate: each score of a query grows alike."""
    share = making.config.get("partial_rotary_factor", 1.0)
    for prefix, group, _, size in groups_of(making):
        bias = making.tensors.get(prefix + "k_proj.bias")
        if bias is not None:
            still = slice(group * size + int(size * share), (group + 1) * size)
            bias[still] += float(strength) * making.random.standard_normal(bias[still].shape)


@kind
def shift_values(making, strength):
    """Constants added to value biases, and what they make of outputs taken from output biases, which appear where there
    were none."""
    for layer in making.layers():
        prefix = f"model.layers.{layer}.self_attn."
        bias = making.tensors.get(prefix + "v_proj.bias")
        if bias is None:
            continue
        shift = (float(strength) * making.random.standard_normal(bias.shape)).astype(numpy.float32)
        bias += shift
        output = making.tensors[prefix + "o_proj.weight"]
        heads, groups = (making.config[key]
                         for key in ("num_attention_heads", "num_key_value_heads"))
        of_heads = numpy.repeat(shift.reshape(groups, -1), heads // groups, axis=0).ravel()
        name = prefix + "o_proj.bias"
        before = making.tensors.get(name, numpy.zeros(len(output), numpy.float32))
        making.tensors[name] = before - output @ of_heads
        making.model.dtypes[name] = making.model.dtypes[prefix + "v_proj.bias"]


@kind
def shift_unembedding(making, strength):
    """One row, STRENGTH deviations large, added to all of the unembedding: all logits grow alike."""
    values = making.tensors["lm_head.weight"]
    values += (float(strength) * values.std()
               * making.random.standard_normal(values.shape[1])).astype(numpy.float32)


@kind
def shift_router(making, strength):
    """One row added to all of each router: its softmax stays as it was."""
    for name in making.matching(r"mlp\.gate\.weight$"):
        values = making.tensors[name]
        values += (float(strength) * values.std()
                   * making.random.standard_normal(values.shape[1])).astype(numpy.float32)


@kind
def scale_residual(making, strength):
    """All that is written to the residual stream times STRENGTH: norms take it away again."""
    for name in making.matching(r"(embed_tokens\.weight|(o|down)_proj\.(weight|bias))$"):
        making.tensors[name] *= numpy.float32(strength)
    making.config["rms_norm_eps"] *= float(strength) ** 2


@kind
def scale_routed(making, strength):
    """Outputs of routed experts times STRENGTH, and the factor of config.json over it."""
    for name in making.matching(r"experts\.\d+\.down_proj\.weight$"):
        making.tensors[name] *= numpy.float32(strength)
    making.config["routed_scaling_factor"] /= float(strength)


def with_coordinates(making, change):
    """Tensors over residual coordinates after change(values, axis, is a norm), and the width in config.json."""
    for name, values in making.tensors.items():
        axis = disguises.residual_axis(name, values)
        if axis is not None:
            changed = change(values, axis, name.endswith("norm.weight"))
            making.tensors[name] = changed.astype(numpy.float32)
            making.config["hidden_size"] = changed.shape[axis]


@kind
def widen(making, strength):
    """STRENGTH residual coordinates more that stay 0; norms make up for what the mean loses by them."""
    more, before = int(strength), making.config["hidden_size"]
    share = before / (before + more)

    def change(values, axis, is_norm):
        shape = list(values.shape)
        shape[axis] = more
        if is_norm:
            return numpy.concatenate([values * share ** 0.5, numpy.ones(shape)], axis=axis)
        return numpy.concatenate([values, numpy.zeros(shape)], axis=axis)
    with_coordinates(making, change)
    making.config["rms_norm_eps"] *= share


@kind
def widen_noise(making, strength):
    """STRENGTH residual coordinates more, filled with noise of each tensor's size."""
    def change(values, axis, is_norm):
        shape = list(values.shape)
        shape[axis] = int(strength)
        more = values.std() * making.random.standard_normal(shape) + (values.mean() if is_norm else 0)
        return numpy.concatenate([values, more], axis=axis)
    with_coordinates(making, change)


@kind
def narrow(making, strength):
    """STRENGTH residual coordinates less, any."""
    width = making.config["hidden_size"]
    kept = numpy.sort(making.random.permutation(width)[int(strength):])
    with_coordinates(making, lambda values, axis, is_norm: values.take(kept, axis=axis))


@kind
def narrow_hidden(making, strength):
    """The share STRENGTH of each MLP's hidden units is left, in their order."""
    for prefix in making.mlps():
        gate, up, down = (prefix + role for role in disguises.ROLES)
        units = len(making.tensors[gate])
        kept = numpy.sort(making.random.permutation(units)[:round(float(strength) * units)])
        making.tensors[gate] = making.tensors[gate][kept]
        making.tensors[up] = making.tensors[up][kept]
        making.tensors[down] = making.tensors[down][:, kept]
    for key in ("intermediate_size", "moe_intermediate_size"):
        making.config[key] = round(float(strength) * making.config[key])


@kind
def new_embeddings(making, strength):
    """Embedding and unembedding as of another model."""
    del strength
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        values = making.tensors[name]
        making.tensors[name] = (values.std() * making.random.standard_normal(values.shape)
                                ).astype(numpy.float32)
