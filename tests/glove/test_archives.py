"""Archives: every member that was packed, and nothing of one that is a trap."""

import gzip
import io
import stat
import tarfile
import tracemalloc
import zipfile

import pytest

from glove.archives import members
from glove.errors import GloveFileError

POEMS = {"poems/": None, "poems/star.txt": b"Twinkle", "poems/猫.txt": b"", "a": b"\0" * 5_000}


def make_zip(path, contents=POEMS):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content or b"")
    return path


def make_tar(path, contents=POEMS, kind=None):
    with tarfile.open(path, "w:gz" if path.name.endswith(".gz") else "w") as archive:
        for name, content in contents.items():
            entry = tarfile.TarInfo(name.rstrip("/"))
            entry.size = len(content or b"")
            entry.type = kind or (tarfile.DIRTYPE if content is None else tarfile.REGTYPE)
            entry.linkname = "/etc/passwd" if kind else ""
            archive.addfile(entry, io.BytesIO(content or b""))
    return path


MAKERS = {"a.zip": make_zip, "a.tar": make_tar, "a.tar.gz": make_tar}


@pytest.fixture(params=MAKERS)
def make(request, tmp_path):
    """A function that packs contents into an archive of one of the three kinds."""
    return lambda *contents: MAKERS[request.param](tmp_path / request.param, *contents)


def read(path, limit=1_000_000):
    return {member.name: member.read() for member in members(path, limit)}


def refused(path, limit=1_000_000):
    with pytest.raises(GloveFileError) as caught:
        read(path, limit)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message
    return message


def test_the_files_of_an_archive_come_with_their_names_and_bytes(make):
    assert read(make()) == {name: body for name, body in POEMS.items() if body is not None}


def test_a_member_can_be_passed_over_or_read_in_parts(make):
    found = [(m.name, m.read(3), m.read()) for m in members(make(), 90_000) if "star" in m.name]
    assert found == [("poems/star.txt", b"Twi", b"nkle")]


@pytest.mark.parametrize(
    "name", ["../evil", "poems/../../evil", "/etc/evil", "..\\evil", "C:\\evil", "C:evil", "\\evil"]
)
def test_a_name_that_leads_out_is_refused(make, tmp_path, name):
    message = refused(make({"poems/star.txt": b"Twinkle", name: b"evil"}))
    assert repr(name) in message and "leads out" in message
    assert sorted(p.name for p in tmp_path.parent.glob("**/evil")) == []


def test_a_zip_with_such_a_name_gives_no_member_at_all(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"star.txt": b"Twinkle", "../evil": b"evil"})
    with pytest.raises(GloveFileError):
        next(members(path, 1_000))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_a_link_or_device_in_a_tar_is_refused(tmp_path, kind):
    path = make_tar(tmp_path / "a.tar.gz", {"star.txt": b""}, kind)
    assert "'star.txt' that is a link or a device" in refused(path)


def test_a_link_in_a_zip_is_refused(tmp_path):
    entry = zipfile.ZipInfo("star.txt")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    assert "is a link or a device" in refused(tmp_path / "a.zip")


def test_what_unpacks_to_more_than_the_limit_is_refused(make):
    bomb = make({str(number): b"\0" * 400_000 for number in range(3)})
    assert "more than 1,000,000 bytes" in refused(bomb)
    assert len(read(bomb, limit=1_300_000)) == 3


def test_a_bomb_stops_at_the_limit_and_not_when_memory_ends(tmp_path):
    """A gigabyte of zeros in a megabyte: unpacked whole, it would take many seconds."""
    with gzip.open(tmp_path / "a.tar.gz", "wb", compresslevel=1) as file:
        entry = tarfile.TarInfo("zeros")
        entry.size = 1 << 40  # a terabyte, says the header
        file.write(entry.tobuf())
        for _ in range(64):
            file.write(bytes(1 << 20))
    assert "decompression bomb" in refused(tmp_path / "a.tar.gz")


def test_no_more_than_the_limit_is_ever_in_memory(make):
    bomb = make({"zeros": bytes(50_000_000)})
    tracemalloc.start()
    refused(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_header_that_lies_about_the_size_does_not_help_a_bomb(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"zeros": bytes(5_000_000)})
    packed = path.read_bytes()
    assert packed.count((5_000_000).to_bytes(4, "little")) == 2  # in its own and in the directory
    path.write_bytes(packed.replace((5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(GloveFileError):
        assert len(read(path)["zeros"]) <= 10


def test_a_damaged_archive_is_named(make):
    path = make({"star.txt": bytes(range(256)) * 400})
    whole = path.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"<html>Please log in</html>" * 100):
        path.write_bytes(content)
        assert "no archive that can be read" in refused(path)


@pytest.mark.parametrize("place", [60, 200, -60])
def test_flipped_bits_are_found(tmp_path, place):
    path = make_zip(tmp_path / "a.zip", {"star.txt": bytes(range(256)) * 400})
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(content)
    refused(path)
