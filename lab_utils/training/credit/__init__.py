"""Credit assignment: who gets which share of the blame, by backprop and by six rules with fewer demands on biology."""

from lab_utils.training.credit.chain import Credit
from lab_utils.training.credit.feedback import (
    Backprop,
    DirectFeedbackAlignment,
    FeedbackAlignment,
    OutputOnly,
    Rule,
)
from lab_utils.training.credit.learn import CreditRun, angles, keep_signs, learn
from lab_utils.training.credit.local import NodePerturbation, PredictiveCoding, TargetPropagation

__all__ = [
    "Backprop",
    "Credit",
    "CreditRun",
    "DirectFeedbackAlignment",
    "FeedbackAlignment",
    "NodePerturbation",
    "OutputOnly",
    "PredictiveCoding",
    "Rule",
    "TargetPropagation",
    "angles",
    "keep_signs",
    "learn",
]
