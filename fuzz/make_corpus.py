#!/usr/bin/env python3
"""Writes the seed corpus: corpus/safetensors_header/ and corpus/shard_index/ beside this file."""

import json
import pathlib
import struct


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def safetensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def header_seeds():
    two = {"a.weight": entry("F32", [2, 2], 0, 16), "a.bias": entry("BF16", [2], 16, 20)}
    widths = {"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8,
              "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16,
              "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "C64": 64,
              "F64": 64, "I64": 64, "U64": 64}
    every, end = {}, 0
    for dtype, bits in widths.items():
        every[dtype] = entry(dtype, [4], end, end + bits // 2)
        end += bits // 2
    one = entry("U8", [1], 0, 1)
    return {
        "valid_two": safetensors(two, bytes(20)),
        "valid_every_dtype": safetensors(every, bytes(end)),
        "valid_metadata": safetensors({"__metadata__": {"format": "pt", "k": "\u00e9"}, **two},
                                      bytes(20)),
        "valid_no_tensors": safetensors({}),
        "valid_scalar": safetensors({"s": entry("F64", [], 0, 8)}, bytes(8)),
        "valid_empty": safetensors({"e": entry("F32", [0, 3], 0, 0), "w": one}, b"x"),
        "valid_white_space": safetensors(b' \t\r\n{ } \n'),
        "valid_unknown_member": safetensors({"w": {**one, "x": [{"y": [None, -1, 1.5, True]}]}},
                                            b"x"),
        "valid_escapes": safetensors(b'{"\\u0061\\n\\ud83e\\udd99":' + json.dumps(one).encode()
                                     + b"}", b"x"),
        "bad_empty": b"",
        "bad_length_only": struct.pack("<Q", 0),
        "bad_length_past_end": safetensors({}, length=1000),
        "bad_length_huge": safetensors({}, length=0xFFFFFF000000003C),
        "bad_truncated": safetensors(two, bytes(20))[:60],
        "bad_trailing_bytes": safetensors(two, bytes(21)),
        "bad_byte_order_mark": safetensors(b"\xef\xbb\xbf{}"),
        "bad_nul": safetensors(b"{}\0"),
        "bad_two_objects": safetensors(b"{}{}"),
        "bad_overlong": safetensors(b'{"\xc0\xaf":1}'),
        "bad_surrogate": safetensors(b'{"\\ud800":1}'),
        "bad_depth": safetensors(b'{"w":{"x":' + b"[" * 100),
        "bad_duplicate": safetensors(b'{"w":' + json.dumps(one).encode() + b',"\\u0077":'
                                     + json.dumps(one).encode() + b"}", b"x"),
        "bad_overflow": safetensors({"w": entry("U8", [2, 2**64 - 2], 0, 4)}, bytes(4)),
        "bad_negative": safetensors({"w": entry("U8", [-1], 0, 1)}, b"x"),
        "bad_float": safetensors({"w": entry("U8", [1.0], 0, 1)}, b"x"),
        "bad_2_to_64": safetensors({"w": entry("U8", [2**64], 0, 1)}, b"x"),
        "bad_overlap": safetensors({"v": entry("U8", [4], 0, 4), "w": entry("U8", [4], 3, 7)},
                                   bytes(7)),
        "bad_hole": safetensors({"v": entry("U8", [4], 0, 4), "w": entry("U8", [4], 5, 9)},
                                bytes(9)),
        "bad_reversed": safetensors({"w": entry("U8", [4], 4, 0)}, bytes(4)),
        "bad_zip": b"PK\x03\x04" + bytes(26),
        "bad_pickle": b"\x80\x04\x95" + bytes(20),
        "bad_gguf": b"GGUF" + struct.pack("<IQQ", 3, 123, 1),
        "bad_lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
    }


def index_seeds():
    shard = "model-00001-of-00002.safetensors"
    other = "model-00002-of-00002.safetensors"

    def weight_map(text):
        return b'{"weight_map":{"w":' + text + b"}}"

    return {
        "valid": json.dumps({"metadata": {"total_size": 20},
                             "weight_map": {"a": shard, "b": other}}, indent=2).encode(),
        "valid_no_tensors": b'{"weight_map":{}}',
        "valid_other_members": b'{"x":[null,{"weight_map":-1.5}],"weight_map":{"a":"m.safetensors"}}',
        "bad_no_weight_map": b"{}",
        "bad_two_weight_maps": b'{"weight_map":{},"weight_map":{}}',
        "bad_duplicate": b'{"weight_map":{"w":"m.safetensors","\\u0077":"m.safetensors"}}',
        "bad_parent": weight_map(b'"../m.safetensors"'),
        "bad_absolute": weight_map(b'"/m.safetensors"'),
        "bad_backslash": weight_map(b'"a\\\\m.safetensors"'),
        "bad_nul": weight_map(b'"m\\u0000.safetensors"'),
        "bad_ending": weight_map(b'"pytorch_model.bin"'),
        "bad_empty_name": weight_map(b'""'),
        "bad_null": weight_map(b"null"),
        "bad_number": weight_map(b"1e999"),
        "bad_depth": b'{"metadata":' + b"[" * 100,
        "bad_trailing": b'{"weight_map":{}}x',
        "bad_array": b"[]",
    }


def main():
    corpus = pathlib.Path(__file__).resolve().parent / "corpus"
    for folder, seeds in (("safetensors_header", header_seeds()), ("shard_index", index_seeds())):
        (corpus / folder).mkdir(parents=True, exist_ok=True)
        for name, content in seeds.items():
            (corpus / folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
