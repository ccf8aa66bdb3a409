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
# # Residual networks
#
# Send a photograph through forty layers that have learned nothing yet. What arrives? Run the next two cells.

# %% id="setup" tags=["setup"]
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from skimage import data

from courselib.datasets import load_digits
from courselib.grading import Check
from courselib.models import VGG16, count_costs, plain_net, residual_net, without_weights

check = Check("residual_networks")
plt.rcParams.update({"figure.dpi": 90})
BLUE, ORANGE = "#0072b2", "#d55e00"  # fit for colour-blind readers
check.progress()


def new_initializer(initializer):
    """A fresh initialiser for one layer, from a name, a class, a function that makes one, or an instance."""
    if isinstance(initializer, keras.initializers.Initializer):
        return initializer.clone()
    return keras.initializers.get(initializer) if isinstance(initializer, str) else initializer()


# %% id="look-first"
def send_through(X, num_layers, shortcut):
    """All volumes that a picture becomes in a row of random layers: convolution, normalisation, ReLU."""
    rng, volumes = np.random.default_rng(0), [X]
    for _ in range(num_layers):
        W = rng.normal(size=(3, 3, 9, 9))
        padded = np.pad(X, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
        Z = keras.ops.convert_to_numpy(keras.ops.conv(padded, W, padding="valid"))  # (1, 100, 120, 9)
        Z = (Z - Z.mean(axis=(1, 2))) / Z.std(axis=(1, 2))
        X = np.maximum(Z + X if shortcut else Z, 0)  # the shortcut: add what came in
        volumes.append(X)
    return volumes


cat = data.chelsea()[None, :300:3, 60:420:3] / 255.0  # (1, 100, 120, 3)
fig, axes = plt.subplots(2, 5, figsize=(8, 3.3), layout="constrained")
for row, shortcut in zip(axes, (False, True), strict=True):
    volumes = send_through(np.tile(cat, 3), 40, shortcut)
    for ax, depth in zip(row, (0, 5, 10, 20, 40), strict=True):
        colors = volumes[depth][0, :, :, :3]
        ax.imshow((colors / np.percentile(colors, 99)).clip(0, 1))
        ax.set(xticks=[], yticks=[], title=f"after {depth} layers" if depth else "the picture")
    row[0].set_ylabel("with shortcuts" if shortcut else "plain")
plt.show()

# %% [markdown] id="what-you-see"
# Both rows use the *same* random filters, and every layer does the same three things: convolution, normalisation, ReLU.
# You see three of the nine channels as red, green and blue.
#
# In the upper row the cat is nearly gone after ten layers, and after twenty nobody could say what it was. In the lower
# row you still find her eyes after forty. There is only one difference: in the lower row, every layer **adds what came
# in to what it has computed**. This is called a **shortcut**, or a skip connection.
#
# Now think of the layers behind. Layer 40 of the upper row must learn to see a cat in noise. And its filters only make
# sense once all layers before it are good. Layer 40 of the lower row has something to work with from the first step.
#
# One addition. It is all that changed, and it made networks of more than a hundred layers possible. In this notebook
# you build it, you build the famous network with fifty layers, and you find out what the addition really does. Some of
# it is not what most people say.

# %% [markdown] id="what-you-will-write"
# ## What you will write
#
# | part | you write | points |
# | --- | --- | --- |
# | 1. Deeper is worse | nothing: you watch, and you will not believe it | |
# | 2. Add what came in | `residual_step` | 10 |
# | 3. The way back | `gradients_at_blocks` | 10 |
# | 4. A block for deep networks | `conv_stack_parameters`, `identity_block`, `residual_identity_at_zero` | 40 |
# | 5. When the shapes do not fit | `zero_padded_shortcut`, `convolutional_block` | 22 |
# | 6. ResNet-50 | `ResNet50` | 18 |
# | 7. Take a block out | nothing: the last surprise | |
#
# That is 8 short functions and 100 points. Plan about two hours. The computer needs about **two minutes of CPU time**
# for all cells together, most of it in part 1. You need no GPU and no internet.
#
# ## How to work
#
# As before: write your code where it says `raise NotImplementedError()`, then run the check below it. The check looks
# at what your blocks *compute*, at their shapes and at their number of parameters. Names of layers do not matter, nor
# whether an activation stands in a layer or behind it.
#
# Where it says **Predict, then run**, please do it in this order.

# %% [markdown] id="part-1"
# # 1. Deeper is worse
#
# Deeper networks are better: AlexNet has 8 layers, VGG-16 has 16. So why not 34, or 100?
#
# The next cell trains four networks on 1,438 real handwritten digits, of 8 x 8 pixels each. Two of them have 10 layers
# and two have 34. Two of them are plain, layer after layer as in VGG. The other two are the same, but with shortcuts.
# All have He's initial weights and batch normalisation, the best tricks of 2015.
#
# We look at the errors on the *training* digits, those that the network is shown again and again. This is not a
# question of overfitting: a network that overfits is very good on its training set.
#
# **Predict, then run.** Which plain network makes fewer mistakes on the training digits, the one with 10 layers or the
# one with 34? (The cell takes one to two minutes. Start it, and read on.)

# %% id="degradation"
x_train, y_train, x_test, y_test, _ = load_digits(size=8)  # (1438, 8, 8, 1) and (359, 8, 8, 1)
networks, errors = {}, {}
for depth in (10, 34):
    for name, build in (("plain", plain_net), ("with shortcuts", residual_net)):
        keras.utils.set_random_seed(1)
        network = build(depth)
        optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
        network.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
        history = network.fit(x_train, y_train, 32, epochs=8, verbose=0).history
        networks[name, depth], errors[name, depth] = network, 100 * (1 - np.array(history["accuracy"]))
        test = 100 - 100 * network.evaluate(x_test, y_test, verbose=0)[1]
        print(
            f"{depth} layers, {name:14s} {network.count_params():7,d} parameters, errors after 8 epochs: "
            f"training {errors[name, depth][-1]:4.1f}%, test {test:4.1f}%"
        )

# %% [markdown] id="why-strange"
# While it runs, think about this. The network with 34 layers *contains* the one with 10 layers: take the 10 layers, and
# let the other 24 do nothing but hand on what they get. The result has the same errors as the small network. So a
# perfect training would never make the deep network worse than the shallow one.
#
# The next cell draws the errors.

# %% id="degradation-figure"
fig, axes = plt.subplots(1, 2, figsize=(8, 3.4), sharey=True, layout="constrained")
for ax, name, color in zip(axes, ("plain", "with shortcuts"), (ORANGE, BLUE), strict=True):
    for depth, style, width, lowest in ((10, "--", 1.5, 0), (34, "-", 3.5, 7)):
        error = errors[name, depth]
        ax.plot(range(1, len(error) + 1), error, style, color=color, linewidth=width)
        text = f"{depth} layers: {error[-1]:.0f}%"
        ax.text(len(error) + 0.2, max(error[-1], lowest), text, color=color, va="bottom")
    ax.set(title=name, xlabel="epoch", xlim=(0.8, 10.8), xticks=range(1, 9), ylim=(0, 92))
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("errors on the training digits (%)")
plt.show()

# %% [markdown] id="degradation-answer"
# On the left, the deep network is far *worse*, on the very digits that it is trained with. On the right are the same
# layers, with shortcuts: now the deep network learns nearly as fast as the shallow one.
#
# Kaiming He, Xiangyu Zhang, Shaoqing Ren and Jian Sun saw this with 20 and 56 layers and called it the **degradation
# problem** ([2015](https://arxiv.org/abs/1512.03385)). The good solution exists: ten layers, and 24 that hand on what
# they get. But gradient descent does not find it. A stack of convolutions and ReLUs finds it surprisingly hard to do
# *nothing*.
#
# Their answer: then make doing nothing easy.

# %% [markdown] id="part-2"
# # 2. Add what came in
#
# Take two layers out of a network. Their input is $x = a^{[l]}$, the activations of layer $l$. They shall learn some
# function $H(x)$. In a **residual block** they learn only the *difference* to their input, the **residual** $F(x) =
# H(x) - x$, and then the input is added:
#
# $$H(x) = F(x) + x$$
#
# If the best thing to do is nothing, then $F(x) = 0$ is the answer, and it is enough to make some weights zero.


# %% id="draw-block"
def draw_block(ax, title, main, shortcut=None):
    """Draw a block from bottom to top: the boxes of the main path, and what is on the shortcut ("" is nothing)."""
    ax.annotate("", (0, len(main) - 0.1), (0, -1.1), arrowprops={"arrowstyle": "->", "linewidth": 1.5})
    for i, text in enumerate(main):
        color = "#cfe3f1" if text[:4] in ("conv", "laye") else "#eeeeee"
        style = {"boxstyle": "circle" if text == "+" else "round", "facecolor": color, "edgecolor": "0.4"}
        ax.text(0, i, text, ha="center", va="center", fontsize=9, bbox=style)
    ax.text(-0.12, -1.1, "$x$", ha="right", va="bottom", fontsize=11)
    if shortcut is not None:
        plus = main.index("+")
        ax.plot([0, 1.1, 1.1], [-0.75, -0.75, plus], color=ORANGE, linewidth=2)
        ax.annotate("", (0.12, plus), (1.12, plus), arrowprops={"arrowstyle": "->", "color": ORANGE, "linewidth": 2})
        style = {"boxstyle": "round", "facecolor": "white", "edgecolor": ORANGE}
        ax.text(1.1, plus / 2, shortcut or "as it is", ha="center", va="center", fontsize=9, bbox=style)
    ax.text(0, len(main) + 0.1, title, ha="center", va="bottom", fontsize=11)
    ax.set(xlim=(-1.2, 1.9), ylim=(-1.3, len(main) + 0.7))
    ax.axis("off")


fig, axes = plt.subplots(1, 2, figsize=(6.5, 3.3), layout="constrained")
draw_block(axes[0], "plain", ["layer $l+1$", "ReLU", "layer $l+2$", "ReLU"])
draw_block(axes[1], "residual", ["layer $l+1$", "ReLU", "layer $l+2$", "+", "ReLU"], shortcut="")
plt.show()

# %% [markdown] id="about-residual-step"
# Look where the shortcut arrives: **before the last ReLU**. With dense layers, and $g$ for the ReLU:
#
# $$a^{[l+1]} = g(a^{[l]} W^{[l+1]} + b^{[l+1]})$$
#
# $$a^{[l+2]} = g(a^{[l+1]} W^{[l+2]} + b^{[l+2]} + a^{[l]})$$
#
# ### Exercise: one residual step
#
# Write these two lines with NumPy. Each row of `a` is one example, so a layer is `a @ W + b`.


# %% id="residual-step"
def residual_step(a, W1, b1, W2, b2):
    """Two dense layers with a shortcut around them.

    Args:
        a: array of shape (m, n), the activations of layer l, one example in each row. Not modified.
        W1: array of shape (n, k), the weights of layer l + 1.
        b1: array of shape (k,), its biases.
        W2: array of shape (k, n), the weights of layer l + 2.
        b2: array of shape (n,), its biases.

    Returns:
        array of shape (m, n), the activations of layer l + 2. Never negative.
    """
    ### BEGIN SOLUTION
    a1 = np.maximum(a @ W1 + b1, 0)  # (m, k)
    z2 = a1 @ W2 + b2  # (m, n)
    return np.maximum(z2 + a, 0)  # (m, n)
    ### END SOLUTION


# %% id="check-residual-step"
check(residual_step)

# %% [markdown] id="predict-decay"
# ## What weak weights do
#
# Sometimes training makes weights small: weight decay pulls all of them toward zero, all the time.
#
# **Predict, then run.** We make the weights of the second layer smaller and smaller, and in the end zero. What does a
# plain network make of the four numbers? And your step?

# %% id="weak-weights"
rng = np.random.default_rng(1)
a = np.array([[1.0, 0.0, 3.0, 2.0]])  # (1, 4)
W1, W2 = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
b1 = b2 = np.zeros(4)
print("what comes in:            ", a[0])
for size in (1, 0.1, 0.01, 0):
    plain = np.maximum(np.maximum(a @ W1 + b1, 0) @ (size * W2) + b2, 0)
    residual = residual_step(a, W1, b1, size * W2, b2)
    print(f"W2 times {size:4}: plain", plain[0].round(2), " residual", residual[0].round(2))

# %% [markdown] id="weak-weights-answer"
# With weak weights, the plain network forgets its input. Yours hands it on, exactly. A block that has nothing to say
# does no harm.
#
# Half a year before, Rupesh Srivastava and colleagues had built shortcuts with gates, which the network learns to open
# and to close ([highway networks, 2015](https://arxiv.org/abs/1505.00387)). The simple sum won.
#
# But a network that *could* hand on its input is not yet one that *learns* to. For that we must look at the way back.

# %% [markdown] id="part-3"
# # 3. The way back
#
# Make it as simple as possible: one number $x$ goes through $L$ blocks. Near the number that comes in, each block is a
# straight line, and $F_l$ has the slope $s_l$. The chain rule multiplies the slopes of all blocks that come after.
#
# - **Plain**, $y = F(x)$: the slope of the block is $s_l$.
# - **Residual**, $y = x + F(x)$: the slope of the block is $1 + s_l$.
#
# So the gradient that arrives at the input of block $l$ is
#
# $$\frac{\partial\, \text{output}}{\partial x_l} = s_l \cdot s_{l+1} \cdots s_L \qquad \text{or} \qquad (1 + s_l)(1 +
# s_{l+1}) \cdots (1 + s_L)$$
#
# ### Exercise: the gradient at every block
#
# Compute it for all blocks. Start at the last one and go back, as backpropagation does.


# %% id="gradients-at-blocks"
def gradients_at_blocks(slopes, skip):
    """The gradient of the output of a chain of blocks, for the input of every block.

    Args:
        slopes: array of shape (L,), the slopes s of the functions F, from the first block to the last. Not modified.
        skip: bool, whether each block adds its input to F.

    Returns:
        array of floats of shape (L,). Entry l is the derivative of the output of the last block for the input of block
        l. Entry 0 belongs to the first block.
    """
    ### BEGIN SOLUTION
    factors = np.asarray(slopes, dtype=float)  # (L,)
    if skip:
        factors = 1 + factors
    gradients = np.ones(len(factors))  # (L,)
    gradient = 1.0
    for block in reversed(range(len(factors))):
        gradient = gradient * factors[block]
        gradients[block] = gradient
    return gradients
    ### END SOLUTION


# %% id="check-gradients-at-blocks"
check(gradients_at_blocks)

# %% [markdown] id="predict-slopes"
# **Predict, then run.** 30 blocks, and their slopes are random numbers between -0.3 and 0.3. How much of the gradient
# reaches the first block, plain and residual?

# %% id="thirty-slopes"
slopes = np.random.default_rng(2).uniform(-0.3, 0.3, size=30)
for skip, name in ((False, "plain"), (True, "residual")):
    gradients = gradients_at_blocks(slopes, skip)
    shown = ", ".join(f"{gradients[block]:.1e}" for block in (29, 20, 10, 0))
    print(f"{name:9s} at block 30, 21, 11 and 1: {shown}")

# %% [markdown] id="slopes-answer"
# Plain, nothing is left. Residual, it arrives. Multiply the brackets out, and you see why:
#
# $$(1 + s_1)(1 + s_2)(1 + s_3) = 1 + s_1 + s_2 + s_3 + s_1 s_2 + s_1 s_3 + s_2 s_3 + s_1 s_2 s_3$$
#
# The $1$ is the path along all shortcuts, where nothing is lost. And there are seven more paths, of all lengths. Keep
# them in mind for part 7.
#
# ## So is it the vanishing gradient?
#
# Many texts say: plain networks cannot be deep because their gradients vanish. Do not believe it, *measure* it. Keras
# has no function that returns a gradient, but there is a trick: one step of gradient descent with a learning rate of 1
# subtracts exactly the gradient from the weights. So compare the weights before and after.
#
# The next cell does this for two new networks of 34 layers, before any training. It asks two questions:
#
# - How **large** is the gradient at each layer?
# - Does it **agree** with itself? We measure it with three different groups of 256 digits. If all three say about the
#   same, it is worth following. We compare two directions with the cosine of their angle: 1 is the same direction, 0 is
#   a right angle: they have nothing to do with each other.
#
# **Predict, then run.** Will the gradient of the plain network vanish on the way from the last layer to the first?


# %% id="measure-gradients"
def conv_gradients(model, x, y):
    """The gradients of all 3 x 3 convolutions: what one step with a learning rate of 1 takes away."""
    before = [np.array(weight) for weight in model.get_weights()]
    model.train_on_batch(x, y)
    steps = [old - new for old, new in zip(before, model.get_weights(), strict=True)]
    model.set_weights(before)
    return [step.ravel() for step in steps if step.ndim == 4 and step.shape[0] == 3]


def cosine(u, v):
    return u @ v / (np.linalg.norm(u) * np.linalg.norm(v))


sizes, agreements = {}, {}
for name, build in (("plain", plain_net), ("with shortcuts", residual_net)):
    keras.utils.set_random_seed(1)
    network = build(34)
    network.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy", jit_compile=False)
    groups = [slice(start, start + 256) for start in (0, 256, 512)]
    first, second, third = (conv_gradients(network, x_train[group], y_train[group]) for group in groups)
    sizes[name] = [np.linalg.norm(g) for g in first]
    agreements[name] = [
        (cosine(u, v) + cosine(v, w) + cosine(w, u)) / 3 for u, v, w in zip(first, second, third, strict=True)
    ]

# %% id="gradient-figure"
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3.3), layout="constrained")
for name, color in (("plain", ORANGE), ("with shortcuts", BLUE)):
    depth = range(1, len(sizes[name]) + 1)
    left.semilogy(depth, sizes[name], color=color, label=name)
    right.plot(depth, agreements[name], color=color, label=name)
