"""What a setting of a layer may be: types, shapes, paddings."""
