"""`modelkin serve`, asked by something else than modelkin."""

import json
import os
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from support import MODELKIN, CliTest, bf16, noise, run

CONTENT = bytes(range(100))


class ServeTest(CliTest):
    def setUp(self):
        super().setUp()
        self.write("models/m/model.safetensors", CONTENT)
        self.write("models/m/config.json", "{}")
        self.write("models/m/empty.json", "")

    def serve(self):
        self.server = subprocess.Popen([MODELKIN, "serve", self.path("models")],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.stop)
        self.endpoint = self.server.stdout.readline().strip()
        listing = json.loads(self.get("/api/models/local/m/revision/main")[2])
        self.files = [sibling["rfilename"] for sibling in listing["siblings"]]
        self.folder_of_m = f"/local/m/resolve/{listing['sha']}/"

    def stop(self):
        self.server.terminate()
        self.server.wait(20)
        self.server.stdout.close()
        self.server.stderr.close()

    def get(self, path, method="GET", **headers):
        """Status, headers and body."""
        request = urllib.request.Request(self.endpoint + path, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, dict(answer.headers), answer.read()

    def test_ranges(self):
        self.serve()
        whole = (200, None, CONTENT)
        beyond = (416, "bytes */100", b"")
        for asked, expected in (
                ("0-9", (206, "bytes 0-9/100", CONTENT[:10])),
                ("0-0", (206, "bytes 0-0/100", CONTENT[:1])),
                ("99-", (206, "bytes 99-99/100", CONTENT[99:])),
                ("90-1000", (206, "bytes 90-99/100", CONTENT[90:])),
                ("-5", (206, "bytes 95-99/100", CONTENT[95:])),
                ("-1000", (206, "bytes 0-99/100", CONTENT)),
                ("100-", beyond), ("100-100", beyond), ("100-200", beyond), ("101-", beyond),
                ("5000-6000", beyond), ("-0", beyond), ("9223372036854775807-", beyond),
                ("-", whole), ("0-1,5-6", whole)):
            with self.subTest(asked=asked):
                status, headers, body = self.get(self.folder_of_m + "model.safetensors",
                                                 Range="bytes=" + asked)
                self.assertEqual((status, headers.get("Content-Range"), body), expected)
        # What is no range may be refused or overlooked.
        for asked in ("bytes=9-5", "bytes=x", "bytes=18446744073709551615-", "chars=1-2",
                      "bytes=0-99999999999999999999", "bytes=" + "1-2," * 1500):
            with self.subTest(asked=asked[:40]):
                self.assertIn(self.get(self.folder_of_m + "model.safetensors", Range=asked)[0],
                              (200, 416))
        empty = self.folder_of_m + "empty.json"
        self.assertEqual(self.get(empty, Range="bytes=0-5")[0], 416)
        self.assertEqual(self.get(empty)[::2], (200, b""))
        self.assertEqual(self.get(empty, method="HEAD")[0], 200)
        self.assertIsNone(self.server.poll())

    def test_links_are_followed_within_the_folder_alone(self):
        secret = self.write("secret/key.json", "secret")
        for target, link in ((self.path("secret"), "outside"), ("/etc", "etc"), ("m", "again"),
                             (secret, "m/key.json"), (self.path("secret"), "m/folder"),
                             ("config.json", "m/inside.json"), ("nowhere", "m/broken.json"),
                             ("m/../../secret/key.json", "m/up.json")):
            os.symlink(target, self.path("models/" + link))
        self.serve()
        self.assertEqual(sorted(self.files), ["config.json", "empty.json", "inside.json",
                                              "model.safetensors"])
        for name in ("outside", "etc", "..", ".", "%2e%2e"):
            self.assertEqual(self.get(f"/api/models/local/{name}/revision/main")[0], 404)
        self.assertEqual(self.get("/api/models/local/again/revision/main")[0], 200)
        for name in ("key.json", "folder/key.json", "broken.json", "up.json",
                     "../../secret/key.json", "%2e%2e/%2e%2e/secret/key.json"):
            self.assertEqual(self.get(self.folder_of_m + name)[0], 404, name)
        self.assertEqual(self.get(self.folder_of_m + "inside.json")[2], b"{}")

    def test_connections_that_ask_nothing_keep_nobody_waiting(self):
        self.serve()
        host, port = self.endpoint.removeprefix("http://").split(":")
        for i in range(300):
            connection = socket.create_connection((host, int(port)))
            self.addCleanup(connection.close)
            if i % 2 == 0:
                connection.send(b"GET /api/models HTTP/1.1\r\nHost: h")
        begin = time.monotonic()
        self.assertEqual(self.get("/api/models/local/m/revision/main")[0], 200)
        self.assertLess(time.monotonic() - begin, 1)

    def test_files_that_name_models_of_a_hub(self):
        outputs = {f"model.layers.{layer}.self_attn.o_proj.weight": ("BF16", [32, 64], bf16(noise(2048, layer)))
                   for layer in range(2)}
        self.write_model("models/n/model.safetensors", outputs)
        self.serve()
        cache = self.path("cache")
        hub = {"HF_ENDPOINT": self.endpoint, "MODELKIN_CACHE": cache, "HF_HUB_CACHE": self.path("none")}
        models, atlas = self.write("models.txt", "hf://local/n\n"), self.path("models.atlas")
        process = run("atlas", "build", models, "--to", self.path("records"), env=hub)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        self.assertFalse(os.path.exists(cache))  # each is read once
        self.assertEqual(run("atlas", "import", atlas, self.path("records")).returncode, 0)
        process = run("atlas", "add", self.path("other.atlas"), "--list", models, env=hub)
        self.assertEqual(process.stdout, "added: local/n\n", process.stderr)
        # The record is at the hub, and the model that is asked about here.
        process = run("atlas", "find", atlas, self.path("models/n"), "--json", env=hub)
        self.assertEqual(process.returncode, 0, process.stderr)
        relative, = json.loads(process.stdout)["relatives"]
        self.assertEqual((relative["model"], relative["verdict"]["category"]), ("local/n", "identical"))

    def test_long_addresses(self):
        self.serve()
        for path in ("/api/models/local/" + "a" * 7900 + "/revision/main",
                     "/api/models/local/m/revision/" + "a" * 8000,
                     "/local/a/resolve/b/" + "a/" * 3900):
            self.assertEqual(self.get(path)[0], 404)
        self.assertIsNone(self.server.poll())


if __name__ == "__main__":
    unittest.main()