left.set(title="How large is the gradient?", xlabel="convolution (1 is at the input)", ylabel="length of the gradient")
right.set(title="Do three groups of digits agree?", xlabel="convolution (1 is at the input)", ylabel="mean cosine")
right.axhline(0, color="0.5", linewidth=0.8)
right.set_ylim(-0.2, 1)
left.legend(frameon=False)
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
for name in sizes:
    print(
        f"{name:14s}  first layer / last layer: length of the gradient {sizes[name][0]:.2f} / {sizes[name][-1]:.2f}, "
        f"agreement of the first ten layers {np.mean(agreements[name][:10]):.2f}"
    )

# %% [markdown] id="gradient-answer"
# The gradient of the plain network does not vanish. On its way to the first layer it *grows*, twenty times and more:
# with the normalisation, the slopes are larger than 1. He and his colleagues wrote already in their paper that
# vanishing gradients are unlikely to be the cause.
#
# The right picture shows the real trouble. In the plain network three groups of digits send nearly all layers in three
# directions that have nothing to do with each other. Their gradients are loud, but they are noise. A step that is good
# for one group means nothing to the next. With shortcuts the groups agree, above all in the second half. David Balduzzi
# and colleagues found this and called it **shattered gradients** ([2017](https://arxiv.org/abs/1702.08591)).
#
# The formula with the slopes is right all the same. But it tells only how loud a gradient is, not what it says.

