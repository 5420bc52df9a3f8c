"""What preprocessing did to a text, in numbers."""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from mlm_tf import viz
from mlm_tf.errors import EmptyCorpusError


@dataclass(frozen=True)
class PreprocessingReport:
    """Counts of one run of a pipeline over texts; prints as a table.

    `lengths` are tokens per text with start and end token, before truncation. `cut_share` is the
    share of these that truncation at `max_length` takes away, `padding_share` the share of all
    positions that are padding once every text is as long as the longest (or as `max_length`).
    `removed` counts each stopword that was dropped, `scrubbed` each kind of personal data that was
    replaced, if the pipeline does so. `bytes_per_token` is the compression: UTF-8
    bytes of the texts for each token.
    """

    texts: int
    num_bytes: int
    tokens: int
    types: int
    unknown_tokens: int
    removed: Counter
    lengths: np.ndarray
    max_length: int | None
    scrubbed: Counter = field(default_factory=Counter)

    @property
    def removed_tokens(self) -> int:
        return self.removed.total()

    @property
    def bytes_per_token(self) -> float:
        return self.num_bytes / max(self.tokens, 1)

    @property
    def unknown_share(self) -> float:
        return self.unknown_tokens / max(self.tokens, 1)

    @property
    def removed_share(self) -> float:
        return self.removed_tokens / max(self.tokens + self.removed_tokens, 1)

    @property
    def width(self) -> int:
        """The length of every row after padding."""
        return self.max_length or int(self.lengths.max(initial=0))

    @property
    def cut_share(self) -> float:
        kept = np.minimum(self.lengths, self.width).sum()
        return 1 - kept / max(self.lengths.sum(), 1)

    @property
    def padding_share(self) -> float:
        kept = np.minimum(self.lengths, self.width).sum()
        return 1 - kept / max(self.width * len(self.lengths), 1)

    def percentile(self, share: float) -> int:
        """A length that occurs, which `share` percent of the texts do not exceed."""
        return int(np.percentile(self.lengths, share, method="inverted_cdf"))

    def plot(self, path: str | os.PathLike | None = None):
        """The histogram of lengths, and what truncation and padding cost.

        Returns:
            A `matplotlib.figure.Figure`; with a path it is written there too, as a PNG.
        """
        return viz.length_histogram(self.lengths, self.max_length, path)

    def rows(self) -> list[tuple[str, str]]:
        """Label and value of each line."""
        percentiles = [self.percentile(share) for share in (50, 90, 95, 99, 100)]
        removed = ", ".join(f"{word} {count:,}" for word, count in self.removed.most_common(5))
        scrubbed = ", ".join(f"{kind} {count:,}" for kind, count in self.scrubbed.most_common())
        return [
            ("texts", f"{self.texts:,}"),
            ("tokens", f"{self.tokens:,}"),
            ("types", f"{self.types:,}"),
            ("compression", f"{self.bytes_per_token:.2f} bytes a token"),
            ("[UNK]", f"{self.unknown_share:.1%} of the tokens"),
            (
                "stopwords removed",
                f"{self.removed_tokens:,} ({self.removed_share:.1%})"
                + (f": {removed}" * bool(removed)),
            ),
            *([("personal data replaced", scrubbed)] * bool(scrubbed)),
            (
                "length (50, 90, 95, 99, 100 %)",
                ", ".join(str(p) for p in percentiles) + " tokens",
            ),
            (f"truncation at {self.width}", f"cuts {self.cut_share:.1%} of the tokens"),
            (f"padding to {self.width}", f"{self.padding_share:.1%} of the positions"),
        ]

    def __str__(self):
        width = max(len(label) for label, _ in self.rows())
        return "\n".join(f"{label:<{width}}  {value}" for label, value in self.rows())

    def __rich__(self):
        from rich.table import Table
        from rich.text import Text

        table = Table(show_header=False)
        for row in self.rows():
            table.add_row(*map(Text, row))  # Text: a word like "[b]" is no markup
        return table


def report_of(
    found: Iterable[tuple], is_unknown: Callable[[object], bool], max_length: int | None
) -> PreprocessingReport:
    """The report on texts of which are given, batch by batch, `(bytes, what was scrubbed, tokens,
    removed tokens, tokens of each text)`.

    Raises:
        EmptyCorpusError: if there is no text.
    """
    tokens, removed, scrubbed, lengths, num_bytes = Counter(), Counter(), Counter(), [], 0
    for size, replaced, kept, dropped, of_texts in found:
        num_bytes += size
        scrubbed.update(replaced)
        tokens.update(kept)
        removed.update(dropped)
        lengths += [*of_texts]
    if not lengths:
        raise EmptyCorpusError("texts is empty, so there is nothing to report on; give texts.")
    return PreprocessingReport(
        texts=len(lengths),
        num_bytes=num_bytes,
        tokens=tokens.total(),
        types=len(tokens),
        unknown_tokens=sum(count for token, count in tokens.items() if is_unknown(token)),
        removed=removed,
        lengths=np.array(lengths) + 2,  # start and end
        max_length=max_length,
        scrubbed=scrubbed,
    )
