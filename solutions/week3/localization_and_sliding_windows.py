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
# # Where is it? Localization and sliding windows
#
# Look first, read later. Run the next two cells and look at the pictures.

# %% id="setup" tags=["setup"]
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
from skimage import color, data, transform

from courselib.datasets import load_digits, load_face_patches
from courselib.grading import Check
from courselib.visualization import show_images

check = Check("localization_and_sliding_windows")
keras.utils.set_random_seed(0)
plt.rcParams.update({"figure.dpi": 90, "image.cmap": "gray"})
COLORS = ["#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#f0e442", "#d55e00"]  # colour-blind readers can tell them apart
check.progress()

# %% id="look-first"
astronaut = color.rgb2gray(data.astronaut()).astype("float32")  # (512, 512), 0 is black, 1 is white
corners = [(10, 5), (62, 168), (360, 118), (385, 300), (60, 370), (235, 190)]  # (row, column)

fig = plt.figure(figsize=(8, 4.2), layout="constrained")
axes = fig.subplot_mosaic([["photo", "photo", 0, 1], ["photo", "photo", 2, 3], ["photo", "photo", 4, 5]])
axes["photo"].imshow(astronaut)
for i, (row, column) in enumerate(corners):
    frame = {"fill": False, "edgecolor": COLORS[i], "linewidth": 3}
    axes["photo"].add_patch(plt.Rectangle((column, row), 110, 110, **frame))
    crop = transform.resize(astronaut[row : row + 110, column : column + 110], (24, 24), anti_aliasing=True)
    axes[i].imshow(crop, vmin=0, vmax=1)
    axes[i].spines[:].set(color=COLORS[i], linewidth=3)
for ax in axes.values():
    ax.set(xticks=[], yticks=[])
plt.show()

# %% [markdown] id="what-you-see"
# The photograph shows the astronaut Eileen Collins (NASA). On the right are six pieces of it, each with only 24 x 24
# pixels. **Which of the six is a face?** You know it at once. A small network can learn to know it too: it is a
# question with two answers, yes or no.
#
# But now ask: **where** in the photograph is the face? That is a harder question. The answer is not yes or no, but a
# place and a size. In this notebook you meet two ways to answer it:
#
# - let the network say the place as *numbers*, next to the class (parts 1 and 2), or
# - put the easy question "is this a face?" to *every window* of the photograph (parts 3 to 6). There are thousands of
#   windows, so you will also learn how to ask all of them at once.
#
# At the end your own network finds this face.

# %% [markdown] id="what-you-will-write"
# ## What you will write
#
# | part | you write | points |
# | --- | --- | --- |
# | 1. What, and where | `box_target`, `localization_loss` | 24 |
# | 2. Points instead of boxes | `landmark_target` | 10 |
# | 3. Sliding windows | `sliding_windows` | 16 |
# | 4. Dense layers are convolutions | `dense_to_filters`, `dense_to_conv` | 30 |
# | 5. What it saves | `count_multiplications`, `multiplications_saved` | 12 |
# | 6. A real face in a real photograph | `window_box` | 8 |
#
# That is 9 short functions and 100 points. Plan about two hours. The computer needs much less: all cells together take
# about **one and a half minutes of CPU time**. You need no GPU and no internet.
#
# ## How to work
#
# As before: write your code where it says `raise NotImplementedError()`, then run the check below it. Where it says
# **Predict, then run**, please do it in this order. You learn most from the predictions that turn out wrong.

# %% [markdown] id="part-1"
# # 1. What, and where
#
# A classifier answers *what*: its last layer has one number for each class. To learn *where*, let the network say a few
# numbers more. One object, at most, is in the picture. Then the target of a picture is
#
# $$y = [\; p_c,\; b_x,\; b_y,\; b_h,\; b_w,\; c_1,\; c_2,\; \ldots \;]$$
#
# | number | meaning |
# | --- | --- |
# | $p_c$ | 1 if there is an object, 0 if there is none |
# | $b_x, b_y$ | the centre of its box: 0, 0 is the upper left corner of the picture, 1, 1 the lower right one |
# | $b_h, b_w$ | height and width of the box, as fractions of the picture |
# | $c_1, c_2, \ldots$ | one number for each class: 1 for the class of the object, 0 for the others |
#
# All numbers are of the same size, between 0 and 1. That makes learning easier, and the target stays right when the
# picture is resized.
#
# ### Exercise: the target of a picture
#
# Where nothing is there ($p_c = 0$), box and class have no meaning. We write 0 there.


# %% id="box-target"
def box_target(pc, box, class_id, num_classes):
    """The target of one picture: is something there, where is it, and what is it?

    Args:
        pc: int, 1 if an object is in the picture, otherwise 0.
        box: (bx, by, bh, bw), four floats: the centre and the size of its box, as fractions of the picture. It may be
            None where pc is 0.
        class_id: int from 0 to num_classes - 1. It may be None where pc is 0.
        num_classes: int, how many classes there are.

    Returns:
        array of floats of shape (5 + num_classes,): pc, bx, by, bh, bw, and one number for each class. All of them are
        0 where pc is 0.
    """
    ### BEGIN SOLUTION
    y = np.zeros(5 + num_classes, dtype="float32")  # (5 + num_classes,)
    if pc == 1:
        y[0] = 1
        y[1:5] = box
        y[5 + class_id] = 1
    return y
    ### END SOLUTION


# %% id="check-box-target"
check(box_target)

# %% [markdown] id="target-example"
# Here is such a target for our photograph, with the classes "face", "flag" and "rocket".

# %% id="target-of-the-astronaut"
y = box_target(1, (0.435, 0.235, 0.235, 0.205), 0, num_classes=3)
print("y =", y.round(3))
fig, ax = plt.subplots(figsize=(3.6, 3.6), layout="constrained")
ax.imshow(astronaut, extent=(0, 1, 1, 0))
_, bx, by, bh, bw = y[:5]
ax.add_patch(plt.Rectangle((bx - bw / 2, by - bh / 2), bw, bh, fill=False, edgecolor=COLORS[0], linewidth=3))
ax.plot(bx, by, "+", color=COLORS[0], markersize=14, markeredgewidth=3)
ax.set(xlabel="$b_x$ (part of the width)", ylabel="$b_y$ (part of the height)")
plt.show()

