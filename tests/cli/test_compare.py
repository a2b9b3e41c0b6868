"""modelkin compare: inputs, filters, outputs."""

import csv
import io
import json
import os
import subprocess
import unittest

import jsonschema

from support import DOCS, MODELKIN, CliTest, bf16, f32, noise, run, safetensors, small_model


def schema(name):
    with open(os.path.join(DOCS, name), encoding="utf-8") as file:
        return json.load(file)


def without_run(text):
    """The compared part: all but the line of the run record."""
    lines = text.splitlines()
    kept = [line for line in lines if not line.startswith('"run":')]
    assert len(kept) == len(lines) - 1
    return kept


class CompareInputs(CliTest):
    def test_file_directory_and_index_give_the_same_tensors(self):
        tensors = small_model(1)
        single = self.write_model("single/model.safetensors", tensors)
        names = list(tensors)
        shards = {"model-00001-of-00002.safetensors": names[:3], "model-00002-of-00002.safetensors": names[3:]}
        for shard, members in shards.items():
            self.write_model(f"sharded/{shard}", {name: tensors[name] for name in members})
        index = {"weight_map": {name: shard for shard, members in shards.items() for name in members}}
        index_path = self.write("sharded/model.safetensors.index.json", json.dumps(index))
        for other in (single, os.path.dirname(single), os.path.dirname(index_path), index_path):
            results = self.compare(single, other)
            self.assertEqual(results["summary"]["compared"], len(tensors))
            self.assertEqual(results["summary"]["byte_identical"], len(tensors))
            self.assertEqual([t["cosine_similarity"] for t in results["tensors"]],
                             [1.0] * len(tensors))

    def test_one_sided_names_and_mismatched_shapes_are_listed(self):
        a = self.write_model("a.safetensors", {"both": ("F32", [2], f32([1, 2])),
                                               "only_a": ("F32", [1], f32([1])),
                                               "shape": ("F32", [2, 3], f32([0] * 6))})
        b = self.write_model("b.safetensors", {"both": ("F32", [2], f32([2, 1])),
                                               "only_b": ("F32", [1], f32([1])),
                                               "shape": ("F32", [3, 2], f32([0] * 6))})
        results = self.compare(a, b)
        rows = {(t["a"], t["b"]): t for t in results["tensors"]}
        self.assertEqual(set(rows), {("both", "both"), ("only_a", None), (None, "only_b"),
                                     ("shape", "shape")})
        mismatch = rows[("shape", "shape")]
        self.assertFalse(mismatch["comparable"])
        self.assertEqual(mismatch["shape_mismatch"], {"a": [2, 3], "b": [3, 2]})
        self.assertAlmostEqual(rows[("both", "both")]["cosine_similarity"], 0.8, places=12)
        self.assertAlmostEqual(rows[("both", "both")]["pearson_correlation"], -1.0, places=12)
        self.assertAlmostEqual(rows[("both", "both")]["shuffled_cosine"], 0.9, places=12)
        self.assertAlmostEqual(rows[("both", "both")]["mean_abs_diff"], 1.0, places=12)

    def test_types_are_compared_by_value(self):
        values = [0.5, -1.5, 2.0, 0.0]
        a = self.write_model("a.safetensors", {"w": ("BF16", [4], bf16(values))})
        b = self.write_model("b.safetensors", {"w": ("F32", [4], f32(values))})
        row = self.compare(a, b)["tensors"][0]
        self.assertEqual((row["dtype_a"], row["dtype_b"]), ("BF16", "F32"))
        self.assertEqual(row["identical_fraction"], 1.0)
        self.assertEqual(row["max_abs_diff"], 0.0)

    def test_undefined_metrics_carry_a_reason(self):
        a = self.write_model("a.safetensors", {"w": ("F32", [3], f32([0, 0, 0]))})
        b = self.write_model("b.safetensors", {"w": ("F32", [3], f32([1, 2, 3]))})
        row = self.compare(a, b)["tensors"][0]
        for name in ("cosine_similarity", "shuffled_cosine", "pearson_correlation"):
            self.assertIsNone(row[name])
            self.assertTrue(row["undefined"][name])

    def test_empty_tensors_and_non_finite_values(self):
        nan, inf = float("nan"), float("inf")
        a = self.write_model("a.safetensors", {"empty": ("F32", [0, 4], b""),
                                               "odd": ("F32", [4], f32([nan, inf, 1, 2]))})
        b = self.write_model("b.safetensors", {"empty": ("F32", [0, 4], b""),
                                               "odd": ("F32", [4], f32([1, 1, 2, 1]))})
        rows = {t["a"]: t for t in self.compare(a, b)["tensors"]}
        self.assertEqual(rows["empty"]["elements"], 0)
        self.assertIsNone(rows["empty"]["cosine_similarity"])
        self.assertEqual(rows["odd"]["finite_pairs"], 2)
        self.assertEqual(rows["odd"]["stats_a"]["nan_count"], 1)
        self.assertEqual(rows["odd"]["stats_a"]["infinite_count"], 1)
        self.assertAlmostEqual(rows["odd"]["pearson_correlation"], -1.0, places=12)


