"""Right solutions of convolution_in_keras that are written differently. All of them must pass.

A name is `EXERCISE__HOW`. A solution may call other exercises, as a learner's would.
"""

import keras
import numpy as np


class HalfPrecision:
    """Layers that compute with float16."""

    def __init__(self, policy):
        self.policy = policy

    def __enter__(self):
        self.before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self.policy)

    def __exit__(self, *_):
        keras.config.set_dtype_policy(self.before)


# ---- conv_layer_model


def conv_layer_model__functional_with_relu_layer():
    picture = keras.Input((6, 6, 3), name="picture")
    z = keras.layers.Conv2D(2, (3, 3), padding="valid", name="two_filters")(picture)
    return keras.Model(picture, keras.layers.ReLU()(z), name="one_layer")


def conv_layer_model__subclassed():
    class OneLayer(keras.Model):
        def __init__(self):
            super().__init__()
            self.convolution = keras.layers.Conv2D(2, 3)

        def call(self, pictures):
            return keras.ops.maximum(self.convolution(pictures), 0)

    return OneLayer()


def conv_layer_model__float16_and_dropout():
    with HalfPrecision("float16"):
        layers = [keras.layers.Conv2D(2, 3, activation="relu"), keras.layers.Dropout(0.3)]
        return keras.Sequential([keras.Input((6, 6, 3)), *layers])


# ---- conv_with_keras


def conv_with_keras__ops(A_prev, W, b, hparameters):
    p = hparameters["pad"]
    padded = keras.ops.pad(keras.ops.cast(A_prev, "float32"), [[0, 0], [p, p], [p, p], [0, 0]])
    kernel = keras.ops.cast(W, "float32")
    return keras.ops.conv(padded, kernel, strides=hparameters["stride"]) + keras.ops.cast(b, "float32")


def conv_with_keras__model_with_initializers(A_prev, W, b, hparameters):
    model = keras.Sequential(
        [
            keras.layers.ZeroPadding2D((hparameters["pad"], hparameters["pad"])),
            keras.layers.Conv2D(
                W.shape[3],
                W.shape[:2],
                strides=(hparameters["stride"],) * 2,
                kernel_initializer=lambda shape, dtype: keras.ops.cast(W, dtype),
                bias_initializer=lambda shape, dtype: keras.ops.cast(b.ravel(), dtype),
            ),
        ]
    )
    return model.predict(A_prev, verbose=0)


def conv_with_keras__bias_afterwards(A_prev, W, b, hparameters):
    p = hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0))).astype("float32")
    layer = keras.layers.Conv2D(len(b.flat), len(W), hparameters["stride"], use_bias=False)
    layer(padded)
    layer.kernel.assign(W)
    return np.asarray(keras.ops.convert_to_numpy(layer(padded))) + b


# ---- sequential_model


def sequential_model__functional_same_padding():
    inputs = keras.Input((64, 64, 3))
    x = keras.layers.Conv2D(32, (7, 7), padding="same", name="conv0")(inputs)
    x = keras.layers.BatchNormalization(axis=3, name="bn0")(x)
    x = keras.layers.Activation("relu")(x)
    x = keras.layers.MaxPooling2D((2, 2), name="max_pool0")(x)
    x = keras.layers.Reshape((-1,))(x)
    return keras.Model(inputs, keras.layers.Activation("sigmoid")(keras.layers.Dense(1)(x)))


