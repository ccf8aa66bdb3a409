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
# # Convolution in Keras
#
# Look first, read later. Run the next two cells and name every sign.

# %% id="setup" tags=["setup"]
import keras
import matplotlib.pyplot as plt
import numpy as np
from skimage import data

from courselib.datasets import load_signs
from courselib.grading import Check
from courselib.visualization import plot_confusion, plot_history, show_images

check = Check("convolution_in_keras")
keras.utils.set_random_seed(1)
plt.rcParams.update({"figure.dpi": 90, "image.interpolation": "nearest"})  # small pictures, sharp pixels
check.progress()

# %% id="look-first"
x_train, y_train, x_test, y_test, class_names = load_signs(num_classes=6)  # the first time it takes some seconds
show_images(x_train[:32], columns=8)
plt.show()

# %% [markdown] id="what-you-see"
# You had no trouble. Fog, night, dirt, leaves in front of the sign, seen from the side: you name it at a glance. For a
# program this is hard. Each picture is only a box of $64 \times 64 \times 3 = 12{,}288$ numbers, and no two boxes are
# alike.
#
# Traffic signs have their place in history. In 2011, many teams and a group of people named the signs in thousands of
# photographs. The people were right in 98.84% of them. A committee of convolutional networks reached 99.46%: it was
# one of the first times that a machine saw better than people ([Stallkamp et al.,
# 2012](https://doi.org/10.1016/j.neunet.2012.02.016); [Cireşan et al., 2012](https://arxiv.org/abs/1202.2745)).
#
# In this notebook you build a much smaller network, with the library Keras. It has only **1,310 parameters**, fewer
# than there are numbers in one picture. It learns these signs in less than a minute, and names more than nine of ten
# new ones. Then you look inside, and find out *how* it does it. It does not look at them in the way you do.

# %% [markdown] id="what-you-will-write"
# ## What you will write
#
# | part | you write | points |
# | --- | --- | --- |
# | 1. One layer | `conv_layer_model`, `conv_with_keras` | 22 |
# | 2. A yes-or-no network | `sequential_model` | 16 |
# | 3. Labels and answers | `one_hot`, `accuracy` | 13 |
# | 4. Training | `train` | 14 |
# | 5. A network for six signs | `functional_model` | 16 |
# | 6. Look at the mistakes | `worst_mistakes` | 7 |
# | 7. Look inside | `feature_maps` | 12 |
#
# That is 9 short functions and 100 points. Plan about two hours. The computer needs about **one minute of CPU time**
# for all cells together, most of it to train three networks. You need no GPU and no internet.
#
# You work as in the first notebook: write each function where it says `raise NotImplementedError()`, run the check
# below it, and go from top to bottom. The check does not care *how* you write a network. It looks at what the network
# computes, at its shapes and at its parameters.
#
# The letters are those of the first notebook: $m$ pictures of $n_H \times n_W$ pixels with $n_C$ channels, filters of
# $f \times f$ pixels, padding $p$, stride $s$.

# %% [markdown] id="part-1"
# # 1. One layer
#
# In the first notebook you wrote a convolution with loops. In [Keras](https://keras.io) (François Chollet, 2015) a
# layer is one line, and a network is a list of layers:

# %% id="a-first-model"
model = keras.Sequential(
    [
        keras.Input(shape=(8, 8, 1)),  # one picture: 8 x 8 pixels, 1 channel. The batch axis is not named.
        keras.layers.MaxPooling2D(pool_size=4),  # windows of 4 x 4, stride 4: 2 x 2 x 1
    ]
)
pictures = np.random.default_rng(0).random((5, 8, 8, 1))  # (5, 8, 8, 1)
print("in: ", pictures.shape)
print("out:", model(pictures).shape)

# %% [markdown] id="about-conv-layer-model"
# A model is a function: give it a batch, and it returns a batch. `None` in a shape stands for the number of pictures,
# which may be different each time.
#
# A convolution is `keras.layers.Conv2D`. Its arguments are old friends with new names:
#
# | first notebook | Keras | default |
# | --- | --- | --- |
# | $n_C$, how many filters | `filters` | |
# | $f$, their side | `kernel_size` | |
# | $s$ | `strides` | 1 |
# | $p = 0$ | `padding="valid"` | yes |
# | $p$ such that the size stays | `padding="same"` | |
# | the function at the end of the layer | `activation` | none |
#
# ### Exercise: your layer from the first notebook
#
# Pictures of 6 x 6 pixels with 3 channels go through two filters of 3 x 3 and a ReLU, and come out as 4 x 4 x 2.


