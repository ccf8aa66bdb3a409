"""A course on convolutional neural networks in graded notebooks, its library and its autograder."""

__version__ = "0.1.0"
