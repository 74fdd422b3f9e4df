"""Things of a room: what stands there, what is plugged in, what one wears."""

from demo.goods.easel import Sheet

STEEL, INK, PAPER, WOOD, WHITE = "#c3cacd", "#22282c", "#f4f0e6", "#b98a58", "#f3f2ee"


def drawers(s: Sheet, main: str, dark: str, light: str) -> None:
    """A chest of clear drawers on castors."""
    s.box(270, 90, 690, 610, main, 18)
    for at in range(4):
        y = 112 + at * 122
        s.box(290, y, 670, y + 106, light, 12)
        s.box(420, y + 16, 540, y + 36, dark, 10)
        for x, colour in ((320, "#d98a78"), (400, "#8aa7b8"), (500, "#d9c27e"), (580, "#97b58a")):
            s.box(x + at * 7, y + 52, x + 66 + at * 5, y + 96, colour, 8)
    for x in (300, 640):
        s.disc(x, 628, 18, INK)
    s.gloss([(290, 112), (400, 112), (360, 600), (290, 600)], 22)
    s.tube(270, 90, 690, 610, strength=0.3)


def bed_table(s: Sheet, main: str, dark: str, light: str) -> None:
    """A small table for the bed with a cup on it."""
    s.line([(250, 400), (200, 620)], STEEL, 18)
    s.line([(710, 400), (760, 620)], STEEL, 18)
    s.line([(200, 620), (300, 620)], STEEL, 18)
    s.line([(660, 620), (760, 620)], STEEL, 18)
    s.poly([(210, 300), (750, 300), (850, 410), (110, 410)], main)
    s.poly([(110, 410), (850, 410), (850, 436), (110, 436)], dark)
    s.box(600, 250, 680, 350, WHITE, 14)
    s.arc(660, 272, 712, 326, 270, 90, WHITE, 10)
    s.poly([(290, 318), (520, 318), (530, 388), (270, 388)], PAPER)
    for line in range(4):
        s.line([(310, 332 + line * 14), (490, 332 + line * 14)], "#b9b4a6", 3)
    s.tube(600, 250, 680, 350)


def mirror(s: Sheet, main: str, dark: str, light: str) -> None:
    """A tall mirror on its stand."""
    s.line([(350, 120), (260, 640)], dark, 18)
    s.line([(610, 120), (700, 640)], dark, 18)
    s.box(330, 60, 630, 620, main, 150)
    s.box(350, 80, 610, 600, "#cfdde2", 130)
    s.gloss([(380, 140), (470, 90), (400, 560), (362, 520)], 46)
    s.gloss([(520, 100), (560, 120), (470, 590), (440, 590)], 30)


def rack(s: Sheet, main: str, dark: str, light: str) -> None:
    """A rail for clothes with three of them on it."""
    for x in (230, 730):
        s.line([(x, 120), (x, 640)], STEEL, 18)
        s.line([(x - 70, 646), (x + 70, 646)], STEEL, 18)
    s.line([(200, 120), (760, 120)], STEEL, 18)
    for x, colour in ((330, main), (470, light), (610, dark)):
        s.arc(x - 18, 110, x + 18, 150, 90, 330, INK, 6)
        s.poly([(x, 146), (x + 74, 190), (x + 62, 480), (x - 62, 480), (x - 74, 190)], colour)
        s.poly([(x - 20, 158), (x + 20, 158), (x, 196)], INK)
        s.tube(x - 74, 150, x + 74, 480, strength=0.7)
    s.box(250, 590, 710, 606, STEEL, 6)


def quilt(s: Sheet, main: str, dark: str, light: str) -> None:
    """A quilt and a pillow, folded."""
    s.box(190, 440, 780, 620, main, 60)
    s.box(200, 330, 770, 500, light, 60)
    s.box(210, 230, 750, 390, main, 60)
    for x in range(260, 740, 80):
        for y in (300, 530):
            s.disc(x, y, 12, dark)
        s.disc(x + 30, 414, 12, main)
    s.blob([(320, 240), (340, 150), (480, 128), (620, 150), (640, 240), (480, 266)], WHITE)
    for y0, y1 in ((230, 390), (330, 500), (440, 620)):
        s.tube(190, y0, 780, y1, lying=True, strength=0.7)
    s.tube(320, 130, 640, 266, lying=True, strength=0.6)


