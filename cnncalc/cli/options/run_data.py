"""The options that say which numbers a network runs with."""

from typing import TYPE_CHECKING, Annotated

from cnncalc.cli import common
from cnncalc.cli.options.declared import Option
from cnncalc.cli.options.rules import UsageError

if TYPE_CHECKING:
    from cnncalc.forward.run.given import Given
    from cnncalc.forward.run.memory_estimate import Use
    from cnncalc.forward.run.network import Network
    from cnncalc.spec.reader import Spec

DTYPES = ("float32", "float64", "float16")


class RunData:
    """The numbers that the network runs with: the caller's, the spec's sample, or drawn from the seed."""

    def __init__(
        self,
        input_data: Annotated[
            str | None, common.value("FILE", "An .npy, an .npz by input, or an image.", "--input-data")
        ] = None,
        resize: Annotated[bool, Option("--resize", help="Scale the image to the model's input.")] = False,
        weights: Annotated[
            str | None, common.value("FILE", "An .npz with all weights, as in conv1.kernel.", "--weights")
        ] = None,
        seed: Annotated[
            int | None, Option("--seed", min=0, help="For the input and the weights that are not given.")
        ] = None,
        dtype: Annotated[str, common.choice(DTYPES, "The type of all numbers.", "--dtype")] = "float32",
    ) -> None:
        if seed is not None and input_data is not None and weights is not None:
            raise UsageError("nothing is drawn: the input and all weights are given", "--seed")
        self.path, self.resize, self.weights, self.seed, self.dtype = input_data, resize, weights, seed or 0, dtype
        self.is_seeded = seed is not None
        self.is_given = input_data is not None or weights is not None

    def network(self, spec: "Spec", use: "Use") -> "Network":
        """The model with its numbers, all of them checked."""
        from cnncalc.forward.run.given import stored_arrays
        from cnncalc.forward.run.network import prepare

        if self.is_seeded and self.path is not None and spec.parsed.stored:
            raise UsageError("nothing is drawn: the input is given, and the weights are in the model's file", "--seed")
        inputs = self._inputs(spec, self.path) if self.path is not None else None
        weights = stored_arrays(self.weights) if self.weights is not None else None
        return prepare(spec, inputs, weights, self.seed, self.dtype, use=use)

    def _inputs(self, spec: "Spec", path: str) -> "Given":
        from cnncalc.forward.run.given import begins_as_arrays, stored_arrays

        if begins_as_arrays(path):
            if self.resize:
                raise UsageError(f"{path} is not an image", "--resize")
            return stored_arrays(path)
        if len(spec.graph.inputs) > 1:
            names = ", ".join(node.name for node in spec.graph.inputs)
            message = f"the model has several inputs: give an .npz with {names}"
            raise UsageError(message, "--input-data")
        from cnncalc.forward.run.images import image

        return image(path, spec.graph.inputs[0].output, spec.layout, self.resize)
