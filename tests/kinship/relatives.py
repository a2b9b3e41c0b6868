#!/usr/bin/env python3
"""Makes models from others, in ways that `modelkin trace` should name:

    relatives.py MODEL OUT STEP[+STEP...] [--strength S] [--other MODEL] [--base MODEL] [--seed N]
    relatives.py --list

A step is a name, or NAME:STRENGTH (--strength is for those without). Models are of the layout of glm4_moe,
solar_open or llama. Steps that are disguises leave what the network computes as it was, up to rounding
(test_relatives.py). Tensors are stored in the types that the source has, unless a step `cast` changes that.
"""

import argparse
import re
import sys

import numpy

import checkpoints

KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


class Making:
    """A model in the making: steps change it in place."""

    def __init__(self, model, seed=1, other=None, base=None):
        self.model, self.other, self.base = model.copy(), other, base
        self.random = numpy.random.default_rng(seed)

    @property
    def tensors(self):
        return self.model.tensors

    @property
    def config(self):
        return self.model.config

    def matching(self, pattern):
        return [name for name in self.tensors if re.search(pattern, name)]

    def matrices(self):
        return [name for name, values in self.tensors.items() if values.ndim == 2]

    def linear(self):
        return self.matching(r"\.(q|k|v|o|gate|up|down)_proj\.weight$")

    def mlps(self):
        """Prefixes, as in model.layers.1.mlp.experts.0."""
        return [name[:-len("gate_proj.weight")] for name in self.matching(r"gate_proj\.weight$")]

    def layers(self):
        return sorted({int(match[1]) for name in self.tensors
                       for match in [re.search(r"layers\.(\d+)\.", name)] if match})


@kind
def copy(making, strength):
    del making, strength


@kind
def cast(making, strength):
    """To f32, f16 or bf16; later steps start from what that type can hold."""
    if strength.upper() not in checkpoints.ENCODE:
        raise ValueError(f"cast:{strength}: f32, f16 or bf16")
    for name in making.tensors:
        making.model.dtypes[name] = strength.upper()
    making.model.rounded()


@kind
def noise(making, strength):
    for name, values in making.tensors.items():
        deviation = values.std() if values.std() > 0 else 1
        values += (float(strength) * deviation
                   * making.random.standard_normal(values.shape)).astype(numpy.float32)


@kind
def fine_tune(making, strength):
    """Changes of full rank with a steep spectrum, of a relative size of STRENGTH."""
    for name, values in making.tensors.items():
        change = making.random.standard_normal(values.shape)
        if values.ndim == 2:
            left, _, right = numpy.linalg.svd(change, full_matrices=False)
            change = left * (1.0 + numpy.arange(len(right))) ** -1.0 @ right
        values += (float(strength) * numpy.linalg.norm(values) / numpy.linalg.norm(change)
                   * change).astype(numpy.float32)


