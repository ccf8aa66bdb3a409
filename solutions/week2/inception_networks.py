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
# # Inception networks
#
# How large should a filter be? Run the next two cells and look at the picture.

# %% id="setup" tags=["setup"]
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from courselib.datasets import load_signs
from courselib.grading import Check
from courselib.visualization import plot_history, show_images


def conv_relu(x, filters, f):
    """A convolution with f x f filters that keeps the height and the width, and a ReLU."""
    return layers.Conv2D(filters, f, padding="same", activation="relu")(x)


COLORS = ["#0072b2", "#e69f00", "#d55e00", "#009e73"]  # for colour-blind eyes too
plt.rcParams.update({"figure.dpi": 90})
keras.utils.set_random_seed(0)
check = Check("inception_networks")
check.progress()

# %% id="look-first"
x_train, y_train, x_test, y_test, class_names = load_signs()  # the first time this takes about ten seconds

fig, axes = plt.subplots(1, 3, figsize=(8, 2.9), layout="constrained")
places = ((404, "far", 2, 5), (478, "nearer", 3, 5), (320, "near", 4, 3))
for ax, (i, title, column, row) in zip(axes, places, strict=True):
    ax.imshow(x_train[i], extent=(0, 8, 8, 0))  # (64, 64, 3), under a grid of 8 x 8 squares
    for f in (1, 3, 5):
        left, top = column - f // 2, row - f // 2
        for color, linewidth in (("black", 4), ("white", 2)):
            ax.add_patch(plt.Rectangle((left, top), f, f, fill=False, edgecolor=color, linewidth=linewidth))
        if f > 1:
            ax.text(left + 0.1, top - 0.1, f"{f} x {f}", color="white", backgroundcolor="black", fontsize=7)
    ax.set(xticks=range(9), yticks=range(9), xticklabels=[], yticklabels=[], xlim=(0, 8), ylim=(8, 0))
    ax.tick_params(length=0)
    ax.grid(color="white", alpha=0.3, linewidth=0.5)
    ax.set_title(title, fontsize=10)
plt.show()

# %% [markdown] id="what-you-see"
# Three traffic signs, all of them "speed limit 30". The thin grid shows the places of a feature map of 8 x 8 numbers,
# as you find it deep in a network. The boxes are what a filter of 1 x 1, 3 x 3 and 5 x 5 looks at, at one place of
# this map.
#
# - Far away, the box of 5 x 5 holds the whole sign.
# - Near, the same box holds only the number. The red ring is outside.
#
# So which filter is right? It depends on the distance, and nobody knows the distance before. AlexNet chose 11 x 11, 5
# x 5 and 3 x 3. VGG chose 3 x 3 for everything. Both are decisions of a person.
#
# In 2014, Christian Szegedy and his colleagues did not decide. They put *all* sizes side by side and let the training
# find out which of them are useful. This is an **inception module**. Their network GoogLeNet won the ImageNet
# competition of that year, with twelve times fewer parameters than AlexNet ([Szegedy et al.,
# 2014](https://arxiv.org/abs/1409.4842)). The name comes from a film, where somebody says that they must go deeper.
#
# "Take everything" sounds expensive. It is, and the best idea of this notebook is how to make it cheap.

# %% [markdown] id="what-you-will-write"
# ## What you will write
#
# | part | you write | points |
# | --- | --- | --- |
# | 1. All sizes at once | `naive_inception` | 15 |
# | 2. What it costs | `conv_cost` | 20 |
# | 3. Squeeze first | `inception_module` | 20 |
# | 4. A side exit | `auxiliary_head`, `compile_with_heads` | 22 |
# | 5. A small GoogLeNet | `small_googlenet` | 15 |
# | 6. Take the scaffold away | `inference_model` | 8 |
#
# That is 7 short functions and 100 points. Plan about two hours. The computer needs about **four minutes** in total
# on two cores, most of them in parts 4 and 5, where networks train. You need no GPU and no internet.
#
# Each exercise is one cell. Delete the line `raise NotImplementedError()`, write your code there, and run the check
# below it. You may run it as often as you like. The bar under the setup cell shows how far you are.
#
# **Predict, then run** means: say your answer aloud before you run the cell. You learn most from the predictions that
# turn out wrong.

# %% [markdown] id="notation"
# ## Notation
#
# | symbol | meaning |
# | --- | --- |
# | $m$ | number of images in a batch |
# | $n_H, n_W$ | height and width |
# | $n_C$ | number of channels; $n_{C,prev}$ before a layer |
# | $f$ | side of a filter: $f \times f$ |
#
# As in the paper, every convolution here has stride 1, same padding and a ReLU, if nothing else is said. The setup
# cell has a function for that. You may use it everywhere:
#
# `conv_relu(x, filters, f)`: $(m, n_H, n_W, n_{C,prev}) \rightarrow (m, n_H, n_W, \text{filters})$

# %% [markdown] id="part-1"
# # 1. All sizes at once
#
# A module has four **branches**. All of them look at the same input:
#
# | branch | what it does | channels |
# | --- | --- | --- |
# | 1 | 1 x 1 convolution | 64 |
# | 2 | 3 x 3 convolution | 128 |
# | 3 | 5 x 5 convolution | 32 |
# | 4 | 3 x 3 max-pooling, then a 1 x 1 convolution | 32 |
#
# All four keep the height and the width. So their results fit behind one another, and we stack them along the
# channels, in this order: $64 + 128 + 32 + 32 = 256$.
#
# The next picture shows it for an input of 192 channels. Read it from left to right. The height of a bar is the
# number of channels.


