"""The vectors that the authors of GloVe published, and how to get them.

Stanford packs all sizes of a corpus into one archive; the collection gensim-data has each size as a
file of its own, about a sixth of the bytes. The vectors are the same.
"""

import shutil
from pathlib import Path, PurePosixPath

from glove.archives import members
from glove.errors import GloveDownloadError, GloveFileError, GloveValueError
from glove.fetch import Remote, cache_folder, data_folders, fetch
from glove.writing import written_beside

LICENCE = "PDDL 1.0"
CITATION = (
    "Jeffrey Pennington, Richard Socher and Christopher D. Manning (2014), "
    "GloVe: Global Vectors for Word Representation, EMNLP"
)
UNPACKED = 1 << 36  # bytes that may come out of an archive; the largest has a twelfth of it


def _remote(file: str, url: str, checksum: str, size: int | None) -> Remote:
    return Remote(f"glove/{file}", (url,), checksum, size, LICENCE, CITATION)


def _stanford(file: str, sha256: str, size: int | None = None) -> Remote:
    return _remote(file, f"https://nlp.stanford.edu/data/{file}", f"sha256:{sha256}", size)


def _gensim_data(name: str, md5: str, size: int) -> Remote:
    release = "https://github.com/RaRe-Technologies/gensim-data/releases/download"
    return _remote(f"{name}.gz", f"{release}/{name}/{name}.gz", f"md5:{md5}", size)


_6B = _stanford(
    "glove.6B.zip",
    "617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb",
    862_182_613,
)
TWITTER = _stanford(
    "glove.twitter.27B.zip",
    "792af52f795d1a32c9842a3240f5f3fe5e941a8ff6df5eb0f9d668092ebc019c",
)
_840B = _stanford(
    "glove.840B.300d.zip",
    "c06db255e65095393609f19a4cfca20bf3a71e20cc53e892aafa490347e3849f",
)
MIRRORED = {  # D: MD5 and bytes at gensim-data
    "wiki-gigaword": {
        50: ("c289bc5d7f2f02c6dc9f2f9b67641813", 69_182_535),
        100: ("40ec481866001177b8cd4cb0df92924f", 134_300_434),
        200: ("59652db361b7a87ee73834a6c391dfc1", 264_336_934),
        300: ("29e9329ac2241937d55b852e8284e89b", 394_362_229),
    },
    "twitter": {
        25: ("50db0211d7e7a2dcd362c6b774762793", 109_885_004),
        50: ("c168f18641f8c8a00fe30984c4799b2b", 209_216_938),
        100: ("b04f7bed38756d64cf55b58ce7e97b15", 405_932_991),
        200: ("e52e8392d1860b95d5308a525817d8f9", 795_373_100),
    },
}


def _both(corpus: str, archive: Remote, mirrored: str) -> dict[str, dict[str, Remote]]:
    return {
        f"glove.{corpus}.{size}d": {
            "gensim-data": _gensim_data(f"glove-{mirrored}-{size}", *file),
            "stanford": archive,
        }
        for size, file in MIRRORED[mirrored].items()
    }


# Each name and its sources, the quickest first. A zip archive has the member `<name>.txt`.
PUBLISHED: dict[str, dict[str, Remote]] = {
    **_both("6B", _6B, "wiki-gigaword"),
    **_both("twitter.27B", TWITTER, "twitter"),
    "glove.840B.300d": {"stanford": _840B},
    # The 9,163 first words of glove.6B.50d, enough to try things out.
    "glove.6B.50d.sub": {
        "github": _remote(
            "glove.6B.50d.sub.txt",
            "https://raw.githubusercontent.com/dheerajkotwani/Emojify/"
            "543b907163394d690ca376bb8bbf00c9f3453d02/data/glove.6B.50d.txt",
            "sha256:ca8fa2ae26d38a1c069860184b5fb2d9c6c031fe801a234d95b8b43c6563ab68",
            3_920_755,
        )
    },
}


