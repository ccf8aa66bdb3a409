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
# # Convolution, step by step
#
# Look first, read later. Run the next two cells and look at the three pictures.

# %% id="setup" tags=["setup"]
import time

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

from courselib.grading import Check

check = Check("convolution_step_by_step")
plt.rcParams.update({"figure.dpi": 90, "image.interpolation": "nearest"})  # small pictures, sharp pixels
check.progress()

# %% id="look-first"
photo = data.camera()[::4, ::4] / 255.0  # (128, 128), gray, 0 is black, 1 is white
falls = photo[:, :-2] - photo[:, 2:]  # left neighbour minus right neighbour
drops = photo[:-2, :] - photo[2:, :]  # upper neighbour minus lower neighbour

fig, axes = plt.subplots(1, 3, figsize=(8, 2.9), layout="constrained")
axes[0].imshow(photo, cmap="gray")
axes[0].set_title("a photograph", fontsize=10)
axes[1].imshow(falls, cmap="PuOr", vmin=-1, vmax=1)
axes[1].set_title("left minus right", fontsize=10)
axes[2].imshow(drops, cmap="PuOr", vmin=-1, vmax=1)
axes[2].set_title("upper minus lower", fontsize=10)
for ax in axes:
    ax.axis("off")
plt.show()

# %% [markdown] id="what-you-see"
# On the left is a photograph. The other two pictures are made from it by one subtraction per pixel.
#
# - **White** means zero: the two neighbours are equally bright.
# - **Purple** means positive, **orange** means negative.
#
# The man is still there, but only his outline. In the middle picture you see lines that stand upright, such as the
# sides of the tower and of the tripod. In the right picture you see lines that lie flat, such as the horizon. One
# subtraction has *found the edges*.
#
# A network for images begins in the same way. It looks at small neighbourhoods, one after another, always with the
# same few numbers. This operation is called a **convolution**. In this notebook you build it yourself, from nothing
# but NumPy, and then you build the way back that lets a network *learn* those numbers.

# %% [markdown] id="what-you-will-write"
# ## What you will write
#
# | part | you write | points |
# | --- | --- | --- |
# | 1. An edge, found by hand | `vertical_edge_filter`, `horizontal_edge_filter`, `detect_edges` | 10 |
# | 2. Why padding | `zero_pad` | 5 |
# | 3. Why stride, why odd filters | `conv_output_size`, `same_padding` | 7 |
# | 4. Volumes and filters | `red_vertical_edge_filter`, `conv_single_step`, `conv_forward` | 19 |
# | 5. A layer | `conv_layer`, `conv_forward_vectorized` | 14 |
# | 6. Pooling | `pool_forward` | 9 |
# | 7. Why so few parameters | `count_conv_parameters`, `count_dense_parameters`, `inputs_per_output` | 7 |
# | 8. How gradients come back | `numerical_gradient`, `conv_backward`, `pool_backward` and its two helpers | 29 |
#
# That is 20 short functions and 100 points. Plan about three hours. The computer needs much less: all cells together
# take about **10 seconds of CPU time**. You need no GPU and no internet.
#
# ## How to work
#
# Every exercise is one cell with a function. Read its description, delete the line `raise NotImplementedError()` and
# write your code there. Then run the check below it. The check shows each test, what was expected and what came back.
# Often it also names the mistake. You may run it as often as you like.
#
# Do not change the names of the functions or of their parameters. Later cells use your functions, so go from top to
# bottom.
#
# Sometimes you read **Predict, then run**. Please do it: say your answer aloud, or write it down, before you run the
# cell. You learn most from the predictions that turn out wrong.

# %% [markdown] id="notation"
# ## Notation
#
# | symbol | meaning |
# | --- | --- |
# | $m$ | number of images in a batch |
# | $n_H, n_W$ | height and width, in pixels |
# | $n_C$ | number of channels: 1 for gray, 3 for red, green, blue |
# | $f$ | side of a filter: $f \times f$ pixels |
# | $p$ | padding: how many pixels are added on each side |
# | $s$ | stride: how many pixels the filter moves in one step |
#
# The word "prev" marks what comes *into* a layer, from the previous one: `A_prev` has $n_{C,prev}$ channels. A batch
# of images is an array of shape $(m, n_H, n_W, n_C)$. Such a shape stands as a comment behind each line that changes
# it.


# %% id="show-helper"
def show(pictures, height=2.7, limit=None):
    """Draw pictures side by side, {title: array}. Negative numbers are orange, 0 is white, positive ones are purple."""
    _, axes = plt.subplots(1, len(pictures), figsize=(8, height), layout="constrained")
    for ax, (title, picture) in zip(np.atleast_1d(axes), pictures.items(), strict=True):
        largest = limit or np.abs(picture).max()
        if picture.min() < 0:
            ax.imshow(picture, cmap="PuOr", vmin=-largest, vmax=largest)
        else:
            ax.imshow(picture, cmap="gray", vmin=0, vmax=largest)
        ax.set_title(title, fontsize=10)
        ax.axis("off")
    plt.show()


# %% [markdown] id="part-1"
# # 1. An edge, found by hand
#
# What is an edge? It is a place where the brightness changes quickly. Here is a very small piece of the photograph, 3
# rows and 3 columns, at the edge of the man's coat. Pixels of a photograph are whole numbers from 0 (black) to 255
# (white).

# %% id="patch-by-hand"
camera = data.camera()  # (512, 512), uint8
patch = camera[157:160, 62:65]  # (3, 3)
print("a piece at the edge of the coat:")
print(patch)

around = camera[143:173, 48:78]  # (30, 30), the piece is in its middle
show({"the photograph": camera[::4, ::4], "30 x 30 pixels of it": around, "the piece": patch})

# %% [markdown] id="first-number"
# Lay nine numbers over these nine pixels: $+1$ on the left column, $0$ on the middle column, $-1$ on the right column.
#
# $$\begin{bmatrix} 1 & 0 & -1 \\ 1 & 0 & -1 \\ 1 & 0 & -1 \end{bmatrix}$$
#
# Multiply each pixel with the number on it, and add the nine products. The result is *left column minus right column*.
# If both sides are equally bright, the result is 0. If the left side is brighter, it is positive. If the right side is
# brighter, it is negative.
#
# Take a pencil and compute this one number for the piece above. You will meet it again soon.
#
# The nine numbers are called a **filter**, or a **kernel**.
#
# ### Exercise: the filter for vertical edges
#
# Write these nine numbers as an array. The first axis of an array goes down (rows), the second axis goes to the right
# (columns).


# %% id="vertical-edge-filter"
def vertical_edge_filter():
    """The filter that answers to vertical edges: bright on the left and dark on the right is positive.

    Returns:
        array of shape (3, 3): every row is 1, 0, -1.
    """
    ### BEGIN SOLUTION
    return np.array([[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]])  # (3, 3)
    ### END SOLUTION


# %% id="check-vertical-edge-filter"
check(vertical_edge_filter)

# %% [markdown] id="about-horizontal-edge-filter"
# ### Exercise: the filter for horizontal edges
#
# Turn the idea by a quarter. The new filter compares the row above with the row below. NumPy can make it out of the
# first filter.


# %% id="horizontal-edge-filter"
def horizontal_edge_filter():
    """The filter that answers to horizontal edges: bright above and dark below is positive.

    Returns:
        array of shape (3, 3): the transpose of the vertical edge filter.
    """
    ### BEGIN SOLUTION
    return vertical_edge_filter().T  # (3, 3)
    ### END SOLUTION


# %% id="check-horizontal-edge-filter"
check(horizontal_edge_filter)

# %% [markdown] id="sliding"
# ## Slide it
#
# One number tells about one place. To see the whole photograph, slide the filter over it. Put the filter on the upper
# left corner and compute one number. Move it one pixel to the right and compute the next number. At the end of the
# row, go back to the left and one pixel down.
#
# The result is again a picture. Its pixel $(h, w)$ is
#
# $$\text{edges}[h, w] = \sum_{i=0}^{f-1} \sum_{j=0}^{f-1} \text{image}[h + i, w + j] \cdot \text{kernel}[i, j]$$
#
# How large is it? In a row of $n_W$ pixels, a filter of $f$ pixels has $n_W - f + 1$ places. So the result has $n_H -
# f + 1$ rows and $n_W - f + 1$ columns.
#
# Mathematicians call this sum a *cross-correlation*. Their "convolution" first turns the filter by 180 degrees.
# Networks do not turn it, because they learn the numbers anyway. Everybody says "convolution" all the same, and so do
# we.

