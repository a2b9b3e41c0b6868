"""Files of torch and adapters of PEFT, wherever a model goes."""

import json
import os
import shutil
import unittest

from support import CliTest, run

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
SHARED = os.environ.get("MODELKIN_SHARED_DATA", "")
# Originals of torch.save beside what others converted of them (SOURCES.md there).
PAIRS = {
    "nanogpt/sqtian-f74fd82-ckpt.pt": "nanogpt/sqtian-f74fd82-ckpt.model.safetensors",
    "nanogpt/sqtian-9ab0246-ckpt.pt": "nanogpt/sqtian-9ab0246-ckpt.model.safetensors",
    "nanogpt/sqtian-70a5e9d-ckpt.pt": "nanogpt/sqtian-70a5e9d-ckpt.model.safetensors",
    "maze/maze-g4-final.pt": "maze/maze-g4-final.safetensors",
    "llama2c/xs-ckpt.pt": "llama2c/xs-ckpt.model.safetensors",
    "resnet-cifar10/resnet20-12fca82f.th": "resnet-cifar10/resnet20-12fca82f.safetensors",
}


def torch_data(name):
    return os.path.join(DATA, "torch", name)


def peft_data(name):
    return os.path.join(DATA, "peft", name)


class Torch(CliTest):
    def expect_identical(self, a, b):
        process = run("diff", a, b, "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        tensors = json.loads(process.stdout)["tensors"]
        self.assertGreater(len(tensors), 0)
        differing = [tensor["a"]["name"] for tensor in tensors if not tensor["identical"]]
        self.assertEqual(differing, [], (a, b))
        self.assertTrue(json.loads(process.stdout)["summary"]["all_identical"])

    def test_files_of_torch_are_their_values(self):
        for name in ("zip", "legacy", "tar", "nested"):
            with self.subTest(name):
                self.expect_identical(torch_data(f"{name}.pt"), torch_data(f"{name}.safetensors"))

    def test_real_files_are_what_was_converted_of_them(self):
        folder = os.path.join(SHARED, "realdata", "weights")
        if not SHARED or not os.path.isdir(folder):
            self.skipTest("MODELKIN_SHARED_DATA names no folder with realdata/weights: "
                          "REAL FILES OF TORCH WERE NOT READ")
        for original, converted in PAIRS.items():
            with self.subTest(original):
                self.expect_identical(os.path.join(folder, original),
                                      os.path.join(folder, converted))

    def test_folders(self):
        for name in ("pytorch_model.bin", "consolidated.00.pth", "model.ckpt"):
            with self.subTest(name):
                folder = self.path(name.replace(".", "_"))
                os.makedirs(folder)
                shutil.copy(torch_data("zip.pt"), os.path.join(folder, name))
                for other in ("training_args.bin", "optimizer.pt", "rng_state_0.pth"):
                    with open(os.path.join(folder, other), "wb") as file:
                        file.write(b"no weights")
                self.expect_identical(folder, torch_data("zip.safetensors"))

    def test_shards_with_and_without_an_index(self):
        folder = self.path("shards")
        os.makedirs(folder)
        first, second = (f"pytorch_model-0000{i}-of-00002.bin" for i in (1, 2))
        shutil.copy(torch_data("zip.pt"), os.path.join(folder, first))
        process = run("inspect", folder)
        self.assertEqual(process.returncode, 3)
        self.assertIn(second, process.stderr)
        shutil.copy(torch_data("nested.pt"), os.path.join(folder, second))
        process = run("inspect", folder, "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        names = {}
        for shard, values in ((first, "zip"), (second, "nested")):
            described = json.loads(run("diff", torch_data(f"{values}.pt"), torch_data(f"{values}.pt"),
                                       "--json").stdout)
            names.update({tensor["a"]["name"]: shard for tensor in described["tensors"]})
        self.write("shards/pytorch_model.bin.index.json", json.dumps({"weight_map": names}))
        self.expect_identical(folder, folder)

    def test_safetensors_come_first(self):
        folder = self.path("both")
        os.makedirs(folder)
        shutil.copy(torch_data("zip.safetensors"), os.path.join(folder, "model.safetensors"))
        with open(os.path.join(folder, "pytorch_model.bin"), "wb") as file:
            file.write(b"is not opened")
        self.expect_identical(folder, torch_data("zip.pt"))
        self.assertIn("pytorch_model.bin", run("inspect", folder).stdout)

    def test_turned_matrices_are_taken_apart_like_others(self):
        """Queries, keys and values are parts of one matrix, whose columns lie one after the other."""
        process = run("trace", peft_data("gpt2"), peft_data("gpt2_turned"), "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        results = json.loads(process.stdout)
        self.assertEqual(results["verdict"]["category"], "identical")
        self.assertEqual([kind["kind"] for kind in results["relation"]["kinds"]], ["copy"])
        self.assertIn("q_proj", process.stdout)

    def test_refusals_are_one_line(self):
        for name in sorted(os.listdir(torch_data("refused"))):
            with self.subTest(name):
                process = run("inspect", torch_data(f"refused/{name}"))
                self.assertEqual(process.returncode, 3, process.stderr)
                self.assertEqual(process.stderr.count("\n"), 1, process.stderr)
                self.assertIn("byte ", process.stderr)


class Adapters(CliTest):
    def test_an_adapter_by_itself(self):
        process = run("inspect", peft_data("lora"))
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("a LoRA adapter of test/llama, rank 4 on q_proj, v_proj", process.stdout)

    def test_an_adapter_with_its_base_is_related(self):
        """Of the DoRA only a part is told: 24 units of 16 random numbers, which it has moved far from their base's."""
        for name, category in (("lora", "derived"), ("dora", "shares_material")):
            with self.subTest(name):
                process = run("trace", peft_data("llama"), peft_data(name), "--base",
                              peft_data("llama"), "--json", "--permutations", "2000")
                self.assertEqual(process.returncode, 0, process.stderr)
                results = json.loads(process.stdout)
                self.assertEqual(results["verdict"]["category"], category)
                self.assertEqual(results["run"]["request"]["base"], peft_data("llama"))

    def test_results_are_verified_with_the_base(self):
        out = self.path("out.json")
        process = run("diff", peft_data("llama"), peft_data("lora"), "--base", peft_data("llama"),
                      "-o", out)
        self.assertEqual(process.returncode, 0, process.stderr)
        process = run("verify", out)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)

    def test_untouched_weights_are_identical(self):
        process = run("diff", peft_data("llama"), peft_data("lora"), "--base", peft_data("llama"),
                      "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        changed = {tensor["a"]["name"] for tensor in json.loads(process.stdout)["tensors"]
                   if not tensor["identical"]}
        self.assertEqual(changed, {f"model.layers.{layer}.self_attn.{part}_proj.weight"
                                   for layer in (0, 1) for part in "qv"})


if __name__ == "__main__":
    unittest.main()
