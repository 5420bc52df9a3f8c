"""What a topic brings: its words, and the sentences that only it can say."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlm_tf.corpora.grammar.lexicon import Value, with_article, words

Both = tuple[str, str]  # a template in English and the same in Chinese


def people(text: str) -> list[Value]:
    """Roles, with their articles."""
    return [{**value, "a": with_article(value["en"])} for value in words(text)]


def aspects(text: str) -> list[Value]:
    """What one may have an opinion of: `prices:price 价钱`, "+" before what is plural."""
    found = []
    for value in words(text):
        noun, _, kind = value["en"].partition(":")
        many = noun.startswith("+")
        found.append(
            {**value, "en": noun.lstrip("+"), "kind": kind, "was": "were" if many else "was"}
        )
    return found


@dataclass(frozen=True)
class Topic:
    """A topic of stories.

    Attributes:
        name: in English and Chinese.
        places: where it happens, after "the".
        things: what is brought in the first sentence and comes back in later ones.
        roles: what the third person is.
        aspects: what one has an opinion of.
        openings: what somebody, who was named, did where, with the things.
        events: what happens, with the third person.
        details: what else happens; the sentence may be missing.
        sayings: what is said, without the quotation marks.
        endings: the things once more.
        summaries: the story in one sentence, up to what it was like.
    """

    name: Both
    places: Sequence[Value]
    things: Sequence[Value]
    roles: Sequence[Value]
    aspects: Sequence[Value]
    openings: Sequence[Both]
    events: Sequence[Both]
    details: Sequence[Both]
    sayings: Sequence[Both]
    endings: Sequence[Both]
    summaries: Sequence[Both]
