"""What learns: one family of networks per file."""

from lab_utils.models.attention import Attention, causal_mask, scaled_dot_product_attention
from lab_utils.models.autoencoder import Autoencoder, SparseAutoencoder
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
from lab_utils.models.neuron import LeakyNeuron, Spikes
from lab_utils.models.positions import rotate, sinusoidal
from lab_utils.models.sampling import generate, next_probabilities
from lab_utils.models.scratch import ScratchMLP
from lab_utils.models.sparse_codes import LifetimeSparse, TopK, WinnerTakeAll
from lab_utils.models.trained_gpt import GPT_SHAPE, book_gpt, book_samples, save_gpt
from lab_utils.models.transformer import GPT, Block
from lab_utils.models.v1 import V1, gabor
from lab_utils.models.vae import VAE, gaussian_kl
from lab_utils.models.vit import ViT

__all__ = [
    "BLOCKS",
    "GPT",
    "GPT_SHAPE",
    "MLP",
    "V1",
    "VAE",
    "AlexNetBlock",
    "Attention",
    "Autoencoder",
    "Block",
    "BlockCNN",
    "Bottleneck",
    "ConvNorm",
    "DenseBlock",
    "DepthwiseSeparable",
    "Dropout",
    "FastCNN",
    "InceptionBlock",
    "LeNetBlock",
    "LeakyNeuron",
    "LifetimeSparse",
    "MBConv",
    "ResNeXtBlock",
    "ResidualBlock",
    "ResidualMLP",
    "ScratchMLP",
    "SparseAutoencoder",
    "Spikes",
    "SqueezeExcitation",
    "StochasticDepth",
    "TopK",
    "TutorialCNN",
    "VGGBlock",
    "ViT",
    "WinnerTakeAll",
    "book_gpt",
    "book_samples",
    "causal_mask",
    "dense_of_equal_size",
    "gabor",
    "gaussian_kl",
    "generate",
    "interpolating_network",
    "next_probabilities",
    "rotate",
    "save_gpt",
    "scaled_dot_product_attention",
    "sinusoidal",
    "tent_network",
]
