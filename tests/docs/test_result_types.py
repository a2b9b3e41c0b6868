"""The Python package's types of results are made of docs/*.schema.json by scripts/make-result-types."""

import glob
import importlib.machinery
import importlib.util
import os
import re
import subprocess
import sys
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SCRIPT = os.path.join(ROOT, "scripts", "make-result-types")


def script():
    """The script, as a module."""
    loader = importlib.machinery.SourceFileLoader("make_result_types", SCRIPT)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def made(properties, definitions=None, name="diff"):
    """The text of the module of one schema."""
    schema = {"title": "Made up", "type": "object", "required": list(properties), "properties": properties,
              "definitions": definitions or {}}
    return script().texts_of_modules({name: schema})[name]


class ResultTypes(unittest.TestCase):
    def test_committed_modules_are_up_to_date(self):
        process = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)

    def test_each_schema_has_a_module(self):
        schemas = {os.path.basename(path).removesuffix(".schema.json")
                   for path in glob.glob(os.path.join(ROOT, "docs", "*.schema.json"))}
        self.assertEqual(schemas, set(script().KINDS))

    def test_members_have_the_types_of_the_schema(self):
        text = made({
            "shares": {"description": "Shares.", "type": "array", "items": {"type": "object", "properties": {
                "class": {"description": "Its class.", "type": "string"}}}},
            "kind": {"description": "Which.", "enum": ["x", "y", None]},
            "cells": {"description": "Cells.", "type": "array", "items": {"type": "array", "items": {"type": ["number", "null"]}}},
        })
        compile(text, "made", "exec")
        self.assertIn("def shares(self) -> Table[DiffShare]:", text)
        self.assertIn("def class_(self) -> str | None:", text)
        self.assertIn('def kind(self) -> Literal["x", "y"] | None:\n        """Which."""', text)
        self.assertIn("def cells(self) -> Matrix:", text)

    def test_two_objects_under_one_name_are_refused(self):
        whole = {"description": "A number.", "type": "integer"}
        with self.assertRaisesRegex(AssertionError, "DiffSide is two things"):
            made({"side": {"description": "x", "type": "object", "properties": {"x": whole}},
                  "b": {"description": "y", "$ref": "#/definitions/side"}},
                 {"side": {"type": "object", "properties": {"y": whole}}})

    def test_members_without_a_description_are_refused(self):
        with self.assertRaisesRegex(AssertionError, "pairs has no description"):
            made({"pairs": {"type": "integer"}})

    def test_cards_say_what_calibration_measured(self):
        """The number of unrelated pairs beside a verdict is that of docs/calibration.md."""
        with open(os.path.join(ROOT, "python", "modelkin", "_views", "words.py"), encoding="utf-8") as file:
            pairs = re.search(r"^UNRELATED_PAIRS = (\d+)$", file.read(), re.M)[1]
        with open(os.path.join(ROOT, "docs", "calibration.md"), encoding="utf-8") as file:
            self.assertIn(f"**In short.** {int(pairs):,} pairs of independent models: none accused.", file.read())


if __name__ == "__main__":
    unittest.main()
