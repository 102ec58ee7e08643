"""What goes in: one loader per data set, each from files that ship with the book."""

from lab_utils.data.bits import bit_patterns
from lab_utils.data.fashion import FASHION_CLASSES, fashion_mnist
from lab_utils.data.fashion_maps import FashionMaps, fashion_maps
from lab_utils.data.manifolds import OnManifold, noisy_spiral, ring_population
from lab_utils.data.measured_grid import MeasuredGrid, regularization_grid
from lab_utils.data.natural import photo_patches, whitened_photo
from lab_utils.data.photos import photo
from lab_utils.data.picture import PreparedPicture, prepare_picture, resize_only, simulated_photo
from lab_utils.data.sparse_walkthrough import SparseWalkthrough, sparse_walkthrough
from lab_utils.data.split import ImageData, Split
from lab_utils.data.text import TextData, all_windows, book_text, random_windows, repeated_rows
from lab_utils.data.toys import circles, spiral, two_moons, xor
from lab_utils.data.volatile import VolatileWorld, volatile_world

__all__ = [
    "FASHION_CLASSES",
    "FashionMaps",
    "ImageData",
    "MeasuredGrid",
    "OnManifold",
    "PreparedPicture",
    "SparseWalkthrough",
    "Split",
    "TextData",
    "VolatileWorld",
    "all_windows",
    "bit_patterns",
    "book_text",
    "circles",
    "fashion_maps",
    "fashion_mnist",
    "noisy_spiral",
    "photo",
    "photo_patches",
    "prepare_picture",
    "random_windows",
    "regularization_grid",
    "repeated_rows",
    "resize_only",
    "ring_population",
    "simulated_photo",
    "sparse_walkthrough",
    "spiral",
    "two_moons",
    "volatile_world",
    "whitened_photo",
    "xor",
]
