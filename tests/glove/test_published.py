"""Published vectors: from whichever source answers, verified, and only what was asked for."""

import gzip
import hashlib
import io
import re
import socket
import zipfile

import pytest

import glove
from glove.errors import GloveDownloadError, GloveFileError, GloveNotFoundError, GloveValueError
from glove.fetch import Remote
from glove.published import PUBLISHED, download, on_disk

NAME = "glove.6B.2d"
TEXT = b"the 1 2\nof 3 4\n"
MIRRORED = gzip.compress(b"2 2\n" + TEXT, mtime=0)  # gensim-data has the header of word2vec


def packed(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.txt", content)
    return stream.getvalue()


ARCHIVE = packed(**{NAME: TEXT, "glove.6B.3d": b"the 1 2 3\n"})


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MLM_TF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GLOVE_CACHE", str(tmp_path / "vectors"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr("glove.fetch.PAUSES", ())
    return tmp_path / "cache" / "glove"


@pytest.fixture
def publish(monkeypatch):
    """A function that gives NAME two sources at these addresses."""

    def publish(mirror="http://unused/a", stanford="http://unused/b", archive=ARCHIVE):
        def remote(file, url, content):
            checksum = f"sha256:{hashlib.sha256(content).hexdigest()}"
            return Remote(f"glove/{file}", (url,), checksum, len(content), "PDDL", "")

        sources = {
            "gensim-data": remote("glove-wiki-gigaword-2.gz", mirror, MIRRORED),
            "stanford": remote("glove.6B.zip", stanford, archive),
        }
        monkeypatch.setitem(PUBLISHED, NAME, sources)

    return publish


@pytest.fixture
def nowhere():
    """An address at which nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{closed.getsockname()[1]}/a"


def left_in(folder):
    return sorted(p.name for p in folder.iterdir() if not p.name.endswith(".lock"))


# === Where from ===


def test_the_mirror_is_asked_first_since_it_sends_less(server, publish, cache):
    publish(server.give("/a", MIRRORED), server.give("/b", ARCHIVE))
    path = download(NAME)
    assert path == cache / "glove-wiki-gigaword-2.gz"
    assert path.read_bytes() == MIRRORED
    assert server.requests == [("/a", None)]


def test_of_the_archive_only_the_member_is_unpacked(server, publish, cache):
    publish(stanford=server.give("/b", ARCHIVE))
    path = download(NAME, source="stanford")
    assert path == cache / f"{NAME}.txt"
    assert path.read_bytes() == TEXT
    assert left_in(cache) == [f"{NAME}.txt", "glove.6B.zip"]


def test_what_was_unpacked_is_found_again_without_the_archive(server, publish, cache):
    publish(stanford=server.give("/b", ARCHIVE))
    path = download(NAME, source="stanford")
    (cache / "glove.6B.zip").unlink()
    assert download(NAME) == download(NAME, source="stanford") == path
    assert len(server.requests) == 1


def test_a_mirror_that_fails_hands_on_to_the_archive(server, publish, nowhere):
    publish(nowhere, server.give("/b", ARCHIVE))
    assert download(NAME).read_bytes() == TEXT


def test_wrong_bytes_are_refused_whoever_sends_them(server, publish, cache):
    publish(server.give("/a", MIRRORED[:-1] + b"!"), server.give("/b", ARCHIVE[:-1] + b"!"))
    with pytest.raises(GloveDownloadError) as caught:
        download(NAME)
    message = str(caught.value)
    assert message.count("does not match") == 2 and "\n" not in message
    assert "glove-wiki-gigaword-2.gz" in message and "glove.6B.zip" in message
    assert left_in(cache) == []


def test_a_source_that_was_asked_for_is_the_only_one(server, publish, nowhere):
    publish(nowhere, server.give("/b", ARCHIVE))
    with pytest.raises(GloveDownloadError, match="no connection"):
        download(NAME, source="gensim-data")
    assert server.requests == []


def test_a_transfer_that_broke_off_goes_on(server, publish):
    publish(server.give("/a", MIRRORED, server.whole(cut=20)))
    with pytest.raises(GloveDownloadError):
        download(NAME, source="gensim-data")
    assert download(NAME).read_bytes() == MIRRORED
    assert server.requests[-1] == ("/a", "bytes=20-")


@pytest.mark.parametrize(
    ("file", "content"),
    [("glove.6B.2d.txt", TEXT), ("glove-wiki-gigaword-2.gz", MIRRORED)],
    ids=["text", "packed"],
)
def test_what_a_data_folder_has_is_used_where_it_lies(
    publish, cache, tmp_path, monkeypatch, file, content
):
    path = tmp_path / "data" / "glove" / file
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    monkeypatch.setenv("MLM_TF_DATA", str(tmp_path / "data"))
    publish()
    assert download(NAME) == path and on_disk(NAME) == [path]
    assert not cache.exists()


# === What goes wrong ===


def test_an_unknown_name_or_source_is_told_what_there_is(publish):
    publish()
    with pytest.raises(GloveValueError, match=r"name='glove.7B'.*glove\.840B\.300d"):
        download("glove.7B")
    with pytest.raises(GloveValueError, match=r"source='mars'.*one of gensim-data, stanford"):
        download(NAME, source="mars")
    with pytest.raises(GloveNotFoundError, match=r"'glove.7B'.*glove\.840B\.300d"):
        glove.load("glove.7B")


def test_an_archive_without_the_member_is_named(server, publish, cache):
    archive = packed(**{"glove.6B.3d": b"the 1 2 3\n"})
    publish(stanford=server.give("/b", archive), archive=archive)
    with pytest.raises(GloveFileError, match=rf"glove\.6B\.zip has no member '{NAME}\.txt'"):
        download(NAME, source="stanford")


def test_unpacking_that_fails_leaves_nothing(server, publish, cache, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    publish(stanford=server.give("/b", ARCHIVE))
    monkeypatch.setattr("glove.published.shutil.copyfileobj", full)
    with pytest.raises(GloveDownloadError, match=r"No space left.*MLM_TF_CACHE"):
        download(NAME, source="stanford")
    assert left_in(cache) == ["glove.6B.zip"]


# === Names ===


@pytest.mark.parametrize("name", [NAME, "glove-wiki-gigaword-2"])
def test_vectors_load_by_either_name(server, publish, name):
    publish(server.give("/a", MIRRORED))
    assert glove.load(name).index_to_key == ["the", "of"]


def test_a_second_load_by_name_neither_parses_nor_compares_checksums(server, publish, monkeypatch):
    monkeypatch.setattr("glove.files.WORTH_CACHING", 1)
    publish(server.give("/a", MIRRORED))
    first = glove.load(NAME)
    monkeypatch.setattr("glove.files.read_blocks", None)
    monkeypatch.setattr("glove.files.download", None)
    second = glove.load(NAME)
    assert first.index_to_key == second.index_to_key
    assert first.vectors.tobytes() == second.vectors.tobytes()


def test_the_genuine_sample_loads_by_its_name(data_dir, monkeypatch):
    path = data_dir("glove", "glove.6B.50d.sub.txt")
    monkeypatch.setenv("MLM_TF_DATA", str(path.parent.parent))
    assert download("glove.6B.50d.sub") == path
    assert len(glove.load("glove.6B.50d.sub")) == 9_163


def test_every_published_file_has_a_right_place_a_checksum_and_a_citation():
    for sources in PUBLISHED.values():
        for remote in sources.values():
            assert re.fullmatch(r"glove/[\w.-]+\.(gz|zip|txt)", remote.name)
            assert re.fullmatch(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}", remote.checksum)
            assert "Pennington" in remote.citation and "PDDL" in remote.licence
    assert {name.rsplit(".", 1)[0] for name in PUBLISHED} == {
        "glove.6B",
        "glove.twitter.27B",
        "glove.840B",
        "glove.6B.50d",
    }
