"""Stands between a program and a hub on this machine, and counts what is asked of it."""

import collections
import contextlib
import http.client
import http.server
import re
import threading
import urllib.parse

MODEL = re.compile(r"/(?:api/models/local|local|content)/([^/?]+)")
CONTENT = "/content/"  # of another address of the hub, which it leads to


class CountingProxy:
    """Counts by model: answers, and bytes of their bodies. Its address is `endpoint`."""

    def __init__(self, hub):
        self.host = urllib.parse.urlsplit(hub).netloc
        self.content_host = self.host
        self.lock = threading.Lock()
        self.requests = collections.Counter()
        self.bytes = collections.Counter()
        self.listings = collections.Counter()  # how often a model was begun
        self.resolved = collections.Counter()  # questions for files' places, which hubs limit apart
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                proxy.forward(self)

            do_HEAD = do_GET

            def log_message(self, *details):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forward(self, handler):
        host = self.content_host if handler.path.startswith(CONTENT) else self.host
        connection = http.client.HTTPConnection(host, timeout=60)
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", "connection")}
        connection.request(handler.command, handler.path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        found = MODEL.match(handler.path)
        name = found[1] if found else ""
        place = urllib.parse.urlsplit(answer.getheader("location") or "")
        if place.path.startswith(CONTENT):
            self.content_host = place.netloc
        with self.lock:
            self.requests[name] += 1
            self.bytes[name] += len(body)
            self.listings[name] += "/api/models/" in handler.path
            self.resolved[name] += "/resolve/" in handler.path
        handler.send_response(answer.status)
        for header, value in answer.getheaders():
            if header.lower() == "location":  # where weights are: answered here too
                value = value.replace(f"http://{place.netloc}", self.endpoint)
            if header.lower() not in ("transfer-encoding", "connection", "content-length"):
                handler.send_header(header, value)
        length = answer.getheader("content-length") if handler.command == "HEAD" else str(len(body))
        handler.send_header("Content-Length", length or "0")
        handler.end_headers()
        with contextlib.suppress(ConnectionError):  # who asked was killed
            handler.wfile.write(body)

    def forget(self):
        with self.lock:
            for counter in (self.requests, self.bytes, self.listings, self.resolved):
                counter.clear()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
