"""Small checkpoints as dicts of float32 arrays: read, written, and rounded to the types that files have."""

import json
import pathlib
import struct

import numpy


def to_bf16(values):
    """Rounded to nearest even, as uint16."""
    bits = numpy.ascontiguousarray(values, dtype=numpy.float32).view(numpy.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    # Adding would carry a NaN's last bits into its exponent, or past its sign.
    nan = (bits & 0x7FFFFFFF) > 0x7F800000
    return numpy.where(nan, (bits >> 16) | 0x40, rounded).astype(numpy.uint16)


def from_bf16(stored):
    return (stored.astype(numpy.uint32) << 16).view(numpy.float32)


DECODE = {"F32": lambda raw: numpy.frombuffer(raw, numpy.float32).copy(),
          "F16": lambda raw: numpy.frombuffer(raw, numpy.float16).astype(numpy.float32),
          "BF16": lambda raw: from_bf16(numpy.frombuffer(raw, numpy.uint16))}
ENCODE = {"F32": lambda values: values.astype(numpy.float32).tobytes(),
          "F16": lambda values: values.astype(numpy.float16).tobytes(),
          "BF16": lambda values: to_bf16(values).tobytes()}


def e4m3(values):
    """Rounded to the nearest float of 1 + 4 + 3 bits, ties to even, saturating."""
    values = numpy.asarray(values, dtype=numpy.float64)
    exponent = numpy.maximum(numpy.frexp(numpy.where(values == 0, 1, values))[1] - 1, -6)
    step = 2.0 ** (exponent - 3)
    return numpy.clip(numpy.rint(values / step) * step, -448, 448)


class Model:
    """Tensors in float32, the type that each is stored in, and config.json (None where there is none)."""

    def __init__(self, tensors, dtypes, config):
        self.tensors, self.dtypes, self.config = tensors, dtypes, config

    def copy(self):
        return Model({name: values.copy() for name, values in self.tensors.items()},
                     dict(self.dtypes), None if self.config is None else dict(self.config))

    def rounded(self):
        """As it will be read again once it has been written."""
        for name, values in self.tensors.items():
            raw = ENCODE[self.dtypes[name]](values)
            self.tensors[name] = DECODE[self.dtypes[name]](raw).reshape(values.shape)
        return self


def read(folder):
    folder = pathlib.Path(folder)
    raw = (folder / "model.safetensors").read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + length])
    header.pop("__metadata__", None)
    tensors, dtypes = {}, {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = DECODE[entry["dtype"]](raw[begin:end]).reshape(entry["shape"])
        dtypes[name] = entry["dtype"]
    config = folder / "config.json"
    return Model(tensors, dtypes, json.loads(config.read_text()) if config.exists() else None)


def write(folder, model):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    header, data = {}, b""
    for name, values in model.tensors.items():
        raw = ENCODE[model.dtypes[name]](values)
        header[name] = {"dtype": model.dtypes[name], "shape": list(values.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    if model.config is not None:
        (folder / "config.json").write_text(json.dumps(model.config))
    else:
        (folder / "config.json").unlink(missing_ok=True)
    return str(folder)
