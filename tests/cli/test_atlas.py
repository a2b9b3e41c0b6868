"""modelkin atlas: models added, found, removed, carried elsewhere; bad files and bad calls."""

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

import jsonschema

from support import DOCS, MODELKIN, CliTest, bf16, noise, run, safetensors

WIDTH, LAYERS, UNITS = 48, 3, 64
CONFIG = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": WIDTH,
          "num_hidden_layers": LAYERS, "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": UNITS,
          "vocab_size": 32, "max_position_embeddings": 64, "tie_word_embeddings": True, "torch_dtype": "bfloat16"}


def schema(name):
    with open(os.path.join(DOCS, f"{name}.schema.json"), encoding="utf-8") as file:
        return json.load(file)


def weights(seed):
    """{name: (shape, values)} of a model of CONFIG."""
    values = {"model.embed_tokens.weight": ([32, WIDTH], noise(32 * WIDTH, seed)),
              "model.norm.weight": ([WIDTH], noise(WIDTH, seed + 1, 1.0, 0.1))}
    for layer in range(LAYERS):
        prefix, start = f"model.layers.{layer}.", 1000 * seed + 20 * layer
        for i, (name, shape) in enumerate({
                "input_layernorm": [WIDTH], "post_attention_layernorm": [WIDTH],
                "self_attn.q_proj": [WIDTH, WIDTH], "self_attn.k_proj": [WIDTH // 2, WIDTH],
                "self_attn.v_proj": [WIDTH // 2, WIDTH], "self_attn.o_proj": [WIDTH, WIDTH],
                "mlp.gate_proj": [UNITS, WIDTH], "mlp.up_proj": [UNITS, WIDTH], "mlp.down_proj": [WIDTH, UNITS]}.items()):
            norm = len(shape) == 1
            count = shape[0] if norm else shape[0] * shape[1]
            values[f"{prefix}{name}.weight"] = (shape, noise(count, start + i, 1.0 if norm else 0.0, 0.1))
    return values


def noisy(model, share, seed):
    generator = random.Random(seed)
    return {name: (shape, [value + share * 0.1 * generator.gauss(0, 1) for value in values])
            for name, (shape, values) in model.items()}


class AtlasTest(CliTest):
    @classmethod
    def setUpClass(cls):
        cls.models = tempfile.TemporaryDirectory()
        base = weights(1)
        cls.place("base", base)
        cls.place("tuned", noisy(base, 0.2, 5))
        cls.place("stranger", weights(2))
        cls.place("other", weights(3))

    @classmethod
    def tearDownClass(cls):
        cls.models.cleanup()

    @classmethod
    def place(cls, name, model):
        folder = os.path.join(cls.models.name, name)
        os.makedirs(folder)
        with open(os.path.join(folder, "model.safetensors"), "wb") as file:
            file.write(safetensors({name: ("BF16", shape, bf16(values)) for name, (shape, values) in model.items()}))
        with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
            json.dump(CONFIG, file)

    def at(self, *names):
        return [os.path.join(self.models.name, name) for name in names]

    def setUp(self):
        super().setUp()
        self.atlas = self.path("models.atlas")

    def call(self, *arguments, code=0):
        process = run("atlas", *arguments)
        self.assertEqual(process.returncode, code, process.stderr)
        if code != 0:
            self.assertEqual(process.stderr.count("\n"), 1, process.stderr)
        return process

    def find(self, model, *arguments):
        answer = json.loads(self.call("find", self.atlas, model, "--json", *arguments).stdout)
        jsonschema.validate(answer, schema("find"))
        return answer

    def exported(self, atlas=None):
        return self.call("export", atlas or self.atlas).stdout


class Find(AtlasTest):
    def setUp(self):
        super().setUp()
        self.call("add", self.atlas, *self.at("base", "stranger", "other"), "-q")

    def test_finds_what_a_model_was_made_from_and_nothing_else(self):
        answer = self.find(*self.at("tuned"))
        self.assertEqual([model["location"] for model in answer["relatives"]], self.at("base"))
        found = answer["relatives"][0]
        self.assertEqual(found["nominated_by"], "bits")
        self.assertEqual(found["verdict"]["category"], "derived")
        self.assertTrue(found["verdict"]["without_attention_outputs"])
        self.assertLess(found["verdict"]["log10_p_adjusted"], -6)
        self.assertEqual((found["bits"]["layers_matched"], found["bits"]["layers"]), (LAYERS, LAYERS))
        self.assertEqual({model["verdict"]["category"] for model in answer["others"]}, {"no_evidence"})
        self.assertEqual(answer["comparisons"], 3)

    def test_the_same_for_any_number_of_threads(self):
        one, several = (self.find(*self.at("tuned"), "--threads", count) for count in (1, 3))
        for answer in (one, several):
            answer.pop("run")
        self.assertEqual(one, several)

    def test_of_strangers_it_says_what_it_would_have_found(self):
        self.place_once("lone", weights(9))
        answer = self.find(*self.at("lone"))
        self.assertEqual(answer["relatives"], [])
        self.assertIn("No relative among 3 models", answer["sentence"])
        self.assertLess(answer["found_cosine"], 0.3)
        self.assertIn("would have been nominated", run("atlas", "find", self.atlas, *self.at("lone")).stdout)

    def place_once(self, name, model):
        self.place(name, model)
        self.addCleanup(shutil.rmtree, *self.at(name))

    def test_a_model_finds_itself(self):
        answer = self.find(*self.at("base"))
        self.assertEqual([model["verdict"]["category"] for model in answer["relatives"]], ["identical"])

    def test_finds_a_model_whose_residual_stream_is_in_another_order(self):
        order = list(range(WIDTH))
        random.Random(4).shuffle(order)
        hidden = {}
        for name, (shape, values) in weights(1).items():
            rows = [values] if len(shape) == 1 else [values[i:i + shape[1]] for i in range(0, len(values), shape[1])]
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                rows = [rows[i] for i in order]
            else:
                rows = [[row[i] for i in order] for row in rows]
            hidden[name] = (shape, [value for row in rows for value in row])
        self.place_once("hidden", hidden)
        answer = self.find(*self.at("hidden"))
        self.assertEqual([model["location"] for model in answer["relatives"]], self.at("base"))
        self.assertEqual(answer["relatives"][0]["nominated_by"], "profile")

    def test_a_smaller_error_rate_is_kept_to(self):
        answer = self.find(*self.at("tuned"), "--error-rate", "1e-9")
        self.assertLess(answer["relatives"][0]["verdict"]["log10_p_adjusted"], -9)

    def test_a_model_that_is_gone_is_not_traced(self):
        self.place_once("moved", weights(7))
        self.call("add", self.atlas, *self.at("moved"), "-q")
        self.place_once("copy", noisy(weights(7), 0.1, 3))
        os.rename(*self.at("moved", "away"))
        self.addCleanup(os.rename, *self.at("away", "moved"))
        answer = self.find(*self.at("copy"))
        self.assertEqual(answer["relatives"], [])
        gone = [model for model in answer["others"] if model["nominated_by"] == "bits"]
        self.assertEqual([model["verdict"] for model in gone], [None])
        self.assertIn("1 more has bits that agree as unrelated models' do not, and was not traced", answer["sentence"])

    def test_traces_no_more_than_it_is_told(self):
        answer = self.find(*self.at("tuned"), "--most-traced", "0")
        self.assertEqual(answer["relatives"], [])
        self.assertEqual({model["verdict"] for model in answer["others"]}, {None})


class Records(AtlasTest):
    def test_says_what_is_in_it(self):
        self.call("add", self.atlas, *self.at("base", "stranger"), "-q")
        stats = json.loads(self.call("stats", self.atlas, "--json").stdout)
        jsonschema.validate(stats, schema("atlas"))
        self.assertEqual((stats["records"], stats["families"]), (2, {"llama": 2}))
        self.assertIn("2 models", self.call("stats", self.atlas).stdout)
        self.assertIn("whole", self.call("check", self.atlas).stdout)

    def test_a_model_that_is_added_again_is_replaced(self):
        self.assertIn("added", self.call("add", self.atlas, *self.at("base")).stdout)
        self.assertIn("replaced", self.call("add", self.atlas, *self.at("base")).stdout)
        self.assertEqual(self.exported().count("\n"), 1)

    def test_removes_by_name(self):
        self.call("add", self.atlas, *self.at("base", "stranger"), "-q")
        self.call("remove", self.atlas, *self.at("base"), "-q")
        self.assertEqual([json.loads(line)["location"] for line in self.exported().splitlines()], self.at("stranger"))
        self.assertIn("no model is called", self.call("remove", self.atlas, "base", code=2).stderr)

    def test_what_is_exported_is_imported(self):
        self.call("add", self.atlas, *self.at("base", "stranger", "other"), "-q")
        lines = self.write("records.json", self.exported())
        self.call("import", self.path("copy.atlas"), lines, "-q")
        self.assertEqual(self.exported(self.path("copy.atlas")), self.exported())
        for line in self.exported().splitlines():
            jsonschema.validate(json.loads(line), schema("sketch"))

    def test_lines_wherever_blocks_of_the_file_end(self):
        self.call("add", self.atlas, *self.at("base"), "-q")
        record = json.loads(self.exported())
        lines = [json.dumps(dict(record, location=f"/models/{i}", family="f" * (i % 50))) for i in range(400)]
        many = self.write("many.json", "\n\n".join(lines))  # empty lines, and none at the end
        self.assertGreater(os.path.getsize(many), 3 << 18)
        told = self.call("import", self.path("many.atlas"), many).stdout
        self.assertEqual(told, "400 read: 400 added, 0 replaced\n")
        self.assertEqual(self.call("import", self.path("many.atlas"), many).stdout, "400 read: 0 added, 400 replaced\n")
        kept = {json.loads(line)["location"]: line for line in self.exported(self.path("many.atlas")).splitlines()}
        self.assertEqual([kept[f"/models/{i}"] for i in range(400)], [json.dumps(json.loads(line), separators=(",", ":")) for line in lines])
        wrong = self.write("wrong.json", "\n".join([*lines[:300], "{}", *lines, "{"]))
        self.assertIn("wrong.json line 301: ", self.call("import", self.path("wrong.atlas"), wrong, code=3).stderr)

    def test_workers_build_what_one_adds(self):
        models = self.at("base", "stranger", "other", "tuned")
        self.call("add", self.atlas, *models, "-q")
        listed = self.write("models.txt", "\n".join(models))
        for rank in (1, 0):
            process = self.call("build", listed, "--to", self.path("records"), "--rank", rank, "--world", 2)
            self.assertEqual(process.stdout.count("added: "), 2)
        again = self.call("build", listed, "--to", self.path("records"))
        self.assertEqual(again.stdout.count("skipped: "), 4)
        self.call("import", self.path("built.atlas"), self.path("records"), "-q")
        self.assertEqual(self.exported(self.path("built.atlas")), self.exported())

    def test_goes_on_after_a_model_that_can_not_be_sketched(self):
        self.write_model("bad/model.safetensors", {"w": ("F32", [1], b"1234")})
        process = run("atlas", "add", self.atlas, self.path("bad"), *self.at("base"), self.path("none"))
        self.assertEqual(process.returncode, 3)
        self.assertEqual(process.stderr.count("failed"), 2)
        self.assertEqual(self.exported().count("\n"), 1)

    def test_what_was_told_is_there_after_a_kill(self):
        models = self.at("base", "stranger", "other", "tuned")
        listed = self.write("models.txt", "\n".join(["# again and again", *models * 50]))
        process = subprocess.Popen([MODELKIN, "atlas", "add", self.atlas, "--list", listed], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        told = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        self.assertTrue(all(line.startswith("added: ") for line in told))
        there = {json.loads(line)["name"] for line in self.exported().splitlines()}
        self.assertLessEqual({line.split()[1] for line in told}, there)
        self.assertIn("whole", self.call("check", self.atlas).stdout)


class Hub(AtlasTest):
    """Models that a hub has: local ones, served by the program itself."""

    def serve(self, *arguments):
        server = subprocess.Popen([MODELKIN, "serve", self.models.name, *arguments], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)

        def stop():
            server.terminate()
            server.wait(20)
            server.stdout.close()
        self.addCleanup(stop)
        self.environment = {"MODELKIN_CACHE": self.path("cache"), "HF_HUB_CACHE": self.path("none"), "HF_TOKEN": "",
                            "HF_TOKEN_PATH": self.path("none"), "MODELKIN_HUB_WAIT_MS": "1", "MODELKIN_HUB_ATTEMPTS": "2",
                            "MODELKIN_HUB_STALL_MS": "300", "HF_ENDPOINT": server.stdout.readline().strip()}

    def test_a_model_is_known_by_its_commit_and_read_again_there(self):
        self.serve()
        added = run("atlas", "add", self.atlas, "hf://local/base", "hf://local/stranger", env=self.environment)
        self.assertEqual((added.returncode, added.stderr), (0, ""))
        self.assertEqual(added.stdout, "added: local/base\nadded: local/stranger\n")
        locations = [json.loads(line)["location"] for line in self.exported().splitlines()]
        self.assertRegex(locations[0], r"^hf://local/base@[0-9a-f]{40}$")
        answer = run("atlas", "find", self.atlas, *self.at("tuned"), "--json", env=self.environment)
        self.assertEqual([model["location"] for model in json.loads(answer.stdout)["relatives"]], locations[:1])
        # The sketch of a folder is that of the same files on a hub, but for where they are.
        local = json.loads(run("sketch", *self.at("base"), "--json").stdout)
        there = json.loads(self.exported().splitlines()[0])
        self.assertEqual({**local, "name": "", "location": ""}, {**there, "name": "", "location": ""})

    def test_an_atlas_answers_over_http(self):
        self.call("add", self.atlas, *self.at("base", "stranger"), "-q")
        server = subprocess.Popen([MODELKIN, "atlas", "serve", self.atlas], stdout=subprocess.PIPE, text=True)

        def stop():
            server.send_signal(signal.SIGINT)
            self.assertEqual(server.wait(20), 130)
            server.stdout.close()
        self.addCleanup(stop)
        address = server.stdout.readline().strip()

        def ask(path, data=None):
            try:
                with urllib.request.urlopen(address + path, data) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as refusal:
                with refusal:
                    return refusal.code, refusal.read().decode()

        self.assertIn("POST /find", ask("/")[1])
        self.assertEqual(json.loads(ask("/stats")[1])["records"], 2)
        base = self.at("base")[0]
        self.assertEqual(ask("/records?name=" + urllib.parse.quote(base))[1], self.exported().splitlines()[0] + "\n")
        self.assertEqual(ask("/records?name=none"), (200, ""))
        sketch = run("sketch", *self.at("tuned"), "--json").stdout.encode()
        status, text = ask("/find", sketch)
        answer = json.loads(text)
        jsonschema.validate(answer, schema("find"))
        self.assertEqual((status, answer["relatives"]), (200, []))
        self.assertEqual([model["location"] for model in answer["others"] if model["bits"]], [base])
        for wrong in (b"", b"{}", b"x" * 100, sketch[:-100], sketch.replace(b'"sketch_version":1', b'"sketch_version":2')):
            status, text = ask("/find", wrong)
            self.assertEqual(status, 400)
            self.assertIn("what was sent", json.loads(text)["error"])
        self.assertEqual(ask("/find", b"x" * 1_000_000)[0], 413)
        self.assertEqual(ask("/none")[0], 404)

    def test_a_hub_that_misbehaves_adds_nothing_wrong(self):
        self.serve()
        whole = run("sketch", "hf://local/base", "--json", env=self.environment).stdout
        for fault in ("ignores-ranges", "other-range", "too-much", "too-little", "changes", "wrong-size", "other-total"):
            with self.subTest(fault):
                shutil.rmtree(self.path("cache"), ignore_errors=True)
                self.serve("--fault", fault)
                process = run("sketch", "hf://local/base", "--json", env=self.environment)
                if process.returncode == 0:
                    self.assertEqual(process.stdout, whole)
                else:
                    self.assertEqual((process.stdout, process.stderr.count("\n")), ("", 1))


class BadInput(AtlasTest):
    def setUp(self):
        super().setUp()
        self.call("add", self.atlas, *self.at("base"), "-q")

    def test_what_is_no_atlas(self):
        for name, content in (("empty", b""), ("text", b"hello\n" * 1000), ("half", None), ("sqlite", None)):
            with self.subTest(name):
                path = self.path(name)
                if name == "half":
                    with open(self.atlas, "rb") as file:
                        content = file.read()
                    content = content[:len(content) // 2]
                if name == "sqlite":
                    subprocess.run(["python3", "-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
                                    "c.execute('create table t (x)'); c.commit()", path], check=True)
                else:
                    self.write(name, content)
                process = self.call("find", path, *self.at("tuned"), code=3)
                self.assertIn(path, process.stderr)

    def test_there_is_none(self):
        self.assertIn("none.atlas", self.call("stats", self.path("none.atlas"), code=3).stderr)
        self.assertFalse(os.path.exists(self.path("none.atlas")))

    def test_records_that_are_none(self):
        line = json.loads(self.exported())
        cases = {
            "version": dict(line, sketch_version=2),
            "no version": {key: value for key, value in line.items() if key != "sketch_version"},
            "content": dict(line, content="x" * 64),
            "bits": dict(line, components=[dict(line["components"][0], bits="00")]),
            "letters": dict(line, components=[dict(line["components"][0], bits="zz" * 512)]),
            "layers": dict(line, components=[dict(line["components"][0], layers=[{}] * 3)]),
            "sizes": dict(line, sizes={"parameters": -1}),
            "long": dict(line, name="x" * 100000),
            "components": dict(line, components=5),
        }
        for name, record in cases.items():
            with self.subTest(name):
                path = self.write("bad.json", json.dumps(record))
                self.assertIn("bad.json", self.call("import", self.path("new.atlas"), path, code=3).stderr)
        self.call("import", self.path("new.atlas"), self.write("bad.sketch", b"\x81\xa7version\x02"), code=3)
        self.call("import", self.path("new.atlas"), self.write("deep.sketch", b"\x91" * 8000), code=3)
        self.call("import", self.path("new.atlas"), self.write("large.sketch", b"\x81" * 9000), code=3)
        self.call("import", self.path("new.atlas"), self.path("absent"), code=3)

    def test_calls_that_make_no_sense(self):
        for arguments in (["add", self.atlas], ["build", self.write("m.txt", "m"), "--to", self.path("r"), "--rank", "2", "--world", "2"],
                          ["find", self.atlas, *self.at("tuned"), "--error-rate", "2"], [], ["nonsense"],
                          ["find", self.atlas]):
            with self.subTest(arguments):
                self.call(*arguments, code=2)

    def test_an_output_is_never_an_input(self):
        self.call("find", self.atlas, *self.at("tuned"), "-o", self.atlas, code=2)
        self.call("export", self.atlas, "-o", self.atlas, "--force", code=2)

    def test_two_writers(self):
        models = self.at("stranger", "other", "tuned", "base")
        writers = [subprocess.Popen([MODELKIN, "atlas", "add", self.atlas, *part, "-q"], stderr=subprocess.PIPE, text=True)
                   for part in (models[:2] * 5, models[2:] * 5)]
        for writer in writers:
            self.assertEqual((writer.wait(60), writer.stderr.read()), (0, ""))
            writer.stderr.close()
        self.assertEqual(self.exported().count("\n"), 4)
        self.assertIn("whole", self.call("check", self.atlas).stdout)


if __name__ == "__main__":
    unittest.main()
