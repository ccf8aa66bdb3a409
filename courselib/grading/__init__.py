"""Exercises, keys, checks and grades. Nothing here imports TensorFlow, Keras or the course library."""

from courselib.grading.check import Check, CheckFailed
from courselib.grading.exercise import Case, Code, Exercise, Mistake, Score

__all__ = ["Case", "Check", "CheckFailed", "Code", "Exercise", "Mistake", "Score"]
