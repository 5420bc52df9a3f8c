"""`BytePairPipeline`: the tokenizer of a published checkpoint as the pipeline of a model."""

from collections.abc import Mapping, Sequence

from mlm_tf.checks import Checked, check_choice
from mlm_tf.preprocessing.byte_pair import BYTE_TOKEN, read_tokenizer
from mlm_tf.preprocessing.chat_template import ChatTemplate
from mlm_tf.preprocessing.tokenizer_engine import readable
from mlm_tf.preprocessing.tokenizer_pipeline import TokenizerPipeline


class BytePairPipeline(TokenizerPipeline):
    """Text to token ids and back with a given BPE that loses no byte.

    What `TextPipeline` is to a vocabulary of our own, this is to that of a checkpoint, which was
    learned elsewhere: a model carries it, `generate` and `score` use it, `windows` and `rows` make
    the data for fine-tuning, and `save` writes it. `interop.from_huggingface` makes it.

    A text is cut into words, and each word's bytes are merged pair by pair, the pair that was
    learned first before the others (Sennrich et al. 2016): byte-level BPE, as GPT-2, Llama 3, Qwen
    and SmolLM2 have it. Or its characters are, and one that is no token falls back to its bytes,
    as in Llama 2 and Mistral. Nothing is unknown, and `decode` gives back the text but for what
    `losses` names: Qwen normalises to NFC, and Llama 2 takes the sign "▁" for a space. Its first
    token brings a space along, which is not written.

    The special ids are the checkpoint's. GPT-2 has one special token, `<|endoftext|>`, which ends
    a text, stands between texts, and begins an empty one; a text does not begin with it, and one
    in which it is written out gets the ids of those 13 characters, unless `allow_special=True`. So
    do tokens that steer a model and are not marked special, as `<think>` of Qwen 3; but these are
    written by `decode`.

    Args:
        tokenizer: the content of a `tokenizer.json` (`Tokenizer.to_str()` of `tokenizers`).
        end_id: the token that ends a text.
        start_id: the token that an empty text begins with; by default the end token.
        pad_id: what fills a row; by default the end token, and the mask tells which is which.
        vocabulary_size: number of ids of the model, if it has more than the tokenizer; those are
            never drawn.
        max_sequence_length: the default length in `__call__`.
        other_end_ids: tokens at which a generated text ends too, if there are several.
        begins_with_start: whether a text begins with the start token, as the tokenizer's own
            template writes it.
        rules: version of the rules by which control tokens are found: that of the file from which
            a pipeline was loaded, else the newest. By those of 1 a token that is not marked
            special is read in any text.
        chat_template: a `ChatTemplate`, how conversations are written for the model, if it was
            trained on such.

    Attributes:
        vocabulary: list of tokens; the index is the id. A byte of which no character comes is
            written `<0xE4>`.
        counts: `None`: how often each token occurred is not known.

    Raises:
        InvalidArgumentError: for what is no such BPE, or an id outside its vocabulary.

    Example:

    >>> from tokenizers import Tokenizer, models, pre_tokenizers
    >>> from mlm_tf.preprocessing.byte_pair import BYTE_OF
    >>> alphabet = {character: i for i, character in enumerate([*BYTE_OF, "aĠ", "<|end|>"])}
    >>> tokenizer = Tokenizer(models.BPE(alphabet, [("a", "Ġ")]))
    >>> tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    >>> pipeline = BytePairPipeline(tokenizer.to_str(), end_id=257)
    >>> pipeline.tokenize(["a ä"])
    [['a ', '<0xC3>', '<0xA4>']]
    >>> ids = pipeline.encode(["a ä"])[0]
    >>> ids.tolist(), pipeline.decode(ids), pipeline.decode(ids[:2])
    ([256, 127, 97, 257], 'a ä', 'a ')
    """

    format = "mlm_tf.BytePairPipeline"
    versions = (1, 2)
    brings_space = True
    rules = Checked(check_choice, allowed=versions)

    def __init__(
        self,
        tokenizer: str,
        end_id: int,
        start_id: int | None = None,
        pad_id: int | None = None,
        vocabulary_size: int | None = None,
        max_sequence_length: int | None = None,
        other_end_ids: Sequence[int] = (),
        begins_with_start: bool = False,
        rules: int = 2,
        chat_template: "ChatTemplate | Mapping | None" = None,
    ):
        self.rules = rules
        special_ids = (end_id, start_id, pad_id)
        sizes = (vocabulary_size, max_sequence_length)
        of_text = (other_end_ids, begins_with_start, chat_template)
        super().__init__(tokenizer, *special_ids, *sizes, *of_text)

    def _tokens_of(self, engine):
        return read_tokenizer(engine)

    def _shown(self, name, spelled):
        return name if BYTE_TOKEN.fullmatch(name) else readable(spelled)

    @property
    def _takes_controls_apart(self) -> bool:
        return self.rules > 1

    # === Saving ===

    @property
    def version(self) -> int:
        return self.rules

    @classmethod
    def from_config(cls, config, version):
        config.pop("counts", None)  # there were none, and older files say it
        return super().from_config({**config, "rules": version}, version)
