"""Content and style of pictures as `fns evaluate pictures` measures them, by PyTorch in float64 -> content_style.json.

VGG19 up to conv4_2 has the golden parameters of values.py (names conv1_1.weight ... conv4_2.bias). Pictures are noise
of values.py, by width, height and seed: one photo, pictures of it, and the painting in several sizes.

`content`  squared difference of the features at relu3_3 without 2 positions at each side, over the photo's mean square
`style`    by painting (WIDTHxHEIGHT): sum over relu1_2, relu2_2, relu3_3, relu4_2 of the squared difference of the Gram matrices over
           the squared norm of the painting's
"""

import json
import pathlib

import torch
import torch.nn.functional as F

from values import pixels, state

CHANNELS = {1: 64, 2: 128, 3: 256, 4: 512}
LAYERS = ["1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "3_4", "4_1", "4_2"]
STYLE = ["1_2", "2_2", "3_3", "4_2"]
CONTENT = "3_3"

# Odd sides: max-pooling leaves their last row and column out.
def noise(width, height, seed):
    return {"width": width, "height": height, "seed": seed}


PHOTO = noise(61, 46, 21)
PICTURES = [noise(61, 46, 22), noise(61, 46, 23)]
PAINTINGS = [noise(40, 52, 24), noise(67, 48, 25)]


def weights():
    shapes = {}
    inputs = 3
    for layer in LAYERS:
        outputs = CHANNELS[int(layer[0])]
        shapes[f"conv{layer}.weight"] = (outputs, inputs, 3, 3)
        shapes[f"conv{layer}.bias"] = (outputs,)
        inputs = outputs
    return {name: torch.tensor(value, dtype=torch.float64) for name, value in state(shapes).items()}


WEIGHTS = weights()
MEANS = torch.tensor([123.68, 116.779, 103.939], dtype=torch.float64).reshape(1, 3, 1, 1)


def features(picture):
    shape = (1, 3, picture["height"], picture["width"])
    x = torch.tensor(pixels(shape, picture["seed"]), dtype=torch.float64) - MEANS
    found = {}
    block = "1"
    for layer in LAYERS:
        if layer[0] != block:
            x = F.max_pool2d(x, 2)
            block = layer[0]
        x = F.relu(F.conv2d(x, WEIGHTS[f"conv{layer}.weight"], WEIGHTS[f"conv{layer}.bias"], padding=1))
        found[layer] = x
    return found


def gram(x):
    flat = x.reshape(x.shape[1], -1)
    return flat @ flat.T / flat.numel()


def judge(picture):
    own, photo = features(picture), features(PHOTO)
    inside = [x[CONTENT][:, :, 2:-2, 2:-2] for x in (own, photo)]
    style = {}
    for painting in PAINTINGS:
        target = {layer: gram(x) for layer, x in features(painting).items() if layer in STYLE}
        style[f"{painting['width']}x{painting['height']}"] = sum(
            float(((gram(own[layer]) - t) ** 2).sum() / (t**2).sum()) for layer, t in target.items()
        )
    content = float(((inside[0] - inside[1]) ** 2).mean() / (inside[1] ** 2).mean())
    return {"picture": picture, "content": content, "style": style}


result = {"photo": PHOTO, "paintings": PAINTINGS, "pictures": [judge(picture) for picture in PICTURES]}
path = pathlib.Path(__file__).with_name("content_style.json")
path.write_text(json.dumps(result, indent=2) + "\n")
