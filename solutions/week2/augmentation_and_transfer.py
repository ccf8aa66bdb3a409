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
# # Augmentation and transfer: when there are few pictures
#
# One photograph of a cat. How many pictures is that? Run the next two cells.

# %% id="setup" tags=["setup"]
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from skimage import data

from courselib.datasets import load_face_patches, load_signs
from courselib.errors import CourselibError
from courselib.grading import Check
from courselib.models import SmallBackbone, load_backbone
from courselib.visualization import show_images

check = Check("augmentation_and_transfer")
plt.rcParams.update({"figure.dpi": 90})
BLUE, ORANGE = "#0072b2", "#d55e00"  # fit for colour-blind readers


def backbone_of(model):
    """The backbone inside a model: the largest of the models that it is made of."""
    return max((layer for layer in model.layers if isinstance(layer, keras.Model)), key=keras.Model.count_params)


check.progress()

# %% id="look-first"
cat = data.chelsea()[20:280:2, 100:400:2] / np.float32(255)  # (130, 150, 3), 0 is black, 1 is white
views = {
    "the photograph": cat,
    "mirrored": cat[:, ::-1],
    "moved by 9 pixels": np.roll(cat, (6, 9), axis=(0, 1)),
    "warmer light": np.clip(cat + np.array([0.12, 0.02, -0.1]), 0, 1),
}
fig, axes = plt.subplots(1, 4, figsize=(8, 2.3), layout="constrained")
for ax, (name, view) in zip(axes, views.items(), strict=True):
    ax.imshow(view)
    ax.set_title(name, fontsize=10)
    ax.axis("off")
plt.show()
for name, view in list(views.items())[1:]:
    print(f"{name:18s} {np.mean(np.abs(view - cat) > 0.01):4.0%} of the numbers are different")

# %% [markdown] id="what-you-see"
# You see the same cat four times. For a network, nearly every number has changed. Nobody has told it yet that these
# are pictures of one cat.
#
# A network that has seen a million cats finds this out by itself. But what do you do with forty pictures? There are
# two answers, and this notebook is about both.
#
# - **Augmentation**: make new pictures out of those that you have, in ways that do not change what they show.
# - **Transfer**: take a network that learned to see from *other* pictures, and teach it only the last step.

# %% [markdown] id="what-you-will-write"
# ## What you will write
#
# | part | you write | points |
# | --- | --- | --- |
# | 1. Mirror and crop | `mirror`, `random_crop` | 22 |
# | 2. Another light | `color_shift`, `pca_color_shift` | 26 |
# | 3. Another angle | `rotate_and_shear` | 14 |
# | 4. A layer that augments | `data_augmenter` | 12 |
# | 5. Transfer | `transfer_model` | 14 |
# | 6. Fine-tuning | `fine_tune` | 12 |
#
# That is 8 short functions and 100 points. Plan about two hours. The computer needs much less: all cells together take
# about **three minutes of CPU time**. You need no GPU and no internet.
#
# ## How to work
#
# As before: write your code where it says `raise NotImplementedError()`, then run the check below it. Several
# functions use random numbers. Yours may draw others than ours. The check looks at what is true for every right
# solution: for example, that each crop is really a piece of its picture, and that no position is left out.
#
# Where it says **Predict, then run**, please do it in this order.

# %% [markdown] id="part-1"
# # 1. Mirror and crop
#
# A batch of pictures is an array of shape $(m, n_H, n_W, n_C)$: number of pictures, height, width, channels. A mirror
# swaps left and right. It costs nothing and doubles what you have.
#
# ### Exercise: the mirror


# %% id="mirror"
def mirror(images):
    """Mirror pictures: left becomes right.

    Args:
        images: array of shape (m, n_H, n_W, n_C), of any dtype. Not modified.

    Returns:
        array of the same shape. Column w of the result is column n_W - 1 - w of the picture.
    """
    ### BEGIN SOLUTION
    return images[:, :, ::-1]  # (m, n_H, n_W, n_C)
    ### END SOLUTION


# %% id="check-mirror"
check(mirror)

# %% [markdown] id="predict-mirrored-signs"
# ## Is it still the same?
#
# A mirrored cat is a cat. What about traffic signs? `load_signs` renders photographs of sixteen kinds of them.
#
# **Predict, then run.** Here are eight signs. For which of them does the mirrored picture still show a sign of the
# *same* class? Is there one for which the mirror makes *another class* out of it?

# %% id="mirrored-signs"
wanted = ["turn right", "turn left", "no entry", "speed limit 50", "danger", "parking", "priority road", "roundabout"]
clear = load_signs(num_classes=16, size=64, num_train=64, num_test=16)
chosen = [int(np.flatnonzero(clear.y_train == clear.class_names.index(name))[0]) for name in wanted]
examples = clear.x_train[chosen]  # (8, 64, 64, 3)
show_images(
    np.concatenate([examples, mirror(examples)]),
    labels=wanted + ["mirrored"] * 8,
    columns=8,
    title="Above: what the label says. Below: the same pictures, mirrored",
)

