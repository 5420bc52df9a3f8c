"""Downloads: the right bytes or one clear sentence, whatever the network does meanwhile."""

import dataclasses
import gzip
import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import time

import pytest

import glove.fetch
from glove.errors import GloveDownloadError, GloveFileError, GloveValueError
from glove.fetch import Remote, fetch, find

BODY = random.Random(0).randbytes(100_000)
OTHER = random.Random(1).randbytes(100_000)
NAME = "rhymes/star.txt"


def remote(*urls, body=BODY, **changes):
    checksum = f"sha256:{hashlib.sha256(body).hexdigest()}"
    right = Remote(NAME, urls, checksum, len(body), "public domain", "Taylor (1806)")
    return dataclasses.replace(right, **changes)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache that is not there yet, and no pause between tries."""
    monkeypatch.setenv("MLM_TF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(glove.fetch, "PAUSES", (0.0, 0.0, 0.0))
    return tmp_path / "cache"


def put(folder, content):
    path = folder / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def partial(cache, content):
    path = put(cache, content)
    return path.rename(path.with_name("star.txt.partial"))


def left_in(cache):
    """The names of what lies beside the file, without the lock, which is empty."""
    return sorted(p.name for p in (cache / "rhymes").iterdir() if not p.name.endswith(".lock"))


def refused(wanted, kind=GloveDownloadError):
    """The one sentence with which a fetch fails."""
    with pytest.raises(kind) as caught:
        fetch(wanted)
    message = str(caught.value)
    assert "\n" not in message and message.endswith(".")
    return message


# === Where the file is found ===


def test_the_file_lies_in_the_cache_and_nothing_beside_it(server, cache):
    path = fetch(remote(server.give("/a", BODY)))
    assert path == cache / NAME
    assert path.read_bytes() == BODY
    assert left_in(cache) == ["star.txt"]


def test_it_is_downloaded_once(server):
    wanted = remote(server.give("/a", BODY))
    assert fetch(wanted) == fetch(wanted)
    assert server.requests == [("/a", None)]


def test_genuine_bytes_arrive_through_a_broken_connection(server, data_dir):
    body = data_dir("wikitext-2", "valid.txt").read_bytes()
    wanted = remote(
        server.give("/维基/valid.txt", body, server.whole(cut=700_000)),
        checksum="sha256:f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
        size=1_121_681,
    )
    assert fetch(wanted).read_bytes() == body
    assert [asked for _, asked in server.requests] == [None, "bytes=700000-"]


def test_without_variables_the_cache_is_in_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("MLM_TF_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    right = put(tmp_path / ".cache" / "mlm_tf", BODY)
    assert fetch(remote("http://unused")) == right


def test_folders_are_searched_in_order_before_the_cache(monkeypatch, tmp_path, cache):
    put(cache, BODY)
    first, second = put(tmp_path / "1", BODY), put(tmp_path / "2", BODY)
    folders = [str(tmp_path / n) for n in "012"]  # there is no 0
    monkeypatch.setenv("MLM_TF_DATA", os.pathsep.join(folders))
    assert fetch(remote("http://unused")) == first
    first.unlink()
    assert fetch(remote("http://unused")) == second
    second.unlink()
    assert fetch(remote("http://unused")) == cache / NAME


def test_a_file_is_looked_for_without_a_download(server, cache):
    wanted = remote(server.give("/a", BODY))
    assert find(wanted) is None
    path = fetch(wanted)
    assert find(wanted) == path
    path.write_bytes(OTHER)
    assert find(wanted) is None
    assert server.requests == [("/a", None)]


IN_A_NOTEBOOK = """
import sys, types
shell = types.SimpleNamespace(config={"IPKernelApp": {}})
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: shell)
sys.modules["ipykernel.zmqshell"] = types.ModuleType("ipykernel.zmqshell")
sys.modules["ipywidgets"] = None
from glove.errors import GloveDownloadError
from glove.fetch import Remote, fetch, find
import glove.fetch
glove.fetch.PAUSES = ()
star = Remote("rhymes/star.txt", ("http://127.0.0.1:1/star",), "sha256:0", None, "", "")
assert find(star) is None
try:
    fetch(star)
