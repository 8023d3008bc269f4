"""The embedded interpreter: linear classifiers over words and meaning, in our own process, trained from the examples.

One head reads the route, one the service, one the signpost, and one each signal. It is trained in under a minute, kept
beside the data with the fingerprint of its examples, and trained anew when that no longer fits.
"""

import asyncio
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

from intake.interpretation import Guess, Interpretation, Sign, Signal
from nlu.cues import Cue, find_cues
from nlu.details import find_details
from nlu.examples import FOLDER, Example, digest, read_examples
from nlu.features import MOST_TOKENS, Vectors, features, meanings, words_vectorizer

log = logging.getLogger(__name__)

FORM = 2
"""Raised whenever a kept model of an earlier form can no longer be used."""

HEADS = ("route", "service", "signpost")

_SHOWN = 0.02
"""Guesses and signals less likely than this are left out."""


@dataclass(frozen=True)
class Model:
    """A trained model. ``slices`` tells which columns of ``weights`` are a head's, and its labels in their order."""

    examples: str
    vectorizer: Any
    weights: Vectors
    biases: Vectors
    slices: dict[str, tuple[int, int, tuple[str, ...]]]


class EmbeddedInterpreter:
    """intake.ports.Interpreter in our own process. One thread reads: several would only get in each other's way."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reader")

    async def interpret(self, text: str) -> Interpretation:
        """Read one message, beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.read, text)

    def read(self, text: str) -> Interpretation:
        """Read one message."""
        if not any(letter.isalnum() for letter in text):
            return Interpretation(routes=(Guess("no_action", 1.0),))
        row = features(self._model.vectorizer, [text], meanings([text]))
        scores = np.asarray(row @ self._model.weights + self._model.biases)[0]
        return Interpretation(
            routes=self._guesses(scores, "route"),
            services=self._guesses(scores, "service"),
            signposts=self._guesses(scores, "signpost"),
            signals=self._signals(scores, text),
            details=find_details(text),
        )

    def _guesses(self, scores: Vectors, head: str) -> tuple[Guess, ...]:
        start, end, labels = self._model.slices[head]
        likely = _softmax(scores[start:end])
        ranked = sorted(zip(labels, likely, strict=True), key=lambda pair: -pair[1])
        return tuple(Guess(label, round(float(chance), 4)) for label, chance in ranked if chance >= _SHOWN)

    def _signals(self, scores: Vectors, text: str) -> tuple[Signal, ...]:
        """What the classifier reads, made surer by plain words where there are some."""
        start, end, labels = self._model.slices["signals"]
        read = dict(zip(labels, 1 / (1 + np.exp(-scores[start:end])), strict=True))
        cues = find_cues(text)
        signals = (_signal(sign, float(read.get(sign.value, 0.0)), cues.get(sign)) for sign in Sign)
        return tuple(signal for signal in signals if signal.confidence >= _SHOWN)


def _signal(sign: Sign, chance: float, cue: Cue | None) -> Signal:
    if cue is None:
        return Signal(sign, round(chance, 4))
    return Signal(sign, round(1 - (1 - chance) * (1 - cue.weight), 4), cue.words)


def load_or_train(folder: Path, examples: Path = FOLDER) -> EmbeddedInterpreter:
    """The interpreter of these examples: the model kept in ``folder`` where it fits them, else trained and kept."""
    wanted = digest(examples)
    path = folder / f"embedded-{wanted[:16]}.joblib"
    model = _load(path, wanted)
    if model is None:
        log.info("training the embedded interpreter from its examples")
        model = train(read_examples(examples), wanted)
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        joblib.dump({"form": _form(), "model": model}, unfinished, compress=1)
        unfinished.replace(path)
    interpreter = EmbeddedInterpreter(model)
    interpreter.read("The first message should not have to wait for the encoder to be loaded.")
    return interpreter


def train(examples: Sequence[Example], fingerprint: str) -> Model:
    """A model of these examples. The same examples make the same model.

    The signpost head learns only from messages that have one: whether there is one at all is for the route to say.
    """
    texts = [example.text for example in examples]
    vectorizer = words_vectorizer().fit(texts)
    rows = features(vectorizer, texts, meanings(texts))
    columns: list[Vectors] = []
    biases: list[Vectors] = []
    slices: dict[str, tuple[int, int, tuple[str, ...]]] = {}
    for head in HEADS:
        labels = np.array([getattr(example, head) for example in examples])
        learnt = np.flatnonzero(labels != "none") if head == "signpost" else np.arange(len(labels))
        classifier = _fitted(rows[learnt], labels[learnt])
        start = sum(column.shape[1] for column in columns)
        columns.append(classifier.coef_.T.astype(np.float32))
        biases.append(classifier.intercept_.astype(np.float32))
        slices[head] = (start, start + columns[-1].shape[1], tuple(map(str, classifier.classes_)))
    start = sum(column.shape[1] for column in columns)
    learnt_signs = tuple(sign for sign in Sign if any(sign in example.signs for example in examples))
    for sign in learnt_signs:
        classifier = _fitted(rows, [sign in example.signs for example in examples])
        columns.append(classifier.coef_.T.astype(np.float32))
        biases.append(classifier.intercept_.astype(np.float32))
    slices["signals"] = (start, start + len(learnt_signs), tuple(sign.value for sign in learnt_signs))
    return Model(fingerprint, vectorizer, np.hstack(columns), np.hstack(biases), slices)


def _fitted(rows: Any, labels: Any) -> LogisticRegression:
    return LogisticRegression(C=10, max_iter=300, tol=1e-3).fit(rows, labels)


def _load(path: Path, wanted: str) -> Model | None:
    """The kept model, None where there is none or it doesn't fit the examples or this version."""
    try:
        kept = joblib.load(path)
    except FileNotFoundError:
        return None
    except Exception as error:
        log.warning("the kept model cannot be used (%s); training anew", type(error).__name__)
        return None
    if kept.get("form") != _form() or kept["model"].examples != wanted:
        return None
    model: Model = kept["model"]
    return model


def _form() -> str:
    return f"{FORM}/{MOST_TOKENS}/{sklearn.__version__}/{np.__version__}"


def _softmax(scores: Vectors) -> Vectors:
    powers = np.exp(scores - np.max(scores))
    return np.asarray(powers / powers.sum())
