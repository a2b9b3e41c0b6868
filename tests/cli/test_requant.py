"""requant: what quantisers make of an original, byte for byte; and what was changed, is a stranger's or is broken."""

import json
import os
import shutil
import struct
import unittest

from support import CliTest, bf16, f32, noise, q8_0, run, safetensors, small_model, validate

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "requant")
MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "gguf_models")
EXACT_FORMS = ("fp4", "fp8-blocks", "fp8-reciprocal", "fp8-rows", "fp8-tensor", "int4-groups", "int8-maxima",
               "int8-rows", "mlx-3", "mlx-4", "mlx-8", "mxfp4", "nf4", "nf4-double", "nvfp4")


def data(*names):
    return os.path.join(DATA, *names)


class RequantTest(CliTest):
    def answer(self, quantised, original, *arguments, outcome="identical"):
        done = run("requant", quantised, "--from", original, "--json", *arguments)
        self.assertEqual(done.returncode, 1 if outcome == "deviates" else 0, done.stderr)
        answer = json.loads(done.stdout)
        validate(answer, "requant.schema.json")
        self.assertEqual(answer["outcome"], outcome)
        return answer

    def changed(self, source, place, bits=1, name="changed.gguf"):
        with open(source, "rb") as file:
            content = bytearray(file.read())
        content[place] ^= bits
        return self.write(name, bytes(content))

    def test_gguf_of_libgguf_is_identical(self):
        for name, mix, types in (("q8_0", "Q8_0", {"ggml Q8_0", "kept as F32"}),
                                 ("q4_k_m", "Q4_K_M", {"ggml Q4_K", "ggml Q6_K", "kept as F32"})):
            with self.subTest(name):
                answer = self.answer(data(name + ".gguf"), data("original"))
                self.assertEqual(answer["mix"]["name"], mix)
                self.assertEqual({tensor["quantiser"] for tensor in answer["tensors"]}, types)
                self.assertEqual(answer["summary"]["identical"], 5)
                # Rows of q and k lie in llama.cpp's order.
                stored = {tensor["stored_name"] for tensor in answer["tensors"]}
                self.assertIn("blk.0.attn_q.weight", stored)

    def test_rounding_on_the_way_is_found(self):
        answer = self.answer(data("q4_0-by-way-of-f16.gguf"), data("small.safetensors"))
        self.assertEqual({tensor["by_way_of"] for tensor in answer["tensors"]}, {"F16"})

    def test_an_importance_matrix_is_consistent(self):
        for name in ("q4_k-importance", "q4_1-importance"):
            with self.subTest(name):
                answer = self.answer(data(name + ".gguf"), data("original"), outcome="consistent")
                self.assertEqual(answer["summary"]["consistent"], 4)
                quantisers = {tensor["quantiser"] for tensor in answer["tensors"]}
                self.assertEqual(len([q for q in quantisers if q.endswith("with an importance matrix")]), 1)

    def test_forms_of_libraries(self):
        for form in EXACT_FORMS:
            with self.subTest(form):
                self.answer(data("forms", form), data("forms", "original"))
                answer = self.answer(data("forms", form), data("forms", "stranger"), outcome="deviates")
                summary = answer["summary"]
                self.assertEqual(summary["blocks_deviating"], summary["blocks"])
        self.answer(data("forms", "gptq"), data("forms", "original"), outcome="consistent")
        answer = self.answer(data("forms", "gptq"), data("forms", "stranger"), outcome="deviates")
        self.assertEqual(answer["summary"]["blocks_deviating"], answer["summary"]["blocks"])

    def test_finds_the_one_block_that_was_changed(self):
        for name in ("q8_0", "q4_k_m"):
            whole = self.answer(data(name + ".gguf"), data("original"))
            size = os.path.getsize(data(name + ".gguf"))
            for place in (size - 5000, size // 2):
                with self.subTest(name=name, place=place):
                    answer = self.answer(self.changed(data(name + ".gguf"), place, 4), data("original"),
                                         outcome="deviates")
                    self.assertEqual(answer["summary"]["blocks_deviating"], 1)
                    self.assertEqual(answer["summary"]["blocks"], whole["summary"]["blocks"])
                    tensor, = (t for t in answer["tensors"] if t["outcome"] == "deviates")
                    block, = tensor["first_deviating"]
                    length = {"Q8_0": 34, "Q4_K": 144, "Q6_K": 210}[tensor["type"]]
                    self.assertLessEqual(block["offset"], place)
                    self.assertGreater(block["offset"] + length, place)
                    self.assertGreater(tensor["largest_deviation"], 0)

    def test_one_changed_value_that_is_kept(self):
        tensors = {"model.norm.weight": ("F32", [300], f32(noise(300, 1, 1, 0.1)))}
        original = self.write("a.safetensors", safetensors(tensors))
        whole = self.answer(original, original)
        self.assertEqual(whole["summary"]["quantised"], 0)
        changed = self.changed(original, os.path.getsize(original) - 1, 1, "b.safetensors")
        answer = self.answer(changed, original, outcome="deviates")
        self.assertEqual((answer["tensors"][0]["blocks"], answer["tensors"][0]["blocks_deviating"]), (2, 1))

    def test_strangers_and_swapped_sides(self):
        small = data("small.safetensors")
        answer = self.answer(data("q8_0.gguf"), small, outcome="deviates")
        self.assertEqual(answer["summary"]["deviating"], 5)
        self.assertTrue(all(tensor["quantiser"] is None for tensor in answer["tensors"]))
        # The original is no cast of what was decoded.
        self.answer(data("original"), data("q4_k_m.gguf"), outcome="deviates")
        done = run("requant", data("original"), "--from", data("q4_k_m.gguf"))
        self.assertIn("nothing in original is quantised", " ".join(done.stdout.split()))

    def test_what_the_original_lacks_is_not_explained(self):
        tensors = small_model(1, layers=1)
        quantised = self.write("q.safetensors", safetensors(
            tensors | {"extra.weight": ("F32", [4], f32([1, 2, 3, 4]))}))
        original = self.write("a.safetensors", safetensors(tensors))
        answer = self.answer(quantised, original, outcome="deviates")
        self.assertEqual(answer["summary"]["only_in_quantised"], 1)
        self.assertEqual(answer["summary"]["deviating"], 0)
        answer = self.answer(original, quantised)
        self.assertEqual(answer["summary"]["only_in_original"], 1)

    def test_a_tied_head_is_held_to_the_embedding(self):
        rows = bf16(noise(8 * 16, 3))
        tensors = {"model.embed_tokens.weight": ("BF16", [8, 16], rows), "model.norm.weight": ("BF16", [16], bf16(noise(16, 4)))}
        original = self.write("a.safetensors", safetensors(tensors))
        for content, outcome in ((rows, "identical"), (rows[::-1], "deviates")):
            quantised = self.write("q.safetensors", safetensors(
                tensors | {"lm_head.weight": ("BF16", [8, 16], content)}))
            answer = self.answer(quantised, original, outcome=outcome)
            head, = (t for t in answer["tensors"] if t["quantised"] == "lm_head.weight")
            self.assertEqual((head["original"], head["outcome"]), ("model.embed_tokens.weight", outcome))

    def test_cut_and_broken_files(self):
        size = os.path.getsize(data("q4_k_m.gguf"))
        with open(data("q4_k_m.gguf"), "rb") as file:
            content = file.read()
        for length in (0, 10, 300, size // 2, size - 1):
            with self.subTest(length):
                cut = self.write("cut.gguf", content[:length])
                done = run("requant", cut, "--from", data("original"))
                self.assertEqual(done.returncode, 3, done.stdout)
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
                self.assertIn("cut.gguf", done.stderr)

    def test_values_that_are_not_finite(self):
        values = noise(64 * 4, 2)
        values[5] = float("nan")
        original = self.write("a.safetensors", safetensors({"blk.weight": ("F32", [4, 64], f32(values))}))
        entry = struct.pack("<Q", 10) + b"blk.weight" + struct.pack("<IQQIQ", 2, 64, 4, 8, 0)
        head = b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + entry
        values[5] = 0
        gguf = self.write("q.gguf", head + bytes(-len(head) % 32) + q8_0(values))
        answer = self.answer(gguf, original, outcome="deviates")
        self.assertIsNone(answer["tensors"][0]["largest_deviation"])
        self.assertGreaterEqual(answer["summary"]["blocks_deviating"], 1)

    def test_what_was_packed_again_without_loss(self):
        # MXFP4 whose exponents are larger than their values need.
        codes = [(i % 3) | ((i + 1) % 3) << 4 for i in range(16)]
        block = bytes([121, *codes])
        levels = (0, 0.5, 1.0)
        values = [levels[c & 15] * 2.0 ** -6 for c in codes] + [levels[c >> 4] * 2.0 ** -6 for c in codes]
        entry = struct.pack("<Q", 8) + b"w.weight" + struct.pack("<IQQIQ", 2, 32, 2, 39, 0)
        head = b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + entry
        gguf = self.write("q.gguf", head + bytes(-len(head) % 32) + 2 * block)
        original = self.write("a.safetensors", safetensors({"w.weight": ("F32", [2, 32], f32(2 * values))}))
        answer = self.answer(gguf, original, outcome="consistent")
        self.assertEqual(answer["summary"]["blocks_consistent"], 2)
        values[3] += 2.0 ** -7
        other = self.write("b.safetensors", safetensors({"w.weight": ("F32", [2, 32], f32(2 * values))}))
        self.answer(gguf, other, outcome="deviates")

    def test_shapes_and_names(self):
        a = self.write("a.safetensors", safetensors({"w": ("F32", [2, 4], f32(range(8)))}))
        b = self.write("b.safetensors", safetensors({"w": ("F32", [4, 2], f32(range(8)))}))
        answer = self.answer(b, a, outcome="deviates")
        self.assertIn("shape", answer["tensors"][0]["reason"])
        # Rows that a tokenizer lacks.
        more = self.write("more.safetensors", safetensors({"w": ("F32", [3, 4], f32(range(12)))}))
        self.assertIn("rows", self.answer(a, more)["tensors"][0]["reason"])
        other = self.write("other.safetensors", safetensors({"v": ("F32", [2, 4], f32(range(8)))}))
        done = run("requant", other, "--from", a)
        self.assertEqual(done.returncode, 3)
        self.assertIn("nothing was compared", done.stderr)

    def test_does_not_depend_on_threads(self):
        answers = []
        for threads in (1, 2, 5):
            answer = self.answer(data("q4_k-importance.gguf"), data("original"), "--threads", threads,
                                 outcome="consistent")
            del answer["run"]
            answers.append(answer)
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0], answers[2])

    def test_what_llama_cpp_converted(self):
        answer = self.answer(os.path.join(MODELS, "llama.gguf"), os.path.join(MODELS, "published", "llama"))
        self.assertEqual(answer["summary"]["only_in_original"] + answer["summary"]["only_in_quantised"], 0)

    def test_text(self):
        done = run("requant", data("q4_k_m.gguf"), "--from", data("original"))
        self.assertIn("identical: q4_k_m is original", done.stdout)
        self.assertIn("Mix Q4_K_M", done.stdout)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
        quiet = run("requant", data("q8_0.gguf"), "--from", data("small.safetensors"), "--quiet")
        self.assertEqual((quiet.returncode, quiet.stdout), (1, ""))
        details = run("requant", data("q8_0.gguf"), "--from", data("original"), "--details")
        self.assertIn("model.layers.0.mlp.up_proj.weight", details.stdout)

    def test_output_replaces_no_input(self):
        shutil.copy(data("q8_0.gguf"), self.path("q.gguf"))
        done = run("requant", self.path("q.gguf"), "--from", data("original"), "-o", self.path("q.gguf"), "--force")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(os.path.getsize(self.path("q.gguf")), os.path.getsize(data("q8_0.gguf")))


if __name__ == "__main__":
    unittest.main()
