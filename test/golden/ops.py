"""Value and gradient of every differentiable operator, by PyTorch in float64 -> ops.safetensors.

For each case: inputs `in0`.., output `y`, a cotangent `gy`, and `grad0`.. = the gradient of sum(y * gy) with respect to
each input. Metadata `cases` lists name, op, attrs and the number of inputs. Reductions over everything have no `axes`.
"""

import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

import golden_file
from values import values


def conv2d(x, weight, bias=None, *, stride, pad):
    return F.conv2d(x, weight, bias, stride, pad)


def conv_transpose2d(x, weight, bias=None, *, stride, pad, outputPad):
    return F.conv_transpose2d(x, weight, bias, stride, pad, outputPad)


def pad(mode):
    return lambda x, *, top, bottom, left, right: F.pad(x, (left, right, top, bottom), mode)


def crop(x, *, top, bottom, left, right):
    return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]


def normalize(x, axes, eps):
    mean = x.mean(axes, keepdim=True)
    variance = ((x - mean) ** 2).mean(axes, keepdim=True)
    return (x - mean) / torch.sqrt(variance + eps)


def per_channel(v):
    return v.reshape(1, -1, 1, 1)


def instance_norm(x, scale=None, shift=None, *, eps):
    y = F.instance_norm(x, weight=scale, bias=shift, eps=eps)
    by_hand = normalize(x, (2, 3), eps)
    if scale is not None:
        by_hand = by_hand * per_channel(scale) + per_channel(shift)
    assert torch.allclose(y, by_hand, rtol=1e-9, atol=1e-12)
    return y


def batch_norm(x, scale, shift, *, eps):
    y = F.batch_norm(x, None, None, scale, shift, training=True, eps=eps)
    by_hand = normalize(x, (0, 2, 3), eps) * per_channel(scale) + per_channel(shift)
    assert torch.allclose(y, by_hand, rtol=1e-9, atol=1e-12)
    return y


def batch_norm_inference(x, scale, shift, mean, var, *, eps):
    # Written out: F.batch_norm gives no gradient for the statistics.
    y = (x - per_channel(mean)) / torch.sqrt(per_channel(var) + eps) * per_channel(scale) + per_channel(shift)
    expected = F.batch_norm(x, mean.detach(), var.detach(), scale, shift, training=False, eps=eps)
    assert torch.allclose(y, expected, rtol=1e-9, atol=1e-12)
    return y


