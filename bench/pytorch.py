"""The PyTorch side of the benchmark: our networks, written the way pytorch/examples writes them.

    python3 bench/pytorch.py --threads 2 --what forward --size 512 --width 32
    python3 bench/pytorch.py --threads 2 --what train --size 256 --batch 4 --format nhwc
    python3 bench/pytorch.py --threads 2 --what sgemm
    python3 bench/pytorch.py --what train --device cuda

Prints one JSON line: seconds (best of --repeat), median, peakRssMiB; for sgemm gflops as well. Weights are random: only
the time matters. `train` is one whole step: forward, loss network, losses, backward, Adam.

Check with `sgemm` first that PyTorch has a fast BLAS: Debian's takes whatever libblas.so.3 is, and the reference one
(5 instead of 160 GFLOP/s on two cores) makes a training step more than twice as slow. libopenblas0-pthread is the cure.
"""

import argparse
import json
import resource
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

MEANS = torch.tensor([123.68, 116.779, 103.939]).reshape(1, 3, 1, 1)


class ReflectConv(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, bias=False):
        super().__init__()
        self.pad = nn.ReflectionPad2d(kernel // 2)
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, bias=bias)

    def forward(self, x):
        return self.conv(self.pad(x))


class Upsample(nn.Module):
    """Nearest resize, then a reflected 3x3 convolution."""

    def __init__(self, inputs, outputs, scale=2, stride=1):
        super().__init__()
        self.scale = scale
        self.conv = ReflectConv(inputs, outputs, 3, stride)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=self.scale, mode="nearest"))


class Residual(nn.Module):
    def __init__(self, body, crop=0):
        super().__init__()
        self.body = body
        self.crop = crop

    def forward(self, x):
        c = self.crop
        shortcut = x[:, :, c:-c, c:-c] if c else x
        return shortcut + self.body(x)


class ScaledTanh(nn.Module):
    def forward(self, x):
        return (torch.tanh(x) + 1) * 127.5


class Modern(nn.Sequential):
    def __init__(self, width):
        c1, c2, c3 = width, 2 * width, 4 * width

        def norm(channels):
            return nn.InstanceNorm2d(channels, affine=True)

        def block():
            return Residual(
                nn.Sequential(ReflectConv(c3, c3, 3), norm(c3), nn.ReLU(), ReflectConv(c3, c3, 3), norm(c3))
            )

        super().__init__(
            ReflectConv(3, c1, 9), norm(c1), nn.ReLU(),
            ReflectConv(c1, c2, 3, 2), norm(c2), nn.ReLU(),
            ReflectConv(c2, c3, 3, 2), norm(c3), nn.ReLU(),
            *(block() for _ in range(5)),
            Upsample(c3, c2), norm(c2), nn.ReLU(),
            Upsample(c2, c1), norm(c1), nn.ReLU(),
            ReflectConv(c1, 3, 9, bias=True),
        )

    def forward(self, image):
        means = MEANS.to(image.device)
        return super().forward(image - means) + means


class Source(nn.Sequential):
    def __init__(self, width):
        c1, c2, c3 = width, 2 * width, 4 * width

        def norm(channels):
            return nn.InstanceNorm2d(channels, eps=1e-9)

        def block():
            return Residual(nn.Sequential(ReflectConv(c3, c3, 3), nn.ReLU(), ReflectConv(c3, c3, 3)))

        super().__init__(
            nn.ReflectionPad2d(10),
            ReflectConv(3, c1, 9), norm(c1), nn.ReLU(),
            ReflectConv(c1, c2, 3, 2), norm(c2), nn.ReLU(),
            ReflectConv(c2, c3, 3, 2), norm(c3), nn.ReLU(),
            *(block() for _ in range(5)),
            Upsample(c3, c2, 4, 2), norm(c2), nn.ReLU(),
            Upsample(c2, c1, 4, 2), norm(c1), nn.ReLU(),
            ReflectConv(c1, 3, 9), norm(3), ScaledTanh(),
        )

    def forward(self, image):
        return super().forward(image - MEANS.to(image.device))[:, :, 10:-10, 10:-10]


class Paper(nn.Sequential):
    def __init__(self, width):
        c1, c2, c3 = width, 2 * width, 4 * width
        norm = nn.BatchNorm2d

        def conv(inputs, outputs, kernel, stride=1):
            return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)

        def up(inputs, outputs):
            return nn.ConvTranspose2d(inputs, outputs, 3, 2, padding=1, output_padding=1, bias=False)

        def block():
            first, second = (nn.Conv2d(c3, c3, 3, bias=False) for _ in range(2))
            return Residual(nn.Sequential(first, norm(c3), nn.ReLU(), second, norm(c3)), crop=2)

        super().__init__(
            nn.ReflectionPad2d(40),
            conv(3, c1, 9), norm(c1), nn.ReLU(),
            conv(c1, c2, 3, 2), norm(c2), nn.ReLU(),
            conv(c2, c3, 3, 2), norm(c3), nn.ReLU(),
            *(block() for _ in range(5)),
            up(c3, c2), norm(c2), nn.ReLU(),
            up(c2, c1), norm(c1), nn.ReLU(),
            nn.Conv2d(c1, 3, 9, padding=4), ScaledTanh(),
        )

    def forward(self, image):
        return super().forward(image - MEANS.to(image.device))