# %% [markdown] id="mirrored-signs-answer"
# A mirrored "turn right" **is** a "turn left". If you mirror it and keep the label, you teach the network a lie, and
# in this case a dangerous one. The mirrored 50 and the mirrored P exist nowhere. The roundabout turns the wrong way.
#
# So there is one rule for all of augmentation:
#
# > A change is allowed if the label is still true afterwards.
#
# The computer cannot know this. You must. At the end of part 3 you will measure what the lie costs.

# %% [markdown] id="about-random-crop"
# ## Another piece of the picture
#
# At the start the cat moved by a few pixels, and everything changed. So show the network many pieces of
# each picture, cut out at random places. AlexNet (Krizhevsky, Sutskever and Hinton, 2012,
# [paper](https://papers.nips.cc/paper/2012/hash/c399862d3b9d6b76c8436e924a68c45b-Abstract.html)) cut windows of 224 x
# 224 pixels out of pictures of 256 x 256.
#
# How many positions has a window? You know the formula from week 1: in a row of $n_W$ pixels, a window of $w$ pixels
# has $n_W - w + 1$ of them. In the words of week 1, a window is a filter that moves with stride 1.
#
# ### Exercise: a random crop
#
# Every picture gets a window of its own. Every position is equally likely, the last one too. Draw with
# `np.random.default_rng(seed)`: then the same seed gives the same crops, and an experiment can be repeated.


# %% id="random-crop"
def random_crop(images, size, seed):
    """Cut a window out of each picture, at a random place.

    Args:
        images: array of shape (m, n_H, n_W, n_C). Not modified.
        size: the size of the window in pixels: an int for a square one, or a tuple (height, width).
        seed: int. The same seed gives the same crops.

    Returns:
        array of shape (m, height, width, n_C). Each picture has a window of its own. All positions at which it lies
        completely inside the picture are equally likely.
    """
    ### BEGIN SOLUTION
    height, width = (size, size) if isinstance(size, int) else size
    m, n_H, n_W, _ = images.shape
    rng = np.random.default_rng(seed)
    tops = rng.integers(n_H - height + 1, size=m)
    lefts = rng.integers(n_W - width + 1, size=m)
    crops = [
        image[top : top + height, left : left + width]  # (height, width, n_C)
        for image, top, left in zip(images, tops, lefts, strict=True)
    ]
    return np.stack(crops)  # (m, height, width, n_C)
    ### END SOLUTION


# %% id="check-random-crop"
check(random_crop)

# %% [markdown] id="predict-crops"
# **Predict, then run.** We cut 2,000 windows of 90 x 90 pixels out of the cat (130 x 150 pixels), and count how often
# each pixel is seen. What will the map look like? Is every pixel seen equally often?

# %% id="crops-of-the-cat"
crops = random_crop(np.repeat(cat[None], 4, axis=0), 90, seed=3)  # (4, 90, 90, 3)
places = np.stack(np.mgrid[:130, :150], axis=-1).astype(np.uint8)  # (130, 150, 2): each pixel holds its own place
corners = random_crop(np.broadcast_to(places, (2000, 130, 150, 2)), 90, seed=0)[:, 0, 0]  # (2000, 2)
seen = np.zeros((130, 150))
for top, left in corners.astype(int):
    seen[top : top + 90, left : left + 90] += 1 / 2000

fig, axes = plt.subplots(1, 5, figsize=(8, 1.9), layout="constrained")
for ax, crop in zip(axes, crops, strict=False):
    ax.imshow(crop)
    ax.axis("off")
image = axes[4].imshow(seen, cmap="cividis", vmin=0, vmax=1)
axes[4].set_title("seen in ... of the crops", fontsize=9)
axes[4].axis("off")
fig.colorbar(image, ax=axes[4], format="{x:.0%}")
plt.show()
print(f"different windows: {(130 - 90 + 1) * (150 - 90 + 1)} out of one photograph")
print(f"a corner pixel is seen in {seen[0, 0]:.2%} of the crops, the middle in {seen[65, 75]:.0%}")

# %% [markdown] id="crops-answer"
# The middle is in every window, a corner only in one of 2501. A crop cares for the middle, where the photographer put
# the cat. If the important thing stands at the edge, a crop can cut it away, and then the label is not true any more.

# %% [markdown] id="part-2"
# # 2. Another light
#
# In the evening the light is red, under trees it is green. The cat stays a cat. So add a number to all red values,
# another one to all green values, and a third one to all blue values.
#
# ### Exercise: shift the colours
#
# Our pixels lie between 0 (black) and 1 (white). What gets brighter than white *stays* white, as in a camera, and
# what gets darker than black stays black. `np.clip` does this.


# %% id="color-shift"
def color_shift(images, shift):
    """Add a number to each colour channel, as another light would.

    Args:
        images: array of floats of shape (m, n_H, n_W, 3), in [0, 1]. Not modified.
        shift: three numbers, what is added to red, green and blue. They can be negative.

    Returns:
        array of floats of the same shape, in [0, 1]: what would be larger than 1 is 1, what would be less than 0 is 0.
    """
    ### BEGIN SOLUTION
    return np.clip(images + np.asarray(shift), 0, 1)  # (m, n_H, n_W, 3)
    ### END SOLUTION


