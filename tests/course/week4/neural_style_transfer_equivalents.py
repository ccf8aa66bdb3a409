"""Right solutions that look different, `EXERCISE__HOW`: every one of them must earn full points.

Each function replaces the solution of its exercise, so it finds the other exercises and the names of the setup cell as
globals. They are written the way learners write, each on its own terms.
"""

import keras
import numpy as np
from keras import ops

# ---- compute_content_cost


def compute_content_cost__mean(content_output, generated_output):
    target = ops.convert_to_tensor(ops.stop_gradient(content_output[-1]))
    return 0.25 * ops.mean((generated_output[-1] - target) ** 2)


def compute_content_cost__unrolled(content_output, generated_output):
    *_, a_C = content_output
    *_, a_G = generated_output
    m, n_H, n_W, n_C = a_G.shape
    a_C_unrolled = ops.transpose(ops.reshape(a_C, (m, n_H * n_W, n_C)), (0, 2, 1))
    a_G_unrolled = ops.transpose(ops.reshape(a_G, (m, n_H * n_W, n_C)), (0, 2, 1))
    difference = a_G_unrolled - ops.stop_gradient(a_C_unrolled)
    return (1 / (4 * n_H * n_W * n_C)) * ops.sum(difference * difference)


def compute_content_cost__as_mean_squared_error(content_output, generated_output):
    a_C = ops.reshape(ops.stop_gradient(content_output[-1]), (1, -1))
    return keras.losses.mean_squared_error(a_C, ops.reshape(generated_output[-1], (1, -1)))[0] / 4


# ---- gram_matrix


def gram_matrix__einsum(A):
    return ops.einsum("ki,li->kl", A, A)


def gram_matrix__sum_over_places(A):
    return ops.sum(ops.expand_dims(A, 1) * ops.expand_dims(A, 0), axis=-1)


def gram_matrix__operator(A):
    A = ops.convert_to_tensor(A)
    return A @ ops.transpose(A)


# ---- compute_layer_style_cost


def compute_layer_style_cost__einsum(a_S, a_G):
    n_H, n_W, n_C = a_G.shape[1:]
    G_S = ops.einsum("mhwk,mhwl->kl", ops.stop_gradient(a_S), ops.stop_gradient(a_S))
    G_G = ops.einsum("mhwk,mhwl->kl", a_G, a_G)
    return ops.sum((G_G - G_S) ** 2) / (4 * n_C**2 * (n_H * n_W) ** 2)


def compute_layer_style_cost__channels_first(a_S, a_G):
    _, n_H, n_W, n_C = a_S.shape
    rows = [ops.reshape(ops.transpose(a[0], (2, 0, 1)), (n_C, n_H * n_W)) for a in (a_S, a_G)]
    target, made = gram_matrix(rows[0]), gram_matrix(rows[1])  # noqa: F821
    return ops.sum(ops.square((made - ops.stop_gradient(target)) / (2 * n_H * n_W * n_C)))


# ---- compute_style_cost


def compute_style_cost__sum_of_a_generator(style_outputs, generated_outputs, style_layers):
    return sum(
        weight * compute_layer_style_cost(a_S, a_G)  # noqa: F821
        for a_S, a_G, (_, weight) in zip(style_outputs, generated_outputs, style_layers, strict=False)
    )


def compute_style_cost__dot_product(style_outputs, generated_outputs, style_layers):
    lambdas = ops.convert_to_tensor(np.array([pair[1] for pair in style_layers], dtype="float32"))
    n = len(style_layers)
    pairs = zip(style_outputs[:n], generated_outputs[:n], strict=True)
    costs = ops.stack([compute_layer_style_cost(*pair) for pair in pairs])  # noqa: F821
    return ops.dot(lambdas, costs)


# ---- total_cost


def total_cost__two_lines(J_content, J_style, alpha=10, beta=40):
    J = J_content * alpha
    return J + J_style * beta


def total_cost__sum(J_content, J_style, alpha=10.0, beta=40.0):
    return sum(weight * part for weight, part in ((beta, J_style), (alpha, J_content)))


# ---- train_step


def train_step__one_lambda(
    generated_image, extractor, content_outputs, style_outputs, style_layers, optimizer, alpha=10, beta=40
):
    J, slope = value_and_gradient(  # noqa: F821
        lambda x: total_cost(  # noqa: F821
            compute_content_cost(content_outputs, extractor(x)),  # noqa: F821
            compute_style_cost(style_outputs, extractor(x), style_layers),  # noqa: F821
            alpha=alpha,
            beta=beta,
        ),
        generated_image,
    )
    optimizer.apply_gradients([(slope, generated_image)])
    generated_image.assign(ops.minimum(ops.maximum(generated_image, 0.0), 1.0))
    return float(J)


def train_step__from_a_copy(
    generated_image, extractor, content_outputs, style_outputs, style_layers, optimizer, alpha=10, beta=40
):
    def forward(x):
        a_G = extractor(x)
        return total_cost(  # noqa: F821
            compute_content_cost(content_outputs, a_G),  # noqa: F821
            compute_style_cost(style_outputs, a_G, style_layers),  # noqa: F821
            alpha,
            beta,
        )

    start = ops.convert_to_numpy(generated_image).copy()
    cost, gradient = value_and_gradient(forward, start)  # noqa: F821
    optimizer.apply([gradient], [generated_image])
    pixels = np.clip(ops.convert_to_numpy(generated_image), 0, 1)
    generated_image.assign(pixels)
    return cost
