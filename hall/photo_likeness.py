"""A picture in 64 bits that stay the same when it is re-encoded or made smaller."""

from PIL import Image, ImageOps

SIDE = 8


def photo_hash(image: Image.Image) -> int:
    """64 bits of `image`, upright by its EXIF: for each of 8 × 8 fields whether its right neighbour is brighter.

    Two hashes are as far apart as the bits in which they differ: (a ^ b).bit_count(), 0 to 64. Raises what
    Pillow raises for a picture that cannot be decoded. Difference hash after N. Krawetz, "Kind of like that", 2013.
    """
    image.draft("L", (SIDE * 16, SIDE * 16))  # a large JPEG need not be decoded whole
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    ground = Image.new("RGBA", upright.size, "white")  # what is clear is white, as readers see it
    ground.alpha_composite(upright)
    grey = ground.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.LANCZOS).tobytes()
    bits = 0
    for row in range(SIDE):
        for column in range(SIDE):
            left = row * (SIDE + 1) + column
            bits = bits << 1 | (grey[left] < grey[left + 1])
    return bits
