"""VGG features, losses, gradients of whole training steps and ten steps of Adam, by PyTorch in float64
-> losses.safetensors.

Needs the VGG weights and the photo in FNS_DATA, and node for photo.mjs. Inputs come from values.py.

`<vgg16|vgg19>/<layer>/every37`   the layer's features of the golden photo, each 37th of the flattened [1, C, H, W]
`<vgg16|vgg19>/<layer>/norm`      their L2 norm, all of them
`losses/<source|paper|relative>/...` on noise images (generated: seed 11, content: 12, [2,3,32,32]; style: 13, [1,3,48,48]),
                                  VGG16, each without its weight: `style/<layer>`, `content/relu3_3`, `tv`;
                                  `total` and `grad` (with respect to the generated pixels) with the weights of `config_*`
`losses/pixel`                    mean squared difference of generated and content
`losses/stability/<paper|relative>`  of generated as the picture and seed 14 as that of the photo moved by `stability_map`, the content
                                  as the photo; `losses/stability/grad/<picture|moved>`: gradients of the first
`<architecture>/loss/...`         `total` weighted; `content`, `style` (sum over layers) and `tv` without their weights
`<architecture>/grad/<parameter>` gradient of `total`; network and parameters as in networks.py, photos PHOTOS, style image seed 13
`<source|modern>/adam/losses`     `total` before each of ten steps of Adam, from the golden parameters, on the same batch
`modern/adam/final/<parameter>`   after them: norms and bias whole, each 7th number of a flattened weight

Metadata: `config_<architecture>`; `image_<architecture>` and `image_seed_<architecture>`: shape and seed of the photos;
`zero_<architecture>`: parameters whose gradient is zero by an identity, so that only rounding noise is left (left out of
`adam/final`, where Adam turns noise into steps of full length); `float32_error_*`: how far PyTorch in float32 is from
this, as the relative L2 error (`adam_update`: of all changes together; `adam_final`: of the worst parameter).
"""

import hashlib
import os
import pathlib
import subprocess
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

import golden_file
import networks
import ops
from values import pixels

HERE = pathlib.Path(__file__).resolve().parent
DATA = pathlib.Path(os.environ.get("FNS_DATA") or HERE.parents[1].parent / "shared" / "data")
WEIGHTS = {"vgg16": "vgg16-conv1_1-conv3_3.safetensors", "vgg19": "vgg19-conv1_1-conv5_1.safetensors"}
CONVOLUTIONS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}

CONFIGS = {
    "source": {
        "losses": "source", "network": "vgg16", "styleLayers": ["relu1_2", "relu2_2", "relu3_3"], "styleWeight": 220,
        "contentLayer": "relu3_3", "contentWeight": 1, "tvWeight": 1e-3,
    },
    "paper": {
        "losses": "paper", "network": "vgg16", "styleLayers": ["relu1_2", "relu2_2", "relu3_3"], "styleWeight": 5,
        "contentLayer": "relu3_3", "contentWeight": 1, "tvWeight": 1e-5,
    },
    "modern": {
        "losses": "paper", "network": "vgg19", "styleLayers": ["relu1_2", "relu2_2", "relu3_3", "relu4_2"],
        "styleWeight": 8, "contentLayer": "relu3_3", "contentWeight": 1, "tvWeight": 1e-5,
    },
    "lengstrom": {
        "losses": "paper", "network": "vgg19",
        "styleLayers": ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"], "styleWeight": 100,
        "contentLayer": "relu4_2", "contentWeight": 7.5, "tvWeight": 1e-3,
    },
}

# Only for `losses/relative`.
RELATIVE = {
    "losses": "relative", "network": "vgg16", "styleLayers": ["relu1_2", "relu2_2", "relu3_3"], "styleWeight": 2,
    "contentLayer": "relu3_3", "contentWeight": 1, "tvWeight": 0.1,
}

