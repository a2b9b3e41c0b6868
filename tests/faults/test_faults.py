"""The program on a machine that fails: the n-th read, write, open, map, sync, rename or allocation, for each n."""

import collections
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import unittest

from demo_models import make_demo_models
from support import MODELKIN, safetensors, small_model

FAILING_CALLS = os.environ["MODELKIN_FAILING_CALLS"]
SANITIZED = bool(os.environ.get("MODELKIN_SANITIZE"))
CALLS = ["open", "read", "write", "map", "sync", "rename"] + ([] if SANITIZED else ["allocate"])
ALL_OF = 60  # of more calls, as many are drawn
ALLOCATIONS = 24
# Libraries that end the process themselves: libgfortran, which OpenBLAS loads; glibc, where a thread's first
# use of a variable of its own (thread_local) finds no memory.
OF_A_LIBRARY = ("Allocating cleared memory failed", "failed to register TLS destructor: out of memory")
CONFIG = {"model_type": "llama", "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2,
          "intermediate_size": 32, "vocab_size": 8}


def without_run(text):
    """Results but for when and how they were computed."""
    return re.sub(r'"run": ?\{.*?\}\}?,?\n', "", text)


class FaultsTest(unittest.TestCase):
    """Each run ends with a result as if nothing had failed, or with exit code 3 or 4 and one line."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.models = os.path.join(cls.folder.name, "models")
        demo = os.path.join(cls.folder.name, "demo")
        make_demo_models(demo)
        cls.a, cls.b = (os.path.join(cls.models, name) for name in ("a", "b"))
        for seed, path in enumerate((cls.a, cls.b)):
            os.makedirs(path)
            shutil.copy(os.path.join(demo, "dense-a", "tokenizer.json"), path)
            with open(os.path.join(path, "model.safetensors"), "wb") as file:
                file.write(safetensors(small_model(seed + 1)))
            with open(os.path.join(path, "config.json"), "w", encoding="utf-8") as file:
                json.dump(CONFIG, file)
        cls.counted = os.path.join(cls.folder.name, "counted")

    def call(self, arguments, call, at=0, **environment):
        preloaded = {"LD_PRELOAD": FAILING_CALLS, "FAIL_CALL": call, "FAIL_AT": str(at),
                     "FAIL_FILE": self.counted}
        if SANITIZED:
            preloaded["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return subprocess.run([MODELKIN, *arguments], capture_output=True, text=True, timeout=120,
                              env={**os.environ, **preloaded, **environment}, check=False)

    def number_of(self, arguments, call, **environment):
        process = self.call(arguments, call, **environment)
        self.assertEqual(process.returncode, 0, process.stderr)
        with open(self.counted, encoding="ascii") as file:
            return int(file.read())

    def which(self, call, count):
        most = ALLOCATIONS if call == "allocate" else ALL_OF
        return range(1, count + 1) if count <= most else sorted(
            random.Random(1).sample(range(1, count + 1), most))

    def fail_each(self, arguments, output, **environment):
        """Fails each call of `arguments`, which write `output`; returns how often which exit code came."""
        folder = tempfile.mkdtemp(dir=self.folder.name)
        path = os.path.join(folder, output)
        arguments = [*arguments, "-o", path, "--quiet"]
        codes = collections.Counter()
        for call in CALLS:
            if os.path.exists(path):
                os.remove(path)
            count = self.number_of(arguments, call, **environment)
            with open(path, encoding="utf-8") as file:
                complete = without_run(file.read())
            for at in self.which(call, count):
                with self.subTest(call=call, at=at, of=count):
                    if os.path.exists(path):
                        os.remove(path)
                    process = self.call(arguments, call, at, **environment)
                    if call == "allocate" and any(words in process.stderr for words in OF_A_LIBRARY):
                        continue
                    codes[call, process.returncode] += 1
                    self.assertIn(process.returncode, (0, 3, 4), process.stderr)
                    written = None
                    if os.path.exists(path):
                        with open(path, encoding="utf-8") as file:
                            written = without_run(file.read())
                    if process.returncode == 0:
                        self.assertEqual(written, complete)
                    else:
                        self.assertRegex(process.stderr, r"\Amodelkin: [^\n]+\n\Z")
                        self.assertIn(written, (None, complete))
                    self.assertLessEqual(set(os.listdir(folder)), {output})
        # What was counted has to fail: a library that fails nothing would pass all of this.
        self.assertTrue(any(call == "open" and code != 0 for call, code in codes))
        self.assertTrue(any(call == "map" and code != 0 for call, code in codes)
                        or "HF_ENDPOINT" in environment)
        self.assertTrue(any(call == "write" and code != 0 for call, code in codes))
        return codes

    def test_compare(self):
        self.fail_each(["compare", self.a, self.b], "results.json")

    def test_trace(self):
        self.fail_each(["trace", self.a, self.b, "--permutations", "1000", "--threads", "2"],
                       "trace.json")

    def test_report(self):
        self.fail_each(["report", self.a, self.b, "--permutations", "1000", "--threads", "2",
                        "--format", "json"], "report.json")

    def test_hub(self):
        server = subprocess.Popen([MODELKIN, "serve", self.models], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait, 20)
        self.addCleanup(server.terminate)
        none = os.path.join(self.folder.name, "none")
        self.fail_each(["compare", "hf://local/a", "hf://local/b"], "hub.json",
                       HF_ENDPOINT=server.stdout.readline().strip(), MODELKIN_CACHE="",
                       HF_HUB_CACHE=none, HF_TOKEN="", HF_TOKEN_PATH=none, HF_HUB_OFFLINE="",
                       MODELKIN_HUB_WAIT_MS="1", MODELKIN_HUB_ATTEMPTS="2",
                       MODELKIN_HUB_STALL_MS="1000")


if __name__ == "__main__":
    unittest.main()
