# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # YOLO: find the cars
#
# A camera behind a windscreen. What is on the road, and where? Run the next four cells and look at the two pictures.

# %% id="setup" tags=["setup"]
import io
import json
import time
from base64 import b64encode

import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display
from keras import ops
from PIL import Image

from courselib.datasets import dashcam_drive, load_dashcam
from courselib.detection import detect, draw_boxes
from courselib.grading import Check
from courselib.models import TinyYOLO, load_tiny_yolo

check = Check("yolo_car_detection")
keras.utils.set_random_seed(0)
plt.rcParams.update({"figure.dpi": 90})
BLUE, ORANGE = "#0072b2", "#d55e00"  # fit for colour-blind readers
check.progress()


# %% id="helpers" tags=["setup"]
def to_numpy(values):
    """A NumPy array from a list, an array, or a tensor of any Keras backend."""
    return np.asarray(ops.convert_to_numpy(values) if ops.is_tensor(values) else values)


def widths_and_heights(boxes):
    """Widths and heights of shape (n, 2). Corners of shape (n, 4) are converted; (n, 2) comes back as it is."""
    boxes = to_numpy(boxes)
    if boxes.shape[1] == 2:
        return boxes
    return np.stack([boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]], axis=1)  # (n, 2)


# %% id="show-helper"
def show(pictures, height=2.9):
    """Draw pictures side by side, {title: picture}."""
    _, axes = plt.subplots(1, len(pictures), figsize=(8, height), layout="constrained")
    for ax, (title, picture) in zip(np.atleast_1d(axes), pictures.items(), strict=True):
        ax.imshow(picture)
        ax.set_title(title, fontsize=10)
        ax.axis("off")
    plt.show()


# %% id="look-first"
test = load_dashcam(120, seed=6)  # 120 scenes that no network has seen
shipped = load_tiny_yolo()  # a trained detector
scene = test.images[SCENE := 96]  # (128, 192, 3)

all_scores, all_boxes, all_classes = detect(shipped, scene[None], 2000, score_threshold=0.02, iou_threshold=1.0)[0]
scores, boxes, classes = detect(shipped, scene[None], score_threshold=0.5)[0]
result = draw_boxes(scene, boxes, classes, scores, test.class_names, scale=3)
fig, axes = plt.subplots(1, 2, figsize=(8, 2.9), layout="constrained")
axes[0].imshow(scene)
for y1, x1, y2, x2 in all_boxes:
    axes[0].add_patch(plt.Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor="#f0e442", linewidth=0.8))
axes[0].set_title(f"what the network says: {len(all_boxes)} boxes", fontsize=10)
axes[1].imshow(result)
axes[1].set_title(f"what you want: {len(boxes)} boxes", fontsize=10)
for ax in axes:
    ax.axis("off")
plt.show()

# %% [markdown] id="what-you-see"
# The same scene twice, and the same network. On the left are all places where it suspects something. On the right is
# what a driver wants to know. Between the two pictures lie a few lines of code, and today you write them.
#
# In the last notebook a window slid over the picture, and a classifier looked at every window. **YOLO** (*you only look
# once*, Joseph Redmon and others, [2015](https://arxiv.org/abs/1506.02640)) needs one look. A single convolutional
# network reads the whole picture and writes down all boxes at once. That is why it can watch a video.
#
# The scenes are drawn by a program. So every box is known exactly, and you have as many as you like. The five classes
# are car, truck, pedestrian, motorcycle and traffic sign.

# %% [markdown] id="what-you-will-write"
# ## What you will write
#
# | part | you write | points |
# | --- | --- | --- |
# | 1. How well do two boxes agree? | `iou` | 8 |
# | 2. From a crowd to a few | `yolo_filter_boxes`, `non_max_suppression`, `yolo_non_max_suppression` | 26 |
# | 3. Anchors | `assign_anchors`, `kmeans_anchors` | 16 |
# | 4. What the network shall say | `encode_targets`, `decode_predictions` | 19 |
# | 5. The loss | `yolo_loss` | 11 |
# | 6. Train it | `yolo_eval` | 7 |
# | 7. How good is it? | `average_precision`, `mean_average_precision` | 13 |
#
# That is 12 functions and 100 points. Plan about four hours. The computer needs about **two minutes** on two cores,
# most of it to train. You need no GPU and no internet.
#
# ## Conventions
#
# - **A box** is four numbers, its corners $(y_1, x_1, y_2, x_2)$: upper left, then lower right. $y$ goes down and $x$
#   goes to the right, in pixels from the picture's upper left corner. Rows come first, as in arrays.
# - **Sizes** stand in the other order, as people say them: (width, height).
# - **Inputs** can be lists, NumPy arrays or tensors. The helper `to_numpy` from above makes an array of any of them.
#   The loss is the one exception: there tensors must stay tensors.
#
# Where it says **Predict, then run**, please do it in this order.

# %% [markdown] id="part-1"
# # 1. How well do two boxes agree?
#
# No detector hits a box to the pixel. So we need a number for "nearly right". It must not depend on the size of the
# boxes: 5 pixels beside are nothing for a truck, but everything for a distant pedestrian. The usual number is the
# **intersection over union**:
#
# $$\text{IoU} = \frac{\text{area that both boxes cover}}{\text{area that at least one of them covers}}$$
#
# It is 1 for equal boxes and 0 for boxes that have nothing in common.
#
# - The intersection begins at the *larger* of the two upper left corners and ends at the *smaller* of the two lower
#   right corners. If it ends before it begins, there is none.
# - The union is area one plus area two. But then the intersection is counted twice.
#
# ### Exercise: intersection over union
#
# Write `box[..., 0]` and not `box[0]`. Then the same lines work for two boxes and for thousands of them: one box of
# shape (4,) against many of shape (n, 4) gives n numbers. You will need that soon.


# %% id="iou"
def iou(box1, box2):
    """Intersection over union of two boxes.

    Args:
        box1: corners (y1, x1, y2, x2), of shape (4,) or (..., 4). List, array or tensor. Not modified.
        box2: corners, of a shape that broadcasts with that of box1.

    Returns:
        one number in [0, 1] for two boxes, otherwise an array of shape (...). Boxes that only touch have 0. Where both
        boxes have no area, the union is 0, and so is the result.
    """
    ### BEGIN SOLUTION
    box1, box2 = to_numpy(box1), to_numpy(box2)
    upper_left = np.maximum(box1[..., :2], box2[..., :2])  # (..., 2)
    lower_right = np.minimum(box1[..., 2:], box2[..., 2:])  # (..., 2)
    sides = np.maximum(lower_right - upper_left, 0)  # (..., 2)
    intersection = sides[..., 0] * sides[..., 1]  # (...)
    area1 = (box1[..., 2] - box1[..., 0]) * (box1[..., 3] - box1[..., 1])
    area2 = (box2[..., 2] - box2[..., 0]) * (box2[..., 3] - box2[..., 1])
    union = area1 + area2 - intersection
    return np.where(union > 0, intersection / np.where(union > 0, union, 1), 0.0)[()]
    ### END SOLUTION


