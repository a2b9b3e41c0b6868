"""cmake --install: what it puts where."""

import os
import re
import subprocess
import unittest

from support import MODELKIN, CliTest

BUILD = os.path.dirname(os.path.dirname(os.path.abspath(MODELKIN)))


class Install(CliTest):
    def setUp(self):
        super().setUp()
        process = subprocess.run(["cmake", "--install", BUILD, "--prefix", self.folder], capture_output=True,
                                 text=True, timeout=120)
        self.assertEqual(process.returncode, 0, process.stderr)

    def test_the_program_runs_from_there(self):
        process = subprocess.run([self.path("bin/modelkin"), "--version"], capture_output=True, text=True, timeout=60)
        self.assertEqual((process.returncode, process.stderr), (0, ""))

    def test_help_forms_are_where_readers_look(self):
        for form, path in {"man": "share/man/man1/modelkin.1",
                           "bash": "share/bash-completion/completions/modelkin",
                           "zsh": "share/zsh/site-functions/_modelkin",
                           "fish": "share/fish/vendor_completions.d/modelkin.fish"}.items():
            with open(self.path(path), encoding="ascii") as file:
                installed = file.read()
            made = subprocess.run([MODELKIN, "--help-as", form], capture_output=True, text=True, timeout=60)
            self.assertEqual(installed, made.stdout, path)

    def test_documents_that_help_names_are_there(self):
        text = subprocess.run([MODELKIN, "--help-as", "man"], capture_output=True, text=True, timeout=60).stdout
        named = set(re.findall(r"docs/[\w.]+\w", text))
        self.assertIn("docs/hub.md", named)
        for name in named:
            self.assertTrue(os.path.getsize(self.path("share/doc/modelkin/" + name)), name)

    def test_licences_come_along(self):
        for name in ("LICENSE", "notices/program.txt", "notices/text_encoder.txt", "notices/page.txt"):
            self.assertTrue(os.path.getsize(self.path("share/doc/modelkin/" + name)), name)


if __name__ == "__main__":
    unittest.main()
