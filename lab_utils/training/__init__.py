"""How it learns: one visible loop for the whole book, its settings, and what may hang on to it."""

from lab_utils.training import credit, optimizers, schedules
from lab_utils.training.activity import HeldActivity, contraction, kl_to_target, l1_activity
from lab_utils.training.augment import colour_jitter, compose, crop, erase, flip, rotate, translate, turn
from lab_utils.training.callbacks import EarlyStopping, Stopwatch
from lab_utils.training.checkpoint import Checkpoint
from lab_utils.training.corrupt import add_noise, drop_pixels
from lab_utils.training.descent import Trace, descend, follow, hessian
from lab_utils.training.fisher import (
    gaussian_fisher,
    gaussian_loss,
    gaussian_parameters,
    logistic_fisher,
    logistic_loss,
)
from lab_utils.training.fit import fit
from lab_utils.training.history import EpochRecord, History
from lab_utils.training.kfac import KFAC
from lab_utils.training.language import LossAlong, next_character_loss, text_loss
from lab_utils.training.lbfgs import lbfgs
from lab_utils.training.minibatch import LinearRun, least_squares_sgd
from lab_utils.training.mixing import cutmix, mixup, one_hot
from lab_utils.training.objective import Objective, bernoulli_nats, squared_error, total
from lab_utils.training.plasticity import RewardRun, Sliding, bcm, hebb, oja, reward_hebb, scaled_hebb
from lab_utils.training.recipe import Recipe
from lab_utils.training.run import Callback, Run
from lab_utils.training.sparse_coding import SparseRun, fista, improve_atoms, ista, learn_atoms, sparse_energy
from lab_utils.training.sparsity import shrink_weights, soft_threshold
from lab_utils.training.surfaces import SURFACES, Surface
from lab_utils.training.tracking import Track, change_point_rate, delta_rule, pearce_hall

__all__ = [
    "KFAC",
    "SURFACES",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "EpochRecord",
    "HeldActivity",
    "History",
    "LinearRun",
    "LossAlong",
    "Objective",
    "Recipe",
    "RewardRun",
    "Run",
    "Sliding",
    "SparseRun",
    "Stopwatch",
    "Surface",
    "Trace",
    "Track",
    "add_noise",
    "bcm",
    "bernoulli_nats",
    "change_point_rate",
    "colour_jitter",
    "compose",
    "contraction",
    "credit",
    "crop",
    "cutmix",
    "delta_rule",
    "descend",
    "drop_pixels",
    "erase",
    "fista",
    "fit",
    "flip",
    "follow",
    "gaussian_fisher",
    "gaussian_loss",
    "gaussian_parameters",
    "hebb",
    "hessian",
    "improve_atoms",
    "ista",
    "kl_to_target",
    "l1_activity",
    "lbfgs",
    "learn_atoms",
    "least_squares_sgd",
    "logistic_fisher",
    "logistic_loss",
    "mixup",
    "next_character_loss",
    "oja",
    "one_hot",
    "optimizers",
    "pearce_hall",
    "reward_hebb",
    "rotate",
    "scaled_hebb",
    "schedules",
    "shrink_weights",
    "soft_threshold",
    "sparse_energy",
    "squared_error",
    "text_loss",
    "total",
    "translate",
    "turn",
]
