"""Weights as a framework loads them into generated code."""
