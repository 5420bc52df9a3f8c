"""A home folder for a user who has none: no HOME and no entry in passwd, as in some containers.

gensim cannot be imported without one, others would write into a folder called "~", and caches need
a place. The folder is among the temporary files and nobody else's.
"""

import contextlib
import os
import tempfile


def _make_home() -> str:
    folder = os.path.join(tempfile.gettempdir(), f"home-{os.getuid()}")
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, mode=0o700)
    if os.stat(folder).st_uid != os.getuid():
        folder = tempfile.mkdtemp(prefix="home-")
    return folder


if os.path.expanduser("~") == "~":
    try:
        os.environ["HOME"] = _make_home()
    except OSError:  # nothing can be written: whoever wants to says so
        os.environ["HOME"] = os.path.join(os.sep, "nonexistent")
