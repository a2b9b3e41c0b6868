"""What is said of models in quantised forms that are read, beside the models that they were made of, copies of
what they decode to, and strangers."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy

import checkpoints
import forms
import made_up
import packing

MODELKIN = os.environ["MODELKIN"]


def result(*arguments):
    process = subprocess.run([MODELKIN, *arguments, "--json"], capture_output=True, text=True, check=False,
                             timeout=250)
    if process.returncode != 0:
        raise AssertionError(process.stderr)
    return json.loads(process.stdout)


def trace(*arguments):
    return result("trace", *arguments, "--threads", "1", "--permutations", "100000")


def moved(model, share, seed=3):
    """A model whose linear weights moved by that share of their size."""
    random = numpy.random.default_rng(seed)
    other = model.copy()
    for name, values in other.tensors.items():
        if packing.LINEAR.search(name):
            values += (share * values.std() * random.standard_normal(values.shape)).astype(numpy.float32)
    return other


def in_bf16(model):
    return checkpoints.Model({name: values.copy() for name, values in model.tensors.items()},
                             {name: "BF16" for name in model.tensors}, model.config).rounded()


class Quantised(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.folder = pathlib.Path(holder.name)
        cls.model, cls.stranger = made_up.trained_like_model(1), made_up.trained_like_model(2)
        cls.original = checkpoints.write(cls.folder / "original", cls.model)
        cls.quantised, cls.decoded = {}, {}
        for form in forms.FORMS:
            cls.quantised[form], cls.decoded[form] = forms.write(cls.folder / form, cls.model, form)

    def both_ways(self, one, other):
        """Traces, with the letter of `other`."""
        return (("B", trace(one, other)), ("A", trace(other, one)))

    def kinds(self, found):
        """Without what a GGUF file's norms and embeddings in F32 are."""
        return {kind["kind"]: kind for kind in found["relation"]["kinds"] if kind["kind"] != "exact_cast"}

    def test_values_are_those_that_the_codes_stand_for(self):
        for form in forms.FORMS:
            with self.subTest(form=form):
                copy = checkpoints.write(self.folder / f"{form}-f32", self.decoded[form])
                compared = result("compare", copy, self.quantised[form])
                for tensor in compared["tensors"]:
                    if form == "int8":  # by a product that bitsandbytes rounds otherwise
                        self.assertLess(tensor["rel_l2_a"], 1e-7, tensor)
                    else:
                        self.assertEqual(tensor["bit_equal"], tensor["elements"], tensor)

    def test_a_quantised_release(self):
        for form in forms.FORMS:
            for letter, found in self.both_ways(self.original, self.quantised[form]):
                with self.subTest(form=form, quantised=letter):
                    self.assertEqual(found["verdict"]["category"], "derived", found["verdict"])
                    self.assertEqual(set(self.kinds(found)), {"quantised"})
                    evidence = self.kinds(found)["quantised"]["evidence"]
                    self.assertRegex(evidence, rf"^{letter} stores \d+ tensors in quantised forms: .* "
                                               r"\(\d+\); .*% of [AB]'s values are within half a step, "
                                               r"0\.2\d of a step away \(root mean square; rounding to the nearest "
                                               r"leaves 0\.29\); quantised again, [AB] gives [AB]'s bytes in "
                                               r"[\d,]+ of [\d,]+ blocks that were looked at")
                    self.assertEqual(found["relation"]["direction"], "unknown")
                    self.assertEqual(found["relation"]["signs_point"], {"B": "a_to_b", "A": "b_to_a"}[letter])

    def test_a_copy_of_what_it_decodes_to_was_not_first(self):
        for form in forms.FORMS:
            copy = checkpoints.write(self.folder / f"{form}-bf16", in_bf16(self.decoded[form]))
            for letter, found in self.both_ways(copy, self.quantised[form]):
                with self.subTest(form=form, quantised=letter):
                    self.assertEqual(found["verdict"]["category"], "derived", found["verdict"])
                    self.assertEqual(set(self.kinds(found)), {"quantised"})
                    self.assertIn("has the values that they stand for",
                                  self.kinds(found)["quantised"]["evidence"])
                    self.assertEqual(found["relation"]["signs"], [])

    def test_nor_was_what_was_trained_from_that_copy(self):
        for form in forms.FORMS:
            share = {"gguf": 0.0005, "int8": 0.0005, "fp8": 0.002}.get(form, 0.01)
            trained = checkpoints.write(self.folder / f"{form}-trained",
                                        moved(in_bf16(self.decoded[form]), share))
            for letter, found in self.both_ways(trained, self.quantised[form]):
                with self.subTest(form=form, quantised=letter):
                    self.assertEqual(found["verdict"]["category"], "derived", found["verdict"])
                    self.assertNotIn("quantised", {sign["name"] for sign in found["relation"]["signs"]})

    def test_what_was_trained_before(self):
        tuned = checkpoints.write(self.folder / "tuned", moved(self.model, 0.1))
        for form in ("gptq", "fp8", "gguf"):
            for letter, found in self.both_ways(tuned, self.quantised[form]):
                with self.subTest(form=form, quantised=letter):
                    self.assertEqual(found["verdict"]["category"], "derived", found["verdict"])
                    self.assertIn("quantised", self.kinds(found))
                    self.assertEqual(found["relation"]["signs"], [])

    def test_strangers(self):
        stranger = checkpoints.write(self.folder / "stranger", self.stranger)
        for form in forms.FORMS:
            other, _ = forms.write(self.folder / f"{form}-stranger", self.stranger, form)
            for one in (stranger, other):
                with self.subTest(form=form, both=one == other):
                    found = trace(one, self.quantised[form])
                    self.assertEqual(found["verdict"]["category"], "no_evidence", found["verdict"])
                    self.assertEqual(found["inputs"][1]["packed"]["share"], 0)

    def test_permuted_and_renamed(self):
        model = self.model.copy()
        random = numpy.random.default_rng(5)
        for name in [name for name in model.tensors if name.endswith("gate_proj.weight")]:
            order = random.permutation(len(model.tensors[name]))
            for part, axis in (("gate", 0), ("up", 0), ("down", 1)):
                other = name.replace("gate_proj", part + "_proj")
                model.tensors[other] = model.tensors[other].take(order, axis)
        model.tensors = {name.replace("model.layers", "decoder.blocks"): values
                         for name, values in model.tensors.items()}
        model.dtypes = {name.replace("model.layers", "decoder.blocks"): dtype
                        for name, dtype in model.dtypes.items()}
        for form in ("gptq", "fp8", "gguf"):
            disguised, _ = forms.write(self.folder / f"{form}-disguised", model, form)
            with self.subTest(form=form):
                found = trace(self.original, disguised)
                self.assertEqual(found["verdict"]["category"], "derived", found["verdict"])
                self.assertIn("hidden_units_permuted", self.kinds(found))

    def test_inspect(self):
        total = result("inspect", self.original)["parameters"]["total"]
        for form in forms.FORMS:
            with self.subTest(form=form):
                inspected = result("inspect", self.quantised[form])
                self.assertEqual(inspected["parameters"]["total"], total)
                self.assertLess(inspected["memory"]["bits_per_weight"], 16)


if __name__ == "__main__":
    unittest.main()
