"""Where a figure comes from: the commit, the machine."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path


def commit() -> str:
    """The commit of affectkit's own repository, "+changes" when tracked code differs from it; "" when installed."""
    package = Path(__file__).parents[1]
    try:
        top = Path(_git(package, "rev-parse", "--show-toplevel"))
        if package != top / "src" / "affectkit":
            return ""  # another repository, which happens to hold the environment
        name = _git(top, "rev-parse", "--short=12", "HEAD")
        changed = _git(top, "status", "--porcelain", "--untracked-files=no", "--", ":/src", ":/bench")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{name}+changes" if changed else name


def hardware() -> str:
    """Processor, cores and, where there is one, the accelerator."""
    import os

    import torch

    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), cpu)
    cores = f"{os.cpu_count()} cores"
    return ", ".join([cpu, cores, *([torch.cuda.get_device_name()] if torch.cuda.is_available() else [])])


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()
