"""Mistakes that people make at the command line, as data: what was typed, what lies there, and the one line that
says what is wrong and what to do. test_mistakes holds the program to it, and prints it as docs/mistakes.md."""

import dataclasses
import json
import os
import pickle
import struct

from support import safetensors
from test_trace import HIDDEN, LAYERS, WIDTH, changed, decoder

USAGE, BAD_INPUT, IO = 2, 3, 4


@dataclasses.dataclass(frozen=True)
class Mistake:
    """What it is, the arguments of modelkin, the line that is wanted and the exit code. Of a call that succeeds, the
    line stands in what is printed."""
    what: str
    command: str
    line: str
    code: int = USAGE
    as_root: bool = True  # whether it is one for root as well


def model(seed):
    return safetensors(decoder(seed))


CONFIG = {"model_type": "llama", "hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": 2,
          "num_key_value_heads": 2, "intermediate_size": HIDDEN, "vocab_size": 64, "tie_word_embeddings": True,
          "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "hidden_act": "silu", "max_position_embeddings": 64}
HALF = "model-00001-of-00002.safetensors"


def folders():
    """File contents by path: all that the commands below find where they run."""
    files = {}
    for name, tensors in (("glm-a", decoder(1)), ("glm-a-sft", changed(decoder(1), 0.1)), ("glm-b", decoder(2)),
                          ("solar-a", decoder(3))):
        files[f"{name}/model.safetensors"] = safetensors(tensors)
        files[f"{name}/config.json"] = json.dumps(CONFIG)
    files |= {
        "run-7/checkpoint-100/model.safetensors": model(5),
        "run-7/checkpoint-200/model.safetensors": model(6),
        "run-7/trainer_state.json": "{}",
        "models--org--name/refs/main": "0123abcd",
        "models--org--name/snapshots/0123abcd/model.safetensors": model(7),
        "cache/models--org--name/refs/main": "0123abcd",
        "lora/adapter_config.json": json.dumps({"peft_type": "LORA", "r": 4, "lora_alpha": 8,
                                                "base_model_name_or_path": "org/base"}),
        "lora/adapter_model.safetensors": safetensors({
            "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": ("F32", [4, 16], b"\0" * 256),
            "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight": ("F32", [16, 4], b"\0" * 256)}),
        "configured/config.json": json.dumps(CONFIG),
        "indexed/model.safetensors.index.json": json.dumps({"weight_map": {"a": HALF, "b": HALF.replace("1-", "2-")}}),
        f"indexed/{HALF}": safetensors({"a": ("F32", [2], b"\0" * 8)}),
        f"half/{HALF}": model(8),
        "fetching/model.safetensors.incomplete": b"\0" * 100,
        "pointer/model.safetensors": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "glm-a.zip": b"PK\x03\x04" + bytes(60),
        "glm-a.tar.gz": b"\x1f\x8b" + bytes(60),
        "pickled.bin": pickle.dumps({"epoch": 3}),
        "exported/model.onnx": bytes(60),
        "keras/model.h5": b"\x89HDF\r\n\x1a\n" + bytes(60),
        "flax/flax_model.msgpack": bytes(60),
        "llama-7b.ggml.bin": b"lmgg" + struct.pack("<7I", *[1] * 7) + bytes(60),
        "data/train-00000-of-00001.parquet": b"PAR1",
        "data/dataset_info.json": "{}",
        "glm-a/tokenizer.json": "{}",
        "mamba/model.safetensors": model(9),
        "mamba/config.json": json.dumps({"model_type": "mamba", "hidden_size": 16, "num_hidden_layers": 2,
                                         "vocab_size": 8, "state_size": 4, "intermediate_size": 32}),
        "locked/model.safetensors": model(10),
        "old.json": json.dumps({"some": "other file"}),
    }
    return files


def lay_out(folder):
    """Writes all of it into `folder`."""
    for name, content in folders().items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
    os.makedirs(os.path.join(folder, "empty"))
    os.makedirs(os.path.join(folder, "results"))
    os.chmod(os.path.join(folder, "locked", "model.safetensors"), 0)


MISTAKES = (
    Mistake("No command", "glm-a glm-b", ""),
    Mistake("A command misspelt", "tarce glm-a glm-b", ""),
    Mistake("A command cut short", "insp glm-a", ""),
    Mistake("A word that is no command", "similarity glm-a glm-b", ""),
    Mistake("An action misspelt", "atlas bild list.txt --to sketches", ""),
    Mistake("An option misspelt", "trace glm-a glm-b --contol solar-a", ""),
    Mistake("An option of another command", "trace glm-a glm-b --claim base_model=glm-a", ""),
    Mistake("One hyphen for two", "trace glm-a glm-b -json", ""),
    Mistake("A long dash, as pages have them", "trace glm-a glm-b —control solar-a", ""),
    Mistake("One model alone", "trace glm-a", ""),
    Mistake("A third model", "trace glm-a glm-b solar-a", ""),
    Mistake("A third model to compare", "diff glm-a glm-b solar-a", ""),
    Mistake("The same model twice", "trace glm-a ./glm-a", ""),
    Mistake("One of the two as reference model", "trace glm-a glm-b --control glm-b", ""),
    Mistake("No claim", "check glm-a-sft", ""),
    Mistake("A claim of another form", "check glm-a-sft --claim glm-a", ""),
    Mistake("A claim of another key", "check glm-a-sft --claim base=glm-a", ""),
    Mistake("A value misspelt", "trace glm-a glm-b --effort ful", ""),
    Mistake("An unknown format", "report glm-a glm-b --format pdf", ""),
    Mistake("No threads", "trace glm-a glm-b --threads 0", ""),
    Mistake("A negative number", "trace glm-a glm-b --seed -1", ""),
    Mistake("A number in words", "trace glm-a glm-b --permutations 1e6", ""),
    Mistake("A hub's model without hf://", "inspect meta-llama/Llama-3-8B", "", BAD_INPUT),
    Mistake("The address of a hub's page", "inspect https://huggingface.co/zai-org/GLM-4.5-Air/tree/main", "", BAD_INPUT),
    Mistake("A branch in a hub's address", "inspect hf://zai-org/GLM-4.5-Air/tree/main", ""),
    Mistake("A data set of a hub", "inspect hf://datasets/org/name", ""),
    Mistake("A name nearly a neighbour's", "inspect glm-a-stf", "", BAD_INPUT),
    Mistake("A part of a path misspelt", "inspect rnu-7/checkpoint-100", "", BAD_INPUT),
    Mistake("A folder that is not there", "inspect models/glm-a/weights", "", BAD_INPUT),
    Mistake("A tilde inside quotes", "inspect '~/glm-a'", "", BAD_INPUT),
    Mistake("A space at the end", "inspect 'glm-a '", "", BAD_INPUT),
    Mistake("A path of Windows", r"inspect 'C:\models\glm-a'", "", BAD_INPUT),
    Mistake("The folder of a training run", "inspect run-7", "", BAD_INPUT),
    Mistake("A cache's folder of a repository", "inspect models--org--name", "", BAD_INPUT),
    Mistake("A whole cache", "inspect cache", "", BAD_INPUT),
    Mistake("An adapter without its base", "trace glm-a lora", "", BAD_INPUT),
    Mistake("An empty folder", "inspect empty", "", BAD_INPUT),
    Mistake("Only a configuration", "trace glm-a configured", "", BAD_INPUT),
    Mistake("A shard is missing", "inspect indexed", "", BAD_INPUT),
    Mistake("One shard for the model", f"trace glm-a half/{HALF}", "", BAD_INPUT),
    Mistake("A download that did not end", "inspect fetching", "", BAD_INPUT),
    Mistake("A pointer of Git LFS", "inspect pointer", "", BAD_INPUT),
    Mistake("An archive", "inspect glm-a.zip", "", BAD_INPUT),
    Mistake("A compressed archive", "inspect glm-a.tar.gz", "", BAD_INPUT),
    Mistake("A pickle that holds no weights", "inspect pickled.bin", "", BAD_INPUT),
    Mistake("An ONNX graph", "inspect exported/model.onnx", "", BAD_INPUT),
    Mistake("A folder of Keras", "inspect keras", "", BAD_INPUT),
    Mistake("A folder of Flax", "inspect flax", "", BAD_INPUT),
    Mistake("GGML from before GGUF", "inspect llama-7b.ggml.bin", "", BAD_INPUT),
    Mistake("A tokenizer for a model", "trace glm-a glm-b/tokenizer.json", "", BAD_INPUT),
    Mistake("A configuration for a model", "trace glm-a glm-b/config.json", "", BAD_INPUT),
    Mistake("A data set", "inspect data", "", BAD_INPUT),
    Mistake("A file that may not be read", "inspect locked", "", IO, as_root=False),
    Mistake("A layer that there is not", "compare glm-a glm-b --layers 99", "", BAD_INPUT),
    Mistake("A name pattern misspelt", "compare glm-a glm-b --include '*nrom*'", "", BAD_INPUT),
    Mistake("Text without a tokenizer", "run glm-b --text 'Once upon a time'", "", BAD_INPUT),
    Mistake("A family that does not run", "run mamba --ids 1,2,3", "", BAD_INPUT),
    Mistake("Output into a folder that is not there", "trace glm-a glm-b -o reslts/trace.json", "", IO),
    Mistake("Output onto a folder", "trace glm-a glm-b -o results", ""),
    Mistake("Output onto an input", "trace glm-a glm-b -o glm-a/config.json", ""),
    Mistake("Output onto somebody's file", "trace glm-a glm-b -o old.json", ""),
    Mistake("Verify of no results", "verify old.json", "", BAD_INPUT),
)