# %% id="conv-layer-model"
def conv_layer_model():
    """One convolutional layer: 6 x 6 x 3 -> 4 x 4 x 2.

    Returns:
        A keras.Model. Input: a batch of shape (m, 6, 6, 3). Two filters of 3 x 3 with biases, no padding, stride 1,
        then a ReLU. Output: a batch of shape (m, 4, 4, 2).
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input(shape=(6, 6, 3)),
            keras.layers.Conv2D(filters=2, kernel_size=3, activation="relu"),  # (m, 4, 4, 2)
        ]
    )
    ### END SOLUTION


# %% id="check-conv-layer-model"
check(conv_layer_model)

# %% [markdown] id="predict-summary"
# **Predict, then run.** How many parameters does this layer have? Count the weights *and* the biases. Then look at the
# shapes of the two arrays that Keras keeps.

# %% id="layer-summary"
layer_model = conv_layer_model()
layer_model.summary()
kernel, bias = layer_model.get_weights()
print("kernel", kernel.shape, "= (f, f, n_C_prev, n_C)")
print("bias  ", bias.shape)

# %% [markdown] id="about-conv-with-keras"
# The kernel has the same four axes as your `W`. The bias is `b` without the three axes of length 1.
#
# Where do the numbers in a new layer come from? They are random, and small. But you can put your own numbers in: a
# layer that knows the shape of its input (`layer.build(shape)`, or just call it once) takes a list of arrays with
# `layer.set_weights([kernel, bias])`.
#
# ### Exercise: the same numbers as your loops
#
# Let Keras do the work of your `conv_forward`: any filters, any stride and any padding $p$. Keras has no argument for
# a padding of, say, 2 pixels. So pad first, with a layer of its own: `keras.layers.ZeroPadding2D(p)`.


# %% id="conv-with-keras"
def conv_with_keras(A_prev, W, b, hparameters):
    """The convolution of the first notebook, computed by a Keras layer with given weights.

    Args:
        A_prev: array of shape (m, n_H_prev, n_W_prev, n_C_prev). Not modified.
        W: array of shape (f, f, n_C_prev, n_C), the filters.
        b: array of shape (1, 1, 1, n_C), one bias for each filter.
        hparameters: dict {"stride": s, "pad": p}, two ints. p rings of zeros are put around every picture.

    Returns:
        Z, array of shape (m, n_H, n_W, n_C): what conv_forward returns, without the cache. No ReLU.
    """
    # Step 1: pad the batch.
    # Step 2: make a Conv2D layer with the right number and size of filters and the right stride.
    # Step 3: put W and b into it, call it on the padded batch, and make an array of the result.
    ### BEGIN SOLUTION
    f, _, _, n_C = W.shape
    A_prev_pad = keras.layers.ZeroPadding2D(hparameters["pad"])(A_prev)  # (m, n_H_prev + 2p, n_W_prev + 2p, n_C_prev)
    layer = keras.layers.Conv2D(n_C, f, strides=hparameters["stride"])
    layer.build(A_prev_pad.shape)
    layer.set_weights([W, b.reshape(n_C)])
    return keras.ops.convert_to_numpy(layer(A_prev_pad))  # (m, n_H, n_W, n_C)
    ### END SOLUTION


# %% id="check-conv-with-keras"
check(conv_with_keras)


# %% [markdown] id="predict-same-numbers"
# ## NumPy against Keras
#
# Here is the convolution of the first notebook, in its fast form. You may replace it by your own. Both get a cat, and
# the filter for vertical edges.
#
# **Predict, then run.** Will the two results be *exactly* the same?


# %% id="numpy-convolution"
def conv_forward(A_prev, W, b, hparameters):
    """The convolution of the first notebook, from nothing but NumPy. Returns (Z, cache)."""
    f, stride, pad = W.shape[0], hparameters["stride"], hparameters["pad"]
    A_prev_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(A_prev_pad, (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]  # (m, n_H, n_W, n_C_prev, f, f)
    Z = np.tensordot(windows, W, axes=([4, 5, 3], [0, 1, 2])) + b  # (m, n_H, n_W, n_C)
    return Z, (A_prev, W, b, hparameters)


# %% id="same-numbers"
cat = data.chelsea()[None, ::3, ::3] / 255.0  # (1, 100, 151, 3), from 0 to 1
W = np.repeat([[[[1.0]], [[0.0]], [[-1.0]]]] * 3, 3, axis=2)  # (3, 3, 3, 1), left minus right in all three channels
b, hparameters = np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 1}

by_numpy, _ = conv_forward(cat, W, b, hparameters)
by_keras = conv_with_keras(cat, W, b, hparameters)
difference = np.abs(by_numpy - by_keras).max()

fig, axes = plt.subplots(1, 3, figsize=(8, 2.1), layout="constrained")
for ax, picture, title in zip(axes, (cat, by_numpy, by_keras), ("a cat", "NumPy", "Keras"), strict=True):
    ax.imshow(picture[0], cmap="PuOr", vmin=-3, vmax=3)
    ax.set_title(title, fontsize=10)
    ax.axis("off")
plt.show()
print(f"largest number: {np.abs(by_numpy).max():.2f}, largest difference: {difference:.1e}")
print("NumPy computed with", by_numpy.dtype, "and Keras with", by_keras.dtype)

# %% [markdown] id="float32-answer"
# They agree in the first seven digits. Keras computes with `float32`, which has no more digits than that, and is
# twice as fast. For networks it is precise enough.
#
# So a `Conv2D` is nothing new. It is *your* convolution, in a faster form.
#
# ## A trap: what "same" means
#
# You have a picture of 6 x 6 pixels and a filter of 3 x 3. With stride 2 and $p = 1$ the result has
# $\lfloor (6 + 2 - 3) / 2 \rfloor + 1 = 3$ rows. With stride 2 and `padding="same"` it has 3 rows too.
#
# **Predict, then run.** Are these the same numbers? And with a picture of 7 x 7 pixels?

# %% id="what-same-means"
ones, zero = np.ones((3, 3, 1, 1)), np.zeros((1, 1, 1, 1))
same = keras.layers.Conv2D(1, 3, strides=2, padding="same", kernel_initializer="ones")  # adds up each window
for n in (6, 7):
    picture = np.arange(1.0, n * n + 1).reshape(1, n, n, 1)  # (1, n, n, 1): 1, 2, 3, ...
    padded = conv_with_keras(picture, ones, zero, {"stride": 2, "pad": 1})[0, :, :, 0]
    result = keras.ops.convert_to_numpy(same(picture))[0, :, :, 0]
    print(f"{n} x {n} pixels, p = 1, first row:", padded[0], '  "same", first row:', result[0])
    print("   the same numbers:", np.allclose(padded, result))

# %% [markdown] id="same-answer"
# At stride 2, the 6 pixels need only *one* extra pixel, so that three windows fit. It cannot be divided between left
# and right. Keras puts it on the right and below. So all windows begin one pixel later than with $p = 1$. The shapes
# are equal, no error is raised, and the numbers are different. People who copy weights from one library to another
# search for this error for days.

# %% [markdown] id="part-2"
# # 2. A yes-or-no network
#
# The first network answers one question: **is it a stop sign?** Its last layer is a single unit with a **sigmoid**,
#
# $$\hat{y} = \frac{1}{1 + e^{-z}}$$
#
# which is always between 0 and 1. Read it as the probability of "yes".
#
# One layer in it is new, **batch normalisation** ([Ioffe and Szegedy, 2015](https://arxiv.org/abs/1502.03167)). It
# works on each channel $c$. It subtracts the mean $\mu_c$ of the batch, divides by its standard deviation $\sigma_c$,
# and then lets the network choose a new scale $\gamma_c$ and a new middle $\beta_c$:
#
# $$z \;\rightarrow\; \gamma_c \, \frac{z - \mu_c}{\sigma_c} + \beta_c$$
#
# The numbers stay at a healthy size, whatever the layers before it do, and training is faster. $\gamma_c$ and
# $\beta_c$ are learned. For prediction there may be no batch, so the layer remembers a mean and a variance from
# training. It keeps these two numbers per channel, but no gradient changes them: they are **not trainable**.

# %% [markdown] id="about-sequential-model"
# ### Exercise: a network as a list
#
# `keras.Sequential` takes the list of layers. These are useful, all from `keras.layers`: `ZeroPadding2D`, `Conv2D`,
# `BatchNormalization`, `ReLU`, `MaxPooling2D`, `Flatten`, `Dense`.
#
# | step | output |
# | --- | --- |
# | a picture | 64 x 64 x 3 |
# | padding of 3 | 70 x 70 x 3 |
# | convolution: 32 filters of 7 x 7, stride 1 | 64 x 64 x 32 |
# | batch normalisation, then ReLU | 64 x 64 x 32 |
# | max pooling, windows of 2 x 2, stride 2 | 32 x 32 x 32 |
# | flatten: all numbers in one row | 32,768 |
# | one dense unit with a sigmoid | 1 |


# %% id="sequential-model"
def sequential_model():
    """A network that answers yes or no about pictures of 64 x 64 pixels.

    Returns:
        A keras.Model. Input: (m, 64, 64, 3). Padding of 3, convolution with 32 filters of 7 x 7 and stride 1, batch
        normalisation (of the channels), ReLU, max pooling with windows of 2 x 2 and stride 2, flatten, one dense unit
        with a sigmoid. Output: (m, 1), between 0 and 1.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input(shape=(64, 64, 3)),
            keras.layers.ZeroPadding2D(3),  # (m, 70, 70, 3)
            keras.layers.Conv2D(32, 7),  # (m, 64, 64, 32)
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.MaxPooling2D(2),  # (m, 32, 32, 32)
            keras.layers.Flatten(),  # (m, 32768)
            keras.layers.Dense(1, activation="sigmoid"),  # (m, 1)
        ]
    )
    ### END SOLUTION


