"""`stratum calibrate`: measure what work takes on this machine, show it, and keep it for estimates.

    stratum calibrate
    stratum calibrate --quick --dry-run
    stratum calibrate --format json

The measurement is shown on standard output, its progress on standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from stratum_sql.errors import RunError, printable

if TYPE_CHECKING:
    from stratum_sql.calibrate.run import Calibration, Measured
    from stratum_sql.optimizer.cost.device import Device

_QUICK_GPU_ROWS = 100_000


def add_command(commands: Any) -> None:
    """Add the command to those of a parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "calibrate",
        help="measure what work takes on this machine, for the estimates of EXPLAIN",
        description="Measure what work takes on this machine, and keep it for the estimates of EXPLAIN.",
    )
    parser.add_argument("--quick", action="store_true", help="some seconds with fewer rows, less exact")
    parser.add_argument("--dry-run", action="store_true", help="show what was measured, keep nothing")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: %(default)s")
    parser.add_argument("--rows", type=_rows, metavar="N", help="rows of the made-up table")


def calibrate(options: argparse.Namespace) -> int:
    """Measure, print, keep. Raises RunError where the file cannot be written."""
    from stratum_sql.calibrate import run  # the engine is loaded by the commands that need it

    rows = options.rows or (run.QUICK_ROWS if options.quick else run.ROWS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # models of few rows do not converge, which is no news
        measured = run.calibrate(rows, _tell)
    path = None if options.dry_run else _keep(measured)
    gpu = _measured_gpu(options)
    shown: Callable[[Calibration, str | None], str] = _json if options.format == "json" else _table
    print(shown(measured, path) if options.format == "table" else _with_gpu(shown(measured, path), gpu))
    if gpu is not None and options.format == "table":
        print(_gpu_table(gpu))
    return 0


def _measured_gpu(options: argparse.Namespace) -> Device | None:
    """The GPU of this machine, measured and kept; None where there is none."""
    from stratum_sql.execute.gpu import found_gpu

    found = found_gpu()
    if found is None:
        return None
    from stratum_sql.calibrate import gpu

    _tell(f"GPU {found.device.name}")
    device = gpu.measured(found, _QUICK_GPU_ROWS if options.quick else gpu.ROWS)
    if not options.dry_run:
        _kept(device)
    return device


def _kept(device: Device) -> None:
    from stratum_sql.optimizer.cost.device import device_file, save_device

    try:
        save_device(device, device_file())
    except OSError as error:
        message = f"cannot write {device_file()}: {error.strerror or error}"
        raise RunError.at("", None, "cannot_write", message, hint="--dry-run keeps nothing") from error


def _gpu_table(device: Device) -> str:
    ways = f"{device.to_device / 1e9:.3g} GB/s there, {device.from_device / 1e9:.3g} GB/s back"
    lines = [f"GPU {printable(device.name)}: {ways}, {_seconds(device.latency)} to begin"]
    return "\n".join([*lines, *(f"  {name:<18}{_seconds(one):>12}" for name, one in device.seconds.items())])


def _with_gpu(told: str, device: Device | None) -> str:
    """The JSON object with that of the GPU in it, where there is one."""
    if device is None:
        return told
    own = {"name": device.name, "to_device": device.to_device, "from_device": device.from_device}
    more = {"latency": device.latency, "seconds": dict(device.seconds)}
    return json.dumps({**json.loads(told), "gpu": {**own, **more}})


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _keep(measured: Calibration) -> str:
    from stratum_sql.optimizer.cost.coefficients import costs_file, save

    path = costs_file()
    try:
        save(measured.found, path)
    except OSError as error:
        message = f"cannot write {path}: {error.strerror or error}"
        raise RunError.at("", None, "cannot_write", message, hint="--dry-run keeps nothing") from error
    return str(path)


def _table(measured: Calibration, path: str | None) -> str:
    lines = [f"{'coefficient':<18}{'shipped':>12}{'measured':>12}{'ratio':>8}  unit"]
    lines += [_line(one) for one in measured.coefficients]
    lines += [f"not measured: {printable(name)}: {printable(why)}" for name, why in measured.failed.items()]
    kept = "nothing was kept" if path is None else f"kept in {path}"
    return "\n".join([*lines, f"{len(measured.found)} coefficients in {measured.seconds:.1f} s; {kept}"])


def _line(one: Measured) -> str:
    told = "" if one.seconds is None else f"{_seconds(one.seconds):>12}{one.seconds / one.shipped:>8.2f}"
    return f"{one.name:<18}{_seconds(one.shipped):>12}{told:<20}  {one.unit}"


def _seconds(seconds: float) -> str:
    """`1.4 ns`, `20 µs`, `3.1 ms`; below a nanosecond in picoseconds."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-12:.3g} ps"


def _json(measured: Calibration, path: str | None) -> str:
    coefficients: Sequence[dict[str, Any]] = [
        {"name": one.name, "unit": one.unit, "shipped": one.shipped, "measured": one.seconds}
        for one in measured.coefficients
    ]
    told = {"coefficients": coefficients, "failed": dict(measured.failed), "seconds": measured.seconds, "file": path}
    return json.dumps(told)


def _rows(text: str) -> int:
    rows = int(text)
    if not 100 <= rows <= 1_000_000:
        raise argparse.ArgumentTypeError("rows must be from 100 to 1,000,000")
    return rows
