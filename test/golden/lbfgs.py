"""Minima by scipy's L-BFGS-B (10 corrections), from the usual starts -> lbfgs.json: iterations and evaluations until the value is below 1e-8.

`whole_steps` are the values after each of 30 iterations of PyTorch's LBFGS without a line search (10 corrections, rate 1), in float64.

rosenbrock<n>    sum of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2, from (-1.2, 1, -1.2, 1, ...)
quadratic<c>     half the sum of d[i] x[i]^2 over 50 components, d from 1 to c in equal factors, from (1, 1, ...)
"""

import json
import pathlib

import numpy as np
import torch
from scipy import optimize


def rosenbrock(n):
    start = np.tile([-1.2, 1.0], n // 2)
    return (lambda x: (optimize.rosen(x), optimize.rosen_der(x))), start


def quadratic(condition):
    d = condition ** (np.arange(50) / 49)
    return (lambda x: (0.5 * np.sum(d * x * x), d * x)), np.ones(50)


class Reached(Exception):
    pass


def minimise(function, start):
    """Runs until the value is below 1e-8."""
    count = {"iterations": 0, "evaluations": 0}

    def counted(x):
        count["evaluations"] += 1
        return function(x)

    def callback(x):
        count["iterations"] += 1
        if function(x)[0] < 1e-8:
            raise Reached

    try:
        optimize.minimize(
            counted,
            start,
            jac=True,
            method="L-BFGS-B",
            callback=callback,
            options={"maxcor": 10, "ftol": 0, "gtol": 0, "maxiter": 100000, "maxfun": 100000},
        )
    except Reached:
        pass
    return count


def whole_steps(function, start, count=30):
    """The values after each iteration of torch.optim.LBFGS without a line search."""
    x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    # One iteration for each call of step; the state goes on. tolerance 0: it must not stop early.
    optimizer = torch.optim.LBFGS([x], lr=1, max_iter=1, history_size=10, tolerance_grad=0, tolerance_change=0)

    def closure():
        value, gradient = function(x.detach().numpy())
        x.grad = torch.tensor(gradient)
        return torch.tensor(value)

    values = []
    for _ in range(count):
        optimizer.step(closure)
        values.append(float(function(x.detach().numpy())[0]))
    return values


def main():
    problems = {f"rosenbrock{n}": rosenbrock(n) for n in (2, 10, 100)}
    problems |= {f"quadratic{c}": quadratic(c) for c in (100, 10_000, 1_000_000)}
    results = {name: minimise(*problem) for name, problem in problems.items()}
    for name in ("quadratic100", "quadratic10000"):
        results[name]["whole_steps"] = whole_steps(*problems[name])
    path = pathlib.Path(__file__).with_name("lbfgs.json")
    path.write_text(json.dumps(results, indent=2) + "\n")


main()
