"""What docs/scale.md shows can be read by what it is for: jobs of Slurm and Kubernetes, code, and options of the program."""

import ast
import os
import re
import subprocess
import sys
import unittest

import yaml

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BLOCK = re.compile(r"(?ms)^```(\w+)\n(.*?)^```$")
OPTION = re.compile(r"(?<!\S)--[a-z-]+")


def blocks(language):
    with open(os.path.join(ROOT, "docs", "scale.md"), encoding="utf-8") as file:
        return [text for kind, text in BLOCK.findall(file.read()) if kind == language]


class ScaleDocument(unittest.TestCase):
    def test_shell(self):
        for text in [*blocks("bash"), *blocks("sh")]:
            done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), text)
        self.assertEqual(len(blocks("bash")), 1)

    def test_the_slurm_array_begins_at_0(self):
        directives = dict(re.findall(r"(?m)^#SBATCH --([\w-]+)=(\S+)$", blocks("bash")[0]))
        self.assertRegex(directives["array"], r"^0-\d+$")

    def test_the_job_of_kubernetes(self):
        job, = (yaml.safe_load(text) for text in blocks("yaml"))
        self.assertEqual((job["apiVersion"], job["kind"]), ("batch/v1", "Job"))
        spec = job["spec"]
        self.assertEqual(spec["completionMode"], "Indexed")
        container, = spec["template"]["spec"]["containers"]
        command = container["command"]
        self.assertTrue(all(isinstance(word, str) for word in command), command)
        self.assertEqual(command[command.index("--world") + 1], str(spec["completions"]))
        for rule in spec["podFailurePolicy"]["rules"]:
            self.assertIn(rule["action"], ("FailJob", "FailIndex", "Ignore", "Count"))
        self.assertEqual(spec["template"]["spec"]["restartPolicy"], "Never")  # which the policy asks for
        volumes = {volume["name"] for volume in spec["template"]["spec"]["volumes"]}
        self.assertLessEqual({mount["name"] for mount in container["volumeMounts"]}, volumes)

    def test_options_are_the_programs(self):
        help_text = subprocess.run([os.environ["MODELKIN"], "atlas", "build", "--help"], capture_output=True, text=True,
                                   check=True).stdout
        known = set(re.findall(r"--[a-z-]+", help_text))
        job, = (yaml.safe_load(text) for text in blocks("yaml"))
        lines = [line for text in [*blocks("sh"), *blocks("bash")] for line in text.splitlines() if "atlas build" in line]
        used = {word for line in lines for word in OPTION.findall(line)}
        used |= set(OPTION.findall(" ".join(job["spec"]["template"]["spec"]["containers"][0]["command"])))
        self.assertGreaterEqual(len(used), 4)
        self.assertLessEqual(used, known)

    def test_code(self):
        sources = blocks("python")
        self.assertEqual(len(sources), 2)
        for text in sources:
            ast.parse(text)

    def test_the_plan_is_what_the_simulation_says(self):
        done = subprocess.run([sys.executable, os.path.join(ROOT, "bench", "atlas", "simulate.py"), "--workers", "64",
                               "--models", "20000"], capture_output=True, text=True, check=True)
        rows = [line.split(" | ") for line in done.stdout.splitlines()[2:]]
        self.assertEqual([row[1] for row in rows], ["Ray", "rank"])
        for row in rows:
            self.assertGreater(float(row[2]), 0)


if __name__ == "__main__":
    unittest.main()
