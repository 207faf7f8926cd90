"""What the people of the sandbox are called and talk about."""

from __future__ import annotations

from dataclasses import dataclass

from xdk_async.sandbox.record import Place

FIRST = (
    "Amara", "Bruno", "Chidi", "Daria", "Emil", "Farah", "Goran", "Hana", "Ivo", "Jonas", "Keiko", "Lena", "Milan",
    "Nadia", "Omar", "Petra", "Quinn", "Rosa", "Sami", "Tove", "Ugo", "Vera", "Wren", "Ximena", "Yara", "Zoran", "Aiko",
    "Björn", "Carla", "Dov", "Elif", "Fynn", "Greta", "Hugo", "Ines", "Jamal", "Kira", "Luis", "Maud",
)  # fmt: skip
SECOND = (
    "Adeyemi", "Bakker", "Castro", "Dahl", "Eriksen", "Ferrari", "Gruber", "Haddad", "Ito", "Jansen", "Kowalski", "Lund",
    "Moreau", "Novak", "Okafor", "Peretz", "Quispe", "Rossi", "Silva", "Tanaka",
)  # fmt: skip
TRADE = ("bakes", "builds", "codes", "draws", "grows", "maps", "plays", "rides", "reads", "writes")
TOWN = ("Lisbon", "Osaka", "Nairobi", "Tromsø", "Quito", "Leeds", "Graz", "Busan", "Tunis", "")


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that people talk about."""

    name: str
    weight: int
    tags: tuple[str, ...]
    said: tuple[str, ...]


TOPICS = (
    Topic(
        "Python",
        9,
        ("python", "asyncio", "opensource"),
        (
            "my python script finally stopped eating all the memory",
            "Python type hints caught a bug that three reviews had missed",
            "wrote a tiny python tool that sorts my photos by place",
            "teaching python to twelve-year-olds is the best part of my week",
            "moved our Python services to asyncio and the graphs went quiet",
            "the python standard library keeps surprising me, today: graphlib",
            "a python generator and forty lines replaced our whole batch job",
            "profiling python code before guessing: a habit worth having",
        ),
    ),
    Topic(
        "Coffee",
        3,
        ("coffee", "espresso"),
        (
            "the new grinder is louder than the neighbour's drill",
            "cold brew season is officially open in our kitchen",
            "found a roaster that opens at six, my mornings are saved",
            "nobody needs a fourth espresso, said nobody at this office",
        ),
    ),
    Topic(
        "Cycling",
        3,
        ("cycling", "bikes"),
        (
            "rode along the river before work, saw two herons",
            "a flat tyre, in the rain, ten kilometres from home",
            "the new bike lane is open and it is full of smiling people",
            "cleaned the chain, gained a gear",
        ),
    ),
    Topic(
        "Gardening",
        2,
        ("garden", "tomatoes"),
        (
            "the tomatoes have decided that they own the balcony now",
            "planted garlic today, see you next summer",
            "the slugs won this round",
        ),
    ),
    Topic(
        "Astronomy",
        2,
        ("space", "astronomy"),
        (
            "saw the rings of Saturn through a borrowed telescope",
            "clouds, of course, on the one night with meteors",
            "counted forty satellites before the kettle boiled",
        ),
    ),
)
ELSEWHERE: dict[str, tuple[str, ...]] = {  # what is said in other languages; some of it of Python too
    "es": (
        "hoy aprendí a hacer pan con mi abuela",
        "por fin entiendo los decoradores de python",
        "llueve en la sierra",
    ),
    "de": ("der Zug kam pünktlich, ich war es nicht", "mein erstes Paket in python ist veröffentlicht"),
    "fr": ("le marché du samedi sent le melon", "un script python et le tour est joué"),
    "ja": ("今日は桜がきれいでした", "python で小さなボットを作りました"),
}
OPENING = ("", "", "", "Well, ", "Today: ", "Small joys: ", "Note to self: ", "True story: ")
CLOSING = (
    "",
    "",
    ".",
    "!",
    " 🙂",
    " 🎉",
    " (more soon)",
    "\u2028and that was that",
    "\u0085yes",
)  # raw separators occur
ANSWER = ("Same here", "Agreed", "Tell me more", "Not so sure about that", "Congratulations", "How long did it take?")
COMMENT = ("This.", "Worth a read:", "Saving this for later.", "My whole week in one post.")
LINKS = ("https://example.com/notes/", "https://example.org/articles/", "https://docs.example.net/guide/")
PICTURE = ("a desk with two monitors", "a cup beside a window", "a river at sunrise", "a cat on a keyboard")
QUESTION = (("Yes", "No"), ("Tea", "Coffee", "Water"), ("Spring", "Summer", "Autumn", "Winter"))

PLACES = (
    Place("01a9a39529b27f36", "Lisbon", "Lisbon, Portugal", "Portugal", "PT", "city", (-9.23, 38.69, -9.09, 38.8)),
    Place("3078869807f9dd36", "Graz", "Graz, Austria", "Austria", "AT", "city", (15.35, 47.01, 15.53, 47.13)),
    Place("5a110d312052166f", "Quito", "Quito, Ecuador", "Ecuador", "EC", "city", (-78.6, -0.35, -78.4, 0.01)),
    Place("b463d3bd6064861b", "Osaka", "Osaka, Japan", "Japan", "JP", "city", (135.37, 34.58, 135.6, 34.77)),
)
