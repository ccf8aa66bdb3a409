"""k-means with the distance 1 - IoU, and which anchor a box gets."""

from itertools import product

import numpy as np
import pytest

from courselib.detection import assign_anchors, iou, kmeans_anchors


def centered_iou(size1: np.ndarray, size2: np.ndarray) -> float:
    return iou(*[(-h / 2, -w / 2, h / 2, w / 2) for w, h in (size1, size2)])


def mean_best_iou(sizes: np.ndarray, anchors: np.ndarray) -> float:
    return float(np.mean([max(centered_iou(size, anchor) for anchor in anchors) for size in sizes]))


def test_finds_clear_groups_smallest_area_first() -> None:
    rng = np.random.default_rng(3)
    true = np.array([(10, 10), (8, 40), (60, 30)])
    sizes = np.concatenate([size * rng.uniform(0.95, 1.05, (30, 2)) for size in true])
    anchors = kmeans_anchors(rng.permutation(sizes), k=3)
    np.testing.assert_allclose(anchors, [sizes[30 * i : 30 * (i + 1)].mean(axis=0) for i in range(3)])


def test_as_good_as_the_best_of_all_partitions() -> None:
    rng = np.random.default_rng(5)
    sizes = rng.uniform(5, 50, (9, 2))
    best = max(
        mean_best_iou(sizes, [sizes[np.array(groups) == g].mean(axis=0) for g in (0, 1)])
        for groups in product((0, 1), repeat=9)
        if 0 < sum(groups) < 9
    )
    assert mean_best_iou(sizes, kmeans_anchors(sizes, k=2)) >= best - 0.02


def test_small_boxes_count_as_much_as_large_ones() -> None:
    # With the Euclidean distance one anchor would lie between the two small groups, which differ by 12 pixels only.
    sizes = np.array([(4, 4)] * 20 + [(16, 16)] * 20 + [(200, 200), (230, 230)] * 10, float)
    anchors = kmeans_anchors(sizes, k=3)
    np.testing.assert_allclose(anchors, [(4, 4), (16, 16), (215, 215)])


def test_corners_are_taken_as_sizes() -> None:
    rng = np.random.default_rng(0)
    sizes, places = rng.integers(5, 60, (40, 2)), rng.integers(0, 99, (40, 2))
    corners = np.concatenate([places, places + sizes[:, ::-1]], axis=1)  # y, x; height before width
    np.testing.assert_array_equal(kmeans_anchors(corners, 4), kmeans_anchors(sizes, 4))
    np.testing.assert_array_equal(assign_anchors(corners, sizes[:5]), assign_anchors(sizes, sizes[:5]))


def test_same_seed_same_anchors_and_one_anchor_is_the_mean() -> None:
    sizes = np.random.default_rng(1).uniform(5, 60, (200, 2))
    np.testing.assert_array_equal(kmeans_anchors(sizes, 5, seed=2), kmeans_anchors(sizes, 5, seed=2))
    np.testing.assert_allclose(kmeans_anchors(sizes, 1), [sizes.mean(axis=0)])
    areas = kmeans_anchors(sizes, 6).prod(axis=1)
    assert (np.diff(areas) > 0).all()


def test_k_equal_to_the_number_of_shapes_gives_the_shapes() -> None:
    sizes = np.array([(4, 9), (9, 4), (5, 5), (5, 5), (20, 20)], float)
    anchors = kmeans_anchors(sizes, 4)
    np.testing.assert_array_equal(anchors, [(5, 5), (4, 9), (9, 4), (20, 20)])


def test_assign_anchors_is_the_best_iou_on_one_centre() -> None:
    rng = np.random.default_rng(7)
    sizes, anchors = rng.uniform(5, 60, (30, 2)), rng.uniform(5, 60, (5, 2))
    expected = [int(np.argmax([centered_iou(size, anchor) for anchor in anchors])) for size in sizes]
    assert assign_anchors(sizes, anchors).tolist() == expected
    assert assign_anchors([(10, 10)], [(20, 10), (10, 20)]).tolist() == [0]  # equal: the first
    assert assign_anchors([], anchors).shape == (0,)


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"at least `k` boxes of different shapes.*Received: k=3, 2 different shapes"):
        kmeans_anchors([(1, 2), (1, 2), (3, 4)], 3)
    with pytest.raises(ValueError, match="Received: k=0, 1 different shapes"):
        kmeans_anchors([(1, 2)], 0)
    with pytest.raises(ValueError, match=r"positive width and height. Received: row 1 is 0 wide and 4 high"):
        kmeans_anchors([(1, 2), (0, 4)], 1)
    with pytest.raises(ValueError, match=r"shape \(n, 2\) or corners.*Received: shape \(2, 3\)"):
        assign_anchors(np.ones((2, 3)), [(1, 1)])
