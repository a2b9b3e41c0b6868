"""Tables that models store and that nobody learned, by their makers' formulas: {name: float64 array}."""

import math

import numpy


def grid(rows, columns):
    y, x = numpy.mgrid[:rows, :columns]
    return y.reshape(-1), x.reshape(-1)


def sines(places, rates, interleaved=False):
    angles = numpy.outer(places, rates)
    if interleaved:
        return numpy.stack([numpy.sin(angles), numpy.cos(angles)], -1).reshape(len(angles), -1)
    return numpy.concatenate([numpy.sin(angles), numpy.cos(angles)], 1)


def geometric(count, base, last=False):
    return base ** (-numpy.arange(count) / (count - 1 if last else count))


def positions():
    rates = geometric(32, 1e4)
    made = {
        # "Attention is all you need"; fairseq and Whisper; music and speech with other bases.
        "sines.interleaved": sines(range(512), rates, interleaved=True),
        "sines.halves": sines(range(300), geometric(32, 1e4, last=True)),
        "sines.scaled": 0.125 * sines(range(128), geometric(24, 500)),
        "sines.short": sines(range(20), rates),
        "sines.offset": sines(range(2, 200), rates, interleaved=True),
        "sines.batch": sines(range(128), rates, interleaved=True)[None],
        "sines.transposed": sines(range(128), rates).T,
        "rotary.cos": numpy.cos(numpy.outer(range(256), numpy.tile(geometric(32, 5e5), 2))),
        "rotary.sin_and_cos": sines(range(1024), geometric(16, 1e6))[None, None],
        "rotary.pairs": numpy.stack([numpy.cos(numpy.outer(range(64), rates)),
                                     numpy.sin(numpy.outer(range(64), rates))], -1),
    }
    padded = sines(range(100), rates)
    padded[1] = 0
    made["sines.padding_row"] = padded
    wrong = sines(range(100), rates)
    wrong[-1] = numpy.random.default_rng(5).normal(size=64)
    made["sines.wrong_last_row"] = wrong
    for name, rows, columns in (("vit", 14, 14), ("small", 7, 7), ("wide", 8, 24)):
        y, x = grid(rows, columns)
        made[f"sines_2d.{name}"] = numpy.concatenate(
            [sines(x, geometric(16, 1e4)), sines(y, geometric(16, 1e4))], 1)
    made["sines_2d.class_token"] = numpy.concatenate(
        [numpy.zeros((1, 64)), made["sines_2d.vit"]])[None]
    frames, places = grid(8, 49)
    made["sines_3d"] = numpy.concatenate(
        [sines(frames, geometric(8, 1e4)), made["sines_2d.small"][places]], 1)
    return made


def rates():
    plain = geometric(64, 5e5)
    wavelength = 2 * math.pi / plain
    share = (8192 / wavelength - 1) / (4 - 1)
    llama3 = numpy.where(wavelength < 8192 / 4, plain,
                         numpy.where(wavelength > 8192, plain / 8,
                                     (1 - share) * plain / 8 + share * plain))

    def place(turns, base, size, length):
        return size * math.log(length / (turns * 2 * math.pi)) / (2 * math.log(base))
    low, high = math.floor(place(32, 1e4, 128, 4096)), math.ceil(place(1, 1e4, 128, 4096))
    kept = 1 - numpy.clip((numpy.arange(64) - low) / (high - low), 0, 1)
    yarn = geometric(64, 1e4) / 16 * (1 - kept) + geometric(64, 1e4) * kept
    return {"rates.plain": geometric(32, 1e4), "rates.linear": geometric(48, 1e4) / 4,
            "rates.ntk": geometric(64, 1e4 * 8 ** (128 / 126)), "rates.llama3": llama3,
            "rates.yarn": yarn, "rates.layers": numpy.tile(geometric(32, 1e4), (4, 1))}


def alibi_slopes(heads):
    if math.log2(heads).is_integer():
        return [2 ** (-8 * (i + 1) / heads) for i in range(heads)]
    power = 2 ** math.floor(math.log2(heads))
    return alibi_slopes(power) + alibi_slopes(2 * power)[::2][:heads - power]


def biases():
    distance = numpy.arange(40)[:, None] - numpy.arange(40)
    slopes = numpy.array(alibi_slopes(12))[:, None, None]
    masked = numpy.where(distance >= 0, -slopes * distance, -numpy.inf)
    return {"alibi.slopes_32": numpy.array(alibi_slopes(32)),
            "alibi.slopes_112": numpy.array(alibi_slopes(112)),
            "alibi.by_key": -slopes * numpy.arange(64)[::-1],
            "alibi.by_distance": -slopes * abs(distance), "alibi.masked": masked}


def windows():
    t = numpy.arange(400)
    hann, symmetric = (0.5 - 0.5 * numpy.cos(2 * math.pi * t / n) for n in (400, 399))
    return {"window.hann": hann, "window.hann_symmetric": symmetric,
            "window.hann_padded": numpy.pad(hann, 56),
            "window.hamming": 0.54 - 0.46 * numpy.cos(2 * math.pi * t / 400),
            "window.hamming_symmetric": numpy.hamming(64), "window.blackman": numpy.blackman(128),
            "window.kaiser_14": numpy.kaiser(96, 14), "window.kaiser_5": numpy.kaiser(301, 5.5),
            "window.povey": symmetric ** 0.85, "window.root_hann": numpy.sqrt(hann),
            "window.gauss": numpy.exp(-((t - 199.5) / 60) ** 2 / 2)}