def frozen_conv2d(x, *, out, kernel, strides, pad, dilations, group):
    """The kernel and the bias are golden values: they are constants on the other side."""
    shape = (out, x.shape[1] // group, *kernel)
    weight = torch.tensor(values(math.prod(shape), 777).reshape(shape), dtype=torch.float64)
    bias = torch.tensor(values(out, 778), dtype=torch.float64)
    return F.conv2d(F.pad(x, pad_order(pad)), weight, bias, strides, 0, dilations, group)


def keys(distance):
    """Keys' cubic (1981) with a = -1/2."""
    d = distance.abs()
    inner = 1.5 * d**3 - 2.5 * d**2 + 1
    outer = -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
    return torch.where(d <= 1, inner, torch.where(d < 2, outer, torch.zeros_like(d)))


def places(height, width):
    """The pixels' coordinates from the middle, [3, H W]: right, down, 1."""
    down, right = torch.meshgrid(
        torch.arange(height, dtype=torch.float64) - (height - 1) / 2,
        torch.arange(width, dtype=torch.float64) - (width - 1) / 2,
        indexing="ij",
    )
    return torch.stack([right.flatten(), down.flatten(), torch.ones(height * width, dtype=torch.float64)])


def move_affine(x, map):
    """The picture whose pixel at q is that of x at map q, by a dense matrix [to, from]."""
    n, c, h, w = x.shape
    at = places(h, w)
    right, down = map @ at
    weights = keys(right[:, None] - at[0][None]) * keys(down[:, None] - at[1][None])
    return (x.reshape(n, c, h * w) @ weights.T).reshape(n, c, h, w)


def max_pool_windows(x, *, kernel, strides, pad, ceil):
    assert pad[:2] == pad[2:]
    return F.max_pool2d(x, kernel, strides, pad[:2], ceil_mode=ceil)


def avg_pool_windows(x, *, kernel, strides, pad, ceil, countPadding):
    assert pad[:2] == pad[2:]
    return F.avg_pool2d(x, kernel, strides, pad[:2], ceil, countPadding)


def pad_order(pad):
    top, left, bottom, right = pad
    return (left, right, top, bottom)


def reduction(reduce):
    def op(x, *, axes=None, keepdims=False):
        return reduce(x, list(range(x.ndim)) if axes is None else axes, keepdims)

    return op


OPS = {
    "conv2d": conv2d,
    "convTranspose2d": conv_transpose2d,
    "reflectPad": pad("reflect"),
    "edgePad": pad("replicate"),
    "zeroPad": pad("constant"),
    "crop": crop,
    "slice": lambda x, *, axis, start, end: x.narrow(axis, start, end - start),
    "upsampleNearest": lambda x, *, scale: F.interpolate(x, scale_factor=scale, mode="nearest"),
    "depthToSpace": lambda x, *, block: F.pixel_shuffle(x, block),
    "spaceToDepth": lambda x, *, block: F.pixel_unshuffle(x, block),
    "maxPool2d": lambda x, *, kernel, stride: F.max_pool2d(x, kernel, stride),
    "avgPool2d": lambda x, *, kernel, stride: F.avg_pool2d(x, kernel, stride),
    "instanceNorm": instance_norm,
    "batchNorm": batch_norm,
    "batchNormInference": batch_norm_inference,
    "relu": torch.relu,
    "tanh": torch.tanh,
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "square": torch.square,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "exp": torch.exp,
    "log": torch.log,
    "scale": lambda x, *, factor: x * factor,
    "clip": lambda x, *, min, max: torch.clamp(x, min, max),
    "reshape": lambda x, *, shape: x.reshape(shape),
    "transpose": lambda x, *, perm: x.permute(perm),
    "concat": lambda *inputs, axis: torch.cat(inputs, axis),
    "matmul": torch.matmul,
    "sum": reduction(torch.sum),
    "mean": reduction(torch.mean),
    "sumOfSquares": lambda x: (x * x).sum(),
    "leakyRelu": lambda x, *, slope: F.leaky_relu(x, slope),
    "sigmoid": torch.sigmoid,
    "frozenConv2d": frozen_conv2d,
    "maxPoolWindows": max_pool_windows,
    "avgPoolWindows": avg_pool_windows,
    "moveAffine": move_affine,
}


class Cases:
    """The cases so far, and the tensors of all of them."""

    def __init__(self):
        self.list = []
        self.tensors = {}

    def add(self, name, op, attrs, *inputs, constants=0):
        """`inputs`: shapes of signed values, or arrays; so many of the last have no gradient."""
        number = len(self.list)
        arrays = []
        for position, given in enumerate(inputs):
            if not isinstance(given, np.ndarray):
                given = values(math.prod(given), 1000 + 10 * number + position).reshape(given)
            arrays.append(given)
        leaves = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays]
        varied = leaves[: len(leaves) - constants]
        y = OPS[op](*leaves, **attrs)
        gy = values(y.numel(), 1000 + 10 * number + 9).reshape(tuple(y.shape))
        gradients = torch.autograd.grad((y * torch.tensor(gy, dtype=torch.float64)).sum(), varied)
        assert all(g.abs().max() > 0 for g in gradients), name
        assert name not in {case["name"] for case in self.list}, name
        self.list.append({"name": name, "op": op, "attrs": attrs, "inputs": len(inputs)})
        for position, array in enumerate(arrays):
            self.tensors[f"{name}/in{position}"] = array
        self.tensors[f"{name}/y"] = y.detach().numpy()
        self.tensors[f"{name}/gy"] = gy
        for position, gradient in enumerate(gradients):
            self.tensors[f"{name}/grad{position}"] = gradient.numpy()


def positive(shape, seed):
    """Values in (0.2, 2.2)."""
    return (1.2 + values(math.prod(shape), seed)).astype(np.float32).reshape(shape)


