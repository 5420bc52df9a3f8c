"""How similar people find two words, to compare word vectors with."""

from collections.abc import Iterable

from mlm_tf.checks import check_choice
from mlm_tf.corpora.downloads import read_lines

FILES = {
    "ws353": "wordsim/EN-WS-353-ALL.txt",
    "simlex999": "wordsim/EN-SIMLEX-999.txt",
}


def word_similarity(name: str) -> list[tuple[str, str, float]]:
    """Pairs of English words with the mean of people's scores, from 0 (unlike) to 10.

    `"ws353"`, WordSim-353, has 353 pairs scored for any relation ("coffee" and "cup"); names have
    capital letters, and two pairs come twice. `"simlex999"`, SimLex-999, has 999 pairs scored for
    likeness alone, so that "old" and "new" get 1.58.

    Encoding: ASCII; the first file has Windows line ends. The analogy questions, 19,544 in 14
    sections, are a file that gensim reads: `fetch_file("wordsim/questions-words.txt")`.

    No licence is stated; cite Finkelstein et al. (2002), Placing Search in Context, and Hill et al.
    (2015), SimLex-999. 7 and 18 kB; downloaded at the first call.

    Args:
        name: `"ws353"` or `"simlex999"`.

    Raises:
        InvalidArgumentError: for another name.
        DownloadError: see `fetch_file`.

    Example, on one line of a file:

    >>> _scored(["old\\tnew\\t1.58"])
    [('old', 'new', 1.58)]
    """
    check_choice("name", name, FILES)
    return _scored(read_lines(FILES[name], "ascii"))


def _scored(lines: Iterable[str]) -> list[tuple[str, str, float]]:
    """From lines of two words and a number, with tabs between them."""
    found = []
    for line in lines:
        word, other, score = line.split("\t")
        found.append((word, other, float(score)))
    return found
