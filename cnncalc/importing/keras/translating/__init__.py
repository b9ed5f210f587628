"""Which of cnncalc's kinds the layers and operators of Keras are, by topic."""
