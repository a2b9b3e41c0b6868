"""modelkin run: texts through a model, and what is written about it."""

import json
import os
import shutil
import unittest

import numpy

from support import CliTest, run, validate

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "inference", "golden")
LLAMA, MIXTRAL, BERT = (os.path.join(GOLDEN, name) for name in ("llama-plain", "mixtral-plain", "bert-plain"))
TEXTS = ("--ids", "1,2,3,4,5", "--ids", "7")


class RunTest(CliTest):
    def results(self, *arguments):
        process = run("run", *arguments, "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(process.stderr, "")
        results = json.loads(process.stdout)
        validate(results, "run.schema.json")
        return results

    def refused(self, code, *arguments):
        """The message of a run that has to fail: one line, and nothing on standard output."""
        process = run("run", *arguments)
        self.assertEqual(process.returncode, code, process.stderr)
        self.assertEqual(process.stdout, "")
        self.assertEqual(len(process.stderr.strip().splitlines()), 1, process.stderr)
        return process.stderr

    def changed(self, model, **values):
        """A copy of a model with other values in its config.json."""
        folder = self.path("changed")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(model, folder)
        os.remove(os.path.join(folder, "golden.safetensors"))
        path = os.path.join(folder, "config.json")
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**config, **values}, file)
        return folder

    def spoiled(self, model):
        """A copy of a model whose last norm is NaN."""
        folder = self.changed(model)
        path = os.path.join(folder, "model.safetensors")
        with open(path, "rb") as file:
            content = bytearray(file.read())
        length = int.from_bytes(content[:8], "little")
        begin = 8 + length + json.loads(content[8:8 + length])["model.norm.weight"]["data_offsets"][0]
        content[begin:begin + 4] = b"\xff" * 4
        with open(path, "wb") as file:
            file.write(content)
        return folder, begin


class Results(RunTest):
    def test_ids(self):
        results = self.results(MIXTRAL, *TEXTS)
        self.assertEqual(results["family"], "mixtral")
        self.assertEqual([text["ids"] for text in results["texts"]], [[1, 2, 3, 4, 5], [7]])
        for text in results["texts"]:
            logits = [token["logit"] for token in text["next"]]
            self.assertEqual(len(logits), 5)
            self.assertEqual(logits, sorted(logits, reverse=True))
            self.assertIsNone(text["text"])
        self.assertEqual([layer["layer"] for layer in results["layers"]], [0, 1])
        router = results["layers"][0]["router"]
        self.assertEqual(sum(router["load"]), 12)
        self.assertEqual(len(router["choices"]), 6)
        self.assertEqual((results["hidden"], results["final"], results["logits"]), ([], None, None))

    def test_top_is_the_softmax(self):
        results = self.results(LLAMA, "--ids", "1,2,3", "--top", "1000", "--arrays")
        logits = numpy.array(results["logits"][-1])
        shares = numpy.exp(logits - logits.max())
        shares /= shares.sum()
        following = results["texts"][0]["next"]
        self.assertEqual(len(following), len(logits))
        self.assertAlmostEqual(sum(token["probability"] for token in following), 1, places=6)
        for token in following:
            self.assertAlmostEqual(token["probability"], shares[token["id"]], places=6)

    def test_an_encoder_has_an_embedding_and_no_next_token(self):
        results = self.results(BERT, *TEXTS, "--arrays")
        text = results["texts"][0]
        self.assertEqual(text["next"], [])
        mean = numpy.mean(results["final"][:5], axis=0)
        numpy.testing.assert_allclose(text["embedding"], mean / numpy.linalg.norm(mean), atol=1e-6)
        self.assertIsNone(results["logits"])
        self.assertIn("encoder", self.refused(2, BERT, *TEXTS, "--generate", "3"))

    def test_bytes(self):
        # Two bytes of one character, below the vocabulary's end only where it has 256 rows.
        message = self.refused(2, LLAMA, "--bytes", "--text", "ab")
        self.assertIn("token id 97", message)
        results = self.results(LLAMA, "--bytes", "--text", "\x01\x02\t", "--ids", "3")
        self.assertEqual([text["ids"] for text in results["texts"]], [[1, 2, 9], [3]])
        self.assertEqual(results["texts"][0]["text"], "\x01\x02\t")

    def test_texts_of_a_file(self):
        path = self.write("texts", b"\x01\x02\n\n\x03\r\n\x04")
        results = self.results(LLAMA, "--bytes", "--texts", path)
        self.assertEqual([text["ids"] for text in results["texts"]], [[1, 2], [3], [4]])
        self.assertIn("no text", self.refused(2, LLAMA, "--bytes", "--texts", self.write("none", "\n\n")))
        self.refused(3, LLAMA, "--bytes", "--texts", self.path("nowhere"))

    def test_generation(self):
        results = self.results(LLAMA, *TEXTS, "--generate", "4")
        for text in results["texts"]:
            ids = list(text["ids"])
            for generated in text["generated_ids"]:
                following = self.results(LLAMA, "--ids", ",".join(map(str, ids)), "--top", "1")
                self.assertEqual(following["texts"][0]["next"][0]["id"], generated)
                ids.append(generated)
        end = results["texts"][0]["generated_ids"][1]
        ended = self.results(self.changed(LLAMA, eos_token_id=end), *TEXTS[:2], "--generate", "4")
        generated = ended["texts"][0]["generated_ids"]
        self.assertEqual(generated.index(end), len(generated) - 1)
        self.assertIn("generated", run("run", LLAMA, *TEXTS, "--generate", "2").stdout)

    def test_threads_do_not_matter(self):
        one, three = (self.results(MIXTRAL, *TEXTS, "--arrays", "--threads", n) for n in (1, 3))
        for key in ("texts", "layers", "hidden", "final", "logits"):
            self.assertEqual(one[key], three[key])


