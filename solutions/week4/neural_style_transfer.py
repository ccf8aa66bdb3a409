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
# # Neural style transfer
#
# One picture says *what* to paint, another one says *how*. Run the next three cells and look.

# %% id="setup" tags=["setup"]
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import ops

from courselib.datasets import load_paintings, load_photographs
from courselib.grading import Check
from courselib.style import (
    STYLE_LAYERS,
    StyleTransfer,
    layer_outputs,
    load_style_extractor,
    picture_slider,
    value_and_gradient,
)

check = Check("neural_style_transfer")
keras.utils.set_random_seed(0)
plt.rcParams.update({"figure.dpi": 90})
check.progress()


# %% id="show-helper"
def show(pictures, columns=5, height=1.9):
    """Draw pictures in rows, {title: picture}."""
    rows = -(-len(pictures) // columns)
    _, axes = plt.subplots(rows, columns, figsize=(8, height * rows), layout="constrained", squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, (title, picture) in zip(axes.flat, pictures.items(), strict=False):
        ax.imshow(picture)
        ax.set_title(title, fontsize=9)
    plt.show()


# %% id="look-first"
photographs, paintings = load_photographs(256), load_paintings(256)  # each of shape (256, 256, 3), in [0, 1]
transfer = StyleTransfer()  # the library's version of what you will write
content, style = photographs["pavilion"], paintings["swirls"]
began = time.perf_counter()
result = transfer(content, style, steps=60)
print(f"painted in {time.perf_counter() - began:.0f} seconds")
show({"content C": content, "style S": style, "generated G": result.picture}, columns=3, height=2.9)

# %% [markdown] id="what-you-see"
# The pavilion on the left stands by a lake in Beijing. The picture in the middle was painted by a program: blue and
# yellow swirls. On the right the pavilion is still there, roof over roof. But sky and water are made of strokes now,
# and the colours are those of the painting.
#
# Nobody showed a network examples of "before" and "after". A network that can *see* is used as a judge, and **the
# pixels of the picture are what learns**. Leon Gatys, Alexander Ecker and Matthias Bethge found this in
# [2015](https://arxiv.org/abs/1508.06576). You will write all of it: five short functions for the cost, and one step of
# gradient descent.

# %% [markdown] id="what-you-will-write"
# ## What you will write
#
# | part | you write | points |
# | --- | --- | --- |
# | 1. What is in a picture | `compute_content_cost` | 15 |
# | 2. How it is painted | `gram_matrix`, `compute_layer_style_cost`, `compute_style_cost` | 45 |
# | 3. Both together | `total_cost` | 10 |
# | 4. The pixels learn | `train_step` | 30 |
#
# That is 6 functions and 100 points. Plan about two hours. The computer needs about **two minutes** on two cores,
# nearly all of it to paint. You need no GPU and no internet.
#
# ## Notation
#
# | symbol | meaning |
# | --- | --- |
# | $C, S, G$ | the content picture, the style picture, the generated picture |
# | $a^{[l](C)}$ | what layer $l$ answers to the content picture: its activations, `a_C` |
# | $n_H, n_W, n_C$ | height, width and number of channels of that layer |
# | $\lambda^{[l]}$ | how much layer $l$ counts for the style |
# | $\alpha, \beta$ | how much the content counts, and how much the style |
#
# Activations have the shape $(1, n_H, n_W, n_C)$: a batch of one picture. Here they are always tensors, because
# gradients must flow through them. So compute with `ops` (`keras.ops`), never with NumPy.

# %% [markdown] id="part-1"
# # 1. What is in a picture
#
# We need a network that has learned to see. The best known one for this purpose is VGG-19, trained on a million
# photographs of ImageNet. Its weights are 80 MB, so courselib takes them only if Keras has downloaded them before
# (`load_style_extractor("vgg19")` does it). Otherwise it takes a small network of the same form that ships with the
# course. Nobody told that one what is on a picture. Its filters are the patterns that occur most often in photographs
# and paintings.

# %% id="extractor"
extractor = load_style_extractor()
print(f"this notebook uses: {extractor.name}, {extractor.count_params():,} parameters (VGG-19: 12.9 million)")
names = [layer.name for layer in extractor.layers if "conv" in layer.name]
outputs = layer_outputs(extractor, names)  # a model from a picture to the activations of all these layers
for name, a in zip(names, outputs(content[None]), strict=True):
    print(f"{name}: {a.shape}")

# %% [markdown] id="invert-intro"
# ## What does a layer remember?
#
# Every layer turns the picture into other numbers. Deep layers have fewer places: at `block4_conv1`, one place stands
# for 8 x 8 pixels. What do these numbers still know about the picture?
#
# Ask the layer itself. Start with pure noise, and change its pixels until the layer cannot tell it from the photograph
# any more. What you get then is what the layer remembers.
#
# **Predict, then run.** Which picture will be sharper, the one from a shallow or the one from a deep layer? What gets
# lost first: colours, edges or places?

# %% id="invert-layers"
small, small_style = load_photographs(96)["astronaut"], load_paintings(96)["stained glass"]
remembered = {"the photograph": small}
for name in ("block1_conv1", "block2_conv2", "block3_conv2", "block4_conv2"):
    invert = StyleTransfer(extractor, content_layer=name)
    result = invert(small, small_style, beta=0, start="noise", num_sizes=1, steps=150, verbose=False)
    remembered[name] = result.picture
show(remembered)

# %% [markdown] id="invert-answer"
# A shallow layer remembers everything, to the pixel. A deep layer remembers *what is where*: a face, a helmet, a flag.
# But it is no longer sure about single pixels. This freedom is what we need. If we ask the generated picture to agree
# with the photograph in a middle layer only, its fine strokes are free. They can be painted in another style.
#
# So content is compared in one layer, neither shallow nor deep.

# %% [markdown] id="about-compute-content-cost"
# ### Exercise: the content cost
#
# Compare the activations of both pictures, place by place and channel by channel:
#
# $$J_{content}(C, G) = \frac{1}{4 \, n_H \, n_W \, n_C} \sum_{\text{all entries}} \left(a^{(C)} - a^{(G)}\right)^2$$
#
# The extractor gives a list of activations, one entry for each layer that we look at. The style layers come first, and
# **the content layer is the last one** of the list.
#
# One thing needs care. There are two ways to make two things equal: move the first one, or move the second one. Only
# the generated picture may move. The content picture is a fixed target, and no gradient may flow into it.
# `ops.stop_gradient(x)` has the value of `x` and lets no gradient through. Without it, you would move the goalposts
# instead of the ball.


# %% id="compute-content-cost"
def compute_content_cost(content_output, generated_output):
    """How different two pictures are in what they show.

    Args:
        content_output: list of tensors: the activations of the content picture in several layers. The content layer is
            the last one, of shape (1, n_H, n_W, n_C). It is a fixed target.
        generated_output: list of tensors of the same shapes: those of the generated picture.

    Returns:
        J_content, a tensor without axes. Its gradient flows into the generated picture only.
    """
    ### BEGIN SOLUTION
    a_C = ops.stop_gradient(content_output[-1])  # (1, n_H, n_W, n_C), fixed
    a_G = generated_output[-1]  # (1, n_H, n_W, n_C)
    _, n_H, n_W, n_C = a_G.shape
    return ops.sum(ops.square(a_C - a_G)) / (4 * n_H * n_W * n_C)
    ### END SOLUTION


# %% id="check-compute-content-cost"
check(compute_content_cost)

# %% [markdown] id="part-2"
# # 2. How it is painted
#
# What is style? Colours, strokes, dots, the way edges are drawn. It is the same all over the painting, wherever you
# look. So whatever we measure must not depend on the *place*.
#
# Think of one channel that answers to yellow, and of another one that answers to curved edges. If they are active
# *together* all over the picture, then yellow things are curved here. That is a fact about style. To find it, multiply
# the two channels place by place and add everything up:
#
# $$G_{kk'} = \sum_{i} a_{ki} \, a_{k'i}$$
#
# $k$ and $k'$ are channels, and $i$ runs over all places. The table of all these numbers is called the **Gram matrix**,
# or the style matrix. On its diagonal stands how active each channel is; beside it, which channels go together.

# %% [markdown] id="about-gram-matrix"
# ### Exercise: the Gram matrix
#
# The input has one row for each channel and one column for each place. Then all sums together are one product of
# matrices: $G = A A^T$.


# %% id="gram-matrix"
def gram_matrix(A):
    """Which channels are active together.

    Args:
        A: tensor of shape (n_C, n_H * n_W): one row for each channel.

    Returns:
        tensor of shape (n_C, n_C): the sums of products, not divided by anything.
    """
    ### BEGIN SOLUTION
    return ops.matmul(A, ops.transpose(A))  # (n_C, n_C)
    ### END SOLUTION


# %% id="check-gram-matrix"
check(gram_matrix)

# %% [markdown] id="shuffle-intro"
# ## Does it really forget the places?
#
# We cut the photograph into squares of 32 x 32 pixels and shuffle them. Nobody recognises the pavilion now. But it is
# "painted" in the same way: the same colours, the same textures. For comparison there is a third picture, which shows
# something else.
#
# **Predict, then run.** The content cost compares place by place, the Gram matrices do not. Which of the two says that
# the shuffled picture is far from the photograph?


# %% id="shuffle"
def shuffled(picture, side=32):
    """The squares of a picture in another order."""
    n = picture.shape[0] // side
    squares = picture.reshape(n, side, n, side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)
    squares = np.random.default_rng(0).permutation(squares)
    return squares.reshape(n, n, side, side, 3).swapaxes(1, 2).reshape(picture.shape)


pictures = {"the photograph": content, "shuffled": shuffled(content), "swirls": style}
show(pictures, columns=3, height=2.7)
look = layer_outputs(extractor, ["block3_conv2"])
a = {title: look(picture[None]) for title, picture in pictures.items()}  # each (1, 64, 64, n_C)
rows = {title: ops.transpose(ops.reshape(x, (-1, x.shape[-1]))) for title, x in a.items()}  # (n_C, 64 * 64)
grams = {title: gram_matrix(row) / row.shape[1] for title, row in rows.items()}  # (n_C, n_C)
first = "the photograph"
for title in ("shuffled", "swirls"):
    by_place = float(ops.mean(ops.square(a[title] - a[first])) / ops.mean(ops.square(a[first])))
    by_style = float(ops.mean(ops.square(grams[title] - grams[first])) / ops.mean(ops.square(grams[first])))
    print(f"{title:8s} is away from the photograph by {by_place:.0%} in content, {by_style:.0%} in style")

# %% [markdown] id="shuffle-answer"
# For the content, the shuffled photograph is nothing but another picture. For the Gram matrix, it is nearly the same
# one: only the edges between the squares are new. So this is a measure of style, as we wanted.

# %% [markdown] id="about-compute-layer-style-cost"
# ### Exercise: the style cost of one layer
#
# Compare the two Gram matrices entry by entry:
#
# $$J^{[l]}_{style}(S, G) = \frac{1}{\left(2 \, n_H \, n_W \, n_C\right)^2}
# \sum_{k=1}^{n_C} \sum_{k'=1}^{n_C} \left(G^{(S)}_{kk'} - G^{(G)}_{kk'}\right)^2$$
#
# The fraction is there so that large layers do not count more than small ones. A Gram matrix grows with the number of
# places, and here it is squared. So the fraction is squared as a whole.
#
# Activations come as $(1, n_H, n_W, n_C)$, but `gram_matrix` wants $(n_C, n_H n_W)$. Be careful: a reshape alone cannot
# bring the channels to the front. First make it $(n_H n_W, n_C)$, then transpose. And the style picture is a fixed
# target, too.


# %% id="compute-layer-style-cost"
def compute_layer_style_cost(a_S, a_G):
    """How different the styles of two pictures are for one layer.

    Args:
        a_S: tensor of shape (1, n_H, n_W, n_C): activations of the style picture. It is a fixed target.
        a_G: tensor of shape (1, n_H, n_W, n_C): activations of the generated picture.

    Returns:
        J_style of this layer, a tensor without axes. Its gradient flows into the generated picture only.
    """
    ### BEGIN SOLUTION
    _, n_H, n_W, n_C = a_G.shape
    a_S = ops.reshape(ops.stop_gradient(a_S), (n_H * n_W, n_C))  # (n_H * n_W, n_C), fixed
    a_G = ops.reshape(a_G, (n_H * n_W, n_C))  # (n_H * n_W, n_C)
    G_S = gram_matrix(ops.transpose(a_S))  # (n_C, n_C)
    G_G = gram_matrix(ops.transpose(a_G))
    return ops.sum(ops.square(G_S - G_G)) / (2 * n_H * n_W * n_C) ** 2
    ### END SOLUTION


# %% id="check-compute-layer-style-cost"
check(compute_layer_style_cost)

# %% [markdown] id="about-compute-style-cost"
# ### Exercise: the style cost of several layers
#
# A shallow layer sees a few pixels: colours and fine grain. A deep one sees longer strokes and larger forms. A style is
# all of that. So take several layers, each with a weight $\lambda^{[l]}$:
#
# $$J_{style}(S, G) = \sum_l \lambda^{[l]} J^{[l]}_{style}(S, G)$$
#
# `style_layers` is a list of pairs, the name of a layer and its $\lambda$. The outputs come in the same order. The
# lists of outputs may be longer, since the content layer follows at the end. It does not count here.


# %% id="compute-style-cost"
def compute_style_cost(style_outputs, generated_outputs, style_layers):
    """How different the styles of two pictures are.

    Args:
        style_outputs: list of tensors: activations of the style picture. The first ones belong to style_layers, in the
            same order; further ones may follow.
        generated_outputs: list of tensors: those of the generated picture.
        style_layers: list of pairs (name, lambda).

    Returns:
        J_style: the costs of the layers, each times its lambda, summed.
    """
    ### BEGIN SOLUTION
    J_style = 0.0
    for i, (_, weight) in enumerate(style_layers):
        J_style = J_style + weight * compute_layer_style_cost(style_outputs[i], generated_outputs[i])
    return J_style
    ### END SOLUTION


# %% id="check-compute-style-cost"
check(compute_style_cost)

# %% [markdown] id="about-total-cost"
# # 3. Both together
#
# The generated picture should have the content of the one and the style of the other:
#
# $$J(G) = \alpha \, J_{content}(C, G) + \beta \, J_{style}(S, G)$$
#
# Both cannot be zero at once. $\alpha$ and $\beta$ say how to share. Only their ratio changes the picture.
#
# ### Exercise: the total cost


# %% id="total-cost"
def total_cost(J_content, J_style, alpha=10, beta=40):
    """The cost that the generated picture shall make small.

    Args:
        J_content: the content cost, a number or a tensor without axes.
        J_style: the style cost, likewise.
        alpha: the weight of the content.
        beta: the weight of the style.

    Returns:
        The weighted sum of both.
    """
    ### BEGIN SOLUTION
    return alpha * J_content + beta * J_style
    ### END SOLUTION


# %% id="check-total-cost"
check(total_cost)

# %% [markdown] id="part-4"
# # 4. The pixels learn
#
# Up to now, training meant: the pictures are fixed, and the weights of the network move downhill. Now it is the other
# way round. **The network is fixed, and the pixels move.** A picture of 96 x 96 pixels in three colours has 27,648
# numbers to learn.
#
# Every Keras backend has its own way to compute gradients. The helper `value_and_gradient` hides this. Give it a
# function from the picture to the cost, and the picture. It returns the cost and the gradient for every pixel:

# %% id="value-and-gradient"
value, gradient = value_and_gradient(lambda x: ops.sum(x**2), np.array([1.0, -2.0, 3.0], dtype="float32"))
print("the sum of squares:", float(value), "  its gradient 2x:", ops.convert_to_numpy(gradient))

# %% [markdown] id="about-train-step"
# ### Exercise: one step
#
# 1. Write a function from the picture to the total cost. Inside of it, the extractor looks at the picture. The outputs
#    for $C$ and $S$ come as arguments: they never change, so they were computed once, before the first step.
# 2. Get the cost and its gradient.
# 3. Let the optimizer move the picture: `optimizer.apply([gradient], [variable])`.
# 4. A pixel must be a colour. Clip all of them to [0, 1], and `assign` the result to the variable.


# %% id="train-step"
def train_step(generated_image, extractor, content_outputs, style_outputs, style_layers, optimizer, alpha=10, beta=40):
    """Move the generated picture downhill by one step.

    Args:
        generated_image: keras.Variable of shape (1, n_H, n_W, 3), pixels in [0, 1]. It is changed.
        extractor: a function from a picture, (1, n_H, n_W, 3), to the list of activations: the style layers first, the
            content layer last.
        content_outputs: what the extractor says about the content picture, fixed.
        style_outputs: what it says about the style picture, fixed.
        style_layers: list of pairs (name, lambda).
        optimizer: a keras optimizer.
        alpha: the weight of the content.
        beta: the weight of the style.

    Returns:
        The total cost before the step.
    """
    ### BEGIN SOLUTION

    def cost(image):
        generated_outputs = extractor(image)
        J_content = compute_content_cost(content_outputs, generated_outputs)
        J_style = compute_style_cost(style_outputs, generated_outputs, style_layers)
        return total_cost(J_content, J_style, alpha, beta)

    J, gradient = value_and_gradient(cost, generated_image)
    optimizer.apply([gradient], [generated_image])
    generated_image.assign(ops.clip(generated_image, 0, 1))
    return J
    ### END SOLUTION


# %% id="check-train-step"
check(train_step)

# %% [markdown] id="first-painting-intro"
# ## Your first painting
#
# Now let it run: 120 steps with Adam, once from the photograph and once from pure noise. This takes about 20 seconds.
#
# **Predict, then run.** Where will the cost be lower in the end? Will the two pictures look the same?


# %% id="first-painting"
def paint(start, steps=120, keep=(0, 5, 15, 40, 80, 120)):
    """Run train_step; returns {step: picture} and the costs."""
    look = layer_outputs(extractor, [*(name for name, _ in STYLE_LAYERS), "block3_conv2"])
    content_outputs, style_outputs = look(small[None]), look(small_style[None])
    image, optimizer = keras.Variable(start[None]), keras.optimizers.Adam(0.03, beta_2=0.99)
    kept, costs = {0: start}, []
    for step in range(1, steps + 1):
        J = train_step(image, look, content_outputs, style_outputs, STYLE_LAYERS, optimizer)
        costs.append(float(J))
        if step in keep:
            kept[step] = ops.convert_to_numpy(image)[0]
    return kept, costs


noise = np.random.default_rng(0).random(small.shape, dtype="float32")
began, runs = time.perf_counter(), {}
for name, start in {"the photograph": small, "noise": noise}.items():
    kept, costs = runs[name] = paint(start)
    print(f"from {name}: cost {costs[0]:.1f} before the first step, {costs[-1]:.2f} before the last one")
    show({f"from {name}: {step}" if step == 0 else f"step {step}": p for step, p in kept.items()}, 6, 1.7)
print(f"{240 / (time.perf_counter() - began):.0f} steps a second with your function")

# %% [markdown] id="first-painting-answer"
# The rules are the same, the results are not. From the photograph, everything is in its place at once, and only the
# strokes have to be painted. From noise, the places must be found too, and after 120 steps the noise still shows. The
# cost has many valleys, and gradient descent ends in the nearest one. Most people start with the photograph, or with a
# little noise on it.

# %% [markdown] id="faster-intro"
# ## The same, faster
#
# Your step runs line by line. The library's `StyleTransfer` computes the same costs, with four tricks:
#
# 1. The whole step is **compiled** into one graph.
# 2. What is known about $C$ and $S$ is reduced to what is needed, **once**: one layer, and the Gram matrices.
# 3. **Coarse to fine.** It paints a small picture first, then enlarges it and goes on. The deepest layer sees
#    about 50 pixels across. Of a small picture that is nearly all, so large forms can be moved at little cost.
# 4. Pictures larger than the memory allows are computed in **tiles**. Gram matrices are sums over places, so they can
#    be added up tile by tile.

# %% id="faster"
began = time.perf_counter()
transfer(small, small_style, steps=120, num_sizes=1, verbose=False)
print(f"{120 / (time.perf_counter() - began):.0f} steps a second in the same size; now a larger picture:")
result = transfer(photographs["cat"], paintings["stained glass"], steps=60, num_saved=12)
labels = [f"step {step}, {picture.shape[0]} x {picture.shape[1]} pixels" for step, picture in result.saved]
picture_slider([picture for _, picture in result.saved], labels, width=384)

# %% [markdown] id="slider-text"
# Move the slider through the steps. (If you see none, run the cell.) Twice the picture gets sharper at once: there it
# was enlarged.

# %% [markdown] id="layers-intro"
# ## Which layer does what?
#
# The same painting five times, each time with *one* style layer.
#
# **Predict, then run.** One layer gives colours and nothing else. Which one? Where do the black lines come from?

# %% id="layers"
each = {}
content, style = load_photographs(128)["flower"], load_paintings(128)["stained glass"]
for name in ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1"):
    only = StyleTransfer(extractor, style_layers=[(name, 1.0)])
    each[f"only {name}"] = only(content, style, steps=60, verbose=False).picture
everything = StyleTransfer(extractor)
each["all five"] = everything(content, style, steps=60, verbose=False).picture
show(each)

# %% [markdown] id="layers-answer"
# The deeper the layer, the larger the forms that it knows. `block1_conv1` sees 3 x 3 pixels, so it can only know
# colours and the finest grain. Together they give the whole painting, and this is why all of them are used.

# %% [markdown] id="balance-intro"
# ## Alpha, beta and the start
#
# **Predict, then run.** In the first row only $\beta$ changes, with $\alpha = 10$. In the second row only the first
# picture changes. Which row will differ more?

# %% id="balance"
rows = {}
for beta in (0.4, 4, 40, 400, 4000):
    rows[f"beta {beta}"] = everything(content, style, beta=beta, steps=60, verbose=False).picture
starts = {"the content": "content", "noise": "noise", "the style": style, "the cat": load_photographs(128)["cat"]}
for name, start in {**starts, "gray": np.full_like(content, 0.5)}.items():
    rows[f"from {name}"] = everything(content, style, steps=60, start=start, verbose=False).picture
show(rows)

# %% [markdown] id="balance-answer"
# With a small $\beta$ it is a photograph in other colours. With a large one the flower dissolves into pieces of glass.
# In between lies taste: no cost can tell you what is beautiful. But the second row differs more. The cost is the same
# there, and yet a start from another picture leaves that picture behind.

# %% [markdown] id="gallery-intro"
# ## A gallery, and your own pictures
#
# The last experiment paints two photographs in the four other styles. Then take your own:
# `load_picture("my_cat.jpg")` from `courselib.datasets` reads any photograph, and any painting that you like.

# %% id="gallery"
contents, styles = load_photographs(128), load_paintings(128)
for name in ("astronaut", "coffee"):
    gallery = {name: contents[name]}
    for title in ("swirls", "woodcut waves", "abstract shapes", "hatching"):
        gallery[title] = everything(contents[name], styles[title], steps=60, verbose=False).picture
    show(gallery)

# %% [markdown] id="take-with-you"
# # What to take with you
#
# - A network that can see can be a judge. Its layers measure how far two pictures are from each other, in *what* they
#   show and in *how*.
# - Content: compare the activations of one middle layer, place by place.
# - Style: compare Gram matrices. They say which channels are active together, and forget where.
# - The network stays fixed, and the pixels learn. It is the same gradient descent as always.
# - Targets are fixed: compute them once, and let no gradient flow into them.
# - $\alpha / \beta$ is a question of taste, the layers decide about the size of the strokes, and the start leaves
#   traces.
# - Start small and enlarge: large forms are cheap in small pictures.
#
# Later networks learned to do all this in one forward pass (Justin Johnson, Alexandre Alahi and Li Fei-Fei,
# [2016](https://arxiv.org/abs/1603.08155)). They were trained with exactly the costs that you wrote.
