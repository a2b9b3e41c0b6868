"""audit: one model beside many."""

import html
import json
import os
import re
import signal
import subprocess
import time
import unittest

from support import MODELKIN, run, validate
from test_verify import DemoModels


# What is asked of audits of all weights is of those of a few too, which take a third of the time.
EFFORT = ("--quick",) if os.environ.get("MODELKIN_FEW_CASES") else ()


class AuditTest(DemoModels):
    def audit(self, candidate, *more, names=("dense-a", "dense-b", "moe-c"), effort=EFFORT):
        listed = self.write("list.txt", "# published\n\n" + "".join(self.model(name) + "\n" for name in names))
        return run("audit", self.model(candidate), "--against", listed, *effort, *more)

    def answer(self, candidate, *more, **options):
        process = self.audit(candidate, "--json", *more, **options)
        self.assertEqual(process.returncode, 0, process.stderr)
        found = json.loads(process.stdout)
        validate(found, "audit.schema.json")
        return found

    def test_names_what_it_is_from_and_nothing_else(self):
        found = self.answer("dense-a-tuned", effort=())
        self.assertEqual([model["outcome"] for model in found["models"]], ["found", "nothing_found", "nothing_found"])
        self.assertEqual((found["outcome"], found["found"], found["nothing_found"]), ("found", 1, 2))
        self.assertIn("go back to the same trained model", found["sentence"])
        self.assertEqual(found["run"]["request"]["comparisons"], 3)
        self.assertIn("noise_added", found["models"][0]["trace"]["kinds"])

    def test_of_strangers_says_what_would_have_been_found(self):
        found = self.answer("dense-b", names=("dense-a", "dense-a-tuned", "moe-c"))
        self.assertEqual(found["outcome"], "nothing_found")
        shares = [model["smallest_share"] for model in found["models"]]
        self.assertEqual(found["smallest_share"], max(shares))
        self.assertLess(max(shares), 0.1)
        text = self.audit("dense-b", names=("dense-a", "moe-c")).stdout
        self.assertIn("NOTHING FOUND", text)
        self.assertIn("does not prove", text)
        self.assertIn("corrected for 2 comparisons together", " ".join(text.split()))

    def test_p_is_corrected_for_all_comparisons(self):
        """The level is shared, so that the same pair's p is larger by the number of references."""
        test = "residual_tables"  # whose p is no bound
        def adjusted(*names):
            folder = self.path("of-" + str(len(names)))
            self.answer("dense-a-again", "--traces", folder, names=names)
            with open(os.path.join(folder, "001-dense-b.json"), encoding="utf-8") as file:
                tests = {one["name"]: one for one in json.load(file)["tests"]}
            return tests[test]["log10_p"], tests[test]["log10_p_adjusted"]
        plain, one = adjusted("dense-b")
        same, three = adjusted("dense-b", "moe-c", "dense-a")
        self.assertEqual(plain, same)
        self.assertGreaterEqual(three, one)
        # A p that stays below 1 is three times as large.
        trace = run("trace", self.model("dense-a"), self.model("dense-a-tuned"), "--json", *EFFORT).stdout
        alone = {one["name"]: one["log10_p_adjusted"] for one in json.loads(trace)["tests"]}
        found = self.answer("dense-a-tuned", names=("dense-a", "dense-b", "moe-c"))
        strongest = found["models"][0]["trace"]["strongest"]
        self.assertAlmostEqual(strongest["log10_p_adjusted"] - alone[strongest["test"]], 0.4771, places=3)

    def test_a_model_that_is_not_there_or_wrong_does_not_end_it(self):
        wrong = self.write("wrong.safetensors", "no weights")
        absent = self.path("absent")
        found = json.loads(run("audit", self.model("dense-a"), "--against", absent, "--against", wrong,
                               "--against", self.model("dense-b"), "--quick", "--json").stdout)
        validate(found, "audit.schema.json")
        self.assertEqual([model["outcome"] for model in found["models"]],
                         ["untestable", "untestable", "nothing_found"])
        self.assertIn("no such file", found["models"][0]["failure"])
        self.assertIn("wrong.safetensors", found["models"][1]["failure"])
        text = run("audit", self.model("dense-a"), "--against", absent).stdout
        self.assertIn("CANNOT BE TESTED", text)
        self.assertNotIn("in a million", text)

    def test_a_candidate_that_is_not_there_is_an_error(self):
        process = run("audit", self.path("absent"), "--against", self.model("dense-b"))
        self.assertEqual(process.returncode, 3)
        self.assertIn("absent", process.stderr)

    def test_exit_code_says_whether_anything_was_found(self):
        self.assertEqual(self.audit("dense-a-tuned", "--exit-code", "-q", effort=("--quick",)).returncode, 1)
        self.assertEqual(self.audit("dense-b", "--exit-code", "-q", names=("moe-c",), effort=("--quick",)).returncode, 0)

    def test_lists(self):
        empty = self.write("empty.txt", "# none\n\n")
        process = run("audit", self.model("dense-a"), "--against", empty)
        self.assertEqual(process.returncode, 3)
        self.assertIn("names no model", process.stderr)
        twice = self.write("twice.txt", f"{self.model('dense-b')}\n{self.model('dense-b')}\n")
        found = json.loads(run("audit", self.model("dense-a"), "--against", twice, "--against",
                               self.model("dense-b"), "--quick", "--json").stdout)
        self.assertEqual(len(found["models"]), 1)
        binary = self.write("list.txt", "a\x00b\n")
        self.assertEqual(run("audit", self.model("dense-a"), "--against", binary).returncode, 3)

    def test_verify_recomputes_it_and_each_trace(self):
        out, folder = self.path("audit.json"), self.path("traces")
        self.assertEqual(self.audit("dense-a-tuned", "-o", out, "--traces", folder, "-q").returncode, 0)
        self.assertEqual(sorted(os.listdir(folder)), ["001-dense-a.json", "002-dense-b.json", "003-moe-c.json"])
        for file in (out, os.path.join(folder, "001-dense-a.json"), os.path.join(folder, "002-dense-b.json")):
            process = run("verify", file)
            self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        with open(out, encoding="utf-8") as file:
            changed = json.load(file)
        changed["models"][0]["trace"]["verdict"] = "no_evidence"
        process = run("verify", self.write("changed.json", json.dumps(changed)))
        self.assertEqual(process.returncode, 1)
        self.assertIn("models[0].trace.verdict", process.stdout)
        process = run("verify", out, "--input", f"reference_1={self.model('dense-b')}")
        self.assertEqual(process.returncode, 1)
        process = run("verify", out, "--input", f"reference_9={self.model('dense-b')}")
        self.assertEqual(process.returncode, 2)

    def test_goes_on_after_an_interruption_with_the_same_answer(self):
        state, out = self.path("state"), self.path("audit.json")
        names = ("dense-a", "dense-b", "dense-a-again", "moe-c")
        whole = self.answer("dense-a-tuned", names=names)
        listed = self.path("list.txt")
        command = [MODELKIN, "audit", self.model("dense-a-tuned"), "--against", listed, "--resume", state,
                   "-o", out, "-q", *EFFORT]
        with subprocess.Popen(command) as process:
            until = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < until:
                if os.path.isdir(os.path.join(state, "answers")) and any(
                        name.startswith("model-") for name in os.listdir(os.path.join(state, "answers"))):
                    process.send_signal(signal.SIGINT)
                    break
                time.sleep(0.005)
        if process.returncode != 0:  # it may have ended before the signal
            self.assertFalse(os.path.exists(out))
            self.assertTrue(os.path.exists(os.path.join(state, "answers")))
            self.assertEqual(run(*command[1:]).returncode, 0)
        self.assertFalse(os.path.exists(state))
        with open(out, encoding="utf-8") as file:
            again = json.load(file)
        self.assertEqual({**again, "run": 0}, {**whole, "run": 0})

    def test_page_is_in_two_languages_and_escapes_names(self):
        hostile = self.path("<img src=x onerror=alert(1)>")
        os.symlink(self.model("dense-a"), hostile)
        page = self.path("audit.html")
        process = run("audit", self.model("dense-a-tuned"), "--against", hostile, "--page", page, "-q", "--quick")
        self.assertEqual(process.returncode, 0, process.stderr)
        with open(page, encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn("<img", text)
        self.assertNotIn("<script", text)
        self.assertIn("같은 계보", text)
        self.assertIn("Same lineage", text)
        self.assertIn("onerror=alert(1)", html.unescape(text))
        process = run("audit", self.model("dense-b"), "--against", hostile, "--page", page, "-q", "--quick")
        self.assertEqual(process.returncode, 0, process.stderr)  # in place of an older one
        self.assertEqual(re.findall(r'<article id="(\w+)"', text), ["en", "ko"])

    def test_inputs_are_not_written_over(self):
        weights = os.path.join(self.model("dense-b"), "model.safetensors")
        for flag in ("-o", "--page"):
            process = self.audit("dense-a", flag, weights, "--force")
            self.assertEqual(process.returncode, 2, process.stdout)
        listed = self.path("list.txt")
        self.assertEqual(self.audit("dense-a", "-o", listed, "--force").returncode, 2)


if __name__ == "__main__":
    unittest.main()
