// Quantiles of the i-th smallest of n uniform values: Beta(i, n + 1 - i), by bisection of the regularised
// incomplete beta function, whose continued fraction is Lentz's (Numerical Recipes, 6.4).

function logGamma(x: number): number {
  const c = [76.18009172947146, -86.50532032941677, 24.01409824083091, -1.231739572450155, 1.208650973866179e-3, -5.395239384953e-6];
  let y = x;
  const base = x + 5.5 - (x + 0.5) * Math.log(x + 5.5);
  let sum = 1.000000000190015;
  for (const k of c) sum += k / ++y;
  return -base + Math.log((2.5066282746310005 * sum) / x);
}

function fraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < tiny ? tiny : d);
  let result = d;
  for (let m = 1; m <= 300; ++m) {
    for (const k of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 + k * d;
      d = 1 / (Math.abs(d) < tiny ? tiny : d);
      c = 1 + k / c;
      if (Math.abs(c) < tiny) c = tiny;
      result *= d * c;
    }
    if (Math.abs(d * c - 1) < 1e-12) break;
  }
  return result;
}

function betaShare(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * fraction(a, b, x)) / a : 1 - (front * fraction(b, a, 1 - x)) / b;
}

export function orderQuantile(i: number, n: number, share: number): number {
  let low = -40;
  let high = 0;
  for (let k = 0; k < 60; ++k) {
    const middle = (low + high) / 2;
    if (betaShare(i, n + 1 - i, 10 ** middle) < share) low = middle;
    else high = middle;
  }
  return 10 ** ((low + high) / 2);
}