# %% id="draw-module"
def draw_module(n_C_prev, branches, title):
    """Draw a module. Heights are numbers of channels. A branch is a list of one or two pairs (layer, channels)."""
    n_C = sum(branch[-1][1] for branch in branches)
    _, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
    ax.bar(0, n_C_prev, 0.1, bottom=-n_C_prev / 2, color="0.35", zorder=2)
    ax.text(0, n_C_prev / 2 + 10, f"input: {n_C_prev}", ha="center", fontsize=9)
    end = n_C / 2  # the output is stacked from above
    for color, row, branch in zip(COLORS, (330, 110, -110, -330), branches, strict=True):
        x, y, height = 0, 0, n_C_prev
        for x_next, (layer, channels) in zip((1, 2)[-len(branch) :], branch, strict=True):
            lower, upper = [y - height / 2, row - channels / 2], [y + height / 2, row + channels / 2]
            ax.fill_between([x, x_next], lower, upper, color=color, alpha=0.2, linewidth=0)
            ax.bar(x_next, channels, 0.1, bottom=row - channels / 2, color=color, zorder=2)
            ax.text(x_next, row + channels / 2 + 10, f"{layer}: {channels}", ha="center", fontsize=9)
            x, y, height = x_next, row, channels
        lower, upper = [y - height / 2, end - height], [y + height / 2, end]
        ax.fill_between([x, 3], lower, upper, color=color, alpha=0.2, linewidth=0)
        ax.bar(3, height, 0.1, bottom=end - height, color=color, zorder=2)
        end -= height
    ax.text(3, n_C / 2 + 10, f"output: {n_C}", ha="center", fontsize=9)
    ax.set_title(title, fontsize=10)
    ax.axis("off")
    plt.show()


# %% id="naive-picture"
pooling = [("3 x 3 max-pool", 192), ("1 x 1", 32)]
naive_branches = [[("1 x 1", 64)], [("3 x 3", 128)], [("5 x 5", 32)], pooling]
draw_module(192, naive_branches, "the naive module: heights are channels")

# %% [markdown] id="pooling-that-keeps-size"
# ## Pooling that keeps the size
#
# So far, pooling made pictures smaller. In a module it must not. So it moves by one pixel only: stride 1, with same
# padding.
#
# **Predict, then run.** What does such a max-pooling do to a picture of a sign, if we repeat it five times?

# %% id="pool-at-stride-1"
picture = x_train[320][None]  # (1, 64, 64, 3)
stages = [picture[0]]
for step in range(1, 6):
    picture = keras.ops.max_pool(picture, 3, strides=1, padding="same")  # (1, 64, 64, 3)
    if step in (1, 2, 5):
        stages.append(keras.ops.convert_to_numpy(picture)[0])
_ = show_images(stages, labels=["the sign", "pooled once", "pooled twice", "five times"], columns=4)

# %% [markdown] id="pool-answer"
# The size stays. What is bright grows by one pixel on each side, every time. A map after this pooling says: *my
# pattern is here, or right beside*. This is information that no convolution gives, so it is a branch of its own.
#
# Pooling works on each channel alone. 192 channels come in, 192 come out, and that would be three quarters of the
# whole output. So a 1 x 1 convolution follows. At each place it mixes the 192 numbers into 32 new ones. You know it
# from the notebook about classic networks.

# %% [markdown] id="about-naive-inception"
# ### Exercise: the naive module
#
# The word "naive" is from the paper. You will soon see why.


# %% id="naive-inception"
def naive_inception(x):
    """Filters of 1 x 1, 3 x 3 and 5 x 5 and pooling, side by side.

    Args:
        x: tensor of shape (m, n_H, n_W, n_C_prev).

    Returns:
        tensor of shape (m, n_H, n_W, 256). Its channels, in this order: 64 of a 1 x 1 convolution, 128 of a 3 x 3
        convolution, 32 of a 5 x 5 convolution, and 32 of a 1 x 1 convolution after a 3 x 3 max-pooling. All strides
        are 1, all padding is "same", and each convolution has a ReLU.
    """
    ### BEGIN SOLUTION
    branch_1 = conv_relu(x, 64, 1)  # (m, n_H, n_W, 64)
    branch_3 = conv_relu(x, 128, 3)  # (m, n_H, n_W, 128)
    branch_5 = conv_relu(x, 32, 5)  # (m, n_H, n_W, 32)
    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)  # (m, n_H, n_W, n_C_prev)
    branch_pool = conv_relu(pooled, 32, 1)  # (m, n_H, n_W, 32)
    return layers.Concatenate()([branch_1, branch_3, branch_5, branch_pool])  # (m, n_H, n_W, 256)
    ### END SOLUTION


# %% id="check-naive-inception"
check(naive_inception)

# %% [markdown] id="predict-naive"
# ## How many parameters?
#
# An input of 28 x 28 x 192 goes through your module.
#
# **Predict, then run.** The branch with 5 x 5 filters gives only 32 of the 256 channels, an eighth. Which share of
# all parameters does it have?

# %% id="naive-count"
inputs = keras.Input((28, 28, 192))
naive = keras.Model(inputs, naive_inception(inputs))
total, five = naive.count_params(), (5 * 5 * 192 + 1) * 32
print("input", naive.input_shape[1:], "-> output", naive.output_shape[1:])
print(f"parameters of the module:     {total:,}")
print(f"parameters of the 5 x 5 part: {five:,}, which is {five / total:.0%}")

