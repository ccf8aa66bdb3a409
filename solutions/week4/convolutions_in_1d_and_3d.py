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
# # Convolutions in 1D and 3D
#
# Look first, read later. Run the next two cells. Which of these five hearts beats normally?

# %% id="setup" tags=["setup"]
import math
import time

import keras
import matplotlib.pyplot as plt
import numpy as np

from courselib.datasets import load_ct, load_ecg
from courselib.grading import Check
from courselib.visualization import plot_confusion

check = Check("convolutions_in_1d_and_3d")
keras.utils.set_random_seed(1)
plt.rcParams.update({"figure.dpi": 90, "image.interpolation": "nearest"})
check.progress()

# %% id="look-first"
ecg = load_ecg()  # the first time, some seconds
seconds = np.arange(1024) / ecg.sampling_rate  # (1024,), time in seconds
five_hearts = [8, 5, 2, 9, 6]

fig, axes = plt.subplots(5, 1, figsize=(8, 5.6), sharex=True, layout="constrained")
for ax, letter, i in zip(axes, "ABCDE", five_hearts, strict=True):
    ax.plot(seconds, ecg.x_test[i, :, 0], color="black", linewidth=0.8)
    ax.set_ylabel(letter, rotation=0, ha="right", va="center", fontsize=12, weight="bold")
    ax.set(xlim=(0, 8), xticks=range(9), yticks=[])
    ax.grid(axis="x", alpha=0.4)
axes[-1].set_xlabel("time in seconds")
plt.show()

# %% [markdown] id="what-you-see"
# These are **electrocardiograms** (ECG): the voltage between two places on the skin, while the heart beats. Each tall
# peak is one beat. Doctors need years to read them well. Look at two things:
#
# - the **shape** of a single beat. Is it a sharp peak, or is it wide?
# - the **rhythm**: the distances from beat to beat. Are they all alike?
#
# You will learn which heart is which at the end of part 1. Until then, write down your guess.
#
# So far in this course, a convolution was a small square that slides over a picture. But nothing in it needs a picture.
# Slide a short piece along a line, and you have a convolution in **one dimension**: for heartbeats, speech, earthquakes
# or the text of this sentence. Slide a small cube through a volume, and you have one in **three dimensions**: for
# medical scans, or for video, where the third dimension is time. The formula stays, one index goes away or one comes.
#
# All signals and scans in this notebook are drawn by a program. They follow textbooks, but no patient was measured. A
# network that you train here knows nothing about real people.

# %% [markdown] id="what-you-will-write"
# ## What you will write
#
# | part | you write | points |
# | --- | --- | --- |
# | 1. A heartbeat is a filter | `matched_filter` | 16 |
# | 2. Convolution in 1D | `conv1d_forward` | 16 |
# | 3. How many seconds does it see? | `receptive_field_seconds` | 12 |
# | 4. A network that reads heartbeats | `standardize`, `ecg_classifier` | 22 |
# | 5. Convolution in 3D | `conv3d_forward`, `conv_cost` | 22 |
# | 6. A network that finds a nodule | `ct_classifier` | 12 |
#
# That is 8 short functions and 100 points. Plan about two hours. All cells together need about **two minutes of CPU
# time**, nearly all of it to train seven networks. You need no GPU and no internet.
#
# | symbol | meaning |
# | --- | --- |
# | $m$ | number of signals or volumes in a batch |
# | $n$ | length of a signal, in samples |
# | $n_D, n_H, n_W$ | depth (number of slices), height and width of a volume, in voxels |
# | $n_C$ | number of channels |
# | $f$ | length of a filter, or side of a filter cube |

# %% [markdown] id="part-1"
# # 1. A heartbeat is a filter
#
# In the first week you cut a letter "e" out of a page, used its pixels as a filter, and found the other letters "e".
# The same works in one dimension. Cut *one* heartbeat out of a signal. Slide it along the signal. Where the signal
# looks like the filter, the answer is large.
#
# Engineers call this a **matched filter**. It was invented for radar, to find a weak echo in noise ([Turin,
# 1960](https://doi.org/10.1109/TIT.1960.1057571), tells how it works). But the plain sum of products has a weakness: it
# is also large where the signal is just *strong*. An ECG swings up and down with the breath, and electrodes move. So we
# compare only the shapes:
#
# 1. subtract from the **template** (the piece that we look for) its mean, and divide by its norm, which is its length
#    as a vector, the root of the sum of its squares,
# 2. do the same with each window of the signal,
# 3. then take the sum of products.
#
# With $\tilde t = \dfrac{t - \bar t}{\lVert t - \bar t \rVert}$ and $\tilde w_i$ made in the same way from the window
# that begins at sample $i$:
#
# $$\text{score}[i] = \tilde w_i \cdot \tilde t \qquad \text{always between } -1 \text{ and } 1$$
#
# A score of 1 means: the same shape, perhaps larger or smaller, higher or lower. This is the correlation that you may
# know from statistics.
#
# ### Exercise: the matched filter
#
# One trap: in a window that is quite flat, the norm is zero. A flat window looks like nothing, so its score is 0.


# %% id="matched-filter"
def matched_filter(signal, template):
    """How much each window of a signal looks like a template, whatever its height and its offset.

    Args:
        signal: array of shape (n,). Not modified.
        template: array of shape (f,), not constant, f <= n. It is not flipped.

    Returns:
        array of floats of shape (n - f + 1,). Entry i is the correlation of the template and the window that begins at
        sample i, from -1 to 1. It is 0 where the window is constant.
    """
    # Step 1: subtract its mean from the template, and divide by its norm.
    # Step 2: do the same with each window, if it is not constant.
    # Step 3: multiply and add.
    ### BEGIN SOLUTION
    f = len(template)
    pattern = template - template.mean()  # (f,)
    pattern = pattern / np.linalg.norm(pattern)
    scores = np.zeros(len(signal) - f + 1)  # (n - f + 1,)
    for i in range(len(scores)):
        window = signal[i : i + f] - signal[i : i + f].mean()  # (f,)
        norm = np.linalg.norm(window)
        if norm > 1e-12:
            scores[i] = np.sum(window * pattern) / norm
    return scores
    ### END SOLUTION


