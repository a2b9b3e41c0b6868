"""Models in GGUF files, as llama.cpp's converter wrote them: named, compared and run as published."""

import json
import os
import unittest

from support import CliTest, run

MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "gguf_models")
RUNNABLE = ("arcee", "bert", "cohere2", "command-r", "deepseek-v3", "distilbert", "dots1", "ernie4-5",
            "exaone-moe", "exaone4", "gemma", "gemma2", "gemma3", "glm-hf", "glm4", "glm4-moe",
            "gpt-oss", "gpt2", "granite", "llama", "llama-3", "llama4", "minimax-m2", "mixtral",
            "modernbert", "nemotron", "olmo2", "olmo3", "phi2", "phimoe", "qwen2", "qwen3", "qwen3-5",
            "qwen3-5-moe", "qwen3-moe", "qwen3-next", "seed-oss", "smollm3", "solar-open", "stablelm",
            "starcoder2")
REORDERED = ("arcee", "granite", "llama", "llama-3", "mixtral", "smollm3")


def described():
    with open(os.path.join(MODELS, "models.json")) as file:
        return json.load(file)


def path(name):
    return os.path.join(MODELS, f"{name}.gguf")


class GgufTest(CliTest):
    def answer(self, *arguments):
        done = run(*arguments, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_runs_as_transformers_does(self):
        models = described()
        for name in RUNNABLE:
            with self.subTest(name):
                ids = ",".join(map(str, models[name]["tokens"]))
                answer = self.answer("run", path(name), "--ids", ids, "--arrays")
                # Of a model without a head, what goes out of the last layer.
                last = answer["logits"] if answer["logits"] else answer["final"]
                while isinstance(last[0], list):
                    last = last[-1]
                for ours, theirs in zip(last, models[name]["logits"], strict=True):
                    self.assertAlmostEqual(ours, theirs, delta=1e-4)

    def test_says_in_which_order_rows_are(self):
        for name in RUNNABLE:
            notes = self.answer("run", path(name), "--ids", "1,2")["notes"]
            said = any("llama.cpp's order" in note for note in notes)
            self.assertEqual(said, name in REORDERED, name)

    def test_equals_what_was_converted(self):
        published = os.path.join(MODELS, "published", "llama")
        for pair in ((path("llama"), published), (published, path("llama"))):
            with self.subTest(pair):
                summary = self.answer("compare", *pair)["summary"]
                self.assertEqual(summary["compared"], 21)
                self.assertEqual(summary["only_in_a"] + summary["only_in_b"], 0)
                self.assertNotEqual(summary["rotary_layout"], "same")
                for role in summary["by_role"]:
                    self.assertEqual(role["max_abs_diff"]["max"], 0, role["role"])
        said = " ".join(run("compare", path("llama"), published).stdout.split())
        self.assertIn("in the rotary order of transformers", said)

    def test_inspects_as_the_published_model(self):
        from_file = self.answer("inspect", path("llama"))
        from_folder = self.answer("inspect", os.path.join(MODELS, "published", "llama"))
        for key in ("family", "model_type", "tensors", "parameters"):
            self.assertEqual(from_file[key], from_folder[key], key)


if __name__ == "__main__":
    unittest.main()
