"""Right solutions that look different, `EXERCISE__HOW`: every one of them must earn full points.

Each function replaces the solution of its exercise, so it finds the other exercises (vgg_block, one_by_one ...) as
globals. They are written the way learners write, each on its own terms.
"""

import keras
import numpy as np
from keras import layers

# ---- costs


def conv_layer_cost__one_number_at_a_time(f, n_C_prev, n_C, n_H, n_W):
    per_output = f**2 * n_C_prev
    return (per_output + 1) * n_C, n_H * n_W * n_C * per_output


def conv_layer_cost__sizes_of_arrays(f, n_C_prev, n_C, n_H, n_W):
    W, b = np.empty((f, f, n_C_prev, n_C), dtype=np.uint8), np.empty(n_C, dtype=np.uint8)
    return [W.size + b.size, W.size * (n_H * n_W)]


def dense_layer_cost__one_position(n_in, n_out):
    return conv_layer_cost(1, n_in, n_out, 1, 1)  # noqa: F821


def dense_layer_cost__numpy_ints(n_in, n_out):
    return np.int64(n_in + 1) * n_out, np.int64(n_in) * np.int64(n_out)


# ---- LeNet-5


def lenet5__activations_as_layers():
    inputs = keras.Input(shape=(32, 32, 1), name="digit")
    x = layers.Conv2D(6, (5, 5), strides=1, padding="valid", name="first")(inputs)
    x = layers.Activation("tanh")(x)
    x = layers.AveragePooling2D((2, 2), strides=(2, 2))(x)
    x = layers.Conv2D(filters=16, kernel_size=5)(x)
    x = keras.ops.tanh(x)
    x = layers.AveragePooling2D(pool_size=2)(x)
    x = layers.Reshape((400,))(x)
    x = layers.Dense(120, activation=keras.activations.tanh)(x)
    x = layers.Dense(84)(x)
    x = layers.Activation("tanh")(x)
    x = layers.Dropout(0.4)(x)
    x = layers.Dense(10)(x)
    return keras.Model(inputs=inputs, outputs=layers.Softmax()(x), name="lenet")


def lenet5__a_class_of_its_own():
    class LeNet(keras.Model):
        def __init__(self):
            super().__init__()
            self.classifier = keras.Sequential(
                [layers.Dense(n, activation=a) for n, a in ((120, "tanh"), (84, "tanh"), (10, "softmax"))]
            )
            self.c3 = layers.Conv2D(16, 5, activation="tanh")
            self.c1 = layers.Conv2D(6, 5, activation="tanh")
            self.pool = layers.AveragePooling2D(2)
            self.flatten = layers.Flatten()

        def call(self, x):
            x = self.pool(self.c3(self.pool(self.c1(x))))
            return self.classifier(self.flatten(x))

    return LeNet()


def lenet5__half_precision():
    model = keras.Sequential(name="half")
    model.add(keras.Input((32, 32, 1)))
    model.add(layers.Conv2D(6, 5, activation="tanh", kernel_initializer="he_normal", dtype="float16"))
    model.add(layers.AveragePooling2D(2, dtype="float16"))
    model.add(layers.Conv2D(16, 5, activation="tanh", dtype="mixed_float16"))
    model.add(layers.AveragePooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dense(120, activation="tanh", dtype="mixed_float16"))
    model.add(layers.Dense(84, activation="tanh"))
    model.add(layers.Dense(10, activation="softmax"))
    return model


# ---- AlexNet and VGG-16


def alexnet__relu_after_pooling(input_shape=(227, 227, 3), classes=1000):
    inputs = keras.Input(shape=input_shape)
    x = layers.Conv2D(96, kernel_size=(11, 11), strides=(4, 4), padding="valid")(inputs)
    x = layers.MaxPooling2D(pool_size=(3, 3), strides=(2, 2))(x)
    x = layers.ReLU()(x)
    x = layers.ZeroPadding2D(2)(x)
    x = layers.Conv2D(256, 5)(x)
    x = keras.ops.relu(layers.MaxPooling2D(pool_size=3, strides=2)(x))
    for filters in (384, 384, 256):
        x = layers.Conv2D(filters, 3, padding="same")(x)
        x = layers.Activation("relu")(x)
    x = layers.MaxPool2D(3, 2)(x)
    x = layers.Flatten()(x)
    for units in (4096, 4096):
        x = layers.Dropout(0.5)(x)
        x = layers.Dense(units, "relu", kernel_initializer="zeros")(x)
    return keras.Model(inputs, layers.Dense(classes, "softmax")(x))