# %% id="check-matched-filter"
check(matched_filter)

# %% [markdown] id="predict-template"
# ## One beat finds the others
#
# Cut 0.3 seconds out of heart B, around one of its beats. The next cell looks for this piece in heart B, and then in
# heart C, who is another person. It marks every place where the score is above 0.8 and the largest within a quarter of
# a second.
#
# **Predict, then run.** Will a beat of B find the beats of C? All of them? Look at C once more before you answer.


# %% id="find-beats"
def find_beats(signal, template, least=0.8, apart=32):
    """The samples where a beat begins: the score is above `least`, and the largest within `apart` samples."""
    scores = matched_filter(signal, template)  # (n - f + 1,)
    peaks = [i for i in range(len(scores)) if scores[i] == scores[max(0, i - apart) : i + apart + 1].max()]
    return np.array([i for i in peaks if scores[i] > least]), scores


def cut_out_a_beat(signal):
    """0.3 seconds around the highest peak between 0.8 and 2.3 seconds."""
    middle = 100 + int(signal[100:300].argmax())
    return signal[middle - 19 : middle + 19]  # (38,)


# %% id="one-beat-finds-others"
hearts = {letter: ecg.x_test[i, :, 0] for letter, i in zip("ABCDE", five_hearts, strict=True)}  # each (1024,)
template = cut_out_a_beat(hearts["B"])  # (38,)

fig, axes = plt.subplots(4, 1, figsize=(8, 5.4), sharex=True, layout="constrained", height_ratios=[3, 2, 3, 2])
for (above, below), name in zip(axes.reshape(2, 2), "BC", strict=True):
    beats, scores = find_beats(hearts[name], template)
    above.plot(seconds, hearts[name], color="black", linewidth=0.8)
    above.plot(seconds[beats + 19], np.full(len(beats), hearts[name].max() + 0.2), "v", color="tab:orange")
    above.set_title(f"heart {name}: a triangle above each beat that the piece of B finds", fontsize=10, loc="left")
    above.set_ylabel("millivolt")
    below.plot(seconds[19 : 19 + len(scores)], scores, color="tab:blue", linewidth=0.8)
    below.axhline(0.8, color="gray", linewidth=0.8, linestyle="--")
    below.set(ylim=(-1, 1.1), ylabel="score", xlim=(0, 8))
    print(f"heart {name}: {len(beats)} beats found in 8 seconds")
axes[-1].set_xlabel("time in seconds")
plt.show()

# %% [markdown] id="template-answer"
# The slow swing of the line does not matter, and neither does the noise. A beat of B finds nearly all beats of C,
# though C is another person. It leaves out exactly two, and they are as tall as the others. But they are *wide*. A
# filter asks for a shape, not for a height.
#
# ## From beats to rhythm
#
# Now that you have the places of the beats, look at the distances between them. For each heart we take a beat of its
# own as the template.
#
# **Predict, then run.** Which of the five lines will be flat?

# %% id="rhythms"
fig, ax = plt.subplots(figsize=(8, 3.2), layout="constrained")
for k, name in enumerate("ABCDE"):
    beats, _ = find_beats(hearts[name], cut_out_a_beat(hearts[name]))
    distances = np.diff(beats) / ecg.sampling_rate  # seconds
    ax.plot(seconds[beats[1:] + 19], distances, ".-", color=plt.cm.cividis(k / 4.5), label=f"heart {name}")
    ax.annotate(f" {name}", (seconds[beats[-1] + 19], distances[-1]), fontsize=11, weight="bold", va="center")
    print(f"heart {name}: {distances.min():.2f} to {distances.max():.2f} seconds from beat to beat,", end=" ")
    print(f"about {60 / np.median(distances):.0f} beats a minute")
ax.set(xlim=(0, 8.2), ylim=(0, 1.5), xlabel="time in seconds", ylabel="seconds since the last beat")
plt.show()

# %% [markdown] id="five-hearts"
# Here is who they are:
#
# | heart | name | shape of a beat | rhythm |
# | --- | --- | --- | --- |
# | A | atrial fibrillation | sharp, but the small wave before it is missing | quite irregular |
# | **B** | **normal** | sharp | regular, a little faster and slower with the breath |
# | C | premature ventricular contraction | some beats are early *and wide* | a pause after each wide beat |
# | D | left bundle branch block | all beats are wide, with a notch | regular |
# | E | premature atrial contraction | sharp, as in a normal heart | some beats come early |
#
# (In the figure, heart C seems to wait more than a second twice. The wide beat in between was not found.)
#
# For C and D a short look at one beat is enough. For E it is not: each of its beats looks normal, and only the
# *distances* tell. Remember this. It decides how a network must be built.

# %% [markdown] id="part-2"
# # 2. Convolution in 1D
#
# A layer has many filters, and what comes in may have many channels: a hospital ECG has 12, the same heart seen
# from 12 directions; stereo sound has 2; a text may have hundreds of numbers for each word. As in two dimensions, **a
# filter has all channels of its input, and each filter makes one channel of the output**.
#
# | | two dimensions | one dimension |
# | --- | --- | --- |
# | input | $14 \times 14 \times 3$ | $14 \times 1$ |
# | 16 filters | $5 \times 5 \times 3$ | $5 \times 1$ |
# | output | $10 \times 10 \times 16$ | $10 \times 16$ |
# | 32 filters | $5 \times 5 \times 16$ | $5 \times 16$ |
# | output | $6 \times 6 \times 32$ | $6 \times 32$ |
#
# Sample $i$ of channel $c$ is
#
# $$Z[i, c] = \sum_{k=0}^{f-1} \sum_{c'} A_{prev}[i + k, c'] \cdot W[k, c', c] + b[c]$$
#
# ### Exercise: the forward pass in 1D
#
# Stride 1, no padding. Your `conv_forward` from the first week is a good beginning: one axis goes away.


