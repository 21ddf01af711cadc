"""The peer of the tile benchmark: the same hillshade from the same COG with rasterio and Pillow, on one core."""

import io
import json
import math
import sys
import time

import numpy as np
import rasterio
from PIL import Image
from rasterio.enums import Resampling
from rasterio.windows import from_bounds

path, tiles = sys.argv[1], json.loads(sys.argv[2])


def bounds(x, y, z):
    count = 2**z
    lat = lambda row: math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / count))))
    return x / count * 360 - 180, lat(y + 1), (x + 1) / count * 360 - 180, lat(y)


def tile(data, x, y, z):
    window = from_bounds(*bounds(x, y, z), data.transform)
    height = data.read(1, window=window, out_shape=(258, 258), resampling=Resampling.bilinear, boundless=False)
    dx = (height[1:-1, 2:] - height[1:-1, :-2]) / 40
    dy = (height[2:, 1:-1] - height[:-2, 1:-1]) / 40
    shade = (1 + dx * 0.5 - dy * 0.5) / (np.sqrt(1 + dx * dx + dy * dy) * 1.5)
    out = io.BytesIO()
    Image.fromarray(np.uint8(np.clip(shade, 0, 1) * 255)).save(out, "png", compress_level=4)
    return out.getvalue()


with rasterio.Env(GDAL_NUM_THREADS=1), rasterio.open(path) as data:
    for each in tiles[:20]:
        tile(data, *each)
    start, cpu = time.perf_counter(), time.process_time()
    for each in tiles:
        tile(data, *each)
    print(json.dumps({"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}))