# Shape and seed of the photos. The seeds are chosen, among hundreds, so that no ReLU and no max-pool of the network or of
# VGG is within rounding of deciding otherwise: a gradient then differs by rounding only, however an implementation rounds.
# Small images leave few decisions to be near; `paper` takes more than 40 pixels.
PHOTOS = {
    "source": ((2, 3, 32, 32), 281), "paper": ((2, 3, 44, 44), 46), "modern": ((2, 3, 16, 16), 238),
    "lengstrom": ((2, 3, 16, 16), 221),
}


class Vgg:
    """The loss network up to the deepest layer whose weights are there."""

    def __init__(self, name, dtype):
        self.convolutions = CONVOLUTIONS[name]
        arrays = golden_file.read(DATA / "weights" / WEIGHTS[name])
        self.weights = {key: torch.tensor(array, dtype=dtype) for key, array in arrays.items()}

    def features(self, image, layers=None):
        """The ReLU outputs by name, of `layers` or of all; `image` is RGB 0..255."""
        result = {}
        x = networks.subtract_means(image)
        for block, count in enumerate(self.convolutions, 1):
            if block > 1:
                x = F.max_pool2d(x, 2, 2)
            for number in range(1, count + 1):
                name = f"{block}_{number}"
                if f"conv{name}.weight" not in self.weights or (layers and set(layers) <= set(result)):
                    return result
                x = F.relu(F.conv2d(x, self.weights[f"conv{name}.weight"], self.weights[f"conv{name}.bias"], padding=1))
                result[f"relu{name}"] = x
        return result


def gram(features):
    """[N, C, H, W] -> [N, C, C], divided by C H W."""
    n, c, h, w = features.shape
    flat = features.reshape(n, c, h * w)
    return flat @ flat.transpose(1, 2) / (c * h * w)


def half_sum_of_squares(x):
    return (x * x).sum() / 2


def differences(image):
    return image[:, :, 1:] - image[:, :, :-1], image[:, :, :, 1:] - image[:, :, :, :-1]


class SourceLosses:
    @staticmethod
    def style(features, style_features):
        return 2 * half_sum_of_squares(gram(features) - gram(style_features)) / features.numel()

    @staticmethod
    def content(features, content_features):
        return 2 * half_sum_of_squares(features - content_features) / features.numel()

    @staticmethod
    def tv(image):
        return sum(half_sum_of_squares(d) / d.numel() for d in differences(image))


class PaperLosses:
    @staticmethod
    def style(features, style_features):
        n, c = features.shape[:2]
        return ((gram(features) - gram(style_features)) ** 2).sum() / (n * c * c)

    @staticmethod
    def content(features, content_features):
        return ((features - content_features) ** 2).mean()

    @staticmethod
    def tv(image):
        return sum((d * d).sum() for d in differences(image)) / image.shape[0]


class RelativeLosses:
    @staticmethod
    def style(features, style_features):
        target = gram(style_features)
        return ((gram(features) - target) ** 2).sum() / (features.shape[0] * (target**2).sum())

    @staticmethod
    def content(features, content_features):
        return ((features - content_features) ** 2).sum() / ((content_features**2).sum() + 1e-6)

    @staticmethod
    def tv(image):
        return sum(((d / 255) ** 2).mean() for d in differences(image))


LOSSES = {"source": SourceLosses, "paper": PaperLosses, "relative": RelativeLosses}


def objective(config, vgg, generated, content, style):
    """The loss terms of a generated batch: `total` weighted, the others as they are."""
    losses = LOSSES[config["losses"]]
    layers = {*config["styleLayers"], config["contentLayer"]}
    features = vgg.features(generated, layers)
    with torch.no_grad():
        content_features = vgg.features(content, {config["contentLayer"]})
        style_features = vgg.features(style, set(config["styleLayers"]))
    layer = config["contentLayer"]
    terms = {f"style/{name}": losses.style(features[name], style_features[name]) for name in config["styleLayers"]}
    terms["style"] = sum(terms.values())
    terms[f"content/{layer}"] = terms["content"] = losses.content(features[layer], content_features[layer])
    terms["tv"] = losses.tv(generated)
    terms["total"] = (
        config["styleWeight"] * terms["style"]
        + config["contentWeight"] * terms["content"]
        + config["tvWeight"] * terms["tv"]
    )
    return terms