# %% id="check-iou"
check(iou)

# %% [markdown] id="predict-iou"
# ## A feeling for the number
#
# A square of 40 x 40 pixels. A second one, of the same size, moves away from it along the diagonal.
#
# **Predict, then run.** How far may it move before the IoU falls below 0.5? This is the usual limit for "found".

# %% id="iou-feeling"
shifts = [0, 4, 8, 12, 20, 32]
fig, axes = plt.subplots(1, len(shifts), figsize=(8, 1.9), layout="constrained")
for ax, shift in zip(axes, shifts, strict=True):
    ax.add_patch(plt.Rectangle((0, 0), 40, 40, facecolor=BLUE, alpha=0.5))
    ax.add_patch(plt.Rectangle((shift, shift), 40, 40, facecolor=ORANGE, alpha=0.5))
    ax.set(xlim=(-2, 76), ylim=(76, -2), aspect="equal")
    ax.set_title(f"{shift} px: {iou((0, 0, 40, 40), (shift, shift, shift + 40, shift + 40)):.2f}", fontsize=10)
    ax.axis("off")
plt.show()

# %% [markdown] id="iou-answer"
# Eight of forty pixels are already too much: the IoU is 0.47. It is a strict number. Remember this when you see an IoU
# of 0.7 later. It looks like a perfect box.

# %% [markdown] id="part-2"
# # 2. From a crowd to a few
#
# The network divides the picture into a grid of 16 x 24 cells. Every cell may report several boxes, one for each of its
# **anchors** (part 3). For each of them the network says three things:
#
# - a **box**: four numbers;
# - a **confidence**, from 0 to 1: is there an object at all?
# - **class probabilities**: *if* there is one, which?
#
# That is a few thousand boxes for every picture, whatever is in it. Most of them mean nothing.
#
# The score of a class is the product of the two:
#
# $$\text{score}_c = P(\text{object}) \cdot P(c \mid \text{object})$$
#
# A box gets the class with the highest score.
#
# ### Exercise: throw away the doubtful
#
# Multiply, find the best class of every box, and keep the boxes whose best score reaches the threshold. A score *equal*
# to the threshold stays.


# %% id="yolo-filter-boxes"
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    """Keep the boxes whose best class has a score of at least the threshold.

    Args:
        boxes: of shape (..., 4), for example (grid_h, grid_w, num_anchors, 4). Array or tensor. Not modified.
        box_confidence: in 0-1, of shape (..., 1).
        box_class_probs: in 0-1, of shape (..., num_classes).
        threshold: float, the lowest score that stays.

    Returns:
        (scores, boxes, classes) of the n boxes that stay, in the order of the input: arrays of shape (n,), (n, 4) and
        (n,). The classes are ids from 0.
    """
    # Step 1: the scores of all classes, (..., num_classes).
    # Step 2: the best class of each box, and its score.
    # Step 3: a mask of the boxes that stay.
    ### BEGIN SOLUTION
    boxes, box_confidence, box_class_probs = to_numpy(boxes), to_numpy(box_confidence), to_numpy(box_class_probs)
    class_scores = box_confidence * box_class_probs  # (..., num_classes)
    classes = np.argmax(class_scores, axis=-1)  # (...)
    scores = np.max(class_scores, axis=-1)  # (...)
    kept = scores >= threshold  # (...)
    return scores[kept], boxes[kept], classes[kept]
    ### END SOLUTION


# %% id="check-yolo-filter-boxes"
check(yolo_filter_boxes)

# %% [markdown] id="predict-filter"
# ## How many stay?
#
# **Predict, then run.** The scene above holds a handful of objects. How many of its boxes have a score of at least 0.6?
# As many as there are objects?

# %% id="filter-experiment"
y = shipped.predict(scene[None], verbose=0)[0]  # (16, 24, num_anchors, 10)
num_objects = len(test.boxes[SCENE])
for threshold in (0.0, 0.01, 0.1, 0.3, 0.6, 0.9):
    kept, _, _ = yolo_filter_boxes(y[..., 1:5], y[..., :1], y[..., 5:], threshold)
    print(f"score of at least {threshold:4.2f}: {len(kept):4d} boxes for {num_objects} objects")

# %% [markdown] id="filter-answer"
# From 2304 to some twenty, but never to one per object. Several neighbouring cells see the same car, and each of them
# is sure. No threshold can repair this: the duplicates are as confident as the best box.
#
# ## One object, one box
#
# The cure is **non-max suppression**, and it is a greedy game:
#
# 1. Take the box with the best score. It stays.
# 2. All boxes that overlap it too much show the same thing. They go.
# 3. Repeat with the rest, until nothing is left or enough boxes stayed.
#
# ### Exercise: non-max suppression
#
# Write it by hand. A box goes when its IoU with a better one *that stays* is **above** the threshold; equal is allowed.
# A box that is already gone removes nobody.


# %% id="non-max-suppression"
def non_max_suppression(boxes, scores, iou_threshold, max_boxes):
    """Of boxes that show the same thing, keep the one with the best score.

    Args:
        boxes: corners (y1, x1, y2, x2), of shape (n, 4); n can be 0. Array or tensor. Not modified.
        scores: of shape (n,).
        iou_threshold: float. A box goes when its IoU with a better one that stays is above this.
        max_boxes: int, how many boxes stay at most.

    Returns:
        array of ints: the indices (into the input) of the boxes that stay, best score first.
    """
    ### BEGIN SOLUTION
    boxes, scores = to_numpy(boxes), to_numpy(scores)
    waiting = np.argsort(-scores)  # (n,), best first
    kept = []
    while len(waiting) > 0 and len(kept) < max_boxes:
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        overlaps = iou(boxes[best], boxes[waiting])  # (how many wait,)
        waiting = waiting[overlaps <= iou_threshold]
    return np.array(kept, dtype=int)
    ### END SOLUTION


# %% id="check-non-max-suppression"
check(non_max_suppression)

# %% [markdown] id="about-classes"
# ## Not across classes
#
# A pedestrian walks in front of a car. The two boxes overlap, but they are two objects. If the better one removed the
# other, the detector would lose either the car or, worse, the pedestrian. So suppression works **within each class**.
#
# ### Exercise: suppression per class
#
# Use your function once for each class that occurs. Then put the survivors together: the best score first *over all
# classes*, and at most `max_boxes` *in all*.


# %% id="yolo-non-max-suppression"
def yolo_non_max_suppression(scores, boxes, classes, max_boxes=10, iou_threshold=0.5):
    """Non-max suppression within each class.

    Args:
        scores: of shape (n,); n can be 0. Array or tensor. Not modified.
        boxes: corners (y1, x1, y2, x2), of shape (n, 4).
        classes: class ids, of shape (n,).
        max_boxes: int, how many boxes stay at most, over all classes together.
        iou_threshold: float. A box goes when its IoU with a better one of its class that stays is above this.

    Returns:
        (scores, boxes, classes) of the boxes that stay, best score first over all classes.
    """
    ### BEGIN SOLUTION
    scores, boxes, classes = to_numpy(scores), to_numpy(boxes), to_numpy(classes)
    kept = np.zeros(0, dtype=int)
    for class_id in np.unique(classes):
        of_class = np.flatnonzero(classes == class_id)
        stay = non_max_suppression(boxes[of_class], scores[of_class], iou_threshold, max_boxes)
        kept = np.concatenate([kept, of_class[stay]])
    kept = kept[np.argsort(-scores[kept])][:max_boxes]
    return scores[kept], boxes[kept], classes[kept]
    ### END SOLUTION


