"""First screens of compare, diff and inspect: within the terminal's width, whatever things are called."""

import json
import re
import unicodedata
import unittest

from support import CliTest, bf16, noise, run, run_on_terminal, small_model

# What a terminal would obey, or would draw where it does not stand.
ESCAPE_NAME = "model.layers.0.\x1b[2J\x1b]0;owned\x07.weight"
OVERRIDE_NAME = "model.layers.1.\u202egnp.txt\u2066.weight"
KOREAN_NAME = "model.layers.2." + "모델가중치." * 12 + "weight"
MARKS_NAME = "model.layers.2." + "e\u0301\u0302" * 60
LONG_NAME = "model.layers.0." + "very_long_part." * 20 + "weight"
HOSTILE_NAMES = (ESCAPE_NAME, OVERRIDE_NAME, KOREAN_NAME, MARKS_NAME, LONG_NAME)
HOSTILE_FOLDER = "f\x1b[2J\u202eold 모델" + "x" * 90

CONFIG = {"model_type": "llama", "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 4,
          "num_key_value_heads": 2, "intermediate_size": 24, "vocab_size": 8,
          "max_position_embeddings": 64, "torch_dtype": "bfloat16"}

STYLE = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\")


def columns_of(line):
    """What a terminal takes for a line, by Python's own tables."""
    return sum(0 if unicodedata.category(c) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in STYLE.sub("", line))


class Screens(CliTest):
    def setUp(self):
        super().setUp()
        self.models = []
        for seed, folder in ((1, HOSTILE_FOLDER), (2, "tuned"), (3, "reference")):
            tensors = small_model(seed)
            for name in HOSTILE_NAMES:
                tensors[name] = ("BF16", [16], bf16(noise(16, seed)))
            tensors[f"only.in.{seed}." + LONG_NAME] = ("BF16", [2], bf16([1, 2]))
            tensors["odd"] = ("BF16", [2 + seed], bf16([1] * (2 + seed)))
            self.write_model(f"{folder}/model.safetensors", tensors)
            self.write(f"{folder}/config.json", json.dumps(CONFIG))
            self.models.append(self.path(folder))

    def commands(self):
        a, b, c = self.models
        return (["compare", a, b], ["compare", a, b, "--control", c, "--by-layer"], ["compare", a, "--within"],
                ["diff", a, b], ["diff", a, b, "--stat"], ["diff", a, a], ["inspect", a])

    def test_no_line_is_longer_than_the_terminal_is_wide(self):
        for columns in (40, 60, 80, 140):
            for arguments in self.commands():
                code, drawn = run_on_terminal(arguments, columns=columns)
                self.assertEqual(code, 0, drawn)
                self.assertGreater(drawn.count("\n"), 1)
                for line in drawn.split("\n"):
                    self.assertLessEqual(columns_of(line), columns, f"{arguments[0]} at {columns}: {line!r}")

    def test_details_leave_only_tables_wide(self):
        """A row's last cell begins in the right half; prose is wrapped."""
        a, b, c = self.models
        for arguments in (["compare", a, b], ["diff", a, b], ["inspect", a], ["trace", a, b, "--control", c]):
            _, drawn = run_on_terminal([*arguments, "--details"], {"NO_COLOR": "1"})
            for line in drawn.split("\n"):
                if columns_of(line) > 80:
                    row = line.rstrip()
                    self.assertGreater(columns_of(row[:row.rfind("  ") + 2]), 40, f"{arguments[0]}: {line!r}")
        self.assertGreater(max(map(len, run("inspect", a, "--details").stdout.split("\n"))), 80)

    def test_wide_terminals_are_used(self):
        a, b, _ = self.models
        narrow, wide = (run_on_terminal(["compare", a, b], columns=columns)[1] for columns in (60, 140))
        self.assertNotIn("by chance  ", narrow)
        self.assertIn("by chance  ", wide)
        self.assertRegex(narrow, "No room for:[^(]*by\\s+chance")
        self.assertNotIn("No room", wide)

    def test_a_pipe_is_80_columns_wide_unless_told(self):
        a, b, _ = self.models
        self.assertEqual(run("compare", a, b, env={"COLUMNS": ""}).stdout,
                         run_on_terminal(["compare", a, b], {"NO_COLOR": "1"})[1])
        self.assertEqual(run("compare", a, b, env={"COLUMNS": "60"}).stdout,
                         run_on_terminal(["compare", a, b], {"NO_COLOR": "1"}, columns=60)[1])

    def test_names_steer_no_terminal(self):
        for arguments in self.commands():
            for details in ([], ["--details"]):
                if details and "--stat" in arguments:
                    continue
                _, drawn = run_on_terminal(arguments + details)
                for control in ("\x07", "\u202e", "\u2066", "\x1b[2J", "\x1b]0"):
                    self.assertNotIn(control, drawn, arguments)
                self.assertNotIn("\x1b", STYLE.sub("", drawn))

    def test_compare_names_models(self):
        _, b, c = self.models
        text = run("compare", b, c, "--control", self.models[0], "--by-name").stdout
        self.assertTrue(text.startswith("tuned against reference\n"), text)
        self.assertRegex(text, r"- 1 tensor of other shapes: odd \[4\] against \[5\]\n")
        self.assertRegex(" ".join(text.split()), r"- 1 tensor only in reference: only\.in\.3\.")
        self.assertNotRegex(text, r"\bC1\b|shuffled")

    def test_a_filter_that_leaves_nothing_says_what_there_is(self):
        a, b, _ = self.models
        for command in ("compare", "diff"):
            done = run(command, a, b, "--layers", "99")
            self.assertEqual((done.returncode, done.stdout), (3, ""))
            self.assertEqual(done.stderr, "modelkin: nothing was compared: the filter leaves no tensor; there are "
                                          "layers 0-2\n")
            done = run(command, a, b, "--include", "*layernrom*")
            self.assertEqual((done.returncode, done.stdout), (3, ""))
            self.assertRegex(done.stderr, r"^modelkin: nothing .*; names there are like input_layernorm\.weight[^\n]*\n$")
        self.assertEqual(run("compare", a, "--within", "--layers", "99").returncode, 3)


