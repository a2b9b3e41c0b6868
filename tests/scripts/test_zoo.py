"""The second zoo's plan holds together, its tokenizer loses nothing, and its truths are understood."""

import importlib.machinery
import importlib.util
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "scripts"))

import zoo_jobs  # noqa: E402
import zoo_text  # noqa: E402


def load(path):
    loader = importlib.machinery.SourceFileLoader(path.stem.replace("-", "_"), str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


class Plan(unittest.TestCase):
    def test_everything_is_made_from_what_is_made(self):
        script = load(SOURCE / "scripts" / "train-second-zoo")
        jobs = script.make_plan()
        gives = [name for job in jobs for name in job.gives]
        self.assertEqual(len(gives), len(set(gives)))
        self.assertLessEqual({need for job in jobs for need in job.needs}, set(gives))
        for name in script.STRUCTURED:  # two at least are strangers of one structure
            self.assertIn(f"{name}-02", gives)
        # Other seeds are other models throughout.
        seeds = {re.search(r"seed (\d+)", job.about)[1] for job in jobs if "seed" in job.about}
        others = {re.search(r"seed (\d+)", job.about)[1]
                  for job in script.make_plan(500000) if "seed" in job.about}
        self.assertFalse(seeds & others)
        one = zoo_jobs.with_needs(jobs, "upcycled-8-llama-02-a")
        self.assertEqual({name for job in one for name in job.gives},
                         {"llama-02", "upcycled-8-llama-02-a"})

    def test_a_plan_needs_no_torch(self):
        with tempfile.TemporaryDirectory() as folder:
            zoo = pathlib.Path(folder) / "zoo"
            run = subprocess.run(
                [sys.executable, SOURCE / "scripts" / "train-second-zoo", zoo, "--plan", "--only",
                 "distilled-states-gpt-01-01"], capture_output=True, text=True, check=True)
            self.assertIn("distilled-states-gpt-01-01 from gpt-01", run.stdout)
            self.assertFalse(zoo.exists())


class Text(unittest.TestCase):
    def test_tokens_give_the_text_back(self):
        texts = {name: (SOURCE / "docs" / f"{name}.md").read_text() for name in ("kinship", "lineage")}
        tokenizer = zoo_text.tokenizer_json(zoo_text.learn_merges(texts))
        vocabulary = tokenizer["model"]["vocab"]
        self.assertEqual(sorted(vocabulary.values()), list(range(zoo_text.VOCABULARY)))
        text = "Größe: naïve façade\n\n  " + texts["lineage"]
        ids = zoo_text.encode(text, tokenizer)
        bytes_of = {letter: byte for byte, letter in zoo_text.byte_letters().items()}
        tokens = list(vocabulary)
        back = bytes(bytes_of[letter] for index in ids for letter in tokens[index])
        self.assertEqual(back.decode(), text)
        self.assertLess(len(ids), 0.7 * len(back))


class Truth(unittest.TestCase):
    """What bench/calibration/run.py takes for true."""

    def setUp(self):
        self.run_py = load(SOURCE / "bench" / "calibration" / "run.py")

        def model(kind="retrained", structure=None, **relations):
            return {"kind": kind, "structure": structure, "relations": relations, "steps": 1,
                    "data": "en", "data_seed": 1}
        self.zoo = {
            "a": model(), "b": model(), "c": model("retrained", "matformer"),
            "d": model("retrained", "matformer"), "student": model("distilled", None, a="no_evidence"),
            "mixture": model("upcycled", "upcycled", a="derived"),
            "other": model("upcycled", "upcycled", b="derived"),
            "tuned": model("tuned", None, student="derived")}

    def expect(self, a, b, truth, kind):
        self.assertEqual(self.run_py.truth_of(self.zoo, a, b), (truth, kind))
        self.assertEqual(self.run_py.truth_of(self.zoo, b, a), (truth, kind))

    def test_distillation_makes_no_relative(self):
        self.expect("a", "student", "null", "distilled")
        self.expect("a", "tuned", "null", "with a descendant")
        self.expect("student", "tuned", "derived", "tuned")
        self.assertTrue(self.run_py.is_original(self.zoo["student"]))

    def test_structures_have_rows_of_their_own(self):
        self.expect("a", "b", "null", "same text, same order")
        self.expect("c", "d", "null", "both matformer")
        self.expect("a", "c", "null", "same text, same order")
        self.expect("mixture", "other", "null", "both upcycled")
        self.expect("mixture", "b", "null", "with an upcycled one")
        self.expect("mixture", "a", "derived", "upcycled")

    def test_tables_have_them(self):
        pairs = [("c", "d"), ("a", "student"), ("a", "b")]
        records = {pair: {"a": pair[0], "b": pair[1], "build": "", "seconds": 1, "category": category,
                          "tests": [{"name": "residual_trace", "log10_p": -4.0, "effect": 5.0}]}
                   for pair, category in zip(pairs, ("shares_material", "no_evidence", "no_evidence"))}
        text, _, _ = self.run_py.report(json.loads(json.dumps(self.zoo)), pairs, records)
        self.assertIn("| both matformer | 1/1 = 1.0000", text)
        self.assertIn("| distilled | 0/1 = 0.0000", text)
        self.assertIn("| residual_trace | 3 | 0 | 3/3", text)


if __name__ == "__main__":
    unittest.main()