# %% [markdown] id="part-4"
# # 4. A block for deep networks
#
# Now to real networks. Two layers of 3 x 3 with 256 channels are expensive. ResNet-50 takes three layers instead, in
# the form of a **bottleneck**: a 1 x 1 convolution makes few channels out of many, the 3 x 3 convolution works with the
# few, and another 1 x 1 convolution makes many again.
#
# ### Exercise: what a stack of convolutions costs
#
# Count the parameters of convolutions in a row, weights and biases. A convolution of $f \times f$ with $n_C$ filters on
# $n_{C,prev}$ channels has $(f \cdot f \cdot n_{C,prev} + 1) \cdot n_C$ of them. Its filters are the channels of the
# next one.


# %% id="conv-stack-parameters"
def conv_stack_parameters(n_C, convolutions):
    """The number of parameters of convolutions, one after the other.

    Args:
        n_C: int, the channels of the input of the first convolution.
        convolutions: list of (f, filters), for each convolution the side and the number of its filters. Not modified.

    Returns:
        int: all weights and all biases.
    """
    ### BEGIN SOLUTION
    parameters = 0
    for f, filters in convolutions:
        parameters += (f * f * n_C + 1) * filters
        n_C = filters
    return parameters
    ### END SOLUTION


# %% id="check-conv-stack-parameters"
check(conv_stack_parameters)