# %% [markdown] id="uint8-trap"
# ## A trap: small whole numbers
#
# Photographs come as `uint8`: whole numbers from 0 to 255, one byte each. There is no $-2$ in `uint8`.
#
# **Predict, then run.** What does NumPy say to $3 - 5$?

# %% id="uint8-wraps"
three, five = np.array([3], dtype=np.uint8), np.array([5], dtype=np.uint8)
print("3 - 5 as uint8:  ", (three - five)[0])
print("3 - 5 as float64:", (three.astype(float) - five.astype(float))[0])

# %% [markdown] id="about-detect-edges"
# ### Exercise: slide the filter
#
# The counter of a `uint8` runs below zero and starts again at 255, without a warning. So compute with floats.
#
# The function also takes a colour photograph, with a filter that has three layers, one for each colour. Then every
# number is a sum over $f \cdot f \cdot 3$ products. With NumPy this needs no extra line.


# %% id="detect-edges"
def detect_edges(image, kernel):
    """Slide a filter over an image, one pixel at a time, only where it fits completely (no padding).

    Args:
        image: array of shape (n_H, n_W), or (n_H, n_W, 3) for colour. uint8 in 0-255, or floats. Not modified.
        kernel: array of shape (f, f), or (f, f, 3) for colour. It is not flipped.

    Returns:
        array of floats of shape (n_H - f + 1, n_W - f + 1). Entry (h, w) is the sum of the products of the kernel
        and the window of the image whose upper left corner is (h, w). It can be negative.
    """
    # Step 1: make an array of zeros for the result.
    # Step 2: for each place (h, w), cut out the window, as floats.
    # Step 3: multiply it with the kernel, and add all products.
    ### BEGIN SOLUTION
    f = kernel.shape[0]
    n_H = image.shape[0] - f + 1
    n_W = image.shape[1] - f + 1
    edges = np.zeros((n_H, n_W))  # (n_H - f + 1, n_W - f + 1)
    for h in range(n_H):
        for w in range(n_W):
            window = image[h : h + f, w : w + f].astype(float)  # (f, f) or (f, f, 3)
            edges[h, w] = np.sum(window * kernel)
    return edges
    ### END SOLUTION


# %% id="check-detect-edges"
check(detect_edges)

# %% [markdown] id="predict-box"
# ## Test it on something you know
#
# We paint a white box into the photograph, on the dark coat.
#
# **Predict, then run.** The vertical edge filter sees the box. How many lines will it draw? Which of them is purple
# (bright on the left, dark on the right)? What happens at the upper and lower side of the box?

# %% id="box-in-a-photograph"
with_box = camera[::4, ::4].copy()  # (128, 128)
with_box[62:92, 14:38] = 255  # a white box on the coat

edges = detect_edges(with_box, vertical_edge_filter())  # (126, 126)
show({"with a white box": with_box, "vertical edges": edges}, height=2.5)
print("your pencil number:", detect_edges(patch, vertical_edge_filter())[0, 0], "gray levels")
print("smallest and largest answer:", edges.min(), "and", edges.max(), "of at most -765 and 765 (3 x 255)")

# %% [markdown] id="box-answer"
# Two lines, one orange and one purple. On its left side the box goes from dark to bright, so the answer is negative.
# On its right side it is the other way round. The filter does not only find an edge, it also knows its direction. The
# upper and the lower side are missing: along them the left and the right column of the filter see the same pixels.
#
# Each line is two pixels wide, because two positions of the filter touch the jump.
#
# ## The same nine numbers
#
# Nobody adapted the filter to this photograph. **Predict, then run.** Will the same nine numbers work for coins, for
# bricks and for a printed page?

# %% id="same-nine-numbers"
kernel = vertical_edge_filter()
small = {"coins": data.coins()[::3, ::3], "bricks": data.brick()[:300:3, :384:3], "a page": data.page()[40:140, :128]}
show(small, height=2.2)
show({f"{name}: vertical edges": detect_edges(image, kernel) for name, image in small.items()}, height=2.2)

# %% [markdown] id="find-letter-intro"
# ## A filter can be anything
#
# So far the filter was a small hand-made pattern. But the sum of products is large wherever the picture looks *like
# the filter*. So cut a letter "e" out of a photograph of a page, and use these pixels as the filter. We subtract the
# mean first. Then a plain white area gives zero.
#
# The letter comes from the word "Region". **Predict, then run.** Where in the words "-based segmentation" is the
# answer largest?

# %% id="find-a-letter"
page = data.page()
letter = page[14:28, 19:33]  # (14, 14), the e of the word "Region"
kernel = letter - letter.mean()
line = page[8:38, 70:300]  # (30, 230)
found = detect_edges(line, kernel)  # (17, 217)

fig, axes = plt.subplots(2, 1, figsize=(8, 3), layout="constrained")
axes[0].imshow(line, cmap="gray")
axes[0].set_title("the three best places, marked", fontsize=10)
axes[1].imshow(found, cmap="PuOr", vmin=-found.max(), vmax=found.max())
axes[1].set_title("answer of the filter (purple: looks like the e)", fontsize=10)
best = found.copy()
for _ in range(3):
    h, w = np.unravel_index(np.argmax(best), best.shape)
    axes[0].add_patch(plt.Rectangle((w, h), 13, 13, fill=False, edgecolor="tab:orange", linewidth=2))
    print(f"column {w:3d}: {found[h, w] / found.max():.0%} of the best answer")
    best[:, max(0, w - 7) : w + 8] = -np.inf  # do not find the same place twice
for ax in axes:
    ax.axis("off")
plt.show()

# %% [markdown] id="find-letter-answer"
# All three are the letter "e", in three places that the filter had never seen. A filter is a small picture of what it
# looks for. Deep in a network there are filters for eyes, wheels and letters. They work in the same way, and nobody
# cuts them out by hand: the network learns them. You will see that at the end.

# %% [markdown] id="part-2"
# # 2. Why padding
#
# Each convolution makes the picture smaller: $n - f + 1$ is less than $n$. A deep network has dozens of layers. What
# is left at the end?
#
# **Predict, then run.** We start with 64 x 64 pixels and use 3 x 3 filters. After how many layers is the picture gone?

# %% id="shrinking"
n, layers = 64, 0
while n - 3 + 1 >= 1:
    n = n - 3 + 1
    layers += 1
    if layers % 6 == 0 or n <= 2:
        print(f"after {layers:2d} layers: {n:2d} x {n:2d} pixels, {n * n / 64**2:6.1%} of the first picture")
print("One more layer does not fit.")

# %% [markdown] id="corners-intro"
# There is a second problem, and you cannot see it in the size. How many windows does each pixel take part in? A pixel
# in the middle is in nine windows. How many is it for the pixel in the corner?
#
# The next cell counts, first without padding and then with one ring of extra pixels around the picture ($p = 1$).

# %% id="corners"
fig, axes = plt.subplots(1, 2, figsize=(7, 3.2), layout="constrained")
for ax, pad in zip(axes, (0, 1), strict=True):
    n = 6 + 2 * pad
    seen = np.zeros((n, n), dtype=int)
    for h in range(n - 2):
        for w in range(n - 2):
            seen[h : h + 3, w : w + 3] += 1
    seen = seen[pad : pad + 6, pad : pad + 6]  # (6, 6), without the extra pixels
    ax.imshow(seen, cmap="cividis", vmin=0, vmax=9)
    for (h, w), count in np.ndenumerate(seen):
        ax.text(w, h, count, ha="center", va="center", color="black" if count > 5 else "white")
    ax.set_title(f"p = {pad}: windows that see each pixel", fontsize=10)
    ax.axis("off")
plt.show()