# %% [markdown] id="about-localization-loss"
# ## A loss that knows what it must not ask
#
# How wrong is a prediction $\hat y$? The simplest answer is the squared error, added up over all numbers. But think of
# a picture in which nothing is. There is no box, so no box can be wrong. Only one number counts there: $p_c$.
#
# $$\mathcal{L}(\hat y, y) = \begin{cases}
# (\hat y_1 - y_1)^2 + (\hat y_2 - y_2)^2 + \ldots + (\hat y_n - y_n)^2 & \text{if } y_1 = 1 \\
# (\hat y_1 - y_1)^2 & \text{if } y_1 = 0
# \end{cases}$$
#
# ### Exercise: the loss
#
# The loss is used in training, so it gets batches: $(m, 5 + \text{classes})$. Return one loss for each example, an
# array of shape $(m,)$.
#
# You cannot write `if` for a whole batch. Compute both answers for every example, and let $y_1$ choose between them:
# `keras.ops.where(condition, a, b)` takes `a` where the condition is true and `b` elsewhere. The functions of
# `keras.ops` work on NumPy arrays and on tensors, and gradients flow through them.


# %% id="localization-loss"
def localization_loss(y_true, y_pred):
    """The squared error of targets with a box, without asking for a box where nothing is.

    Args:
        y_true: array or tensor of shape (m, 5 + num_classes), targets as box_target makes them.
        y_pred: array or tensor of the same shape, what the network says.

    Returns:
        tensor of shape (m,), one loss per example: the sum of the squared errors of all components where pc is 1, the
        squared error of pc alone where pc is 0. pc is the first component of y_true.
    """
    ### BEGIN SOLUTION
    squared = keras.ops.square(y_true - y_pred)  # (m, 5 + num_classes)
    pc = y_true[:, 0]  # (m,)
    everything = keras.ops.sum(squared, axis=1)  # (m,)
    only_pc = squared[:, 0]  # (m,)
    return keras.ops.where(pc == 1, everything, only_pc)
    ### END SOLUTION


# %% id="check-localization-loss"
check(localization_loss)

# %% [markdown] id="walls-intro"
# ## Numbers on walls
#
# Does it work? We write real handwritten digits on photographs of brick, gravel and grass, anywhere and in any size. A
# quarter of the pictures stays empty. The network must say whether there is a digit, which one (1, 2 or 3), and where.

# %% id="walls"
SIDE = 48  # pixels
WALLS = [photo[::2, ::2] / 255 for photo in (data.brick(), data.gravel(), data.grass())]  # (256, 256)


def write_on_wall(digit, wall, rng):
    """A piece of a wall with a digit on it, and the box (bx, by, bh, bw) around the digit."""
    top, left = rng.integers(0, 256 - SIDE, size=2)
    picture = wall[top : top + SIDE, left : left + SIDE].copy()  # (48, 48)
    if digit is None:
        return picture, None
    chalk = transform.resize(digit, [rng.integers(18, 45)] * 2)
    rows, columns = (np.flatnonzero(chalk.max(axis=axis) > 0.3) for axis in (1, 0))
    chalk = chalk[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]  # (height, width) of the digit
    height, width = chalk.shape
    top, left = rng.integers(0, SIDE - height + 1), rng.integers(0, SIDE - width + 1)
    piece = picture[top : top + height, left : left + width]
    piece += (1 - piece) * chalk
    return picture, ((left + width / 2) / SIDE, (top + height / 2) / SIDE, height / SIDE, width / SIDE)


# %% id="make-walls"
def make_walls(digits, labels, num, rng):
    """Pictures (num, 48, 48, 1) and their targets (num, 8); the classes are the digits 1, 2 and 3."""
    chosen = np.flatnonzero((labels >= 1) & (labels <= 3))
    pictures, targets = [], []
    for _ in range(num):
        pc, k = int(rng.random() < 0.75), rng.choice(chosen)
        digit = digits[k, 2:30, 2:30, 0] if pc else None  # (28, 28)
        picture, box = write_on_wall(digit, WALLS[rng.integers(3)], rng)
        pictures.append(picture[:, :, None])
        targets.append(box_target(pc, box, labels[k] - 1, num_classes=3))
    return np.array(pictures, dtype="float32"), np.array(targets)


rng = np.random.default_rng(0)
x_train, y_train, x_test, y_test, _ = load_digits()
walls_train = make_walls(x_train, y_train, 3000, rng)
walls_test = make_walls(x_test, y_test, 400, rng)  # digits that the network never saw
show_images(walls_train[0][:16])

# %% [markdown] id="train-walls-intro"
# The network is small: three convolutions, one dense layer, and eight numbers at the end, without activation. The loss
# is yours. Training takes about 15 seconds.

# %% id="train-walls"
layers = keras.layers
localizer = keras.Sequential(
    [
        keras.Input((SIDE, SIDE, 1)),
        layers.Conv2D(16, 5, strides=2, padding="same", activation="relu"),  # (m, 24, 24, 16)
        layers.Conv2D(32, 3, padding="same", activation="relu"),  # (m, 24, 24, 32)
        layers.MaxPooling2D(2),  # (m, 12, 12, 32)
        layers.Conv2D(64, 3, padding="same", activation="relu"),  # (m, 12, 12, 64)
        layers.MaxPooling2D(2),  # (m, 6, 6, 64)
        layers.Flatten(),  # (m, 2304)
        layers.Dense(128, activation="relu"),
        layers.Dense(8),  # pc, bx, by, bh, bw, c1, c2, c3
    ]
)
localizer.compile(keras.optimizers.Adam(2e-3), localization_loss, jit_compile=False)
history = localizer.fit(*walls_train, epochs=12, batch_size=64, validation_data=walls_test, verbose=2)

# %% [markdown] id="predict-empty"
# **Predict, then run.** Most pictures have a digit. A few have none, and there your loss never said what the box should
# be. What will the network say there? (These boxes are drawn with dots.)

# %% id="see-walls"
pictures, truth = walls_test
predicted = localizer.predict(pictures, verbose=0)  # (400, 8)
fig, axes = plt.subplots(3, 8, figsize=(8, 3.5), layout="constrained")
for ax, picture, y in zip(axes.ravel(), pictures, predicted, strict=False):
    ax.imshow(picture[:, :, 0], vmin=0, vmax=1, extent=(0, 1, 1, 0))
    ax.axis("off")
    sure = y[0] > 0.5
    bx, by, bh, bw = y[1:5]
    style = {"edgecolor": COLORS[0] if sure else COLORS[1], "linestyle": "-" if sure else ":", "linewidth": 2}
    ax.add_patch(plt.Rectangle((bx - bw / 2, by - bh / 2), bw, bh, fill=False, **style))
    ax.set_title(f"{1 + y[5:].argmax()}, $p_c$ {y[0]:.2f}" if sure else f"$p_c$ {abs(y[0]):.2f}", fontsize=8)
plt.show()