# %% [markdown] id="predict-bottleneck"
# **Predict, then run.** The input has 256 channels, and so has the output. How many times cheaper is the bottleneck
# with 64 channels in the middle?

# %% id="bottleneck-count"
pair = conv_stack_parameters(256, [(3, 256), (3, 256)])
bottleneck = conv_stack_parameters(256, [(1, 64), (3, 64), (1, 256)])
print(f"two layers of 3 x 3, 256 channels:      {pair:9,d} parameters")
print(f"bottleneck 1 x 1, 3 x 3, 1 x 1:         {bottleneck:9,d} parameters, {pair / bottleneck:.0f} times fewer")

# %% [markdown] id="about-identity-block"
# ### Exercise: the identity block
#
# This is the block that ResNet-50 uses twelve times. Its shortcut hands on the input as it is.
#
# | | main path |
# | --- | --- |
# | 1 | convolution 1 x 1, $F_1$ filters, then batch normalisation, then ReLU |
# | 2 | convolution $f \times f$, $F_2$ filters, same padding, then batch normalisation, then ReLU |
# | 3 | convolution 1 x 1, $F_3$ filters, then batch normalisation, **no ReLU** |
# | 4 | add the shortcut, then ReLU |
#
# All strides are 1, and all convolutions have biases, as Keras gives them.
#
# **Batch normalisation** ([Ioffe and Szegedy, 2015](https://arxiv.org/abs/1502.03167)) subtracts from each channel its
# mean and divides it by its standard deviation. Then it multiplies by $\gamma$ and adds $\beta$, both learned. In
# training it takes mean and variance of the batch, for predictions those that it has collected.
#
# Two arguments need a word:
#
# - `initializer` says how the kernels begin. People give a name (`"he_normal"`), a class (`RandomUniform`), a function
#   that makes one (`lambda seed=0: ...`) or an instance. `new_initializer(initializer)` in the first cell turns each of
#   them into what `kernel_initializer=...` wants. Call it once **for each layer**: layers of the same shape that share
#   one initialiser begin with the same numbers.
# - `training` is for code from older courses. Hand it on when you call the normalisation:
#   `layers.BatchNormalization()(X, training=training)`. With `None`, Keras decides, and that is nearly always right.


