"""The words that the rules know by meaning: families whose members can take each other's place.

In a family a blank separates groups, and a slash the near-synonyms of a group; a word may be in several groups. Two
words of a family are partners if they share no group: `beige` is no partner of `white`, nor `street` of `road`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """Words of one category.

    Attributes:
        name: of the category.
        groups: word -> the groups that it is in.
        common: the first word of each group: what can be put in a caption that lacks it.
    """

    name: str
    groups: dict[str, frozenset[int]]
    common: tuple[str, ...]

    @classmethod
    def of(cls, name: str, text: str) -> Family:
        groups = [group.replace("_", " ").split("/") for group in text.split()]
        known: dict[str, set[int]] = {}
        for number, group in enumerate(groups):
            for word in group:
                known.setdefault(word, set()).add(number)
        found = {word: frozenset(numbers) for word, numbers in known.items()}
        return cls(name, found, tuple(dict.fromkeys(group[0] for group in groups)))


def _families(**texts: str) -> tuple[Family, ...]:
    return tuple(Family.of(name, text) for name, text in texts.items())


ATTRIBUTES = _families(
    colour=(
        "red/crimson/scarlet/maroon/burgundy/reddish/pink/orange/rust "
        "yellow/golden/gold/yellowish/cream/amber/orange/tan "
        "green/olive/lime/teal/turquoise/greenish/mint blue/navy/teal/turquoise/bluish/cyan/azure/lavender "
        "purple/violet/lavender/magenta/mauve/pink pink/pinkish/peach/coral/magenta/mauve/salmon "
        "orange/peach/coral/amber/rust/salmon "
        "brown/tan/beige/golden/brownish/reddish/rust/maroon/blond "
        "black/charcoal/blackish white/off-white/cream/ivory/beige/silver/whitish/pale/blond "
        "grey/gray/silver/charcoal/greyish/grayish/steel"
    ),
    material="wooden/wood metal/steel/iron/metallic/copper/bronze/wrought-iron/aluminum plastic/vinyl/rubber "
    "glass/crystal stone/brick/marble/concrete/granite/cobblestone/terracotta/concrete-like",
    stuff="leather paper/cardboard cloth/fabric/cotton/woolen wicker/straw/bamboo ceramic/porcelain/clay/terracotta",
    pattern="striped checkered/plaid floral/flowered dotted/spotted/polka-dot",
    size="large/big/huge/massive/enormous/giant small/little/tiny/miniature",
    height="tall/high/towering short/low/squat",
    width="wide/broad/thick narrow/thin/slim/slender",
    shape="round/circular/oval/rounded/curved/cylindrical square/rectangular/boxy triangular/pyramidal/pointed",
    line="curved/winding/bent/arched straight",
    direction="horizontal vertical diagonal/slanted",
    age="old/ancient/antique/aged/weathered/historic new/modern/contemporary",
    state="open/opened closed/shut",
    content="empty/vacant full/filled/packed",
    moisture="wet/damp dry",
    surface="smooth/polished rough/rugged/bumpy",
    weather="sunny/clear/cloudless cloudy/overcast rainy/stormy snowy",
    leaves="leafy/lush bare/leafless",
    light="dark/dim/shadowy/deep bright/light/pale/brilliant/lit",
    number="two/couple three four five six seven eight nine ten",
)

THINGS = _families(
    man="man/boy/guy/gentleman/person/father woman/girl/lady/person/mother",
    vehicle=(
        "car/sedan/suv/automobile/vehicle/taxi/van/ambulance truck/lorry/vehicle/van/pickup bus/coach/van/vehicle "
        "motorcycle/motorbike/scooter/moped bicycle/bike"
    ),
    rail="train/tram/streetcar/trolley airplane/plane/jet/aircraft helicopter "
    "boat/ship/yacht/sailboat/canoe/ferry/gondola",
    animal="dog/puppy cat/kitten horse/pony/donkey cow/cattle/bull sheep/goat/lamb elephant rabbit "
    "duck/goose/bird/swan pigeon/bird/seagull/dove/gull",
    furniture=(
        "chair/armchair/stool/seat table/desk/counter bench/seat/pew sofa/couch bed/mattress/bunk "
        "shelf/bookshelf/bookcase/cabinet/cupboard/dresser"
    ),
    building=(
        "house/home/cottage/villa/building/residence church/cathedral/chapel/building/temple/basilica "
        "castle/fortress/palace/building barn/shed/hut/cabin/building tent/canopy bridge/viaduct/overpass"
    ),
    part=(
        "window/pane/skylight door/doorway/entrance/gate balcony/terrace/porch/deck chimney/smokestack "
        "column/pillar/support staircase/stairway/stairs/steps arch/archway"
    ),
    plant="tree/palm/oak/pine/sapling bush/shrub/hedge/shrubbery/plant flower/blossom/rose/tulip/plant cactus/plant",
    way="street/road/highway/avenue/lane/alley/roadway path/pathway/walkway/sidewalk/trail/pavement/track/footpath "
    "river/stream/creek/canal",
    land="beach/shore/coast field/meadow/lawn/grassland/pasture forest/woods/woodland/grove lake/pond/lagoon desert "
    "parking_lot",
    height="mountain/hill/peak/hillside/ridge/cliff/dune cloud",
    clothing=(
        "shirt/t-shirt/blouse/top/tee/polo/sweater/sweatshirt jacket/coat/blazer/vest/sweater dress/gown/skirt "
        "hat/cap/helmet/beanie scarf/shawl"
    ),
    legwear="pants/trousers/jeans/slacks/leggings shorts",
    footwear="shoe/sneaker/boot/sandal/slipper sock/stocking glove/mitten",
    fruit="apple banana lemon/lime strawberry/berry/raspberry pear grape carrot tomato",
    food="pizza sandwich/burger/hamburger cake/pastry/cupcake salad soup/stew",
    dish="cup/mug/glass/goblet plate/dish/saucer/tray bowl/dish/basin bottle/jug/pitcher/jar/flask "
    "vase/urn/pot/planter spoon knife fork",
    container="box/crate/carton/chest/package basket/hamper/bin bag/sack/backpack/purse/suitcase/handbag "
    "barrel/cask/bin/drum",
    carried="umbrella/parasol camera/camcorder phone/cellphone/smartphone book/notebook/magazine guitar/banjo/ukulele "
    "drum/tambourine violin/cello/fiddle",
    mark="flag/banner/pennant/streamer sign/plaque/signboard/placard/billboard balloon",
    hung="clock/watch mirror painting/picture/poster/mural/photo/portrait lamp/light/lantern/headlight/spotlight",
    monument="statue/sculpture/figure/monument/bust fountain/waterfall",
    barrier="fence/railing/grate/barrier/rail wall/barrier hedge",
    rod="pole/post/mast/column/pillar/pipe/lamppost/streetlight rope/cable/wire/cord/string ladder",
    stone="rock/stone/boulder/pebble log/trunk/stump/branch",
)

ACTIONS = _families(
    posture="stand sit/crouch/squat/perch lie/recline/sleep/rest kneel/crouch walk/stroll/march "
    "run/jog/sprint jump/leap",
    motion="smile/laugh/grin frown/cry",
)

VAGUE = frozenset(
    "abundance addition angle appearance area array arrangement back background bit bottom camera center centre "
    "close-up closeup color colour combination corner contour day daylight depth design detail "
    "direction distance edge end exposure feature finish foreground form front gap grey half "
    "height hint horizon image inch interior kind lack left length level line location lot material middle "
    "mix mixture mode nature number outline outside part pattern perspective photo photograph picture "
    "place point portion position portrait point proportion quality range rear remainder rest right scene section "
    "sense series setting shade shadow shape shot side sight sky space spot style sunlight surroundings "
    "symbol tail text texture thing third time tint tip tone top total trim type variety version vertical "
    "view viewer way weather whole width word world year".split()
)
"""Nouns that name no thing of their own, so that nothing can take their place."""

PICTURE = frozenset(
    "image photo photograph picture shot view scene angle close-up closeup camera exposure day viewer".split()
)
"""Nouns for the picture itself: what describes them says nothing of what is seen."""

SHADES = frozenset(
    "light dark pale bright deep coral lime navy sky olive rose lemon mint cream vivid soft medium".split()
)
"""Words that belong to the colour that follows them."""