# %% id="check-color-shift"
check(color_shift)

# %% id="shifted-cats"
shifts = {"as it was": [0, 0, 0], "+ red, - blue": [0.15, 0, -0.15], "- red, + blue": [-0.15, 0, 0.15],
          "+ green": [0, 0.2, 0]}  # fmt: skip
show_images(
    np.concatenate([color_shift(cat[None], shift) for shift in shifts.values()]), labels=list(shifts), columns=4
)

# %% [markdown] id="about-pca"
# The first three could be photographs. The green cat could not: no light on earth does this. Which shifts are natural?
#
# AlexNet asked the pictures themselves. Take all pixels of all pictures: each is a point in a space with three axes,
# red, green and blue. This cloud of points is not round. It is a long cigar along the gray diagonal, because pixels
# are most often brighter or darker, less often warmer or cooler, and rarely greener or pinker. These **principal
# directions** are the eigenvectors $p_1, p_2, p_3$ of the covariance of the three channels. The eigenvalues
# $\lambda_1, \lambda_2, \lambda_3$ say how long the cigar is in each direction: they are the variances along it.

# %% id="cloud-of-colours"
pixels = cat.reshape(-1, 3)  # (19500, 3)
eigenvalues, eigenvectors = np.linalg.eigh(np.cov(pixels, rowvar=False))  # (3,), (3, 3): directions are columns
for k in (2, 1, 0):
    direction = eigenvectors[:, k] * np.sign(eigenvectors[:, k].sum())
    print(f"variance {eigenvalues[k]:.4f} along (red, green, blue) = {direction.round(2)}")

fig, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained", sharex=True, sharey=True)
for ax, (i, j) in zip(axes, ((0, 1), (0, 2)), strict=True):
    ax.scatter(pixels[::9, i], pixels[::9, j], s=2, c=pixels[::9])
    for k in (1, 2):
        step = 2 * np.sqrt(eigenvalues[k]) * eigenvectors[[i, j], k]
        middle = pixels.mean(axis=0)[[i, j]]
        ax.plot(*np.stack([middle - step, middle + step], axis=1), color=BLUE, linewidth=2)
    ax.set(xlabel=("red", "green", "blue")[i], ylabel=("red", "green", "blue")[j], aspect="equal")
    ax.spines[["top", "right"]].set_visible(False)
fig.suptitle("every ninth pixel of the cat, and the two longest directions", fontsize=11)
plt.show()

# %% [markdown] id="about-pca-color-shift"
# So AlexNet draws three numbers $\alpha_1, \alpha_2, \alpha_3$ for each picture, from a normal distribution with mean
# 0 and standard deviation $\sigma$, and adds the *same* three numbers to all of its pixels:
#
# $$\text{shift} = \alpha_1 \lambda_1 p_1 + \alpha_2 \lambda_2 p_2 + \alpha_3 \lambda_3 p_3$$
#
# This lowered AlexNet's error on ImageNet by more than one percent (top-1). The paper used $\sigma = 0.1$. With pixels
# from 0 to 1 the eigenvalues are small numbers, and then such a shift can hardly be seen. So we use a larger $\sigma$.
#
# ### Exercise: shift the colours as AlexNet did
#
# `np.cov(pixels, rowvar=False)` makes the 3 x 3 covariance of an array of shape (number of pixels, 3).
# `np.linalg.eigh` returns its eigenvalues and a matrix whose *columns* are the eigenvectors. Here all pictures of the
# batch together make the cloud.


# %% id="pca-color-shift"
def pca_color_shift(images, sigma, seed):
    """Shift the colours of each picture along the principal directions of all their pixels, as AlexNet did.

    Args:
        images: array of floats of shape (m, n_H, n_W, 3), in [0, 1]. Not modified.
        sigma: float, the standard deviation of the random numbers alpha.
        seed: int. The same seed gives the same pictures.

    Returns:
        array of floats of the same shape, in [0, 1]: values out of range are cut off, as in color_shift. Each picture
        is shifted by one vector, the sum of alpha_k * lambda_k * p_k: lambda_k are the eigenvalues and p_k the
        eigenvectors of the covariance of all pixels of all pictures. Each picture has three draws of alpha of its own.
    """
    ### BEGIN SOLUTION
    pixels = images.reshape(-1, 3)  # (m * n_H * n_W, 3)
    eigenvalues, eigenvectors = np.linalg.eigh(np.cov(pixels, rowvar=False))  # (3,), (3, 3)
    m = len(images)
    rng = np.random.default_rng(seed)
    alphas = rng.normal(0, sigma, size=(m, 3))
    shifts = (alphas * eigenvalues) @ eigenvectors.T  # (m, 3)
    return np.clip(images + shifts[:, None, None, :], 0, 1)  # (m, n_H, n_W, 3)
    ### END SOLUTION


# %% id="check-pca-color-shift"
check(pca_color_shift)

