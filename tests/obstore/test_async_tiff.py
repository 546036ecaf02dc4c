"""async-tiff reads a GeoTIFF from our stores, by the methods of obspec that it calls."""

import asyncio
import io

import numpy
import pytest
import remotestore.obstore as obstore
import tifffile
from async_tiff import TIFF

SIDE, TILE = 512, 128
# A pixel of 10 m in UTM 33N whose corner is at 500 km east and 5 400 km north (OGC 19-008).
GEO = [
    (33550, "d", 3, (10.0, 10.0, 0.0), True),
    (33922, "d", 6, (0.0, 0.0, 0.0, 500000.0, 5400000.0, 0.0), True),
    (34735, "H", 16, (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32633), True),
]


@pytest.fixture(params=["memory", "local", "versitygw"])
def store(request, tmp_path, s3_servers):
    stores = obstore.store
    if request.param == "memory":
        return stores.MemoryStore()
    if request.param == "local":
        return stores.LocalStore(tmp_path)
    servers = s3_servers("versitygw")
    return stores.S3Store(
        servers["REMOTESTORE_TEST_S3_URL"].split("/")[2], endpoint=servers["AWS_ENDPOINT_URL"], region=servers["AWS_REGION"],
        access_key_id=servers["AWS_ACCESS_KEY_ID"], secret_access_key=servers["AWS_SECRET_ACCESS_KEY"],
        client_options={"allow_http": True})


def test_a_geotiff(store, monkeypatch):
    pixels = numpy.arange(SIDE * SIDE, dtype="uint16").reshape(SIDE, SIDE)
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, tile=(TILE, TILE), extratags=GEO)
    store.put("image.tif", file.getvalue())
    calls = []
    for name in ("get_range_async", "get_ranges_async"):
        def noted(*arguments, _name=name, _method=getattr(type(store), name), **named):
            calls.append(_name)
            return _method(*arguments, **named)

        monkeypatch.setattr(type(store), name, noted)

    async def program():
        tiff = await TIFF.open("image.tif", store=store)
        first = tiff.ifds[0]
        assert (first.image_width, first.image_height, first.tile_width, first.tile_height) == (SIDE, SIDE, TILE, TILE)
        assert first.geo_key_directory.projected_type == 32633
        assert list(first.model_pixel_scale) == [10.0, 10.0, 0.0]
        places = [(x, y) for x in range(SIDE // TILE) for y in range(SIDE // TILE)]
        for tile in await tiff.fetch_tiles(places, 0):
            part = pixels[tile.y * TILE: (tile.y + 1) * TILE, tile.x * TILE: (tile.x + 1) * TILE]
            assert (numpy.asarray(await tile.decode()).reshape(TILE, TILE) == part).all()
        one = await tiff.fetch_tile(1, 2, 0)
        assert (one.x, one.y) == (1, 2)
        with pytest.raises(Exception):
            await TIFF.open("none.tif", store=store)

    asyncio.run(program())
    assert set(calls) == {"get_range_async", "get_ranges_async"}
    store.delete("image.tif")
