"""Whether two models are the same network, and where they first part."""