# %% id="pca-cats"
cats = np.repeat(cat[None], 8, axis=0)  # (8, 130, 150, 3)
show_images(pca_color_shift(cats, sigma=4, seed=1), columns=4, title="eight draws, sigma = 4")

# %% [markdown] id="pca-cats-answer"
# All of them could be photographs: mostly lighter or darker, sometimes a little warmer or cooler. None is green.

# %% [markdown] id="part-3"
# # 3. Another angle
#
# A person holds the camera at a slant, or stands to the side. We turn pictures and let them lean.
#
# Where does a point go? We measure from the middle of the picture, $x$ to the right and $y$ **down**, as in an array.
# To turn by an angle $\theta$ against the clock, and then to shear by $s$, is
#
# $$\begin{bmatrix} x' \\ y' \end{bmatrix} =
# \underbrace{\begin{bmatrix} 1 & -s \\ 0 & 1 \end{bmatrix}}_{\text{lean}}
# \underbrace{\begin{bmatrix} \cos\theta & \sin\theta \\ -\sin\theta & \cos\theta \end{bmatrix}}_{\text{turn}}
# \begin{bmatrix} x \\ y \end{bmatrix}$$
#
# Check it with a pencil: for $\theta = 90°$ the point on the right, $(1, 0)$, goes to $(0, -1)$. This is the top.
#
# ## Ask backwards
#
# If you *send* each pixel to its new place, some places get two pixels and others get none: holes. So every graphics
# program asks the other way round. For each pixel of the *new* picture: where does it come from? There it reads the
# old picture, in between the pixels if needed. So it needs the **inverse** matrix.
#
# `keras.ops.image.affine_transform` does the reading. It wants eight numbers for each picture, in an array of shape
# $(m, 8)$: with $(a_0, a_1, a_2, b_0, b_1, b_2, 0, 0)$, the new pixel $(x, y)$ comes from
# $(a_0 x + a_1 y + a_2, \; b_0 x + b_1 y + b_2)$. Its origin is the upper left corner, not the middle. With the middle
# $c$ and the inverse matrix $B$, the old place is $B (p - c) + c = B p + (c - B c)$.
#
# ### Exercise: rotate and shear
#
# The middle of a row of $n$ pixels $0, 1, \ldots, n - 1$ is $(n - 1) / 2$. You may also use `scipy.ndimage`, if you
# like.


# %% id="rotate-and-shear"
def rotate_and_shear(images, degrees, shear):
    """Turn pictures around their middle, then shear them.

    Args:
        images: array of floats of shape (m, n_H, n_W, n_C). Not modified.
        degrees: float, the angle. Positive angles turn against the clock.
        shear: float. Each row moves to the right by shear * (its height above the middle, in pixels): with a positive
            shear the upper half moves to the right and the lower half to the left, as in italics.

    Returns:
        array of floats of the same shape. Between pixels it is interpolated (bilinear), and what comes from outside is
        0 (black).
    """
    ### BEGIN SOLUTION
    theta = np.deg2rad(degrees)
    turn = np.array([[np.cos(theta), np.sin(theta)], [-np.sin(theta), np.cos(theta)]])
    lean = np.array([[1, -shear], [0, 1]])
    forward = lean @ turn  # (2, 2), acts on (x, y)
    back = np.linalg.inv(forward)
    n_H, n_W = images.shape[1:3]
    centre = np.array([(n_W - 1) / 2, (n_H - 1) / 2])
    offset = centre - back @ centre
    transform = np.array([*back[0], offset[0], *back[1], offset[1], 0, 0], dtype="float32")
    transforms = np.tile(transform, (len(images), 1))  # (m, 8)
    moved = keras.ops.image.affine_transform(
        images, transforms, interpolation="bilinear", fill_mode="constant", data_format="channels_last"
    )
    return keras.ops.convert_to_numpy(moved)  # (m, n_H, n_W, n_C)
    ### END SOLUTION


# %% id="check-rotate-and-shear"
check(rotate_and_shear)

# %% id="leaning-cats"
angles = {"15 degrees": (15, 0), "-15 degrees": (-15, 0), "shear 0.3": (0, 0.3), "both": (15, 0.3)}
show_images(
    np.concatenate([rotate_and_shear(cat[None], *angle) for angle in angles.values()]), labels=list(angles), columns=4
)

# %% [markdown] id="signs-intro"
# ## Does it help? An experiment
#
# Now we use all of it. There are eight kinds of signs, and **twenty** pictures of each: 160 pictures, a very small
# training set. Three small ConvNets learn from them, with the same layers, the same weights at the start and the same
# number of steps:
#
# - the first one sees the same 160 pictures in each epoch;
# - the second one sees *new* ones in each epoch: turned, cut and lit in another way, by your functions;
# - the third one sees the same as the second, but half of them are mirrored as well. The labels stay as they are.

# %% id="augmented-signs"
names = ("stop", "give way", "priority road", "turn right", "turn left", "no entry", "pedestrian crossing", "parking")
signs = load_signs(num_classes=16, size=32, num_train=640, num_test=800)


