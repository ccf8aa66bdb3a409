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
# # Who is at the door?
#
# Look first. Run the next three cells. Six pairs of pictures: is it the same person, or are there two people? Decide
# for each pair before you scroll on.

# %% id="setup" tags=["setup"]
import tempfile
import time
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops
from PIL import Image

from courselib.datasets import load_face_folder, load_faces
from courselib.grading import Check
from courselib.recognition import FACE_THRESHOLD, Gallery, fit_triplets, load_face_embedding, verification_report

check = Check("face_recognition")
keras.utils.set_random_seed(0)
plt.rcParams.update({"figure.dpi": 90})
BLUE, ORANGE, GRAY = "#0072b2", "#d55e00", "0.6"  # fit for colour-blind readers
TAU = FACE_THRESHOLD  # the door opens below this squared distance
check.progress()


# %% id="helpers" tags=["setup"]
def img_to_encoding(image_path, model):
    """The encoding of the face in a picture file: an array of shape (d,).

    Args:
        image_path: the file of a picture.
        model: a Keras model from pictures (m, 64, 64, 3) in [0, 1] to encodings (m, d).
    """
    with Image.open(image_path) as picture:
        pixels = np.asarray(picture.convert("RGB").resize((64, 64)), dtype="float32") / 255  # (64, 64, 3)
    return ops.convert_to_numpy(model(pixels[None], training=False))[0]  # (d,)


def save_picture(image, path):
    """Write a picture with values in [0, 1] to a file, and return its path."""
    Image.fromarray(np.round(image * 255).astype("uint8")).save(path)
    return str(path)


# %% id="look-first"
people, identities, names = load_faces(num_people=100, images_per_person=6, seed=41)  # (600, 64, 64, 3)
pairs = [(0, 3), (12, 31), (38, 40), (60, 66), (93, 94), (127, 168)]  # rows of `people`

fig, axes = plt.subplots(2, 6, figsize=(8, 2.9), layout="constrained")
for column, pair in zip(axes.T, pairs, strict=True):
    for ax, row in zip(column, pair, strict=True):
        ax.imshow(people[row])
        ax.axis("off")
fig.suptitle("six pairs: one person, or two?", fontsize=10)
plt.show()

# %% [markdown] id="about-the-people"
# None of these people exists. A program drew them: a person is some seventy numbers (the head, the skin, the eyes, the
# nose), and a picture adds what makes recognition hard: another pose, another light, a smile, a hat, noise. So nobody's
# privacy is hurt, and you have as many people as you like.
#
# The answers: pairs 1, 3 and 5 show one person, pairs 2, 4 and 6 show two. Were you sure each time? You never saw these
# people before, and *one* picture of each was enough for a good guess. Today you build a system that does the same.
#
# ## What you will write
#
# | part | you write | points |
# | --- | --- | --- |
# | 1. A distance instead of a class | `squared_distance` | 5 |
# | 2. The door | `verify`, `who_is_it` | 24 |
# | 3. The triplet loss | `triplet_loss` | 15 |
# | 4. Which triplets? | `pairwise_distances`, `semi_hard_negatives`, `batch_hard` | 32 |
# | 5. Siamese heads | `absolute_difference_head`, `chi_square_head` | 12 |
# | 6. Where to put the threshold | `roc_curve`, `choose_threshold` | 12 |
#
# That is 11 functions and 100 points. Plan about three hours. The computer needs about **two minutes**, most of it to
# train. You need no GPU and no internet.
#
# Where it says **Predict, then run**, please do it in this order. Cells that only show something need some seconds; the
# two that train need longer and say so.

# %% [markdown] id="part-1"
# # 1. A distance instead of a class
#
# A company has ten employees and a door with a camera. You know how to classify pictures, so you take a network with a
# **softmax** over ten employees. There is a problem: of each employee you have *one* picture, the one on the badge.
#
# **Predict, then run** (about 10 seconds). The network trains until it knows its ten pictures by heart. How many of 50
# new pictures of the same ten people does it get right? And what does it say to a stranger?


