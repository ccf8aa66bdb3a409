"""Data for the course: what scikit-learn and scikit-image bundle, what courselib renders, and your own folders."""

from courselib.datasets._cifar import load_cifar10
from courselib.datasets._digits import load_digits
from courselib.datasets._face_patches import load_face_patches
from courselib.datasets._images import LabelledImages
from courselib.datasets._signs import load_signs

__all__ = ["LabelledImages", "load_cifar10", "load_digits", "load_face_patches", "load_signs"]
