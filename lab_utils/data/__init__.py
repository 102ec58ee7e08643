"""What goes in: one loader per data set, each from files that ship with the book."""

from lab_utils.data.fashion import FASHION_CLASSES, fashion_mnist
from lab_utils.data.measured_grid import MeasuredGrid, regularization_grid
from lab_utils.data.photos import photo
from lab_utils.data.picture import PreparedPicture, prepare_picture, resize_only, simulated_photo
from lab_utils.data.split import ImageData, Split
from lab_utils.data.toys import circles, spiral, two_moons, xor

__all__ = [
    "FASHION_CLASSES",
    "ImageData",
    "MeasuredGrid",
    "PreparedPicture",
    "Split",
    "circles",
    "fashion_mnist",
    "photo",
    "prepare_picture",
    "regularization_grid",
    "resize_only",
    "simulated_photo",
    "spiral",
    "two_moons",
    "xor",
]
