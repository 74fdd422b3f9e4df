"""Things of pockets and bags, as they are lost: keys, purses, umbrellas."""

from demo.goods.easel import Sheet

STEEL, BRASS, INK, PAPER = "#b9c0c4", "#c9a75a", "#22282c", "#f4f0e6"


def keys(s: Sheet, main: str, dark: str, light: str) -> None:
    """A ring of keys with a tag."""
    s.ring(420, 240, 96, STEEL, 16)
    for (x, y), colour in {(330, 520): STEEL, (450, 580): BRASS, (560, 520): STEEL}.items():
        s.line([(420 + (x - 420) * 0.25, 300), (x, y)], colour, 26)
        s.disc(420 + (x - 420) * 0.3, 330, 46, colour)
        s.disc(420 + (x - 420) * 0.22, 306, 14, "#5b5f60")
        for at in range(3):
            s.box(x + 6, y - 70 + at * 26, x + 30, y - 58 + at * 26, colour, 3)
    s.curve([(500, 200), (560, 160), (620, 190), (650, 250)], dark, 10)
    s.blob([(650, 230), (740, 260), (770, 370), (700, 450), (610, 420), (590, 310)], main)
    for x, y in ((652, 320), (708, 336)):
        s.disc(x, y, 12, INK)
    s.arc(650, 340, 710, 392, 20, 160, INK, 6)
    s.ball(680, 340, 110)


def umbrella(s: Sheet, main: str, dark: str, light: str) -> None:
    """An umbrella, rolled up."""
    s.line([(170, 590), (240, 540)], STEEL, 12)
    s.blob([(230, 540), (330, 420), (520, 260), (650, 180), (690, 230), (560, 380), (400, 520), (260, 580)], main)
    s.blob([(250, 552), (420, 420), (600, 250), (668, 204), (690, 230), (560, 380), (400, 520), (260, 580)], dark)
    s.curve([(240, 556), (420, 430), (640, 220)], light, 6)
    s.line([(440, 350), (520, 440)], dark, 20)
    s.disc(490, 400, 13, STEEL)
    s.line([(660, 200), (760, 118)], "#6d4c2a", 26)
    s.arc(736, 76, 836, 176, 130, 10, "#6d4c2a", 26)
    s.gloss([(250, 530), (640, 190), (660, 200), (280, 560)], 26)


def thermos(s: Sheet, main: str, dark: str, light: str) -> None:
    """A bottle that keeps warm."""
    s.box(400, 60, 560, 190, INK, 26)
    s.box(392, 160, 568, 204, STEEL, 10)
    s.box(370, 196, 590, 650, main, 40)
    s.box(370, 560, 590, 650, dark, 40)
    s.box(370, 560, 590, 600, dark)
    s.blob([(440, 330), (480, 290), (522, 330), (508, 390), (480, 420), (452, 390)], light)
    s.arc(540, 84, 640, 190, 250, 90, INK, 16)
    s.tube(370, 60, 590, 650, strength=1.2)


def glasses(s: Sheet, main: str, dark: str, light: str) -> None:
    """Glasses beside their case."""
    s.box(160, 380, 620, 620, dark, 90)
    s.box(172, 388, 608, 500, main, 70)
    s.line([(380, 300), (210, 140)], INK, 14)
    s.line([(770, 300), (850, 150)], INK, 14)
    for x in (430, 690):
        s.oval(x - 108, 210, x + 108, 400, "#dfe8ea")
        s.arc(x - 112, 206, x + 112, 404, 0, 360, INK, 16)
    s.arc(510, 230, 610, 320, 200, 340, INK, 14)
    s.gloss([(380, 230), (440, 220), (390, 390), (350, 370)], 50)
    s.gloss([(640, 230), (700, 220), (650, 390), (610, 370)], 50)
    s.tube(160, 388, 620, 620, lying=True)


def wallet(s: Sheet, main: str, dark: str, light: str) -> None:
    """A purse, half open."""
    s.box(220, 170, 760, 580, dark, 34)
    for at, colour in enumerate(("#7fa08e", "#e3dcc6", "#a4b7c4")):
        s.box(260, 140 + at * 34, 700, 330 + at * 34, colour, 14)
    s.box(210, 260, 770, 600, main, 38)
    s.box(690, 380, 800, 480, dark, 44)
    s.disc(734, 430, 20, BRASS)
    for x in range(240, 680, 26):
        s.line([(x, 284), (x + 12, 284)], light, 4)
        s.line([(x, 576), (x + 12, 576)], light, 4)
    s.slope(210, 260, 770, 600)


def purse(s: Sheet, main: str, dark: str, light: str) -> None:
    """A small purse with a zip."""
    s.blob([(250, 330), (300, 240), (480, 200), (660, 240), (720, 330), (740, 520), (480, 610), (220, 520)], main)
    s.curve([(250, 320), (340, 250), (480, 226), (620, 250), (716, 320)], BRASS, 14)
    s.line([(716, 320), (760, 400)], BRASS, 10)
    s.box(742, 392, 778, 440, BRASS, 10)
    for x, y in ((340, 400), (460, 470), (580, 390), (640, 490), (380, 520), (500, 330)):
        s.disc(x, y, 20, light)
        s.disc(x, y, 8, dark)
    s.ball(480, 410, 270, 0.7)