class CompareFilters(CliTest):
    def setUp(self):
        super().setUp()
        self.a = self.write_model("a.safetensors", small_model(1, layers=12))
        self.b = self.write_model("b.safetensors", small_model(2, layers=12))

    def names(self, *arguments):
        return [t["a"] for t in self.compare(self.a, self.b, *arguments)["tensors"]]

    def test_layers_in_natural_order(self):
        names = self.names("--layers", "2,9-10", "--include", "*norm*")
        self.assertEqual(names, [f"model.layers.{i}.input_layernorm.weight" for i in (2, 9, 10)])

    def test_a_repeated_option_leaves_the_models_alone(self):
        results = self.compare("--include", "*norm*", "--include", "*embed*", "--control", self.a,
                               self.a, self.b)
        self.assertEqual(results["summary"]["compared"], 13)

    def test_exclude_and_what_was_left_out(self):
        results = self.compare(self.a, self.b, "--exclude", "*layers*")
        self.assertEqual([t["a"] for t in results["tensors"]], ["model.embed_tokens.weight"])
        self.assertEqual(results["summary"]["left_out"], 48)

    def test_key_map_with_stars(self):
        renamed = {name.replace("model.layers.", "blocks."): tensor
                   for name, tensor in small_model(1, layers=12).items()}
        other = self.write_model("renamed.safetensors", renamed)
        key_map = self.write("map.json", json.dumps({"model.layers.*.self_attn.*": "blocks.*.self_attn.*",
                                                     "model.layers.*": "blocks.*"}))
        summary = self.compare(self.a, other, "--key-map", key_map)["summary"]
        self.assertEqual((summary["compared"], summary["byte_identical"]), (25, 25))
        self.assertEqual(self.compare(self.a, other)["summary"]["only_in_a"], 24)

    def test_within_compares_layers_of_each_model(self):
        results = self.compare(self.a, "--within", "--layers", "0-2")
        self.assertEqual(results["summary"]["a"], None)
        pairs = {(t["layer"], t["layer_b"]) for t in results["within_tensors"]}
        self.assertEqual(pairs, {(0, 1), (0, 2), (1, 2)})
        both = self.compare(self.a, self.b, "--within", "--layers", "0-2")
        self.assertEqual([s["a"] for s in both["within_summaries"]], ["a", "b"])

    def test_controls_are_compared_with_both(self):
        control = self.write_model("c.safetensors", small_model(3, layers=12))
        results = self.compare(self.a, self.b, "--control", control, "--control", self.a)
        self.assertEqual([(s["a"], s["b"]) for s in results["control_summaries"]],
                         [("a", "control_1"), ("b", "control_1"), ("a", "control_2"), ("b", "control_2")])
        self.assertEqual(results["control_summaries"][2]["byte_identical"], 25)

    def test_flags_of_older_scripts(self):
        output = self.path("results.json")
        process = run("compare", "--model1", self.a, "--model2", self.b, "--layers", "10,11",
                      "--output", output)
        self.assertEqual(process.returncode, 0, process.stderr)
        with open(output, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["summary"]["compared"], 4)


