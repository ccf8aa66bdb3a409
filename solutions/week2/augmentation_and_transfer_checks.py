"""The exercises of augmentation_and_transfer: their cases and the mistakes that learners make.

Functions that draw at random are judged by what holds for every right one, however it draws: each crop is a window of
its image, all positions occur, the spread of the colour shifts is right, the same seed gives the same again. Blobs on
black show where a picture went, whatever the interpolation does between the pixels.
"""

from collections.abc import Iterator

import numpy as np

from courselib.grading import Case, Code, Exercise, Mistake


def eighths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Pixels: distinct neighbours, from 1/8 to 7/8 in steps of 1/64, as float32."""
    return rng.integers(8, 57, size=shape).astype(np.float32) / np.float32(64)


# ---- part 1: mirror and crop


def cases_mirror(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("one gray picture", (eighths(rng, 1, 2, 3, 1),))
    yield Case("three colour pictures, not square", (eighths(rng, 3, 4, 5, 3),))
    yield Case("uint8, by name", (), {"images": rng.integers(0, 256, size=(2, 5, 4, 3), dtype=np.uint8)})


mirror = Exercise(
    name="mirror",
    points=6,
    cases=cases_mirror,
    mistakes=(
        Mistake(
            "upside_down",
            "images[:, :, ::-1]",
            "images[:, ::-1]",
            "Your pictures stand on their heads. Which axis goes from left to right?",
        ),
        Mistake(
            "half_a_turn",
            "images[:, :, ::-1]",
            "images[:, ::-1, ::-1]",
            "You turned both axes round. That is a rotation by 180 degrees, not a mirror.",
        ),
        Mistake(
            "channels_reversed",
            "images[:, :, ::-1]",
            "images[..., ::-1]",
            "The pixels stay where they are, but red and blue are swapped. The last axis holds the channels.",
        ),
        Mistake(
            "batch_reversed",
            "images[:, :, ::-1]",
            "images[::-1]",
            "Every picture is as before, but they come in the reverse order. The first axis counts the pictures.",
        ),
        Mistake(
            "transposed",
            "images[:, :, ::-1]",
            "images.swapaxes(1, 2)",
            "Rows and columns are swapped: this mirrors at the diagonal.",
        ),
    ),
)

# The place of each crop in its own image, from 0, row by row; None where it is no window of it.
PLACES = """(lambda crops, images, h, w: [
    next((place for place, window in enumerate(np.lib.stride_tricks.sliding_window_view(image, (h, w), axis=(0, 1))
          .transpose(0, 1, 3, 4, 2).reshape(-1, h, w, image.shape[2])) if np.array_equal(window, crop)), None)
    for crop, image in zip(np.asarray(crops), images)])"""
# Images without two equal pixels. All numbers are exact in float32, and lie in [0, 1).
PIXELS = "(np.arange(np.prod(shape), dtype='float32') / 2**22).reshape(shape)"
CROP_SIZE = "(size if isinstance(size, tuple) else (size, size))"
WINDOWS = Code(f"""lambda crop, shape, size, seed: (lambda images: (lambda crops: {{
    "shape of the crops": tuple(np.shape(crops)),
    "crops that are a window of their own image": sum(p is not None for p in {PLACES}(crops, images, *{CROP_SIZE})),
}})(crop(images, size, seed)))({PIXELS})""")
MANY_IMAGES = Code(f"""lambda crop, shape, size, seed: (lambda images: {{
    "positions that occur": len(set({PLACES}(crop(images, size, seed), images, *{CROP_SIZE}))),
}})({PIXELS})""")
MANY_SEEDS = Code(f"""lambda crop, shape, size, seeds: (lambda images: {{
    "positions that occur": len({{{PLACES}(crop(images, size, s), images, *{CROP_SIZE})[0] for s in range(seeds)}}),
}})({PIXELS})""")
SEEDS = Code(f"""lambda crop, shape, size, seed: (lambda images: {{
    "the same seed gives the same crops": np.array_equal(crop(images, size, seed), crop(images, size, seed)),
    "another seed gives other crops": not np.array_equal(crop(images, size, seed), crop(images, size, seed + 1)),
}})({PIXELS})""")


def cases_random_crop(rng: np.random.Generator) -> Iterator[Case]:
    seed = int(rng.integers(1, 1000))
    yield Case("a square window", ((8, 7, 9, 3), 4, seed), call=WINDOWS)
    yield Case("size (height, width)", ((8, 7, 9, 1), (3, 5), seed), call=WINDOWS)
    yield Case("pictures that are higher than wide", ((8, 9, 6, 3), 4, seed), call=WINDOWS)
    yield Case("400 images, 3 x 4 possible positions", ((400, 6, 7, 1), 4, seed), call=MANY_IMAGES)
    yield Case("one image, 200 seeds, 2 x 3 possible positions", ((1, 5, 7, 1), (4, 5), 200), call=MANY_SEEDS)
    yield Case("seeds", ((30, 9, 9, 1), 4, seed), call=SEEDS)
    yield Case("a window as large as the picture", (eighths(rng, 2, 4, 5, 3), (4, 5), seed))


random_crop = Exercise(
    name="random_crop",
    points=16,
    cases=cases_random_crop,
    mistakes=(
        Mistake(
            "one_window_for_all",
            "tops = rng.integers(n_H - height + 1, size=m)\n    lefts = rng.integers(n_W - width + 1, size=m)",
            "tops = np.full(m, rng.integers(n_H - height + 1))\n    lefts = np.full(m, rng.integers(n_W - width + 1))",
            "All images of a batch get the same window. Each needs a window of its own.",
        ),
        Mistake(
            "last_position_never",
            "tops = rng.integers(n_H - height + 1, size=m)\n    lefts = rng.integers(n_W - width + 1, size=m)",
            "tops = rng.integers(n_H - height, size=m)\n    lefts = rng.integers(n_W - width, size=m)",
            "The last row and the last column are never seen. In a row of 5 pixels, a window of 3 has 3 positions.",
        ),
        Mistake(
            "over_the_edge",
            "tops = rng.integers(n_H - height + 1, size=m)\n    lefts = rng.integers(n_W - width + 1, size=m)",
            "tops = rng.integers(n_H, size=m)\n    lefts = rng.integers(n_W, size=m)",
            "Some windows begin so late that they hang over the edge of the picture, and come out too small.",
        ),
        Mistake(
            "along_the_diagonal",
            "lefts = rng.integers(n_W - width + 1, size=m)",
            "lefts = np.minimum(tops, n_W - width)",
            "The windows move along a diagonal only: top and left are the same number. Draw one for each.",
        ),
        Mistake(
            "always_the_middle",
            "tops = rng.integers(n_H - height + 1, size=m)\n    lefts = rng.integers(n_W - width + 1, size=m)",
            "tops = np.full(m, (n_H - height) // 2)\n    lefts = np.full(m, (n_W - width) // 2)",
            "The window is always in the same place, so nothing is drawn at random.",
        ),
        Mistake(
            "ignores_the_seed",
            "np.random.default_rng(seed)",
            "np.random.default_rng()",
            "The same seed gives other crops each time. Give the seed to the generator.",
        ),
        Mistake(
            "always_seed_zero",
            "np.random.default_rng(seed)",
            "np.random.default_rng(0)",
            "All seeds give the same crops. Where do you use the argument seed?",
        ),
        Mistake(
            "height_and_width_swapped",
            "height, width = (size, size)",
            "width, height = (size, size)",
            "It looks as if height and width of the window were swapped. The height comes first.",
        ),
        Mistake(
            "square_only",
            "if isinstance(size, int) else size",
            "if isinstance(size, int) else (size[0], size[0])",
            "Your windows are always square. A size (height, width) has two numbers.",
        ),
        Mistake(
            "resizes_instead",
            "image[top : top + height, left : left + width]",
            "image[np.linspace(0, n_H - 1, height).astype(int)][:, np.linspace(0, n_W - 1, width).astype(int)]",
            "Your result shows pixels that are not neighbours in the picture, as if it were shrunk. A crop is cut out "
            "with all its pixels.",
        ),
    ),
)

# ---- part 2: colour


def cases_color_shift(rng: np.random.Generator) -> Iterator[Case]:
    dim, bright = eighths(rng, 2, 3, 4, 3) / 2 + np.float32(0.25), eighths(rng, 3, 2, 5, 3)
    yield Case("a small shift", (dim, np.array([0.125, -0.0625, 0.09375])))
    yield Case("one channel only, as a list", (dim, [0.0, 0.0, 0.125]))
    yield Case("a large shift: white stays white, black stays black", (bright, np.array([0.5, -0.5, 0.375])))
    yield Case("darker than black", (), {"images": bright, "shift": np.array([-0.75, -0.25, -0.5])})
    yield Case("a shift of zero", (bright, np.zeros(3)))


color_shift = Exercise(
    name="color_shift",
    points=8,
    cases=cases_color_shift,
    mistakes=(
        Mistake(
            "out_of_range",
            "np.clip(images + np.asarray(shift), 0, 1)",
            "images + np.asarray(shift)",
            "Some of your pixels are above 1 or below 0. Nothing is brighter than white.",
        ),
        Mistake(
            "multiplies",
            "np.clip(images + np.asarray(shift), 0, 1)",
            "np.clip(images * (1 + np.asarray(shift)), 0, 1)",
            "Your pixels change by a factor. A shift is added.",
        ),
        Mistake(
            "blue_green_red",
            "np.asarray(shift)",
            "np.asarray(shift)[::-1]",
            "The shift of red went to blue and the other way round. The order of the channels is red, green, blue.",
        ),
        Mistake(
            "gray_shift",
            "np.asarray(shift)",
            "np.mean(shift)",
            "All channels move by the same amount. Each has a number of its own.",
        ),
        Mistake(
            "starts_again_at_black",
            "np.clip(images + np.asarray(shift), 0, 1)",
            "np.mod(images + np.asarray(shift), 1)",
            "What gets brighter than white becomes black in your pictures. It should stay white.",
        ),
        Mistake(
            "stretches_the_contrast",
            "np.clip(images + np.asarray(shift), 0, 1)",
            "(lambda x: (x - x.min()) / (x.max() - x.min()))(images + np.asarray(shift))",
            "You squeeze all pixels into 0 to 1. Only those that go out of range should change.",
        ),
        Mistake(
            "subtracts",
            "images + np.asarray(shift)",
            "images - np.asarray(shift)",
            "A positive shift should make a channel brighter, but yours makes it darker.",
        ),
        Mistake(
            "clips_above_only",
            "np.clip(images + np.asarray(shift), 0, 1)",
            "np.minimum(images + np.asarray(shift), 1)",
            "You cut off what is above 1, but some of your pixels are below 0.",
        ),
    ),
)

# Pictures of two pixels, made of the colours of a palette, each colour equally often.
PICTURES = "palette[np.arange(2 * m) % len(palette)].reshape(m, 1, 2, 3)"
# The principal directions of the palette (rows) and the variances along them, without an eigenvalue solver.
PRINCIPAL = "(lambda _, s, rows: (rows, s**2 / len(palette)))(*np.linalg.svd(palette - palette.mean(0), False))"
SHIFTS = Code(f"""lambda pca_color_shift, palette, m, sigma, seed: (lambda pictures, principal: (
    lambda change: (lambda shifts: (lambda along: {{
        "all pixels of an image move alike": bool(np.abs(change - shifts[:, None, None]).max() < 1e-3),
        "standard deviations, in units of the largest one that is right":
            np.sqrt(np.linalg.eigvalsh(np.cov(shifts.T))[::-1].clip(0)) / (sigma * principal[1][0]),
        "three independent draws along the principal directions":
            bool(np.abs(np.cov(along.T) - np.diag(np.var(along, axis=0))).max() < 0.1 * (sigma * principal[1][0]) ** 2),
        "largest spread along the first direction": bool(np.argmax(np.var(along, axis=0)) == 0),
        "around zero": bool(np.abs(along.mean(0)).max() < 0.1 * sigma * principal[1][0]),
    }})(shifts @ principal[0].T))(change.mean((1, 2)))
)(np.asarray(pca_color_shift(pictures, sigma, seed), 'float64') - pictures))({PICTURES}, {PRINCIPAL})""")
COLOUR_SEEDS = Code("""lambda shift, images, sigma, seed: {
    "the same seed gives the same pictures": np.array_equal(shift(images, sigma, seed), shift(images, sigma, seed)),
    "another seed gives others": not np.array_equal(shift(images, sigma, seed), shift(images, sigma, seed + 1)),
}""")
RANGE = Code("""lambda shift, images, sigma, seed: (lambda shifted: {
    "shape": tuple(shifted.shape),
    "darkest pixel": round(float(shifted.min()), 2),
    "brightest pixel": round(float(shifted.max()), 2),
})(np.asarray(shift(images, sigma, seed)))""")


def palette(rng: np.random.Generator) -> np.ndarray:
    """61 colours around gray whose variances along three skew directions are about 0.01, 0.004 and 0.0015."""
    directions = np.array([[0.8, 0.6, 0.0], [0.36, -0.48, 0.8], [0.48, -0.64, -0.6]])  # orthonormal rows
    lengths = np.sqrt(3 * np.array([0.01, 0.004, 0.0015]))
    colours = 0.5 + rng.permuted(np.tile(np.linspace(-1, 1, 61)[:, None], 3), axis=0) * lengths @ directions
    return np.round(colours * 1024).astype(np.float32) / np.float32(1024)


def cases_pca_color_shift(rng: np.random.Generator) -> Iterator[Case]:
    seed = int(rng.integers(1, 1000))
    colours = palette(rng)
    yield Case("4000 small pictures", (colours, 4000, 3.0, seed), call=SHIFTS, tolerance=0.1)
    yield Case("sigma = 0 changes nothing", (eighths(rng, 3, 4, 5, 3), 0.0, seed))
    yield Case("seeds", (colours[:60].reshape(5, 3, 4, 3), 1.0, seed), call=COLOUR_SEEDS)
    extreme = rng.integers(0, 2, size=(40, 4, 3, 3)).astype(np.float32)
    yield Case("black and white stay in range", (extreme, 1.0, seed), call=RANGE)


pca_color_shift = Exercise(
    name="pca_color_shift",
    points=18,
    cases=cases_pca_color_shift,
    mistakes=(
        Mistake(
            "no_eigenvalues",
            "(alphas * eigenvalues) @",
            "alphas @",
            "All directions get equally large shifts. Each draw must be multiplied by the eigenvalue of its direction.",
        ),
        Mistake(
            "square_roots",
            "(alphas * eigenvalues)",
            "(alphas * np.sqrt(np.abs(eigenvalues)))",
            "You multiply by the square root of the eigenvalues. AlexNet's formula has the eigenvalues themselves.",
        ),
        Mistake(
            "rows_of_the_matrix",
            "@ eigenvectors.T",
            "@ eigenvectors",
            "The size of the shifts is right, but not their direction. np.linalg.eigh returns the eigenvectors as the "
            "columns of its matrix.",
        ),
        Mistake(
            "one_draw_for_all_directions",
            "size=(m, 3)",
            "size=(m, 1)",
            "Each picture gets one draw for all three directions, so it can only move along one line. It needs three.",
        ),
        Mistake(
            "one_draw_for_all_pictures",
            "size=(m, 3)",
            "size=(1, 3)",
            "All pictures are shifted alike. Draw three numbers for each picture.",
        ),
        Mistake(
            "ignores_the_seed",
            "np.random.default_rng(seed)",
            "np.random.default_rng()",
            "The same seed gives other pictures each time. Give the seed to the generator.",
        ),
        Mistake(
            "always_seed_zero",
            "np.random.default_rng(seed)",
            "np.random.default_rng(0)",
            "All seeds give the same pictures. Where do you use the argument seed?",
        ),
        Mistake(
            "sigma_as_variance",
            "rng.normal(0, sigma, ",
            "rng.normal(0, np.sqrt(sigma), ",
            "Your shifts have the right directions, but the wrong size. Is sigma a standard deviation or a variance?",
        ),
        Mistake(
            "out_of_range",
            "np.clip(images + shifts[:, None, None, :], 0, 1)",
            "images + shifts[:, None, None, :]",
            "Some of your pixels are above 1 or below 0. Cut them off, as in color_shift.",
        ),
        Mistake(
            "mean_not_removed",
            "np.cov(pixels, rowvar=False)",
            "pixels.T @ pixels / len(pixels)",
            "Your directions and sizes look as if the mean colour was still in. A covariance looks at the distances "
            "from the mean.",
        ),
        Mistake(
            "channels_mixed",
            "images.reshape(-1, 3)",
            "images.reshape(3, -1).T",
            "The three columns of your pixels are not red, green and blue. Keep the last axis of the images as it is.",
        ),
    ),
)

# ---- part 3: rotate and shear

# Where a round spot went: its centre (x to the right, y down) in pixels, and how bright all of it is.
SPOTS = Code("""lambda rotate_and_shear, shape, places, degrees, shear: (lambda y, x: (lambda moved: {
    "shape": tuple(moved.shape),
    "centres (x, y) of the spots":
        np.stack([(moved[..., 0] * axis).sum((1, 2)) / moved[..., 0].sum((1, 2)) for axis in (x, y)], axis=1),
    "brightness of the spots, all pixels together": moved[..., 0].sum((1, 2)),
})(np.asarray(rotate_and_shear(np.stack([
    np.exp(-((x - a) ** 2 + (y - b) ** 2) / 6) for a, b in places])[..., None].astype('float32'), degrees, shear),
    'float64')))(*np.mgrid[: shape[0], : shape[1]])""")


def framed(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Pictures with a black frame of two pixels: nobody needs to know what lies outside."""
    images = np.zeros(shape, np.float32)
    inner = images[:, 2:-2, 2:-2]
    inner[...] = eighths(rng, *inner.shape)
    return images


