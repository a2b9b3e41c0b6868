"""--licences: the notices of all that lock files say is in the program and the page."""

import json
import os
import re
import subprocess
import unittest

from support import CliTest, run, small_model

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


class Licences(CliTest):
    def test_the_program_shows_all_files(self):
        for flag in ("--licences", "--licenses"):
            process = run(flag)
            self.assertEqual((process.returncode, process.stderr), (0, ""))
            for name in ("LICENSE", "notices/program.txt", "notices/text_encoder.txt",
                         "notices/page.txt"):
                self.assertIn(read(name), process.stdout)
        self.assertIn("MIT License", read("LICENSE"))
        self.assertIn("modelkin authors", read("LICENSE"))

    def test_the_page_holds_its_own(self):
        model = self.write_model("tiny.safetensors", small_model(1))
        process = run("report", model, model, "--quick", "--permutations", "100")
        if "MODELKIN_PAGE" in process.stderr:
            self.skipTest("the program has no page")
        self.assertEqual(process.returncode, 0, process.stderr)
        holders = re.findall(r"(?m)^Copyright .*$", read("LICENSE") + read("notices", "page.txt"))
        self.assertGreater(len(holders), 10)
        for holder in holders:
            self.assertIn(holder, process.stdout)

    def test_each_locked_crate_is_named(self):
        locked = re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"\nsource = ',
                            read("rust", "text_encoder", "Cargo.lock"))
        self.assertGreater(len(locked), 50)
        named = set(re.findall(r"([\w-]+) (\d+\.\d+\.\d+(?:[-+][\w.-]+)?)",
                               read("notices", "text_encoder.txt")))
        self.assertEqual([crate for crate in locked if crate not in named], [])

    def test_each_package_of_the_page_is_named_and_no_other(self):
        packages = json.loads(read("web", "package-lock.json"))["packages"]
        needed, rest = set(), ["@observablehq/plot"]
        while rest:
            name = rest.pop()
            if name not in needed:
                needed.add(name)
                rest += packages["node_modules/" + name].get("dependencies", {})
        named = set(re.findall(r"(?m)^(\S+) (\d\S*) \([^)]+\)$", read("notices", "page.txt")))
        self.assertEqual(named, {(name, packages["node_modules/" + name]["version"])
                                 for name in needed})

    def test_libraries_of_headers_are_named(self):
        """Every package that CMake looks for is loaded when the program runs, or named."""
        loaded = {"OpenSSL", "ZLIB", "CURL", "Threads", "PkgConfig", "OPENBLAS", "LAPACKE", "SQLITE", "YAML",
                  "GTest"}
        named = {"fmt": "{fmt}", "nlohmann_json": "JSON for Modern C++", "CLI11": "CLI11",
                 "HWY": "Highway", "HTTPLIB": "cpp-httplib"}
        wanted = re.findall(r"(?:find_package|pkg_check_modules)\((\w+)", read("CMakeLists.txt"))
        notices = read("notices", "program.txt")
        for name in set(wanted) - loaded:
            self.assertIn(f"\n{named[name]} (Debian: ", notices)

    def test_they_are_what_the_script_writes(self):
        process = subprocess.run([os.path.join(ROOT, "scripts", "make-notices"), "--check"],
                                 capture_output=True, text=True)
        self.assertEqual(process.returncode, 0, process.stderr)


if __name__ == "__main__":
    unittest.main()
