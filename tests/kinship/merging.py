"""Steps of relatives.py that mix models: with --other, and as changes of a --base."""

import numpy

from relatives import kind

OF_A_BASE = ("task_arithmetic", "dare", "ties")
OF_OTHERS = ("merge", "slerp", *OF_A_BASE)


@kind
def merge(making, strength):
    """Linear with --other, which gets STRENGTH."""
    weight = numpy.float32(strength)
    for name, values in making.tensors.items():
        values += weight * (making.other.tensors[name] - values)


@kind
def slerp(making, strength):
    t = float(strength)
    for name, values in making.tensors.items():
        other = making.other.tensors[name]
        size = numpy.linalg.norm(values) * numpy.linalg.norm(other)
        cosine = (values * other).sum() / size if size > 0 else 1
        angle = numpy.arccos(numpy.clip(cosine, -1, 1))
        if numpy.sin(angle) < 1e-6:  # the same line, on which there is no arc to go along
            values += numpy.float32(t) * (other - values)
            continue
        values[...] = (numpy.sin((1 - t) * angle) * values
                       + numpy.sin(t * angle) * other) / numpy.sin(angle)


@kind
def task_arithmetic(making, strength):
    """--base + STRENGTH times what MODEL and --other changed; STRENGTH,OTHER for a weight each."""
    own, _, others = strength.partition(",")
    for name, values in making.tensors.items():
        base = making.base.tensors[name]
        change, other = values - base, making.other.tensors[name] - base
        if others:
            values[...] = base + numpy.float32(own) * change + numpy.float32(others) * other
        else:
            values[...] = base + numpy.float32(own) * (change + other)


@kind
def dare(making, strength):
    """--base + changes of MODEL and --other, each dropped with probability STRENGTH and made larger by as much
    (Yu et al., DARE, 2024); STRENGTH,WEIGHT for a weight of both (else 1)."""
    drop, _, weight = strength.partition(",")
    for name, values in making.tensors.items():
        base = making.base.tensors[name]
        total = numpy.zeros_like(values)
        for change in (values - base, making.other.tensors[name] - base):
            kept = making.random.random(values.shape) >= float(drop)
            total += numpy.where(kept, change, 0) / numpy.float32(1 - float(drop))
        values[...] = base + numpy.float32(weight or 1) * total


@kind
def ties(making, strength):
    """--base + the share STRENGTH of the changes of MODEL and --other that are largest, where they have the sign
    that their sum has, in the mean (Yadav et al., TIES, 2023)."""
    for name, values in making.tensors.items():
        base = making.base.tensors[name]
        changes = []
        for change in (values - base, making.other.tensors[name] - base):
            least = numpy.quantile(abs(change), 1 - float(strength))
            changes.append(numpy.where(abs(change) >= least, change, 0))
        changes = numpy.stack(changes)
        elected = numpy.where(changes * numpy.sign(changes.sum(axis=0)) > 0, changes, 0)
        count = numpy.maximum(1, (elected != 0).sum(axis=0))
        values[...] = base + elected.sum(axis=0) / count