# %% id="identity-block"
def identity_block(X, f, filters, initializer="he_normal", training=None):
    """A bottleneck block whose shortcut is the input as it is.

    Args:
        X: Keras tensor of shape (m, n_H, n_W, n_C).
        f: int, the side of the filters of the second convolution.
        filters: three ints (F1, F2, F3), the number of filters of the three convolutions; F3 is n_C.
        initializer: for the kernels: a name, a class, a function that makes an initialiser, or an instance.
        training: bool or None, for the three batch normalisations.

    Returns:
        Keras tensor of shape (m, n_H, n_W, n_C).
    """
    # Step 1: keep X for the shortcut; give the main path a name of its own.
    # Step 2: the three convolutions, each with batch normalisation; ReLU after the first two.
    # Step 3: add X with layers.Add()([..., ...]); then ReLU.
    ### BEGIN SOLUTION
    F1, F2, F3 = filters
    F = layers.Conv2D(F1, 1, kernel_initializer=new_initializer(initializer))(X)  # (m, n_H, n_W, F1)
    F = layers.BatchNormalization()(F, training=training)
    F = layers.ReLU()(F)
    F = layers.Conv2D(F2, f, padding="same", kernel_initializer=new_initializer(initializer))(F)  # (m, n_H, n_W, F2)
    F = layers.BatchNormalization()(F, training=training)
    F = layers.ReLU()(F)
    F = layers.Conv2D(F3, 1, kernel_initializer=new_initializer(initializer))(F)  # (m, n_H, n_W, F3)
    F = layers.BatchNormalization()(F, training=training)
    F = layers.Add()([F, X])
    return layers.ReLU()(F)  # (m, n_H, n_W, n_C)
    ### END SOLUTION


# %% id="check-identity-block"
check(identity_block)

# %% [markdown] id="about-residual-identity-at-zero"
# ## A block that does nothing
#
# In part 2 a block with zero weights handed on what came in. Does your identity block do the same? Build the instrument
# that measures it.
#
# ### Exercise: how far is a block from the identity?
#
# Set *all* weights of a block to zero, the $\gamma$ and $\beta$ of the normalisation too. Send `X` through. Return the
# largest difference between what comes out and `X`. And be polite: somebody may still need the block, so give it its
# weights back.
#
# `block.get_weights()` gives a list of arrays, and `block.set_weights(...)` takes one. A block can be called like a
# function, `block(X, training=False)`, and `keras.ops.convert_to_numpy` makes an array of what it returns.


# %% id="residual-identity-at-zero"
def residual_identity_at_zero(block, X):
    """How far a block whose weights are all zero is from handing on its input.

    Args:
        block: Keras model from (m, n_H, n_W, n_C) to the same shape. Afterwards it has the weights that it had before.
        X: float32 array of shape (m, n_H, n_W, n_C). Not modified.

    Returns:
        float: the largest absolute difference between block(X), with all weights zero, and X. 0.0 is the identity.
    """
    ### BEGIN SOLUTION
    weights = [np.array(weight) for weight in block.get_weights()]
    block.set_weights([np.zeros_like(weight) for weight in weights])
    Y = keras.ops.convert_to_numpy(block(X, training=False))  # (m, n_H, n_W, n_C)
    block.set_weights(weights)
    return float(np.abs(Y - X).max())
    ### END SOLUTION


# %% id="check-residual-identity-at-zero"
check(residual_identity_at_zero)

# %% [markdown] id="predict-zero"
# **Predict, then run.** We measure your identity block, and an ordinary layer without a shortcut. What comes in are
# random numbers from -1 to 1, and then the same numbers after a ReLU. In which of the four cases is the difference
# zero?

# %% id="zero-blocks"
inputs = keras.Input((6, 6, 8))
X = np.random.default_rng(4).uniform(-1, 1, size=(2, 6, 6, 8)).astype("float32")  # (2, 6, 6, 8)
blocks = {
    "identity block": keras.Model(inputs, identity_block(inputs, 3, (4, 4, 8))),
    "without shortcut": keras.Sequential(
        [inputs, layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU()]
    ),
}
for name, block in blocks.items():
    for numbers, x in (("from -1 to 1", X), ("from 0 to 1 (after a ReLU)", np.maximum(X, 0))):
        print(f"{name:16s} numbers {numbers:26s} largest difference {residual_identity_at_zero(block, x):.4f}")