class DiffScreens(CliTest):
    def setUp(self):
        super().setUp()
        plain = {f"w{i}": ("BF16", [64], bf16(noise(64, i))) for i in range(4)}
        changed = dict(plain)
        changed["w1"] = ("BF16", [64], bf16([1.5 * x for x in noise(64, 1)]))
        changed["w2"] = ("BF16", [64], bf16([3 * x for x in noise(64, 2)]))
        changed["new"] = ("BF16", [2], bf16([1, 2]))
        self.a = self.write_model("old/model.safetensors", plain)
        self.b = self.write_model("new/model.safetensors", changed)

    def test_bars_by_the_size_of_changes(self):
        text = run("diff", self.a, self.b).stdout
        self.assertTrue(text.startswith("old/model -> new/model\n 2 of 4 tensors changed, by 125% "
                                        "of their size (median); 2 identical to the bit;\n 1 only in new/model.\n"), text)
        self.assertRegex(text, r"\n w2  \| 200% \+{40}\n w1  \|  50% \+{10}\n new \| only in new/model\n")

    def test_relative_change_in_json(self):
        rows = json.loads(run("diff", self.a, self.b, "--json").stdout)["tensors"]
        changes = {(row["a"] or row["b"])["name"]: row["relative_change"] for row in rows}
        self.assertIsNone(changes["new"])
        self.assertEqual((changes["w0"], changes["w3"]), (0, 0))
        self.assertAlmostEqual(changes["w1"], 0.5, places=2)
        self.assertAlmostEqual(changes["w2"], 2.0, places=2)

    def test_stat_sums_up(self):
        text = run("diff", self.a, self.b, "--stat").stdout
        self.assertRegex(text, r"\n by layer: tensors changed, median change\n outside layers \| 3 of 5 125% \+{40}\n")
        self.assertRegex(text, r"\n w0  \| 0 of 1 +0%\n w1  \| 1 of 1 +50% \+{10}\n")

    def test_exit_codes_of_git(self):
        self.assertEqual(run("diff", self.a, self.b).returncode, 0)
        for flags in (["--exit-code"], ["--quiet"], ["-q"]):
            self.assertEqual(run("diff", self.a, self.b, *flags).returncode, 1)
            self.assertEqual(run("diff", self.a, self.a, *flags).returncode, 0)
        self.assertEqual(run("diff", self.a, self.b, "-q").stdout, "")


if __name__ == "__main__":
    unittest.main()
