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
# # Classic networks
#
# Three networks, three dates. Run the next three cells and look at the picture.

# %% id="setup" tags=["setup"]
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from skimage import data

from courselib.datasets import load_digits
from courselib.grading import Check
from courselib.models import count_costs, without_weights
from courselib.visualization import plot_history, show_images

check = Check("classic_networks")
plt.rcParams.update({"figure.dpi": 90})
BLUE, ORANGE = "#0072b2", "#d55e00"  # fit for colour-blind readers
check.progress()


# %% id="draw-volumes"
def draw_volumes(ax, shapes, y=0, channel=0.4, gap=24, labels=True):
    """Draw volumes (n_H, n_W, n_C) as boxes at one scale. Height goes up, width goes back, channels go to the right."""
    x = 0
    for n_H, n_W, n_C in shapes:
        w, d, low, high = channel * n_C, 0.35 * n_W, y - n_H / 2, y + n_H / 2
        faces = {
            "#005b8f": [(x, low), (x + w, low), (x + w, high), (x, high)],  # channels and height
            "#4c9cc8": [(x, high), (x + w, high), (x + w + d, high + d), (x + d, high + d)],  # channels and width
            "#b5d5e8": [(x + w, low), (x + w + d, low + d), (x + w + d, high + d), (x + w, high)],  # width and height
        }
        for color, corners in faces.items():
            ax.add_patch(plt.Polygon(corners, facecolor=color, edgecolor="white", linewidth=0.5))
        if labels:
            ax.text(x + (w + d) / 2, low, f"\n{n_H} x {n_W}\nx {n_C}", ha="center", va="top", fontsize=7.5)
        x += w + d + gap
    ax.autoscale_view()
    ax.set_aspect("equal")
    ax.axis("off")


# %% id="look-first"
lenet_volumes = [(32, 32, 1), (28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16)]
alexnet_volumes = [(227, 227, 3), (55, 55, 96), (27, 27, 256), (13, 13, 384), (13, 13, 256), (6, 6, 256)]
vgg_volumes = [(224, 224, 3), (224, 224, 64), (112, 112, 128), (56, 56, 256), (28, 28, 512), (14, 14, 512), (7, 7, 512)]

fig, ax = plt.subplots(figsize=(8, 6.3), layout="constrained")
draw_volumes(ax, lenet_volumes, y=745, labels=False)
draw_volumes(ax, alexnet_volumes, y=445)
draw_volumes(ax, vgg_volumes, y=0)
ax.text(-20, 800, "1998: LeNet-5, 61,706 parameters")
ax.text(210, 740, "from 32 x 32 x 1 to 5 x 5 x 16", fontsize=7.5)
ax.text(-20, 670, "2012: AlexNet, 62 million parameters")
ax.text(-20, 225, "2014: VGG-16, 138 million parameters")
ax.set_ylim(-190, 830)
plt.show()

# %% [markdown] id="what-you-see"
# Every box is one **volume**: what one layer hands on to the next. Its height and its width are those of the picture.
# Its length from left to right is the number of channels. All boxes have the same scale. The crumbs in the first row
# are the whole of LeNet-5.
#
# Between 1998 and 2014 the networks grew more than two thousand times. But look at the boxes from left to right. All
# three rows tell the same story: **height and width shrink, the channels grow**. The sheet of pixels becomes a rod of
# features. A picture that says *where* becomes a list that says *what*.
#
# In this notebook you build all three. Then you look at what they cost, and find something odd: the part of VGG-16 that
# holds nearly all of its numbers does nearly none of its work. In the last part you build a network that leaves this
# part out, and you will see what that changes.

# %% [markdown] id="what-you-will-write"
# ## What you will write
#
# | part | you write | points |
# | --- | --- | --- |
# | 1. Two prices | `conv_layer_cost`, `dense_layer_cost` | 13 |
# | 2. 1998: LeNet-5 | `lenet5` | 15 |
# | 3. 2012: AlexNet | `alexnet` | 16 |
# | 4. 2014: VGG-16 | `vgg_block`, `vgg16` | 20 |
# | 5. A network in a network | `dense_at_every_position`, `one_by_one`, `mlpconv_block` | 22 |
# | 6. Without dense layers | `global_average_pooling`, `nin` | 14 |
#
# That is 11 short functions and 100 points. Plan about two hours. The computer needs much less: all cells together take
# about **one minute of CPU time**. You need no GPU and no internet.
#
# ## How to work
#
# As before: write your code where it says `raise NotImplementedError()`, then run the check below it. The check looks
# at what your network *computes*, at its shapes and at its number of parameters. How you write it is up to you:
# `keras.Sequential`, the functional API or a class of your own. The activation may stand in a layer or behind it.
#
# Where it says **Predict, then run**, please do it in this order.

# %% [markdown] id="part-1"
# # 1. Two prices
#
# A network has two prices, and they are not the same.
#
# - The **parameters**: how many numbers it must learn. They cost memory, and they need examples.
# - The **multiply-adds**: how often it multiplies two numbers and adds the product to a sum, for one picture. They cost
#   time.
#
# A convolution uses the same few parameters again and again, at every position of its output. So, with $f \times f$
# filters:
#
# $$\text{parameters} = (f \cdot f \cdot n_{C,prev} + 1) \cdot n_C$$
#
# $$\text{multiply-adds} = n_H \cdot n_W \cdot n_C \;\cdot\; f \cdot f \cdot n_{C,prev}$$
#
# Here $n_H \times n_W \times n_C$ is the size of the *output*: each of its numbers is a sum of $f \cdot f \cdot
# n_{C,prev}$ products. Adding the bias is not a multiplication, so it is not counted.
#
# ### Exercise: what a convolution costs


