"""Style transfer on tiny pictures with a tiny network."""

import keras
import numpy as np
import pytest
from keras import ops

from courselib.style import StyleTransfer, content_cost, layer_outputs, style_cost, style_matrix, total_variation
from courselib.style._painter import Painter, first_state
from courselib.style._tiles import cut, reach_and_strides
from courselib.style.extractor import vgg_like

pytestmark = pytest.mark.tensorflow

LAYERS = (("block1_conv1", 0.5), ("block2_conv1", 2.0))
CONTENT = "block3_conv1"


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    return vgg_like([[3], [4, 4], [5]], "tiny")


@pytest.fixture(scope="module")
def transfer(network: keras.Model) -> StyleTransfer:
    return StyleTransfer(network, LAYERS, CONTENT)


def picture(seed: int, *size: int) -> np.ndarray:
    return np.random.default_rng(seed).random((*size, 3), np.float32)


def test_the_costs_are_those_of_the_formulas(network: keras.Model, transfer: StyleTransfer) -> None:
    content, style, start = picture(0, 40, 32), picture(1, 36, 48), picture(2, 40, 32)
    first = transfer(content, style, 3, 5, 1, start=start, smoothness=7, num_sizes=1, verbose=False).costs[0]
    look = layer_outputs(network, ["block1_conv1", "block2_conv1", CONTENT])
    C, S, G = (look(x[None]) for x in (content, style, start))
    J_content = float(content_cost(C[-1], G[-1]))
    matrices = [[style_matrix(a) for a in outputs[:-1]] for outputs in (S, G)]
    J_style = float(style_cost(*matrices, [0.5, 2.0]))
    J = 3 * J_content + 5 * J_style + 7 * float(total_variation(start[None]))
    np.testing.assert_allclose(first, [J, J_content, J_style], rtol=1e-4)


def tensors(*values: float) -> tuple:
    return tuple(ops.convert_to_tensor(np.float32(value)) for value in values)


def gradient(before: tuple, after: tuple) -> np.ndarray:
    """What a step of Adam was given, from its moving mean before and after it."""
    return (ops.convert_to_numpy(after[1]) - 0.9 * ops.convert_to_numpy(before[1])) / 0.1


def test_a_step_is_adam(network: keras.Model) -> None:
    """Against Keras's own Adam, with the same gradients."""
    painter = Painter(network, LAYERS, CONTENT, 512)
    image = np.random.default_rng(3).uniform(0.3, 0.7, (1, 32, 32, 3)).astype(np.float32)
    targets = painter.targets(picture(4, 32, 32)[None], picture(5, 32, 32)[None])
    variable, optimizer = keras.Variable(image), keras.optimizers.Adam(0.02, beta_2=0.99, epsilon=1e-8)
    state = first_state(image)
    for _ in range(3):
        after, _ = painter.step(state, targets, tensors(10, 40, 1), 0.02)
        optimizer.apply([gradient(state, after)], [variable])
        state = after
    np.testing.assert_allclose(state[0], variable.value, atol=1e-3)


def test_the_gradient_is_the_slope_of_the_cost(network: keras.Model) -> None:
    painter = Painter(network, LAYERS, CONTENT, 512)
    image, direction = picture(14, 32, 32)[None], picture(15, 32, 32)[None] - 0.5
    targets = painter.targets(picture(4, 32, 32)[None], picture(5, 32, 32)[None])
    states = [first_state(image + step * direction) for step in (-1e-3, 0, 1e-3)]
    results = [painter.step(state, targets, tensors(10, 40, 1), 0.02) for state in states]
    slope = (results[2][1][0] - results[0][1][0]) / 2e-3
    assert np.sum(gradient(states[1], results[1][0]) * direction) == pytest.approx(slope, rel=0.02)


@pytest.mark.parametrize("size", [(150, 203), (64, 131)])
def test_tiles_give_what_the_whole_picture_gives(network: keras.Model, size: tuple[int, int]) -> None:
    content, style, image = picture(6, *size)[None], picture(7, 90, 140)[None], picture(8, *size)[None]
    results = []
    for tile_size in (512, 64):
        painter = Painter(network, LAYERS, CONTENT, tile_size)
        targets = painter.targets(content, style)
        state, costs = painter.step(first_state(image), targets, tensors(10, 40, 5), 0.03)
        results.append([*targets[1], targets[0], state[1], *costs])
    for one, other in zip(*results, strict=True):
        one, other = (np.asarray(ops.convert_to_numpy(value)) for value in (one, other))
        np.testing.assert_allclose(other, one, rtol=1e-3, atol=1e-4 * np.abs(one).max())


