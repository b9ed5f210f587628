"""Settings of attention that do not fit its input, each with what would."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd, isqrt

from cnncalc.layers.base import Problem, plural
from cnncalc.settings.shape import Shape
from cnncalc.settings.tensor_of import TensorOf

Sizes = tuple[int, ...]


def undivided_channels(channels: int, heads: int) -> Problem:
    """Heads that do not divide the channels, where these say how long a key is."""
    message = f"{plural(heads, 'head')} do not divide {plural(channels, 'channel')}"
    ways = (_would(channels, heads), "with `key_size`, the length of a key, any number would")
    return Problem("CNN302", "heads", message, f"{channels} / {heads} is not whole", ways)


def undivided_heads(heads: int, key_heads: int) -> Problem:
    """Heads of keys that cannot be shared evenly."""
    message = f"{plural(key_heads, 'key head')} do not divide {plural(heads, 'head')}"
    label = f"{heads} / {key_heads} is not whole"
    return Problem("CNN302", "key_heads", message, label, (_would(heads, key_heads),))


def unordered(what: str, x: Shape) -> Iterator[Problem]:
    """Causal attention where there is no order of positions."""
    if len(x.spatial) > 1:
        message = f"`causal` needs a sequence, but {what} has {len(x.spatial)} spatial axes"
        ways = ("put all positions in a row first, in reading order: `flatten: {positions: true}`",)
        yield Problem("CNN303", "causal", message, "no axis by itself says which position comes first", ways)


def without_positions(name: str, tensor: TensorOf) -> Problem:
    """Keys or values that are a vector."""
    message = f"`{name}` needs a tensor with positions, but `{tensor.name}` is a vector of {tensor.shape.channels:,}"
    ways = ("name a layer before its `flatten` or global pool, or `reshape` it to a single position",)
    return Problem("CNN303", name, message, "", ways)


def unlike_keys(values: TensorOf, keys: TensorOf | None, shape: Shape) -> Problem:
    """Values at other positions than the keys."""
    message = f"each key needs a value, but `{values.name}` has {_positions(values.shape)}"
    label = f"{f'`{keys.name}`' if keys else 'the input, which the keys are from,'} has {_positions(shape)}"
    return Problem("CNN318", "values", message, label, ("name a layer with the positions of the keys",))


def needs_own_positions(name: str, keys: TensorOf, x: Shape) -> Problem:
    """A setting that compares places, where queries and keys have different ones."""
    message = f"`{name}` needs keys at the positions of the input, but `{keys.name}` has {_positions(keys.shape)}"
    return Problem("CNN318", name, message, f"the input has {_positions(x)}", (f"leave out `{name}`",))


def shift_without_window() -> Problem:
    """A shift of nothing."""
    ways = ("leave it out, or add `window`",)
    return Problem("CNN219", "shift", "`shift` has no meaning without `window`", "it says where windows begin", ways)


def unfit_windows(spatial: Sizes, window: Sizes, shift: Sizes) -> Iterator[Problem]:
    """Windows that do not divide the input, or that begin again where the first did."""
    missing = [-n % w for n, w in zip(spatial, window, strict=True)]
    if any(missing):
        n, w = next((n, w) for n, w in zip(spatial, window, strict=True) if n % w)
        border = f"[{', '.join(f'[0, {each}]' for each in missing)}]"
        message = f"windows of {_sizes(window)} do not divide the input, {_sizes(spatial)}"
        padded = (
            f"as in torchvision's Swin, add zeros and cut them off again: `pad: {border}`, then this, `crop: {border}`"
        )
        yield Problem(
            "CNN302", "window", message, f"{n} / {w} is not whole", (padded, _fitting_windows(spatial, window))
        )
    if any(s >= w for s, w in zip(shift, window, strict=True)):
        message = f"a shift of {_steps(shift)} reaches the next window"
        within = "x".join(str(s % w) for s, w in zip(shift, window, strict=True))
        way = f"the windows would be the same with `shift: {within}`"
        yield Problem("CNN219", "shift", message, f"the windows are {_sizes(window)}", (way,))


def unfit_dilation(window: Sizes, dilation: Sizes, what: str) -> Iterator[Problem]:
    """A dilation that does not divide the positions that see each other; `what` they are."""
    for w, d in zip(window, dilation, strict=True):
        if w % d:
            message = f"a dilation of {_steps(dilation)} does not divide the {what}, {_sizes(window)}"
            yield Problem("CNN302", "dilation", message, f"{w} / {d} is not whole", (_fitting(window, dilation),))
            return


def _fitting_windows(spatial: Sizes, window: Sizes) -> str:
    """Windows that do divide the input, along all axes."""
    covering = tuple(min(n, w) for n, w in zip(spatial, window, strict=True))
    if covering != window and not any(n % w for n, w in zip(spatial, covering, strict=True)):
        return f"{_written(covering)} would; timm's Swin takes the whole size then"
    return _fitting(spatial, window, least=2)


def _fitting(counts: Sizes, parts: Sizes, least: int = 1) -> str:
    """What does divide all of these: one number if there is any from `least` on, or else one for each."""
    common = gcd(*counts)
    if len(set(parts)) == 1 and common >= least:
        return _would(common, parts[0], least)
    nearest = [min(_divisors(n, least), key=lambda each: abs(each - w)) for n, w in zip(counts, parts, strict=True)]
    return f"{_written(tuple(nearest))} would"


def _written(sizes: Sizes) -> str:
    """As a spec has them."""
    return f"{sizes[0]:,}" if len(set(sizes)) == 1 else "x".join(map(str, sizes))


def _positions(shape: Shape) -> str:
    return f"{_sizes(shape.spatial)} positions" if shape.spatial != (1,) else "1 position"


def _sizes(sizes: Sizes) -> str:
    return "×".join(map(str, sizes))


def _steps(steps: Sizes) -> str:
    return str(steps[0]) if len(set(steps)) == 1 else _sizes(steps)


def _would(count: int, parts: int, least: int = 1) -> str:
    """The nearest numbers, from `least` on, that do divide it."""
    divisors = _divisors(count, least)
    above = min(each for each in divisors if each >= min(parts, count))
    below = max((each for each in divisors if each <= parts), default=above)
    return f"{below:,} or {above:,} would" if below != above else f"{below:,} would"


def _divisors(count: int, least: int) -> list[int]:
    """The divisors from `least` on, in order; at least the number itself."""
    small = [each for each in range(1, isqrt(count) + 1) if count % each == 0]
    return [each for each in (*small, *(count // each for each in reversed(small))) if each >= min(least, count)]