# %% id="conv-layer-cost"
def conv_layer_cost(f, n_C_prev, n_C, n_H, n_W):
    """What a convolution costs.

    Args:
        f: int, the side of the filters.
        n_C_prev: int, the channels of the input.
        n_C: int, how many filters there are.
        n_H: int, the height of the output.
        n_W: int, the width of the output.

    Returns:
        (parameters, multiply_adds): two ints. The parameters are all weights and all biases. The multiply-adds are
        for one picture, without the biases.
    """
    ### BEGIN SOLUTION
    weights = f * f * n_C_prev * n_C
    parameters = weights + n_C
    multiply_adds = weights * n_H * n_W
    return parameters, multiply_adds
    ### END SOLUTION


# %% id="check-conv-layer-cost"
check(conv_layer_cost)

# %% [markdown] id="about-dense-layer-cost"
# ### Exercise: what a dense layer costs
#
# A dense layer uses each of its weights exactly once. And it has one bias for each output.


# %% id="dense-layer-cost"
def dense_layer_cost(n_in, n_out):
    """What a dense layer costs.

    Args:
        n_in: int, how many inputs there are.
        n_out: int, how many outputs there are.

    Returns:
        (parameters, multiply_adds): two ints. The parameters are all weights and all biases. The multiply-adds are
        for one picture, without the biases.
    """
    ### BEGIN SOLUTION
    weights = n_in * n_out
    return weights + n_out, weights
    ### END SOLUTION


# %% id="check-dense-layer-cost"
check(dense_layer_cost)

# %% [markdown] id="predict-lenet-cost"
# ## The bill for LeNet-5, before we build it
#
# LeNet-5 has five layers with weights: two convolutions and three dense layers.
#
# **Predict, then run.** Which of the five has the most parameters? And is it also the one that works most?

# %% id="lenet-bill"
bill = {
    "conv 5 x 5,  32 x 32 x 1 -> 28 x 28 x 6": conv_layer_cost(5, 1, 6, 28, 28),
    "conv 5 x 5,  14 x 14 x 6 -> 10 x 10 x 16": conv_layer_cost(5, 6, 16, 10, 10),
    "dense,       5 * 5 * 16 = 400 -> 120": dense_layer_cost(400, 120),
    "dense,       120 -> 84": dense_layer_cost(120, 84),
    "dense,       84 -> 10": dense_layer_cost(84, 10),
}
total = np.sum(list(bill.values()), axis=0)
print(f"{'':42s} {'parameters':>17s} {'multiply-adds':>17s}")
for name, cost in bill.items():
    print(f"{name:42s} " + " ".join(f"{n:10,d} ({n / all:4.0%})" for n, all in zip(cost, total, strict=True)))
print(f"{'total':42s} {total[0]:10,d} {total[1]:17,d}")

# %% [markdown] id="lenet-bill-answer"
# The first dense layer has 78% of the parameters, but it does only 12% of the work. The two convolutions have 4% of the
# parameters and do 86% of the work. Remember these numbers. It will get much more extreme.

# %% [markdown] id="part-2"
# # 2. 1998: LeNet-5
#
# Yann LeCun and his colleagues built a network that reads handwritten numbers on bank cheques ([LeCun, Bottou, Bengio,
# Haffner, 1998](http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf)). It was no toy: banks used it to read several
# million cheques a day. The plan of this network is the plan of nearly all that came later:
#
# | layer | what it does | output |
# | --- | --- | --- |
# | input | a gray picture | 32 x 32 x 1 |
# | C1 | convolution, 6 filters of 5 x 5, stride 1, no padding, tanh | 28 x 28 x 6 |
# | S2 | average pooling, 2 x 2, stride 2 | 14 x 14 x 6 |
# | C3 | convolution, 16 filters of 5 x 5, stride 1, no padding, tanh | 10 x 10 x 16 |
# | S4 | average pooling, 2 x 2, stride 2 | 5 x 5 x 16 |
# | | flatten | 400 |
# | C5 | dense, 120 units, tanh | 120 |
# | F6 | dense, 84 units, tanh | 84 |
# | output | dense, 10 units, softmax | 10 |
#
# You see its age: **tanh** and **average pooling**. ReLU and max-pooling became usual much later. Two details are as we
# do it today, not as in the paper: every filter of C3 sees all six channels, and the output is a softmax.
#
# ### Exercise: LeNet-5
#
# Write it as in the table. `layers.AveragePooling2D(2)` has stride 2, because the stride is the size of the window
# unless you say otherwise.


