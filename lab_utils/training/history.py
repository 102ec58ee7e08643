"""What a training run leaves behind: plain numbers, so that plotting never needs to train again."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class EpochRecord:
    """One pass over the training data. Losses are nats an example; accuracies are shares; times are in seconds."""

    epoch: int
    train_loss: float
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    cpu_seconds: float


@dataclass
class History:
    """The course of one `fit`: loss and learning rate at every update, and a record for every finished epoch."""

    step_loss: list[float] = field(default_factory=list)
    step_lr: list[float] = field(default_factory=list)
    epochs: list[EpochRecord] = field(default_factory=list)
    best_epoch: int | None = None
    interrupted: bool = False

    @property
    def seconds(self) -> float:
        """Wall-clock seconds spent training, evaluation included."""
        return sum(record.seconds for record in self.epochs)

    @property
    def cpu_seconds(self) -> float:
        """CPU seconds spent training, evaluation included, summed over threads."""
        return sum(record.cpu_seconds for record in self.epochs)

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, numbers and dictionaries: what a checkpoint stores."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> History:
        """The inverse of `to_dict`."""
        epochs = [EpochRecord(**record) for record in stored["epochs"]]
        return cls(**{**stored, "epochs": epochs})
