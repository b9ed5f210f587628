"""Every mistake of the catalogue, on one small case, worked out here as someone would who makes it."""

CONV = "conv: 3x3x16"  # on 28x28x3: 26x26x16, 3*3*3*16 + 16 parameters
DENSE = ["flatten", "dense: 10"]
UP = "{conv_transpose: 4x4x6, stride: 2, padding: 1}"  # 27*2 + 4 - 2 = 56
NET = [CONV, *DENSE]

CASES = [
    ("bias forgotten", [CONV], "conv1.params", 3 * 3 * 3 * 16),
    ("one bias per weight", [CONV], "conv1.params", 2 * 3 * 3 * 3 * 16),
    ("one bias for all", [CONV], "conv1.params", 3 * 3 * 3 * 16 + 1),
    ("input channels forgotten", [CONV], "conv1.params", 3 * 3 * 16 + 16),
    ("input channels forgotten", [CONV], "conv1.macs", 26 * 26 * 3 * 3 * 16),
    ("filters forgotten", [CONV], "conv1.params", 3 * 3 * 3 + 1),
    ("filters forgotten", [CONV], "conv1.params", 3 * 3 * 3 + 16),
    ("filters forgotten", [CONV], "conv1.macs", 26 * 26 * 3 * 3 * 3),
    ("parameters given to a pool", ["max_pool: 2"], "max_pool1.params", 2 * 2 * 3 * 3 + 3),
    ("parameters given to a pool", ["max_pool: 2"], "max_pool1.params", 2 * 2 * 3),
    ("ceil for floor", [f"{{{CONV}, stride: 2}}"], "conv1.output", "14x14x16"),  # (28 - 3) / 2 = 12.5
    ("+ 1 forgotten", [CONV], "conv1.output", "25x25x16"),
    ("padding forgotten", ["{conv: 5x5x16, padding: 2}"], "conv1.output", "24x24x16"),  # 28 - 5 + 1
    ("padding forgotten", ["{conv: 5x5x16, padding: same}"], "conv1.output", "24x24x16"),
    ("padding counted once", ["{conv: 5x5x16, padding: 2}"], "conv1.output", "26x26x16"),  # 28 - 5 + 2 + 1
    ("stride forgotten", [f"{{{CONV}, stride: 2}}"], "conv1.output", "26x26x16"),
    ("stride forgotten", ["max_pool: 2"], "max_pool1.output", "27x27x3"),
    ("kernel not dilated", [f"{{{CONV}, dilation: 2}}"], "conv1.output", "26x26x16"),
    ("kernel not dilated", ["{conv: 7x7x16, dilation: 3}"], "conv1.receptive_field", 7),
    ("height and width swapped", ["conv: 3x5x16"], "conv1.output", "24x26x16"),
    ("channels first for last", [CONV], "conv1.output", "16x26x26"),
    ("channels of the input kept", [CONV], "conv1.output", "26x26x3"),
    ("channels of the layer before", ["conv: 3x3x8", "max_pool: 2", CONV], "conv2.params", 3 * 3 * 3 * 16 + 16),
    ("flatten without channels", ["flatten"], "flatten1.output", 28 * 28),
    ("dense bias forgotten", DENSE, "dense1.params", 28 * 28 * 3 * 10),
    ("dense on the unflattened size", DENSE, "dense1.params", 3 * 10 + 10),
    ("dense on the unflattened size", DENSE, "dense1.params", 28 * 28 * 10 + 10),
    ("dense on the unflattened size", DENSE, "dense1.macs", 28 * 10),
    ("groups forgotten", ["{conv: 3x3x6, groups: 3}"], "conv1.params", 3 * 3 * 3 * 6 + 6),
    ("factors without offsets", ["batch_norm"], "batch_norm1.params", 3),
    ("factors without offsets", ["{conv: 3x3x8, bias: false, norm: batch_norm}"], "conv1.params",
     3 * 3 * 3 * 8 + 8),
    ("MACs for parameters", [CONV], "conv1.params", 26 * 26 * 3 * 3 * 3 * 16),
    ("parameters for MACs", [CONV], "conv1.macs", 3 * 3 * 3 * 16 + 16),
    ("FLOPs for MACs", [CONV], "conv1.macs", 2 * 26 * 26 * 3 * 3 * 3 * 16),
    ("MACs on the input's positions", [CONV], "conv1.macs", 28 * 28 * 3 * 3 * 3 * 16),
    ("biases counted as MACs", [CONV], "conv1.macs", 26 * 26 * (3 * 3 * 3 * 16 + 16)),
    ("field without the strides below", ["max_pool: 3", "conv: 5x5x16"], "conv1.receptive_field", 3 + (5 - 1)),
    ("plus k instead of k − 1", ["max_pool: 2", "conv: 5x5x16"], "conv1.receptive_field", (1 + 2) + 5 * 2),
    ("activation counted as growth", ["max_pool: 3", "{conv: 5x5x16, activation: relu}"], "conv1.receptive_field",
     3 + (5 - 1) * 3 + 3),
    ("activation counted as growth", ["max_pool: 7", "relu"], "relu1.receptive_field", 7 + 7),
    ("only this layer's window", ["max_pool: 4", "conv: 5x5x16"], "conv1.receptive_field", 5),
    ("own stride counted", ["max_pool: 2", "{conv: 5x5x16, stride: 3}"], "conv1.receptive_field",
     (1 + 1 * 2) + (5 - 1) * 2 * 3),
    # -- sizes
    ("same for valid", ["{conv: 5x5x16, stride: 3}"], "conv1.output", "10x10x16"),  # ⌈28 / 3⌉; right: 23 // 3 + 1 = 8
    ("valid for same", ["{conv: 5x5x16, padding: same}"], "conv1.output", "24x24x16"),
    ("size kept", ["{conv: 5x5x16, padding: 1}"], "conv1.output", "28x28x16"),
    ("kernel not subtracted", ["{conv: 3x3x16, stride: 4}"], "conv1.output", "8x8x16"),  # 28 // 4 + 1
    ("+ 1 before dividing", ["{conv: 3x3x16, stride: 3}"], "conv1.output", "8x8x16"),  # (28 - 3 + 1) // 3
    ("padding counted twice", ["{conv: 5x5x16, padding: 2}"], "conv1.output", "32x32x16"),  # 28 - 5 + 8 + 1
    ("dilation times kernel", ["{conv: 3x3x16, dilation: 2}"], "conv1.output", "23x23x16"),  # 28 - 2*3 + 1
    ("dilation times kernel", ["max_pool: 4", "{conv: 3x3x16, dilation: 2}"], "conv1.receptive_field", 4 + 5 * 4),
    ("kernel for stride", ["{max_pool: 3, stride: 2}"], "max_pool1.output", "9x9x3"),  # (28 - 3) // 3 + 1
    ("one axis only", ["conv: 3x3x16"], "conv1.output", "26x28x16"),
    ("one axis only", ["conv: 3x3x16"], "conv1.output", "28x26x16"),
    ("size before the layer before", ["max_pool: 2", CONV], "conv1.output", "26x26x16"),
    ("kernel subtracted after the stride", ["{conv: 5x5x16, stride: 4}"], "conv1.output", "3x3x16"),  # 28 // 4 - 5 + 1
    ("every pool halves", ["{max_pool: 4, stride: 4}"], "max_pool1.output", "14x14x3"),
    ("one number for all channels", ["conv: 3x3x24", "global_avg_pool"], "global_avg_pool1.output", 1),
    ("channels not written", [CONV], "conv1.output", "26x26"),
    ("pooling over the channels", ["conv: 3x3x32", "max_pool: 2"], "max_pool1.output", "13x13x16"),
    ("filters times channels", [CONV], "conv1.output", "26x26x48"),
    ("filters plus channels", [CONV], "conv1.output", "26x26x19"),
    ("one map for all filters", ["conv: 3x3x30"], "conv1.output", "26x26x1"),
    ("flattened otherwise", ["flatten"], "flatten1.output", 28 + 28 + 3),
    ("flattened otherwise", ["flatten"], "flatten1.output", 28 * 3),
    ("global pool for flatten", ["global_avg_pool"], "global_avg_pool1.output", 28 * 28 * 3),
    ("convolution's rule for a transposed one", [UP], "conv_transpose1.output", "14x14x6"),  # (28 - 4 + 2) // 2 + 1
    ("padding forgotten", [UP], "conv_transpose1.output", "58x58x6"),  # 27*2 + 4
    ("padding counted once", [UP], "conv_transpose1.output", "57x57x6"),
    ("stride forgotten", [UP], "conv_transpose1.output", "29x29x6"),  # 27 + 4 - 2
    ("− 1 forgotten", [UP], "conv_transpose1.output", "58x58x6"),  # 28*2 + 4 - 2
    ("size times stride", ["{conv_transpose: 5x5x6, stride: 2}"], "conv_transpose1.output", "56x56x6"),
    ("padding added", [UP], "conv_transpose1.output", "60x60x6"),  # 27*2 + 4 + 2
    ("output padding forgotten", ["{conv_transpose: 3x3x6, stride: 2, padding: 1, output_padding: 1}"],
     "conv_transpose1.output", "55x55x6"),  # 27*2 + 3 - 2
    ("branches merged otherwise", ["residual: [{conv: 3x3x3, padding: 1}]"], "residual1.output", "28x28x6"),
    ("batch counted in a size", [CONV], "conv1.output", "32x26x26x16"),
    # -- factors
    ("k for k·k", ["conv: 5x5x16"], "conv1.params", 5 * 3 * 16 + 16),
    ("k for k·k", ["conv: 5x5x16"], "conv1.macs", 24 * 24 * 5 * 3 * 16),
    ("window forgotten", ["conv: 5x5x16"], "conv1.params", 3 * 16 + 16),
    ("sides of the window added", ["conv: 5x5x16"], "conv1.params", 10 * 3 * 16 + 16),
    ("channels of the image", ["conv: 3x3x8", "conv: 3x3x9", "conv: 5x5x16"], "conv3.params", 5 * 5 * 3 * 16 + 16),
    ("filters for channels", [CONV], "conv1.params", 3 * 3 * 16 * 16 + 16),
    ("groups counted twice", ["conv: 3x3x8", "{conv: 3x3x16, groups: 4}"], "conv2.params", 3 * 3 * 2 * 4 + 16),
    ("depthwise as full", ["conv: 5x5x16", "depthwise_conv: 3"], "depthwise_conv1.params", 3 * 3 * 16 * 16 + 16),
    ("dense on an earlier size", ["max_pool: 2", "flatten", "dense: 10"], "dense1.params", 28 * 28 * 3 * 10 + 10),
    ("units added", ["flatten", "dense: 10"], "dense1.params", 28 * 28 * 3 + 10 + 10),
    ("dropout removes inputs", ["flatten", "dropout: 0.5", "dense: 10"], "dense1.params", 28 * 28 * 3 // 2 * 10 + 10),
    ("stride for channels", ["{conv: 5x5x16, stride: 2}"], "conv1.params", 5 * 5 * 2 * 16 + 16),
    ("gaps counted as weights", ["{conv: 3x3x16, dilation: 3}"], "conv1.params", 7 * 7 * 3 * 16 + 16),
    ("one kernel for all channels", ["conv: 3x3x16", "depthwise_conv: 5"], "depthwise_conv1.params", 5 * 5 + 16),
    # -- biases
    ("one bias per input channel", ["conv: 3x3x8", "conv: 3x3x16"], "conv2.params", 3 * 3 * 8 * 16 + 8),
    ("one bias per kernel slice", ["conv: 3x3x8", "conv: 3x3x16"], "conv2.params", 3 * 3 * 8 * 16 + 8 * 16),
    ("one bias per tap", ["conv: 3x3x8", "conv: 5x5x16"], "conv2.params", 5 * 5 * 8 * 16 + 25),
    ("one bias per position", [CONV], "conv1.params", 3 * 3 * 3 * 16 + 26 * 26 * 16),
    ("biases counted twice", [CONV], "conv1.params", 3 * 3 * 3 * 16 + 32),
    ("bias where there is none", ["{conv: 3x3x16, bias: false}"], "conv1.params", 3 * 3 * 3 * 16 + 16),
    # -- norms
    ("norm forgotten", ["{conv: 3x3x16, bias: false, norm: batch_norm}"], "conv1.params", 3 * 3 * 3 * 16),
    ("statistics counted as parameters", ["batch_norm"], "batch_norm1.params", 4 * 3),
    ("one norm for all channels", ["{conv: 3x3x16, bias: false, norm: batch_norm}"], "conv1.params",
     3 * 3 * 3 * 16 + 2),
    ("one norm per value", ["batch_norm"], "batch_norm1.params", 2 * 28 * 28 * 3),
    # -- other parameters
    ("parameters where nothing is learned", ["flatten"], "flatten1.params", 28 * 28 * 3),
    ("weights not shared", [CONV], "conv1.params", 26 * 26 * (3 * 3 * 3 * 16 + 16)),
    ("values for parameters", [CONV], "conv1.params", 26 * 26 * 16),
    ("nothing learned", ["conv: 1x1x16"], "conv1.params", 0),
    # -- multiply-adds
    ("MACs halved", [CONV], "conv1.macs", 13 * 26 * 3 * 3 * 3 * 16),
    ("MACs on the output's positions", [UP], "conv_transpose1.macs", 56 * 56 * 4 * 4 * 3 * 6),
    ("positions along one side", [CONV], "conv1.macs", 26 * 3 * 3 * 3 * 16),
    ("MACs given to a pool", ["max_pool: 2"], "max_pool1.macs", 2 * 2 * 14 * 14 * 3),
    ("MACs of norms and activations", ["relu"], "relu1.macs", 28 * 28 * 3),
    ("values for MACs", [CONV], "conv1.macs", 26 * 26 * 16),
    ("FLOPs for MACs", [CONV], "conv1.macs", 2 * (26 * 26 * 3 * 3 * 3 * 16 + 26 * 26 * 16)),
    ("batch counted", [CONV], "conv1.macs", 32 * 26 * 26 * 3 * 3 * 3 * 16),
    # -- fields
    ("pools left out of the field", ["{conv: 5x5x8, stride: 4}", "max_pool: 3"], "max_pool1.receptive_field", 5),
    ("pools left out of the field", ["{conv: 5x5x8, stride: 2}", "max_pool: 3", "conv: 3x3x8"],
     "conv2.receptive_field", (5 + 2 * 2) + 2 * 2),
    ("pool's window left out", ["{conv: 5x5x8, stride: 4}", "max_pool: 3"], "max_pool1.receptive_field", 5),
    ("strides added up", ["{conv: 5x5x8, stride: 3}", "max_pool: 3", "conv: 2x2x8"],
     "conv2.receptive_field", (5 + 2 * 3) + 1 * (3 + 3)),
    ("padding counted in the field", ["{conv: 5x5x8, stride: 4}", "{conv: 5x5x8, padding: 2}"],
     "conv2.receptive_field", 5 + (4 + 2 * 2) * 4),
    ("stride of a transposed convolution multiplied", ["{conv: 5x5x8, stride: 4}", UP],
     "conv_transpose1.receptive_field", 5 + 3 * 4),
    ("strides of convolutions left out", ["{conv: 5x5x8, stride: 2}", "max_pool: 3", "conv: 3x3x8"],
     "conv2.receptive_field", (5 + 2 * 2) + 2 * 3),
    ("only the last stride", ["{conv: 5x5x8, stride: 2}", "max_pool: 3", "{conv: 2x2x8, stride: 2}", "conv: 2x2x8"],
     "conv3.receptive_field", 5 + 2 * 2 + 1 * 6 + 1 * 2),
    ("fields multiplied", ["conv: 7x7x8", "conv: 5x5x8"], "conv2.receptive_field", 35),
    ("kernels added up", ["{conv: 7x7x8, stride: 3}", "conv: 5x5x8"], "conv2.receptive_field", 7 + 5),
    ("back to front", ["{conv: 7x7x8, stride: 3}", "{conv: 5x5x8, stride: 4}"], "conv2.receptive_field", 6 * 4 + 5),
    ("grown on one side", ["{conv: 7x7x8, stride: 4}", "conv: 5x5x8"], "conv2.receptive_field", 7 + 2 * 4),
    ("own window left out", ["{conv: 7x7x8, stride: 4}", "conv: 5x5x8"], "conv2.receptive_field", 7),
    ("area for side", ["conv: 7x7x8"], "conv1.receptive_field", 49),
    ("field cut at the input", ["{conv: 7x7x8, stride: 4}", "{conv: 7x7x8, padding: 3}"], "conv2.receptive_field", 28),
    ("output for field", ["conv: 3x3x8"], "conv1.receptive_field", 26),
    ("global too early", ["conv: 3x3x8"], "conv1.receptive_field", "global"),
    ("field kept after seeing everything", ["conv: 5x5x8", "flatten"], "flatten1.receptive_field", 5),
    # -- totals: 3*3*3*16 + 16 = 448, and 26*26*16*10 + 10 = 108,170 parameters
    ("dense layers left out of the total", NET, "total.params", 448),
    ("convolutions left out of the total", NET, "total.params", 108170),
    ("biases left out of the total", NET, "total.params", 3 * 3 * 3 * 16 + 26 * 26 * 16 * 10),
    ("activations in the total", NET, "total.params", 448 + 108170 + 26 * 26 * 16 * 2 + 10),
    ("norms left out of the total", [CONV, "batch_norm", *DENSE], "total.params", 448 + 108170),
    ("one layer left out of the total", [CONV, CONV, CONV], "total.params", 448 + 3 * 3 * 16 * 16 + 16),
    ("one layer counted twice in the total", [CONV, CONV], "total.params", 448 + 2 * (3 * 3 * 16 * 16 + 16)),
    ("largest layer for the total", [CONV, "conv: 5x5x16", CONV], "total.params", 5 * 5 * 16 * 16 + 16),
    ("last layer for the total", ["flatten", "dense: 50", "dense: 10", "dense: 20"], "total.params", 10 * 20 + 20),
    ("batch counted in the memory", NET, "total.memory", 32 * 4 * 108618),
    ("one byte per number", NET, "total.memory", 108618),
    ("eight bytes per number", NET, "total.memory", 8 * 108618),
    ("two bytes per number", NET, "total.memory", 2 * 108618),
    ("bits for bytes", NET, "total.memory", 32 * 108618),
    ("activations in the memory", NET, "total.memory", 4 * (108618 + 26 * 26 * 16 * 2 + 10)),
    ("training in the memory", NET, "total.memory", 3 * 4 * 108618),
    ("MB for MiB", ["flatten", "dense: 100"], "total.memory", "0.94 MiB"),  # 4 * (2352 + 1) * 100 bytes = 0.9412 MB
]  # fmt: skip
