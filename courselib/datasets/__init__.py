"""Data for the course: what scikit-learn and scikit-image bundle, what courselib renders, and your own folders."""

from courselib.datasets._cifar import load_cifar10
from courselib.datasets._dashcam import dashcam_drive, load_dashcam
from courselib.datasets._detection_data import DetectionData
from courselib.datasets._detection_folder import load_detection_folder
from courselib.datasets._digits import load_digits
from courselib.datasets._face_folder import load_face_folder
from courselib.datasets._face_patches import load_face_patches
from courselib.datasets._faces import Faces, load_faces
from courselib.datasets._image_folder import load_image_folder
from courselib.datasets._images import LabelledImages
from courselib.datasets._paintings import load_paintings, load_photographs
from courselib.datasets._paintings_file import load_picture
from courselib.datasets._signals import LabelledSignals, load_ecg
from courselib.datasets._signs import load_signs
from courselib.datasets._volumes import LabelledVolumes, load_ct

__all__ = [
    "DetectionData",
    "Faces",
    "LabelledImages",
    "LabelledSignals",
    "LabelledVolumes",
    "dashcam_drive",
    "load_cifar10",
    "load_ct",
    "load_dashcam",
    "load_detection_folder",
    "load_digits",
    "load_ecg",
    "load_face_folder",
    "load_face_patches",
    "load_faces",
    "load_image_folder",
    "load_paintings",
    "load_photographs",
    "load_picture",
    "load_signs",
]