def away_from(points, shape, seed, gap=0.02):
    """Values in (-1, 1), none within `gap` of a point where the operator has no derivative."""
    array = values(math.prod(shape), seed)
    for point in points:
        near = np.abs(array - point) < gap
        array = np.where(near, np.float32(point + 2 * gap), array)
    return array.reshape(shape)


def convolutions(cases):
    x = (2, 3, 7, 6)
    for stride in (1, 2):
        s = f"-s{stride}" if stride > 1 else ""
        cases.add(f"conv1x1{s}", "conv2d", {"stride": stride, "pad": 0}, x, (4, 3, 1, 1))
        cases.add(f"conv2x2{s}", "conv2d", {"stride": stride, "pad": 0}, x, (4, 3, 2, 2))
        for p in (0, 1):
            cases.add(f"conv3x3{s}-p{p}", "conv2d", {"stride": stride, "pad": p}, x, (5, 3, 3, 3))
            cases.add(f"conv3x3{s}-p{p}-bias", "conv2d", {"stride": stride, "pad": p}, x, (5, 3, 3, 3), (5,))
        cases.add(f"conv3x3{s}-p1-odd", "conv2d", {"stride": stride, "pad": 1}, (1, 2, 9, 5), (3, 2, 3, 3))
        cases.add(f"conv4x4{s}-p1", "conv2d", {"stride": stride, "pad": 1}, (2, 2, 8, 7), (3, 2, 4, 4))
        cases.add(f"conv3x1{s}", "conv2d", {"stride": stride, "pad": 0}, x, (4, 3, 3, 1))
        cases.add(f"conv1x3{s}-bias", "conv2d", {"stride": stride, "pad": 0}, x, (4, 3, 1, 3), (4,))
    cases.add("conv2x2-p1", "conv2d", {"stride": 1, "pad": 1}, x, (2, 3, 2, 2))
    cases.add("conv9x9-p4-from3", "conv2d", {"stride": 1, "pad": 4}, (2, 3, 7, 6), (4, 3, 9, 9))
    cases.add("conv9x9-p4-to3-bias", "conv2d", {"stride": 1, "pad": 4}, (1, 5, 6, 9), (3, 5, 9, 9), (3,))
    cases.add("conv9x9-p0", "conv2d", {"stride": 1, "pad": 0}, (1, 2, 11, 12), (3, 2, 9, 9))
    cases.add("conv9x9-p0-one-pixel", "conv2d", {"stride": 1, "pad": 0}, (2, 2, 9, 9), (3, 2, 9, 9))

    up = {"stride": 2, "pad": 1, "outputPad": 1}
    cases.add("convTranspose3x3-s2", "convTranspose2d", up, (2, 4, 5, 6), (4, 3, 3, 3))
    cases.add("convTranspose3x3-s2-bias", "convTranspose2d", up, (2, 3, 6, 5), (3, 4, 3, 3), (4,))
    whole = {"stride": 1, "pad": 1, "outputPad": 0}
    cases.add("convTranspose3x3-s1", "convTranspose2d", whole, (2, 3, 5, 6), (3, 4, 3, 3))
    full = {"stride": 1, "pad": 0, "outputPad": 0}
    cases.add("convTranspose3x3-s1-p0-bias", "convTranspose2d", full, (1, 3, 5, 6), (3, 2, 3, 3), (2,))
    four = {"stride": 2, "pad": 1, "outputPad": 0}
    cases.add("convTranspose4x4-s2", "convTranspose2d", four, (2, 3, 5, 6), (3, 4, 4, 4))
    cases.add("convTranspose3x3-s2-outputPad0", "convTranspose2d", four, (1, 2, 5, 7), (2, 3, 3, 3), (3,))


