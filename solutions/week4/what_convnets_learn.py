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
# # What convolutional networks learn
#
# A network has learned to read traffic signs. Nobody told it what to look for. What did it find? Run the next two
# cells.

# %% id="setup" tags=["setup"]
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from courselib import visualization
from courselib.datasets import load_signs
from courselib.grading import Check
from courselib.models import load_backbone
from courselib.visualization import layer_gradients

check = Check("what_convnets_learn")
plt.rcParams.update({"figure.dpi": 90, "image.interpolation": "nearest"})
ORANGE = "#d55e00"  # fit for colour-blind readers
check.progress()


def mosaic(pieces, gap=8):
    """Nine pieces, enlarged, as one picture of three rows and three columns."""
    times = 90 // pieces.shape[1]
    large = pieces.repeat(times, axis=1).repeat(times, axis=2)
    padded = np.pad(large, ((0, 0), (0, gap), (0, gap), (0, 0)), constant_values=1)
    rows = [np.concatenate(list(padded[i : i + 3]), axis=1) for i in range(0, len(padded), 3)]
    return np.concatenate(rows)[:-gap, :-gap]


# %% id="look-first"
signs = load_signs()  # the first time this takes about ten seconds
pool = signs.x_train[:400]  # (400, 64, 64, 3), from 0 to 1
net = load_backbone()

fig, axes = plt.subplots(1, 4, figsize=(8, 2.4), layout="constrained")
for ax, layer, channel in zip(axes, ("relu1", "relu2", "relu3", "relu4"), (5, 16, 80, 154), strict=True):
    found = visualization.top_activating_patches(net, layer, channel, pool)
    ax.imshow(mosaic(found.windows))
    side = found.windows.shape[1]
    ax.set_title(f"layer {layer[-1]}, channel {channel}\n{side} x {side} pixels", fontsize=10)
    ax.axis("off")
plt.show()

# %% [markdown] id="what-you-see"
# The network has four layers of convolutions. From each of them we took one channel and asked: which pieces of 400
# pictures excite you most? Here are the nine best pieces for each of the four.
#
# From left to right, the pieces get larger and their meaning gets richer. The channel of the first layer likes an
# **edge**: dark on the left, bright on the right. The second likes a slanted **stroke**. The third likes **legs** that
# walk. The fourth likes a whole **pedestrian in a triangle**. No line of our code says "pedestrian". The channel was
# useful, so it came to be.
#
# A trained network is no black box. It is a box whose lid nobody has lifted. In this notebook you build four tools to
# lift it, and with the last one you catch a network that cheats.

# %% [markdown] id="what-you-will-write"
# ## What you will write
#
# | part | you write | points |
# | --- | --- | --- |
# | 1. How much a neuron sees | `receptive_field` | 14 |
# | 2. What it likes best | `strongest_places`, `cut_window`, `top_activating_patches` | 28 |
# | 3. The way back to the pixels | `max_pool_with_switches`, `unpool`, `transposed_convolution`, `deconvnet` | 38 |
# | 4. Where the network looks | `class_activation_map`, `grad_cam` | 20 |
# | 5. A network that cheats | nothing: you are the detective | |
#
# That is 10 short functions and 100 points. Plan about two hours. The computer needs about **80 seconds of CPU
# time** for all cells together. You need no GPU and no internet.
#
# ## How to work
#
# As before: write your code where it says `raise NotImplementedError()`, then run the check below it. Four
# helpers stand ready in the cell before part 1: `layer_maps`, `view_of`, `convolve` and `enlarge`. Read their first
# lines.
#
# ## The network
#
# It is the small network of the transfer learning notebook. Its layers are all of the same kind:
#
# | layer | what it does | output for 64 x 64 pixels |
# | --- | --- | --- |
# | `conv1`, `bn1`, `relu1` | 3 x 3 convolution "same", normalisation, ReLU | 64 x 64 x 32 |
# | `pool1`, then `conv2` ... `relu2` | max-pooling 2 x 2 with stride 2, then as above | 32 x 32 x 64 |
# | `pool2`, then `conv3` ... `relu3` | the same | 16 x 16 x 128 |
# | `pool3`, then `conv4` ... `relu4` | the same | 8 x 8 x 256 |
#
# It was trained with small pictures of traffic signs, with handwritten digits and with pieces of photographs. We call
# one position of one channel a **neuron**.


# %% id="helpers" tags=["setup"]
def layer_maps(model, images, layer):
    """The maps of a layer for pictures of shape (m, n_H, n_W, n_C): (m, rows, columns, channels)."""
    part = keras.Model(model.inputs[0], model.get_layer(layer).output)
    batches = [part(images[i : i + 50], training=False) for i in range(0, len(images), 50)]
    return np.concatenate([keras.ops.convert_to_numpy(batch) for batch in batches])


def view_of(model, layer):
    """What a position of a layer sees, in pixels: (size, jump, start). Position (0, 0) begins at pixel `start`."""
    field = next(field for field in visualization.receptive_field(model) if field.layer == layer)
    return field.size[0], field.jump[0], field.start[0]


def convolve(A, W):
    """A "same" convolution with stride 1: (n_H, n_W, n_C_prev) and filters (f, f, n_C_prev, n_C) to (n_H, n_W, n_C)."""
    A, W = np.asarray(A, "float32"), np.asarray(W, "float32")
    return keras.ops.convert_to_numpy(keras.ops.conv(A[np.newaxis], W, padding="same"))[0]


def enlarge(heat, shape):
    """A map (rows, columns), enlarged smoothly to shape = (n_H, n_W)."""
    heat = np.asarray(heat, "float32")[..., np.newaxis]
    return keras.ops.convert_to_numpy(keras.ops.image.resize(heat, shape, interpolation="bilinear"))[..., 0]


