"""modelkin merge: recipes of mergekit carried out again, and compared with what mergekit made by them."""

import json
import os
import shutil
import struct
import unittest

import merges
from support import CliTest, f32, run, safetensors, validate

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "merges")


def elements(path):
    """{name: (dtype, bytes)} of a safetensors file."""
    with open(path, "rb") as file:
        content = file.read()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + length])
    return {name: (entry["dtype"], content[8 + length + entry["data_offsets"][0]:8 + length + entry["data_offsets"][1]])
            for name, entry in header.items() if name != "__metadata__"}


class MergeTest(CliTest):
    def setUp(self):
        super().setUp()
        merges.write_models(self.folder)

    def recipe(self, content, name="recipe.yml"):
        """JSON is YAML."""
        return self.write(name, (content if isinstance(content, str) else json.dumps(content)).encode())

    def merged(self, recipe, result, *arguments, code=None):
        process = run("merge", recipe, "--compare", result, "--json", *arguments)
        self.assertIn(process.returncode, (0, 1) if code is None else (code,), process.stderr)
        results = json.loads(process.stdout)
        validate(results, "merge.schema.json")
        self.assertEqual(process.returncode, 1 if results["outcome"] == "deviates" else 0)
        return results

    def wrong(self, recipe, *words, code=3):
        process = run("merge", self.recipe(recipe), "--compare", self.path("a-bfloat16"))
        self.assertEqual((process.returncode, process.stdout), (code, ""), process.stderr)
        self.assertEqual(process.stderr.count("\n"), 1)
        for word in words:
            self.assertIn(word, process.stderr)


