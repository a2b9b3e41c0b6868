"""Models of a zoo on disk: NAME/{config.json, model.safetensors, lineage.json}."""

import json
import shutil
import struct

import torch

STORED = {"BF16": torch.bfloat16, "F16": torch.float16, "F32": torch.float32}
DTYPE_NAMES = {"BF16": "bfloat16", "F16": "float16", "F32": "float32"}
FACTS = ("seed", "data", "data_seed", "steps", "lr", "schedule", "first_loss", "last_loss",
         "seconds")


def stays_f32(name):
    return name.endswith("e_score_correction_bias")


def as_stored(tensors, dtype):
    """What they will be once they are read back."""
    return {name: x.detach().clone() if stays_f32(name) else x.detach().to(STORED[dtype]).float()
            for name, x in tensors.items()}


def write_tensors(path, tensors, dtype):
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name in sorted(tensors):
        stored = "F32" if stays_f32(name) else dtype
        blob = tensors[name].detach().to(STORED[stored]).contiguous().reshape(-1) \
            .view(torch.uint8).numpy().tobytes()
        header[name] = {"dtype": stored, "shape": list(tensors[name].shape),
                        "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read_model(zoo, name):
    """(config, tensors)"""
    config = json.loads((zoo / name / "config.json").read_text())
    data = (zoo / name / "model.safetensors").read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    body = bytearray(data[8 + size:])
    tensors = {}
    for key, entry in header.items():
        if key != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[key] = torch.frombuffer(body[begin:end], dtype=STORED[entry["dtype"]]) \
                .reshape(entry["shape"]).float()
    return config, tensors


def write_model(zoo, name, config, tensors, lineage, losses, dtype="BF16"):
    """Writes DIR/NAME whole or not at all, and prints its line."""
    config = config | {"torch_dtype": DTYPE_NAMES[dtype]}
    lineage = dict(lineage)
    relations = lineage.pop("relations", {})
    parent = next(iter(relations), None)
    record = {"name": name, "kind": lineage.pop("kind"), "parent": parent,
              "truth": relations.get(parent, "no_evidence"), "relations": relations,
              "init": parent} | dict.fromkeys(FACTS) | lineage | {"eval_loss": losses}
    folder = zoo / f".{name}.partial"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "lineage.json").write_text(json.dumps(record, indent=1) + "\n")
    write_tensors(folder / "model.safetensors", tensors, dtype)
    folder.rename(zoo / name)
    trained = "" if record["first_loss"] is None else \
        " {data} {steps} steps {first_loss} -> {last_loss} {seconds} s".format_map(record)
    print(f"{name} ({record['kind']}){trained}; held out: "
          + ", ".join(f"{text} {loss}" for text, loss in losses.items()), flush=True)