# %% id="check-sequential-model"
check(sequential_model)

# %% [markdown] id="predict-largest-layer"
# **Predict, then run.** Which layer has the most parameters: the one with 32 filters of 7 x 7 x 3, or the single unit
# at the end?

# %% id="largest-layer"
stop_model = sequential_model()
for layer in stop_model.layers:
    if layer.count_params():
        share = layer.count_params() / stop_model.count_params()
        print(f"{type(layer).__name__:20s} {layer.count_params():6,d} parameters, {share:6.1%}")
print(f"{'together':20s} {stop_model.count_params():6,d} parameters")

# %% [markdown] id="largest-layer-answer"
# The single unit has nearly all of them: one weight for each of its 32,768 inputs, and a bias. The filters are shared
# by all places, the weights of a dense layer are not. Keep this in mind for the second network.

# %% [markdown] id="part-3"
# # 3. Labels and answers
#
# A label says what is in the picture. In our data it is a number: 0 for "stop", 1 for "give way", and so on up to 5.
# For the yes-or-no network, the label is 1 (yes) or 0 (no).
#
# For six classes the network does not answer with a number from 0 to 5. That would mean that class 2 lies *between*
# the classes 1 and 3. It answers with six probabilities, which sum to 1. The layer that makes them is called
# **softmax**:
#
# $$\hat{y}_k = \frac{e^{z_k}}{\sum_j e^{z_j}}$$
#
# So the label should have six numbers as well: a 1 at the place of the true class, and 0 everywhere else. This is
# called **one-hot**. Class 2 of six is $(0, 0, 1, 0, 0, 0)$.
#
# ### Exercise: one-hot labels
#
# The labels alone do not tell how many classes there are: perhaps the last class is not among them. So the number of
# classes is an argument.


# %% id="one-hot"
def one_hot(labels, num_classes):
    """Labels as probabilities: 1 for the true class, 0 for all others.

    Args:
        labels: array of ints of shape (m,), from 0 to num_classes - 1. Not modified.
        num_classes: int, how many classes there are.

    Returns:
        array of float32 of shape (m, num_classes): one row for each label, with a single 1.
    """
    ### BEGIN SOLUTION
    return np.eye(num_classes, dtype="float32")[labels]  # (m, num_classes)
    ### END SOLUTION