# %% id="conv1d-forward"
def conv1d_forward(A_prev, W, b):
    """The forward pass of a convolution in one dimension: stride 1, no padding.

    Args:
        A_prev: array of shape (m, n_prev, n_C_prev), a batch of signals. Not modified.
        W: array of shape (f, n_C_prev, n_C), the filters. They are not flipped.
        b: array of shape (1, 1, n_C), one bias for each filter.

    Returns:
        Z: array of floats of shape (m, n_prev - f + 1, n_C).
    """
    # Step 1: read the sizes from the shapes; make an array of zeros for Z.
    # Step 2: for each place and filter: cut out the slice, multiply, add, and do not forget the bias.
    ### BEGIN SOLUTION
    m, n_prev, _ = A_prev.shape
    f, _, n_C = W.shape
    n = n_prev - f + 1
    Z = np.zeros((m, n, n_C))  # (m, n, n_C)
    for i in range(n):
        a_slice = A_prev[:, i : i + f]  # (m, f, n_C_prev)
        for c in range(n_C):
            Z[:, i, c] = np.sum(a_slice * W[..., c], axis=(1, 2)) + b[0, 0, c]
    return Z
    ### END SOLUTION


# %% id="check-conv1d-forward"
check(conv1d_forward)

# %% [markdown] id="about-chain-1d"
# Send a signal of 14 samples through both layers of the table, and compare with Keras.

# %% id="chain-1d"
rng = np.random.default_rng(0)
A0 = rng.normal(size=(2, 14, 1))  # (2, 14, 1): two signals
W1, b1 = rng.normal(size=(5, 1, 16)), rng.normal(size=(1, 1, 16))
W2, b2 = rng.normal(size=(5, 16, 32)), rng.normal(size=(1, 1, 32))

A1 = conv1d_forward(A0, W1, b1)  # (2, 10, 16)
A2 = conv1d_forward(A1, W2, b2)  # (2, 6, 32)
print(" x ".join(map(str, A0.shape[1:])), "->", " x ".join(map(str, A1.shape[1:])), end=" -> ")
print(" x ".join(map(str, A2.shape[1:])))

layers = [keras.layers.Conv1D(16, 5), keras.layers.Conv1D(32, 5)]
network = keras.Sequential([keras.Input((14, 1)), *layers])
layers[0].set_weights([W1, b1.ravel()])
layers[1].set_weights([W2, b2.ravel()])
difference = np.abs(A2 - keras.ops.convert_to_numpy(network(A0))).max()
print(f"largest difference to Keras: {difference:.0e}, where the largest number is {np.abs(A2).max():.0f}")

# %% [markdown] id="bank-of-templates"
# So a `Conv1D` layer with 16 filters is a bank of 16 matched filters, without the division. You cut *one* template out
# by hand. The layer finds its 16 templates itself, while it learns. Then the next layer looks for patterns among the
# answers of the first: "a beat, and half a second later another one".

# %% [markdown] id="part-3"
# # 3. How many seconds does it see?
#
# One output of a layer sees $f$ samples of its input. An output of the second layer sees more samples of the *signal*,
# because each of its inputs already sees several. How many samples of the signal one output depends on is called its
# **receptive field**.
#
# Begin with $r = 1$, one sample, and with steps of 1 sample. Each layer with filter length $f$ and stride $s$ changes
# both:
#
# $$r \leftarrow r + (f - 1) \cdot \text{step} \qquad \text{then} \qquad \text{step} \leftarrow \text{step} \cdot s$$
#
# The step says how far apart two neighbours are, measured in samples of the signal. Pooling counts as a layer: a max
# pooling of 2 has $f = 2$ and $s = 2$. For somebody who reads heartbeats, samples mean little. Divide by the sampling
# rate, and you have seconds.
#
# ### Exercise: the receptive field in seconds


# %% id="receptive-field-seconds"
def receptive_field_seconds(layers, sampling_rate):
    """How many seconds of a signal one output of a stack of layers depends on.

    Args:
        layers: list of pairs (f, s), the first layer first: filter length (or pooling size) and stride.
        sampling_rate: samples a second.

    Returns:
        float, in seconds: the receptive field in samples, divided by the sampling rate. Without layers, it is one
        sample.
    """
    ### BEGIN SOLUTION
    samples, step = 1, 1
    for f, s in layers:
        samples += (f - 1) * step
        step *= s
    return samples / sampling_rate
    ### END SOLUTION


# %% id="check-receptive-field-seconds"
check(receptive_field_seconds)

# %% [markdown] id="predict-blocks"
# Take blocks of a convolution ($f = 5$, $s = 1$) and a max pooling ($f = 2$, $s = 2$). Our signals have 128 samples a
# second. A heart beats about once a second, and to see that a beat comes *early* you must see three beats: two
# distances to compare.
#
# **Predict, then run.** How many blocks are needed to see 2 seconds? And how many would be needed without any pooling?

# %% id="seconds-of-blocks"
block = [(5, 1), (2, 2)]
for num_blocks in range(1, 8):
    pooled = receptive_field_seconds(num_blocks * block, 128)
    plain = receptive_field_seconds(num_blocks * [(5, 1)], 128)
    print(f"blocks: {num_blocks}, seen: {pooled:5.2f} seconds with pooling, {plain:.2f} without")
num_layers = next(n for n in range(1, 1000) if receptive_field_seconds(n * [(5, 1)], 128) >= 2)
print(f"Without pooling, 2 seconds need {num_layers} layers.")