def download(name: str, source: str | None = None) -> Path:
    """A file of published vectors on this machine, downloaded if it is nowhere yet.

    A source whose file is on this machine is taken first; otherwise one after the other is tried.
    Files are looked for and kept where `glove.fetch` says, as `glove/<file>`; it verifies a
    download, and resumes it where it broke off. Of Stanford's archives only the member that is
    asked for is unpacked, once; a `glove/<name>.txt` that is there is taken as it is.

    The vectors are published under the PDDL; cite Pennington, Socher and Manning (2014).

    Args:
        name: one of `glove.PUBLISHED`, such as "glove.6B.100d", or the name of the same vectors in
            gensim-data, such as "glove-wiki-gigaword-100".
        source: "gensim-data" or "stanford" takes no other source.

    Returns:
        The path of a `.txt` or `.gz` file for `load`.

    Raises:
        GloveValueError: there are no such vectors, or not from that source.
        GloveDownloadError: no source gave the right bytes; the message says why.
        GloveFileError: a file in a folder of `MLM_TF_DATA` is not what its name says, or an archive
            is damaged.

    Example:

    >>> import glove
    >>> path = glove.download("glove.6B.100d")                  # doctest: +SKIP
    >>> glove.load(path, limit=100_000)                         # doctest: +SKIP
    <gensim.models.keyedvectors.KeyedVectors object at ...>
    """
    name, sources = _sources(name)
    if source is not None:
        if not isinstance(source, str) or source not in sources:
            raise GloveValueError(
                f"source={source!r} does not have {name}; leave it out or choose one of "
                f"{', '.join(sources)}."
            )
        return _from(sources[source], name)
    failures = []
    for remote in sorted(sources.values(), key=lambda remote: not _here(remote, name)):
        try:
            return _from(remote, name)
        except GloveDownloadError as error:
            failures.append(error)
    if len(failures) == 1:
        raise failures[0]
    reasons = "; ".join(str(error).rstrip(".") for error in failures)
    raise GloveDownloadError(f"{name} cannot be had from any source: {reasons}.")


def on_disk(name: str) -> list[Path]:
    """The files on this machine that `download` might return, as they are, not yet verified.

    Args:
        name: as for `download`.
    """
    name, sources = _sources(name)
    return [path for remote in sources.values() for path in _here(remote, name)]


def is_published(name: str) -> bool:
    """Whether `download` knows the name."""
    return name in PUBLISHED or name in _mirror_names()


def _mirror_names() -> dict[str, str]:
    """The names that gensim-data gives to published vectors, and ours."""
    return {
        PurePosixPath(sources["gensim-data"].name).stem: name
        for name, sources in PUBLISHED.items()
        if "gensim-data" in sources
    }


def _sources(name: str) -> tuple[str, dict[str, Remote]]:
    if not isinstance(name, str) or not is_published(name):
        raise GloveValueError(
            f"name={name!r} is not the name of published vectors; choose one of "
            f"{', '.join(PUBLISHED)}."
        )
    name = _mirror_names().get(name, name)
    return name, PUBLISHED[name]


def _here(remote: Remote, name: str) -> list[Path]:
    """Where a source's file lies already: of an archive, the member that was unpacked."""
    file = f"glove/{name}.txt" if remote.name.endswith(".zip") else remote.name
    places = [folder / file for folder in (*data_folders(), cache_folder())]
    return [path for path in places if path.is_file()]


def _from(remote: Remote, name: str) -> Path:
    if not remote.name.endswith(".zip"):
        return fetch(remote)
    if texts := _here(remote, name):
        return texts[0]
    return _unpack(fetch(remote), name)


def _unpack(archive: Path, name: str) -> Path:
    path = cache_folder() / "glove" / f"{name}.txt"
    for member in members(archive, UNPACKED):
        if member.name == path.name:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with written_beside(path) as beside, open(beside, "wb") as file:
                    shutil.copyfileobj(member, file, 1 << 20)
            except OSError as error:
                raise GloveDownloadError(
                    f"{path} cannot be written ({error.strerror or error}); set MLM_TF_CACHE to a "
                    "folder that can."
                ) from error
            return path
    raise GloveFileError(f"{archive} has no member {path.name!r}; delete it and get it again.")