STABILITY_MAP = [[0.98, -0.03, 1.4], [0.03, 0.98, -0.65]]


def stability(picture, of_moved, photo):
    """The mean squared difference over pixels that come from 2 pixels and more inside, and the same over the photo's."""
    n, c, h, w = picture.shape
    right, down = torch.tensor(STABILITY_MAP, dtype=torch.float64) @ ops.places(h, w)
    inside = (right.abs() < (w - 1) / 2 - 2) & (down.abs() < (h - 1) / 2 - 2)
    differences = (of_moved - ops.move_affine(picture, torch.tensor(STABILITY_MAP, dtype=torch.float64))).reshape(n, c, h * w)[:, :, inside]
    loss = (differences**2).mean()
    return loss, loss / ((photo**2).mean() + 1e-6)


def training_step(architecture, state, vgg, dtype):
    """The loss terms of one training step from `state`."""
    photos = torch.tensor(pixels(*PHOTOS[architecture]), dtype=dtype)
    style = torch.tensor(pixels((1, 3, 48, 48), 13), dtype=dtype)
    return objective(CONFIGS[architecture], vgg, networks.FORWARD[architecture](state, photos), photos, style)


def golden_parameters(architecture, dtype):
    state = networks.golden_state(architecture, dtype)
    for name in networks.trainable(state):
        state[name].requires_grad_()
    return state


def gradients(architecture, vgg, dtype):
    """The loss terms of a training step and the gradient of every parameter, by name."""
    state = golden_parameters(architecture, dtype)
    names = networks.trainable(state)
    terms = training_step(architecture, state, vgg, dtype)
    grads = torch.autograd.grad(terms["total"], [state[name] for name in names])
    return terms, dict(zip(names, grads))


