"""The published generator of convex polygons, against numbers of its own stream and a brute-force raster."""

import numpy as np
import pytest

from compare_gan_tf2.datasets import polygon_geometry

SEED_0_VERTICES = np.array(
    [
        [(17.5252, 24.4985), (3.9164, 10.3586), (20.5584, 7.1429)],
        [(20.4378, 23.6049), (3.7090, 12.6487), (17.8533, 5.7465)],
        [(11.5954, 21.3293), (5.3420, 13.6707), (25.0625, 6.9999)],
    ]
)
SEED_0_ANGLES = [(70.3695, 208.6708, 316.3040), (56.6020, 201.0484, 298.1346), (116.0029, 172.1786, 337.0898)]
SEED_0_TURNS = [3.42360, 5.60318, 3.32314]
SEED_0_AREAS = [139.5384, 135.2169, 96.3732]
SEED_0_DARKNESS = [139.500, 135.203, 96.391]


def _brute_force(vertices: np.ndarray, raster: int = 28, subpixels: int = 8) -> np.ndarray:
    """White subpixels by testing every subpixel against every edge, then summing windows one pixel at a time."""
    side = raster * subpixels
    row, column = np.meshgrid(np.arange(side) / subpixels, np.arange(side) / subpixels, indexing="ij")
    counts = np.zeros((len(vertices), raster, raster), np.int64)
    for index, polygon in enumerate(vertices):
        sides = []
        for start, end in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            rise, run = end - start
            sides.append(rise * (column - start[1]) - run * (row - start[0]))
        dark = np.all(np.array(sides) >= 0, axis=0) | np.all(np.array(sides) <= 0, axis=0)
        for i in range(raster):
            for j in range(raster):
                rows, columns = (
                    slice(max(0, subpixels * k - (subpixels - 1) // 2), subpixels * k + subpixels // 2 + 1)
                    for k in (i, j)
                )
                counts[index, i, j] = subpixels**2 - dark[rows, columns].sum()
    return counts


def _published_angles(num_vertices: int, min_segment_angle: float) -> tuple[list[float], float]:
    """One polygon's angles and turn in degrees, from the global stream."""
    segment = 360 / num_vertices
    angles = [
        index * segment + min_segment_angle / 2 + np.random.uniform() * (segment - min_segment_angle / 2)
        for index in range(num_vertices)
    ]
    return angles, np.random.uniform() * 2 * np.pi


def _published_loop(
    num_vertices: int, count: int, seed: int, min_segment_angle: float, scale: float, raster: int
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and the permutation, polygon by polygon and from the global stream as in the published generator."""
    np.random.seed(seed)
    made = []
    for _ in range(count):
        angles, turn = _published_angles(num_vertices, min_segment_angle)
        theta = np.radians(turn)
        rotation = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
        circle = np.array([(np.cos(np.radians(angle)), np.sin(np.radians(angle))) for angle in angles])
        vertices = np.dot((circle + 1) / 2, rotation) * raster * scale
        made.append(vertices + raster / 2 - np.mean(vertices, axis=0))
    return np.array(made), np.random.permutation(count)


def _circumcentres(vertices: np.ndarray) -> np.ndarray:
    """Centers of the circles through the first three vertices, [N, 1, 2]."""
    first, second, third = (vertices[:, index] for index in range(3))
    squares = np.sum(vertices**2, axis=-1)
    equations = 2 * np.stack([second - first, third - first], axis=1)
    right = np.stack([squares[:, 1] - squares[:, 0], squares[:, 2] - squares[:, 0]], axis=1)
    return np.linalg.solve(equations, right[..., None])[..., 0][:, None]


def _directions(vertices: np.ndarray) -> np.ndarray:
    """Angles of the vertices seen from the center of their circle, in degrees, [N, n]."""
    rays = vertices - _circumcentres(vertices)
    np.testing.assert_allclose(np.linalg.norm(rays, axis=-1), 0.5 * 28 * 0.75, rtol=1e-9)
    return np.degrees(np.arctan2(rays[..., 1], rays[..., 0])) % 360


def _gaps(vertices: np.ndarray) -> np.ndarray:
    """Angles between neighboring vertices seen from the center of their circle, in degrees, [N, n]."""
    directions = _directions(vertices)
    return (np.roll(directions, -1, axis=1) - directions) % 360


@pytest.fixture(scope="module")
def triangles() -> np.ndarray:
    return polygon_geometry.draw_vertices(3, 400, seed=0)


def test_seed_zero_gives_the_published_vertices():
    vertices = polygon_geometry.draw_vertices(3, 3, seed=0)
    assert vertices.dtype == np.float64 and vertices.shape == (3, 3, 2)
    np.testing.assert_allclose(vertices, SEED_0_VERTICES, atol=1e-4)


def test_seed_zero_gives_the_published_areas_and_darkness():
    vertices = polygon_geometry.draw_vertices(3, 3, seed=0)
    np.testing.assert_allclose(polygon_geometry.signed_area(vertices), SEED_0_AREAS, atol=1e-4)
    darkness = np.sum(1 - polygon_geometry.rasterise(vertices) / 64, axis=(1, 2))
    np.testing.assert_allclose(darkness, SEED_0_DARKNESS, atol=1e-3)


def test_the_published_loop_draws_the_published_angles():
    np.random.seed(0)
    drawn = [_published_angles(3, 20) for _ in range(3)]
    np.testing.assert_allclose([angles for angles, _ in drawn], SEED_0_ANGLES, atol=1e-4)
    np.testing.assert_allclose([turn for _, turn in drawn], SEED_0_TURNS, atol=1e-5)


@pytest.mark.parametrize(("num_vertices", "min_segment_angle", "scale", "raster"), [(3, 20, 0.75, 28), (5, 8, 1.0, 16)])
def test_the_stream_is_that_of_the_published_loop(num_vertices, min_segment_angle, scale, raster):
    vertices = polygon_geometry.draw_vertices(num_vertices, 50, 7, min_segment_angle, scale, raster)
    looped, order = _published_loop(num_vertices, 50, 7, min_segment_angle, scale, raster)
    np.testing.assert_allclose(vertices, looped, rtol=0, atol=1e-12)
    images = polygon_geometry.generate(num_vertices, 50, 7, min_segment_angle, scale, raster)
    np.testing.assert_array_equal(images, polygon_geometry.rasterise(vertices[order], raster))


def test_a_seed_repeats_and_another_differs():
    np.testing.assert_array_equal(polygon_geometry.generate(3, 20, seed=1), polygon_geometry.generate(3, 20, seed=1))
    assert np.any(polygon_geometry.generate(3, 20, seed=1) != polygon_geometry.generate(3, 20, seed=2))


def test_statistics_of_400_triangles_are_the_measured_ones(triangles):
    areas = polygon_geometry.signed_area(triangles)
    images = polygon_geometry.rasterise(triangles) / 64
    assert areas.mean() == pytest.approx(105.6, abs=0.05)
    assert areas.min() == pytest.approx(21.7, abs=0.05) and areas.max() == pytest.approx(143.2, abs=0.05)
    assert images.mean() == pytest.approx(0.865, abs=5e-4)
    assert np.mean(images == 0) == pytest.approx(0.101, abs=5e-4)
    assert np.mean(images == 1) == pytest.approx(0.829, abs=5e-4)
    assert np.max(np.abs(np.sum(1 - images, axis=(1, 2)) - areas)) <= 0.74
    assert triangles.min() >= 0.1 and triangles.max() <= 27.3


def test_distances_between_400_triangles_are_the_measured_ones(triangles):
    images = (polygon_geometry.rasterise(triangles) / 64).reshape(400, -1)
    norms = np.sum(images**2, axis=1)
    squared = np.maximum(norms[:, None] + norms - 2 * images @ images.T, 0)
    assert squared[~np.eye(400, dtype=bool)].mean() == pytest.approx(62.9, abs=0.05)
    assert np.median(np.min(squared + 1e9 * np.eye(400), axis=1)) == pytest.approx(4.67, abs=0.005)
    assert np.median(np.sum((1 - images) ** 2, axis=1)) == pytest.approx(102.6, abs=0.05)


def test_the_two_oddities_of_the_published_generator_are_as_measured(triangles):
    np.random.seed(0)
    drawn = [_published_angles(3, 20) for _ in range(400)]
    assert max(turn for _, turn in drawn) == pytest.approx(6.279, abs=5e-4)
    gaps = _gaps(triangles)
    assert gaps.min() == pytest.approx(13.6, abs=0.05)
    expected = [np.diff([*angles, angles[0] + 360]) for angles, _ in drawn]
    # The rotation turns against the angles, so that the order stays.
    np.testing.assert_allclose(gaps, expected, atol=1e-6)


def test_the_first_coordinate_is_the_row():
    # Wider than high.
    flat = np.array([[(12.0, 2.0), (16.0, 2.0), (16.0, 26.0), (12.0, 26.0)]])
    dark = polygon_geometry.rasterise(flat)[0] < 32
    assert dark.any(axis=1).sum() < 6 and dark.any(axis=0).sum() > 20


@pytest.mark.parametrize("num_vertices", [3, 4, 6])
def test_polygons_are_convex_centred_and_positively_oriented(num_vertices):
    vertices = polygon_geometry.draw_vertices(num_vertices, 200, seed=3)
    edges = np.roll(vertices, -1, axis=1) - vertices
    following = np.roll(edges, -1, axis=1)
    assert np.all(edges[..., 0] * following[..., 1] > edges[..., 1] * following[..., 0])
    np.testing.assert_allclose(vertices.mean(axis=1), 14, atol=1e-9)


@pytest.mark.parametrize("num_vertices", [3, 4, 5])
def test_the_raster_equals_brute_force(num_vertices):
    vertices = polygon_geometry.draw_vertices(num_vertices, 20, seed=num_vertices)
    counts = polygon_geometry.rasterise(vertices)
    assert counts.dtype == np.uint8 and counts.shape == (20, 28, 28)
    np.testing.assert_array_equal(counts, _brute_force(vertices))


@pytest.mark.parametrize(("raster", "subpixels"), [(28, 8), (9, 1), (10, 3), (12, 15)])
def test_the_raster_equals_brute_force_across_borders_in_either_orientation(raster, subpixels):
    rng = np.random.default_rng(0)
    vertices = polygon_geometry.draw_vertices(3, 10, seed=5, raster=raster) + rng.uniform(
        -raster / 2, raster / 2, (10, 1, 2)
    )
    expected = _brute_force(vertices, raster, subpixels)
    np.testing.assert_array_equal(polygon_geometry.rasterise(vertices, raster, subpixels), expected)
    np.testing.assert_array_equal(polygon_geometry.rasterise(vertices[:, ::-1], raster, subpixels), expected)


def test_level_edges_are_dark_on_the_edge_itself():
    square = np.array([[(2.0, 2.0), (2.0, 10.0), (10.0, 10.0), (10.0, 2.0)]])
    np.testing.assert_array_equal(polygon_geometry.rasterise(square), _brute_force(square))


def test_an_even_window_reaches_one_subpixel_further_down():
    # Subrows 0 to 8 are dark: pixel 0 sums -3 to 4, of which 0 to 4 exist; pixel 1 sums 5 to 12, of which 5 to 8.
    band = np.array([[(-0.01, -9.0), (-0.01, 40.0), (1.01, 40.0), (1.01, -9.0)]])
    counts = polygon_geometry.rasterise(band)[0, :3, 14]
    assert counts.tolist() == [64 - 5 * 8, 64 - 4 * 8, 64]


def test_chunks_do_not_change_the_result(monkeypatch, triangles):
    whole = polygon_geometry.rasterise(triangles)
    monkeypatch.setattr(polygon_geometry, "_CHUNK", 37)
    np.testing.assert_array_equal(polygon_geometry.rasterise(triangles), whole)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_vertices": 2}, "num_vertices must be at least 3"),
        ({"count": 0}, "count must be at least 1"),
        ({"min_segment_angle": 120.5}, r"min_segment_angle must be in \[0, 120\]"),
        ({"min_segment_angle": -1.0}, "min_segment_angle"),
        ({"scale": 1.01}, "scale must be in"),
        ({"scale": -0.1}, "scale must be in"),
        ({"raster": 1}, "raster must be greater than 1"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        polygon_geometry.generate(**{"num_vertices": 3, "count": 2, "seed": 0} | arguments)


def test_limits_of_the_ranges_are_accepted():
    assert polygon_geometry.generate(3, 1, seed=0, min_segment_angle=120, scale=1.0, raster=2).shape == (1, 2, 2)


def test_the_raster_refuses_other_shapes_and_counts_that_overflow():
    with pytest.raises(ValueError, match="shape"):
        polygon_geometry.rasterise(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="shape"):
        polygon_geometry.rasterise(np.zeros((1, 2, 2)))
    with pytest.raises(ValueError, match="subpixels"):
        polygon_geometry.rasterise(np.zeros((1, 3, 2)), subpixels=16)


@pytest.mark.parametrize("num_vertices", [3, 4, 7])
def test_corrected_polygons_turn_all_round_and_keep_the_smallest_angle(num_vertices):
    count, segment = 6000, 360 / num_vertices
    vertices = polygon_geometry.draw_vertices(num_vertices, count, seed=0, corrected=True)
    gaps = _gaps(vertices)
    assert 20 <= gaps.min() < 20.5 + 0.05 * segment and np.allclose(gaps.sum(axis=1), 360)
    # Where the first vertex lies is uniform: the counts of twelve sectors are within five deviations of equal.
    sectors = np.bincount((_directions(vertices)[:, 0] // 30).astype(int), minlength=12)
    assert np.abs(sectors - count / 12).max() < 5 * np.sqrt(count / 12)
    assert vertices.min() >= 0 and vertices.max() <= 28
    np.testing.assert_allclose(vertices.mean(axis=1), 14, atol=1e-9)
    assert np.all(polygon_geometry.signed_area(vertices) > 0)


@pytest.mark.parametrize("num_vertices", [3, 5])
def test_corrected_polygons_are_those_of_the_loop_without_its_slips(num_vertices):
    segment, rng = 360 / num_vertices, np.random.RandomState(4)
    vertices = polygon_geometry.draw_vertices(num_vertices, 20, seed=4, corrected=True)
    for polygon in vertices:
        angles = [index * segment + 10 + rng.uniform() * (segment - 20) for index in range(num_vertices)]
        theta = rng.uniform() * 2 * np.pi
        corners = 10.5 * np.array([(np.cos(each), np.sin(each)) for each in np.radians(angles) - theta])
        np.testing.assert_allclose(polygon, corners + 14 - corners.mean(axis=0), atol=1e-9)
    np.testing.assert_array_equal(
        polygon_geometry.generate(num_vertices, 20, 4, corrected=True),
        polygon_geometry.rasterise(vertices[rng.permutation(20)]),
    )


def test_eighteen_corrected_corners_are_a_regular_polygon():
    np.testing.assert_allclose(_gaps(polygon_geometry.draw_vertices(18, 50, seed=1, corrected=True)), 20, atol=1e-9)
