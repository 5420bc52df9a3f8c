"""Files of the table, and what goes wrong said in this package's own errors."""

import re

import pytest

from mlm_tf.corpora import fetch_file, find_file, imdb, tiny_shakespeare
from mlm_tf.corpora.downloads import lines
from mlm_tf.errors import DownloadError, InvalidArgumentError, InvalidFileError
from tests.wrong_values import WRONG


def test_a_name_that_is_not_in_the_table_is_refused():
    with pytest.raises(
        InvalidArgumentError, match=r"name='imdb' is not in the table.*datasets\(\)"
    ):
        fetch_file("imdb")
    for name in WRONG["name"]:
        for look in (fetch_file, find_file):
            with pytest.raises(InvalidArgumentError, match=r"^name=.* is not in the table"):
                look(name)


def test_a_file_is_found_where_it_is_and_not_downloaded_where_it_is_not(
    tmp_path, stand_in, monkeypatch
):
    monkeypatch.delenv("MLM_TF_DATA", raising=False)  # where the genuine file may lie
    name = "tinyshakespeare/input.txt"
    assert find_file(name) is None
    stand_in(name, b"To be")
    assert find_file(name) == tmp_path / "data" / name
    cached = tmp_path / "cache" / name
    cached.parent.mkdir(parents=True)
    (tmp_path / "data" / name).rename(cached)
    assert find_file(name) == cached
    cached.write_bytes(b"or not")  # half of it, say
    assert find_file(name) is None


def test_a_wrong_file_is_no_file_that_is_not_there(tmp_path, stand_in):
    stand_in("tinyshakespeare/input.txt", b"To be")
    (tmp_path / "data" / "tinyshakespeare" / "input.txt").write_bytes(b"or not")
    with pytest.raises(InvalidFileError, match="instead of sha256"):
        find_file("tinyshakespeare/input.txt")


def test_without_the_network_a_loader_names_both_remedies(tmp_path, monkeypatch):
    monkeypatch.delenv("MLM_TF_DATA", raising=False)
    with pytest.raises(DownloadError) as caught:
        tiny_shakespeare()
    message = str(caught.value)
    assert "tinyshakespeare/input.txt cannot be downloaded" in message and "\n" not in message
    assert "check the connection" in message
    assert f"put the file at {tmp_path / 'cache'}" in message and "MLM_TF_DATA" in message
    assert isinstance(caught.value, OSError)


def test_a_wrong_file_in_a_folder_of_ones_own_is_named(tmp_path, monkeypatch):
    path = tmp_path / "data" / "tinyshakespeare" / "input.txt"
    path.parent.mkdir(parents=True)
    path.write_text("To be")
    monkeypatch.setenv("MLM_TF_DATA", str(tmp_path / "data"))
    with pytest.raises(InvalidFileError, match=re.escape(str(path))):
        tiny_shakespeare()


def test_a_bad_archive_is_named(stand_in):
    stand_in("imdb/aclImdb_v1.tar.gz", b"<html>")
    with pytest.raises(InvalidFileError, match=r"aclImdb_v1\.tar\.gz is no archive"):
        imdb()


def test_only_lf_and_cr_lf_end_a_line():
    text = "a\x85b\u2028c\x0bd\x1ce\r\n\nf\n"
    assert lines(text.encode()) == ["a\x85b\u2028c\x0bd\x1ce", "", "f"]