def fourier():
    t, k = numpy.arange(256), numpy.arange(129)[:, None]
    window = 0.5 - 0.5 * numpy.cos(2 * math.pi * t / 256)
    angle = 2 * math.pi * k * t / 256
    dct = numpy.cos(math.pi / 80 * (numpy.arange(80)[:, None] + 0.5) * numpy.arange(40))
    return {"fourier.plain": numpy.concatenate([numpy.cos(angle), -numpy.sin(angle)])[:, None],
            "fourier.hann": (window * numpy.cos(angle))[:, None],
            "fourier.dct": dct * math.sqrt(2 / 80)}


def mel_banks():
    def triangles(frequencies, edges):
        rise = (frequencies[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
        fall = (edges[2:] - frequencies[:, None]) / (edges[2:] - edges[1:-1])
        return numpy.maximum(0, numpy.minimum(rise, fall))

    def slaney(mel):
        return numpy.where(mel < 15, 200 / 3 * mel,
                           1000 * numpy.exp(math.log(6.4) / 27 * (mel - 15)))
    frequencies = numpy.linspace(0, 8000, 201)
    top = 15 + 27 * math.log(8) / math.log(6.4)
    edges = slaney(numpy.linspace(0, top, 82))
    whisper = triangles(frequencies, edges) * (2 / (edges[2:] - edges[:-2]))

    def htk(hertz):
        return 2595 * numpy.log10(1 + hertz / 700)
    mels = numpy.linspace(htk(20), htk(8000), 66)
    bank = triangles(numpy.linspace(0, 8000, 513), 700 * (10 ** (mels / 2595) - 1))
    kaldi_mels = numpy.linspace(*(1127 * math.log(1 + f / 700) for f in (20, 8000)), 82)
    kaldi = triangles(1127 * numpy.log(1 + 16000 / 512 * numpy.arange(257) / 700), kaldi_mels)
    return {"mel.slaney": whisper, "mel.slaney_transposed": whisper.T, "mel.htk": bank,
            "mel.kaldi": kaldi.T}


def kernels():
    def gauss(size, deviation):
        one = numpy.exp(-(numpy.arange(size) - (size - 1) / 2) ** 2 / (2 * deviation ** 2))
        return numpy.outer(one, one) / one.sum() ** 2
    binomial = numpy.array([math.comb(12, i) for i in range(13)]) / 2 ** 12
    return {"blur.gauss": numpy.tile(gauss(11, 1.5), (3, 1, 1, 1)),
            "blur.gauss_even": gauss(12, 2.0), "blur.gauss_wide": gauss(21, 4.0),
            "blur.binomial": numpy.tile(numpy.outer(binomial, binomial), (8, 1, 1, 1))}


def numbers():
    i = numpy.arange(64)
    swin = numpy.sign(i[:31] - 15) * numpy.log2(1 + 8 * abs(i[:31] - 15) / 15) / 3
    coordinates = numpy.stack(numpy.meshgrid(swin, swin, indexing="ij"), -1)
    dynamic = [0, 1]
    for power in range(7):
        parts = numpy.linspace(0.1, 1, 2 ** power + 1)
        means = 10.0 ** (power - 6) * (parts[1:] + parts[:-1]) / 2
        dynamic += [*means, *-means]
    karras = (80 ** (1 / 7) + i / 63 * (0.002 ** (1 / 7) - 80 ** (1 / 7))) ** 7
    return {"numbers.ramp": numpy.linspace(-1, 1, 33), "numbers.places": numpy.arange(1024),
            "numbers.groups": numpy.arange(4096) // 128, "numbers.coordinates": coordinates,
            "numbers.state_space": numpy.tile(numpy.log(1 + i[:16]), (96, 1)),
            "numbers.log_space": numpy.logspace(-3, 2, 40), "numbers.karras": karras,
            "codes.dynamic": numpy.array(sorted(dynamic)),
            "numbers.distances": numpy.abs(i[:, None] - i)}


def schedules():
    made = {}
    linear = numpy.linspace(1e-4, 0.02, 1000)
    roots = numpy.linspace(0.00085 ** 0.5, 0.012 ** 0.5, 1000) ** 2
    signal = numpy.cos((numpy.arange(1001) / 1000 + 0.008) / 1.008 * math.pi / 2) ** 2
    cosine = numpy.minimum(1 - signal[1:] / signal[:-1], 0.999)
    for name, betas in (("linear", linear), ("roots", roots), ("cosine", cosine)):
        product = numpy.cumprod(1 - betas)
        before = numpy.append(1, product[:-1])
        made |= {f"schedule.{name}.betas": betas, f"schedule.{name}.product": product,
                 f"schedule.{name}.root": numpy.sqrt(product),
                 f"schedule.{name}.rest": numpy.sqrt(1 - product),
                 f"schedule.{name}.inverse": numpy.sqrt(1 / product - 1),
                 f"schedule.{name}.variance": betas * (1 - before) / (1 - product)}
    return made


def everything():
    made = {}
    for tables in (positions, rates, biases, windows, fourier, mel_banks, kernels, numbers,
                   schedules):
        made |= {name: numpy.asarray(values, float) for name, values in tables().items()}
    return made
