"""Ways to reach a resident: another one than was asked for, told or taken. It is a wish, and no refusal to answer."""

from intake.answering import wished_way
from intake.conversation import Conversation
from intake.effects import Step
from intake.gathering import REACHED_BY, forget, leave_out, record
from intake.interpretation import Detail
from intake.talk_endings import go_on
from intake.talk_scene import Scene

Moved = Step[Conversation] | None

_FEW_WORDS = 12


def another_way(scene: Scene) -> Moved:
    """ "Don't email me, ring me", "by post please": the way that they turn down is not asked for again."""
    conversation, typed = scene.conversation, scene.typed
    if not _is_open(scene) or typed.count > _FEW_WORDS or scene.chosen is not None:
        return None
    if any(scene.heard.reading.detail(detail) for detail in (Detail.EMAIL, Detail.PHONE)):
        return None
    way, turned_down = wished_way(typed, scene.policy)
    if not turned_down and (way in ("", conversation.details.get(Detail.REPLY_BY)) or not _says_so(scene)):
        return None
    for detail, value in REACHED_BY.items():
        if value in turned_down:
            conversation = leave_out(forget(conversation, detail), detail)
    if way:
        conversation = record(conversation, Detail.REPLY_BY, way)
    elif set(turned_down) >= set(REACHED_BY.values()):
        conversation = leave_out(conversation, Detail.REPLY_BY)
    return go_on(scene, conversation, scene.say("noted" if way else "fine"))


def _is_open(scene: Scene) -> bool:
    """Is it asked how to reach them, or may what they told be changed?"""
    return scene.asking in (Detail.REPLY_BY, *REACHED_BY) or scene.conversation.talk.confirming


def _says_so(scene: Scene) -> bool:
    """Among other words a way is named by chance; where it is asked for, or preferred, it is meant."""
    choices = scene.policy.flow.questions[Detail.REPLY_BY].choices
    plain = scene.typed.choice(choices) is not None or bool(scene.typed.holds("prefers"))
    return plain or scene.asking is Detail.REPLY_BY