# %% [markdown] id="part-2"
# # 2. What it costs
#
# An eighth of the channels needs 39% of the parameters. Each 5 x 5 filter looks at 25 places, and at each of them at
# *all* 192 channels. Let us count exactly, for one convolution with same padding.
#
# **Parameters.** There are $n_C$ filters with $f \cdot f \cdot n_{C,prev}$ weights each:
#
# $$\text{parameters} = f \cdot f \cdot n_{C,prev} \cdot n_C$$
#
# Here we count the weights only, as papers often do. There is also one bias for each filter, but these are few.
#
# **Connections.** Each number of the output is connected with the inputs under its filter, and with its bias. There
# are $n_H \cdot n_W \cdot n_C$ numbers in the output:
#
# $$\text{connections} = n_H \cdot n_W \cdot (f \cdot f \cdot n_{C,prev} + 1) \cdot n_C$$
#
# Each connection is one multiplication or one addition of a bias. So the parameters tell the memory, and the
# connections tell the time.

# %% [markdown] id="bottleneck"
# ## The trick
#
# Before the expensive convolution, make the volume *thin*: a 1 x 1 convolution from $n_{C,prev}$ channels down to a
# few. The expensive filters then see only these few. The thin layer in the middle is called a **bottleneck**.
#
# $$n_{C,prev} \;\xrightarrow{\;1 \times 1\;}\; \text{bottleneck} \;\xrightarrow{\;f \times f\;}\; n_C$$
#
# Now there are two convolutions to pay for, one after the other. Can two layers be cheaper than one of them?
#
# ### Exercise: the cost of a convolution, with and without a bottleneck
#
# Without a bottleneck, use the two formulas. With it, compute both convolutions and add. Mind what is "prev" for each
# of the two.


# %% id="conv-cost"
def conv_cost(n_H, n_W, f, n_C_prev, n_C, bottleneck=None):
    """What a convolution with stride 1 and same padding costs.

    Args:
        n_H, n_W: ints, height and width of the input, and of the output too.
        f: int, the side of the filters.
        n_C_prev: int, the channels of the input.
        n_C: int, the channels of the output.
        bottleneck: None, or an int: first a 1 x 1 convolution reduces the input to so many channels. Then both
            convolutions count.

    Returns:
        (parameters, connections), two ints: the weights without the biases, and the connections with the biases.
    """
    ### BEGIN SOLUTION
    if bottleneck is not None:
        parameters_1, connections_1 = conv_cost(n_H, n_W, 1, n_C_prev, bottleneck)
        parameters_f, connections_f = conv_cost(n_H, n_W, f, bottleneck, n_C)
        return parameters_1 + parameters_f, connections_1 + connections_f
    parameters = f * f * n_C_prev * n_C
    connections = n_H * n_W * (f * f * n_C_prev + 1) * n_C
    return parameters, connections
    ### END SOLUTION


# %% id="check-conv-cost"
check(conv_cost)

# %% [markdown] id="predict-bars"
# ## Seven times cheaper
#
# A 5 x 5 convolution from 256 to 64 channels. Once directly, and once through a bottleneck of 32 channels. Input and
# output have the same shape in both cases.
#
# **Predict, then run.** How much does the detour save? And where do most of the remaining parameters sit, in the 1 x
# 1 or in the 5 x 5 filters?

# %% id="bars"
direct, detour = conv_cost(1, 1, 5, 256, 64), conv_cost(1, 1, 5, 256, 64, bottleneck=32)
squeeze = conv_cost(1, 1, 1, 256, 32)[0]
fig, ax = plt.subplots(figsize=(8, 1.9), layout="constrained")
ax.barh(1, direct[0], color=COLORS[2])
ax.barh(0, squeeze, color=COLORS[0])
ax.barh(0, detour[0] - squeeze, left=squeeze, color=COLORS[2])
ax.text(direct[0], 1, f"{direct[0]:,} ", ha="right", va="center", color="white", fontsize=12)
ax.text(detour[0], 0, f"  {squeeze:,} (1 x 1) + {detour[0] - squeeze:,} (5 x 5) = {detour[0]:,}", va="center")
ax.set_yticks([1, 0], ["5 x 5\n256 → 64", "1 x 1, then 5 x 5\n256 → 32 → 64"])
ax.set(xticks=[], xlim=(0, direct[0]))
ax.set_title("parameters: the same input, the same output", fontsize=10)
ax.spines[:].set_visible(False)
plt.show()
print(f"parameters: {direct[0]:,} against {detour[0]:,}, {direct[0] / detour[0]:.1f} times fewer")
print(f"connections at each place of the map: {direct[1]:,} against {detour[1]:,}")
print(
    f"their difference: {direct[1] - direct[0]} against {detour[1] - detour[0]}, the biases of 64 and 32 + 64 filters"
)

# %% [markdown] id="bars-answer"
# Two layers are seven times cheaper than one. On a map of $n \times n$ places it is $409{,}664\,n^2$ against
# $59{,}488\,n^2$ connections, so the time goes down as well.
#
# ## How thin must it be?
#
# **Predict, then run.** 256 channels come in. If the bottleneck is a little thinner, say 240 channels, is the detour
# already cheaper than the direct way?

# %% id="break-even"
widths = np.arange(1, 257)
costs = np.array([conv_cost(1, 1, 5, 256, 64, bottleneck=int(width))[0] for width in widths])
last = widths[costs < direct[0]].max()
fig, ax = plt.subplots(figsize=(8, 2.7), layout="constrained")
ax.plot(widths, costs / 1000, color=COLORS[0], label="through a bottleneck")
ax.axhline(direct[0] / 1000, color=COLORS[2], linestyle="--", label="directly")
ax.plot(32, detour[0] / 1000, "o", color=COLORS[0])
ax.annotate("32: one seventh", (32, detour[0] / 1000), (42, 25), fontsize=9)
ax.set(xlabel="channels of the bottleneck", ylabel="parameters (thousands)", ylim=(0, None), xlim=(0, 256))
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, fontsize=9)
plt.show()
print(f"The detour is cheaper up to {last} channels.")

