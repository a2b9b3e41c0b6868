"""modelkin trace: verdicts, their JSON, controls, and what is said where nothing can be tested."""

import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

from support import MODELKIN, CliTest, f32, noise, run, validate

WIDTH, HIDDEN, LAYERS = 32, 48, 2


def decoder(seed, width=WIDTH, names="model.layers.{}.{}"):
    """A llama-like model with gated MLPs: {name: (dtype, shape, bytes)}."""
    shapes = {"self_attn.q_proj.weight": (width, width), "self_attn.k_proj.weight": (width, width),
              "self_attn.v_proj.weight": (width, width), "self_attn.o_proj.weight": (width, width),
              "mlp.gate_proj.weight": (HIDDEN, width), "mlp.up_proj.weight": (HIDDEN, width),
              "mlp.down_proj.weight": (width, HIDDEN)}
    tensors = {"model.embed_tokens.weight": matrix(64, width, seed)}
    for layer in range(LAYERS):
        for i, (role, (rows, columns)) in enumerate(shapes.items()):
            tensors[names.format(layer, role)] = matrix(rows, columns, 1000 * seed + 100 * layer + i)
        tensors[names.format(layer, "input_layernorm.weight")] = (
            "F32", [width], f32(noise(width, 77 * seed + layer, 1.0, 0.1)))
    return tensors


def matrix(rows, columns, seed):
    return ("F32", [rows, columns], f32(noise(rows * columns, seed)))


def changed(tensors, share, seed=5):
    """With noise of a share of 0.02, the deviation of all matrices."""
    generator = random.Random(seed)
    result = {}
    for name, (dtype, shape, content) in tensors.items():
        values = memoryview(content).cast("f")
        result[name] = (dtype, shape,
                        f32([value + generator.gauss(0, 0.02 * share) for value in values]))
    return result


def below(log10_p):
    """The whole exponent that people read: p is below that power of ten; none is below -300."""
    return max(-300, math.floor(log10_p) + 1)


