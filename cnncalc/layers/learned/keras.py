"""Learned numbers in Keras: layers of one's own."""

from __future__ import annotations

from cnncalc.layers.equals import Array, AsIs, Equal, call, row
from cnncalc.layers.keras import Keras
from cnncalc.settings.shape import Shape

_LEARNED = '''\
class Learned(layers.Layer):
    """Learned numbers, the same for each sample of a tensor that is not read."""

    def __init__(self, sizes, initial=0, **options):
        super().__init__(**options)
        self.sizes, self.initial = sizes, initial

    def build(self, shape):
        initial = keras.initializers.Constant(self.initial)
        self.value = self.add_weight(
            shape=self.sizes, initializer=initial, name="value"
        )

    def call(self, x):
        return ops.broadcast_to(self.value, (ops.shape(x)[0], *self.sizes))
'''


class _KerasLearned(Keras):
    def learned(self, shape: Shape) -> Equal:
        """The layer that has the numbers."""
        sizes = AsIs(row(shape.sizes("channels_last")))
        module = call("Learned", sizes, initial=(self.layer.initial, 0))
        return Equal(module, arrays={"value": Array("value")}, helper=_LEARNED)


class LearnedKeras(_KerasLearned):
    """A layer of one's own."""

    def equal(self) -> Equal:
        return self.learned(self.output)


class PrependKeras(_KerasLearned):
    """The same, before the positions."""

    def equal(self) -> Equal:
        learned = self.learned(Shape((self.layer.count,), self.x.channels))
        return learned._replace(forward="ops.concatenate([{module}({0}), {0}], axis=1)")