# %% [markdown] id="break-even-answer"
# No. With 240 channels the detour costs more, because the 1 x 1 convolution is not free. A bottleneck pays when it is
# really thin. GoogLeNet's are: its first module squeezes 192 channels to 16 before the 5 x 5 filters.

# %% [markdown] id="part-3"
# # 3. Squeeze first
#
# Now put a bottleneck before the 3 x 3 and before the 5 x 5 convolution. The 1 x 1 branch needs none, and the pooling
# branch has its 1 x 1 convolution already. In the picture you see why it is called a bottleneck. Compare the red and
# the yellow branch with the first picture.

# %% id="module-picture"
branches = [[("1 x 1", 64)], [("1 x 1", 96), ("3 x 3", 128)], [("1 x 1", 16), ("5 x 5", 32)], pooling]
draw_module(192, branches, "the inception module: heights are channels")

# %% [markdown] id="about-inception-module"
# ### Exercise: the inception module
#
# Six numbers describe a module: how many filters each of its six convolutions has. The two with `_in` are the
# bottlenecks. They have a ReLU too. So a bottleneck is not only cheap: it is one more layer that can learn something.


# %% id="inception-module"
def inception_module(x, f1, f3_in, f3, f5_in, f5, pool):
    """An inception module with 1 x 1 reductions.

    Args:
        x: tensor of shape (m, n_H, n_W, n_C_prev).
        f1: int, filters of the 1 x 1 branch.
        f3_in, f3: ints, filters of the 1 x 1 reduction, and of the 3 x 3 convolution after it.
        f5_in, f5: ints, filters of the 1 x 1 reduction, and of the 5 x 5 convolution after it.
        pool: int, filters of the 1 x 1 convolution after the 3 x 3 max-pooling.

    Returns:
        tensor of shape (m, n_H, n_W, f1 + f3 + f5 + pool), the branches in this order. All strides are 1, all padding
        is "same", and each of the six convolutions has a ReLU.
    """
    ### BEGIN SOLUTION
    branch_1 = conv_relu(x, f1, 1)  # (m, n_H, n_W, f1)
    thin_3 = conv_relu(x, f3_in, 1)  # (m, n_H, n_W, f3_in)
    branch_3 = conv_relu(thin_3, f3, 3)  # (m, n_H, n_W, f3)
    thin_5 = conv_relu(x, f5_in, 1)  # (m, n_H, n_W, f5_in)
    branch_5 = conv_relu(thin_5, f5, 5)  # (m, n_H, n_W, f5)
    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)  # (m, n_H, n_W, n_C_prev)
    branch_pool = conv_relu(pooled, pool, 1)  # (m, n_H, n_W, pool)
    return layers.Concatenate()([branch_1, branch_3, branch_5, branch_pool])
    ### END SOLUTION


# %% id="check-inception-module"
check(inception_module)

# %% [markdown] id="predict-module-costs"
# ## The bill for both modules
#
# The first module of GoogLeNet has an input of 28 x 28 x 192 and the numbers of the picture above. Your `conv_cost`
# computes the bill, branch by branch.
#
# **Predict, then run.** Which branch of the naive module is the most expensive one? And of the module with
# reductions?

# %% id="module-costs"
names = ["1 x 1", "3 x 3", "5 x 5", "pooling, 1 x 1"]
naive_costs = [conv_cost(28, 28, f, 192, n_C)[1] for f, n_C in ((1, 64), (3, 128), (5, 32), (1, 32))]
reduced = ((1, 64, None), (3, 128, 96), (5, 32, 16), (1, 32, None))
module_costs = [conv_cost(28, 28, f, 192, n_C, thin)[1] for f, n_C, thin in reduced]

fig, ax = plt.subplots(figsize=(8, 2), layout="constrained")
for row, costs in ((1, naive_costs), (0, module_costs)):
    left = 0
    for name, cost, color in zip(names, np.array(costs) / 1e6, COLORS, strict=True):
        ax.barh(row, cost, left=left, color=color, label=name if row else None)
        if cost > 15:
            ax.text(left + cost / 2, row, f"{cost:.0f}", ha="center", va="center", color="white")
        left += cost
    ax.text(left + 3, row, f"{left:.0f} million", va="center")
