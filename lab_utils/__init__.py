"""The package behind *Deep Representations*: everything that the chapters call, one room per question.

`data` (what goes in), `models` (what learns), `training` (how it learns), `measure` (what it learned), `plotting`
(how we see it), `live` (what you can touch), `practice` (quizzes and exercises).
"""

from lab_utils.core import declare_missing_torchvision_operators

declare_missing_torchvision_operators()  # before anything imports torchvision
