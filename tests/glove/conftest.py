"""Counts to train on, and a server that answers as told: all of it, a part, or something else."""

import http.server
import re
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import glove


@pytest.fixture(scope="session")
def pairs() -> glove.Cooccurrence:
    """Counts of 40 words, the first ones frequent and the last ones rare, as in a text."""
    words = [f"w{number}" for number in range(40)]
    text = np.random.default_rng(1).zipf(1.3, 6000)
    return glove.cooccurrence([[words[i] for i in text if i < 40]], min_count=1, window_size=3)


@pytest.fixture
def interrupt_second_epoch(monkeypatch):
    """A function: a solver's second epoch, from then on, is ended by Ctrl-C before it begins."""

    def interrupt(kind: type) -> None:
        epochs, epoch = [], kind.epoch

        def interrupted(self):
            epochs.append(1)
            if len(epochs) == 2:
                raise KeyboardInterrupt
            yield from epoch(self)

        monkeypatch.setattr(kind, "epoch", interrupted)

    return interrupt


class Server:
    """What it has, how it answers and what it was asked.

    Attributes:
        address: `http://host:port`.
        requests: the path and the Range header of each request so far.
    """

    def __init__(self, address: str):
        self.address = address
        self.requests: list[tuple[str, str | None]] = []
        self._files: dict[str, tuple[bytes, list[Callable]]] = {}

    def give(self, path: str, body: bytes, *answers: Callable) -> str:
        """The URL of a file. The next requests get these answers, all later ones the file."""
        self._files[path] = body, list(answers)
        return self.address + path

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        path = urllib.parse.unquote(handler.path)
        self.requests.append((path, handler.headers.get("Range")))
        if path not in self._files:
            return self.status(404)(handler, b"")
        body, answers = self._files[path]
        (answers.pop(0) if answers else self.whole())(handler, body)

    # === Answers ===

    @staticmethod
    def whole(cut=None, pause=0.0, ranges=True):
        """All of it, or from the byte asked for on; after `cut` bytes the connection ends."""

        def send(handler, body):
            asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
            begin = int(asked[1]) if asked and ranges else 0
            if begin >= len(body):
                return Server.status(416)(handler, body)
            headers = {"Content-Length": str(len(body) - begin)}
            if begin:
                headers["Content-Range"] = f"bytes {begin}-{len(body) - 1}/{len(body)}"
            Server.status(206 if begin else 200, headers)(handler, body)
            sent = body[begin:][:cut]
            for start in range(0, len(sent), 10_000):
                handler.wfile.write(sent[start : start + 10_000])
                time.sleep(pause)

        return send

    @staticmethod
    def status(code, headers=None, body=b""):
        """A status and nothing else, or what is given."""

        def send(handler, _):
            handler.send_response(code)
            for name, value in (headers or {}).items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        return send


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            state.answer(self)

        def log_message(self, *arguments):
            pass

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            pass  # whoever asked has hung up

    with Quiet(("127.0.0.1", 0), Handler) as running:
        state = Server(f"http://127.0.0.1:{running.server_address[1]}")
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield state
        running.shutdown()
        thread.join()