def sequential_model__relu_after_pooling():
    return keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            keras.layers.ZeroPadding2D(padding=(3, 3)),
            keras.layers.Conv2D(32, 7),
            keras.layers.BatchNormalization(),
            keras.layers.MaxPooling2D(),
            keras.layers.ReLU(),
            keras.layers.Dropout(0.5),
            keras.layers.Flatten(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


def sequential_model__subclassed():
    class StopOrNot(keras.Model):
        def __init__(self):
            super().__init__()
            self.unit = keras.layers.Dense(1)
            self.normalise = keras.layers.BatchNormalization()
            self.filters = keras.layers.Conv2D(32, 7, padding="same")

        def call(self, x):
            x = keras.ops.relu(self.normalise(self.filters(x)))
            x = keras.ops.max_pool(x, 2)
            return keras.ops.sigmoid(self.unit(keras.ops.reshape(x, (-1, 32 * 32 * 32))))

    return StopOrNot()


def sequential_model__mixed_float16():
    with HalfPrecision("mixed_float16"):
        return sequential_model__relu_after_pooling()


# ---- one_hot


def one_hot__to_categorical(labels, num_classes):
    return keras.utils.to_categorical(labels, num_classes)


def one_hot__loop(labels, num_classes):
    rows = []
    for label in labels:
        row = [0.0] * num_classes
        row[int(label)] = 1.0
        rows.append(row)
    return np.array(rows, dtype=np.float32)


def one_hot__comparison(labels, num_classes):
    return (labels.reshape(-1, 1) == np.arange(num_classes)).astype(int)


def one_hot__ops(labels, num_classes):
    return keras.ops.one_hot(labels, num_classes)


# ---- accuracy


def accuracy__loop(probabilities, labels):
    right = 0
    for row, label in zip(probabilities, labels, strict=True):
        answer = int(row[0] > 0.5) if len(row) == 1 else list(row).index(max(row))
        right += answer == label
    return right / len(labels)


def accuracy__two_columns(probabilities, labels):
    if probabilities.shape[-1] == 1:
        probabilities = np.concatenate([1 - probabilities, probabilities], axis=1)
    return np.count_nonzero(np.argmax(probabilities, -1) == labels) / labels.size


def accuracy__keras_metrics(probabilities, labels):
    if probabilities.shape[1] > 1:
        matches = keras.metrics.sparse_categorical_accuracy(labels, probabilities)
    else:
        matches = keras.metrics.binary_accuracy(labels.reshape(-1, 1), probabilities)
    return float(keras.ops.mean(matches))


# ---- train


def train__learning_rate_afterwards(
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
    model.compile("adam", loss, metrics=["accuracy"])
    model.optimizer.learning_rate = learning_rate
    return model.fit(x_train, y_train, batch_size, epochs, validation_data=(x_val, y_val), verbose=0)


def train__objects_and_callback(
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
    adam = keras.optimizers.Adam(learning_rate)
    model.compile(optimizer=adam, loss=keras.losses.get(loss), metrics=["accuracy"], jit_compile=False)
    history = keras.callbacks.History()
    model.fit(
        x=np.asarray(x_train),
        y=np.asarray(y_train),
        batch_size=batch_size,
        epochs=epochs,
        validation_data=(np.asarray(x_val), np.asarray(y_val)),
        validation_batch_size=5,
        callbacks=[history, keras.callbacks.TerminateOnNaN()],
        shuffle=True,
        verbose=0,
    )
    return history


# ---- functional_model


def functional_model__sequential_and_relu_after_pooling(input_shape):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Conv2D(8, (4, 4), padding="same"),
            keras.layers.MaxPool2D((8, 8), padding="same"),
            keras.layers.ReLU(),
            keras.layers.Conv2D(16, (2, 2), padding="same"),
            keras.layers.MaxPool2D((4, 4), padding="same"),
            keras.layers.Activation("relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Flatten(),
            keras.layers.Dense(6),
            keras.layers.Softmax(),
        ]
    )


def functional_model__subclassed(input_shape):
    class SixSigns(keras.Model):
        def __init__(self):
            super().__init__()
            self.classes = keras.layers.Dense(6, activation="softmax")
            self.second = keras.layers.Conv2D(16, 2, padding="same", activation="relu")
            self.first = keras.layers.Conv2D(8, 4, padding="same")

        def call(self, x):
            x = keras.ops.max_pool(keras.ops.relu(self.first(x)), 8, 8, padding="same")
            x = keras.ops.max_pool(self.second(x), 4, 4, padding="same")
            return self.classes(keras.ops.reshape(x, (-1, x.shape[1] * x.shape[2] * x.shape[3])))

    return SixSigns()


def functional_model__mixed_float16(input_shape):
    with HalfPrecision("mixed_float16"):
        return functional_model__sequential_and_relu_after_pooling(input_shape)


def functional_model__float16(input_shape):
    with HalfPrecision("float16"):
        return functional_model__sequential_and_relu_after_pooling(input_shape)


# ---- worst_mistakes


def worst_mistakes__sorted(probabilities, labels, count):
    mistakes = [i for i, row in enumerate(probabilities) if np.argmax(row) != labels[i]]
    mistakes.sort(key=lambda i: max(probabilities[i]), reverse=True)
    return np.array(mistakes[:count], dtype=int)


def worst_mistakes__order_first(probabilities, labels, count):
    order = np.argsort(probabilities.max(axis=1))[::-1]
    wrong = probabilities[order].argmax(axis=1) != labels[order]
    return order[wrong][:count]


def worst_mistakes__right_ones_last(probabilities, labels, count):
    wrong = np.argmax(probabilities, axis=1) != labels
    surprise = np.where(wrong, np.max(probabilities, axis=1), -1)
    return np.argsort(-surprise)[: min(count, int(wrong.sum()))]


# ---- feature_maps


def feature_maps__predict(model, image, layer):
    until = keras.Model(inputs=model.inputs, outputs=model.get_layer(name=layer).output)
    return np.squeeze(until.predict(np.expand_dims(image, 0), verbose=0), 0)


def feature_maps__layer_by_layer(model, image, layer):
    x = keras.ops.convert_to_tensor(image[None])
    for one in model.layers:
        if isinstance(one, keras.layers.InputLayer):
            continue
        x = one(x, training=False) if isinstance(one, keras.layers.BatchNormalization) else one(x)
        if one.name == layer:
            return x[0]
    raise ValueError(layer)


def feature_maps__all_layers_at_once(model, image, layer):
    outputs = {one.name: one.output for one in model.layers}
    everything = keras.Model(model.inputs[0], outputs)
    return keras.ops.convert_to_numpy(everything(image[None])[layer][0])
