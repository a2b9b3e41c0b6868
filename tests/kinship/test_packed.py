"""What is said of models that are stored as codes of a quantisation, or of which a part is missing: nothing is
read into codes, and what was not read clears nobody."""

import json
import os
import subprocess
import tempfile
import unittest

import checkpoints
import made_up
import packing

MODELKIN = os.environ["MODELKIN"]
# The larger models take longer.
CASES = [("plain", kind) for kind in packing.PACKINGS] + [("trained", "gptq"), ("trained", "quanto")]


def run(*arguments):
    return subprocess.run([MODELKIN, *arguments], capture_output=True, text=True, check=False, timeout=250)


def result(*arguments):
    process = run(*arguments, "--json")
    if process.returncode != 0:
        raise AssertionError(process.stderr)
    return json.loads(process.stdout)


def trace(*arguments):
    return result("trace", *arguments, "--threads", "1", "--permutations", "100000")


class Models(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.models = {"plain": made_up.made_up_model(1), "trained": made_up.trained_like_model(1)}
        self.strangers = {"plain": made_up.made_up_model(2), "trained": made_up.trained_like_model(2)}

    def stored(self, name, model):
        return checkpoints.write(os.path.join(self.folder, name), model)

    def packed(self, name, model, kind, everything=False):
        return packing.write(os.path.join(self.folder, f"{name}-{kind}"),
                             packing.packed(model, kind, everything), model.config)


class Packed(Models):
    def test_a_packed_release_of_a_model(self):
        for name, kind in CASES:
            a = self.stored(name, self.models[name])
            b = self.packed(name, self.models[name], kind)
            for one, other, side in ((a, b, 1), (b, a, 0)):
                with self.subTest(model=name, packing=kind, packed="AB"[side]):
                    self.check_release(trace(one, other), side)

    def check_release(self, found, side):
        self.assertEqual(found["verdict"]["category"], "derived", found["verdict"])
        self.assertGreater(found["inputs"][side]["packed"]["share"], 0.5)
        self.assertEqual(found["inputs"][1 - side]["packed"]["share"], 0)
        self.assertIn("packed and were not read", " ".join(found["verdict"]["limits"]))
        relation = found["relation"]
        kinds = {each["kind"] for each in relation["kinds"]}
        self.assertEqual(kinds & {"copy", "pruned", "fine_tuned", "quantised", "renamed", "layers_dropped"}, set())
        self.assertEqual(relation["direction"], "unknown")
        if side == 1:
            self.assertEqual(relation["not_in_b"], [])
        classes = {each["class"] for each in found["heritage"]}
        self.assertEqual(classes & {"unrelated", "added", "drifted"}, set(), found["heritage"])

    def test_what_was_not_read_clears_nobody(self):
        for name, kind in CASES:
            a = self.stored("stranger-" + name, self.strangers[name])
            b = self.packed(name, self.models[name], kind)
            for one, other, letter in ((a, b, "B"), (b, a, "A")):
                with self.subTest(model=name, packing=kind, packed=letter):
                    found = trace(one, other)
                    self.assertEqual(found["verdict"]["category"], "no_evidence", found["verdict"])
                    self.assertRegex(found["verdict"]["sentence"],
                                     rf"of {letter}'s parameters \d+\.\d% are packed and were not read")
                    self.assertNotIn("found with probability", found["verdict"]["sentence"])

    def test_a_claim_about_what_was_not_read_is_untestable(self):
        for name, model in self.models.items():
            with self.subTest(model=name):
                base = self.stored("stranger-" + name, self.strangers[name])
                checked = result("check", self.packed(name, model, "gptq"), "--claim", f"base_model={base}",
                                 "--fail-on", "supported", "--permutations", "100000")
                self.assertEqual(checked["claims"][0]["outcome"], "untestable")

    def test_nothing_left_to_read(self):
        for name, model in self.models.items():
            a, b = self.stored(name, model), self.packed(name, model, "gptq", everything=True)
            for one, other in ((a, b), (b, a)):
                with self.subTest(model=name):
                    found = trace(one, other)
                    self.assertEqual(found["verdict"]["category"], "not_comparable", found["verdict"])
                    self.assertIn("100.0% are packed", found["verdict"]["sentence"])

    def test_compare_and_inspect(self):
        for name, model in self.models.items():
            a = self.stored(name, model)
            linear = sum(1 for tensor in model.tensors if packing.LINEAR.search(tensor))
            total = result("inspect", a)["parameters"]["total"]
            for kind in packing.PACKINGS:
                with self.subTest(model=name, packing=kind):
                    b = self.packed(name, model, kind)
                    compared = result("compare", a, b)["summary"]
                    self.assertEqual(compared["packed"], linear)
                    self.assertEqual(compared["compared"], len(model.tensors) - linear)
                    self.assertEqual(compared["only_in_a"] + compared["shape_mismatches"], 0)
                    self.assertEqual(result("inspect", b)["parameters"]["total"], total)


class Decoded(Models):
    """Codes that are read: all that is said of weights is said of them."""

    def test_a_quantised_release_of_a_model(self):
        for name, model in self.models.items():
            a = self.stored(name, model)
            for kind in packing.DECODED:
                with self.subTest(model=name, packing=kind):
                    b = self.packed(name, model, kind)
                    found = trace(a, b)
                    self.assertEqual(found["verdict"]["category"], "derived", found["verdict"])
                    self.assertEqual(found["inputs"][1].get("packed", {}).get("share", 0), 0)
                    self.assertIn("quantised", {each["kind"] for each in found["relation"]["kinds"]})
                    compared = result("compare", a, b)["summary"]
                    self.assertEqual(compared["compared"], len(model.tensors))

    def test_a_stranger_in_the_same_form(self):
        for name, model in self.models.items():
            for kind in packing.DECODED:
                with self.subTest(model=name, packing=kind):
                    a = packing.write(os.path.join(self.folder, f"stranger-{name}-{kind}"),
                                      packing.packed(self.strangers[name], kind), model.config)
                    found = trace(a, self.packed(name, model, kind))
                    self.assertEqual(found["verdict"]["category"], "no_evidence", found["verdict"])


class Incomplete(Models):
    def shards(self, name, model, left_out=()):
        """Three shards without an index."""
        names = list(model.tensors)
        folder = os.path.join(self.folder, name)
        for shard in (1, 2, 3):
            part = names[(shard - 1) * len(names) // 3:shard * len(names) // 3]
            tensors = {tensor: packing.stored(model, tensor) for tensor in part}
            if shard not in left_out:
                packing.write(folder, tensors, model.config, f"model-{shard:05}-of-00003.safetensors")
        return folder

    def test_half_a_download_is_no_dropped_layer(self):
        for name, model in self.models.items():
            a, b = self.stored(name, model), self.shards("half-" + name, model, left_out=(2, 3))
            for one, other in ((a, b), (b, a)):
                with self.subTest(model=name, half="B" if other == b else "A"):
                    refused = run("trace", one, other)
                    self.assertEqual(refused.returncode, 3, refused.stderr)
                    self.assertIn("model-00002-of-00003.safetensors", refused.stderr)
                    found = trace(one, other, "--partial")
                    self.assertNotIn("layers_dropped", {kind["kind"] for kind in found["relation"]["kinds"]})
                    self.assertIn("are missing", " ".join(found["verdict"]["limits"]))
                    if other == b:
                        self.assertEqual(found["relation"]["not_in_b"], [])

    def test_all_shards_are_the_model(self):
        for name, model in self.models.items():
            with self.subTest(model=name):
                a, b = self.stored(name, model), self.shards("whole-" + name, model)
                self.assertEqual(trace(a, b)["verdict"]["category"], "identical")


if __name__ == "__main__":
    unittest.main()
