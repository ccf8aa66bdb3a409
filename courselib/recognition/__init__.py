"""Face recognition: an embedding, distances, triplets, Siamese heads, galleries, and how good all of it is.

```python
gallery = Gallery(load_face_embedding(), FACE_THRESHOLD)
gallery.add("Amina", picture)  # one picture, no training
gallery.identify(another_picture)  # (distance, "Amina"), or None instead of the name of a stranger
```
"""

from courselib.recognition.distances import pairwise_distances, squared_distance
from courselib.recognition.embedding import FACE_THRESHOLD, FaceNet, load_face_embedding
from courselib.recognition.gallery import Gallery, Match
from courselib.recognition.heads import absolute_difference_head, chi_square_head
from courselib.recognition.margin import CosFaceLoss, CosineClassifier
from courselib.recognition.metrics import (
    VerificationReport,
    area_under_roc,
    choose_threshold,
    rank_one,
    roc_curve,
    strangers_rejected,
    true_accepts_at,
    verification_pairs,
    verification_report,
)
from courselib.recognition.mining import batch_hard_triplets, random_triplets, semi_hard_triplets
from courselib.recognition.triplet import TripletModel, fit_triplets, triplet_loss

__all__ = [
    "FACE_THRESHOLD",
    "CosFaceLoss",
    "CosineClassifier",
    "FaceNet",
    "Gallery",
    "Match",
    "TripletModel",
    "VerificationReport",
    "absolute_difference_head",
    "area_under_roc",
    "batch_hard_triplets",
    "chi_square_head",
    "choose_threshold",
    "fit_triplets",
    "load_face_embedding",
    "pairwise_distances",
    "random_triplets",
    "rank_one",
    "roc_curve",
    "semi_hard_triplets",
    "squared_distance",
    "strangers_rejected",
    "triplet_loss",
    "true_accepts_at",
    "verification_pairs",
    "verification_report",
]
