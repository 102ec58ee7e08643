"""How it learns: one visible loop for the whole book, its settings, and what may hang on to it."""

from lab_utils.training.augment import compose, flip, translate
from lab_utils.training.callbacks import EarlyStopping, Stopwatch
from lab_utils.training.checkpoint import Checkpoint
from lab_utils.training.fit import fit
from lab_utils.training.history import EpochRecord, History
from lab_utils.training.recipe import Recipe
from lab_utils.training.run import Callback, Run

__all__ = [
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "EpochRecord",
    "History",
    "Recipe",
    "Run",
    "Stopwatch",
    "compose",
    "fit",
    "flip",
    "translate",
]