def borders(cases):
    for op in ("reflectPad", "edgePad", "zeroPad"):
        cases.add(f"{op}-even", op, {"top": 1, "bottom": 1, "left": 1, "right": 1}, (2, 3, 5, 6))
        cases.add(f"{op}-uneven", op, {"top": 2, "bottom": 1, "left": 0, "right": 3}, (1, 2, 6, 7))
        cases.add(f"{op}-widest", op, {"top": 4, "bottom": 4, "left": 6, "right": 6}, (2, 2, 5, 7))
        cases.add(f"{op}-one-side", op, {"top": 0, "bottom": 2, "left": 0, "right": 0}, (1, 3, 5, 5))
    cases.add("crop-even", "crop", {"top": 2, "bottom": 2, "left": 2, "right": 2}, (2, 3, 7, 9))
    cases.add("crop-uneven", "crop", {"top": 0, "bottom": 3, "left": 1, "right": 2}, (1, 2, 8, 6))
    cases.add("slice-batch", "slice", {"axis": 0, "start": 1, "end": 2}, (2, 3, 5, 4))
    cases.add("slice-channels", "slice", {"axis": 1, "start": 1, "end": 4}, (2, 5, 5, 4))
    cases.add("slice-rows", "slice", {"axis": 2, "start": 0, "end": 3}, (1, 2, 7, 5))
    cases.add("slice-last", "slice", {"axis": 3, "start": 4, "end": 5}, (2, 2, 3, 5))


def resampling(cases):
    cases.add("upsampleNearest-2", "upsampleNearest", {"scale": 2}, (2, 3, 5, 6))
    cases.add("upsampleNearest-4", "upsampleNearest", {"scale": 4}, (1, 2, 5, 3))
    cases.add("depthToSpace", "depthToSpace", {"block": 2}, (2, 8, 5, 3))
    cases.add("spaceToDepth", "spaceToDepth", {"block": 2}, (2, 3, 6, 8))
    window = {"kernel": 2, "stride": 2}
    for op in ("maxPool2d", "avgPool2d"):
        cases.add(f"{op}-even", op, window, (2, 3, 6, 8))
        cases.add(f"{op}-odd", op, window, (2, 2, 7, 9))
        cases.add(f"{op}-odd-rows", op, window, (1, 3, 5, 6))


def normalization(cases):
    for eps in (1e-5, 1e-9):
        e = f"{eps:.0e}".replace("e-0", "e-")
        cases.add(f"instanceNorm-{e}", "instanceNorm", {"eps": eps}, (2, 3, 5, 7))
        cases.add(f"instanceNorm-{e}-affine", "instanceNorm", {"eps": eps}, (2, 4, 6, 5), (4,), (4,))
    small = (0.01 * values(2 * 3 * 5 * 6, 901) + 3).astype(np.float32).reshape(2, 3, 5, 6)
    # A variance of 3e-5 next to eps 1e-5, and a mean much larger than the deviation.
    cases.add("instanceNorm-small-variance", "instanceNorm", {"eps": 1e-5}, small, (3,), (3,))
    cases.add("batchNorm", "batchNorm", {"eps": 1e-5}, (2, 4, 5, 7), (4,), (4,))
    cases.add("batchNorm-one-image", "batchNorm", {"eps": 1e-5}, (1, 3, 6, 5), (3,), (3,))
    variance = positive((4,), 902)
    cases.add("batchNormInference", "batchNormInference", {"eps": 1e-5}, (2, 4, 5, 7), (4,), (4,), (4,), variance)


def elementwise(cases):
    x = (2, 3, 5, 7)
    channel = (1, 3, 1, 1)
    cases.add("relu", "relu", {}, away_from([0], x, 903))
    cases.add("tanh", "tanh", {}, (3 * values(2 * 3 * 5 * 7, 904)).reshape(x))
    cases.add("square", "square", {}, x)
    cases.add("sqrt", "sqrt", {}, positive(x, 905))
    cases.add("abs", "abs", {}, away_from([0], x, 906))
    cases.add("exp", "exp", {}, x)
    cases.add("log", "log", {}, positive(x, 907))
    cases.add("scale", "scale", {"factor": -2.5}, x)
    cases.add("clip", "clip", {"min": -0.5, "max": 0.25}, away_from([-0.5, 0.25], x, 908))
    for op in ("add", "sub", "mul", "div"):
        def right(shape, seed):
            return positive(shape, seed) if op == "div" else shape

        cases.add(f"{op}-same", op, {}, x, right(x, 909))
        cases.add(f"{op}-channel", op, {}, x, right(channel, 910))
        cases.add(f"{op}-channel-first", op, {}, channel, right(x, 911))
        cases.add(f"{op}-per-image", op, {}, x, right((2, 3, 1, 1), 912))
        cases.add(f"{op}-scalar", op, {}, x, right((), 913))
        cases.add(f"{op}-scalar-first", op, {}, (), right(x, 914))
        cases.add(f"{op}-both-broadcast", op, {}, (2, 1, 5, 1), right((3, 1, 7), 915))