class Trace(CliTest):
    def setUp(self):
        super().setUp()
        self.a = self.write_model("a.safetensors", decoder(1))
        self.tuned = self.write_model("tuned.safetensors", changed(decoder(1), 0.1))
        self.stranger = self.write_model("stranger.safetensors", decoder(2))

    def trace(self, *arguments):
        process = run("trace", *arguments, "--json", "--permutations", "20000")
        self.assertEqual(process.returncode, 0, process.stderr)
        results = json.loads(process.stdout)
        validate(results, "trace.schema.json")
        return results

    def test_verdicts(self):
        again = self.write_model("again.safetensors", decoder(1))
        self.assertEqual(self.trace(self.a, again)["verdict"]["category"], "identical")
        self.assertEqual(self.trace(self.a, self.tuned)["verdict"]["category"], "derived")
        self.assertEqual(self.trace(self.tuned, self.a)["verdict"]["category"], "derived")
        self.assertEqual(self.trace(self.a, self.stranger)["verdict"]["category"], "no_evidence")

    def test_identical_models_are_given_no_likeness(self):
        """Units that are alike keep no partner even of a copy: 93 % under "the same bytes" would be no news, but an error."""
        twins = dict(decoder(1))
        for name in ("model.layers.0.mlp.gate_proj.weight", "model.layers.0.mlp.up_proj.weight"):
            rows = twins[name][2]
            half = 4 * HIDDEN * WIDTH // 2
            twins[name] = ("F32", [HIDDEN, WIDTH], rows[:half] + rows[:half])
        a, b = (self.write_model(f"{name}.safetensors", twins) for name in ("twins", "same"))
        text = run("trace", a, b).stdout
        self.assertIn("IDENTICAL", text)
        self.assertIn("Certain: the bytes were compared.", text)
        self.assertNotIn("neurons", text)
        results = self.trace(a, b)
        self.assertTrue(results["tests"])
        kept = self.write("identical.json", json.dumps(results))
        drawn = run("plot", "evidence", kept, "-o", self.path("identical.svg"))
        self.assertEqual(drawn.returncode, 3)
        self.assertIn("the same, byte for byte", drawn.stderr)
        self.assertIn("neurons", run("trace", self.a, self.tuned).stdout)

    def test_series(self):
        third = self.write_model("third.safetensors", changed(decoder(1), 0.2, seed=6))
        process = run("trace", "--series", self.a, self.tuned, third, "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        results = json.loads(process.stdout)
        validate(results, "dynamics.schema.json")
        self.assertEqual(len(results["layers"]), LAYERS)
        before, after = ([value for name, (_, _, content) in model.items() if ".0." in name
                          for value in memoryview(content).cast("f")]
                         for model in (decoder(1), changed(decoder(1), 0.1)))
        drift = math.dist(before, after) / math.hypot(*before)
        self.assertAlmostEqual(results["layers"][0]["drifts"][0], drift, delta=1e-6)
        text = run("trace", "--series", self.a, self.tuned, third)
        self.assertIn("still moving", text.stdout)
        still = run("trace", "--series", self.a, self.tuned, self.tuned).stdout
        self.assertIn("S3 is S2: all its tensors have the same values", still)
        self.assertNotIn("moving most", still)
        results = json.loads(run("trace", "--series", self.a, self.tuned, self.a, "--json").stdout)
        validate(results, "dynamics.schema.json")
        self.assertEqual(results["repeated"], [{"checkpoint": "s3", "same_as": "s1"}])
        for flags in (["--quick"], ["--control", self.a], ["--parents", self.a, self.a]):
            process = run("trace", "--series", self.a, self.tuned, third, *flags)
            self.assertEqual(process.returncode, 2)
            self.assertIn("checkpoints of one run", process.stderr)
        # Two with a third beside them are no series.
        for flags in ([], ["--quick"], ["--json"], ["--plan"]):
            process = run("trace", self.a, self.tuned, third, *flags)
            self.assertEqual((process.returncode, process.stdout), (2, ""))
            self.assertIn(f"--control {third}", process.stderr)
            self.assertIn("--series", process.stderr)

    def test_fingerprints_are_computed_where_asked_for(self):
        self.assertIsNone(self.trace(self.a, self.tuned)["descriptions"])
        self.assertNotIn("Descriptions", run("trace", self.a, self.tuned).stdout)
        described = self.trace(self.a, self.tuned, "--fingerprints")
        self.assertEqual(described["run"]["request"]["fingerprints"], "all")
        self.assertIsNone(described["descriptions"]["left_out"])
        self.assertGreater(len(described["descriptions"]["fingerprints"]), 3)
        self.assertGreater(len(described["descriptions"]["spectra"]["a"]), 0)
        self.assertIn("Descriptions", run("trace", self.a, self.tuned, "--fingerprints").stdout)

    def test_relation(self):
        relation = self.trace(self.a, self.tuned)["relation"]
        self.assertEqual([kind["kind"] for kind in relation["kinds"]], ["noise_added"])
        self.assertEqual(relation["direction"], "unknown")
        self.assertIsNone(self.trace(self.a, self.stranger)["relation"])
        text = run("trace", self.a, self.tuned, "--permutations", "20000").stdout
        self.assertIn("\n  Difference    Noise added: ", text)
        details = run("trace", self.a, self.tuned, "--permutations", "20000", "--details").stdout
        self.assertTrue(details.startswith(text[:200]))
        self.assertIn("How A and B differ", details)
        self.assertIn("noise_added", details)

    def test_parents(self):
        half = {}
        for (name, (dtype, shape, content)), (_, _, other) in zip(decoder(1).items(),
                                                                  decoder(2).values()):
            pairs = zip(memoryview(content).cast("f"), memoryview(other).cast("f"))
            half[name] = (dtype, shape, f32([0.5 * a + 0.5 * b for a, b in pairs]))
        merged = self.write_model("merged.safetensors", half)
        results = self.trace(self.a, merged, "--parents", self.a, self.stranger)
        self.assertTrue(results["merge"]["is_merge"])
        self.assertIn("merged", [kind["kind"] for kind in results["relation"]["kinds"]])
        self.assertEqual(run("trace", self.a, merged, "--parents", self.a).returncode, 2)

    def test_no_evidence_says_what_would_have_been_found(self):
        results = self.trace(self.a, self.stranger)
        self.assertLess(results["power"]["smallest_share"], 0.5)
        self.assertIn("found with probability", results["verdict"]["sentence"])
        self.assertIsNone(self.trace(self.a, self.tuned)["power"])

    def test_no_evidence_of_a_quick_trace_has_a_power(self):
        results = self.trace(self.a, self.stranger, "--quick")
        self.assertEqual(results["verdict"]["category"], "no_evidence")
        self.assertLess(results["power"]["smallest_share"], 0.5)

    def test_what_was_read_in_part_has_a_power_of_that_alone(self):
        part = dict(list(decoder(2).items())[:9])
        index = {"weight_map": {name: "part.safetensors" if name in part else "lost.safetensors"
                                for name in decoder(2)}}
        self.write_model("cut/part.safetensors", part)
        folder = os.path.dirname(self.write("cut/model.safetensors.index.json", json.dumps(index)))
        results = self.trace(self.a, folder, "--partial")
        self.assertEqual(results["verdict"]["category"], "no_evidence")
        self.assertIn("files or tensors of B are missing: that clears neither. Of what was read alone: ",
                      results["verdict"]["sentence"])
        self.assertIsNotNone(results["power"]["smallest_share"])
        shown = run("trace", self.a, folder, "--partial").stdout
        self.assertIn("In what was read, a blend of all weights", " ".join(shown.split()))
        self.assertNotIn("A blend of all weights", shown)

    def test_what_may_be_in_a_missing_file_was_not_dropped(self):
        """A shard alone is incomplete, so that neither experts nor layers of it are known to be gone."""
        whole = {name: tensor for name, tensor in decoder(1).items() if ".mlp." not in name}
        for layer in range(LAYERS):
            whole[f"model.layers.{layer}.mlp.gate.weight"] = matrix(4, WIDTH, 50 + layer)
            for expert in range(4):
                for i, (role, shape) in enumerate((("gate_proj", (HIDDEN, WIDTH)), ("up_proj", (HIDDEN, WIDTH)),
                                                   ("down_proj", (WIDTH, HIDDEN)))):
                    whole[f"model.layers.{layer}.mlp.experts.{expert}.{role}.weight"] = matrix(
                        *shape, 9000 + 100 * layer + 10 * expert + i)
        part = {name: tensor for name, tensor in whole.items() if not re.search(r"\.1\.mlp\.experts\.[23]", name)}
        model = self.write_model("mixture.safetensors", whole)
        kinds = {}
        for name in ("pruned.safetensors", "model-00001-of-00002.safetensors"):
            results = self.trace(model, self.write_model(name, part), "--partial")
            kinds[name[:5]] = [kind["kind"] for kind in results["relation"]["kinds"]]
        self.assertIn("experts_dropped", kinds["prune"])  # of a whole file that is known
        self.assertEqual([kind for kind in kinds["model"] if "dropped" in kind], [])

    def test_p_values_are_the_same_wherever_they_stand(self):
        """In the sentence, the evidence, the table and JSON: corrected for all tests, once."""
        for b, *controls in ((self.tuned,), (self.tuned, "--control", self.stranger)):
            results = self.trace(self.a, b, *controls)
            text = run("trace", self.a, b, *controls, "--permutations", "20000", "--details").stdout
            strong = {test["name"]: test for test in results["tests"] if test["strong"]}
            self.assertGreater(len(strong), 3)
            said = dict(re.findall(r"^(\w+): p < 10\^(-[0-9]+) after correction",
                                   "\n".join(results["verdict"]["evidence"]), re.MULTILINE))
            self.assertEqual(said.keys(), strong.keys())
            for name, test in strong.items():
                self.assertEqual(int(said[name]), below(test["log10_p_adjusted"]))
                row = re.search(rf"^  {name} .*strong", text, re.MULTILINE)[0]
                self.assertIn(f" <10^{said[name]} ", row)
            smallest = min(test["log10_p_adjusted"] for test in strong.values())
            sentence = results["verdict"]["sentence"]
            self.assertEqual(int(re.search(r"p < 10\^(-[0-9]+)\)", sentence)[1]), below(smallest))
            self.assertIn(sentence, text)

    def test_controls_stand_beside_the_pair(self):
        other = self.write_model("other.safetensors", decoder(3))
        results = self.trace(self.a, self.tuned, "--control", self.stranger, "--control", other)
        self.assertEqual(results["verdict"]["category"], "derived")
        tests = {test["name"]: test for test in results["tests"]}
        self.assertEqual(len(tests["gate_up_matching"]["control_effects"]), 4)
        self.assertGreater(tests["gate_up_matching"]["effect"], 0.9)
        self.assertLess(max(tests["gate_up_matching"]["control_effects"]), 0.2)
        self.assertEqual([control["related"] for control in results["controls"]], [False] * 4)

    def test_a_relative_is_no_control(self):
        sibling = self.write_model("sibling.safetensors", changed(decoder(1), 0.01, 9))
        results = self.trace(self.a, self.tuned, "--control", sibling)
        self.assertEqual(results["verdict"]["category"], "derived")
        self.assertTrue(all(control["related"] for control in results["controls"]))
        text = run("trace", self.a, self.tuned, "--control", sibling).stdout
        self.assertIn("sibling is related to a, and no reference model", " ".join(text.split()))

    def test_skipped_tests_say_why(self):
        for test in self.trace(self.a, self.stranger)["tests"]:
            self.assertEqual(test["skipped"] is None, test["log10_p"] is not None)
            self.assertTrue(test["hypothesis"] and test["symmetry_group"] and test["assumption"])

    def test_shapes_that_share_no_axis(self):
        wide = self.write_model("wide.safetensors", decoder(4, width=40))
        results = self.trace(self.a, wide)
        self.assertEqual(results["verdict"]["category"], "not_comparable")
        self.assertTrue(any((test["skipped"] or "").startswith("residual widths differ: ") for test in results["tests"]))
        text = " ".join(run("trace", self.a, wide).stdout.split())
        self.assertIn("CANNOT BE TESTED a and wide cannot be compared weight by weight.", text)
        self.assertIn("residual widths differ: 32 and 40", text)
        self.assertIn("What can be compared instead: tokenizers and configurations", text)

    def test_too_few_units_is_said(self):
        tiny = {"model.embed_tokens.weight": matrix(3, 2, 1),
                "model.layers.0.input_layernorm.weight": ("F32", [2], f32([1.0, 1.5]))}
        a = self.write_model("tiny.safetensors", tiny)
        b = self.write_model("tiny2.safetensors", changed(tiny, 1.0))
        self.assertIn(self.trace(a, b)["verdict"]["category"], ("no_evidence", "not_comparable"))

    def test_other_names(self):
        renamed = self.write_model(
            "renamed.safetensors",
            {f"blob.{i}": tensor for i, tensor in enumerate(changed(decoder(1), 0.05).values())})
        results = self.trace(self.a, renamed)
        self.assertEqual(results["verdict"]["category"], "derived")
        self.assertTrue(results["names_given"])

    def test_exit_code(self):
        self.assertEqual(run("trace", self.a, self.tuned, "-q", "--exit-code").returncode, 1)
        self.assertEqual(run("trace", self.a, self.stranger, "-q", "--exit-code").returncode, 0)
        self.assertEqual(run("trace", self.a, self.tuned, "-q").returncode, 0)

    def test_same_bytes_for_any_number_of_threads(self):
        outputs = []
        for threads in (1, 2, 7):
            results = self.trace(self.a, self.tuned, "--control", self.stranger, "--threads", threads)
            results.pop("run")
            outputs.append(json.dumps(results))
        self.assertEqual(len(set(outputs)), 1)

    def test_quick(self):
        self.assertEqual(self.trace(self.a, self.tuned, "--quick")["verdict"]["category"], "derived")
        self.assertEqual(self.trace(self.a, self.stranger, "--quick")["verdict"]["category"],
                         "no_evidence")

    def test_not_finite(self):
        broken = dict(decoder(1))
        name = "model.layers.0.mlp.gate_proj.weight"
        broken[name] = ("F32", [HIDDEN, WIDTH], f32([float("nan")] * (HIDDEN * WIDTH)))
        results = self.trace(self.a, self.write_model("nan.safetensors", broken))
        self.assertEqual(results["verdict"]["category"], "derived")
        self.assertIn("weights that are not finite", [mlp["skipped"] for mlp in results["mlps"]])
        self.assertEqual(results["residual"]["left_out"],
                         [{"tensor": name, "reason": "values that are not finite"}])
        self.assertEqual(results["non_finite"],
                         [{"model": "b", "tensor": name, "nan": HIDDEN * WIDTH, "infinite": 0}])

    def test_what_is_not_finite_is_named(self):
        """Whichever side it is on, of matrices and of what no test looks at, with its numbers."""
        broken = dict(decoder(1))
        bias, norm = "model.layers.1.self_attn.q_proj.bias", "model.layers.1.input_layernorm.weight"
        broken[bias] = ("F32", [WIDTH], f32([float("inf"), float("-inf")] + [0.1] * (WIDTH - 2)))
        broken[norm] = ("F32", [WIDTH], f32([float("nan")] + [1.0 + i / 99 for i in range(WIDTH - 1)]))
        other = self.write_model("broken.safetensors", broken)
        for side, models in (("b", (self.a, other)), ("a", (other, self.a))):
            results = self.trace(*models)
            self.assertEqual(results["verdict"]["category"], "derived")
            self.assertEqual(results["non_finite"],
                             [{"model": side, "tensor": norm, "nan": 1, "infinite": 0},
                              {"model": side, "tensor": bias, "nan": 0, "infinite": 2}])
            line = f"{norm} of broken (1 NaN, 0 infinite), {bias} of broken (0 NaN, 2 infinite)"
            self.assertIn(line, " ".join(run("trace", *models, "--permutations", "20000").stdout.split()))
        self.assertEqual(self.trace(self.a, self.tuned)["non_finite"], [])

    def test_bad_input(self):
        missing = run("trace", self.a, self.path("missing.safetensors"))
        self.assertEqual(missing.returncode, 3)
        self.assertEqual(missing.stderr.count("\n"), 1)
        self.assertEqual(run("trace", self.a).returncode, 2)
        self.assertEqual(run("trace", self.a, self.tuned, "--permutations", "-1").returncode, 2)


class ChangesAndStates(CliTest):
    """What happens to a trace, and to what it keeps, between its first and its last byte."""

    def setUp(self):
        super().setUp()
        self.a = self.write_model("a/model.safetensors", decoder(1))
        self.b = self.write_model("b/model.safetensors", decoder(2))
        self.state = self.path("state")

    def stopped_trace(self, *arguments):
        """A trace that holds still with both models open."""
        process = subprocess.Popen([MODELKIN, "trace", self.a, self.b, *arguments],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        while process.poll() is None:
            with open(f"/proc/{process.pid}/maps", encoding="utf-8") as maps:
                if self.b in maps.read():
                    process.send_signal(signal.SIGSTOP)
                    return process
        raise AssertionError("the trace ended before it could be stopped")

    def go_on(self, process):
        process.send_signal(signal.SIGCONT)
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors

    def test_an_input_that_changes_in_place(self):
        status = os.stat(self.b)
        trace = self.stopped_trace()
        with open(self.b, "r+b") as file:
            file.seek(-1, os.SEEK_END)
            last = file.read(1)
            file.seek(-1, os.SEEK_END)
            file.write(bytes([last[0] ^ 1]))
        os.utime(self.b, ns=(status.st_atime_ns, status.st_mtime_ns))
        code, output, errors = self.go_on(trace)
        self.assertEqual((code, output), (3, ""))
        self.assertRegex(errors, f"^modelkin: {self.b}: changed while it was being read.*\n$")

    def test_two_traces_on_one_state(self):
        first = self.stopped_trace("--resume", self.state)
        while not os.path.exists(self.state) or not os.listdir(self.state):
            first.send_signal(signal.SIGCONT)
            time.sleep(0.002)
            first.send_signal(signal.SIGSTOP)
            self.assertIsNone(first.poll())
        second = run("trace", self.a, self.b, "--resume", self.state)
        self.assertEqual(second.returncode, 2)
        self.assertEqual(second.stderr, f"modelkin: {self.state}: another trace uses this folder "
                                        "now: wait for it, or choose another one\n")
        code, output, errors = self.go_on(first)
        self.assertEqual((code, errors), (0, ""))
        self.assertEqual(output, run("trace", self.a, self.b).stdout)
        self.assertFalse(os.path.exists(self.state))

    def killed_trace(self):
        """Leaves a state behind."""
        trace = self.stopped_trace("--resume", self.state)
        while not os.path.exists(self.state + "/pair-residual.modelkin-state"):
            trace.send_signal(signal.SIGCONT)
            time.sleep(0.002)
            trace.send_signal(signal.SIGSTOP)
            self.assertIsNone(trace.poll())
        trace.kill()
        trace.wait()

    def test_a_damaged_state_is_said_and_made_anew(self):
        expected = run("trace", self.a, self.b, "--json").stdout
        generator = random.Random(1)
        for damage in range(12):
            self.killed_trace()
            names = sorted(os.listdir(self.state))
            path = os.path.join(self.state, names[damage % len(names)])
            with open(path, "rb") as file:
                content = bytearray(file.read())
            if damage % 3 == 0:
                del content[generator.randrange(len(content)):]
            elif damage % 3 == 1:
                content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
            else:
                content[len(content) // 2:] = bytes(len(content) - len(content) // 2)
            with open(path, "wb") as file:
                file.write(content)
            with self.subTest(file=path, damage=damage % 3):
                process = run("trace", self.a, self.b, "--json", "--resume", self.state)
                self.assertEqual(process.returncode, 0, process.stderr)
                self.assertEqual(results_of(process.stdout), results_of(expected))
                self.assertRegex(process.stderr, "^modelkin: .*anew\n$")
                left = os.listdir(self.state) if os.path.exists(self.state) else []
                self.assertEqual(left, [])
            shutil.rmtree(self.state, ignore_errors=True)

    def test_a_state_of_something_else_stays(self):
        self.killed_trace()
        before = self.kept()
        self.write("b/config.json", "{}")
        for arguments in ((self.b, self.a), (self.a, self.b, "--seed", "2"), (self.a, self.b)):
            process = run("trace", *arguments, "--resume", self.state)
            self.assertEqual(process.returncode, 2)
            self.assertIn("holds the state of another trace", process.stderr)
            self.assertEqual(self.kept(), before)
        os.remove(self.path("b/config.json"))
        process = run("trace", self.a, self.b, "--resume", self.state)
        self.assertEqual((process.returncode, process.stderr), (0, ""))

    def kept(self):
        found = {}
        for name in os.listdir(self.state):
            with open(os.path.join(self.state, name), "rb") as file:
                found[name] = file.read()
        return found

    def test_a_foreign_folder_stays(self):
        for name in ("thesis.tex", "thesis.modelkin-state", "pair-mlps.modelkin-state"):
            path = self.write(f"mine-{name}/{name}", "ten years")
            process = run("trace", self.a, self.b, "--resume", os.path.dirname(path))
            self.assertEqual(process.returncode, 2)
            self.assertIn(path, process.stderr)
            with open(path, encoding="utf-8") as file:
                self.assertEqual(file.read(), "ten years")
        os.mkdir(self.path("mine"))
        process = run("trace", self.a, self.b, "--resume", self.path("mine"))
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(os.listdir(self.path("mine")), [])

    def shares(self, world, *arguments):
        """Runs all ranks side by side. Returns what they say."""
        ranks = [subprocess.Popen([MODELKIN, "trace", self.a, self.b, *arguments, "--resume", self.state,
                                   "--rank", str(rank), "--world", str(world)],
                                  text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for rank in range(world)]
        said = [rank.communicate(timeout=120) for rank in ranks]
        self.assertEqual([(rank.returncode, errors) for rank, (_, errors) in zip(ranks, said)], [(0, "")] * world)
        return [output for output, _ in said]

    def test_shares_of_one_trace(self):
        for world, arguments in ((2, ("--effort", "full")), (3, ("--control", self.write_model("c/model.safetensors", decoder(3))))):
            expected = run("trace", self.a, self.b, *arguments, "--json").stdout
            self.shares(world, *arguments)
            shutil.rmtree(os.path.join(self.state, f"share-1-of-{world}"))  # one rank loses all that it had
            rounds = 1  # as many as it takes, which depends on which rank is first
            while not all("nothing is left" in line for line in self.shares(world, *arguments)):
                rounds += 1
                self.assertLess(rounds, 9)
            self.assertEqual(sorted(os.listdir(self.state)), [f"share-{rank}-of-{world}" for rank in range(world)])
            process = run("trace", self.a, self.b, *arguments, "--json", "--resume", self.state)
            self.assertEqual((process.returncode, process.stderr), (0, ""))
            self.assertEqual(results_of(process.stdout), results_of(expected))
            self.assertFalse(os.path.exists(self.state))

    def test_shares_that_make_no_sense(self):
        resume = ("--resume", self.state)
        for arguments in (("--rank", "0", *resume), ("--world", "2", *resume), ("--rank", "0", "--world", "2"),
                          ("--rank", "2", "--world", "2", *resume), ("--rank", "0", "--world", "0", *resume),
                          ("--rank", "0", "--world", "9999", *resume), ("--rank", "-1", "--world", "2", *resume),
                          ("--rank", "0", "--world", "2", *resume, "--json"), ("--rank", "0", "--world", "2", *resume, "--quick")):
            with self.subTest(arguments):
                process = run("trace", self.a, self.b, *arguments)
                self.assertEqual((process.returncode, process.stdout), (2, ""))
                self.assertEqual(process.stderr.count("\n"), 1)
                self.assertFalse(os.path.exists(self.state))


def results_of(text):
    """Without what says how it was computed."""
    results = json.loads(text)
    results.pop("run")
    return results


if __name__ == "__main__":
    unittest.main()
