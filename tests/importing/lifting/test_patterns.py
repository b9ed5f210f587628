"""Patterns of PyTorch's exports become the kinds that they are, with the values and parameters that PyTorch has."""

from __future__ import annotations

from typing import Any

import pytest

from cnncalc import analyze
from cnncalc.importing.opening import spec_of
from cnncalc.source.files import Unreadable

torch = pytest.importorskip("torch")
exports = pytest.importorskip("importing.lifting.exports")
modules = pytest.importorskip("importing.lifting.pattern_modules")
nn = torch.nn

SEQUENCE, MAP = (9, 12), (8, 6, 4)

CASES: dict[str, tuple[Any, Any, list[tuple[int, ...]], dict[str, int]]] = {
    "fused, permuted": (modules.Fused, {}, [SEQUENCE], {"attention": 1}),
    "fused, chunks": (modules.Fused, {"how": "chunks"}, [SEQUENCE], {"attention": 1}),
    "fused, head by head": (modules.Fused, {"how": "heads"}, [SEQUENCE], {"attention": 1}),
    "causal": (modules.Fused, {"is_causal": True}, [SEQUENCE], {"attention": 1}),
    "another scale": (modules.Fused, {"scale": 0.3}, [SEQUENCE], {"attention": 1}),
    "nn.MultiheadAttention": (modules.SelfAttention, {}, [SEQUENCE], {"attention": 1}),
    "nn.MultiheadAttention, batch second": (
        modules.SelfAttention,
        {"batch_first": False},
        [SEQUENCE],
        {"attention": 1},
    ),
    "nn.MultiheadAttention with weights that nobody reads": (
        modules.SelfAttention,
        {"need_weights": True},
        [SEQUENCE],
        {"attention": 1},
    ),
    "nn.MultiheadAttention without biases": (modules.SelfAttention, {"bias": False}, [SEQUENCE], {"attention": 1}),
    "cross-attention": (modules.CrossAttention, {}, [SEQUENCE, (7, 12)], {"offset": 1, "attention": 1}),
    "keys and values of others": (modules.OtherKeys, {}, [SEQUENCE, (7, 8), (7, 10)], {"attention": 1}),
    "learned queries": (modules.Pooling, {}, [SEQUENCE], {"learned": 1, "attention": 1}),
    "shared keys": (modules.SharedKeys, {}, [SEQUENCE], {"attention": 1}),
    "by hand": (modules.ByHand, {}, [SEQUENCE], {"attention": 1}),
    "by hand, causal": (modules.ByHand, {"is_causal": True}, [SEQUENCE], {"attention": 1}),
    "non-local": (modules.NonLocal, {}, [MAP], {"attention": 1, "add": 1}),
    "windows": (modules.Windows, {"shift": 0}, [(6, 9, 8)], {"layer_norm": 1, "attention": 1, "add": 1}),
    "shifted windows": (modules.Windows, {"shift": 1}, [(6, 9, 8)], {"layer_norm": 1, "attention": 1, "add": 1}),
    "grid": (modules.Grid, {}, [MAP], {"attention": 1, "add": 1}),
    "tokens": (
        modules.Tokens,
        {},
        [(3, 12, 12)],
        {"conv": 1, "flatten": 2, "prepend": 2, "offset": 1, "slice": 1, "dense": 1},
    ),
    "global response norm": (modules.ResponseNorm, {}, [(5, 4, 3)], {"dense": 1, "global_response_norm": 1}),
    "standardised filters": (modules.Standardized, {"has_gain": False}, [(3, 6, 5)], {"conv": 1}),
    "standardised filters with gains": (
        modules.Standardized,
        {"has_gain": True},
        [(3, 6, 5)],
        {"rescale": 1, "conv": 1},
    ),
    "gated by gelu": (modules.Gated, {"gate": torch.nn.functional.gelu}, [(9, 6)], {"dense": 2, "glu": 1}),
    "gated by silu": (modules.Gated, {"gate": torch.nn.functional.silu}, [(9, 6)], {"dense": 2, "glu": 1}),
    "layer norm of a map": (modules.ChannelNorm, {}, [(3, 5, 4)], {"conv": 1, "layer_norm": 1}),
    "merging by slices": (
        modules.Merging,
        {"has_slices": True},
        [(6, 4, 3)],
        {"space_to_depth": 1, "layer_norm": 1, "dense": 2},
    ),
    "merging by views": (
        modules.Merging,
        {"has_slices": False},
        [(6, 4, 3)],
        {"space_to_depth": 1, "layer_norm": 1, "dense": 2},
    ),
    "selective kernels": (
        modules.Selective,
        {},
        [(4, 6, 5)],
        {"conv": 4, "add": 2, "global_avg_pool": 1, "relu": 1, "softmax": 1, "multiply": 2, "slice": 2, "reshape": 3},
    ),
}
RECURRENT: dict[str, tuple[Any, dict[str, Any], dict[str, int]]] = {
    "lstm": (nn.LSTM, {}, {"lstm": 1}),
    "lstm, both ways, two layers": (nn.LSTM, {"bidirectional": True, "num_layers": 2}, {"lstm": 1}),
    "lstm, where it ends": (nn.LSTM, {"take": "end"}, {"lstm": 1, "slice": 1, "flatten": 1}),
    "lstm, last of two layers": (nn.LSTM, {"take": "last", "num_layers": 2}, {"lstm": 1}),
    "gru, last": (nn.GRU, {"take": "last"}, {"gru": 1}),
    "gru, both last": (nn.GRU, {"take": "ends", "bidirectional": True}, {"gru": 1}),
    "rnn, all and last": (nn.RNN, {"take": "both"}, {"rnn": 1, "slice": 1, "flatten": 1}),
    "rnn with relu": (nn.RNN, {"nonlinearity": "relu", "bias": False}, {"rnn": 1}),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch.export
@pytest.mark.parametrize("decomposed", [False, True], ids=["as it is", "decomposed"])
@pytest.mark.parametrize(("module", "options", "sizes", "kinds"), CASES.values(), ids=CASES)
def test_patterns(module: Any, options: Any, sizes: Any, kinds: Any, decomposed: bool):
    assert exports.kinds(exports.check(module(**options), *sizes, decomposed=decomposed)) == kinds


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch.export
@pytest.mark.parametrize(("kind", "options", "kinds"), RECURRENT.values(), ids=RECURRENT)
def test_recurrent_layers(kind: Any, options: Any, kinds: Any):
    assert exports.kinds(exports.check(modules.Recurrent(kind, **options), (7, 6))) == kinds


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch.export
@pytest.mark.parametrize("batch", [None, 1, 4])
@pytest.mark.parametrize(("kind", "options", "kinds"), RECURRENT.values(), ids=RECURRENT)
def test_recurrent_layers_that_are_spelled_out(kind: Any, options: Any, kinds: Any, batch: int | None):
    """Each layer of several is one of its own: only their names were in the file."""
    layers = {
        name: count * options.get("num_layers", 1) if name in ("lstm", "gru", "rnn") else count
        for name, count in kinds.items()
    }
    draft = exports.check(modules.Recurrent(kind, **options), (7, 6), decomposed=True, batch=batch)
    assert exports.kinds(draft) == layers


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch.export
@pytest.mark.parametrize("decomposed", [False, True])
def test_a_state_that_another_sequence_left(decomposed: bool):
    draft = exports.check(modules.StartedDecoder(), (7, 6), (5, 4), decomposed=decomposed)
    assert exports.kinds(draft) == {"gru": 2}
    assert draft.layers[1].settings["state"] is draft.layers[0]


IMAGE = (4, 8, 6)
weight_norm, spectral_norm = nn.utils.parametrizations.weight_norm, nn.utils.parametrizations.spectral_norm
NORMED: dict[str, tuple[Any, tuple[int, ...], list[str], int]] = {
    "weight": (lambda: weight_norm(nn.Conv2d(4, 6, 3, groups=2)), IMAGE, ["conv", "scale", "offset"], 24 * 6 * 18),
    "weight, as it was": (
        lambda: nn.utils.weight_norm(nn.Conv2d(4, 6, 1, bias=False)),
        IMAGE,
        ["conv", "scale"],
        48 * 24,
    ),
    "weight, of inputs": (lambda: weight_norm(nn.Conv2d(4, 6, 3), dim=1), IMAGE, ["scale", "conv"], 24 * 6 * 36),
    "weight, transposed": (
        lambda: weight_norm(nn.ConvTranspose2d(4, 6, 2, 2)),
        *(IMAGE, ["scale", "conv_transpose"], 48 * 4 * 24),
    ),
    "weight, dense": (lambda: weight_norm(nn.Linear(8, 6)), (5, 8), ["dense", "scale", "offset"], 5 * 8 * 6),
    "weight, of all": (lambda: weight_norm(nn.Linear(8, 6), dim=None), (8,), ["dense", "scale", "offset"], 8 * 6),
    "spectral": (lambda: spectral_norm(nn.Conv2d(4, 6, 3)), IMAGE, ["conv"], 24 * 6 * 36),
    "spectral, as it was": (lambda: nn.utils.spectral_norm(nn.Conv2d(4, 6, 3)), IMAGE, ["conv"], 24 * 6 * 36),
    "spectral, transposed": (
        lambda: spectral_norm(nn.ConvTranspose2d(4, 6, 2, 2)),
        *(IMAGE, ["conv_transpose"], 48 * 4 * 24),
    ),
    "spectral, dense": (lambda: spectral_norm(nn.Linear(8, 6)), (5, 8), ["dense"], 5 * 8 * 6),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch.export
@pytest.mark.parametrize("decomposed", [False, True], ids=["as it is", "decomposed"])
@pytest.mark.parametrize(("module", "sizes", "kinds", "macs"), NORMED.values(), ids=NORMED)
def test_weights_that_are_divided_by_a_norm(module: Any, sizes: Any, kinds: Any, macs: int, decomposed: bool):
    own = module()
    with torch.no_grad():
        for each in own.parameters():
            each.add_(torch.rand_like(each))  # gains that are the norms would say nothing
    draft = exports.check(own, sizes, decomposed=decomposed, remarks=["CNN573"])
    assert [layer.kind for layer in draft.layers] == kinds
    assert analyze(spec_of(draft, "normed")).totals.macs == macs
    (said,) = [each.message for each in draft.remarks]
    (named,) = {"conv", "conv_transpose", "dense"} & {*kinds}
    assert said == f"the model divides the weights of `{named}` by a norm of theirs; the layers have what comes out"


def test_attention_as_a_person_would_write_it():
    (layer,) = exports.check(modules.Fused(), SEQUENCE).layers
    assert layer.settings == {"heads": 3}
    assert [*layer.weights] == [
        "query",
        "query_bias",
        "key",
        "key_bias",
        "value",
        "value_bias",
        "output",
        "output_bias",
    ]


def test_shifted_windows_with_their_biases():
    draft = exports.check(modules.Windows(1), (6, 9, 8))
    layer = next(each for each in draft.layers if each.kind == "attention")
    assert layer.settings == {"heads": 2, "window": (3, 3), "shift": (1, 1), "position_bias": "relative"}


def test_attention_that_no_kind_has_is_counted():
    draft = exports.lifted(exports.program(modules.Normed(), SEQUENCE))
    assert draft.not_understood == {"aten.scaled_dot_product_attention.default": 1}
    layer = next(each for each in draft.layers if each.kind == "opaque")
    assert (layer.settings["params"], layer.settings["macs"]) == (0, 2 * 3 * 9 * 9 * 4)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch.export
def test_layers_of_transformers():
    encoder = nn.TransformerEncoderLayer(12, 3, 24, batch_first=True, activation="gelu")
    kinds = {"attention": 1, "dropout": 3, "add": 2, "layer_norm": 2, "dense": 2, "gelu": 1}
    assert exports.kinds(exports.check(encoder, SEQUENCE)) == kinds
    decoder = nn.TransformerDecoderLayer(12, 3, 24, batch_first=True, norm_first=True)
    assert exports.kinds(exports.check(decoder, SEQUENCE, (7, 12)))["attention"] == 2


@pytest.mark.filterwarnings("ignore")  # of torch.export
@pytest.mark.parametrize("is_decomposed", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
def test_attention_that_is_exported_with_a_single_sample(batch_first: bool, is_decomposed: bool) -> None:
    module = modules.SelfAttention(batch_first=batch_first).eval()
    exported = torch.export.export(module, (torch.randn(1, *SEQUENCE),))
    draft = exports.lifted(exported.run_decompositions() if is_decomposed else exported)
    assert (exports.kinds(draft), draft.not_understood) == ({"attention": 1}, {})
    assert sum(layer.params or 0 for layer in draft.layers) == sum(each.numel() for each in module.parameters())


@pytest.mark.filterwarnings("ignore")  # of torch.export
def test_projections_of_attention_whose_weights_are_returned_are_counted_once() -> None:
    module = torch.nn.MultiheadAttention(8, 2, batch_first=True).eval()
    x = torch.randn(2, 5, 8)
    draft = exports.lifted(torch.export.export(module, (x, x, x)))
    assert sum(layer.params or 0 for layer in draft.layers) == sum(each.numel() for each in module.parameters())
    assert not [each for each in draft.remarks if each.severity == "warning"]


@pytest.mark.filterwarnings("ignore")  # of torch.export
def test_attention_between_samples_is_no_layer_of_ours() -> None:
    module = torch.nn.MultiheadAttention(12, 3).eval()  # (positions come first)
    x = torch.randn(2, 5, 12)
    with pytest.raises(Unreadable) as found:
        exports.lifted(torch.export.export(module, (x, x, x), {"need_weights": False}))
    assert found.value.diagnostics[0].code == "CNN154"
