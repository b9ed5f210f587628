"""The models whose numbers on the page are compared with the JSON of the commands."""

MODELS = (
    "lenet5", "typical_cnn", "resnet18", "unet", "yolov8", "vit_b_16", "m5", "unet_3d", "siamese", "mobilenet_v2",
)  # fmt: skip
