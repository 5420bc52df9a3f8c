"""The errors of the `glove` package; each is also the built-in error that it refines.

Every message is one sentence that names the argument or the file and line, the value received,
what is allowed and what to do.
"""


class GloveError(Exception):
    """Base class of every error that `glove` raises on purpose."""


class GloveValueError(GloveError, ValueError):
    """An argument has a value that cannot work."""


class GloveFileError(GloveError, ValueError):
    """A file exists but does not hold what was expected of it, or may not be written."""


class GloveNotFoundError(GloveError, FileNotFoundError):
    """A file that was named does not exist."""


class GloveDownloadError(GloveError, OSError):
    """A file could not be downloaded, or not be written where downloads are kept."""