# %% id="check-one-hot"
check(one_hot)

# %% [markdown] id="about-loss"
# ## The loss: how surprised are you?
#
# Training needs one number that says how wrong an answer is. Take the probability that the network gave to the *true*
# class, and minus the logarithm of it. This is the **cross-entropy**, here for the one-hot label $y$:
#
# $$L = -\sum_k y_k \log \hat{y}_k = -\log \hat{y}_{true}$$
#
# **Predict, then run.** A network that knows nothing gives each of the six classes the same probability. What is its
# loss? And what is the loss of a network that is very sure, and wrong?

# %% id="cross-entropy"
for text, p in {"sure and right": 0.99, "says 50%": 0.5, "knows nothing": 1 / 6, "sure and wrong": 0.001}.items():
    print(f"{text:15s} probability of the true class {p:6.1%}, loss {-np.log(p):.2f}")

# %% [markdown] id="about-accuracy"
# The loss of "knows nothing" is $\log 6 = 1.79$. Remember it: if a new network with six classes begins far above, then
# something is wrong.
#
# ## How often is it right?
#
# People do not think in logarithms. The **accuracy** is the share of right answers. The answer of a network with
# several outputs is the class with the largest probability. The answer of a network with one sigmoid unit is class 1
# if the probability is more than 0.5, otherwise class 0.
#
# ### Exercise: accuracy
#
# Careful, a trap: what does NumPy make of an array of shape (m, 1) `==` an array of shape (m,)? Try it with small
# arrays, if you are not sure.


# %% id="accuracy"
def accuracy(probabilities, labels):
    """The share of right answers.

    Args:
        probabilities: array of floats, what a network returns. Shape (m, num_classes) with two classes or more: one
            probability for each class. Or shape (m, 1), from one sigmoid unit: the probability of class 1.
        labels: array of ints of shape (m,), the true classes.

    Returns:
        float from 0 to 1: how many of the m answers are right, divided by m.
    """
    # Step 1: make an array of answers, of shape (m,): the largest probability, or more than 0.5.
    # Step 2: compare with the labels.
    ### BEGIN SOLUTION
    if probabilities.shape[1] == 1:
        answers = probabilities[:, 0] > 0.5  # (m,)
    else:
        answers = probabilities.argmax(axis=1)  # (m,)
    return float(np.mean(answers == labels))
    ### END SOLUTION


# %% id="check-accuracy"
check(accuracy)

# %% [markdown] id="predict-broadcasting"
# Here is the trap once more, in slow motion. 100 coins are guessed, all of them right.
#
# **Predict, then run.** What does each line print?

# %% id="broadcasting"
coins = np.random.default_rng(1).integers(0, 2, size=100)  # (100,)
guesses = coins[:, None]  # (100, 1): the right answer for every coin
print("careless:", np.mean(guesses == coins), "of 1, from an array of shape", (guesses == coins).shape)
print("careful: ", np.mean(guesses[:, 0] == coins), "of 1, from an array of shape", (guesses[:, 0] == coins).shape)

# %% [markdown] id="part-4"
# # 4. Training
#
# In the first notebook you computed gradients, and moved nine numbers a little in each step. Keras does this for all
# parameters of a network. It needs to know three things first:
#
# ```python
# model.compile(optimizer=..., loss=..., metrics=["accuracy"], jit_compile=False)
# ```
#
# - The **optimizer** makes the steps. The usual choice is Adam ([Kingma and Ba,
#   2014](https://arxiv.org/abs/1412.6980)), which finds a good length for each parameter by itself. Its
#   `learning_rate` is the length of a typical step.
# - The **loss** is what shall become small: `"binary_crossentropy"` for one sigmoid unit, `"categorical_crossentropy"`
#   for a softmax with one-hot labels.
# - **Metrics** are only written down, for you.
#
# `jit_compile=False` saves a long wait at the start of small networks. Then the work begins:
#
# ```python
# history = model.fit(x, y, batch_size=..., epochs=..., validation_data=(x_val, y_val), verbose=2)
# ```
#
# The network sees the pictures in **batches**, in random order, and makes one step after each batch. When it has seen
# all of them, one **epoch** is over. After each epoch it is asked about the *validation* pictures, and does not learn
# from them. That is what counts: anybody can learn the training pictures by heart.

# %% [markdown] id="about-train"
# ### Exercise: train a network
#
# Both lines in one function, which works for both kinds of networks. `fit` returns a `History`: its `history` is a
# dict with one list for each thing that was written down.


# %% id="train"
def train(
    model,
    x_train,
    y_train,
    x_val,
    y_val,
    loss="categorical_crossentropy",
    epochs=10,
    batch_size=32,
    learning_rate=0.001,
):
    """Train a network with Adam.

    Args:
        model: a keras.Model. Its weights are changed.
        x_train: array of shape (m, n_H, n_W, n_C), the pictures to learn from.
        y_train: their labels, as the loss wants them: one-hot, or 0 and 1.
        x_val: pictures for validation. The network does not learn from them.
        y_val: their labels.
        loss: "categorical_crossentropy" for a softmax, "binary_crossentropy" for one sigmoid unit.
        epochs: how often to go through the training pictures.
        batch_size: how many pictures for one step.
        learning_rate: Adam's learning rate.

    Returns:
        the keras.callbacks.History that fit returns. It records loss, accuracy, val_loss and val_accuracy, one number
        for each epoch.
    """
    ### BEGIN SOLUTION
    optimizer = keras.optimizers.Adam(learning_rate=learning_rate)
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], jit_compile=False)
    history = model.fit(
        x_train,
        y_train,
        batch_size=batch_size,
        epochs=epochs,
        validation_data=(x_val, y_val),
        verbose=2,
    )
    return history
    ### END SOLUTION