# %% [markdown] id="why-padding"
# Without padding, the pixel in the corner is seen once and the pixel in the middle nine times. What happens at the
# border of a photograph hardly counts.
#
# **Padding** helps with both problems. Put $p$ rings of extra pixels around the picture before you slide the filter.
# The picture stays large, and the border is seen more often: with $p = 1$ the corner is in four windows. The usual
# value of the extra pixels is zero.
#
# A batch has the shape $(m, n_H, n_W, n_C)$. Only the height and the width grow:
#
# $$(m,\; n_H,\; n_W,\; n_C) \;\rightarrow\; (m,\; n_H + 2p,\; n_W + 2p,\; n_C)$$
#
# ### Exercise: pad with zeros
#
# `np.pad` wants one pair of numbers for each axis: how many entries to add before, and how many after. You may also
# make an array of zeros and copy the images into its middle.


# %% id="zero-pad"
def zero_pad(X, pad):
    """Put a frame of zeros around every image of a batch.

    Args:
        X: array of shape (m, n_H, n_W, n_C), a batch of m images. Not modified.
        pad: int, 0 or more: how many pixels to add on each of the four sides.

    Returns:
        array of shape (m, n_H + 2 * pad, n_W + 2 * pad, n_C). The images are in the middle, the frame is 0.
        The batch axis and the channel axis do not grow.
    """
    ### BEGIN SOLUTION
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)))  # (m, n_H + 2 * pad, n_W + 2 * pad, n_C)
    ### END SOLUTION


# %% id="check-zero-pad"
check(zero_pad)

# %% [markdown] id="predict-frame"
# ## Padding has a price
#
# **Predict, then run.** We pad the photograph with 4 black pixels and look for edges. Which edges are new?

# %% id="frame-edges"
X = camera[None, ::4, ::4, None]  # (1, 128, 128, 1): one gray image as a batch
padded = zero_pad(X, 4)  # (1, 136, 136, 1)
edges = detect_edges(padded[0, :, :, 0], vertical_edge_filter())  # (134, 134)
show({f"padded: {X.shape} -> {padded.shape}": padded[0, :, :, 0], "vertical edges": edges}, height=2.5)
print("strongest answer at the frame:  ", np.abs(edges[:, :4]).max(), "gray levels")
print("strongest answer inside:        ", np.abs(edges[6:-6, 6:-6]).max(), "gray levels")

# %% [markdown] id="frame-answer"
# The frame itself is an edge, and a strong one: the filter cannot know that the black pixels are not part of the
# scene. Networks live with that. They learn to use it as a hint of where the border is.

# %% [markdown] id="part-3"
# # 3. Why stride, and why odd filters
#
# Neighbouring windows overlap a lot, so neighbouring answers are similar. If you do not need all of them, let the
# filter jump: move it $s$ pixels at a time, both to the right and down. This number is the **stride**.
#
# The padded picture has $n + 2p$ pixels in a row. The first window takes $f$ of them. $n + 2p - f$ pixels are left.
# Each jump needs $s$ of them, and a jump that does not fit completely is not made. Count the first window too:
#
# $$n_{out} = \left\lfloor \frac{n + 2p - f}{s} \right\rfloor + 1$$
#
# The brackets $\lfloor\;\rfloor$ mean: round down. Pixels that are left over at the right or lower border are not
# seen.
#
# ### Exercise: how large is the output?
#
# The formula holds for the height and for the width. A size is used as a shape or in `range(...)`, so it must be an
# `int`.


# %% id="conv-output-size"
def conv_output_size(n, f, p=0, s=1):
    """How many places a filter has along one side of an image.

    Args:
        n: int, the height or the width of the image in pixels.
        f: int, the side of the filter; it fits: f <= n + 2 * p.
        p: int, the padding on each side.
        s: int, the stride, 1 or more.

    Returns:
        int: floor((n + 2p - f) / s) + 1. An int, not a float: 4, not 4.0.
    """
    ### BEGIN SOLUTION
    return (n + 2 * p - f) // s + 1
    ### END SOLUTION


# %% id="check-conv-output-size"
check(conv_output_size)

# %% [markdown] id="predict-stride"
# ## What a stride costs and saves
#
# A convolution with stride $s$ gives exactly the answers of stride 1, but only every $s$-th of them.
#
# **Predict, then run.** At stride 4, how much of the work is left? Will you still recognise the man?

# %% id="stride-pictures"
n, f = 170, 3
edges = detect_edges(camera[:510:3, :510:3], vertical_edge_filter())  # (168, 168)
pictures = {}
for s in (1, 2, 4):
    n_out = conv_output_size(n, f, s=s)
    pictures[f"s = {s}: {n_out} x {n_out}"] = edges[::s, ::s]
    print(f"stride {s}: {n_out:3d} x {n_out:3d} = {n_out**2:5d} places, {n_out**2 / (n - f + 1) ** 2:6.1%} of the work")
show(pictures, height=2.4)

# %% [markdown] id="stride-answer"
# Stride 4 needs a sixteenth of the work, because it saves in both directions. The man is coarse, but he is there.
#
# ## Keep the size
#
# With stride 1, which padding keeps the size? Solve $n + 2p - f + 1 = n$ for $p$:
#
# $$p = \frac{f - 1}{2}$$
#
# This is called **same padding**. For $f = 3$ it is 1, for $f = 5$ it is 2. And for $f = 4$? It would be one and a
# half pixels on each side. That does not exist.
#
# ### Exercise: same padding
#
# For an even $f$, the function must not answer quietly with a wrong number. It raises a `ValueError`. An error that
# says what is wrong is better than a result that is wrong.


# %% id="same-padding"
def same_padding(f):
    """The padding that keeps the size of an image at stride 1.

    Args:
        f: int, the side of the filter, 1 or more.

    Returns:
        int: (f - 1) / 2, as an int: 1, not 1.0.

    Raises:
        ValueError: If f is even. Then no whole number of pixels keeps the size.
    """
    ### BEGIN SOLUTION
    if f % 2 == 0:
        raise ValueError(f"Same padding needs an odd filter side. Received: f={f}")
    return (f - 1) // 2
    ### END SOLUTION


# %% id="check-same-padding"
check(same_padding)

# %% [markdown] id="predict-drift"
# ## Why nearly all filters are odd
#
# An odd filter has a pixel in its middle. Its answer belongs to that pixel. An even filter has no middle, so its
# answer belongs to a point *between* pixels.
#
# Half a pixel seems harmless. Let us see. We blur a coin ten times, with a 2 x 2 filter and with a 3 x 3 filter. Each
# blur replaces a pixel by the mean of its window. The padding keeps the size. For the even filter all of it must go to
# one side.
#
# **Predict, then run.** The orange cross marks where the middle of the coin was. Where is the coin after ten blurs?

# %% id="even-filters-drift"
coin = data.coins()[31:79, 23:71].astype(float)  # (48, 48)
fig, axes = plt.subplots(1, 3, figsize=(8, 2.9), layout="constrained")
axes[0].imshow(coin, cmap="gray")
axes[0].set_title("a coin", fontsize=10)
for ax, f in zip(axes[1:], (2, 3), strict=True):
    blurred = coin
    for _ in range(10):
        before, after = f // 2, (f - 1) // 2  # f = 2: 1 and 0; f = 3: 1 and 1
        padded = np.pad(blurred, (before, after), mode="edge")
        blurred = detect_edges(padded, np.ones((f, f)) / f**2)  # (48, 48)
    ax.imshow(blurred, cmap="gray")
    ax.set_title(f"blurred ten times, f = {f}", fontsize=10)
for ax in axes:
    ax.plot(24, 24, "+", color="tab:orange", markersize=16, markeredgewidth=3)
    ax.axis("off")
plt.show()

# %% [markdown] id="drift-answer"
# With $f = 2$ the coin has wandered away, half a pixel with each blur: five pixels down and five to the right. With $f
# = 3$ it stays where it was. In a network of fifty layers you do not want that. So filters are 1 x 1, 3 x 3, 5 x 5 or
# 7 x 7.

# %% [markdown] id="part-4"
# # 4. Volumes and filters
#
# A colour photograph has three channels: red, green and blue. It is not a sheet of numbers but a **volume** of shape
# $(n_H, n_W, 3)$.
#
# A filter for a volume is a volume too. It is small in height and width, but it always has *all* the channels of its
# input: $(f, f, 3)$. It does not slide along the channels. Each place gives *one* number, the sum of $f \cdot f \cdot
# 3$ products.
#
# So the filter can choose the colours it looks at. A filter whose second and third layer are zero is blind to green
# and blue.
#
# ### Exercise: a filter that sees only red
#
# The channels are the last axis, in the order red, green, blue.