class Files(RunTest):
    def arrays(self, *arguments):
        folder = self.path("arrays")
        shutil.rmtree(folder, ignore_errors=True)
        process = run("run", *arguments, "--npy", folder, "--quiet")
        self.assertEqual(process.returncode, 0, process.stderr)
        return {name.removesuffix(".npy"): numpy.load(os.path.join(folder, name)) for name in os.listdir(folder)}

    def test_arrays_are_what_the_json_has(self):
        for model in (LLAMA, MIXTRAL, BERT):
            arrays = self.arrays(model, *TEXTS)
            results = self.results(model, *TEXTS, "--arrays")
            expected = {"ids", "offsets", "hidden", "final"}
            expected |= {"logits"} if model != BERT else set()
            expected |= {"router_choices", "router_weights", "router_layers"} if model == MIXTRAL else set()
            self.assertEqual(set(arrays), expected)
            self.assertEqual(arrays["ids"].tolist(), [1, 2, 3, 4, 5, 7])
            self.assertEqual(arrays["offsets"].tolist(), [0, 5, 6])
            for name in expected & {"hidden", "final", "logits"}:
                self.assertEqual(arrays[name].dtype, numpy.float32)
                numpy.testing.assert_array_equal(arrays[name], numpy.array(results[name], numpy.float32))
            if model == MIXTRAL:
                routers = [layer["router"] for layer in results["layers"]]
                self.assertEqual(arrays["router_layers"].tolist(), [0, 1])
                self.assertEqual(arrays["router_choices"].tolist(), [router["choices"] for router in routers])
                numpy.testing.assert_array_equal(
                    arrays["router_weights"],
                    numpy.array([router["weights"] for router in routers], numpy.float32))

    def test_shapes_for_one_token(self):
        arrays = self.arrays(MIXTRAL, "--ids", "7")
        self.assertEqual(arrays["hidden"].shape[:2], (3, 1))
        self.assertEqual(arrays["router_choices"].shape, (2, 1, 2))

    def test_output_is_the_json(self):
        path = self.path("run.json")
        process = run("run", LLAMA, *TEXTS, "-o", path, "--json")
        self.assertEqual(process.returncode, 0)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), process.stdout)
        self.assertEqual(run("run", LLAMA, *TEXTS, "-o", path, "--quiet").stdout, "")

    def test_nothing_half_written_after_a_failure(self):
        folder, begin = self.spoiled(LLAMA)
        arrays, path = self.path("arrays"), self.path("run.json")
        message = self.refused(3, folder, *TEXTS, "--npy", arrays, "-o", path)
        self.assertIn(f"byte {begin}", message)
        self.assertIn("model.norm.weight", message)
        self.assertEqual(os.listdir(arrays), [])
        self.assertFalse(os.path.exists(path))

    def test_an_earlier_run_is_left_whole(self):
        before = self.arrays(LLAMA, *TEXTS)
        folder, _ = self.spoiled(LLAMA)
        self.refused(3, folder, "--ids", "9", "--npy", self.path("arrays"))
        self.assertEqual(set(os.listdir(self.path("arrays"))), {name + ".npy" for name in before})
        numpy.testing.assert_array_equal(numpy.load(self.path("arrays/ids.npy")), before["ids"])

    def test_arrays_of_another_model_are_removed(self):
        folder = self.path("arrays")
        for model in (MIXTRAL, BERT):
            self.assertEqual(run("run", model, *TEXTS, "--npy", folder, "--quiet").returncode, 0)
        self.assertEqual(set(os.listdir(folder)), {"ids.npy", "offsets.npy", "hidden.npy", "final.npy"})

    def test_folders_that_cannot_be(self):
        path = self.write("file", "x")
        self.refused(4, LLAMA, *TEXTS, "--npy", path)
        self.refused(4, LLAMA, *TEXTS, "--npy", os.path.join(path, "below"))
        self.refused(4, LLAMA, *TEXTS, "-o", os.path.join(path, "below"))


