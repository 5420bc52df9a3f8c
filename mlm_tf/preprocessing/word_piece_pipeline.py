"""`WordPiecePipeline`: the tokenizer of a published BERT as the pipeline of a model."""

from collections.abc import Sequence

from mlm_tf.preprocessing.tokenizer_pipeline import TokenizerPipeline, check_id
from mlm_tf.preprocessing.word_pieces import read_word_pieces


class WordPiecePipeline(TokenizerPipeline):
    """Text to token ids and back with a given WordPiece, such as BERT's.

    A text is cut into words and signs, and each word from its left into the longest pieces that
    are tokens; those within a word begin with "##" (Wu et al. 2016, section 4.1; Devlin et al.
    2019). A word that cannot be cut so is the unknown token. `interop.from_huggingface` makes it.

    `decode` writes words with a space between them, and what else of a text is lost stands in
    `losses`: an uncased BERT makes it small and takes accents away.

    A text is `[CLS] text [SEP]`, two are `[CLS] first [SEP] second [SEP]`, in rows too. Special
    tokens that are written in a text get the ids of their characters, unless `allow_special=True`.

    Args:
        tokenizer: the content of a `tokenizer.json` (`Tokenizer.to_str()` of `tokenizers`).
        end_id: the token that ends a text, `[SEP]`.
        start_id: the token that a text begins with, `[CLS]`; by default the end token.
        pad_id: what fills a row; by default the end token, and the mask tells which is which.
        vocabulary_size: number of ids of the model, if it has more than the tokenizer; those are
            never drawn.
        max_sequence_length: the default length in `__call__`.
        other_end_ids: tokens at which a generated text ends too, if there are several.
        begins_with_start: whether a text begins with the start token.
        sep_id: the token between two texts, `[SEP]`; by default the end token.
        mask_id: the token that hides others, `[MASK]`; `None` if there is none.

    Attributes:
        vocabulary: list of tokens; the index is the id.
        unk_id: the unknown token, which the tokenizer itself names.
        counts: `None`: how often each token occurred is not known.

    Raises:
        InvalidArgumentError: for what is no WordPiece, or an id outside its vocabulary.

    Example:

    >>> from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
    >>> tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "lamp", "##s", "."]
    >>> vocabulary = {token: i for i, token in enumerate(tokens)}
    >>> tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    >>> tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    >>> tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    >>> tokenizer.decoder = decoders.WordPiece()
    >>> pipeline = WordPiecePipeline(tokenizer.to_str(), end_id=3, start_id=2, pad_id=0)
    >>> [ids] = pipeline.encode(["A lamp, lamps."])
    >>> [pipeline.vocabulary[i] for i in ids]
    ['[CLS]', 'a', 'lamp', '[UNK]', 'lamp', '##s', '.', '[SEP]']
    >>> pipeline.decode(ids), pipeline.losses[:2]
    ('a lamp [UNK] lamps.', ('accents', 'case'))
    """

    format = "mlm_tf.WordPiecePipeline"
    _row_end = True

    def __init__(
        self,
        tokenizer: str,
        end_id: int,
        start_id: int | None = None,
        pad_id: int | None = None,
        vocabulary_size: int | None = None,
        max_sequence_length: int | None = None,
        other_end_ids: Sequence[int] = (),
        begins_with_start: bool = True,
        sep_id: int | None = None,
        mask_id: int | None = None,
    ):
        self.sep_id = end_id if sep_id is None else sep_id
        self.mask_id = mask_id
        special_ids = (end_id, start_id, pad_id)
        sizes = (vocabulary_size, max_sequence_length)
        super().__init__(tokenizer, *special_ids, *sizes, other_end_ids, begins_with_start)

    def _tokens_of(self, engine):
        tokens = read_word_pieces(engine)
        known = len(tokens.names)
        self.unk_id = engine.token_to_id(engine.model.unk_token)
        self.sep_id = check_id("sep_id", self.sep_id, known)
        if self.mask_id is not None:
            self.mask_id = check_id("mask_id", self.mask_id, known)
        return tokens

    def _shown(self, name, spelled):
        return name

    # === Saving ===

    def get_config(self):
        own = {"sep_id": self.sep_id, "mask_id": self.mask_id}
        return {**super().get_config(), "begins_with_start": self.begins_with_start, **own}