# %% id="check-yolo-non-max-suppression"
check(yolo_non_max_suppression)

# %% [markdown] id="slider-intro"
# ## Two thresholds, two sliders
#
# Now you have two knobs: the lowest score that stays, and the highest overlap that is allowed. The next cell runs
# *your* functions with 8 x 8 settings. Move the sliders. (If you see no sliders, run the cell.)
#
# **Predict first.** Which slider makes objects disappear? Which one makes twins appear?


# %% id="slider-helper"
def threshold_sliders(image, found, score_thresholds, iou_thresholds, colors, names):
    """A picture with boxes and two sliders; found[i][j] is the (scores, boxes, classes) of one setting."""
    picture = io.BytesIO()
    Image.fromarray(image).resize((576, 384), Image.Resampling.BICUBIC).save(picture, "JPEG", quality=80)
    labels = [[f"{c} {s:.2f}" for s, c in zip(f[0], names[f[2]], strict=True)] for row in found for f in row]
    boxes = [np.round(3 * f[1]).astype(int).tolist() for row in found for f in row]
    strokes = [[colors[c] for c in f[2]] for row in found for f in row]
    data = {"boxes": boxes, "labels": labels, "strokes": strokes, "s": score_thresholds, "t": iou_thresholds}
    slider = '<label>{} <input type="range" max="{}" value="{}"> <b></b></label><br>'
    sliders = slider.format("lowest score", len(found) - 1, 4) + slider.format("highest IoU", len(found[0]) - 1, 3)
    script = """(() => {const d = DATA, r = document.currentScript.parentElement, i = r.querySelectorAll("input");
      const draw = () => {const [a, b] = [+i[0].value, +i[1].value], k = a * d.t.length + b;
        const t = r.querySelectorAll("b"); t[0].textContent = d.s[a]; t[1].textContent = d.t[b];
        r.querySelector("g").innerHTML = d.boxes[k].map(([y, x, v, u], n) => `<rect x="${x}" y="${y}" width="${u - x}"
          height="${v - y}" fill="none" stroke="${d.strokes[k][n]}" stroke-width="3"/><text x="${x}" y="${y - 4}"
          fill="${d.strokes[k][n]}" stroke="#000" stroke-width="3" paint-order="stroke">${d.labels[k][n]}</text>`)
          .join(""); r.querySelector("i").textContent = d.boxes[k].length + " boxes";};
      i.forEach(e => e.oninput = draw); draw();})()""".replace("DATA", json.dumps(data))
    jpeg = f"data:image/jpeg;base64,{b64encode(picture.getvalue()).decode()}"
    svg = f'<svg width="576" height="384" font-size="12"><image href="{jpeg}"/><g></g></svg>'
    return HTML(f"<div>{sliders}<i></i><br>{svg}<script>{script}</script></div>")


# %% id="slider"
score_thresholds, iou_thresholds = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9], [0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 1]
colors = ["#E69F00", "#56B4E9", "#F0E442", "#CC79A7", "#009E73"]
found = []
for lowest in score_thresholds:
    enough = all_scores >= lowest
    crowd = all_scores[enough], all_boxes[enough], all_classes[enough]
    found.append([yolo_non_max_suppression(*crowd, 200, highest) for highest in iou_thresholds])
display(threshold_sliders(scene, found, score_thresholds, iou_thresholds, colors, np.array(test.class_names)))
counts = np.array([[len(f[0]) for f in row] for row in found])  # (8, 8)
for j in (0, 3, 6, 7):
    low, middle, high = counts[[0, 4, 7], j]
    print(f"highest IoU {iou_thresholds[j]:3.1f}: {low:3d} boxes at score 0.02, {middle:3d} at 0.35, {high:3d} at 0.9")

# %% [markdown] id="slider-answer"
# The score decides *what you believe*, the overlap decides *what counts as the same*. A low score finds more and errs
# more. A low IoU removes the neighbour in a queue of cars, and a high one lets twins through. There is no right setting
# for everything. A car that brakes by itself needs another one than a program that counts trucks.

# %% [markdown] id="part-3"
# # 3. Anchors
#
# What if two objects have their centre in the same cell? A pedestrian stands in front of a truck, for example. One cell
# with one answer could only tell one of them.
#
# The trick: every cell gets several answers, and each is responsible for **another shape**. Such a shape is an
# **anchor**: a width and a height. One anchor is upright and waits for pedestrians, another is wide and waits for
# trucks.
#
# Which anchor takes which object? The one whose shape agrees best. And there is a number for "agrees" already: lay the
# object and the anchor onto the same corner, and take the **IoU**. Place no longer matters, only width and height do.
#
# ### Exercise: which anchor?
#
# Two boxes on the same corner are $(0, 0, w, h)$ and $(0, 0, w', h')$. So your `iou` does nearly everything. The helper
# `widths_and_heights` from the top takes care of both kinds of input.


# %% id="assign-anchors"
def assign_anchors(boxes, anchors):
    """For each box the anchor whose shape fits best: the highest IoU when both lie on the same corner.

    Args:
        boxes: widths and heights, of shape (n, 2), or corners (y1, x1, y2, x2), of shape (n, 4). Array or tensor.
            Not modified.
        anchors: widths and heights in the same unit, of shape (k, 2).

    Returns:
        array of n ints, indices into anchors. The first one where two fit equally well.
    """
    ### BEGIN SOLUTION
    sizes, anchors = widths_and_heights(boxes), to_numpy(anchors)  # (n, 2), (k, 2)
    boxes_there = np.concatenate([np.zeros_like(sizes), sizes], axis=1)  # (n, 4)
    anchors_there = np.concatenate([np.zeros_like(anchors), anchors], axis=1)  # (k, 4)
    overlaps = iou(boxes_there[:, None], anchors_there[None])  # (n, k)
    return np.argmax(overlaps, axis=1)
    ### END SOLUTION


# %% id="check-assign-anchors"
check(assign_anchors)

# %% [markdown] id="about-kmeans"
# ## Where do anchors come from?
#
# The first detectors took them from somebody's imagination. Redmon and Farhadi
# ([2016](https://arxiv.org/abs/1612.08242)) asked the data instead, with the oldest method there is for groups:
# **k-means**.
#
# 1. Start with $k$ anchors.
# 2. Give each box to the anchor that fits best.
# 3. Move each anchor to the mean width and mean height of its boxes.
# 4. Repeat 2 and 3 until nothing changes.
#
# Only one thing is different from the textbook: "fits best" is the IoU, so the distance is $1 - \text{IoU}$. With the
# ordinary distance a few large boxes would count more than hundreds of small ones.
#
# ### Exercise: k-means with IoU
#
# A good start, without chance: sort the boxes by area, cut the row into $k$ equal parts, and take the middle box of
# each part. An anchor that gets no box stays where it is.