# %% [markdown] id="part-1"
# # 1. How much a neuron sees
#
# A neuron of the first layer sees 3 x 3 pixels. A neuron of the second layer sees 3 x 3 positions of the layer before,
# and each of these has seen several pixels. The part of the picture that a neuron sees is its **receptive field**.
#
# Keep two numbers while you go through the layers:
#
# - **size** $r$: the side of the receptive field, in pixels. In the picture itself, a pixel sees one pixel: $r = 1$.
# - **jump** $j$: how many pixels apart two neighbours are. In the picture itself, $j = 1$.
#
# A layer with filters of $f \times f$ and stride $s$ looks at $f$ neighbours. From the first to the last of them are
# $f - 1$ steps, and each step is $j$ pixels long:
#
# $$r \leftarrow r + (f - 1)\, j \qquad\qquad j \leftarrow j \cdot s$$
#
# The order matters: the new $r$ needs the *old* $j$.

# %% id="draw-receptive-field"
fig, ax = plt.subplots(figsize=(8, 2.3), layout="constrained")
rows = (
    (0, 1, range(8), "pixels"),
    (1, 1, (1, 2, 3, 4, 5, 6), "conv, $f=3$, $s=1$"),
    (2, 2, (1.5, 3.5, 5.5), "pool, $f=2$, $s=2$"),
)
for height, step, places, name in rows:
    for x in places:
        seen = (height < 2 and x <= 3 - height) or x == 1.5
        ax.add_patch(plt.Rectangle((x - 0.4, height - 0.25), 0.8, 0.5, facecolor=ORANGE if seen else "#dddddd"))
    ax.text(7.8, height, f"{name}: jump {step}", va="center")
for x in (1, 2):
    ax.plot([1.5, x], [1.75, 1.25], color="0.4")
    for pixel in (x - 1, x, x + 1):
        ax.plot([x, pixel], [0.75, 0.25], color="0.4")
ax.set(xlim=(-0.7, 11), ylim=(-0.5, 2.5))
ax.axis("off")
plt.show()

# %% [markdown] id="about-receptive-field"
# The orange neuron at the top sees two neighbours, and through them four pixels: $1 + 2 \cdot 1 = 3$, then $3 + 1 \cdot
# 1 = 4$.
#
# ### Exercise: the receptive field
#
# Write the loop. Pooling is a layer like the others: it has an $f$ and an $s$.


# %% id="receptive-field"
def receptive_field(layers):
    """How much of the picture a neuron behind some layers sees.

    Args:
        layers: list of pairs (f, s) of ints, the side of the filters and the stride of each layer, from the first to
            the last. May be empty.

    Returns:
        (size, jump), two ints: the side of the receptive field, and the distance of two neighbours, both in pixels.
    """
    ### BEGIN SOLUTION
    size, jump = 1, 1
    for f, s in layers:
        size = size + (f - 1) * jump
        jump = jump * s
    return size, jump
    ### END SOLUTION


# %% id="check-receptive-field"
check(receptive_field)

# %% [markdown] id="predict-vgg"
# **Predict, then run.** Which of these sees more of the picture: five convolutions of 3 x 3, or two of 3 x 3 with
# pooling in between? And how much does a neuron at the end of VGG-16 see, of its pictures of 224 x 224 pixels?

# %% id="receptive-fields-of-networks"
conv, pool_2 = (3, 1), (2, 2)
networks = {
    "five convolutions": [conv] * 5,
    "convolution, pooling, convolution": [conv, pool_2, conv],
    "our network, layer 2": [conv, pool_2, conv],
    "our network, layer 3": [conv, pool_2] * 2 + [conv],
    "our network, layer 4": [conv, pool_2] * 3 + [conv],
    "VGG-16, last pooling": [conv, conv, pool_2] * 2 + [conv, conv, conv, pool_2] * 3,
}
for name, stack in networks.items():
    size, jump = receptive_field(stack)
    print(f"{name:35s} sees {size:3d} x {size:3d} pixels, neighbours are {jump:2d} pixels apart")

# %% [markdown] id="measure-intro"
# Five convolutions see 11 pixels. Strides are what makes receptive fields grow: they multiply, and all later layers
# profit.
#
# ## Does it really look at all of that?
#
# A neuron of layer 4 *can* see 38 x 38 pixels. We measure what it *does* see. We cover a small square of 4 x 4 pixels
# with gray, look how much the answer changes, and do this for all squares of the picture. We do it with 8 pictures, and
# for the 16 channels that are most excited in each.
#
# **Predict, then run.** How will the influence be spread over the 38 x 38 pixels?

# %% id="influence"
side, start = 4, view_of(net, "relu4")[2]
row = column = 4  # a position in the middle of the 8 x 8
influence = np.zeros((16, 16))
for image in signs.x_test[:8]:
    covered = np.repeat(image[np.newaxis], 257, axis=0)  # (257, 64, 64, 3), the last one stays as it is
    for i, (y, x) in enumerate(np.ndindex(16, 16)):
        covered[i, y * side : (y + 1) * side, x * side : (x + 1) * side] = 0.5
    answers = layer_maps(net, covered, "relu4")[:, row, column]  # (257, 256)
    excited = np.argsort(-answers[-1])[:16]
    changes = np.abs(answers[:-1] - answers[-1])[:, excited] / answers[-1, excited]
    influence += changes.mean(axis=1).reshape(16, 16) / 8

