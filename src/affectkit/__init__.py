"""affectkit reads emotion from text, conversation, speech, music, faces, scenes, video and physiological signals.

Importing the package loads none of numpy, onnxruntime, torch or any decoder: public names arrive when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from . import find as find
    from .errors import AffectError as AffectError
    from .hub import convert as convert
    from .prediction import Prediction as Prediction
    from .prediction import Predictions as Predictions
    from .runtime.predict import Predictor as Predictor
    from .runtime.predict import load as load
    from .runtime.predict import predict as predict
    from .sample import Batch as Batch
    from .sample import Media as Media
    from .sample import Rating as Rating
    from .sample import Sample as Sample
    from .sample import Series as Series
    from .task import Grain as Grain
    from .task import Kind as Kind
    from .task import Task as Task
    from .task import View as View

_HOME = {
    "AffectError": "errors",
    "Batch": "sample",
    "Grain": "task",
    "Kind": "task",
    "Media": "sample",
    "Prediction": "prediction",
    "Predictions": "prediction",
    "Predictor": "runtime.predict",
    "Rating": "sample",
    "Sample": "sample",
    "Series": "sample",
    "Task": "task",
    "View": "task",
    "convert": "hub",
    "load": "runtime.predict",
    "predict": "runtime.predict",
}
__all__ = ["__version__", "find", *_HOME]


def __getattr__(name: str) -> Any:
    import importlib

    if name == "find":
        return importlib.import_module(".find", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
