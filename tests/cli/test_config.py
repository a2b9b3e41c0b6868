"""modelkin config: configurations side by side."""

import json
import os
import unittest

from support import DOCS, CliTest, run, validate

CONFIGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "configs")


class Config(CliTest):
    def models(self, *names):
        folders = []
        for name in names:
            with open(os.path.join(CONFIGS, name + ".json"), encoding="utf-8") as file:
                folders.append(os.path.dirname(self.write(f"{name}/config.json", file.read())))
        return folders

    def config(self, *arguments):
        process = run("config", *arguments, "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        result = json.loads(process.stdout)
        validate(result, "config.schema.json")
        return result

    def test_two_models(self):
        models = self.models("solar-open-100b", "glm-4.5-air")
        result = self.config(*models)
        self.assertEqual(result["models"], models)
        rows = {row["key"]: row for group in result["groups"] for row in group["rows"]}
        self.assertEqual(rows["hidden_size"]["common"], {"models": 40, "of": 152})
        self.assertEqual(rows["attention_bias"]["values"],
                         [{"value": False, "source": "default"}, {"value": True, "source": "config"}])
        self.assertFalse(result["is_evidence_of_derivation"])
        text = run("config", *models).stdout
        self.assertIn("102,651,799,552", text)
        self.assertIn("false (default)", text)
        self.assertIn("no evidence of derived weights", text)
        self.assertIn(f"{result['summary']['same']} of {result['summary']['compared']} the same", text)

    def test_three_models_in_markdown(self):
        models = self.models("solar-open-100b", "glm-4.5-air", "phi-3.5-moe")
        self.assertEqual(len(self.config(*models)["models"]), 3)
        text = run("config", *models, "--markdown").stdout
        tables = [line for line in text.splitlines() if line.startswith("|")]
        self.assertEqual({line.replace("\\|", "").count("|") for line in tables}, {7})
        self.assertIn("no evidence of derived weights", text)

    def test_document_is_current(self):
        self.models("solar-open-100b", "glm-4.5-air")
        process = run("config", "solar-open-100b", "glm-4.5-air", "--markdown", cwd=self.folder)
        with open(os.path.join(DOCS, "three-models.md"), encoding="utf-8") as file:
            self.assertIn(process.stdout, file.read())

    def test_files_of_any_name(self):
        solar, glm = (os.path.join(CONFIGS, name + ".json") for name in ("solar-open-100b", "glm-4.5-air"))
        self.assertEqual(self.config(solar, glm)["groups"],
                         self.config(*self.models("solar-open-100b", "glm-4.5-air"))["groups"])
        self.assertEqual(json.loads(run("inspect", glm, "--json").stdout)["parameters"]["total"], 110468824832)

    def test_bad_calls(self):
        model = self.models("glm-4.5-air")[0]
        self.assertEqual(run("config", model).returncode, 2)
        self.assertEqual(run("config", model, model, "--json", "--markdown").returncode, 2)
        process = run("config", model, self.folder)
        self.assertEqual(process.returncode, 3)
        self.assertIn("there is no config.json", process.stderr)
        broken = os.path.dirname(self.write("broken/config.json", "{]"))
        process = run("config", model, broken)
        self.assertEqual((process.returncode, process.stderr.count("\n")), (3, 1))


if __name__ == "__main__":
    unittest.main()
