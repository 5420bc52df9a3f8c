"""Where the loaders look: at genuine files if there are any, and never at the network."""

import dataclasses
import hashlib

import pytest

from mlm_tf.corpora import DATASETS


@pytest.fixture(autouse=True)
def no_network(tmp_path, monkeypatch):
    """Nothing is listening at port 1, and a file that gets there all the same is thrown away."""
    monkeypatch.setenv("MLM_TF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr("glove.fetch.PAUSES", ())
    for name, remote in DATASETS.items():
        changed = dataclasses.replace(remote, urls=("http://127.0.0.1:1/unreachable",))
        monkeypatch.setitem(DATASETS, name, changed)


@pytest.fixture
def genuine(data_dir):
    """A function that skips the test where one of the files of the table is missing."""

    def need(*names):
        for name in names:
            data_dir(*name.split("/"))

    return need


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """A function that puts other bytes in the place of a file of the table."""

    def give(name, content):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        checksum = f"sha256:{hashlib.sha256(content).hexdigest()}"
        monkeypatch.setitem(DATASETS, name, dataclasses.replace(DATASETS[name], checksum=checksum))
        monkeypatch.setenv("MLM_TF_DATA", str(tmp_path / "data"))

    return give