# %% id="check-train"
check(train)

# %% [markdown] id="predict-always-no"
# ## Is it a stop sign?
#
# **Predict before you run.** A program that *always* says "no" is easy to write. How often is it right? Is an accuracy
# of 80% good?

# %% id="always-no"
is_stop_train = (y_train == 0).astype("float32")  # (1600,), class 0 is "stop"
is_stop_test = (y_test == 0).astype("float32")  # (400,)
always_no = np.zeros((len(y_test), 1))  # (400, 1)
print(f"{len(x_train)} pictures to learn from, {is_stop_train.mean():.1%} of them are stop signs")
print(f"{len(x_test)} other pictures, from other places, to test")
print(f"always no:                {accuracy(always_no, y_test == 0):.1%} right")
print(f"the network, not trained: {accuracy(stop_model.predict(x_test, verbose=0), y_test == 0):.1%} right")

# %% [markdown] id="about-training-stop"
# An accuracy means nothing without a comparison. Here, 83% is what you get for nothing.
#
# Now train. Four epochs take about 15 seconds.

# %% id="train-stop"
keras.utils.set_random_seed(1)
stop_model = sequential_model()
train(stop_model, x_train, is_stop_train, x_test, is_stop_test, loss="binary_crossentropy", epochs=4)

yes = stop_model.predict(x_test, verbose=0)  # (400, 1), the probability of "yes"
print(f"\naccuracy on the test pictures: {accuracy(yes, y_test == 0):.1%}, always no: {np.mean(y_test != 0):.1%}")

# %% [markdown] id="predict-stop-errors"
# Much better than saying no. What does it still get wrong?
#
# **Predict, then run.** Which signs will it take for a stop sign? Which stop signs will it miss?

# %% id="stop-errors"
wrong = np.flatnonzero((yes[:, 0] > 0.5) != (y_test == 0))
words = np.array(["other", "stop"])
answers, truth = (yes[wrong, 0] > 0.5).astype(int), (y_test[wrong] == 0).astype(int)
show_images(x_test[wrong[:16]], labels=words[truth[:16]], predictions=words[answers[:16]], columns=8)
plt.show()
false_alarms = int(answers.sum())
print(f"{len(wrong)} of {len(x_test)} wrong: {false_alarms} false alarms, {len(wrong) - false_alarms} missed")

# %% [markdown] id="stop-errors-answer"
# Much of it you can understand: darkness, dirt, fog, and other *red* signs. Some of it you cannot. Before you believe a
# number, look at pictures like these.

# %% [markdown] id="part-5"
# # 5. A network for six signs
#
# A list of layers is enough as long as every layer has one input and one output. The networks of next week have
# branches that part and meet again. For those, Keras has the **functional** style: call each layer on the output of
# the one before it, and at the end say where the model begins and where it ends.

# %% id="functional-style"
inputs = keras.Input(shape=(8, 8, 3))  # (None, 8, 8, 3): no numbers yet, only a shape
x = keras.layers.AveragePooling2D(pool_size=4, name="blur")(inputs)  # (None, 2, 2, 3)
outputs = keras.layers.Flatten(name="in_a_row")(x)  # (None, 12)
tiny_model = keras.Model(inputs, outputs)
print([layer.name for layer in tiny_model.layers])

# %% [markdown] id="about-functional-model"
# ### Exercise: a small ConvNet
#
# | name | step | output for 64 x 64 x 3 |
# | --- | --- | --- |
# | | pictures of any size, given by `input_shape` | 64 x 64 x 3 |
# | `conv1` | convolution: 8 filters of 4 x 4, stride 1, padding "same", ReLU | 64 x 64 x 8 |
# | `pool1` | max pooling: windows of 8 x 8, stride 8, padding "same" | 8 x 8 x 8 |
# | `conv2` | convolution: 16 filters of 2 x 2, stride 1, padding "same", ReLU | 8 x 8 x 16 |
# | `pool2` | max pooling: windows of 4 x 4, stride 4, padding "same" | 2 x 2 x 16 |
# | | flatten | 64 |
# | | dense layer with 6 outputs, softmax | 6 |
#
# Give the four layers these names (`name="conv1"`). The check does not ask for them, but you will need them in part 7.


# %% id="functional-model"
def functional_model(input_shape):
    """A small network that tells six classes apart.

    Args:
        input_shape: tuple (n_H, n_W, n_C), the shape of one picture.

    Returns:
        A keras.Model. Input: (m, n_H, n_W, n_C). Convolution with 8 filters of 4 x 4, ReLU, max pooling with windows of
        8 x 8 and stride 8; convolution with 16 filters of 2 x 2, ReLU, max pooling with windows of 4 x 4 and stride 4;
        flatten; dense layer with 6 outputs and a softmax. All four have padding "same"; the convolutions have stride 1.
        Output: (m, 6), probabilities.
    """
    ### BEGIN SOLUTION
    inputs = keras.Input(shape=input_shape)
    x = keras.layers.Conv2D(8, 4, padding="same", activation="relu", name="conv1")(inputs)  # (m, n_H, n_W, 8)
    x = keras.layers.MaxPooling2D(8, strides=8, padding="same", name="pool1")(x)  # (m, n_H / 8, n_W / 8, 8)
    x = keras.layers.Conv2D(16, 2, padding="same", activation="relu", name="conv2")(x)  # (m, n_H / 8, n_W / 8, 16)
    x = keras.layers.MaxPooling2D(4, strides=4, padding="same", name="pool2")(x)  # (m, n_H / 32, n_W / 32, 16)
    x = keras.layers.Flatten()(x)
    outputs = keras.layers.Dense(6, activation="softmax")(x)  # (m, 6)
    return keras.Model(inputs, outputs)
    ### END SOLUTION