# %% id="red-vertical-edge-filter"
def red_vertical_edge_filter():
    """The filter that answers to vertical edges in the red channel, and to nothing else.

    Returns:
        array of shape (3, 3, 3): rows, columns, channels (red, green, blue). The red layer is the vertical edge
        filter, the green and the blue layer are 0.
    """
    ### BEGIN SOLUTION
    kernel = np.zeros((3, 3, 3))  # (3, 3, 3)
    kernel[:, :, 0] = vertical_edge_filter()
    return kernel
    ### END SOLUTION


# %% id="check-red-vertical-edge-filter"
check(red_vertical_edge_filter)

# %% [markdown] id="predict-flag"
# ## A flag with red stripes
#
# In the photograph of the astronaut there is a flag with red and white stripes. One red stripe is in the middle of the
# crop below.
#
# **Predict, then run.** Which filter sees the red stripes better: the one that looks only at red, or the one that
# looks only at green?

# %% id="red-and-green"
flag = data.astronaut()[90:220, :110]  # (130, 110, 3), uint8
red = red_vertical_edge_filter()  # (3, 3, 3)
green = np.roll(red, 1, axis=2)  # (3, 3, 3), the same layer, moved from red to green
red_edges, green_edges = detect_edges(flag, red), detect_edges(flag, green)  # (128, 108)
show({"a flag": flag, "only red": red_edges, "only green": green_edges}, height=2.6, limit=300)
stripe = np.s_[70:, 20:105]  # around the red stripe, below the blue field
print("strongest answer at the red stripe, only red:  ", np.abs(red_edges[stripe]).max(), "levels")
print("strongest answer at the red stripe, only green:", np.abs(green_edges[stripe]).max(), "levels")

# %% [markdown] id="flag-answer"
# The *green* filter sees the red stripes better. White contains red: red pixels and white pixels are both bright in
# the red channel. From white to red, it is green (and blue) that disappears. A filter does not look for colours by
# name. It looks for *differences* in the channels it is given.

# %% [markdown] id="one-step"
# ## One step, with a bias
#
# Now to the form that networks use. A **slice** is the window of the input under the filter, with all channels: $(f,
# f, n_{C,prev})$. The filter $W$ has the same shape. And there is one more number, the **bias** $b$. It moves the
# answer up or down:
#
# $$z = \sum_{i,j,k} a_{slice}[i, j, k] \cdot W[i, j, k] + b$$
#
# The bias is added *once*, after the sum.
#
# ### Exercise: one step
#
# The bias comes as an array with one entry. Make a plain number of it with `float(...)` or `.item()`.


# %% id="conv-single-step"
def conv_single_step(a_slice_prev, W, b):
    """One filter at one place.

    Args:
        a_slice_prev: array of shape (f, f, n_C_prev), the window of the input. Not modified.
        W: array of shape (f, f, n_C_prev), the filter.
        b: array of shape (1, 1, 1), the bias.

    Returns:
        A scalar (a plain number, not an array of shape (1, 1, 1)): the sum of all products, plus the bias.
    """
    ### BEGIN SOLUTION
    products = a_slice_prev * W  # (f, f, n_C_prev)
    return float(np.sum(products) + b.item())
    ### END SOLUTION


# %% id="check-conv-single-step"
check(conv_single_step)

# %% [markdown] id="many-filters"
# ## Many filters, many images
#
# One filter gives one picture. Take $n_C$ filters, lay their pictures behind one another, and you have a volume again.
# It has $n_C$ channels, and the next layer can work on it. This is how layers are stacked.
#
# - All filters together are one array `W` of shape $(f, f, n_{C,prev}, n_C)$. The last axis says which filter.
# - Each filter has its own bias: `b` has the shape $(1, 1, 1, n_C)$.
# - The input is a batch: `A_prev` has the shape $(m, n_{H,prev}, n_{W,prev}, n_{C,prev})$.
# - The output `Z` has the shape $(m, n_H, n_W, n_C)$ with
#
# $$n_H = \left\lfloor \frac{n_{H,prev} + 2p - f}{s} \right\rfloor + 1, \qquad
# n_W = \left\lfloor \frac{n_{W,prev} + 2p - f}{s} \right\rfloor + 1$$
#
# The window of output $(h, w)$ starts at row $h \cdot s$ and column $w \cdot s$ of the *padded* input.

# %% [markdown] id="about-conv-forward"
# ### Exercise: the forward pass
#
# Four loops: over the images, the rows, the columns and the filters. The inside is one call of `conv_single_step`. Use
# also `zero_pad` and `conv_output_size`.
#
# The **cache** keeps what the way back will need later: the inputs, as they came in.


# %% id="conv-forward"
def conv_forward(A_prev, W, b, hparameters):
    """The forward pass of a convolution.

    Args:
        A_prev: array of shape (m, n_H_prev, n_W_prev, n_C_prev), the batch that comes in. Not modified.
        W: array of shape (f, f, n_C_prev, n_C), the filters.
        b: array of shape (1, 1, 1, n_C), one bias for each filter.
        hparameters: dict {"stride": s, "pad": p}, two ints.

    Returns:
        (Z, cache): Z is an array of floats of shape (m, n_H, n_W, n_C) with
        n_H = floor((n_H_prev + 2 * pad - f) / stride) + 1, and n_W in the same way.
        cache is the tuple (A_prev, W, b, hparameters): the arguments, unchanged and in this order.
    """
    # Step 1: read all sizes from the shapes; compute n_H and n_W.
    # Step 2: pad the batch; make an array of zeros for Z.
    # Step 3: for each image, row, column and filter: cut out the slice, call conv_single_step.
    ### BEGIN SOLUTION
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f, _, _, n_C = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    n_H = conv_output_size(n_H_prev, f, pad, stride)
    n_W = conv_output_size(n_W_prev, f, pad, stride)
    A_prev_pad = zero_pad(A_prev, pad)  # (m, n_H_prev + 2 * pad, n_W_prev + 2 * pad, n_C_prev)
    Z = np.zeros((m, n_H, n_W, n_C))  # (m, n_H, n_W, n_C)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                top, left = h * stride, w * stride
                a_slice = A_prev_pad[i, top : top + f, left : left + f]  # (f, f, n_C_prev)
                for c in range(n_C):
                    Z[i, h, w, c] = conv_single_step(a_slice, W[..., c], b[..., c])
    return Z, (A_prev, W, b, hparameters)
    ### END SOLUTION


# %% id="check-conv-forward"
check(conv_forward)

# %% [markdown] id="predict-cat"
# ## Three filters look at a cat
#
# The first filter is the vertical edge filter on all three channels, the second one the horizontal edge filter, and
# the third one takes the mean of its window.
#
# **Predict, then run.** The input is $(1, 75, 113, 3)$, the filters are 3 x 3 with padding 0 and stride 1. What is the
# shape of the output? And which of the
# three pictures will still look like a photograph?

# %% id="three-filters"
cat = data.chelsea()[None, ::4, ::4] / 255.0  # (1, 75, 113, 3)
W = np.zeros((3, 3, 3, 3))
W[..., 0] = vertical_edge_filter()[:, :, None]  # (3, 3, 1) spreads over the three channels
W[..., 1] = horizontal_edge_filter()[:, :, None]
W[..., 2] = 1 / 27  # 3 * 3 * 3 numbers: their mean
b = np.zeros((1, 1, 1, 3))
Z, cache = conv_forward(cat, W, b, {"stride": 1, "pad": 0})
print("input", cat.shape, "-> output", Z.shape)
titles = ["vertical edges", "horizontal edges", "mean"]
show({"a cat": cat[0]} | {title: Z[0, :, :, c] for c, title in enumerate(titles)}, height=2)

# %% [markdown] id="part-5"
# # 5. A layer
#
# A convolution alone is only sums of products. If you stack two of them, the result could be written as *one* larger
# convolution. Nothing would be gained. So a layer ends with something that is not a sum: the **ReLU**,
#
# $$A = \max(0, Z)$$
#
# for each number. What is positive stays, what is negative becomes zero.
#
# ### Exercise: one layer
#
# A convolution, then the ReLU. Here nobody needs the cache, so return only the array.


