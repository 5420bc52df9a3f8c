"""The table of downloads: what each row promises, and that the genuine bytes keep it."""

import re

import pytest
from rich.cells import cell_len

from mlm_tf.corpora import DATASETS, datasets, fetch_file

# Published by others, with a checksum, at an address that names no commit.
PUBLISHED = ("imdb/aclImdb_v1.tar.gz", "20newsgroups/20news-bydate.tar.gz")
NO_SIZE = PUBLISHED[1:]  # which nobody has published
URLS = {name: row.urls for name, row in DATASETS.items()}  # no_network changes them later


@pytest.mark.parametrize("name", DATASETS)
def test_a_row_says_what_the_bytes_are_and_whose(name):
    row = DATASETS[name]
    assert row.name == name and re.fullmatch(r"[\w-]+/[^/]+", name)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}", row.checksum)
    assert row.licence and row.citation
    assert row.size is None if name in NO_SIZE else row.size > 0


@pytest.mark.parametrize("name", [name for name in URLS if name not in PUBLISHED])
def test_an_address_leads_to_one_commit_and_never_to_a_branch(name):
    (url,) = URLS[name]
    assert re.match(r"https://raw\.githubusercontent\.com/[\w-]+/[\w-]+/[0-9a-f]{40}/", url)
    assert url.endswith(name.partition("/")[2])


@pytest.mark.parametrize("name", DATASETS)
def test_the_genuine_file_has_the_size_and_the_checksum_of_its_row(genuine, data_dir, name):
    genuine(name)
    assert fetch_file(name) == data_dir(*name.split("/"))
    assert DATASETS[name].size in (None, fetch_file(name).stat().st_size)


def test_the_printed_table_has_a_line_for_every_file_in_columns():
    first, *table = datasets().splitlines()
    assert first.split() == ["name", "kB", "licence", "citation"]
    assert [line.split("  ")[0] for line in table] == list(DATASETS)
    starts = set()
    for line, row in zip(table, DATASETS.values(), strict=True):
        size = "?" if row.size is None else f"{row.size / 1e3:,.0f}"
        assert f"{size}  {row.licence}" in line and line.endswith(row.citation)
        starts.add(cell_len(line[: line.index(row.licence)]))
    assert len(starts) == 1
