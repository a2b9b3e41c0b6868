"""What action.yml runs in a step of GitHub Actions, by the script itself."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml
from demo_models import make_demo_models

SOURCE = pathlib.Path(__file__).resolve().parents[2]
MODELKIN = os.environ["MODELKIN"]


class Action(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        make_demo_models(cls.folder.name + "/demo")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def step(self, **inputs):
        """Runs the action's only step with the environment that its inputs come to."""
        action = yaml.safe_load((SOURCE / "action.yml").read_text())
        (step,) = action["runs"]["steps"]
        given = {name: spec.get("default", "") for name, spec in action["inputs"].items()}
        given.update({name.replace("_", "-"): value for name, value in inputs.items()}, install="")
        environment = {"PATH": f"{os.path.dirname(MODELKIN)}:/usr/bin:/bin", "HOME": self.folder.name,
                       "GITHUB_ACTION_PATH": str(SOURCE), "RUNNER_TEMP": self.folder.name}
        for name, value in step["env"].items():
            environment[name] = given[re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", value)[1]]
        for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
            environment[name] = os.path.join(self.folder.name, name)
            open(environment[name], "w", encoding="utf-8").close()
        process = subprocess.run(["bash", "-c", step["run"]], env=environment, cwd=self.folder.name,
                                 capture_output=True, text=True, check=False, timeout=300)
        outputs = pathlib.Path(environment["GITHUB_OUTPUT"]).read_text(encoding="utf-8")
        return (process, dict(line.split("=", 1) for line in outputs.splitlines()),
                pathlib.Path(environment["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8"))

    def test_a_claim_that_holds_passes(self):
        process, outputs, summary = self.step(model="demo/dense-a-tuned", claims="base_model=demo/dense-a\n")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(outputs, {"outcome": "passed", "sarif": "modelkin.sarif"})
        self.assertIn("Check passed", summary)
        with open(os.path.join(self.folder.name, "modelkin.sarif"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["version"], "2.1.0")

    def test_one_that_does_not_fails(self):
        claims = "  base_model=demo/dense-b  \r\n\n base_model=demo/dense-a\n"
        process, outputs, summary = self.step(model="demo/dense-a-tuned", claims=claims)
        self.assertEqual((process.returncode, outputs["outcome"]), (1, "failed"), process.stderr)
        self.assertIn("NOTHING FOUND", summary)
        process, outputs, _ = self.step(model="demo/dense-a-tuned", claims=claims, fail_on="reversed")
        self.assertEqual((process.returncode, outputs["outcome"]), (0, "passed"))

    def test_options_reach_the_program(self):
        process, _, _ = self.step(model="demo/dense-a-tuned", claims="base_model=demo/dense-a",
                                  controls="demo/dense-b", arguments="--quick\n--threads=1")
        self.assertEqual(process.returncode, 0, process.stderr)

    def test_inputs_are_no_commands(self):
        for hostile in ("$(touch pwned)", "`touch pwned`", "; touch pwned", "--force", "-o"):
            process, outputs, _ = self.step(model=hostile, claims="base_model=demo/dense-a")
            self.assertNotEqual(process.returncode, 0)
            self.assertEqual(outputs["outcome"], "failed")
        process, outputs, _ = self.step(model="demo/dense-a-tuned", claims="base_model=demo/dense-a",
                                        sarif="x\noutcome=passed", fail_on="related")
        self.assertEqual(outputs["outcome"], "failed")
        self.assertFalse(os.path.exists(os.path.join(self.folder.name, "pwned")))

    def test_no_model_is_an_error(self):
        process, outputs, _ = self.step(model="")
        self.assertEqual((process.returncode, outputs), (2, {}))


class Hook(unittest.TestCase):
    def test_its_entry_is_a_command(self):
        (hook,) = yaml.safe_load((SOURCE / ".pre-commit-hooks.yaml").read_text())
        program, command = hook["entry"].split()
        self.assertEqual(program, "modelkin")
        helped = subprocess.run([MODELKIN, command, "--help"], capture_output=True, check=False)
        self.assertEqual(helped.returncode, 0)
        for name, wanted in (("README.md", True), ("a/model-00001-of-00002.safetensors", True),
                             ("config.json", True), ("src/main.py", False), ("a.jsonl", False)):
            self.assertEqual(bool(re.search(hook["files"], name)), wanted, name)


if __name__ == "__main__":
    unittest.main()
