"""One model and several threads: while one trains it, others may ask it.

On JAX Keras takes the values out of the variables while it fits, evaluates or predicts, gives their
memory away, and notes on the model what became of them; a second thread would find nothing, or the
first one's notes, and write old weights over new ones. Here each thread has its own notes and
copies, at the cost of the weights' memory once more.
"""

import contextlib
import threading
import weakref
from collections.abc import Iterator

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation.compile import copied

# By model: what each thread notes, and which one trains. One inside them could not be pickled.
_notes = weakref.WeakKeyDictionary()
_trained_by = weakref.WeakKeyDictionary()
_guard = threading.Lock()


class StatePerThread:
    """Mixed into a Keras model: what Keras's JAX trainer keeps on it is kept for each thread."""

    @property
    def _jax_state(self):
        return getattr(_notes_of(self), "state", None)

    @_jax_state.setter
    def _jax_state(self, state):
        _notes_of(self).state = state

    @property
    def _jax_state_synced(self):
        return getattr(_notes_of(self), "is_synced", True)

    @_jax_state_synced.setter
    def _jax_state_synced(self, is_synced):
        _notes_of(self).is_synced = is_synced

    def _get_jax_state(
        self,
        trainable_variables=False,
        non_trainable_variables=False,
        purge_model_variables=False,
        **others,
    ):
        state = super()._get_jax_state(trainable_variables, non_trainable_variables, **others)
        if purge_model_variables:
            self._purge_model_variables(**others)
        num_kinds = trainable_variables + non_trainable_variables
        return (*copied(state[:num_kinds]), *state[num_kinds:])

    def jax_state_sync(self):
        if self._jax_state and "optimizer_variables" not in self._jax_state:
            self._jax_state.pop("trainable_variables", None)  # asked, not trained
        super().jax_state_sync()

    @contextlib.contextmanager
    def training_here(self) -> Iterator[None]:
        """Inside, this thread trains the model, and no other may train or evaluate it: optimizer
        and metrics are one for all threads.

        Raises:
            InvalidArgumentError: if another does already.
        """
        with _guard:
            self.check_not_trained_elsewhere()
            before = _trained_by.get(self)
            _trained_by[self] = threading.get_ident()
        try:
            yield
        finally:
            if before is None:
                del _trained_by[self]

    def check_not_trained_elsewhere(self) -> None:
        """Raise if another thread trains this model."""
        if _trained_by.get(self, threading.get_ident()) != threading.get_ident():
            raise InvalidArgumentError(
                "Another thread is training this model, whose optimizer and metrics are the same "
                "for all threads; wait for its end, or use keras.models.clone_model(model) with "
                "the same weights (predict, generate and score may be called meanwhile)."
            )


def _notes_of(model) -> threading.local:
    with _guard:
        return _notes.setdefault(model, threading.local())
