"""Networks of other programs, by PyTorch -> foreign/ (the files to import) and foreign.safetensors (what they give).

The pytorch/examples network (neural_style/transformer_net.py) is written here from its description: width 2, all its numbers from
values.py. The same numbers are saved as

`foreign/zip.pth`      torch.save's format since 1.6
`foreign/legacy.model` the format before, with what old files contain: DataParallel's prefix `module.`, running statistics, float64
                       numbers, half floats (biases, which cancel), tensors that are views with other strides and offsets
`foreign/opset9.onnx`  ONNX as in the model zoo: weights are inputs too, Upsample, InstanceNormalization, a fixed 32x40
`foreign/opset11.onnx` a newer export: Resize, and Pad with widths that the graph computes

foreign.safetensors, RGB 0..255, before clipping, float64 rounded:

`pytorch/stylized`     [1, 3, 32, 40], of a noise image with seed 21
`lengstrom/stylized`   [1, 3, 30, 37], of seed 22: the lengstrom network of networks.py at a size that is no multiple of 4, cut as the
                       published pictures are (the last rows and columns)
"""

import io
import pathlib
import warnings

import torch
import torch.nn as nn
import torch.nn.functional as F

import golden_file
import networks
import values

HERE = pathlib.Path(__file__).resolve().parent
WIDTH = 2


class ConvLayer(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, upsample=None):
        super().__init__()
        self.upsample = upsample
        self.reflection_pad = nn.ReflectionPad2d(kernel // 2)
        self.conv2d = nn.Conv2d(inputs, outputs, kernel, stride)

    def forward(self, x):
        if self.upsample:
            x = F.interpolate(x, mode="nearest", scale_factor=self.upsample)
        return self.conv2d(self.reflection_pad(x))


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = ConvLayer(channels, channels, 3, 1)
        self.in1 = nn.InstanceNorm2d(channels, affine=True)
        self.conv2 = ConvLayer(channels, channels, 3, 1)
        self.in2 = nn.InstanceNorm2d(channels, affine=True)

    def forward(self, x):
        y = torch.relu(self.in1(self.conv1(x)))
        return self.in2(self.conv2(y)) + x


class TransformerNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        c1, c2, c3 = width, 2 * width, 4 * width
        self.conv1, self.in1 = ConvLayer(3, c1, 9, 1), nn.InstanceNorm2d(c1, affine=True)
        self.conv2, self.in2 = ConvLayer(c1, c2, 3, 2), nn.InstanceNorm2d(c2, affine=True)
        self.conv3, self.in3 = ConvLayer(c2, c3, 3, 2), nn.InstanceNorm2d(c3, affine=True)
        for i in range(1, 6):
            setattr(self, f"res{i}", ResidualBlock(c3))
        self.deconv1, self.in4 = ConvLayer(c3, c2, 3, 1, 2), nn.InstanceNorm2d(c2, affine=True)
        self.deconv2, self.in5 = ConvLayer(c2, c1, 3, 1, 2), nn.InstanceNorm2d(c1, affine=True)
        self.deconv3 = ConvLayer(c1, 3, 9, 1)

    def forward(self, x):
        x = torch.relu(self.in1(self.conv1(x)))
        x = torch.relu(self.in2(self.conv2(x)))
        x = torch.relu(self.in3(self.conv3(x)))
        for i in range(1, 6):
            x = getattr(self, f"res{i}")(x)
        x = torch.relu(self.in4(self.deconv1(x)))
        x = torch.relu(self.in5(self.deconv2(x)))
        return self.deconv3(x)


def golden_value(name, shape, seed):
    kind = "scale" if ".weight" in name and len(shape) == 1 else name.split(".")[-1]
    value = torch.tensor(values.parameter("x." + kind, tuple(shape), seed))
    if name == "deconv3.conv2d.weight":
        return 60 * value  # the output is in pixels
    return value + 127 if name == "deconv3.conv2d.bias" else value


def old_fashioned(state):
    """The same numbers as old files and careless programs keep them."""
    result = {}
    for name, value in state.items():
        if name == "res1.conv1.conv2d.weight":  # output and input channels exchanged in memory
            value = value.transpose(0, 1).contiguous().transpose(0, 1)
        elif name == "res2.conv1.conv2d.weight":  # every second number of a larger storage, from the seventh on
            room = torch.full((7 + 2 * value.numel(),), float("nan"))
            view = room[7::2].view(value.shape)
            view.copy_(value)
            value = view
        elif name == "res3.conv1.conv2d.weight":
            value = value.double()
        elif name == "res4.conv1.conv2d.bias":
            value = value.half()
        result["module." + name] = value
        if name.endswith("in1.bias"):
            result["module." + name.replace("bias", "running_mean")] = torch.zeros_like(value)
            result["module." + name.replace("bias", "num_batches_tracked")] = torch.tensor(5)
    shared = torch.cat([result["module.in1.weight"], result["module.in1.bias"]])
    result["module.in1.weight"], result["module.in1.bias"] = shared[:WIDTH], shared[WIDTH:]
    return result


def main():
    folder = HERE / "foreign"
    folder.mkdir(exist_ok=True)
    net = TransformerNet(WIDTH)
    names = sorted(net.state_dict())
    state = {name: golden_value(name, net.state_dict()[name].shape, 200 + k) for k, name in enumerate(names)}
    net.load_state_dict(state)

    torch.save(net.state_dict(), folder / "zip.pth")
    torch.save(old_fashioned(net.state_dict()), folder / "legacy.model", _use_new_zipfile_serialization=False)
    for opset in (9, 11):
        old = opset < 11
        buffer = io.BytesIO()
        torch.onnx.export(
            net, torch.zeros(1, 3, 32, 40), buffer, opset_version=opset, keep_initializers_as_inputs=old,
            training=torch.onnx.TrainingMode.EVAL,
        )
        (folder / f"opset{opset}.onnx").write_bytes(buffer.getvalue())

    image = torch.tensor(values.pixels((1, 3, 32, 40), 21), dtype=torch.float64)
    single = net(image.float())
    stylized = net.double()(image)
    print(f"pytorch: {stylized.min():.2f}..{stylized.max():.2f}, sd {stylized.std():.2f}, "
          f"float32 differs by {(single - stylized).abs().max():.1e}")
    image = torch.tensor(values.pixels((1, 3, 30, 37), 22), dtype=torch.float64)
    other = networks.lengstrom(networks.golden_state("lengstrom"), image)[:, :, -30:, -37:]
    print(f"lengstrom: {other.min():.2f}..{other.max():.2f}, sd {other.std():.2f}")
    path = pathlib.Path(__file__).with_suffix(".safetensors")
    golden_file.write(path, {"pytorch/stylized": stylized, "lengstrom/stylized": other}, {"torch": torch.__version__})
    for file in [path, *sorted(folder.iterdir())]:
        print(f"{file.name}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with torch.no_grad():
        main()
