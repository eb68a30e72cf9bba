"""Minima by scipy's L-BFGS-B (10 corrections), from the usual starts -> lbfgs.json: iterations and evaluations until the value is below 1e-8.

`whole_steps` are the values after each of 30 iterations of PyTorch's LBFGS without a line search (10 corrections, rate 1), in float64.

rosenbrock<n>    sum of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2, from (-1.2, 1, -1.2, 1, ...)
quadratic<c>     half the sum of d[i] x[i]^2 over 50 components, d from 1 to c in equal factors, from (1, 1, ...)
string           half the sum of (x[i+1] - x[i])^2 minus that of sin(i / 5) x[i], over 50 components between two ends at 0, from (0, 0, ...)

`bounded` has minima where every component stays between two values: the value, the point, and scipy's iterations until it is within a millionth.
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


def string():
    """A string that a load bends, held at both ends; with bounds, between two walls (the obstacle problem)."""
    a = 2 * np.eye(50) - np.eye(50, k=1) - np.eye(50, k=-1)
    load = np.sin(np.arange(50) / 5)
    return (lambda x: (0.5 * x @ a @ x - load @ x, a @ x - load)), np.zeros(50)


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


def bounded(function, start, low, high):
    """The minimum between two values, and the iterations that scipy takes to within a millionth of it."""
    values = []

    def run(**options):
        bounds = [(low, high)] * len(start)
        return optimize.minimize(function, np.clip(start, low, high), jac=True, method="L-BFGS-B", bounds=bounds, **options)

    options = {"maxcor": 10, "ftol": 0, "gtol": 1e-10, "maxiter": 100000, "maxfun": 100000}
    best = run(options=options, callback=lambda x: values.append(function(x)[0]))
    near = best.fun + 1e-6 * max(1, abs(best.fun))
    return {
        "low": low,
        "high": high,
        "value": float(best.fun),
        "x": [float(v) for v in best.x],
        "iterations": 1 + next(i for i, v in enumerate(values) if v <= near),
    }


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
    results["bounded"] = {
        "rosenbrock2": bounded(*rosenbrock(2), -1.5, 0.8),
        "rosenbrock10": bounded(*rosenbrock(10), -0.5, 0.8),
        "quadratic10000": bounded(*quadratic(10_000), 0.25, 2),
        "string": bounded(*string(), -12, 12),
    }
    path = pathlib.Path(__file__).with_name("lbfgs.json")
    path.write_text(json.dumps(results, indent=2) + "\n")


main()