def watch(s: Sheet, main: str, dark: str, light: str) -> None:
    """A watch with its strap."""
    s.blob([(420, 60), (540, 60), (560, 260), (400, 260)], dark)
    s.blob([(400, 450), (560, 450), (540, 660), (420, 660)], dark)
    for y in range(500, 640, 34):
        s.oval(468, y, 492, y + 16, INK)
    s.disc(480, 356, 164, STEEL)
    s.disc(480, 356, 142, main)
    for at, (x, y) in enumerate(((480, 236), (600, 356), (480, 476), (360, 356))):
        s.box(x - 6 - 6 * (at % 2), y - 12 + 6 * (at % 2), x + 6 + 6 * (at % 2), y + 12 - 6 * (at % 2), light, 3)
    s.line([(480, 356), (480, 270)], light, 10)
    s.line([(480, 356), (556, 400)], light, 7)
    s.box(640, 338, 666, 374, STEEL, 6)
    s.ball(480, 356, 164, 0.6)


def scarf(s: Sheet, main: str, dark: str, light: str) -> None:
    """A scarf with stripes, folded."""
    s.blob([(190, 220), (480, 160), (770, 220), (800, 360), (480, 420), (170, 360)], main)
    s.blob([(520, 300), (700, 320), (740, 640), (560, 660)], dark)
    s.blob([(420, 320), (600, 310), (580, 660), (390, 650)], main)
    for y in (420, 500, 580):
        s.line([(418 - (y - 420) / 10, y), (584, y)], light, 18)
    for x in range(400, 580, 18):
        s.line([(x, 648), (x - 4, 690)], light, 5)
    for x in (270, 400, 560, 690):
        s.line([(x, 196), (x + 14, 390)], light, 14)
    s.tube(170, 160, 800, 420, lying=True)


def cap(s: Sheet, main: str, dark: str, light: str) -> None:
    """A cap."""
    s.pie(250, 140, 720, 700, 180, 360, main)
    s.blob([(430, 410), (640, 400), (860, 450), (850, 520), (640, 500), (430, 470)], dark)
    s.disc(484, 150, 18, dark)
    for x in (360, 484, 608):
        s.curve([(484, 150), ((484 + x) / 2 + (x - 484) / 4, 260), (x, 418)], dark, 4)
    s.text(560, 330, "SIGMA", light, 50)
    s.ball(470, 340, 240, 0.8)


def card_holder(s: Sheet, main: str, dark: str, light: str) -> None:
    """A holder for cards on its band, empty."""
    s.curve([(440, 300), (300, 180), (260, 60), (480, 30), (700, 60), (660, 180), (520, 300)], dark, 20)
    s.box(452, 270, 508, 330, STEEL, 8)
    s.box(310, 320, 650, 660, main, 26)
    s.box(340, 380, 620, 600, "#d9e3e6", 14)
    s.box(430, 336, 530, 354, INK, 9)
    s.gloss([(340, 380), (460, 380), (380, 600), (340, 600)], 40)


def glove(s: Sheet, main: str, dark: str, light: str) -> None:
    """A pair of gloves."""
    for x, turn in ((190, 1), (530, -1)):
        at = x + (0 if turn > 0 else 60)
        thumb = x + (226 if turn > 0 else 10)
        s.line([(at + 110, 470), (thumb, 330)], main, 60)
        for finger, top in enumerate((210, 150, 140, 190)):
            s.line([(at + 20 + finger * 48, 420), (at + 12 + finger * 52, top)], main, 50)
        s.box(at - 4, 350, at + 190, 540, main, 40)
        s.box(at + 4, 520, at + 182, 640, dark, 20)
        for y in (548, 580, 612):
            s.line([(at + 10, y), (at + 176, y)], light, 6)
        s.slope(at - 20, 140, at + 200, 640, 0.7)


def necklace(s: Sheet, main: str, dark: str, light: str) -> None:
    """A chain with a pendant."""
    points = [(200, 130), (240, 330), (360, 500), (480, 560), (600, 500), (720, 330), (760, 130)]
    s.curve(points, BRASS, 9)
    s.disc(480, 590, 50, BRASS)
    s.disc(480, 590, 36, main)
    s.disc(468, 576, 10, light)
    s.ball(480, 590, 50)


def book_bag(s: Sheet, main: str, dark: str, light: str) -> None:
    """A bag of cloth with a print."""
    for x in (370, 400):
        s.curve([(x, 290), (x - 10, 120), (480, 50), (600 - (x - 370), 120), (590 - (x - 370), 290)], dark, 22)
    s.poly([(240, 250), (720, 250), (750, 650), (210, 650)], main)
    s.disc(480, 440, 110, light)
    s.blob([(410, 480), (440, 380), (480, 430), (520, 370), (556, 480)], dark)
    s.slope(210, 250, 750, 650, 0.8)
    s.shade([(640, 250), (720, 250), (750, 650), (690, 650)], 18)