# %% id="lenet5"
def lenet5():
    """LeNet-5 for gray pictures of 32 x 32 pixels and ten classes.

    Returns:
        A Keras model from (m, 32, 32, 1) to class probabilities (m, 10), with 61,706 parameters. It is not compiled.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            layers.Conv2D(6, 5, activation="tanh"),  # (m, 28, 28, 6)
            layers.AveragePooling2D(2),  # (m, 14, 14, 6)
            layers.Conv2D(16, 5, activation="tanh"),  # (m, 10, 10, 16)
            layers.AveragePooling2D(2),  # (m, 5, 5, 16)
            layers.Flatten(),  # (m, 400)
            layers.Dense(120, activation="tanh"),
            layers.Dense(84, activation="tanh"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    ### END SOLUTION


# %% id="check-lenet5"
check(lenet5)


# %% [markdown] id="draw-lenet-intro"
# ## Look at what you built
#
# The next cell reads the shapes out of *your* network and draws them. Then it prints the bill once more, this time
# counted by `count_costs` from the layers of your network.


# %% id="volumes-of"
def volumes_of(model):
    """The volumes (n_H, n_W, n_C) that a picture goes through in a model; the same one twice in a row only once."""
    shapes = [model.input_shape, *(layer.output.shape for layer in model.layers)]
    volumes = [shape[1:] for shape in shapes if len(shape) == 4]
    return [volume for i, volume in enumerate(volumes) if i == 0 or volume != volumes[i - 1]]


# %% id="draw-lenet"
fig, ax = plt.subplots(figsize=(8, 2.6), layout="constrained")
draw_volumes(ax, volumes_of(lenet5()), channel=1.5, gap=9)
ax.set_title("your LeNet-5, up to the dense layers", loc="left", fontsize=10)
plt.show()
print(count_costs(lenet5()))

# %% [markdown] id="digits-intro"
# ## Let it read
#
# scikit-learn has 1,797 real handwritten digits. We put each into the middle of a black picture of 32 x 32 pixels, with
# an empty margin around it. LeCun did the same: his digits are at most 20 pixels high, so that no stroke touches the
# border.


# %% id="load-digits"
def in_the_middle(pictures, size=20):
    """Make pictures smaller and put them into the middle of a black picture of 32 x 32 pixels."""
    small = keras.ops.image.resize(pictures, (size, size), antialias=True)  # (m, size, size, 1)
    margin = (32 - size) // 2
    return np.pad(keras.ops.convert_to_numpy(small), ((0, 0), (margin, margin), (margin, margin), (0, 0)))


x_train, y_train, x_test, y_test, class_names = load_digits()
x_train, x_test = in_the_middle(x_train), in_the_middle(x_test)
print(f"training pictures: {x_train.shape}, test pictures: {x_test.shape}, 0 is black, 1 is white")
_ = show_images(x_train[:16], labels=y_train[:16])


# %% [markdown] id="train-lenet-intro"
# One helper for all trainings of this notebook: Adam, with a learning rate that falls to zero along half a cosine wave.
#
# **Predict, then run.** How many of the test digits will a network of 1998 read correctly, after ten rounds (epochs)
# over 1,438 pictures? And how long will it take on your computer? In 1998, with 60,000 pictures, it took two to three
# days.


# %% id="fit-digits"
def fit_digits(model, epochs, learning_rate, verbose=0):
    """Train a model on the digits, and say in one line how it went."""
    start = time.perf_counter()
    steps = epochs * -(-len(x_train) // 32)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    optimizer = keras.optimizers.Adam(schedule)
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    validation = (x_test, y_test)
    history = model.fit(x_train, y_train, 32, epochs, validation_data=validation, verbose=verbose)
    accuracy = history.history["val_accuracy"][-1]
    seconds = time.perf_counter() - start
    print(f"{epochs} epochs in {seconds:.0f} seconds: {accuracy:.1%} of {len(y_test)} test digits are read correctly")
    return history


# %% id="train-lenet"
keras.utils.set_random_seed(1)
lenet = lenet5()
lenet_history = fit_digits(lenet, epochs=10, learning_rate=2e-3)

read = lenet.predict(x_test, verbose=0).argmax(axis=1)
wrong = np.flatnonzero(read != y_test)[:8]
shown = np.concatenate([wrong, np.flatnonzero(read == y_test)[: 16 - len(wrong)]])
_ = show_images(x_test[shown], labels=y_test[shown], predictions=read[shown])

# %% [markdown] id="train-lenet-answer"
# A few seconds, and about 97 of 100 digits. Would you have read the wrong ones correctly?
#
# Keep this network. In part 6 we will be unfair to it.

# %% [markdown] id="part-3"
# # 3. 2012: AlexNet
#
# For many years most of the field went other ways. Computers were slow, and there were no large collections of labelled
# pictures. Then came ImageNet: 1.2 million photographs of 1,000 kinds of things, and every year a competition. In 2012
# a network won it by a wide margin: the right answer was not among its five best guesses in 15.3% of the cases. The
# runner-up needed 26.2% ([Krizhevsky, Sutskever, Hinton,
# 2012](https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks)). After that
# day nearly everybody in the field turned to ConvNets.
#
# It is LeNet's plan, a thousand times larger, with some new ideas: **ReLU** instead of tanh, **max-pooling with
# overlapping windows** (3 x 3, stride 2), **dropout** in the dense layers, changed copies of the training pictures, and
# two graphics cards that computed for five to six days.

# %% [markdown] id="alexnet-table"
# | layer | what it does | output |
# | --- | --- | --- |
# | input | a colour picture | 227 x 227 x 3 |
# | conv 1 | 96 filters of 11 x 11, **stride 4**, no padding, ReLU | 55 x 55 x 96 |
# | pool 1 | max-pooling, 3 x 3, stride 2 | 27 x 27 x 96 |
# | conv 2 | 256 filters of 5 x 5, same padding, ReLU | 27 x 27 x 256 |
# | pool 2 | max-pooling, 3 x 3, stride 2 | 13 x 13 x 256 |
# | conv 3 | 384 filters of 3 x 3, same padding, ReLU | 13 x 13 x 384 |
# | conv 4 | 384 filters of 3 x 3, same padding, ReLU | 13 x 13 x 384 |
# | conv 5 | 256 filters of 3 x 3, same padding, ReLU | 13 x 13 x 256 |
# | pool 5 | max-pooling, 3 x 3, stride 2 | 6 x 6 x 256 |
# | | flatten | 9,216 |
# | dense 6, dense 7 | 4,096 units each, ReLU, then dropout of 0.5 | 4,096 |
# | output | dense, 1,000 units, softmax | 1,000 |
#
# In the paper the channels are split between the two graphics cards, and there is a "local response normalisation".
# Nobody needs either today, and we leave both out.
#
# ## 224 or 227?
#
# The paper says that the pictures have 224 x 224 pixels, and that the first convolution gives 55 x 55.
#
# **Predict, then run.** Does that fit?

# %% id="predict-224"
for n in (224, 227):
    print(f"{n} pixels: ({n} - 11) / 4 + 1 = {(n - 11) / 4 + 1}")

# %% [markdown] id="about-alexnet"
# With 224 pixels it does not come out even, and rounded down it gives 54. With 227 pixels it gives exactly 55. One of
# the most cited papers of the field has a wrong number in it. We take 227.
#
# ### Exercise: AlexNet
#
# Make the size of the pictures and the number of classes arguments, with the values of the paper as defaults. The check
# looks at the full network without reserving memory for its weights. What it computes is checked on a small picture of
# 67 x 67 pixels, so your network must work for other sizes too.
#
# Dropout does nothing when a network predicts, so the check cannot see it. Put it in all the same.


# %% id="alexnet"
def alexnet(input_shape=(227, 227, 3), classes=1000):
    """AlexNet in one group, without local response normalisation.

    Args:
        input_shape: tuple (n_H, n_W, n_C), the shape of one picture.
        classes: int, the number of classes.

    Returns:
        A Keras model from (m, n_H, n_W, n_C) to class probabilities (m, classes). With the defaults it has 62,378,344
        parameters. It is not compiled.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Conv2D(96, 11, strides=4, activation="relu"),  # (m, 55, 55, 96)
            layers.MaxPooling2D(3, strides=2),  # (m, 27, 27, 96)
            layers.Conv2D(256, 5, padding="same", activation="relu"),  # (m, 27, 27, 256)
            layers.MaxPooling2D(3, strides=2),  # (m, 13, 13, 256)
            layers.Conv2D(384, 3, padding="same", activation="relu"),  # (m, 13, 13, 384)
            layers.Conv2D(384, 3, padding="same", activation="relu"),  # (m, 13, 13, 384)
            layers.Conv2D(256, 3, padding="same", activation="relu"),  # (m, 13, 13, 256)
            layers.MaxPooling2D(3, strides=2),  # (m, 6, 6, 256)
            layers.Flatten(),  # (m, 9216)
            layers.Dense(4096, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(4096, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(classes, activation="softmax"),
        ]
    )
    ### END SOLUTION