class Messages(RunTest):
    def test_usage(self):
        for arguments in ((LLAMA,), (LLAMA, "--ids", ""), (LLAMA, "--ids", "1,,2"), (LLAMA, "--ids", "1,x"),
                          (LLAMA, "--ids", "-1"), (LLAMA, "--ids", "1 2"), (LLAMA, "--ids", "99999999999999999999"),
                          (LLAMA, "--ids", "1", "--top", "0"), (LLAMA, "--ids", "1", "--generate", "-1"),
                          (LLAMA, "--bytes", "--text", "")):
            self.assertEqual(run("run", *arguments).returncode, 2, arguments)
        self.assertIn("vocabulary", self.refused(2, LLAMA, "--ids", "1", "--ids", "2,1000000"))

    def test_context(self):
        longer = ",".join(["1"] * 9)
        folder = self.changed(LLAMA, max_position_embeddings=8)
        self.assertIn("--beyond-context", self.refused(2, folder, "--ids", longer))
        self.results(folder, "--ids", longer, "--beyond-context")

    def test_models_that_cannot_be_run(self):
        self.refused(3, self.path("nowhere"), *TEXTS)
        self.assertIn("olmoe", self.refused(3, self.changed(MIXTRAL, model_type="olmoe"), *TEXTS))
        message = self.refused(3, self.changed(LLAMA, model_type="\x1b[31mred"), *TEXTS)
        self.assertNotIn("\x1b", message)
        self.refused(3, self.changed(LLAMA, num_hidden_layers=0), *TEXTS)
        bare = self.changed(LLAMA)
        os.remove(os.path.join(bare, "config.json"))
        self.assertIn("config.json", self.refused(3, bare, *TEXTS))

    def test_text_for_people(self):
        process = run("run", MIXTRAL, *TEXTS, env={"NO_COLOR": "1"})
        self.assertEqual(process.returncode, 0)
        self.assertEqual(process.stderr, "")
        for expected in ("mixtral", "Text 1", "5 tokens", "Text 2", "1 token\n", "experts used", "embedding"):
            self.assertIn(expected, process.stdout)
        self.assertNotIn("\x1b", process.stdout)
        self.assertNotIn("\x1b", run("run", MIXTRAL, *TEXTS).stdout)
        self.assertEqual(run("run", MIXTRAL, *TEXTS, "--quiet").stdout, "")


if __name__ == "__main__":
    unittest.main()
