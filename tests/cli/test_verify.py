"""verify: are these the numbers of these models? check: is that its base model? report."""

import json
import os
import tempfile
import unittest

from demo_models import make_demo_models
from support import CliTest, run, validate

EVERY = 2 if os.environ.get("MODELKIN_FEW_CASES") else 1


class DemoModels(CliTest):
    @classmethod
    def setUpClass(cls):
        cls.models = tempfile.TemporaryDirectory()
        make_demo_models(cls.models.name)

    @classmethod
    def tearDownClass(cls):
        cls.models.cleanup()

    def model(self, name):
        return os.path.join(self.models.name, name)


class SameStart(DemoModels):
    def test_a_model_of_the_same_start_is_no_control(self):
        """It has what no stranger has, and hid that dense-a-tuned is built on dense-a."""
        process = run("trace", self.model("dense-a"), self.model("dense-a-tuned"), "--control",
                      self.model("dense-a-again"), "--json")
        results = json.loads(process.stdout)
        self.assertEqual(results["verdict"]["category"], "derived")
        self.assertEqual([(control["category"], control["related"]) for control in results["controls"]],
                         [("shares_material", True)] * 2)


class VerifyTest(DemoModels):
    def pair(self, command, *more):
        path = self.path("results.json")
        process = run(command, self.model("dense-a"), self.model("dense-a-tuned"), *more,
                      "-o", path, "-q")
        # diff --quiet says by its exit code whether the two differ, as git's does.
        self.assertEqual(process.returncode, 1 if command == "diff" else 0, process.stderr)
        return path

    def test_results_of_each_request_are_confirmed(self):
        renames = self.write("renames.json", json.dumps({"model.*": "model.*"}))
        requests = (("compare", "--control", self.model("dense-b"), "--layers", "0,1"),
                    ("compare", "--include=*norm*", "--within", "--threads", "1"),
                    ("trace", "--permutations", "1000", "--seed", "5"),
                    ("trace", "--quick"),
                    ("compare", "--functional", "--text", "Once", "--text", "upon", "--bytes"),
                    ("compare", "--key-map", renames, "--no-quantiles", "--digest"),
                    ("diff", "--exclude", "*norm*", "--no-digest"),
                    ("trace", "--parents", self.model("dense-a"), self.model("dense-b")),
                    ("trace", "--series", self.model("dense-b")),
                    ("trace", "--fingerprints"))
        for arguments in requests[::EVERY]:
            with self.subTest(arguments=arguments):
                process = run("verify", self.pair(*arguments))
                self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
                self.assertIn("confirmed", process.stdout)
                self.assertIn(", 0 differ", process.stdout)

    def test_numbers_of_one_instruction_set_are_confirmed_by_all(self):
        """Of strangers too, whose cosines and means are near zero."""
        refusal = run("compare", self.model("dense-a"), self.model("dense-b"), "--simd", "nonsense")
        targets = refusal.stderr.split("this machine has ")[1].split()
        self.assertGreater(len(targets), 1, refusal.stderr)
        targets = {targets[0], targets[len(targets) // 2], targets[-1]}
        for other in ("dense-a-tuned", "dense-b")[::EVERY]:
            path = self.path(other + ".json")
            process = run("compare", self.model("dense-a"), self.model(other), "-o", path, "-q")
            self.assertEqual(process.returncode, 0, process.stderr)
            for target in targets:
                with self.subTest(other=other, target=target):
                    process = run("verify", path, "--simd", target)
                    self.assertEqual(process.returncode, 0, process.stdout + process.stderr)

    def test_a_changed_number_is_found(self):
        path = self.pair("compare")
        with open(path, encoding="utf-8") as file:
            results = json.load(file)
        results["tensors"][3]["bit_equal"] += 1
        changed = self.write("changed.json", json.dumps(results))
        process = run("verify", changed, "--json")
        self.assertEqual(process.returncode, 1)
        found = json.loads(process.stdout)
        validate(found, "verify.schema.json")
        self.assertFalse(found["confirmed"])
        self.assertEqual([d["place"] for d in found["differences"]], ["tensors[3].bit_equal"])

    def test_other_inputs_are_found(self):
        path = self.pair("compare")
        process = run("verify", path, "--input", "b=" + self.model("dense-b"))
        self.assertEqual(process.returncode, 1)
        self.assertIn("inputs[1].files[0].sha256", process.stdout)
        self.assertEqual(run("verify", path, "--input", "c=x").returncode, 2)
        self.assertEqual(run("verify", path, "--input", "x").returncode, 2)

    def test_what_was_read_may_be_gone(self):
        """The record has texts and rules themselves, not the files that they came from."""
        renames = self.write("renames.json", json.dumps({"model.*": "model.*"}))
        texts = self.write("texts.txt", "Once\nupon\n")
        path = self.pair("compare", "--key-map", renames, "--functional", "--texts", texts, "--bytes")
        os.remove(renames)
        os.remove(texts)
        process = run("verify", path)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)

    def test_what_is_no_results(self):
        for content in ("[", "[]", "{}", "3", '{"run": {"command": "trace", "arguments": ["a", "b"]}}'):
            self.assertEqual(run("verify", self.write("no.json", content)).returncode, 3)
        self.assertEqual(run("verify", self.path("absent")).returncode, 3)


class CheckTest(DemoModels):
    def check(self, model, base, *more):
        return run("check", self.model(model), "--claim", "base_model=" + self.model(base), *more)

    def test_claims(self):
        good = self.check("dense-a-tuned", "dense-a")
        self.assertEqual(good.returncode, 0, good.stderr)
        self.assertIn("\n  RELATED, DIRECTION NOT SHOWN\n", good.stdout)
        self.assertIn("\n  Check passed: it fails on unsupported, untestable, reversed", good.stdout)
        self.assertIn("What is claimed was not shown: to fail on that as well, add related.", " ".join(good.stdout.split()))
        self.assertNotIn("point the other way", good.stdout)
        bad = self.check("dense-a-tuned", "dense-b", "--json")
        self.assertEqual(bad.returncode, 1)
        validate(json.loads(bad.stdout), "check.schema.json")
        claim = json.loads(bad.stdout)["claims"][0]
        self.assertEqual((claim["outcome"], claim["verdict"]), ("unsupported", "no_evidence"))
        lenient = self.check("dense-a-tuned", "dense-b", "--fail-on", "reversed")
        self.assertEqual(lenient.returncode, 0)
        self.assertNotIn("as well", lenient.stdout)  # it says itself that nothing was found
        self.assertEqual(self.check("dense-a-tuned", "dense-a", "--fail-on",
                                    "related,partial").returncode, 1)
        both = self.check("dense-a-tuned", "dense-a", "--claim",
                          "base_model=" + self.model("dense-b"), "-o", self.path("check.json"))
        self.assertEqual(both.returncode, 1)
        with open(self.path("check.json"), encoding="utf-8") as file:
            found = json.load(file)
        validate(found, "check.schema.json")
        self.assertEqual([c["outcome"] for c in found["claims"]], ["related", "unsupported"])
        self.assertTrue(found["failed"])

    def test_nonsense(self):
        for more in (["--claim", "licence=mit"], ["--claim", "base_model="], [],
                     ["--claim", "base_model=x", "--fail-on", "rain"]):
            self.assertEqual(run("check", self.model("dense-a"), *more).returncode, 2)
        self.assertEqual(self.check("dense-a", "absent").returncode, 3)


class ReportTest(DemoModels):
    def test_page(self):
        page = self.path("report.html")
        process = run("report", self.model("dense-a"), self.model("dense-a-tuned"), "-o", page,
                      "--permutations", "1000")
        self.assertEqual(process.returncode, 0, process.stderr)
        with open(page, encoding="utf-8") as file:
            text = file.read()
        self.assertTrue(text.lower().startswith("<!doctype html>"))
        self.assertNotIn("__MODELKIN_DATA__", text)

    def test_data(self):
        process = run("report", self.model("dense-a"), self.model("moe-c"), "--format", "json",
                      "--quick", "--permutations", "1000")
        report = json.loads(process.stdout)
        validate(report, "report.schema.json")
        self.assertEqual(report["names"]["b"], "moe-c")
        self.assertIsNone(report["compare"])
        self.assertEqual(report["trace"]["verdict"]["category"], "no_evidence")

    def test_markdown(self):
        process = run("report", self.model("dense-a"), self.model("dense-a-tuned"), "--format",
                      "md", "--control", self.model("dense-b"), "--permutations", "1000")
        self.assertEqual(process.returncode, 0, process.stderr)
        headings = [line for line in process.stdout.splitlines() if line.startswith("## ")]
        self.assertEqual([heading.split(". ")[1] for heading in headings],
                         ["Executive summary", "Configuration comparison", "Architecture",
                          "Methodology", "Layer by layer", "Deep dive", "Conclusions"])
        self.assertIn("**Same lineage.** dense-a and dense-a-tuned go back to", process.stdout)
        self.assertIn("\nVerdict `derived`: ", process.stdout)
        # Every row of a table has as many cells as its head.
        rows = [line for line in process.stdout.splitlines() if line.startswith("|")]
        cells = [len(row.replace("\\|", "").split("|")) for row in rows]
        heads = [i for i, row in enumerate(rows) if set(row) <= set("|-: ")]
        self.assertGreater(len(heads), 5)
        for begin, end in zip(heads, heads[1:] + [len(rows) + 1]):
            for i in range(begin - 1, end - 1):
                self.assertEqual(cells[i], cells[begin], rows[i])


if __name__ == "__main__":
    unittest.main()