# %% id="conv-layer"
def conv_layer(A_prev, W, b, hparameters):
    """One layer of a convolutional network: a convolution and a ReLU.

    Args:
        A_prev: array of shape (m, n_H_prev, n_W_prev, n_C_prev). Not modified.
        W: array of shape (f, f, n_C_prev, n_C).
        b: array of shape (1, 1, 1, n_C).
        hparameters: dict {"stride": s, "pad": p}.

    Returns:
        A, array of shape (m, n_H, n_W, n_C): the ReLU of the convolution, so never negative. No cache.
    """
    ### BEGIN SOLUTION
    Z, _ = conv_forward(A_prev, W, b, hparameters)  # (m, n_H, n_W, n_C)
    return np.maximum(Z, 0)
    ### END SOLUTION


# %% id="check-conv-layer"
check(conv_layer)

# %% [markdown] id="predict-layer"
# ## From 6 x 6 x 3 to 4 x 4 x 2
#
# A tiny photograph of 6 x 6 pixels with 3 channels goes through a layer with two filters of 3 x 3 x 3.
#
# **Predict, then run.** What is the shape of the output, and about which part of it will be exactly zero?

# %% id="six-to-four"
rng = np.random.default_rng(4)
tiny = data.coffee()[None, 40:400:60, 100:460:60] / 255.0  # (1, 6, 6, 3)
W, b = rng.normal(size=(3, 3, 3, 2)), np.zeros((1, 1, 1, 2))
W -= W.mean(axis=(0, 1, 2))  # the numbers of each filter sum to 0
A = conv_layer(tiny, W, b, {"stride": 1, "pad": 0})
print("input", tiny.shape, "filters", W.shape, "-> output", A.shape)
print(f"exactly zero: {np.mean(A == 0):.0%} of the {A.size} numbers")
show({"6 x 6 x 3": tiny[0], "first filter, 4 x 4": A[0, :, :, 0], "second filter, 4 x 4": A[0, :, :, 1]}, height=2.6)

# %% [markdown] id="why-vectorise"
# ## Faster
#
# Your loops are right, but Python is slow at loops. NumPy works fast when it gets one large job instead of many small
# ones. So we want all windows at once.
#
# `np.lib.stride_tricks.sliding_window_view(X, (f, f), axis=(1, 2))` gives all $f \times f$ windows of a batch, without
# copying anything. Its shape is $(m, \ldots, \ldots, n_{C,prev}, f, f)$: for each place of the window (stride 1), all
# channels, and then the $f \times f$ pixels. Take every $s$-th place, and multiply with the filters.
#
# Another way: loop over the $f \times f$ numbers of the *filter*. For each one, take the part of the picture that it
# meets on its way. Nine large jobs replace thousands of small ones.

# %% id="window-view"
X = np.arange(20.0).reshape(1, 4, 5, 1)  # (1, 4, 5, 1)
windows = np.lib.stride_tricks.sliding_window_view(X, (3, 3), axis=(1, 2))  # (1, 2, 3, 1, 3, 3)
print("the image:")
print(X[0, :, :, 0])
print("shape of all its windows:", windows.shape)
print("the window in row 1, column 2:")
print(windows[0, 1, 2, 0])

# %% [markdown] id="about-conv-forward-vectorized"
# ### Exercise: without loops over positions
#
# Same arguments and same result as `conv_forward`. Do not loop over the images' rows and columns. `np.tensordot` and
# `np.einsum` are useful: both multiply and add over the axes that you name. The check counts how many lines of Python
# run.


