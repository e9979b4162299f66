"""Say one picture in many ways: people type "navy tee for men", not "Men Navy Blue T-shirt".

`phrase` draws a phrasing of a record; `canonical` is the one that evaluation uses. A record without article,
as from anybody's own folder, keeps its caption's words. `known_words` are those that a model can learn from records.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable

import numpy as np

from .data import Record

ARTICLES = {
    "T-shirt": ["t-shirt", "t shirt", "tee", "tshirt"],
    "shirt": ["shirt", "button-up shirt", "button-down shirt"],
    "casual shoe": ["casual shoes", "sneakers", "casual shoe", "shoes"],
    "sports shoe": ["sports shoes", "trainers", "running shoes", "sneakers", "sport shoe"],
    "formal shoe": ["formal shoes", "dress shoes", "leather shoes", "formal shoe"],
    "heels": ["heels", "high heels", "heeled shoes"],
    "flats": ["flats", "flat shoes"],
    "flip-flops": ["flip-flops", "flip flops", "slippers"],
    "sandals": ["sandals", "sandal"],
    "sports sandal": ["sports sandals", "sport sandal"],
    "handbag": ["handbag", "purse", "hand bag", "bag"],
    "backpack": ["backpack", "rucksack"],
    "clutch": ["clutch", "clutch bag"],
    "laptop bag": ["laptop bag", "briefcase"],
    "duffel bag": ["duffel bag", "gym bag"],
    "sweater": ["sweater", "pullover", "jumper", "knit sweater", "cardigan"],
    "sweatshirt": ["sweatshirt", "sweat shirt"],
    "jacket": ["jacket"],
    "jeans": ["jeans", "denim jeans", "denims"],
    "trousers": ["trousers", "pants", "slacks"],
    "track pants": ["track pants", "joggers", "sweatpants"],
    "shorts": ["shorts", "short pants"],
    "capris": ["capris", "capri pants", "cropped pants"],
    "leggings": ["leggings"],
    "dress": ["dress"],
    "skirt": ["skirt"],
    "top": ["top", "blouse"],
    "tunic": ["tunic"],
    "kurta": ["kurta"],
    "kurti": ["kurti", "short kurta"],
    "saree": ["saree", "sari"],
    "cap": ["cap", "baseball cap", "hat"],
    "bootie": ["booties", "baby booties"],
    "stocking": ["stockings", "tights"],
    "tight": ["tights"],
    "jegging": ["jeggings"],
    "lounge pant": ["lounge pants", "pyjama pants"],
    "lounge short": ["lounge shorts"],
    "nightdre": ["nightdress", "nightgown"],
    "night suit": ["pyjamas", "pyjama set", "night suit"],
    "mobile pouch": ["mobile pouch", "phone pouch"],
    "messenger bag": ["messenger bag", "shoulder bag"],
    "waist pouch": ["waist pouch", "belt bag"],
    "rucksack": ["rucksack", "backpack"],
    "waistcoat": ["waistcoat", "vest"],
    "patiala": ["patiala pants", "patiala"],
    "rain jacket": ["rain jacket", "raincoat"],
    "rain trouser": ["rain trousers", "rain pants"],
}

# a word of the caption that names a narrower kind: the articles it may narrow, and what people call it
KINDS = {
    "polo": (("T-shirt",), ["polo shirt", "polo t-shirt", "polo"]),
    "jersey": (("T-shirt",), ["jersey", "sports jersey"]),
    "loafer": (("casual shoe", "formal shoe"), ["loafers"]),
    "sneaker": (("casual shoe", "sports shoe"), ["sneakers"]),
    "boot": (("casual shoe", "flats", "sandals"), ["boots", "ankle boots"]),
    "chukka": (("casual shoe",), ["chukka boots", "chukkas"]),
    "brogue": (("formal shoe",), ["brogues"]),
    "ballerina": (("flats", "casual shoe"), ["ballet flats", "ballerinas"]),
    "sandal": (("flats",), ["flat sandals", "sandals"]),
    "wedge": (("heels", "flats"), ["wedges", "wedge heels"]),
    "stiletto": (("heels",), ["stilettos", "stiletto heels"]),
    "pump": (("heels",), ["pumps"]),
    "clog": (("sandals",), ["clogs"]),
    "beanie": (("cap", "hat"), ["beanie", "knit hat"]),
    "hooded": (("sweatshirt",), ["hoodie", "hooded sweatshirt"]),
    "chino": (("trousers",), ["chinos", "chino trousers"]),
    "sling": (("handbag",), ["sling bag", "shoulder bag"]),
    "tote": (("handbag",), ["tote bag", "tote"]),
    "blazer": (("jacket",), ["blazer"]),
}
_KIND_SPELLINGS = {"hood": "hooded", "hoody": "hooded", "hoodie": "hooded"}

COLOURS = {
    "Navy Blue": ["navy blue", "navy", "dark blue"],
    "Grey": ["grey", "gray"],
    "Off White": ["off white", "off-white", "ivory"],
    "Cream": ["cream", "cream coloured"],
    "Maroon": ["maroon", "wine red", "dark red"],
    "Charcoal": ["charcoal", "dark grey"],
    "Olive": ["olive", "olive green"],
    "Gold": ["gold", "golden"],
    "Multi": ["multicolour", "colourful", "multi-coloured"],
    "Turquoise Blue": ["turquoise", "turquoise blue"],
    "Grey Melange": ["grey melange", "heather grey"],
    "Coffee Brown": ["coffee brown", "dark brown"],
    "Mushroom Brown": ["mushroom brown", "light brown"],
    "NA": [],
}

PEOPLE = {
    "Men": ["men's", "mens", "for men", "men"],
    "Women": ["women's", "ladies", "womens", "for women", "women"],
    "Boys": ["boys", "boy's", "for boys"],
    "Girls": ["girls", "girl's", "for girls"],
    "Unisex": ["unisex"],
}

# words of a caption that say how a garment looks, and the ways to say them
LOOKS = {
    "striped": ["striped", "stripes", "stripe"],
    "checked": ["check", "checked", "checks", "checkered", "plaid"],
    "printed": ["printed", "print"],
    "plain": ["solid", "plain"],
    "graphic": ["graphic"],
    "floral": ["floral", "flower"],
    "polo": ["polo"],
    "leather": ["leather", "leatherette"],
    "denim": ["denim"],
    "canvas": ["canvas"],
    "washed": ["washed"],
    "logo": ["logo"],
    "cargo": ["cargo"],
    "woven": ["woven"],
    "embroidered": ["embroidered", "embroided", "embroidery"],
    "slip-on": ["slip-on"],
    "peep toe": ["peep"],
    "knitted": ["knitted", "knit"],
    "lace": ["lace"],
    "hooded": ["hooded"],
    "sleeveless": ["sleeveless"],
    "polka dot": ["polka"],
    "cotton": ["cotton"],
    "skinny": ["skinny"],
    "slim fit": ["slim"],
    "wedge": ["wedge", "wedges"],
    "crew neck": ["crew"],
}
LOOK_WORDS = {
    "striped": ["striped", "stripy", "with stripes"],
    "checked": ["checked", "plaid", "check", "checkered"],
    "printed": ["printed", "printed", "with a print", "print"],
    "plain": ["plain", "solid"],
    "floral": ["floral", "flower print"],
    "graphic": ["graphic", "graphic print"],
    "logo": ["logo", "with a logo"],
    "lace": ["lace", "lacy"],
}
# what the basic colours beside a garment's own may be said to be; a stripe is what shoes have most
ACCENTS = ["details", "accents", "trim", "detail"]
LOOK_ACCENTS = {
    "striped": ["stripes", "stripe"],
    "checked": ["checks", "check"],
    "printed": ["print", "details"],
    "graphic": ["graphic", "print"],
    "logo": ["logo", "print"],
    "floral": ["flowers", "floral print"],
    "polka dot": ["dots", "polka dots"],
}
SHOE_ACCENTS = ["stripes", "stripe", "a stripe", "details", "accents", "trim"]
USAGES = {"Sports": ["sports", "sport", "athletic"], "Formal": ["formal", "office"], "Casual": ["casual"]}
BASIC_COLOURS = ("black", "white", "grey", "blue", "navy", "red", "green", "yellow", "pink", "purple",
                 "orange", "brown", "beige", "maroon", "silver")  # fmt: skip
_LOOK_OF = {word: look for look, words in LOOKS.items() for word in words}
# words that say nothing of how a garment looks: whoever types them misses nothing where no caption has them. "without" and
# "no" are not among them, for the picture may show what they are to keep away
ASIDES = """
a an the this that these those some any each every all both other another same such here there also only just
with within of and or but plus in on onto at to for from by as like than then so over under above below between into
through around across along up down out off near beside behind
i me my mine we us our you your he him his she her it its they them their who which what where when how why
is are be been being was were has have had having do does did can could will would should may might must ll re ve
please make makes made making show give want need create generate draw design
very really quite rather more most much many few pair
picture photo photograph image garment piece item colour coloured style styled look looks looking size
"""


def known_words(records: Iterable[Record]) -> list[str]:
    """The words, as `split_words` gives them, of captions, of all that `phrase` makes of them and of ASIDES, sorted."""
    texts = {ASIDES, *string.ascii_lowercase}
    for record in records:
        texts.update(_parts(record))
    return sorted({word for text in texts for word in split_words(text)})


def split_words(text: str) -> list[str]:
    """Lower-case words without digits and punctuation; letters without case are each a word, as Chinese has no spaces."""
    folded = "".join(character.lower() for character in unicodedata.normalize("NFC", text))
    kinds = ((character, unicodedata.category(character)) for character in folded)
    return "".join(f" {c} " if kind == "Lo" else c if kind[0] in "LM" else " " for c, kind in kinds).split()


def canonical(record: Record) -> str:
    """The plainest words for a record: "navy blue t-shirt", or its caption where it has no article."""
    if not record.article:
        return record.caption.lower()
    return " ".join([*_colours(record)[:1], _articles(record)[0]])


def looks(record: Record) -> list[str]:
    """What the caption says of the garment's look, each once, in the caption's order."""
    return list(dict.fromkeys(_LOOK_OF[w] for w in _words(record.caption) if w in _LOOK_OF))


def second_colour(record: Record) -> str:
    """Another basic colour that the caption names beside the record's own; "" where it names none.

    Where the caption doesn't hold the record's own colour, the two disagree and the record is right.
    """
    own = record.colour.lower()
    if not own or own not in record.caption.lower():
        return ""
    words = set(_words(record.caption))
    others = [c for c in BASIC_COLOURS if c in words and c not in own and not (own == "blue" and c == "navy")]
    return others[0] if len(others) == 1 else ""


def phrase(record: Record, rng: np.random.Generator, drop: float = 0.1) -> str:
    """One way of saying a record, mostly lower case.

    `drop` is the chance of leaving out a word that a phrasing would hold; colour and article never both go. With 0 the
    colour always stays, so a caption that lacks it is not taken either.
    """
    if not record.article or (rng.random() < 0.12 and (drop or record.colour.lower() in record.caption.lower())):
        return _in_some_case(record.caption, rng)
    colour = "" if rng.random() < drop else _colour_words(record, rng)
    article = _article_words(record, rng)
    if colour and rng.random() < drop / 3:
        article = ""
    seen, accent = looks(record), ""
    if colour in _colours(record) and article and record.accents and rng.random() < 0.7:
        seen, accent = _accent_words(record, rng)
    look = [_pick(LOOK_WORDS.get(x, [x]), rng) for x in seen if rng.random() < 0.7 * (1 - drop)]
    look = [x for x in look if not set(_words(x)) & set(_words(article))]
    before = [x for x in look if not x.startswith("with ")]
    after = [x for x in look if x.startswith("with ")]
    after = [*after, accent]
    before = [_usage_words(record, article, rng), *before]
    person = _pick(PEOPLE.get(record.gender, []), rng) if rng.random() < 0.3 * (1 - drop) else ""
    if person.startswith("for "):
        after, person = [*after, person], ""
    if colour and article and rng.random() < 0.15:
        words = [person, *before, article, "in", colour, *after]
    elif colour and article and not person and rng.random() < 0.04:
        words = [*before, article, *after, colour]
    else:
        core = [colour, *before] if rng.random() < 0.6 else [*before, colour]
        words = [person, *core, article, *after]
    text = " ".join(word for word in words if word)
    if article and not person and rng.random() < 0.1:
        text = _indefinite(text, article)
    return text[0].upper() + text[1:] if rng.random() < 0.05 else text


def _parts(record: Record) -> list[str]:
    """What phrasings of a record are put together from, but for words of ASIDES."""
    if not record.article:
        return [record.caption]
    names, seen = [*_articles(record), *_kind(record)], looks(record)
    accents = [*SHOE_ACCENTS, *ACCENTS, *(name for look in seen for name in LOOK_ACCENTS.get(look, []))]
    return [
        record.caption, *names, *map(_plural, names), *_colours(record), second_colour(record),
        *record.accents, *(accents if record.accents else []),
        *(words for look in seen for words in LOOK_WORDS.get(look, [look])),
        *PEOPLE.get(record.gender, []), *USAGES.get(record.usage, []),
    ]  # fmt: skip


def _article_words(record: Record, rng: np.random.Generator) -> str:
    """The article, or the narrower kind that the caption names; now and then in the plural."""
    kind = _kind(record)
    name = _pick(kind, rng) if kind and rng.random() < 0.7 else _pick(_articles(record), rng)
    return _plural(name) if rng.random() < 0.05 else name


def _colour_words(record: Record, rng: np.random.Generator) -> str:
    colour, other, likely = _pick(_colours(record), rng), second_colour(record), 0.5
    if not other and record.accents:
        other, likely = record.accents[0], 0.25
    if not colour or not other or rng.random() >= likely:
        return colour
    even = {"striped", "checked"} & set(looks(record))
    first, second = (other, colour) if even and rng.random() < 0.3 else (colour, other)
    return f"{first} {'and' if rng.random() < 0.8 else '&'} {second}"


def _accent_words(record: Record, rng: np.random.Generator) -> tuple[list[str], str]:
    """The looks that are left to say, and "with green stripes": an accent, by the look that it is likely part of."""
    seen = looks(record)
    carrier = next((look for look in seen if look in LOOK_ACCENTS), "")
    names = LOOK_ACCENTS.get(carrier) or (SHOE_ACCENTS if "shoe" in record.article else ACCENTS)
    name, accent = names[rng.integers(len(names))], _pick(record.accents, rng)
    said = f"with a {accent} {name.removeprefix('a ')}" if name.startswith("a ") else f"with {accent} {name}"
    return [look for look in seen if look != carrier], said


def _usage_words(record: Record, article: str, rng: np.random.Generator) -> str:
    """What it is worn for, now and then, where the article doesn't tell."""
    words = USAGES.get(record.usage, [])
    if not words or not article or rng.random() >= (0.05 if record.usage == "Casual" else 0.25):
        return ""
    told = any(word in f"{article} {record.article}" for word in (*words, "track", "running"))
    return "" if told else _pick(words, rng)


