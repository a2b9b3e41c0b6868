#!/usr/bin/env python3
"""Writes the seed corpus beside this file: a folder of corpus/ for each target."""

import base64
import hashlib
import json
import pathlib
import re
import struct
import zlib


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
        "bad_ending": weight_map(b'"pytorch_model.txt"'),
        "valid_torch": weight_map(b'"pytorch_model.bin"'),
        "bad_empty_name": weight_map(b'""'),
        "bad_null": weight_map(b"null"),
        "bad_number": weight_map(b"1e999"),
        "bad_depth": b'{"metadata":' + b"[" * 100,
        "bad_trailing": b'{"weight_map":{}}x',
        "bad_array": b"[]",
    }


def deep(opening, levels=100):
    return b'{"a":' + opening * levels


def config_seeds():
    llama = {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
             "intermediate_size": 128, "vocab_size": 100, "max_position_embeddings": 64,
             "rope_theta": 10000.0, "tie_word_embeddings": False, "torch_dtype": "bfloat16",
             "rope_scaling": {"type": "yarn", "factor": 2.0}}
    experts = {**llama, "model_type": "qwen3_moe", "num_experts": 8, "num_experts_per_tok": 2,
               "moe_intermediate_size": 32, "decoder_sparse_step": 1, "mlp_only_layers": [0]}
    latent = {**llama, "model_type": "deepseek_v3", "kv_lora_rank": 16, "q_lora_rank": 24,
              "qk_nope_head_dim": 8, "qk_rope_head_dim": 8, "v_head_dim": 8,
              "n_routed_experts": 8, "n_shared_experts": 1, "first_k_dense_replace": 1,
              "moe_intermediate_size": 32, "num_experts_per_tok": 2, "n_group": 2,
              "topk_group": 1, "num_nextn_predict_layers": 1}
    gpt2 = {"model_type": "gpt2", "n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 32,
            "vocab_size": 100, "n_inner": None}
    nested = {"model_type": "gemma3", "text_config": {**llama, "sliding_window": 16,
                                                      "layer_types": ["full_attention"] * 2}}
    seeds = {"valid_" + c["model_type"]: c for c in (llama, experts, latent, gpt2, nested)}
    seeds = {name: json.dumps(c).encode() for name, c in seeds.items()}
    return {**seeds,
            "valid_python_numbers": b'{"model_type":"mamba","time_step_limit":[0.0,Infinity],'
                                    b'"x":NaN,"y":-Infinity}',
            "valid_unknown": b'{"model_type":"unheard_of","x":{"y":[1,2.5,true,null,"z"]}}',
            "bad_depth": deep(b"["), "bad_depth_objects": deep(b'{"a":'),
            "bad_zeros": json.dumps({**llama, "num_attention_heads": 0, "head_dim": 0,
                                     "hidden_size": 0}).encode(),
            "bad_huge": json.dumps({**experts, "num_hidden_layers": 2**63,
                                    "num_experts": 2**64 - 1, "hidden_size": -1}).encode(),
            "bad_types": json.dumps({key: [value] for key, value in llama.items()}).encode(),
            "bad_number": b'{"a":1e999}', "bad_array": b"[]", "bad_empty": b""}


