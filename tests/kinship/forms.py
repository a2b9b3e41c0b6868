"""Models in quantised forms that are read: files, and the values that their codes stand for.

These encoders are for what is said of such models. That decoding is right is shown elsewhere, on files that the
forms' own libraries wrote.
"""

import json
import struct

import numpy

import checkpoints
import packing

GROUP = 32


def blocks(values, size=GROUP):
    return values.reshape(values.shape[0], -1, size)


def symmetric(values, levels, scale_type, size=GROUP):
    """Codes from -levels to levels, and the scale of each block as it is stored."""
    parts = blocks(values, size)
    scale = numpy.maximum(numpy.abs(parts).max(-1, keepdims=True) / levels, 1e-7).astype(scale_type)
    codes = numpy.clip(numpy.rint(parts / scale.astype(numpy.float32)), -levels, levels).astype(numpy.int32)
    decoded = (codes * scale.astype(numpy.float32)).astype(numpy.float32).reshape(values.shape)
    return codes.reshape(values.shape), scale[..., 0], decoded


def gptq(name, values):
    stem = name.removesuffix(".weight")
    codes, scale, decoded = symmetric(values, 7, numpy.float16)
    groups = scale.shape[1]
    return {stem + ".qweight": packing.words((codes + 8).astype(numpy.uint32)).T.astype(numpy.int32),
            stem + ".qzeros": numpy.full((groups, values.shape[0] // 8), 0x77777777, numpy.int32),
            stem + ".scales": scale.T.astype(numpy.float16),
            stem + ".g_idx": (numpy.arange(values.shape[1]) // GROUP).astype(numpy.int32)}, decoded


def mlx(name, values):
    stem = name.removesuffix(".weight")
    codes, scale, low = packing.four_bits(values, GROUP)
    scale, low = scale.astype(numpy.float16), low.astype(numpy.float16)
    decoded = blocks(codes.astype(numpy.float32)) * scale[..., None].astype(numpy.float32)
    decoded += low[..., None].astype(numpy.float32)
    return {name: packing.words(codes), stem + ".scales": scale,
            stem + ".biases": low}, decoded.reshape(values.shape)


def int8(name, values):
    parts = packing.int8(name, values)
    largest = parts[name.removesuffix(".weight") + ".SCB"]
    return parts, parts[name].astype(numpy.float32) * largest[:, None] / numpy.float32(127)


def fp8(name, values):
    parts = packing.fp8(name, values)
    scale = parts[name + "_scale"]
    return parts, (checkpoints.e4m3(values / scale).astype(numpy.float32) * scale).astype(numpy.float32)


SAFETENSORS = {"gptq": gptq, "mlx": mlx, "int8": int8, "fp8": fp8}
CONFIGS = {"gptq": {"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": GROUP}},
           "mlx": {"quantization": {"bits": 4, "group_size": GROUP}}}
Q8_0 = 8  # of GGUF's types


def q8_0(values):
    codes, scale, decoded = symmetric(values, 127, numpy.float16)
    parts = blocks(codes.astype(numpy.int8))
    raw = b"".join(scale[i, j].tobytes() + parts[i, j].tobytes()
                   for i in range(parts.shape[0]) for j in range(parts.shape[1]))
    return raw, decoded


def write(folder, model, form):
    """Writes the model with its linear weights in the form. Returns the folder, and the model that a reader of it
    has: its values in F32."""
    decoded = model.copy()
    if form == "gguf":
        return write_gguf(folder, model, decoded), decoded
    tensors = {}
    for name, values in model.tensors.items():
        if not packing.LINEAR.search(name):
            tensors[name] = packing.stored(model, name)
            continue
        parts, decoded.tensors[name] = SAFETENSORS[form](name, values)
        decoded.dtypes[name] = "F32"
        for part, array in parts.items():
            tensors[part] = array if isinstance(array, tuple) else (packing.DTYPES[array.dtype.name], array)
    return packing.write(folder, tensors, model.config | CONFIGS.get(form, {})), decoded


def write_gguf(folder, model, decoded):
    """Under the names of the model, beside its config.json: no architecture is named."""
    infos, data = b"", b""
    for name, values in model.tensors.items():
        if packing.LINEAR.search(name):
            kind = Q8_0
            raw, decoded.tensors[name] = q8_0(values)
        else:
            kind, raw = 0, values.astype(numpy.float32).tobytes()
        decoded.dtypes[name] = "F32"
        infos += struct.pack("<Q", len(name)) + name.encode() + struct.pack("<I", values.ndim)
        infos += b"".join(struct.pack("<Q", length) for length in reversed(values.shape))
        infos += struct.pack("<IQ", kind, len(data))
        data += raw + b"\0" * (-len(raw) % 32)
    header = b"GGUF" + struct.pack("<IQQ", 3, len(model.tensors), 0) + infos
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.gguf").write_bytes(header + b"\0" * (-len(header) % 32) + data)
    (folder / "config.json").write_text(json.dumps(model.config))
    return str(folder)


FORMS = [*SAFETENSORS, "gguf"]
