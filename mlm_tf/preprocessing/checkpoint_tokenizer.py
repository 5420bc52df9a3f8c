"""Which pipeline reads a checkpoint's `tokenizer.json`."""

from collections.abc import Sequence

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.byte_pair_pipeline import BytePairPipeline
from mlm_tf.preprocessing.chat_template import ChatTemplate
from mlm_tf.preprocessing.tokenizer_engine import make_engine, template_of, without_special
from mlm_tf.preprocessing.tokenizer_pipeline import TokenizerPipeline
from mlm_tf.preprocessing.word_piece_pipeline import WordPiecePipeline


def pipeline_of_tokenizer(
    tokenizer: str,
    *,
    end_ids: Sequence[int] = (),
    start_id: int | None = None,
    pad_id: int | None = None,
    vocabulary_size: int | None = None,
    max_sequence_length: int | None = None,
    chat_template: ChatTemplate | None = None,
) -> TokenizerPipeline:
    """The pipeline of a checkpoint: `BytePairPipeline` for BPE, `WordPiecePipeline` for WordPiece.

    A token that the tokenizer's own template writes before every text is the start token, whatever
    `start_id` says, and a text begins with it. Special tokens that the model has no vectors for
    are left out.

    Args:
        tokenizer: the content of a `tokenizer.json`.
        end_ids: at which a generated text ends, the first of them also the one that ends a text;
            if there are none, the one that the template writes behind every text.
        start_id: what an empty text begins with, if the template has none.
        pad_id: what fills a row, if there is such a token; that of BERT is found by its name, and
            so is its mask.
        vocabulary_size: number of ids of the model.
        max_sequence_length: the most tokens that it reads.
        chat_template: how conversations are written for a model that writes.

    Raises:
        InvalidArgumentError: for any other kind of tokenizer; without an end token; or for an end
            token that is a piece of text.

    Example:

    >>> from tokenizers import Tokenizer, models, pre_tokenizers, processors
    >>> from mlm_tf.preprocessing.byte_pair import BYTE_OF
    >>> tokens = {token: i for i, token in enumerate([*BYTE_OF, "<s>", "</s>"])}
    >>> tokenizer = Tokenizer(models.BPE(tokens, []))
    >>> tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    >>> tokenizer.post_processor = processors.TemplateProcessing("<s> $A", None, [("<s>", 256)])
    >>> pipeline = pipeline_of_tokenizer(tokenizer.to_str(), end_ids=[257])
    >>> type(pipeline).__name__, pipeline.encode(["a"])[0].tolist()
    ('BytePairPipeline', [256, 64, 257])
    """
    from tokenizers import models

    if vocabulary_size is not None:
        tokenizer = without_special(tokenizer, vocabulary_size)
    engine = make_engine(tokenizer)
    start, end = template_of(engine)
    end_ids = [*end_ids] or [i for i in [end] if i is not None]
    _check_ends(engine, end_ids)
    settings = {
        "end_id": end_ids[0],
        "start_id": start_id if start is None else start,
        "pad_id": pad_id,
        "vocabulary_size": vocabulary_size,
        "max_sequence_length": max_sequence_length,
        "other_end_ids": end_ids[1:],
        "begins_with_start": start is not None,
    }
    if isinstance(engine.model, models.BPE):
        return BytePairPipeline(tokenizer, **settings, chat_template=chat_template)
    if isinstance(engine.model, models.WordPiece):
        if pad_id is None:
            settings["pad_id"] = engine.token_to_id("[PAD]")
        mask_id = engine.token_to_id("[MASK]")
        return WordPiecePipeline(tokenizer, **settings, sep_id=end, mask_id=mask_id)
    raise InvalidArgumentError(
        f"tokenizer is of the kind {type(engine.model).__name__}, and BPE and WordPiece are read; "
        "use the tokenizer.json of a GPT-2, Llama, Mistral, Qwen or BERT checkpoint."
    )


def _check_ends(engine, end_ids: Sequence[int]) -> None:
    if not end_ids:
        raise InvalidArgumentError(
            "end_ids is empty, and the tokenizer writes no token behind a text; say which token "
            "ends one."
        )
    added = engine.get_added_tokens_decoder()
    for i in end_ids[1:]:
        if i not in added or not added[i].special:
            raise InvalidArgumentError(
                f"end_ids={shown([*end_ids])} names {shown(engine.id_to_token(i))}, which is a "
                "piece of text and no special token; leave in end_ids what ends a text."
            )