def _articles(record: Record) -> list[str]:
    return ARTICLES.get(record.article, [record.article.lower()])


def _kind(record: Record) -> list[str]:
    for word in _words(record.caption):
        articles, names = KINDS.get(_KIND_SPELLINGS.get(word, word.removesuffix("s")), ((), []))
        if record.article in articles:
            return names
    return []


def _colours(record: Record) -> list[str]:
    return COLOURS.get(record.colour, [record.colour.lower()] if record.colour else [])


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+(?:-[a-z]+)*", text.lower())


def _plural(name: str) -> str:
    if name.endswith("s") and not name.endswith("ss"):
        return name
    return name + ("es" if name.endswith(("ss", "ch", "x")) else "s")


def _indefinite(text: str, article: str) -> str:
    if article.endswith("s") and not article.endswith("ss"):
        return f"a pair of {text}" if article == _plural(article) and "shirt" not in article else text
    return f"{'an' if text[0] in 'aeiou' else 'a'} {text}"


def _in_some_case(text: str, rng: np.random.Generator) -> str:
    draw = rng.random()
    return text if draw < 0.25 else text.capitalize() if draw < 0.35 else text.lower()


def _pick(options: list[str], rng: np.random.Generator) -> str:
    """The first, plainest option half of the time."""
    if not options:
        return ""
    return options[0] if rng.random() < 0.5 else options[rng.integers(len(options))]