there = truth[:, 0] == 1
right_pc = np.mean((predicted[:, 0] > 0.5) == there)
right_class = np.mean(predicted[there, 5:].argmax(axis=1) == truth[there, 5:].argmax(axis=1))
off = SIDE * np.abs(predicted - truth)[there].mean(axis=0)  # pixels
print(f"a digit or none: {right_pc:.0%} right.  1, 2 or 3: {right_class:.0%} right (guessing: 33%).")
print(f"centre: {off[1]:.1f} and {off[2]:.1f} pixels off, height {off[3]:.1f}, width {off[4]:.1f}, of {SIDE} pixels")

# %% [markdown] id="walls-answer"
# Eight numbers at the end of a classifier, one line for the loss: and a network that says *where*. The boxes in the
# empty pictures are meaningless, an average of all boxes. Nobody asked for them, so nobody should look at them. This is
# why $p_c$ comes first: **read $p_c$, and only then the rest.**
#
# The method has one limit that no training removes: it finds *one* object. Two digits on one wall would need two
# targets. Remember this for the next notebook.

# %% [markdown] id="part-2"
# # 2. Points instead of boxes
#
# Sometimes a box says too little. Where are the eyes, where are the corners of the mouth? Then the network says the
# positions of many points, called **landmarks**. With 64 of them:
#
# $$y = [\; p_c,\; l_{1x},\; l_{1y},\; l_{2x},\; l_{2y},\; \ldots,\; l_{64x},\; l_{64y} \;]$$
#
# That is $1 + 2 \cdot 64 = 129$ numbers. Landmark 1 must be the same point in every picture, for example always the
# left corner of the left eye. People mark them by hand, thousands of times. What comes out is behind every filter that
# puts a hat on your head.
#
# ### Exercise: a target of landmarks
#
# The points come as pixels, each as $(x, y)$. Divide $x$ by the width and $y$ by the height. Where there is no face,
# all numbers are 0.


# %% id="landmark-target"
def landmark_target(pc, landmarks, n_H, n_W):
    """The target of one picture for a network that finds landmarks.

    Args:
        pc: int, 1 if there is a face, otherwise 0.
        landmarks: array of shape (num_landmarks, 2), each row (x, y) in pixels; x runs to the right, y down. Where pc
            is 0, its entries mean nothing. Not modified.
        n_H: int, the height of the picture in pixels.
        n_W: int, the width of the picture in pixels.

    Returns:
        array of floats of shape (1 + 2 * num_landmarks,): pc, then l1x, l1y, l2x, l2y ... as fractions of the picture.
        All of them are 0 where pc is 0.
    """
    ### BEGIN SOLUTION
    fractions = landmarks / np.array([n_W, n_H])  # (num_landmarks, 2)
    return pc * np.concatenate([[1.0], fractions.reshape(-1)])  # (1 + 2 * num_landmarks,)
    ### END SOLUTION


# %% id="check-landmark-target"
check(landmark_target)

# %% [markdown] id="landmarks-intro"
# The next cell places 64 landmarks on the astronaut's face by hand, along eight arcs: jaw, brows, eyes, nose and lips.
# Then it draws them *from the target*, as a network would give them.

# %% id="landmarks"
face = data.astronaut()[50:210, 150:310]  # (160, 160, 3)
arcs = [  # row and column of the centre, height, width, from and to in degrees (90 is down), number of points
    (72, 75, 55, 41, 172, 8, 18),
    (46, 52, 7, 13, 195, 335, 6),
    (47, 95, 7, 13, 205, 345, 6),
    (51, 53, 4, 9, 0, 315, 8),
    (53, 96, 4, 9, 0, 315, 8),
    (75, 76, 6, 13, 165, 15, 6),
    (91, 75, 12, 20, 175, 0, 7),
    (93, 75, 5, 18, 205, 330, 5),
]
landmarks = []
for row, column, height, width, start, end, count in arcs:
    angles = np.deg2rad(np.linspace(start, end, count))
    landmarks.append(np.stack([column + width * np.cos(angles), row + height * np.sin(angles)], axis=1))
y = landmark_target(1, np.concatenate(landmarks), *face.shape[:2])
print(f"{len(y)} numbers, the first five: {np.round(y[:5], 2).tolist()}")
fig, ax = plt.subplots(figsize=(3.6, 3.6), layout="constrained")
ax.imshow(face, extent=(0, 1, 1, 0))
ax.plot(y[1::2], y[2::2], "o", color=COLORS[1], markersize=4, markeredgecolor="black", markeredgewidth=0.5)
ax.axis("off")
plt.show()

# %% [markdown] id="part-3"
# # 3. Sliding windows
#
# Boxes and landmarks as numbers need pictures in which somebody marked the place. What if you only have small pictures
# of faces, and small pictures of other things?
#
# Then train an ordinary classifier on the small pictures. Afterwards cut the photograph into **windows** of the same
# size, and ask the classifier about each of them: is this a face? The window starts in the upper left corner. It moves
# to the right, `stride` pixels at a time. At the end of the row it goes back to the left and `stride` pixels down.
#
# This is an old idea. In 1994 Vaillant, Monrocq and LeCun found faces in photographs in this way, with a convolutional
# network of a few thousand numbers ([paper](https://doi.org/10.1049/ip-vis:19941301)).
#
# ### Exercise: all windows of a picture
#
# A window that does not fit completely is left out. `np.stack` makes one array of a list of windows.


# %% id="sliding-windows"
def sliding_windows(image, window, stride):
    """All square windows of a picture at a fixed step, row by row.

    Args:
        image: array of shape (n_H, n_W, n_C), at least as large as the window. Not modified.
        window: int, the side of a window in pixels.
        stride: int, the step in pixels, to the right and down.

    Returns:
        (windows, count): the windows, an array of shape (count, window, window, n_C) with the dtype of the picture, and
        how many there are. The first row of windows comes first, from left to right.
    """
    ### BEGIN SOLUTION
    n_H, n_W, _ = image.shape
    windows = []
    for top in range(0, n_H - window + 1, stride):
        for left in range(0, n_W - window + 1, stride):
            windows.append(image[top : top + window, left : left + window])  # (window, window, n_C)
    return np.stack(windows), len(windows)  # (count, window, window, n_C)
    ### END SOLUTION


# %% id="check-sliding-windows"
check(sliding_windows)

# %% [markdown] id="hundred-windows-intro"
# Here are all windows of 120 x 120 pixels at stride 56, side by side. One of them has the face best. Find it, and then
# imagine that you had to do this for every photograph that you own.

# %% id="hundred-windows"
windows, count = sliding_windows(astronaut[:, :, None], 120, 56)  # (64, 120, 120, 1)
fig, axes = plt.subplots(8, 8, figsize=(6, 6), layout="constrained")
for ax, window in zip(axes.ravel(), windows, strict=False):
    ax.imshow(window[::3, ::3, 0], vmin=0, vmax=1)
    ax.axis("off")
