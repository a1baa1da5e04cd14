"""Micrographs drawn from particles of known number and size: films of dots as microscopes show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray
from scipy import ndimage

FINE = 3  # points along each side of a pixel on which particles are drawn


@dataclass(frozen=True)
class Film:
    """What is drawn."""

    shape: str = "spheres"  # spheres | cubes | plates | rods
    layout: str = "scattered"  # scattered | touching | overlapping | lattice
    mode: str = "bright field"  # bright field | dark field | secondary electrons
    size: float = 18.0  # mean diameter, or edge length of cubes [pixels]
    spread: float = 0.10  # relative standard deviation
    gap: float = 0.12  # between neighbours of a lattice, over the size
    cover: float = 0.25  # of the image, unless a lattice
    contrast: float = 0.45  # of a particle, over the background
    contrast_spread: float = 0.15  # among particles, relative
    counts: float = 400.0  # electrons in a pixel of the background
    blur: float = 0.8  # standard deviation [pixels]
    slope: float = 0.10  # of the background across the image, relative
    stains: float = 0.02  # standard deviation of the slow unevenness of the support film, relative
    side: int = 384  # of the image [pixels]


@dataclass(frozen=True, eq=False)
class Drawn:
    """A micrograph and its particles."""

    image: np.ndarray  # (row, column)
    labels: np.ndarray  # (row, column): number of the particle that is seen there, the last drawn above
    diameter: np.ndarray  # (particle,), of the disc of the area of the particle, [pixels]
    edge_length: np.ndarray
    cut: np.ndarray  # (particle,), by the edge of the image

    def dataset(self, pixel: float = 0.2e-9) -> xarray.Dataset:
        """Return it as a reader does."""
        rows, columns = (np.arange(size) * pixel for size in self.image.shape)
        names = ("y_position", "x_position")
        axes = {
            name: ((name,), values, {"units": "m", "quantity": name}) for name, values in zip(names, (rows, columns))
        }
        said = {"kind": "micrograph", "file": "drawn.dm4", "sha256": "0" * 64, "reader": "drawn"}
        signal = (names, self.image, {"units": "1", "quantity": "image_intensity"})
        return xarray.Dataset({"image_intensity": signal}, axes, {**said, "warnings": "", "notes": "", "header": "{}"})


def drawn(film: Film, seed: int) -> Drawn:
    """Return one micrograph of a film.

    Args:
        film: what is drawn.
        seed: of places, sizes, angles and noise.
    """
    generator = np.random.default_rng(seed)
    turn = float(generator.uniform(0.0, np.pi))
    places = _places(film, turn, generator)
    sizes = film.size * np.maximum(1.0 + film.spread * generator.standard_normal(len(places)), 0.3)
    if film.layout != "lattice":
        places, sizes = _apart(film, places, sizes)
    angles = generator.uniform(0.0, np.pi, len(places))
    if film.layout == "lattice":
        angles = turn + 0.03 * generator.standard_normal(len(places))
    strength = np.maximum(1.0 + film.contrast_spread * generator.standard_normal(len(places)), 0.4)
    side = film.side * FINE
    thickness, labels = np.zeros((side, side)), np.zeros((side, side), np.int32)
    cut = np.zeros(len(places), bool)
    reach_of = {"rods": 1.2, "cubes": 0.75, "spheres": 0.55, "plates": 0.6}[film.shape]
    for number, (place, size, angle, strong) in enumerate(zip(places, sizes, angles, strength), 1):
        reach = reach_of * size + 1.0
        low = np.floor((place - reach) * FINE).astype(int).clip(0, side)
        high = np.ceil((place + reach) * FINE).astype(int).clip(0, side)
        if np.any(high <= low):
            continue
        row = ((np.arange(low[0], high[0]) + 0.5) / FINE - place[0])[:, None]
        column = ((np.arange(low[1], high[1]) + 0.5) / FINE - place[1])[None, :]
        height = _SHAPES[film.shape](row, column, size, angle)
        window = (slice(low[0], high[0]), slice(low[1], high[1]))
        if film.mode == "secondary electrons":
            rim = np.where(height > 0.0, 1.0 + 0.8 * np.exp(-height / 0.35), 0.0)
            thickness[window] = np.where(height > 0.0, strong * rim, thickness[window])
        else:
            thickness[window] += strong * height
        labels[window][height > 0.0] = number
        cut[number - 1] = bool(np.any(place - 0.5 * size < 0.0) or np.any(place + 0.5 * size > film.side))
    image = _recorded(film, _pixels(thickness), generator)
    area = _area(film.shape, sizes)
    seen = labels[FINE // 2 :: FINE, FINE // 2 :: FINE]
    there = np.isin(np.arange(1, len(sizes) + 1), seen)
    new = np.concatenate([[0], np.where(there, np.cumsum(there), 0)])
    touches = np.isin(np.arange(1, len(sizes) + 1), np.concatenate([seen[0], seen[-1], seen[:, 0], seen[:, -1]]))
    return Drawn(image, new[seen], np.sqrt(4.0 * area / np.pi)[there], sizes[there], touches[there])


def _area(shape: str, size: np.ndarray) -> np.ndarray:
    factor = {"spheres": np.pi / 4.0, "cubes": 1.0, "plates": np.sqrt(3.0) / 2.0}
    return size**2 * factor.get(shape, 1.0 + np.pi / 4.0)


def _sphere(row: np.ndarray, column: np.ndarray, size: float, angle: float) -> np.ndarray:
    return np.sqrt(np.maximum(1.0 - 4.0 * (row**2 + column**2) / size**2, 0.0))


def _turned(row: np.ndarray, column: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    return row * np.cos(angle) + column * np.sin(angle), column * np.cos(angle) - row * np.sin(angle)


def _cube(row: np.ndarray, column: np.ndarray, size: float, angle: float) -> np.ndarray:
    down, across = _turned(row, column, angle)
    return ((np.abs(down) < 0.5 * size) & (np.abs(across) < 0.5 * size)).astype(float)


def _plate(row: np.ndarray, column: np.ndarray, size: float, angle: float) -> np.ndarray:
    inside = np.ones(np.broadcast(row, column).shape, bool)
    for turn in range(3):
        inside &= np.abs(_turned(row, column, angle + turn * np.pi / 3.0)[0]) < 0.5 * size
    return inside.astype(float)


def _rod(row: np.ndarray, column: np.ndarray, size: float, angle: float) -> np.ndarray:
    down, across = _turned(row, column, angle)
    away = np.hypot(np.maximum(np.abs(down) - 0.5 * size, 0.0), across)
    return np.sqrt(np.maximum(1.0 - 4.0 * away**2 / size**2, 0.0))


_SHAPES: dict[str, Callable[[np.ndarray, np.ndarray, float, float], np.ndarray]] = {
    "spheres": _sphere,
    "cubes": _cube,
    "plates": _plate,
    "rods": _rod,
}


def _places(film: Film, turn: float, generator: np.random.Generator) -> np.ndarray:
    margin = film.size
    if film.layout != "lattice":
        wanted = film.cover * (film.side + 2 * margin) ** 2 / float(_area(film.shape, np.array(film.size)))
        times = 1.0 if film.layout == "overlapping" else 6.0
        return generator.uniform(-margin, film.side + margin, (int(times * wanted), 2))
    step = film.size * (1.0 + film.gap)
    count = int(1.5 * film.side / step) + 3
    one, other = np.meshgrid(np.arange(-count, count), np.arange(-count, count))
    if film.shape == "cubes":
        grid = np.stack([one, other], -1).reshape(-1, 2) * step
    else:
        grid = np.stack([one + 0.5 * (other % 2), np.sqrt(0.75) * other], -1).reshape(-1, 2) * step
    turned = grid @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    places = turned + 0.5 * film.side + 0.02 * film.size * generator.standard_normal(grid.shape)
    holes = generator.uniform(0.0, film.side, (3, 2)), generator.uniform(2.0, 5.0, 3) * film.size
    kept = np.all((places > -margin) & (places < film.side + margin), axis=1) & (generator.random(len(places)) > 0.02)
    for hole, radius in zip(*holes):
        kept &= np.hypot(*(places - hole).T) > radius
    return np.asarray(places[kept])


def _apart(film: Film, places: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep particles so far apart as the layout asks for, up to the cover."""
    if film.layout == "overlapping":
        return places, sizes
    reach = {"cubes": 1.3, "rods": 1.9, "plates": 1.1}.get(film.shape, 1.0) * (
        1.15 if film.layout == "scattered" else 1.0
    )
    wanted = film.cover * (film.side + 2 * film.size) ** 2
    kept: list[int] = []
    area = 0.0
    for place in range(len(places)):
        if kept and np.any(np.hypot(*(places[kept] - places[place]).T) < 0.5 * reach * (sizes[kept] + sizes[place])):
            continue
        kept.append(place)
        area += float(_area(film.shape, sizes[place]))
        if area > wanted:
            break
    return places[kept], sizes[kept]


def _pixels(fine: np.ndarray) -> np.ndarray:
    rows, columns = (size // FINE for size in fine.shape)
    return np.asarray(fine.reshape(rows, FINE, columns, FINE).mean((1, 3)))


def _recorded(film: Film, thickness: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    side = film.side
    angle = generator.uniform(0.0, 2.0 * np.pi)
    row, column = np.mgrid[:side, :side] / side - 0.5
    slow = ndimage.gaussian_filter(generator.standard_normal((side, side)), side / 16)
    even = 1.0 + film.slope * (row * np.cos(angle) + column * np.sin(angle)) + film.stains * slow / slow.std()
    if film.mode == "bright field":
        mean = even * (1.0 - film.contrast) ** thickness
    elif film.mode == "dark field":
        mean = (0.25 * even + film.contrast * thickness) / 0.6
    else:
        mean = (0.35 * even + film.contrast * thickness) / 0.8
    expected = film.counts * ndimage.gaussian_filter(mean, film.blur)
    return np.asarray(generator.poisson(np.maximum(expected, 0.0)), float)
