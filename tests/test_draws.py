"""R01: the random numbers are the published generator's, and each is addressed by what it is for.

Sizes are chosen so that an error of 2% in a mean or a frequency is seen at p < 1e-4; seeds are fixed.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import defaultdict

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from environment import tables
from environment.parameters import schema
from environment.rules import draws
from environment.rules.incidents import background_counts, seen_of, word_uniform

TINY = 1e-4
"""Below this p-value a distribution is wrong; fixed seeds, so a test never flakes."""

PUBLISHED = {
    "zero": ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    "ones": (
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF,) * 4,
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    "pi": (
        (0xA4093822, 0x299F31D0),
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
}


def reference_philox(key: tuple[int, int], counter: tuple[int, ...]) -> tuple[int, ...]:
    """Philox4x32-10 in plain Python integers, from the paper's description."""
    low, word = 0xFFFFFFFF, 32
    k = list(key)
    x = list(counter)
    for turn in range(10):
        if turn:
            k = [(k[0] + 0x9E3779B9) & low, (k[1] + 0xBB67AE85) & low]
        first, second = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [(second >> word) ^ x[1] ^ k[0], second & low, (first >> word) ^ x[3] ^ k[1], first & low]
    return tuple(x)


@pytest.mark.parametrize("name", PUBLISHED)
def test_philox_gives_the_published_known_answers(name: str) -> None:
    key, counter, answer = PUBLISHED[name]
    assert reference_philox(key, counter) == answer
    assert tuple(int(w) for w in draws.philox(*key, *counter)) == answer


word32 = st.integers(0, 2**32 - 1)


@settings(deadline=None)
@given(st.tuples(word32, word32), st.tuples(word32, word32, word32, word32))
def test_philox_equals_plain_integer_arithmetic(key: tuple[int, int], counter: tuple[int, ...]) -> None:
    assert tuple(int(w) for w in draws.philox(*key, *counter)) == reference_philox(key, counter)


@settings(deadline=None)
@given(
    st.integers(0, 2**64 - 1),
    word32,
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**63 - 1),
)
def test_an_address_is_a_counter_of_its_own(
    seed: int, replication: int, stream: int, actor: int, index: int
) -> None:
    key = (seed & 0xFFFFFFFF, seed >> 32)
    counter = (index & 0xFFFFFFFF, index >> 32, stream * 65536 + actor, replication)
    words = tuple(int(w) for w in draws.words(*key, replication, stream, actor, index))
    assert words == reference_philox(key, counter)
    u, v = draws.uniforms(*key, replication, stream, actor, index)
    assert u == ((words[0] >> 5) * 2**26 + (words[1] >> 6)) / 2**53
    assert v == ((words[2] >> 5) * 2**26 + (words[3] >> 6)) / 2**53
    assert 0.0 <= u < 1.0
    assert 0.0 <= v < 1.0


def test_streams_have_unique_names_and_numbers_within_their_bits() -> None:
    numbers = list(draws.STREAMS.values())
    assert len(numbers) == len(set(numbers)) >= 26
    assert all(0 < n < 2**16 for n in numbers)


def test_actors_and_sub_indices_stay_within_their_bits() -> None:
    sectors, states = len(tables.sectors()), len(tables.states())
    assert sectors <= 64, "an actor is kind * 64 + sector"
    assert 3 * 64 + sectors < 2**16
    assert states < 1000 < 2**16, "the common shock to will is actor 1000"
    where = 1 * 512 + 3 * 64 + sectors - 1  # side, kind, sector of a case; times 8 plus the tier
    assert where * 8 + 3 < 2**draws.SUB_BITS
    assert 2**draws.SUB_BITS > 0x1FFFFF * 8 + 7


def test_the_origins_of_half_a_century_fit_their_index() -> None:
    hours = schema()["scenario.days"].max * 24
    assert (hours * 4 + 3) * 2**draws.SUB_BITS < 2**63


def test_the_clock_minutes_of_the_longest_horizon_fit_below_the_origin() -> None:
    assert schema()["scenario.days"].max * 1440 < 2**draws.SUB_BITS


