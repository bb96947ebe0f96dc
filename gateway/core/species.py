"""What plants people keep need, as far as a sensor can tell: thresholds to suggest, never applied by themselves.

Common horticultural advice in round numbers, for plants in pots: soil moisture in % of what a capacitive probe says in
wet soil, °C, relative humidity in %, lux at the leaf.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .home import Band
from .names import Words, spellings, words


class Species(msgspec.Struct, frozen=True):
    """A kind of plant. `thresholds` by metric; of light only the upper one, as every night is too dark."""

    name: str
    latin: str
    synonyms: tuple[str, ...]
    thresholds: dict[str, Band]
    daylight: Band
    """Lux in the brightest hours; no upper limit where the sun does no harm."""


_TABLE = """
Aloe vera | Aloe vera | 8-40 | 10-32 | 20-60 | 1000- | aloe, echte Aloe
Anthurium | Anthurium andraeanum | 30-70 | 16-30 | 55-85 | 500-20000 | flamingo flower, Flamingoblume
Areca palm | Dypsis lutescens | 30-65 | 16-30 | 45-80 | 800-30000 | butterfly palm, Goldfruchtpalme, Areca
Basil | Ocimum basilicum | 25-75 | 14-32 | 35-75 | 1500- | Basilikum
Bird of paradise | Strelitzia reginae | 25-65 | 12-30 | 40-75 | 1500- | Strelitzia, Paradiesvogelblume, Strelitzie
Boston fern | Nephrolepis exaltata | 40-80 | 14-27 | 50-90 | 300-15000 | fern, sword fern, Schwertfarn, Farn
Cactus | Cactaceae | 5-30 | 8-38 | 10-50 | 2000- | cacti, Kaktus, Kakteen
Calathea | Goeppertia makoyana | 40-75 | 17-28 | 55-90 | 300-10000 | peacock plant, prayer plant, Korbmarante, Maranta
Cast iron plant | Aspidistra elatior | 20-60 | 7-28 | 30-75 | 100-10000 | Aspidistra, Schusterpalme
Chili | Capsicum annuum | 30-75 | 15-32 | 40-75 | 2500- | chilli, pepper, bell pepper, Paprika, Peperoni
Chinese money plant | Pilea peperomioides | 20-60 | 12-28 | 35-70 | 500-20000 | pilea, Ufopflanze
Croton | Codiaeum variegatum | 30-70 | 16-30 | 45-80 | 1500-40000 | Wunderstrauch
Cyclamen | Cyclamen persicum | 30-65 | 8-20 | 40-75 | 500-15000 | Alpenveilchen
Dracaena | Dracaena fragrans | 20-60 | 15-28 | 35-75 | 300-20000 | corn plant, dragon tree, Drachenbaum
English ivy | Hedera helix | 25-65 | 5-25 | 40-80 | 300-20000 | ivy, Efeu
Fiddle leaf fig | Ficus lyrata | 25-60 | 16-30 | 35-70 | 1000-30000 | Geigenfeige
Jade plant | Crassula ovata | 8-40 | 8-32 | 20-60 | 1500- | money tree, Geldbaum, Pfennigbaum
Kentia palm | Howea forsteriana | 25-60 | 13-28 | 40-75 | 300-20000 | kentia, Kentiapalme
Lavender | Lavandula angustifolia | 10-45 | 2-32 | 25-65 | 3000- | Lavendel
Lemon tree | Citrus limon | 25-65 | 6-32 | 35-75 | 3000- | lemon, citrus, Zitrone, Zitronenbaum
Mint | Mentha spicata | 35-80 | 8-28 | 40-80 | 1000- | spearmint, peppermint, Minze, Pfefferminze
Monstera | Monstera deliciosa | 25-65 | 16-30 | 45-85 | 500-25000 | swiss cheese plant, Fensterblatt
Moth orchid | Phalaenopsis amabilis | 15-55 | 16-29 | 45-80 | 500-15000 | orchid, phalaenopsis, Orchidee
Parsley | Petroselinum crispum | 30-75 | 6-26 | 40-75 | 1200- | Petersilie
Peace lily | Spathiphyllum wallisii | 35-75 | 16-29 | 45-85 | 200-12000 | spathiphyllum, Einblatt
Poinsettia | Euphorbia pulcherrima | 25-65 | 14-25 | 40-75 | 1000-30000 | Weihnachtsstern
Pothos | Epipremnum aureum | 20-65 | 15-30 | 35-80 | 200-20000 | devil's ivy, golden pothos, Efeutute
Rosemary | Salvia rosmarinus | 12-50 | 2-32 | 25-65 | 3000- | Rosmarinus officinalis, Rosmarin
Rubber plant | Ficus elastica | 20-60 | 14-30 | 35-75 | 500-25000 | rubber tree, Gummibaum
Snake plant | Dracaena trifasciata | 8-45 | 12-32 | 20-65 | 150- | Sansevieria trifasciata, sansevieria, Bogenhanf
Spider plant | Chlorophytum comosum | 20-65 | 8-28 | 35-75 | 300-20000 | Grünlilie
Strawberry | Fragaria ananassa | 30-75 | 5-28 | 45-75 | 2500- | Erdbeere
Succulent | Echeveria elegans | 5-35 | 6-34 | 15-55 | 2000- | echeveria, Sukkulente, Sukkulenten
Tomato | Solanum lycopersicum | 35-80 | 12-32 | 45-75 | 3000- | tomatoes, Tomate, Tomaten
Umbrella tree | Schefflera arboricola | 20-60 | 14-28 | 35-75 | 500-25000 | schefflera, Strahlenaralie
Weeping fig | Ficus benjamina | 25-60 | 15-29 | 35-75 | 800-25000 | ficus, Birkenfeige
Yucca | Yucca gigantea | 8-45 | 6-32 | 20-60 | 1500- | yucca palm, Yuccapalme, Palmlilie
ZZ plant | Zamioculcas zamiifolia | 8-45 | 14-30 | 25-70 | 150-20000 | zamioculcas, zz, Glücksfeder
"""


def _species(row: str) -> Species:
    name, latin, soil, temperature, humidity, light, synonyms = (cell.strip() for cell in row.split("|"))
    daylight = _band(light)
    thresholds = {"soil_moisture": _band(soil), "temperature": _band(temperature), "humidity": _band(humidity)}
    if daylight.max is not None:
        thresholds["light_level"] = Band(None, daylight.max)
    return Species(name, latin, tuple(known.strip() for known in synonyms.split(",")), thresholds, daylight)


def _band(limit: str) -> Band:
    low, high = limit.split("-")
    return Band(float(low) if low else None, float(high) if high else None)


SPECIES: tuple[Species, ...] = tuple(_species(row) for row in _TABLE.strip().splitlines())
"""Those that are known, by name."""


def _by_words() -> Mapping[Words, Species]:
    found: dict[Words, Species] = {}
    for one in SPECIES:
        for said in (one.name, one.latin, *one.synonyms):
            for way in spellings(said):
                found.setdefault(way, one)
    return found


_BY_WORDS = _by_words()


def find(text: str) -> Species | None:
    """The species that is called so: in English, German or Latin, in any case; a variety after its name may follow."""
    said = words(text)
    for length in range(len(said), 0, -1):
        found = _BY_WORDS.get(said[:length])
        if found is not None:
            return found
    # `Boston Fern "Bostoniensis"` begins with its name; `variegated monstera` ends with it.
    return next((_BY_WORDS[said[at:]] for at in range(1, len(said)) if said[at:] in _BY_WORDS), None)
