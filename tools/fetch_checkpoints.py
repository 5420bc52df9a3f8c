"""Fetch real checkpoints, for the tests and for `mlm-tf chat smollm2`, into the cache.

    python tools/fetch_checkpoints.py [smollm2 minilm]

Each is what `mlm_tf.interop.fetch_checkpoint` says, which does it.
"""

import sys

from mlm_tf.errors import DownloadError
from mlm_tf.interop import fetch_checkpoint
from mlm_tf.interop.checkpoints import CHECKPOINTS


def main(*names: str) -> None:
    missing = []
    for name in names or CHECKPOINTS:
        try:
            print(fetch_checkpoint(name))
        except DownloadError as error:
            missing.append(str(error))
    if missing:
        raise SystemExit("\n".join(["Not fetched, so that their tests skip:", *missing]))


if __name__ == "__main__":
    main(*sys.argv[1:])
