"""How much of a vocabulary, and of a text, starts from known vectors."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlm_tf.viz.fonts import visible

if TYPE_CHECKING:
    from rich.table import Table

POLICIES = {
    "lower case": "by lower case",
    "composed": "composed of known parts",
    "random": "random",
    "zero": "zero",
}


@dataclass(frozen=True)
class EmbeddingReport:
    """What `EmbeddingMatrix.report` found; `print` it, or give it to a rich console.

    Attributes:
        embedding_dim: D.
        rows_by_source: how many rows came from where.
        types: (types with a known vector, types). Special tokens do not count.
        tokens: the same, each type counted as often as it occurs; None without counts.
        policies: what became of the types that were not found: for "lower case",
            "composed", "random" and "zero", as far as they occur, (types, their tokens or None
            without counts).
        frequent_misses: types whose row is random or zero, the most frequent first, with their
            counts (None without counts; then in the order of the vocabulary).
    """

    embedding_dim: int
    rows_by_source: dict[str, int]
    types: tuple[int, int]
    tokens: tuple[int, int] | None
    policies: dict[str, tuple[int, int | None]]
    frequent_misses: tuple[tuple[str, int | None], ...]

    def _lines(self) -> list[tuple[str, str]]:
        sources = ", ".join(f"{source} {count:,}" for source, count in self.rows_by_source.items())
        lines = [
            ("rows", f"{sum(self.rows_by_source.values()):,} x {self.embedding_dim} ({sources})"),
            ("words with a known vector", _share(self.types)),
        ]
        if self.tokens is not None:
            lines.append(("tokens with a known vector", _share(self.tokens)))
        policies = (
            f"{types:,} {POLICIES[policy]}" + ("" if tokens is None else f" ({tokens:,} tokens)")
            for policy, (types, tokens) in self.policies.items()
        )
        lines.append(("words not found", ", ".join(policies) or "none"))
        misses = (
            visible(word) if count is None else f"{visible(word)} {count:,}"
            for word, count in self.frequent_misses
        )
        lines.append(("most frequent misses", ", ".join(misses) or "none"))
        return lines

    def __str__(self) -> str:
        width = max(len(name) for name, _ in self._lines())
        return "\n".join(f"{name:<{width}}  {value}" for name, value in self._lines())

    def __rich__(self) -> "Table":
        from rich.table import Table
        from rich.text import Text

        table = Table("embeddings", "")
        for name, value in self._lines():
            table.add_row(name, Text(value))  # Text: a word like "[b]" is no markup
        return table


def _share(part_and_whole: tuple[int, int]) -> str:
    part, whole = part_and_whole
    return f"{part:,} of {whole:,} ({part / whole:.1%})" if whole else "0 of 0"
