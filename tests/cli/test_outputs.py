"""Where outputs go: never over an input, however it is called; over nothing that isn't modelkin's."""

import json
import os
import shutil
import stat
import subprocess
import tempfile
import threading
import unittest

from demo_models import make_demo_models
from support import MODELKIN, CliTest, run, small_model

# Each command that has -o. A and B are tiny; M is a model that runs.
COMMANDS = {
    "inspect": ["A"],
    "config": ["A", "B"],
    "tokenizer": ["A", "B"],
    "compare": ["A", "B"],
    "diff": ["A", "B"],
    "trace": ["A", "B", "--quick", "--permutations", "100"],
    "audit": ["A", "--against", "B", "--quick", "--permutations", "100"],
    "check": ["A", "--claim", "base_model=B", "--quick", "--permutations", "100", "--fail-on",
              "reversed"],
    "report": ["A", "B", "--quick", "--permutations", "100"],
    "run": ["M", "--ids", "1,2"],
    "explain": ["rope", "--model", "M"],
    "sketch": ["A"],
}
FILES = ("model.safetensors", "config.json", "tokenizer.json")


class Outputs(CliTest):
    @classmethod
    def setUpClass(cls):
        cls.demo = tempfile.TemporaryDirectory()
        make_demo_models(cls.demo.name)

    @classmethod
    def tearDownClass(cls):
        cls.demo.cleanup()

    def setUp(self):
        super().setUp()
        shutil.copytree(self.demo.name, self.path("models"))
        self.m = self.path("models/dense-a")
        self.a, self.b = self.path("tiny-a"), self.path("tiny-b")
        for seed, folder in enumerate((self.a, self.b)):
            shutil.copytree(self.m, folder)
            self.write_model(os.path.join(folder, "model.safetensors"), small_model(seed))

    def call(self, command, *more, **options):
        places = {"A": self.a, "B": self.b, "M": self.m, "base_model=B": "base_model=" + self.b}
        quiet = [] if command == "report" and "-o" not in more else ["-q"]
        return run(command, *(places.get(x, x) for x in COMMANDS[command]), *quiet, *more, **options)

    def content(self):
        seen = {}
        for place, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(place, name)
                if stat.S_ISREG(os.stat(path).st_mode):
                    with open(path, "rb") as file:
                        seen[path] = file.read()
        return seen

    def assert_refused(self, process, before):
        self.assertEqual(process.returncode, 2, process.stdout + process.stderr)
        self.assertRegex(process.stderr, r"\Amodelkin: [^\n]+: is [^\n]+\n\Z")
        self.assertEqual(self.content(), before)

    def test_an_input_is_never_replaced(self):
        links = os.path.join(self.folder, "links")
        os.mkdir(links)
        paths = {self.a: [], self.m: []}
        for number, (model, of_model) in enumerate(paths.items()):
            folder = os.path.join(links, f"folder-{number}")
            os.symlink(model, folder)
            of_model += [os.path.join(place, name) for name in FILES for place in (model, folder)]
            for name in FILES:
                hard = os.path.join(links, f"hard-{number}-{name}")
                os.link(os.path.join(model, name), hard)
                os.symlink(os.path.basename(hard), hard + ".link")
                of_model += [hard, hard + ".link"]
        before = self.content()
        for command, arguments in COMMANDS.items():
            for path in paths[self.m if "M" in arguments else self.a]:
                with self.subTest(command=command, path=os.path.relpath(path, self.folder)):
                    self.assert_refused(self.call(command, "-o", path, "--force"), before)

    def test_what_lies_beside_a_named_file_is_an_input(self):
        weights = os.path.join(self.m, "model.safetensors")
        before = self.content()
        for arguments in (["inspect", weights], ["run", weights, "--ids", "1"],
                          ["explain", "rope", "--model", weights], ["compare", weights, self.b]):
            for name in FILES:
                with self.subTest(arguments=arguments, name=name):
                    process = run(*arguments, "-q", "-o", os.path.join(self.m, name), "--force")
                    self.assert_refused(process, before)
        shard = self.path("models/moe-c/model-00002-of-00002.safetensors")
        index = self.path("models/moe-c/model.safetensors.index.json")
        self.assert_refused(run("inspect", index, "-q", "-o", shard, "--force"), before)

    def test_texts_key_maps_controls_and_parents_are_inputs(self):
        texts = self.write("texts.txt", "Once\n")
        names = self.write("map.json", json.dumps({"lm_head.weight": "lm_head.weight"}))
        c = self.path("models/dense-a-tuned")
        before = self.content()
        for arguments, path in (
                (["run", self.m, "--texts", texts, "--bytes"], texts),
                (["explain", "rope", "--model", self.m, "--texts", texts, "--bytes"], texts),
                (["report", self.a, self.b, "--texts", texts, "--bytes"], texts),
                (["compare", self.a, self.b, "--functional", "--texts", texts, "--bytes"], texts),
                (["compare", self.a, self.b, "--key-map", names], names),
                (["diff", self.a, self.b, "--key-map", names], names),
                (["compare", self.a, self.b, "--control", c], c + "/config.json"),
                (["compare", "--model1", self.a, "--model2", c], c + "/model.safetensors"),
                (["trace", self.a, self.b, "--control", c], c + "/model.safetensors"),
                (["trace", self.a, self.b, "--parents", self.a, c], c + "/model.safetensors"),
                (["trace", "--series", self.a, self.b, c], c + "/config.json"),
                (["report", self.a, self.b, "--control", c], c + "/tokenizer.json"),
                (["check", self.a, "--claim", "base_model=" + self.b, "--control", c],
                 c + "/model.safetensors")):
            with self.subTest(arguments=arguments[:1] + arguments[3:]):
                self.assert_refused(run(*arguments, "-q", "-o", path, "--force"), before)

    def test_what_modelkin_did_not_write_stays_unless_forced(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                path = self.write("notes", "mine")
                before = self.content()
                self.assert_refused(self.call(command, "-o", path), before)
                # diff --quiet says by its exit code that the two differ.
                done = 1 if command == "diff" else 0
                self.assertEqual(self.call(command, "-o", path, "--force").returncode, done)
                self.assertNotEqual(self.content()[path], b"mine")
                # It is an output now, in a model's folder as elsewhere.
                self.assertEqual(self.call(command, "-o", path).returncode, done)
                inside = os.path.join(self.a, "results")
                for _ in range(2):
                    self.assertEqual(self.call(command, "-o", inside).returncode, done)
                os.unlink(inside)
                os.unlink(path)

    def test_markdown_and_json_of_reports_are_known(self):
        for form in ("md", "json"):
            path = self.path("report." + form)
            for _ in range(2):
                process = self.call("report", "--format", form, "-o", path)
                self.assertEqual(process.returncode, 0, process.stderr)

    def test_an_empty_file_may_be_written(self):
        path = self.write("empty", "")
        self.assertEqual(self.call("config", "-o", path).returncode, 0)

    def test_arrays(self):
        folder = self.path("arrays")
        arguments = ["run", self.m, "--ids", "1,2", "-q", "--npy", folder]
        for _ in range(2):
            self.assertEqual(run(*arguments).returncode, 0)
        mine = self.write("arrays/final.npy", b"\x93NUMPY\x01\x00mine")
        before = self.content()
        self.assert_refused(run(*arguments), before)
        self.assertEqual(run(*arguments, "--force").returncode, 0)
        self.assertNotEqual(self.content()[mine], before[mine])
        os.unlink(self.path("arrays/ids.npy"))
        os.link(os.path.join(self.m, "config.json"), self.path("arrays/ids.npy"))
        before = self.content()
        self.assert_refused(run(*arguments, "--force"), before)

    def test_the_demo_keeps_what_is_there(self):
        os.unlink(self.path("models/report.html"))
        before = self.content()
        process = run("demo", "--keep", self.path("models"), "-q", "--report", "/dev/null")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(self.content(), before)
        self.write("models/dense-b/model.safetensors", b"another's")
        before = self.content()
        self.assert_refused(run("demo", "--keep", self.path("models"), "-q"), before)
        process = run("demo", "--keep", self.path("models"), "-q", "--force", "--report",
                      os.path.join(self.m, "model.safetensors"))
        self.assertEqual(process.returncode, 2)
        self.assertIn("is an input", process.stderr)

    def test_the_demos_page_has_a_new_folder_each_time(self):
        os.mkdir(self.path("tmp"))
        os.mkfifo(self.path("tmp/modelkin-demo.html"))
        pages = []
        for _ in range(2):
            process = run("demo", "-q", env={"TMPDIR": self.path("tmp")})
            self.assertEqual(process.returncode, 0, process.stderr)
            pages.append(process.stdout.split()[-1])
            self.assertTrue(os.path.isfile(pages[-1]))
            self.assertEqual(os.stat(os.path.dirname(pages[-1])).st_mode & 0o777, 0o700)
        self.assertNotEqual(*pages)

    def test_standard_output_and_fifos_are_written_in_place(self):
        wanted = self.call("config", "--json").stdout
        self.assertEqual(self.call("config", "-o", "/dev/stdout").stdout, wanted)
        self.assertEqual(self.call("config", "-o", "/dev/fd/1").stdout, wanted)
        self.assertTrue(os.path.islink("/dev/stdout"))
        kept = self.path("kept")
        with open(kept, "w", encoding="utf-8") as file:
            subprocess.run([MODELKIN, "config", self.a, self.b, "-q", "-o", "/dev/stdout"],
                           stdout=file, check=True)
        with open(kept, encoding="utf-8") as file:
            self.assertEqual(file.read(), wanted)
        self.assertTrue(os.path.islink("/dev/stdout"))
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        received = []

        def reader():
            with open(fifo, encoding="utf-8") as file:
                received.append(file.read())

        thread = threading.Thread(target=reader)
        thread.start()
        self.assertEqual(self.call("config", "-o", fifo).returncode, 0)
        thread.join()
        self.assertEqual(received, [wanted])
        self.assertEqual(self.call("config", "-o", "/dev/null").returncode, 0)
        self.assertEqual(self.call("config", "-o", "/dev/full").returncode, 4)

    def test_standard_output_that_is_an_input(self):
        config = os.path.join(self.a, "config.json")
        before = self.content()
        with open(config, "ab") as file:
            for more in (["--json"], ["-o", "/dev/stdout"]):
                process = subprocess.run([MODELKIN, "config", self.a, self.b, *more], stdout=file,
                                         stderr=subprocess.PIPE, text=True)
                self.assertEqual(process.returncode, 2)
                self.assertIn("standard output is an input", process.stderr)
        self.assertEqual(self.content(), before)

    def test_verify_adds_nothing_to_its_results(self):
        results = self.path("results.json")
        self.assertEqual(run("diff", self.a, self.b, "-q", "-o", results).returncode, 1)
        before = self.content()
        with open(results, "ab") as file:
            process = subprocess.run([MODELKIN, "verify", results], stdout=file,
                                     stderr=subprocess.PIPE)
        self.assertEqual(process.returncode, 2)
        self.assertEqual(self.content(), before)

    @unittest.skipUnless(os.geteuid() == 0, "only root can give a link to somebody")
    def test_links_of_others_are_not_followed(self):
        victim = self.write("victim.json", "")
        os.mkdir(self.path("trap"))
        os.symlink(victim, self.path("trap/out.json"))
        os.symlink(self.folder, self.path("trap/folder"))
        for name in ("out.json", "folder"):
            os.lchown(self.path("trap/" + name), 1234, 1234)
        before = self.content()
        for command in COMMANDS:
            for path in ("trap/out.json", "trap/folder/new.json"):
                with self.subTest(command=command, path=path):
                    process = self.call(command, "-o", self.path(path), "--force")
                    self.assertEqual(process.returncode, 4, process.stderr)
                    self.assertIn("of another user (1234)", process.stderr)
        for arguments in (["run", self.m, "--ids", "1", "--npy", self.path("trap/folder/made")],
                          ["demo", "--keep", self.path("trap/folder/made"), "-q"]):
            self.assertEqual(run(*arguments).returncode, 4)
        self.assertEqual(self.content(), before)


if __name__ == "__main__":
    unittest.main()
