"""verify on results that mean harm: it ends, in one line where it refuses, and writes nothing."""

import hashlib
import json
import os
import subprocess
import tempfile
import unittest

from demo_models import make_demo_models
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
        make_demo_models(cls.models.name)
        cls.made = {}
        for command in ("compare", "trace", "diff"):
            path = os.path.join(cls.models.name, command + ".json")
            more = ["--quick", "--permutations", "1000"] if command == "trace" else []
            subprocess.run([MODELKIN, command, cls.model("dense-a"), cls.model("dense-b"), *more, "-o", path],
                           check=True, stdout=subprocess.DEVNULL)
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

    def request(self, command, **members):
        """Results that say that they were made by such a request."""
        results = self.changed(command)
        results["run"]["request"].update(members)
        return results

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
        """Nothing of the call that was typed counts, nor what no request has."""
        arguments = ["-o", self.victim, "--force", "--key-map", self.path("watched/fifo"), "--resume",
                     self.state]
        more = {"resume": self.state, "output": self.victim, "o": self.victim, "force": True,
                "key_map": self.path("watched/fifo"), "threads": 10**9, "offline": False,
                "texts": "/dev/zero", "plan": True}
        for command in ("compare", "diff", "trace"):
            with self.subTest(command=command):
                results = self.request(command, **more)
                results["run"]["arguments"] = [command, *arguments]
                process = self.verify(results)
                self.assertEqual(process.returncode, 0, process.stderr)

    def test_other_requests_are_refused(self):
        for kind in ("demo", "serve", "run", "report", "check", "verify", "", "-o", "Compare"):
            self.assertEqual(self.verify(self.request("compare", kind=kind)).returncode, 3)

    def test_settings_that_would_not_end(self):
        fifo = self.path("watched/fifo")
        for command, members in (("trace", {"permutations": 10**12}),
                                 ("trace", {"permutations": 10**7 + 1}),
                                 ("trace", {"permutations": "1e12"}),
                                 ("trace", {"permutations": 10**30}),
                                 ("trace", {"permutations": 1e3}),
                                 ("trace", {"permutations": -1}),
                                 ("compare", {"renames": fifo}), ("diff", {"renames": [fifo]}),
                                 ("diff", {"renames": [["*", "*", "*"]]}),
                                 ("diff", {"renames": [["*", "*x*"]]}),
                                 ("compare", {"renames": [["*" * 50, "*" * 51]]}),
                                 ("compare", {"renames": [["*%d" % i, "x"] for i in range(2000)]}),
                                 ("compare", {"functional": {"texts": ["a" * 2000000],
                                                             "bytes": True}}),
                                 ("compare", {"functional": fifo}),
                                 ("compare", {"functional": {"texts": fifo, "bytes": True}}),
                                 ("compare", {"functional": {"texts": [], "bytes": True}}),
                                 ("compare", {"layers": [[0, 10**20]]}),
                                 ("compare", {"layers": [[0, 2**32]]}),
                                 ("compare", {"digest": "sometimes"})):
            with self.subTest(command=command, members=members):
                self.assertIn(self.verify(self.request(command, **members)).returncode, (2, 3, 4))
        inputs = [*self.made["compare"]["inputs"],
                  *({"id": f"control_{i + 1}", "path": "x"} for i in range(2000))]
        self.assertEqual(self.verify(self.changed("compare", inputs=inputs)).returncode, 3)
        inputs = [*self.made["compare"]["inputs"], {"id": "control_1", "path": fifo}]
        self.assertIn(self.verify(self.changed("compare", inputs=inputs)).returncode, (3, 4))

    def test_an_empty_name_is_no_absent_model(self):
        """Scripts give one where a variable is not set."""
        a = self.model("dense-a")
        for arguments in (("trace", a, ""), ("trace", a, "", "--control", self.model("dense-b")), ("diff", a, ""),
                          ("compare", a, ""), ("compare", "--within", a, ""), ("report", a, "")):
            with self.subTest(arguments=arguments):
                self.assertEqual(run(*arguments).returncode, 3)

    def test_patterns_end(self):
        for pattern in ("*?" * 5000, "*[a-z]" * 3000, "[" * 10000, "*" * 100000):
            # What leaves no tensor is bad input.
            self.assertIn(self.verify(self.request("diff", include=[pattern])).returncode, (0, 1, 3))
            self.assertIn(self.verify(self.request("diff", renames=[[pattern, pattern]])).returncode,
                          (0, 1, 2))

    def test_paths_to_what_is_no_model(self):
        for path in (self.path("watched/fifo"), "/dev/zero", "/dev/full", "/dev", "/proc/self/mem",
                     self.path("absent"), "", "\0", "x" * 5000, "hf://", "hf://org/name",
                     "hf://../..", self.victim):
            with self.subTest(path=path[:40]):
                results = self.changed("compare")
                for side in results["inputs"]:
                    side["path"] = side["resolved"] = path
                self.assertIn(self.verify(results).returncode, (2, 3, 4))

    def test_wrong_types(self):
        values = (None, True, 3, -1, 1e300, "", "text", [], [[]], [None], {}, {"x": []})
        for value in values:
            for record in (value, {"request": value}, {"request": {"kind": value}}):
                with self.subTest(record=record):
                    process = self.verify(self.changed("compare", run=record))
                    self.assertEqual(process.returncode, 3, process.stderr)
            for command in ("compare", "trace", "diff"):
                for member, right in self.made[command]["run"]["request"].items():
                    if type(value) is type(right) or (value is None and member == "functional") or (
                            isinstance(value, int) and isinstance(right, int)):
                        continue
                    with self.subTest(command=command, member=member, value=value):
                        process = self.verify(self.request(command, **{member: value}))
                        self.assertEqual(process.returncode, 3, process.stderr)
            for inputs in (value, [value], [{"id": value, "path": value, "resolved": value}]):
                with self.subTest(inputs=inputs):
                    self.assertEqual(self.verify(self.changed("compare", inputs=inputs)).returncode,
                                     3)
        for member in self.made["diff"]:
            if member in ("run", "tool", "inputs"):
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
        results = self.changed("compare")
        for side in results["inputs"]:
            side["resolved"] = "hf://org/" + side["id"]
        self.assertEqual(self.verify(results).returncode, 4)


if __name__ == "__main__":
    unittest.main()