def cases_rotate_and_shear(rng: np.random.Generator) -> Iterator[Case]:
    spots = np.array([[20.0, 12.0], [9.0, 16.0], [15.0, 8.0]]) + rng.integers(-8, 9, size=(3, 2)) / 8
    yield Case("nothing to do", (framed(rng, 2, 8, 9, 3), 0.0, 0.0), tolerance=1e-2)
    yield Case("a quarter turn", (framed(rng, 2, 8, 8, 3), 90.0, 0.0), tolerance=1e-2)
    yield Case("half a turn, not square", (framed(rng, 1, 7, 10, 1), 180.0, 0.0), tolerance=1e-2)
    yield Case("30 degrees: where three spots go", ((25, 31), spots, 30.0, 0.0), call=SPOTS, tolerance=3e-2)
    yield Case("-20 degrees", ((25, 31), spots, -20.0, 0.0), call=SPOTS, tolerance=3e-2)
    yield Case("shear 0.5: where three spots go", ((25, 31), spots, 0.0, 0.5), call=SPOTS, tolerance=3e-2)
    yield Case("first rotated, then sheared", ((27, 33), spots, 25.0, -0.4), call=SPOTS, tolerance=3e-2)


rotate_and_shear = Exercise(
    name="rotate_and_shear",
    points=14,
    cases=cases_rotate_and_shear,
    mistakes=(
        Mistake(
            "clockwise",
            "theta = np.deg2rad(degrees)",
            "theta = -np.deg2rad(degrees)",
            "Your pictures turn the other way. Positive angles turn against the clock, and y goes down in a picture.",
        ),
        Mistake(
            "radians",
            "theta = np.deg2rad(degrees)",
            "theta = degrees",
            "NumPy's sine and cosine want radians. You gave them degrees.",
        ),
        Mistake(
            "around_the_corner",
            "offset = centre - back @ centre",
            "offset = 0 * centre",
            "Your pictures turn around their upper left corner, and much of them gets lost. Turn around the middle.",
        ),
        Mistake(
            "forward_instead_of_back",
            "back = np.linalg.inv(forward)",
            "back = forward",
            "Everything moves the opposite way. The transform asks for each new pixel where it comes *from*.",
        ),
        Mistake(
            "leans_to_the_left",
            "[[1, -shear], [0, 1]]",
            "[[1, shear], [0, 1]]",
            "Your picture leans to the other side. With a positive shear the top moves to the right, as in italics.",
        ),
        Mistake(
            "upright_shear",
            "[[1, -shear], [0, 1]]",
            "[[1, 0], [-shear, 1]]",
            "Your shear moves columns up and down. Here it moves rows to the left and to the right.",
        ),
        Mistake(
            "shear_first",
            "forward = lean @ turn",
            "forward = turn @ lean",
            "Each of the two alone is right, but in the other order. The matrix beside the point works first.",
        ),
        Mistake(
            "half_a_pixel_off",
            "np.array([(n_W - 1) / 2, (n_H - 1) / 2])",
            "np.array([n_W / 2, n_H / 2])",
            "All is half a pixel off. In a row of 3 pixels, 0, 1 and 2, which number is the middle?",
        ),
        Mistake(
            "width_and_height_swapped",
            "np.array([(n_W - 1) / 2, (n_H - 1) / 2])",
            "np.array([(n_H - 1) / 2, (n_W - 1) / 2])",
            "Square pictures are right, others turn around a wrong point: x belongs to the width, y to the height.",
        ),
        Mistake(
            "forgets_the_shear",
            "forward = lean @ turn",
            "forward = turn",
            "Your picture turns, but it does not lean. Where do you use shear?",
        ),
    ),
)