def shapes(cases):
    cases.add("reshape-flatten", "reshape", {"shape": [2, 3, 35]}, (2, 3, 5, 7))
    cases.add("reshape-split", "reshape", {"shape": [6, 2, 2, 3, 2]}, (2, 3, 4, 6))
    cases.add("transpose-last", "transpose", {"perm": [0, 2, 1]}, (2, 3, 5))
    cases.add("transpose-cycle", "transpose", {"perm": [1, 2, 3, 0]}, (2, 3, 5, 4))
    cases.add("transpose-nhwc", "transpose", {"perm": [0, 2, 3, 1]}, (2, 3, 5, 4))
    cases.add("concat-channels", "concat", {"axis": 1}, (2, 3, 5, 4), (2, 2, 5, 4))
    cases.add("concat-batch-three", "concat", {"axis": 0}, (1, 3, 5), (2, 3, 5), (1, 3, 5))
    cases.add("concat-last", "concat", {"axis": 3}, (1, 2, 5, 4), (1, 2, 5, 1))


def reductions(cases):
    cases.add("matmul", "matmul", {}, (5, 7), (7, 3))
    cases.add("matmul-batched", "matmul", {}, (2, 5, 7), (2, 7, 3))
    cases.add("matmul-broadcast-right", "matmul", {}, (2, 5, 7), (7, 3))
    cases.add("matmul-broadcast-left", "matmul", {}, (5, 7), (2, 7, 3))
    for op in ("sum", "mean"):
        cases.add(f"{op}-all", op, {}, (2, 3, 5, 7))
        cases.add(f"{op}-plane-keep", op, {"axes": [2, 3], "keepdims": True}, (2, 3, 5, 7))
        cases.add(f"{op}-plane", op, {"axes": [2, 3], "keepdims": False}, (2, 3, 5, 7))
        cases.add(f"{op}-channel-keep", op, {"axes": [0, 2, 3], "keepdims": True}, (2, 3, 5, 7))
        cases.add(f"{op}-first", op, {"axes": [0], "keepdims": False}, (2, 3, 5))
    cases.add("sumOfSquares", "sumOfSquares", {}, (2, 3, 5, 7))


def motions(cases):
    def move(name, map, shape):
        cases.add(f"moveAffine-{name}", "moveAffine", {}, shape, np.array(map, np.float32), constants=1)

    move("nothing", [[1, 0, 0], [0, 1, 0]], (1, 2, 5, 6))
    move("whole-pixels", [[1, 0, 2], [0, 1, -1]], (1, 2, 7, 6))
    move("between", [[1, 0, 0.37], [0, 1, -1.61]], (2, 3, 8, 9))
    move("turn-larger", [[0.93, -0.06, 1.3], [0.05, 0.95, 2.21]], (2, 2, 12, 11))
    move("smaller", [[1.15, 0.02, -0.7], [-0.03, 1.16, 0.45]], (1, 2, 13, 12))
    move("shear", [[1, 0.12, 0.25], [0, 1, 0.75]], (1, 1, 11, 14))