# %% id="kmeans-anchors"
def kmeans_anchors(boxes, k):
    """The k shapes that fit many boxes best: k-means with the distance 1 - IoU.

    Args:
        boxes: widths and heights, of shape (n, 2), or corners (y1, x1, y2, x2), of shape (n, 4). Array or tensor.
            Not modified.
        k: int, the number of anchors, at most n.

    Returns:
        array of shape (k, 2): widths and heights of the anchors, smallest area first.
    """
    ### BEGIN SOLUTION
    sizes = widths_and_heights(boxes)  # (n, 2)
    by_area = sizes[np.argsort(sizes[:, 0] * sizes[:, 1])]  # (n, 2)
    middles = (np.arange(k) + 0.5) / k * len(sizes)  # (k,)
    anchors = by_area[middles.astype(int)].astype(float)  # (k, 2)
    for _ in range(100):
        before = anchors.copy()
        nearest = assign_anchors(sizes, anchors)  # (n,)
        for i in range(k):
            if np.any(nearest == i):
                anchors[i] = sizes[nearest == i].mean(axis=0)
        if np.array_equal(anchors, before):
            break
    return anchors[np.argsort(anchors[:, 0] * anchors[:, 1])]  # (k, 2)
    ### END SOLUTION


# %% id="check-kmeans-anchors"
check(kmeans_anchors)

# %% [markdown] id="predict-anchors"
# ## How many anchors?
#
# More anchors fit better, but each one costs outputs, and each needs examples of its own.
#
# **Predict, then run.** One anchor for everything: how well does it fit a box on average, as an IoU? And five? And will
# you recognise the shapes? (This cell draws 1000 training scenes first, which takes about 15 seconds.)

# %% id="anchors-experiment"
train = load_dashcam(1000, seed=5)
sizes = widths_and_heights(np.concatenate(train.boxes))  # (n, 2)
print(f"{len(sizes)} objects in {len(train.images)} scenes")
fits = {}
for k in (1, 2, 3, 5, 9):
    anchors = kmeans_anchors(sizes, k)
    corners = [np.concatenate([np.zeros_like(a), a], axis=1) for a in (sizes, anchors[assign_anchors(sizes, anchors)])]
    fits[k] = iou(*corners).mean()
    print(f"{k} anchors: mean IoU {fits[k]:.2f}")

anchors = kmeans_anchors(sizes, 5)  # (5, 2)
fig, ax = plt.subplots(figsize=(8, 4.3), layout="constrained")
ax.plot(*sizes.T, ".", color="0.6", markersize=2)
for w, h in anchors:
    ax.add_patch(plt.Rectangle((0, 0), w, h, fill=False, edgecolor=ORANGE, linewidth=2))
ax.set(xlim=(0, 100), ylim=(0, 50), aspect="equal", xlabel="width (pixels)", ylabel="height (pixels)")
ax.set_title("every dot is an object, every orange box is an anchor", fontsize=10)
plt.show()

# %% [markdown] id="anchors-answer"
# The first anchors help most, later ones help less and less. Five are a good bargain, and we take them. Two of them are
# upright and wait for people and motorcycles. The others are wide and wait for cars and trucks. Nobody told k-means
# about classes: it saw them in the shapes.

# %% [markdown] id="part-4"
# # 4. What the network shall say
#
# To train, we need the right answer in the network's own form. For each cell and each anchor it is one vector:
#
# $$y = [\;p_c,\; b_x,\; b_y,\; b_h,\; b_w,\; c_1,\; c_2,\; \ldots\;]$$
#
# - $p_c$ is 1 where there is an object and 0 otherwise. Where it is 0, all other numbers are 0 as well.
# - $(b_x, b_y)$ is the centre of the object, measured from the upper left corner of **its cell**, in cells: from 0 to
#   1.
# - $(b_h, b_w)$ is its height and its width, **in cells** too. A truck can be 8 cells wide.
# - $c_i$ is 1 for the class of the object.
#
# With a grid of 3 x 3, two anchors and three classes the answer has the shape 3 x 3 x 2 x 8. Ours is 16 x 24 x 5 x 10.
#
# ### Exercise: write the targets
#
# For each object, in the order given:
#
# - **Which cell?** The one that holds its centre. A centre exactly on the line between two cells belongs to the right
#   or lower one. But on the right or lower border of the *picture* there is no next cell: take the last one.
# - **Which anchor?** The one that fits best *among those still free* in this cell. If none is free, leave the object
#   out.


# %% id="encode-targets"
def encode_targets(boxes, class_ids, anchors, grid_shape, image_shape, num_classes):
    """The target of one picture: every object written into its cell, at its anchor.

    Args:
        boxes: corners (y1, x1, y2, x2) in pixels, of shape (n, 4); n can be 0. Array or tensor. Not modified.
        class_ids: class ids from 0, of shape (n,).
        anchors: widths and heights in pixels, of shape (num_anchors, 2).
        grid_shape: tuple (grid_h, grid_w), the number of cells.
        image_shape: tuple (height, width) of the picture in pixels.
        num_classes: int.

    Returns:
        array of shape (grid_h, grid_w, num_anchors, 5 + num_classes): [pc, bx, by, bh, bw, c1, c2, ...].
    """
    ### BEGIN SOLUTION
    boxes, class_ids, anchors = to_numpy(boxes).reshape(-1, 4), to_numpy(class_ids), to_numpy(anchors)
    (grid_h, grid_w), (height, width) = grid_shape, image_shape
    y = np.zeros((grid_h, grid_w, len(anchors), 5 + num_classes), dtype="float32")
    for box, class_id in zip(boxes, class_ids, strict=True):
        y1, x1, y2, x2 = box / [height, width, height, width] * [grid_h, grid_w, grid_h, grid_w]  # from pixels to cells
        center_x, center_y = (x1 + x2) / 2, (y1 + y2) / 2
        row = min(int(center_y), grid_h - 1)
        column = min(int(center_x), grid_w - 1)
        free = np.flatnonzero(y[row, column, :, 0] == 0)
        if len(free) > 0:
            anchor = free[assign_anchors(box[None], anchors[free])[0]]
            y[row, column, anchor, :5] = 1, center_x - column, center_y - row, y2 - y1, x2 - x1
            y[row, column, anchor, 5 + class_id] = 1
    return y
    ### END SOLUTION


# %% id="check-encode-targets"
check(encode_targets)

