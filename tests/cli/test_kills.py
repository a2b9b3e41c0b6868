"""kill -9 while a command writes: its path has what was there before, or all that belongs there."""

import os
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

from demo_models import make_demo_models
from support import MODELKIN, CliTest, run, safetensors, small_model

# (kills, arguments after the command's name; OUT stands for the path). The demo's models are at D.
COMMANDS = {
    "inspect": (25, ["MANY", "-q", "-o", "OUT"]),
    "config": (20, ["D/dense-a", "D/moe-c", "-q", "-o", "OUT"]),
    "tokenizer": (20, ["D/dense-a", "D/moe-c", "-q", "-o", "OUT"]),
    "compare": (25, ["MANY", "MANY", "-q", "-o", "OUT"]),
    "diff": (20, ["MANY", "MANY", "-q", "-o", "OUT"]),
    "explain": (15, ["rope", "--model", "D/dense-a", "-q", "-o", "OUT"]),
    "run": (20, ["D/dense-a", "--ids", "1,2,3", "-q", "--arrays", "-o", "OUT"]),
    "trace": (15, ["TINY", "OTHER", "--quick", "--permutations", "100",
                   "-q", "-o", "OUT"]),
    "audit": (10, ["TINY", "--against", "OTHER", "--quick", "--permutations", "100", "-q", "-o", "OUT"]),
    "check": (10, ["TINY", "--claim", "base_model=TINY", "--quick", "--permutations", "100", "-q",
                   "-o", "OUT"]),
    "report": (15, ["TINY", "OTHER", "--quick", "--permutations", "100", "-q", "-o", "OUT"]),
}
FOLDER_KILLS = 10  # of run --npy and of demo --keep, which write several files
ENDINGS = {"report": ".html"}
PARTIAL = re.compile(r"\.partial-[a-z0-9]{6}$")
OLD = '{"schema_version": "1.0", "tool": {"name": "modelkin"}, "kept": true}'


def read(path):
    with open(path, "rb") as file:
        return file.read()


def writes_to(process, folder):
    """Whether the process has a file open in the folder."""
    files = f"/proc/{process.pid}/fd"
    try:
        return any(os.readlink(f"{files}/{name}").startswith(folder + "/")
                   for name in os.listdir(files))
    except OSError:
        return False


class Kills(CliTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(7)
        self.models = self.path("models")
        make_demo_models(self.models)
        os.makedirs(self.path("many"))
        self.write_model("tiny/model.safetensors", small_model(2))
        self.write_model("other/model.safetensors", small_model(3))
        self.write("many/model.safetensors", safetensors(small_model(1, layers=400, width=8)))
        os.mkdir(self.path("out"))
        self.whole = 0  # kills after which the output was there

    def arguments(self, command, out):
        places = {"OUT": out, "MANY": self.path("many"), "TINY": self.path("tiny"),
                  "OTHER": self.path("other"), "base_model=TINY": "base_model=" + self.path("tiny")}
        return [command] + [places.get(argument, argument.replace("D/", self.models + "/"))
                            for argument in COMMANDS[command][1]]

    def start(self, arguments):
        return subprocess.Popen([MODELKIN, *arguments], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def kill_at_random(self, arguments, seconds, folder):
        """Half of the time anywhere, else soon after something was opened in the folder."""
        process = self.start(arguments)
        if self.random.random() < 0.5:
            time.sleep(self.random.uniform(0, seconds))
        else:
            end = time.monotonic() + seconds
            while process.poll() is None and not writes_to(process, folder):
                if time.monotonic() > end:
                    break
            time.sleep(self.random.choice((0, 0.0002, 0.001, 0.004, 0.01)))
        process.send_signal(signal.SIGKILL)
        process.wait()

    def timed(self, arguments):
        begin = time.monotonic()
        process = self.start(arguments)
        process.wait()
        self.assertIn(process.returncode, (0, 1), arguments)
        return time.monotonic() - begin

    def test_each_command(self):
        folder = self.path("out")
        for command, (kills, _) in COMMANDS.items():
            out = os.path.join(folder, command + ENDINGS.get(command, ".json"))
            arguments = self.arguments(command, out)
            seconds = self.timed(arguments)
            wanted = read(out)
            for i in range(kills):
                with self.subTest(command=command, kill=i):
                    before = OLD.encode() if i % 2 else None
                    os.unlink(out)
                    if before:
                        self.write(out, before)
                    self.kill_at_random(arguments, seconds, folder)
                    after = read(out) if os.path.exists(out) else None
                    self.assertIn(after, (before, wanted))
                    self.whole += after == wanted
                    self.assertEqual([name for name in os.listdir(folder)
                                      if name != os.path.basename(out) and not PARTIAL.search(name)],
                                     [])
                    if after is None:
                        self.write(out, wanted)
            # What is left of killed ones goes with the next.
            self.timed(arguments)
            self.assertEqual(os.listdir(folder), [os.path.basename(out)])
            self.assertEqual(read(out), wanted)
            os.unlink(out)
        self.assertGreater(self.whole, 5)  # some came through: kills were not all too early

    def kill_folder(self, arguments, folder, wanted, seconds):
        self.kill_at_random(arguments, seconds, folder)
        for place, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(place, name)
                if not PARTIAL.search(name):
                    self.assertEqual(read(path), wanted[os.path.relpath(path, folder)], path)

    def all_of(self, folder):
        return {os.path.relpath(os.path.join(place, name), folder): read(os.path.join(place, name))
                for place, _, names in os.walk(folder) for name in names}

    def test_folders(self):
        folder = self.path("made")
        for arguments in (["run", self.models + "/moe-c", "--ids", "1,2,3", "-q", "--npy", folder],
                          ["demo", "--keep", folder, "-q", "--report", "/dev/null"]):
            seconds = self.timed(arguments)
            wanted = self.all_of(folder)
            self.assertGreater(len(wanted), 5)
            for i in range(FOLDER_KILLS):
                with self.subTest(command=arguments[0], kill=i):
                    if i % 3 == 0:
                        shutil.rmtree(folder, ignore_errors=True)  # killed before it was made
                    self.kill_folder(arguments, folder, wanted, seconds)
            self.timed(arguments)
            self.assertEqual(self.all_of(folder), wanted)
            shutil.rmtree(folder)


if __name__ == "__main__":
    unittest.main()