def tokenizer_seeds():
    added = [{"id": 5, "content": "<s>", "special": True}, {"id": 1, "content": "b"}]
    model = {"type": "BPE", "vocab": {"a": 0, "b": 1, "\u0120a": 2, "<0x41>": 3},
             "merges": ["a b", "\u0120 a"]}
    byte_level = {"added_tokens": added, "model": model,
                  "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}]}}
    unigram = {"model": {"type": "Unigram", "vocab": [["\u2581a", -1.0], ["<0x0A>", 0]]},
               "decoder": {"type": "Metaspace"}}
    return {"valid_byte_level": json.dumps(byte_level).encode(),
            "valid_unigram": json.dumps(unigram).encode(),
            "valid_pairs": json.dumps({"model": {"vocab": {"a": 0}, "merges": [["a", "a"]]}}
                                      ).encode(),
            "valid_vocab": b'{"a":0,"b":1}',
            "bad_id": b'{"model":{"vocab":{"a":-1}}}',
            "bad_large_id": b'{"model":{"vocab":{"a":18446744073709551615}}}',
            "bad_added": b'{"model":{"vocab":{}},"added_tokens":[{"id":1.5,"content":"x"}]}',
            "bad_merge": b'{"model":{"vocab":{},"merges":["ab",["a"],1]}}',
            "bad_depth": deep(b'{"pretokenizers":['), "bad_no_model": b"{}"}


def packed(value):
    """MessagePack, as far as a state needs it."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return struct.pack(">Bq", 0xD3, value)
    if isinstance(value, float):
        return struct.pack(">Bd", 0xCB, value)
    if isinstance(value, str):
        return struct.pack(">BB", 0xD9, len(value)) + value.encode()
    if isinstance(value, bytes):
        return struct.pack(">BB", 0xC4, len(value)) + value
    if isinstance(value, list):
        return struct.pack(">BH", 0xDC, len(value)) + b"".join(map(packed, value))
    return struct.pack(">BH", 0xDE, len(value)) + b"".join(
        packed(name) + packed(member) for name, member in value.items())


def sealed(kind, name, inputs, content):
    seal = f"{kind} {len(name)} {len(inputs)}\n{name}{inputs}".encode()
    digest = hashlib.sha256(seal + content).hexdigest()
    return f"modelkin {kind} 1\n{digest}\n".encode() + content + f"\nend of modelkin {kind}\n".encode()


def state_seeds():
    relations = [4, 0.5, 1.0, 1.0, 0.25, 0.25]
    match = {"a": 0, "b": 1, "gated": True, "skipped": "", "units_a": 4, "units_b": 4, "matched": 4,
             "agreed": 3, "expected": 1.0, "rho": 0.5, "tail": [-3.5, 1], "same_width": True,
             "in_place": 4, "order_rho": None, "order_tail": [0.0, 0],
             "trace": [4, 2.5, 0.0, 1.0], "trace_tail": [-9.0, False, 2],
             "first_relations": relations, "second_relations": None,
             "order": struct.pack("<3f", 1, 2, 3), "partners": [0, 1, 2, 3], "flipped": [1]}
    whole = packed([[0, match], [1, {**match, "skipped": "constant"}]])
    return {"valid": whole,
            "valid_sealed": sealed("trace state", "pair-mlps", "a b", whole),
            "bad_other_name": sealed("trace state", "pair-residual", "a b", whole),
            "bad_other_inputs": sealed("trace state", "pair-mlps", "c d", whole),
            "bad_enumerator": packed([[0, {**match, "tail": [0.0, 77]}]]),
            "bad_order": packed([[0, {**match, "order": b"123"}]]),
            "bad_partners": packed([[0, {**match, "partners": [1]}]]),
            "bad_member": packed([[0, {"a": 1}]]), "bad_cut": whole[:50],
            "bad_depth": b"\x91" * 1000, "bad_size": b"\xdd\xff\xff\xff\xff",
            "bad_text_size": b"\xdb\xff\xff\xff\xff", "bad_empty": b""}


def sketch_seeds():
    """Records of a sketch, and lines of JSON that say the same."""
    def number(value):
        return struct.pack(">BQ", 0xCF, value)

    def pack(value):
        if isinstance(value, bytes):
            return struct.pack(">BH", 0xC5, len(value)) + value
        if isinstance(value, int) and value >= 0:
            return number(value)
        if isinstance(value, list):
            return struct.pack(">BH", 0xDC, len(value)) + b"".join(map(pack, value))
        if isinstance(value, dict):
            return struct.pack(">BH", 0xDE, len(value)) + b"".join(
                packed(name) + pack(member) for name, member in value.items())
        return packed(value)

    layer = struct.pack("<H", 3) + bytes(range(64)) + bytes([9] * 8) + bytes(8)
    component = {"kind": 0, "role": 27, "rows": 64, "columns": 128, "effective_values": 1000, "nameless": 0,
                 "bits": bytes(512), "layers": layer, "keys": struct.pack("<H", 3) + bytes([7] * 16),
                 "routers": b""}
    sketch = {"version": 1, "name": "org/name", "location": "hf://org/name@0", "family": "llama",
              "sizes": {"parameters": 8000, "layers": 4}, "files": bytes(16), "content": "0" * 64,
              "components": [component]}
    whole = {**sketch, "base_models": ["org/base"], "untrained_rows": bytes(64),
             "vocabulary": bytes(128)}
    line = {"sketch_version": 1, "name": "n", "location": "l", "family": "", "sizes": {"layers": 1},
            "base_models": ["b"], "files": "0" * 16, "content": "0" * 64, "vocabulary": "01" * 128,
            "untrained_rows": "0" * 128,
            "components": [{"kind": "language", "role": "role 32", "rows": 1, "columns": 2,
                            "effective_values": 3, "nameless": False, "bits": "0" * 1024,
                            "layers": [{"layer": 1, "bits": "f" * 128, "attention_norm": None, "mlp_norm": [1] * 8}],
                            "keys": [{"layer": 1, "values": [2] * 16}], "routers": []}]}
    return {"valid": pack(sketch), "valid_whole": pack(whole),
            "valid_json": json.dumps(line, separators=(",", ":")).encode(),
            "bad_version": pack({**sketch, "version": 2}),
            "bad_layers": pack({**sketch, "components": [{**component, "layers": layer * 2}]}),
            "bad_bits": pack({**sketch, "components": [{**component, "bits": bytes(511)}]}),
            "bad_role": pack({**sketch, "components": [{**component, "role": 255}]}),
            "bad_components": pack({**sketch, "components": [component] * 5}),
            "bad_cut": pack(whole)[:300], "bad_size": b"\xdf\xff\xff\xff\xff",
            "bad_depth": b"\x91" * 1000, "bad_json": b'{"sketch_version":1}', "bad_empty": b""}


def block_seeds():
    name, content = "https://hub.example\nname\n1", b"bytes of a block"
    whole = sealed("block", name, "", content)
    return {"valid": whole, "valid_empty": sealed("block", name, "", b""),
            "bad_other_name": sealed("block", name[:-1] + "2", "", content),
            "bad_cut": whole[:-3], "bad_digest": whole.replace(b"a block", b"a clock"),
            "bad_foreign": b"ten years of work", "bad_empty": b""}


def listing_seeds():
    commit = "0123456789abcdef0123456789abcdef01234567"

    def listing(*paths):
        return json.dumps({"sha": commit, "siblings": [{"rfilename": path} for path in paths]}
                          ).encode()

    return {"valid": json.dumps({"id": "o/n", "sha": commit, "siblings": [
                {"rfilename": "model.safetensors", "size": 100, "blobId": "b" * 40,
                 "lfs": {"sha256": "c" * 64, "size": 100, "pointerSize": 134}},
                {"rfilename": "sub/config.json", "size": 20, "blobId": "d" * 40}]}).encode(),
            "valid_address": b"org/name@refs/pr/1/sub/file.json",
            "bad_paths": listing("../x", "/etc/passwd", "a/../../b", "..", "", "a//b", "a\\b",
                                 "a\0b", "a/..", "a/", "./../x"),
            "bad_commit": b'{"sha":"../..","siblings":[]}',
            "bad_types": json.dumps({"sha": commit, "siblings": [1, None, [], {"rfilename": 1},
                                     {"rfilename": "a", "size": -1, "lfs": 1}]}).encode(),
            "bad_depth": deep(b"["), "bad_html": b"<html>", "bad_address": b"org/..@a..b"}


def header_line_seeds():
    return {"valid": b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-99/1000\r\n"
                     b'ETag: W/"abc"\r\nContent-Length: 100\r\nRetry-After: 5\r\n\r\n',
            "valid_links": b'X-Linked-Etag: "abc"\r\nX-Linked-Size: 18446744073709551615\r\n'
                           b"Location: https://[::ffff:10.0.0.1]/x\r\n",
            "bad_ranges": b"A: bytes 5-4/10\nB: bytes 0-10/10\nC: bytes 0-9/*\nD: bytes */10\n"
                          b"E: bytes 0-18446744073709551616/1\nF: bytes -1-2/3\nG: bytes 0-1/2x\n",
            "bad_lines": b":\n::\n\0:\0\nno colon\n: value\nName :  \t value \r\n",
            "bad_hosts": b"a: 127.1\nb: 0x7f000001\nc: localhost.\nd: [::1]\ne: 2130706433\n"}


def key_map_seeds():
    return {"valid": b'{"a.b":"c","model.layers.*.x.*":"h.*.y.*","*":"model.*"}',
            "valid_empty": b"{}", "valid_escapes": b'{"\\u0061\\ud83e\\udd99*":"**"}'.replace(b"**", b"*"),
            "bad_stars": b'{"a":"*"}', "bad_twice": b'{"a":"b","\\u0061":"c"}',
            "bad_value": b'{"a":1}', "bad_nested": b'{"a":{"b":"c"}}', "bad_depth": deep(b"["),
            "bad_array": b"[]", "bad_trailing": b'{"a":"b"} x', "bad_overlong": b'{"\xc0\xaf":"a"}',
            "bad_many_stars": b"{" + b",".join(b'"%d*":"b"' % i for i in range(1001)) + b"}"}


def recipe_seeds():
    models = b"models:\n  - model: a\n    parameters: {weight: 0.3, density: .5}\n  - model: b\n"
    return {"valid_linear": b"merge_method: linear\n" + models + b"parameters: {weight: 1e-1, normalize: no}\n",
            "valid_slerp": b"merge_method: slerp\nbase_model: a\n" + models + b"parameters:\n  t:\n"
                           b"    - {filter: self_attn, value: [0, 0.5, 1]}\n    - value: 0.25\ndtype: bfloat16\n",
            "valid_slices": b'{"merge_method": "passthrough", "slices": [{"sources": [{"model": "a\\n", '
                            b'"layer_range": [0, 3], "parameters": {"scale": 2}}]}]}',
            "bad_alias": b"merge_method: &m linear\nx: *m\n", "bad_tag": b"!!python/name:x {}",
            "bad_deep": deep(b"["), "bad_nan": b"merge_method: linear\n" + models + b"parameters: {weight: .nan}\n",
            "bad_twice": b"merge_method: linear\nmerge_method: ties\n", "bad_documents": b"--- 1\n--- 2\n"}


def gguf_seeds():
    def text(value):
        return struct.pack("<Q", len(value)) + value

    def strings(key, values):
        return text(key) + struct.pack("<IIQ", 9, 8, len(values)) + b"".join(map(text, values))

    def numbers(key, kind, form, values):
        return text(key) + struct.pack("<IIQ", 9, kind, len(values)) + struct.pack(f"<{len(values)}{form}", *values)

    def gguf(*fields, count=None, version=3):
        return b"GGUF" + struct.pack("<IQQ", version, 0, len(fields) if count is None else count) + b"".join(fields)

    model = text(b"tokenizer.ggml.model") + struct.pack("<I", 8) + text(b"gpt2")
    tokens = strings(b"tokenizer.ggml.tokens", [b"a", b"b", b"ab", b"<s>"])
    kinds = numbers(b"tokenizer.ggml.token_type", 5, "i", [1, 1, 1, 3])
    merges = strings(b"tokenizer.ggml.merges", [b"a b"])
    flag = text(b"general.flag") + struct.pack("<IB", 7, 1)
    return {"valid": gguf(flag, model, tokens, kinds, merges), "valid_v2": gguf(tokens, version=2),
            "bad_count": gguf(tokens, count=1 << 60), "bad_length": gguf(text(b"x") + struct.pack("<IQ", 8, 1 << 62)),
            "bad_type": gguf(text(b"x") + struct.pack("<I", 77)), "bad_cut": gguf(tokens)[:-3],
            "bad_nested": gguf(text(b"x") + struct.pack("<IIQ", 9, 9, 1) + struct.pack("<IQ", 9, 1 << 40))}


def gguf_file_seeds():
    def text(value):
        return struct.pack("<Q", len(value)) + value

    def tensor(name, dimensions, kind, offset):
        return text(name) + struct.pack(f"<I{len(dimensions)}QIQ", len(dimensions), *dimensions, kind, offset)

    def number(key, value):
        return text(key) + struct.pack("<II", 4, value)

    def gguf(pairs, tensors, data, version=3):
        head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(pairs)) + b"".join(pairs) + b"".join(tensors)
        return head + bytes(-len(head) % 32) + data

    # Each type of block, one after the other: number, values and bytes a block.
    blocks = ((2, 32, 18), (3, 32, 20), (6, 32, 22), (7, 32, 24), (8, 32, 34), (10, 256, 84), (11, 256, 110),
              (12, 256, 144), (13, 256, 176), (14, 256, 210), (16, 256, 66), (17, 256, 74), (18, 256, 98),
              (19, 256, 50), (20, 32, 18), (21, 256, 110), (22, 256, 82), (23, 256, 136), (29, 256, 56),
              (34, 256, 54), (35, 256, 66), (39, 32, 17), (40, 64, 36), (41, 128, 18))
    tensors, data = [], b""
    for kind, values, size in blocks:
        tensors.append(tensor(b"t%d" % kind, [values, 2], kind, len(data)))
        data += bytes(range(1, 251))[:size] * 2
        data += bytes(-len(data) % 32)
    pairs = [text(b"general.architecture") + struct.pack("<I", 8) + text(b"llama"), number(b"llama.block_count", 1),
             text(b"list") + struct.pack("<IIQ2i", 9, 5, 2, 1, -1)]
    one = tensor(b"w", [4], 0, 0)
    scaled = [tensor(b"x.weight", [32, 1, 2], 39, 0), tensor(b"x.scale", [2], 0, 64)]
    split = [text(b"split.no") + struct.pack("<IH", 2, 1), text(b"split.count") + struct.pack("<IH", 2, 3)]
    return {"all_types": gguf(pairs, tensors, data), "valid": gguf(pairs, [one], bytes(16)),
            "valid_v2": gguf([], [one], bytes(16), 2), "scaled": gguf([], scaled, bytes(72)),
            "split": gguf(split, [one], bytes(16)),
            "aligned": gguf([number(b"general.alignment", 64)], [], b""),
            "bad_alignment": gguf([number(b"general.alignment", 48)], [one], bytes(16)),
            "bad_version": gguf([], [], b"", 1), "bad_type": gguf([], [tensor(b"w", [4], 99, 0)], bytes(16)),
            "bad_dimension": gguf([], [tensor(b"w", [1 << 63, 0], 0, 0)], bytes(16)),
            "bad_overlap": gguf([], [one, tensor(b"v", [4], 0, 0)], bytes(32)),
            "bad_twice": gguf([], [one, one], bytes(32)), "bad_short": gguf([], [one], bytes(15))}


def request_seeds():
    inputs = [{"id": name, "path": "x", "resolved": "hf://org/x@0"}
              for name in ("a", "b", "control_1", "parent_1", "s1", "s2")]
    pairing = {"layers": [[0, 3]], "include": ["*norm*"], "exclude": [], "renames": [["a.*", "b.*"]]}
    requests = {
        "compare": {**pairing, "within": True, "by_name": False, "quantiles": True, "digest": "auto",
                    "functional": {"texts": ["Once"], "bytes": True}},
        "trace": {"effort": "auto", "most_rows": 0, "most_units": 32, "describe": True, "describe_drawn": False,
                  "heritage": "auto", "seed": 1, "permutations": 100000},
        "series": {}, "diff": {**pairing, "digest": "never"}}

    def results(request, inputs=inputs):
        return json.dumps({"inputs": inputs, "run": {"simd_target": "AVX2", "request": request}}).encode()

    seeds = {"valid_" + kind: results({"kind": kind, "partial": False, **options})
             for kind, options in requests.items()}
    seeds["bad_draws"] = results({"kind": "trace", "partial": False, **requests["trace"],
                                  "permutations": 10**12})
    seeds["bad_inputs"] = results({"kind": "diff", "partial": False, **requests["diff"]}, [{"id": 1}, 2])
    seeds["bad_many_inputs"] = results({"kind": "series", "partial": False}, inputs * 200)
    seeds["bad_run"] = b'{"run": {"arguments": ["trace", "a", "b"]}, "inputs": []}'
    return seeds


def form_seeds():
    """As fuzz_stored_forms.cc reads them: numbers are places in its lists."""
    source = (pathlib.Path(__file__).resolve().parent / "fuzz_stored_forms.cc").read_text()
    endings = re.findall(r'"([^"]*)"', source.split("kEndings =")[1].split("});")[0])
    types = re.findall(r"DType::k(\w+)", source.split("kTypes =")[1].split("};")[0])
    sizes = [int(x) if x.isdigit() else 1 << 20
             for x in re.split(r",\s*", source.split("kSizes = {")[1].split("};")[0].strip())]

    def seed(config, *tensors, content=bytes(range(1, 60))):
        data = [config, len(tensors)]
        for ending, kind, *shape in tensors:
            data += [0, endings.index(ending), types.index(kind), len(shape), *(sizes.index(n) for n in shape)]
        return bytes(data + [1, 20]) + content

    shape = struct.pack("<qq", 32, 64)
    state = b'{"blocksize": 64, "shape": [8, 16]}'
    nested = b'{"blocksize": 64, "shape": [8, 16], "nested_blocksize": 256, "nested_offset": 0.5}'
    return {
        "fp8_blocks": seed(1, (".weight", "F8E4M3", 33, 96), (".weight_scale_inv", "F32", 3, 3)),
        "fp8_rows": seed(0, (".weight", "F8E5M2", 8, 64), (".weight_scale", "BF16", 8, 1)),
        "fp8_experts": seed(1, ("", "F8E4M3", 2, 32, 64), ("_scale_inv", "F32", 2, 2, 2)),
        "mxfp8": seed(0, (".weight", "F8E4M3", 8, 64), (".weight_scale", "U8", 8, 2)),
        "int8_zeros": seed(0, (".weight", "I8", 8, 64), (".weight_scale", "F32", 8, 1), (".weight_zero_point", "I8", 8, 1)),
        "nvfp4": seed(0, (".weight_packed", "U8", 8, 32), (".weight_scale", "F8E4M3", 8, 4), (".weight_global_scale", "F32", 1)),
        "modelopt": seed(0, (".weight", "U8", 8, 32), (".weight_scale", "F8E4M3", 8, 4), (".weight_scale_2", "F32")),
        "nibbles": seed(1, (".weight", "I8", 8, 32), (".scale", "F8E8M0", 8, 2)),
        "f4": seed(0, (".weight", "F4", 8, 64), (".weight_scale", "F8E8M0", 8, 2)),
        "gpt_oss": seed(0, ("_blocks", "U8", 2, 3, 4, 16), ("_scales", "U8", 2, 3, 4)),
        "packed": seed(11, (".weight_packed", "I32", 32, 8), (".weight_scale", "F16", 32, 2), (".weight_shape", "I64", 2),
                       (".weight_zero_point", "I32", 4, 2), content=shape),
        "packed_order": seed(0, (".weight_packed", "I32", 32, 6), (".weight_scale", "F16", 32, 2), (".weight_shape", "I64", 2),
                             (".weight_g_idx", "I32", 64), content=shape),
        "gptq4": seed(3, (".qweight", "I32", 8, 32), (".scales", "F16", 2, 32), (".qzeros", "I32", 2, 4), (".g_idx", "I32", 64),
                      content=b"\0"),
        "gptq3": seed(4, (".qweight", "I32", 6, 64), (".scales", "F16", 2, 64), (".qzeros", "I32", 2, 6)),
        "gptq8": seed(5, (".qweight", "I32", 16, 32), (".scales", "F16", 1, 32), (".qzeros", "I32", 1, 8)),
        "awq": seed(6, (".qweight", "I32", 64, 4), (".scales", "F16", 2, 32), (".qzeros", "I32", 2, 4)),
        "nf4": seed(0, (".weight", "U8", 64, 1), (".weight.absmax", "F32", 2),
                    (".weight.quant_state.bitsandbytes__nf4", "U8", 64), content=state.ljust(64)),
        "fp4_nested": seed(0, (".weight", "U8", 64, 1), (".weight.absmax", "U8", 2), (".weight.nested_absmax", "F32", 1),
                           (".weight.nested_quant_map", "F32", 256), (".weight.quant_state.bitsandbytes__fp4", "U8", 96),
                           content=nested.ljust(96)),
        "int8_rows": seed(0, (".weight", "I8", 8, 64), (".SCB", "F32", 8)),
        "mlx": seed(9, (".weight", "U32", 8, 16), (".scales", "F16", 8, 2), (".biases", "F16", 8, 2)),
        "mlx_floats": seed(10, (".weight", "U32", 8, 16), (".scales", "U8", 8, 8)),
        "bitnet": seed(7, (".weight", "U8", 8, 64), (".weight_scale", "BF16", 1)),
    }


def torch_pickles():
    """Objects of pickles, with storages "0" to "9" of 96 bytes."""
    def text(value):
        return b"X" + struct.pack("<I", len(value)) + value

    def number(value):
        return b"J" + struct.pack("<i", value)

    def storage(key, kind=b"FloatStorage", elements=24):
        return b"(" + text(b"storage") + b"ctorch\n" + kind + b"\n" + text(key) + text(b"cpu") + number(
            elements) + b"tQ"

    def tensor(key=b"0", offset=0, size=(4, 6), stride=(6, 1), kind=b"FloatStorage", elements=24, more=b""):
        numbers = b"".join(b"(" + b"".join(map(number, values)) + b"t" for values in (size, stride))
        return (b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage(key, kind, elements) + number(offset) + numbers
                + b"\x89ccollections\nOrderedDict\n)R" + more + b"tR")

    def dictionary(**values):
        return b"}(" + b"".join(text(key.encode()) + value for key, value in values.items()) + b"u"

    def pickled(value):
        return b"\x80\x02" + value + b"."

    parameter = b"ctorch._utils\n_rebuild_parameter\n(" + tensor(b"1") + b"\x88ccollections\nOrderedDict\n)RtR"
    pairs = b"ccollections\nOrderedDict\n](](" + text(b"w") + tensor() + b"ee\x85R"
    return {
        "valid": pickled(dictionary(a=tensor(), b=tensor(b"1", 0, (6, 4), (1, 6)))),
        "valid_half": pickled(dictionary(a=tensor(kind=b"HalfStorage", elements=48, size=(48,), stride=(1,)))),
        "valid_nested": pickled(dictionary(epoch=number(3), model=dictionary(a=tensor(), b=parameter),
                                           optimizer=dictionary(state=dictionary(m=tensor(b"2"))))),
        "valid_pairs": pickled(pairs),
        "valid_memo": pickled(dictionary(a=tensor()[:-1] + b"Rq\x01", b=b"h\x01")),
        "valid_protocol4": b"\x80\x04\x95" + bytes(8) + dictionary(a=tensor()) + b"\x94.",
        "bad_global": pickled(b"cos\nsystem\n" + text(b"true") + b"\x85R"),
        "bad_stack_global": pickled(b"\x8c\x02os\x8c\x06system\x93"),
        "bad_beyond": pickled(dictionary(a=tensor(size=(5, 6)))),
        "bad_stride": pickled(dictionary(a=tensor(stride=(2**31 - 1, 1)))),
        "bad_negative": pickled(dictionary(a=tensor(more=dictionary(neg=b"\x88")))),
        "bad_cut": pickled(dictionary(a=tensor()))[:-9],
        "bad_text": b"\x80\x02\x8d" + b"\xff" * 8,
        "bad_list_in_itself": pickled(b"]q\x01h\x01a"),
        "bad_laughs": pickled(b"]q\x01" + b"0](" * 20 + b"h\x01" * 9 + b"eq\x01" * 20),
    }


def zip_archive(members, flags=0):
    """As torch writes one: entries stored as they are, each with its size behind it if flag 8 is set."""
    file, directory = b"", b""
    for name, data in members.items():
        crc, size, padding = zlib.crc32(data), len(data), b"FB" + bytes(2 + len(data) % 5)
        sizes = struct.pack("<III", 0, 0, 0) if flags & 8 else struct.pack("<III", crc, size, size)
        directory += (b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, flags, 0, 0, 0, crc, size, size, len(name),
                                              0, 0, 0, 0, 0, len(file)) + name)
        file += (b"PK\3\4" + struct.pack("<HHHHH", 20, flags, 0, 0, 0) + sizes + struct.pack(
            "<HH", len(name), len(padding)) + name + padding + data)
        if flags & 8:
            file += b"PK\7\8" + struct.pack("<III", crc, size, size)
    return file, directory


def zip_end(file, directory, count, comment=b"", large=False):
    place = len(file)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), place, len(comment))
    tail = b"PK\5\6" + end + comment
    if large:
        at = place + len(directory)
        tail = (b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 30, 45, 0, 0, count, count, len(directory), place)
                + b"PK\6\7" + struct.pack("<IQI", 0, at, 1) + tail)
    return file + directory + tail


def zip_seeds():
    members = {b"m/data.pkl": torch_pickles()["valid"], b"m/byteorder": b"little", b"m/data/0": bytes(96),
               b"m/data/1": bytes(96)}
    file, directory = zip_archive(members)
    described = zip_archive(members, 8)
    return {
        "valid": zip_end(file, directory, 4),
        "valid_described": zip_end(*described, 4),
        "valid_large": zip_end(*described, 4, large=True),
        "bad_comment": zip_end(file, directory, 4, b"PK\5\6 is no end"),
        "valid_empty": zip_end(b"", b"", 0),
        "bad_count": zip_end(file, directory, 5),
        "bad_cut": zip_end(file, directory, 4)[:-1],
        "bad_twice": zip_end(file, directory * 2, 8),
        "bad_compressed": zip_end(file, directory.replace(b"\0\0\0\0\0\0", b"\0\0\x08\0\0\0", 1), 4),
        "bad_saturated": zip_end(file, directory[:20] + b"\xff" * 8 + directory[28:], 4),
    }


def npy_seeds():
    def file(header, data=bytes(8), version=1):
        text = header.encode() + b"\n"
        return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(2 if version == 1 else 4, "little") + text + data

    def header(kind="<f4", shape="(1, 2)", fortran=False):
        return f"{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': {shape}, }}"

    return {
        "valid": file(header()),
        "valid_halves": file(header("<f2", "(4,)")),
        "valid_later": file(header(), version=3),
        "valid_scalar": file(header(shape="()"), bytes(4)),
        "bad_nan": file(header(), b"\xff" * 8),
        "bad_doubles": file(header("<f8", "(1,)")),
        "bad_objects": file(header("|O", "(1,)")),
        "bad_order": file(header(fortran=True)),
        "bad_shape": file(header(shape="(4294967296, 4294967296, 4294967296)")),
        "bad_cut": file(header())[:20],
        "bad_header": file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"),
    }


def pickle_seeds():
    whole = {"valid_file": zip_seeds()["valid_large"]}
    return {**torch_pickles(), **whole}


def attestation_seeds():
    digest = hashlib.sha256(b"").hexdigest()
    root = hashlib.sha256(bytes.fromhex(digest)).hexdigest()
    statement = {"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://model_signing/signature/v1.0",
                 "subject": [{"name": "m", "digest": {"sha256": root}}],
                 "predicate": {"serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False,
                                                 "ignore_paths": [".git"]},
                               "resources": [{"name": "a/b", "algorithm": "sha256", "digest": digest}]}}
    shards = json.loads(json.dumps(statement))
    shards["predicate"]["serialization"].update(method="shards", shard_size=4.0)
    shards["predicate"]["resources"][0]["name"] = "a:0:4"
    envelope = {"payloadType": "application/vnd.in-toto+json",
                "payload": base64.b64encode(json.dumps(statement).encode()).decode(),
                "signatures": [{"keyid": "", "sig": "AAAA"}]}
    bundle = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
              "verificationMaterial": {"publicKey": {"hint": "x"}}, "dsseEnvelope": envelope}
    seeds = {"valid_statement": statement, "valid_shards": shards, "valid_envelope": envelope, "valid_bundle": bundle,
             "bad_subject": {**statement, "subject": []}, "bad_signatures": {**envelope, "signatures": [3]}}
    return {name: json.dumps(seed).encode() for name, seed in seeds.items()}


def yaml_seeds():
    return {
        "valid_card": b"license: mit\nbase_model:\n- org/a\n- 'org/b'  # both\nbase_model_relation: merge\n",
        "valid_flow": b'{a: [b, "c\\n", ~], ? d : e}',
        "valid_block": b"a: |\n  one\n  two\nb: >-\n  three\n",
        "valid_empty": b"",
        "bad_alias": b"a: &x [1]\nb: *x\n",
        "bad_tag": b"a: !!python/object/apply:os.system [x]\n",
        "bad_depth": b"[" * 100,
        "bad_documents": b"a: 1\n---\nb: 2\n",
    }


def main():
    corpus = pathlib.Path(__file__).resolve().parent / "corpus"
    for folder, seeds in (("attestation", attestation_seeds()), ("yaml", yaml_seeds()), ("cache_block", block_seeds()), ("http_headers", header_line_seeds()),
                          ("hub_listing", listing_seeds()), ("key_map", key_map_seeds()),
                          ("merge_recipe", recipe_seeds()), ("model_config", config_seeds()), ("recorded_request", request_seeds()),
                          ("safetensors_header", header_seeds()), ("shard_index", index_seeds()), ("sketch_record", sketch_seeds()),
                          ("stored_forms", form_seeds()), ("gguf_file", gguf_file_seeds()),
                          ("gguf_vocabulary", gguf_seeds()), ("tokenizer_json", tokenizer_seeds()),
                          ("npy_array", npy_seeds()), ("torch_pickle", pickle_seeds()), ("zip_directory", zip_seeds()),
                          ("trace_state", state_seeds())):
        (corpus / folder).mkdir(parents=True, exist_ok=True)
        for name, content in seeds.items():
            (corpus / folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