# ---- part 4: a layer that augments

# Pictures (n_H, n_W), gray: left half dark, upper half dark, and a lying bar on mid gray.
HALF, UPPER = "np.arange(24)[None, :] // 12 + 0 * np.arange(24)[:, None]", "np.arange(24)[:, None] // 12 + np.zeros(24)"
BAR = "((abs(np.arange(33)[:, None] - 16) < 2) & (abs(np.arange(33)[None, :] - 16) < 12))"
BATCH = "(lambda picture: np.repeat((0.25 + 0.5 * picture)[None, :, :, None].astype('float32'), m, axis=0))"
RUN = "(lambda x: keras.ops.convert_to_numpy(build()(x, training=True)).astype('float64')[..., 0])"
MIRRORED = Code(f"""lambda build, m: (lambda to_right, down: {{
    "about half of the pictures are mirrored":
        bool(0.3 < np.sum(to_right < -1e-3) / max(1, np.sum(abs(to_right) > 1e-3)) < 0.7),
    "some stand on their heads": bool(np.any(down < -1e-3)),
}})(*[seen[:, second].mean((1, 2)) - seen[:, first].mean((1, 2)) for seen, first, second in (
    ({RUN}({BATCH}({HALF})).swapaxes(1, 2), slice(0, 12), slice(12, 24)),
    ({RUN}({BATCH}({UPPER})), slice(0, 12), slice(12, 24)))])""")