# %% [markdown] id="about-decode"
# ## And back
#
# The network will answer in the same form, so we need the way back. To be independent of the size of the picture, the
# result is measured in parts of it: 1 is the whole width or the whole height.
#
# Every cell must add its own place: the box in column $j$ and row $i$ has its centre at
#
# $$x = \frac{b_x + j}{grid_w} \qquad y = \frac{b_y + i}{grid_h}$$
#
# ### Exercise: read predictions
#
# Do it for all cells at once. `np.arange(grid_w)` holds the columns. Reshape it so that it broadcasts over rows and
# anchors. There may be a batch axis in front, or none: count axes from the end.


# %% id="decode-predictions"
def decode_predictions(y):
    """What encode_targets wrote, or a network predicted, as parts of the picture.

    Args:
        y: of shape (..., grid_h, grid_w, num_anchors, 5 + num_classes). Array or tensor. Not modified.

    Returns:
        (box_xy, box_wh, box_confidence, box_class_probs), arrays of shape (..., grid_h, grid_w, num_anchors, d) with
        d = 2, 2, 1 and num_classes: the centre (x, y) and the size (width, height), in parts of the picture; then pc
        and the class probabilities, as they are.
    """
    ### BEGIN SOLUTION
    y = to_numpy(y)
    grid_h, grid_w = y.shape[-4:-2]
    columns = np.arange(grid_w).reshape(1, grid_w, 1)
    rows = np.arange(grid_h).reshape(grid_h, 1, 1)
    x_center = (y[..., 1] + columns) / grid_w  # (..., grid_h, grid_w, num_anchors)
    y_center = (y[..., 2] + rows) / grid_h
    box_xy = np.stack([x_center, y_center], axis=-1)
    box_wh = np.stack([y[..., 4] / grid_w, y[..., 3] / grid_h], axis=-1)
    return box_xy, box_wh, y[..., :1], y[..., 5:]
    ### END SOLUTION


# %% id="check-decode-predictions"
check(decode_predictions)

# %% [markdown] id="round-trip-intro"
# ## There and back
#
# **Predict, then run.** We encode all training scenes, decode them, and look for every object. Are all of them still
# there? With one anchor, with two, with five? And with a coarse grid of 8 x 12?

# %% id="round-trip"
total = len(sizes)
for grid, k in (((4, 6), 1), ((8, 12), 1), ((16, 24), 1), ((16, 24), 2), ((16, 24), 5)):
    few = kmeans_anchors(sizes, k)
    lost = total - sum(
        encode_targets(b, c, few, grid, (128, 192), 5)[..., 0].sum()
        for b, c in zip(train.boxes, train.class_ids, strict=True)
    )
    print(f"grid {grid[0]:2d} x {grid[1]:2d}, {k} anchors: {lost:4.0f} of {total} objects lost ({lost / total:.1%})")

y = encode_targets(test.boxes[SCENE], test.class_ids[SCENE], anchors, (16, 24), (128, 192), 5)
box_xy, box_wh, confidence, _ = decode_predictions(y)
there = confidence[..., 0] == 1  # (16, 24, 5)
back = np.concatenate([box_xy - box_wh / 2, box_xy + box_wh / 2], axis=-1)[there] * [192, 128, 192, 128]  # x first
worst = iou(test.boxes[SCENE][:, None], back[None][..., [1, 0, 3, 2]]).max(axis=1).min()
print(f"\nthe scene from above, {len(back)} objects there and back: the worst IoU is {worst:.3f}")

# %% [markdown] id="round-trip-answer"
# A coarse grid loses objects, because too many of them meet in one cell. A finer grid and more anchors solve it: with
# 16 x 24 cells and 5 anchors every object has a place of its own. What is lost here, no training can bring back.

# %% [markdown] id="part-5"
# # 5. The loss
#
# Now the question that makes it learn: how wrong is a prediction? It is a sum of five terms over all places (all cells,
# all anchors). "Object" are the places where the target has $p_c = 1$, "empty" are all others. A hat marks what the
# network predicts.
#
# $$\begin{aligned}
# \text{loss} \;=\;\; & 5 \sum_{object} (b_x - \hat b_x)^2 + (b_y - \hat b_y)^2 && \text{where is the centre?} \\
# +\; & 5 \sum_{object} \left(\sqrt{b_h} - \sqrt{\hat b_h}\right)^2 + \left(\sqrt{b_w} - \sqrt{\hat b_w}\right)^2
# && \text{how large is it?} \\
# -\; & \sum_{object} \log \hat p_c && \text{say that something is here} \\
# -\; & 0.5 \sum_{empty} \log (1 - \hat p_c) && \text{say that nothing is here} \\
# -\; & \sum_{object} \sum_i c_i \log \hat c_i && \text{which class?}
# \end{aligned}$$
#
# The weights 5 and 0.5 and the square roots come from the first YOLO. Three things are worth a thought:
#
# - **Empty places have no box.** Whatever the network says there about position, size and class, it costs nothing.
#   Otherwise it would learn mostly to say "zero".
# - **0.5**: a scene has about six objects and more than 1900 empty places. The many must not shout down the few.
# - **The square root**: an error of 4 pixels is grave for a sign and nothing for a truck.
#
# For confidence and class the first YOLO used squared errors. We take the cross-entropy, as version 3 did
# ([2018](https://arxiv.org/abs/1804.02767)). When a probability is utterly wrong, a squared error has nearly no
# gradient.
#
# ### Exercise: the YOLO loss
#
# Use `ops.sum`, `ops.sqrt`, `ops.log` and friends, so that the gradient can flow. NumPy would cut it off. The logarithm
# of 0 is infinite: `ops.clip` the predicted probabilities to $[10^{-7}, 1 - 10^{-7}]$ first.


# %% id="yolo-loss"
def yolo_loss(y_true, y_pred):
    """How far predictions are from the targets, one number for each picture. Differentiable.

    Args:
        y_true: targets of encode_targets, of shape (m, grid_h, grid_w, num_anchors, 5 + num_classes). Array or tensor.
        y_pred: predictions in the same layout. Probabilities in 0-1, sizes positive. Array or tensor, float32.

    Returns:
        tensor of shape (m,): the sum of the five terms over all places of a picture.
    """
    # Step 1: tensors. Where is an object, and where is none? (m, grid_h, grid_w, num_anchors)
    # Step 2: the five terms, each of shape (m, grid_h, grid_w, num_anchors).
    # Step 3: their sum over all axes but the first.
    ### BEGIN SOLUTION
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    has_object = y_true[..., 0]  # (m, grid_h, grid_w, num_anchors)
    confidence = ops.clip(y_pred[..., 0], 1e-7, 1 - 1e-7)
    probabilities = ops.clip(y_pred[..., 5:], 1e-7, 1 - 1e-7)
    center = ops.sum(ops.square(y_true[..., 1:3] - y_pred[..., 1:3]), axis=-1)
    size = ops.sum(ops.square(ops.sqrt(y_true[..., 3:5]) - ops.sqrt(y_pred[..., 3:5])), axis=-1)
    which = -ops.sum(y_true[..., 5:] * ops.log(probabilities), axis=-1)
    at_objects = has_object * (5 * center + 5 * size - ops.log(confidence) + which)
    at_empty = -0.5 * (1 - has_object) * ops.log(1 - confidence)
    return ops.sum(at_objects + at_empty, axis=(1, 2, 3))  # (m,)
    ### END SOLUTION


