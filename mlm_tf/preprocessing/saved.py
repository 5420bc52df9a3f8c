"""What every pipeline's file has in common: JSON that says what it is, and of which version."""

import json
import os
from typing import ClassVar, Self

from glove.writing import written_beside
from mlm_tf.checks import check_new_file, shown
from mlm_tf.errors import InvalidArgumentError, InvalidFileError
from mlm_tf.preprocessing.files import read_text

FORMATS: dict[str, type["Saved"]] = {}  # whose class is imported


class Saved:
    """Base of what is written as one JSON file and read again.

    A subclass says what its files are called, and by `get_config` what stands in them.

    Attributes:
        format: what a file says it is; files of this format are read by this class. Each class
            has its own, or is not saved: its files would be read as another's.
        versions: those of the format that this class reads.
        version: the one that is written.
    """

    format: ClassVar[str | None] = None
    versions: ClassVar[tuple[int, ...]] = (1,)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own = vars(cls).get("format")
        if own is None:
            return
        if not (isinstance(own, str) and own):
            raise InvalidArgumentError(
                f"format={shown(own)} of {cls.__name__} is not allowed; use a string of its own, "
                f"such as {_example(cls)}."
            )
        other = FORMATS.get(own, cls)
        if _place(other) != _place(cls):  # else made again, as when a cell is run twice
            raise InvalidArgumentError(
                f"format={own!r} is that of {'.'.join(_place(other))}, whose files {cls.__name__} "
                f"would read in its place; give it one of its own, such as {_example(cls)}."
            )
        FORMATS[own] = cls

    @classmethod
    def check_format(cls) -> None:
        """Raise if what is written would not be read as this class again."""
        if vars(cls).get("format") not in FORMATS:
            owner = FORMATS.get(cls.format)
            why = f", but {owner.__name__}'s, as which it would be loaded" if owner else ""
            raise InvalidArgumentError(
                f"{cls.__name__} cannot be saved, since it has no format of its own{why}; write "
                f"format = {_example(cls)} in its class."
            )

    @property
    def version(self) -> int:
        return self.versions[-1]

    def get_config(self) -> dict:
        """The arguments of the constructor, of which JSON can be made."""
        raise NotImplementedError(f"{type(self).__name__} does not define get_config().")

    @classmethod
    def from_config(cls, config: dict, version: int) -> Self:
        """What has this config, written at a version of the format."""
        return cls(**config)

    def to_json(self) -> str:
        """The pipeline as JSON, which `from_json` reads.

        Raises:
            InvalidArgumentError: if its class has no `format` of its own.
        """
        self.check_format()
        content = {"format": self.format, "version": self.version, **self.get_config()}
        return json.dumps(content, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The pipeline that `to_json` wrote; of `Pipeline`, whatever class the format names.

        Raises:
            InvalidFileError: if the text is anything else.
        """
        return cls._from_json(text, f"text={shown(text)}")

    @classmethod
    def _from_json(cls, text: str, source: str) -> Self:
        classes = {cls.format: cls}
        if cls.format is None:
            classes = {name: kind for name, kind in FORMATS.items() if issubclass(kind, cls)}
        try:
            content = json.loads(text)
            content = content if isinstance(content, dict) else {}
            written_as, version = content.pop("format", None), content.pop("version", None)
            if written_as not in classes:
                known = " or ".join(map(repr, classes))
                raise ValueError(f"its format is {shown(written_as)} and not {known}")
            found = classes[written_as]
            if version not in found.versions:
                raise ValueError(f"its version is {version!r} and not {found.versions[-1]}")
            return found.from_config(content, version)
        # TypeError, KeyError: an entry too many or too few; RecursionError: brackets without end.
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise InvalidFileError(
                f"{source} is not a saved {cls.__name__} that this version of mlm_tf reads "
                f"({str(error).rstrip('.')}); save it again with save()."
            ) from error

    def save(self, path: str | os.PathLike, overwrite: bool = False) -> None:
        """Write one JSON file, beside and then renamed; an existing file stays unless told.

        Raises:
            InvalidArgumentError: if there is a file already and `overwrite` is false, or a folder,
                or if its class has no `format` of its own.
            MissingFileError: if the folder to write in does not exist.
        """
        text = self.to_json()
        with written_beside(check_new_file(path, overwrite)) as beside:
            beside.write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Read what `save` wrote; of `Pipeline`, whatever class the format names.

        Raises:
            MissingFileError: if there is no such file.
            InvalidFileError: if it holds anything else.
        """
        text = read_text(path, f"saved {cls.__name__}")
        return cls._from_json(text, f"path={str(path)!r}")

    def __reduce__(self):
        """Pickled and copied as JSON: tables inside a graph, and tokenizers, cannot be."""
        return _copied, (type(self), json.dumps(self.get_config()), self.version)


def _copied(cls: type[Saved], config: str, version: int) -> Saved:
    return cls.from_config(json.loads(config), version)


def _place(cls: type) -> tuple[str, str]:
    return cls.__module__, cls.__qualname__


def _example(cls: type) -> str:
    return repr(f"{cls.__module__.rpartition('.')[2].strip('_')}.{cls.__name__}")