TURNED = Code(f"""lambda build, m: (lambda seen, y, x: (lambda bar: (lambda degrees: {{
    "turns to both sides": bool(degrees.min() < -8 and degrees.max() > 8),
    "more than 18 degrees": bool(np.abs(degrees).max() > 20),
}})(np.rad2deg(0.5 * np.arctan2(2 * (bar * x * y).sum((1, 2)), (bar * (x * x - y * y)).sum((1, 2))))))(
    seen > (seen.min((1, 2), keepdims=True) + seen.max((1, 2), keepdims=True)) / 2
))({RUN}({BATCH}({BAR})), *np.mgrid[-16:17, -16:17])""")
BRIGHTNESS = Code(f"""lambda build, m: (lambda change: {{
    "darker and brighter": bool(change.min() < -0.1 and change.max() > 0.1),
    "more than 0.2": bool(np.abs(change).max() > 0.21),
}})(np.median({RUN}({BATCH}(np.full((8, 8), 0.5))), axis=(1, 2)) - 0.5)""")
PREDICTING = Code("lambda build, x: keras.ops.convert_to_numpy(build()(x, training=False)).astype('float32')")
TRAINING = Code("""lambda build, x: (lambda augment: (lambda one, other: {
    "shape": tuple(one.shape),
    "stays between 0 and 1": bool(one.min() >= -1e-3 and one.max() <= 1.001),
    "another call changes the pictures in another way": not np.array_equal(one, other),
})(*[keras.ops.convert_to_numpy(augment(x, training=True)) for _ in range(2)]))(build())""")


