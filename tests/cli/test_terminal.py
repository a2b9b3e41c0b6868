"""What a person sees: tables, colours, progress, help, interruptions."""

import fcntl
import json
import os
import pty
import resource
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from support import MODELKIN, CliTest, run, run_on_terminal, small_model

ESCAPE = "\x1b["


class Terminal(CliTest):
    def setUp(self):
        super().setUp()
        self.a = self.write_model("a.safetensors", small_model(1))
        self.b = self.write_model("b.safetensors", small_model(2))

    def sparse_model(self, name, gigabytes):
        """A checkpoint of zeros that takes no disk, large enough to be interrupted in."""
        count = gigabytes << 29
        header = json.dumps({"w": {"dtype": "BF16", "shape": [count], "data_offsets": [0, 2 * count]}})
        path = self.write(name, struct.pack("<Q", len(header)) + header.encode())
        os.truncate(path, 8 + len(header) + 2 * count)
        return path

    def test_summary_and_table(self):
        process = run("compare", self.a, self.b)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(process.stderr, "")
        self.assertIn("a against b\n  7 pairs of tensors, ", process.stdout)
        self.assertRegex(process.stdout, r"\n  input_layernorm +3 +-?0\.\d{4} ")
        self.assertLess(process.stdout.index("7 pairs"), process.stdout.index("medians by role"))
        details = run("compare", self.a, self.b, "--details").stdout
        self.assertIn("7 tensor pairs compared", details)
        self.assertIn("input_layernorm.weight", details)
        self.assertIn("shuffled", details)
        self.assertLess(details.index("compared"), details.index("role (medians)"))

    def test_no_colour_without_a_terminal(self):
        self.assertNotIn(ESCAPE, run("compare", self.a, self.b).stdout)

    def test_colour_on_a_terminal_unless_refused(self):
        code, drawn = run_on_terminal(["compare", self.a, self.b], {"NO_COLOR": ""})
        self.assertEqual(code, 0)
        self.assertIn(ESCAPE + "1m", drawn)
        _, plain = run_on_terminal(["compare", self.a, self.b], {"NO_COLOR": "1"})
        self.assertNotIn(ESCAPE + "1m", plain)

    def test_color_decides_whatever_the_environment_says(self):
        always = run("compare", self.a, self.b, "--color", "always", env={"NO_COLOR": "1"}).stdout
        self.assertIn(ESCAPE + "1m", always)
        _, never = run_on_terminal(["compare", self.a, self.b, "--color", "never"])
        self.assertNotIn(ESCAPE + "1m", never)
        self.assertEqual(run("compare", self.a, self.b, "--color", "auto").stdout,
                         run("compare", self.a, self.b).stdout)
        self.assertEqual(run("compare", self.a, self.b, "--color", "blue").returncode, 2)

    def test_quiet_prints_nothing(self):
        process = run("compare", self.a, self.b, "--quiet")
        self.assertEqual((process.stdout, process.stderr), ("", ""))

    def test_help_has_examples_and_usage_errors_exit_2(self):
        for arguments in (["--help"], ["compare", "--help"], ["diff", "--help"], ["--version"]):
            self.assertEqual(run(*arguments).returncode, 0)
        self.assertIn("Examples:", run("compare", "--help").stdout)
        for arguments in ([], ["nonsense"], ["compare"], ["compare", self.a],
                          ["compare", self.a, self.b, self.b], ["compare", self.a, self.b, "--frob"],
                          ["compare", self.a, self.b, "--layers", "x"],
                          ["compare", self.a, self.b, "--threads", "0"],
                          ["compare", self.a, self.b, "--threads", "-3"],
                          ["compare", self.a, self.b, "--key-map", "/nonexistent"],
                          # All were taken for some number, and the trace went on.
                          ["trace", self.a, self.b, "--seed", "-1"],
                          ["trace", self.a, self.b, "--seed=-1"],
                          ["trace", self.a, self.b, "--seed", "18446744073709551616"],
                          ["trace", self.a, self.b, "--seed=-18446744073709551615"],
                          ["trace", self.a, self.b, "--seed", "0x10"],
                          ["trace", self.a, self.b, "--seed", "010"],
                          ["trace", self.a, self.b, "--permutations=-18446744073709550616"],
                          ["compare", self.a, self.b, "--threads", "-1"],
                          ["compare", self.a, self.b, "--threads", "4294967297"],
                          ["run", self.a, "--top=-18446744073709551611"],
                          ["explain", "rope", "--model", self.a, "--head", "-1"],
                          ["explain", "rope", "--model", self.a, "--layer", "-1"],
                          ["explain", "rope", "--model", self.a, "--token", "-1"],
                          ["explain", "rope", "--model", self.a, "--head", "1e3"],
                          ["compare", self.a, self.b, "--json", "--csv"],
                          ["compare", self.a, "--within", "--control", self.b]):
            process = run(*arguments)
            self.assertEqual(process.returncode, 2, arguments)
            self.assertEqual(process.stderr.count("\n"), 1, process.stderr)

    def test_progress_on_a_terminal_and_interruption_leaves_no_file(self):
        big = self.sparse_model("big.safetensors", 64)
        output = self.path("out.json")
        main_end, terminal = pty.openpty()
        # Wide enough for both names whole beside any rate and time left.
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
        process = subprocess.Popen([MODELKIN, "compare", big, big, "--no-digest", "--threads", "1",
                                    "-o", output],
                                   stdout=subprocess.DEVNULL, stderr=terminal)
        os.close(terminal)
        self.addCleanup(os.close, main_end)
        drawn = b""
        deadline = time.monotonic() + 60
        while b"left" not in drawn and time.monotonic() < deadline:
            ready, _, _ = select.select([main_end], [], [], 1)
            if ready:
                drawn += os.read(main_end, 65536)
        self.assertRegex(drawn, rb"big.safetensors, big.safetensors: comparing \[.*% .* of 137 GB .*B/s .* left")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 130)
        self.assertEqual(sorted(os.listdir(self.folder)),
                         ["a.safetensors", "b.safetensors", "big.safetensors"])

    def test_full_disk_leaves_the_old_file(self):
        old = '{"schema_version": "1.0", "tool": {"name": "modelkin"}, "results": "old"}'
        output = self.write("out.json", old)
        before = sorted(os.listdir(self.folder))
        process = run("compare", self.a, self.b, "-o", output,
                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
        self.assertEqual(process.returncode, 4)
        self.assertIn(output, process.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        with open(output, encoding="utf-8") as file:
            self.assertEqual(file.read(), old)

    def test_failed_writes_to_standard_output_are_errors(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            process = subprocess.run([MODELKIN, "compare", self.a, self.b, "--json"], stdout=full,
                                     stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(process.returncode, 4)
        self.assertIn("standard output", process.stderr)

    def test_a_reader_that_goes_away_is_no_error(self):
        reading, writing = os.pipe()
        os.close(reading)
        process = subprocess.run([MODELKIN, "compare", self.a, self.b, "--json"], stdout=writing,
                                 stderr=subprocess.PIPE, text=True, timeout=60)
        os.close(writing)
        self.assertEqual((process.returncode, process.stderr), (141, ""))

    def test_what_the_file_system_refuses_is_one_line(self):
        file = self.write("file", "")
        for arguments in (["demo", "--keep", file], ["trace", self.a, self.b, "--resume", file],
                          ["trace", self.a, self.b, "--resume", file + "/state"]):
            process = run(*arguments)
            self.assertEqual(process.returncode, 4, process.stderr)
            self.assertIn(file, process.stderr)
            self.assertNotIn("filesystem error", process.stderr)
            self.assertEqual(process.stderr.count("\n"), 1)

    def test_demo_is_the_same_every_time(self):
        folders = [self.path("one"), self.path("two")]
        outputs = [run("demo", "--keep", folder).stdout.replace(folder, "") for folder in folders]
        self.assertEqual(outputs[0], outputs[1])
        for pill in ("SAME LINEAGE", "NOTHING FOUND", "SAME STARTING POINT AT LEAST"):
            self.assertIn(pill, outputs[0])
        process = run("diff", folders[0] + "/moe-c", folders[1] + "/moe-c", "--exit-code")
        self.assertEqual(process.returncode, 0)


if __name__ == "__main__":
    unittest.main()
