"""A training that ends in the middle, as if its process had been killed."""

import keras


class Killed(Exception):
    pass


class KillAfter(keras.callbacks.Callback):
    """Ends it after so many batches; where nothing is said it never does. It remembers nothing."""

    def __init__(self, batches=-1):
        super().__init__()
        self.left = batches

    def on_train_batch_begin(self, batch, logs=None):
        if self.left == 0:
            raise Killed
        self.left -= 1