# %% [markdown] id="seconds-answer"
# With pooling the receptive field *doubles* from block to block. Without it, it grows by four samples each time, and a
# second is far away. This is the second reason for pooling, beside the work that it saves. (Another way to see far is
# to leave gaps inside the filters. WaveNet made speech in this way, [van den Oord et al.,
# 2016](https://arxiv.org/abs/1609.03499).)

# %% [markdown] id="part-4"
# # 4. A network that reads heartbeats
#
# Signals of different people differ in ways that have nothing to do with the heart: dry skin makes the whole line
# smaller, an electrode moves it up. Take that away before the network sees it, from each signal for itself:
#
# $$x \leftarrow \frac{x - \text{mean}(x)}{\text{standard deviation}(x)}$$
#
# ### Exercise: standardize
#
# Each channel of each signal gets its own mean and its own standard deviation. A loose electrode gives a line that is
# quite flat. Its standard deviation is zero, and it becomes a line of zeros.


# %% id="standardize"
def standardize(x):
    """Give each channel of each signal the mean 0 and the standard deviation 1.

    Args:
        x: array of shape (m, n, n_C), a batch of signals. Not modified.

    Returns:
        array of floats of the same shape. A constant channel of a signal becomes zeros.
    """
    ### BEGIN SOLUTION
    centred = x - x.mean(axis=1, keepdims=True)  # (m, n, n_C)
    deviation = x.std(axis=1, keepdims=True)  # (m, 1, n_C)
    return centred / np.maximum(deviation, 1e-6)
    ### END SOLUTION


# %% id="check-standardize"
check(standardize)

# %% [markdown] id="about-ecg-classifier"
# ### Exercise: the classifier
#
# The network is a stack of equal blocks. Every second block doubles the number of filters.
#
# | | layer | output, for a signal of 1024 x 1 |
# | --- | --- | --- |
# | block 1 | 16 filters of 5, "same" padding; batch normalisation; ReLU; max pooling of 2 | 512 x 16 |
# | block 2 | the same, 16 filters | 256 x 16 |
# | block 3 | 32 filters | 128 x 32 |
# | block 4 | 32 filters | 64 x 32 |
# | block 5, block 6, and so on | 64, 64, 128, 128, ... filters | 32 x 64, 16 x 64, ... |
# | end | global max pooling | as many as the last block has filters |
# | | dense layer with softmax | `num_classes` |
#
# Global max pooling keeps, of each channel, the largest number of all times. It answers the question: "was it there,
# at *any* time?" One early beat in eight seconds is enough.
#
# In Keras the layers are called `Conv1D`, `MaxPooling1D`, `GlobalMaxPooling1D`. With blocks counted from $k = 0$, block
# $k$ has $16 \cdot 2^{\lfloor k/2 \rfloor}$ filters.