class MergeOfMergekit(MergeTest):
    def test_comes_out_as_mergekit_made_it(self):
        for name, (recipe, outcome) in merges.recipes().items():
            with self.subTest(name):
                results = self.merged(self.recipe(recipe), os.path.join(GOLDEN, f"{name}.safetensors"))
                self.assertEqual(results["outcome"], outcome)
                summary = results["summary"]
                self.assertEqual(summary["equal"] + summary["read_off"], summary["tensors"])
                self.assertEqual(summary["equal_elements"], summary["elements"])
                # Models differ nearly everywhere, so that all of this tells.
                if not name.startswith(("passthrough", "experts")):
                    self.assertGreater(summary["telling_elements"], 0.9 * summary["elements"])

    def test_writes_what_mergekit_writes(self):
        for name, (recipe, outcome) in merges.recipes().items():
            # Sines are MKL's there, and what lies at the edge of a density is kept as it was sorted.
            if outcome != "identical" or name.startswith("slerp"):
                continue
            with self.subTest(name):
                out = self.path("out-" + name)
                self.assertEqual(run("merge", self.recipe(recipe), "-o", out).returncode, 0)
                self.assertEqual(elements(os.path.join(out, "model.safetensors")),
                                 elements(os.path.join(GOLDEN, f"{name}.safetensors")))
                self.assertTrue(os.path.exists(os.path.join(out, "config.json")))

    def test_threads_change_nothing(self):
        for name in ("ties-bfloat16", "dare_ties", "slerp-float32"):
            recipe = self.recipe(merges.recipes()[name][0])
            one, three = (self.merged(recipe, os.path.join(GOLDEN, f"{name}.safetensors"), "--threads", threads)
                          for threads in ("1", "3"))
            del one["run"], three["run"]
            self.assertEqual(one, three)

    def test_trace_writes_the_recipe(self):
        for name, base, parents in (("linear-bfloat16", "base", "abc"), ("task_arithmetic-float32", "base", "abc"),
                                    ("slerp-bfloat16", "a", "ax"), ("slerp-close", "base", ["base", "a"])):
            with self.subTest(name):
                dtype = name.split("-")[1] if name.split("-")[1] in merges.TYPES else "bfloat16"
                out = self.path(name + ".yml")
                golden = os.path.join(GOLDEN, f"{name}.safetensors")
                process = run("trace", self.path(f"{base}-{dtype}"), golden, "--parents",
                              *(self.path(f"{parent}-{dtype}") for parent in parents), "--recipe", out)
                self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
                summary = self.merged(out, golden)["summary"]
                self.assertGreater(summary["telling_equal_elements"], 0.999 * summary["telling_elements"])
                with open(out, encoding="utf-8") as file:
                    text = file.read()
                self.assertIn("merge_method: " + name.split("-")[0], text)
                if name == "linear-bfloat16":
                    for weight in ("0.3", "0.5", "0.45"):
                        self.assertIn(f"weight: {weight}\n", text)

    def test_a_stranger_has_no_recipe(self):
        out = self.path("out.yml")
        process = run("trace", self.path("base-bfloat16"), self.path("c-bfloat16"), "--parents",
                      self.path("a-bfloat16"), self.path("b-bfloat16"), "--recipe", out)
        self.assertEqual(process.returncode, 1)
        self.assertIn("no recipe was written", process.stdout)
        self.assertFalse(os.path.exists(out))
        self.assertEqual(run("trace", self.path("base-bfloat16"), self.path("c-bfloat16"), "--recipe", out).returncode, 2)


    def test_sums_of_a_torch_that_did_not_fuse_them_are_seen(self):
        import numpy as np  # pylint: disable=import-outside-toplevel
        values = [merges.tuned(merges.values_of(1), seed) for seed in (2, 3, 4)]
        content = {}
        for name, shape in merges.shapes().items():
            total = np.zeros(1, np.float32)
            for own, weight in zip(values, (0.3, 0.5, 0.45)):
                total = total + np.array(own[name], np.float32) * np.float32(weight)
            total = total / ((np.float32(0.3) + np.float32(0.5)) + np.float32(0.45))
            content[name] = ("F32", shape, total.astype(np.float32).tobytes())
        results = self.merged(self.recipe(merges.recipes()["linear-float32"][0]),
                              self.write("unfused.safetensors", safetensors(content)))
        self.assertEqual(results["outcome"], "identical")
        self.assertTrue(any(row["sum_is_unfused"] for row in results["tensors"]))

    def test_trace_finds_points_between_layers(self):
        base, a, b = (merges.values_of(1, 9), *(merges.tuned(merges.values_of(1, 9), seed) for seed in (2, 3)))
        for name, values in (("deep-base", base), ("deep-a", a), ("deep-b", b)):
            merges.write_model(self.path(name), values, "bfloat16", 9)
        made = self.recipe({"merge_method": "task_arithmetic", "base_model": "deep-base", "dtype": "bfloat16", "models": [
            merges.source("deep-a", weight=[{"filter": "mlp", "value": [0.2, 0.9, 0.4]}, {"value": 0.4}]),
            merges.source("deep-b", weight=0.5)]})
        out, found = self.path("deep"), self.path("found.yml")
        self.assertEqual(run("merge", made, "-o", out).returncode, 0)
        process = run("trace", self.path("deep-base"), out, "--parents", self.path("deep-a"), self.path("deep-b"),
                      "--recipe", found)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        with open(found, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("value: [0.2, 0.9, 0.4]\n        - value: 0.4\n", text)
        self.assertIn("weight: 0.5\n", text)
        self.assertEqual(self.merged(found, out)["outcome"], "identical")


class MergeThatDeviates(MergeTest):
    def tuned(self, name, size):
        """What mergekit made, with one element of each tensor changed by so much of its size."""
        content = {}
        for tensor, (dtype, data) in elements(os.path.join(GOLDEN, f"{name}.safetensors")).items():
            values = list(struct.unpack(f"<{len(data) // 4}f", data))
            values[3] *= 1 + size
            content[tensor] = (dtype, merges.shapes()[tensor], f32(values))
        return self.write("tuned.safetensors", safetensors(content))

    def test_a_step_of_training_afterwards_is_seen(self):
        for name in ("linear-float32", "task_arithmetic-float32", "slerp-float32", "ties-float32", "dare_linear-float32"):
            with self.subTest(name):
                results = self.merged(self.recipe(merges.recipes()[name][0]), self.tuned(name, 1e-4), code=1)
                self.assertEqual(results["summary"]["differs"], results["summary"]["tensors"])
                self.assertEqual(results["summary"]["elements"] - results["summary"]["equal_elements"],
                                 results["summary"]["tensors"])

    def test_other_weights_are_seen(self):
        for name, size in (("linear-float32", 0.3), ("dare_linear-bfloat16", 0.6)):
            text = json.dumps(merges.recipes()[name][0]).replace(f'"weight": {size}', f'"weight": {size + 0.01}')
            results = self.merged(self.recipe(text), os.path.join(GOLDEN, f"{name}.safetensors"), code=1)
            self.assertLess(results["summary"]["telling_equal_elements"], 0.9 * results["summary"]["telling_elements"])

    def test_other_tensors_are_seen(self):
        content = {name: (dtype, merges.shapes()[name], data) for name, (dtype, data) in
                   elements(os.path.join(GOLDEN, "linear-bfloat16.safetensors")).items()}
        content["more"] = ("BF16", [1], b"\0\0")
        del content["lm_head.weight"]
        content["model.norm.weight"] = ("BF16", [8], b"\0" * 16)
        content["model.layers.0.input_layernorm.weight"] = ("F32", [16], b"\0" * 64)
        results = self.merged(self.recipe(merges.recipes()["linear-bfloat16"][0]),
                              self.write("other.safetensors", safetensors(content)), code=1)
        states = {row["name"]: row["state"] for row in results["tensors"] if row["state"] != "equal"}
        self.assertEqual(states, {"lm_head.weight": "missing", "model.norm.weight": "other_shape",
                                  "model.layers.0.input_layernorm.weight": "other_type"})
        self.assertEqual(results["only_in_result"], ["more"])

    def test_what_says_nothing_is_said_to(self):
        a = "a-bfloat16"
        same = {"merge_method": "linear", "models": [merges.source(a, weight=1), merges.source("b-bfloat16", weight=0)]}
        recipe = self.recipe(same)
        process = run("merge", recipe, "--compare", self.path(a))
        self.assertIn("itself one of the recipe's models", " ".join(process.stdout.split()))
        self.assertTrue(self.merged(recipe, self.path(a))["summary"]["result_is_a_model"])
        shutil.copytree(self.path(a), self.path("copy"))
        recipe = self.recipe({"merge_method": "linear",
                              "models": [merges.source(a, weight=0.5), merges.source("copy", weight=0.5)]})
        results = self.merged(recipe, self.path("b-bfloat16"), code=1)
        self.assertEqual(results["summary"]["telling_elements"], 0)


class MergeOfBadRecipes(MergeTest):
    A, B = "a-bfloat16", "b-bfloat16"

    def linear(self, **rest):
        return {"merge_method": "linear", "models": [merges.source(self.A, weight=1), merges.source(self.B, weight=1)],
                **rest}

    def test_what_is_no_recipe(self):
        self.wrong("[1, 2]", "is no recipe")
        self.wrong("a: &x [*x]", "alias")
        self.wrong("a: !!python/object/apply:os.system ['id']", "tag")
        self.wrong("[" * 5000, "nested deeper")
        self.wrong("a: 1\na: 2", "twice")
        self.wrong("# " + "x" * 2_000_000, "too large")
        self.wrong("merge_method: linear\nmodels: [\xff", "recipe.yml")
        self.wrong({"merge_method": "linear"}, "needs either models or slices")
        self.wrong(self.linear(slices=[{"sources": []}]), "either models or slices")
        self.wrong(self.linear(merge_method="model_stock"), "model_stock", "is not re-executed here", "dare_ties")
        self.wrong(self.linear(dtype="int8"), "dtype")

    def test_models_that_can_not_be_merged(self):
        def linear(model):
            return {"merge_method": "linear", "models": [merges.source(self.A, weight=1), merges.source(model, weight=1)]}
        self.wrong(linear("no-such-model\n\x1b[31m"), "no-such-model", "--model NAME=PATH")
        self.wrong(linear(self.A), "a second time")
        self.wrong(linear(self.A + "+lora"), "lora")
        merges.write_model(self.path("other"), {name: values[:len(values) // 2] if name == "lm_head.weight" else values
                                                for name, values in merges.values_of(1).items()}, "bfloat16")
        self.wrong(linear("other"))
        few = {name: values for name, values in merges.values_of(1, 3).items()}
        merges.write_model(self.path("shallow"), few, "bfloat16", 3)
        self.wrong(linear("shallow"), "shallow", "has no tensor of this name")
        self.write("wide/model.safetensors", safetensors({"w": ("F64", [1], b"\0" * 8)}))
        self.wrong({"merge_method": "linear", "models": [merges.source("wide", weight=1)]}, "only floats of 16 and 32 bits")

    def test_numbers_that_are_none(self):
        for value in (".nan", ".inf", "-.inf", "x", "[0, .nan]", "{filter: mlp}"):
            self.wrong("merge_method: linear\nmodels:\n  - model: a-bfloat16\n    parameters: {weight: " + value + "}\n",
                       "weight")
        self.wrong({"merge_method": "linear", "models": [merges.source(self.A)]}, "no weight for a-bfloat16")
        self.wrong({"merge_method": "slerp", "base_model": self.A, "models": [merges.source(self.A)]}, "two models")
        self.wrong({"merge_method": "ties", "models": [merges.source(self.A, weight=1)]}, "base_model")
        self.wrong({"merge_method": "passthrough", "models": [merges.source(self.A), merges.source(self.B)]}, "at a time")

    def test_layers_beyond_the_end(self):
        def slices(*layers):
            return {"merge_method": "passthrough", "slices": [{"sources": [{"model": self.A, "layer_range": list(layers)}]}]}
        self.wrong(slices(3, 9), "has no layer 5: it has 5")
        self.wrong(slices(3, 4_000_000_000), "is no range of layers")
        self.wrong(slices(3, 3), "is no range of layers")
        self.wrong(slices(-1, 3), "is no range of layers")

    def test_a_density_of_two_is_one(self):
        name = "ties-float32"
        text = json.dumps(merges.recipes()[name][0]).replace('"density": 0.5', '"density": 2')
        results = self.merged(self.recipe(text), os.path.join(GOLDEN, f"{name}.safetensors"), code=1)
        self.assertIn("a density of 2 is no share from 0 to 1", results["recipe"]["warnings"][0])

    def test_what_the_call_lacks(self):
        recipe = self.recipe(merges.recipes()["dare_linear-bfloat16"][0])
        process = run("merge", recipe, "-o", self.path("out"))
        self.assertEqual(process.returncode, 2)
        self.assertIn("--compare names the merged model", process.stderr)
        self.assertIn("nothing to do", run("merge", recipe).stderr)
        process = run("merge", recipe, "--compare", self.path(self.A), "--model", "nobody=x")
        self.assertEqual((process.returncode, "no model \"nobody\"" in process.stderr), (2, True), process.stderr)
        # Never over an input.
        linear = self.recipe(self.linear())
        before = elements(os.path.join(self.path(self.A), "model.safetensors"))
        self.assertEqual(run("merge", linear, "-o", self.path(self.A), "--force").returncode, 2)
        self.assertEqual(elements(os.path.join(self.path(self.A), "model.safetensors")), before)

    def test_shards_and_models_elsewhere(self):
        recipe = self.recipe({"merge_method": "linear", "models": [merges.source("org/a", weight=0.5),
                                                                  merges.source("org/b", weight=0.5)]})
        places = ("--model", f"org/a={self.path(self.A)}", "--model", f"org/b={self.path(self.B)}")
        out = self.path("out")
        self.assertEqual(run("merge", recipe, "-o", out, "--shard-bytes", "9000", *places).returncode, 0)
        self.assertGreater(len([name for name in os.listdir(out) if name.startswith("model-0000")]), 2)
        self.assertEqual(self.merged(recipe, out, *places)["outcome"], "identical")
        # A file of another merge beside the shards would be read in their place.
        process = run("merge", recipe, "-o", out, "--force", *places)
        self.assertEqual((process.returncode, "has other weights" in process.stderr), (2, True), process.stderr)
        self.assertEqual(run("merge", recipe, "-o", out, "--shard-bytes", "9000", "--force", *places).returncode, 0)

    def test_tensors_of_nothing_and_of_one_number(self):
        for name, value in (("p", 1.0), ("q", 2.0), ("r", 1.5)):
            self.write(f"{name}/model.safetensors", safetensors({
                "none": ("F32", [0, 4], b""), "one": ("F32", [], f32([value])), "ids": ("I64", [2], b"\1" * 16)}))
        recipe = self.recipe({"merge_method": "linear", "models": [merges.source("p", weight=1), merges.source("q", weight=1)]})
        self.assertEqual(self.merged(recipe, self.path("r"))["outcome"], "identical")
        self.assertEqual(run("merge", recipe, "-o", self.path("out")).returncode, 0)
        self.assertEqual(elements(self.path("out/model.safetensors")), elements(self.path("r/model.safetensors")))
        self.write("s/model.safetensors", safetensors({
            "none": ("F32", [0, 4], b""), "one": ("F32", [], f32([1])), "ids": ("I64", [2], b"\2" * 16)}))
        recipe = self.recipe({"merge_method": "linear", "models": [merges.source("p", weight=1), merges.source("s", weight=1)]})
        process = run("merge", recipe, "--compare", self.path("r"))
        self.assertEqual((process.returncode, "ids" in process.stderr), (3, True), process.stderr)
        self.assertIn("differ between models", process.stderr)

    def test_more_tensors_than_are_merged_at_once(self):
        for name, value in (("p", 1.0), ("q", 2.0), ("r", 1.5)):
            self.write(f"{name}/model.safetensors", safetensors({
                f"w{i}": ("F32", [2], f32([value + i, value])) for i in range(1024)}))
        recipe = self.recipe({"merge_method": "linear", "models": [merges.source("p", weight=1), merges.source("q", weight=1)]})
        self.assertEqual(self.merged(recipe, self.path("r"))["outcome"], "identical")

    def test_a_copy_of_a_parent_is_no_merge(self):
        out = self.path("out.yml")
        process = run("trace", self.path("base-bfloat16"), self.path("a-bfloat16"), "--parents",
                      self.path("a-bfloat16"), self.path("b-bfloat16"), "--recipe", out)
        self.assertEqual((process.returncode, os.path.exists(out)), (1, False), process.stdout)


if __name__ == "__main__":
    unittest.main()
