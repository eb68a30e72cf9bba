"""Muon by singular values -> muon.json.

`orthogonalised/RxC`: a matrix of golden values (seed 1) with its singular values put through Muon's polynomial five times after dividing by their
root of squares: a x + b x^3 + c x^5, (a, b, c) = (3.4445, -4.775, 2.0315). No product of matrices is iterated, as Newton-Schulz does.
`update`: a kernel [4, 3, 3, 3] (seed 2) after three updates with the gradients of seeds 3, 4, 5, learning rate 0.01, momentum 0.95, Nesterov's form,
and length 0.2 sqrt(larger side).
"""

import json
import pathlib

import numpy as np
import torch
from values import values


def orthogonalised(matrix):
    u, s, v = torch.linalg.svd(matrix, full_matrices=False)
    s = s / s.norm()
    for _ in range(5):
        s = 3.4445 * s - 4.775 * s**3 + 2.0315 * s**5
    return u @ torch.diag(s) @ v


def golden(shape, seed):
    return torch.tensor(values(int(np.prod(shape)), seed).astype(np.float64)).reshape(shape)


def update():
    kernel = golden((4, 27), 2)
    momentum = torch.zeros_like(kernel)
    for seed in (3, 4, 5):
        gradient = golden((4, 27), seed)
        momentum = 0.95 * momentum + gradient
        kernel = kernel - 0.01 * 0.2 * 27**0.5 * orthogonalised(gradient + 0.95 * momentum)
    return kernel


def main():
    shapes = [(6, 10), (10, 6), (5, 5)]
    results = {f"orthogonalised/{r}x{c}": orthogonalised(golden((r, c), 1)) for r, c in shapes}
    results["update"] = update()
    path = pathlib.Path(__file__).with_name("muon.json")
    text = {name: [round(float(v), 9) for v in value.flatten()] for name, value in results.items()}
    path.write_text(json.dumps(text) + "\n")


main()
