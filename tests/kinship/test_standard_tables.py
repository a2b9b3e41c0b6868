"""Tables that formulas and formats give are no evidence between strangers, under whatever names and in
whatever types; what was learned is."""

import json
import os
import subprocess
import tempfile
import unittest

import numpy

import checkpoints
import made_up
import standard_tables

MODELKIN = os.environ["MODELKIN"]
SHARED = os.environ.get("MODELKIN_SHARED_DATA")
TYPES = ("F32", "BF16", "F16")


def learned(seed):
    """Values that look regular, but that no formula gives."""
    generator = numpy.random.default_rng(seed)
    normal = generator.standard_normal
    waves = numpy.cos(numpy.pi * numpy.outer(numpy.arange(64) / 64, range(12)))
    pruned = normal((64, 32))
    pruned[generator.uniform(size=pruned.shape) < 0.95] = 0
    return {"norm": 1 + 0.1 * normal(64), "norm.in_order": numpy.sort(1 + 0.1 * normal(64)),
            "bias": 0.02 * normal(64), "low_rank": normal((64, 2)) @ normal((2, 32)),
            "positions": waves @ (normal((12, 32)) / numpy.arange(1, 13)[:, None])
            + 0.02 * normal((64, 32)),
            "pruned": pruned, "repeated": numpy.tile(normal((8, 16)), (4, 1, 1)),
            "convolution": normal((8, 4, 3, 3))}


class StandardTables:
    """The tests; subclasses give two strangers."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.strangers = cls.models()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def trace_both(self, shared):
        """Of the strangers with {name: (type, values)} in both: the results, both ways round."""
        paths = []
        for i, stranger in enumerate(self.strangers):
            model = stranger.copy()
            for name, (dtype, values) in shared.items():
                model.tensors[name] = numpy.ascontiguousarray(values, dtype=numpy.float32)
                model.dtypes[name] = dtype
            paths.append(checkpoints.write(os.path.join(self.folder.name, f"{i}"), model))
        return [self.trace(paths), self.trace(paths[::-1])]

    def trace(self, paths):
        process = subprocess.run([MODELKIN, "trace", *paths, "--json", "--threads", "1",
                                  "--permutations", "2000"], capture_output=True, text=True,
                                 check=False, timeout=250)
        self.assertEqual(process.returncode, 0, process.stderr)
        return json.loads(process.stdout)

    def test_tables_are_no_evidence(self):
        """Under names of weights, so that the values alone decide."""
        tables = standard_tables.everything()
        for dtype in TYPES:
            shared = {f"tables.{name}.weight": (dtype, values) for name, values in tables.items()}
            for results in self.trace_both(shared):
                self.assertEqual(results["verdict"]["category"], "no_evidence", results["copies"])
                self.assertEqual(results["copies"]["identical"], len(tables))
                self.assertEqual(results["copies"]["learned"], 0, results["copies"]["kinds"])

    def test_learned_values_are_evidence(self):
        for dtype in TYPES:
            shared = {f"extra.{name}.weight": (dtype, values)
                      for name, values in learned(len(dtype)).items()}
            for results in self.trace_both(shared):
                self.assertEqual(results["verdict"]["category"], "shares_material")
                self.assertEqual(results["verdict"]["kind"], "copied_tensors")
                self.assertEqual(results["copies"]["learned"], len(shared))

    def test_stored_positions_are_no_part_of_the_trace(self):
        width = self.strangers[0].tensors["model.embed_tokens.weight"].shape[1]
        for interleaved in (False, True):
            positions = standard_tables.sines(
                range(512), standard_tables.geometric(width // 2, 1e4), interleaved)
            for results in self.trace_both({"model.embed_positions.weight": ("BF16", positions)}):
                self.assertEqual(results["verdict"]["category"], "no_evidence")
                traced = [test for test in results["tests"] if test["name"] == "residual_trace"]
                self.assertGreater(traced[0]["log10_p"], -3)


class MadeUp(StandardTables, unittest.TestCase):
    @classmethod
    def models(cls):
        return made_up.made_up_model(1), made_up.made_up_model(2)


@unittest.skipUnless(SHARED, "MODELKIN_SHARED_DATA is not set")
class Zoo(StandardTables, unittest.TestCase):
    @classmethod
    def models(cls):
        return [checkpoints.read(os.path.join(SHARED, "zoo", name)) for name in ("glm-a", "glm-b")]


if __name__ == "__main__":
    unittest.main()
