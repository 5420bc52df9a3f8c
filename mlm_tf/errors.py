"""The errors of this package: one hierarchy, each kind also the built-in it refines.

Every message is one sentence that names the argument, the value received, what is allowed and
what to do. The command line prints that sentence without a traceback and exits with status 2.
"""


class MlmError(Exception):
    """Base class of every error that `mlm_tf` raises on purpose."""


class InvalidArgumentError(MlmError, ValueError):
    """An argument has a value that cannot work."""


class EmptyCorpusError(MlmError, ValueError):
    """There is no text, or too little of it, for what was asked."""


class MissingFileError(MlmError, FileNotFoundError):
    """A file that was named does not exist."""


class InvalidFileError(MlmError, ValueError):
    """A file exists but does not hold what was expected of it."""


class MissingDependencyError(MlmError, ImportError):
    """An optional package is not installed."""


class DownloadError(MlmError, OSError):
    """A file could not be downloaded, or not be written where downloads are kept."""
