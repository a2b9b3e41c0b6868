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
    """What it is, the arguments of modelkin, the line that is wanted and the exit code."""
    what: str
    command: str
    line: str
    code: int = USAGE
    as_root: bool = True  # whether it is one for root as well
    prints: bool = False  # whether something is on standard output as well


def array(kind, shape, values):
    """An array as numpy.save writes it, of zeros."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + bytes(values)


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
        "siglip/config.json": json.dumps({"model_type": "siglip_vision_model", "hidden_size": 4, "num_hidden_layers": 1,
                                          "num_attention_heads": 1, "intermediate_size": 4, "image_size": 4,
                                          "patch_size": 4}),
        "siglip/model.safetensors": safetensors({
            "vision_model.embeddings.patch_embedding.weight": ("F32", [4, 3, 4, 4], b"\0" * 768)}),
        "pixels.npy": array("<f4", (1, 3, 2, 2), 48),
        "doubles.npy": array("<f8", (1, 3, 2, 2), 96),
        "photo.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 24,
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


# What is no mistake to the program, with the line that says what the user may not have thought of.
HINTS = (
    Mistake("No reference model", "trace glm-a glm-b",
            "  Tip           --control MODEL shows an unrelated model beside this pair.", 0),
    Mistake("The claim the other way round", "check glm-a --claim base_model=glm-a-sft",
            "  Who first     Not proven. Nothing that was found tells.", 0),
    Mistake("A model beside itself", "trace glm-a glm-a",
            "  IDENTICAL   Every tensor is stored with the same bytes in both.", 0),
)

MISTAKES = (
    Mistake("No command", "glm-a glm-b",
            "a command is missing before the models: modelkin trace glm-a glm-b says whether they are "
            "related"),
    Mistake("A command misspelt", "tarce glm-a glm-b",
            'there is no command "tarce": did you mean modelkin trace?'),
    Mistake("A command cut short", "insp glm-a",
            'there is no command "insp": did you mean modelkin inspect?'),
    Mistake("A word that is no command", "similarity glm-a glm-b",
            'there is no command "similarity": modelkin --help lists them'),
    Mistake("An action misspelt", "atlas bild list.txt --to sketches",
            'atlas has no action "bild": did you mean build?'),
    Mistake("An option misspelt", "trace glm-a glm-b --contol solar-a",
            "trace has no option --contol: did you mean --control?"),
    Mistake("An option of another command", "trace glm-a glm-b --claim base_model=glm-a",
            "trace has no option --claim: modelkin check has"),
    Mistake("One hyphen for two", "trace glm-a glm-b -json",
            "trace has no option -json: did you mean --json?"),
    Mistake("A long dash, as pages have them", "trace glm-a glm-b —control solar-a",
            "—control begins with a long dash: type two hyphens, --control"),
    Mistake("One model alone", "trace glm-a",
            "Model B is missing: modelkin trace A B [MODEL...] [OPTION...]"),
    Mistake("A third model", "trace glm-a glm-b solar-a",
            "trace compares two models, and solar-a is a third: write --control solar-a for an unrelated "
            "model to see the two beside, or --series for checkpoints of one training run"),
    Mistake("A third model to compare", "diff glm-a glm-b solar-a",
            '"solar-a" is one too many: modelkin diff A B [OPTION...]'),
    Mistake("One of the two as reference model", "trace glm-a glm-b --control glm-b",
            "--control glm-b is one of the two models: name one that is related to neither"),
    Mistake("No claim", "check glm-a-sft",
            "glm-a-sft: claims nothing: it has no README.md with a base_model. Name one by --claim base_model=MODEL, or a "
            "file that does by --claim FILE"),
    Mistake("A claim of another form", "check glm-a-sft --claim glm-a",
            "--claim glm-a: a claim is base_model=MODEL; was --claim base_model=glm-a meant?"),
    Mistake("A claim of another key", "check glm-a-sft --claim base=glm-a",
            "--claim base=glm-a: a claim is base_model=MODEL; was --claim base_model=glm-a meant?"),
    Mistake("A value misspelt", "trace glm-a glm-b --effort ful",
            "--effort ful: it takes auto, full, quick; did you mean full?"),
    Mistake("An unknown format", "report glm-a glm-b --format pdf",
            "--format pdf: it takes html, md, json, cyclonedx, cyclonedx-1.7, spdx"),
    Mistake("No threads", "trace glm-a glm-b --threads 0",
            "--threads 0: it takes a whole number from 1 to 1024"),
    Mistake("A negative number", "trace glm-a glm-b --seed -1",
            "--seed -1: it takes a whole number, 0 or more"),
    Mistake("A number in words", "trace glm-a glm-b --permutations 1e6",
            "--permutations 1e6: it takes a whole number from 100 to 1000000000000"),
    Mistake("A hub's model without hf://", "inspect meta-llama/Llama-3-8B",
            "meta-llama/Llama-3-8B: no such file or directory: did you mean hf://meta-llama/Llama-3-8B, "
            "at the hub?", BAD_INPUT),
    Mistake("The address of a hub's page", "inspect https://huggingface.co/zai-org/GLM-4.5-Air/tree/main",
            "https://huggingface.co/zai-org/GLM-4.5-Air/tree/main: no such file or directory: for a model "
            "of the hub write hf://zai-org/GLM-4.5-Air", BAD_INPUT),
    Mistake("A branch in a hub's address", "inspect hf://zai-org/GLM-4.5-Air/tree/main",
            "hf://zai-org/GLM-4.5-Air/tree/main: is the address of a page: write hf://zai-org/GLM-4.5-Air"),
    Mistake("A data set of a hub", "inspect hf://datasets/org/name",
            "hf://datasets/org/name: is one of the hub's datasets, and no model"),
    Mistake("A name nearly a neighbour's", "inspect glm-a-stf",
            "glm-a-stf: no such file or directory: did you mean glm-a-sft?", BAD_INPUT),
    Mistake("A part of a path misspelt", "inspect rnu-7/checkpoint-100",
            "rnu-7/checkpoint-100: no such file or directory: did you mean run-7/checkpoint-100?", BAD_INPUT),
    Mistake("A folder that is not there", "inspect models/glm-a/weights",
            "models/glm-a/weights: no such file or directory: nor is there a folder models/glm-a", BAD_INPUT),
    Mistake("A tilde inside quotes", "inspect '~/glm-a'",
            "~/glm-a: no such file or directory: the shell leaves ~ as it is inside quotes; write $HOME "
            "instead, or leave out the quotes", BAD_INPUT),
    Mistake("A space at the end", "inspect 'glm-a '",
            "glm-a : no such file or directory: did you mean glm-a without the spaces or quotes around "
            "it?", BAD_INPUT),
    Mistake("A path of Windows", r"inspect 'C:\models\glm-a'",
            "C:\\\\models\\\\glm-a: no such file or directory: this is a path of Windows; here it may be "
            "/mnt/c/models/glm-a", BAD_INPUT),
    Mistake("The folder of a training run", "inspect run-7",
            'run-7: has no weights of its own, but "checkpoint-200" has: name run-7/checkpoint-200', BAD_INPUT),
    Mistake("A cache's folder of a repository", "inspect models--org--name",
            "models--org--name: is a cache's folder of a repository: name its snapshot, "
            "models--org--name/snapshots/0123abcd", BAD_INPUT),
    Mistake("A whole cache", "inspect cache",
            "cache: is a cache of many models: name one, as in hf://org/name --offline", BAD_INPUT),
    Mistake("An adapter without its base", "trace glm-a lora",
            "lora: is an adapter (LoRA), which is compared as its base with the changes: name that by "
            "--base MODEL", BAD_INPUT),
    Mistake("An empty folder", "inspect empty",
            "empty: is an empty folder: no .safetensors, torch or GGUF file in it", BAD_INPUT),
    Mistake("Only a configuration", "trace glm-a configured",
            "configured: holds config.json and no weights: fetch those as well (modelkin inspect and "
            "config read config.json alone)", BAD_INPUT),
    Mistake("A shard is missing", "inspect indexed",
            'indexed/model.safetensors.index.json: tensor "b": shard "model-00002-of-00002.safetensors" '
            "is missing: fetch it, or go on without by --partial", BAD_INPUT),
    Mistake("One shard for the model", f"trace glm-a half/{HALF}",
            "half/model-00001-of-00002.safetensors: is one of 2 shards, of which there is no "
            "model-00002-of-00002.safetensors; --partial goes on with this one", BAD_INPUT),
    Mistake("A download that did not end", "inspect fetching",
            "fetching: holds no weights yet: model.safetensors.incomplete is a download that did not end; "
            "fetch it again", BAD_INPUT),
    Mistake("A pointer of Git LFS", "inspect pointer",
            "pointer/model.safetensors: byte 0: not safetensors: a Git LFS pointer: the weights "
            "themselves were not downloaded (git lfs pull)", BAD_INPUT),
    Mistake("An archive", "inspect glm-a.zip",
            "glm-a.zip: is an archive: unpack it, and name the folder", BAD_INPUT),
    Mistake("A compressed archive", "inspect glm-a.tar.gz",
            "glm-a.tar.gz: is an archive: unpack it, and name the folder", BAD_INPUT),
    Mistake("A pickle that holds no weights", "inspect pickled.bin",
            "pickled.bin: byte 0: is a Python pickle that torch.save did not write: no weights are read "
            "of it", BAD_INPUT),
    Mistake("An ONNX graph", "inspect exported/model.onnx",
            "exported/model.onnx: is an ONNX graph, which is not read: name the checkpoint that it was "
            "exported from", BAD_INPUT),
    Mistake("A folder of Keras", "inspect keras",
            "keras: holds no weights that are read here: model.h5 is a file of Keras or TensorFlow, which "
            "is not read: save the model as safetensors", BAD_INPUT),
    Mistake("A folder of Flax", "inspect flax",
            "flax: holds no weights that are read here: flax_model.msgpack is a file of Flax, which is "
            "not read: save the model as safetensors", BAD_INPUT),
    Mistake("GGML from before GGUF", "inspect llama-7b.ggml.bin",
            "llama-7b.ggml.bin: byte 0: not safetensors: a file of GGML from before GGUF, which is not "
            "read: convert it by llama.cpp's convert_llama_ggml_to_gguf.py", BAD_INPUT),
    Mistake("A tokenizer for a model", "trace glm-b glm-a/tokenizer.json",
            "glm-a/tokenizer.json: is a file of a tokenizer: name the model's folder, or compare "
            "tokenizers with modelkin tokenizer", BAD_INPUT),
    Mistake("A configuration for a model", "trace glm-a glm-b/config.json",
            "glm-b/config.json: is a configuration, and no weights: name the model's folder (modelkin "
            "inspect and config read it alone)", BAD_INPUT),
    Mistake("A data set", "inspect data",
            "data: holds no weights that are read here: train-00000-of-00001.parquet is a table of data, "
            "and no model", BAD_INPUT),
    Mistake("A file that may not be read", "inspect locked",
            "locked/model.safetensors: cannot open: Permission denied", IO, as_root=False),
    Mistake("A layer that there is not", "compare glm-a glm-b --layers 99",
            "nothing was compared: the filter leaves no tensor; there are layers 0-1", BAD_INPUT),
    Mistake("A name pattern misspelt", "compare glm-a glm-b --include '*nrom*'",
            "nothing was compared: the filter leaves no tensor; names there are like input_layernorm.weight, "
            "mlp.down_proj.weight, mlp.gate_proj.weight (a glob is held against whole names: "
            "'*input_layernorm.weight')", BAD_INPUT),
    Mistake("Text without a tokenizer", "run glm-b --text 'Once upon a time'",
            "glm-b: holds no tokenizer.json, which reading text needs; use --ids", BAD_INPUT),
    Mistake("A family that does not run", "run mamba --ids 1,2,3",
            'mamba/config.json: "model_type" is of the family mamba, which cannot be run; those that can: '
            "arcee, bert, cohere, cohere2, deepseek_v3, distilbert, dots1, ernie4_5, exaone4, exaone_moe, "
            "gemma, gemma2, gemma3, glm, glm4, glm4_moe, gpt2, gpt_oss, granite, llama, llama4_text, "
            "minimax_m2, ministral, ministral3, mistral, mixtral, modernbert, nanogpt, nemotron, olmo2, "
            "olmo3, phi, phimoe, qwen2, qwen2_5_vl_vision, qwen2_vl_vision, qwen3, qwen3_5, qwen3_5_moe, "
            "qwen3_5_vision, qwen3_moe, qwen3_next, qwen3_vl_vision, seed_oss, smollm3, siglip_vision, "
            "solar_open, stablelm, starcoder2", BAD_INPUT),
    Mistake("An image for a model of texts", "run glm-b --image pixels.npy",
            "glm-b: has no encoder of images for --image: it takes texts (--text, --ids)"),
    Mistake("A text for an encoder of images", "run siglip --text 'Once upon a time'",
            "siglip: is an encoder of images: --image FILE.npy gives it some"),
    Mistake("An image and a text", "run siglip --image pixels.npy --ids 1,2,3",
            "--image: a run is of images or of texts, and this one is given both"),
    Mistake("A picture that is not preprocessed", "run siglip --image photo.png",
            "photo.png: is no .npy file: it does not begin as one: a model's processor makes the pixels, and "
            "numpy.save the file", BAD_INPUT),
    Mistake("An array of other numbers", "run siglip --image doubles.npy",
            'doubles.npy: has values of type "<f8": float32 or float16 are read, as array.astype("float32") makes '
            "them", BAD_INPUT),
    Mistake("An image of another size", "run siglip --image pixels.npy",
            "pixels.npy: has shape [1, 3, 2, 2], and the encoder takes [images, 3, 4, 4]"),
    Mistake("Output into a folder that is not there", "trace glm-a glm-b -o reslts/trace.json",
            "reslts/trace.json: cannot create: No such file or directory", IO),
    Mistake("Output onto a folder", "trace glm-a glm-b -o results",
            "results: cannot create: Is a directory", IO),
    Mistake("Output onto an input", "trace glm-a glm-b -o glm-a/config.json",
            "glm-a/config.json: is an input, which no output may replace: name another file"),
    Mistake("Output onto somebody's file", "trace glm-a glm-b -o old.json",
            "old.json: is there, and modelkin did not write it: name another file, or give --force"),
    Mistake("A component that there is not", "trace glm-a glm-b --component vision",
            "glm-a: has no vision component: it has text", BAD_INPUT),
    Mistake("Verify of no results", "verify old.json",
            "old.json: does not say how it was made: no results of compare, trace, diff or audit", BAD_INPUT),
)