ax.set_yticks([1, 0], ["naive", "with reductions"])
ax.set(xlabel="millions of connections", xlim=(0, 360))
ax.legend(loc="lower right", fontsize=8, ncols=2, frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="module-costs-answer"
# In the naive module, the 3 x 3 branch is the largest position: its filters are smaller, but there are four times as
# many of them. The reduction helps it too, but the great saving is in the 5 x 5 branch: a tenth of the cost.
#
# Does Keras agree? Keras counts the biases among the parameters. So its number must be our connections for a map with
# a single place.

# %% id="keras-agrees"
inputs = keras.Input((28, 28, 192))
module = keras.Model(inputs, inception_module(inputs, 64, 96, 128, 16, 32, 32))
at_one_place = sum(conv_cost(1, 1, f, 192, n_C, thin)[1] for f, n_C, thin in reduced)
print(f"naive module:      {naive.count_params():,} parameters with biases")
print(f"inception module:  {module.count_params():,} parameters with biases")
print(f"your conv_cost:    {at_one_place:,}")

# %% [markdown] id="part-4"
# # 4. A side exit
#
# GoogLeNet has nine modules, one after another, 22 layers deep. That was a problem in 2014. The loss is computed at
# the end. Its gradient must come back through all layers, and on its way it becomes smaller and smaller.
#
# The authors built two **side exits** into the middle, behind the third and the sixth module. A side exit is a small
# classifier that must name the class with what the network knows so far. It is called an **auxiliary head**. Its loss
# is added to the main loss, with a smaller weight. With one side exit:
#
# $$J = J_{main} + 0.3 \cdot J_{auxiliary}$$
#
# Through the side exit, the first layers are close to a loss. When training is over, nobody needs the side exit any
# more. It is removed.

# %% [markdown] id="about-auxiliary-head"
# ### Exercise: the auxiliary head
#
# These are the sizes of the paper:
#
# | layer | what | shape for an input of 8 x 8 x 104 |
# | --- | --- | --- |
# | average pooling | 5 x 5, stride 3, no padding | 2 x 2 x 104 |
# | convolution | 1 x 1, 128 filters, ReLU | 2 x 2 x 128 |
# | flatten | | 512 |
# | dense | 1024 units, ReLU | 1024 |
# | dropout | 70% of the units are switched off in training | 1024 |
# | dense | softmax over the classes | classes |
#
# Be careful with the dropout. Keras wants the share that is switched *off*.


# %% id="auxiliary-head"
def auxiliary_head(x, classes):
    """A small classifier on feature maps from the middle of a network.

    Args:
        x: tensor of shape (m, n_H, n_W, n_C_prev), with n_H and n_W at least 5.
        classes: int, the number of classes.

    Returns:
        tensor of shape (m, classes): probabilities, after 5 x 5 average pooling with stride 3 and no padding, a 1 x 1
        convolution with 128 filters and a ReLU, a dense layer of 1024 units with a ReLU, dropout of 70%, and a dense
        layer with softmax.
    """
    ### BEGIN SOLUTION
    x = layers.AveragePooling2D(5, strides=3)(x)  # (m, (n_H - 5) // 3 + 1, (n_W - 5) // 3 + 1, n_C_prev)
    x = conv_relu(x, 128, 1)  # (m, ..., ..., 128)
    x = layers.Flatten()(x)
    x = layers.Dense(1024, activation="relu")(x)  # (m, 1024)
    x = layers.Dropout(0.7)(x)
    return layers.Dense(classes, activation="softmax")(x)  # (m, classes)
    ### END SOLUTION


# %% id="check-auxiliary-head"
check(auxiliary_head)

# %% [markdown] id="about-compile-with-heads"
# ### Exercise: two losses
#
# A model with two outputs has two losses. Keras takes them as a list, in the order of the outputs, and their weights
# as a second list, `loss_weights`. Write them by name: `compile(optimizer=..., loss=..., loss_weights=..., ...)`. The
# metrics of two outputs are a list of two lists.


# %% id="compile-with-heads"
def compile_with_heads(model, optimizer, auxiliary_weight=0.3):
    """Prepare a model with a main output and a side exit for training.

    Args:
        model: a Keras model with two outputs, [main, auxiliary], both of them class probabilities.
        optimizer: a Keras optimizer, or its name.
        auxiliary_weight: float, how much the loss of the side exit counts. The main loss counts 1.

    Returns:
        the same model, compiled: cross-entropy for both outputs, with class numbers as labels, and "accuracy" as the
        metric of both. Set jit_compile=False, which starts faster on a CPU.
    """
    ### BEGIN SOLUTION
    crossentropy = "sparse_categorical_crossentropy"
    model.compile(
        optimizer=optimizer,
        loss=[crossentropy, crossentropy],
        loss_weights=[1.0, auxiliary_weight],
        metrics=[["accuracy"], ["accuracy"]],
        jit_compile=False,
    )
    return model
    ### END SOLUTION


# %% id="check-compile-with-heads"
check(compile_with_heads)

# %% [markdown] id="predict-gradient"
# ## How much does the first layer hear?
#
# Is the gradient really so small at the beginning of a deep network? We measure it. The next cell builds a first
# layer and, on top of it, 2 to 10 of *your* modules. A side exit stands behind the second one. There is no batch
# normalisation: it came one year later.
#
# And how do we get a gradient out of Keras? With plain gradient descent and a learning rate of 1, one step changes
# each weight by exactly its gradient. So we take one step and look how far the filters of the first layer moved. Once
# the side exit counts 0, as if it were not there, and once it counts 0.3.
#
# **Predict, then run.** Two modules give some gradient. How much of it is left with ten modules and no side exit: a
# half, a tenth, or a hundredth?


# %% id="deep-network"
def deep_network(num_modules):
    """A first layer, some modules without batch normalisation, a side exit behind the second one. 64 x 64 x 3 in."""
    inputs = keras.Input((64, 64, 3))
    x = layers.Conv2D(32, 7, strides=2, padding="same", activation="relu", name="first")(inputs)  # (m, 32, 32, 32)
    x = layers.MaxPooling2D(5, strides=4, padding="same")(x)  # (m, 8, 8, 32)
    for i in range(num_modules):
        x = inception_module(x, 24, 16, 32, 4, 12, 12)  # (m, 8, 8, 80)
        if i == 1:
            auxiliary = auxiliary_head(x, 16)
    x = layers.GlobalAveragePooling2D()(x)  # (m, 80)
    return keras.Model(inputs, [layers.Dense(16, activation="softmax")(x), auxiliary])


def gradient_of_first_layer(model, images, labels, auxiliary_weight):
    """The size of the gradient that arrives at the filters of the first layer. The model stays as it is."""
    compile_with_heads(model, keras.optimizers.SGD(1.0), auxiliary_weight)
    model.run_eagerly = True  # for one step it is not worth to build a graph
    start, before = model.get_weights(), model.get_layer("first").get_weights()[0]
    model.train_on_batch(images, [labels, labels])
    step = model.get_layer("first").get_weights()[0] - before  # (7, 7, 3, 32)
    model.set_weights(start)
    return np.linalg.norm(step)


# %% id="measure-gradients"
depths = [2, 4, 6, 8, 10]
gradients = {0.0: [], 0.3: []}  # by the weight of the side exit
for depth in depths:
    sizes = {0.0: [], 0.3: []}
    for seed in (1, 2, 3):
        keras.utils.set_random_seed(seed)
        model = deep_network(depth)
        for weight, found in sizes.items():
            found.append(gradient_of_first_layer(model, x_train[:64], y_train[:64], weight))
    for weight, found in sizes.items():
        gradients[weight].append(np.mean(found))

# %% id="draw-gradients"
fig, ax = plt.subplots(figsize=(8, 3), layout="constrained")
ax.semilogy(depths, gradients[0.3], "o-", color=COLORS[0], label="with the side exit")
ax.semilogy(depths, gradients[0.0], "s--", color=COLORS[2], label="without")
ax.set(xlabel="number of modules", ylabel="gradient at the first layer", xticks=depths)
ax.set_title("how loudly the loss is heard at the beginning (mean of three networks)", fontsize=10)
ax.set_yticks([0.02, 0.05, 0.1, 0.2, 0.4], ["0.02", "0.05", "0.1", "0.2", "0.4"])
ax.minorticks_off()
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
for name, weight in (("without", 0.0), ("with the side exit", 0.3)):
    print(f"{name:19s} ten modules leave {gradients[weight][-1] / gradients[weight][0]:4.0%} of what two modules leave")

# %% [markdown] id="gradient-answer"
# Without the side exit, each pair of modules takes away a part of the gradient. With it, the first layer hears its
# loss at every depth, because the side exit is always two modules away.
#
# ## Does it matter?
#
# A small gradient alone does not prove anything. So we train the network with eight modules as people did in 2014:
# gradient descent with momentum, no batch normalisation. Three different starts, each of them with and without the
# side exit. That is six trainings, about one minute together.
#
# A network that only guesses among 16 classes has a loss of $\ln 16 \approx 2.77$. **Predict, then run.** How many of
# the three networks leave this line without the side exit?

# %% id="train-deep"
deep_losses = {}  # (weight of the side exit, seed) -> the main loss after each epoch
for weight in (0.3, 0.0):
    for seed in (1, 2, 3):
        keras.utils.set_random_seed(seed)
        model = compile_with_heads(deep_network(8), keras.optimizers.SGD(0.05, momentum=0.9), weight)
        history = model.fit(x_train, [y_train, y_train], batch_size=32, epochs=6, verbose=0).history
        losses = history[f"{model.output_names[0]}_loss"]
        deep_losses[weight, seed] = losses
        print(f"side exit counts {weight}, start {seed}: main loss {losses[0]:.2f} -> {losses[-1]:.2f}")

# %% id="draw-deep"
fig, ax = plt.subplots(figsize=(8, 3), layout="constrained")
for (weight, seed), losses in deep_losses.items():
    color, style, label = (COLORS[0], "o-", "with the side exit") if weight else (COLORS[2], "s--", "without")
    ax.plot(range(1, 7), losses, style, color=color, markersize=4, label=label if seed == 1 else None)
ax.axhline(np.log(16), color="black", linestyle=":", linewidth=1)
ax.text(6.05, np.log(16) + 0.01, "guessing", ha="right", va="bottom", fontsize=9)
ax.set(xlabel="epoch", ylabel="main loss", xticks=range(1, 7))
ax.set_title("eight modules, three starts each", fontsize=10)
ax.legend(frameon=False, loc="lower left")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="deep-answer"
# When this notebook was made, two of the three networks without the side exit never left the line of guessing. (Their
# two orange lines lie on each other.) With the side exit, all three did. On another computer the starts are others, and
# so are the numbers.
#
# Look also at the third orange line. This network had a lucky start. It learns without any help, and at the end it is
# as good as the others. So the side exit does not make a network clever. It makes the beginning less a matter of luck.

# %% [markdown] id="part-5"
# # 5. A small GoogLeNet
#
# Now a network that is good at something: 16 kinds of traffic signs, in pictures of 64 x 64. It has four modules
# instead of nine, and two batch normalisations, which the authors did not know yet.
#
# | layers | shape after it |
# | --- | --- |
# | input | 64 x 64 x 3 |
# | 7 x 7 convolution, 32 filters, stride 2, same, ReLU | 32 x 32 x 32 |
# | 3 x 3 max-pooling, stride 2, same; batch normalisation | 16 x 16 x 32 |
# | inception module 16, (16, 32), (4, 8), 8 | 16 x 16 x 64 |
# | inception module 32, (24, 48), (6, 12), 12 | 16 x 16 x 104 |
# | 3 x 3 max-pooling, stride 2, same; batch normalisation | 8 x 8 x 104 |
# | here the auxiliary head leaves | classes |
# | inception module 48, (32, 64), (8, 16), 16 | 8 x 8 x 144 |
# | inception module 64, (48, 96), (12, 24), 24 | 8 x 8 x 208 |
# | global average pooling | 208 |
# | dense, softmax | classes |
#
# ### Exercise: build it
#
# Give `BatchNormalization` the argument `momentum=0.9`. It keeps running means for prediction. We train for a few
# hundred steps only, and with the default of 0.99 these means come too late.


# %% id="small-googlenet"
def small_googlenet(input_shape, classes):
    """A small GoogLeNet with a side exit, for training.

    Args:
        input_shape: tuple (n_H, n_W, n_C), at least 40 by 40 pixels. The table shows (64, 64, 3).
        classes: int, the number of classes.

    Returns:
        a Keras model from (m, n_H, n_W, n_C) to a list of two outputs [main, auxiliary], each of shape (m, classes).
    """
    ### BEGIN SOLUTION
    inputs = keras.Input(input_shape)
    x = layers.Conv2D(32, 7, strides=2, padding="same", activation="relu")(inputs)  # (m, 32, 32, 32)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)  # (m, 16, 16, 32)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = inception_module(x, 16, 16, 32, 4, 8, 8)  # (m, 16, 16, 64)
    x = inception_module(x, 32, 24, 48, 6, 12, 12)  # (m, 16, 16, 104)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)  # (m, 8, 8, 104)
    x = layers.BatchNormalization(momentum=0.9)(x)
    auxiliary = auxiliary_head(x, classes)  # (m, classes)
    x = inception_module(x, 48, 32, 64, 8, 16, 16)  # (m, 8, 8, 144)
    x = inception_module(x, 64, 48, 96, 12, 24, 24)  # (m, 8, 8, 208)
    x = layers.GlobalAveragePooling2D()(x)  # (m, 208)
    main = layers.Dense(classes, activation="softmax", name="main")(x)  # (m, classes)
    return keras.Model(inputs, [main, auxiliary])
    ### END SOLUTION


# %% id="check-small-googlenet"
check(small_googlenet)

# %% [markdown] id="about-training"
# ## Train it
#
# 1600 pictures, 10 epochs, about 20 seconds. Both outputs get the same labels. The learning rate begins at 0.003 and
# falls to 0.
#
# **Predict, then run.** The side exit sees the picture after two modules only, the main output after four. Which of
# the two is better in the first epochs, and which at the end?


# %% id="train"
def train(seed, auxiliary_weight, epochs=10):
    """Train a small GoogLeNet. Returns the model and what happened in each epoch."""
    keras.utils.set_random_seed(seed)
    model = small_googlenet((64, 64, 3), 16)
    learning_rate = keras.optimizers.schedules.CosineDecay(0.003, epochs * len(x_train) // 32)
    compile_with_heads(model, keras.optimizers.Adam(learning_rate), auxiliary_weight)
    test = (x_test, [y_test, y_test])
    history = model.fit(
        x_train, [y_train, y_train], batch_size=32, epochs=epochs, validation_data=test, verbose=0
    ).history
    return model, history


model, history = train(seed=1, auxiliary_weight=0.3)
curves = {
    head: {metric: history[f"{where}{name}_accuracy"] for metric, where in (("accuracy", ""), ("val_accuracy", "val_"))}
    for head, name in zip(("main output", "side exit"), model.output_names, strict=True)
}
_ = plot_history(curves, title="accuracy on the traffic signs, 16 classes")
for head, curve in curves.items():
    print(f"{head:12s} {curve['val_accuracy'][-1]:.1%} of the 400 test pictures right (guessing: 6.3%)")

# %% [markdown] id="compare-intro"
# Here the side exit is nearly as good as the main output, all the time. Two modules already know most of what can be
# known about these signs. But look at the price: the side exit alone has four times as many parameters as all the
# rest.
#
# ## With and without, honestly
#
# Does the side exit help this network too? One training with and one without proves nothing: another start gives
# another result, even if all else is equal. So we take a second start. A side exit that counts 0 sends no gradient, so
# it is as if it were not there. One training is done already. The other three take about a minute.
#
# **Predict, then run.** By how much is the network with the side exit better?

# %% id="compare"
scores = {(1, 0.3): curves["main output"]["val_accuracy"][-1]}  # (seed, weight) -> accuracy
for seed, weight in ((1, 0.0), (2, 0.3), (2, 0.0)):
    other, other_history = train(seed, weight)
    scores[seed, weight] = other_history[f"val_{other.output_names[0]}_accuracy"][-1]
    print(f"start {seed}, side exit counts {weight}: {scores[seed, weight]:.1%} of the test pictures right")

fig, ax = plt.subplots(figsize=(8, 2.2), layout="constrained")
for row, (name, weight, color) in enumerate((("without", 0.0, COLORS[2]), ("with the side exit", 0.3, COLORS[0]))):
    values = [100 * scores[seed, weight] for seed in (1, 2)]
    ax.plot(values, [row] * 2, "o", color=color, markersize=10, alpha=0.7)
    ax.plot([np.mean(values)] * 2, [row - 0.25, row + 0.25], color=color, linewidth=3)
    print(f"mean {name:18s} {np.mean(values):.1f}%")
ax.set_yticks([0, 1], ["without", "with the side exit"])
left = min(90, 100 * min(scores.values()) - 1)
ax.set(xlabel="accuracy on the test pictures in %, and the mean of two starts", xlim=(left, 100), ylim=(-0.6, 1.6))
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="compare-answer"
# When this notebook was made, the mean was 96.1% with the side exit and 95.0% without. This is a difference of four or
# five pictures among 400, and chance alone easily makes four. In another trial, with three starts and twelve epochs,
# one start was better *without* the side exit. So it helps this network a little, at best. All four networks learned
# from the first epoch on: with batch normalisation and the optimizer Adam, a small network needs no help to begin.
#
# The authors had the same surprise. One year later they wrote that the side exits do not make the beginning faster, and
# that networks with them become slightly better only at the end. They think that the side exits work as a
# regularisation ([Szegedy et al., 2015](https://arxiv.org/abs/1512.00567)).

# %% [markdown] id="part-6"
# # 6. Take the scaffold away
#
# A scaffold stands around a house while it is built. Then it is taken away. For a prediction nobody asks the side
# exit. It would only cost memory and time.
#
# ### Exercise: the model for prediction
#
# A functional Keras model knows its tensors: `model.inputs` and `model.outputs` are lists. A new `keras.Model` from
# the inputs to *one* of these outputs contains only the layers on the way between them. It shares their weights with
# the first model: nothing is copied, nothing is trained again.


# %% id="inference-model"
def inference_model(model):
    """The model without its side exits.

    Args:
        model: a functional Keras model with several outputs. The first one is the main output.

    Returns:
        a Keras model with the same inputs and only the main output. It has no layers that only the side exits need,
        and it shares the weights of all others with the first model.
    """
    ### BEGIN SOLUTION
    return keras.Model(model.inputs, model.outputs[0])
    ### END SOLUTION


# %% id="check-inference-model"
check(inference_model)

# %% [markdown] id="predict-scaffold"
# **Predict, then run.** Which share of the parameters was scaffold?

# %% id="scaffold"
short = inference_model(model)
before, after = model.count_params(), short.count_params()
print(f"for training:   {before:,} parameters")
print(f"for prediction: {after:,} parameters. {1 - after / before:.0%} of the parameters were scaffold.")
probabilities = short.predict(x_test, verbose=0)  # (400, 16)
same = np.abs(probabilities - model.predict(x_test, verbose=0)[0]).max()
print(f"largest difference between the predictions of the two models: {same:.0e}")

# %% [markdown] id="scaffold-answer"
# Four fifths of what was trained is thrown away, and not one prediction changes. The house is small. The scaffold was
# large.
#
# ## Which filters did the training choose?
#
# In the beginning we did not want to decide between 3 x 3 and 5 x 5. Did the network decide? We set all 3 x 3 filters
# of the trained network to zero, and measure. Then we put them back and do the same with the 5 x 5 filters. The
# network was not trained to live without them, so this is a test of what it *relies* on.
#
# **Predict, then run.** The modules end in 240 channels of 3 x 3 filters, but only in 60 channels of 5 x 5 filters.
# Will the network miss the 60 channels at all?


# %% id="switch-off"
def accuracy_without(f):
    """The accuracy on the test pictures with all f x f filters of the model `short` set to zero."""
    start = short.get_weights()
    weights = [weight.copy() for weight in start]
    for i, kernel in enumerate(start):
        if kernel.ndim == 4 and kernel.shape[:2] == (f, f):
            weights[i][:], weights[i + 1][:] = 0, 0  # behind each kernel comes its bias
    short.set_weights(weights)
    right = short.predict(x_test, verbose=0).argmax(axis=1) == y_test
    short.set_weights(start)
    return right.mean()


print(f"all filters:           {np.mean(probabilities.argmax(axis=1) == y_test):.1%} right")
print(f"without 3 x 3 filters: {accuracy_without(3):.1%} right (240 of 520 channels are silent)")
print(f"without 5 x 5 filters: {accuracy_without(5):.1%} right ( 60 of 520 channels are silent)")

# %% [markdown] id="switch-off-answer"
# It chose both. Without the 3 x 3 filters it nearly guesses. And without only 60 of its 520 channels, those of the 5 x
# 5 filters, it loses more than a third of the pictures. Nobody told it what to use them for.
#
# ## What is still wrong?
#
# Finally, look at the pictures that the network gets wrong. **Predict, then run.** Which signs will it mix up?

# %% id="what-is-wrong"
predicted = probabilities.argmax(axis=1)  # (400,)
wrong = np.flatnonzero(predicted != y_test)
print(f"{len(wrong)} of {len(y_test)} test pictures are wrong. Up to eight of them:")
if len(wrong):
    _ = show_images(x_test[wrong[:8]], y_test[wrong[:8]], predicted[wrong[:8]], class_names, columns=4)

# %% [markdown] id="take-with-you"
# # What to take with you
#
# - You need not choose the size of a filter. An inception module has all of them side by side, and the training finds
#   out what is useful.
# - All branches keep the height and the width, so that their channels can be stacked: $64 + 128 + 32 + 32 = 256$.
# - Large filters on many channels are expensive. A 1 x 1 convolution before them makes the volume thin: 59,392
#   instead of 409,600 parameters. But the bottleneck must be really thin. Count before you build.
# - Parameters tell the memory, connections tell the time.
# - At the beginning of a deep network the loss is hard to hear. A side exit in the middle makes it louder. It is a
#   scaffold: it counts 0.3 in training, and it is taken away for prediction.
# - A good idea belongs to its time. With batch normalisation and a better optimizer, the side exit helped our network a
#   little, at best. Always measure again, and with more than one start.
#
# The next versions of Inception went on with the same arithmetic: two 3 x 3 convolutions instead of one of 5 x 5, and
# 1 x 7 and 7 x 1 instead of 7 x 7 ([Szegedy et al., 2015](https://arxiv.org/abs/1512.00567)). You can check the
# saving with your `conv_cost`. The notebook about residual networks shows the other way to let a loss be heard at the
# beginning of a deep network: shortcuts.
