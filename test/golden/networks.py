"""The transform networks `source`, `paper`, `modern` and `lengstrom`, by PyTorch in float64 -> networks.safetensors.

Width 4, batch 2. Parameters and photos come from values.py; metadata `state_<architecture>` lists [name, shape, seed] of
every parameter and running statistic, `image_<architecture>` the shape of the input (seed 7, pixels 0..255, RGB).

`<architecture>/stylized`       output in training (batch statistics where there are any)
`paper/inference`               output with the golden running statistics
`paper/updated/<name>`          running statistics after one training forward, momentum 0.1
`paper/settled/<name>`          running statistics equal to those of the batch (momentum 1, unbiased variance), and
`paper/inference-settled`       the output with them, which does not saturate
"""

import pathlib

import torch
import torch.nn.functional as F

import golden_file
import values

WIDTH = 4
MEANS = (123.68, 116.779, 103.939)
ARCHITECTURES = ("source", "paper", "modern", "lengstrom")
BLOCKS = range(1, 6)
# Reflecting 40 pixels, as `paper` does first, takes an image of more than 40.
IMAGE = {"source": (2, 3, 32, 32), "paper": (2, 3, 48, 48), "modern": (2, 3, 32, 32), "lengstrom": (2, 3, 28, 32)}
TRANSPOSED = {name: {"up1.conv.weight", "up2.conv.weight"} for name in ("paper", "lengstrom")}


def shapes(architecture, width=WIDTH):
    """The shape of every parameter and running statistic, by name."""
    c1, c2, c3 = width, 2 * width, 4 * width
    result = {
        "down1.conv.weight": (c1, 3, 9, 9),
        "down2.conv.weight": (c2, c1, 3, 3),
        "down3.conv.weight": (c3, c2, 3, 3),
        "up1.conv.weight": (c2, c3, 3, 3),
        "up2.conv.weight": (c1, c2, 3, 3),
        "out.conv.weight": (3, c1, 9, 9),
    }
    for block in BLOCKS:
        result[f"res{block}.conv1.weight"] = result[f"res{block}.conv2.weight"] = (c3, c3, 3, 3)
    if architecture == "source":
        return result
    if architecture != "lengstrom":
        result["out.conv.bias"] = (3,)
    if architecture in TRANSPOSED:
        result["up1.conv.weight"] = (c3, c2, 3, 3)
        result["up2.conv.weight"] = (c2, c1, 3, 3)
    norms = {"down1.norm": c1, "down2.norm": c2, "down3.norm": c3, "up1.norm": c2, "up2.norm": c1}
    if architecture == "lengstrom":
        norms["out.norm"] = 3
    for block in BLOCKS:
        norms[f"res{block}.norm1"] = norms[f"res{block}.norm2"] = c3
    for name, channels in norms.items():
        for part in ("scale", "shift") + (("mean", "var") if architecture == "paper" else ()):
            result[f"{name}.{part}"] = (channels,)
    return result


def trainable(state):
    """The names a training step changes by gradient: all but the running statistics."""
    return [name for name in state if name.split(".")[-1] not in ("mean", "var")]


def golden_state(architecture, dtype=torch.float64):
    arrays = values.state(shapes(architecture), TRANSPOSED.get(architecture, ()))
    return {name: torch.tensor(array, dtype=dtype) for name, array in arrays.items()}


def golden_photos(architecture, dtype=torch.float64):
    return torch.tensor(values.pixels(IMAGE[architecture], 7), dtype=dtype)


def subtract_means(image):
    return image - torch.tensor(MEANS, dtype=image.dtype).reshape(1, 3, 1, 1)


def reflect(x, border):
    return F.pad(x, (border, border, border, border), "reflect")


