"""Models as quantised releases store them: codes with what belongs to them, as {name: (dtype, array)}."""

import json
import pathlib
import re
import struct

import numpy

import checkpoints

LINEAR = re.compile(r"\.(q|k|v|o|gate|up|down)_proj\.weight$")
DTYPES = {"float32": "F32", "float16": "F16", "uint8": "U8", "int8": "I8", "uint32": "U32", "int32": "I32",
          "int64": "I64"}


def grouped(values, group):
    """Rows cut into groups."""
    rows, columns = values.shape
    return values.reshape(rows, columns // group, group)


def four_bits(values, group=8):
    """Codes from 0 to 15, scales and zeros of the groups of each row."""
    parts = grouped(values, group)
    low, high = parts.min(-1, keepdims=True), parts.max(-1, keepdims=True)
    scale = numpy.maximum((high - low) / 15, 1e-8)
    codes = numpy.clip(numpy.rint((parts - low) / scale), 0, 15).astype(numpy.uint32)
    return codes.reshape(values.shape), scale[..., 0], low[..., 0]


def words(codes):
    """Eight codes to a word, the first lowest."""
    parts = codes.reshape(codes.shape[0], -1, 8)
    return (parts << (4 * numpy.arange(8, dtype=numpy.uint32))).sum(-1).astype(numpy.uint32)


def gptq(name, values):
    stem = name.removesuffix(".weight")
    codes, scale, _ = four_bits(values)
    groups = scale.shape[1]
    return {stem + ".qweight": words(codes).T.astype(numpy.int32),
            stem + ".qzeros": numpy.full((groups, values.shape[0] // 8), 0x77777777, numpy.int32),
            stem + ".scales": scale.T.astype(numpy.float16),
            stem + ".g_idx": (numpy.arange(values.shape[1]) * groups // values.shape[1]).astype(numpy.int32)}


def mlx(name, values):
    stem = name.removesuffix(".weight")
    codes, scale, low = four_bits(values)
    return {name: words(codes), stem + ".scales": scale.astype(numpy.float16),
            stem + ".biases": low.astype(numpy.float16)}


def hqq(name, values):
    stem = name.removesuffix(".weight")
    codes, scale, low = four_bits(values)
    pairs = codes.reshape(-1, 2)
    return {stem + ".W_q": (pairs[:, 0] * 16 + pairs[:, 1]).astype(numpy.uint8)[:, None],
            stem + ".scale": scale.astype(numpy.float16), stem + ".zero": low.astype(numpy.float16)}


def quanto(name, values):
    """Of another scale for each row."""
    scale = numpy.abs(values).max(1, keepdims=True) / 127
    return {name + "._data": numpy.rint(values / scale).astype(numpy.int8), name + "._scale": scale.astype(numpy.float32)}


def torchao(name, values):
    stem = name.removesuffix(".weight")
    codes = quanto(name, values)
    return {stem + "._weight_qdata": codes[name + "._data"], stem + "._weight_scale": codes[name + "._scale"]}


def int8(name, values):
    stem = name.removesuffix(".weight")
    largest = numpy.abs(values).max(1)
    return {name: numpy.rint(values / largest[:, None] * 127).astype(numpy.int8),
            stem + ".SCB": largest.astype(numpy.float32),
            stem + ".weight_format": numpy.array(0, numpy.uint8)}


def fp8(name, values):
    """A scale for each row, of very different size."""
    scale = numpy.abs(values).max(1, keepdims=True) / 448
    return {name: ("F8_E4M3", e4m3_codes(values / scale)),
            name + "_scale": scale.astype(numpy.float32)}


def e4m3_codes(values):
    """The bytes of floats of 1 + 4 + 3 bits."""
    positive = numpy.arange(127)
    exponent, mantissa = positive >> 3, positive & 7
    table = numpy.where(exponent == 0, mantissa / 512, (1 + mantissa / 8) * 2.0 ** (exponent - 7))
    rounded = numpy.abs(checkpoints.e4m3(values))
    return (numpy.searchsorted(table, rounded - 1e-9) + 128 * (values < 0)).astype(numpy.uint8)


# GPTQ and MLX are not read without a config that says how codes are to be understood.
PACKINGS = {"gptq": gptq, "mlx": mlx, "hqq": hqq, "quanto": quanto, "torchao": torchao}
DECODED = {"int8": int8, "fp8": fp8}


def packed(model, packing, everything=False):
    """Linear weights packed, the rest as it is; or only those, where `everything` else is left out."""
    tensors = {}
    for name, values in model.tensors.items():
        if LINEAR.search(name):
            for part, array in (PACKINGS | DECODED)[packing](name, values).items():
                tensors[part] = array if isinstance(array, tuple) else (DTYPES[array.dtype.name], array)
        elif not everything:
            tensors[name] = stored(model, name)
    return tensors


def stored(model, name):
    """As the model has it, in BF16 or F32."""
    dtype, values = model.dtypes[name], model.tensors[name]
    return dtype, values if dtype == "F32" else checkpoints.to_bf16(values)


def write(folder, tensors, config, file="model.safetensors"):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    header, data = {}, b""
    for name, (dtype, array) in tensors.items():
        raw = numpy.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / file).write_bytes(struct.pack("<Q", len(text)) + text + data)
    (folder / "config.json").write_text(json.dumps(config))
    return str(folder)
