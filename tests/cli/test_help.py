"""Every command's --help ends in examples that run when pasted."""

import os
import subprocess
import unittest

from support import MODELKIN, CliTest, run

COMMANDS = ("inspect", "config", "compare", "trace", "diff", "tokenizer", "report", "verify",
            "check", "dossier", "run", "explain", "sketch", "atlas", "demo")
# Runs until interrupted: test_hub has it.
SERVER = "serve"


def examples(command):
    text = run(command, "--help").stdout
    lines = text[text.index("Examples:"):].splitlines()[1:]
    return [line.strip() for line in lines if line.strip()]


class Help(CliTest):
    def test_commands_are_all_here(self):
        text = run("--help").stdout
        listed = [line.split()[0] for line in text[text.index("Subcommands:"):].splitlines()[1:]
                  if line.startswith("  ") and not line.startswith("    ")]
        self.assertEqual(sorted(listed), sorted((*COMMANDS, SERVER)))

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
