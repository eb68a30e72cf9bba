"""Super-resolution: the networks by PyTorch in float64, pictures resized by Pillow, blurred and compared by scipy -> upscale.safetensors.

Networks of width 4 with 2 blocks (inputs seed 7, parameters as in values.py):
`<architecture>/x<factor>`      output in training
`paper/updated/<name>`          running statistics of `paper` x4 after one training forward, momentum 0.1
`modern/losses`                 pixel losses of `modern` x4 before each of three steps of Adam (lr 1e-3), against pixels of seed 9
`modern/stepped`                `out.conv.weight` after them
Pictures (noise of values.py, seed 5, 30x40):
`resized/60x80` ...             Pillow's BICUBIC of one plane of floats; the two agree where no tap lies beyond the border
`blurred`                       scipy's gaussian_filter, sigma 1, truncate 4, mode reflect
`ssim`                          of the luma-like planes of seed 5 and 5 + 0.3 * seed 6, by scipy's correlate with an explicit 2-d window
"""

import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from scipy import ndimage

import golden_file
import values

WIDTH = 4
BLOCKS = (1, 2)
MEANS = (123.68, 116.779, 103.939)
INPUT = {2: (2, 3, 12, 10), 4: (2, 3, 12, 10), 8: (1, 3, 6, 5)}


def shapes(architecture, factor):
    w = WIDTH
    result = {}
    if architecture == "modern":
        convs = {"head.conv": (w, 3), "body.conv": (w, w), "out.conv": (3 * factor**2, w)}
        for block in BLOCKS:
            convs[f"block{block}.conv1"] = convs[f"block{block}.conv2"] = (w, w)
        for name, (out, into) in convs.items():
            result[f"{name}.weight"] = (out, into, 3, 3)
            result[f"{name}.bias"] = (out,)
        return result
    result["head.conv.weight"] = (w, 3, 9, 9)
    result["out.conv.weight"] = (3, w, 9, 9)
    result["out.conv.bias"] = (3,)
    norms = ["head.norm"]
    for block in BLOCKS:
        for k in (1, 2):
            result[f"block{block}.conv{k}.weight"] = (w, w, 3, 3)
            norms.append(f"block{block}.norm{k}")
    for up in range(1, int(math.log2(factor)) + 1):
        result[f"up{up}.conv.weight"] = (w, w, 3, 3)
        norms.append(f"up{up}.norm")
    for name in norms:
        for part in ("scale", "shift", "mean", "var"):
            result[f"{name}.{part}"] = (w,)
    return result


def golden_state(architecture, factor):
    names = shapes(architecture, factor)
    transposed = {name for name in names if name.startswith("up")}
    arrays = values.state(names, transposed)
    return {name: torch.tensor(array, dtype=torch.float64) for name, array in arrays.items()}


def golden_image(factor):
    return torch.tensor(values.pixels(INPUT[factor], 7), dtype=torch.float64)


def paper(state, image, factor):
    def norm(x, name):
        mean, var, scale, shift = (state[f"{name}.{part}"] for part in ("mean", "var", "scale", "shift"))
        return F.batch_norm(x, mean, var, scale, shift, True, 0.1, eps=1e-5)

    x = image - torch.tensor(MEANS, dtype=image.dtype).reshape(1, 3, 1, 1)
    x = F.relu(norm(F.conv2d(x, state["head.conv.weight"], padding=4), "head.norm"))
    for block in BLOCKS:
        y = F.relu(norm(F.conv2d(x, state[f"block{block}.conv1.weight"], padding=1), f"block{block}.norm1"))
        x = x + norm(F.conv2d(y, state[f"block{block}.conv2.weight"], padding=1), f"block{block}.norm2")
    for up in range(1, int(math.log2(factor)) + 1):
        x = F.conv_transpose2d(x, state[f"up{up}.conv.weight"], stride=2, padding=1, output_padding=1)
        x = F.relu(norm(x, f"up{up}.norm"))
    x = F.conv2d(x, state["out.conv.weight"], state["out.conv.bias"], padding=4)
    return (torch.tanh(x) + 1) * 127.5


