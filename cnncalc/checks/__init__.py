"""Checks of models that can be read: a registry, in which each check has its code and that code's texts."""
