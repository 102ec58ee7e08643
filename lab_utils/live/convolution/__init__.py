"""Convolution arithmetic: a window that slides over a small grid, one sum at a time."""
