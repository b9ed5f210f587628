"""Makes the model files of this folder: one network in PyTorch, ONNX and Keras, as their own tools save it.

pip install torch onnx onnxscript keras && KERAS_BACKEND=torch python make_models.py
"""

import keras
import torch
from keras import layers
from torch import nn


class BasicBlock(nn.Module):
    """Two convolutions and a shortcut around them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Adds what comes in to what the convolutions make of it."""
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(y)))


class Digits(nn.Module):
    """Classifies images of digits."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, stride=2, padding=2, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.body = nn.Sequential(BasicBlock(16), BasicBlock(16))
        self.fc = nn.Linear(16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """From images to ten scores."""
        x = self.body(torch.relu(self.bn1(self.conv1(x))))
        return self.fc(x.mean((2, 3)))


def in_keras() -> keras.Model:
    """The same network in Keras."""

    def conv(x, kernel, strides=1):
        x = layers.Conv2D(16, kernel, strides, "same", use_bias=False)(x)
        return layers.BatchNormalization()(x)

    image = keras.Input((28, 28, 1))
    x = layers.Activation("relu")(conv(image, 5, 2))
    for _ in range(2):
        y = conv(layers.Activation("relu")(conv(x, 3)), 3)
        x = layers.Activation("relu")(layers.add([x, y]))
    return keras.Model(image, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)), name="digits")


if __name__ == "__main__":
    torch.manual_seed(0)
    model = Digits().eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):  # as if it had been trained
            nn.init.normal_(module.bias, std=0.1)
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 2)
    example = (torch.randn(2, 1, 28, 28),)
    exported = torch.export.export(model, example, dynamic_shapes=({0: torch.export.Dim("batch")},))
    for node in exported.graph.nodes:
        node.meta.pop("stack_trace", None)  # on whose machine the files were made is nobody's business
    torch.export.save(exported, "digits.pt2")
    torch.onnx.export(exported, example, "digits.onnx", dynamo=True, external_data=False)
    in_keras().save("digits.keras")