@settings(deadline=None)
@given(
    st.tuples(st.integers(0, 2**38), st.integers(0, 2**24 - 1)),
    st.tuples(st.integers(0, 2**38), st.integers(0, 2**24 - 1)),
)
def test_two_causes_never_share_an_address(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert (draws.address(*one) == draws.address(*other)) == (one == other)


def test_no_two_addresses_in_use_share_their_words() -> None:
    seen: dict[tuple[int, ...], set[tuple[int, ...]]] = defaultdict(set)
    for stream in draws.STREAMS.values():
        for actor in (0, 1, 9, 64, 73, 128, 1000):
            for index in (0, 1, 5, draws.address(1, 0), draws.address(1, 1), draws.address(2**30, 7)):
                for replication in (0, 1):
                    words = tuple(int(w) for w in draws.words(3, 4, replication, stream, actor, index))
                    seen[words].add((stream, actor, int(index), replication))
    assert all(len(addresses) == 1 for addresses in seen.values())


def test_both_halves_of_the_seed_matter() -> None:
    def at(seed: int) -> tuple[int, ...]:
        return tuple(int(w) for w in draws.words(seed & 0xFFFFFFFF, seed >> 32, 0, 1, 2, 3))

    seeds = (0, 1, 2**32, 2**32 + 1, 2**63, 2**64 - 1)
    assert len({at(s) for s in seeds}) == len(seeds)
    for seed in (0, 2**64 - 1):
        expected = reference_philox((seed & 0xFFFFFFFF, seed >> 32), (3, 0, 65536 + 2, 0))
        assert at(seed) == expected


# -- distributions ---------------------------------------------------------------------------------


@numba.njit
def many_uniforms(seed: int, size: int) -> np.ndarray:
    """Pairs of uniforms at addresses that differ as those of a run do: by actor and by index."""
    out = np.empty((size, 2))
    for i in range(size):
        out[i] = draws.uniforms(seed, 0, 0, 3, i % 74, i // 74)
    return out


@numba.njit
def many_poisson(mean: float, seed: int, size: int) -> np.ndarray:
    """Poisson counts, one address each."""
    out = np.empty(size, np.int64)
    for i in range(size):
        out[i] = draws.poisson(mean, draws.uniforms(seed, 0, i, 4, 0, 0)[0])
    return out


@pytest.fixture(scope="module")
def pairs() -> np.ndarray:
    return many_uniforms(20261122, 400_000)


def test_uniforms_are_uniform_and_their_two_parts_unrelated(pairs: np.ndarray) -> None:
    assert pairs.min() >= 0.0
    assert pairs.max() < 1.0
    for column in (0, 1):
        assert stats.kstest(pairs[:, column], "uniform").pvalue > TINY
    grid, _, _ = np.histogram2d(pairs[:, 0], pairs[:, 1], bins=20, range=((0, 1), (0, 1)))
    assert stats.chisquare(grid.ravel()).pvalue > TINY
    serial = np.corrcoef(pairs[:-1, 0], pairs[1:, 0])[0, 1]
    assert abs(serial) < 4 / math.sqrt(len(pairs))


def test_exponential_draws_are_unit_exponential(pairs: np.ndarray) -> None:
    drawn = np.array([draws.exponential(u) for u in pairs[:200_000, 0]])
    assert drawn.min() >= 0.0
    assert stats.kstest(drawn, "expon").pvalue > TINY
    assert stats.kstest(drawn * 1.02, "expon").pvalue < TINY, "an error of 2% would be seen"
    assert draws.exponential(0.0) == 0.0
    assert draws.exponential(1.0 - 2.0**-53) == pytest.approx(53 * math.log(2.0))


def test_normal_draws_are_standard_normal(pairs: np.ndarray) -> None:
    drawn = np.array([draws.normal(u) for u, _ in pairs[:200_000]])
    assert np.isfinite(drawn).all()
    assert stats.kstest(drawn, "norm").pvalue > TINY
    assert (
        stats.kstest(drawn * 1.02, "norm").pvalue < TINY or stats.kstest(drawn + 0.02, "norm").pvalue < TINY
    )
    assert math.isfinite(draws.normal(1.0 - 2.0**-53)) and math.isfinite(draws.normal(0.0))
    assert draws.normal(0.5) == 0.0


def test_normal_draws_are_the_inverse_of_the_normal_distribution_to_fifteen_digits() -> None:
    u = np.concatenate(
        [np.linspace(0.0, 1.0, 4002)[1:-1], 10.0 ** -np.arange(3, 16), 1 - 10.0 ** -np.arange(3, 15)]
    )
    np.testing.assert_allclose([draws.normal(x) for x in u], special.ndtri(u), rtol=2e-15, atol=1e-16)


def poisson_p_value(counts: np.ndarray, mean: float) -> float:
    """Chi-square p-value of counts against a Poisson distribution, cells of at least 20 expected."""
    size = len(counts)
    edges = [-1]
    for k in range(int(mean + 12 * math.sqrt(mean) + 20)):
        below = stats.poisson.cdf(k, mean) - (stats.poisson.cdf(edges[-1], mean) if edges[-1] >= 0 else 0.0)
        if below * size >= 20 and stats.poisson.sf(k, mean) * size >= 20:
            edges.append(k)
    cuts = [*edges, 10**9]
    expected = np.diff([0.0, *(stats.poisson.cdf(e, mean) for e in cuts[1:-1]), 1.0]) * size
    observed = np.array([np.count_nonzero((counts > a) & (counts <= b)) for a, b in itertools.pairwise(cuts)])
    return float(stats.chisquare(observed, expected).pvalue)


@pytest.mark.parametrize("mean", [0.05, 0.7, 3.0, 14.0, 120.0])
def test_poisson_draws_are_poisson(mean: float) -> None:
    counts = many_poisson(mean, 7, 200_000)
    assert poisson_p_value(counts, mean) > TINY
    assert counts.mean() == pytest.approx(mean, abs=4.5 * math.sqrt(mean / 200_000))
    if mean >= 0.7:
        assert poisson_p_value(counts, 1.02 * mean) < TINY, "an error of 2% would be seen"


def test_poisson_is_exact_inversion_of_its_cumulative_distribution() -> None:
    rng = random.Random(5)
    for mean in (0.0, 0.3, 2.5, 40.0, 400.0):
        for u in (0.0, 1.0 - 2.0**-53, *(rng.random() for _ in range(200))):
            expected = int(stats.poisson.ppf(u, mean)) if u > 0.0 else 0
            if u > 1.0 - 1e-12 or abs(stats.poisson.cdf(expected, mean) - u) < 1e-10:
                continue  # rounding of the cumulative sum decides
            assert draws.poisson(mean, u) == expected
    assert draws.poisson(0.0, 1.0 - 2.0**-53) == 0
    assert draws.poisson(400.0, 1.0 - 2.0**-53) < 2000


@numba.njit
def many_days(russia: float, ukraine: float, seen: float, size: int) -> np.ndarray:
    """Background counts of many days in one sector."""
    out = np.empty((size, 4), np.int64)
    for day in range(size):
        out[day] = background_counts(9, 1, 0, 3, day, russia, ukraine, seen)
    return out


def test_what_monitors_see_is_binomial_and_grows_with_what_happens_and_with_coverage() -> None:
    rng = random.Random(8)
    for _ in range(300):
        events, seen, u = rng.randint(0, 40), rng.random(), rng.random()
        count = seen_of(events, seen, u)
        assert abs(stats.binom.cdf(count, events, seen) - u) < 1e-9 or count == stats.binom.ppf(
            u, events, seen
        )
        assert count <= seen_of(events, min(1.0, seen + 0.03), u) <= events
        assert count <= seen_of(events + 1, seen, u)
    assert seen_of(500, 0.99, 0.5) == pytest.approx(495, abs=3)
    assert (seen_of(9, 0.0, 0.99), seen_of(9, 1.0, 0.01), seen_of(0, 0.5, 0.5)) == (0, 9, 0)


def test_background_counts_are_four_independent_poisson_counts() -> None:
    russia, ukraine, seen = 2.6, 1.9, 0.62
    days = many_days(russia, ukraine, seen, 100_000)
    means = (russia * seen, russia * (1 - seen), ukraine * seen, ukraine * (1 - seen))
    for column, mean in enumerate(means):
        assert poisson_p_value(days[:, column], mean) > TINY
        assert poisson_p_value(days[:, column], 1.05 * mean) < TINY
    assert poisson_p_value(days[:, 0] + days[:, 1], russia) > TINY
    assert poisson_p_value(days.sum(axis=1), russia + ukraine) > TINY
    related = np.corrcoef(days.T) - np.eye(4)
    assert np.abs(related).max() < 4.5 / math.sqrt(len(days))


def test_a_word_is_never_zero_nor_one() -> None:
    assert 0.0 < word_uniform(0) < word_uniform(2**32 - 1) < 1.0


# -- durations -------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.floats(0.0, 1e6))
def test_a_duration_is_rounded_up_to_whole_milliseconds_once(hours: float) -> None:
    ms = int(draws.milliseconds(hours))
    assert ms >= 1
    assert ms == max(1, math.ceil(hours * 3_600_000.0))
    assert ms >= hours * 3_600_000.0


def test_whole_hours_are_exact_and_nothing_takes_no_time() -> None:
    assert int(draws.milliseconds(24.0)) == 24 * 3_600_000
    assert int(draws.milliseconds(72.0)) == 72 * 3_600_000
    assert int(draws.milliseconds(0.0)) == 1
    assert int(draws.milliseconds(1e-12)) == 1
    beyond = schema()["scenario.days"].max * 24 * 3_600_000
    assert beyond < int(draws.milliseconds(math.inf)) < 2**62, "an infinite wait lies beyond every horizon"
