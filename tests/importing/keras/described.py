"""Descriptions of Keras models, as short as they can be."""

from __future__ import annotations


def layer(class_name, name, *reads, module="keras.layers", registered=None, calls=None, build=None, **config):
    """A layer of Keras 3, which reads the outputs of others: each a name, or a name and a shape."""
    nodes = calls if calls is not None else [[*reads]] if reads else []
    return {
        "module": module,
        "class_name": class_name,
        "config": {"name": name, "trainable": True, **config},
        "registered_name": registered,
        "build_config": build,
        "name": name,
        "inbound_nodes": [{"args": [argument(each) for each in read], "kwargs": {}} for read in nodes],
    }


def argument(read):
    """An argument of a call: a tensor, or a constant."""
    if isinstance(read, list):
        return [argument(each) for each in read]
    if not isinstance(read, str | tuple):
        return read
    name, sizes, node = (read, None, 0) if isinstance(read, str) else (*read, 0) if len(read) == 2 else read
    config = {"shape": sizes and [None, *sizes], "dtype": "float32", "keras_history": [name, node, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def image(*sizes, name="image", batch=None):
    """An input."""
    return layer("InputLayer", name, batch_shape=[batch, *sizes])


def functional(*layers, inputs=None, outputs=None, name="net", **more):
    """A model."""
    inputs = inputs or [each["name"] for each in layers if each["class_name"] == "InputLayer"]
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": name,
            "layers": list(layers),
            "input_layers": [[each, 0, 0] for each in inputs],
            "output_layers": [[each, 0, 0] for each in outputs or [layers[-1]["name"]]],
            **more,
        },
    }


def sequential(*layers, name="net"):
    """A model whose layers are in a row."""
    return {"module": "keras", "class_name": "Sequential", "config": {"name": name, "layers": list(layers)}}
