"""20 Newsgroups: what people wrote to each other about twenty subjects, in 1993."""

import re

from mlm_tf.checks import check_boolean, check_choice
from mlm_tf.corpora.downloads import read_members
from mlm_tf.corpora.sentiment import LabelledText

ARCHIVE = "20newsgroups/20news-bydate.tar.gz"
# Lines that another post stands in, or that say so.
QUOTED = re.compile(r"\s*[>|]|.*(writes in|(writes|wrote|says|said):|^In article|^Quoted from)")


def newsgroups(split: str = "train", bare: bool = True) -> list[LabelledText]:
    """Posts to twenty newsgroups, cut by date into 11,314 to learn from and 7,532 to test on.

    A label is the name of the group, as "sci.space". The posts come in an order of groups that take
    turns, so that a slice holds all of them.

    The names and addresses in a header, and whole posts that are quoted, tell the group better than
    what is written does; what learns from them has learned who writes where. `bare` leaves both
    out, and signatures; some posts are empty then.

    Encoding: Latin-1, as far as one can tell.

    Splits: `"train"` and `"test"`, the later posts.

    Licence: none stated; cite Lang (1995), NewsWeeder: Learning to Filter Netnews. About 14 MB;
    downloaded at the first call.

    Args:
        split: `"train"` or `"test"`.
        bare: without headers, quoted lines and signatures.

    Raises:
        InvalidArgumentError: for another split, or a `bare` that is no truth value.
        DownloadError: see `fetch_file`.

    Example, on one post:

    >>> post = "From: a@b.c\\n\\nIn article <1> d writes:\\n> Why?\\nBecause.\\n--\\nA."
    >>> body_of(post)
    'Because.'
    """
    check_choice("split", split, ("train", "test"))
    bare = check_boolean("bare", bare)
    groups: dict[str, dict[int, str]] = {}
    for match, data in read_members(ARCHIVE, rf"20news-bydate-{split}/([\w.-]+)/(\d+)"):
        post = data.decode("latin-1").replace("\r\n", "\n")
        groups.setdefault(match[1], {})[int(match[2])] = body_of(post) if bare else post.strip()
    columns = [
        [LabelledText(posts[number], group) for number in sorted(posts)]
        for group, posts in sorted(groups.items())
    ]
    longest = max(map(len, columns), default=0)
    return [column[i] for i in range(longest) for column in columns if i < len(column)]


def body_of(post: str) -> str:
    """A post without its header, the lines that it quotes, and its signature.

    The header ends with the first empty line. A signature follows the last line of dashes, if that
    is not the first line of what is left.
    """
    lines = [line for line in post.partition("\n\n")[2].split("\n") if not QUOTED.match(line)]
    lines = "\n".join(lines).strip().split("\n")
    for place in range(len(lines) - 1, 0, -1):
        if lines[place].strip() and not lines[place].strip(" -"):
            lines = lines[:place]
            break
    return "\n".join(lines).strip()
