"""-o: its place is looked at before anything is computed, and success is one line on a terminal."""

import os
import re
import unittest

from support import CliTest, run, run_on_terminal, small_model

# Every command that has -o; models that are not there show that none was opened first.
WITH_OUTPUT = (["inspect", "no-a"], ["config", "no-a", "no-b"], ["compare", "no-a", "no-b"], ["trace", "no-a", "no-b"],
               ["diff", "no-a", "no-b"], ["requant", "no-a", "--from", "no-b"], ["tokenizer", "no-a", "no-b"],
               ["report", "no-a", "no-b"], ["attest", "no-a", "no-b"], ["audit", "no-a", "--against", "no-b"],
               ["check", "no-a", "--claim", "base_model=no-b"], ["run", "no-a", "--ids", "1"],
               ["explain", "rope", "--model", "no-a"], ["sketch", "no-a"], ["atlas", "find", "no-atlas", "no-a"],
               ["atlas", "tree", "no-atlas"], ["atlas", "export", "no-atlas"],
               ["dossier", "commit", "no-a"], ["dossier", "compare", "no-x", "no-y"],
               ["dossier", "write", "no-a", "--commit", "no-x", "--seed", "00"],
               ["dossier", "open", "no-a", "--commit", "no-x", "--tensor", "w"], ["plot", "evidence", "no-trace"])


class OutputPlace(CliTest):
    def setUp(self):
        super().setUp()
        self.a = self.write_model("a.safetensors", small_model(1))
        self.b = self.write_model("b.safetensors", small_model(2))

    def test_a_place_that_is_none_fails_before_models_are_opened(self):
        failed = 0
        for arguments in WITH_OUTPUT:
            done = run(*arguments, "-o", self.path("nodir/x.svg"))
            self.assertEqual(done.returncode, 4, (arguments, done.stderr))
            self.assertIn("nodir/x.svg", done.stderr, arguments)
            self.assertEqual(done.stderr.count("\n"), 1)
            failed += 1
        # But merge, whose output is a folder that it makes.
        self.assertEqual(failed + 1, self.commands_with_output())

    def commands_with_output(self):
        """Those whose help has -o, by the program's own list of its options."""
        return len(re.findall(r"^\\fB\\-o\\fR, \\fB\\-\\-output\\fR", run("--help-as", "man").stdout, re.MULTILINE))

    def test_success_is_one_line_with_a_link(self):
        output = self.path("out put.json")
        code, drawn = run_on_terminal(["compare", self.a, self.b, "-o", output])
        self.assertEqual(code, 0)
        address = "file://" + output.replace(" ", "%20")
        self.assertTrue(drawn.endswith(f"Wrote \x1b]8;;{address}\x1b\\{output}\x1b]8;;\x1b\\\n"), drawn[-300:])
        _, drawn = run_on_terminal(["compare", self.a, self.b, "-o", output], {"NO_COLOR": "1"})
        self.assertTrue(drawn.endswith(f"\nWrote {output}\n"), drawn[-300:])
        _, drawn = run_on_terminal(["compare", self.a, self.b, "-o", output, "-q"])
        self.assertEqual(drawn, "")
        done = run("compare", self.a, self.b, "-o", output)
        self.assertEqual(done.stderr, "")
        self.assertNotIn("Wrote", done.stdout)

    def test_a_name_of_a_file_steers_no_terminal(self):
        _, drawn = run_on_terminal(["diff", self.a, self.b, "-o", self.path("x\x1b]0;owned\x07\u202e.json")])
        self.assertIn("Wrote ", drawn)
        for control in ("\x1b]0", "\x07", "\u202e"):
            self.assertNotIn(control, drawn)

    def test_report_on_a_terminal_writes_a_file_by_the_models_names(self):
        where = {"cwd": self.folder}
        arguments = ["report", self.a, self.b, "--quick", "--format", "md"]
        code, drawn = run_on_terminal(arguments, {"NO_COLOR": "1"}, **where)
        self.assertEqual(code, 0, drawn)
        name = "modelkin-a-b.md"
        self.assertRegex(drawn, rf"a and b .*Wrote {re.escape(name)}\n$")
        self.assertNotIn("# ", drawn)
        with open(self.path(name), encoding="utf-8") as file:
            written = file.read()
        self.assertEqual(run_on_terminal(arguments, **where)[0], 0)  # its own it may replace
        piped = run(*arguments, **where)
        self.assertEqual(piped.stdout.split("\n")[0], written.split("\n")[0])
        self.write(name, "mine")
        code, drawn = run_on_terminal(arguments, **where)
        self.assertEqual(code, 2, drawn)
        self.assertIn("modelkin did not write it", drawn)
        with open(self.path(name), encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine")

    def test_report_takes_no_names_for_paths(self):
        odd = self.write_model("-rf $(x)\n/model \x1b[2J.safetensors", small_model(3))
        run_on_terminal(["report", odd, self.b, "--quick", "--format", "json"], cwd=self.folder)
        written = [name for name in os.listdir(self.folder) if name.startswith("modelkin-")]
        self.assertEqual(len(written), 1)
        self.assertRegex(written[0], r"^modelkin-[A-Za-z0-9._-]+-b\.json$")


if __name__ == "__main__":
    unittest.main()