def blocks_of(values, size):
    """Along rows, padded with zeros: (rows, blocks, size)."""
    rows, columns = values.shape
    size = columns if size == 0 else size
    padded = numpy.zeros((rows, -(-columns // size) * size))
    padded[:, :columns] = values
    return padded.reshape(rows, -1, size)


def unblocked(blocks, columns):
    return blocks.reshape(len(blocks), -1)[:, :columns].astype(numpy.float32)


def quantise(making, function):
    for name in making.linear():
        values = making.tensors[name]
        values[...] = function(values)


@kind
def int8(making, strength):
    """One scale a row."""
    del strength

    def rounded(values):
        scale = numpy.abs(values).max(axis=1, keepdims=True) / 127
        return numpy.rint(values / numpy.where(scale == 0, 1, scale)) * scale
    quantise(making, rounded)


@kind
def int4(making, strength):
    """Blocks of STRENGTH along rows, levels -7 to 7."""
    def rounded(values):
        blocks = blocks_of(values, int(strength))
        scale = numpy.abs(blocks).max(axis=2, keepdims=True) / 7
        return unblocked(numpy.rint(blocks / numpy.where(scale == 0, 1, scale)) * scale,
                         values.shape[1])
    quantise(making, rounded)


@kind
def int4_offset(making, strength):
    """Blocks of STRENGTH along rows, 16 levels from the smallest value to the largest."""
    def rounded(values):
        blocks = blocks_of(values, int(strength))
        low, high = blocks.min(axis=2, keepdims=True), blocks.max(axis=2, keepdims=True)
        scale = numpy.where(high > low, (high - low) / 15, 1)
        return unblocked(numpy.rint((blocks - low) / scale) * scale + low, values.shape[1])
    quantise(making, rounded)


@kind
def int4_zero_point(making, strength):
    """Blocks of STRENGTH along rows, 16 levels, one of which is 0 (as GPTQ and AWQ store them)."""
    def rounded(values):
        blocks = blocks_of(values, int(strength))
        low = numpy.minimum(blocks.min(axis=2, keepdims=True), 0)
        high = numpy.maximum(blocks.max(axis=2, keepdims=True), 0)
        scale = numpy.where(high > low, (high - low) / 15, 1)
        zero = numpy.rint(-low / scale)
        levels = numpy.clip(numpy.rint(blocks / scale) + zero, 0, 15)
        return unblocked((levels - zero) * scale, values.shape[1])
    quantise(making, rounded)


@kind
def fp8(making, strength):
    """E4M3 with one scale a tensor (0), or one for each block of STRENGTH x STRENGTH."""
    size = int(strength)

    def rounded(values):
        result = numpy.empty_like(values)
        step = size or max(values.shape)
        for row in range(0, values.shape[0], step):
            for column in range(0, values.shape[1], step):
                block = values[row:row + step, column:column + step]
                scale = numpy.abs(block).max() / 448 or 1.0
                result[row:row + step, column:column + step] = \
                    checkpoints.e4m3(block / scale) * scale
        return result
    quantise(making, rounded)


def change_by_rank(making, names, strength):
    rank, _, size = strength.partition(",")
    for name in names:
        values = making.tensors[name]
        change = (making.random.standard_normal((values.shape[0], int(rank)))
                  @ making.random.standard_normal((int(rank), values.shape[1])))
        values += (float(size or 0.05) * numpy.linalg.norm(values) / numpy.linalg.norm(change)
                   * change).astype(numpy.float32)


@kind
def lora(making, strength):
    """RANK[,SIZE]: on query and value weights, of a relative size of 0.05 unless SIZE says otherwise."""
    change_by_rank(making, making.matching(r"(q|v)_proj\.weight$"), strength)


@kind
def lora_all(making, strength):
    """RANK[,SIZE]: as lora, on all linear weights."""
    change_by_rank(making, making.linear(), strength)


@kind
def prune(making, strength):
    """The smallest share STRENGTH of each linear weight."""
    for name in making.linear():
        values = making.tensors[name]
        limit = numpy.quantile(numpy.abs(values), float(strength))
        values[numpy.abs(values) <= limit] = 0


@kind
def prune24(making, strength):
    """Two of each four that follow each other in a row."""
    del strength
    for name in making.linear():
        shape = making.tensors[name].shape
        if shape[1] % 4:
            raise ValueError(f"prune24: {name} has {shape[1]} columns, no multiple of 4")
        fours = making.tensors[name].reshape(-1, 4)
        smallest = numpy.argsort(numpy.abs(fours), axis=1)[:, :2]
        numpy.put_along_axis(fours, smallest, 0, axis=1)
        # Of what is not contiguous, as after a permutation of columns, `fours` is a copy.
        making.tensors[name] = fours.reshape(shape)


@kind
def masked_noise(making, strength):
    """Fine-tuning that leaves zeros alone."""
    for values in making.tensors.values():
        deviation = values.std() if values.std() > 0 else 1
        change = float(strength) * deviation * making.random.standard_normal(values.shape)
        values += numpy.where(values == 0, 0, change).astype(numpy.float32)


def with_layers(making, sources):
    before, making.model.tensors = making.tensors, {}
    dtypes = making.model.dtypes
    for name, values in before.items():
        if ".layers." not in name:
            making.tensors[name] = values
    for new, old in enumerate(sources):
        for name, values in before.items():
            if f".layers.{old}." in name:
                own = name.replace(f".layers.{old}.", f".layers.{new}.")
                making.tensors[own] = values.copy()
                dtypes[own] = dtypes[name]
    making.config["num_hidden_layers"] = len(sources)
    if "first_k_dense_replace" in making.config:
        # A dense layer further on (duplicate_layers:0) is nothing that config.json can say.
        making.config["first_k_dense_replace"] = next(
            (new for new in range(len(sources))
             if f"model.layers.{new}.mlp.gate.weight" in making.tensors), len(sources))


@kind
def drop_layers(making, strength):
    """The last but STRENGTH."""
    layers = making.layers()
    with_layers(making, [layer for layer in layers if layer != layers[-1 - int(strength)]])


@kind
def duplicate_layers(making, strength):
    """All but the last STRENGTH, then all but the first so many: depth up-scaling."""
    layers, overlap = making.layers(), int(strength)
    with_layers(making, layers[:len(layers) - overlap] + layers[overlap:])


@kind
def vocab_extend(making, strength):
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        values = making.tensors[name]
        rows = values.std() * making.random.standard_normal((int(strength), values.shape[1]))
        making.tensors[name] = numpy.concatenate([values, rows.astype(numpy.float32)])
    making.config["vocab_size"] += int(strength)


@kind
def vocab_reorder(making, strength):
    del strength
    order = making.random.permutation(len(making.tensors["model.embed_tokens.weight"]))
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        making.tensors[name] = making.tensors[name][order]


@kind
def rename(making, strength):
    """Names that nobody uses, and no config.json."""
    del strength
    prime = 1009 if len(making.tensors) < 1009 else 1000003
    names = {name: f"blob_{7 * i % prime:04}" for i, name in enumerate(making.tensors)}
    making.model.tensors = {names[name]: making.tensors[name] for name in making.tensors}
    making.model.dtypes = {names[name]: dtype for name, dtype in making.model.dtypes.items()
                           if name in names}
    making.model.config = None


def make(model, steps, seed=1, other=None, base=None):
    """The model after steps such as "prune:0.5+noise:0.01", rounded as it is stored."""
    making = Making(model, seed, other, base)
    for step in steps.split("+"):
        name, _, strength = step.partition(":")
        if name not in KINDS:
            raise ValueError(f"no step is called {name!r}: see --list")
        if name in merging.OF_OTHERS and other is None:
            raise ValueError(f"{name} needs --other")
        if name in merging.OF_A_BASE and base is None:
            raise ValueError(f"{name} needs --base")
        try:
            KINDS[name](making, strength)
        except ValueError as problem:
            raise ValueError(f"step {step!r}: {problem}") from problem
    return making.model.rounded()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?")
    parser.add_argument("out", nargs="?")
    parser.add_argument("steps", nargs="?")
    parser.add_argument("--strength", help="of steps that are given without one")
    parser.add_argument("--other", "--with", dest="other")
    parser.add_argument("--base")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        for name, function in KINDS.items():
            print(f"{name:22} {(function.__doc__ or '').strip()}")
        return
    if not options.steps:
        parser.error("MODEL, OUT and STEPs are needed")
    steps = options.steps
    if options.strength:
        steps = "+".join(step if ":" in step else f"{step}:{options.strength}"
                         for step in steps.split("+"))
    load = checkpoints.read
    try:
        model = make(load(options.model), steps, options.seed,
                     load(options.other) if options.other else None,
                     load(options.base) if options.base else None)
    except ValueError as problem:
        parser.error(str(problem))
    checkpoints.write(options.out, model)


import disguises  # noqa: E402  pylint: disable=wrong-import-position,unused-import
import symmetries  # noqa: E402  pylint: disable=wrong-import-position,unused-import
import merging  # noqa: E402  pylint: disable=wrong-import-position
import layouts  # noqa: E402  pylint: disable=wrong-import-position,unused-import
import surgery  # noqa: E402  pylint: disable=wrong-import-position,unused-import
import turning  # noqa: E402  pylint: disable=wrong-import-position,unused-import
import upcycling  # noqa: E402  pylint: disable=wrong-import-position,unused-import

if __name__ == "__main__":
    # The steps of the other files are registered with the module of this name, not with __main__.
    import relatives
    sys.exit(relatives.main())