# %% id="check-yolo-loss"
check(yolo_loss)

# %% [markdown] id="predict-loss"
# ## What is expensive?
#
# We take the targets of one scene and spoil them, in one way at a time.
#
# **Predict, then run.** Order these errors from cheap to expensive:
#
# 1. silence: the confidence is 0.01 everywhere;
# 2. noise: the objects are right, but every *empty* place has a confidence of 0.1;
# 3. all boxes lie half a cell (4 pixels) too far right;
# 4. all boxes are 1.5 times too large;
# 5. every object has the wrong class, with 90% certainty.

# %% id="loss-experiment"
is_object = y[..., :1]  # (16, 24, 5, 1)
right = y * 0.96 + 0.02  # sure, but not too sure
right[..., :1] = np.where(is_object == 1, 0.99, 0.001)
right[..., 1:5] = np.where(is_object == 1, y[..., 1:5], 1)
spoiled = {name: right.copy() for name in ("right", "silence", "noise", "half a cell", "1.5 x", "wrong class")}
spoiled["silence"][..., 0] = 0.01
spoiled["noise"][..., 0] = np.where(y[..., 0] == 1, 0.99, 0.1)
spoiled["half a cell"][..., 1] += 0.5
spoiled["1.5 x"][..., 3:5] *= 1.5
spoiled["wrong class"][..., 5:] = np.where(np.roll(y[..., 5:], 1, axis=-1) == 1, 0.9, 0.025)
costs = {name: float(yolo_loss(y[None], pred[None].astype("float32"))[0]) for name, pred in spoiled.items()}
for name, cost in costs.items():
    print(f"{name:12s} loss {cost:6.1f}  {'#' * int(cost / 2)}")

# %% [markdown] id="loss-answer"
# A little noise in more than 1900 empty places costs more than any error in a single property of all objects, in spite
# of the weight of 0.5. This is why a network that starts to learn becomes *silent* first: nothing else pays as quickly.
# Only then does it begin to speak, where it is sure. You will see this in the curve of the loss: a steep fall first, a
# long slope after it.

# %% [markdown] id="part-6"
# # 6. Train it
#
# `TinyYOLO` is a small convolutional network: residual blocks, 0.5 million parameters, and a last layer (its name is
# `logits`) that says $5 \cdot 10$ numbers for each of 16 x 24 cells. The numbers come out in the form of your targets.
#
# You train it in two steps, as in transfer learning:
#
# 1. All layers but the last one come from the shipped detector, and are frozen. The last layer is new. It learns
#    **your** anchors and **your** targets with **your** loss.
# 2. Everything is set free and learns a little more, with small steps.
#
# With `FROM_SCRATCH = True` nothing is shipped and everything is learned, for 30 epochs. This takes several minutes,
# and gets less far.

# %% id="targets"
FROM_SCRATCH = False

grid, size = (16, 24), (128, 192)
x_train = np.concatenate([train.images, train.images[:, :, ::-1]])  # (2000, 128, 192, 3), in 0-255, with mirror images
mirrored = [np.stack([b[:, 0], 192 - b[:, 3], b[:, 2], 192 - b[:, 1]], axis=1) for b in train.boxes]
objects = list(zip(train.boxes + mirrored, train.class_ids * 2, strict=True))
y_train = np.stack([encode_targets(boxes, ids, anchors, grid, size, 5) for boxes, ids in objects])
truths = list(zip(test.boxes, test.class_ids, strict=True))
y_test = np.stack([encode_targets(boxes, ids, anchors, grid, size, 5) for boxes, ids in truths])
print("targets:", y_train.shape, f"of which {y_train[..., 0].mean():.2%} of the places hold an object")

detector = TinyYOLO(anchors=anchors)
for own, learned in zip(detector.layers, shipped.layers, strict=True):
    if not FROM_SCRATCH and own.name != "logits":
        own.set_weights(learned.get_weights())
        own.trainable = False
learns = sum(int(np.prod(weight.shape)) for weight in detector.trainable_weights)
print(f"the network has {detector.count_params():,} numbers; {learns:,} of them learn first")

# %% [markdown] id="train-intro"
# Each epoch shows 2000 pictures: 1000 scenes, and their mirror images. (This cell needs about 20 seconds.)
#
# **Predict, then run.** Only the last layer learns, and it starts with nothing. You know from above what silence costs.
# Will one epoch be enough to say something better?

# %% id="train-the-head"
epochs = 30 if FROM_SCRATCH else 2
detector.compile(keras.optimizers.Adam(2e-3 if FROM_SCRATCH else 1e-2), loss=yolo_loss, jit_compile=False)
begin = time.perf_counter()
head = detector.fit(x_train, y_train, 16, epochs, validation_data=(test.images, y_test), verbose=2)
print(f"{epochs} epochs in {time.perf_counter() - begin:.0f} seconds")

# %% [markdown] id="train-all-intro"
# Now everything is set free. The steps begin small and end at zero, along a cosine. (About a minute on two cores.)

# %% id="train-everything"
for layer in detector.layers:
    layer.trainable = True
