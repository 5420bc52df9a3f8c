"""Peers that a benchmark measures and a test compares with."""

from mlm_tf import TextPipeline
from mlm_tf.preprocessing.scripts import pieces_within


def subword_tokenizer(pipeline: TextPipeline):
    """The subwords of a pipeline as a `tokenizers.Tokenizer`, in its byte-level alphabet."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    alphabet = dict(zip(printable, map(chr, printable), strict=True))
    alphabet |= {byte: chr(256 + i) for i, byte in enumerate(others)}
    pieces = pipeline._level.token_bytes
    vocabulary = {"".join(alphabet[b] for b in pieces[i]): i for i in range(6, len(pieces))}
    tokenizer = Tokenizer(
        models.WordPiece(
            {"[UNK]": 1, **vocabulary},
            unk_token="[UNK]",
            continuing_subword_prefix="",
            max_input_chars_per_word=10**6,
        )
    )
    if pipeline.normalization is not None:
        tokenizer.normalizer = getattr(normalizers, pipeline.normalization)()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pieces_within()), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return tokenizer