# %% [markdown] id="zero-answer"
# Exactly zero, but only where the input is not negative. The last ReLU of the block cuts off what is below zero. Inside
# a network this costs nothing: what comes in has been through the ReLU of the block before, and **a second ReLU changes
# nothing**.
#
# So you can put as many new blocks as you like into a network. With zero weights, it computes exactly what it computed
# before. This is why depth *need not* hurt. People even begin like this: Priya Goyal and colleagues set the last
# $\gamma$ of every block to zero, so that all blocks do nothing in the first step of training
# ([2017](https://arxiv.org/abs/1706.02677)).

# %% [markdown] id="part-5"
# # 5. When the shapes do not fit
#
# You can only add volumes of the same shape. But from time to time a network must make its volumes smaller, and give
# them more channels. The paper tries two kinds of shortcuts for these places:
#
# - **A**: take every $s$-th pixel, and fill the new channels with zeros. No parameters.
# - **B**: a 1 x 1 convolution with stride $s$, the **projection**: $H(x) = F(x) + W_s x$. It learns what to hand on.
#
# ### Exercise: shortcut A
#
# Write it with NumPy. You know `np.pad` from `zero_pad`. Here it is the channels that grow, at their end.


# %% id="zero-padded-shortcut"
def zero_padded_shortcut(X, filters, s=2):
    """Every s-th pixel in both directions, with channels of zeros behind the old ones.

    Args:
        X: array of shape (m, n_H, n_W, n_C). Not modified.
        filters: int, how many channels there must be, n_C or more.
        s: int, the stride. The first pixel of each row and column is taken.

    Returns:
        array of shape (m, ceil(n_H / s), ceil(n_W / s), filters).
    """
    ### BEGIN SOLUTION
    small = X[:, ::s, ::s]  # (m, ceil(n_H / s), ceil(n_W / s), n_C)
    return np.pad(small, ((0, 0), (0, 0), (0, 0), (0, filters - X.shape[3])))
    ### END SOLUTION


# %% id="check-zero-padded-shortcut"
check(zero_padded_shortcut)

# %% [markdown] id="about-convolutional-block"
# Which is better? The paper measured it on ImageNet, with 34 layers: 25.0% of the pictures wrong with A, 24.5% with B,
# and 28.5% without any shortcuts. With projections *everywhere*, also where shapes fit, it is 24.2%, but that costs
# many parameters. So: the identity wherever shapes fit, and B where they do not.
#
# ### Exercise: the convolutional block
#
# The main path is that of the identity block, only its *first* convolution has stride $s$. The shortcut is a 1 x 1
# convolution with $F_3$ filters and stride $s$, then batch normalisation, **no ReLU**.

# %% id="two-blocks"
fig, axes = plt.subplots(1, 2, figsize=(7.5, 4.9), layout="constrained")
second = ["norm, ReLU", "conv $f$ x $f$", "norm, ReLU", "conv 1 x 1", "norm", "+", "ReLU"]
draw_block(axes[0], "identity block", ["conv 1 x 1", *second], shortcut="")
draw_block(axes[1], "convolutional block", ["conv 1 x 1, stride $s$", *second], "conv 1 x 1,\nstride $s$\n\nnorm")
plt.show()


# %% id="convolutional-block"
def convolutional_block(X, f, filters, s=2, initializer="he_normal", training=None):
    """A bottleneck block whose shortcut is a 1 x 1 convolution.

    Args:
        X: Keras tensor of shape (m, n_H, n_W, n_C).
        f: int, the side of the filters of the second convolution.
        filters: three ints (F1, F2, F3), the number of filters of the three convolutions of the main path.
        s: int, the stride of the first convolution and of the shortcut.
        initializer: for the kernels: a name, a class, a function that makes an initialiser, or an instance.
        training: bool or None, for the four batch normalisations.

    Returns:
        Keras tensor of shape (m, ceil(n_H / s), ceil(n_W / s), F3).
    """
    ### BEGIN SOLUTION
    F1, F2, F3 = filters
    F = layers.Conv2D(F1, 1, strides=s, kernel_initializer=new_initializer(initializer))(X)
    F = layers.BatchNormalization()(F, training=training)
    F = layers.ReLU()(F)  # (m, ceil(n_H / s), ceil(n_W / s), F1)
    F = layers.Conv2D(F2, f, padding="same", kernel_initializer=new_initializer(initializer))(F)
    F = layers.BatchNormalization()(F, training=training)
    F = layers.ReLU()(F)  # (m, ceil(n_H / s), ceil(n_W / s), F2)
    F = layers.Conv2D(F3, 1, kernel_initializer=new_initializer(initializer))(F)
    F = layers.BatchNormalization()(F, training=training)  # (m, ceil(n_H / s), ceil(n_W / s), F3)
    S = layers.Conv2D(F3, 1, strides=s, kernel_initializer=new_initializer(initializer))(X)
    S = layers.BatchNormalization()(S, training=training)  # (m, ceil(n_H / s), ceil(n_W / s), F3)
    return layers.ReLU()(layers.Add()([F, S]))
    ### END SOLUTION


# %% id="check-convolutional-block"
check(convolutional_block)

# %% [markdown] id="predict-conv-zero"
# **Predict, then run.** With stride 1 and as many filters as channels, the convolutional block keeps the shape. Is it
# the identity too, when all its weights are zero?

