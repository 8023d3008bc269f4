"""The network that reads: a small sentence encoder with a score for every label, kept with the digest of its examples.

``nlu/model/`` holds the encoder with its heads (``reader.onnx``, 8-bit weights), its vocabulary (``tokenizer.json``)
and a note of what they are (``reader.json``). ``nlu/train.py`` makes all three.
"""

import contextlib
import ctypes
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from intake.errors import WrongSetting
from nlu import examples

FOLDER = Path(__file__).parent / "model"

FORM = 1
"""Raised whenever a kept model of an earlier form can no longer be used."""

CHOICES = ("route", "service", "signpost")
"""The heads of which one label is right; of the others, each label may be."""

MOST_TOKENS = 384
"""How much of a message is read, in word pieces: the first two thirds of these and the last. About 300 words."""

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8

Numbers = NDArray[np.float32]


@dataclass(frozen=True)
class Head:
    """One question to the network: its labels in order, and how far its raw scores are cooled to be true chances."""

    labels: tuple[str, ...]
    temperature: float


@dataclass(frozen=True)
class Scores:
    """What the network makes of a text.

    ``chances``: head and label to 0 to 1. ``pull``: for each token and label, how far that token pulls towards the
    label. ``places``: where each token stands in the text. ``cut``: the text was too long, so not all was read.
    """

    chances: Mapping[str, Mapping[str, float]]
    pull: Numbers
    places: tuple[tuple[int, int], ...]
    columns: Mapping[tuple[str, str], int]
    cut: bool

    def words(self, text: str, head: str, label: str, most: int = 8) -> str:
        """The few words that pull hardest towards this label. The network's own marks have no place in the text."""
        column = self.columns.get((head, label))
        places = [place for place, (begins, ends) in enumerate(self.places) if ends > begins]
        if column is None or not places:
            return ""
        width = min(most, len(places))
        start = int(np.argmax(np.convolve(self.pull[places, column], np.ones(width), mode="valid")))
        first, last = places[start], places[start + width - 1]
        return _whole_words(text, self.places[first][0], self.places[last][1]).strip(' .,;:!?-–()"“”')


class Network:
    """The model, ready to read. One thread: several slow each other down, and the house has other work."""

    def __init__(self, folder: Path = FOLDER, examples_folder: Path = examples.FOLDER) -> None:
        """Raises WrongSetting where the model is missing, of another form, or made from other examples."""
        note = _note(folder)
        _check(note, folder, examples.digest(examples_folder))
        self._heads = {key: Head(tuple(head["labels"]), head["temperature"]) for key, head in note["heads"].items()}
        pairs = [(key, label) for key, head in self._heads.items() for label in head.labels]
        self._columns = {pair: column for column, pair in enumerate(pairs)}
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        _spare_memory()
        self._session = onnxruntime.InferenceSession(
            (folder / "reader.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        _give_back_memory()

    def read(self, text: str) -> Scores:
        """Score one text."""
        tokens = self._tokenizer.encode(text)
        kept = shortened(list(range(len(tokens.ids))))
        ids = np.array([[tokens.ids[place] for place in kept]], dtype=np.int64)
        whole, pull = self._session.run(["whole", "pull"], {"ids": ids})
        chances: dict[str, dict[str, float]] = {}
        start = 0
        for key, head in self._heads.items():
            raw = whole[0, start : start + len(head.labels)] / head.temperature
            likely = _softmax(raw) if key in CHOICES else 1 / (1 + np.exp(-raw))
            chances[key] = dict(zip(head.labels, map(float, likely), strict=True))
            start += len(head.labels)
        return Scores(
            chances, pull[0], tuple(tokens.offsets[place] for place in kept), self._columns, len(kept) < len(tokens.ids)
        )


def shortened(tokens: list[int]) -> list[int]:
    """What is read of a long text: how it begins and how it ends."""
    if len(tokens) <= MOST_TOKENS:
        return tokens
    head = MOST_TOKENS * 2 // 3
    return tokens[:head] + tokens[head - MOST_TOKENS :]


def write_note(folder: Path, heads: Mapping[str, Head], examples_digest: str) -> None:
    """Note beside the network what it is, as the last step of making it."""
    note = {
        "form": FORM,
        "examples": examples_digest,
        "network": _digest(folder / "reader.onnx"),
        "heads": {key: {"temperature": head.temperature, "labels": head.labels} for key, head in heads.items()},
    }
    (folder / "reader.json").write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")


def _note(folder: Path) -> dict[str, Any]:
    try:
        note: dict[str, Any] = json.loads((folder / "reader.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WrongSetting(f"there is no model in {folder}; run make model") from error
    return note


def _check(note: Mapping[str, Any], folder: Path, wanted: str) -> None:
    if note.get("form") != FORM:
        raise WrongSetting(f"the model in {folder} is of another version; run make model")
    if note["examples"] != wanted:
        raise WrongSetting(f"the model in {folder} was made from other examples than there are now; run make model")
    if note["network"] != _digest(folder / "reader.onnx"):
        raise WrongSetting(f"{folder / 'reader.onnx'} is damaged or not the one that reader.json describes")


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise WrongSetting(f"{path} cannot be read; run make model") from error


def _whole_words(text: str, start: int, end: int) -> str:
    """The stretch, made longer until it neither begins nor ends inside a word."""
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return " ".join(text[start:end].split())


def _softmax(scores: Numbers) -> Numbers:
    powers = np.exp(scores - np.max(scores))
    return np.asarray(powers / powers.sum(), dtype=np.float32)


def _spare_memory() -> None:
    """Have glibc give large buffers back at once instead of keeping them for later; elsewhere this does nothing."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(_M_MMAP_THRESHOLD, 256 * 1024)
        libc.mallopt(_M_ARENA_MAX, 2)


def _give_back_memory() -> None:
    """Loading the network leaves freed memory behind that glibc would keep; elsewhere this does nothing."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
