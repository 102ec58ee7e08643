"""What goes in: one loader per data set, each from files that ship with the book."""

from lab_utils.data.fashion import FASHION_CLASSES, fashion_mnist
from lab_utils.data.picture import PreparedPicture, prepare_picture, resize_only, simulated_photo
from lab_utils.data.split import ImageData, Split

__all__ = [
    "FASHION_CLASSES",
    "ImageData",
    "PreparedPicture",
    "Split",
    "fashion_mnist",
    "prepare_picture",
    "resize_only",
    "simulated_photo",
]