def alexnet__a_class_of_its_own(input_shape=(227, 227, 3), classes=1000):
    class AlexNet(keras.Model):
        def __init__(self, classes):
            super().__init__()
            self.steps = [layers.Conv2D(96, 11, 4, activation="relu"), layers.MaxPooling2D(3, 2)]
            self.steps += [layers.Conv2D(256, 5, padding="same", activation="relu"), layers.MaxPooling2D(3, 2)]
            self.steps += [layers.Conv2D(n, 3, padding="same", activation="relu") for n in (384, 384, 256)]
            self.steps += [layers.MaxPooling2D(3, 2), layers.Flatten()]
            self.steps += [layers.Dense(4096, activation="relu", kernel_initializer="zeros") for _ in range(2)]
            self.steps += [layers.Dense(classes, activation="softmax")]

        def call(self, x):
            for step in self.steps:
                x = step(x)
            return x

    return AlexNet(classes)


def vgg_block__pools_before_the_last_relu(x, filters, num_convs):
    for _ in range(num_convs - 1):
        x = layers.ReLU()(layers.Conv2D(filters, (3, 3), padding="same", name=None)(x))
    x = layers.Conv2D(filters, (3, 3), padding="same")(x)
    x = layers.MaxPooling2D((2, 2), strides=(2, 2), padding="valid")(x)
    return layers.ReLU()(x)


def vgg_block__pads_itself_in_half_precision(x, filters, num_convs):
    for i in range(num_convs):
        x = layers.ZeroPadding2D(1)(x)
        x = layers.Conv2D(filters, 3, activation="relu", dtype="mixed_float16" if i else None)(x)
    return layers.MaxPool2D()(x)


def vgg_block__sequential(x, filters, num_convs):
    steps = [layers.Conv2D(filters, 3, 1, "same", activation=keras.ops.relu) for _ in range(num_convs)]
    return keras.Sequential([*steps, layers.MaxPooling2D()])(x)


def vgg16__all_written_out(input_shape=(224, 224, 3), classes=1000):
    model = keras.Sequential([keras.Input(shape=input_shape)])
    for filters in [64, 64, None, 128, 128, None, 256, 256, 256, None, 512, 512, 512, None, 512, 512, 512, None]:
        if filters is None:
            model.add(layers.MaxPooling2D(pool_size=2, strides=2))
        else:
            model.add(layers.Conv2D(filters, 3, padding="same", kernel_initializer="zeros"))
            model.add(layers.ReLU())
    model.add(layers.Flatten())
    model.add(layers.Dense(4096, activation="relu", kernel_initializer="zeros"))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(4096, kernel_initializer="zeros"))
    model.add(layers.Activation("relu"))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(classes, activation="softmax"))
    return model


def vgg16__a_model_of_models(input_shape=(224, 224, 3), classes=1000):
    inputs = keras.Input(input_shape)
    x = inputs
    for i in range(5):
        x = vgg_block(x, min(512, 64 * 2**i), 2 if i < 2 else 3)  # noqa: F821
    features = keras.Model(inputs, x)
    dense = {"activation": "relu", "kernel_initializer": "zeros"}
    head = [layers.Dense(4096, **dense), layers.Dense(4096, **dense), layers.Dense(classes), layers.Softmax()]
    return keras.Sequential([features, layers.Flatten(), *head])


# ---- a network in a network


def dense_at_every_position__all_at_once(X, W, b):
    return np.maximum(np.matmul(X, W) + b, 0)


def dense_at_every_position__flattened(X, W, b):
    rows = X.reshape(-1, X.shape[-1])
    A = np.dot(rows, W) + b[None]
    A[A < 0] = 0
    return A.reshape(*X.shape[:3], -1)


def dense_at_every_position__four_loops(X, W, b):
    A = np.zeros(X.shape[:3] + b.shape)
    for i, h, w, c in np.ndindex(A.shape):
        z = b[c] + sum(X[i, h, w, k] * W[k, c] for k in range(len(W)))
        A[i, h, w, c] = z if z > 0 else 0
    return A


def dense_at_every_position__einsum(X, W, b):
    return np.clip(np.einsum("mhwk,kc->mhwc", X, W) + b, 0, None)


def one_by_one__dense(x, filters):
    return layers.Dense(filters, activation="relu")(x)


def one_by_one__relu_as_a_layer(x, filters):
    x = layers.Conv2D(filters, kernel_size=(1, 1), strides=1, padding="same", name="mix")(x)
    return layers.ReLU(name="cut")(x)


