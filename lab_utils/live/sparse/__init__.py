"""Sparse coding: an overcomplete set of atoms learned from patches of natural photos."""