# %% id="conv-forward-vectorized"
def conv_forward_vectorized(A_prev, W, b, hparameters):
    """The forward pass of a convolution, without Python loops over the positions.

    Args:
        A_prev: array of shape (m, n_H_prev, n_W_prev, n_C_prev). Not modified.
        W: array of shape (f, f, n_C_prev, n_C).
        b: array of shape (1, 1, 1, n_C).
        hparameters: dict {"stride": s, "pad": p}.

    Returns:
        (Z, cache) exactly as conv_forward: Z of shape (m, n_H, n_W, n_C), cache = (A_prev, W, b, hparameters).
    """
    # Step 1: pad the batch.
    # Step 2: take all windows at once; keep every stride-th in height and width.
    # Step 3: multiply with the filters and add over f, f and n_C_prev; add the biases.
    ### BEGIN SOLUTION
    f = W.shape[0]
    stride, pad = hparameters["stride"], hparameters["pad"]
    A_prev_pad = zero_pad(A_prev, pad)  # (m, n_H_prev + 2 * pad, n_W_prev + 2 * pad, n_C_prev)
    windows = np.lib.stride_tricks.sliding_window_view(A_prev_pad, (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]  # (m, n_H, n_W, n_C_prev, f, f)
    Z = np.tensordot(windows, W, axes=([4, 5, 3], [0, 1, 2]))  # (m, n_H, n_W, n_C)
    Z = Z + b
    return Z, (A_prev, W, b, hparameters)
    ### END SOLUTION


# %% id="check-conv-forward-vectorized"
check(conv_forward_vectorized)

# %% [markdown] id="predict-speed"
# ## How much faster?
#
# Four colour photographs of 48 x 48 pixels, eight filters. **Predict, then run.** Twice as fast? Ten times?

# %% id="speed"
photos = [data.astronaut()[:288:6, 100:388:6], data.coffee()[:384:8, :384:8], data.chelsea()[:288:6, :288:6]]
batch = np.stack([*photos, data.rocket()[:384:8, :384:8]]) / 255.0  # (4, 48, 48, 3)
W, b = rng.normal(size=(3, 3, 3, 8)), rng.normal(size=(1, 1, 1, 8))
hparameters = {"stride": 1, "pad": 1}

start = time.perf_counter()
slow, _ = conv_forward(batch, W, b, hparameters)
middle = time.perf_counter()
fast, _ = conv_forward_vectorized(batch, W, b, hparameters)
end = time.perf_counter()

print(f"loops:      {1000 * (middle - start):7.1f} ms for {slow.size} numbers")
print(f"vectorised: {1000 * (end - middle):7.1f} ms for the same numbers")
print(f"ratio:      {(middle - start) / (end - middle):7.0f} times faster")
print(f"largest difference between the two results: {np.abs(slow - fast).max():.0e} (numbers up to {slow.max():.0f})")

# %% [markdown] id="speed-answer"
# Usually it is fifty to a hundred times faster. It is the same sum, and the same result up to rounding errors. Real
# libraries go further, but with the same idea: make one large multiplication out of the convolution. From here on we
# use the fast version.

# %% [markdown] id="part-6"
# # 6. Pooling
#
# An edge was found. Does it matter in exactly which pixel? Mostly not. **Pooling** keeps what was found and forgets
# the exact place. It slides a window too, but it has no weights:
#
# - **max pooling** keeps the largest number of each window,
# - **average pooling** keeps their mean.
#
# Each channel is pooled on its own, so $n_C$ does not change. There is no padding:
#
# $$n_H = \left\lfloor \frac{n_{H,prev} - f}{s} \right\rfloor + 1, \qquad
# n_W = \left\lfloor \frac{n_{W,prev} - f}{s} \right\rfloor + 1, \qquad n_C = n_{C,prev}$$
#
# The usual choice is $f = 2$, $s = 2$: half the height, half the width, a quarter of the numbers.
#
# ### Exercise: pooling
#
# Windows overlap when the stride is smaller than $f$. And the largest number of a window can well be negative.


# %% id="pool-forward"
def pool_forward(A_prev, hparameters, mode="max"):
    """The forward pass of a pooling layer.

    Args:
        A_prev: array of shape (m, n_H_prev, n_W_prev, n_C). Not modified.
        hparameters: dict {"f": f, "stride": s}, the side of the window and the stride.
        mode: "max" or "average".

    Returns:
        (A, cache): A is an array of floats of shape (m, n_H, n_W, n_C) with
        n_H = floor((n_H_prev - f) / stride) + 1, and n_W in the same way. cache is the tuple (A_prev, hparameters).
    """
    # Step 1: read the sizes; compute n_H and n_W; make an array of zeros for A.
    # Step 2: for each image, row and column: cut out the window, and keep one number for each channel.
    ### BEGIN SOLUTION
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    f, stride = hparameters["f"], hparameters["stride"]
    n_H = conv_output_size(n_H_prev, f, s=stride)
    n_W = conv_output_size(n_W_prev, f, s=stride)
    A = np.zeros((m, n_H, n_W, n_C))  # (m, n_H, n_W, n_C)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                top, left = h * stride, w * stride
                window = A_prev[i, top : top + f, left : left + f]  # (f, f, n_C)
                if mode == "max":
                    A[i, h, w] = window.max(axis=(0, 1))  # (n_C,)
                else:
                    A[i, h, w] = window.mean(axis=(0, 1))  # (n_C,)
    return A, (A_prev, hparameters)
    ### END SOLUTION


# %% id="check-pool-forward"
check(pool_forward)

# %% [markdown] id="predict-page"
# ## Where has the text gone?
#
# We pool a photograph of a printed page, with $f = 4$ and $s = 4$.
#
# **Predict, then run.** Which of the two results can you still read: max or average?

# %% id="pooled-page"
text = data.page()[None, 4:140, :300, None].astype(float)  # (1, 136, 300, 1)
largest, _ = pool_forward(text, {"f": 4, "stride": 4}, mode="max")  # (1, 34, 75, 1)
average, _ = pool_forward(text, {"f": 4, "stride": 4}, mode="average")
smallest = -pool_forward(-text, {"f": 4, "stride": 4}, mode="max")[0]
show({"the page, 136 x 300": text[0, :, :, 0], "max, 34 x 75": largest[0, :, :, 0]}, height=2.1)
show({"average, 34 x 75": average[0, :, :, 0], "minus max of minus, 34 x 75": smallest[0, :, :, 0]}, height=2.1)

# %% [markdown] id="page-answer"
# Max pooling wipes most of the text away! It keeps the *largest* number, and here the largest number is the white
# paper. The dark letters are thin, and nearly every window has some paper in it. Turn the signs round and the letters
# become thick and black.
#
# So max pooling is not "keep the important things". It means "was there a large number anywhere in this window?". That
# is useful after a ReLU, where a large number says: *here I found my pattern*.
#
# ## A small push
#
# Move the camera by one pixel. A person does not notice. Does the network?
#
# **Predict, then run.** The cell measures how much the edges change when the photograph moves one pixel to the side:
# before pooling, and after max pooling with $f = 2, 4, 8$.

# %% id="shift-and-pool"
W = vertical_edge_filter().reshape(3, 3, 1, 1)
b = np.zeros((1, 1, 1, 1))
image = camera[None, ::2, ::2, None] / 255.0  # (1, 256, 256, 1)
here = np.maximum(conv_forward_vectorized(image[:, :, :-1], W, b, hparameters)[0], 0)
moved = np.maximum(conv_forward_vectorized(image[:, :, 1:], W, b, hparameters)[0], 0)
print(f"no pooling: the answers change by {np.abs(here - moved).sum() / here.sum():5.1%} of their size")
for f in (2, 4, 8):
    a, _ = pool_forward(here, {"f": f, "stride": f})
    c, _ = pool_forward(moved, {"f": f, "stride": f})
    print(f"f = s = {f}:  the answers change by {np.abs(a - c).sum() / a.sum():5.1%} of their size")

# %% [markdown] id="part-7"
# # 7. Why so few parameters
#
# Now count what a network must learn. A **parameter** is one number that training changes: a weight or a bias.
#
# A convolution with $n_C$ filters has $f \cdot f \cdot n_{C,prev}$ weights and one bias *for each filter*. The size of
# the image does not matter.
#
# ### Exercise: count the parameters of a convolution


# %% id="count-conv-parameters"
def count_conv_parameters(f, n_C_prev, n_C):
    """How many parameters a convolution has.

    Args:
        f: int, the side of the filters.
        n_C_prev: int, the channels of the input.
        n_C: int, how many filters there are.

    Returns:
        int: all weights and all biases.
    """
    ### BEGIN SOLUTION
    return (f * f * n_C_prev + 1) * n_C
    ### END SOLUTION


# %% id="check-count-conv-parameters"
check(count_conv_parameters)

# %% [markdown] id="about-count-dense-parameters"
# ### Exercise: count the parameters of a dense layer
#
# In a **dense** layer, every output is connected with every input, each connection with its own weight. Each output
# has its own bias.


# %% id="count-dense-parameters"
def count_dense_parameters(n_in, n_out):
    """How many parameters a dense (fully connected) layer has.

    Args:
        n_in: int, how many inputs there are.
        n_out: int, how many outputs there are.

    Returns:
        int: all weights and all biases.
    """
    ### BEGIN SOLUTION
    return (n_in + 1) * n_out
    ### END SOLUTION


# %% id="check-count-dense-parameters"
check(count_dense_parameters)

# %% [markdown] id="predict-count"
# ## One filter against one matrix
#
# Find the vertical edges in the photograph of 512 x 512 pixels. The result has 510 x 510 pixels. A convolution does it
# with one 3 x 3 filter. A dense layer can do it too, if it has the right weights.
#
# **Predict, then run.** How many parameters does each of them have? How much memory do they need, at 4 bytes for each
# parameter?

# %% id="count-both"
n_in, n_out = 512 * 512, 510 * 510
conv, dense = count_conv_parameters(3, 1, 1), count_dense_parameters(n_in, n_out)
print(f"convolution: {conv:14,d} parameters, {4 * conv:d} bytes")
print(f"dense layer: {dense:14,d} parameters, {4 * dense / 1e9:.0f} gigabytes, more than the disk of many a laptop")
print(f"ratio:       {dense / conv:14,.0f}")
print()
conv, dense = count_conv_parameters(5, 3, 6), count_dense_parameters(32 * 32 * 3, 28 * 28 * 6)
print(f"even for 32 x 32 x 3 -> 28 x 28 x 6: {conv:,d} against {dense:,d} parameters")

# %% [markdown] id="two-reasons"
# ## Two reasons
#
# **Sharing.** The same weights work at every place. A detector for vertical edges that is useful in the upper left
# corner is useful in the lower right corner too. You saw it with the letter "e": cut out once, found everywhere. A
# dense layer would have to learn each place anew.
#
# **Sparsity.** One output looks at a few inputs only: those under its window. A dense layer connects it with all
# pixels of the image.
#
# ### Exercise: how many inputs does one output see?


# %% id="inputs-per-output"
def inputs_per_output(f, n_C_prev):
    """How many input numbers one output number of a convolution depends on.

    Args:
        f: int, the side of the filters.
        n_C_prev: int, the channels of the input.

    Returns:
        int: how many inputs are under the filter. The bias is not an input.
    """
    ### BEGIN SOLUTION
    return f * f * n_C_prev
    ### END SOLUTION


# %% id="check-inputs-per-output"
check(inputs_per_output)

# %% [markdown] id="predict-one-pixel"
# ## Touch one pixel
#
# We change a single pixel of the photograph, and count how many outputs notice it. Then we put more 3 x 3 layers on
# top.
#
# **Predict, then run.** After one layer it is 3 x 3 outputs. And after two, three, four?

# %% id="touch-one-pixel"
before = camera[None, ::8, ::8, None] / 255.0  # (1, 64, 64, 1)
after = before.copy()
after[0, 20, 30, 0] += 1.0
W, b = rng.normal(size=(3, 3, 1, 1)), np.zeros((1, 1, 1, 1))
print("one output sees", inputs_per_output(3, 1), "inputs; a dense layer would see", before.size)
pictures = {}
for layer in range(1, 5):
    before, _ = conv_forward_vectorized(before, W, b, {"stride": 1, "pad": 1})  # (1, 64, 64, 1)
    after, _ = conv_forward_vectorized(after, W, b, {"stride": 1, "pad": 1})
    changed = np.abs(after - before)[0, :, :, 0] > 1e-9  # (64, 64)
    side = int(np.sqrt(changed.sum()))
    pictures[f"after {layer}: {side} x {side}"] = changed[:40, 10:50]
show(pictures, height=2.6)

# %% [markdown] id="one-pixel-answer"
# Each layer adds one pixel on each side: 3, 5, 7, 9. Read it backwards: one number after four layers has seen 9 x 9
# pixels. Single layers are short-sighted, but a deep network sees far, and it gets there with few parameters.

# %% [markdown] id="part-8"
# # 8. How gradients come back
#
# Where do the numbers in the filters come from? The network learns them. It has a **cost** $J$, one number that says
# how wrong the network is. For each parameter we ask: *if this number grows a little, how does the cost change?* The
# answer is the **gradient**. Then we move each parameter a little in the direction that makes the cost smaller.
#
# We write `dW` for $\partial J / \partial W$: an array of the same shape as `W`. In the same way `db`, `dZ`,
# `dA_prev`.
#
# ## First an instrument
#
# Formulas for gradients are easy to get wrong, and a wrong gradient does not raise an error. The network just learns
# badly. So first we build an instrument that *measures* a gradient, without any formula. Take one number $x_k$, go a
# small step $\varepsilon$ up, and a small step down, and look at how the cost changed in between:
#
# $$\frac{\partial J}{\partial x_k} \approx \frac{J(x_k + \varepsilon) - J(x_k - \varepsilon)}{2 \varepsilon}$$
#
# Both sides count. If you go only up, the error is much larger. A good step is about $10^{-5}$: with much smaller
# steps the two costs agree in nearly all their 16 digits, and their difference is rounding noise.

# %% [markdown] id="about-numerical-gradient"
# ### Exercise: measure a gradient
#
# Change *one* number at a time and put it back before you go on to the next. Work on a copy: the array of the caller
# must look the same afterwards. And if the array holds whole numbers, the copy must hold floats, otherwise a small
# step is rounded away. `np.ndindex(x.shape)` gives all indices of an array.


# %% id="numerical-gradient"
def numerical_gradient(f, x, epsilon):
    """Measure the gradient of a function with central differences.

    Args:
        f: a function that takes an array of the shape of x and returns one number.
        x: array of any shape, floats or whole numbers: the place where to measure. Not modified.
        epsilon: float, the size of the step.

    Returns:
        array of floats of the shape of x. Entry k is (J_plus - J_minus) / (2 epsilon): J_plus is f with x[k] + epsilon,
        J_minus is f with x[k] - epsilon, and all other entries of x are as they were.
    """
    ### BEGIN SOLUTION
    x = np.array(x, dtype=float)  # a copy
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        original = x[index]
        x[index] = original + epsilon
        J_plus = f(x)
        x[index] = original - epsilon
        J_minus = f(x)
        x[index] = original
        gradient[index] = (J_plus - J_minus) / (2 * epsilon)
    return gradient
    ### END SOLUTION


# %% id="check-numerical-gradient"
check(numerical_gradient)

# %% [markdown] id="backward-idea"
# ## Through a convolution, backwards
#
# In the forward pass, output $z = Z[i, h, w, c]$ was made like this:
#
# $$z = \sum a_{slice} \cdot W_c + b_c$$
#
# Now somebody tells us $dz$, the gradient of the cost for this one output. What follows?
#
# - $z$ grows by $a_{slice}$ when $W_c$ grows. So the filter gets $\; dW_c \mathrel{+}= a_{slice} \cdot dz$
# - $z$ grows by $W_c$ when the slice grows. So the slice gets $\; da_{slice} \mathrel{+}= W_c \cdot dz$
# - $z$ grows by 1 when the bias grows. So the bias gets $\; db_c \mathrel{+}= dz$
#
# Why $\mathrel{+}=$ and not $=$? The filter was used at every place, so every place sends something back. A pixel was
# in several windows, and each of them sends something back. Where things were *shared* on the way forward, gradients
# are *added* on the way back.

# %% [markdown] id="about-conv-backward"
# ### Exercise: the backward pass of a convolution
#
# Take the loops of `conv_forward`, and in the inside write the three lines from above. The slices were cut from the
# *padded* input, so the gradient is collected in a padded array. At the end cut the frame off. Be careful when there
# is none: `[0:-0]` is empty.


# %% id="conv-backward"
def conv_backward(dZ, cache):
    """The backward pass of a convolution.

    Args:
        dZ: array of shape (m, n_H, n_W, n_C), the gradient of the cost for the output Z. Not modified.
        cache: the tuple (A_prev, W, b, hparameters) from conv_forward.

    Returns:
        (dA_prev, dW, db): the gradients for A_prev, W and b, each of the shape of its array:
        (m, n_H_prev, n_W_prev, n_C_prev), (f, f, n_C_prev, n_C) and (1, 1, 1, n_C).
        They are sums over the batch, not means.
    """
    ### BEGIN SOLUTION
    A_prev, W, b, hparameters = cache
    stride, pad = hparameters["stride"], hparameters["pad"]
    f = W.shape[0]
    m, n_H, n_W, n_C = dZ.shape
    A_prev_pad = zero_pad(A_prev, pad)  # (m, n_H_prev + 2 * pad, n_W_prev + 2 * pad, n_C_prev)
    dA_prev_pad = np.zeros(A_prev_pad.shape)  # (m, n_H_prev + 2 * pad, n_W_prev + 2 * pad, n_C_prev)
    dW = np.zeros(W.shape)
    db = np.zeros(b.shape)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                rows = slice(h * stride, h * stride + f)
                columns = slice(w * stride, w * stride + f)
                for c in range(n_C):
                    dz = dZ[i, h, w, c]
                    dA_prev_pad[i, rows, columns] += W[..., c] * dz  # (f, f, n_C_prev)
                    dW[..., c] += A_prev_pad[i, rows, columns] * dz  # (f, f, n_C_prev)
                    db[..., c] += dz
    n_H_prev, n_W_prev = A_prev.shape[1:3]
    dA_prev = dA_prev_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev]  # (m, n_H_prev, n_W_prev, n_C_prev)
    return dA_prev, dW, db
    ### END SOLUTION


