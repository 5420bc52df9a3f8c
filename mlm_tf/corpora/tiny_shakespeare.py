"""Tiny Shakespeare: the classic text for character-level models."""

from mlm_tf.checks import check_choice
from mlm_tf.corpora.downloads import fetch_file

SPLITS = ("train", "validation")


def tiny_shakespeare(split: str = "train") -> str:
    """A megabyte of Shakespeare's plays as one text, with line breaks and speakers' names.

    Encoding: ASCII, 65 different characters. Splits: as in nanoGPT, `"train"` is the first 90 % of
    the characters (1,003,854) and `"validation"` the last 10 % (111,540), so that validation losses
    are comparable with the published ones.

    Licence: public domain. Source: Karpathy, char-rnn (2015), 1.1 MB; downloaded at the first call.

    Args:
        split: `"train"` or `"validation"`.

    Raises:
        InvalidArgumentError: for another split.
        DownloadError: see `fetch_file`.

    Example, on ten characters:

    >>> part("ROMEO: Ay!", "train"), part("ROMEO: Ay!", "validation")
    ('ROMEO: Ay', '!')
    """
    check_choice("split", split, SPLITS)
    return part(fetch_file("tinyshakespeare/input.txt").read_bytes().decode("ascii"), split)


def part(text: str, split: str) -> str:
    """The first 90 % of a text, or the rest."""
    end = int(len(text) * 0.9)
    return text[:end] if split == "train" else text[end:]
