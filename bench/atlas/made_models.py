"""Small models that differ in all their weights, to be sketched by the hundred."""

import json
import pathlib

import numpy


def write_model(folder, random, layers=4, width=128, hidden=256, vocabulary=512):
    """A llama-like model in BF16: 1.4 MB by default."""
    shapes = {"model.embed_tokens.weight": (vocabulary, width), "model.norm.weight": (width,)}
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        shapes |= {prefix + f"self_attn.{name}_proj.weight": (width, width) for name in "qkvo"}
        shapes |= {prefix + f"mlp.{name}_proj.weight": (hidden, width) for name in ("gate", "up")}
        shapes |= {prefix + "mlp.down_proj.weight": (width, hidden), prefix + "input_layernorm.weight": (width,),
                   prefix + "post_attention_layernorm.weight": (width,)}
    header, data = {}, []
    for name, shape in shapes.items():
        values = random.standard_normal(shape, dtype=numpy.float32) * 0.02 + (len(shape) == 1)
        narrow = (values.view(numpy.uint32) >> 16).astype("<u2").tobytes()
        begin = sum(map(len, data))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [begin, begin + len(narrow)]}
        data.append(narrow)
    text = json.dumps(header).encode()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + b"".join(data))
    config = {"model_type": "llama", "hidden_size": width, "num_hidden_layers": layers, "vocab_size": vocabulary,
              "num_attention_heads": 4, "num_key_value_heads": 4, "intermediate_size": hidden}
    (folder / "config.json").write_text(json.dumps(config))


def write_models(folder, count, seed=1):
    """Models m000, m001, ... of a folder; those that are there stay."""
    random = numpy.random.default_rng(seed)
    for number in range(count):
        model = pathlib.Path(folder) / f"m{number:03}"
        write_model(model, random)
