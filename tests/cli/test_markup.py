"""Values of models and names of folders are text in every form of output: no markup, link, formula or
control of a terminal."""

import base64
import csv
import gzip
import io
import json
import os
import re
import shutil
import tempfile
import unittest

from demo_models import make_demo_models
from support import CliTest, f32, noise, run, safetensors

EVIL = ('<img src=x onerror=alert(1)>[click](https://evil.example/a) https://evil.example/b '
        'www.evil.example me@evil.example `code` ```\n# heading | cell | $x$ '
        '<https://evil.example/c> \x1b[2J\x1b]0;title\x07\u009b31m\u202egnp.exe \u2028')
# A file's name, which has no slash.
EVIL_NAME = "=cmd|' C'!A0 <b>bold [x](javascript:alert(1)) www.evil.example \x1b[31m\u202e\u009b"
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f]")


def outside_code(markdown):
    """What of Markdown is no code: fences first, then spans, which end at as many backticks."""
    markdown = re.sub(r"(?ms)^(`{3,})\n.*?^\1$", "", markdown)
    return re.sub(r"(?s)(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)", "", markdown)


class Markup(CliTest):
    @classmethod
    def setUpClass(cls):
        cls.demo = tempfile.TemporaryDirectory()
        make_demo_models(cls.demo.name)

    @classmethod
    def tearDownClass(cls):
        cls.demo.cleanup()

    def setUp(self):
        super().setUp()
        self.models = []
        for number in range(2):
            name = f"{number} {EVIL_NAME}" if number else EVIL_NAME
            model = self.path(name)
            tensors = {name: ("F32", [4, 4], f32(noise(16, seed + number))) for seed, name in
                       enumerate((EVIL, EVIL_NAME, "+1", "@x", "-y", "\uff1dz", " =1", "a;b", "a,b",
                                  "\t=1", "lm_head.weight"))}
            self.write(os.path.join(model, "model.safetensors"), safetensors(tensors))
            with open(os.path.join(self.demo.name, "dense-a", "config.json"),
                      encoding="utf-8") as file:
                config = json.load(file)
            config.update({"model_type": EVIL, "hidden_act": EVIL, "architectures": [EVIL],
                           "rope_scaling": {EVIL: EVIL}, "attention_bias": EVIL, EVIL: EVIL,
                           "torch_dtype": EVIL_NAME, "num_hidden_layers": EVIL})
            self.write(os.path.join(model, "config.json"), json.dumps(config))
            self.write(os.path.join(model, "tokenizer.json"), json.dumps({
                "added_tokens": [{"id": 2, "content": EVIL, "special": True}],
                "model": {"type": "BPE", "vocab": {EVIL_NAME: 0, EVIL: 1}, "merges": []}}))
            self.models.append(model)

    def output(self, *arguments, codes=(0, 1)):
        process = run(*arguments)
        self.assertIn(process.returncode, codes, process.stderr)
        self.assertNotRegex(process.stderr.rstrip("\n"), CONTROLS)
        return process.stdout

    def commands(self):
        a, b = self.models
        quick = ["--quick", "--permutations", "100"]
        return {"inspect": [a], "config": [a, b], "tokenizer": [a, b], "compare": [a, b],
                "diff": [a, b], "trace": [a, b, *quick],
                "audit": [a, "--against", b, *quick],
                "check": [a, "--claim", "base_model=" + b, *quick[:3]]}

    def test_the_terminal_gets_no_control(self):
        for command, arguments in self.commands().items():
            with self.subTest(command=command):
                text = self.output(command, *arguments)
                self.assertNotEqual(text, "")
                self.assertNotRegex(text.replace("\n", ""), CONTROLS)
        for arguments in (["compare", "--plan"], ["diff", "--plan"], ["compare", "--by-layer"]):
            text = self.output(*arguments, *self.models)
            self.assertNotRegex(text.replace("\n", ""), CONTROLS)

    def test_json_has_no_control_and_the_same_texts(self):
        for command, arguments in self.commands().items():
            with self.subTest(command=command):
                text = self.output(command, *arguments, "--json")
                self.assertNotRegex(text.replace("\n", ""), CONTROLS)
                json.loads(text)
        names = [tensor["name"] if "name" in tensor else tensor["a"] for tensor in
                 json.loads(self.output("compare", *self.models, "--json"))["tensors"]]
        self.assertIn(EVIL, names)
        self.assertIn(EVIL_NAME, names)

    def test_csv_has_no_formula_and_no_control(self):
        text = self.output("compare", *self.models, "--csv")
        self.assertNotRegex(text.replace("\n", ""), CONTROLS)
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(len(rows), 11)
        for row in rows:
            for column, value in row.items():
                if column in ("a", "b", "role"):
                    self.assertNotRegex(value, r"\A\s*[=+\-@\uff1d\uff0b\uff0d\uff20]", column)
        self.assertEqual(len(set(map(len, csv.reader(io.StringIO(text))))), 1)

    def assert_plain(self, markdown):
        self.assertNotRegex(markdown.replace("\n", ""), CONTROLS)
        self.assertIn("evil.example", markdown)  # it got there
        text = outside_code(markdown).replace("<!-- Made by modelkin -->", "")
        for mark in ("<", "evil.example", "://", "@", "["):
            self.assertNotIn(mark, re.sub(r"\\.", "", text), mark)
        # Every row of a table has as many cells as its head.
        width = None
        for line in markdown.splitlines():
            cells = len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) if line.startswith("|") else None
            if width is not None and cells is not None:
                self.assertEqual(cells, width, line)
            width = cells

    def test_markdown_of_configurations(self):
        self.assert_plain(self.output("config", *self.models, "--markdown"))

    def test_markdown_of_reports(self):
        for more in (["--quick"], []):
            self.assert_plain(self.output("report", *self.models, "--permutations", "100",
                                          "--format", "md", *more))

    def test_the_page_has_no_control(self):
        page = self.output("report", *self.models, "--quick", "--permutations", "100")
        data = re.search(r'id="modelkin-data">([^<]+)<', page)[1]
        self.assertNotRegex(gzip.decompress(base64.b64decode(data)).decode(), CONTROLS)
        self.assertNotRegex(json.loads(gzip.decompress(base64.b64decode(data)))["names"]["a"],
                            CONTROLS)
        report = json.loads(self.output("report", *self.models, "--quick", "--permutations", "100",
                                        "--format", "json"))
        self.assertEqual(report["names"]["a"], EVIL_NAME)

    def test_errors_are_one_printable_line(self):
        absent = self.path(EVIL)
        shutil.rmtree(self.models[1])
        for command in ("inspect", "compare", "trace", "diff", "config", "tokenizer"):
            two = [] if command == "inspect" else [self.models[0]]
            process = run(command, absent, *two)
            self.assertGreater(process.returncode, 1)
            self.assertRegex(process.stderr, r"\Amodelkin: [^\n]+\n\Z")
            self.assertNotRegex(process.stderr.rstrip("\n"), CONTROLS)


if __name__ == "__main__":
    unittest.main()
