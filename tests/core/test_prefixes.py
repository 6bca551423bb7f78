"""The shortest unambiguous beginning of an id."""

import random

from nerotui.core.prefixes import Prefixes
from nerotui.core.spec import ALPHABET, ID_LENGTH, is_id, new_id


def test_at_least_four_characters() -> None:
    ids = Prefixes(["abcdefgh", "zbcdefgh"])
    assert ids.short("abcdefgh") == "abcd"
    assert ids.short("unknown2") == "unkn"


def test_as_many_as_it_takes() -> None:
    ids = Prefixes(["abcdefgh", "abcdefgi", "abcdzzzz"])
    assert ids.short("abcdefgh") == "abcdefgh"
    assert ids.short("abcdzzzz") == "abcdz"
    ids.discard("abcdefgi")
    assert ids.short("abcdefgh") == "abcde"
    ids.add("abcdeaaa")
    assert ids.short("abcdefgh") == "abcdef"
    assert ids.matching("abcde") == ["abcdeaaa", "abcdefgh"]
    assert ids.matching("q") == []


def test_agrees_with_looking_at_all_of_them() -> None:
    chance = random.Random(1)
    ids = ["".join(chance.choice("ab") for _ in range(8)) for _ in range(60)]
    known = Prefixes(set(ids))
    for one in set(ids):
        short = known.short(one)
        assert [other for other in set(ids) if other.startswith(short)] == [one] or short == one
        assert len(short) == 4 or any(other.startswith(short[:-1]) for other in set(ids) - {one})


def test_new_ids_have_the_right_form() -> None:
    made = {new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(is_id(one) for one in made)
    assert not is_id("abcd")
    assert not is_id("ABCDEFGH")
    assert len(ALPHABET) ** ID_LENGTH == 2**40


def test_what_goes_and_comes_back_is_there_once() -> None:
    ids = Prefixes(["abcdefgh"])
    ids.discard("abcdefgh")
    ids.add("abcdefgh")
    ids.discard("zzzzzzzz")
    assert ids.matching("") == ["abcdefgh"]
    ids.discard("abcdefgh")
    assert ids.matching("") == []
