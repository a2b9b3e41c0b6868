"""The installed library: a program outside the tree finds it, links it and runs."""

import json
import os
import re
import subprocess
import tempfile
import unittest

MODELKIN = os.path.abspath(os.environ["MODELKIN"])
BUILD = os.path.dirname(os.path.dirname(MODELKIN))
EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "example")


class Consumer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.prefix = os.path.join(folder.name, "prefix")
        cls.build = os.path.join(folder.name, "build")
        cls.run_command("cmake", "--install", BUILD, "--prefix", cls.prefix)

    @classmethod
    def run_command(cls, *command):
        """Runs a command that has to succeed; returns its standard output."""
        process = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if process.returncode != 0:
            raise AssertionError(f"{command}: {process.returncode}\n{process.stdout}\n{process.stderr}")
        return process.stdout

    def test_the_example_builds_and_traces(self):
        self.run_command("cmake", "-S", EXAMPLE, "-B", self.build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.run_command("cmake", "--build", self.build)
        models = os.path.join(self.build, "models")
        self.run_command(MODELKIN, "demo", "--keep", models, "-q")
        pair = [os.path.join(models, name) for name in ("dense-a", "dense-a-tuned")]
        shown = self.run_command(os.path.join(self.build, "consumer"), *pair)
        self.assertTrue(shown.startswith("derived: "), shown)
        traced = json.loads(self.run_command(MODELKIN, "trace", *pair, "-q", "--json"))
        self.assertEqual(shown, f"derived: {traced['verdict']['sentence']}\n")

    def test_each_header_compiles_alone(self):
        include = os.path.join(self.prefix, "include")
        headers = sorted(name for name in os.listdir(os.path.join(include, "modelkin")))
        self.assertIn("version.h", headers)
        for name in headers:
            with self.subTest(name):
                self.run_command(os.environ.get("CXX", "c++"), "-std=c++20", "-Wall", "-Wextra", "-Werror",
                                 "-fsyntax-only", "-I", include, "-x", "c++",
                                 os.path.join(include, "modelkin", name))

    def test_nothing_else_can_be_seen(self):
        library = os.path.join(self.prefix, "lib", "libmodelkin.so")
        if not os.path.exists(library):
            [library] = [os.path.join(place, "libmodelkin.so") for place, _, names in os.walk(self.prefix)
                         if "libmodelkin.so" in names]
        symbols = self.run_command("nm", "--dynamic", "--defined-only", "--demangle", library).splitlines()
        names = [re.sub(r"^[0-9a-f]* +\w +", "", line) for line in symbols]
        self.assertIn("modelkin::LibraryVersion()", names)
        foreign = [name for name in names if not re.match(r"(?:typeinfo (?:name )?for |vtable for )?modelkin::", name)]
        self.assertEqual(foreign, [])


if __name__ == "__main__":
    unittest.main()
