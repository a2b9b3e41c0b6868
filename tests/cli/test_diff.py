"""modelkin diff: identical bytes, distances, and content found under other names."""

import hashlib
import json
import unittest

from support import CliTest, bf16, f32, noise, run, small_model, validate


class Diff(CliTest):
    def diff(self, *arguments):
        process = run("diff", *arguments, "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        results = json.loads(process.stdout)
        validate(results, "diff.schema.json")
        return results

    def test_identical_models(self):
        a = self.write_model("a.safetensors", small_model(1))
        results = self.diff(a, a)
        self.assertTrue(results["summary"]["all_identical"])
        with open(a, "rb") as file:
            self.assertEqual(results["inputs"][0]["files"][0]["sha256"],
                             hashlib.sha256(file.read()).hexdigest())
        self.assertEqual(run("diff", a, a, "--exit-code").returncode, 0)

    def test_distances_and_exit_code(self):
        a = self.write_model("a.safetensors", {"w": ("F32", [4], f32([1.0, -0.0, 2.0, 1.0]))})
        one_up = 1.0 + 2.0**-23
        b = self.write_model("b.safetensors", {"w": ("F32", [4], f32([one_up, 0.0, 2.0, float("nan")]))})
        row = self.diff(a, b)["tensors"][0]
        self.assertFalse(row["identical"])
        self.assertEqual(row["bit_equal"], 1)
        self.assertEqual(row["ulp_distances"],
                         {"buckets": [{"from": 0, "to": 0, "count": 2}, {"from": 1, "to": 1, "count": 1}],
                          "nan_pairs": 1})
        self.assertEqual(run("diff", a, b, "--exit-code", "-q").returncode, 1)
        self.assertEqual(run("diff", a, b).returncode, 0)
        quiet = run("diff", a, b, "--quiet")  # as git's
        self.assertEqual((quiet.returncode, quiet.stdout), (1, ""))
        self.assertEqual(run("diff", a, a, "--quiet").returncode, 0)

    def test_renamed_moved_and_duplicated_tensors(self):
        first, second = bf16(noise(64, 1)), bf16(noise(64, 2))
        ones = bf16([1.0] * 64)
        a = self.write_model("a.safetensors", {"layers.0.w": ("BF16", [64], first),
                                               "layers.1.w": ("BF16", [64], second),
                                               "norm": ("BF16", [64], ones)})
        b = self.write_model("b.safetensors", {"layers.0.w": ("BF16", [64], first),
                                               "layers.1.w": ("BF16", [64], first),
                                               "other": ("BF16", [8, 8], second),
                                               "norm2": ("BF16", [64], ones)})
        results = self.diff(a, b)
        self.assertEqual(results["found_elsewhere"],
                         [{"a": "layers.0.w", "b": ["layers.1.w"], "also_at_partner": True},
                          {"a": "layers.1.w", "b": ["other"], "also_at_partner": False}])
        self.assertEqual(results["summary"]["constant_matches"], 1)
        text = run("diff", a, b).stdout
        self.assertIn("layers.1.w -> other", text)


if __name__ == "__main__":
    unittest.main()