def cases_data_augmenter(rng: np.random.Generator) -> Iterator[Case]:
    colour = rng.integers(0, 9, size=(6, 20, 14, 3)).astype(np.float32) / 8
    yield Case("off when predicting: nothing changes", (colour,), call=PREDICTING, tolerance=1e-2)
    small = rng.integers(0, 9, size=(40, 6, 5, 3)).astype(np.float32) / 8
    yield Case("on when training: shape and range", (small,), call=TRAINING)
    yield Case("mirrors half of 200 pictures", (200,), call=MIRRORED)
    yield Case("turns by at most 18 degrees", (200,), call=TURNED)
    yield Case("brightness changes by at most 0.2", (200,), call=BRIGHTNESS)


data_augmenter = Exercise(
    name="data_augmenter",
    points=12,
    cases=cases_data_augmenter,
    mistakes=(
        Mistake(
            "on_their_heads",
            'layers.RandomFlip("horizontal")',
            "layers.RandomFlip()",
            "Some of your pictures stand on their heads. The layer's default mirrors both ways.",
        ),
        Mistake(
            "upside_down_only",
            'layers.RandomFlip("horizontal")',
            'layers.RandomFlip("vertical")',
            "Your pictures stand on their heads, but left and right are never swapped.",
        ),
        Mistake(
            "no_mirror",
            'layers.RandomFlip("horizontal"),',
            "",
            "None of your pictures is mirrored.",
        ),
        Mistake(
            "all_around",
            "layers.RandomRotation(0.05)",
            "layers.RandomRotation(1.0)",
            "Your pictures turn all the way round. The number is a part of a full circle.",
        ),
        Mistake(
            "degrees_as_fraction",
            "layers.RandomRotation(0.05)",
            "layers.RandomRotation(0.18)",
            "Your pictures turn too far. The number is a part of a full circle of 360 degrees.",
        ),
        Mistake(
            "no_turn",
            "layers.RandomRotation(0.05),",
            "",
            "Your pictures do not turn.",
        ),
        Mistake(
            "range_of_uint8",
            "layers.RandomBrightness(0.2, value_range=(0, 1))",
            "layers.RandomBrightness(0.2)",
            "Your pixels leave the range from 0 to 1. The layer believes that white is 255, unless you tell it.",
        ),
        Mistake(
            "no_brightness",
            "layers.RandomBrightness(0.2, value_range=(0, 1)),",
            "",
            "Your pictures do not get brighter or darker.",
        ),
        Mistake(
            "too_bright",
            "layers.RandomBrightness(0.2, value_range=(0, 1))",
            "layers.RandomBrightness(0.5, value_range=(0, 1))",
            "Your pictures change their brightness too much.",
        ),
    ),
)