class CompareOutputs(CliTest):
    def setUp(self):
        super().setUp()
        big = {"big": ("F32", [600, 1000], f32(noise(600_000, 7)))}
        self.a = self.write_model("a.safetensors", small_model(1) | big)
        self.b = self.write_model("b.safetensors", small_model(2) | {"extra": ("U8", [1], b"x")} | big)

    def test_results_follow_the_schema(self):
        odd = self.write_model("odd.safetensors", {
            "model.embed_tokens.weight": ("F32", [3], f32([0, 0, 0])), "packed": ("F4", [2], b"x")})
        packed = self.write_model("packed.safetensors", {
            "model.embed_tokens.weight": ("F32", [3], f32([0, float("nan"), 0])),
            "packed": ("F4", [2], b"y")})
        checker = jsonschema.Draft7Validator(schema("results.schema.json"))
        for arguments in ((self.a, self.b, "--control", odd, "--within"), (odd, packed),
                          (self.a, "--within"), (self.a, self.b, "--no-quantiles", "--no-digest")):
            errors = list(checker.iter_errors(self.compare(*arguments)))
            self.assertEqual([e.message for e in errors], [])

    def test_the_schema_refuses_what_it_should(self):
        checker = jsonschema.Draft7Validator(schema("results.schema.json"))
        results = self.compare(self.a, self.b)
        del results["tensors"][0]["cosine_similarity"]
        self.assertFalse(checker.is_valid(results))

    def test_same_bytes_for_any_number_of_threads(self):
        outputs = []
        for threads in (1, 2, 7):
            process = run("compare", self.a, self.b, "--control", self.a, "--json", "--threads", threads)
            self.assertEqual(process.returncode, 0, process.stderr)
            outputs.append(without_run(process.stdout))
        self.assertEqual(outputs[0], outputs[1])
        self.assertEqual(outputs[0], outputs[2])

    def test_file_and_standard_output_agree(self):
        output = self.path("out.json")
        process = run("compare", self.a, self.b, "-o", output, "--json")
        with open(output, encoding="utf-8") as file:
            self.assertEqual(file.read(), process.stdout)

    def test_csv_has_a_row_for_every_pair(self):
        process = run("compare", self.a, self.b, "--csv")
        rows = list(csv.DictReader(io.StringIO(process.stdout)))
        results = self.compare(self.a, self.b)
        self.assertEqual(len(rows), len(results["tensors"]))
        for row, tensor in zip(rows, results["tensors"]):
            self.assertEqual(row["a"], tensor["a"] or "")
            if tensor["comparable"]:
                self.assertEqual(float(row["cosine_similarity"]), tensor["cosine_similarity"])

    def test_inputs_are_recorded_with_digests(self):
        import hashlib
        with open(self.a, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        record = self.compare(self.a, self.b)["inputs"][0]["files"][0]
        self.assertEqual(record["sha256"], digest)
        self.assertIsNone(self.compare(self.a, self.b, "--no-digest")["inputs"][0]["files"][0]["sha256"])

    def test_every_simd_target_that_is_offered_runs(self):
        refusal = run("compare", self.a, self.b, "--simd", "nonsense")
        self.assertEqual(refusal.returncode, 2)
        targets = refusal.stderr.split("this machine has ")[1].split()
        self.assertGreaterEqual(len(targets), 1)
        for target in targets:
            self.assertEqual(self.compare(self.a, self.b, "--simd", target)["run"]["simd_target"], target)

    def test_many_small_tensors_take_little_memory(self):
        """FP8 checkpoints have a scale for each block or tensor. 65 kB for each were 1.3 GB."""
        with open(MODELKIN, "rb") as program:
            if b"__asan_init" in program.read():
                self.skipTest("a sanitizer's memory is not the program's")
        paths = [self.write(f"{side}.safetensors", safetensors(
            {f"model.layers.{i // 100}.mlp.experts.{i % 100}.up_proj.weight_scale":
             ("F32", [4], f32(noise(4, seed * 20000 + i))) for i in range(20000)}))
            for seed, side in enumerate("ab")]
        process = subprocess.Popen([MODELKIN, "compare", *paths], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        self.assertLess(usage.ru_maxrss / 1024, 128)  # MiB, of which 5 are the files


if __name__ == "__main__":
    unittest.main()
