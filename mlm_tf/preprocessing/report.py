"""What preprocessing did to a text, in numbers."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PreprocessingReport:
    """Counts of one run of a `TextPipeline` over texts; prints as a table.

    `lengths` are tokens per text with start and end token, before truncation. `cut_share` is the
    share of these that truncation at `max_length` takes away, `padding_share` the share of all
    positions that are padding once every text is as long as the longest (or as `max_length`).
    """

    texts: int
    tokens: int
    types: int
    unknown_tokens: int
    removed_tokens: int
    removed_most: list[tuple[str, int]]
    lengths: np.ndarray
    max_length: int | None

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

    def rows(self) -> list[tuple[str, str]]:
        """Label and value of each line."""
        # A length that occurs, which so many texts do not exceed.
        percentiles = np.percentile(self.lengths, (50, 90, 95, 99, 100), method="inverted_cdf")
        removed = ", ".join(f"{word} {count:,}" for word, count in self.removed_most[:5])
        return [
            ("texts", f"{self.texts:,}"),
            ("tokens", f"{self.tokens:,}"),
            ("types", f"{self.types:,}"),
            ("[UNK]", f"{self.unknown_share:.1%} of the tokens"),
            (
                "stopwords removed",
                f"{self.removed_tokens:,} ({self.removed_share:.1%})"
                + (f": {removed}" * bool(removed)),
            ),
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