def fan(s: Sheet, main: str, dark: str, light: str) -> None:
    """A fan for the desk."""
    s.oval(340, 590, 620, 660, dark)
    s.box(456, 480, 504, 630, main, 20)
    s.disc(480, 310, 232, dark)
    s.disc(480, 310, 218, "#e7ecec")
    for x, y in ((360, 200), (650, 250), (450, 470)):
        s.blob(
            [(480, 310), ((480 + x) / 2 + 34, (310 + y) / 2 - 44), (x, y), ((480 + x) / 2 - 30, (310 + y) / 2 + 34)],
            light,
        )
    for r in range(60, 218, 26):
        s.ring(480, 310, r, "#9fa9ab", 3)
    s.disc(480, 310, 46, main)
    s.ball(480, 310, 232, 0.35)


def hair_dryer(s: Sheet, main: str, dark: str, light: str) -> None:
    """A hair dryer with its cord."""
    s.curve([(470, 600), (540, 680), (720, 640), (800, 520)], INK, 14)
    s.poly([(430, 380), (550, 370), (520, 610), (440, 612)], dark)
    s.box(250, 180, 660, 420, main, 110)
    s.box(640, 220, 790, 380, INK, 22)
    s.disc(350, 300, 76, dark)
    for at in range(5):
        s.line([(306 + at * 22, 262), (306 + at * 22, 338)], light, 6)
    s.box(462, 440, 508, 500, light, 10)
    s.tube(250, 180, 790, 420, lying=True)


def kettle(s: Sheet, main: str, dark: str, light: str) -> None:
    """A kettle on its base."""
    s.arc(560, 200, 780, 560, 270, 90, INK, 34)
    s.poly([(310, 240), (240, 200), (230, 230), (330, 330)], main)
    s.poly([(340, 190), (640, 190), (690, 600), (290, 600)], main)
    s.box(400, 130, 580, 196, dark, 24)
    s.disc(490, 124, 18, INK)
    s.box(270, 596, 710, 640, INK, 16)
    s.box(360, 320, 390, 540, light, 12)
    s.tube(290, 190, 690, 600)


def humidifier(s: Sheet, main: str, dark: str, light: str) -> None:
    """A humidifier, breathing."""
    for x, y, r in ((480, 60, 34), (520, 110, 44), (470, 150, 40)):
        s.disc(x, y, r, "#f6faf9")
    s.blob([(360, 300), (400, 200), (480, 176), (560, 200), (600, 300), (620, 560), (480, 630), (340, 560)], main)
    s.box(440, 172, 520, 196, dark, 10)
    s.blob([(350, 450), (480, 480), (612, 450), (620, 560), (480, 630), (340, 560)], light)
    s.disc(480, 540, 22, WHITE)
    s.ball(480, 400, 240, 0.8)


def fridge(s: Sheet, main: str, dark: str, light: str) -> None:
    """A small fridge."""
    s.box(290, 70, 670, 640, dark, 26)
    s.box(298, 78, 662, 632, main, 22)
    s.box(298, 246, 662, 256, dark)
    for y0, y1 in ((120, 210), (300, 430)):
        s.box(322, y0, 342, y1, STEEL, 9)
    s.box(540, 116, 620, 150, light, 8)
    for x in (330, 630):
        s.box(x - 20, 628, x + 20, 652, INK, 6)
    s.tube(290, 70, 670, 640, strength=0.5)
    s.gloss([(560, 78), (640, 78), (560, 632), (480, 632)], 14)