# %% id="check-conv-backward"
check(conv_backward)

# %% [markdown] id="gradient-check-intro"
# ## The gradient check
#
# Now hold your instrument to your own formulas. We need a cost, so we take $J = \sum Z \cdot R$ with some random
# numbers $R$. Then `dZ` is just $R$.
#
# To compare two arrays of gradients, we take the size of their difference, relative to their own size:
#
# $$\text{error} = \frac{\lVert g - g_{measured} \rVert}{\lVert g \rVert + \lVert g_{measured} \rVert}$$
#
# Below $10^{-7}$ all is well. Above $10^{-3}$ something is wrong.


# %% id="gradient-check"
def relative_error(one, other):
    """0 when two arrays are equal, 1 when they have nothing in common."""
    return np.linalg.norm(one - other) / (np.linalg.norm(one) + np.linalg.norm(other))


A_prev = camera[None, 100:350:40, 150:400:50, None] / 255.0  # (1, 7, 5, 1), a few pixels of the photograph
W, b = rng.normal(size=(3, 3, 1, 2)), rng.normal(size=(1, 1, 1, 2))
hparameters = {"stride": 2, "pad": 1}
Z, cache = conv_forward(A_prev, W, b, hparameters)  # (1, 4, 3, 2)
R = rng.normal(size=Z.shape)
dA_prev, dW, db = conv_backward(R, cache)

measured = {
    "dA_prev": numerical_gradient(lambda A: np.sum(conv_forward(A, W, b, hparameters)[0] * R), A_prev, 1e-5),
    "dW": numerical_gradient(lambda V: np.sum(conv_forward(A_prev, V, b, hparameters)[0] * R), W, 1e-5),
    "db": numerical_gradient(lambda v: np.sum(conv_forward(A_prev, W, v, hparameters)[0] * R), b, 1e-5),
}
for name, gradient in {"dA_prev": dA_prev, "dW": dW, "db": db}.items():
    print(f"{name:8s} {gradient.size:3d} numbers, error {relative_error(gradient, measured[name]):.0e}")

# %% [markdown] id="predict-careless"
# ## Does the check find an error?
#
# An instrument that always says "good" is worthless. So here is a deliberate error: somebody flips the filter before
# the backward pass, as mathematicians do. The program runs, all shapes are right, nothing is raised.
#
# **Predict, then run.** Which of the three gradients will be wrong?

# %% id="careless-backward"
flipped_cache = (A_prev, W[::-1, ::-1], b, hparameters)
careless = dict(zip(("dA_prev", "dW", "db"), conv_backward(R, flipped_cache), strict=True))
for name, gradient in careless.items():
    error = relative_error(gradient, measured[name])
    print(f"{name:8s} shape {gradient.shape!s:14s} error {error:.0e}  {'ok' if error < 1e-7 else 'WRONG'}")

