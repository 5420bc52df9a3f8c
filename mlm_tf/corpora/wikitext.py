"""WikiText-2: the small standard corpus of word-level language models."""

import re
from collections.abc import Sequence

from mlm_tf.checks import check_choice
from mlm_tf.corpora.document import Document
from mlm_tf.corpora.downloads import read_lines

FILES = {
    "train": "wikitext-2/train.txt",
    "validation": "wikitext-2/valid.txt",
    "test": "wikitext-2/test.txt",
}
TITLE = re.compile(r" = ([^=].*) = ")  # " = = Section = = " has more signs


def wikitext_2(split: str = "train") -> list[Document]:
    """Articles of the English Wikipedia, cut into words already.

    A document is an article, and each of its `sentences` is a line of the file: a paragraph, or
    the heading of a section (`= = Gameplay = =`). Spaces stand between all tokens, numbers are
    written `3 @,@ 000`, and every word seen fewer than three times is `<unk>`, in the titles too;
    all of that is kept as it is.

    Encoding: UTF-8. Splits, by article: `"train"`, `"validation"` and `"test"`, with 600, 60 and
    60 articles. Published perplexities count 2,088,628, 217,646 and 245,569 tokens, which are all
    words of the file and one end-of-line token for each of its lines, the blank ones included:
    `sum(len(line.split()) + 1 for line in fetch_file("wikitext-2/train.txt").open())`. Counted
    alike, titles and sentences of the documents, which lack the blank lines and the signs around a
    title, are 2,074,477, 216,227 and 243,982.

    Licence: CC BY-SA. Citation: Merity et al. (2016), Pointer Sentinel Mixture Models. 10.8, 1.1
    and 1.3 MB; downloaded at the first call.

    Args:
        split: `"train"`, `"validation"` or `"test"`.

    Raises:
        InvalidArgumentError: for another split.
        DownloadError: see `fetch_file`.

    Example, on an article of one line:

    >>> articles([" ", " = Cats = ", " ", " The <unk> sat . ", " "])
    [Document(title='Cats', sentences=('The <unk> sat .',))]
    """
    check_choice("split", split, FILES)
    return articles(read_lines(FILES[split]))


def articles(lines: Sequence[str]) -> list[Document]:
    """A document for each title among the lines, without the blank ones.

    A title has a blank line before and after it. Tables left in the text have lines of the same
    look, " = Wins ; L = ", that have not.
    """
    found: list[tuple[str, list[str]]] = []
    around = zip([" ", *lines[:-1]], lines, [*lines[1:], " "], strict=True)
    for before, line, after in around:
        title = TITLE.fullmatch(line)
        if title and not before.strip() and not after.strip():
            found.append((title[1], []))
        elif line.strip():
            found[-1][1].append(line.strip(" "))
    return [Document(title, tuple(sentences)) for title, sentences in found]