# %% id="check-alexnet"
check(alexnet)

# %% [markdown] id="alexnet-bill-intro"
# ## A network without weights
#
# `without_weights()` builds a network, but does not fill in its numbers. That takes no memory, and you can still ask it
# for shapes and counts.
#
# **Predict, then run.** Which layer of AlexNet has the most parameters? Which one the most multiply-adds?

# %% id="alexnet-bill"
with without_weights():
    big = alexnet()
cost = count_costs(big)
print(cost)
print(f"\nmemory for the weights: {4 * cost.parameters / 1e6:.0f} MB (4 bytes each)")
print(f"work for one picture:   {cost.multiply_adds / count_costs(lenet5()).multiply_adds:,.0f} times that of LeNet-5")

fig, ax = plt.subplots(figsize=(8, 3.1), layout="constrained")
draw_volumes(ax, volumes_of(big))
ax.set_title("your AlexNet, up to the dense layers", loc="left", fontsize=10)
plt.show()

# %% [markdown] id="pooling-trap"
# ## A shape does not tell everything
#
# AlexNet pools with 3 x 3 windows and stride 2. Many people write 2 x 2 windows instead.
#
# **Predict, then run.** In which layers will the shapes be different?

# %% id="pooling-trap-sizes"
for window in (3, 2):
    sizes = [55]
    while len(sizes) < 4:
        sizes.append((sizes[-1] - window) // 2 + 1)
    print(f"windows of {window} x {window}, stride 2: " + " -> ".join(map(str, sizes)))

# %% [markdown] id="pooling-trap-answer"
# In none! `model.summary()` of both networks is the same to the last digit, number of parameters included. But they
# compute different things. That is why the check compares the *outputs* of your network, and not only its summary.
#
# What do the overlapping windows give? In the paper the top-5 error fell by 0.3 percentage points.

# %% [markdown] id="part-4"
# # 4. 2014: VGG-16
#
# AlexNet has filters of 11 x 11, 5 x 5 and 3 x 3, and strides of 4, 2 and 1. Why these? It is hard to say. Karen
# Simonyan and Andrew Zisserman of the Visual Geometry Group in Oxford asked how far one gets with *one* simple idea
# ([2014](https://arxiv.org/abs/1409.1556)):
#
# - all filters are 3 x 3, with stride 1 and same padding,
# - all pooling is max-pooling, 2 x 2, with stride 2,
# - when pooling halves the height and the width, the next block doubles the channels (until there are 512).
#
# Is 3 x 3 not too short-sighted? No, because you can stack them. A number after two layers of 3 x 3 depends on 5 x 5
# pixels, and after three layers on 7 x 7 pixels.
#
# **Predict, then run.** Three layers of 3 x 3, or one layer of 7 x 7: which has fewer parameters, with 256 channels
# everywhere?

# %% id="three-by-three"
n_C = 256
for depth, f in ((2, 3), (1, 5), (3, 3), (1, 7)):
    parameters = depth * conv_layer_cost(f, n_C, n_C, 56, 56)[0]
    seen = depth * (f - 1) + 1
    print(f"{depth} x ({f} x {f}): sees {seen} x {seen} pixels, {depth} ReLU, {parameters:10,d} parameters")

# %% [markdown] id="about-vgg-block"
# Three layers of 3 x 3 see as much as one of 7 x 7. They need about half of the parameters (27 against 49 for each pair
# of channels), and they have three ReLUs instead of one.
#
# ### Exercise: a block of VGG
#
# `num_convs` convolutions, one after the other, then one pooling.


# %% id="vgg-block"
def vgg_block(x, filters, num_convs):
    """3 x 3 convolutions with same padding and ReLU, then 2 x 2 max-pooling with stride 2.

    Args:
        x: Keras tensor of shape (m, n_H, n_W, n_C_prev).
        filters: int, the number of filters of each convolution.
        num_convs: int, how many convolutions there are.

    Returns:
        Keras tensor of shape (m, n_H // 2, n_W // 2, filters).
    """
    ### BEGIN SOLUTION
    for _ in range(num_convs):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)  # (m, n_H, n_W, filters)
    return layers.MaxPooling2D(2)(x)  # (m, n_H // 2, n_W // 2, filters)
    ### END SOLUTION


