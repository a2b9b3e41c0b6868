"""Models on a hub, named as hf://org/name, from a local one that can be told to misbehave."""

import http.server
import json
import os
import shutil
import ssl
import subprocess
import threading
import unittest

from support import MODELKIN, CliTest, gguf, noise, run, safetensors, small_model


class Nothing(http.server.BaseHTTPRequestHandler):
    """Answers that there is nothing."""

    def do_GET(self):
        self.send_error(404)

    def log_message(self, *_):
        pass


class HubTest(CliTest):
    def setUp(self):
        super().setUp()
        for name, seed in (("a", 1), ("b", 2)):
            tensors = small_model(seed, layers=2, width=400)  # over a block each
            names = sorted(tensors)
            half = len(names) // 2
            shards = {"model-00001-of-00002.safetensors": names[:half],
                      "model-00002-of-00002.safetensors": names[half:]}
            for shard, held in shards.items():
                self.write(f"models/{name}/{shard}", safetensors({n: tensors[n] for n in held}))
            index = {n: shard for shard, held in shards.items() for n in held}
            self.write(f"models/{name}/model.safetensors.index.json",
                       json.dumps({"metadata": {}, "weight_map": index}))
            self.write(f"models/{name}/config.json", json.dumps({"model_type": "unheard_of"}))
        self.environment = {"MODELKIN_CACHE": self.path("cache"), "HF_HUB_CACHE": self.path("none"),
                            "HF_TOKEN": "", "HF_TOKEN_PATH": self.path("none"),
                            "HF_HUB_OFFLINE": "", "MODELKIN_HUB_WAIT_MS": "1",
                            "MODELKIN_HUB_ATTEMPTS": "2", "MODELKIN_HUB_STALL_MS": "300",
                            "SSL_CERT_FILE": "", "CURL_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": "", "SSL_CERT_DIR": ""}

    def serve(self, *arguments):
        server = subprocess.Popen([MODELKIN, "serve", self.path("models"), *arguments],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

        def stop():
            server.terminate()
            server.wait(20)
            server.stdout.close()
        self.addCleanup(stop)
        self.environment["HF_ENDPOINT"] = server.stdout.readline().strip()

    def test_attestations_are_about_commits(self):
        """Of a hub's models nothing but what a trace reads is fetched, unless all files are to be digested."""
        self.serve()
        out = self.path("att.json")
        for more, digests in ((), {"gitCommit"}), (("--digest",), {"gitCommit", "sha256"}):
            process = run("attest", "hf://local/a", "hf://local/b", "--quick", "-o", out, "-q", *more,
                          env=self.environment)
            self.assertEqual(process.returncode, 0, process.stderr)
            with open(out, encoding="utf-8") as file:
                statement = json.load(file)
            subject, model = statement["subject"][0], statement["predicate"]["model"]
            self.assertEqual(set(subject["digest"]), digests)
            self.assertEqual(subject["uri"], "hf://local/b@" + subject["digest"]["gitCommit"])
            self.assertEqual(model["sha256"] is not None, "sha256" in digests)
            for inputs in ((), ("--input", "a=" + self.path("models/a"), "--input", "b=" + self.path("models/b"))):
                process = run("verify", out, *inputs, "--json", env=self.environment)
                self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        self.write("models/b/sub/new", "x")
        process = run("verify", out, "--input", "a=" + self.path("models/a"), "--input", "b=" + self.path("models/b"),
                      "--json", env=self.environment)
        self.assertEqual(process.returncode, 1)
        self.assertEqual(json.loads(process.stdout)["attestation"]["models"][1]["new"], ["sub/new"])

    def files(self):
        """Times of all files."""
        return {os.path.join(place, name): os.stat(os.path.join(place, name)).st_mtime_ns
                for place, _, names in os.walk(self.folder) for name in names}

    def on_hub(self, *arguments, **environment):
        return run(*arguments, env={**self.environment, **environment})

    def test_files_of_torch_gguf_and_adapters_on_a_hub(self):
        data = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
        for kind, file, name in (("torch", "zip.pt", "pytorch_model.bin"), ("gguf_models", "llama.gguf", "llama.gguf")):
            os.makedirs(self.path(f"models/{kind}"))
            shutil.copy(os.path.join(data, kind, file), self.path(f"models/{kind}/{name}"))
        for name in ("llama", "lora"):
            shutil.copytree(os.path.join(data, "peft", name), self.path(f"models/{name}"))
        self.serve()
        for there, here in (("torch", "models/torch"), ("gguf_models/llama.gguf", "models/gguf_models/llama.gguf")):
            with self.subTest(there):
                process = self.on_hub("diff", f"hf://local/{there}", self.path(here), "--json", "--by-value")
                self.assertEqual(process.returncode, 0, process.stderr)
                summary = json.loads(process.stdout)["summary"]
                self.assertGreater(summary["tensors"], 1)
                self.assertTrue(summary["all_identical"], summary)
        merged = self.on_hub("compare", "hf://local/lora", os.path.join(data, "peft", "lora.merged.safetensors"),
                             "--base", "hf://local/llama", "--json")
        self.assertEqual(merged.returncode, 0, merged.stderr)
        tensors = [tensor for tensor in json.loads(merged.stdout)["tensors"] if tensor["comparable"]]
        self.assertGreater(len(tensors), 10)
        for tensor in tensors:
            self.assertLess(tensor["max_abs_diff"], 1e-5, tensor)

    def test_results_are_those_of_the_files(self):
        self.serve()
        there = json.loads(self.on_hub("compare", "hf://local/a", "hf://local/b", "--json").stdout)
        here = json.loads(run("compare", self.path("models/a"), self.path("models/b"),
                              "--json").stdout)
        for member in ("pair", "tensors"):
            self.assertEqual(there.get(member), here.get(member))
        resolved = there["inputs"][0]["resolved"]
        self.assertRegex(resolved, "^hf://local/a@[0-9a-f]{40}$")
        self.assertEqual(here["inputs"][0]["resolved"], self.path("models/a"))
        fixed = self.on_hub("compare", resolved, "hf://local/b", "--json")
        self.assertEqual(json.loads(fixed.stdout).get("pair"), here.get("pair"))

    def test_results_are_verified_at_their_commit(self):
        self.serve()
        path = self.path("results.json")
        compared = self.on_hub("compare", "hf://local/a", "hf://local/b", "-o", path, "-q")
        self.assertEqual(compared.returncode, 0, compared.stderr)
        before = self.files()
        verified = self.on_hub("verify", path)
        self.assertEqual((verified.returncode, verified.stderr), (0, ""))
        self.assertEqual(self.files(), before)  # caches too, which it reads
        verified = self.on_hub("verify", path, MODELKIN_CACHE=self.path("other-cache"))
        self.assertEqual(verified.returncode, 0)
        self.assertEqual(self.files(), before)
        # A repository that has moved on is another commit, of which the hub knows nothing here.
        self.write("models/a/config.json", json.dumps({"model_type": "unheard_of", "new": 1}))
        moved = self.on_hub("verify", path, MODELKIN_CACHE="")
        self.assertEqual(moved.returncode, 3)

    def test_single_files_and_other_commands(self):
        self.serve()
        shard = "hf://local/a/model-00001-of-00002.safetensors"
        index = "hf://local/a@main/model.safetensors.index.json"
        for arguments in (("inspect", shard, "--partial"), ("inspect", index), ("diff", "hf://local/a", index),
                          ("config", "hf://local/a", "hf://local/b"),
                          ("trace", "hf://local/a", "hf://local/b", "--permutations", "1000")):
            process = self.on_hub(*arguments)
            self.assertEqual(process.returncode, 0, process.stderr)

    def test_gguf_files(self):
        """A file of a repository, one of several files of a model, and a folder of quantisations."""
        for name, seed in (("one", 3), ("two", 4)):
            self.write(f"models/g/{name}.gguf", gguf({f"blk.{i}.ffn_up.weight": noise(4096, seed + i)
                                                      for i in range(3)}))
        self.serve()
        there = json.loads(self.on_hub("compare", "hf://local/g/one.gguf", "hf://local/g/two.gguf",
                                       "--json").stdout)
        here = json.loads(run("compare", self.path("models/g/one.gguf"),
                              self.path("models/g/two.gguf"), "--json").stdout)
        self.assertEqual(len(there["tensors"]), 3)
        self.assertEqual(there["tensors"], here["tensors"])
        several = self.on_hub("inspect", "hf://local/g")
        self.assertEqual(several.returncode, 3)
        self.assertIn("holds 2 models in GGUF files (one.gguf, two.gguf)", several.stderr)

    def test_files_of_the_hubs_cache_are_inputs(self):
        """Whatever commit they are of, and by whatever name: --force replaces no input."""
        cached = "cached/models--local--a/snapshots/0/model-00001-of-00002.safetensors"
        self.write("cached/models--local--a/blobs/1", "weights")
        os.makedirs(os.path.dirname(self.path(cached)))
        os.symlink("../../blobs/1", self.path(cached))
        for place in (cached, "cached/models--local--a/blobs/1"):
            for command in (("compare", "hf://local/a", "hf://local/b"), ("inspect", "hf://local/a@main")):
                with self.subTest(place=place, command=command):
                    process = self.on_hub(*command, "-o", self.path(place), "--force",
                                          HF_HUB_CACHE=self.path("cached"))
                    self.assertEqual(process.returncode, 2, process.stderr)
                    self.assertIn("input", process.stderr)
                    with open(self.path("cached/models--local--a/blobs/1"), encoding="utf-8") as file:
                        self.assertEqual(file.read(), "weights")

    def test_plan_says_what_moves_and_caches_keep_it(self):
        self.serve()
        plan = self.on_hub("compare", "hf://local/a", "hf://local/b", "--plan")
        self.assertEqual(plan.returncode, 0, plan.stderr)
        self.assertIn("would move", plan.stdout)
        compared = self.on_hub("compare", "hf://local/a", "hf://local/b", "-q")
        self.assertEqual(compared.returncode, 0, compared.stderr)
        after = self.on_hub("compare", "hf://local/a", "hf://local/b", "--plan")
        self.assertIn("\n0 B would move", after.stdout)
        for arguments in (("trace", "hf://local/a", "hf://local/b"),
                          ("diff", "hf://local/a", "hf://local/b"),
                          ("report", "hf://local/a", "hf://local/b"),
                          ("check", "hf://local/a", "--claim", "base_model=hf://local/b")):
            upper = self.on_hub(*arguments, "--plan", MODELKIN_CACHE="")
            self.assertEqual(upper.returncode, 0, upper.stderr)
            self.assertIn("would move at most, 1", upper.stdout)
        offline = self.on_hub("compare", "hf://local/a", "hf://local/b", "--json", "--offline",
                              HF_ENDPOINT=self.environment["HF_ENDPOINT"])
        self.assertEqual(offline.returncode, 0, offline.stderr)
        nothing = self.on_hub("compare", "hf://local/a", "hf://local/b", "--offline",
                              MODELKIN_CACHE="")
        self.assertEqual(nothing.returncode, 4)
        self.assertIn("offline", nothing.stderr)

    def serve_securely(self):
        """An https server without any model, whose certificate it signed itself. Returns that file."""
        key, certificate = self.path("key.pem"), self.path("certificate.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = http.server.HTTPServer(("127.0.0.1", 0), Nothing)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # a client that does not believe the certificate
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        self.environment["HF_ENDPOINT"] = f"https://127.0.0.1:{server.server_port}"
        return certificate

    @unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
    def test_certificates_are_those_that_the_environment_names(self):
        certificate = self.serve_securely()
        unknown = self.on_hub("inspect", "hf://local/a", SSL_CERT_FILE="")
        self.assertEqual(unknown.returncode, 4, unknown.stderr)
        self.assertIn("certificate", unknown.stderr)
        for variable in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
            with self.subTest(variable):
                believed = self.on_hub("inspect", "hf://local/a", **{variable: certificate})
                self.assertEqual(believed.returncode, 3, believed.stderr)  # and it has no such model
        absent = self.on_hub("inspect", "hf://local/a", SSL_CERT_FILE=self.path("absent.pem"))
        self.assertEqual(absent.returncode, 4, absent.stderr)
        self.assertIn("absent.pem", absent.stderr)

    def test_tokens(self):
        self.serve("--token", "hf_secret")
        refused = self.on_hub("inspect", "hf://local/a")
        self.assertEqual(refused.returncode, 3)
        self.assertIn("HF_TOKEN", refused.stderr)
        allowed = self.on_hub("inspect", "hf://local/a", HF_TOKEN="hf_secret")
        self.assertEqual(allowed.returncode, 0, allowed.stderr)

    def test_faults_are_errors(self):
        for fault in ("ignores-ranges", "other-range", "too-much", "too-little", "stalls",
                      "drips", "other-total", "overloaded", "expired", "redirects", "wrong-size",
                      "no-json", "compresses"):
            with self.subTest(fault=fault):
                self.serve("--fault", fault)
                process = self.on_hub("compare", "hf://local/a", "hf://local/b", "--json",
                                      MODELKIN_CACHE=self.path("cache-" + fault))
                self.assertIn(process.returncode, (3, 4), process.stdout)
                self.assertEqual(process.stdout, "")
                self.assertIn("hf://local/a@", process.stderr)
                self.assertEqual(process.stderr.count("\n"), 1)

    def test_nonsense(self):
        self.serve()
        for model, code in (("hf://local", 2), ("hf://local/a@", 2), ("hf://local/absent", 3),
                            ("hf://local/a@v7", 3), ("hf://local/a/absent.safetensors", 3),
                            ("hf://local/..", 2)):
            with self.subTest(model=model):
                process = self.on_hub("inspect", model)
                self.assertEqual(process.returncode, code, process.stderr)
        unreachable = self.on_hub("inspect", "hf://local/a", HF_ENDPOINT="http://127.0.0.1:9")
        self.assertEqual(unreachable.returncode, 4)
        self.assertEqual(self.on_hub("inspect", "hf://o/n", HF_ENDPOINT="gopher://x").returncode, 2)
        self.assertEqual(run("serve", self.path("absent")).returncode, 3)
        self.assertEqual(run("serve", self.folder, "--fault", "sleepy").returncode, 2)
    
