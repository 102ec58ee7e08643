"""What the reader does: the self-marked quiz of a chapter, and the exercises that check themselves."""

from lab_utils.practice.exercises import Exercise, ExerciseError, exercises
from lab_utils.practice.mastery import mastery_check
from lab_utils.practice.questions import Choice, NumberQuestion, Question, QuestionError

__all__ = [
    "Choice",
    "Exercise",
    "ExerciseError",
    "NumberQuestion",
    "Question",
    "QuestionError",
    "exercises",
    "mastery_check",
]
