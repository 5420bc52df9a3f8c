"""106 articles of the English Wikipedia, from gensim's wheel: real text without a download."""

import bz2
import html
import re

from mlm_tf.corpora.document import Document
from mlm_tf.corpora.segmentation import split_sentences

DUMP = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
LEAST_WORDS = 50  # an article with fewer is a redirect or a stub
LEAST_WORDS_IN_SENTENCE = 4  # less is a caption or the rest of a table

# Sections that hold no sentences.
LISTS = re.compile(
    r"(see also|references|notes|footnotes|external links|further reading|bibliography|sources|"
    r"works cited|citations|gallery|discography|filmography|works|publications)\b.*",
    re.IGNORECASE,
)
HEADING = re.compile(r"\s*(=+)\s*(.*?)\s*=+\s*")
# Lists, tables, definitions, leftovers of images, categories and links between languages.
NO_PROSE = re.compile(
    r"\s*([*#:;|!{}<]|thumb\b|right\b|left\b|\w*[Cc]ategory:|[Ii]mage:|[Ff]ile:|[a-z-]{2,12}:\S)|.*(\||\balt=)"
)

ENDED = re.compile(r"""[.!?…]["'”’)\]]*$""")  # captions and headings have no full stop

# What removed templates and links leave behind, in the order in which it is mended.
REPAIRS = [
    (re.compile(r"<[^>]*>"), ""),
    (re.compile(r"'{2,}"), ""),  # bold and italic
    (re.compile(r"\[\S+://\S+\s*([^\]]*)\]"), r"\1"),  # a link outwards: its words stay
    (re.compile(r"__[A-Z]+__"), ""),
    (re.compile(r"\(\s*[;,:]+\s*"), "("),
    (re.compile(r"\s*[;,:]+\s*\)"), ")"),
    (re.compile(r"[(\[]\s*(?:or|and|in|:|;|,|-|–|/|\s)*[)\]]"), ""),
    (re.compile(r"\(\s+"), "("),
    (re.compile(r"\s+\)"), ")"),
    (re.compile(r"\s+([,;.!?])(?=\s|$)"), r"\1"),
    (re.compile(r"([,;])(?:\s*[,;])+"), r"\1"),
    (re.compile(r"\s+"), " "),
]


def wikipedia() -> list[Document]:
    """106 Wikipedia articles, cleaned of markup, one sentence an element, case kept.

    The `lead` of an article, what stands before its first heading, sums up its `body`.

    They are the articles of at least 50 words in the shortened dump that gensim ships for its
    own tests: 18,000 sentences, 400,000 words. Three of them are lists and hold no sentence.
    Takes a few seconds and needs no network.

    Example:

    >>> articles = wikipedia()
    >>> len(articles), articles[0].title
    (106, 'Anarchism')
    >>> articles[0].sentences[1]
    'These are often described as stateless societies, although several authors have defined \
them more specifically as institutions based on non-hierarchical free associations.'

    Source: Wikipedia (CC BY-SA 3.0), as shipped by gensim (`gensim.test.utils.datapath`).
    """
    from gensim.corpora.wikicorpus import extract_pages, filter_wiki
    from gensim.test.utils import datapath

    documents = []
    with bz2.open(datapath(DUMP), "rb") as dump:
        for title, markup, _ in extract_pages(dump, filter_namespaces=("0",)):
            text = filter_wiki(markup)
            if len(text.split()) >= LEAST_WORDS:
                lead, body = (tuple(_prose(lines)) for lines in _lead_and_body(text))
                documents.append(Document(title, lead + body, lead_length=len(lead)))
    return documents


def _lead_and_body(text: str) -> tuple[list[str], list[str]]:
    """The lines before the first heading, and those from there on."""
    lines = html.unescape(text).splitlines()
    first = next((i for i, line in enumerate(lines) if HEADING.fullmatch(line)), len(lines))
    return lines[:first], lines[first:]


def prose(text: str) -> list[str]:
    """The sentences of an article whose templates and links gensim has resolved already."""
    return _prose(html.unescape(text).splitlines())


def _prose(lines: list[str]) -> list[str]:
    found, skipped_level = [], None
    for line in lines:
        heading = HEADING.fullmatch(line)
        if heading:
            level = len(heading[1])
            if skipped_level is None or level <= skipped_level:
                skipped_level = level if LISTS.fullmatch(heading[2]) else None
            continue
        if skipped_level is not None or NO_PROSE.match(line):
            continue
        for pattern, replacement in REPAIRS:
            line = pattern.sub(replacement, line)
        found += split_sentences(line)
    return [s for s in found if len(s.split()) >= LEAST_WORDS_IN_SENTENCE and ENDED.search(s)]
