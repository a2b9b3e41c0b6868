"""A hub that means harm, or that means well and is slow: one line, an exit code, an end."""

import http.server
import json
import resource
import threading
import time
import unittest

from support import CliTest, run, safetensors, small_model

MODEL = safetensors(small_model(1))
COMMIT = "a" * 40
FILES = [{"rfilename": "model.safetensors", "size": len(MODEL), "lfs": {"sha256": "b" * 64}}]


def listing(**members):
    return json.dumps({"sha": COMMIT, "siblings": FILES, **members}).encode()


class Stranger(http.server.BaseHTTPRequestHandler):
    """Answers for all hosts, as a proxy. The server's `act` answers before anything else."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append((self.path, self.headers.get("Authorization")))
        if self.server.act and self.server.act(self):
            return
        if "/api/models/" in self.path:
            self.answer(200, self.server.listing)
        elif "Range" in self.headers:
            first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
            self.answer(206, MODEL[first:last + 1],
                        {"Content-Range": f"bytes {first}-{last}/{len(MODEL)}"})
        else:
            self.answer(200, MODEL)

    do_HEAD = do_GET

    def answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass  # cut off

    def log_message(self, *_):
        pass


class HostileHubTest(CliTest):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
        self.server.daemon_threads = True
        self.server.act, self.server.seen, self.server.listing = None, [], listing()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.environment = {"MODELKIN_CACHE": "", "HF_HUB_CACHE": self.path("none"),
                            "HF_TOKEN": "hf_secret", "HF_HUB_OFFLINE": "",
                            "MODELKIN_HUB_WAIT_MS": "1", "MODELKIN_HUB_ATTEMPTS": "2",
                            "MODELKIN_HUB_STALL_MS": "500", "no_proxy": "", "NO_PROXY": "",
                            "HF_ENDPOINT": "http://hub.example", "http_proxy": self.address}

    def inspect(self, **environment):
        return run("inspect", "hf://o/n", env={**self.environment, **environment})

    def redirect(self, of, location):
        def act(request):
            if of not in request.path:
                return False
            request.answer(302, b"", {"Location": location})
            return True
        self.server.act, self.server.seen = act, []

    def hosts_seen(self):
        return {path.split("/")[2] for path, _ in self.server.seen}

    def test_a_hub_that_means_well(self):
        process = self.inspect()
        self.assertEqual((process.returncode, process.stderr), (0, ""))

    def test_redirects_to_private_addresses(self):
        for of in ("/api/models/", "/resolve/"):
            for host in ("169.254.169.254", "127.0.0.1", "127.1", "0x7f000001", "2852039166",
                         "10.1.2.3", "192.168.0.1", "[::1]", "[::ffff:10.0.0.1]", "localhost",
                         "hub.example@169.254.169.254"):
                with self.subTest(of=of, host=host):
                    self.redirect(of, f"http://{host}/latest/meta-data")
                    process = self.inspect()
                    self.assertEqual(process.returncode, 4)
                    self.assertIn("redirects to a private address", process.stderr)
                    self.assertEqual(process.stderr.count("\n"), 1)
                    self.assertEqual(self.hosts_seen(), {"hub.example"})

    def test_a_private_hub_may_lead_to_its_own_kind(self):
        host = self.address.removeprefix("http://")
        self.redirect("/resolve/", f"http://{host}/content")
        process = self.inspect(HF_ENDPOINT=self.address.replace("127.0.0.1", "localhost"),
                               http_proxy="")
        self.assertEqual((process.returncode, process.stderr), (0, ""))

    def test_the_token_stays_with_the_hub(self):
        self.redirect("hub.example/o/n/resolve/", "http://content.example/model")
        process = self.inspect()
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        self.assertEqual(self.hosts_seen(), {"hub.example", "content.example"})
        for path, authorization in self.server.seen:
            own = path.startswith("http://hub.example/")
            self.assertEqual(authorization, "Bearer hf_secret" if own else None, path)

    def test_answers_that_drip(self):
        def drip(request, content):
            for byte in content:
                request.wfile.write(bytes([byte]))
                time.sleep(0.02)
            return True

        def drip_body(request):
            request.send_response(200)
            request.send_header("Content-Length", "1000000")
            request.end_headers()
            return drip(request, listing() + b" " * 1_000_000)

        def drip_headers(request):
            return drip(request, b"HTTP/1.1 200 OK\r\n" + b"X-Y: z\r\n" * 100_000)

        for act in (drip_body, drip_headers):
            with self.subTest(act=act.__name__):
                self.server.act = act
                begin = time.monotonic()
                process = self.inspect()
                self.assertLess(time.monotonic() - begin, 20)
                self.assertEqual(process.returncode, 4)
                self.assertRegex(process.stderr, "the server (sends too slowly|stalls)\n$")

    def test_lists_of_any_shape(self):
        names = [{"rfilename": f"f{i}"} for i in range(1_000_000)]
        self.server.listing = listing(siblings=FILES + names)
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        process = self.inspect(MODELKIN_HUB_STALL_MS="20000")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used, 30)
        for nonsense, message in (
                (json.dumps({"sha": COMMIT}), "names no commit and files"),
                (listing(sha="../.."), "names no commit and files"),
                (listing(siblings=[1, None, {"rfilename": "../x"}]), "no"),
                ("[]", "is not a JSON object"), ("", "is not JSON"), ("<html>", "is not JSON")):
            self.server.listing = nonsense if isinstance(nonsense, bytes) else nonsense.encode()
            process = self.inspect()
            self.assertEqual(process.returncode, 3)
            self.assertIn(message, process.stderr)
            self.assertEqual(process.stderr.count("\n"), 1)
        deep = b'{"sha":' + b"[" * 4_000_000
        self.server.act = lambda request: request.answer(200, deep) or True
        process = self.inspect()
        self.assertEqual(process.returncode, 3)
        self.assertIn("nested too deeply", process.stderr)


if __name__ == "__main__":
    unittest.main()
