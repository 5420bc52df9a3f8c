"""The cache: a second load reads no text, and nothing wrong is ever taken from it."""

import gzip
import os
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest

import glove
from glove.cache import cache_entry

TEXT = "the 1 2\nof 3 4\nking 5 6\n"
OTHER = "the 7 8\nof 9 1\nking 2 3\n"  # as many bytes


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A cache that is not there yet, also for small files."""
    monkeypatch.setenv("GLOVE_CACHE", str(tmp_path / "cache" / "glove"))
    monkeypatch.setattr("glove.files.WORTH_CACHING", 1)
    return tmp_path / "cache" / "glove"


@pytest.fixture
def path(tmp_path):
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "vectors.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture
def no_parsing(monkeypatch):
    """A function after which reading a text fails."""
    return lambda: monkeypatch.setattr("glove.files.read_blocks", None)


def as_pairs(vectors):
    assert [vectors.key_to_index[word] for word in vectors.index_to_key] == [*range(len(vectors))]
    return dict(zip(vectors.index_to_key, vectors.vectors.tolist(), strict=True))


PAIRS = {"the": [1, 2], "of": [3, 4], "king": [5, 6]}


# === What is kept ===


def test_the_second_load_is_equal_and_parses_nothing(path, no_parsing):
    first = glove.load(path)
    no_parsing()
    second = glove.load(path)
    assert as_pairs(first) == as_pairs(second) == PAIRS
    assert first.most_similar("king") == second.most_similar("king")


def test_genuine_vectors_come_back_bit_for_bit(data_dir, no_parsing):
    path = data_dir("glove", "glove.6B.50d.sub.txt")
    parsed, first = glove.load(path, cache=False), glove.load(path)
    no_parsing()
    second = glove.load(path)
    assert parsed.index_to_key == first.index_to_key == second.index_to_key
    assert parsed.vectors.tobytes() == first.vectors.tobytes() == second.vectors.tobytes()


def test_nothing_is_written_beside_the_original(path, folder):
    glove.load(path)
    assert [p.name for p in path.parent.iterdir()] == ["vectors.txt"]
    assert [p.name for p in folder.iterdir()] == [cache_entry(path, None).name]


def test_without_a_variable_it_is_in_the_home_folder(path, tmp_path, monkeypatch):
    monkeypatch.delenv("GLOVE_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    glove.load(path)
    assert len(list((tmp_path / ".cache" / "glove").iterdir())) == 1


def test_a_link_and_a_relative_path_lead_to_the_same_entry(path, no_parsing, monkeypatch):
    glove.load(path)
    (path.parent / "link.txt").symlink_to(path)
    no_parsing()
    monkeypatch.chdir(path.parent)
    assert as_pairs(glove.load("link.txt")) == as_pairs(glove.load("vectors.txt")) == PAIRS


def test_members_of_an_archive_are_kept_apart(path, no_parsing):
    archive = path.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", TEXT)
        file.writestr("b.txt", OTHER)
    for _ in range(2):
        assert glove.load(archive, member="a.txt")["the"].tolist() == [1, 2]
        assert glove.load(archive, member="b.txt")["the"].tolist() == [7, 8]
        no_parsing()


def test_parts_are_taken_from_it_but_not_put_into_it(path, folder, no_parsing):
    def parts():
        yield as_pairs(glove.load(path, limit=2))
        yield as_pairs(glove.load(path, vocabulary=["king", "the", "queen"]))
        yield as_pairs(glove.load(path, vocabulary=["king", "the"], limit=2))
        yield glove.load(path, vocabulary=["queen"]).vectors.shape

    parsed = list(parts())
    assert not folder.exists()
    glove.load(path)
    no_parsing()
    assert list(parts()) == parsed


def test_duplicates_are_told_again_and_limit_counts_them(path, caplog):
    path.write_text("the 1 2\nthe 3 4\nof 5 6\nof 7 8\n")
    top = glove.load(path, limit=2).index_to_key
    for _ in range(2):
        caplog.clear()
        assert as_pairs(glove.load(path)) == {"the": [1, 2], "of": [5, 6]}
        assert "holds 2 words more than once" in caplog.text
        assert glove.load(path, limit=2).index_to_key == top == ["the"]


def test_a_small_file_is_not_worth_an_entry(path, folder, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("GLOVE_CACHE", str(folder))
    glove.load(path)
    assert not folder.exists()


def test_cache_false_leaves_it_alone(path, folder):
    glove.load(path, cache=False)
    assert not folder.exists()


# === What must never come from it ===


def test_a_file_that_has_changed_is_parsed_again_and_its_old_entry_goes(path, folder):
    glove.load(path)
    path.write_text(OTHER)
    os.utime(path, ns=(0, 1))
    assert glove.load(path)["the"].tolist() == [7, 8]
    assert [p.name for p in folder.iterdir()] == [cache_entry(path, None).name]


def test_writing_to_the_array_does_not_reach_the_next_load(path):
    for _ in range(2):  # parsed, mapped
        vectors = glove.load(path)
        vectors.vectors[:] = 0
    assert as_pairs(glove.load(path)) == PAIRS


@pytest.mark.parametrize("cut", [0, 1, 10, 40, 60])
def test_an_entry_that_is_cut_short_is_made_again(path, cut):
    glove.load(path)
    entry = cache_entry(path, None)
    whole = entry.read_bytes()
    for damaged in (whole[:cut], whole[: len(whole) - 1 - cut], whole + b"\0" * (1 + cut)):
        entry.write_bytes(damaged)
        assert as_pairs(glove.load(path, limit=3)) == PAIRS
        assert as_pairs(glove.load(path)) == PAIRS
        assert entry.read_bytes() == whole


def test_a_fault_in_the_text_leaves_no_entry(path, folder):
    path.write_text(TEXT + "queen 1 x\n")
    with pytest.raises(glove.GloveFileError, match="line 4"):
        glove.load(path)
    assert list(folder.iterdir()) == []


def test_a_process_killed_while_it_writes_leaves_no_entry(path, folder):
    program = (
        "import os, signal, sys, glove, glove.files\n"
        "glove.files.WORTH_CACHING = 1\n"
        "glove.files.complete = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "glove.load(sys.argv[1])\n"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True)
    assert ran.returncode == -9
    (left,) = folder.iterdir()
    assert as_pairs(glove.load(path)) == PAIRS
    assert left.exists()  # whoever writes it may be alive
    os.utime(left, (time.time() - 90_000,) * 2)
    path.write_text(OTHER)
    os.utime(path, ns=(0, 1))
    glove.load(path)
    assert [p.name for p in folder.iterdir()] == [cache_entry(path, None).name]


# === A folder that cannot be used ===


def test_a_cache_that_cannot_be_written_is_a_warning_and_no_failure(path, folder, caplog):
    folder.parent.mkdir()
    folder.write_text("a file where a folder is wanted: that stops the superuser, too")
    assert as_pairs(glove.load(path)) == PAIRS
    assert "not kept for the next time" in caplog.text and "GLOVE_CACHE" in caplog.text


def test_a_full_disk_is_a_warning_and_no_failure(path, folder, caplog, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("glove.files.complete", full)
    assert as_pairs(glove.load(path)) == PAIRS
    assert "No space left on device" in caplog.text
    assert list(folder.iterdir()) == []


def test_processes_at_once_all_get_the_vectors(path, folder):
    lines = "".join(f"w{row} {row} 0.5\n" for row in range(20_000))
    path = path.with_suffix(".gz")
    path.write_bytes(gzip.compress(lines.encode()))
    program = (
        "import sys, glove, glove.files\n"
        "glove.files.WORTH_CACHING = 1\n"
        "print(glove.load(sys.argv[1])['w19999'].tolist())\n"
    )
    arguments = [sys.executable, "-c", program, str(path)]
    running = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert {process.communicate()[0] for process in running} == {"[19999.0, 0.5]\n"}
    assert [p.name for p in folder.iterdir()] == [cache_entry(path, None).name]
    assert np.array_equal(glove.load(path).vectors[:, 0], np.arange(20_000))
