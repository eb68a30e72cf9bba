"""The other side of lbfgs.ts: the same objective, start and number of iterations with torch.optim.LBFGS and its strong Wolfe search.

usage: lbfgs_pytorch.py VGG19.safetensors INPUTS.safetensors ITERATIONS MEMORY THREADS
INPUTS holds `content` and `style` [1, 3, H, W]. Prints one JSON line: values after each iteration, evaluations, seconds.
"""

import json
import struct
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

MEANS = torch.tensor((123.68, 116.779, 103.939)).reshape(1, 3, 1, 1)
STAGES = (2, 2, 4, 4, 4)
STYLE = {"relu1_2": 8, "relu2_2": 8, "relu3_3": 8, "relu4_2": 8}
CONTENT = {"relu3_3": 1}
TV = 1e-5


def read(path):
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        kind = {"F32": "<f4", "F16": "<f2"}[entry["dtype"]]
        data = np.frombuffer(content[start:end], kind).reshape(entry["shape"]).astype(np.float32)
        tensors[name] = torch.from_numpy(data)
    return tensors


def features(weights, image):
    found = {}
    x = image - MEANS
    for stage, count in enumerate(STAGES, 1):
        for i in range(1, count + 1):
            name = f"conv{stage}_{i}"
            x = F.relu(F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1))
            found[f"relu{stage}_{i}"] = x
            if f"relu{stage}_{i}" == "relu4_2":
                return found
        x = F.max_pool2d(x, 2)
    return found


def gram(x):
    n, c, h, w = x.shape
    flat = x.reshape(n, c, h * w)
    return flat @ flat.transpose(1, 2) / (c * h * w)


def main():
    weights = read(sys.argv[1])
    inputs = read(sys.argv[2])
    iterations, memory, threads = (int(text) for text in sys.argv[3:6])
    torch.set_num_threads(threads)
    with torch.no_grad():
        of_content = features(weights, inputs["content"])
        of_style = features(weights, inputs["style"])
        targets = {layer: of_content[layer] for layer in CONTENT}
        grams = {layer: gram(of_style[layer]) for layer in STYLE}
    picture = inputs["content"].clone().requires_grad_()
    evaluations = 0

    def objective():
        found = features(weights, picture)
        loss = sum(w * F.mse_loss(found[layer], targets[layer]) for layer, w in CONTENT.items())
        loss = loss + sum(w * F.mse_loss(gram(found[layer]), grams[layer]) for layer, w in STYLE.items())
        rows, columns = picture[:, :, 1:] - picture[:, :, :-1], picture[..., 1:] - picture[..., :-1]
        return loss + TV * (rows.square().sum() + columns.square().sum())

    def closure():
        nonlocal evaluations
        evaluations += 1
        optimiser.zero_grad()
        loss = objective()
        loss.backward()
        return loss

    optimiser = torch.optim.LBFGS(
        [picture],
        max_iter=1,
        max_eval=1000,
        history_size=memory,
        tolerance_grad=0,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )
    values = []
    start = time.time()
    for _ in range(iterations):
        optimiser.step(closure)
        with torch.no_grad():
            values.append(objective().item())
    print(json.dumps({"values": values, "evaluations": evaluations, "seconds": time.time() - start}))


main()