# %% id="check-functional-model"
check(functional_model)

# %% [markdown] id="predict-small-model"
# **Predict, then run.** It has two convolutions, and six outputs instead of one. Does it have more parameters than
# `sequential_model`, or fewer? About how many times?

# %% id="small-model-summary"
sign_model = functional_model((64, 64, 3))
sign_model.summary()
big, small = sequential_model().count_params(), sign_model.count_params()
print(f"sequential_model: {big:6,d} parameters")
print(f"functional_model: {small:6,d} parameters, {big / small:.0f} times fewer")

# %% [markdown] id="about-small-model"
# The pooling is drastic: of 64 x 64 places only 2 x 2 are left. So the dense layer at the end is small. The price is
# that the network forgets nearly everything about *where* something was. For a sign, does that matter?
#
# **Predict, then run.** What are the accuracy and the loss of this network before training?

# %% id="untrained"
answers = sign_model.predict(x_test, verbose=0)  # (400, 6)
true_class = answers[np.arange(len(y_test)), y_test]  # (400,), what it gave to the true class
print(f"accuracy {accuracy(answers, y_test):.1%}, guessing gives {1 / 6:.1%}")
print(f"loss {-np.log(true_class).mean():.2f}, a network that knows nothing has {np.log(6):.2f}")

# %% [markdown] id="predict-training"
# Just as it should be. Now train: 20 epochs, about 20 seconds.
#
# **Predict before you run.** How many epochs does it take until nine of ten answers are right?

# %% id="train-signs"
keras.utils.set_random_seed(1)
sign_model = functional_model((64, 64, 3))
filters_before = sign_model.get_layer("conv1").get_weights()[0]  # (4, 4, 3, 8), for later
labels_train, labels_test = one_hot(y_train, 6), one_hot(y_test, 6)
history = train(sign_model, x_train, labels_train, x_test, labels_test, epochs=20, batch_size=16, learning_rate=0.003)

# %% id="learning-curves"
probabilities = sign_model.predict(x_test, verbose=0)  # (400, 6)
plot_history(history, metrics=["accuracy", "loss"])
plt.show()
print(f"accuracy on {len(x_test)} test pictures: {accuracy(probabilities, y_test):.1%}, guessing gives 16.7%")

# %% [markdown] id="learning-curves-answer"
# 1,310 numbers, and more than nine of ten signs in new places are named right. (With another seed it is between 92% and
# 96%.)
#
# Look at the two curves. On the training pictures the network becomes better and better. On the validation pictures it
# stops becoming better earlier. The gap between them is called **overfitting**: a part of what was learned is true for
# these 1,600 pictures only.

# %% [markdown] id="part-6"
# # 6. Look at the mistakes
#
# Which signs are confused with which? A **confusion matrix** counts it: the true class gives the row, the answer gives
# the column. What is right lies on the diagonal.

# %% id="confusion"
plot_confusion(y_test, probabilities.argmax(axis=1), class_names)
plt.show()

# %% [markdown] id="about-worst-mistakes"
# Most of the confusion is between signs of the *same colour*: stop, give way and the speed limit are red, turn right
# and pedestrian crossing are blue. Keep this in mind.
#
# The most instructive mistakes are those about which the network was sure: a wrong answer with a high probability.
# Sometimes you find a picture with a wrong label in this way. (Not here.)
#
# ### Exercise: the worst mistakes
#
# Among the wrong answers, find those with the highest probability. `np.flatnonzero` gives the places where a condition
# holds. `np.argsort` gives the order of an array, from small to large.


# %% id="worst-mistakes"
def worst_mistakes(probabilities, labels, count):
    """The wrong answers of which the network was most sure.

    Args:
        probabilities: array of floats of shape (m, num_classes), what the network returned.
        labels: array of ints of shape (m,), the true classes.
        count: int, how many mistakes to return at most.

    Returns:
        array of ints of shape (count,), or shorter if there are fewer mistakes: which of the m pictures they are, from
        0 to m - 1. First comes the wrong answer with the highest probability (of the class that was answered).
    """
    ### BEGIN SOLUTION
    answers = probabilities.argmax(axis=1)  # (m,)
    wrong = np.flatnonzero(answers != labels)  # (number of mistakes,)
    sure = probabilities.max(axis=1)[wrong]  # (number of mistakes,)
    return wrong[np.argsort(-sure)][:count]
    ### END SOLUTION


# %% id="check-worst-mistakes"
check(worst_mistakes)

# %% id="worst-mistakes-gallery"
worst = worst_mistakes(probabilities, y_test, 12)
answers = probabilities.argmax(axis=1)
show_images(x_test[worst], labels=y_test[worst], predictions=answers[worst], class_names=class_names, columns=4)
plt.show()
print("how sure it was: ", *(f"{p:.0%}" for p in probabilities[worst].max(axis=1)))

# %% [markdown] id="part-7"
# # 7. Look inside
#
# Between the picture and the answer there are four layers. The output of one of them, for one picture, is a stack of
# small pictures, one for each filter. They are called **feature maps**: bright means "here I found my pattern".
#
# How do you get at them? In the functional style, every layer knows its output: `model.get_layer("conv1").output`. And
# a model is whatever lies between some inputs and some outputs. So make a second model that begins where the first one
# begins (`model.inputs[0]`), and ends earlier. Both use the same layers, with the same weights.
#
# ### Exercise: feature maps
#
# A model wants a batch, and you have one picture. Some layers, such as batch normalisation and dropout, behave
# differently in training. You want what they do for a prediction.