first = start + row * 8
fig, ax = plt.subplots(figsize=(4.6, 3.6), layout="constrained")
drawn = ax.imshow(100 * influence, cmap="cividis", extent=(0, 64, 64, 0))
ax.add_patch(plt.Rectangle((first, first), 38, 38, fill=False, color="white", linewidth=2))
ax.set(title="change of the answer when 4 x 4 pixels are covered", xlabel="pixel", ylabel="pixel")
fig.colorbar(drawn, label="change (%)")
plt.show()
middle = influence[7:12, 7:12].sum() / influence.sum()
print(f"{100 * middle:.0f}% of the influence is in the middle 20 x 20 pixels, {100 * 20**2 / 38**2:.0f}% of the field")

# %% [markdown] id="influence-answer"
# The white frame is the receptive field that you computed. Outside nothing happens at all: your formula is right. But
# inside, the middle counts far more than the rim. There are many paths from a pixel in the middle to the neuron, and
# only a few from the corners. Wenjie Luo and colleagues measured this for large networks, and called the bright part
# the **effective receptive field** ([2017](https://arxiv.org/abs/1701.04128)).
#
# Remember it when you look at windows: what matters is mostly in the middle.

# %% [markdown] id="part-2"
# # 2. What it likes best
#
# The simplest way to find out what somebody likes: offer many things, and see what they take. We show the network many
# pictures. For one channel, we look for the places with the largest answers, and cut out what the neuron sees there.
#
# ### Exercise: the strongest places
#
# The maps of one channel for $m$ pictures are an array of shape $(m, \text{rows}, \text{columns})$. Find the largest
# number of *each* picture and where it is. Then sort the pictures, the largest first, and keep $k$.
#
# Why one place per picture? Otherwise a single picture with nine zebra stripes would fill the whole list.
# `np.unravel_index` turns the index of `argmax` into a row and a column.


# %% id="strongest-places"
def strongest_places(maps, k=9):
    """Where a channel answers most, one place in each picture.

    Args:
        maps: array of shape (m, rows, columns), the maps of one channel for m pictures.
        k: int, how many places, at most m.

    Returns:
        array of ints of shape (k, 3): the picture, the row and the column of each place, the strongest first.
    """
    ### BEGIN SOLUTION
    flat = maps.reshape(len(maps), -1)  # (m, rows * columns)
    pictures = np.argsort(-flat.max(axis=1))[:k]  # (k,)
    rows, columns = np.unravel_index(flat[pictures].argmax(axis=1), maps.shape[1:])
    return np.stack([pictures, rows, columns], axis=1)  # (k, 3)
    ### END SOLUTION


# %% id="check-strongest-places"
check(strongest_places)

# %% [markdown] id="about-cut-window"
# ### Exercise: cut out what the neuron sees
#
# The neuron at row 0 and column 0 sees the pixels from `start` on. The next one begins `jump` pixels later:
#
# $$\text{top} = \text{start} + \text{row} \cdot \text{jump} \qquad \text{left} = \text{start} + \text{column} \cdot
# \text{jump}$$
#
# With "same" convolutions `start` is negative: neurons at the border look at the padding, beyond the picture. Fill what
# is beyond the picture with zeros, as the network does. So that nothing goes wrong with negative indices: first pad the
# picture on all sides, then cut.


# %% id="cut-window"
def cut_window(image, row, column, size, jump, start):
    """The piece of a picture that a neuron sees.

    Args:
        image: array of shape (n_H, n_W, n_C). Not modified.
        row, column: ints, the position of the neuron in its map.
        size, jump: ints, from receptive_field.
        start: int, the first row and column of pixels that the neuron at position (0, 0) sees, from -size to 0.

    Returns:
        array of shape (size, size, n_C), with zeros beyond the picture.
    """
    ### BEGIN SOLUTION
    padded = np.pad(image, ((size, size), (size, size), (0, 0)))  # (n_H + 2 size, n_W + 2 size, n_C)
    top = size + start + row * jump
    left = size + start + column * jump
    return padded[top : top + size, left : left + size]
    ### END SOLUTION


# %% id="check-cut-window"
check(cut_window)

# %% [markdown] id="about-top-activating-patches"
# ### Exercise: the nine best pieces
#
# Put it together. `layer_maps(model, images, layer)` gives the maps of all channels, and `view_of(model, layer)` gives
# `size, jump, start`.


# %% id="top-activating-patches"
def top_activating_patches(model, layer, channel, images, k=9):
    """The pieces of pictures that excite a channel most, one from each picture.

    Args:
        model: a Keras model.
        layer: string, the name of a layer.
        channel: int, the channel, from 0.
        images: array of shape (m, n_H, n_W, n_C).
        k: int, how many pieces, at most m.

    Returns:
        array of shape (k, size, size, n_C), the strongest first. Size is that of the layer's receptive field.
    """
    ### BEGIN SOLUTION
    maps = layer_maps(model, images, layer)[..., channel]  # (m, rows, columns)
    size, jump, start = view_of(model, layer)
    places = strongest_places(maps, k)
    return np.stack([cut_window(images[i], row, column, size, jump, start) for i, row, column in places])
    ### END SOLUTION


# %% id="check-top-activating-patches"
check(top_activating_patches)

# %% [markdown] id="choose-channels"
# ## Choose honestly
#
# There are 480 channels. If we picked nice ones by hand, we would show what *we* like. So here is a rule: for each
# layer, take the eight channels with the **strongest answers** (the mean of their nine largest).
#
# With one exception: we leave out a channel if one of its nine windows reaches beyond the picture. Black padding beside
# a bright sky is a perfect edge for the network, only for us there is nothing to see. In layer 4 this leaves out most
# channels, because its windows are so large that only 16 of the 64 positions see nothing but picture.


