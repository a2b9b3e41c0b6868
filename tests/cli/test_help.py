"""Every command's --help ends in examples that run when pasted."""

import os
import subprocess
import unittest

from support import MODELKIN, CliTest, run

COMMANDS = ("inspect", "config", "compare", "trace", "diff", "tokenizer", "report", "plot", "attest",
            "verify", "audit", "check", "dossier", "run", "explain", "sketch", "atlas", "demo", "help")
# Runs until interrupted: test_hub has it.
SERVER = "serve"


def examples(command):
    text = run(command, "--help").stdout
    lines = text[text.index("Examples:"):].splitlines()[1:]
    return [line.strip() for line in lines if line.strip()]


def listed_commands():
    block = run("--help").stdout.partition("\nCommands:\n")[2].split("\n\n")[0]
    return [line.split()[0] for line in block.splitlines() if not line.startswith("   ")]


class Help(CliTest):
    def test_commands_are_all_here(self):
        self.assertEqual(sorted(listed_commands()), sorted((*COMMANDS, SERVER)))

    def test_help_of_a_command_is_that_of_its_option(self):
        for command in (["trace"], ["atlas", "find"], []):
            process = run("help", *command)
            self.assertEqual((process.returncode, process.stderr), (0, ""))
            self.assertEqual(process.stdout, run(*command, "--help").stdout)
        process = run("help", "tarce")
        self.assertEqual((process.returncode, process.stdout), (2, ""))
        self.assertIn("did you mean trace?", process.stderr)

    def test_help_fits_a_terminal_and_says_what_values_are(self):
        for command in ([], *([name] for name in listed_commands())):
            text = run(*command, "--help").stdout
            for line in text.partition("\nExamples:")[0].splitlines():
                self.assertLessEqual(len(line), 80, line)
            for word in ("UINT", "FLOAT", " in [", "Excludes", "TEXT:", "REQUIRED"):
                self.assertNotIn(word, text, command)
            self.assertNotRegex(text, r"--(?!text\b)[\w-]+ TEXT\b")

    def test_options_are_in_groups(self):
        text = run("trace", "--help").stdout
        self.assertTrue(text.startswith("Test whether B is built on A"))
        self.assertIn("\nUsage: modelkin trace A B [MODEL...] [OPTION...]\n", text)
        groups = [line[:-1] for line in text.splitlines() if line.endswith(":") and not line.startswith(" ")]
        self.assertEqual(groups, ["Arguments", "What to compare", "How sure", "Output", "Machine", "Examples"])
        self.assertIn("--control MODEL", text)
        self.assertIn("--threads N Threads to compute with (default: all cores) (1 to 1024)", " ".join(text.split()))

    def test_the_version_says_what_it_is_of_and_computes_with(self):
        for flag in ("-V", "--version"):
            lines = run(flag).stdout.splitlines()
            self.assertRegex(lines[0], r"^modelkin \d+\.\d+\.\d+ \(commit ([\w./+-]+)\)$")
            self.assertRegex(lines[1], r"^instruction set: [A-Z0-9_]+")
            self.assertRegex(lines[2], r"^linear algebra: OpenBLAS")
            self.assertEqual(len(lines), 3)

    def test_examples_run(self):
        environment = dict(os.environ, PATH=os.path.dirname(MODELKIN) + ":" + os.environ["PATH"])
        ran = set()  # most commands begin with the demo, which is the same each time
        for command in COMMANDS:
            lines = examples(command)
            self.assertGreaterEqual(len(lines), 1)
            for line in lines:
                if line.partition("#")[0].strip() in ran:
                    continue
                ran.add(line.partition("#")[0].strip())
                with self.subTest(line):
                    self.assertTrue(line.startswith("modelkin "))
                    process = subprocess.run(["bash", "-c", line], cwd=self.folder, env=environment,
                                             capture_output=True, text=True, timeout=120)
                    self.assertEqual((process.returncode, process.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