# %% id="check-vgg-block"
check(vgg_block)

# %% [markdown] id="about-vgg16"
# ### Exercise: VGG-16
#
# Five blocks, then three dense layers. Count the layers with weights: $2 + 2 + 3 + 3 + 3 + 3 = 16$.
#
# | block | convolutions | filters | output |
# | --- | --- | --- | --- |
# | input | | | 224 x 224 x 3 |
# | 1 | 2 | 64 | 112 x 112 x 64 |
# | 2 | 2 | 128 | 56 x 56 x 128 |
# | 3 | 3 | 256 | 28 x 28 x 256 |
# | 4 | 3 | 512 | 14 x 14 x 512 |
# | 5 | 3 | 512 | 7 x 7 x 512 |
# | | flatten | | 25,088 |
# | dense | | 4,096, ReLU | 4,096 |
# | dense | | 4,096, ReLU | 4,096 |
# | output | | 1,000, softmax | 1,000 |
#
# (In training, the paper has dropout of 0.5 behind the two large dense layers. You may put it in.)


# %% id="vgg16"
def vgg16(input_shape=(224, 224, 3), classes=1000):
    """VGG-16.

    Args:
        input_shape: tuple (n_H, n_W, n_C), the shape of one picture; at least 32 x 32 pixels.
        classes: int, the number of classes.

    Returns:
        A Keras model from (m, n_H, n_W, n_C) to class probabilities (m, classes). With the defaults it has 138,357,544
        parameters. It is not compiled.
    """
    ### BEGIN SOLUTION
    X = inputs = keras.Input(input_shape)
    for filters, num_convs in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]:
        X = vgg_block(X, filters, num_convs)
    X = layers.Flatten()(X)  # (m, 25088)
    X = layers.Dense(4096, activation="relu")(X)
    X = layers.Dense(4096, activation="relu")(X)
    outputs = layers.Dense(classes, activation="softmax")(X)
    return keras.Model(inputs, outputs)
    ### END SOLUTION


# %% id="check-vgg16"
check(vgg16)

# %% [markdown] id="predict-vgg"
# ## Where do 138 million parameters live?
#
# VGG-16 has 13 convolutions and 3 dense layers. Its weights fill 553 MB, so we build it without them.
#
# **Predict, then run.** What share of the parameters is in the 13 convolutions? What share of the work do they do?

# %% id="vgg-bill"
with without_weights():
    big = vgg16()