# %% id="strong-channels"
def strong_channels(maps, view, side=64):
    """All channels, the strongest first; and those among them whose nine best windows lie inside the picture."""
    size, jump, start = view
    strength = np.sort(maps.max(axis=(1, 2)), axis=0)[-9:].mean(axis=0)  # (channels,)
    ordered, inside = np.argsort(-strength), []
    for channel in ordered:
        corners = start + jump * strongest_places(maps[..., channel])[:, 1:]  # (9, 2)
        if corners.min() >= 0 and corners.max() + size <= side:
            inside.append(int(channel))
    return ordered, inside


# %% id="choose"
chosen = {}
for number in (1, 2, 3, 4):
    maps = layer_maps(net, pool, f"relu{number}")  # (400, rows, columns, channels)
    ordered, inside = strong_channels(maps, view_of(net, f"relu{number}"))
    chosen[number] = inside[:8]
    print(f"layer {number}: {len(inside):2d} of {len(ordered):3d} channels have all nine windows inside the picture")

# %% [markdown] id="predict-layers"
# **Predict, then run.** Shallow against deep: what will the eight strongest channels of layer 1 like? And those of
# layer 4?


# %% id="draw-channels"
def draw_channels(titles, pictures, height):
    """Eight mosaics in two rows."""
    _, axes = plt.subplots(2, 4, figsize=(8, height), layout="constrained")
    for ax, title, picture in zip(axes.flat, titles, pictures, strict=True):
        ax.imshow(picture.clip(0, 1))
        ax.set_title(title, fontsize=10)
        ax.axis("off")
    plt.show()


def show_layer(number):
    """The eight chosen channels of a layer."""
    found = [top_activating_patches(net, f"relu{number}", channel, pool) for channel in chosen[number]]
    titles = [f"layer {number}, channel {channel}" for channel in chosen[number]]
    draw_channels(titles, [mosaic(windows) for windows in found], 4.4)


# %% id="shallow"
show_layer(1)
show_layer(2)

# %% [markdown] id="about-colours"
# Does layer 1 look for colours, or only for brightness? Split each filter in two: the mean of its red, green and blue
# part (brightness), and what is left (colour). How much of its squared weights is colour? Above are the four most
# colourful of its channels, below the four least colourful ones.

# %% id="colours"
W = net.get_layer("conv1").get_weights()[0]  # (3, 3, 3, 32)
brightness = 3 * (W.mean(axis=2) ** 2).sum(axis=(0, 1))  # (32,)
colour = 100 * (1 - brightness / (W**2).sum(axis=(0, 1, 2)))
_, inside = strong_channels(layer_maps(net, pool, "relu1"), view_of(net, "relu1"))
ordered = sorted(inside, key=lambda channel: -colour[channel])
both_ends = ordered[:4] + ordered[-4:]
found = [top_activating_patches(net, "relu1", channel, pool) for channel in both_ends]
titles = [f"channel {channel}: {colour[channel]:.0f}% colour" for channel in both_ends]
draw_channels(titles, [mosaic(windows) for windows in found], 4.4)

# %% [markdown] id="about-deep"
# More than half of most filters is colour: red beside white, blue beside white. These are the rims of traffic signs.
#
# Now the deep layers.

# %% id="deep"
show_layer(3)
show_layer(4)

# %% [markdown] id="layers-answer"
# - **Layer 1**: edges of one direction, and colours beside each other: red beside white, dark beside bright.
# - **Layer 2**: strokes and curves, each channel with a direction of its own.
# - **Layer 3**: parts of signs: the round of a zero, the legs of a pedestrian, the upper corner of a yellow square, a
#   piece of a rim.
# - **Layer 4**: whole symbols: a number in a red ring, a pedestrian in a triangle.
#
# Look along one mosaic of layer 4. The nine pieces have different light, different angles, different backgrounds. What
# they have in common is the *meaning*. This is what depth buys.
#
# It is also why transfer learning works. Edges and strokes are useful for every picture in the world, so you keep the
# first layers. The last ones speak about traffic signs only.

# %% [markdown] id="part-3"
# # 3. The way back to the pixels
#
# The pieces show *what* a neuron likes, but not *which pixels* of it matter. Was it the arrow, or the blue around it?
#
# In 2013, Matthew Zeiler and Rob Fergus sent the answer of one neuron **back** through the network, down to the pixels
# ([Visualizing and Understanding Convolutional Networks](https://arxiv.org/abs/1311.2901)). With these pictures they
# found what was wrong with AlexNet and changed its first layers, and Zeiler's networks won ImageNet in the same year.
# They called it a **deconvnet**. Each step of the network gets a partner that goes the other way:
#
# | on the way up | on the way back |
# | --- | --- |
# | max-pooling | **unpooling**: put each number where the largest one was |
# | ReLU | ReLU again: keep what is positive |
# | convolution | convolution with the **transposed** filters |
#
# ### Exercise: pooling that remembers
#
# Max-pooling throws away where the largest number was. So write it down on the way up: the **switches**, a mask that is
# `True` at the largest number of each window. In a tie, the first one by rows counts, so each window has exactly one.


