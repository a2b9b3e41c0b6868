"""`modelkin atlas build`: shares of a list by rank, Slurm's and Kubernetes' variables, and what is done again."""

import json
import os
import shutil
import signal
import subprocess
import time
import unittest

from support import MODELKIN, CliTest, bf16, noise, run

# None of the machine that the test runs on.
NO_JOB = dict.fromkeys(("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
                        "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP", "JOB_COMPLETION_INDEX"), "")
MODELS = 5


def slurm(task, count=2, first=0, last=None, step=1):
    last = first + step * (count - 1) if last is None else last
    return {"SLURM_ARRAY_TASK_ID": str(task), "SLURM_ARRAY_TASK_COUNT": str(count), "SLURM_ARRAY_TASK_MIN": str(first),
            "SLURM_ARRAY_TASK_MAX": str(last), "SLURM_ARRAY_TASK_STEP": str(step)}


class AtlasBuildTest(CliTest):
    def setUp(self):
        super().setUp()
        self.models = [self.write_model(f"m{i}/model.safetensors", {
            f"model.layers.{layer}.self_attn.o_proj.weight":
                ("BF16", [32, 64], bf16(noise(2048, 10 * i + layer))) for layer in range(2)})
            for i in range(MODELS)]
        self.list = self.write("models.txt", "# models\n\n" + "".join(f"  {model}\r\n" for model in self.models))

    def build(self, *arguments, code=0, to="records", **variables):
        process = run("atlas", "build", self.list, "--to", self.path(to), *arguments, env={**NO_JOB, **variables})
        self.assertEqual(process.returncode, code, process.stderr)
        return process

    def exported(self, *folders):
        """All records of folders, through an atlas, but for what tells two runs apart: nothing."""
        atlas = self.path("models.atlas")
        if os.path.exists(atlas):
            os.remove(atlas)
        process = run("atlas", "import", atlas, *map(self.path, folders))
        self.assertEqual(process.returncode, 0, process.stderr)
        process = run("atlas", "export", atlas)
        self.assertEqual(process.stdout.count("\n"), MODELS)
        return process.stdout

    def outcomes(self, process):
        return [json.loads(line)["outcome"] for line in process.stdout.splitlines()]

    def test_says_how_many_at_its_end(self):
        self.assertEqual(self.build().stdout.splitlines()[-1],
                         "worker 0 of 1: 5 models sketched, 0 there already, 0 failed")
        self.assertEqual(self.build().stdout.splitlines()[-1],
                         "worker 0 of 1: 0 models sketched, 5 there already, 0 failed")
        self.assertEqual(self.build("-q").stdout, "")

    def test_records_are_the_same_for_any_number_of_workers(self):
        self.build()
        whole = self.exported("records")
        for world in (2, 3, 7):
            for rank in range(world):
                self.build("--rank", rank, "--world", world, to=f"of-{world}")
            self.assertEqual(self.exported(f"of-{world}"), whole)

    def test_each_worker_takes_its_share_alone(self):
        taken = [self.outcomes(self.build("--rank", rank, "--world", 2, "--json")) for rank in (0, 1)]
        self.assertEqual(taken, [["added"] * 3, ["added"] * 2])
        self.assertEqual(self.outcomes(self.build("--json")), ["skipped"] * 5)

    def test_what_failed_is_tried_again(self):
        shutil.move(self.models[3], self.models[3] + ".away")
        process = self.build(code=3)
        self.assertIn("4 models sketched, 0 there already, 1 failed", process.stdout)
        self.assertIn(f"failed: {self.models[3]}", process.stderr)
        shutil.move(self.models[3] + ".away", self.models[3])
        self.assertIn("1 model sketched, 4 there already, 0 failed", self.build().stdout)

    def test_a_model_that_is_listed_twice_is_sketched_once(self):
        self.list = self.write("twice.txt", "\n".join([*self.models, *self.models]))
        self.assertEqual(self.outcomes(self.build("--json")), ["added"] * 5)

    def test_slurm_arrays(self):
        for task, expected in ((slurm(0), 3), (slurm(1), 2), (slurm(5, first=4), 2), (slurm(4, first=1, step=3), 2),
                               (slurm(7, 1, 7), 5)):
            shutil.rmtree(self.path("records"), ignore_errors=True)
            self.assertEqual(len(self.outcomes(self.build("--json", **task))), expected, task)
        # A given world makes the task's number the rank, of a part of an array that is run again too.
        self.assertEqual(len(self.outcomes(self.build("--world", 4, "--json", **slurm(3, 1, 3)))), 1)
        self.assertEqual(len(self.outcomes(self.build("--rank", 0, "--world", 1, "--json", **slurm(1)))), 5)

    def test_kubernetes_jobs(self):
        self.assertEqual(len(self.outcomes(self.build("--world", 2, "--json", JOB_COMPLETION_INDEX="1"))), 2)

    def test_a_share_that_is_not_clear_is_refused(self):
        for arguments, variables, said in (
                ((), slurm(3, 2, 0, 9, 1), "not numbered evenly"),  # --array=3,9
                ((), {"SLURM_ARRAY_TASK_ID": "1"}, "SLURM_ARRAY_TASK_COUNT is not"),
                ((), slurm("x"), "SLURM_ARRAY_TASK_ID is no whole number: x"),
                ((), {"JOB_COMPLETION_INDEX": "1"}, "give --world"),
                (("--world", 2), {}, "--world goes with --rank"),
                (("--rank", 0), {}, "--rank goes with --world"),
                (("--rank", 2, "--world", 2), {}, "rank 2 is not below the number of workers, 2"),
                (("--world", 2), slurm(2, 2, 1), "rank 2 is not below"),
                (("--world", 2), {**slurm(1), "JOB_COMPLETION_INDEX": "0"}, "differ"),
                (("--rank", 0, "--world", 0), {}, "rank 0 is not below")):
            process = self.build(*arguments, code=2, **variables)
            self.assertIn(said, process.stderr)
            self.assertEqual(process.stderr.count("\n"), 1)
        self.assertFalse(os.path.exists(self.path("records")))

    def test_lists_that_are_none_are_refused(self):
        for content, said in ((b"a\nb\x00c\n", "byte 2: line 2 is no name"), (b"a\n" + b"x" * 5000, "line 2 is no name"),
                              (b"", "no model is named"), (b"# none\n", "no model is named")):
            self.list = self.write("list", content)
            process = self.build(code=2 if said.startswith("no model") else 3)
            self.assertIn(said, process.stderr)
        self.list = self.models[0]  # a model in place of a list
        self.assertIn("is no name of a model", self.build(code=3).stderr)
        for self.list in (self.folder, self.path("not there")):
            self.assertIn("can't be read", self.build(code=4).stderr)

    def test_a_killed_worker_leaves_whole_records(self):
        names = [os.path.join(self.folder, f"link{i}") for i in range(60)]
        for i, name in enumerate(names):
            os.symlink(os.path.dirname(self.models[i % MODELS]), name)
        self.list = self.write("models.txt", "\n".join(names))
        with subprocess.Popen([MODELKIN, "atlas", "build", self.list, "--to", self.path("records"), "--json"],
                              stdout=subprocess.PIPE, env={**os.environ, **NO_JOB}) as worker:
            told = worker.stdout.readline()
            worker.send_signal(signal.SIGKILL)
        self.assertEqual(json.loads(told)["outcome"], "added")
        before = self.records()
        self.assertGreaterEqual(len(before), 1)
        time.sleep(0.01)
        again = self.outcomes(self.build("--json"))
        self.assertEqual(again.count("skipped"), len(before))
        after = self.records()
        self.assertEqual(len(after), 60)
        self.assertTrue(before.items() <= after.items(), "what was there was written again")
        self.assertEqual([name for name in os.listdir(self.path("records")) if len(name) != 2], [])

    def records(self):
        found = {}
        for folder, _, files in os.walk(self.path("records")):
            for name in files:
                self.assertTrue(name.endswith(".sketch"), name)
                found[name] = os.stat(os.path.join(folder, name)).st_mtime_ns
        return found

    def test_parquet_is_left_to_python(self):
        self.build()
        atlas = self.path("models.atlas")
        run("atlas", "import", atlas, self.path("records"))
        for arguments in (("export", atlas, "-o", "x.parquet"), ("import", atlas, "x.parquet")):
            process = run("atlas", *arguments)
            self.assertEqual(process.returncode, 2)
            self.assertIn("pip install 'modelkin[parquet]'", process.stderr)


if __name__ == "__main__":
    unittest.main()