def imported(cases):
    """What loss networks from ONNX files are made of."""
    cases.add("leakyRelu", "leakyRelu", {"slope": 0.1}, away_from([0], (2, 3, 5, 7), 920))
    cases.add("sigmoid", "sigmoid", {}, (3 * values(2 * 3 * 5 * 7, 921)).reshape((2, 3, 5, 7)))

    def conv(name, shape, out, kernel, strides=(1, 1), pad=(0, 0, 0, 0), dilations=(1, 1), group=1):
        attrs = {"out": out, "kernel": kernel, "strides": strides, "pad": pad, "dilations": dilations, "group": group}
        cases.add(f"frozenConv-{name}", "frozenConv2d", attrs, shape)

    conv("3x3", (2, 3, 6, 7), 4, (3, 3), pad=(1, 1, 1, 1))
    conv("3x3-s2", (2, 3, 7, 8), 4, (3, 3), (2, 2), (1, 1, 1, 1))
    conv("7x7-s2", (1, 3, 12, 11), 4, (7, 7), (2, 2), (3, 3, 3, 3))
    conv("11x11-s4", (1, 3, 17, 20), 2, (11, 11), (4, 4), (2, 2, 2, 2))
    conv("1x1-s2", (1, 4, 6, 5), 3, (1, 1), (2, 2))
    conv("1x1-wide-pad", (1, 2, 4, 5), 3, (1, 1), pad=(1, 1, 1, 1))
    conv("1x3-s1x2", (1, 2, 4, 7), 3, (1, 3), (1, 2), (0, 1, 0, 1))
    conv("uneven-pad", (1, 2, 6, 6), 3, (3, 3), (2, 2), (0, 0, 1, 1))
    conv("dilated", (1, 3, 8, 9), 2, (3, 3), pad=(2, 2, 2, 2), dilations=(2, 2))
    conv("dilated-s2", (1, 3, 8, 9), 2, (3, 3), (2, 2), (2, 2, 2, 2), (2, 2))
    conv("groups", (2, 4, 5, 6), 6, (3, 3), pad=(1, 1, 1, 1), group=2)
    conv("groups-s2", (2, 4, 5, 6), 6, (3, 3), (2, 2), (1, 1, 1, 1), group=2)
    conv("depthwise", (2, 4, 5, 6), 4, (3, 3), pad=(1, 1, 1, 1), group=4)
    conv("depthwise-s2", (2, 4, 7, 6), 4, (3, 3), (2, 2), (1, 1, 1, 1), group=4)
    conv("depthwise-5x5-s2", (1, 3, 8, 9), 3, (5, 5), (2, 2), (2, 2, 2, 2), group=3)
    conv("depthwise-double", (1, 3, 5, 6), 6, (3, 3), pad=(1, 1, 1, 1), group=3)

    def pools(name, shape, kernel, strides, pad=(0, 0, 0, 0), ceil=False):
        attrs = {"kernel": kernel, "strides": strides, "pad": pad, "ceil": ceil}
        cases.add(f"maxPool-{name}", "maxPoolWindows", attrs, shape)
        for count in (False, True) if any(pad) else (False,):
            suffix = "-counted" if count else ""
            cases.add(f"avgPool-{name}{suffix}", "avgPoolWindows", {**attrs, "countPadding": count}, shape)

    pools("3x3-s2", (2, 3, 7, 9), (3, 3), (2, 2))
    pools("3x3-s2-even", (1, 2, 8, 6), (3, 3), (2, 2))
    pools("3x3-s2-ceil", (1, 2, 8, 6), (3, 3), (2, 2), ceil=True)
    pools("3x3-s2-p1", (1, 3, 8, 7), (3, 3), (2, 2), (1, 1, 1, 1))
    pools("3x3-s1-p1", (1, 3, 5, 6), (3, 3), (1, 1), (1, 1, 1, 1))
    pools("2x2-s2-ceil", (1, 2, 7, 5), (2, 2), (2, 2), ceil=True)
    pools("3x3-s3-ceil-p1", (1, 2, 8, 9), (3, 3), (3, 3), (1, 1, 1, 1), True)
    pools("5x5-s3", (1, 2, 11, 12), (5, 5), (3, 3))
    pools("3x2-s2", (1, 2, 7, 8), (3, 2), (2, 2))
    pools("1x1-s2", (1, 2, 5, 6), (1, 1), (2, 2))


def main():
    cases = Cases()
    for family in (convolutions, borders, resampling, normalization, elementwise, shapes, reductions, imported, motions):
        family(cases)
    missing = set(OPS) - {case["op"] for case in cases.list}
    assert not missing, missing
    path = pathlib.Path(__file__).with_suffix(".safetensors")
    golden_file.write(path, cases.tensors, {"cases": cases.list, "torch": torch.__version__})
    print(f"{len(cases.list)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
