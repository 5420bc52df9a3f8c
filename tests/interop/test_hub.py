"""A checkpoint by its name: downloaded once, without a pickle, and one sentence if not."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from keras import ops

from mlm_tf.errors import DownloadError, MissingFileError
from mlm_tf.interop import from_huggingface

NAME = "openai-community/gpt2"


@pytest.fixture
def downloads(hub, golden):
    """The Hub, which has the checkpoint, and beside it what nobody should ask for."""
    hub.give(NAME, golden.folder, **{"pytorch_model.bin": b"cos\nsystem\n", "README.md": b"#"})
    return hub


def refused(name, kind, **kwargs):
    """The one sentence with which it is refused."""
    with pytest.raises(kind) as caught:
        from_huggingface(name, **kwargs)
    message = str(caught.value)
    assert "\n" not in message and message.endswith(".") and name in message
    return message


def test_a_name_gives_the_model_of_its_folder(downloads, golden):
    model = from_huggingface(NAME)
    found, expected = (ops.convert_to_numpy(m(golden.token_ids)) for m in (model, golden.model))
    np.testing.assert_array_equal(found, expected)
    assert model.pipeline.vocabulary == golden.model.pipeline.vocabulary


def test_only_what_is_read_is_asked_for(downloads):
    from_huggingface(NAME)
    asked = {request.rsplit("/", 1)[-1] for request in downloads.requests if "resolve" in request}
    assert "model.safetensors" in asked
    assert not asked & {"pytorch_model.bin", "README.md", "expected.npz", "texts.json"}


def test_a_checkpoint_in_several_files_comes_with_its_index(hub, golden, tmp_path):
    folder = shutil.copytree(golden.folder, tmp_path / "shards")
    os.rename(folder / "model.safetensors", folder / "model-00001-of-00001.safetensors")
    index = {"weight_map": {"transformer.wte.weight": "model-00001-of-00001.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    hub.give(NAME, folder)
    found, expected = (
        ops.convert_to_numpy(m(golden.token_ids)) for m in (from_huggingface(NAME), golden.model)
    )
    np.testing.assert_array_equal(found, expected)


def test_the_second_time_it_comes_from_the_cache(downloads):
    from_huggingface(NAME)
    downloads.requests.clear()
    from_huggingface(NAME)
    assert not [request for request in downloads.requests if request.startswith("GET /openai")]


def test_without_a_network_the_cache_is_enough(downloads, golden):
    from_huggingface(NAME)
    downloads.is_broken = True
    model = from_huggingface(NAME)
    assert model.pipeline.vocabulary == golden.model.pipeline.vocabulary


def test_a_revision_is_a_branch_or_a_commit(hub, plain):
    hub.give(NAME, plain.folder)
    [snapshot] = (from_huggingface(NAME, revision="main"), *hub.cache.glob("*/snapshots/*"))[1:]
    from_huggingface(NAME, revision=snapshot.name)
    assert "no revision='gone'" in refused(NAME, MissingFileError, revision="gone")


def test_an_interrupted_download_is_not_taken_for_a_whole_one(hub, plain):
    hub.give(NAME, plain.folder)
    from_huggingface(NAME)
    [weights] = hub.cache.glob("*/snapshots/*/model.safetensors")
    weights.unlink()
    hub.is_broken = True
    assert "network" in refused(NAME, DownloadError)


def test_a_name_that_the_hub_does_not_have(hub):
    assert "neither a folder here" in refused("someone/nothing", MissingFileError)
    assert "neither a folder nor a name" in refused("./no/such/folder", MissingFileError)


def test_no_network_and_no_cache(hub):
    hub.is_broken = True
    assert "network" in refused(NAME, DownloadError)


def test_no_server_at_all(hub, monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    assert "network" in refused(NAME, DownloadError)


def test_a_checkpoint_of_pickles_alone_is_refused(hub, plain, tmp_path):
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "config.json").write_bytes((plain.folder / "config.json").read_bytes())
    hub.give("old/pickles", tmp_path / "only", **{"pytorch_model.bin": b"cos\nsystem\n"})
    with pytest.raises(MissingFileError, match=r"no model\.safetensors, and .* pickle .*\.$"):
        from_huggingface("old/pickles")
    assert not [request for request in hub.requests if "pytorch_model.bin" in request]


def test_a_fresh_process_reads_the_variables_of_huggingface_hub(hub, plain, tmp_path):
    hub.give(NAME, plain.folder)
    program = (
        f"from mlm_tf.interop import from_huggingface\nprint(from_huggingface({NAME!r}).pipeline)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "home")},
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == f"{plain.model.pipeline}\n"
    assert [*(tmp_path / "home" / "hub").glob("*/snapshots/*/config.json")]