def one_by_one__half_precision(x, filters):
    return layers.Conv2D(filters, 1, activation="relu", dtype="mixed_float16", kernel_initializer="he_normal")(x)


def mlpconv_block__without_one_by_one(x, filters, kernel_size, strides, padding):
    x = layers.Conv2D(filters, kernel_size, strides, padding)(x)
    x = layers.Activation("relu")(x)
    for _ in range(2):
        x = layers.Conv2D(filters, (1, 1))(x)
        x = layers.Activation("relu")(x)
    return x


def mlpconv_block__dense_layers_as_the_mlp(x, filters, kernel_size, strides, padding):
    x = layers.Conv2D(filters, kernel_size, strides=strides, padding=padding, activation="relu")(x)
    x = layers.Dropout(0.2)(x)
    return layers.Dense(filters, "relu")(layers.Dense(filters, "relu")(x))


def mlpconv_block__a_model_inside(x, filters, kernel_size, strides, padding):
    first = layers.Conv2D(filters, kernel_size, strides=strides, padding=padding, activation="relu", dtype="float16")
    mlp = [layers.Conv2D(filters, 1, activation="relu", kernel_initializer="he_normal") for _ in range(2)]
    return keras.Sequential([first, *mlp])(x)


# ---- without dense layers


def global_average_pooling__loops(X):
    m, n_H, n_W, n_C = X.shape
    means = np.zeros((m, n_C))
    for i in range(m):
        for c in range(n_C):
            means[i, c] = X[i, :, :, c].sum() / (n_H * n_W)
    return means


def global_average_pooling__twice(X):
    return np.average(np.average(X, axis=2), axis=1)


def global_average_pooling__flattened(X):
    return X.reshape(X.shape[0], -1, X.shape[-1]).astype(float).mean(1)


def nin__pools_by_hand(num_classes):
    inputs = keras.Input(shape=(32, 32, 1))
    x = mlpconv_block(inputs, 24, 5, strides=1, padding="same")  # noqa: F821
    x = layers.MaxPooling2D(3, 2, "same")(x)
    x = layers.Dropout(0.5)(x)
    x = mlpconv_block(x, 32, 3, strides=1, padding="same")  # noqa: F821
    x = layers.MaxPooling2D(3, 2, "same")(x)
    x = mlpconv_block(x, 48, 3, strides=1, padding="same")  # noqa: F821
    x = layers.Dense(num_classes)(x)  # at every position
    scores = keras.ops.mean(x, axis=(1, 2))
    return keras.Model(inputs, keras.ops.softmax(scores))


def nin__a_class_of_its_own(num_classes):
    class NiN(keras.Model):
        def __init__(self):
            super().__init__()
            self.blocks = []
            for filters, size in ((24, 5), (32, 3), (48, 3)):
                mlp = [layers.Conv2D(filters, 1, activation="relu") for _ in range(2)]
                first = layers.Conv2D(filters, size, padding="same", activation="relu")
                self.blocks.append(keras.Sequential([first, *mlp]))
            self.pool = layers.MaxPooling2D(3, strides=2, padding="same")
            self.maps = layers.Conv2D(num_classes, 1)
            self.mean = layers.GlobalAveragePooling2D()

        def call(self, x):
            first, second, third = self.blocks
            x = third(self.pool(second(self.pool(first(x)))))
            return keras.activations.softmax(self.mean(self.maps(x)))

    return NiN()


def nin__mean_of_the_features(num_classes):
    # The class maps are linear, so their mean is the map of the mean.
    inputs = x = keras.Input((32, 32, 1))
    for filters, size in ((24, 5), (32, 3)):
        x = mlpconv_block(x, filters, size, 1, "same")  # noqa: F821
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = mlpconv_block(x, 48, 3, 1, "same")  # noqa: F821
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(num_classes, activation="softmax")(x))


def nin__half_precision(num_classes):
    settings = {"padding": "same", "activation": "relu", "dtype": "mixed_float16"}
    model = keras.Sequential([keras.Input((32, 32, 1))])
    for filters, size in ((24, 5), (32, 3), (48, 3)):
        for side in (size, 1, 1):
            model.add(layers.Conv2D(filters, side, **settings))
        if filters < 48:
            model.add(layers.MaxPooling2D(3, strides=2, padding="same"))
    model.add(layers.Conv2D(num_classes, 1))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Softmax())
    return model
