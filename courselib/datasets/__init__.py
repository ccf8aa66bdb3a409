"""Data for the course: what scikit-learn and scikit-image bundle, what courselib renders, and your own folders."""

from courselib.datasets._cifar import load_cifar10
from courselib.datasets._dashcam import dashcam_drive, load_dashcam
from courselib.datasets._detection_data import DetectionData
from courselib.datasets._detection_folder import load_detection_folder
from courselib.datasets._digits import load_digits
from courselib.datasets._face_patches import load_face_patches
from courselib.datasets._images import LabelledImages
from courselib.datasets._signs import load_signs

__all__ = [
    "DetectionData",
    "LabelledImages",
    "dashcam_drive",
    "load_cifar10",
    "load_dashcam",
    "load_detection_folder",
    "load_digits",
    "load_face_patches",
    "load_signs",
]