# %% id="feature-maps"
def feature_maps(model, image, layer):
    """What a layer says to one picture.

    Args:
        model: a keras.Model with one input, made in the functional style or with keras.Sequential. Its weights are not
            changed.
        image: array of shape (n_H, n_W, n_C), one picture. Not a batch.
        layer: str, the name of a layer of the model.

    Returns:
        array of the shape of the layer's output, without the batch axis. For a convolution or pooling that is
        (n_H', n_W', n_C').
    """
    ### BEGIN SOLUTION
    part = keras.Model(model.inputs[0], model.get_layer(layer).output)
    maps = part(image[np.newaxis], training=False)  # (1, n_H', n_W', n_C')
    return keras.ops.convert_to_numpy(maps)[0]  # (n_H', n_W', n_C')
    ### END SOLUTION


# %% id="check-feature-maps"
check(feature_maps)


# %% [markdown] id="about-journey"
# ## One sign on its way through the network
#
# Now use your function. The next cell only knows how to draw; you need not read it.


# %% id="draw-journey"
def draw_journey(image, layers, answers):
    """One picture on its way: the picture, {title: feature maps} in rows below each other, {class: probability}."""
    heights = [1.8, *(8 / maps.shape[2] + 0.28 for maps in layers.values())]  # inches
    fig = plt.figure(figsize=(8, sum(heights)), layout="constrained")
    top, *rows = fig.subfigures(len(heights), 1, height_ratios=heights)
    left, right = top.subplots(1, 2, width_ratios=[1, 1.8])
    left.imshow(image, interpolation="antialiased")
    left.set_title(f"one sign: {image.size:,} numbers", fontsize=10)
    left.axis("off")
    right.barh(list(answers), list(answers.values()), color="#0072b2")
    right.set(xlim=(0, 1))
    right.set_title("the answer: 6 probabilities", fontsize=10)
    right.invert_yaxis()
    right.spines[["top", "right"]].set_visible(False)
    for row, (title, maps) in zip(rows, layers.items(), strict=True):
        n_H, n_W, n_C = maps.shape
        row.suptitle(f"{title}: {n_H} x {n_W} x {n_C} = {maps.size:,} numbers", fontsize=10)
        for channel, ax in enumerate(row.subplots(1, n_C)):
            ax.imshow(maps[:, :, channel], cmap="cividis", vmin=0, vmax=np.quantile(maps, 0.995))
            ax.axis("off")
    plt.show()


# %% [markdown] id="predict-journey"
# In the feature maps, dark blue is zero and yellow is large.
#
# **Predict, then run.** From layer to layer the maps have fewer pixels. In which row will you no longer recognise the
# sign? Will each of the eight filters of `conv1` look for something else?

# %% id="journey"
sure = probabilities[np.arange(len(y_test)), y_test]  # (400,), what the true class got
clearest = [np.flatnonzero(y_test == k)[sure[y_test == k].argmax()] for k in range(6)]  # one sign of each class
stop_sign = x_test[clearest[0]]  # (64, 64, 3)
layers = {name: feature_maps(sign_model, stop_sign, name) for name in ("conv1", "pool1", "conv2", "pool2")}
answers = sign_model.predict(stop_sign[None], verbose=0)[0]  # (6,)
draw_journey(stop_sign, layers, dict(zip(class_names, answers, strict=True)))

# %% [markdown] id="journey-answer"
# After the first layer you can still read "STOP". After the first pooling there is only a spot left, and after the
# second one there are 64 numbers in which you see nothing at all. But these 64 numbers are enough for the answer. Some
# filters light up where the sign is, and some stay dark.
#
# ## What do the filters look for?
#
# A filter of the first layer has 4 x 4 pixels and three channels, so you can look at it as a small colour picture:
# gray is zero, and a reddish pixel means "red is welcome here, green and blue are not".
#
# **Predict, then run.** Before training, the numbers were random. Will you see by eye that the filters have learned
# something?

# %% id="filters-before-and-after"
filters_after = sign_model.get_layer("conv1").get_weights()[0]  # (4, 4, 3, 8)
fig, axes = plt.subplots(2, 8, figsize=(8, 2.3), layout="constrained")
for row, title, filters in zip(axes, ("before", "after"), (filters_before, filters_after), strict=True):
    row[0].set_ylabel(title)
    for k, ax in enumerate(row):
        ax.imshow(0.5 + filters[..., k] / (2 * np.abs(filters_after).max()))
        ax.set(xticks=[], yticks=[])
fig.suptitle("the eight filters of conv1, before and after training", fontsize=10)
plt.show()

# %% [markdown] id="predict-grid"
# They have learned. But these are not the edge filters of the first notebook, in black and white: most of them are
# about *colour*. Let six signs pass through them.
#
# **Predict, then run.** Look at the filters "after" once more. Which of them will light up for the stop sign, and which
# for the blue signs?

# %% id="six-signs-eight-filters"
fig, axes = plt.subplots(7, 9, figsize=(8, 6.3), layout="constrained")
axes[0, 0].text(0.5, 0.5, "filter", ha="center", va="center", transform=axes[0, 0].transAxes)
for k in range(8):
    axes[0, k + 1].imshow(0.5 + filters_after[..., k] / (2 * np.abs(filters_after).max()))
