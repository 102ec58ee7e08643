"""What learns: one family of networks per file."""

from lab_utils.models.convnet import FastCNN, TutorialCNN
from lab_utils.models.mlp import MLP, dense_of_equal_size

__all__ = ["MLP", "FastCNN", "TutorialCNN", "dense_of_equal_size"]
