"""scripts/same-results: two builds are the same where their JSON is."""

import os
import subprocess
import unittest

from support import MODELKIN, CliTest, small_model

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "same-results")


class SameResultsTest(CliTest):
    def setUp(self):
        super().setUp()
        for seed, name in enumerate(["a", "b", "c"], 1):
            self.write_model(f"models/{name}.safetensors", small_model(seed, layers=1))

    def wrapper(self, change):
        """A program that runs modelkin and passes its output through a shell filter."""
        path = self.write("wrapper", f'#!/bin/bash\nset -o pipefail\n"{os.path.abspath(MODELKIN)}" "$@" | {change}\n')
        os.chmod(path, 0o755)
        return path

    def same_results(self, new, *flags):
        return subprocess.run([SCRIPT, MODELKIN, new, self.path("models"), *flags], capture_output=True, text=True,
                              timeout=300)

    def test_equal_programs_are_the_same_and_counted(self):
        process = self.same_results(MODELKIN, "--only", "inspect", "--only", "compare", "--only", "run")
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        self.assertRegex(process.stdout, r"(?m)^inspect +3 equal +0 refused alike +0 different$")
        self.assertRegex(process.stdout, r"(?m)^run +0 equal +3 refused alike +0 different$")
        # Plain, --within and --control of six ordered pairs; --functional needs a config.json.
        self.assertRegex(process.stdout, r"(?m)^compare +18 equal +6 refused alike +0 different$")

    def test_the_run_record_may_differ(self):
        new = self.wrapper("""sed 's/"simd_target": *"[^"]*"/"simd_target":"OTHER"/; s/"threads": *1/"threads":7/'""")
        process = self.same_results(new, "--only", "diff", "--sample", "3")
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        self.assertRegex(process.stdout, r"(?m)^diff +2 equal")

    def test_a_number_that_differs_is_shown_with_both_values(self):
        new = self.wrapper("""sed 's/"compared":[0-9]*/"compared":4711/'""")
        process = self.same_results(new, "--only", "compare", "--sample", "6")
        self.assertEqual(process.returncode, 1, process.stdout + process.stderr)
        self.assertIn("summary.compared: 4711, was 3", process.stdout)
        ignored = self.same_results(new, "--only", "compare", "--sample", "6", "--ignore", "*.compared")
        self.assertEqual(ignored.returncode, 0, ignored.stdout + ignored.stderr)

    def test_another_refusal_is_a_difference(self):
        new = self.write("refuses", "#!/bin/sh\necho 'modelkin: no' >&2\nexit 3\n")
        os.chmod(new, 0o755)
        process = self.same_results(new, "--only", "run")
        self.assertEqual(process.returncode, 1)
        self.assertIn('"modelkin: no"', process.stdout)

    def test_wrong_calls(self):
        self.assertEqual(self.same_results(self.path("absent")).returncode, 2)
        os.makedirs(self.path("empty"))
        process = subprocess.run([SCRIPT, MODELKIN, MODELKIN, self.path("empty")], capture_output=True, text=True)
        self.assertEqual(process.returncode, 2)


if __name__ == "__main__":
    unittest.main()