def adam(architecture, vgg, dtype, steps=10):
    """The losses before each step and the final parameters."""
    state = golden_parameters(architecture, dtype)
    parameters = {name: state[name] for name in networks.trainable(state)}
    optimizer = torch.optim.Adam(parameters.values(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        total = training_step(architecture, state, vgg, dtype)["total"]
        total.backward()
        optimizer.step()
        losses.append(total.item())
    return torch.tensor(losses, dtype=torch.float64), {name: value.detach() for name, value in parameters.items()}


def relative_error(a, b):
    return ((a.double() - b.double()).norm() / b.double().norm()).item()


def thinned(name, tensor):
    return tensor.flatten()[::7] if name.endswith(".weight") else tensor


def photo():
    """The golden photo as [1, 3, 64, 64] and the hash of its bytes."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "photo.rgb"
        subprocess.run(["node", HERE / "photo.mjs", file], check=True, env={**os.environ, "FNS_DATA": str(DATA)})
        data = file.read_bytes()
    rgb = np.frombuffer(data, np.uint8).reshape(1, 64, 64, 3).astype(np.float64)
    return torch.tensor(rgb).permute(0, 3, 1, 2), hashlib.sha256(data).hexdigest()


def main():
    tensors = {}
    metadata = {"torch": torch.__version__}
    vggs = {(name, dtype): Vgg(name, dtype) for name in WEIGHTS for dtype in (torch.float64, torch.float32)}

    image, metadata["photo_sha256"] = photo()
    for name in WEIGHTS:
        for layer, features in vggs[name, torch.float64].features(image).items():
            assert (features > 0).any()
            tensors[f"{name}/{layer}/every37"] = features.flatten()[::37]
            tensors[f"{name}/{layer}/norm"] = features.norm()
            print(f"{name} {layer} {list(features.shape)}: mean {features.mean():.3f}, max {features.max():.2f}")

    noise = {seed: torch.tensor(pixels((2, 3, 32, 32), seed), dtype=torch.float64) for seed in (11, 12)}
    style = torch.tensor(pixels((1, 3, 48, 48), 13), dtype=torch.float64)
    for name in LOSSES:
        generated = noise[11].clone().requires_grad_()
        terms = objective({**CONFIGS, "relative": RELATIVE}[name], vggs["vgg16", torch.float64], generated, noise[12], style)
        terms["grad"] = torch.autograd.grad(terms["total"], generated)[0]
        for term, value in terms.items():
            if term not in ("style", "content"):
                tensors[f"losses/{name}/{term}"] = value.detach()
        print(name, {term: f"{value.item():.6g}" for term, value in terms.items() if value.ndim == 0})
    metadata["config_relative"] = RELATIVE
    tensors["losses/pixel"] = ((noise[11] - noise[12]) ** 2).mean()
    metadata["stability_map"] = STABILITY_MAP
    picture = noise[11].clone().requires_grad_()
    of_moved = torch.tensor(pixels((2, 3, 32, 32), 14), dtype=torch.float64, requires_grad=True)
    losses = stability(picture, of_moved, noise[12])
    for name, loss in zip(("paper", "relative"), losses):
        tensors[f"losses/stability/{name}"] = loss.detach()
    for name, grad in zip(("picture", "moved"), torch.autograd.grad(losses[0], (picture, of_moved))):
        tensors[f"losses/stability/grad/{name}"] = grad

    for architecture, config in CONFIGS.items():
        metadata[f"config_{architecture}"] = config
        shape, seed = PHOTOS[architecture]
        metadata[f"image_{architecture}"] = list(shape)
        metadata[f"image_seed_{architecture}"] = str(seed)
        vgg, single_vgg = (vggs[config["network"], dtype] for dtype in (torch.float64, torch.float32))
        terms, grads = gradients(architecture, vgg, torch.float64)
        _, single_grads = gradients(architecture, single_vgg, torch.float32)
        for term in ("total", "content", "style", "tv"):
            tensors[f"{architecture}/loss/{term}"] = terms[term].detach()
        print(architecture, {term: f"{value.item():.6g}" for term, value in terms.items()})
        largest = max(grad.abs().max().item() for grad in grads.values())
        zero = [name for name, grad in grads.items() if grad.abs().max().item() < 1e-10 * largest]
        errors = {}
        for name, grad in grads.items():
            if name in zero:
                continue
            tensors[f"{architecture}/grad/{name}"] = grad
            errors[name] = relative_error(single_grads[name], grad)
        worst = max(errors, key=errors.get)
        smallest = min(grads[name].norm().item() for name in errors)
        print(f"  gradients: norm from {smallest:.3g}, largest number {largest:.3g}, zero {zero}; "
              f"float32 differs by up to {errors[worst]:.1e} ({worst})")
        metadata[f"zero_{architecture}"] = zero
        metadata[f"float32_error_grad_{architecture}"] = {name: float(f"{e:.1e}") for name, e in errors.items()}

        if architecture in ("paper", "lengstrom"):
            continue
        losses, final = adam(architecture, vgg, torch.float64)
        single_losses, single_final = adam(architecture, single_vgg, torch.float32)
        tensors[f"{architecture}/adam/losses"] = losses
        error = ((single_losses - losses).abs() / losses).max().item()
        metadata[f"float32_error_adam_losses_{architecture}"] = f"{error:.2e}"
        print(f"  Adam: {[round(loss, 4) for loss in losses.tolist()]}, float32 differs by up to {error:.1e}")
        if architecture == "modern":
            names = [name for name in final if name not in zero]
            for name in names:
                tensors[f"modern/adam/final/{name}"] = thinned(name, final[name])
            moved = torch.cat([(final[n] - networks.golden_state("modern")[n]).flatten() for n in names])
            apart = torch.cat([(single_final[n].double() - final[n]).flatten() for n in names])
            metadata["float32_error_adam_update_modern"] = f"{apart.norm() / moved.norm():.2e}"
            errors = {name: relative_error(single_final[name], final[name]) for name in names}
            metadata["float32_error_adam_final_modern"] = f"{max(errors.values()):.2e}"
            print(f"  moved by {moved.abs().mean():.2e} on average, up to {moved.abs().max():.2e}; float32 apart by "
                  f"{apart.norm() / moved.norm():.1e} of that, at most {apart.abs().max():.1e}, a parameter by up to "
                  f"{max(errors.values()):.1e} of its norm")

    path = pathlib.Path(__file__).with_suffix(".safetensors")
    golden_file.write(path, tensors, metadata)
    print(f"{path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
