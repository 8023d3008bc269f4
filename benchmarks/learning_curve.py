"""The learning curve: the network tuned on a part of the examples, asked the tuning messages. Needs PyTorch.

A part is every second, fourth or eighth example of each file. The learning of the whole is `make model`.
"""

from nlu.examples import read_examples
from nlu.held import read_messages
from nlu.train import EPOCHS, fit, scores

PARTS = (8, 4, 2)


def learning() -> None:
    examples = read_examples()
    messages = read_messages("tuning")
    for part in PARTS:
        reader, tokenizer, heads = fit(examples[::part], EPOCHS)
        raw = scores(reader, tokenizer, [message["words"] for message in messages])
        start = 0
        shares = {}
        for head in ("route", "service"):
            labels = heads[head]
            taken = raw[:, start : start + len(labels)].argmax(1).tolist()
            start += len(labels)
            right = [labels[place] == message[head] for place, message in zip(taken, messages, strict=True)]
            shares[head] = 100 * sum(right) / len(right)
        print(f"{len(examples[::part])} examples: route {shares['route']:.1f} %, service {shares['service']:.1f} %")