epochs = 4
schedule = keras.optimizers.schedules.CosineDecay(5e-4, epochs * len(x_train) // 16)
detector.compile(keras.optimizers.Adam(schedule), loss=yolo_loss, jit_compile=False)
begin = time.perf_counter()
fine = detector.fit(x_train, y_train, 16, epochs, validation_data=(test.images, y_test), verbose=2)
print(f"{epochs} epochs in {time.perf_counter() - begin:.0f} seconds")

# %% id="loss-curve"
losses = {name: head.history[name] + fine.history[name] for name in ("loss", "val_loss")}
steps = np.arange(1, len(losses["loss"]) + 1)
fig, ax = plt.subplots(figsize=(8, 2.8), layout="constrained")
ax.plot(steps, losses["loss"], ".-", color=BLUE, label="training scenes")
ax.plot(steps, losses["val_loss"], ".-", color=ORANGE, label="120 other scenes")
ax.axvline(len(head.history["loss"]) + 0.5, color="0.5", linestyle=":")
ax.text(len(head.history["loss"]) + 0.6, max(losses["loss"]), "everything learns", va="top", fontsize=9)
ax.set(xlabel="epoch", ylabel="loss of a scene", ylim=(0, None))
ax.legend()
plt.show()

# %% [markdown] id="loss-curve-answer"
# A single epoch was enough to be far better than silence: the frozen layers know very well what a car looks like, and
# the last one only has to learn *your* way to write it down. Later the two curves part. The network begins to know the
# training scenes by heart. More epochs would not help now, but more scenes would.

# %% [markdown] id="about-yolo-eval"
# ## From numbers to boxes
#
# The network speaks. What is missing is the way from its output to a few boxes in pixels, and you have all parts of it.
#
# ### Exercise: evaluate
#
# 1. From centre and size to corners. Mind the order: `box_xy` has $x$ first, corners have $y$ first.
# 2. From parts of the picture to pixels.
# 3. Throw away the doubtful, then suppress.


# %% id="yolo-eval"
def yolo_eval(yolo_outputs, image_shape, max_boxes=10, score_threshold=0.6, iou_threshold=0.5):
    """What a YOLO network found in one picture.

    Args:
        yolo_outputs: (box_xy, box_wh, box_confidence, box_class_probs) as decode_predictions returns them, for one
            picture, with or without a batch axis of length 1. Arrays or tensors. Not modified.
        image_shape: tuple (height, width) of the picture in pixels.
        max_boxes: int, how many boxes stay at most.
        score_threshold: float, the lowest score that stays.
        iou_threshold: float. A box goes when its IoU with a better one of its class that stays is above this.

    Returns:
        (scores, boxes, classes), best score first: arrays of shape (n,), (n, 4) and (n,). Boxes are corners
        (y1, x1, y2, x2) in pixels; they may reach outside the picture.
    """
    ### BEGIN SOLUTION
    box_xy, box_wh, box_confidence, box_class_probs = (to_numpy(output) for output in yolo_outputs)
    height, width = image_shape
    upper_left = box_xy - box_wh / 2  # (..., 2), x first
    lower_right = box_xy + box_wh / 2
    corners = np.concatenate([upper_left[..., ::-1], lower_right[..., ::-1]], axis=-1)  # (..., 4), y first
    boxes = corners * np.array([height, width, height, width])
    scores, boxes, classes = yolo_filter_boxes(boxes, box_confidence, box_class_probs, score_threshold)
    return yolo_non_max_suppression(scores, boxes, classes, max_boxes, iou_threshold)
    ### END SOLUTION


# %% id="check-yolo-eval"
check(yolo_eval)

# %% [markdown] id="first-look-intro"
# ## The first look
#
# Four scenes that the network has never seen. Look for cars that it missed, and for things that are not there.

# %% id="first-look"
predicted = detector.predict(test.images, verbose=0)  # (120, 16, 24, 5, 10)
for pair in ((SCENE, 35), (33, 57)):
    pictures = {}
    for i in pair:
        scores, boxes, classes = yolo_eval(decode_predictions(predicted[i]), size, 20, score_threshold=0.4)
        title = f"scene {i}: {len(scores)} found, {len(test.boxes[i])} there"
        pictures[title] = draw_boxes(test.images[i], boxes, classes, scores, test.class_names, scale=3)
    show(pictures)

# %% [markdown] id="part-7"
# # 7. How good is it?
#
# "It looks good" is no result. And accuracy does not help: what is the accuracy of a list of boxes? Two numbers matter,
# and they pull in opposite directions:
#
# - **precision**: how many of the boxes that it reported are right?
# - **recall**: how many of the objects did it find?
#
# A box is right (a *hit*) when its IoU with an object of its class is at least 0.5, and nobody better has found this
# object before. The second box on the same car is an error.
#
# Sort all detections of all pictures by score. Go down the list: each step takes one more, and gives one precision and
# one recall. At the top only the surest are in, with high precision and low recall. At the bottom it is the other way
# round. The **average precision** is the mean height of this curve. As in COCO ([Lin and others,
# 2014](https://arxiv.org/abs/1405.0312)) it is read at 101 recalls $r = 0, 0.01, \ldots, 1$:
#
# $$AP = \frac{1}{101} \sum_r \; \max_{\text{recall} \,\ge\, r} \text{precision}$$
#
# The maximum is the **envelope**: the curve has teeth, and whoever wants a recall of $r$ may also take a point further
# to the right, if it is better. Where no point has a recall of $r$, the precision is 0.
#
# ### Exercise: average precision
#
# Do it for one class. Within a picture go through the detections, best score first. Each one takes, among the objects
# that are still free, the one with the highest IoU, if it is at least the threshold.


# %% id="average-precision"
def average_precision(true_boxes, boxes, scores, iou_threshold=0.5):
    """Average precision of one class over many pictures.

    Args:
        true_boxes: list with one entry for each picture: the corners of its objects, of shape (n, 4); n can be 0.
        boxes: list with one entry for each picture: the corners of its detections, of shape (m, 4); m can be 0.
        scores: list with one entry for each picture: the scores of its detections, of shape (m,).
        iou_threshold: float, the lowest IoU at which a detection finds an object.

    Returns:
        float in [0, 1]. 0.0 where there are objects but no detections; nan where there are no objects at all.
    """
    # Step 1: for each picture and each detection: is it a hit?
    # Step 2: sort the detections of all pictures by score. Precision and recall after each of them.
    # Step 3: the mean of the best precisions at 101 recalls.
    ### BEGIN SOLUTION
    num_objects = sum(len(objects) for objects in true_boxes)
    if num_objects == 0:
        return float("nan")
    hits = []
    for objects, found, confidence in zip(true_boxes, boxes, scores, strict=True):
        objects, found = to_numpy(objects).reshape(-1, 4), to_numpy(found).reshape(-1, 4)
        free = np.ones(len(objects), dtype=bool)
        hit = np.zeros(len(found), dtype=bool)
        for i in np.argsort(-to_numpy(confidence)):
            overlaps = np.where(free, iou(found[i], objects), -1)  # (n,), taken objects are out
            if len(objects) > 0 and overlaps.max() >= iou_threshold:
                hit[i] = True
                free[np.argmax(overlaps)] = False
        hits.append(hit)
    order = np.argsort(-np.concatenate([to_numpy(part) for part in scores]))
    num_found = np.cumsum(np.concatenate(hits)[order])
    recall = num_found / num_objects
    precision = num_found / np.arange(1, len(num_found) + 1)
    return float(np.mean([precision[recall >= r].max(initial=0) for r in np.linspace(0, 1, 101)]))
    ### END SOLUTION


# %% id="check-average-precision"
check(average_precision)

# %% [markdown] id="about-map"
# ## One number for all classes
#
# The **mean average precision** is the mean over classes. With the threshold 0.5 it is written **mAP@0.5**. The strict
# variant, **mAP@0.5:0.95**, is the mean over the ten thresholds 0.5, 0.55, ..., 0.95 as well: it rewards boxes that fit
# exactly.
#
# ### Exercise: mean average precision
#
# For each class, pick its objects and its detections out of all pictures. A class without objects does not count:
# `np.nanmean` leaves out nan.


# %% id="mean-average-precision"
def mean_average_precision(truths, predictions, num_classes, iou_thresholds=0.5):
    """The mean of the average precisions of all classes that occur, and of all thresholds.

    Args:
        truths: list with (boxes, class_ids) of each picture.
        predictions: list with (scores, boxes, classes) of each picture, as yolo_eval returns them.
        num_classes: int.
        iou_thresholds: a float such as 0.5, or a list of floats.

    Returns:
        float in [0, 1]. Classes without objects do not count.
    """
    ### BEGIN SOLUTION
    values = []
    for class_id in range(num_classes):
        true_boxes = [to_numpy(boxes)[to_numpy(ids) == class_id] for boxes, ids in truths]
        found = [to_numpy(boxes)[to_numpy(ids) == class_id] for _, boxes, ids in predictions]
        scores = [to_numpy(score)[to_numpy(ids) == class_id] for score, _, ids in predictions]
        for iou_threshold in np.ravel(iou_thresholds):
            values.append(average_precision(true_boxes, found, scores, iou_threshold))
    return float(np.nanmean(values))
    ### END SOLUTION


# %% id="check-mean-average-precision"
check(mean_average_precision)

# %% [markdown] id="measure-intro"
# ## The exam
#
# Your detector and the shipped one, on the same 120 scenes. To measure, we let all boxes with a score of at least 0.01
# in: the metric sorts them itself.
#
# **Predict, then run.** Which class is the hardest, and which is the easiest?


# %% id="measure"
def find(predictions, iou_threshold=0.5):
    """The (scores, boxes, classes) of each picture, with the doubtful ones too."""
    return [yolo_eval(decode_predictions(y), size, 100, 0.01, iou_threshold) for y in predictions]


predicted_by_shipped = shipped.predict(test.images, verbose=0)
found = {"yours": find(predicted), "shipped": find(predicted_by_shipped)}
results = {}
for who, detections in found.items():
    for class_id in range(5):
        of_class = [(b[c == class_id], c[c == class_id]) for b, c in truths]
        results[who, class_id] = mean_average_precision(of_class, detections, 5)  # classes without objects do not count
    print(f"{who:8s} mAP@0.5 = {mean_average_precision(truths, detections, 5):.2f} (1 is perfect)")

counts = np.bincount(np.concatenate(test.class_ids), minlength=5)
labels = [f"{name}\n({count} objects)" for name, count in zip(test.class_names, counts, strict=True)]
fig, ax = plt.subplots(figsize=(8, 2.8), layout="constrained")
for shift, who, color in ((-0.2, "yours", BLUE), (0.2, "shipped", ORANGE)):
    bars = ax.bar(np.arange(5) + shift, [results[who, i] for i in range(5)], 0.36, color=color, label=who)
    ax.bar_label(bars, fmt="%.2f", fontsize=8)
ax.set_xticks(range(5), labels)
ax.set(ylabel="AP at IoU 0.5", ylim=(0, 1.1))
ax.legend(loc="upper center", ncols=2)
plt.show()

# %% [markdown] id="measure-answer"
# Cars and traffic signs are easy: they are rigid and look alike. Pedestrians and motorcycles are hard: they are thin,
# often half hidden, and from far away somebody on a motorcycle looks like somebody on foot. The shipped network has
# seen many more scenes, for much longer.
#
# ## Four more questions
#
# **Predict, then run.**
#
# 1. How much of the mAP is left when a box must fit with an IoU of 0.75, and of 0.9?
# 2. What happens to the mAP@0.5 if you leave out non-max suppression? Every object is still found!
# 3. And if you suppress everything that overlaps at all?
# 4. Who needs suppression more, your network or the shipped one?

# %% id="three-questions"
thresholds = np.round(np.arange(0.5, 1, 0.05), 2)
fig, ax = plt.subplots(figsize=(8, 2.7), layout="constrained")
for (who, detections), color in zip(found.items(), (BLUE, ORANGE), strict=True):
    strict = [mean_average_precision(truths, detections, 5, t) for t in thresholds]
    ax.plot(thresholds, strict, ".-", color=color, label=who)
    print(f"{who:8s} mAP@0.75 = {strict[5]:.2f}, mAP@0.9 = {strict[8]:.2f}, mAP@0.5:0.95 = {np.mean(strict):.2f}")
ax.set(xlabel="IoU that a hit needs", ylabel="mAP", ylim=(0, 1))
ax.legend()
plt.show()

for name, iou_threshold in (("no suppression", 1.0), ("usual", 0.5), ("any overlap goes", 0.0)):
    yours = mean_average_precision(truths, find(predicted, iou_threshold), 5)
    theirs = mean_average_precision(truths, find(predicted_by_shipped, iou_threshold), 5)
    print(f"{name:17s} mAP@0.5 = {yours:.2f} yours, {theirs:.2f} shipped")

# %% [markdown] id="three-answers"
# The mAP falls from one threshold to the next, and at 0.9 almost nothing is left: at this size one pixel is the
# difference. So never compare two mAP numbers before you know their thresholds.
#
# Without suppression every object is still found, and yet the mAP falls, because every twin is an error. The shipped
# network loses far more than yours. In its training several neighbouring cells learned each object, which gives more
# examples and better boxes, but it says everything several times. Your targets make one cell responsible, so yours
# learned to speak (nearly) once.
#
# When everything that overlaps goes, some cars that stand one behind the other are lost. For the shipped network this
# costs far less than the twins did, because most objects stand alone.

# %% [markdown] id="drive-intro"
# # An annotated drive
#
# Now the camera drives. Every frame is a new picture for the network. It has no memory and does not know that this is a
# video. Watch how a box flickers when its score crosses the threshold. A real car needs a tracker on top.


# %% id="film-helper"
def film(frames, frames_per_second=8):
    """The frames as an endless animation in the notebook. courselib.detection.save_gif writes a GIF file."""
    first, *rest = [Image.fromarray(frame) for frame in frames]
    file = io.BytesIO()
    duration = round(1000 / frames_per_second)
    first.save(file, "WEBP", save_all=True, append_images=rest, duration=duration, loop=0, quality=40)
    print(f"{len(frames)} frames, {len(file.getvalue()) / 1000:.0f} kB")
    data = b64encode(file.getvalue()).decode()
    return HTML(f'<img alt="the annotated drive" width="576" src="data:image/webp;base64,{data}">')


# %% id="drive"
drive = dashcam_drive(30, seed=3)
annotated = []
begin = time.perf_counter()
for frame, y in zip(drive.images, detector.predict(drive.images, verbose=0), strict=True):
    scores, boxes, classes = yolo_eval(decode_predictions(y), size, 20, score_threshold=0.4)
    annotated.append(draw_boxes(frame, boxes, classes, scores, drive.class_names, scale=2))
speed = len(annotated) / (time.perf_counter() - begin)
print(f"{speed:.0f} frames a second: the network, your functions and drawing together")
display(film(annotated))

# %% [markdown] id="take-with-you"
# # What to take with you
#
# - IoU measures how well two boxes agree, whatever their size. 0.5 is stricter than it looks.
# - A YOLO network looks once and answers everywhere at once: a confidence, a box and classes for each cell and anchor.
#   The score is confidence times class probability.
# - The object belongs to the cell of its centre, and there to the anchor of the most similar shape. Anchors come from
#   k-means with $1 - \text{IoU}$.
# - The loss asks about box and class only where an object is, and it must not let the many empty places shout down the
#   few.
# - Non-max suppression makes one box out of many, within each class.
# - The mAP is the area under precision over recall, with its envelope, averaged over classes. Without the IoU threshold
#   it means nothing.
#
# Would it work with real photographs? With the same lines, yes: `load_detection_folder` reads your own pictures and
# boxes.
