"""The golden checkpoints, and a server that speaks the paths of the Hugging Face Hub."""

import hashlib
import http.server
import json
import pathlib
import re
import threading
import urllib.parse

import numpy as np
import pytest
from keras import ops

from mlm_tf.interop import from_huggingface

# Made by benchmarks/golden_gpt2.py, and for other families by benchmarks/golden_checkpoints.py.
GOLDEN = pathlib.Path(__file__).parent / "golden"
CAUSAL = (
    "smollm2",
    "llama3",
    "mistral",
    "mistral_v3",
    "qwen2",
    "qwen2_linear",
    "qwen3",
    "qwen3_wide",
)
CHECKPOINTS = (*CAUSAL, "bert", "bert_old", "minilm")


class Golden:
    """A small GPT-2 of random weights that `transformers` made, and what it expected of it."""

    def __init__(self, name: str):
        self.folder = GOLDEN / name
        texts = json.loads((self.folder / "texts.json").read_text(encoding="utf-8"))
        self.texts, self.text_ids = texts["texts"], texts["ids"]
        with np.load(self.folder / "expected.npz") as expected:
            self.token_ids = expected["token_ids"].astype("int32")  # (2, length)
            self.logits = expected["logits"]  # of the last 8 positions, (2, 8, vocabulary_size)
            self.greedy = expected["greedy"]  # the first row, and what it goes on with
        self.model = from_huggingface(self.folder)


@pytest.fixture(scope="session", params=["plain", "bfloat16", "old"])
def golden(request) -> Golden:
    return Golden(request.param)


@pytest.fixture(scope="session")
def plain() -> Golden:
    return Golden("plain")


class Checkpoint:
    """A small model of random weights of another family, and what `transformers` expects of it."""

    def __init__(self, name: str):
        self.name, self.folder = name, GOLDEN / name
        with np.load(self.folder / "expected.npz") as file:
            expected = dict(file)
        # Of the last positions of a causal model, and of all of one that looks both ways.
        self.logits = expected.pop("logits")
        self.greedy = expected.pop("greedy", None)  # the first row, and what it goes on with
        self.inputs = {
            key: array.astype("bool" if key == "padding_mask" else "int32")
            for key, array in expected.items()
        }
        self.model = from_huggingface(self.folder)

    def scores(self, model=None) -> np.ndarray:
        """What a model, by default ours, gives for the inputs, where `logits` tell."""
        found = ops.convert_to_numpy((model or self.model)(self.inputs))
        return found[:, -self.logits.shape[1] :]

    def check(self, scores: np.ndarray, atol: float = 1e-4) -> None:
        """Hold scores against those of `transformers`, those of padding aside."""
        mask = self.inputs.get("padding_mask", np.ones(self.logits.shape[:2], bool))
        np.testing.assert_allclose(scores[mask], self.logits[mask], rtol=0, atol=atol)


_CHECKPOINTS: dict[str, Checkpoint] = {}


def checkpoint_named(name: str) -> Checkpoint:
    """Each is read once."""
    if name not in _CHECKPOINTS:
        _CHECKPOINTS[name] = Checkpoint(name)
    return _CHECKPOINTS[name]


@pytest.fixture(params=CHECKPOINTS)
def checkpoint(request) -> Checkpoint:
    return checkpoint_named(request.param)


@pytest.fixture(params=CAUSAL)
def causal(request) -> Checkpoint:
    return checkpoint_named(request.param)


def refused(folder, kind, says):
    """Reading a folder is refused, in one sentence."""
    with pytest.raises(kind, match=says) as caught:
        from_huggingface(folder)
    message = str(caught.value)
    assert "\n" not in message and message.endswith(".") and not message.endswith("..")
    assert folder.name in message


def change_config(folder, **entries):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


class Hub:
    """Repositories of one commit each, and what was asked for."""

    def __init__(self):
        self.requests: list[str] = []
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.is_broken = False

    def give(self, name: str, folder: pathlib.Path, **others: bytes) -> None:
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.repositories[name] = {**files, **others}

    def answer(self, method: str, path: str) -> tuple[int, dict, bytes]:
        """-> status, headers, body."""
        self.requests.append(f"{method} {path}")
        if self.is_broken:
            return 503, {}, b""
        api = re.fullmatch(r"/api/models/([\w-]+/[\w-]+)(?:/(revision|tree)/(\w+))?", path)
        resolve = re.fullmatch(r"/([\w-]+/[\w-]+)/resolve/(\w+)/(\S+)", path)
        name = (api or resolve or {1: None})[1]
        if name not in self.repositories:
            return 404, {"X-Error-Code": "RepoNotFound"}, b""
        files = self.repositories[name]
        commit = hashlib.sha1(name.encode()).hexdigest()
        revision = (api[3] or "main") if api else resolve[2]
        if revision not in ("main", commit):
            return 404, {"X-Error-Code": "RevisionNotFound"}, b""
        if api and api[2] != "tree":
            listed = [{"rfilename": file} for file in files]
            return as_json({"id": name, "sha": commit, "siblings": listed})
        if api:
            return as_json(
                [
                    {"type": "file", "path": file, "size": len(body), "oid": etag(body)}
                    for file, body in files.items()
                ]
            )
        if resolve[3] not in files:
            return 404, {"X-Error-Code": "EntryNotFound"}, b""
        body = files[resolve[3]]
        return 200, {"ETag": f'"{etag(body)}"', "X-Repo-Commit": commit}, body


def as_json(content) -> tuple[int, dict, bytes]:
    return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


def etag(body: bytes) -> str:
    """As Git names a file."""
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A Hub on this machine, to which `huggingface_hub` turns, with an empty cache."""
    from huggingface_hub import _snapshot_download, constants, file_download

    hub = Hub()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = hub.answer(
                self.command, urllib.parse.unquote(self.path.split("?")[0])
            )
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    hub.cache = tmp_path / "hub"
    monkeypatch.setenv("NO_PROXY", "*")
    endpoint, template = constants.ENDPOINT, constants.HUGGINGFACE_CO_URL_TEMPLATE
    settings = {
        "ENDPOINT": hub.address,
        "HUGGINGFACE_CO_URL_TEMPLATE": template.replace(endpoint, hub.address),
        "HF_HUB_CACHE": str(hub.cache),
    }
    for module in (constants, file_download, _snapshot_download):  # old ones have copies
        for name, value in settings.items():
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)
    yield hub
    server.shutdown()
    server.server_close()