def cubic(t):
    t = abs(t)
    if t <= 1:
        return 1.5 * t**3 - 2.5 * t**2 + 1
    return -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2 if t < 2 else 0.0


def bicubic(image, factor):
    """Each output pixel as the sum of 4x4 taps, indices clamped to the picture."""

    def matrix(n):
        m = np.zeros((n * factor, n))
        for o in range(n * factor):
            centre = (o + 0.5) / factor - 0.5
            for i in range(math.floor(centre) - 1, math.floor(centre) + 3):
                m[o, min(max(i, 0), n - 1)] += cubic(centre - i)
        return torch.tensor(m)

    rows, columns = matrix(image.shape[2]), matrix(image.shape[3])
    return torch.einsum("oh,nchw,pw->ncop", rows, image, columns)


def modern(state, image, factor):
    def conv(x, name):
        return F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], padding=1)

    head = conv((image - 127.5) / 127.5, "head.conv")
    x = head
    for block in BLOCKS:
        x = x + conv(F.relu(conv(x, f"block{block}.conv1")), f"block{block}.conv2")
    x = head + conv(x, "body.conv")
    return bicubic(image, factor) + 127.5 * F.pixel_shuffle(conv(x, "out.conv"), factor)


def adam_steps(image, target):
    state = golden_state("modern", 4)
    for value in state.values():
        value.requires_grad_()
    optimiser = torch.optim.Adam(state.values(), lr=1e-3)
    losses = []
    for _ in range(3):
        optimiser.zero_grad()
        loss = F.mse_loss(modern(state, image, 4), target)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses, state["out.conv.weight"].detach()


def ssim(a, b):
    grid = np.arange(11) - 5
    window = np.exp(-(grid[:, None] ** 2 + grid[None, :] ** 2) / (2 * 1.5**2))
    window /= window.sum()

    def mean(x):
        return ndimage.correlate(x, window, mode="constant")[5:-5, 5:-5]

    ma, mb = mean(a), mean(b)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    va, vb, cov = mean(a * a) - ma**2, mean(b * b) - mb**2, mean(a * b) - ma * mb
    return np.mean(((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma**2 + mb**2 + c1) * (va + vb + c2)))


def main():
    tensors = {}
    for factor in (2, 4, 8):
        image = golden_image(factor)
        state = golden_state("paper", factor)
        tensors[f"paper/x{factor}"] = paper(state, image, factor)
        if factor == 4:
            for name, value in state.items():
                if name.split(".")[-1] in ("mean", "var"):
                    tensors[f"paper/updated/{name}"] = value
        tensors[f"modern/x{factor}"] = modern(golden_state("modern", factor), image, factor)
    target = torch.tensor(values.pixels((2, 3, 48, 40), 9), dtype=torch.float64)
    losses, stepped = adam_steps(golden_image(4), target)
    tensors["modern/losses"] = np.array(losses)
    tensors["modern/stepped"] = stepped

    plane = values.pixels((30, 40), 5)
    picture = Image.fromarray(plane)
    for width, height in ((80, 60), (10, 6), (57, 33), (23, 11)):
        resized = picture.resize((width, height), Image.BICUBIC)
        tensors[f"resized/{width}x{height}"] = np.asarray(resized)
    tensors["blurred"] = ndimage.gaussian_filter(plane.astype(np.float64), 1, truncate=4, mode="reflect")
    other = plane.astype(np.float64) + 0.3 * (values.pixels((30, 40), 6).astype(np.float64) - 127.5)
    tensors["ssim"] = np.array(ssim(plane.astype(np.float64), other))
    path = pathlib.Path(__file__).with_name("upscale.safetensors")
    golden_file.write(path, {name: np.asarray(value) for name, value in tensors.items()}, {"torch": torch.__version__})


main()