# %% id="ecg-classifier"
def ecg_classifier(input_shape, num_classes, num_blocks=6):
    """A convolutional network that names the rhythm of a signal.

    Args:
        input_shape: tuple (n, n_C), the shape of one signal.
        num_classes: number of outputs.
        num_blocks: number of blocks: convolution, batch normalisation, ReLU, max pooling.

    Returns:
        A keras.Model, not compiled. Input: a batch (m, n, n_C). Output: probabilities (m, num_classes).
    """
    ### BEGIN SOLUTION
    inputs = keras.Input(shape=input_shape)
    x = inputs
    for k in range(num_blocks):
        x = keras.layers.Conv1D(16 * 2 ** (k // 2), 5, padding="same")(x)
        x = keras.layers.BatchNormalization()(x)
        x = keras.layers.ReLU()(x)
        x = keras.layers.MaxPooling1D(2)(x)  # (m, n / 2 ** (k + 1), filters)
    x = keras.layers.GlobalMaxPooling1D()(x)  # (m, filters)
    outputs = keras.layers.Dense(num_classes, activation="softmax")(x)  # (m, num_classes)
    return keras.Model(inputs, outputs)
    ### END SOLUTION


# %% id="check-ecg-classifier"
check(ecg_classifier)


# %% id="train-helper"
def train(model, x, y, loss, epochs, learning_rate, batch_size, change=lambda x: x):
    """Train with Adam, its rate falling to zero; `change` gets the inputs before each epoch. Returns how it went."""
    start, steps = time.perf_counter(), epochs * -(-len(x) // batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    model.compile(keras.optimizers.Adam(schedule), loss=loss, metrics=["accuracy"], jit_compile=False)
    for _ in range(epochs):
        result = model.fit(change(x), y, batch_size=batch_size, verbose=0).history
    duration = time.perf_counter() - start
    right = f"{result['accuracy'][-1]:.1%} of the training set are right"
    return f"{model.count_params():,} parameters, {epochs} epochs in {duration:.0f} seconds, {right}"


def predict(model, x):
    """What the model answers to `x`, computed in batches of 64: as `model.predict`, without its start-up time."""
    batches = [model(x[i : i + 64], training=False) for i in range(0, len(x), 64)]
    return np.concatenate([keras.ops.convert_to_numpy(batch) for batch in batches])


def train_ecg(model, x):
    """Train a network on the ECG signals `x`. Returns how it went."""
    return train(model, x, ecg.y_train, "sparse_categorical_crossentropy", epochs=8, learning_rate=0.002, batch_size=32)


# %% [markdown] id="predict-three-blocks"
# ## Short sight, long sight
#
# We train two networks on 2000 signals, 8 seconds long each: one with 3 blocks, and one with 6. Both see all eight
# seconds of each signal. But one number before the global pooling sees 0.28 seconds with 3 blocks, and 2.47 seconds
# with 6. Training them takes about 20 seconds.
#
# **Predict, then run.** Guessing would be right in 20%. How good will each be? Which two hearts will the short-sighted
# network confuse? (The table "Here is who they are" helps.)

# %% id="train-ecg"
x_train, x_test = standardize(ecg.x_train), standardize(ecg.x_test)  # (2000, 1024, 1), (500, 1024, 1)
short_names = ["normal", "early, atrial", "early, ventricular", "fibrillation", "bundle branch block"]
answers = {}
for num_blocks in (3, 6):
    keras.utils.set_random_seed(1)
    model = ecg_classifier((1024, 1), 5, num_blocks)
    print(f"{num_blocks} blocks: {train_ecg(model, x_train)}")
    answers[num_blocks] = predict(model, x_test)  # (500, 5)

# %% id="ecg-confusion"
for num_blocks, probabilities in answers.items():
    named = probabilities.argmax(axis=1)  # (500,)
    sight = receptive_field_seconds(num_blocks * block, 128)
    right = (named == ecg.y_test).mean()
    plot_confusion(ecg.y_test, named, short_names, title=f"{sight:.2f} s: {right:.1%} right")
    plt.show()

# %% [markdown] id="ecg-confusion-answer"
# The short-sighted network is nearly perfect for the two hearts with wide beats. But a normal heart and one whose beats
# come early look the same to it: it may as well toss a coin. Each beat for itself is normal in both. What it would need
# to know is *when* the last beat was, and that is out of its sight. No training and no further filters can help it.
#
# With 6 blocks the network sees three beats at once, and the confusion is nearly gone. **Before you train, ask how far
# your network must see.** In 2019 a network of 34 layers learned from the ECGs of 53,549 patients. It named 12 rhythms
# at least as well as the average heart doctor ([Hannun et al., 2019](https://doi.org/10.1038/s41591-018-0268-3)).
#
# ## What it gets wrong
#
# Always look at the mistakes. Here are six signals of the network with 6 blocks: those to whose true name it gives the
# least probability.
#
# **Predict, then run.** You have learned to read rhythms now. Try to name each signal before you read the line above
# it.

# %% id="ecg-mistakes"
probabilities = answers[6]
named, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
of_the_truth = probabilities[np.arange(len(named)), ecg.y_test]  # (500,), what the true class gets
shown = of_the_truth.argsort()[:6]

fig, axes = plt.subplots(len(shown), 1, figsize=(8, 1.35 * len(shown)), sharex=True, layout="constrained")
for ax, i in zip(axes, shown, strict=True):
    ax.plot(seconds, ecg.x_test[i, :, 0], color="black", linewidth=0.8)
    title = f"it says: {short_names[named[i]]} ({sure[i]:.0%}).   It is: {short_names[ecg.y_test[i]]}."
    ax.set_title(title, fontsize=10, loc="left")
    ax.set(xlim=(0, 8), xticks=range(9), yticks=[])
    ax.grid(axis="x", alpha=0.4)
axes[-1].set_xlabel("time in seconds")
plt.show()
print(f"{(named != ecg.y_test).sum()} of {len(named)} test signals are wrong; the worst six are shown")

# %% [markdown] id="ecg-mistakes-answer"
# Nearly all are hearts that differ only in rhythm: a beat comes early, and the network says "normal". Is its sight
# still too short? These hearts are slow, and three of their beats hardly fit into 2.47 seconds. It sounds convincing,
# but it is only a guess, and a guess can be tested: a seventh block sees 4.97 seconds. We tried it, and the accuracy
# stayed the same, 98%. So look again. These beats come only *a little* early, and breathing changes the distances, too.
# **An explanation of a mistake is a guess until you test it.**
#
# ## Does the order matter?
#
# A convolution believes that neighbours belong together. Test it: shuffle the 1024 samples of each signal, with the
# *same* shuffle for all. No number is lost. For comparison, train a dense network with exactly as many parameters, too.
# Each of its units has a weight of its own for each sample.
#
# **Predict, then run.** Write down four accuracies: convolution and dense, in order and shuffled. (The cell takes about
# 15 seconds.)


# %% id="dense-helper"
def dense_classifier(input_shape, num_classes):
    """A network without convolution, about as large as `ecg_classifier`."""
    return keras.Sequential(
        [
            keras.Input(shape=input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(40, activation="relu"),
            keras.layers.Dense(num_classes, activation="softmax"),
        ]
    )


# %% id="shuffled-time"
shuffle = np.random.default_rng(0).permutation(1024)
accuracies = {("convolution", "in order"): (answers[6].argmax(axis=1) == ecg.y_test).mean()}
for name, build in (("dense", dense_classifier), ("convolution", ecg_classifier)):
    for order, samples in (("in order", np.arange(1024)), ("shuffled", shuffle)):
        if (name, order) not in accuracies:
            keras.utils.set_random_seed(1)
            model = build((1024, 1), 5)
            print(f"{name:11s} {order:8s}  {train_ecg(model, x_train[:, samples])}")
            named = predict(model, x_test[:, samples]).argmax(axis=1)
            accuracies[name, order] = (named == ecg.y_test).mean()
print("\nright answers on the 500 test signals (guessing: 20%):")
for (name, order), accuracy in accuracies.items():
    print(f"{name:11s} {order:8s} {accuracy:6.1%}")

# %% [markdown] id="shuffled-answer"
# The dense network does not care: to it, the samples never had an order. It has learned most of its 2000 signals by
# heart, and on new ones it is only a little better than guessing, because a beat that comes a tenth of a second later
# meets other weights. The convolution loses more than half of its answers. What is left comes from *how many* high and
# low samples there are, which a shuffle does not change.
#
# Same number of parameters, same data, same training: the whole difference is the belief that neighbours belong
# together, and that a beat looks the same at any time. In the first week you saw this with shuffled pixels.

# %% [markdown] id="part-5"
# # 5. Convolution in 3D
#
# A computed tomography (CT) looks through the body from all sides and computes a **volume**: many thin slices, one
# above the other. What a pixel is in a picture, a **voxel** is in a volume. Here is a problem that doctors have with
# it. Below is one slice of each of two lungs, 26 millimetres wide. Each shows a bright spot. One of the spots is a
# **nodule**, a small ball, which may be the beginning of a cancer. The other one is a harmless blood vessel.
#
# **Predict, then run.** Which is which?

# %% id="two-spots"
ct = load_ct()  # the first time, some seconds
spots = {"P": (26, 23, 18, 16), "Q": (29, 11, 21, 24)}  # volume, slice, row, column


def crop(name, offset=0):
    volume, slice_number, row, column = spots[name]
    return ct.x_test[volume, slice_number + offset, row - 6 : row + 7, column - 6 : column + 7, 0]  # (13, 13)


fig, axes = plt.subplots(1, 2, figsize=(5, 2.6), layout="constrained")
for ax, name in zip(axes, spots, strict=True):
    ax.imshow(crop(name), cmap="gray", vmin=0, vmax=0.9)
    ax.set_title(f"lung {name}", fontsize=11)
    ax.axis("off")
plt.show()

# %% [markdown] id="two-spots-question"
# It is hard to say. Now look at the slices above and below, 4 millimetres apart.

# %% id="two-spots-in-depth"
offsets = range(-6, 7, 2)
fig, axes = plt.subplots(2, len(offsets), figsize=(8, 2.7), layout="constrained")
for row, name in zip(axes, spots, strict=True):
    for ax, offset in zip(row, offsets, strict=True):
        ax.imshow(crop(name, offset), cmap="gray", vmin=0, vmax=0.9)
        ax.set_title(f"{name}: {2 * offset:+d} mm" if offset else f"{name}", fontsize=9)
        ax.axis("off")
plt.show()

# %% [markdown] id="two-spots-answer"
# P goes on through the slices and moves slowly: it is a pipe that we cut across, a vessel. Q comes and goes within a
# few millimetres: it is a ball, the nodule. A single slice cannot show it. The answer is *in the third dimension*, and
# so the filter must be a small cube.
#
# | | one dimension | three dimensions |
# | --- | --- | --- |
# | input | $14 \times 1$ | $14 \times 14 \times 14 \times 1$ |
# | 16 filters | $5 \times 1$ | $5 \times 5 \times 5 \times 1$ |
# | output | $10 \times 16$ | $10 \times 10 \times 10 \times 16$ |
# | 32 filters | $5 \times 16$ | $5 \times 5 \times 5 \times 16$ |
# | output | $6 \times 32$ | $6 \times 6 \times 6 \times 32$ |
#
# Depth is *not* a channel. A filter has all channels of its input and does not move among them. But it moves through
# the depth, as it moves to the right and down: a nodule looks the same wherever it lies.
#
# ### Exercise: the forward pass in 3D
#
# Stride 1, no padding. The volumes need not be cubes; the filters are.


# %% id="conv3d-forward"
def conv3d_forward(A_prev, W, b):
    """The forward pass of a convolution in three dimensions: stride 1, no padding.

    Args:
        A_prev: array of shape (m, n_D_prev, n_H_prev, n_W_prev, n_C_prev), a batch of volumes. Not modified.
        W: array of shape (f, f, f, n_C_prev, n_C), the filters. They are not flipped.
        b: array of shape (1, 1, 1, 1, n_C), one bias for each filter.

    Returns:
        Z: array of floats of shape (m, n_D_prev - f + 1, n_H_prev - f + 1, n_W_prev - f + 1, n_C).
    """
    ### BEGIN SOLUTION
    m, n_D_prev, n_H_prev, n_W_prev, _ = A_prev.shape
    f, n_C = W.shape[0], W.shape[-1]
    n_D, n_H, n_W = n_D_prev - f + 1, n_H_prev - f + 1, n_W_prev - f + 1
    Z = np.zeros((m, n_D, n_H, n_W, n_C))  # (m, n_D, n_H, n_W, n_C)
    for d in range(n_D):
        for h in range(n_H):
            for w in range(n_W):
                a_slice = A_prev[:, d : d + f, h : h + f, w : w + f]  # (m, f, f, f, n_C_prev)
                for c in range(n_C):
                    Z[:, d, h, w, c] = np.sum(a_slice * W[..., c], axis=(1, 2, 3, 4)) + b[..., c].item()
    return Z
    ### END SOLUTION


# %% id="check-conv3d-forward"
check(conv3d_forward)

# %% id="chain-3d"
rng = np.random.default_rng(0)
A0 = rng.normal(size=(1, 14, 14, 14, 1))  # (1, 14, 14, 14, 1): one volume
W1, b1 = rng.normal(size=(5, 5, 5, 1, 16)), rng.normal(size=(1, 1, 1, 1, 16))
W2, b2 = rng.normal(size=(5, 5, 5, 16, 32)), rng.normal(size=(1, 1, 1, 1, 32))

A1 = conv3d_forward(A0, W1, b1)  # (1, 10, 10, 10, 16)
A2 = conv3d_forward(A1, W2, b2)  # (1, 6, 6, 6, 32)
for A in (A0, A1, A2):
    print(" x ".join(map(str, A.shape[1:])), f"= {A.size:,} numbers")

layers = [keras.layers.Conv3D(16, 5), keras.layers.Conv3D(32, 5)]
network = keras.Sequential([keras.Input((14, 14, 14, 1)), *layers])
layers[0].set_weights([W1, b1.ravel()])
layers[1].set_weights([W2, b2.ravel()])
difference = np.abs(A2 - keras.ops.convert_to_numpy(network(A0))).max()
print(f"largest difference to Keras: {difference:.0e}, where the largest number is {np.abs(A2).max():.0f}")

# %% [markdown] id="about-conv-cost"
# ## What it costs
#
# One dimension more is not a little more. Count two things:
#
# - the **parameters**: each filter has a weight for each of its places and input channels, and one bias,
# - the **multiplications**: each number of the output needs one for each weight of a filter.
#
# ### Exercise: the cost of a convolution in any dimension
#
# The number of dimensions is the number of sides. Convolutions are "valid" here, with stride 1.


# %% id="conv-cost"
def conv_cost(sides, f, n_C_prev, n_C):
    """Parameters and multiplications of a convolution in any number of dimensions: stride 1, no padding.

    Args:
        sides: tuple of ints, the sides of the input without channels: (n,), (n_H, n_W) or (n_D, n_H, n_W).
        f: side of the filters, the same in each dimension.
        n_C_prev: number of channels that come in.
        n_C: number of filters.

    Returns:
        (parameters, multiplications), two ints. Biases are parameters, but adding one is no multiplication.
    """
    ### BEGIN SOLUTION
    weights = f ** len(sides) * n_C_prev * n_C
    places = math.prod(n - f + 1 for n in sides)
    return weights + n_C, weights * places
    ### END SOLUTION


# %% id="check-conv-cost"
check(conv_cost)

# %% [markdown] id="predict-cost"
# **Predict, then run.** The first layer of the table takes 800 multiplications in one dimension. How many will it take
# in three? And the same layer on a whole CT of the chest, 300 slices of 512 x 512?

# %% id="cost-table"
print("16 filters of 5:       parameters    multiplications")
for sides in ((14,), (14, 14), (14, 14, 14), (300, 512, 512)):
    parameters, multiplications = conv_cost(sides, 5, 1, 16)
    print(f"{' x '.join(map(str, sides)):20s} {parameters:12,} {multiplications:18,}")
megabytes = 296 * 508 * 508 * 16 * 4 / 1e6
print(f"The output for the whole chest takes {megabytes:,.0f} megabytes, 4 bytes a number.")

# %% [markdown] id="cost-answer"
# Each dimension multiplies the parameters by $f = 5$, and the multiplications by $5 \cdot 10$. This is why networks for
# volumes work with small filters and few channels, and on small pieces: they cut the chest into cubes, as we do. A
# well-known early one reads video, with 3 x 3 x 3 filters everywhere ([Tran et al.,
# 2015](https://arxiv.org/abs/1412.0767)).

# %% [markdown] id="part-6"
# # 6. A network that finds a nodule
#
# `load_ct` draws cubes of lung, 64 millimetres wide: $32 \times 32 \times 32$ voxels. Half of them have a nodule.
#
# ### Exercise: the classifier
#
# | | layer | output, for a volume of 32 x 32 x 32 x 1 |
# | --- | --- | --- |
# | block 1 | 8 filters, no padding; batch normalisation; ReLU; max pooling | 15 x 15 x 15 x 8 |
# | block 2 | 16 filters, the same | 6 x 6 x 6 x 16 |
# | end | global max pooling | 16 |
# | | dense layer with one sigmoid unit: the probability of a nodule | 1 |
#
# The arguments `kernel_size` and `pool_size` go to all `Conv3D` and `MaxPooling3D` layers. Both can be one number, or
# three: (depth, height, width). You will see in a moment what this is good for.


# %% id="ct-classifier"
def ct_classifier(input_shape, kernel_size=3, pool_size=2):
    """A convolutional network that looks for a nodule in a volume.

    Args:
        input_shape: tuple (n_D, n_H, n_W, n_C), the shape of one volume.
        kernel_size: size of the filters of both blocks, an int or a tuple of three.
        pool_size: size of the max pooling of both blocks, an int or a tuple of three.

    Returns:
        A keras.Model, not compiled. Input: a batch (m, n_D, n_H, n_W, n_C). Output: probabilities (m, 1).
    """
    ### BEGIN SOLUTION
    inputs = keras.Input(shape=input_shape)
    x = inputs
    for filters in (8, 16):
        x = keras.layers.Conv3D(filters, kernel_size)(x)
        x = keras.layers.BatchNormalization()(x)
        x = keras.layers.ReLU()(x)
        x = keras.layers.MaxPooling3D(pool_size)(x)
    x = keras.layers.GlobalMaxPooling3D()(x)  # (m, 16)
    outputs = keras.layers.Dense(1, activation="sigmoid")(x)  # (m, 1)
    return keras.Model(inputs, outputs)
    ### END SOLUTION


# %% id="check-ct-classifier"
check(ct_classifier)

# %% [markdown] id="predict-ct"
# ## Three dimensions against slice by slice
#
# A filter of $1 \times 3 \times 3$ sees one slice only. So the *same* function builds the rival: a network that looks
# at each slice as at a picture, and asks at the end whether any of them looked like a nodule.
#
# We have only 800 volumes. But lungs in a mirror are still lungs, and a nodule in a mirror is still a nodule. So before
# each epoch we mirror each volume or not, by chance, along each of its three axes. Training both takes about a minute.
#
# **Predict, then run.** Guessing gives 50%. What will the two networks reach?


# %% id="mirror-helper"
def mirrored(volumes, rng):
    """Each volume is mirrored along each of its three axes with probability 1/2."""
    volumes = volumes.copy()
    for axis in (1, 2, 3):
        chosen = rng.random(len(volumes)) < 0.5
        volumes[chosen] = np.flip(volumes[chosen], axis)
    return volumes


# %% id="train-ct"
ct_models, ct_answers = {}, {}
for name, sizes in {"3D": (3, 2), "slice by slice": ((1, 3, 3), (1, 2, 2))}.items():
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(1)
    model = ct_classifier((32, 32, 32, 1), *sizes)
    loss, change = "binary_crossentropy", lambda volumes, rng=rng: mirrored(volumes, rng)
    told = train(model, ct.x_train, ct.y_train, loss, epochs=8, learning_rate=0.005, batch_size=16, change=change)
    print(f"{name:14s}  {told}")
    ct_models[name] = model
    ct_answers[name] = predict(model, ct.x_test)[:, 0]  # (200,)

# %% id="ct-confusion"
for name, probabilities in ct_answers.items():
    named = (probabilities > 0.5).astype(int)  # (200,)
    title = f"{name}: {(named == ct.y_test).mean():.1%} right"
    plot_confusion(ct.y_test, named, ct.class_names, title=title)
    plt.show()

# %% [markdown] id="ct-confusion-answer"
# The network that sees cubes finds nearly all nodules. The one that looks slice by slice misses many more: in a single
# slice a large vessel and a small nodule look alike.
#
# Is that fair? A filter of the rival has 9 weights in place of 27. So we also tried a wider rival, with 12 and 28
# filters: about as many parameters as the 3D network, and more multiplications. It was right in 92%. That is much
# better, and still behind. **A comparison needs a fair rival**, or it shows only that larger is better.
#
# ## Shuffle the slices
#
# Here is a proof that one of them sees the depth, and the other does not. Take the trained networks, and give them the
# test volumes with their 32 slices in another order.
#
# **Predict, then run.** For each of the networks: how many of its 200 answers will change?

# %% id="shuffled-slices"
order = np.random.default_rng(0).permutation(32)
for name, model in ct_models.items():
    again = predict(model, ct.x_test[:, order])[:, 0]  # (200,)
    changed = ((again > 0.5) != (ct_answers[name] > 0.5)).sum()
    right = ((again > 0.5) == ct.y_test).mean()
    largest = np.abs(again - ct_answers[name]).max()
    print(f"{name:14s} {changed:3d} of 200 answers changed, {right:.1%} are right now. ", end="")
    print(f"Largest change of a probability: {largest:.6f}")

# %% [markdown] id="shuffled-slices-answer"
# Slice by slice, *not one* answer changes. Each slice is looked at for itself, and the largest number of all slices is
# the same in any order. It cannot know what lies above and below. The 3D network is lost: there are no balls any more,
# only disks that lie apart. Asking what a network does *not* notice tells much about what it sees.
#
# ## What it gets wrong, and where it looks
#
# To see *where* the 3D network looks, hide something. Cover a small cube, 12 millimetres wide, with the gray of plain
# lung (the median of the volume), and ask again. If the probability of a nodule falls, the network needed what was
# there. Do this everywhere, and keep the place where it falls most ([Zeiler and Fergus,
# 2013](https://arxiv.org/abs/1311.2901), did it with photographs).
#
# The next cell does it for the six volumes to whose true name the network gives the least probability. $p$ is what it
# says: the probability of a nodule. Below each other you see three slices through the place that it found most
# suspicious: from above, from the front, and from the side.


# %% id="where-helper"
def most_suspicious(model, volume, side=6, step=3):
    """The middle (d, h, w) of the cube whose covering takes most from the answer of the network."""
    starts = range(0, 32 - side + 1, step)
    places = [(d, h, w) for d in starts for h in starts for w in starts]
    covered = np.repeat(volume[None], len(places), axis=0)  # (number of places, 32, 32, 32, 1)
    for copy, (d, h, w) in zip(covered, places, strict=True):
        copy[d : d + side, h : h + side, w : w + side] = np.median(volume)
    answers = predict(model, covered)[:, 0]  # (number of places,)
    return np.array(places[answers.argmin()]) + side // 2


# %% id="ct-mistakes"
probabilities = ct_answers["3D"]
of_the_truth = np.where(ct.y_test == 1, probabilities, 1 - probabilities)  # (200,), what the true class gets
shown = of_the_truth.argsort()[:6]

fig, axes = plt.subplots(3, len(shown), figsize=(8, 4.6), layout="constrained")
for column, i in zip(axes.T, shown, strict=True):
    d, h, w = most_suspicious(ct_models["3D"], ct.x_test[i])
    volume = ct.x_test[i, ..., 0]  # (32, 32, 32)
    views = ((volume[d], w, h), (volume[:, h], w, d), (volume[:, :, w], h, d))
    for ax, (picture, across, down) in zip(column, views, strict=True):
        ax.imshow(picture, cmap="gray", vmin=0, vmax=0.9)
        ax.add_patch(plt.Rectangle((across - 3.5, down - 3.5), 7, 7, fill=False, edgecolor="tab:orange", linewidth=1.5))
        ax.set(xticks=[], yticks=[])
    column[0].set_title(f"it is: {ct.class_names[ct.y_test[i]]}\nit says: p = {probabilities[i]:.2f}", fontsize=9)
for ax, name in zip(axes[:, 0], ("from above", "from the front", "from the side"), strict=True):
    ax.set_ylabel(name, fontsize=9)
plt.show()
print(f"{(of_the_truth < 0.5).sum()} of 200 test volumes are wrong; the worst six are shown")

# %% [markdown] id="ct-mistakes-answer"
# The false alarms lie where vessels branch, cross, or touch the wall of the chest: together they are as thick as a
# ball. The nodules that it misses are the smallest ones, hardly thicker than a vessel. Try to find them yourself. (The
# mark shows what was most suspicious to the network. Where it missed the nodule, that may be something else.) A doctor
# who is not sure would look at the same lung again some months later, and see whether the spot has grown.

# %% [markdown] id="take-with-you"
# # What to take with you
#
# - Nothing in a convolution needs a picture. In 1D the filter is a short piece that slides along a line, in 3D a cube
#   that slides through a volume. A filter has all channels of its input, and each filter makes one output channel.
# - A filter is a template. One heartbeat, cut out by hand, finds the others; a layer learns its templates itself.
# - The receptive field decides what a network *can* know. Three blocks saw a beat, six blocks saw a rhythm. Count the
#   seconds before you train.
# - Convolution needs neighbours that mean something. With shuffled time it was not much better than guessing.
# - Each dimension multiplies the cost. In 3D use small filters, few channels and small pieces.
# - Depth is not a channel: a network that looks slice by slice does not even notice when you shuffle the slices.
# - Look at the mistakes, and at where the network looks. The numbers alone do not tell you why.
