"""What every pipeline's file has in common: JSON that says what it is, and of which version."""

import json
import os
from typing import ClassVar, Self

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidFileError
from mlm_tf.preprocessing.files import check_new_file, read_text, written_beside


class Saved:
    """Base of what is written as one JSON file and read again.

    A subclass writes `to_json`, whose object has `"format"` and `"version"`, and says by `_format`
    and `_versions` what it reads; the other entries are the arguments of its constructor.
    """

    _format: ClassVar[str]
    _versions: ClassVar[tuple[int, ...]]

    def to_json(self) -> str:
        """The pipeline as JSON, which `from_json` reads."""
        raise NotImplementedError(f"{type(self).__name__} does not define to_json().")

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The pipeline that `to_json` wrote.

        Raises:
            InvalidFileError: if the text is anything else.
        """
        return cls._from_json(text, f"text={shown(text)}")

    @classmethod
    def _arguments(cls, content: dict, version: int) -> dict:
        """The constructor's arguments, from what stands in the file beside its format."""
        return content

    @classmethod
    def _from_json(cls, text, source) -> Self:
        try:
            content = json.loads(text)
            if not isinstance(content, dict) or content.pop("format", None) != cls._format:
                raise ValueError(f"it has no format {cls._format!r}")
            version = content.pop("version", None)
            if version not in cls._versions:
                raise ValueError(f"its version is {version!r} and not {cls._versions[-1]}")
            return cls(**cls._arguments(content, version))
        # TypeError, KeyError: an entry too many or too few; RecursionError: brackets without end.
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise InvalidFileError(
                f"{source} is not a saved {cls.__name__} that this version of mlm_tf reads "
                f"({str(error).rstrip('.')}); save it again with pipeline.save()."
            ) from error

    def save(self, path: str | os.PathLike, overwrite: bool = False) -> None:
        """Write one JSON file, beside and then renamed; an existing file stays unless told.

        Raises:
            InvalidArgumentError: if there is a file already and `overwrite` is false, or a folder.
            MissingFileError: if the folder to write in does not exist.
        """
        with written_beside(check_new_file(path, overwrite)) as beside:
            beside.write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Read what `save` wrote.

        Raises:
            MissingFileError: if there is no such file.
            InvalidFileError: if it holds anything else.
        """
        text = read_text(path, f"saved {cls.__name__}")
        return cls._from_json(text, f"path={str(path)!r}")

    def __reduce__(self):
        """Pickled and copied as JSON: tables inside a graph, and tokenizers, cannot be."""
        return type(self).from_json, (self.to_json(),)