# %% id="conv-block-at-zero"
block = keras.Model(inputs, convolutional_block(inputs, 3, (4, 4, 8), s=1))
x = np.maximum(X, 0)  # (2, 6, 6, 8)
print(f"convolutional block at zero: largest difference {residual_identity_at_zero(block, x):.4f}")
print(f"largest number that came in: {x.max():.4f}")

# %% [markdown] id="conv-zero-answer"
# No. Its shortcut has weights of its own, and with zero weights it hands on nothing. So these blocks are the narrow
# places of the network. ResNet-50 has only four of them.

# %% [markdown] id="part-6"
# # 6. ResNet-50
#
# In December 2015 a residual network with 152 layers won the ImageNet competition: the right answer was missing from
# the five best guesses in 3.6% of the cases (with several networks together). Three years before, AlexNet had needed
# 15.3%. Here is its smaller sister. Each stage from 2 to 5 begins with one convolutional block. Its other blocks are
# identity blocks.
#
# | stage | what it does | output |
# | --- | --- | --- |
# | input | a colour picture | 64 x 64 x 3 |
# | 1 | zero padding of 3 pixels | 70 x 70 x 3 |
# | | convolution 7 x 7, 64 filters, stride 2, no more padding, then batch normalisation, then ReLU | 32 x 32 x 64 |
# | | max-pooling 3 x 3, stride 2, no padding | 15 x 15 x 64 |
# | 2 | 3 blocks with filters 64, 64, 256; stride 1 | 15 x 15 x 256 |
# | 3 | 4 blocks with filters 128, 128, 512; stride 2 | 8 x 8 x 512 |
# | 4 | 6 blocks with filters 256, 256, 1024; stride 2 | 4 x 4 x 1024 |
# | 5 | 3 blocks with filters 512, 512, 2048; stride 2 | 2 x 2 x 2048 |
# | output | average of each channel over all positions | 2048 |
# | | dense, `classes` units, softmax | `classes` |
#
# The stride is that of the convolutional block. All blocks have $f = 3$.
#
# **Predict:** where are the fifty layers? Count the convolutions of the main paths, and the dense layer.
#
# ### Exercise: ResNet-50
#
# Use your two blocks. A loop over the stages makes it short. The check looks at the size of your network without
# reserving memory for its weights, and then at what it computes on two small pictures.


# %% id="resnet50"
def ResNet50(input_shape=(64, 64, 3), classes=6):
    """The residual network with 50 layers.

    Args:
        input_shape: tuple (n_H, n_W, n_C), the shape of one picture.
        classes: int, the number of classes.

    Returns:
        A Keras model from (m, n_H, n_W, n_C) to class probabilities (m, classes). With the defaults it has 23,600,006
        parameters. It is not compiled.
    """
    ### BEGIN SOLUTION
    inputs = keras.Input(input_shape)  # (m, 64, 64, 3)
    X = layers.ZeroPadding2D(3)(inputs)  # (m, 70, 70, 3)
    X = layers.Conv2D(64, 7, strides=2, kernel_initializer="he_normal")(X)  # (m, 32, 32, 64)
    X = layers.BatchNormalization()(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)  # (m, 15, 15, 64)
    for num_blocks, width, s in ((3, 64, 1), (4, 128, 2), (6, 256, 2), (3, 512, 2)):
        filters = (width, width, 4 * width)
        X = convolutional_block(X, 3, filters, s=s)
        for _ in range(num_blocks - 1):
            X = identity_block(X, 3, filters)
    X = layers.GlobalAveragePooling2D()(X)  # (m, 2048)
    outputs = layers.Dense(classes, activation="softmax")(X)  # (m, classes)
    return keras.Model(inputs, outputs)
    ### END SOLUTION


# %% id="check-resnet50"
check(ResNet50)

# %% [markdown] id="walk-intro"
# One convolution at the beginning, three in each of the $3 + 4 + 6 + 3 = 16$ blocks, and one dense layer: $1 + 48 + 1 =
# 50$. Nobody counts the four projections.
#
# ## A walk through your network
#
# The cat goes through your network, which has learned nothing yet. We look at the end of each stage. A pixel shows the
# mean of all channels. And we compare your number of parameters with that of the ResNet-50 that comes with Keras.

# %% id="walk"
keras.utils.set_random_seed(0)
network = ResNet50()
print(f"your ResNet-50:  {network.count_params():,} parameters")
with without_weights():
    official = keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=6)
print(f"that of Keras:   {official.count_params():,} parameters")

last = {layer.output.shape[1]: layer.output for layer in network.layers if len(layer.output.shape) == 4}
stages = [output for side, output in last.items() if side in (64, 32, 15, 8, 4, 2)]
volumes = keras.Model(network.input, stages).predict(cat[:, 10:74, 30:94], verbose=0)
fig, axes = plt.subplots(1, len(volumes), figsize=(8, 1.9), layout="constrained")
for ax, volume in zip(axes, volumes, strict=True):
    ax.imshow(volume[0].mean(axis=2), cmap="gray", interpolation="nearest")
    ax.set_title(" x ".join(map(str, volume.shape[1:])), fontsize=10)
    ax.axis("off")
plt.show()

# %% [markdown] id="cost-intro"
# It is the old plan again: height and width shrink, channels grow.
#
# ## What does it cost?
#
# **Predict, then run.** ResNet-50 is three times as deep as VGG-16. With pictures of 224 x 224 pixels and 1,000
# classes: does it have more parameters? Does it work more?

