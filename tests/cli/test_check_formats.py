"""check --format: SARIF and JUnit, as those who read them take them."""

import json
import os
import unittest
import xml.etree.ElementTree

from support import run
from test_verify import DemoModels

try:
    import pydantic_sarif.model as sarif_model
except ImportError:
    sarif_model = None
try:
    import junitparser
except ImportError:
    junitparser = None


class CheckFormats(DemoModels):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.checked = {}

    def check(self, form, *more, bases=("dense-a", "dense-b", "dense-a-again")):
        """The same check is run once."""
        claims = [f"--claim=base_model={self.model(base)}" for base in bases]
        asked = ("check", self.model("dense-a-tuned"), *claims, "--format", form, *more)
        if "-o" in more:
            return run(*asked)
        if asked not in self.checked:
            self.checked[asked] = run(*asked)
        return self.checked[asked]

    def test_sarif_has_a_result_for_each_claim(self):
        process = self.check("sarif")
        self.assertEqual(process.returncode, 1, process.stderr)
        (found,) = json.loads(process.stdout)["runs"]
        self.assertEqual([(one["ruleId"], one["level"], one["kind"]) for one in found["results"]],
                         [("base-model/related", "none", "pass"), ("base-model/unsupported", "error", "fail"),
                          ("base-model/partial", "warning", "fail")])
        rules = found["tool"]["driver"]["rules"]
        for result in found["results"]:
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
            self.assertEqual(rules[result["ruleIndex"]]["defaultConfiguration"]["level"], result["level"])
        self.assertIn("dense-a-tuned", found["results"][0]["message"]["text"])

    def test_what_fails_is_an_error(self):
        process = self.check("sarif", "--fail-on", "related", bases=("dense-a",))
        self.assertEqual(process.returncode, 1, process.stderr)
        self.assertEqual(json.loads(process.stdout)["runs"][0]["results"][0]["level"], "error")

    @unittest.skipIf(sarif_model is None, "pydantic-sarif is not installed: SARIF is not held to its schema")
    def test_sarif_is_as_its_schema_says(self):
        text = self.check("sarif").stdout
        model = sarif_model.StaticAnalysisResultsFormatSarifVersion210JsonSchema
        log = model.model_validate_json(text)
        self.assertEqual(log.version.value, "2.1.0")
        self.assertEqual(len(log.runs[0].results), 3)
        wrong = json.loads(text)
        wrong["runs"][0]["results"][0]["level"] = "bad"
        with self.assertRaises(ValueError):
            model.model_validate(wrong)

    def test_places_are_uris(self):
        odd = self.path("a b%\u00e9")
        os.symlink(self.model("dense-b"), odd)
        process = run("check", odd, "--claim", f"base_model={self.model('dense-a')}", "--quick", "--format", "sarif")
        place = json.loads(process.stdout)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
        self.assertTrue(place["artifactLocation"]["uri"].endswith("/a%20b%25%C3%A9"))
        self.assertTrue(place["artifactLocation"]["uri"].startswith("file:///"))

    def test_junit_has_a_test_for_each_claim(self):
        process = self.check("junit")
        self.assertEqual(process.returncode, 1)
        root = xml.etree.ElementTree.fromstring(process.stdout)
        self.assertEqual((root.get("tests"), root.get("failures")), ("3", "1"))
        cases = root.findall("testsuite/testcase")
        self.assertEqual([case.find("failure") is not None for case in cases], [False, True, False])
        self.assertEqual(cases[1].find("failure").get("type"), "unsupported")

    @unittest.skipIf(junitparser is None, "junitparser is not installed")
    def test_junit_is_read_by_others(self):
        suites = junitparser.JUnitXml.fromstring(self.check("junit").stdout.encode())
        self.assertEqual((suites.tests, suites.failures), (3, 1))

    def test_names_of_any_characters_are_xml(self):
        odd = self.path("<&\"'\x01\ufffe]]>\n")
        os.symlink(self.model("dense-b"), odd)
        for form in ("junit", "sarif"):
            process = run("check", odd, "--claim", f"base_model={self.model('dense-a')}", "--quick", "--format", form)
            self.assertEqual(process.returncode, 1, process.stderr)
            xml.etree.ElementTree.fromstring(process.stdout) if form == "junit" else json.loads(process.stdout)

    def test_a_file_gets_the_form_and_people_the_text(self):
        for form, begins in (("sarif", "{"), ("junit", "<!-- Made by modelkin -->")):
            path = self.path("out." + form)
            for _ in range(2):  # over its own output
                process = self.check(form, "-o", path, "--quick", bases=("dense-b",))
                self.assertEqual(process.returncode, 1, process.stderr)
            self.assertIn("NOTHING FOUND", process.stdout)
            with open(path, encoding="utf-8") as file:
                self.assertTrue(file.read().startswith(begins))

    def test_json_is_one_form(self):
        self.assertEqual(self.check("sarif", "--json").returncode, 2)
        found = json.loads(self.check("json", "--quick").stdout)
        self.assertEqual(found["failed"], True)


if __name__ == "__main__":
    unittest.main()
