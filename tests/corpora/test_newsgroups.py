"""20 Newsgroups: read from the archive, from the network too, without what tells too much."""

import dataclasses
import hashlib
import http.server
import io
import tarfile
import threading

import pytest

from mlm_tf.corpora import DATASETS, LabelledText, datasets, newsgroups
from mlm_tf.corpora.newsgroups import ARCHIVE, body_of
from mlm_tf.errors import DownloadError, InvalidArgumentError

HEADER = "From: ann@example.org (Ann)\nSubject: Re: Moon\n\n"


def packed(posts):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, text in posts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode("latin-1"))
            archive.addfile(entry, io.BytesIO(text.encode("latin-1")))
    return file.getvalue()


SMALL = packed(
    {
        "20news-bydate-train/sci.space/10": HEADER + "Ten.",
        "20news-bydate-train/sci.space/9": HEADER + "Nine, café.",
        "20news-bydate-train/sci.space/8": HEADER + "> all quoted",
        "20news-bydate-train/comp.os.ms-windows.misc/7": HEADER + "Seven.",
        "20news-bydate-test/sci.space/99": HEADER + "Later.",
        "20news-bydate-train/sci.space/.notes": "no post",
    }
)


def test_groups_take_turns_and_posts_stand_by_number(stand_in):
    stand_in(ARCHIVE, SMALL)
    assert newsgroups() == [
        LabelledText("Seven.", "comp.os.ms-windows.misc"),
        LabelledText("", "sci.space"),
        LabelledText("Nine, café.", "sci.space"),
        LabelledText("Ten.", "sci.space"),
    ]
    assert newsgroups("test", bare=False) == [LabelledText(HEADER + "Later.", "sci.space")]


def test_header_quotes_and_signature_go():
    post = HEADER + (
        "In article <93@x> bob@y.z (Bob) writes:\n>Is it far?\n | very\nIt is.\n\n"
        "- three\n- days\n\n---\nAnn, Moon Society"
    )
    assert body_of(post) == "It is.\n\n- three\n- days"
    assert body_of(HEADER) == body_of("no header at all") == ""
    assert body_of(HEADER + "----\nA table") == "----\nA table"


@pytest.mark.parametrize("argument", [{"split": "all"}, {"bare": "yes"}])
def test_other_arguments_are_refused(argument):
    with pytest.raises(InvalidArgumentError, match=next(iter(argument))):
        newsgroups(**argument)


@pytest.fixture
def serve(monkeypatch):
    """A function that puts bytes behind the address of the archive, on this machine."""
    servers = []

    def start(content, checksum=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        url = f"http://127.0.0.1:{server.server_port}/files/5975967"
        checksum = checksum or f"sha256:{hashlib.sha256(content).hexdigest()}"
        changed = dataclasses.replace(DATASETS[ARCHIVE], urls=(url,), checksum=checksum)
        monkeypatch.setitem(DATASETS, ARCHIVE, changed)
        monkeypatch.delenv("MLM_TF_DATA", raising=False)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_it_is_downloaded_once_and_its_bytes_are_verified(serve):
    serve(SMALL)
    assert newsgroups("test")[0].text == "Later."
    serve(b"", f"sha256:{hashlib.sha256(SMALL).hexdigest()}")  # now from the cache
    assert newsgroups("test")[0].text == "Later."


def test_other_bytes_are_refused(serve):
    serve(SMALL, DATASETS[ARCHIVE].checksum)
    with pytest.raises(DownloadError, match="20news-bydate"):
        newsgroups()


def test_a_size_that_nobody_published_is_no_number_in_the_table():
    [line] = [line for line in datasets().splitlines() if line.startswith(ARCHIVE)]
    assert line.split()[1] == "?"
