"""What the command line tests share: running modelkin and making checkpoints, right and wrong ones."""

import fcntl
import functools
import json
import os
import pty
import random
import struct
import subprocess
import tempfile
import termios
import unittest

MODELKIN = os.environ["MODELKIN"]
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")


def run(*arguments, env=None, **options):
    """Runs modelkin without a terminal; returns the finished process with text output."""
    environment = dict(os.environ, **(env or {}))
    return subprocess.run([MODELKIN, *map(str, arguments)], capture_output=True, text=True,
                          env=environment, timeout=120, **options)


def run_on_terminal(arguments, env=None, columns=80, **options):
    """Runs modelkin with a terminal of so many columns as its standard output and error; returns its exit code and
    what it drew, with lines that end as they do in a pipe.
    """
    main_end, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([MODELKIN, *map(str, arguments)], stdout=terminal, stderr=terminal,
                          env=dict(os.environ, TERM="xterm", **(env or {})), **options) as process:
        os.close(terminal)
        drawn = b""
        while True:
            try:
                chunk = os.read(main_end, 65536)
            except OSError:  # the other end is closed
                break
            if not chunk:
                break
            drawn += chunk
        os.close(main_end)
    return process.returncode, drawn.decode().replace("\r\n", "\n")


@functools.cache
def validator(schema):
    """Of a schema in docs/, which is checked itself once: that takes longer than most of what it is used on."""
    import jsonschema  # pylint: disable=import-outside-toplevel  # few tests need it
    with open(os.path.join(DOCS, schema), encoding="utf-8") as file:
        content = json.load(file)
    kind = jsonschema.validators.validator_for(content)
    kind.check_schema(content)
    return kind(content)


def validate(found, schema):
    """Fails where what was found is not as the schema of that name in docs/ says."""
    validator(schema).validate(found)


def bf16(values):
    """Bytes of floats cut to BF16."""
    return b"".join(struct.pack("<f", value)[2:] for value in values)


def f32(values):
    return struct.pack(f"<{len(values)}f", *values)


def noise(count, seed, mean=0.0, deviation=0.02):
    generator = random.Random(seed)
    return [generator.gauss(mean, deviation) for _ in range(count)]


def safetensors(tensors, metadata=None):
    """File bytes from {name: (dtype, shape, bytes)}."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    return raw_safetensors(json.dumps(header), data)


def raw_safetensors(header_text, data=b""):
    text = header_text if isinstance(header_text, bytes) else header_text.encode()
    return struct.pack("<Q", len(text)) + text + data


def q8_0(values):
    """Bytes of GGUF's Q8_0 blocks: 32 values of 8 bits with a scale."""
    blocks = []
    for begin in range(0, len(values), 32):
        block = values[begin:begin + 32]
        scale = max(map(abs, block)) / 127 or 1
        blocks.append(struct.pack("<e32b", scale, *(round(value / scale) for value in block)))
    return b"".join(blocks)


def gguf(tensors, pairs=()):
    """A GGUF file of {name: values}, in rows of 64, as Q8_0; `pairs` are keys with their values, as bytes."""
    def text(value):
        return struct.pack("<Q", len(value)) + value
    entries, data = [], b""
    for name, values in tensors.items():
        entries.append(text(name.encode()) + struct.pack("<IQQIQ", 2, 64, len(values) // 64, 8, len(data)))
        data += q8_0(values)
        data += bytes(-len(data) % 32)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(entries), len(pairs)) + b"".join(pairs) + b"".join(entries)
    return head + bytes(-len(head) % 32) + data


def small_model(seed, layers=3, width=16):
    """Tensors of a llama-like model."""
    tensors = {"model.embed_tokens.weight": ("BF16", [8, width], bf16(noise(8 * width, seed)))}
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        tensors[prefix + "input_layernorm.weight"] = (
            "BF16", [width], bf16(noise(width, seed * 100 + layer, 1.0, 0.1)))
        tensors[prefix + "self_attn.q_proj.weight"] = (
            "BF16", [width, width], bf16(noise(width * width, seed * 1000 + layer)))
    return tensors


class CliTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def write_model(self, name, tensors):
        return self.write(name, safetensors(tensors))

    def compare(self, *arguments):
        """The parsed results of a compare that has to succeed."""
        process = run("compare", *arguments, "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        return json.loads(process.stdout)
