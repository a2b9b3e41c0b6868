"""verify on results that mean harm: it ends, in one line where it refuses, and writes nothing."""

import hashlib
import json
import os
import subprocess
import tempfile
import unittest

from support import MODELKIN, CliTest, run


def tree(folder):
    """All that can be seen of a folder: kinds, sizes, times and digests."""
    seen = {}
    for place, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(place, name)
            status = os.lstat(path)
            content = None
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    content = hashlib.sha256(file.read()).hexdigest()
            seen[path] = (status.st_mode, status.st_size, status.st_mtime_ns, content)
    return seen


class HostileResults(CliTest):
    @classmethod
    def setUpClass(cls):
        cls.models = tempfile.TemporaryDirectory()
        subprocess.run([MODELKIN, "demo", "--keep", cls.models.name, "-q"], check=True,
                       stdout=subprocess.DEVNULL)
        cls.made = {}
        for command in ("compare", "trace", "diff"):
            path = os.path.join(cls.models.name, command + ".json")
            more = ["--quick", "--permutations", "1000"] if command == "trace" else []
            subprocess.run([MODELKIN, command, cls.model("dense-a"), cls.model("dense-b"), "-q",
                            *more, "-o", path], check=True)
            with open(path, encoding="utf-8") as file:
                cls.made[command] = json.load(file)

    @classmethod
    def tearDownClass(cls):
        cls.models.cleanup()

    @classmethod
    def model(cls, name):
        return os.path.join(cls.models.name, name)

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("watched"))
        self.victim = self.write("watched/victim", "text")
        # What a trace leaves when it is interrupted, for the taking.
        self.state = self.path("watched/state")
        self.write("watched/state/fingerprint.modelkin-state", b"\x60")
        self.write("watched/state/moments.modelkin-state", b"\x60")
        os.mkfifo(self.path("watched/fifo"))
        os.mkdir(self.path("watched/home"))
        os.mkdir(self.path("watched/tmp"))

    def verify(self, results):
        """Runs verify on these results where any change would be seen; returns the process."""
        path = self.write("results.json", json.dumps(results))
        home = self.path("watched/home")
        before = tree(self.folder), tree(self.models.name)
        process = run("verify", path, cwd=self.path("watched"),
                      env={"HOME": home, "XDG_CACHE_HOME": home, "MODELKIN_CACHE": home,
                           "TMPDIR": self.path("watched/tmp"),
                           "HF_ENDPOINT": "http://127.0.0.1:1", "MODELKIN_HUB_ATTEMPTS": "1"})
        self.assertEqual(before, (tree(self.folder), tree(self.models.name)))
        self.assertIn(process.returncode, (0, 1, 2, 3, 4), process.stderr)
        if process.returncode > 1:
            self.assertRegex(process.stderr, r"\Amodelkin: [^\n]+\n\Z")
            self.assertNotIn("exception", process.stderr)
            self.assertEqual(process.stdout, "")
        return process

    def changed(self, command, **members):
        return {**json.loads(json.dumps(self.made[command])), **members}

    def call(self, command, *arguments):
        """Results that say that they were made by this call."""
        return self.changed(command, run={"command": command,
                                          "arguments": [command, *map(str, arguments)]})

    def pair(self, command, *more):
        return self.call(command, self.model("dense-a"), self.model("dense-b"), *more)

    def test_a_path_is_no_option(self):
        for option in ("--resume=" + self.state, "--resume=" + self.path("watched/made"),
                       "-o" + self.victim, "--output=" + self.victim, "--output", "-o", "--",
                       "--help", "--version", "--json", "--key-map=" + self.path("watched/fifo"),
                       "--config=" + self.victim, "@" + self.victim):
            for command in ("trace", "compare", "diff"):
                with self.subTest(command=command, option=option):
                    results = self.changed(command)
                    results["inputs"][1]["resolved"] = option
                    self.assertIn(self.verify(results).returncode, (3, 4))

    def test_what_writes_is_left_out(self):
        for more in (["-o", self.victim], ["--output=" + self.victim], ["-o" + self.victim],
                     ["-o", self.victim, "--force"], ["--json"], ["--threads", "1024"], ["--quiet"],
                     ["--offline"]):
            for command in ("compare", "diff"):
                with self.subTest(command=command, more=more):
                    self.assertEqual(self.verify(self.pair(command, *more)).returncode, 0)
        # A trace takes seconds.
        quick = ["--quick", "--permutations", 1000]
        for more in (["-o" + self.victim, "--force", "--threads", "1024", "--json", "--resume",
                      self.state], ["--resume=" + self.path("watched/made")]):
            with self.subTest(more=more):
                process = self.verify(self.pair("trace", *quick, *more))
                self.assertEqual(process.returncode, 0, process.stderr)

    def test_plan_and_other_commands_are_refused_or_left_out(self):
        self.assertEqual(self.verify(self.pair("diff", "--plan")).returncode, 0)
        for command in ("demo", "serve", "run", "report", "check", "verify", "", "-o"):
            results = self.changed("compare", run={"command": command, "arguments": ["--keep", "x"]})
            self.assertEqual(self.verify(results).returncode, 3)

    def test_settings_that_would_not_end(self):
        fifo = self.path("watched/fifo")
        for command, more in (("trace", ["--permutations", 10**12]),
                              ("trace", ["--permutations", 10**7 + 1]),
                              ("trace", ["--permutations", "1e12"]),
                              ("trace", ["--permutations", 10**30]),
                              ("trace", ["--permutations", -1]),
                              ("compare", ["--key-map", fifo]), ("diff", ["--key-map", fifo]),
                              ("compare", ["--key-map", "/dev/zero"]),
                              ("compare", ["--key-map", "/dev/tty"]),
                              ("compare", ["--key-map", "/"]),
                              ("compare", ["--functional", "--texts", fifo]),
                              ("compare", ["--functional", "--texts", "/dev/zero"]),
                              ("compare", ["--layers", "0-999999999999999999999"]),
                              ("compare", ["--control", fifo]),
                              ("compare", ["--control"] + ["x"] * 2000),
                              ("compare", ["--simd", "x", "--nonsense"])):
            with self.subTest(command=command, more=more[:3]):
                self.assertIn(self.verify(self.pair(command, *more)).returncode, (2, 3, 4))

    def test_globs_end(self):
        for glob in ("*?" * 5000, "*[a-z]" * 3000, "[" * 10000, "*" * 100000):
            self.assertIn(self.verify(self.pair("diff", "--include", glob)).returncode, (0, 1))

    def test_paths_to_what_is_no_model(self):
        for path in (self.path("watched/fifo"), "/dev/zero", "/dev/full", "/dev", "/proc/self/mem",
                     self.path("absent"), "", "\0", "x" * 5000, "hf://", "hf://org/name",
                     "hf://../..", self.victim):
            with self.subTest(path=path[:40]):
                self.assertIn(self.verify(self.call("compare", path, path)).returncode, (2, 3, 4))

    def test_wrong_types(self):
        values = (None, True, 3, -1, 1e300, "", "text", [], [[]], [None], {}, {"x": []})
        for value in values:
            for record in (value, {"command": value, "arguments": ["x"]},
                           {"command": "compare", "arguments": value},
                           {"command": "compare", "arguments": [value]}):
                with self.subTest(record=record):
                    process = self.verify(self.changed("compare", run=record))
                    self.assertIn(process.returncode, (2, 3), process.stderr)
            for inputs in (value, [value], [{"id": value, "path": value, "resolved": value}]):
                with self.subTest(inputs=inputs):
                    self.assertEqual(self.verify(self.changed("compare", inputs=inputs)).returncode,
                                     1)
        for member in self.made["diff"]:
            if member in ("run", "tool"):
                continue
            for value in values:
                if value == self.made["diff"][member]:
                    continue
                with self.subTest(member=member, value=value):
                    process = self.verify(self.changed("diff", **{member: value}))
                    self.assertEqual(process.returncode, 1, process.stderr)

    def test_controls_of_a_terminal_are_not_printed(self):
        results = self.changed("diff", **{"\x1b[2J\u009b\u202e": "\x1b]0;x\x07"})
        process = self.verify(results)
        self.assertEqual(process.returncode, 1)
        for control in "\x1b\x07\u009b\u202e":
            self.assertNotIn(control, process.stdout)

    def test_a_hubs_cache_is_not_written(self):
        results = self.call("compare", "hf://org/a", "hf://org/b")
        self.assertEqual(self.verify(results).returncode, 4)


if __name__ == "__main__":
    unittest.main()