# ---- part 5: transfer

# A small network like those that are transferred, with weights that depend only on their shapes.
BACKBONE = """(lambda inputs: observe.fill(keras.Model(inputs, keras.Sequential([
    keras.layers.Conv2D(channels, 3, strides=2), keras.layers.BatchNormalization(momentum=0.5), keras.layers.ReLU(),
])(inputs))))(keras.Input(x.shape[1:]))"""
COMPUTES = Code(f"""lambda transfer_model, x, channels, **kwargs: (lambda backbone: {{
    **observe.model(transfer_model(backbone, **kwargs), x),
    "trainable weights of the backbone": len(backbone.trainable_weights),
}})({BACKBONE})""")
# How far one picture's logit scatters in training: it grows with the share of features that are dropped.
SCATTER = Code(f"""lambda transfer_model, x, channels, **kwargs: (lambda model: (
    observe.model(model, x),
    [w.assign(np.ones(w.shape)) for w in model.trainable_weights if len(w.shape) == 2],
    {{"how far the logits scatter in training":
        round(float(np.std(keras.ops.convert_to_numpy(model(np.repeat(x, 2000, axis=0), training=True)))), 1)}},
)[-1])(transfer_model({BACKBONE}, **kwargs))""")
AUGMENTER = Code(f"""lambda transfer_model, x, channels: (lambda model: (
    observe.model(model, x), (lambda training, predicting: {{
    "shape": tuple(predicting.shape),
    "the augmenter changes what training sees": bool(np.std(training) > 1e-2),
    "and only that": bool(np.std(predicting) < 1e-2),
}})(*[keras.ops.convert_to_numpy(model(np.repeat(x, 64, axis=0), training=on)) for on in (True, False)]))[-1]
)(transfer_model({BACKBONE}, augmenter=keras.layers.RandomBrightness(0.5, value_range=(0, 1)), dropout=0.0))""")


