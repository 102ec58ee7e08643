"""What learns: one family of networks per file."""

from lab_utils.models.blocks import (
    BLOCKS,
    Bottleneck,
    DenseBlock,
    DepthwiseSeparable,
    MBConv,
    ResidualBlock,
    ResNeXtBlock,
    SqueezeExcitation,
)
from lab_utils.models.classic_blocks import AlexNetBlock, ConvNorm, InceptionBlock, LeNetBlock, VGGBlock
from lab_utils.models.constructed import interpolating_network, tent_network
from lab_utils.models.convnet import BlockCNN, FastCNN, TutorialCNN
from lab_utils.models.dropout import Dropout, ResidualMLP, StochasticDepth
from lab_utils.models.mlp import MLP, dense_of_equal_size
from lab_utils.models.scratch import ScratchMLP

__all__ = [
    "BLOCKS",
    "MLP",
    "AlexNetBlock",
    "BlockCNN",
    "Bottleneck",
    "ConvNorm",
    "DenseBlock",
    "DepthwiseSeparable",
    "Dropout",
    "FastCNN",
    "InceptionBlock",
    "LeNetBlock",
    "MBConv",
    "ResNeXtBlock",
    "ResidualBlock",
    "ResidualMLP",
    "ScratchMLP",
    "SqueezeExcitation",
    "StochasticDepth",
    "TutorialCNN",
    "VGGBlock",
    "dense_of_equal_size",
    "interpolating_network",
    "tent_network",
]