def reflect_conv(x, weight, bias=None, stride=1):
    return F.conv2d(reflect(x, weight.shape[-1] // 2), weight, bias, stride)


def source(state, image):
    def norm(x):
        return F.instance_norm(x, eps=1e-9)

    x = reflect(subtract_means(image), 10)
    x = F.relu(norm(reflect_conv(x, state["down1.conv.weight"])))
    x = F.relu(norm(reflect_conv(x, state["down2.conv.weight"], stride=2)))
    x = F.relu(norm(reflect_conv(x, state["down3.conv.weight"], stride=2)))
    for block in BLOCKS:
        y = F.relu(reflect_conv(x, state[f"res{block}.conv1.weight"]))
        x = x + reflect_conv(y, state[f"res{block}.conv2.weight"])
    for name in ("up1", "up2"):
        x = F.interpolate(x, scale_factor=4, mode="nearest")
        x = F.relu(norm(reflect_conv(x, state[f"{name}.conv.weight"], stride=2)))
    y = torch.tanh(norm(reflect_conv(x, state["out.conv.weight"])))
    return ((y + 1) * 127.5)[:, :, 10:-10, 10:-10]


def modern(state, image):
    def norm(x, name):
        return F.instance_norm(x, weight=state[f"{name}.scale"], bias=state[f"{name}.shift"], eps=1e-5)

    x = subtract_means(image)
    for name, stride in (("down1", 1), ("down2", 2), ("down3", 2)):
        x = F.relu(norm(reflect_conv(x, state[f"{name}.conv.weight"], stride=stride), f"{name}.norm"))
    for block in BLOCKS:
        y = F.relu(norm(reflect_conv(x, state[f"res{block}.conv1.weight"]), f"res{block}.norm1"))
        x = x + norm(reflect_conv(y, state[f"res{block}.conv2.weight"]), f"res{block}.norm2")
    for name in ("up1", "up2"):
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = F.relu(norm(reflect_conv(x, state[f"{name}.conv.weight"]), f"{name}.norm"))
    x = reflect_conv(x, state["out.conv.weight"], state["out.conv.bias"])
    return x + torch.tensor(MEANS, dtype=x.dtype).reshape(1, 3, 1, 1)


def paper(state, image, training=True, momentum=0.1):
    """In training the running statistics in `state` are updated in place."""

    def norm(x, name):
        mean, var, scale, shift = (state[f"{name}.{part}"] for part in ("mean", "var", "scale", "shift"))
        return F.batch_norm(x, mean, var, scale, shift, training, momentum, eps=1e-5)

    x = reflect(subtract_means(image), 40)
    for name, stride in (("down1", 1), ("down2", 2), ("down3", 2)):
        weight = state[f"{name}.conv.weight"]
        x = F.relu(norm(F.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2), f"{name}.norm"))
    for block in BLOCKS:
        y = F.relu(norm(F.conv2d(x, state[f"res{block}.conv1.weight"]), f"res{block}.norm1"))
        x = x[:, :, 2:-2, 2:-2] + norm(F.conv2d(y, state[f"res{block}.conv2.weight"]), f"res{block}.norm2")
    for name in ("up1", "up2"):
        x = F.conv_transpose2d(x, state[f"{name}.conv.weight"], stride=2, padding=1, output_padding=1)
        x = F.relu(norm(x, f"{name}.norm"))
    x = F.conv2d(x, state["out.conv.weight"], state["out.conv.bias"], padding=4)
    return (torch.tanh(x) + 1) * 127.5


def same_conv(x, weight, stride=1):
    """TensorFlow's conv2d with SAME padding, from its documentation: the output has ceil(side / stride) rows, and what padding
    that takes is halved, the odd row going to the bottom and the right."""
    pads = []
    for side, taps in zip(x.shape[:1:-1], weight.shape[:1:-1]):
        total = max((-(-side // stride) - 1) * stride + taps - side, 0)
        pads += [total // 2, total - total // 2]
    return F.conv2d(F.pad(x, pads), weight, stride=stride)


def same_conv_transpose(x, weight):
    """TensorFlow's conv2d_transpose of stride 2 with SAME padding: by its definition the gradient of `same_conv` for the input."""
    n, _, h, w = x.shape
    like = torch.zeros((n, weight.shape[1], 2 * h, 2 * w), dtype=x.dtype, requires_grad=True)
    with torch.enable_grad():
        out = same_conv(like, weight, stride=2)
        return torch.autograd.grad(out, like, x, create_graph=True)[0]


def lengstrom(state, image):
    def norm(x, name):
        return F.instance_norm(x, weight=state[f"{name}.scale"], bias=state[f"{name}.shift"], eps=1e-3)

    x = image
    for name, stride in (("down1", 1), ("down2", 2), ("down3", 2)):
        x = F.relu(norm(same_conv(x, state[f"{name}.conv.weight"], stride), f"{name}.norm"))
    for block in BLOCKS:
        y = F.relu(norm(same_conv(x, state[f"res{block}.conv1.weight"]), f"res{block}.norm1"))
        x = x + norm(same_conv(y, state[f"res{block}.conv2.weight"]), f"res{block}.norm2")
    for name in ("up1", "up2"):
        x = F.relu(norm(same_conv_transpose(x, state[f"{name}.conv.weight"]), f"{name}.norm"))
    return torch.tanh(norm(same_conv(x, state["out.conv.weight"]), "out.norm")) * 150 + 127.5


FORWARD = {"source": source, "paper": paper, "modern": modern, "lengstrom": lengstrom}


def statistics(state):
    return {name: value for name, value in state.items() if name not in trainable(state)}


def main():
    tensors = {}
    metadata = {"width": str(WIDTH), "torch": torch.__version__}
    for architecture in ARCHITECTURES:
        state = golden_state(architecture)
        image = golden_photos(architecture)
        metadata[f"image_{architecture}"] = list(IMAGE[architecture])
        metadata[f"state_{architecture}"] = [
            [name, list(state[name].shape), 100 + k] for k, name in enumerate(sorted(state))
        ]
        if architecture == "paper":
            tensors["paper/inference"] = paper(state, image, training=False)
        stylized = FORWARD[architecture](state, image)
        assert stylized.shape == image.shape
        tensors[f"{architecture}/stylized"] = stylized
        single = FORWARD[architecture](golden_state(architecture, torch.float32), image.float())
        error = (single - stylized).abs().max().item()
        metadata[f"float32_error_{architecture}"] = f"{error:.2e}"
        print(f"{architecture}: {sum(state[n].numel() for n in trainable(state))} parameters, "
              f"{stylized.min():.2f}..{stylized.max():.2f}, sd {stylized.std():.2f}, float32 differs by {error:.1e}")
        if architecture == "paper":
            tensors.update({f"paper/updated/{name}": value for name, value in statistics(state).items()})
            settled = golden_state("paper")
            paper(settled, image, momentum=1)
            tensors.update({f"paper/settled/{name}": value for name, value in statistics(settled).items()})
            tensors["paper/inference-settled"] = paper(settled, image, training=False)
            for name in ("inference", "inference-settled"):
                y = tensors[f"paper/{name}"]
                print(f"paper {name}: {y.min():.2f}..{y.max():.2f}, sd {y.std():.2f}")
    path = pathlib.Path(__file__).with_suffix(".safetensors")
    golden_file.write(path, tensors, metadata)
    print(f"{path.stat().st_size} bytes")


if __name__ == "__main__":
    with torch.no_grad():
        main()
