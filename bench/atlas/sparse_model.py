"""A model of any size that is a file with holes: what a sketch reads of it is there, all else is zeros."""

import json

import numpy


def write_sparse_model(folder, layers, width, hidden, groups=8, heads=32, vocabulary=128256):
    """A llama-like model in BF16 with a tokenizer. Returns its parameters."""
    head = width // heads
    shapes = {"model.embed_tokens.weight": (vocabulary, width), "lm_head.weight": (vocabulary, width),
              "model.norm.weight": (width,)}
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        shapes |= {prefix + "self_attn.q_proj.weight": (width, width), prefix + "self_attn.o_proj.weight": (width, width),
                   prefix + "self_attn.k_proj.weight": (groups * head, width),
                   prefix + "self_attn.v_proj.weight": (groups * head, width),
                   prefix + "mlp.gate_proj.weight": (hidden, width), prefix + "mlp.up_proj.weight": (hidden, width),
                   prefix + "mlp.down_proj.weight": (width, hidden), prefix + "input_layernorm.weight": (width,),
                   prefix + "post_attention_layernorm.weight": (width,)}
    header, begin, parameters = {}, 0, 0
    for name, shape in shapes.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [begin, begin + 2 * count]}
        begin, parameters = begin + 2 * count, parameters + count
    text = json.dumps(header).encode()
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "model.safetensors", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + begin)
        for name, entry in header.items():
            write_what_is_read(file, 8 + len(text) + entry["data_offsets"][0], name, entry["shape"])
    config = {"model_type": "llama", "hidden_size": width, "num_hidden_layers": layers, "vocab_size": vocabulary,
              "num_attention_heads": heads, "num_key_value_heads": groups, "intermediate_size": hidden}
    tokens = {f"token{number}": number for number in range(vocabulary)}
    merges = [f"token{number} token{number + 1}" for number in range(vocabulary)]
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"type": "BPE", "vocab": tokens, "merges": merges}}))
    (folder / "config.json").write_text(json.dumps(config))
    return parameters


def write_what_is_read(file, begin, name, shape):
    """Norms, keys, and the middle rows of outputs: docs/atlas.md, "What is read"."""
    if len(shape) == 1:
        first, rows, columns = 0, 1, shape[0]
    elif "o_proj" in name:
        rows = min(shape[0], max(8, min(1024, (1 << 16) // shape[1])))
        first, columns = (shape[0] - rows) // 2, shape[1]
    elif "k_proj" in name:
        first, (rows, columns) = 0, shape
    else:
        return
    values = numpy.random.default_rng(begin).standard_normal((rows, columns), dtype=numpy.float32) * 0.02 + 1
    file.seek(begin + 2 * first * columns)
    file.write((values.view(numpy.uint32) >> 16).astype("<u2").tobytes())
