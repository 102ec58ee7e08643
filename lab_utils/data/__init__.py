"""What goes in: one loader per data set, each from files that ship with the book."""

from lab_utils.data.fashion import FASHION_CLASSES, fashion_mnist
from lab_utils.data.split import ImageData, Split

__all__ = ["FASHION_CLASSES", "ImageData", "Split", "fashion_mnist"]