def some_of_each(x, y, number):
    """The first pictures of each of the eight classes, in a random order, and their new class ids."""
    ids = [signs.class_names.index(name) for name in names]
    chosen = np.concatenate([np.flatnonzero(y == i)[:number] for i in ids])
    chosen = np.random.default_rng(0).permutation(chosen)
    return x[chosen], np.array([ids.index(i) for i in y[chosen]])


def augment(images, seed):
    """New pictures of the same signs: (m, 32, 32, 3)."""
    rng = np.random.default_rng(seed)
    padded = np.pad(images, ((0, 0), (3, 3), (3, 3), (0, 0)), mode="edge")  # (m, 38, 38, 3)
    parts = np.array_split(padded, 16)  # each part gets an angle of its own
    turned = [rotate_and_shear(part, rng.uniform(-12, 12), rng.uniform(-0.15, 0.15)) for part in parts]
    return pca_color_shift(random_crop(np.concatenate(turned), 32, seed), sigma=1.0, seed=seed)


x_few, y_few = some_of_each(signs.x_train, signs.y_train, 20)  # (160, 32, 32, 3), (160,)
x_new, y_new = some_of_each(signs.x_test, signs.y_test, 50)  # (400, 32, 32, 3), (400,)
one = np.repeat(x_few[:1], 15, axis=0)  # (15, 32, 32, 3)
show_images(np.concatenate([one[:1], augment(one, seed=1)]), columns=8, title="one picture, and 15 made from it")

# %% [markdown] id="predict-signs"
# **Predict, then run.** How many of the 400 test signs will each of the three get right? Look at all signs first,
# then only at the two arrows, "turn left" and "turn right". The cell takes about a minute.


