"""A text as it forms: what `generate(stream=True)` returns."""

from collections.abc import Iterator

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import Generated, Known, StopStrings
from mlm_tf.generation.compile import copied
from mlm_tf.models.generation_arguments import Prepared
from mlm_tf.models.read import Read


class Stream(Iterator):
    """An iterator of the pieces of a text (of single ids, where the prompt was ids).

    The model writes while one asks for the next piece, a few tokens ahead.

    Attributes:
        read: the `Read` of the prompt and of what has come so far, to go on from, where
            `return_read=True` was asked for. It may be asked for at any time, also after a Ctrl-C
            has ended the stream; at its end it costs nothing.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> pipeline = TextPipeline.fit(["the cat sat on the mat"])
    >>> model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
    >>> stream = model.generate("the cat", max_length=8, stream=True, return_read=True)
    >>> "".join(stream).startswith("the cat"), 3 < stream.read.length <= 8
    (True, True)
    """

    def __init__(
        self,
        model,
        given: Prepared,
        slices: Iterator[Generated],
        stops: StopStrings | None,
        strip_prompt: bool,
    ):
        self._model, self._given, self._slices = model, given, slices
        self._new_ids, self._generated = [], None
        texts, ids = self._texts(stops, strip_prompt), self._ids(strip_prompt)
        self._pieces = texts if given.is_text else ids

    def __next__(self):
        return next(self._pieces)

    @property
    def read(self) -> Read:
        if self._given.read is None:
            raise InvalidArgumentError(
                "This stream keeps nothing to go on from; pass return_read=True to generate."
            )
        generated = self._generated
        if generated is not None:  # a next slice would overwrite what is known
            *known, room = generated.known
            generated = generated._replace(known=Known(*copied(known), room))
        return self._model._read_after(self._given, self._new_ids, generated)

    def _tokens(self) -> Iterator[int]:
        """The new ids of the one row as they come."""
        slices, done = iter(self._slices), 0
        while True:
            before, self._generated = self._generated, None  # until there is another, if any
            generated = next(slices, None)
            self._generated = before if generated is None else generated
            if generated is None:
                return
            new = generated.token_ids[0, done:]
            done += len(new)
            for token in new[new >= 0].tolist():
                self._new_ids.append(token)
                yield token

    def _ids(self, strip_prompt: bool) -> Iterator[int]:
        yield from [] if strip_prompt else self._given.rows[0].tolist()
        yield from self._tokens()

    def _texts(self, stops: StopStrings | None, strip_prompt: bool) -> Iterator[str]:
        written, held = self._model.output_pipeline.decode_stream(), ""
        begin = written.step(self._given.rows[0])
        if begin and not strip_prompt:
            yield begin
        for token in self._tokens():
            held += written.step([token])
            if stops and stops.are_in(held):
                break
            settled = stops.settled(held) if stops else held  # no stop string begins in it
            if settled:
                yield settled
            held = held[len(settled) :]
        if held and (rest := stops.cut(held)):
            yield rest