# %% id="cost"
with without_weights():
    rivals = {"VGG-16": VGG16(), "ResNet-50": ResNet50((224, 224, 3), 1000)}
for name, rival in rivals.items():
    cost = count_costs(rival)
    print(
        f"{name:9s} {cost.parameters / 1e6:6.1f} million parameters, "
        f"{cost.multiply_adds / 1e9:5.1f} billion multiply-adds for one picture"
    )

# %% [markdown] id="cost-answer"
# Five times fewer parameters, and four times less work. The bottlenecks are one reason. The other is the end of the
# network: no large dense layers, only an average, as in Network in Network. Depth was never what made networks
# expensive.

# %% [markdown] id="part-7"
# # 7. Take a block out
#
# Now we come back to the networks of part 1, which have learned to read digits. We operate: we take *one* block out and
# train nothing anew. The layers behind it suddenly get what the layers before it have made.
#
# - In the plain network of 10 layers, we leave out two layers that belong together, and connect the rest.
# - In the residual networks of 10 and 34 layers, we set the last $\gamma$ and $\beta$ of a block to zero. Then it does
#   nothing: you have measured it.
#
# **Predict, then run.** How many of the test digits will be read correctly after the operation? (Guessing gives 10%.)


# %% id="lesions"
def accuracy(model):
    return 100 * np.mean(model.predict(x_test, verbose=0).argmax(axis=1) == y_test)


def without_each_block(model):
    """The accuracies of a residual network without one block, for each block whose shortcut is the identity."""
    accuracies = []
    for layer in model.layers:
        if layer.name.endswith("_b_bn") and not layer.name.startswith("stage2_block1_"):
            gamma, beta, *collected = layer.get_weights()
            layer.set_weights([0 * gamma, 0 * beta, *collected])
            accuracies.append(accuracy(model))
            layer.set_weights([gamma, beta, *collected])
    return accuracies


after = {("with shortcuts", depth): without_each_block(networks["with shortcuts", depth]) for depth in (10, 34)}
after["plain", 10], plain = [], networks["plain", 10]
for name in ("stage1_block1", "stage1_block2", "stage2_block2"):  # stage2_block1 changes the shape
    X = plain.input
    for layer in plain.layers[1:]:
        X = X if layer.name.startswith(name) else layer(X)
    after["plain", 10].append(accuracy(keras.Model(plain.input, X)))

# %% id="lesion-figure"
fig, axes = plt.subplots(1, 3, figsize=(8, 3.3), width_ratios=[1, 1, 3.4], sharey=True, layout="constrained")
for ax, which in zip(axes, (("plain", 10), ("with shortcuts", 10), ("with shortcuts", 34)), strict=True):
    blocks, whole = range(1, len(after[which]) + 1), accuracy(networks[which])
    ax.bar(blocks, after[which], color=ORANGE if which[0] == "plain" else BLUE)
    ax.axhline(whole, color="0.3", linestyle="--")
    ax.text(0.5, whole + 1, f"whole: {whole:.0f}%", color="0.3", va="bottom")
    ax.set(title=f"{which[0]},\n{which[1]} layers", xticks=blocks, ylim=(0, 112))
    ax.spines[["top", "right"]].set_visible(False)
    lowest, highest = min(after[which]), max(after[which])
    print(f"{which[1]} layers, {which[0]:14s}  whole {whole:.0f}%, without one block {lowest:.0f}% to {highest:.0f}%")
axes[0].set_ylabel("test digits read correctly (%)")
axes[2].set_xlabel("which block is taken out")
plt.show()

# %% [markdown] id="lesion-answer"
# The plain network is dead, whichever block is missing: every layer depends on the one before. The *small* residual
# network suffers too. It has only four blocks, and each of them has a lot to do. But in the deep one, with its sixteen
# blocks, you may take out any one that you like. It still reads most of the digits, and often nearly all.
#
# Andreas Veit, Michael Wilber and Serge Belongie did this to a network of 110 layers
# ([2016](https://arxiv.org/abs/1605.06431)). They explained it with the brackets that we multiplied out in part 3. A
# plain network is one path. A residual network of $n$ blocks is made of $2^n$ paths of all lengths: 16 of them in the
# small network, 65,536 in the deep one. Take one block out, and half of the paths remain.
#
# Perhaps this is what the addition really does: it makes a deep network out of many shallower ones, and shallow ones
# can learn.

# %% [markdown] id="take-with-you"
# # What to take with you
#
# - Plain networks get *worse* when they get too deep, on their own training set. It is not overfitting, and with batch
#   normalisation it is not a vanishing gradient either. Gradient descent finds no good direction.
# - A residual block learns what to *add*: $a = g(F(x) + x)$. The shortcut arrives before the last ReLU.
# - With zero weights a block hands on its input, exactly where the input is not negative. So more depth need not hurt.
# - On the way back, each block has the slope $1 + s$ and not $s$.
# - Identity where shapes fit, a 1 x 1 projection where they do not.
# - Bottleneck: 1 x 1, 3 x 3, 1 x 1. Seventeen times fewer parameters than two layers of 3 x 3.
# - ResNet-50: 16 blocks, 50 layers, 23.6 million parameters with six classes.
# - In a deep residual network each block changes a little, and no block is indispensable.
#
# Shortcuts are everywhere today: in every Transformer, in the networks that find tumours, in those that play Go. In the
# next notebook you go sideways: filters of several sizes, side by side.