costs = [layer for layer in count_costs(big).layers if layer.multiply_adds]
names = ["dense " * (len(layer.output_shape) == 1) + " x ".join(map(str, layer.output_shape)) for layer in costs]
parameters = np.array([layer.parameters for layer in costs])
multiply_adds = np.array([layer.multiply_adds for layer in costs])
dense = np.array([len(layer.output_shape) == 1 for layer in costs])
colors = np.where(dense, ORANGE, BLUE)

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 4.6), sharey=True, layout="constrained")
y = np.arange(len(costs))
left.barh(y, parameters / 1e6, color=colors)
right.barh(y, multiply_adds / 1e9, color=colors)
left.set(yticks=y, xlabel="millions of parameters")
right.set(xlabel="billions of multiply-adds")
right.set_yticks(y, names, ha="center")
right.tick_params(axis="y", pad=54)  # in the middle, between the two
left.invert_xaxis()
left.invert_yaxis()
left.set_title(f"memory: {parameters[dense].sum() / parameters.sum():.1%} in the dense layers", color=ORANGE)
right.set_title(f"work: {multiply_adds[~dense].sum() / multiply_adds.sum():.1%} in the convolutions", color=BLUE)
for ax in (left, right):
    ax.tick_params(axis="y", length=0, labelleft=ax is right)
    ax.spines[["top", "left", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="vgg-bill-answer"
# There it is. One layer, the first dense one, holds 103 of the 138 million parameters, and you can hardly see its bar
# on the right. **The memory is in the dense layers, the time is in the convolutions.**
#
# Two questions follow, and they drove the next years. Can we do without the large dense layers? That is the rest of
# this notebook. Can we make the convolutions cheaper? That is the notebook on inception networks.

# %% [markdown] id="part-5"
# # 5. A network in a network
#
# The answer to the first question had been found a year before VGG: *Network in Network*, by Min Lin, Qiang Chen and
# Shuicheng Yan ([2013](https://arxiv.org/abs/1312.4400)). It rests on an idea that sounds useless at first: a
# convolution with filters of **1 x 1**.
#
# On a gray picture it would only multiply the whole picture by a number. But a volume has many channels. A 1 x 1 filter
# looks at *one* position and mixes all of its channels. It sees nothing of the neighbours.
#
# **Predict, then run.** We shuffle all pixels of a photograph, apply a convolution, and then put the pixels back to
# where they were. With which filter does the result look as if nothing had happened: 1 x 1 or 3 x 3?

# %% id="shuffled-pixels"
photo = data.astronaut()[:256:2, 96:352:2] / 255.0  # (128, 128, 3)
order = np.random.default_rng(5).permutation(128 * 128)
shuffled = photo.reshape(-1, 3)[order].reshape(photo.shape)  # (128, 128, 3)

fig, axes = plt.subplots(2, 3, figsize=(8, 5.3), layout="constrained")
for row, f in zip(axes, (1, 3), strict=True):
    keras.utils.set_random_seed(8)
    convolution = layers.Conv2D(1, f, padding="same")
    direct, mixed = (keras.ops.convert_to_numpy(convolution(x[None]))[0, :, :, 0] for x in (photo, shuffled))
    back = np.empty(128 * 128, dtype=mixed.dtype)
    back[order] = mixed.reshape(-1)  # every pixel returns to its place
    back = back.reshape(128, 128)
    first = {"the photograph": photo} if f == 1 else {"its pixels, shuffled": shuffled}
    pictures = first | {f"{f} x {f}": direct, f"shuffled, {f} x {f}, put back": back}
    for ax, (title, picture) in zip(row, pictures.items(), strict=True):
        ax.imshow(picture, cmap="gray")
        ax.set_title(title, fontsize=10)
        ax.axis("off")
    print(f"{f} x {f}: they differ by up to {np.abs(direct - back).max():.2f} (the numbers span {np.ptp(direct):.2f})")
plt.show()

# %% [markdown] id="shuffled-answer"
# With 1 x 1 there is no difference at all. A 1 x 1 convolution does not know where a pixel is, nor who its neighbours
# are. At every position it does the same thing with the channels of that position: it multiplies them with a matrix,
# adds a bias, and applies the ReLU. That is a **dense layer**: a small one, and the same one at every position.
#
# ### Exercise: a dense layer at every position
#
# Write this with NumPy, without any convolution. At every position $(h, w)$ of every picture:
#
# $$a = \max(0,\; x W + b)$$
#
# Here $x$ are the $n_{C,prev}$ channels at this position, and $a$ are the $n_C$ new ones.


# %% id="dense-at-every-position"
def dense_at_every_position(X, W, b):
    """Apply the same dense layer with ReLU to the channels of every position.

    Args:
        X: array of shape (m, n_H, n_W, n_C_prev). Not modified.
        W: array of shape (n_C_prev, n_C), the weights.
        b: array of shape (n_C,), the biases.

    Returns:
        array of floats of shape (m, n_H, n_W, n_C), never negative.
    """
    ### BEGIN SOLUTION
    m, n_H, n_W, _ = X.shape
    A = np.zeros((m, n_H, n_W, W.shape[1]))  # (m, n_H, n_W, n_C)
    for h in range(n_H):
        for w in range(n_W):
            x = X[:, h, w]  # (m, n_C_prev)
            A[:, h, w] = np.maximum(x @ W + b, 0)  # (m, n_C)
    return A
    ### END SOLUTION


# %% id="check-dense-at-every-position"
check(dense_at_every_position)

# %% [markdown] id="about-one-by-one"
# ### Exercise: 1 x 1 convolution
#
# Now the same in one line of Keras, with `filters` filters and ReLU. Its main use is to change the number of channels
# and nothing else: 28 x 28 x 192 becomes 28 x 28 x 32.


# %% id="one-by-one"
def one_by_one(x, filters):
    """A 1 x 1 convolution with ReLU.

    Args:
        x: Keras tensor of shape (m, n_H, n_W, n_C_prev).
        filters: int, the number of filters.

    Returns:
        Keras tensor of shape (m, n_H, n_W, filters).
    """
    ### BEGIN SOLUTION
    return layers.Conv2D(filters, 1, activation="relu")(x)
    ### END SOLUTION


# %% id="check-one-by-one"
check(one_by_one)

# %% [markdown] id="predict-same-numbers"
# ## The same numbers
#
# Now compare the two on a volume of 28 x 28 x 192 numbers, with the same weights.
#
# **Predict, then run.** How large is the largest difference? And how many times more parameters would a dense layer
# need that connects *all* numbers of the volume with all numbers of the output?

# %% id="same-numbers"
keras.utils.set_random_seed(3)
inputs = keras.Input((28, 28, 192))
network = keras.Model(inputs, one_by_one(inputs, 32))
X = np.random.default_rng(3).normal(size=(2, 28, 28, 192)).astype("float32")  # (2, 28, 28, 192)
A = network.predict(X, verbose=0)  # (2, 28, 28, 32)

W, b = network.get_weights()  # (1, 1, 192, 32) and (32,)
by_hand = dense_at_every_position(X, W.reshape(192, 32), b)  # (2, 28, 28, 32)
print(f"{X.shape} -> {A.shape}")
print(f"largest difference: {np.abs(A - by_hand).max():.0e} (the numbers go up to {A.max():.1f})")
everything, _ = dense_layer_cost(28 * 28 * 192, 28 * 28 * 32)
print(f"parameters of the 1 x 1 convolution:             {network.count_params():13,d}")
print(f"of a dense layer that connects all with all:     {everything:13,d}")

# %% [markdown] id="about-mlpconv"
# The numbers are equal, up to rounding. So with 1 x 1 convolutions you can slide a *small network* over a picture where
# an ordinary layer slides one filter. The paper calls this an **mlpconv** layer (mlp: multilayer perceptron, a network
# of dense layers): an ordinary convolution, then two of 1 x 1. Hence the name: a network in the network.
#
# ### Exercise: the mlpconv block
#
# All three have the same number of filters, and each has a ReLU. `strides` and `padding` are for the first one.


# %% id="mlpconv-block"
def mlpconv_block(x, filters, kernel_size, strides, padding):
    """A convolution and two 1 x 1 convolutions, each with ReLU.

    Args:
        x: Keras tensor of shape (m, n_H_prev, n_W_prev, n_C_prev).
        filters: int, the number of filters of each of the three convolutions.
        kernel_size: int, the side of the filters of the first convolution.
        strides: int, the stride of the first convolution.
        padding: "same" or "valid", the padding of the first convolution.

    Returns:
        Keras tensor of shape (m, n_H, n_W, filters).
    """
    ### BEGIN SOLUTION
    x = layers.Conv2D(filters, kernel_size, strides=strides, padding=padding, activation="relu")(x)
    x = one_by_one(x, filters)
    x = one_by_one(x, filters)
    return x  # (m, n_H, n_W, filters)
    ### END SOLUTION


# %% id="check-mlpconv-block"
check(mlpconv_block)

# %% [markdown] id="part-6"
# # 6. Without dense layers
#
# The second idea of the paper removes the large dense layers. The last convolution gets exactly one channel for each
# class: ten classes, ten maps. The score of a class is simply the **mean of its map**:
#
# $$\text{score}_c = \frac{1}{n_H n_W} \sum_{h, w} A[h, w, c]$$
#
# This is **global average pooling**. It has no parameters at all.
#
# ### Exercise: global average pooling, by hand


# %% id="global-average-pooling"
def global_average_pooling(X):
    """The mean of every channel of every picture.

    Args:
        X: array of shape (m, n_H, n_W, n_C). Not modified.

    Returns:
        array of floats of shape (m, n_C).
    """
    ### BEGIN SOLUTION
    return X.mean(axis=(1, 2))  # (m, n_C)
    ### END SOLUTION


# %% id="check-global-average-pooling"
check(global_average_pooling)

# %% [markdown] id="vgg-slim-intro"
# **Predict, then run.** Take VGG-16, and put global average pooling and one dense layer of 1,000 units in the place of
# its three dense layers. How many of the 138 million parameters remain?

# %% id="vgg-slim"
convolutions = parameters[~dense].sum()
slim = convolutions + dense_layer_cost(512, 1000)[0]
print(f"VGG-16:                            {parameters.sum():13,.0f} parameters")
print(f"with global average pooling:       {slim:13,.0f} parameters, {slim / parameters.sum():.0%} of it")

# %% [markdown] id="about-nin"
# ### Exercise: a small Network in Network
#
# | layer | what it does | output |
# | --- | --- | --- |
# | input | a gray picture | 32 x 32 x 1 |
# | mlpconv 1 | 24 filters of 5 x 5, stride 1, same padding | 32 x 32 x 24 |
# | pool 1 | max-pooling, 3 x 3, stride 2, same padding | 16 x 16 x 24 |
# | mlpconv 2 | 32 filters of 3 x 3, stride 1, same padding | 16 x 16 x 32 |
# | pool 2 | max-pooling, 3 x 3, stride 2, same padding | 8 x 8 x 32 |
# | mlpconv 3 | 48 filters of 3 x 3, stride 1, same padding | 8 x 8 x 48 |
# | class maps | convolution, `num_classes` filters of 1 x 1, **no ReLU** | 8 x 8 x `num_classes` |
# | scores | global average pooling | `num_classes` |
# | output | softmax | `num_classes` |
#
# Why no ReLU on the class maps? A map must be able to say "no" as well as "yes". And a map that a ReLU has set to zero
# everywhere gets no gradient any more: its class is dead. Keras has `layers.GlobalAveragePooling2D()` and
# `layers.Softmax()`.


# %% id="nin"
def nin(num_classes):
    """A small Network in Network for gray pictures of 32 x 32 pixels.

    Args:
        num_classes: int, the number of classes.

    Returns:
        A Keras model from (m, 32, 32, 1) to class probabilities (m, num_classes). For ten classes it has 29,946
        parameters. It is not compiled.
    """
    ### BEGIN SOLUTION
    X = inputs = keras.Input((32, 32, 1))
    X = mlpconv_block(X, 24, 5, 1, "same")  # (m, 32, 32, 24)
    X = layers.MaxPooling2D(3, strides=2, padding="same")(X)  # (m, 16, 16, 24)
    X = mlpconv_block(X, 32, 3, 1, "same")  # (m, 16, 16, 32)
    X = layers.MaxPooling2D(3, strides=2, padding="same")(X)  # (m, 8, 8, 32)
    X = mlpconv_block(X, 48, 3, 1, "same")  # (m, 8, 8, 48)
    X = layers.Conv2D(num_classes, 1)(X)  # (m, 8, 8, num_classes)
    X = layers.GlobalAveragePooling2D()(X)  # (m, num_classes)
    return keras.Model(inputs, layers.Softmax()(X))
    ### END SOLUTION


# %% id="check-nin"
check(nin)

# %% [markdown] id="start-intro"
# ## Ten layers, and two ways to start
#
# Your network has ten convolutions in a row. In 1998 hardly anybody could train that many. One of the reasons is
# simple: the numbers that training starts from. If the weights are a little too small, the signal gets weaker with each
# layer. After ten layers nothing of the picture is left.
#
# Keras starts with weights of variance $2 / (n_{in} + n_{out})$ unless you say otherwise ([Glorot and Bengio,
# 2010](https://proceedings.mlr.press/v9/glorot10a.html)). It suits tanh. A ReLU throws half of the signal away, so
# Kaiming He and colleagues proposed $2 / n_{in}$ ([2015](https://arxiv.org/abs/1502.01852)). For a 1 x 1 convolution
# with as many inputs as outputs that is twice as much.
#
# **Predict, then run.** Same network, same pictures, same training. Only the first numbers are different. Does it
# matter? (This takes about half a minute on two cores.)


# %% id="two-starts"
def start_with(model, initializer):
    """Fill the weights of a model anew, and leave the biases at zero."""
    for weight in model.trainable_weights:
        if len(weight.shape) > 1:
            weight.assign(initializer()(weight.shape))  # a new one for each weight, so that no two are equal


histories, networks = {}, {}
for name, initializer in {
    "Glorot's start": keras.initializers.GlorotUniform,
    "He's start": keras.initializers.HeNormal,
}.items():
    keras.utils.set_random_seed(2)
    networks[name] = nin(10)
    start_with(networks[name], initializer)
    print(f"{name:15s} ", end="")
    histories[name] = fit_digits(networks[name], epochs=16, learning_rate=3e-3)
_ = plot_history(histories)

# %% [markdown] id="start-answer"
# The first numbers decide how a network learns, and whether it learns at all. With Glorot's start this one wakes up
# late and falls behind. With other random numbers it may not wake up at all. And nothing in the code looks wrong! If
# one of your networks stays at 10% for ten classes, look there first.
#
# A good start carries a network over ten layers, perhaps twenty. How do you train fifty? That is the next notebook, on
# residual networks.

# %% [markdown] id="shift-intro"
# ## Move the digit
#
# Both networks, LeNet-5 and your NiN, read 97 or 98 of 100 test digits. All digits, in training and in the test, stand
# in the middle. Now we move the test digits to the right, a few pixels, and train nothing anew. For you nothing
# changes: a 7 is a 7.
#
# **Predict, then run.** How many digits will LeNet-5 still read when they are moved by 4 pixels? And NiN?

# %% id="move-the-digit"
shifts = range(8)
readers = {"LeNet-5": lenet, "NiN": networks["He's start"]}
accuracies = {}
for name, network in readers.items():
    moved = [network.predict(np.roll(x_test, shift, axis=2), verbose=0).argmax(axis=1) for shift in shifts]
    accuracies[name] = [np.mean(read == y_test) for read in moved]

fig, (top, ax) = plt.subplots(2, 1, figsize=(8, 4.4), sharex=True, height_ratios=[1, 3.4], layout="constrained")
strip = np.hstack([np.roll(x_test[1], shift, axis=1)[:, :, 0] for shift in shifts])  # (32, 8 * 32)
top.imshow(strip, cmap="gray", extent=(-0.5, 7.5, 0, 1), aspect="auto")
top.axis("off")
for (name, values), color, at in zip(accuracies.items(), (ORANGE, BLUE), (2, 7), strict=True):
    ax.plot(shifts, np.multiply(values, 100), "o-", color=color)
    ax.text(at + 0.15, 100 * values[at], name, color=color, va="center")
ax.axhline(10, color="0.5", linestyle=":")
ax.text(0, 11, "guessing", color="0.4", va="bottom")
ax.set(xlabel="moved to the right (pixels)", ylabel="read correctly (%)", ylim=(0, 103), xlim=(-0.5, 7.6))
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="shift-answer"
# Four pixels, and LeNet-5 can hardly read any more. A little further, and it could as well guess. NiN does not even
# notice.
#
# Think about why. The convolutions of LeNet-5 find the strokes wherever they are. But then comes the dense layer, and
# it has *its own weights for every position*. It has learned what strokes mean in the middle, and it has never seen any
# at the right. The mean of a map does not know where in the map its numbers were. NiN has no weight that depends on a
# position.
#
# (LeNet-5 can learn it, if you show it moved digits. That is the notebook on augmentation. But NiN need not learn it.)

# %% [markdown] id="table-intro"
# # What did we get for what?
#
# The last cell puts all four networks side by side: both prices, and how well they read. The accuracies of LeNet-5 and
# NiN are those of your own networks. Those of AlexNet and VGG-16 are from their papers, for ImageNet: how often the
# right one of 1,000 classes is among the five best guesses of one network. You cannot compare the two tasks with each
# other.

# %% id="final-table"
with without_weights():
    built = {"LeNet-5, 1998": lenet5(), "AlexNet, 2012": alexnet(), "small NiN, 2013": nin(10), "VGG-16, 2014": vgg16()}
reached = {
    "LeNet-5, 1998": f"digits {accuracies['LeNet-5'][0]:.1%}, moved by 4 pixels {accuracies['LeNet-5'][4]:.1%}",
    "small NiN, 2013": f"digits {accuracies['NiN'][0]:.1%}, moved by 4 pixels {accuracies['NiN'][4]:.1%}",
    "AlexNet, 2012": "ImageNet 81.8% (top 5)",
    "VGG-16, 2014": "ImageNet 92.5% (top 5)",
}
print(f"{'network':18s} {'parameters':>12s} {'multiply-adds':>15s} {'uses of each':>14s}   accuracy")
for name, network in built.items():
    cost = count_costs(network)
    ratio = cost.multiply_adds / cost.parameters
    print(f"{name:18s} {cost.parameters:12,d} {cost.multiply_adds:15,d} {ratio:14.0f}   {reached[name]}")

# %% [markdown] id="table-answer"
# Look at the column "uses of each": how often each parameter is used for one picture, on average. LeNet-5 and AlexNet
# use each of their numbers a few times only. NiN has half the parameters of LeNet-5, and uses each of them about 180
# times. It pays with time for what it saves in memory, and it gets the indifference to position for free.
#
# # What to take with you
#
# - The classic plan: height and width shrink, channels grow. 32 x 32 x 1 becomes 5 x 5 x 16, and 224 x 224 x 3 becomes
#   7 x 7 x 512.
# - 1998, LeNet-5: tanh, average pooling, 61,706 parameters. 2012, AlexNet: ReLU, overlapping max-pooling, dropout, 62
#   million. 2014, VGG-16: only 3 x 3 and 2 x 2, 138 million.
# - Two prices. In these networks the dense layers hold the parameters, and the convolutions do the work.
# - Small filters in a stack see as far as a large one, with fewer parameters and more ReLUs.
# - Two networks with the same summary can compute different things. Compare outputs.
# - A 1 x 1 convolution is a dense layer at every position. It mixes channels and changes their number.
# - Global average pooling replaces the dense layers: no parameters, and it does not matter where in the picture
#   something is.
# - With ReLU and many layers, start with He's weights.
