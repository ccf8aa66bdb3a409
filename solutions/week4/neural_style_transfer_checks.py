"""The exercises of neural_style_transfer: their cases and the mistakes that learners make.

Activations are eighths, so sums of their squares are exact in float32. Costs are compared with a tolerance, since a
GPU and another order of summation may change the last digits.
"""

from collections.abc import Iterator

import numpy as np

from courselib.grading import Case, Code, Exercise, Mistake

TOLERANCE = 1e-3
TENSORS = Code("""lambda f, *args, **kwargs: (
    tensors := lambda values: keras.tree.map_structure(
        lambda a: keras.ops.convert_to_tensor(a) if isinstance(a, np.ndarray) else a, values),
    keras.ops.convert_to_numpy(f(*tensors(args), **tensors(kwargs))),
)[-1]""")
# The gradient for the fixed and for the generated activations, both in one array.
GRADIENT_OF_LISTS = Code("""lambda f, fixed, made: (
    style := __import__("courselib.style", fromlist=["style"]),
    both := np.stack([fixed, made]),
    keras.ops.convert_to_numpy(style.value_and_gradient(lambda x: f([x[0]], [x[1]]), both)[1]),
)[-1]""")
GRADIENT = Code("""lambda f, fixed, made: (
    style := __import__("courselib.style", fromlist=["style"]),
    both := np.stack([fixed, made]),
    keras.ops.convert_to_numpy(style.value_and_gradient(lambda x: f(x[0], x[1]), both)[1]),
)[-1]""")
GRADIENT_OF_ONE = Code("""lambda f, A, R: (
    style := __import__("courselib.style", fromlist=["style"]),
    keras.ops.convert_to_numpy(style.value_and_gradient(lambda x: keras.ops.sum(f(x) * R), A)[1]),
)[-1]""")


