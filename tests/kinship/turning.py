"""Steps of relatives.py that turn round what seems to say which model was first."""

import numpy

from relatives import blocks_of, kind, quantise, unblocked, with_layers

FP4 = numpy.array([0, 0.5, 1, 1.5, 2, 3, 4, 6])


@kind
def vocab_cut(making, strength):
    """The last STRENGTH rows of tokens are cut off."""
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        making.tensors[name] = making.tensors[name][:-int(strength)].copy()
    making.config["vocab_size"] -= int(strength)


@kind
def undouble(making, strength):
    """The second of two layers that duplicate_layers doubled, with the same STRENGTH, goes."""
    own, overlap = making.layers(), int(strength)
    before = (len(own) + 2 * overlap) // 2
    with_layers(making, own[:before - overlap] + own[len(own) - overlap:])


@kind
def mxfp4(making, strength):
    """Floats of 4 bits (E2M1) with a power of two for each block of 32 along rows."""
    del strength

    def rounded(values):
        blocks = blocks_of(values, 32)
        largest = numpy.abs(blocks).max(axis=2, keepdims=True)
        scale = 2.0 ** (numpy.floor(numpy.log2(numpy.where(largest > 0, largest, 1))) - 2)
        levels = FP4[numpy.abs(numpy.abs(blocks / scale)[..., None] - FP4).argmin(axis=-1)]
        return unblocked(numpy.sign(blocks) * levels * scale, values.shape[1])
    quantise(making, rounded)


@kind
def under_half_a_step(making, strength):
    """In F32, with uniform noise of STRENGTH (under 0.5) of a BF16 step: rounding gives the model back."""
    for name, values in making.tensors.items():
        making.model.dtypes[name] = "F32"
        step = 2.0 ** (numpy.frexp(numpy.where(values == 0, 1, values))[1] - 8)
        change = float(strength) * step * making.random.uniform(-1, 1, values.shape)
        values += numpy.where(values == 0, 0, change).astype(numpy.float32)


@kind
def spread_over_a_step(making, strength):
    """Of a model on the grid of int4:STRENGTH: uniform noise of just under half a step, so that rounding gives it
    back, and from distances that look like those of rounded values."""
    def spread(values):
        blocks = blocks_of(values, int(strength))
        step = numpy.abs(blocks).max(axis=2, keepdims=True) / 7
        noise = making.random.uniform(-0.49, 0.49, blocks.shape)
        return unblocked(blocks + step * noise, values.shape[1])
    quantise(making, spread)


@kind
def longer_unseen_rows(making, strength):
    """A tenth of the embedding's rows times STRENGTH, as if weight decay had been undone; training moves the others."""
    table = making.tensors["model.embed_tokens.weight"]
    change = 0.1 * table.std() * making.random.standard_normal(table.shape)
    change[::10] = (float(strength) - 1) * table[::10]
    table += change.astype(numpy.float32)


@kind
def beyond(making, strength):
    """Away from --other, in a straight line: a mixture with STRENGTH of it gives the model back."""
    weight = float(strength)
    for name, values in making.tensors.items():
        other = making.other.tensors[name]
        values[...] = (values - weight * other) / (1 - weight)