def cases_transfer_model(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("what it computes", (eighths(rng, 3, 9, 11, 3), 6), call=COMPUTES, tolerance=1e-2)
    yield Case("dropout of 0.2", (eighths(rng, 1, 5, 5, 3), 64), call=SCATTER, tolerance=0.2)
    yield Case("dropout of 0.5", (eighths(rng, 1, 5, 5, 3), 64), {"dropout": 0.5}, call=SCATTER, tolerance=0.2)
    yield Case("with an augmenter", (eighths(rng, 1, 7, 9, 1), 8), call=AUGMENTER)


transfer_model = Exercise(
    name="transfer_model",
    points=14,
    cases=cases_transfer_model,
    mistakes=(
        Mistake(
            "not_frozen",
            "    backbone.trainable = False\n",
            "",
            "The backbone is not frozen: all of its weights would be trained, by forty pictures.",
        ),
        Mistake(
            "sigmoid",
            "layers.Dense(1)",
            'layers.Dense(1, activation="sigmoid")',
            "You return a probability. A logit is the number before the sigmoid.",
        ),
        Mistake(
            "flatten",
            "layers.GlobalAveragePooling2D()",
            "layers.Flatten()",
            "Your head has many more parameters: one for each feature at each place. Average over the places first.",
        ),
        Mistake(
            "max_instead_of_average",
            "layers.GlobalAveragePooling2D()",
            "layers.GlobalMaxPooling2D()",
            "You take the largest answer of each feature map. Here it is the average.",
        ),
        Mistake(
            "no_dropout",
            "layers.Dropout(dropout)(X)",
            "X",
            "In training nothing is dropped. Dropout comes before the last layer.",
        ),
        Mistake(
            "keeps_the_share_to_drop",
            "layers.Dropout(dropout)",
            "layers.Dropout(1 - dropout)",
            "You drop what should be kept. The number is the share of features that are dropped.",
        ),
        Mistake(
            "fixed_dropout",
            "layers.Dropout(dropout)",
            "layers.Dropout(0.2)",
            "Your dropout is always 0.2. Use the argument.",
        ),
        Mistake(
            "two_outputs",
            "layers.Dense(1)",
            "layers.Dense(2)",
            "You return two numbers for each picture. For two classes one logit is enough.",
        ),
        Mistake(
            "augmenter_unused",
            "augmenter(X)",
            "X",
            "The pictures reach the backbone as they are, even in training. Where do you use the augmenter?",
        ),
    ),
)

# A frozen network whose batch normalisation would use the batch in training, and a head, as before fine-tuning.
FROZEN = """(lambda backbone: (lambda model: (
    setattr(backbone, "trainable", False), observe.fill(model),
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse", jit_compile=False), model)[-1]
)(keras.Sequential([keras.Input((8, 8, 2)), backbone, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)])))(
    keras.Sequential([keras.Input((8, 8, 2)),
        keras.layers.Conv2D(3, 3, name="conv1"), keras.layers.BatchNormalization(momentum=0.5, name="bn1"),
        keras.layers.Conv2D(4, 3, name="conv2"), keras.layers.BatchNormalization(momentum=0.5, name="bn2"),
        keras.layers.Conv2D(5, 3, name="conv3")], name="backbone"))"""
TUNED = Code(f"""lambda fine_tune, x, from_layer: (lambda model: observe.model(
    fine_tune(model, from_layer), x, fixed_weights=False))({FROZEN})""")
STATISTICS = Code(f"""lambda fine_tune, x, from_layer: (lambda model: (lambda before: (
    fine_tune(model, from_layer), model(x, training=True), {{
        "the statistics of batch normalisation stay": all(map(np.array_equal, before, model.get_weights())),
    }})[-1])(model.get_weights()))({FROZEN})""")
COMPILED = Code(f"""lambda fine_tune, x, from_layer: (lambda model: (lambda tuned: {{
    "learning rate": float(keras.ops.convert_to_numpy(tuned.optimizer.learning_rate)),
    "loss of the logits": float(keras.ops.convert_to_numpy(tuned.compute_loss(
        y=np.array([[1.0], [0.0], [1.0]], "float32"), y_pred=np.array([[-2.0], [-1.0], [3.0]], "float32")))),
}})(fine_tune(model, from_layer)))({FROZEN})""")


def cases_fine_tune(rng: np.random.Generator) -> Iterator[Case]:
    x = eighths(rng, 3, 8, 8, 2)
    yield Case("from its third layer on, by number", (x, 2), call=TUNED, tolerance=1e-2)
    yield Case("from the last layer on, by name", (x, "conv3"), call=TUNED, tolerance=1e-2)
    yield Case("all layers", (x, 0), call=TUNED, tolerance=1e-2)
    yield Case("batch normalisation in training", (x, "bn1"), call=STATISTICS)
    yield Case("compiled again", (x, 2), call=COMPILED, tolerance=1e-2)


fine_tune = Exercise(
    name="fine_tune",
    points=12,
    cases=cases_fine_tune,
    mistakes=(
        Mistake(
            "everything_open",
            "i >= first and not isinstance(layer, layers.BatchNormalization)",
            "not isinstance(layer, layers.BatchNormalization)",
            "All layers of the backbone become trainable. Those before from_layer stay frozen.",
        ),
        Mistake(
            "first_layers_open",
            "i >= first and",
            "i < first and",
            "You opened the first layers and froze the last ones. The first ones hold edges and colours: keep them.",
        ),
        Mistake(
            "one_too_late",
            "i >= first and",
            "i > first and",
            "The layer from_layer itself is still frozen. It is the first one to be trained.",
        ),
        Mistake(
            "batch_normalisation_open",
            "i >= first and not isinstance(layer, layers.BatchNormalization)",
            "i >= first",
            "Batch normalisation learns too, and replaces its statistics by those of a few pictures. Keep it frozen.",
        ),
        Mistake(
            "learning_rate_as_before",
            "keras.optimizers.Adam(1e-4)",
            "keras.optimizers.Adam(1e-3)",
            "The learning rate is as large as for a new head. It would destroy what the backbone knows.",
        ),
        Mistake(
            "not_compiled_again",
            "    model.compile(",
            "    dict(",
            "The model is not compiled again: it has the old optimizer and the old loss.",
        ),
        Mistake(
            "loss_of_probabilities",
            "keras.losses.BinaryCrossentropy(from_logits=True)",
            "keras.losses.BinaryCrossentropy()",
            "Your loss believes that the model returns probabilities. It returns logits.",
        ),
        Mistake(
            "only_that_layer",
            "i >= first and",
            "i == first and",
            "You open a single layer. All layers after it are to be trained too.",
        ),
        Mistake(
            "layers_of_the_whole_model",
            "enumerate(backbone.layers)",
            "enumerate(model.layers)",
            "It looks as if you counted the layers of the whole model. from_layer is a layer of the backbone.",
        ),
    ),
)

exercises = [
    mirror,
    random_crop,
    color_shift,
    pca_color_shift,
    rotate_and_shear,
    data_augmenter,
    transfer_model,
    fine_tune,
]