except GloveDownloadError:
    print("not there")
"""


def test_a_notebook_without_widgets_is_told_nothing_of_them(cache):
    """tqdm, which pooch imports, warns there; no bar of its is ever drawn."""
    found = subprocess.run([sys.executable, "-c", IN_A_NOTEBOOK], capture_output=True, text=True)
    assert found.stdout == "not there\n"
    assert "Warning" not in found.stderr  # pooch says there what it downloads


def test_a_folder_that_is_searched_is_never_written_to(server, monkeypatch, tmp_path, cache):
    (tmp_path / "data" / "rhymes").mkdir(parents=True)
    monkeypatch.setenv("MLM_TF_DATA", str(tmp_path / "data"))
    assert fetch(remote(server.give("/a", BODY))) == cache / NAME
    assert list((tmp_path / "data" / "rhymes").iterdir()) == []


def test_a_wrong_file_in_such_a_folder_is_named_and_left_alone(monkeypatch, tmp_path):
    wrong = put(tmp_path / "data", OTHER)
    monkeypatch.setenv("MLM_TF_DATA", str(tmp_path / "data"))
    message = refused(remote("http://mirror/a"), GloveFileError)
    assert str(wrong) in message and "http://mirror/a" in message and "MLM_TF_DATA" in message
    assert wrong.read_bytes() == OTHER


@pytest.mark.parametrize("content", [b"", BODY[:-1], BODY + b"!", OTHER])
def test_a_wrong_file_in_the_cache_is_replaced(server, cache, content):
    put(cache, content)
    assert fetch(remote(server.give("/a", BODY))).read_bytes() == BODY


def test_md5_is_compared_too(server):
    url = server.give("/a", BODY)
    right, wrong = (f"md5:{hashlib.md5(body).hexdigest()}" for body in (BODY, OTHER))
    assert fetch(remote(url, checksum=right)).read_bytes() == BODY
    assert "does not match" in refused(remote(url, checksum=wrong))


# === A mirror of one's own ===


def test_a_mirror_is_asked_first_for_the_file_by_its_name(server, monkeypatch, cache):
    server.give(f"/data/{NAME}", BODY)
    monkeypatch.setenv("MLM_TF_MIRROR", f"{server.address}/data/")
    assert fetch(remote("http://unused")) == cache / NAME
    assert server.requests == [(f"/data/{NAME}", None)]


def test_a_mirror_in_capitals_with_spaces_around_is_one(server, monkeypatch, cache):
    server.give(f"/data/{NAME}", BODY)
    address = server.address.replace("http://", "HTTP://")
    monkeypatch.setenv("MLM_TF_MIRROR", f" {address}/data/ ")
    assert fetch(remote("http://unused")) == cache / NAME


def test_a_mirror_that_passes_addresses_on_gets_the_address(server, monkeypatch):
    server.give("/https://example.org/star.txt", BODY)
    monkeypatch.setenv("MLM_TF_MIRROR", server.address + "/{url}")
    assert fetch(remote("https://example.org/star.txt")).read_bytes() == BODY


@pytest.mark.parametrize(
    "instead", [None, b"<html>503</html>", OTHER], ids=["404", "page", "other"]
)
def test_where_a_mirror_has_not_the_right_file_the_address_is_asked(server, monkeypatch, instead):
    if instead is not None:
        server.give(f"/{NAME}", instead)
    monkeypatch.setenv("MLM_TF_MIRROR", server.address)
    assert fetch(remote(server.give("/a", BODY))).read_bytes() == BODY
    assert [path for path, _ in server.requests] == [f"/{NAME}", "/a"]


def test_what_a_mirror_said_is_told(server, monkeypatch):
    monkeypatch.setenv("MLM_TF_MIRROR", server.address)
    message = refused(remote(f"{server.address}/b"))
    assert f"{server.address}/{NAME}: the server answers 404" in message


@pytest.mark.parametrize(
    "value",
    [
        "mirror.example.org",
        "/srv/mirror",
        "file:///srv/mirror",
        "https://{host}/",
        "http://",
        "http://mirror.example.org/data?token=1",
        "http://mirror.example.org/data#here",
    ],
)
def test_a_mirror_that_is_no_address_is_refused(monkeypatch, value):
    monkeypatch.setenv("MLM_TF_MIRROR", value)
    message = refused(remote("http://unused"), GloveValueError)
    assert repr(value) in message and "{url}" in message


# === A connection that breaks ===


@pytest.mark.parametrize("arrived", [1, 40_000, 99_999])
def test_a_cut_off_transfer_goes_on_where_it_stopped(server, arrived):
    wanted = remote(server.give("/a", BODY, server.whole(cut=arrived)))
    assert fetch(wanted).read_bytes() == BODY
    assert server.requests == [("/a", None), ("/a", f"bytes={arrived}-")]


def test_however_often_it_breaks_off_it_ends_if_each_try_gets_further(server):
    tries = [server.whole(cut=9_000)] * 11
    assert fetch(remote(server.give("/a", BODY, *tries))).read_bytes() == BODY
    assert len(server.requests) == 12


def test_a_later_call_goes_on_where_the_first_gave_up(server, cache):
    wanted = remote(server.give("/a", BODY, server.whole(cut=30_000), *[server.status(503)] * 3))
    assert "503" in refused(wanted)
    assert left_in(cache) == ["star.txt.partial"]
    assert fetch(wanted).read_bytes() == BODY
    assert server.requests[-1] == ("/a", "bytes=30000-")
    assert left_in(cache) == ["star.txt"]


def test_the_next_mirror_goes_on_where_the_first_gave_up(server):
    tries = server.whole(cut=30_000), *[server.status(503)] * 3
    urls = server.give("/a", BODY, *tries), server.give("/b", BODY)
    assert fetch(remote(*urls)).read_bytes() == BODY
    assert server.requests[-1] == ("/b", "bytes=30000-")


def test_a_server_without_ranges_starts_over(server):
    tries = server.whole(cut=30_000), server.whole(ranges=False)
    assert fetch(remote(server.give("/a", BODY, *tries))).read_bytes() == BODY


def test_a_server_without_ranges_that_always_breaks_off_is_given_up(server, cache):
    tries = [server.whole(cut=30_000, ranges=False)] * 99
    message = refused(remote(server.give("/a", BODY, *tries)))
    assert "the transfer broke off" in message
    assert len(server.requests) == 4
    assert left_in(cache) == ["star.txt.partial"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda server: server.status(416),
        lambda server: server.status(206, {"Content-Range": "bytes 0-99999/100000"}, BODY),
        lambda server: server.status(206, {}, BODY),
    ],
)
def test_a_range_that_was_not_asked_for_is_not_joined_on(server, answer):
    tries = server.whole(cut=30_000), answer(server)
    assert fetch(remote(server.give("/a", BODY, *tries))).read_bytes() == BODY
    assert server.requests[-1] == ("/a", None)


def test_a_body_without_a_length_that_ends_early_is_not_the_whole(server):
    tries = (server.status(200, {}, BODY[:50_000]),)
    assert fetch(remote(server.give("/a", BODY, *tries))).read_bytes() == BODY
    assert server.requests[-1] == ("/a", "bytes=50000-")


def test_a_transfer_that_ended_just_before_the_checksum_needs_no_network(cache):
    partial(cache, BODY)
    assert fetch(remote("http://127.0.0.1:1/a")).read_bytes() == BODY
    assert left_in(cache) == ["star.txt"]


def test_what_was_left_from_something_else_is_thrown_away_and_all_asked_for_again(server, cache):
    partial(cache, OTHER[:30_000])
    assert fetch(remote(server.give("/a", BODY))).read_bytes() == BODY
    assert server.requests == [("/a", "bytes=30000-"), ("/a", None)]


def test_more_left_than_there_is_is_thrown_away_too(server, cache):
    partial(cache, BODY + OTHER)
    assert fetch(remote(server.give("/a", BODY))).read_bytes() == BODY


def test_a_size_that_nobody_published_is_not_needed(server):
    tries = (server.whole(cut=30_000),)
    wanted = remote(server.give("/a", BODY, *tries), size=None)
    assert fetch(wanted).read_bytes() == BODY


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_busy_server_is_asked_again(server, code):
    assert fetch(remote(server.give("/a", BODY, server.status(code)))).read_bytes() == BODY


def test_a_silent_server_is_given_up(server, monkeypatch):
    monkeypatch.setattr(glove.fetch, "TIMEOUTS", (1.0, 0.05))

    def silent(handler, body):
        server.status(200, {"Content-Length": str(len(body))})(handler, body)
        time.sleep(0.3)

    assert "the server does not answer" in refused(remote(server.give("/a", BODY, *[silent] * 4)))


def test_a_server_that_would_compress_is_asked_not_to(server):
    def compress(handler, body):
        if "gzip" in handler.headers["Accept-Encoding"]:
            body = gzip.compress(body)
        server.status(200, {"Content-Length": str(len(body))}, body)(handler, body)

    assert fetch(remote(server.give("/a", BODY, compress))).read_bytes() == BODY


def test_a_redirect_is_followed_with_its_range(server):
    end = server.give("/end", BODY, server.whole(cut=30_000))
    redirects = [server.status(302, {"Location": end})] * 2
    assert fetch(remote(server.give("/a", BODY, *redirects))).read_bytes() == BODY
    assert server.requests[-1] == ("/end", "bytes=30000-")


# === Nothing right to be had ===


def test_a_404_goes_to_the_next_mirror_at_once(server):
    urls = f"{server.address}/gone", server.give("/b", BODY)
    assert fetch(remote(*urls)).read_bytes() == BODY
    assert server.requests == [("/gone", None), ("/b", None)]


def test_404_everywhere_names_every_mirror_and_the_remedy(server, cache):
    urls = f"{server.address}/gone", f"{server.address}/lost"
    message = refused(remote(*urls))
    assert all(f"{url}: the server answers 404 Not Found" in message for url in urls)
    assert str(cache / NAME) in message and "MLM_TF_DATA" in message
    assert left_in(cache) == []


def test_a_wrong_checksum_goes_to_the_next_mirror(server):
    urls = server.give("/a", OTHER), server.give("/b", BODY)
    assert fetch(remote(*urls)).read_bytes() == BODY


@pytest.mark.parametrize("body", [OTHER, b"<html>Please log in</html>", BODY + b"!"])
def test_wrong_bytes_are_removed_and_the_checksums_named(server, cache, body):
    wanted = remote(server.give("/a", body))
    message = refused(wanted)
    assert wanted.checksum in message and "but got" in message
    assert left_in(cache) == []
    assert len(server.requests) == 1


def test_an_endless_answer_is_cut_off_soon_after_the_size(server, cache):
    sent = []

    def endless(handler, body):
        server.status(200)(handler, body)
        for _ in range(500):
            sent.append(handler.wfile.write(bytes(100_000)))  # 50 MB in all

    assert "does not match" in refused(remote(server.give("/a", b"", endless)))
    assert sum(sent) < 25_000_000  # what fits into the buffers between the two
    assert left_in(cache) == []


def test_wrong_bytes_from_the_start_are_not_asked_for_again(server, cache):
    partial(cache, BODY[:30_000])
    tries = server.whole(ranges=False, cut=40_000), server.whole()
    refused(remote(server.give("/a", OTHER, *tries)))
    assert [asked for _, asked in server.requests] == ["bytes=30000-", "bytes=40000-"]


def test_a_server_that_answers_everything_with_a_range_is_given_up(server):
    ranges = server.status(206, {"Content-Range": "bytes 0-99999/100000"}, OTHER)
    refused(remote(server.give("/a", OTHER, *[ranges] * 9)))
    assert len(server.requests) == 1


def test_wrong_bytes_never_replace_what_was_in_the_cache(server, cache):
    put(cache, b"older")
    refused(remote(server.give("/a", OTHER)))
    assert (cache / NAME).read_bytes() == b"older"


def test_no_network_names_both_remedies(cache):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/a"
    message = refused(remote(url))
    assert f"{url}: no connection" in message
    assert "check the connection" in message
    assert f"put the file at {cache / NAME}" in message
    assert f"as {NAME} into a folder that MLM_TF_DATA names" in message


@pytest.mark.parametrize("place", ["", "cache", "cache/rhymes"])
def test_a_cache_that_cannot_be_written_is_named(server, cache, place):
    """Where a folder is wanted lies a file: that stops the superuser too, as a mode would not."""
    blocker = cache.parent / place if place else cache
    blocker.parent.mkdir(exist_ok=True)
    blocker.write_bytes(b"")
    message = refused(remote(server.give("/a", BODY)))
    assert f"{cache / NAME} cannot be written" in message
    assert "set MLM_TF_CACHE" in message and "MLM_TF_DATA" in message
    assert server.requests == []


def test_a_full_disk_is_named_and_what_arrived_is_kept(server, cache, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(glove.fetch.os, "replace", full)
    assert "No space left on device" in refused(remote(server.give("/a", BODY)))
    assert left_in(cache) == ["star.txt.partial"]


def test_a_cache_without_leave_to_write_serves_what_it_has(server, cache, monkeypatch):
    right = put(cache, BODY)
    monkeypatch.setattr("filelock.FileLock", None)  # calling it would fail
    assert fetch(remote("http://unused")) == right


# === Several processes ===

PROGRAM = """
import sys
from glove.fetch import Remote, fetch
name, url, checksum, size = sys.argv[1:]
print(fetch(Remote(name, (url,), checksum, int(size), "", "")))
"""


def start(wanted):
    arguments = [wanted.name, wanted.urls[0], wanted.checksum, str(wanted.size)]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, text=True
    )


def test_two_processes_at_once_download_it_once(server, cache):
    wanted = remote(server.give("/a", BODY, server.whole(pause=0.2)))  # two seconds in all
    with start(wanted) as first, start(wanted) as second:
        printed = {process.communicate()[0].strip() for process in (first, second)}
    assert printed == {str(cache / NAME)}
    assert (cache / NAME).read_bytes() == BODY
    assert server.requests == [("/a", None)]
    assert left_in(cache) == ["star.txt"]


def test_a_process_killed_half_way_leaves_nothing_that_is_taken_for_whole(server, cache):
    wanted = remote(server.give("/a", BODY, server.whole(pause=0.5)))
    begun = cache / "rhymes" / "star.txt.partial"
    with start(wanted) as process:
        while not begun.exists() or begun.stat().st_size == 0:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert not (cache / NAME).exists()
    held = begun.stat().st_size
    assert 0 < held < len(BODY)
    assert fetch(wanted).read_bytes() == BODY
    assert server.requests[-1] == ("/a", f"bytes={held}-")


# === Progress ===


def test_the_bar_is_for_a_terminal(server, capsys, monkeypatch):
    import rich

    wanted = remote(server.give("/a", BODY))
    fetch(wanted)
    assert "star.txt" not in capsys.readouterr().out
    fetch(dataclasses.replace(wanted, name="rhymes/moon.txt"))
    monkeypatch.setattr(rich.get_console(), "_force_terminal", True)
    fetch(dataclasses.replace(wanted, name="rhymes/sun.txt"))
    assert "sun.txt" in capsys.readouterr().out