# %% id="small-network"
def small_network(units=64, seed=1):
    """A small network from pictures (m, 64, 64, 3) to `units` numbers, with fresh weights."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((64, 64, 3))
    X = layers.AveragePooling2D(2)(inputs)  # (m, 32, 32, 3)
    for filters in (32, 64, 96):
        X = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(X)  # (m, n_H / 2, n_W / 2, filters)
        X = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(X))
    return keras.Model(inputs, layers.Dense(units)(layers.Flatten()(X)))  # (m, units)


# %% id="softmax-employees"
badges, others = people[:60:6], np.delete(people[:60], np.s_[::6], axis=0)  # (10, 64, 64, 3), (50, 64, 64, 3)
classifier = keras.Sequential([small_network(units=10), layers.Softmax()])
classifier.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", jit_compile=False)
classifier.fit(np.repeat(badges, 4, axis=0), np.repeat(np.arange(10), 4), batch_size=20, epochs=40, verbose=0)
on_badges = np.mean(classifier.predict(badges, verbose=0).argmax(axis=1) == np.arange(10))
softmax_right = np.mean(classifier.predict(others, verbose=0).argmax(axis=1) == np.repeat(np.arange(10), 5))

strangers = people[60:]  # (540, 64, 64, 3), ninety people who do not work here
answers = classifier.predict(strangers, verbose=0)  # (540, 10)
fig, ax = plt.subplots(figsize=(8, 2.6), layout="constrained")
ax.hist(answers.max(axis=1), bins=np.linspace(0, 1, 26), color=ORANGE)
ax.set(xlabel='how sure the softmax is that a stranger is "one of the ten"', ylabel="pictures of strangers")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
print(f"right on the ten badges: {on_badges:.0%}; on 50 new pictures of the same people: {softmax_right:.0%}")
print(f"strangers whom it calls an employee, more than 50% sure: {np.mean(answers.max(axis=1) > 0.5):.0%}")

# %% [markdown] id="softmax-answer"
# Three things are wrong, and more epochs mend none of them.
#
# - **One picture is no training set.** The network knows the badges by heart, not the people. This is the problem of
#   **one-shot learning**.
# - **There is no place for a stranger.** The ten probabilities sum to 1, whoever stands there.
# - **The company grows.** Somebody joins: the last layer has ten outputs, so it gets an eleventh and everything is
#   trained again. In a company of thousands that happens every day.
#
# So we change the question. Not "which of the ten is it?", but "**how different are these two pictures?**" That
# question can be learned from *other* people, as many as we like, before the first employee comes.
#
# A network turns a picture into a point: the **encoding** $f(x)$, here 128 numbers, scaled to length 1. It is trained
# so that pictures of one person lie close together. Then "how different" is simply the squared distance
#
# $$d(x^{(1)}, x^{(2)}) = \lVert f(x^{(1)}) - f(x^{(2)}) \rVert^2 = \sum_k \left(f_k(x^{(1)}) - f_k(x^{(2)})\right)^2$$
#
# Two pictures go through the *same* network. Such a pair is called a **Siamese network** (Bromley and others, 1993, for
# signatures on checks; Taigman and others, [2014](https://doi.org/10.1109/CVPR.2014.220), for faces).
#
# ### Exercise: the squared distance
#
# No square root: it costs time and changes no order, and the formulas below become simpler.


# %% id="squared-distance"
def squared_distance(f1, f2):
    """The squared Euclidean distance of two encodings.

    Args:
        f1: array of shape (d,). Not modified.
        f2: array of shape (d,). Not modified.

    Returns:
        float, the sum of the squared differences.
    """
    ### BEGIN SOLUTION
    return float(np.sum((f1 - f2) ** 2))
    ### END SOLUTION


# %% id="check-squared-distance"
check(squared_distance)

# %% [markdown] id="shipped-network"
# ## A network that has seen other people
#
# courselib brings a small network that was trained on 3,000 drawn people for twenty minutes. None of them is in this
# notebook. We encode all 600 pictures once, and look at the distances of all pairs.
#
# **Predict, then run.** Two histograms: pairs of one person, and pairs of two people. Do they overlap?

# %% id="two-histograms"
facenet = load_face_embedding()  # (m, 64, 64, 3) -> (m, 128)
encodings = facenet.predict(people, verbose=0)  # (600, 128)
first, second = np.triu_indices(len(people), k=1)
d = np.sum((encodings[first] - encodings[second]) ** 2, axis=1)  # (179700,)
same = identities[first] == identities[second]  # (179700,)

fig, ax = plt.subplots(figsize=(8, 2.9), layout="constrained")
for mask, color, label in ((same, BLUE, "one person"), (~same, ORANGE, "two people")):
    ax.hist(d[mask], bins=np.linspace(0, 3, 91), density=True, color=color, alpha=0.65, label=label)
ax.axvline(TAU, color="black", linestyle="--", label=f"threshold tau = {TAU:g}")
ax.set(xlabel="squared distance of the encodings", ylabel="density of pairs")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False)
plt.show()
print(f"{same.sum():,} pairs of one person: {np.mean(d[same] < TAU):.1%} are below tau")
print(f"{(~same).sum():,} pairs of two people: {np.mean(d[~same] < TAU):.2%} are below tau")
print("the six pairs from above:", [round(squared_distance(encodings[i], encodings[j]), 2) for i, j in pairs])

# %% [markdown] id="histograms-answer"
# Two hills with a small overlap. Somewhere between them you put the threshold $\tau$: below it the door opens. Wherever
# you put it, some pairs lie on the wrong side: look at the third pair, with the mask. Part 6 is about that choice.

# %% [markdown] id="part-2"
# # 2. The door
#
# Two different jobs sound alike:
#
# - **Verification, 1:1.** Somebody says "I am Amina" (or shows a badge). Compare the picture with *one* encoding.
# - **Recognition, 1:K.** Nobody says a word. Compare with all $K$ people, and find out who it is, or that it is
#   nobody we know.
#
# The `database` is a dictionary: `database["Amina"]` is the encoding of Amina's one picture, of shape (d,). The helper
# `img_to_encoding(image_path, model)` from above encodes a picture file.
#
# ### Exercise: verify


# %% id="verify"
def verify(image_path, identity, database, model):
    """Is the person on the picture who they say they are? 1:1 verification.

    Args:
        image_path: the picture's file.
        identity: name of the person, a key of the database.
        database: dictionary from names to encodings, arrays of shape (d,). Not modified.
        model: the network that made these encodings.

    Returns:
        (distance, door_open): the squared distance to the encoding of that person, a float, and whether it is below
        TAU, a bool.
    """
    # Step 1: encode the picture.
    # Step 2: compute the squared distance to the encoding of this identity.
    # Step 3: decide.
    ### BEGIN SOLUTION
    encoding = img_to_encoding(image_path, model)  # (d,)
    distance = squared_distance(encoding, database[identity])
    door_open = bool(distance < TAU)
    return distance, door_open
    ### END SOLUTION


# %% id="check-verify"
check(verify)

# %% [markdown] id="about-who-is-it"
# ### Exercise: who is it?
#
# Find the nearest person. Then ask whether near is near enough: the nearest one of a stranger is still somebody.


# %% id="who-is-it"
def who_is_it(image_path, database, model):
    """Who is on the picture? 1:K recognition.

    Args:
        image_path: the picture's file.
        database: dictionary from names to encodings, arrays of shape (d,), with at least one person. Not modified.
        model: the network that made these encodings.

    Returns:
        (distance, identity): the smallest squared distance to anybody in the database, a float, and the name of that
        person. When the distance is not below TAU, the identity is None: a stranger.
    """
    ### BEGIN SOLUTION
    encoding = img_to_encoding(image_path, model)  # (d,)
    smallest, identity = np.inf, None
    for name, known in database.items():
        distance = squared_distance(encoding, known)
        if distance < smallest:
            smallest, identity = distance, name
    if smallest >= TAU:
        identity = None
    return smallest, identity
    ### END SOLUTION


# %% id="check-who-is-it"
check(who_is_it)

# %% [markdown] id="a-new-employee"
# ## Somebody joins
#
# Eight people work here, each with one picture. A ninth person comes to the door, is turned away, and then gets a job.
#
# **Predict, then run.** How long does it take to add her? What must be trained?

# %% id="new-person"
folder = Path(tempfile.mkdtemp())
database = {names[i]: encodings[6 * i] for i in range(8)}  # one picture each
visits = [27, 39, 57, 51]  # rows: other pictures of two employees, of a stranger, and of the person who joins
doors = {}
for when in ("before", "after"):
    began = time.perf_counter()
    if when == "after":
        database[names[8]] = img_to_encoding(save_picture(people[48], folder / "new.png"), facenet)
        print(f"adding {names[8]}: {1000 * (time.perf_counter() - began):.0f} ms, and no training")
    doors[when] = [who_is_it(save_picture(people[row], folder / "visitor.png"), database, facenet) for row in visits]

fig, axes = plt.subplots(2, 4, figsize=(8, 4.2), layout="constrained")
for axes_row, when in zip(axes, doors, strict=True):
    for ax, row, (distance, identity) in zip(axes_row, visits, doors[when], strict=True):
        ax.imshow(people[row])
        ax.set_title(f"{identity or 'a stranger'} ({distance:.2f})", fontsize=10, color=BLUE if identity else ORANGE)
        ax.set(xticks=[], yticks=[])
    axes_row[0].set_ylabel(f"{when} she joins", fontsize=10)
plt.show()

# %% id="one-shot-score"
new_pictures = np.delete(encodings[:60], np.s_[::6], axis=0)  # (50, 128)
to_badges = np.sum((new_pictures[:, None] - encodings[:60:6]) ** 2, axis=-1)  # (50, 10)
encoding_right = np.mean(to_badges.argmin(axis=1) == np.repeat(np.arange(10), 5))
to_strangers = np.sum((encodings[60:, None] - encodings[:60:6]) ** 2, axis=-1).min(axis=1)  # (540,)

fig, ax = plt.subplots(figsize=(8, 2.4), layout="constrained")
values = {"softmax: right": softmax_right, "encodings: right": encoding_right,
          "softmax: strangers turned away": np.mean(answers.max(axis=1) <= 0.5),
          "encodings: strangers turned away": np.mean(to_strangers >= TAU)}  # fmt: skip
bars = ax.barh(list(values), list(values.values()), color=[ORANGE, BLUE, ORANGE, BLUE])
ax.bar_label(bars, fmt="{:.0%}", padding=3)
ax.invert_yaxis()
ax.set(xlim=(0, 1.1), xlabel="share of the pictures", title="ten people, one picture each")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="new-person-answer"
# Nothing is trained. One picture, one pass through the network, one more entry in a dictionary. And strangers have a
# place: they are far from everybody.

# %% [markdown] id="one-to-many-intro"
# ## Why 1:K is harder than 1:1
#
# A door that makes one error in a hundred sounds good. Here is what it becomes when the visitor says no name, and the
# system compares with $K$ people. Each comparison is a new chance for an error. If they were independent, the chance of
# at least one false accept would be
#
# $$1 - (1 - 0.01)^K$$
#
# **Predict, then run.** We put the threshold where 1% of the pairs of two people are accepted. How many strangers does
# a gallery of $K = 100$ let in? (The people of this experiment are 200 new ones.)

# %% id="one-to-many"
crowd = load_faces(num_people=200, images_per_person=2, seed=43)  # (400, 64, 64, 3)
points = facenet.predict(crowd.images, verbose=0)  # (400, 128)
known, visitors = points[:200:2], points[200:]  # 100 people with one picture each; 200 pictures of 100 strangers
table = np.sum((visitors[:, None] - known) ** 2, axis=-1)  # (200, 100)
tau = np.quantile(table, 0.01)  # accepts 1% of the pairs
sizes = np.array([1, 2, 5, 10, 20, 50, 100])
accepted = [np.mean(table[:, :K].min(axis=1) < tau) for K in sizes]

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(sizes, 1 - 0.99**sizes, color=GRAY, linestyle="--", label="independent errors: $1 - 0.99^K$")
ax.plot(sizes, accepted, color=ORANGE, marker="o", label="measured")
ax.set(xlabel="people in the gallery, K", ylabel="strangers let in", xscale="log", ylim=(0, 1))
ax.set_xticks(sizes, [str(K) for K in sizes])
ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False)
plt.show()
print(f"1% of the pairs are accepted; among {sizes[-1]} people, {accepted[-1]:.0%} of the strangers get in")

# %% [markdown] id="one-to-many-answer"
# One percent at $K = 1$, and more than half of the strangers at $K = 100$, close to the formula. So a system that
# *recognises* needs a far stricter threshold, and a far better network, than one that *verifies*.

# %% [markdown] id="gallery-intro"
# ## Encode once, save, load
#
# The encoding of an employee never changes. So compute it once, when she joins, and keep it. `Gallery` of
# `courselib.recognition` does just that, and saves everything in one small file, without any picture.

# %% id="gallery"
gallery = Gallery(facenet, threshold=TAU)
for i in range(100):
    gallery.add(names[i], encodings[6 * i])  # one picture each; its encoding is computed already
gallery.save(folder / "company.npz")
door = Gallery.load(folder / "company.npz", facenet)
distance, who = door.identify(people[4])
print(f"{len(door)} people in {(folder / 'company.npz').stat().st_size / 1000:.0f} kB; seen: {who} ({distance:.2f})")

began = time.perf_counter()
door.identify(people[4])
once = time.perf_counter() - began
began = time.perf_counter()
facenet.predict(people[::6], verbose=0)  # all 100 pictures encoded again, for one visitor
door.identify(people[4])
each_time = time.perf_counter() - began
fig, ax = plt.subplots(figsize=(8, 1.6), layout="constrained")
bars = ax.barh(["encoded for each visitor", "encoded once"], [1000 * each_time, 1000 * once], color=[ORANGE, BLUE])
ax.bar_label(bars, fmt="{:.0f} ms", padding=3)
ax.set(xlabel="milliseconds for one visitor, 100 people", xlim=(0, 1200 * each_time))
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="part-3"
# # 3. The triplet loss
#
# How is such a network trained? With three pictures at a time (Schroff, Kalenichenko and Philbin: *FaceNet*,
# [2015](https://arxiv.org/abs/1503.03832)):
#
# - an **anchor** $A$,
# - a **positive** $P$: another picture of the same person,
# - a **negative** $N$: a picture of somebody else.
#
# We want $d(A, P) \le d(A, N)$. There is an easy way to cheat: if all encodings are equal, both sides are 0. So we ask
# for more, a **margin** $\alpha$: $d(A, P) + \alpha \le d(A, N)$. What is missing is the loss:
#
# $$\mathcal{L} = \sum_{i=1}^{m} \max\left(\lVert f(A^{(i)}) - f(P^{(i)}) \rVert^2
# - \lVert f(A^{(i)}) - f(N^{(i)}) \rVert^2 + \alpha, \; 0\right)$$
#
# Once a triplet is good enough, the maximum makes its loss 0, and it stops pulling.
#
# ### Exercise: the triplet loss
#
# Use `keras.ops`, so that Keras can compute the gradient: `ops.square`, `ops.sum(..., axis=-1)`, `ops.maximum`. NumPy
# would cut the tensors off from the network. Take the maximum for each triplet *before* you sum.


# %% id="triplet-loss"
def triplet_loss(y_true, y_pred, alpha=0.2):
    """The triplet loss, summed over the triplets.

    Args:
        y_true: not used; Keras passes it to every loss.
        y_pred: list of three tensors of shape (m, d): the encodings of the anchors, positives and negatives.
        alpha: float, the margin.

    Returns:
        scalar tensor: the sum of max(|A - P|^2 - |A - N|^2 + alpha, 0) over the m triplets.
    """
    anchor, positive, negative = y_pred[0], y_pred[1], y_pred[2]
    ### BEGIN SOLUTION
    to_positive = ops.sum(ops.square(anchor - positive), axis=-1)  # (m,)
    to_negative = ops.sum(ops.square(anchor - negative), axis=-1)  # (m,)
    losses = ops.maximum(to_positive - to_negative + alpha, 0.0)  # (m,)
    return ops.sum(losses)
    ### END SOLUTION


# %% id="check-triplet-loss"
check(triplet_loss)

# %% [markdown] id="part-4"
# # 4. Which triplets?
#
# From 1,800 pictures, 6 each of 300 people, you can make 16 million triplets. Which ones should the network see?
#
# Take two people by chance: a bearded man and a girl with red hair. After one minute of training the network tells them
# apart with ease. The loss of this triplet is 0, and so is its gradient. It is **easy**, and teaches nothing.
#
# | triplet | | loss |
# | --- | --- | --- |
# | easy | $d(A, P) + \alpha \le d(A, N)$ | zero |
# | **semi-hard** | $d(A, P) < d(A, N) < d(A, P) + \alpha$ | between 0 and $\alpha$ |
# | hard | $d(A, N) \le d(A, P)$ | at least $\alpha$ |
#
# %% id="three-zones"
turn = np.linspace(0, 2 * np.pi, 200)
fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for radius, style in ((1.0, "-"), (1.4, "--")):
    ax.plot(radius * np.cos(turn), radius * np.sin(turn), style, color=GRAY, zorder=0)
ax.annotate("", (1.4, 0), (1.0, 0), arrowprops={"arrowstyle": "<->"})
ax.text(1.2, 0.08, r"$\alpha$", ha="center")
marks = {"A": (0, 0, "black", "anchor"), "P": (-0.87, -0.5, BLUE, "positive"), "hard": (-0.2, 0.55, ORANGE, "N, hard"),
         "semi": (0.85, 0.85, ORANGE, "N, semi-hard"), "easy": (1.7, 1.1, ORANGE, "N, easy")}  # fmt: skip
for x, y, color, text in marks.values():
    ax.plot(x, y, "o", color=color, markersize=9)
    ax.annotate(text, (x, y), xytext=(9, -4), textcoords="offset points", color=color, backgroundcolor="white")
ax.set(aspect="equal", xlim=(-1.6, 2.9), ylim=(-1.5, 1.5))
ax.axis("off")
plt.show()

# %% [markdown] id="about-pairwise-distances"
# The inner circle goes through the positive. The outer one is a margin away. A negative beyond both is easy, one inside
# both is hard, and one between them is semi-hard.
#
# Choosing triplets is called **mining**. It is done inside a batch of some people with some pictures each, and begins
# with a table of all distances.
#
# ### Exercise: all distances at once
#
# Without a loop over pairs. Two ways: subtract with two new axes, `(m, 1, d)` and `(1, m, d)`; or use
# $\lVert a - b \rVert^2 = \lVert a \rVert^2 - 2\, a \cdot b + \lVert b \rVert^2$ and one matrix product, which needs
# far less memory. Do not rely on encodings of length 1.


# %% id="pairwise-distances"
def pairwise_distances(embeddings):
    """The squared distances of all pairs.

    Args:
        embeddings: array of shape (m, d), of any lengths. Not modified.

    Returns:
        array of shape (m, m): entry (i, j) is the squared distance of embeddings i and j.
    """
    ### BEGIN SOLUTION
    squares = np.sum(embeddings**2, axis=1)  # (m,)
    distances = squares[:, None] - 2 * embeddings @ embeddings.T + squares[None, :]  # (m, m)
    return np.maximum(distances, 0)  # rounding can make a zero negative
    ### END SOLUTION


# %% id="check-pairwise-distances"
check(pairwise_distances)

# %% [markdown] id="about-semi-hard"
# ### Exercise: the semi-hard negatives
#
# Mark all semi-hard triplets in a table with three axes: anchor, positive, negative. Four conditions must hold:
#
# 1. anchor and positive show the same person, but are two different pictures,
# 2. the negative shows somebody else,
# 3. the negative is further from the anchor than the positive,
# 4. but by less than the margin.
#
# New axes make this short: `distances[:, :, None]` is $d(A, P)$, and `distances[:, None, :]` is $d(A, N)$.


# %% id="semi-hard-negatives"
def semi_hard_negatives(distances, labels, margin):
    """Mark the semi-hard triplets of a batch.

    Args:
        distances: array of shape (m, m), the squared distances of all pairs. Not modified.
        labels: array of shape (m,), who is on each picture. Not modified.
        margin: float, the margin alpha.

    Returns:
        boolean array of shape (m, m, m). Entry (a, p, n) is True where the pictures a and p are two pictures of one
        person, n is a picture of somebody else, and distances[a, p] < distances[a, n] < distances[a, p] + margin.
    """
    ### BEGIN SOLUTION
    same = labels[:, None] == labels[None, :]  # (m, m)
    positives = same & ~np.eye(len(labels), dtype=bool)  # (m, m)
    to_positive = distances[:, :, None]  # (m, m, 1)
    to_negative = distances[:, None, :]  # (m, 1, m)
    further = to_negative > to_positive  # (m, m, m)
    within = to_negative < to_positive + margin  # (m, m, m)
    return positives[:, :, None] & ~same[:, None, :] & further & within
    ### END SOLUTION


# %% id="check-semi-hard-negatives"
check(semi_hard_negatives)

# %% [markdown] id="about-batch-hard"
# ### Exercise: the hardest ones
#
# Another recipe takes one triplet for each anchor: the furthest picture of the same person, and the nearest picture of
# somebody else. It is called **batch-hard** (Hermans, Beyer and Leibe, [2017](https://arxiv.org/abs/1703.07737)).


# %% id="batch-hard"
def batch_hard(distances, labels):
    """The hardest positive and the hardest negative of each picture.

    Args:
        distances: array of shape (m, m), the squared distances of all pairs, no two of them equal. Not modified.
        labels: array of shape (m,), who is on each picture: at least two people with two pictures each. Not modified.

    Returns:
        (positives, negatives): two arrays of whole numbers of shape (m,). positives[i] is the picture of the person of
        picture i that is furthest from i; negatives[i] is the picture of somebody else that is nearest to i.
    """
    ### BEGIN SOLUTION
    same = labels[:, None] == labels[None, :]  # (m, m)
    positives = np.argmax(np.where(same, distances, -np.inf), axis=1)  # (m,)
    negatives = np.argmin(np.where(same, np.inf, distances), axis=1)  # (m,)
    return positives, negatives
    ### END SOLUTION


# %% id="check-batch-hard"
check(batch_hard)

# %% [markdown] id="training-intro"
# ## Random against semi-hard
#
# Now your functions train a network: `triplet_loss` is the loss, and your mining functions choose the triplets. The
# same small network, the same start, the same number of steps. A batch is 16 people with 4 pictures each. Three ways to
# choose: by chance, semi-hard, and batch-hard.
#
# After each step we also ask: of *random* triplets of this batch, how many still have a loss above zero?
#
# **Predict, then run** (about a minute). Which one wins on people whom none of the networks has seen? And what will the
# hardest triplets do to a fresh network?


# %% id="triplet-training"
def semi_hard(distances, labels, alpha, rng):
    return np.argwhere(semi_hard_negatives(distances, labels, alpha))  # (k, 3)


def hardest(distances, labels, alpha, rng):
    positives, negatives = batch_hard(distances, labels)
    return np.stack([np.arange(len(labels)), positives, negatives], axis=1)  # (m, 3)


def fresh_encoder():
    network = small_network()
    return keras.Model(network.input, layers.UnitNormalization()(network.output))  # (m, 64), of length 1


train = load_faces(num_people=300, images_per_person=6, seed=44)  # (1800, 64, 64, 3)
test = load_faces(num_people=100, images_per_person=6, seed=45)  # other people
encoders, histories = {"untrained": fresh_encoder()}, {}
for kind, mining in {"random": "random", "semi-hard": semi_hard, "batch-hard": hardest}.items():
    began = time.perf_counter()
    encoders[kind] = fresh_encoder()
    histories[kind] = fit_triplets(
        encoders[kind], train.images, train.identities, mining, steps=600, loss=triplet_loss, seed=3
    )
    print(f"{kind:10s} 600 steps in {time.perf_counter() - began:.0f} s", flush=True)

# %% id="triplet-figure"
reports = {kind: verification_report(network.predict(test.images, verbose=0), test.identities)
           for kind, network in encoders.items()}  # fmt: skip
colors = {"untrained": GRAY, "random": ORANGE, "semi-hard": BLUE, "batch-hard": "#009e73"}
fig, axes = plt.subplots(1, 2, figsize=(8, 3.1), layout="constrained")
for kind, history in histories.items():
    active = np.convolve(history["active"], np.ones(25) / 25, mode="valid")  # mean of 25 steps
    axes[0].plot(np.arange(len(active)), active, color=colors[kind], label=f"trained on {kind}")
axes[0].set(xlabel="step", ylabel="random triplets with a loss", ylim=(0, 1.05))
axes[0].yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
axes[0].legend(frameon=False, fontsize=8)
bars = axes[1].barh(list(reports), [report.rank_one for report in reports.values()], color=list(colors.values()))
axes[1].bar_label(bars, fmt="{:.0%}", padding=3)
axes[1].invert_yaxis()
axes[1].set(xlim=(0, 1), xlabel="right among 100 unseen people")
axes[1].xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
for ax in axes:
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
for kind, report in reports.items():
    print(f"{kind:10s} {report}")
for other in ("untrained", "random"):
    more = 100 * (reports["semi-hard"].rank_one - reports[other].rank_one)
    print(f"of 100 pictures, semi-hard recognises {more:.0f} more than {other}")

# %% [markdown] id="training-answer"
# *Random* triplets soon run dry: after the first steps, nearly all of them cost nothing, and the batches teach little.
# The *semi-hard* ones are chosen to have a loss, whatever the network already knows. With the same network and the same
# number of steps they recognise at least **ten more people in a hundred** than random ones do. (That a line falls is
# good news here: triplets taken by chance have become easy for the network.)
#
# And *batch-hard*? The hardest triplets pull a fresh network to all sides at once, and it finds the cheapest answer:
# make all encodings nearly equal. Then $d(A, P) \approx d(A, N) \approx 0$, *every* triplet costs $\alpha$, and the
# green line climbs to 100%. The training has **collapsed**. It finds its way out after hundreds of steps, if at all.
# Batch-hard is for networks that have already learned something.
#
# About half of the people right, after half a minute of training: the shipped network is at 93%. It saw ten times as
# many people, for twenty minutes.

# %% [markdown] id="part-5"
# # 5. Siamese heads
#
# There is another way to train. Take the two encodings and ask a plain **yes-or-no question**: the same person, 1, or
# not, 0? That is logistic regression on the *difference* of the encodings:
#
# $$\hat{y} = \sigma\left(\sum_k w_k \left| f_k(x^{(1)}) - f_k(x^{(2)}) \right| + b\right)$$
#
# The weights $w_k$ can find out that some coordinates matter more than others. Taigman and others
# ([2014](https://doi.org/10.1109/CVPR.2014.220)) also tried the $\chi^2$ similarity, where a difference counts less
# between large numbers than between small ones:
#
# $$\hat{y} = \sigma\left(\sum_k w_k \frac{\left(f_k(x^{(1)}) - f_k(x^{(2)})\right)^2}
# {f_k(x^{(1)}) + f_k(x^{(2)})} + b\right)$$
#
# ### Exercise: the head with absolute differences
#
# `layers.Dense(1, activation="sigmoid")` has the weights $w$, the bias $b$ and the $\sigma$. What does it get?


# %% id="absolute-difference-head"
def absolute_difference_head(f1, f2):
    """The probability that two encodings show one person, from their absolute differences.

    Args:
        f1: symbolic tensor of shape (m, d).
        f2: symbolic tensor of shape (m, d).

    Returns:
        tensor of shape (m, 1): sigma(sum of w_k |f1_k - f2_k|, plus b), where w and b are learned.
    """
    ### BEGIN SOLUTION
    difference = ops.abs(f1 - f2)  # (m, d)
    return layers.Dense(1, activation="sigmoid")(difference)  # (m, 1)
    ### END SOLUTION


# %% id="check-absolute-difference-head"
check(absolute_difference_head)

# %% [markdown] id="about-chi-square"
# ### Exercise: the chi-square head
#
# Encodings for this head are never negative, as they are after a ReLU. But both can be zero, and then you divide 0 by
# 0: one such coordinate makes the whole result *nan*. It should count as 0. A very small number in the denominator
# helps.


# %% id="chi-square-head"
def chi_square_head(f1, f2):
    """The probability that two encodings show one person, from their chi-square differences.

    Args:
        f1: symbolic tensor of shape (m, d), never negative.
        f2: symbolic tensor of shape (m, d), never negative.

    Returns:
        tensor of shape (m, 1): sigma(sum of w_k (f1_k - f2_k)^2 / (f1_k + f2_k), plus b), where w and b are learned.
        A coordinate that is 0 in both counts as 0.
    """
    ### BEGIN SOLUTION
    chi_square = ops.square(f1 - f2) / (f1 + f2 + 1e-6)  # (m, d)
    return layers.Dense(1, activation="sigmoid")(chi_square)  # (m, 1)
    ### END SOLUTION


# %% id="check-chi-square-head"
check(chi_square_head)

# %% [markdown] id="heads-intro"
# ## Does a head help?
#
# We train both heads on pairs of the 300 people from above (those who trained the triplets), with the encodings of the
# shipped network as they are. Its numbers can be negative, so for the chi-square head we add 1 to all of them.
#
# **Predict, then run** (about 10 seconds). Which is best on other people: the plain distance, or one of the heads?


# %% id="siamese-heads"
def pairs_of(labels, rng, count):
    """As many pairs of one person as of two: rows of the first pictures, of the second ones, and 1 or 0."""
    i, j = np.triu_indices(len(labels), k=1)
    same = labels[i] == labels[j]
    chosen = np.concatenate([rng.choice(np.flatnonzero(kind), count // 2) for kind in (same, ~same)])
    return i[chosen], j[chosen], same[chosen].astype("float32")


rng = np.random.default_rng(4)
f_train, f_test = facenet.predict(train.images, verbose=0), facenet.predict(test.images, verbose=0)  # (1800, 128)
i, j, y = pairs_of(train.identities, rng, 12000)
i_test, j_test, y_test = pairs_of(test.identities, rng, 3000)
d_train, d_test = np.sum((f_train[i] - f_train[j]) ** 2, axis=1), np.sum((f_test[i_test] - f_test[j_test]) ** 2, axis=1)
best = max(np.linspace(0.2, 2, 91), key=lambda tau: np.mean((d_train < tau) == y))  # the best threshold for these
heads = {"distance": np.mean((d_test < best) == y_test)}
for name, head, shift in (("|difference|", absolute_difference_head, 0), ("chi-square", chi_square_head, 1)):
    f1, f2 = keras.Input((128,)), keras.Input((128,))
    siamese = keras.Model([f1, f2], head(f1, f2))
    siamese.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"], jit_compile=False)
    siamese.fit([f_train[i] + shift, f_train[j] + shift], y, batch_size=256, epochs=12, verbose=0)
    heads[name] = siamese.evaluate([f_test[i_test] + shift, f_test[j_test] + shift], y_test, verbose=0)[1]

# %% id="siamese-figure"
weights = siamese.get_weights()[0][:, 0]  # (128,)
fig, axes = plt.subplots(1, 2, figsize=(8, 2.6), layout="constrained", width_ratios=[2, 3])
bars = axes[0].barh(list(heads), list(heads.values()), color=[GRAY, BLUE, ORANGE])
axes[0].bar_label(bars, fmt="{:.1%}", padding=3)
axes[0].invert_yaxis()
axes[0].set(xlim=(0.5, 1.12), xlabel="pairs judged right (chance: 50%)", xticks=[0.5, 0.75, 1])
axes[0].xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
axes[1].bar(np.arange(len(weights)), np.sort(weights), color=ORANGE, width=1)
axes[1].set(xlabel="coordinate of the encoding, sorted", ylabel="learned weight $w_k$", title="the chi-square head")
axes[1].title.set_fontsize(10)
for ax in axes:
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
print({name: f"{accuracy:.1%}" for name, accuracy in heads.items()}, "of 3,000 pairs of unseen people")

# %% [markdown] id="heads-answer"
# The weights are negative: the more two encodings differ, the less likely they show one person. The heads find
# about what the plain distance knows already, since this network was trained for distances. Each head also learned its
# own threshold: the bias $b$.

# %% [markdown] id="part-6"
# # 6. Where to put the threshold
#
# There are two kinds of errors. A stranger gets in: a **false accept**. An employee stays outside: a false reject. A
# bank fears the first, a phone that asks too often is thrown away. The **ROC curve** shows all choices at once. For
# every threshold:
#
# - the **false-accept rate**: of the pairs of *two* people, the share with a distance below the threshold,
# - the **true-accept rate**: of the pairs of *one* person, the share with a distance below the threshold.
#
# ### Exercise: the ROC curve


# %% id="roc-curve"
def roc_curve(distances, same, thresholds):
    """False-accept rates and true-accept rates at some thresholds. A pair is accepted below the threshold.

    Args:
        distances: array of shape (n,), the squared distances of n pairs. Not modified.
        same: boolean array of shape (n,): whether a pair shows one person. Not modified.
        thresholds: array of shape (k,). Not modified.

    Returns:
        (false_accept_rates, true_accept_rates): two arrays of shape (k,), shares in [0, 1]: of the pairs of two people
        and of the pairs of one person.
    """
    ### BEGIN SOLUTION
    accepted = distances[None, :] < thresholds[:, None]  # (k, n)
    false_accept_rates = np.mean(accepted[:, ~same], axis=1)  # (k,)
    true_accept_rates = np.mean(accepted[:, same], axis=1)  # (k,)
    return false_accept_rates, true_accept_rates
    ### END SOLUTION


# %% id="check-roc-curve"
check(roc_curve)

# %% [markdown] id="about-choose-threshold"
# ### Exercise: choose a threshold
#
# First decide what you can live with: for example one stranger in a thousand. Then take the largest threshold that
# keeps this promise, because it sends the fewest employees away.


# %% id="choose-threshold"
def choose_threshold(distances, same, thresholds, max_false_accept_rate=0.001):
    """The largest threshold whose false-accept rate is not above a limit.

    Args:
        distances: array of shape (n,), the squared distances of n pairs. Not modified.
        same: boolean array of shape (n,): whether a pair shows one person. Not modified.
        thresholds: array of shape (k,), rising. At the first one, nobody is accepted. Not modified.
        max_false_accept_rate: float, the limit.

    Returns:
        float, one of the thresholds.
    """
    ### BEGIN SOLUTION
    false_accept_rates, _ = roc_curve(distances, same, thresholds)  # (k,)
    return float(np.max(thresholds[false_accept_rates <= max_false_accept_rate]))
    ### END SOLUTION


# %% id="check-choose-threshold"
check(choose_threshold)

# %% [markdown] id="threshold-intro"
# ## A promise, and whether it is kept
#
# Choose the threshold with the 100 people of the beginning, for 1 false accept in 1,000. Then test it on 200 other
# people.
#
# **Predict, then run.** Will the rate on the new people be exactly 1 in 1,000?

# %% id="roc-figure"
thresholds = np.linspace(0, 3, 301)
tau = choose_threshold(d, same, thresholds, 0.001)
i, j = np.triu_indices(len(points), k=1)
d_new = np.maximum(2 - 2 * points @ points.T, 0)[i, j]  # encodings have length 1
same_new = crowd.identities[i] == crowd.identities[j]
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
sets = {"100 people of the choice": (d, same, BLUE), "200 other people": (d_new, same_new, ORANGE)}
for label, (distances, truth, color) in sets.items():
    false_accepts, true_accepts = roc_curve(distances, truth, thresholds)
    ax.plot(np.maximum(false_accepts, 1e-5), true_accepts, color=color, label=label)
    at_tau = roc_curve(distances, truth, np.array([tau]))
    ax.plot(*at_tau, "o", color=color)
    print(f"{label}: tau = {tau:.2f}: {at_tau[0][0]:.2%} of strangers accepted, {at_tau[1][0]:.1%} of true pairs")
ax.set(xscale="log", xlim=(1e-5, 1), ylim=(0, 1.02), xlabel="false-accept rate", ylabel="true-accept rate")
ax.grid(alpha=0.25)
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, loc="lower right")
plt.show()

# %% [markdown] id="roc-answer"
# Near, but not the same: a threshold is measured on some people and used on others. So state which people you measured.
# The horizontal axis is logarithmic, because the interesting part is at its left end.
#
# And a warning. These people are drawn. Photographs differ in ways that the program never drew, and a rate measured
# here says nothing about them. Real systems have failed exactly here: their rates were measured on people who did not
# look like those at the door (Buolamwini and Gebru, 2018, [Gender Shades](https://proceedings.mlr.press/v81/buolamwini18a.html)).

# %% [markdown] id="your-own"
# ## Your own photographs
#
# Make a folder with one folder per person, and put at least two pictures in each, cut to the face:
#
# ```
# people/
#     Amina/    1.jpg  2.jpg
#     Dylan/    holiday.png  passport.jpg
# ```
#
# Write its path behind `own_folder =`, and ask everybody first whether they agree. Until then, the cell makes a folder
# with pictures of four drawn people.

# %% id="own-photographs"
own_folder = None  # for example "people"
if own_folder is None:
    own_folder = folder / "people"
    for row in [360, 361, 366, 367, 372, 373, 378, 379]:  # four people, two pictures each
        person = own_folder / names[identities[row]]
        person.mkdir(parents=True, exist_ok=True)
        save_picture(people[row], person / f"{row}.png")

own = load_face_folder(own_folder)
_, badge = np.unique(own.identities, return_index=True)  # the first picture of each person
rest = np.setdiff1d(np.arange(len(own.images)), badge)[:6]
door = Gallery(facenet, threshold=TAU)
for row in badge:
    door.add(own.names[own.identities[row]], own.images[row])
fig, axes = plt.subplots(1, max(len(rest), 2), figsize=(8, 2.6), layout="constrained")
for ax, row in zip(axes, rest, strict=False):
    match = door.identify(own.images[row])
    ax.imshow(own.images[row])
    ax.set_title(f"is {own.names[own.identities[row]]},\nseen: {match.name} ({match.distance:.2f})", fontsize=9)
for ax in axes:
    ax.axis("off")
plt.show()

# %% [markdown] id="take-with-you"
# # What to take with you
#
# - To recognise people from one picture each, do not learn classes: learn a **distance**, on other people.
# - Verification compares with one person, recognition with $K$. Each comparison is a chance for an error, so
#   recognition needs a stricter threshold.
# - A stranger is nobody. Always ask whether the nearest one is near enough.
# - The triplet loss pulls $A$ to $P$ and pushes $N$ away until a margin is reached. The margin forbids the cheat that
#   all encodings are equal.
# - Random triplets are soon easy. Semi-hard ones keep teaching. The hardest can destroy a fresh network.
# - A Siamese head makes it a yes-or-no question, and learns its own threshold.
# - A threshold is a promise about false accepts. Measure it on people like those who will stand at the door.