# %% [markdown] id="careless-answer"
# Only `dA_prev` depends on the filter, so only `dA_prev` is wrong. The check says *that* there is an error, and also
# *where*. A last layer like this would still learn, because its `dW` is right. But all layers before it would get
# wrong gradients. Without the check you would search for a long time.

# %% [markdown] id="max-back"
# ## Through max pooling, backwards
#
# Max pooling let only one number of each window through. Only this number has an influence on the cost, so only this
# number gets the gradient. All others get zero. To know which one it was, make a **mask**: an array like the window,
# True at the maximum and False everywhere else.
#
# And if the maximum occurs twice? Then we choose the *first* one, row by row, from left to right. If both of them got
# the full gradient, the gradient would be counted twice.
#
# ### Exercise: the mask of the maximum


# %% id="create-mask-from-window"
def create_mask_from_window(x):
    """Mark where the maximum of a window is.

    Args:
        x: array of shape (n_H, n_W), one window of one channel. Not modified.

    Returns:
        boolean array of shape (n_H, n_W), True in exactly one place: where x is largest. If the largest value occurs
        several times, the first of them is marked, row by row and from left to right.
    """
    ### BEGIN SOLUTION
    mask = np.zeros(x.shape, dtype=bool)
    mask[np.unravel_index(np.argmax(x), x.shape)] = True
    return mask
    ### END SOLUTION


# %% id="check-create-mask-from-window"
check(create_mask_from_window)

# %% [markdown] id="about-distribute-value"
# ### Exercise: share a gradient equally
#
# Through average pooling, every number of the window has the same influence: the average of $n_H \cdot n_W$ numbers
# grows by $1 / (n_H n_W)$ when one of them grows by 1. So each of them gets an equal part of the gradient.


# %% id="distribute-value"
def distribute_value(dz, shape):
    """Share one number equally among the places of a window.

    Args:
        dz: a number, the gradient of one output of average pooling.
        shape: tuple (n_H, n_W), the shape of the window.

    Returns:
        array of floats of that shape. All entries are equal, and their sum is dz.
    """
    ### BEGIN SOLUTION
    n_H, n_W = shape
    return np.full(shape, dz / (n_H * n_W))  # (n_H, n_W)
    ### END SOLUTION


# %% id="check-distribute-value"
check(distribute_value)

# %% [markdown] id="about-pool-backward"
# ### Exercise: the backward pass of pooling
#
# Put the two together. For each window and each channel, the gradient of the output goes back to the window: through
# the mask, or in equal parts. If windows overlap, a pixel collects from several of them, so add.


# %% id="pool-backward"
def pool_backward(dA, cache, mode="max"):
    """The backward pass of a pooling layer.

    Args:
        dA: array of shape (m, n_H, n_W, n_C), the gradient of the cost for the output. Not modified.
        cache: the tuple (A_prev, hparameters) from pool_forward, hparameters = {"f": f, "stride": s}.
        mode: "max" or "average".

    Returns:
        dA_prev, array of floats of the shape of A_prev, (m, n_H_prev, n_W_prev, n_C). In mode "max", a tie goes to the
        first maximum, row by row.
    """
    ### BEGIN SOLUTION
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, n_C = dA.shape
    dA_prev = np.zeros(A_prev.shape)  # (m, n_H_prev, n_W_prev, n_C)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                rows = slice(h * stride, h * stride + f)
                columns = slice(w * stride, w * stride + f)
                for c in range(n_C):
                    da = dA[i, h, w, c]
                    if mode == "max":
                        mask = create_mask_from_window(A_prev[i, rows, columns, c])  # (f, f)
                        dA_prev[i, rows, columns, c] += mask * da
                    else:
                        dA_prev[i, rows, columns, c] += distribute_value(da, (f, f))
    return dA_prev
    ### END SOLUTION


# %% id="check-pool-backward"
check(pool_backward)

# %% [markdown] id="predict-pool-gradient"
# ## Where does the gradient go?
#
# We send a gradient of 1 into every output of a pooling layer ($f = s = 3$) that saw a coin.
#
# **Predict, then run.** How many pixels get something, with max pooling and with average pooling? Then the instrument
# checks both.

# %% id="pool-gradient"
coin = data.coins()[None, 31:79:2, 23:71:2, None] + rng.random((1, 24, 24, 1))  # (1, 24, 24, 1), noise: no ties
pictures = {"a coin": coin[0, :, :, 0] / coin.max()}
for mode in ("max", "average"):
    A, cache = pool_forward(coin, {"f": 3, "stride": 3}, mode=mode)  # (1, 8, 8, 1)
    back = pool_backward(np.ones(A.shape), cache, mode=mode)  # (1, 24, 24, 1)
    pictures[f"{mode}: {np.mean(back > 0):.0%} of the pixels"] = back[0, :, :, 0]

    corner = coin[:, :9, :9]  # (1, 9, 9, 1)
    A, cache = pool_forward(corner, {"f": 3, "stride": 2}, mode=mode)  # (1, 4, 4, 1)
    R = rng.normal(size=A.shape)

    def cost(X, hparameters=cache[1], mode=mode, R=R):
        return np.sum(pool_forward(X, hparameters, mode)[0] * R)

    measured = numerical_gradient(cost, corner, 1e-5)
    print(f"{mode:8s} gradient check: error {relative_error(pool_backward(R, cache, mode), measured):.0e}")
show(pictures, limit=1)

# %% [markdown] id="learn-intro"
# ## The last experiment: let it find the filter itself
#
# At the start, a person invented the nine numbers $1, 0, -1, \ldots$ Can a machine find them, if it only sees a
# photograph and its edges?
#
# We start with nine zeros. In each step: go forward, compare with the edges that we want, go backward with *your*
# `conv_backward`, and move the filter a little against the gradient. The cost is $J = \frac{1}{2N} \sum (Z -
# \text{wanted})^2$ over the $N$ pixels of the output, so $dZ = (Z - \text{wanted}) / N$.
#
# **Predict, then run.** Will the nine numbers come out right? Which of them appear first?

# %% id="learn-a-filter"
image = data.brick()[None, 100:196:4, 100:196:4, None] / 255.0  # (1, 24, 24, 1)
image = (image - image.mean()) / image.std()
kernel = vertical_edge_filter().reshape(3, 3, 1, 1)
wanted, _ = conv_forward_vectorized(image, kernel, np.zeros((1, 1, 1, 1)), hparameters)
W, b = np.zeros((3, 3, 1, 1)), np.zeros((1, 1, 1, 1))
snapshots = {}
for step in range(61):
    Z, cache = conv_forward_vectorized(image, W, b, hparameters)
    cost = np.mean((Z - wanted) ** 2) / 2
    if step in (1, 5, 20, 60):
        snapshots[f"step {step}: cost {cost:.3f}"] = W[:, :, 0, 0].copy()
    _, dW, db = conv_backward((Z - wanted) / Z.size, cache)
    W -= 0.1 * dW
    b -= 0.1 * db
show(snapshots, height=2.2, limit=1)
print("the filter after 60 steps:")
print(W[:, :, 0, 0].round(2))

# %% [markdown] id="learn-answer"
# The machine found the filter that a person had invented, and no line of the program mentions edges. It only followed
# the gradients that you computed. Modern networks do exactly this, with millions of numbers instead of nine.

# %% [markdown] id="take-with-you"
# # What to take with you
#
# - A convolution slides a small filter over an image. Each place gives one number, a sum of products. It is large
#   where the image looks like the filter.
# - The output has $\lfloor (n + 2p - f)/s \rfloor + 1$ pixels on a side. Padding keeps the border and the size. Stride
#   saves work. Odd filters have a middle.
# - A filter has all channels of its input, and each filter makes one channel of the output.
# - A layer is a convolution, a bias for each filter, and a ReLU. Pooling keeps what was found and forgets the exact
#   place.
# - Few parameters, because weights are shared and connections are sparse: 10 numbers did the work of 68 billion.
# - What is shared on the way forward is added on the way back. Max pooling sends the gradient to the winner, average
#   pooling to all.
# - Never trust a gradient that you have not measured.
#
# In the next notebook Keras does all this for you, in one line for each layer. You know now what happens inside.