def coffee(s: Sheet, main: str, dark: str, light: str) -> None:
    """A coffee maker with its pot."""
    s.box(300, 90, 660, 240, main, 30)
    s.box(300, 160, 420, 620, main, 20)
    s.box(300, 570, 680, 640, dark, 20)
    s.poly([(470, 330), (640, 330), (660, 560), (450, 560)], "#d9e2e2")
    s.poly([(458, 450), (650, 450), (660, 560), (450, 560)], "#4a2f20")
    s.arc(620, 370, 720, 520, 270, 90, INK, 18)
    s.box(480, 240, 620, 300, INK, 12)
    s.disc(360, 180, 26, light)
    s.box(468, 312, 642, 336, INK, 8)
    s.tube(450, 330, 660, 560, strength=0.6)
    s.slope(300, 90, 660, 240, 0.7)


def hoodie(s: Sheet, main: str, dark: str, light: str) -> None:
    """A pullover with a hood, laid out."""
    s.blob([(330, 180), (170, 300), (110, 560), (220, 590), (300, 400), (340, 340)], main)
    s.blob([(630, 180), (790, 300), (850, 560), (740, 590), (660, 400), (620, 340)], main)
    s.poly([(330, 170), (630, 170), (660, 640), (300, 640)], main)
    s.blob([(350, 190), (400, 90), (480, 70), (560, 90), (610, 190), (480, 250)], dark)
    s.blob([(400, 190), (430, 120), (480, 106), (530, 120), (560, 190), (480, 226)], INK)
    s.poly([(370, 470), (590, 470), (630, 580), (330, 580)], dark)
    s.box(298, 606, 662, 644, dark, 10)
    for x in (446, 514):
        s.line([(x, 220), (x - 4, 320)], light, 8)
    s.text(480, 390, "2024", light, 70)
    s.tube(300, 170, 660, 640, strength=0.6)


def coat(s: Sheet, main: str, dark: str, light: str) -> None:
    """A padded coat, laid out."""
    s.blob([(340, 150), (200, 240), (140, 580), (250, 600), (330, 380)], main)
    s.blob([(620, 150), (760, 240), (820, 580), (710, 600), (630, 380)], main)
    s.poly([(330, 130), (630, 130), (660, 650), (300, 650)], main)
    for y in range(230, 640, 84):
        s.line([(312, y), (648, y)], dark, 7)
        s.tube(306, y - 80, 654, y, lying=True, strength=0.7)
    s.line([(480, 140), (480, 645)], light, 9)
    s.blob([(360, 140), (480, 90), (600, 140), (560, 220), (480, 190), (400, 220)], dark)
    for x in (370, 590):
        s.line([(x, 440), (x + (20 if x > 480 else -20), 520)], dark, 9)


def sneakers(s: Sheet, main: str, dark: str, light: str) -> None:
    """A pair of running shoes."""
    for x, y in ((40, -120), (0, 80)):
        s.blob(
            [(170 + x, 440 + y), (190 + x, 300 + y), (330 + x, 290 + y), (430 + x, 370 + y), (640 + x, 410 + y),
             (780 + x, 470 + y), (770 + x, 520 + y), (180 + x, 520 + y)], main,
        )  # fmt: skip
        s.blob(
            [(160 + x, 490 + y), (400 + x, 500 + y), (790 + x, 486 + y), (800 + x, 540 + y), (170 + x, 546 + y)], WHITE
        )
        s.poly([(270 + x, 490 + y), (350 + x, 380 + y), (400 + x, 390 + y), (360 + x, 490 + y)], light)
        s.poly([(390 + x, 490 + y), (440 + x, 410 + y), (480 + x, 420 + y), (460 + x, 490 + y)], light)
        for at in range(4):
            left = 400 + at * 44 + x
            s.line([(left, 352 + at * 16 + y), (left + 40, 330 + at * 18 + y)], WHITE, 9)
        s.blob([(190 + x, 330 + y), (230 + x, 290 + y), (330 + x, 292 + y), (300 + x, 340 + y)], dark)
        s.slope(160 + x, 290 + y, 800 + x, 546 + y, 0.8)


def backpack(s: Sheet, main: str, dark: str, light: str) -> None:
    """A backpack."""
    s.arc(410, 50, 550, 190, 180, 360, dark, 20)
    s.blob([(280, 300), (310, 150), (480, 100), (650, 150), (680, 300), (700, 620), (480, 650), (260, 620)], main)
    s.blob([(320, 420), (480, 390), (640, 420), (650, 600), (480, 626), (310, 600)], dark)
    s.curve([(330, 260), (480, 214), (630, 260)], light, 8)
    s.curve([(330, 436), (480, 408), (630, 436)], light, 7)
    s.line([(600, 440), (610, 500)], light, 9)
    s.box(430, 280, 530, 330, light, 8)
    s.tube(260, 110, 700, 650, strength=0.9)


