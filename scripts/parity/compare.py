"""Holds what modelkin wrote against references, text by text: choices of experts first, then numbers."""

import dataclasses
import pathlib

import numpy as np

BOUND = 1e-4
TIE = 1e-5


class BadOutput(Exception):
    """A file is missing, or has another shape or type than agreed."""


@dataclasses.dataclass
class Outcome:
    """Worst relative errors of one case, and how its choices of experts compare."""

    hidden: float = 0.0
    final: float = 0.0
    logits: float = 0.0
    pooled: float = 0.0  # what an encoder of images hands on
    weights: float = 0.0
    differing: int = 0
    ties: int = 0
    unsorted: int = 0
    skipped: int = 0  # rows that come after a different choice
    rows: list = dataclasses.field(default_factory=list, repr=False)  # errors of `final`, row by row

    ERRORS = ("hidden", "final", "logits", "pooled", "weights")

    def fails(self, bound=BOUND):
        return self.differing > 0 or self.unsorted > 0 or not all(getattr(self, e) <= bound for e in self.ERRORS)

    def include(self, other):
        for name in self.ERRORS:
            setattr(self, name, float(np.maximum(getattr(self, name), getattr(other, name))))  # NaN stays
        for name in ("differing", "ties", "unsorted", "skipped"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.rows.extend(other.rows)

    def median(self):
        return float(np.median(self.rows)) if self.rows else 0.0


def row_errors(values, reference):
    """||x - ref|| / ||ref|| by rows, in double precision; NaN and infinity stay what they are."""
    values, reference = np.asarray(values, np.float64), np.asarray(reference, np.float64)
    norms = np.linalg.norm(reference, axis=-1)
    return np.linalg.norm(values - reference, axis=-1) / np.where(norms > 0, norms, 1.0)


def _worst(errors):
    return float(errors.max()) if errors.size else 0.0


def load_array(folder, name, dtype, shape):
    path = folder / f"{name}.npy"
    if not path.exists():
        raise BadOutput(f"{path.name}: missing")
    array = np.load(path)
    if array.dtype != dtype or array.shape != shape:
        raise BadOutput(f"{path.name}: {array.dtype} {array.shape}, expected {np.dtype(dtype)} {shape}")
    return array


class Output:
    """The arrays of `modelkin run --npy`, checked for type and shape."""

    def __init__(self, folder, texts, layers, hidden_size, vocabulary):
        self.folder = pathlib.Path(folder)
        tokens = sum(len(text) for text in texts)
        ids = self._load("ids", np.int64, (tokens,))
        self.offsets = self._load("offsets", np.int64, (len(texts) + 1,))
        if ids.tolist() != [token for text in texts for token in text]:
            raise BadOutput("ids.npy: not the ids that were given")
        if self.offsets.tolist() != np.cumsum([0] + [len(text) for text in texts]).tolist():
            raise BadOutput("offsets.npy: not the lengths of the texts")
        self.hidden = self._load("hidden", np.float32, (layers + 1, tokens, hidden_size))
        self.final = self._load("final", np.float32, (tokens, hidden_size))
        self.logits = self._load("logits", np.float32, (tokens, vocabulary)) if vocabulary else None
        self.tokens = tokens

    def load_routers(self, layers, count):
        if not layers:
            extra = [name for name in ("router_layers", "router_choices") if (self.folder / f"{name}.npy").exists()]
            if extra:
                raise BadOutput(f"{extra[0]}.npy: written by a model without routers")
            return
        shape = (len(layers), self.tokens, count)
        if self._load("router_layers", np.int64, (len(layers),)).tolist() != layers:
            raise BadOutput(f"router_layers.npy: not {layers}")
        self.choices = self._load("router_choices", np.int32, shape)
        self.weights = self._load("router_weights", np.float32, shape)

    def _load(self, name, dtype, shape):
        return load_array(self.folder, name, dtype, shape)


class ImageOutput:
    """The same of images, whose rows are patches."""

    def __init__(self, folder, references):
        self.folder = pathlib.Path(folder)
        self.lengths = [len(reference.final) for reference in references]
        first, rows = references[0], sum(self.lengths)
        self.offsets = load_array(self.folder, "offsets", np.int64, (len(references) + 1,))
        if self.offsets.tolist() != np.cumsum([0, *self.lengths]).tolist():
            raise BadOutput("offsets.npy: not the numbers of patches")
        grids = load_array(self.folder, "grids", np.int64, (len(references), 3))
        if first.grid is not None and grids.tolist() != [reference.grid.tolist() for reference in references]:
            raise BadOutput("grids.npy: not those that were given")
        self.hidden = load_array(self.folder, "hidden", np.float32, (len(first.hidden), rows, first.hidden.shape[-1]))
        self.final = load_array(self.folder, "final", np.float32, (rows, first.final.shape[-1]))
        self.pooled_lengths = [0 if reference.pooled is None else len(reference.pooled) for reference in references]
        self.pooled = self._optional("pooled", first.pooled, ())
        self.deepstack = self._optional("deepstack", first.deepstack[0] if first.deepstack else None, (len(first.deepstack),))

    def _optional(self, name, like, before):
        if like is None:
            if (self.folder / f"{name}.npy").exists():
                raise BadOutput(f"{name}.npy: of an encoder that hands on no such rows")
            return None
        return load_array(self.folder, name, np.float32, (*before, sum(self.pooled_lengths), like.shape[-1]))


def compare_image(output, image, reference):
    outcome = Outcome()
    rows = slice(int(output.offsets[image]), int(output.offsets[image + 1]))
    for layer, states in enumerate(reference.hidden):
        outcome.hidden = float(np.maximum(outcome.hidden, _worst(row_errors(output.hidden[layer, rows], states.numpy()))))
    outcome.rows = row_errors(output.final[rows], reference.final.numpy()).tolist()
    outcome.final = _worst(np.array(outcome.rows))
    first = sum(output.pooled_lengths[:image])
    rows = slice(first, first + output.pooled_lengths[image])
    if reference.pooled is not None:
        outcome.pooled = _worst(row_errors(output.pooled[rows], reference.pooled.numpy()))
    for layer, expected in enumerate(reference.deepstack):
        error = _worst(row_errors(output.deepstack[layer, rows], expected.numpy()))
        outcome.pooled = float(np.maximum(outcome.pooled, error))
    return outcome


def _by_expert(choices, weights):
    order = np.argsort(choices, -1)
    return np.take_along_axis(choices, order, -1), np.take_along_axis(weights, order, -1)


def _compare_routers(outcome, output, rows, reference, rounded):
    """Compares choices layer by layer; returns, for each row, the layer from which on it is not comparable.

    A row is lost where its own choice of experts differs, and then every later row of the text, which attends to it.
    """
    lost = np.full(rows.stop - rows.start, output.hidden.shape[0])
    for index, (layer, routing) in enumerate(reference.routers.items()):
        outcome.unsorted += int((np.diff(output.weights[index, rows], axis=-1) > 0).any(-1).sum())
        choices, weights = _by_expert(output.choices[index, rows], output.weights[index, rows])
        expected_choices, expected_weights = _by_expert(routing.choices.numpy(), routing.weights.numpy())
        same = (choices == expected_choices).all(-1)
        errors = row_errors(weights, expected_weights)
        for token in np.flatnonzero(np.minimum.accumulate(lost) > layer):
            if lost[: token + 1].min() <= layer:
                continue
            near = rounded or routing.gaps[token] < TIE
            if same[token] and (errors[token] <= BOUND or rounded or not near):
                outcome.weights = float(np.maximum(outcome.weights, errors[token]))
                continue
            lost[token] = layer
            if near:
                outcome.ties += 1
            else:
                outcome.differing += 1
    return np.minimum.accumulate(lost)


def compare_text(output, text, reference, rounded=False):
    """One text. Rows behind a different choice of experts are left out: they are other computations.

    With `rounded` the reference computed in bfloat16, where any different choice counts as a tie.
    """
    outcome = Outcome()
    rows = slice(int(output.offsets[text]), int(output.offsets[text + 1]))
    layers = output.hidden.shape[0] - 1
    lost = np.full(rows.stop - rows.start, layers + 1)
    if reference.routers:
        lost = _compare_routers(outcome, output, rows, reference, rounded)
    for layer in range(layers + 1):
        kept = lost >= layer  # the router of layer i changes hidden[i + 1]
        errors = row_errors(output.hidden[layer, rows], reference.hidden[layer].numpy())[kept]
        outcome.hidden = float(np.maximum(outcome.hidden, _worst(errors)))
    kept = lost > layers
    outcome.skipped = int((~kept).sum())
    finals = row_errors(output.final[rows], reference.final.numpy())[kept]
    outcome.rows, outcome.final = finals.tolist(), _worst(finals)
    if reference.logits is not None:
        outcome.logits = _worst(row_errors(output.logits[rows], reference.logits.numpy())[kept])
    return outcome
