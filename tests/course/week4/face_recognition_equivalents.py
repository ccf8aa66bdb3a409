"""Right solutions that look different, `EXERCISE__HOW`: every one of them must earn full points.

Each function replaces the solution of its exercise, so it finds the other exercises (squared_distance, roc_curve ...)
and the names of the setup (img_to_encoding, TAU) as globals. They are written the way learners write.
"""

import itertools

import keras
import numpy as np
from keras import layers, ops

# ---- distances


def squared_distance__dot_product(f1, f2):
    difference = np.ravel(f1) - np.ravel(f2)
    return np.dot(difference, difference)


def squared_distance__norm_squared(f1, f2):
    return np.linalg.norm(f1 - f2) ** 2


def squared_distance__loop(f1, f2):
    return sum(float(a - b) ** 2 for a, b in zip(f1, f2, strict=True))


def squared_distance__keras(f1, f2):
    return float(ops.sum(ops.square(ops.subtract(f1, f2))))


def pairwise_distances__new_axes(embeddings):
    return ((embeddings[:, None, :] - embeddings[None, :, :]) ** 2).sum(-1)


def pairwise_distances__scipy(embeddings):
    from scipy.spatial.distance import cdist

    return cdist(embeddings, embeddings, "sqeuclidean")


def pairwise_distances__keras(embeddings):
    squares = ops.sum(ops.square(embeddings), axis=1, keepdims=True)
    products = ops.matmul(embeddings, ops.transpose(embeddings))
    return ops.convert_to_numpy(squares - 2.0 * products + ops.transpose(squares))


# ---- the door


def verify__norm_and_predict(image_path, identity, database, model):
    picture = keras.utils.load_img(image_path, target_size=(64, 64))
    batch = np.expand_dims(keras.utils.img_to_array(picture) / 255.0, axis=0)
    encoding = model.predict(batch, verbose=0)
    dist = np.linalg.norm(encoding - database[identity]) ** 2
    if dist < TAU:  # noqa: F821
        door_open = True
    else:
        door_open = False
    return dist, door_open


def verify__numpy_bool(image_path, identity, database, model):
    encoding = img_to_encoding(image_path, model)  # noqa: F821
    dist = np.sum(np.square(np.subtract(encoding, database[identity])))
    print(f"It's {identity}, welcome in!" if dist < TAU else "Please go away")  # noqa: F821
    return dist, dist < TAU  # noqa: F821


def who_is_it__sorted(image_path, database, model):
    encoding = img_to_encoding(image_path, model)  # noqa: F821
    distance, identity = min((squared_distance(encoding, known), name) for name, known in database.items())  # noqa: F821
    return distance, identity if distance < TAU else None  # noqa: F821


def who_is_it__matrix(image_path, database, model):
    encoding = img_to_encoding(image_path, model)  # noqa: F821
    names = list(database)
    distances = np.square(np.stack([database[name] for name in names]) - encoding).sum(axis=1)
    nearest = np.argmin(distances)
    if not distances[nearest] < TAU:  # noqa: F821
        return distances[nearest], None
    return distances[nearest], names[nearest]


def who_is_it__large_start(image_path, database, model):
    encoding = img_to_encoding(image_path, model)  # noqa: F821
    min_dist = 100
    for name, db_enc in database.items():
        dist = np.sum((encoding - db_enc) ** 2)
        if dist < min_dist:
            min_dist = dist
            identity = name
    if min_dist > TAU:  # noqa: F821
        print("Not in the database.")
        identity = None
    return min_dist, identity


# ---- triplets


def triplet_loss__relu(y_true, y_pred, alpha=0.2):
    A, P, N = y_pred
    return ops.sum(keras.activations.relu(ops.sum((A - P) ** 2 - (A - N) ** 2, axis=1) + alpha))


def triplet_loss__operators(y_true, y_pred, alpha=0.2):
    anchor, positive, negative = y_pred
    pos_dist = ops.sum(ops.power(ops.subtract(anchor, positive), 2), axis=-1)
    neg_dist = ops.sum(ops.power(ops.subtract(anchor, negative), 2), axis=-1)
    basic_loss = ops.add(ops.subtract(pos_dist, neg_dist), alpha)
    return ops.sum(ops.maximum(basic_loss, 0))


