"""Signatures of Ed25519 as RFC 8032, 5.1 describes them: slow, and independent of the program's OpenSSL."""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)  # noqa: E741  # a root of -1


def _even_x(y):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * I % P
    return P - x if x & 1 else x


_Y = 4 * pow(5, P - 2, P) % P
BASE = (_even_x(_Y), _Y, 1, _even_x(_Y) * _Y % P)  # in extended coordinates


def _add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(factor, point):
    product = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            product = _add(product, point)
        point = _add(point, point)
        factor >>= 1
    return product


def _packed(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def sign(secret, message):
    """The signature of a message by a secret key of 32 bytes."""
    digest = hashlib.sha512(secret).digest()
    scalar = int.from_bytes(digest[:32], "little") & ~7 & (1 << 254) - 1 | 1 << 254
    public = _packed(_times(scalar, BASE))
    r = int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little") % L
    first = _packed(_times(r, BASE))
    k = int.from_bytes(hashlib.sha512(first + public + message).digest(), "little") % L
    return first + ((r + k * scalar) % L).to_bytes(32, "little")
