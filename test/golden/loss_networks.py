"""Small classifiers as PyTorch exports them, their features, and the gradients of the pictures -> loss_networks/*.onnx, loss_networks.safetensors.

For each network and picture size: `NETWORK/LAYER/y`, the features of a noise picture (RGB 0..255, normalised with the means and deviations of
ImageNet), and `NETWORK/LAYER/grad`, the gradient of sum(y * gy) with respect to the pixels, where gy are golden values. By PyTorch in float64.
Metadata `networks`: for each network its layers, as the tensors are called in the file, and the size of the picture.
"""

import math
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F

import golden_file
from values import values

HERE = pathlib.Path(__file__).parent
FOLDER = HERE / "loss_networks"


def golden(module):
    """Sets every parameter and statistic to golden values."""
    for k, (name, tensor) in enumerate(sorted(module.state_dict().items())):
        if not tensor.is_floating_point():
            continue
        v = torch.tensor(values(tensor.numel(), 300 + k).reshape(tuple(tensor.shape)))
        if tensor.dim() > 1:
            v = v * math.sqrt(6 / (tensor.numel() / tensor.shape[0]))
        elif name.endswith("running_var"):
            v = 1 + 0.5 * v
        elif name.endswith("weight"):
            v = 1 + 0.3 * v
        else:
            v = 0.3 * v
        tensor.copy_(v)
    return module.eval()


class Fire(nn.Module):
    def __init__(self, cin, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(cin, squeeze, 1)
        self.one = nn.Conv2d(squeeze, expand, 1)
        self.three = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.one(x)), F.relu(self.three(x))], 1)


class Squeeze(nn.Module):
    """As SqueezeNet 1.1: 3x3 pools of stride 2 with ceil mode, dropout, a convolution as the classifier."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, 2)
        self.fire2 = Fire(8, 4, 6)
        self.fire3 = Fire(12, 4, 6)
        self.fire5 = Fire(12, 6, 8)
        self.last = nn.Conv2d(16, 10, 1)

    def forward(self, x):
        first = F.relu(self.conv1(x))
        x = F.max_pool2d(first, 3, 2, ceil_mode=True)
        third = self.fire3(self.fire2(x))
        x = F.max_pool2d(third, 3, 2, ceil_mode=True)
        fifth = self.fire5(x)
        scores = F.adaptive_avg_pool2d(F.relu(self.last(F.dropout(fifth, 0.5, self.training))), 1).flatten(1)
        return scores, {"first": first, "third": third, "fifth": fifth}


class Residual(nn.Module):
    """As ResNet: 7x7 of stride 2, a padded pool, blocks with a projection, a fully connected end. The second block has its norms first."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.a = nn.Conv2d(8, 12, 3, 2, 1, bias=False)
        self.bn_a = nn.BatchNorm2d(12)
        self.b = nn.Conv2d(12, 12, 3, 1, 1, bias=False)
        self.bn_b = nn.BatchNorm2d(12)
        self.project = nn.Conv2d(8, 12, 1, 2, bias=False)
        self.bn_p = nn.BatchNorm2d(12)
        self.bn_c = nn.BatchNorm2d(12)
        self.c = nn.Conv2d(12, 12, 3, 1, 2, dilation=2)
        self.end = nn.Linear(12, 10)

    def forward(self, x):
        first = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(first, 3, 2, 1)
        y = self.bn_b(self.b(F.relu(self.bn_a(self.a(x)))))
        block = F.relu(y + self.bn_p(self.project(x)))
        normed = F.leaky_relu(self.bn_c(block), 0.1)
        second = block + F.avg_pool2d(self.c(normed), 3, 1, 1)
        return self.end(F.adaptive_avg_pool2d(F.relu(second), 1).flatten(1)), {"first": first, "block": block, "second": second}


class Mobile(nn.Module):
    """As MobileNet v2 and v3: depthwise convolutions, ReLU6, a squeeze-and-excitation, hard swish."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, 2, 1)
        self.expand = nn.Conv2d(8, 24, 1)
        self.depth = nn.Conv2d(24, 24, 3, 2, 1, groups=24)
        self.shrink = nn.Conv2d(24, 12, 1)
        self.down = nn.Conv2d(12, 4, 1)
        self.up = nn.Conv2d(4, 12, 1)
        self.groups = nn.Conv2d(12, 12, 5, 1, 2, groups=3)

    def forward(self, x):
        first = F.relu6(self.conv1(x))
        depth = F.relu6(self.depth(F.relu6(self.expand(first))))
        x = self.shrink(depth)
        x = x * torch.sigmoid(self.up(F.hardswish(self.down(x.mean((2, 3), keepdim=True)))))
        last = F.hardswish(self.groups(x))
        return last.mean((2, 3)), {"first": first, "depth": depth, "last": last}


NETWORKS = {"squeeze": (Squeeze, (37, 45)), "residual": (Residual, (41, 36)), "mobile": (Mobile, (35, 38))}


class WithLayers(nn.Module):
    """Gives the layers as outputs, under names of their own."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        scores, layers = self.network(x)
        return (scores, *layers.values())


def main():
    FOLDER.mkdir(exist_ok=True)
    tensors, metadata = {}, {}
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64).reshape(1, 3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64).reshape(1, 3, 1, 1)
    for name, (make, (height, width)) in NETWORKS.items():
        network = golden(make())
        layers = list(network(torch.zeros(1, 3, 64, 64))[1])
        torch.onnx.export(
            WithLayers(network), torch.zeros(1, 3, 64, 64), str(FOLDER / f"{name}.onnx"), opset_version=14,
            input_names=["data"], output_names=["scores", *(f"{name}/{layer}" for layer in layers)],
            # Keeps the norms that could be folded into convolutions.
            training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
        )
        pixels = 127.5 + 100 * torch.tensor(values(3 * height * width, 400), dtype=torch.float64)
        image = pixels.reshape(1, 3, height, width).requires_grad_()
        _, features = network.double()((image / 255 - mean) / deviation)
        for k, (layer, y) in enumerate(features.items()):
            gy = torch.tensor(values(y.numel(), 410 + k), dtype=torch.float64).reshape(y.shape)
            (gradient,) = torch.autograd.grad((y * gy).sum(), image, retain_graph=True)
            tensors[f"{name}/{layer}/y"] = y.detach().numpy()
            tensors[f"{name}/{layer}/grad"] = gradient.numpy()
        metadata[name] = {"layers": [f"{name}/{layer}" for layer in layers], "height": height, "width": width}
    path = HERE / "loss_networks.safetensors"
    golden_file.write(path, tensors, {"networks": metadata, "torch": torch.__version__})
    print(f"{len(tensors)} tensors, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
