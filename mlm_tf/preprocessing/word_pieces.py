"""WordPiece of a checkpoint, as `tokenizers` runs it: what the tokens of one are."""

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.losses import UNKNOWN_WORDS, in_order
from mlm_tf.preprocessing.tokenizer_engine import Tokens, losses_of, names_of, parts_of

# Before these its decoder writes no space, if it cleans up.
CLEANED = (" .", " ?", " !", " ,", " n't", " 'm", " 's", " 've", " 're")


def read_word_pieces(engine) -> Tokens:
    """What the tokens of a `tokenizers.Tokenizer` are.

    Raises:
        InvalidArgumentError: if it is no WordPiece.
    """
    from tokenizers import models

    if not isinstance(engine.model, models.WordPiece):
        raise _refusal(f"its model is {type(engine.model).__name__}")
    prefix, cleans = engine.model.continuing_subword_prefix, False
    for part in parts_of(engine.decoder):
        if part["type"] != "WordPiece":
            raise _refusal(f"what its decoder does, {part['type']}, is not what BERT's does")
        prefix, cleans = part["prefix"], part["cleanup"]
    names = names_of(engine)
    if engine.model.unk_token not in names:
        raise _refusal(f"its unknown token {shown(engine.model.unk_token)} is none of its tokens")
    spelled = [_spelled(name, prefix, cleans).encode() if name else b"" for name in names]
    losses = losses_of(engine, drops_first_space=False)
    if losses is not None:
        losses = in_order({*losses, "white space", UNKNOWN_WORDS})
    return Tokens(names, spelled, True, losses)


def _spelled(name: str, prefix: str, cleans: bool) -> str:
    """What a token adds to a text: its characters, and a space before them if it begins a word.

    >>> [_spelled(name, "##", True) for name in ("lamp", "##s", ".", "(")]
    [' lamp', 's', '.', ' (']
    """
    if prefix and name.startswith(prefix) and name != prefix:
        return name.removeprefix(prefix)
    spaced = f" {name}"
    return name if cleans and spaced.startswith(CLEANED) else spaced


def _refusal(problem: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"tokenizer is not WordPiece ({problem}); use the tokenizer.json of a BERT checkpoint."
    )