# %% id="train-on-signs"
def learn_signs(kind, seed, epochs=40):
    """Train on the few signs; return which of the new ones are recognised."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((32, 32, 3))])
    for filters in (16, 32, 64):
        model.add(layers.Conv2D(filters, 3, padding="same"))
        model.add(layers.BatchNormalization(momentum=0.9))
        model.add(layers.ReLU())
        model.add(layers.MaxPooling2D())
    for layer in (layers.Flatten(), layers.Dropout(0.3), layers.Dense(8, activation="softmax")):
        model.add(layer)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * len(x_few) // 16)
    model.compile(keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", jit_compile=False)
    for epoch in range(epochs):
        x = x_few if kind == "as they are" else augment(x_few, seed=1000 * seed + epoch)
        if kind == "augmented and mirrored":
            half = np.random.default_rng([seed, epoch]).random((len(x), 1, 1, 1)) < 0.5
            x = np.where(half, mirror(x), x)
        model.fit(x, y_few, batch_size=16, verbose=0)
    return model.predict(x_new, verbose=0).argmax(axis=1) == y_new


# %% id="three-ways"
arrows = np.isin(y_new, [names.index("turn right"), names.index("turn left")])
table = {}
for kind in ("as they are", "augmented", "augmented and mirrored"):
    right = np.array([learn_signs(kind, seed) for seed in (0, 1)])  # (2, 400)
    table[kind] = [right.mean(), right[:, ~arrows].mean(), right[:, arrows].mean()]
    print(f"{kind:23s} all {table[kind][0]:.0%}, six other signs {table[kind][1]:.0%}, two arrows {table[kind][2]:.0%}")

# %% id="signs-figure"
fig, ax = plt.subplots(figsize=(8, 3.3), layout="constrained")
for i, (kind, color) in enumerate(zip(table, ("0.6", BLUE, ORANGE), strict=True)):
    bars = ax.bar(np.arange(3) + 0.27 * (i - 1), np.array(table[kind]) * 100, width=0.25, color=color, label=kind)
    ax.bar_label(bars, fmt="%.0f", fontsize=9)
ax.plot([1.55, 2.45], [50, 50], color="black", linestyle=":", linewidth=1)
ax.text(2.46, 50, " a coin", va="center", fontsize=9)
ax.set(
    xticks=range(3),
    xticklabels=["all signs", "the six others", "turn left, turn right"],
    ylim=(0, 112),
    xlim=(-0.5, 2.75),
)
ax.set(ylabel="right test pictures, percent", title="20 pictures of each sign; mean of two runs")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, ncols=3, loc="upper left", fontsize=9)
plt.show()

# %% [markdown] id="signs-answer"
# Look at the blue bars first. Augmentation removes about half of all mistakes, and nobody has labelled one more
# picture.
#
# Now the orange ones. For the six other signs the mirror does no harm. But the two arrows fall far below the blue bar,
# lower than a coin would do. The network learned exactly what it was taught: an arrow to the left is called "left" in
# half of the cases, and "right" in the other half.
#
# There is an honest way to use the mirror here: mirror an arrow *and* change its label. Then the label is true again.

# %% [markdown] id="part-4"
# # 4. A layer that augments
#
# You wrote these functions in NumPy to see what they do. Keras has them as layers. A layer has two advantages: it
# belongs to the model, and it knows whether the model is *learning* or *predicting*. When predicting, it must do
# nothing. Nobody wants another answer each time.
#
# ### Exercise: put them together
#
# Three layers of Keras do the work: `RandomFlip`, `RandomRotation` and `RandomBrightness`. Read their descriptions
# with `layers.RandomFlip?`. Two of their defaults are traps: in which directions does `RandomFlip` mirror, and which
# number does `RandomBrightness` take for white?


# %% id="data-augmenter"
def data_augmenter():
    """A model that changes pictures at random in training, and leaves them alone when predicting.

    Returns:
        A Keras model or layer for pictures (m, n_H, n_W, n_C) in [0, 1] of any size. In training, each picture is
        mirrored (left and right, never up and down) with probability 1/2, turned by up to 0.05 of a full circle (18
        degrees) to either side, and made darker or brighter by up to 0.2. It stays in [0, 1].
    """
    ### BEGIN SOLUTION
    return keras.Sequential([
        layers.RandomFlip("horizontal"),
        layers.RandomRotation(0.05),
        layers.RandomBrightness(0.2, value_range=(0, 1)),
    ])  # fmt: skip
    ### END SOLUTION


# %% id="check-data-augmenter"
check(data_augmenter)

# %% id="augmented-cats"
keras.utils.set_random_seed(1)
augmented = keras.ops.convert_to_numpy(data_augmenter()(cats, training=True))  # (8, 130, 150, 3)
show_images(augmented, columns=4, title="training=True: eight times the same cat")
unchanged = keras.ops.convert_to_numpy(data_augmenter()(cats, training=False))
print("training=False: largest change of a pixel:", np.abs(unchanged - cats).max())

# %% [markdown] id="part-5"
# # 5. Transfer
#
# Now a task with real photographs: is this a face or not? You get **forty** labelled pictures of 25 x 25 pixels, and
# the other 160 are the test. They come from *Labeled Faces in the Wild* (Huang et al., 2007).

# %% id="forty-faces"
faces = load_face_patches(num_train=40, seed=0)
order = np.argsort(faces.y_train, kind="stable")[::2]
show_images(faces.x_train[order], columns=10, title="half of all that you have. Above: no face. Below: face")

# %% [markdown] id="what-is-transferred"
# A network with 390,000 numbers, and forty pictures to learn them from. Must it really learn *everything* from them?
# You have seen in week 1 what the first layers learn: edges, spots, colours. They are the same for all photographs.
#
# So we take a network that learned on other pictures. `load_backbone()` has four convolutions, and it was trained to
# tell apart traffic signs, digits, and pieces of photographs of bricks, grass, the moon, a cup of coffee ... **It has
# never seen a face.** We take off its last layer. What is left, the **backbone**, turns a picture into 256 feature
# maps. We keep its weights as they are (**frozen**), and put a small new **head** on top:
#
# | | shape |
# | --- | --- |
# | pictures | $(m, 25, 25, 3)$ |
# | backbone, frozen | $(m, 3, 3, 256)$ |
# | global average pooling: how strong is each feature, all in all? | $(m, 256)$ |
# | dropout, against learning by heart | $(m, 256)$ |
# | one dense unit: the **logit** | $(m, 1)$ |
#
# The logit is the number before the sigmoid: above 0 means "face". Only the dense unit learns: 257 numbers instead of
# 390,000.
#
# A trap is hidden in batch normalisation. In training it uses the mean of the batch, and changes its memory. A frozen
# backbone must do neither: call it with `training=False`. The dropout and the augmenter do not get this argument.
# Keras turns them on and off.
#
# ### Exercise: a new head


# %% id="transfer-model"
def transfer_model(backbone, augmenter=None, dropout=0.2):
    """A classifier for two classes on top of a network that was trained on something else.

    Args:
        backbone: Keras model from pictures (m, n_H, n_W, n_C) to feature maps. It gets frozen.
        augmenter: Keras model or layer that changes the pictures in training, before the backbone; None for none.
        dropout: float, the share of features that are dropped in training.

    Returns:
        A Keras model from pictures (the input shape of the backbone) to one logit each, shape (m, 1): augmenter,
        backbone, global average pooling, dropout, one dense unit without activation. Only the dense unit is trainable.
    """
    ### BEGIN SOLUTION
    backbone.trainable = False
    X = inputs = keras.Input(backbone.input_shape[1:])  # (m, n_H, n_W, n_C)
    if augmenter is not None:
        X = augmenter(X)
    X = backbone(X, training=False)  # (m, n_H', n_W', n_features)
    X = layers.GlobalAveragePooling2D()(X)  # (m, n_features)
    X = layers.Dropout(dropout)(X)
    return keras.Model(inputs, layers.Dense(1)(X))  # (m, 1)
    ### END SOLUTION


# %% id="check-transfer-model"
check(transfer_model)

# %% [markdown] id="which-backbone"
# ## Which backbone?
#
# The backbone that ships with this course is small, so that everything works without the internet. If you are online,
# write `make_backbone("mobilenet_v2")` in the experiment below: MobileNetV2 (Sandler et al., 2018,
# [arXiv:1801.04381](https://arxiv.org/abs/1801.04381)) with 2.3 million weights that saw the 1.3 million pictures of
# ImageNet. It wants larger pictures, in [-1, 1], so two layers in front do that.


# %% id="make-backbone"
def make_backbone(name="small"):
    """A trained backbone for pictures (m, 25, 25, 3) in [0, 1]: "small" (offline) or "mobilenet_v2" (ImageNet)."""
    if name == "small":
        return load_backbone((25, 25, 3))
    X = keras.Input((25, 25, 3))
    X = layers.Rescaling(2.0, offset=-1.0)(layers.Resizing(96, 96)(X))  # (m, 96, 96, 3), in [-1, 1]
    try:
        return keras.applications.MobileNetV2(include_top=False, weights="imagenet", input_tensor=X)
    except Exception as error:
        raise CourselibError(
            "The ImageNet weights of MobileNetV2 could not be downloaded. They need the internet, once (9 MB). "
            f'make_backbone("small") works without. What went wrong: {error}'
        ) from None


def as_rgb(gray):
    """Gray pictures (m, n_H, n_W, 1) as (m, n_H, n_W, 3), with three equal channels."""
    return np.repeat(gray, 3, axis=-1)


# %% [markdown] id="predict-transfer"
# ## From scratch against transferred
#
# We train two networks on the same few pictures, first on **ten**, then on all **forty**. Both have the *same*
# layers. One begins with random weights and trains all of them. The other has the frozen backbone and trains 257
# numbers. No augmentation here: we change one thing at a time. We do all of it four times, each time with other
# pictures, because one lucky draw proves nothing. This takes about a minute.
#
# **Predict, then run.** All other pictures, 190 or 160, are the test. What share of them will each network get wrong
# after five passes over its pictures? And at the end? Which of the two needs the thirty additional pictures more?


# %% id="scratch-against-transfer"
def from_scratch():
    """The layers of transfer_model with random weights, all trainable."""
    head = [layers.GlobalAveragePooling2D(), layers.Dropout(0.2), layers.Dense(1)]
    return keras.Sequential([keras.Input((25, 25, 3)), SmallBackbone((25, 25, 3)), *head])


def train_on_faces(model, faces, epochs):
    """Train a compiled model and return the share of wrong test pictures after each epoch."""
    train, test = ((as_rgb(x), y[:, None]) for x, y in (faces[:2], faces[2:4]))
    history = model.fit(*train, batch_size=8, epochs=epochs, validation_data=test, validation_batch_size=200, verbose=0)
    return 1 - np.array(history.history["val_accuracy"])


def compile_for_faces(model, rate):
    """Binary cross-entropy of logits; a logit above 0 means face."""
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    accuracy = keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")
    model.compile(keras.optimizers.Adam(rate), loss=loss, metrics=[accuracy], jit_compile=False)
    return model


# %% id="four-draws"
errors, trained = {}, []
for number, epochs in ((10, 40), (40, 20)):
    errors[number] = {"from scratch": [], "transferred": []}
    for seed in range(4):
        keras.utils.set_random_seed(seed)
        faces = load_face_patches(num_train=number, seed=seed)
        scratch = compile_for_faces(from_scratch(), rate=1e-3)
        errors[number]["from scratch"].append(train_on_faces(scratch, faces, epochs))
        transferred = compile_for_faces(transfer_model(make_backbone("small")), rate=1e-2)
        errors[number]["transferred"].append(train_on_faces(transferred, faces, epochs))
        trained.append((transferred, faces))
    for name, runs in errors[number].items():
        for passes in (5, epochs):
            share = np.array(runs)[:, passes - 1]
            text = f"{share.mean():5.1%} wrong ({share.min():.1%} to {share.max():.1%})"
            print(f"{number} examples, {name:12s} after {passes:2d} epochs: {text}")

# %% id="transfer-figure"
fig, axes = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained", sharey=True)
for ax, (number, both) in zip(axes, errors.items(), strict=True):
    for (name, runs), color in zip(both.items(), (ORANGE, BLUE), strict=True):
        epochs = np.arange(1, len(runs[0]) + 1)
        ax.plot(epochs, np.transpose(runs) * 100, color=color, linewidth=0.8, alpha=0.5)
        ax.plot(epochs, np.mean(runs, axis=0) * 100, color=color, linewidth=3, label=name)
    ax.axhline(50, color="0.4", linestyle=":", linewidth=1)
    ax.set(title=f"{number} labelled examples", xlabel="passes over them (epochs)", ylim=(0, 60))
    ax.spines[["top", "right"]].set_visible(False)
axes[0].text(axes[0].get_xlim()[1], 51, "a coin", ha="right", color="0.4")
axes[0].set(ylabel="wrong test pictures, percent")
axes[1].legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 0.8))
fig.suptitle("Is it a face? Four draws (thin) and their mean (thick)")
plt.show()

# %% [markdown] id="transfer-answer"
# After five passes, the transferred network is nearly perfect, and the other one still guesses. It took 257 numbers to
# learn what a face is, because the features were there. Nobody had shown a face to the backbone, but spots, edges and
# curves are enough to tell one.
#
# Compare the two orange lines at their ends. With forty pictures, the network from scratch nearly catches up: faces
# are easy, and it looked at each of them twenty times. With ten it does not. Look at its thin lines: luck decides,
# and one of four draws fails badly. The thin blue lines lie close together.
#
# So what is the transfer worth? **The transferred network gets about as far with ten pictures as the other one with
# forty.** Somebody had to label these pictures.

# %% [markdown] id="part-6"
# # 6. Fine-tuning
#
# The backbone never saw a face, so perhaps its last layers could be better. First the head learns, with everything
# else frozen. *Then* we open the last layers of the backbone and go on, very carefully. In this order: a new head
# makes large errors, and their gradients would destroy what the backbone knows.
#
# Three rules:
#
# 1. Open the **last** layers only. The first ones hold edges and spots, and these are right for faces too.
# 2. Take a **small learning rate**, here a hundredth of what the head had.
# 3. Leave **batch normalisation** frozen. Eight pictures are too few to measure means and variances.
#
# A model that was compiled keeps its old list of trainable weights. So compile it again after each change of
# `trainable`.
#
# These are the layers of our backbone, with their numbers:

# %% id="layers-of-the-backbone"
for i, layer in enumerate(SmallBackbone().layers):
    name = layer.name if i else "input"
    print(f"{i:2d} {name:12s}" + (f"{layer.count_params():8,d} parameters" if layer.weights else ""))

# %% [markdown] id="about-fine-tune"
# ### Exercise: open the last layers
#
# `backbone_of(model)` (from the first cell) gives you the backbone inside a model, and `backbone.layers` are its
# layers. Each of them has a `trainable` of its own: some become True, all others are False.


# %% id="fine-tune"
def fine_tune(model, from_layer):
    """Make the last layers of a transferred model's backbone trainable, and compile it for careful steps.

    Args:
        model: Keras model that transfer_model returned, already trained. It is changed.
        from_layer: the first layer of the backbone that becomes trainable: its index (int) or its name (str).

    Returns:
        The same model. Trainable are its head and the layers of the backbone from from_layer on, but no batch
        normalisation. It is compiled with a learning rate of 1e-4 (Adam) and binary cross-entropy of logits.
    """
    ### BEGIN SOLUTION
    backbone = backbone_of(model)
    names = [layer.name for layer in backbone.layers]
    first = names.index(from_layer) if isinstance(from_layer, str) else from_layer
    backbone.trainable = True
    for i, layer in enumerate(backbone.layers):
        layer.trainable = i >= first and not isinstance(layer, layers.BatchNormalization)
    model.compile(
        optimizer=keras.optimizers.Adam(1e-4),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")],
        jit_compile=False,
    )
    return model
    ### END SOLUTION


# %% id="check-fine-tune"
check(fine_tune)

# %% [markdown] id="predict-careless-tuning"
# ## Careful and careless
#
# We take the four transferred networks that learned from forty pictures, and go on for five epochs, in two ways:
# carefully, as above, and carelessly, with all layers open and a learning rate that is a hundred times larger.
#
# **Predict, then run.** What will the careless way do to networks that work so well?

# %% id="careful-and-careless"
shares = {"before": [], "careful": [], "careless": [], "careless, at its worst": []}
for (model, faces), before in zip(trained[4:], errors[40]["transferred"], strict=True):
    start = model.get_weights()
    shares["before"].append(before[-1])
    shares["careful"].append(train_on_faces(fine_tune(model, "conv4"), faces, epochs=5)[-1])
    model.set_weights(start)
    backbone_of(model).trainable = True
    careless = train_on_faces(compile_for_faces(model, rate=1e-2), faces, epochs=5)
    shares["careless"].append(careless[-1])
    shares["careless, at its worst"].append(careless.max())
for name, share in shares.items():
    print(f"{name:23s} {np.mean(share):5.1%} wrong, in the four draws: " + ", ".join(f"{s:.1%}" for s in share))

# %% [markdown] id="tuning-answer"
# Careful steps change nearly nothing here: one or two pictures of 160 to one side or to the other. There was nothing
# left to gain. That is a result too. Fine-tuning pays when there are some hundred examples, and when the new pictures
# are very different from the old ones.
#
# The careless way looks harmless in the end, but see what happened in between. At its worst a network fell back to
# many times its errors, and some of what it knew had to be learned again, from forty pictures. Here this was
# possible, because faces are easy. Where it is not, what is lost stays lost. This is called **catastrophic
# forgetting**.

# %% [markdown] id="take-with-you"
# # What to take with you
#
# - A change of a picture is allowed if its label is still true. Mirrors are good for cats and bad for road signs. The
#   computer does not know which; you do.
# - A mirror, a crop, another light, another angle: each makes many pictures out of one. In training only, never when
#   predicting.
# - AlexNet's colours move along the directions in which real pictures differ. That keeps them natural.
# - To turn a picture, ask each new pixel where it comes from.
# - With few examples, do not begin at zero. Freeze a network that has learned to see, and train a small head on its
#   features.
# - Then, if it helps, open the last layers, with small steps, and leave batch normalisation frozen.
# - One run proves nothing. Repeat it with other draws, and look at the worst one too.
