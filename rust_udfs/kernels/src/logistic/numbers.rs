//! `exp` and `ln` as plain arithmetic, which compilers turn into vector instructions; a call to the C library stays one
//! call a number.

/// Rows that are worked on side by side: enough for a loop that the compiler turns into vectors, and few enough for
/// what they need to stay in registers and the first-level cache.
pub(super) const LANES: usize = 64;

pub(super) type Several = [f64; LANES];

/// Adds 2^52 + 2^51, so that the sum's last bits are those of the nearest whole number.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// ln 2 in two parts, the first with so few bits that its product with an exponent is exact.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// The exponent of the smallest number that is not subnormal is a little below.
const LEAST: f64 = -708.0;

/// `exp(x)` for x <= 0 within 2 units in the last place; x below -708 counts as -708, and NaN too.
///
/// The method is the usual one: x = k ln 2 + r with |r| <= ln 2 / 2, exp(x) = 2^k exp(r), and exp(r) by its series.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
pub(super) fn exp(x: f64) -> f64 {
    let x = x.max(LEAST);
    let shifted = x.mul_add(std::f64::consts::LOG2_E, ROUND);
    let k = shifted - ROUND;
    let r = k.mul_add(-LN2_LOW, k.mul_add(-LN2_HIGH, x));
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0_f64.to_bits()));
    series(r) * scale
}

/// `exp(r)` for |r| <= 0.35: 13 terms, the first left out below 2^-56.
#[inline(always)]
fn series(r: f64) -> f64 {
    const TERMS: [f64; 13] = [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    let mut sum = 1.0 / 6_227_020_800.0;
    for term in TERMS {
        sum = r.mul_add(sum, term);
    }
    sum
}

/// `ln(x)` for finite x >= 1 within 2 units in the last place.
///
/// x = 2^k m with m from √½ to √2; ln m = 2 artanh(s) with s = (m - 1) / (m + 1), by its series in s².
#[inline(always)]
pub(super) fn ln(x: f64) -> f64 {
    // The exponent, as a number: its bits are put under those of 2^52, which is then taken off.
    const SHIFT: u64 = 0x4330_0000_0000_0000;
    const HALF_ROOT: u64 = 0x3fe6_a09e_667f_3bcd;
    let moved = x.to_bits().wrapping_sub(HALF_ROOT);
    let exponent = (moved >> 52) | SHIFT;
    let k = f64::from_bits(exponent) - f64::from_bits(SHIFT);
    let m = f64::from_bits((moved & 0x000f_ffff_ffff_ffff).wrapping_add(HALF_ROOT));
    let s = (m - 1.0) / (m + 1.0);
    let series = artanh(s * s);
    k.mul_add(LN2_HIGH, (2.0 * s).mul_add(series, k * LN2_LOW))
}

/// `artanh(√z) / √z` for z <= 0.0295, of which the series' eleventh term is below 2^-56.
#[inline(always)]
fn artanh(z: f64) -> f64 {
    const TERMS: [f64; 10] =
        [1.0 / 19.0, 1.0 / 17.0, 1.0 / 15.0, 1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0, 1.0];
    let mut sum = 1.0 / 21.0;
    for term in TERMS {
        sum = z.mul_add(sum, term);
    }
    sum
}

/// `ln(1 + e)` for e from 0 to 1, with the digits of small e.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
pub(super) fn ln_1p(e: f64) -> f64 {
    let u = 1.0 + e;
    ln(u) + (e - (u - 1.0)) / u
}

/// Add one list to another, place by place.
pub(super) fn add(to: &mut [f64], from: &[f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

/// The sum of a few numbers, in a fixed order.
pub(super) fn total(several: &Several) -> f64 {
    let mut sums = *several;
    let mut half = LANES / 2;
    while half > 0 {
        let (low, high) = sums.split_at_mut(half);
        add(low, &high[..half]);
        half /= 2;
    }
    sums[0]
}

/// 0, or NaN where x is no finite number, which later steps would lose.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once more for each set of vector instructions")]
pub(super) fn lost(x: f64) -> f64 {
    x * 0.0
}