plt.show()

# %% [markdown] id="predict-count"
# **Predict, then run.** 64 windows are too coarse: none of them fits the face well. For 120 x 120 pixels at stride 4,
# how many windows are there? And how large a part of two neighbouring windows is the same?

# %% id="count-windows"
for stride in (56, 16, 4, 1):
    count = ((512 - 120) // stride + 1) ** 2
    shared = max(0, 120 - stride) / 120
    print(f"stride {stride:2d}: {count:7,d} windows; neighbours share {shared:.0%} of their pixels")
print("And the face could also be smaller or larger: all of this for every size of the window.")

# %% [markdown] id="count-answer"
# A small stride gives thousands of windows, and they are nearly the same. The network computes the same edges and the
# same eyes again and again. Surely this can be done better.

# %% [markdown] id="part-4"
# # 4. Dense layers are convolutions
#
# A convolution slides over a picture by itself. It does not care how large the picture is. What stands in the way is
# the end of the network: `Flatten` and the dense layers want a fixed number of inputs.
#
# Look at this classifier for pictures of 14 x 14 pixels:
#
# | layer | output |
# | --- | --- |
# | input | 14 x 14 x 3 |
# | convolution, 16 filters of 5 x 5, ReLU | 10 x 10 x 16 |
# | max pooling, 2 x 2 | 5 x 5 x 16 |
# | flatten | 400 |
# | dense, 400 units, ReLU | 400 |
# | dense, 400 units, ReLU | 400 |
# | dense, 4 units, softmax | 4 |
#
# Take one unit of the first dense layer. It multiplies each of the $5 \cdot 5 \cdot 16$ numbers with a weight and adds
# up the products. But this is what **one filter of size 5 x 5 x 16** does when it is laid on the whole volume! There is
# exactly one place where it fits, and it gives one number there. 400 units are 400 filters, and their output is
# $1 \times 1 \times 400$.
#
# The next dense layer sees 400 numbers. As a volume they are $1 \times 1 \times 400$, so its units are filters of size
# $1 \times 1 \times 400$. And so on. Nothing is approximated, no weight changes. It is the same sum, written in another
# way.

# %% [markdown] id="about-dense-to-filters"
# ### Exercise: the weights of a dense layer as filters
#
# `Flatten` goes through a volume as one reads: row by row, in a row from left to right, and at each pixel through all
# channels. The channels run fastest. Row $k$ of the weights `W` belongs to number $k$ in this order, column $j$ to unit
# $j$.
#
# A convolution wants its weights as $(f_H, f_W, n_C, \text{number of filters})$. One `reshape` does it, if the axes
# are in the right order.


# %% id="dense-to-filters"
def dense_to_filters(W, n_H, n_W):
    """The weights of a dense layer behind Flatten, as filters that cover the volume that was flattened.

    Args:
        W: array of shape (n_H * n_W * n_C, units), the weights of the dense layer. Not modified.
        n_H: int, the height of the volume.
        n_W: int, the width of the volume.

    Returns:
        array of shape (n_H, n_W, n_C, units): one filter for each unit.
    """
    ### BEGIN SOLUTION
    units = W.shape[-1]
    return W.reshape(n_H, n_W, -1, units)  # (n_H, n_W, n_C, units)
    ### END SOLUTION


# %% id="check-dense-to-filters"
check(dense_to_filters)

# %% [markdown] id="windows-on-the-map"
# ## What a larger picture gives
#
# A network without dense layers takes pictures of any size. Give it 16 x 16 pixels instead of 14 x 14:
#
# $$16 \times 16 \times 3 \;\to\; 12 \times 12 \times 16 \;\to\; 6 \times 6 \times 16 \;\to\; 2 \times 2 \times 400
# \;\to\; 2 \times 2 \times 400 \;\to\; 2 \times 2 \times 4$$
#
# Now the filter of 5 x 5 has four places on the volume of 6 x 6. So there are four answers. Each of them belongs to one
# window of 14 x 14 pixels, and the windows are 2 pixels apart, because of the pooling of 2 x 2.

# %% id="draw-the-map"
fig, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained", width_ratios=[2, 1])
for k, (row, column) in enumerate([(0, 0), (0, 2), (2, 0), (2, 2)]):
    shift = 0.12 * k - 0.18  # so that the frames do not hide one another
    corner = (column + shift, row + shift)
    axes[0].add_patch(plt.Rectangle(corner, 14, 14, fill=False, edgecolor=COLORS[k], linewidth=3))
    axes[1].add_patch(plt.Rectangle((column // 2, row // 2), 1, 1, facecolor=COLORS[k], edgecolor="black"))
    axes[1].text(column // 2 + 0.5, row // 2 + 0.5, "4\nclasses", ha="center", va="center")
for ax, side, title in ((axes[0], 16, "a picture of 16 x 16: four windows"), (axes[1], 2, "the output: 2 x 2 x 4")):
    ax.set(xlim=(-0.5, side + 0.5), ylim=(side + 0.5, -0.5), aspect="equal", xticks=[], yticks=[])
    ax.set_title(title, fontsize=10)
    ax.spines[:].set_visible(False)
axes[0].set(xticks=range(0, 17, 2), yticks=range(0, 17, 2))
axes[0].grid(color="0.85")
plt.show()

# %% [markdown] id="about-dense-to-conv"
# ### Exercise: make a classifier fully convolutional
#
# Go through the layers of the classifier and build a new model that takes pictures of any size.
#
# - Convolutions, pooling and everything else that works on any size: call the same layer on the new tensor.
# - `Flatten`: do nothing, but remember the size of the volume that it flattened. It is `layer.input.shape`.
# - `Dense`: a `Conv2D` with as many filters as the layer has units, `layer.units`, and with the same
#   `layer.activation`. Right after `Flatten` its filters cover the volume, later they are 1 x 1. After you have called
#   it on a tensor it has weights, and you can replace them: `conv.set_weights([filters, biases])`.
#
# `layer.get_weights()` gives `[W, b]` of a dense layer. A side that is left open is `None` in `keras.Input`.


# %% id="dense-to-conv"
def dense_to_conv(model):
    """A classifier with its dense layers written as convolutions, so that it takes pictures of any size.

    Args:
        model: a keras.Sequential from (m, n_H, n_W, n_C) to (m, classes): convolutions and pooling without padding,
            then Flatten and Dense layers.

    Returns:
        A Keras model with the same weights, from (m, any height, any width, n_C) to a map (m, rows, columns, classes).
        Each place of the map is what the classifier says about one window of its own input size. On a picture of this
        size, the map is 1 x 1.
    """
    ### BEGIN SOLUTION
    inputs = keras.Input((None, None, model.input_shape[-1]))
    x = inputs
    n_H, n_W = 1, 1  # what the next dense layer covers
    for layer in model.layers:
        if isinstance(layer, keras.layers.Flatten):
            n_H, n_W = layer.input.shape[1:3]
        elif isinstance(layer, keras.layers.Dense):
            conv = keras.layers.Conv2D(layer.units, (n_H, n_W), activation=layer.activation)
            x = conv(x)
            W, b = layer.get_weights()  # (n_H * n_W * n_C, units), (units,)
            conv.set_weights([dense_to_filters(W, n_H, n_W), b])
            n_H, n_W = 1, 1
        else:
            x = layer(x)
    return keras.Model(inputs, x)
    ### END SOLUTION


# %% id="check-dense-to-conv"
check(dense_to_conv)

# %% [markdown] id="predict-same"
# ## Is it really the same?
#
# We take the classifier from the table, with random weights, and a picture of 28 x 28 pixels: the astronaut, very
# small. There are 64 windows. First we cut them out with *your* `sliding_windows` and classify them one by one. Then
# we give the whole picture to *your* convolutional network, once.
#
# **Predict, then run.** How much do the 64 x 4 answers differ? How many times faster is the second way?

# %% id="same-answers"
classifier = keras.Sequential(
    [
        keras.Input((14, 14, 3)),
        keras.layers.Conv2D(16, 5, activation="relu"),  # (m, 10, 10, 16)
        keras.layers.MaxPooling2D(2),  # (m, 5, 5, 16)
        keras.layers.Flatten(),  # (m, 400)
        keras.layers.Dense(400, activation="relu"),
        keras.layers.Dense(400, activation="relu"),
        keras.layers.Dense(4, activation="softmax"),
    ]
)
convolutional = dense_to_conv(classifier)
small = transform.resize(data.astronaut(), (28, 28), anti_aliasing=True).astype("float32")  # (28, 28, 3)
windows, count = sliding_windows(small, 14, 2)  # (64, 14, 14, 3)
start = time.perf_counter()
answers = [keras.ops.convert_to_numpy(classifier(window[None])) for window in windows]
middle = time.perf_counter()
at_once = keras.ops.convert_to_numpy(convolutional(small[None]))  # (1, 8, 8, 4)
end = time.perf_counter()
one_by_one = np.concatenate(answers)  # (64, 4)
difference = np.abs(one_by_one.reshape(at_once.shape) - at_once).max()
print(f"{count} windows one by one {one_by_one.shape}, at once {at_once.shape}")
print(f"largest difference: {difference:.1g}, of probabilities around {at_once.mean():.2f}")
print(f"at once is {(middle - start) / (end - middle):.0f} times faster")

# %% [markdown] id="same-answer"
# The answers are equal, up to the last digit of a float. And it is much faster.
#
# The paper that made this trick famous is OverFeat ([Sermanet and others, 2013](https://arxiv.org/abs/1312.6229)). It
# won the localization task of the ImageNet competition. Nearly every detector after it is fully convolutional.

# %% [markdown] id="part-5"
# # 5. What it saves
#
# Faster, yes. But a part of that is only Python: 64 calls instead of one. How much *work* is saved? Let us count
# multiplications.
#
# A layer with $f \times f$ filters, without padding, has $n - f + 1$ places along each side of its input. At each
# place, each of its filters multiplies $f \cdot f \cdot n_C$ numbers:
#
# $$(n - f + 1)^2 \;\cdot\; n_{filters} \;\cdot\; f \cdot f \cdot n_C$$
#
# As a convolution, the classifier is a list of four layers. We write each as (side of the filters, number of filters,
# pooling behind it), where a pooling of 1 means none. Pooling multiplies nothing.
#
# ### Exercise: count the multiplications
#
# Walk through the layers, and keep track of the side $n$ and the depth $n_C$. Pooling divides $n$ and rounds down.


# %% id="count-multiplications"
def count_multiplications(n, n_C, layers):
    """How many multiplications a fully convolutional network needs for one square picture.

    Args:
        n: int, the side of the picture in pixels.
        n_C: int, its channels.
        layers: list of tuples (f, n_filters, pool), one for each convolution: the side of its filters, how many there
            are, and the side (and stride) of the pooling behind it, 1 for none. Stride 1, no padding.

    Returns:
        int: the multiplications of all convolutions together. Biases and pooling need none.
    """
    ### BEGIN SOLUTION
    total = 0
    for f, n_filters, pool in layers:
        n = n - f + 1
        total += n * n * n_filters * f * f * n_C
        n, n_C = n // pool, n_filters
    return total
    ### END SOLUTION


# %% id="check-count-multiplications"
check(count_multiplications)

# %% [markdown] id="about-multiplications-saved"
# ### Exercise: how many are saved?
#
# A window by itself is a small picture: `count_multiplications` knows what it costs. How many windows are there? The
# formula is the one for filters. The last exercise gave you everything else.


# %% id="multiplications-saved"
def multiplications_saved(n, window, stride, n_C, layers):
    """How many multiplications it saves to look at a square picture once, and not window by window.

    Args:
        n: int, the side of the picture in pixels.
        window: int, the side of a window in pixels.
        stride: int, the step of the windows in pixels.
        n_C: int, the channels of the picture.
        layers: the network, as in count_multiplications.

    Returns:
        int: the multiplications for all windows one by one, minus those for the whole picture at once.
    """
    ### BEGIN SOLUTION
    windows = ((n - window) // stride + 1) ** 2
    one_by_one = count_multiplications(window, n_C, layers)
    in_one_pass = count_multiplications(n, n_C, layers)
    return windows * one_by_one - in_one_pass
    ### END SOLUTION


# %% id="check-multiplications-saved"
check(multiplications_saved)

# %% [markdown] id="predict-savings"
# **Predict, then run.** 64 windows of 14 x 14 pixels, in a picture of 28 x 28. They overlap so much! Which part of the
# multiplications is saved: 25%, 75%, or 95%?
#
# Below it stands the network that will look for faces in part 6. It has more convolutions, and smaller dense layers.

# %% id="savings"
drawn = [(5, 16, 2), (5, 400, 1), (1, 400, 1), (1, 4, 1)]  # the classifier of 14 x 14
faces = [(5, 16, 2), (3, 32, 2), (4, 64, 1), (1, 1, 1)]  # part 6: windows of 24 x 24
print("                             windows   one by one        at once   saved")
for name, n, window, stride, n_C, network in (
    ("4 classes, 16 x 16", 16, 14, 2, 3, drawn),
    ("4 classes, 28 x 28", 28, 14, 2, 3, drawn),
    ("4 classes, first layer only", 28, 14, 2, 3, drawn[:1]),
    ("faces, 128 x 128", 128, 24, 4, 1, faces),
    ("faces, 512 x 512", 512, 24, 4, 1, faces),
):
    at_once = count_multiplications(n, n_C, network)
    saved = multiplications_saved(n, window, stride, n_C, network)
    count = ((n - window) // stride + 1) ** 2
    print(f"{name:27s} {count:8,d} {saved + at_once:12,d} {at_once:14,d} {saved / (saved + at_once):7.0%}")

# %% [markdown] id="savings-answer"
# Only 25%! The first layer saves 91% of its work, because neighbouring windows share their pixels. But in this network
# nearly all of the work is done by the dense layers. They come after the sharing ends: each window needs its own 400
# numbers, and nobody else can use them.
#
# The face network has a small dense layer and does its work in convolutions. There 88% is saved. So the trick pays best
# where **the convolutions do the work**. Networks for detection are built in this way.

# %% [markdown] id="part-6"
# # 6. A real face in a real photograph
#
# Now in earnest. scikit-image brings along 200 tiny photographs: 100 faces, and 100 pieces of background from the
# same pictures (from Labeled Faces in the Wild, [Huang and others, 2007](http://vis-www.cs.umass.edu/lfw)). They have
# 25 x 25 pixels. Our window has 24 x 24, so we cut off one row and one column.

# %% id="face-patches"
WINDOW, STRIDE = 24, 4
x_train, y_train, x_test, y_test, _ = load_face_patches(num_train=160)
x_train, x_test = x_train[:, :WINDOW, :WINDOW], x_test[:, :WINDOW, :WINDOW]  # (160, 24, 24, 1), (40, 24, 24, 1)
true_faces, others = x_train[y_train == 1], x_train[y_train == 0]  # (80, 24, 24, 1) each
show_images(np.concatenate([true_faces[:16], others[:16]]), title="faces (above) and other things (below)")

# %% [markdown] id="face-network-intro"
# 80 faces are few. We make more of them, as you did in week 2: mirrored, a little moved, a little larger or smaller,
# brighter or darker.

# %% id="face-network"
network = keras.Sequential(
    [
        keras.Input((WINDOW, WINDOW, 1)),
        layers.Conv2D(16, 5, activation="relu"),  # (m, 20, 20, 16)
        layers.MaxPooling2D(2),  # (m, 10, 10, 16)
        layers.Conv2D(32, 3, activation="relu"),  # (m, 8, 8, 32)
        layers.MaxPooling2D(2),  # (m, 4, 4, 32)
        layers.Flatten(),  # (m, 512)
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(1, activation="sigmoid"),  # the probability of a face
    ]
)
network.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy", jit_compile=False)
vary = keras.Sequential(
    [
        layers.RandomFlip("horizontal", seed=1),
        layers.RandomTranslation(0.08, 0.08, fill_mode="nearest", seed=2),
        layers.RandomZoom(0.12, fill_mode="nearest", seed=3),
        layers.RandomContrast(0.4, value_range=(0, 1), seed=4),
        layers.RandomBrightness(0.15, value_range=(0, 1), seed=5),
    ]
)


# %% [markdown] id="train-faces-intro"
# The next cell defines the training and trains once, for about 3 seconds.


# %% id="train-faces"
def train(faces, not_faces, epochs):
    """Train the network on 1,600 variations of the faces and as many of other things, or more."""
    rng = np.random.default_rng(0)
    positive = np.repeat(faces, 1600 // len(faces), axis=0)
    negative = not_faces[rng.integers(len(not_faces), size=max(1600, len(not_faces)))]
    x = vary(np.concatenate([positive, negative]), training=True)
    y = np.repeat([1.0, 0.0], [len(positive), len(negative)])[:, None]
    network.fit(keras.ops.convert_to_numpy(x), y, epochs=epochs, batch_size=64, verbose=0)


def accuracy():
    """The share of the 40 test patches that the network gets right."""
    return np.mean((network.predict(x_test, verbose=0)[:, 0] > 0.5) == y_test)


train(true_faces, others, epochs=5)
right_before = accuracy()
print(f"{right_before:.0%} of {len(x_test)} patches that it never saw are right")

# %% [markdown] id="about-scales"
# Very good! Now the photograph. The window always has 24 x 24 pixels, and we do not know how large the face is. So we
# change the size of the *photograph*: when it is made four times smaller, a window of 24 pixels covers 96 pixels of the
# original. We look at it at 16 sizes, for faces from 48 to 200 pixels.


# %% id="look-everywhere"
def look(scan, photo, side):
    """The scores (rows, columns) of all windows of side x side pixels, and the photograph as resized for that."""
    shape = [round(n * WINDOW / side) for n in photo.shape]
    resized = transform.resize(photo, shape, anti_aliasing=True).astype("float32")
    scores = scan(resized[None, :, :, None])  # (1, rows, columns, 1)
    return keras.ops.convert_to_numpy(scores)[0, :, :, 0], resized


SIDES = [48 * 1.1**k for k in range(16)]  # pixels
scan = dense_to_conv(network)
maps = [look(scan, astronaut, side)[0] for side in SIDES]
print(f"{sum(scores.size for scores in maps):,} windows of the photograph, at {len(SIDES)} sizes.")

# %% [markdown] id="predict-alarms"
# **Predict, then run.** There is one face in the photograph. The network is right for nearly every patch. In how many
# of these windows will it see a face?


# %% id="count-alarms"
def show_maps(maps):
    """Draw every third map of scores, and count the windows that the network takes for a face."""
    _, axes = plt.subplots(1, 5, figsize=(8, 2), layout="constrained")
    for ax, k in zip(axes, range(1, 16, 3), strict=True):
        drawn = ax.imshow(maps[k], cmap="inferno", vmin=0, vmax=1, interpolation="nearest")
        ax.set_title(f"windows of {SIDES[k]:.0f} px", fontsize=9)
        ax.axis("off")
    plt.colorbar(drawn, ax=axes, label="score")
    plt.show()
    alarms, count = sum(np.sum(scores > 0.5) for scores in maps), sum(scores.size for scores in maps)
    print(f"{alarms:,} of {count:,} windows are taken for a face ({alarms / count:.1%}).")


show_maps(maps)

# %% [markdown] id="alarms-answer"
# Thousands of faces! How can a network be nearly perfect on the test set, and useless on a photograph?
#
# Look again at the other things in the gallery above: dark corners, blurred walls, smooth sky. That is what the network
# believes the world without faces to be. It never saw a flag, a rocket, or a badge on a suit. And the test set never
# asked, because it comes from the same drawer. **A test set tells you about pictures like the test set.**
#
# There is a second lesson in the numbers. Even if only 1% of the windows were wrong, it would be 170 false alarms in
# one photograph. Finding one face among 17,000 windows is a much harder question than "face or not".

# %% [markdown] id="hard-negatives"
# ## Learn from your mistakes
#
# Where do we get better examples of "not a face"? The network finds them for us. Let it look for faces in photographs
# *without any face*. Each one that it finds there is a mistake, and the best possible lesson. Add these windows to the
# training set, train again, look again. This is called **hard negative mining** (Sung and Poggio,
# [1994](https://hdl.handle.net/1721.1/7209); Rowley, Baluja and Kanade, [1998](https://doi.org/10.1109/34.655647), made
# the first reliable face detectors with it).
#
# Faces themselves make good lessons too: upside down, moved by half a window, or much too close, they are not what we
# look for. The astronaut's photograph is not used for training.

# %% id="photos-without-faces"
from sklearn.datasets import load_sample_images

photos = [data.coffee(), data.rocket(), data.brick(), data.grass(), data.gravel(), data.page(), data.text()]
photos += [data.moon(), data.hubble_deep_field()[:500, :500], data.stereo_motorcycle()[0], data.clock()]
photos += [data.immunohistochemistry(), data.retina()[::2, ::2], *load_sample_images().images]
photos = [color.rgb2gray(photo) if photo.ndim == 3 else photo / 255 for photo in photos]


def not_quite_faces(faces):
    """Upside down, moved down, moved to the right, and much too close."""
    middle = faces[:, 6:18, 6:18].repeat(2, axis=1).repeat(2, axis=2)
    return np.concatenate([faces[:, ::-1], np.roll(faces, 10, axis=1), np.roll(faces, 10, axis=2), middle])


def false_alarms(photos, zoom=1.0):
    """All windows of photographs without a face that look like one, and how many windows there were."""
    scan, alarms, count = dense_to_conv(network), [], 0
    for photo in photos:
        for side in (32 * zoom, 48 * zoom, 72 * zoom, 108 * zoom, 160 * zoom):  # pixels
            if side <= min(photo.shape):
                scores, resized = look(scan, photo, side)
                count += scores.size
                for row, column in STRIDE * np.argwhere(scores > 0.5):
                    alarms.append(resized[row : row + WINDOW, column : column + WINDOW])
    return alarms, count


# %% [markdown] id="lessons-intro"
# Eight lessons, about 3 seconds each. For every lesson the photographs are turned, and all windows are a little larger
# or smaller, so that there is always something new.
#
# **Predict, then run.** How fast will the number of false alarms fall?

# %% id="lessons"
rng = np.random.default_rng(0)
not_faces = others
for lesson in range(1, 9):
    turned = [np.rot90(photo, rng.integers(4)) for photo in photos]
    alarms, count = false_alarms(turned, zoom=rng.uniform(0.9, 1.2))
    print(f"before lesson {lesson}: {len(alarms):6,d} false alarms in {count:,} windows ({len(alarms) / count:.2%})")
    chosen = rng.permutation(len(alarms))[:1000]  # more would only take longer
    new = np.array([alarms[k] for k in chosen]).reshape(-1, WINDOW, WINDOW, 1)
    not_faces = np.concatenate([not_faces, new])
    train(true_faces, np.concatenate([not_faces, not_quite_faces(true_faces)]), epochs=4)
network.optimizer.learning_rate = 3e-4  # small steps at the end
train(true_faces, np.concatenate([not_faces, not_quite_faces(true_faces)]), epochs=8)
alarms, count = false_alarms(photos)
print(f"at the end:      {len(alarms):6,d} false alarms in {count:,} windows ({len(alarms) / count:.2%})")
print(f"Of the test patches {accuracy():.0%} are right, before the lessons it was {right_before:.0%}.")

# %% [markdown] id="about-window-box"
# ## From the map back to the photograph
#
# Somewhere on a map the score is high. Where is that in the photograph? Place (row, column) of the map is the window
# whose upper left corner is at (row, column) times the stride, in pixels of the *resized* photograph. The original is
# larger (or smaller) by the factor 1 / scale.
#
# ### Exercise: the box of a window


# %% id="window-box"
def window_box(row, column, stride, window, scale):
    """The box of one place of a map of scores, in pixels of the original photograph.

    Args:
        row: int, the row of the place on the map.
        column: int, its column.
        stride: int, how many pixels of the resized photograph lie between neighbours on the map.
        window: int, the side of a window in pixels of the resized photograph.
        scale: float, the side of the resized photograph divided by that of the original: 0.25 if it was made four times
            smaller.

    Returns:
        (y1, x1, y2, x2): a tuple of four floats, the upper left and the lower right corner of the window.
    """
    ### BEGIN SOLUTION
    y1, x1, side = row * stride / scale, column * stride / scale, window / scale
    return y1, x1, y1 + side, x1 + side
    ### END SOLUTION


# %% id="check-window-box"
check(window_box)

# %% [markdown] id="evidence"
# ## Let the windows vote
#
# A real face is seen by many windows: a little to the left, a little larger, and so on. A false alarm is often alone.
# So do not simply take the window with the best score. Let every window with a score above 0.8 vote for the pixels in
# its middle, with its score. The sum of the votes is a **heat map**.
#
# And look twice: once at the photograph, and once at its mirror image. A face is a face in a mirror, too. A false alarm
# often is not: a small change is enough, and it is gone.
#
# The hottest pixel is the best place. Among the windows that voted for it, the one with the best score gives the box.
# Then take away all windows whose centre is in this box, and look for the next place.


# %% id="vote"
def voters(photo, threshold=0.8):
    """(score, y1, x1, y2, x2) of all windows above the threshold, in the photograph and in its mirror image."""
    found = []
    for mirrored in (False, True):
        seen = photo[:, ::-1] if mirrored else photo
        for side in SIDES:
            scores, _ = look(scan, seen, side)
            for row, column in np.argwhere(scores > threshold):
                y1, x1, y2, x2 = window_box(row, column, STRIDE, WINDOW, WINDOW / side)
                if mirrored:
                    x1, x2 = photo.shape[1] - x2, photo.shape[1] - x1
                found.append((scores[row, column], y1, x1, y2, x2))
    return np.array(found).reshape(-1, 5)


def heat_of(windows, shape):
    """The sum of the votes of all windows: each votes for its middle, half as wide and half as high as itself."""
    heat = np.zeros(shape)
    for score, y1, x1, y2, x2 in windows:
        quarter = (y2 - y1) / 4
        heat[round(y1 + quarter) : round(y2 - quarter), round(x1 + quarter) : round(x2 - quarter)] += score
    return heat


# %% id="best-places"
def best_places(windows, shape, count=4):
    """The hottest places, best first: their votes and the window there with the best score."""
    places = []
    while len(windows) and len(places) < count:
        heat = heat_of(windows, shape)
        y, x = np.unravel_index(heat.argmax(), shape)
        cy, cx = (windows[:, 1] + windows[:, 3]) / 2, (windows[:, 2] + windows[:, 4]) / 2
        quarter = (windows[:, 3] - windows[:, 1]) / 4
        voted = np.flatnonzero((abs(cy - y) <= quarter + 1) & (abs(cx - x) <= quarter + 1))
        best = windows[voted[windows[voted, 0].argmax()]]
        places.append((heat.max(), best))
        windows = windows[~((best[1] < cy) & (cy < best[3]) & (best[2] < cx) & (cx < best[4]))]
    return places


# %% id="draw-box"
def draw_box(ax, window, label, first):
    """Draw one window (score, y1, x1, y2, x2) with a label: the first place thick and orange."""
    _, y1, x1, y2, x2 = window
    edge = COLORS[0] if first else COLORS[1]
    style = {"fill": False, "edgecolor": edge, "linewidth": 4 if first else 1.5, "linestyle": "-" if first else "--"}
    ax.add_patch(plt.Rectangle((x1, y1), x2 - x1, y2 - y1, **style))
    box = {"facecolor": edge, "edgecolor": "none", "pad": 1.5}
    ax.text(x1 + 1, y1 - 4, label, color="black", fontsize=8, va="bottom", bbox=box)


# %% [markdown] id="predict-found"
# **Predict, then run.** Here is the same photograph again, after the lessons. What will be left of the thousands of
# faces?

# %% id="found"
scan = dense_to_conv(network)
maps = [look(scan, astronaut, side)[0] for side in SIDES]
show_maps(maps)

# %% id="the-face"
windows = voters(astronaut)
heat = heat_of(windows, astronaut.shape)
places = best_places(windows, astronaut.shape)

fig, axes = plt.subplots(1, 2, figsize=(8, 4.1), layout="constrained")
axes[0].imshow(data.astronaut())
axes[1].imshow(astronaut, vmin=0, vmax=1)
glow = axes[1].imshow(heat, cmap="inferno", alpha=np.minimum(1, 0.25 + heat / heat.max()))
plt.colorbar(glow, ax=axes[1], label="votes", shrink=0.8)
for k, (votes, window) in reversed(list(enumerate(places))):
    draw_box(axes[0], window, f"{votes:.1f} votes", first=k == 0)
for ax, title in zip(axes, ("the best place, and the next ones", "the heat map"), strict=True):
    ax.set_title(title, fontsize=10)
    ax.axis("off")
plt.show()
for k, (votes, (score, y1, x1, y2, x2)) in enumerate(places):
    print(
        f"place {k + 1}: {votes:4.1f} votes, best score {score:.2f}, rows {y1:.0f}-{y2:.0f}, columns {x1:.0f}-{x2:.0f}"
    )
best = places[0][1]
at_face = np.abs(windows[:, 1:] - best[1:]).max(axis=1) < (best[3] - best[1]) / 2
print(f"{at_face.sum()} of {len(windows)} voters are at the best place, {(~at_face).sum()} elsewhere: false alarms.")

# %% [markdown] id="found-answer"
# There she is. Thousands of windows have become a few dozen, and the most votes are on the face. No box and no landmark
# was ever marked in a photograph: the network learned from patches of 24 x 24 pixels, and from its own mistakes.
#
# And the false alarms? They are real: a badge, the name tag, the zip. Something dark beside something bright, like eyes
# and a mouth, and only 80 faces and 15 photographs to learn from.
#
# Look at the best scores of the other places: some are nearly as sure as the face. The score alone would not have
# decided safely. The *votes* did: a real face is seen from several windows, and in the mirror too.
#
# Was it luck? We trained six networks from six random starts. All six gave the face the most votes, but one of them
# only just: 11.1 votes, and 9.3 for the name tag. So small a detector is mostly right, not always.

# %% [markdown] id="predict-others"
# ## A cat, a man, an emperor
#
# Three more photographs that the network never saw: a cat, a man with a camera who turns his head away, and Greek coins
# with heads on them.
#
# **Predict, then run.** Which of them does it take for the face of a person?

# %% id="others"
fig, axes = plt.subplots(1, 3, figsize=(8, 2.9), layout="constrained", width_ratios=[1.5, 1, 1.27])
for ax, name in zip(axes, ("chelsea", "camera", "coins"), strict=True):
    photo = getattr(data, name)()
    photo = color.rgb2gray(photo) if photo.ndim == 3 else photo / 255
    windows = voters(photo)
    ax.imshow(photo, vmin=0, vmax=1)
    for votes, window in best_places(windows, photo.shape, count=2)[::-1]:
        draw_box(ax, window, f"{votes:.1f} votes", first=False)
    ax.set_title(f"{name}, number of voters: {len(windows)}", fontsize=10)
    ax.axis("off")
plt.show()

# %% [markdown] id="others-answer"
# The cat is no person. An eye may get a vote, but eyes and a nose are not enough: the network has learned more of a
# face than that.
#
# The man is missed, and if anything is marked, it is his camera. All 80 faces looked towards the camera, so nobody ever
# told it that a face from the side is a face. On the coins it finds some of the heads, which are faces, only made of
# silver.
#
# A network finds what looks like its training set. Faces that are turned, covered, very dark or very young are hardly
# among our 80, so this detector would miss them first. Real detectors learn from very many faces, and the question
# *whose* faces they are remains.

# %% [markdown] id="take-with-you"
# # What to take with you
#
# - To learn *where*, let a network say numbers: $p_c$, the box, the class. Boxes are fractions of the picture. Where
#   nothing is, the loss must not ask for a box.
# - Landmarks are the same idea with points.
# - A classifier becomes a detector when it looks at every window, at every scale. It must be right for *thousands* of
#   windows, so its training set must show what the world without the object looks like. Its own mistakes are the best
#   examples.
# - A dense layer is a convolution with a filter as large as its input. Written in this way, a network takes pictures of
#   any size, and gives exactly the answers of all windows at once.
# - That saves the work that windows share. It pays where convolutions do the work, not dense layers.
# - Many windows see the same object. Something must choose one of them.
#
# Two things are still clumsy. All windows are squares, on a fixed grid. And the same photograph is looked at in sixteen
# sizes. In the next notebook one network looks once, and says for each place: is there something, what is it, and how
# large is it exactly? That is YOLO.