def triplet_loss__where(y_true, y_pred, alpha=0.2):
    to_positive = ops.einsum("md,md->m", y_pred[0] - y_pred[1], y_pred[0] - y_pred[1])
    to_negative = ops.einsum("md,md->m", y_pred[0] - y_pred[2], y_pred[0] - y_pred[2])
    loss = to_positive + alpha - to_negative
    return ops.sum(ops.where(loss > 0, loss, ops.zeros_like(loss)))


def semi_hard_negatives__loops(distances, labels, margin):
    m = len(labels)
    mask = np.zeros((m, m, m), dtype=bool)
    for a, p, n in itertools.product(range(m), repeat=3):
        if a != p and labels[a] == labels[p] and labels[a] != labels[n]:
            mask[a, p, n] = distances[a, p] < distances[a, n] < distances[a, p] + margin
    return mask


def semi_hard_negatives__gap(distances, labels, margin):
    gap = distances[:, np.newaxis, :] - distances[:, :, np.newaxis]
    same = np.equal.outer(labels, labels)
    different = np.logical_not(same)
    np.fill_diagonal(same, False)
    valid = np.einsum("ap,an->apn", same, different)
    return np.logical_and.reduce([valid, gap > 0, gap < margin])


def batch_hard__loops(distances, labels):
    positives, negatives = [], []
    for i in range(len(labels)):
        same = [j for j in range(len(labels)) if labels[j] == labels[i] and j != i]
        other = [j for j in range(len(labels)) if labels[j] != labels[i]]
        positives.append(max(same, key=lambda j: distances[i, j]))
        negatives.append(min(other, key=lambda j: distances[i, j]))
    return np.array(positives), np.array(negatives)


def batch_hard__masked_arrays(distances, labels):
    same = np.equal.outer(labels, labels)
    positives = np.argmax(distances * same, axis=1)
    negatives = np.argmin(distances + 1e9 * same, axis=1)
    return [positives.astype("int32"), negatives.astype("int32")]


# ---- heads


def absolute_difference_head__layers(f1, f2):
    difference = layers.Lambda(lambda pair: ops.absolute(pair[0] - pair[1]))([f1, f2])
    logits = layers.Dense(1, name="w_and_b")(difference)
    return layers.Activation("sigmoid")(logits)


def absolute_difference_head__maximum_minus_minimum(f1, f2):
    difference = layers.Subtract()([layers.Maximum()([f1, f2]), layers.Minimum()([f1, f2])])
    return layers.Dense(1, activation=ops.sigmoid)(layers.Dropout(0.3)(difference))


def chi_square_head__divide_no_nan(f1, f2):
    return layers.Dense(1, activation="sigmoid")(ops.divide_no_nan((f1 - f2) ** 2, f1 + f2))


def chi_square_head__where(f1, f2):
    total = f1 + f2
    safe = ops.where(total > 0, total, ops.ones_like(total))
    return ops.sigmoid(layers.Dense(1)(ops.square(f1 - f2) / safe))


def chi_square_head__backend_epsilon(f1, f2):
    chi = layers.Multiply()([f1 - f2, f1 - f2]) / ops.maximum(f1 + f2, keras.backend.epsilon())
    return layers.Dense(units=1, activation="sigmoid")(chi)


# ---- thresholds


def roc_curve__loop(distances, same, thresholds):
    false_rates, true_rates = [], []
    for tau in thresholds:
        accepted = distances < tau
        false_rates.append(np.sum(accepted & ~same) / np.sum(~same))
        true_rates.append(np.sum(accepted & same) / np.sum(same))
    return np.array(false_rates), np.array(true_rates)


def roc_curve__sorted(distances, same, thresholds):
    rates = []
    for mask in (np.logical_not(same), same):
        rates.append(np.searchsorted(np.sort(distances[mask]), thresholds, side="left") / mask.sum())
    return tuple(rates)


def choose_threshold__from_above(distances, same, thresholds, max_false_accept_rate=0.001):
    false_rates, _ = roc_curve(distances, same, thresholds)  # noqa: F821
    for tau, rate in zip(thresholds[::-1], false_rates[::-1], strict=True):
        if rate <= max_false_accept_rate:
            return tau
    return thresholds[0]


def choose_threshold__last_index(distances, same, thresholds, max_false_accept_rate=0.001):
    rates = np.array([np.mean(distances[~same] < tau) for tau in thresholds])
    return thresholds[np.where(rates <= max_false_accept_rate)[0][-1]]