def activations(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """What a ReLU leaves: float32 from 0 to 2 in steps of 1/8, never the same twice in a row."""
    return (rng.integers(0, 17, size=shape) / 8).astype(np.float32)


# ---- part 1: what is in a picture


def cases_compute_content_cost(rng: np.random.Generator) -> Iterator[Case]:
    def layer(*shape: int) -> list[np.ndarray]:
        return [activations(rng, 1, *shape), activations(rng, 1, *shape)]

    one = layer(2, 3, 4)
    yield Case("one layer", ([one[0]], [one[1]]), call=TENSORS, tolerance=TOLERANCE)
    lists = tuple(map(list, zip(layer(4, 6, 2), layer(4, 6, 3), layer(2, 3, 5), strict=True)))
    yield Case("three layers, the last one is the content layer", lists, call=TENSORS, tolerance=TOLERANCE)
    yield Case(
        "gradients: none for the fixed target", tuple(layer(3, 2, 2)), call=GRADIENT_OF_LISTS, tolerance=TOLERANCE
    )


compute_content_cost = Exercise(
    name="compute_content_cost",
    points=15,
    cases=cases_compute_content_cost,
    mistakes=(
        Mistake(
            "first_layer",
            "    a_C = ops.stop_gradient(content_output[-1])  # (1, n_H, n_W, n_C), fixed\n"
            "    a_G = generated_output[-1]",
            "    a_C = ops.stop_gradient(content_output[0])\n    a_G = generated_output[0]",
            "You compare the first layer of the lists. The content layer is the last one.",
        ),
        Mistake(
            "no_quarter",
            "(4 * n_H * n_W * n_C)",
            "(n_H * n_W * n_C)",
            "Your cost is four times too large. Look at what stands below the fraction bar.",
        ),
        Mistake(
            "divided_by_four_only",
            "(4 * n_H * n_W * n_C)",
            "4",
            "You divide by 4, but not by the number of activations. A larger picture then costs more.",
        ),
        Mistake(
            "places_only",
            "(4 * n_H * n_W * n_C)",
            "(4 * n_H * n_W)",
            "You divide by the number of places. Every place has n_C channels.",
        ),
        Mistake(
            "absolute_differences",
            "ops.square(a_C - a_G)",
            "ops.abs(a_C - a_G)",
            "You add the differences without their sign. The formula squares them.",
        ),
        Mistake(
            "gradient_through_the_target",
            "ops.stop_gradient(content_output[-1])",
            "content_output[-1]",
            "The cost is right, but a gradient also flows into the content picture. It is a fixed target: "
            "ops.stop_gradient.",
        ),
        Mistake(
            "gradient_into_the_target_only",
            "    a_C = ops.stop_gradient(content_output[-1])  # (1, n_H, n_W, n_C), fixed\n"
            "    a_G = generated_output[-1]",
            "    a_C = content_output[-1]\n    a_G = ops.stop_gradient(generated_output[-1])",
            "You stop the gradient of the generated picture, so the wrong one of the two would move.",
        ),
        Mistake(
            "no_gradient",
            "a_G = generated_output[-1]",
            "a_G = ops.stop_gradient(generated_output[-1])",
            "No gradient reaches the generated picture, so it can never change. Stop it for the target only, and stay "
            "with tensors.",
        ),
    ),
)


# ---- part 2: how it is painted


def cases_gram_matrix(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("3 channels, 5 places", (activations(rng, 3, 5),), call=TENSORS, tolerance=TOLERANCE)
    yield Case("4 channels, 2 places", (), {"A": activations(rng, 4, 2) - 1}, call=TENSORS, tolerance=TOLERANCE)
    yield Case(
        "its gradient", (activations(rng, 2, 3), activations(rng, 2, 2)), call=GRADIENT_OF_ONE, tolerance=TOLERANCE
    )


gram_matrix = Exercise(
    name="gram_matrix",
    points=10,
    cases=cases_gram_matrix,
    mistakes=(
        Mistake(
            "transposed",
            "ops.matmul(A, ops.transpose(A))",
            "ops.matmul(ops.transpose(A), A)",
            "Your matrix compares places with places. It must compare channels with channels: (n_C, n_C).",
        ),
        Mistake(
            "mean_over_places",
            "ops.matmul(A, ops.transpose(A))",
            "ops.matmul(A, ops.transpose(A)) / A.shape[1]",
            "You divide by the number of places. That comes later, in the cost, so it would happen twice.",
        ),
        Mistake(
            "divided_by_all",
            "ops.matmul(A, ops.transpose(A))",
            "ops.matmul(A, ops.transpose(A)) / (A.shape[0] * A.shape[1])",
            "You divide by the number of activations. That comes later, in the cost, so it would happen twice.",
        ),
        Mistake(
            "covariance",
            "ops.matmul(A, ops.transpose(A))",
            "ops.matmul(A - ops.mean(A, axis=1, keepdims=True), ops.transpose(A))",
            "You subtract the mean of each channel first. That gives covariances; the Gram matrix keeps the means.",
        ),
        Mistake(
            "diagonal_only",
            "ops.matmul(A, ops.transpose(A))",
            "ops.diag(ops.sum(A * A, axis=1))",
            "Only the diagonal is there: each channel with itself. The pairs of different channels are what matters.",
        ),
        Mistake(
            "no_gradient",
            "ops.matmul(A, ops.transpose(A))",
            "ops.stop_gradient(ops.matmul(A, ops.transpose(A)))",
            "The numbers are right, but no gradient comes through. Compute with ops, not by way of NumPy.",
        ),
    ),
)


def cases_compute_layer_style_cost(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(
        "2 x 3 places, 4 channels",
        (activations(rng, 1, 2, 3, 4), activations(rng, 1, 2, 3, 4)),
        call=TENSORS,
        tolerance=TOLERANCE,
    )
    a = activations(rng, 1, 4, 2, 3)
    mirrored = np.ascontiguousarray(a[:, ::-1])
    yield Case("upside down: the same style", (a, mirrored), call=TENSORS, tolerance=TOLERANCE)
    yield Case(
        "gradients: none for the fixed target",
        (activations(rng, 1, 2, 2, 3), activations(rng, 1, 2, 2, 3)),
        call=GRADIENT,
        tolerance=TOLERANCE,
    )


compute_layer_style_cost = Exercise(
    name="compute_layer_style_cost",
    points=20,
    cases=cases_compute_layer_style_cost,
    mistakes=(
        Mistake(
            "places_instead_of_channels",
            "    G_S = gram_matrix(ops.transpose(a_S))  # (n_C, n_C)\n    G_G = gram_matrix(ops.transpose(a_G))\n",
            "    G_S = gram_matrix(a_S)\n    G_G = gram_matrix(a_G)\n",
            "Your Gram matrices compare places with places: the rows of the array must be channels. Transpose first.",
        ),
        Mistake(
            "channels_mixed_up",
            "    G_S = gram_matrix(ops.transpose(a_S))  # (n_C, n_C)\n    G_G = gram_matrix(ops.transpose(a_G))\n",
            "    G_S = gram_matrix(ops.reshape(a_S, (n_C, -1)))\n    G_G = gram_matrix(ops.reshape(a_G, (n_C, -1)))\n",
            "The shape is right, but the rows are not the channels: a reshape cannot swap axes. Use ops.transpose.",
        ),
        Mistake(
            "normalised_twice",
            "    G_S = gram_matrix(ops.transpose(a_S))  # (n_C, n_C)\n    G_G = gram_matrix(ops.transpose(a_G))\n",
            "    G_S = gram_matrix(ops.transpose(a_S)) / (n_H * n_W)\n"
            "    G_G = gram_matrix(ops.transpose(a_G)) / (n_H * n_W)\n",
            "Your cost is divided by the number of places twice: in the Gram matrices, and in the fraction.",
        ),
        Mistake(
            "no_quarter",
            "(2 * n_H * n_W * n_C) ** 2",
            "(n_H * n_W * n_C) ** 2",
            "Your cost is four times too large. The 2 belongs to what is squared below the fraction bar.",
        ),
        Mistake(
            "two_not_squared",
            "(2 * n_H * n_W * n_C) ** 2",
            "(2 * (n_H * n_W * n_C) ** 2)",
            "Your cost is twice too large. The 2 is squared, too.",
        ),
        Mistake(
            "denominator_not_squared",
            "(2 * n_H * n_W * n_C) ** 2",
            "(2 * n_H * n_W * n_C)",
            "What stands below the fraction bar must be squared.",
        ),
        Mistake(
            "as_the_content_cost",
            "(2 * n_H * n_W * n_C) ** 2",
            "(4 * n_H * n_W * n_C)",
            "You divide as in the content cost. Gram matrices are sums over places, and their differences are squared.",
        ),
        Mistake(
            "absolute_differences",
            "ops.square(G_S - G_G)",
            "ops.abs(G_S - G_G)",
            "You add the differences without their sign. The formula squares them.",
        ),
        Mistake(
            "no_gram_matrix",
            "ops.square(G_S - G_G)",
            "ops.square(a_S - a_G)",
            "You compare the activations place by place. That is content; style compares the Gram matrices.",
        ),
        Mistake(
            "gradient_through_the_target",
            "ops.reshape(ops.stop_gradient(a_S), (n_H * n_W, n_C))",
            "ops.reshape(a_S, (n_H * n_W, n_C))",
            "The cost is right, but a gradient also flows into the style picture. It is a fixed target: "
            "ops.stop_gradient.",
        ),
    ),
)


def cases_compute_style_cost(rng: np.random.Generator) -> Iterator[Case]:
    def layer(*shape: int) -> tuple[np.ndarray, np.ndarray]:
        return activations(rng, 1, *shape), activations(rng, 1, *shape)

    a, b = layer(2, 3, 2)
    yield Case("one layer, lambda 3", ([a], [b], [("block1_conv1", 3.0)]), call=TENSORS, tolerance=TOLERANCE)
    style, generated = (list(x) for x in zip(layer(4, 4, 2), layer(2, 2, 3), layer(1, 2, 4), strict=True))
    lambdas = rng.permutation([0.25, 0.75, 1.5]).tolist()
    names = ["block1_conv1", "block2_conv1", "block3_conv1"]
    layers = list(zip(names, lambdas, strict=True))
    yield Case("three layers", (style, generated, layers), call=TENSORS, tolerance=TOLERANCE)
    further = (style, generated, [("block1_conv1", 0.5), ("block2_conv1", 0.125)])
    yield Case("two layers, and the content layer follows", further, call=TENSORS, tolerance=TOLERANCE)


_SUM = "J_style = J_style + weight * compute_layer_style_cost(style_outputs[i], generated_outputs[i])"

compute_style_cost = Exercise(
    name="compute_style_cost",
    points=15,
    cases=cases_compute_style_cost,
    mistakes=(
        Mistake(
            "weights_forgotten",
            "weight * compute_layer_style_cost(",
            "compute_layer_style_cost(",
            "All layers count the same. Multiply the cost of each layer by its lambda.",
        ),
        Mistake(
            "mean_over_layers",
            "return J_style",
            "return J_style / len(style_layers)",
            "You divide by the number of layers. The lambdas alone say how much a layer counts.",
        ),
        Mistake(
            "weights_made_to_sum_to_one",
            "return J_style",
            "return J_style / sum(weight for _, weight in style_layers)",
            "You divide by the sum of the lambdas. Take them as they are.",
        ),
        Mistake(
            "last_layer_only",
            "J_style = J_style + weight",
            "J_style = weight",
            "Only the last layer counts. Add up the costs of all layers.",
        ),
        Mistake(
            "first_layer_only",
            _SUM,
            f"{_SUM}\n        return J_style",
            "Only the first layer counts. Does your function return inside of the loop?",
        ),
        Mistake(
            "layers_in_reverse",
            "enumerate(style_layers)",
            "enumerate(reversed(style_layers))",
            "The lambdas are used in reverse order. The first one belongs to the first output.",
        ),
        Mistake(
            "from_the_end",
            "compute_layer_style_cost(style_outputs[i], generated_outputs[i])",
            "compute_layer_style_cost(style_outputs[-1 - i], generated_outputs[-1 - i])",
            "You take the outputs from the end of the lists, where the content layer is. Begin with the first one.",
        ),
    ),
)


# ---- part 3: both together


def cases_total_cost(rng: np.random.Generator) -> Iterator[Case]:
    J_content, J_style = (rng.permutation(40)[:2] / 8 + 0.125).tolist()
    yield Case("the defaults", (J_content, J_style))
    yield Case("alpha 3, beta 0.5, by position", (J_content, J_style, 3, 0.5))
    yield Case("by name", (), {"beta": 2.0, "J_style": J_style, "alpha": 0.25, "J_content": J_content})
    tensors = (np.array(J_style, np.float32), np.array(J_content, np.float32))
    yield Case("tensors", tensors, {"beta": 100}, call=TENSORS, tolerance=TOLERANCE)


total_cost = Exercise(
    name="total_cost",
    points=10,
    cases=cases_total_cost,
    mistakes=(
        Mistake(
            "alpha_and_beta_swapped",
            "alpha * J_content + beta * J_style",
            "beta * J_content + alpha * J_style",
            "alpha and beta are swapped: alpha is the weight of the content.",
        ),
        Mistake(
            "defaults_swapped",
            "alpha=10, beta=40",
            "alpha=40, beta=10",
            "The defaults are swapped: alpha is 10 and beta is 40.",
        ),
        Mistake(
            "parameters_swapped",
            "alpha=10, beta=40",
            "beta=40, alpha=10",
            "When they are given by position, alpha and beta change places. Keep the order of the parameters.",
        ),
        Mistake(
            "always_the_defaults",
            "alpha * J_content + beta * J_style",
            "10 * J_content + 40 * J_style",
            "You always use 10 and 40. Use the arguments alpha and beta.",
        ),
        Mistake(
            "weights_made_to_sum_to_one",
            "alpha * J_content + beta * J_style",
            "(alpha * J_content + beta * J_style) / (alpha + beta)",
            "You divide by alpha + beta. The formula does not.",
        ),
        Mistake(
            "no_weights",
            "alpha * J_content + beta * J_style",
            "J_content + J_style",
            "The two costs are added without their weights.",
        ),
    ),
)


# ---- part 4: the optimisation

# A network of two layers: 3 -> 4 channels, then the mean of 2 x 2 places and 4 -> 2 channels. It returns both as style
# layers and then the second one as content layer. The result is the costs of some steps, and the picture.
STEPS = Code("""lambda f, image, content, style, kernels, rate, num_steps, **more: (
    first := lambda x: keras.ops.relu(keras.ops.matmul(x, kernels[0])),
    pooled := lambda a: (a[:, ::2, ::2] + a[:, 1::2, ::2] + a[:, ::2, 1::2] + a[:, 1::2, 1::2]) / 4,
    second := lambda a: keras.ops.relu(keras.ops.matmul(pooled(a), kernels[1])),
    extractor := lambda x: [first(x), second(first(x)), second(first(x))],
    picture := keras.Variable(image),
    targets := [extractor(keras.ops.convert_to_tensor(target)) for target in (content, style)],
    layers := [("block1_conv1", 0.25), ("block2_conv1", 0.75)],
    optimizer := keras.optimizers.SGD(rate),
    steps := [f(picture, extractor, *targets, layers, optimizer, **more) for _ in range(num_steps)],
    costs := [J if J is None else keras.ops.convert_to_numpy(J) for J in steps],
    [costs, keras.ops.convert_to_numpy(picture)],
)[-1]""")


def cases_train_step(rng: np.random.Generator) -> Iterator[Case]:
    def arguments(rate: float, num_steps: int) -> tuple:
        pictures = [(rng.integers(0, 9, (1, 4, 4, 3)) / 8).astype(np.float32) for _ in range(3)]
        signs = [rng.integers(-8, 9, shape).astype(np.float32) / 8 for shape in ((3, 4), (4, 2))]
        return (*pictures, [np.abs(signs[0]) + signs[0] / 4, np.abs(signs[1]) + signs[1] / 4], rate, num_steps)

    yield Case("one small step", arguments(0.02, 1), call=STEPS, tolerance=TOLERANCE)
    yield Case(
        "three large steps, alpha 20, beta 2",
        arguments(0.5, 3),
        {"alpha": 20, "beta": 2},
        call=STEPS,
        tolerance=TOLERANCE,
    )


_COST_OF_CONTENT = "compute_content_cost(content_outputs, generated_outputs)"
_COST_OF_STYLE = "compute_style_cost(style_outputs, generated_outputs, style_layers)"
_MOVE = """    optimizer.apply([gradient], [generated_image])
    generated_image.assign(ops.clip(generated_image, 0, 1))
"""

train_step = Exercise(
    name="train_step",
    points=30,
    cases=cases_train_step,
    mistakes=(
        Mistake(
            "not_clipped",
            "    generated_image.assign(ops.clip(generated_image, 0, 1))\n",
            "",
            "Some pixels of your picture are below 0 or above 1. Clip them, and assign the result to generated_image.",
        ),
        Mistake(
            "clipped_to_255",
            "ops.clip(generated_image, 0, 1)",
            "ops.clip(generated_image, 0, 255)",
            "You clip to 0-255. The pixels of these pictures lie between 0 and 1.",
        ),
        Mistake(
            "clipped_before_the_step",
            _MOVE,
            "    generated_image.assign(ops.clip(generated_image, 0, 1))\n"
            "    optimizer.apply([gradient], [generated_image])\n",
            "You clip before the step, so the step itself can leave the range. Clip after it.",
        ),
        Mistake(
            "uphill",
            "[gradient]",
            "[-gradient]",
            "Your picture goes uphill: the cost grows. The optimizer changes the sign itself, so give it the gradient.",
        ),
        Mistake(
            "no_step",
            "    optimizer.apply([gradient], [generated_image])\n",
            "",
            "The picture does not move. Let the optimizer apply the gradient.",
        ),
        Mistake(
            "content_target_follows",
            _COST_OF_CONTENT,
            "compute_content_cost(generated_outputs, generated_outputs)",
            "You compare the generated picture with itself, so its content costs nothing. The target stays fixed: "
            "content_outputs.",
        ),
        Mistake(
            "style_target_follows",
            _COST_OF_STYLE,
            "compute_style_cost(generated_outputs, generated_outputs, style_layers)",
            "You compare the generated picture with itself, so its style costs nothing. The target stays fixed: "
            "style_outputs.",
        ),
        Mistake(
            "targets_swapped",
            f"        J_content = {_COST_OF_CONTENT}\n        J_style = {_COST_OF_STYLE}\n",
            "        J_content = compute_content_cost(style_outputs, generated_outputs)\n"
            "        J_style = compute_style_cost(content_outputs, generated_outputs, style_layers)\n",
            "You take the content of the style picture, and the style of the content picture.",
        ),
        Mistake(
            "alpha_and_beta_swapped",
            "total_cost(J_content, J_style, alpha, beta)",
            "total_cost(J_content, J_style, beta, alpha)",
            "alpha and beta are swapped where you call total_cost.",
        ),
        Mistake(
            "weights_not_passed_on",
            "total_cost(J_content, J_style, alpha, beta)",
            "total_cost(J_content, J_style)",
            "Another alpha or beta changes nothing. Pass them on.",
        ),
        Mistake(
            "outside_of_the_cost",
            "        generated_outputs = extractor(image)\n",
            "        generated_outputs = extractor(ops.stop_gradient(image))\n",
            "The cost does not depend on its argument. Everything between the picture and the cost belongs into the "
            "function that you differentiate.",
        ),
        Mistake("returns_nothing", "    return J\n", "", "You return nothing. Return the cost before the step."),
    ),
)


exercises = [
    compute_content_cost,
    gram_matrix,
    compute_layer_style_cost,
    compute_style_cost,
    total_cost,
    train_step,
]