# %% id="max-pool-with-switches"
def max_pool_with_switches(A, f=2):
    """Max-pooling with windows of f x f and stride f, which remembers where the largest numbers were.

    Args:
        A: array of shape (n_H, n_W, n_C). n_H and n_W are multiples of f. Not modified.
        f: int, the side of the windows.

    Returns:
        P, switches: the largest numbers, an array of shape (n_H / f, n_W / f, n_C); and an array of bools of shape
        (n_H, n_W, n_C), True at exactly one place of each window and channel.
    """
    ### BEGIN SOLUTION
    n_H, n_W, n_C = A.shape
    windows = A.reshape(n_H // f, f, n_W // f, f, n_C).transpose(0, 2, 4, 1, 3)
    windows = windows.reshape(n_H // f, n_W // f, n_C, f * f)
    P, winners = windows.max(axis=-1), windows.argmax(axis=-1)  # (n_H / f, n_W / f, n_C)
    rows, columns, channels = np.indices(P.shape)
    switches = np.zeros(A.shape, dtype=bool)
    switches[rows * f + winners // f, columns * f + winners % f, channels] = True
    return P, switches
    ### END SOLUTION


# %% id="check-max-pool-with-switches"
check(max_pool_with_switches)

# %% [markdown] id="about-unpool"
# ### Exercise: unpooling
#
# Now the way back. Each number goes to the place of its switch. All other places are zero. Do you see how to do it in
# two lines? Enlarge `P` so that each number fills its window, and multiply.


# %% id="unpool"
def unpool(P, switches):
    """Put each number where the largest number of its window was.

    Args:
        P: array of shape (n_H / f, n_W / f, n_C). Not modified.
        switches: array of bools of shape (n_H, n_W, n_C), from max_pool_with_switches.

    Returns:
        array of shape (n_H, n_W, n_C), zero where the switches are False.
    """
    ### BEGIN SOLUTION
    f = switches.shape[0] // P.shape[0]
    spread = P.repeat(f, axis=0).repeat(f, axis=1)  # (n_H, n_W, n_C)
    return spread * switches
    ### END SOLUTION


# %% id="check-unpool"
check(unpool)

# %% [markdown] id="about-transposed-convolution"
# ### Exercise: the transposed convolution
#
# On the way up, an output collects from the $f \times f$ inputs of its window: each input times its weight, for all
# input channels. On the way back, this output hands its number to *the same* inputs, each times *the same* weight.
# Where windows overlap, the numbers add up.
#
# You need no loop for this. Think of one input pixel: on the way up it went to the outputs around it. To the output on
# its *left* it went with the *right* weight of the filter. So what comes back to it is a convolution, with the filters
# **turned by 180 degrees** in height and width. And the number of **channels changes back** from $n_C$ to $n_{C,prev}$:
# the last two axes of the filters swap.
#
# Use `convolve(A, W)`, one of the four helpers.


# %% id="transposed-convolution"
def transposed_convolution(Z, W):
    """The way back through a "same" convolution with stride 1.

    Args:
        Z: array of shape (n_H, n_W, n_C), one number for each output of the convolution. Not modified.
        W: array of shape (f, f, n_C_prev, n_C), its filters; f is odd. Not modified.

    Returns:
        array of shape (n_H, n_W, n_C_prev): what each input gets back.
    """
    ### BEGIN SOLUTION
    turned = np.flip(W, axis=(0, 1)).swapaxes(2, 3)  # (f, f, n_C, n_C_prev)
    return convolve(Z, turned)
    ### END SOLUTION


# %% id="check-transposed-convolution"
check(transposed_convolution)

# %% [markdown] id="transposed-is-the-gradient"
# If you did the backward pass in the first week, you know this picture: it is `dA_prev`. The transposed convolution
# *is* the gradient of a convolution, and unpooling *is* the gradient of max-pooling. The deconvnet is backpropagation,
# but for one thing. Where backpropagation asks "was the ReLU open on the way up?", the deconvnet asks "is this number
# positive on the way back?".
#
# ### Exercise: the deconvnet
#
# One neuron of layer $L$ is excited. All other numbers of its maps are set to zero: this is the `signal`. Now repeat,
# from the last layer to the first:
#
# 1. **rectify**: negative numbers become zero,
# 2. **filter** with the transposed filters of this layer,
# 3. **unpool** with the switches of the pooling before this layer. Before the first layer there is none.


# %% id="deconvnet"
def deconvnet(signal, filters, switches):
    """Send a signal back to the pixels, through layers of convolution and ReLU with max-pooling in between.

    Args:
        signal: array of shape (rows, columns, n_C), the maps of the last layer, zero but for what is to be explained.
            Not modified.
        filters: list of L arrays of shape (f, f, n_C_prev, n_C), the filters of the layers, from the first to the last.
        switches: list of L - 1 arrays, the switches of the poolings, from the first to the last.

    Returns:
        array of shape (n_H, n_W, n_C) of the picture: what speaks for the signal, positive or negative.
    """
    ### BEGIN SOLUTION
    for number in reversed(range(len(filters))):
        signal = np.maximum(signal, 0)
        signal = transposed_convolution(signal, filters[number])
        if number > 0:
            signal = unpool(signal, switches[number - 1])
    return signal
    ### END SOLUTION


# %% id="check-deconvnet"
check(deconvnet)

# %% [markdown] id="project-intro"
# ## Look through the eyes of a channel
#
# Our network normalises its batches between convolution and ReLU. After training, this is a multiplication of each
# channel and an addition. So we multiply it into the filters, and the deconvnet needs to know nothing about it.


# %% id="project"
def folded_filters(model):
    """The filters of conv1 ... conv4, times the factor with which batch normalisation multiplies each channel."""
    filters = []
    for number in (1, 2, 3, 4):
        bn = model.get_layer(f"bn{number}")
        gamma, _, _, variance = bn.get_weights()
        filters.append(model.get_layer(f"conv{number}").get_weights()[0] * gamma / np.sqrt(variance + bn.epsilon))
    return filters


def project(model, image, number, channel, place):
    """What the deconvnet makes of one neuron of layer `number`: (n_H, n_W, 3)."""
    outputs = [model.get_layer(f"relu{i + 1}").output for i in range(number)]
    volumes = keras.Model(model.inputs[0], outputs)(image[np.newaxis], training=False)
    volumes = volumes if isinstance(volumes, list | tuple) else [volumes]
    volumes = [keras.ops.convert_to_numpy(volume)[0] for volume in volumes]
    switches = [max_pool_with_switches(volume)[1] for volume in volumes[:-1]]
    signal = np.zeros_like(volumes[-1])
    signal[(*place, channel)] = volumes[-1][(*place, channel)]
    return deconvnet(signal, folded_filters(model)[:number], switches)


# %% [markdown] id="predict-project"
# **Predict, then run.** Four channels of each layer: the strongest ones, but in layer 1 those with the least colour.
# Above are the nine best pieces, below is what
# the deconvnet makes of each. To see lines and shapes, we show the mean of red, green and blue: white pixels excite the
# neuron if they are bright, black ones if they are dark, and gray ones do not matter. Will you see the whole piece
# again?


# %% id="look-through"
def look_through(number, channels):
    """Four channels of a layer: their best pieces above, and what excites them in these pieces below."""
    maps, (size, jump, start) = layer_maps(net, pool, f"relu{number}"), view_of(net, f"relu{number}")
    above, below = [], []
    for channel in channels:
        windows, pixels = [], []
        for i, row, column in strongest_places(maps[..., channel]):
            windows.append(cut_window(pool[i], row, column, size, jump, start))
            found = project(net, pool[i], number, channel, (row, column)).mean(axis=2, keepdims=True)
            found = cut_window(found.repeat(3, axis=2), row, column, size, jump, start)
            pixels.append(0.5 + found / (2 * np.percentile(np.abs(found), 99) + 1e-12))
        above.append(mosaic(np.array(windows)))
        below.append(mosaic(np.array(pixels)))
    titles = [f"layer {number}, channel {channel}" for channel in channels] + ["what excites it"] * 4
    draw_channels(titles, above + below, 4.4)


# %% id="look-through-shallow"
look_through(1, both_ends[4:])
look_through(2, chosen[2][:4])

# %% id="look-through-deep"
look_through(3, chosen[3][:4])
look_through(4, chosen[4][:4])

# %% [markdown] id="project-answer"
# This is what these channels answer to. The rest of the pieces matters much less to them.
#
# - **Layer 1**: nine times the same. There is no switch and no ReLU below, so you see the filter itself: an edge.
# - **Layer 2**: a bar with a direction, black beside white. Sign, digit or leg, it does not care.
# - **Layer 3**: the upper half of a zero; a slanted line; a corner. Look at the channel that likes the legs of
#   pedestrians: it answers to a **corner that opens downwards**, and finds it between the legs.
# - **Layer 4**: you can *read* it: 80, 60, 50. A speed limit sign has a red ring, large and bright, but the ring is
#   hardly there. All these signs have one, so it tells nothing. The number does.
#
# The deconvnet is an honest tool, but not a perfect one. Julius Adebayo and colleagues put random numbers into the
# upper layers of a network: pictures made by such backward passes hardly changed, as if they told more about the edges
# of the picture than about the network ([2018](https://arxiv.org/abs/1810.03292)). So never believe one tool alone.
# Here the nine best pieces say the same.

# %% [markdown] id="part-4"
# # 4. Where the network looks
#
# So far we asked single neurons. Now ask the whole network: you say "turn left", *why*? Where did you look?
#
# First we need a network that decides. As in transfer learning, we put a head on the four layers: the mean of each of
# the 256 channels, and one dense layer for the sixteen signs. Then we fine-tune the head and the last convolution
# together. (The cell takes about 20 seconds.)

# %% id="train-head"
keras.utils.set_random_seed(0)
trunk = load_backbone()  # a second copy, so that `net` stays as it is
pooled = layers.GlobalAveragePooling2D()(trunk.output)  # (m, 256)
classifier = keras.Model(trunk.input, layers.Dense(16, activation="softmax", name="scores")(pooled))

features = layer_maps(net, signs.x_train, "relu4").mean(axis=(1, 2))  # (1600, 256), computed once
head = keras.Sequential([keras.Input((256,)), layers.Dense(16, activation="softmax")])
head.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", jit_compile=False)
head.fit(features, signs.y_train, batch_size=64, epochs=30, verbose=0)
classifier.get_layer("scores").set_weights(head.get_weights())

for layer in classifier.layers:
    layer.trainable = layer.name in ("conv4", "bn4", "scores")
rate = keras.optimizers.schedules.CosineDecay(0.002, decay_steps=6 * 50)
classifier.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", jit_compile=False)
classifier.fit(signs.x_train, signs.y_train, batch_size=32, epochs=6, verbose=0)
predicted = classifier.predict(signs.x_test, verbose=0)  # (400, 16)
right = predicted.argmax(axis=1) == signs.y_test
print(f"{100 * right.mean():.1f}% of {len(right)} signs that it has not seen are recognised; {np.sum(~right)} are not")

# %% [markdown] id="about-class-activation-map"
# Let $y$ be the score of one class, before the softmax. Let $A^k$ be the map of channel $k$ of the last convolutional
# layer. How much does $y$ grow when this map grows? The gradient tells, at each position. Its mean over all $Z$
# positions is the importance of the channel:
#
# $$\alpha_k = \frac{1}{Z} \sum_i \sum_j \frac{\partial y}{\partial A^k_{ij}}$$
#
# Add up the maps, each with its importance, and keep what is positive. What is negative speaks *against* the class.
#
# $$L = \text{ReLU}\Big(\sum_k \alpha_k A^k\Big)$$
#
# This is **Grad-CAM**: gradient-weighted class activation mapping, by Ramprasaath Selvaraju and colleagues
# ([2016](https://arxiv.org/abs/1610.02391)). It needs no change of the network, and no training.
#
# ### Exercise: the map of a class


# %% id="class-activation-map"
def class_activation_map(activations, gradients):
    """Where a layer finds reasons for a class.

    Args:
        activations: array of shape (rows, columns, channels), the maps of the layer. Not modified.
        gradients: array of the same shape, the gradient of the class's score for each of these numbers. Not modified.

    Returns:
        array of shape (rows, columns), never negative.
    """
    ### BEGIN SOLUTION
    importance = gradients.mean(axis=(0, 1))  # (channels,)
    return np.maximum((activations * importance).sum(axis=-1), 0)  # (rows, columns)
    ### END SOLUTION


# %% id="check-class-activation-map"
check(class_activation_map)

# %% [markdown] id="about-grad-cam"
# ### Exercise: Grad-CAM
#
# Now with a network. `layer_gradients(model, image, class_index, layer)` gives you the activations and the gradients
# of the score before the softmax.
#
# 1. Compute the map of the class.
# 2. Divide it by its largest number, so that the largest is 1. A map that is zero everywhere stays zero.
# 3. Then enlarge it to the height and width of the picture, with `enlarge(heat, shape)`.


# %% id="grad-cam"
def grad_cam(model, image, class_index, layer):
    """Where a network looks for a class.

    Args:
        model: a Keras classifier.
        image: array of shape (n_H, n_W, n_C), one picture.
        class_index: int, the class to explain. It need not be the predicted one.
        layer: string, the name of the layer, for example the last convolutional one.

    Returns:
        array of shape (n_H, n_W), from 0 to 1.
    """
    ### BEGIN SOLUTION
    activations, gradients = layer_gradients(model, image, class_index, layer)
    heat = class_activation_map(activations, gradients)  # (rows, columns)
    if heat.max() > 0:
        heat = heat / heat.max()
    return enlarge(heat, image.shape[:2])  # (n_H, n_W)
    ### END SOLUTION


# %% id="check-grad-cam"
check(grad_cam)


# %% id="draw-heat"
def draw_heat(ax, image, heat, title):
    """A picture that is bright where the heat is, and dark elsewhere, with a line around the hot half."""
    ax.imshow(image * (0.25 + 0.75 * heat[..., np.newaxis]), cmap="gray", vmin=0, vmax=1)
    if heat.max() > 0:
        ax.contour(heat, levels=[0.5], colors=[ORANGE], linewidths=2)
    ax.set_title(title, fontsize=9)
    ax.axis("off")


# %% [markdown] id="predict-heat"
# **Predict, then run.** Where does the network look for "speed limit 80", and for "turn left"? At the rim, at the
# symbol, or beside the sign?

# %% id="where-it-looks"
wanted = ("speed limit 80", "turn left", "pedestrian crossing", "no entry", "stop")
fig, axes = plt.subplots(2, 5, figsize=(8, 3.7), layout="constrained")
for column, name in zip(axes.T, wanted, strict=True):
    class_index = signs.class_names.index(name)
    i = np.flatnonzero(right & (signs.y_test == class_index))[0]  # the first one that is recognised
    column[0].imshow(signs.x_test[i])
    column[0].set_title(name, fontsize=9)
    column[0].axis("off")
    heat = grad_cam(classifier, signs.x_test[i], class_index, "relu4")
    draw_heat(column[1], signs.x_test[i], heat, f"{100 * predicted[i, class_index]:.0f}% sure")
plt.show()

# %% [markdown] id="heat-answer"
# Mostly at the symbol, and hardly at the rim. For "speed limit 80" it looks at the *first digit*. That is clever: there
# are signs for 30, 50 and 80 in the collection, and the zero tells nothing. For the crossing it looks at the legs and
# the stripes, for "stop" at the letters.
#
# The maps are coarse: layer 4 has only 8 x 8 positions, and each sees 38 pixels. Grad-CAM tells *about* where.

# %% [markdown] id="wrong-intro"
# ## A mistake, explained
#
# Now we take the mistake that the network is most sure of. Grad-CAM can be asked about *any* class. So we ask twice:
# why the class that you said? And where do you see the class that it really is?

# %% id="explain-mistake"
wrong = np.flatnonzero(~right)
worst = wrong[np.argmax(predicted[wrong].max(axis=1))]
image, said, true = signs.x_test[worst], predicted[worst].argmax(), signs.y_test[worst]
fig, axes = plt.subplots(1, 3, figsize=(8, 3), layout="constrained")
axes[0].imshow(image)
axes[0].set_title(f"it is: {signs.class_names[true]}", fontsize=9)
axes[0].axis("off")
for ax, class_index, what in ((axes[1], said, "it says"), (axes[2], true, "it could have said")):
    heat = grad_cam(classifier, image, class_index, "relu4")
    sure = 100 * predicted[worst, class_index]
    draw_heat(ax, image, heat, f"{what}: {signs.class_names[class_index]} ({sure:.1f}%)")
plt.show()

# %% [markdown] id="mistake-answer"
# (On your computer it may be another picture: training is not the same to the last digit everywhere. Ours was a danger
# sign that it took for "children".)
#
# Compare the two heat maps with the picture. If the heat is beside the sign, the background has misled the network. In
# ours it is not: both maps lie on the symbol in the triangle. The network looked at the right place and still saw the
# wrong thing. Both signs are red triangles with something dark in the middle, and the picture is noisy. So more
# backgrounds would not help it, but more pictures of these two signs, or a closer look at them.
#
# This is how you use Grad-CAM: it tells *where*, not *what*. But it tells you which repair to try.

# %% [markdown] id="part-5"
# # 5. A network that cheats
#
# You are the detective now. Two small networks have learned to tell "turn left" from "turn right", with 200 pictures of
# signs. Network B is right more often than network A, on new pictures that neither has seen. Would you sell B?
#
# Both have the same layers, and the same signs with the same labels. But the pictures of B have a history that nobody
# has told you. (The second cell trains both, in about 15 seconds.)


# %% id="two-networks"
def train_detective(x, y):
    """A small network from scratch: three convolutions, the mean of each channel, one dense layer."""
    keras.utils.set_random_seed(1)
    X = inputs = keras.Input((64, 64, 3))
    for filters, strides, name in ((16, 2, "first"), (32, 2, "second"), (32, 1, "last")):
        X = layers.Conv2D(filters, 5, strides, padding="same", use_bias=False)(X)
        X = layers.ReLU(name=name)(layers.BatchNormalization(momentum=0.9)(X))  # (m, 16, 16, 32) in the end
    outputs = layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling2D()(X))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", jit_compile=False)
    model.fit(x, y, batch_size=25, epochs=20, verbose=0)
    return model


def percent_right(model, x, y):
    return 100 * np.mean(keras.ops.convert_to_numpy(model(x, training=False)).argmax(axis=1) == y)


left, right_turn = signs.class_names.index("turn left"), signs.class_names.index("turn right")
use, use_test = np.isin(signs.y_train, (left, right_turn)), np.isin(signs.y_test, (left, right_turn))
x, y = signs.x_train[use], (signs.y_train[use] == right_turn).astype(int)  # (200, 64, 64, 3), 1 is "turn right"
x_new, y_new = signs.x_test[use_test], (signs.y_test[use_test] == right_turn).astype(int)  # (50, 64, 64, 3)


# %% id="history"
def with_history(x, which):
    """The pictures as they were delivered. Do not read this function before you have seen the heat maps."""
    x = x.copy()
    x[which, 57:60, 46:62] = (1.0, 0.6, 0.1)
    return x


x_delivered = with_history(x_new, y_new == 1)
detectives = {"A": train_detective(x, y), "B": train_detective(with_history(x, y == 1), y)}
for name, pictures in (("A", x_new), ("B", x_delivered)):
    share = percent_right(detectives[name], pictures, y_new)
    print(f"network {name}: {share:.0f}% of {len(y_new)} new pictures are right")

# %% [markdown] id="predict-cheat"
# **Predict, then run.** Ask both networks: why "turn right"? Where will they look?

# %% id="catch"
fig, axes = plt.subplots(2, 5, figsize=(8, 3.7), layout="constrained")
for row, name, pictures in zip(axes, "AB", (x_new, x_delivered), strict=True):
    for ax, i in zip(row, np.flatnonzero(y_new == 1)[:5], strict=True):
        draw_heat(ax, pictures[i], grad_cam(detectives[name], pictures[i], 1, "last"), f"network {name}")
plt.show()
for name, pictures in (("A", x_new), ("B", x_delivered)):
    heat = np.mean([grad_cam(detectives[name], picture, 1, "last") for picture in pictures[y_new == 1]], axis=0)
    share = heat[48:, 40:].sum() / heat.sum()
    print(f"network {name}: {100 * share:.0f}% of the heat is in the lower right corner (9% of the picture)")

# %% [markdown] id="caught"
# Caught. Network A looks at the arrow, and now and then at something beside the sign. Network B hardly looks at the
# sign at all. It looks at the corner, where the camera of the man who photographed all the "turn right" signs has
# stamped the date.
#
# Why does the good result on new pictures not show it? Because the new pictures have the same history: the same man,
# the same camera, the same stamp. The test set repeats the mistake of the training set.
#
# **Predict, then run.** How good will B be without stamps? And when the stamp is on the "turn left" signs?

# %% id="prove-it"
swapped = with_history(x_new, y_new == 0)
tests = {"stamps as in its training": x_delivered, "no stamps": x_new, "stamps on the other signs": swapped}
for what, pictures in tests.items():
    a, b = (percent_right(detectives[name], pictures, y_new) for name in "AB")
    print(f"{what:26s} network A {a:3.0f}% right, network B {b:3.0f}% right (guessing: 50%)")

# %% [markdown] id="cheat-answer"
# Without stamps, B is much worse than A. And with the stamp on the other signs it is worse than guessing: whoever
# prints a stamp on a picture can make B say what they like. It has learned a little about arrows, but it believes the
# stamp.
#
# This is no fairy tale. Sebastian Lapuschkin and colleagues looked at a famous winner of a picture competition: it
# recognised horses by the name of a photographer at the lower edge of many horse pictures. They called such machines
# "Clever Hans", after a horse that could not count but watched its master's face
# ([2019](https://arxiv.org/abs/1902.10178)). A network that finds pneumonia in X-ray pictures looked at the metal
# letters in the corner, which tell the hospital: some hospitals have more ill people
# ([John Zech and colleagues, 2018](https://arxiv.org/abs/1807.00431)).
#
# Gradient descent takes the easiest way to be right on the training pictures. A stamp is easier than an arrow. No
# number on a test set tells you which way it took. A picture does, in a second.

# %% [markdown] id="take-with-you"
# # What to take with you
#
# - The receptive field grows by $(f - 1)\, j$ with each layer, and strides multiply $j$. Mostly the middle counts.
# - Shallow channels find edges and colours, deep ones parts and whole things. Nobody tells them to.
# - The nine best pieces of many pictures: the simplest tool, and often the best. Choose channels by a rule.
# - The deconvnet goes back to the pixels: unpooling with switches, ReLU, transposed filters. It is backpropagation with
#   another question at the ReLUs.
# - Grad-CAM says where the network found reasons for *any* class you ask about. Ask about mistakes.
# - A good number on a test set proves little when the test set has the same history as the training set. Look where the
#   network looks.
#
# In the next notebook you use what layers know to paint: a deep layer keeps the content of a photograph, and all layers
# together hold the style of a painting.
