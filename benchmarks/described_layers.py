"""Layers as a study describes them, word by word, for stacks that are made and changed in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from halodot.states import Stack, anode_is_below, make_stack, replaced, stated_default, stated_layers


class Described(dict[str, Any]):
    """What is stated under a layer, by its words, also as attributes; such layers are put together by ``built``."""

    def __getattr__(self, word: str) -> Any:
        return self[word] if word in self else stated_default(word)


def described(stack: Stack) -> tuple[Described, ...]:
    """Return what is stated under every layer of a stack."""
    return tuple(Described(words) for words in stated_layers(stack))


def built(layers: Sequence[Described], anode_first: bool = True, **device: Any) -> Stack:
    """Return the stack of described layers."""
    return make_stack(layers, anode_first, **device)


def rebuilt(stack: Stack, layers: Sequence[Described], turned: bool = False, **changes: Any) -> Stack:
    """Return a stack with other layers, and with the anode on the other side where it is turned."""
    found = make_stack(layers, anode_is_below(stack) != turned)
    parts = {name: getattr(found, name) for name in ("layers", "interfaces", "anode", "cathode")}
    return replaced(stack, **(parts | changes))


def but(layer: Described, **changes: Any) -> Described:
    """Return a described layer with some words changed."""
    return Described(layer | changes)