maps = np.stack([feature_maps(sign_model, x_test[i], "conv1") for i in clearest])  # (6, 64, 64, 8)
for row, i in enumerate(clearest):
    axes[row + 1, 0].imshow(x_test[i], interpolation="antialiased")
    for k in range(8):
        axes[row + 1, k + 1].imshow(maps[row, :, :, k], cmap="cividis", vmin=0, vmax=np.quantile(maps, 0.995))
for ax in axes.flat:
    ax.axis("off")
plt.show()

# %% [markdown] id="grid-answer"
# Nobody told the network that signs have colours. It found out that this is useful. Some filters answer to red, others
# to blue or to yellow, and some to the border between two colours. A filter that stays dark for every sign is no use
# to anybody. With ReLU this happens: what is always negative always becomes zero, and then it learns no more.
#
# ## Does it see what you see?
#
# Now that you know this, test it. Change the test pictures, without training again: mirror them, turn them upside down,
# take the colours away, or exchange red and blue.
#
# **Predict, then run.** Write down five accuracies. With a mirror, "turn right" becomes "turn left", so a network that
# reads the arrow must fail there. And what will it say to a *blue* stop sign?

# %% id="does-it-see"
changed = {
    "as it is": x_test,
    "mirrored": x_test[:, :, ::-1],
    "upside down": x_test[:, ::-1],
    "gray": x_test.mean(axis=3, keepdims=True).repeat(3, axis=3),
    "red and blue exchanged": x_test[:, :, :, ::-1],
}
print("right answers:")
fig, axes = plt.subplots(2, 5, figsize=(8, 4.2), layout="constrained")
for column, (title, images) in zip(axes.T, changed.items(), strict=True):
    answers = sign_model.predict(images, verbose=0)  # (400, 6)
    of_class = [accuracy(answers[y_test == k], y_test[y_test == k]) for k in range(6)]
    print(f"{title:22s} {accuracy(answers, y_test):5.1%} of all,", end="")
    print(f" {of_class[1]:4.0%} of give way, {of_class[4]:4.0%} of turn right")
    for ax, i in zip(column, (clearest[0], clearest[4]), strict=True):
        ax.imshow(images[i], interpolation="antialiased")
        ax.set_title(f'"{class_names[answers[i].argmax()]}"', fontsize=9)
        ax.axis("off")
    column[0].set_title(f"{title}\n\n{column[0].get_title()}", fontsize=9)
plt.show()

# %% [markdown] id="does-it-see-answer"
# Guessing gives 16.7%. With red and blue exchanged, the network is *far worse than guessing*: to it, a blue stop sign
# is one of the blue signs. In the mirror it is as good as before: it has never read which way an arrow points. Only
# when it stands on its head does one sign disappear, the triangle of "give way". So there are shapes that it knows.
#
# You asked for the names of six signs, and you hoped that it would look at them as you do. But training does not know
# your hopes. It takes *whatever* makes the loss small, and here colours are the easiest way. A network that looks good
# on test pictures may have learned something else than you think. So change the pictures and look.
#
# ## So is it only the colour?
#
# One more test. Shuffle the 4,096 pixels of every picture, with the *same* shuffle for all of them. No number is
# lost, all colours are still there. A dense layer would not even notice: it has a weight for each place, and the places
# only have new names. Then we train the same network from the beginning, for 10 epochs (about 10 seconds).
#
# **Predict before you run.** With neighbours in their places, the accuracy after 10 epochs was about 92%. And now?

# %% id="shuffled-pixels"
order = np.random.default_rng(0).permutation(64 * 64)


def shuffle_pixels(images):
    return images.reshape(-1, 64 * 64, 3)[:, order].reshape(images.shape)


keras.utils.set_random_seed(1)
train_mixed, test_mixed = shuffle_pixels(x_train), shuffle_pixels(x_test)
mixed_model = functional_model((64, 64, 3))
mixed = train(mixed_model, train_mixed, labels_train, test_mixed, labels_test, batch_size=16, learning_rate=0.003)

# %% id="shuffled-pixels-result"
show_images(test_mixed[clearest], labels=[class_names[k] for k in range(6)])
plot_history({"signs": history, "shuffled pixels": mixed}, metrics=["accuracy"])
plt.show()
print(f"validation accuracy after 10 epochs: {history.history['val_accuracy'][9]:.1%} with neighbours in their places")
print(f"                                     {mixed.history['val_accuracy'][9]:.1%} with shuffled pixels")

# %% [markdown] id="shuffled-answer"
# With the colours alone it gets about half of them right. The rest came from what is *beside* what: a convolution
# believes that neighbours belong together. That belief is built in before it sees the first picture. For photographs it
# is true, and so it needs few parameters and few examples. For a table of numbers in any order it would be wrong.

# %% [markdown] id="take-with-you"
# # What to take with you
#
# - A Keras layer is what you wrote by hand in the first notebook, in one line, and faster. The numbers are the same up
#   to `float32`. "same" padding at stride 2 is not the same as $p = 1$.
# - `Sequential` is a list of layers. In the functional style each layer is called on a tensor, and a model is what lies
#   between inputs and outputs.
# - Most parameters are in dense layers. Pooling before them makes a network small: 1,310 parameters name more than nine
#   of ten signs.
# - `compile` says how to learn, `fit` learns. One sigmoid unit goes with binary cross-entropy, a softmax and one-hot
#   labels with categorical cross-entropy. Before training, the loss should be about $\log$ of the number of classes.
# - An accuracy needs a comparison: "always no" was right in 83%.
# - Look at the wrong answers first, and at the feature maps.
# - A network learns what is easiest, not what you mean. Ours knew colours, and never read the arrow.
#
# Next week you meet the networks that made history, and you build each of them from these same layers.