def test_tiles_cover_a_picture_once() -> None:
    for height, width, size in ((100, 67, 32), (64, 64, 64), (129, 64, 64)):
        covered = np.zeros((height, width), int)
        for tile in cut(height, width, size, halo=10, stride=8):
            top, bottom, left, right = tile.inner
            covered[top:bottom, left:right] += 1
            assert all(edge % 8 == 0 for edge in (tile.outer[0], tile.outer[2]))
        assert (covered == 1).all()


def test_reach_is_measured(network: keras.Model) -> None:
    """Nothing outside of the reach changes a feature."""
    names = [name for name, _ in LAYERS] + [CONTENT]
    reach, strides = reach_and_strides(network, names)
    assert strides == [1, 2, 4]
    image = picture(9, 64, 64)[None]
    changed = image.copy()
    changed[:, :, 32 + reach :] = 0
    look = layer_outputs(network, [CONTENT])
    one, other = (ops.convert_to_numpy(look(x))[:, :, : 32 // 4] for x in (image, changed))
    np.testing.assert_array_equal(one, other)


def test_the_cost_falls_and_pixels_stay_colours(transfer: StyleTransfer) -> None:
    result = transfer(picture(10, 48, 64), picture(11, 48, 64), steps=25, num_sizes=1, verbose=False)
    assert result.picture.shape == (48, 64, 3)
    assert result.picture.min() >= 0
    assert result.picture.max() <= 1
    assert result.costs.shape == (25, 3)
    assert result.costs[-1, 0] < 0.7 * result.costs[0, 0]


def test_coarse_to_fine(transfer: StyleTransfer) -> None:
    content, style = picture(12, 130, 140), picture(13, 40, 50)
    result = transfer(content, style, steps=2, num_saved=4, verbose=False)
    assert [(step, saved.shape) for step, saved in result.saved] == [
        (1, (65, 70, 3)), (2, (65, 70, 3)), (3, (130, 140, 3)), (4, (130, 140, 3)),
    ]  # fmt: skip
    np.testing.assert_array_equal(result.saved[-1][1], result.picture)


def test_the_same_seed_gives_the_same_picture(transfer: StyleTransfer) -> None:
    pictures = [
        transfer(picture(0, 32, 32), picture(1, 32, 32), steps=2, seed=seed, start=start, verbose=False).picture
        for start, seed in (("noise", 0), ("noise", 0), ("noise", 1), ("content", 0))
    ]
    np.testing.assert_array_equal(pictures[0], pictures[1])
    assert np.abs(pictures[0] - pictures[2]).mean() > 0.1
    assert np.abs(pictures[3] - picture(0, 32, 32)).mean() < 0.2


def test_a_progress_bar(transfer: StyleTransfer, capsys: pytest.CaptureFixture[str]) -> None:
    transfer(picture(0, 32, 32), picture(1, 32, 32), steps=2)
    assert "2/2" in capsys.readouterr().out
    transfer(picture(0, 32, 32), picture(1, 32, 32), steps=2, verbose=False)
    assert capsys.readouterr().out == ""


BAD = [
    (np.zeros((32, 32)), {}, r"`content` must be one picture in colour .* Received the shape \(32, 32\)"),
    (np.zeros((20, 40, 3)), {}, r"at least 32 pixels on a side.* Received the shape \(20, 40, 3\)"),
    (np.full((32, 32, 3), 200, np.uint8), {}, r"floats in \[0, 1\]; divide by 255 .* Received uint8 from 200 to 200"),
    (np.full((32, 32, 3), 1.5), {}, r"Received float64 from 1.5 to 1.5"),
    (np.full((32, 32, 3), np.nan), {}, r"Received float64 from nan to nan"),
    (np.zeros((32, 32, 3)), {"start": "style"}, "Expected 'content', 'noise' or a picture. Received: start='style'"),
    (np.zeros((32, 32, 3)), {"start": np.zeros((33, 32, 3))}, r"size of the content, \(32, 32, 3\). Received \(33, 32"),
    (np.zeros((32, 32, 3)), {"steps": 0}, "at least one step and one size. Received: steps=0, num_sizes=3"),
]


@pytest.mark.parametrize(("content", "options", "message"), BAD)
def test_bad_input(transfer: StyleTransfer, content: np.ndarray, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        transfer(content, picture(1, 32, 32), verbose=False, **options)


def test_bad_layers(network: keras.Model) -> None:
    with pytest.raises(ValueError, match="Expected at least one style layer"):
        StyleTransfer(network, [], CONTENT)
    with pytest.raises(ValueError, match="has no layer 'block4_conv1'"):
        StyleTransfer(network, LAYERS, "block4_conv1")
    with pytest.raises(ValueError, match=r"at least 64 pixels. Received: tile_size=32"):
        StyleTransfer(network, LAYERS, CONTENT, tile_size=32)