def dress(s: Sheet, main: str, dark: str, light: str) -> None:
    """A dress on its hanger."""
    s.arc(456, 30, 504, 80, 120, 380, STEEL, 8)
    s.line([(350, 130), (480, 86)], WOOD, 12)
    s.line([(610, 130), (480, 86)], WOOD, 12)
    s.blob([(370, 130), (420, 140), (480, 180), (540, 140), (590, 130), (570, 330), (390, 330)], main)
    s.poly([(392, 320), (568, 320), (720, 640), (240, 640)], main)
    s.box(390, 314, 570, 344, dark, 6)
    for x in range(270, 700, 62):
        s.shade([(480 + (x - 480) * 0.35, 344), (x, 640), (x + 26, 640)], 26)
    for x, y in (
        (330, 560),
        (430, 480),
        (540, 570),
        (600, 470),
        (480, 400),
        (420, 600),
        (640, 600),
        (460, 250),
        (520, 230),
    ):
        s.disc(x, y, 10, light)


def hanfu(s: Sheet, main: str, dark: str, light: str) -> None:
    """A robe with wide sleeves and a pleated skirt."""
    s.poly([(380, 110), (80, 170), (90, 400), (360, 340)], main)
    s.poly([(580, 110), (880, 170), (870, 400), (600, 340)], main)
    s.poly([(80, 340), (90, 400), (360, 340), (350, 300)], light)
    s.poly([(880, 340), (870, 400), (600, 340), (610, 300)], light)
    s.poly([(360, 100), (600, 100), (610, 380), (350, 380)], main)
    s.poly([(350, 370), (610, 370), (720, 650), (240, 650)], dark)
    for x in range(256, 710, 38):
        s.shade([(480 + (x - 480) * 0.55, 372), (x, 650), (x + 18, 650)], 30)
    s.line([(400, 100), (540, 330)], light, 18)
    s.line([(560, 100), (420, 330)], light, 18)
    s.box(345, 350, 615, 390, light, 6)
    s.line([(480, 386), (470, 560)], light, 14)


def suitcase(s: Sheet, main: str, dark: str, light: str) -> None:
    """A suitcase on four wheels."""
    for x in (420, 540):
        s.line([(x, 40), (x, 180)], STEEL, 14)
    s.box(408, 30, 552, 62, INK, 14)
    s.box(290, 160, 670, 620, main, 44)
    for x in range(340, 640, 56):
        s.box(x, 190, x + 26, 590, dark, 12)
    s.box(278, 250, 300, 340, INK, 8)
    s.box(560, 370, 650, 410, light, 8)
    for x in (330, 630):
        s.disc(x, 636, 22, INK)
        s.disc(x, 636, 9, STEEL)
    s.tube(290, 160, 670, 620, strength=0.9)


def plant(s: Sheet, main: str, dark: str, light: str) -> None:
    """A plant in its pot."""
    leaves = [(300, 330), (660, 300), (380, 170), (580, 150), (480, 90), (240, 220), (720, 200)]
    for x, y in leaves:
        s.curve([(480, 450), ((480 + x) / 2 + 10, (450 + y) / 2 - 20), (x, y)], "#5d7f4c", 10)
        dx, dy = (x - 480) / 4, (y - 450) / 4
        s.blob([(x - dx - dy / 3, y - dy + dx / 3), (x + dx, y + dy), (x - dx + dy / 3, y - dy - dx / 3)], "#6f9a58")
        s.line([(x - dx / 2, y - dy / 2), (x + dx / 2, y + dy / 2)], "#8fb774", 5)
    s.poly([(360, 430), (600, 430), (570, 640), (390, 640)], main)
    s.box(344, 416, 616, 462, dark, 10)
    s.tube(344, 416, 616, 640)