class SameConv(nn.Module):
    """A convolution with zeros as TensorFlow's SAME puts them: the odd one at the bottom and the right."""

    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__()
        before = (kernel - stride) // 2
        self.around = (before, kernel - stride - before) * 2
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, bias=False)

    def forward(self, x):
        return self.conv(F.pad(x, self.around))


class Lengstrom(nn.Sequential):
    """The network of lengstrom/fast-style-transfer, for sides that 4 divides."""

    def __init__(self, width):
        c1, c2, c3 = width, 2 * width, 4 * width

        def norm(channels):
            return nn.InstanceNorm2d(channels, eps=1e-3, affine=True)

        def up(inputs, outputs):
            return nn.ConvTranspose2d(inputs, outputs, 3, 2, padding=1, output_padding=1, bias=False)

        def block():
            return Residual(
                nn.Sequential(SameConv(c3, c3, 3), norm(c3), nn.ReLU(), SameConv(c3, c3, 3), norm(c3))
            )

        super().__init__(
            SameConv(3, c1, 9), norm(c1), nn.ReLU(),
            SameConv(c1, c2, 3, 2), norm(c2), nn.ReLU(),
            SameConv(c2, c3, 3, 2), norm(c3), nn.ReLU(),
            *(block() for _ in range(5)),
            up(c3, c2), norm(c2), nn.ReLU(),
            up(c2, c1), norm(c1), nn.ReLU(),
            SameConv(c1, 3, 9), norm(3),
        )

    def forward(self, image):
        return 150 * torch.tanh(super().forward(image)) + 127.5


class Vgg(nn.Module):
    """A frozen loss network up to relu4_3, with random weights."""

    STYLE = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
    CONTENT = "relu3_3"

    def __init__(self, name):
        super().__init__()
        self.convolutions = nn.ModuleDict()
        inputs = 3
        for block, (count, outputs) in enumerate(zip((2, 2, 4 if name == "vgg19" else 3, 3), (64, 128, 256, 512)), 1):
            for number in range(1, count + 1):
                convolution = nn.Conv2d(inputs, outputs, 3, padding=1)
                nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
                self.convolutions[f"relu{block}_{number}"] = convolution
                inputs = outputs
        self.requires_grad_(False)

    def forward(self, image, last="relu4_3"):
        features = {}
        x = image - MEANS.to(image.device)
        for name, convolution in self.convolutions.items():
            if name.endswith("_1") and name != "relu1_1":
                x = F.max_pool2d(x, 2)
            x = features[name] = F.relu(convolution(x))
            if name == last:
                break
        return features


def gram(features):
    n, c, h, w = features.shape
    flat = features.reshape(n, c, h * w)
    return flat @ flat.transpose(1, 2) / (c * h * w)


def timed(run, repeat):
    """Seconds of each of `repeat` runs, after one that is not counted."""

    def finished():
        run()
        if torch.cuda.is_available():
            torch.cuda.synchronize()

    finished()
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        finished()
        seconds.append(time.perf_counter() - start)
    return seconds


def photos(options, memory_format):
    shape = (options.batch, 3, options.height or options.size, options.size)
    return (255 * torch.rand(shape)).to(options.device).contiguous(memory_format=memory_format)


def forward(options, memory_format):
    network = NETWORKS[options.architecture](options.width).eval().to(options.device, memory_format=memory_format)
    image = photos(options, memory_format)
    with torch.inference_mode():
        return timed(lambda: network(image), options.repeat)


def train(options, memory_format):
    network = NETWORKS[options.architecture](options.width).to(options.device, memory_format=memory_format)
    vgg = Vgg(options.loss_network).to(options.device, memory_format=memory_format)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    content = photos(options, memory_format)
    style = 255 * torch.rand(1, 3, options.size, options.size, device=options.device)
    with torch.no_grad():
        targets = {name: gram(features) for name, features in vgg(style).items() if name in Vgg.STYLE}

    def step():
        optimizer.zero_grad()
        with torch.no_grad():
            wanted = vgg(content, last=Vgg.CONTENT)[Vgg.CONTENT]
        stylized = network(content)
        features = vgg(stylized)
        loss = F.mse_loss(features[Vgg.CONTENT], wanted)
        for name in Vgg.STYLE:
            loss = loss + 5 * F.mse_loss(gram(features[name]), targets[name].expand(options.batch, -1, -1))
        loss.backward()
        optimizer.step()
        assert torch.isfinite(loss)

    return timed(step, options.repeat)


def sgemm(options, _):
    a, b = (torch.rand(2048, 2048, device=options.device) for _ in range(2))
    with torch.inference_mode():
        return timed(lambda: a @ b, options.repeat)


NETWORKS = {"modern": Modern, "source": Source, "paper": Paper, "lengstrom": Lengstrom}
WORK = {"forward": forward, "train": train, "sgemm": sgemm}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--what", choices=WORK, default="forward")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--height", type=int, help="of a photo that is no square")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--architecture", choices=NETWORKS, default="modern")
    parser.add_argument("--loss-network", choices=("vgg16", "vgg19"), default="vgg16")
    parser.add_argument("--format", choices=("nchw", "nhwc"), default="nchw")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    memory_format = torch.channels_last if options.format == "nhwc" else torch.contiguous_format
    seconds = WORK[options.what](options, memory_format)
    result = {
        "seconds": min(seconds),
        "median": statistics.median(seconds),
        "peakRssMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if options.what == "sgemm":
        result["gflops"] = 2 * 2048**3 / min(seconds) / 1e9
    print(json.dumps(result))


if __name__ == "__main__":
    main()
