import numpy as np
import pytest

from toile.captions import BASIC_COLOURS, canonical, known_words, looks, phrase, second_colour, split_words
from toile.data import Record


def record(caption="Men Striped Navy Blue T-shirt", article="T-shirt", colour="Navy Blue", gender="Men"):
    return Record(id="1", caption=caption, article=article, colour=colour, gender=gender)


def phrasings(of: Record, count=600, drop=0.1, seed=0):
    rng = np.random.default_rng(seed)
    return [phrase(of, rng, drop) for _ in range(count)]


def test_the_canonical_phrasing_is_colour_and_article_in_lower_case():
    assert canonical(record()) == "navy blue t-shirt"
    assert canonical(record(article="casual shoe", colour="Grey")) == "grey casual shoes"
    assert canonical(record(colour="NA")) == "t-shirt"
    assert canonical(record(caption="My Old Coat", article="", colour="")) == "my old coat"


def test_a_record_is_said_in_many_ways():
    found = {text.lower() for text in phrasings(record())}
    assert len(found) > 100
    assert {"navy t-shirt", "navy blue tee", "men striped navy blue t-shirt", "t-shirt in navy blue"} <= found
    assert any(text.startswith("a ") for text in found)
    assert any("men's" in text for text in found) and any(text.endswith("for men") for text in found)


def test_most_phrasings_are_lower_case():
    texts = phrasings(record())
    assert sum(text == text.lower() for text in texts) > 0.85 * len(texts)


def test_colour_and_article_are_never_both_dropped():
    red = record(caption="Women Solid Red Handbag", article="handbag", colour="Red", gender="Women")
    for text in phrasings(red, drop=0.9):
        assert "red" in text.lower() or "bag" in text.lower() or "purse" in text.lower()


def test_a_phrasing_never_names_a_colour_or_look_that_the_record_lacks():
    blue = record(caption="Women Floral Blue Dress", article="dress", colour="Blue", gender="Women")
    others = set(BASIC_COLOURS) - {"blue"} | {"striped", "plain", "checked", "men's"}
    for text in phrasings(blue):
        assert not others & set(text.lower().split())


def test_the_colour_column_wins_over_a_caption_that_contradicts_it():
    contradicted = record(caption="Women Floral Print Orange Kurta", article="kurta", colour="White")
    assert second_colour(contradicted) == ""
    assert second_colour(record(caption="Men White & Black Striped Shirt", colour="White")) == "black"
    assert second_colour(record(caption="Men Navy Blue Shirt", colour="Blue")) == ""


def test_looks_are_read_from_any_of_their_spellings():
    assert looks(record(caption="Men Checks Slim Shirt Check")) == ["checked", "slim fit"]
    assert looks(record(caption="Men Shirt")) == []


def test_a_narrower_kind_that_the_caption_names_is_used():
    wedge = record(caption="Women Brown Wedges", article="heels", colour="Brown", gender="Women")
    found = {text.lower() for text in phrasings(wedge)}
    assert "brown wedges" in found and "brown heels" in found
    hoodie = record(caption="Boys Hooded Grey Sweatshirt", article="sweatshirt", colour="Grey", gender="Boys")
    assert any("hoodie" in text for text in phrasings(hoodie))
    assert not any("hoodie" in t for t in phrasings(record(caption="Grey Sweatshirt", article="sweatshirt")))


def test_no_word_follows_itself():
    leather = record(caption="Men Leather Brown Polo Shoes", article="formal shoe", colour="Brown")
    polo = record(caption="Men Polo Striped White Polo T-shirt", colour="White")
    for text in phrasings(leather) + phrasings(polo):
        if text.lower() not in (leather.caption.lower(), polo.caption.lower()):
            words = text.lower().replace("-", " ").split()
            assert all(a != b for a, b in zip(words, words[1:], strict=False)), text


def test_an_accent_is_said_by_the_look_that_carries_it():
    shoe = Record("1", "Men White Sports Shoe", article="sports shoe", colour="White", gender="Men", accents=["green"])
    found = {text.lower() for text in phrasings(shoe, 3000)}
    assert {"white sneakers with green stripe", "white trainers with a green stripe"} <= found
    assert "white and green sports shoes" in found
    shirt = Record("1", "Men Striped White Shirt", article="shirt", colour="White", gender="Men", accents=["black"])
    found = {text.lower() for text in phrasings(shirt, 3000)}
    assert {"white shirt with black stripes", "white and black striped shirt", "black and white striped shirt"} <= found
    assert not any("striped" in text and "stripes" in text for text in found)


def test_accents_are_said_only_where_they_are_seen():
    top = Record("1", "Women Red Top", article="top", colour="Red", gender="Women")
    assert not any("with" in text or " and " in text for text in phrasings(top))
    top.accents = ["white", "blue"]
    named = [set(text.lower().split()) & set(BASIC_COLOURS) - {"red"} for text in phrasings(top)]
    assert set().union(*named) == {"white", "blue"} and all(len(colours) < 2 for colours in named)


def test_what_it_is_worn_for_is_said_now_and_then_where_the_article_does_not_tell():
    shorts = Record("1", "Men White Shorts", article="shorts", colour="White", gender="Men", usage="Sports")
    said = [text.lower() for text in phrasings(shorts)]
    assert "white sports shorts" in said and 0.1 < np.mean(["sport" in text for text in said]) < 0.4
    shoes = Record("1", "Men White Shoe", article="sports shoe", colour="White", gender="Men", usage="Sports")
    assert not any(text.lower().count("sport") > 1 for text in phrasings(shoes))


@pytest.mark.parametrize("caption", ["Grandma's Coat", "ROTE JACKE MIT KAPUZE"])
def test_a_record_without_columns_keeps_its_captions_words(caption):
    plain = record(caption=caption, article="", colour="", gender="")
    assert {text.lower() for text in phrasings(plain, 50)} == {caption.lower()}


def test_the_same_draws_give_the_same_phrasing():
    assert phrasings(record(), 20, seed=4) == phrasings(record(), 20, seed=4)


def test_words_that_can_be_learned_are_those_of_the_caption_and_of_its_phrasings_and_those_that_say_nothing():
    plain = Record("2", "GRANDMA'S Coat, 501 (été)")
    known = set(known_words([record(), plain]))
    assert {"navy", "tee", "tshirt", "mens", "striped"} <= known  # of phrasings
    assert {"grandma", "coat", "été"} <= known and {"with", "a", "please", "v"} <= known
    assert not known & {"501", "grandma's", "robe", "without", "no", "T-shirt", "t-shirt"}
    assert not {"navy", "tee"} & set(known_words([plain]))


@pytest.mark.parametrize(
    "of",
    [
        record(),
        Record("2", "Women Striped Shoes", article="casual shoe", colour="Grey", gender="Women", accents=["pink", "green"]),
        Record("3", "Boys Black & White Floral Lace Polo", article="T-shirt", colour="Black", gender="Boys", usage="Formal",
               accents=["yellow"]),
        Record("4", "Men Clutch", article="clutch", colour="Multi", gender="Men", usage="Sports", accents=["red"]),
    ],
)  # fmt: skip
def test_every_word_of_a_phrasing_is_known(of):
    known = set(known_words([of]))
    said = {word for text in phrasings(of, 3000) for word in split_words(text)}
    assert len(said) > 20 and said <= known


def test_known_words_are_each_there_once_by_the_alphabet():
    found = known_words([record(), record()])
    assert found == sorted(set(found)) == known_words([record()] * 2)
