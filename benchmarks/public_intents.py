"""Our network's way of learning on public intent sets: BANKING77 and CLINC150 (files as JSON lines {text, intent}).

For CLINC150 the threshold below which a message counts as out of scope is the one that keeps 95 in 100 of the
validation messages in scope. Needs PyTorch (nlu/train.txt) and about half an hour. The baselines, published by others
or measured, are named in docs/reading.md.
"""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer

from nlu.examples import Example
from nlu.train import Reader, fit, scores

EPOCHS = 8
IN_SCOPE = 0.95


def public(folder: Path) -> None:
    _banking(folder)
    _clinc(folder)


def _banking(folder: Path) -> None:
    learnt = _examples(folder / "bank_full.jsonl")
    asked = _examples(folder / "bank_test.jsonl")
    reader, tokenizer, heads = fit(learnt, EPOCHS)
    chances, labels = _chances(reader, tokenizer, heads, asked)
    print(f"BANKING77, full                     {_right(chances, labels, asked):.1f} % right of {len(asked)}")


def _clinc(folder: Path) -> None:
    learnt = _examples(folder / "clinc_full_train.jsonl")
    reader, tokenizer, heads = fit([example for example in learnt if example.route != "oos"], EPOCHS)
    validation, labels = _chances(reader, tokenizer, heads, _in_scope(folder / "clinc_full_val.jsonl"))
    least = float(torch.quantile(validation.max(1).values, 1 - IN_SCOPE))
    asked = _in_scope(folder / "clinc_full_test.jsonl")
    chances, _ = _chances(reader, tokenizer, heads, asked)
    outside, _ = _chances(reader, tokenizer, heads, _examples(folder / "clinc_full_oos_test.jsonl"))
    print(f"CLINC150, full, in scope            {_right(chances, labels, asked):.1f} % right of {len(asked)}")
    print(f"  out of scope recognised           {100 * float((outside.max(1).values < least).float().mean()):.1f} %")
    print(f"  in scope kept                     {100 * float((chances.max(1).values >= least).float().mean()):.1f} %")


def _chances(
    reader: Reader, tokenizer: Tokenizer, heads: dict[str, tuple[str, ...]], asked: list[Example]
) -> tuple[torch.Tensor, tuple[str, ...]]:
    raw = scores(reader, tokenizer, [example.text for example in asked])
    return torch.softmax(raw[:, : len(heads["route"])], 1), heads["route"]


def _right(chances: torch.Tensor, labels: tuple[str, ...], asked: list[Example]) -> float:
    taken: list[str] = [labels[place] for place in chances.argmax(1).tolist()]
    return 100 * sum(one == example.route for one, example in zip(taken, asked, strict=True)) / len(asked)


def _in_scope(path: Path) -> list[Example]:
    return [example for example in _examples(path) if example.route != "oos"]


def _examples(path: Path) -> list[Example]:
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [Example(row["text"], row["intent"], "none", "none", False, frozenset(), frozenset()) for row in rows]
