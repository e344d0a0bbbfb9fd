"""Has Pillow and FFmpeg (in PyAV) decode films that the page has made, and compares them with what was
ordered and with pictures as they were drawn.

    films.py DIRECTORY    with films.json in it, and what that names
"""

import json
import math
import pathlib
import sys

import av
from PIL import Image, ImageChops

# The page keeps up to 255 colours; of more, each becomes the one that is most like it. This far may one
# channel of one pixel be from what was drawn, and all of them on average.
FARTHEST = 48
MEAN = 0.5
# A video can be entered so often, in milliseconds.
ENTRY = 2000
# Peak signal-to-noise ratio of a video, in decibels.
CLEAR = 30.0


def apart(seen, drawn):
    """The largest difference of two pictures in any channel, the mean one, and the mean square."""
    bands = ImageChops.difference(seen, drawn).split()
    counts = [sum(channel) for channel in zip(*(band.histogram() for band in bands))]
    pixels = sum(counts)
    farthest = max(value for value, count in enumerate(counts) if count)
    mean = sum(value * count for value, count in enumerate(counts)) / pixels
    square = sum(value * value * count for value, count in enumerate(counts)) / pixels
    return farthest, mean, square


def drawn(here, film):
    """Some of the pictures as they were drawn, by their numbers."""
    pictures = {int(number): Image.open(here / name) for number, name in film["drawn"].items()}
    return {number: picture.convert("RGB") for number, picture in pictures.items()}


def check_gif(here, film):
    with Image.open(here / film["name"]) as gif:
        assert gif.size == (film["width"], film["height"]), gif.size
        assert gif.n_frames == film["frames"], gif.n_frames
        assert gif.info.get("loop") == (0 if film["again"] else None), gif.info
        assert gif.info["comment"].decode() == film["link"], gif.info["comment"]
        wanted = drawn(here, film)
        said = []
        for number in range(gif.n_frames):
            gif.seek(number)
            assert gif.info["duration"] == film["each"], (number, gif.info["duration"])
            if number in wanted:
                seen = gif.convert("RGB")
                farthest, mean, _ = apart(seen, wanted[number])
                colours = len(wanted[number].getcolors(1 << 24))
                assert farthest <= FARTHEST and mean <= MEAN, (number, farthest, mean)
                said.append(f"picture {number} of {colours} colours is off by {mean:.3f}, at most {farthest}")
    return said


def check_video(here, film):
    wanted = drawn(here, film)
    with av.open(here / film["name"]) as video:
        said = {name.lower(): text for name, text in video.metadata.items()}
        assert said["comment"] == film["link"], said
        assert said["title"] == film["title"], said
        assert abs(video.duration / 1e3 - film["frames"] * film["each"]) < 1, video.duration
        stream = video.streams.video[0]
        assert (stream.width, stream.height) == (film["width"], film["height"])
        times, clear = [], []
        for number, frame in enumerate(video.decode(stream)):
            times.append(round(frame.time * 1e6))
            if number in wanted:
                _, _, square = apart(frame.to_image(), wanted[number])
                ratio = 10 * math.log10(255 * 255 / max(square, 1e-9))
                assert ratio >= CLEAR, (number, ratio)
                clear.append(f"picture {number} at {ratio:.1f} dB")
        assert times == [number * film["each"] * 1000 for number in range(film["frames"])], times
        # It can be entered every two seconds.
        late = round(film["frames"] * film["each"] * 0.9)
        video.seek(late * 1000)
        entered = round(next(video.decode(stream)).time * 1e3)
        assert entered == late // ENTRY * ENTRY, (entered, late)
    return [f"{stream.codec_context.name}: {', '.join(clear)}"]


def main(here):
    for film in json.loads((here / "films.json").read_text())["films"]:
        check = check_gif if film["name"].endswith(".gif") else check_video
        for line in check(here, film):
            print(f"  {film['name']}: {film['frames']} pictures; {line}.")


main(pathlib.Path(sys.argv[1]))
