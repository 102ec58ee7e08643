"""How it learns: one visible loop for the whole book, its settings, and what may hang on to it."""

from lab_utils.training import optimizers, schedules
from lab_utils.training.augment import colour_jitter, compose, crop, erase, flip, rotate, translate, turn
from lab_utils.training.callbacks import EarlyStopping, Stopwatch
from lab_utils.training.checkpoint import Checkpoint
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
from lab_utils.training.lbfgs import lbfgs
from lab_utils.training.minibatch import LinearRun, least_squares_sgd
from lab_utils.training.mixing import cutmix, mixup, one_hot
from lab_utils.training.recipe import Recipe
from lab_utils.training.run import Callback, Run
from lab_utils.training.sparsity import shrink_weights, soft_threshold
from lab_utils.training.surfaces import SURFACES, Surface

__all__ = [
    "KFAC",
    "SURFACES",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "EpochRecord",
    "History",
    "LinearRun",
    "Recipe",
    "Run",
    "Stopwatch",
    "Surface",
    "Trace",
    "colour_jitter",
    "compose",
    "crop",
    "cutmix",
    "descend",
    "erase",
    "fit",
    "flip",
    "follow",
    "gaussian_fisher",
    "gaussian_loss",
    "gaussian_parameters",
    "hessian",
    "lbfgs",
    "least_squares_sgd",
    "logistic_fisher",
    "logistic_loss",
    "mixup",
    "one_hot",
    "optimizers",
    "rotate",
    "schedules",
    "shrink_weights",
    "soft_threshold",
    "translate",
    "turn",
]
