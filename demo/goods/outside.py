"""Things for outside and for play: wheels, balls, strings."""

import math

from demo.goods.easel import Sheet

STEEL, INK, PAPER, WOOD, WHITE = "#c3cacd", "#22282c", "#f4f0e6", "#c08a4e", "#f3f2ee"


def _wheel(s: Sheet, x: float, y: float, r: float) -> None:
    s.ring(x, y, r, INK, 15)
    s.ring(x, y, r - 14, STEEL, 6)
    for at in range(12):
        turn = math.pi * at / 6
        s.line([(x, y), (x + (r - 16) * math.cos(turn), y + (r - 16) * math.sin(turn))], "#9aa3a6", 2)
    s.disc(x, y, 14, INK)


def bicycle(s: Sheet, main: str, dark: str, light: str) -> None:
    """A bicycle from the side."""
    _wheel(s, 245, 470, 158)
    _wheel(s, 715, 470, 158)
    s.line([(715, 470), (630, 190)], STEEL, 15)
    for points in ([(370, 230), (645, 240)], [(370, 225), (450, 480)], [(450, 480), (645, 245)]):
        s.line(points, main, 18)
    for points in ([(245, 470), (450, 480)], [(245, 470), (378, 262)]):
        s.line(points, dark, 12)
    s.line([(362, 190), (378, 262)], STEEL, 13)
    s.blob([(290, 168), (360, 158), (430, 172), (420, 198), (340, 204), (286, 196)], INK)
    s.curve([(632, 196), (600, 168), (640, 146), (700, 160)], INK, 16)
    s.disc(450, 480, 46, INK)
    s.ring(450, 480, 40, STEEL, 6)
    s.line([(450, 480), (486, 560)], STEEL, 12)
    s.box(458, 552, 520, 572, INK, 8)
    s.line([(160, 330), (320, 330)], INK, 10)
    s.poly([(600, 200), (756, 200), (736, 300), (622, 300)], light)
    for x in range(620, 750, 24):
        s.line([(x, 206), (x + 4, 296)], dark, 4)


def scooter(s: Sheet, main: str, dark: str, light: str) -> None:
    """A kick scooter."""
    s.line([(300, 120), (400, 110), (210, 130)], INK, 22)
    s.line([(306, 120), (380, 560)], STEEL, 22)
    s.line([(350, 380), (380, 560)], main, 30)
    s.poly([(380, 540), (740, 540), (770, 580), (380, 590)], main)
    s.box(400, 532, 730, 546, INK, 6)
    s.blob([(740, 540), (840, 510), (860, 560), (780, 580)], dark)
    for x in (370, 790):
        s.disc(x, 600, 52, INK)
        s.disc(x, 600, 26, light)
    s.slope(350, 500, 860, 600, 0.6)


def skateboard(s: Sheet, main: str, dark: str, light: str) -> None:
    """A skateboard from below, with its picture."""
    s.box(90, 240, 870, 480, dark, 118)
    s.box(96, 246, 864, 470, main, 112)
    s.blob([(330, 440), (400, 300), (470, 360), (560, 270), (640, 440)], light)
    s.disc(440, 300, 26, PAPER)
    for x in (230, 730):
        s.box(x - 24, 262, x + 24, 456, STEEL, 12)
        for y in (252, 466):
            s.box(x - 34, y - 30, x + 34, y + 30, PAPER, 20)
            s.disc(x, y, 10, INK)
    s.slope(90, 240, 870, 480)


def basketball(s: Sheet, main: str, dark: str, light: str) -> None:
    """A ball."""
    s.disc(480, 360, 252, main)
    s.ring(480, 360, 252, dark, 7)
    s.line([(480, 110), (480, 610)], dark, 9)
    s.line([(230, 360), (730, 360)], dark, 9)
    s.arc(60, 110, 380, 610, 290, 70, dark, 9)
    s.arc(580, 110, 900, 610, 110, 250, dark, 9)
    s.ball(480, 360, 252, 1.1)


def rackets(s: Sheet, main: str, dark: str, light: str) -> None:
    """Two badminton rackets and a shuttlecock."""
    for x, lean, colour in ((330, 120, main), (600, -120, dark)):
        s.line([(x + lean * 0.32, 360), (x + lean, 640)], STEEL, 11)
        s.line([(x + lean * 0.78, 546), (x + lean, 640)], INK, 26)
        s.oval(x - 118, 70, x + 118, 370, colour)
        s.oval(x - 100, 88, x + 100, 352, "#e9ece6")
        for at in range(-80, 81, 20):
            half = 130 * math.sqrt(max(0, 1 - (at / 100) ** 2))
            s.line([(x + at, 220 - half), (x + at, 220 + half)], "#b7beb8", 2)
        for at in range(-120, 121, 20):
            half = 98 * math.sqrt(max(0, 1 - (at / 132) ** 2))
            s.line([(x - half, 220 + at), (x + half, 220 + at)], "#b7beb8", 2)
    s.poly([(780, 470), (880, 450), (850, 570), (810, 580)], WHITE)
    s.disc(826, 590, 26, WOOD)


def yoga(s: Sheet, main: str, dark: str, light: str) -> None:
    """A mat, rolled up, and a block."""
    s.box(200, 250, 760, 460, main, 40)
    s.disc(220, 355, 104, dark)
    for r in (84, 62, 40, 18):
        s.ring(220, 355, r, light, 7)
    s.box(420, 246, 450, 464, light)
    s.box(600, 246, 630, 464, light)
    s.tube(240, 250, 760, 460, lying=True)
    s.box(500, 500, 760, 630, dark, 14)
    s.slope(500, 500, 760, 630)


def dumbbells(s: Sheet, main: str, dark: str, light: str) -> None:
    """A pair of dumbbells."""
    for x, y in ((140, 190), (270, 420)):
        s.box(x + 110, y + 60, x + 430, y + 104, STEEL, 14)
        for left in (x, x + 400):
            s.box(left, y + 10, left + 60, y + 154, dark, 18)
            s.box(left + 46, y - 16, left + 128, y + 180, main, 22)
            s.tube(left, y - 16, left + 128, y + 180, lying=True)
        s.tube(x + 128, y + 60, x + 400, y + 104, lying=True)
        s.text(x + 88, y + 84, "5", light, 54)


def tent(s: Sheet, main: str, dark: str, light: str) -> None:
    """A tent for two."""
    s.poly([(110, 600), (430, 170), (540, 600)], main)
    s.poly([(430, 170), (560, 210), (860, 600), (540, 600)], dark)
    s.poly([(430, 190), (330, 600), (450, 600)], INK)
    s.poly([(430, 190), (300, 600), (240, 600)], light)
    s.line([(430, 170), (540, 600)], light, 7)
    s.line([(540, 600), (600, 650)], PAPER, 4)
    s.line([(110, 600), (70, 640)], PAPER, 4)
    s.line([(860, 600), (900, 640)], PAPER, 4)
    s.slope(110, 170, 860, 600, 0.6)


def football(s: Sheet, main: str, dark: str, light: str) -> None:
    """A football."""
    s.disc(480, 370, 242, WHITE)
    for x, y, r in ((480, 370, 78), (300, 260, 50), (660, 260, 50), (370, 560, 50), (590, 560, 50), (480, 150, 40)):
        s.poly(
            [(x + r * math.sin(2 * math.pi * at / 5), y - r * math.cos(2 * math.pi * at / 5)) for at in range(5)], main
        )
        if r < 78:
            s.line(
                [(480 + (x - 480) * 0.42, 370 + (y - 370) * 0.42), (480 + (x - 480) * 0.8, 370 + (y - 370) * 0.8)],
                dark,
                6,
            )
    s.ball(480, 370, 242)


def skates(s: Sheet, main: str, dark: str, light: str) -> None:
    """A pair of inline skates."""
    for x in (60, 400):
        s.blob([(140 + x, 130), (280 + x, 120), (300 + x, 330), (430 + x, 400), (440 + x, 490), (130 + x, 490)], main)
        for y in (200, 280, 360):
            s.line([(150 + x, y), (310 + x, y - 20)], dark, 22)
        s.box(120 + x, 484, 446 + x, 530, STEEL, 10)
        for at in range(4):
            s.disc(160 + at * 84 + x, 570, 40, light)
            s.disc(160 + at * 84 + x, 570, 15, INK)
        s.tube(130 + x, 120, 430 + x, 490, strength=0.6)


def guitar(s: Sheet, main: str, dark: str, light: str) -> None:
    """A guitar, lying."""
    s.line([(520, 320), (860, 130)], "#5b3c22", 34)
    s.poly([(832, 118), (900, 76), (926, 116), (856, 164)], dark)
    s.blob([(120, 470), (150, 340), (280, 330), (360, 360), (440, 270), (540, 260), (560, 380), (470, 440), (440, 560),
            (300, 640), (160, 590)], main)  # fmt: skip
    s.blob([(142, 470), (166, 362), (282, 352), (362, 380), (450, 290), (528, 282), (540, 376), (452, 430), (424, 544),
            (300, 618), (174, 572)], light)  # fmt: skip
    s.disc(390, 410, 62, INK)
    s.ring(390, 410, 68, dark, 7)
    s.line([(240, 450), (290, 550)], INK, 18)
    for at in range(6):
        s.line([(246 + at * 8, 470 + at * 14), (866 + at * 5, 104 + at * 6)], PAPER, 2)
    s.ball(320, 460, 260, 0.6)


def ukulele(s: Sheet, main: str, dark: str, light: str) -> None:
    """A ukulele, upright."""
    s.box(456, 80, 504, 360, "#5b3c22", 8)
    s.box(440, 40, 520, 120, dark, 12)
    for x, y in ((430, 62), (430, 98), (530, 62), (530, 98)):
        s.disc(x, y, 12, STEEL)
    s.blob([(480, 330), (570, 350), (580, 430), (560, 470), (630, 540), (590, 640), (480, 660), (370, 640), (330, 540),
            (400, 470), (380, 430), (390, 350)], main)  # fmt: skip
    s.disc(480, 440, 46, INK)
    s.ring(480, 440, 52, light, 6)
    s.box(430, 560, 530, 580, INK, 6)
    for x in (465, 475, 485, 495):
        s.line([(x, 90), (x, 566)], PAPER, 2)
    s.tube(330, 330, 630, 660, strength=0.9)


def piano(s: Sheet, main: str, dark: str, light: str) -> None:
    """A keyboard instrument."""
    s.box(60, 210, 900, 520, main, 22)
    s.box(84, 236, 876, 316, dark, 10)
    s.box(400, 250, 560, 300, "#9fc3b8", 6)
    for x in range(130, 370, 60):
        s.disc(x, 276, 16, light)
    for x in range(600, 860, 60):
        s.box(x, 262, x + 40, 290, light, 6)
    for key in range(22):
        s.box(84 + key * 36, 324, 118 + key * 36, 506, WHITE, 4)
        if key % 7 not in (2, 6):
            s.box(106 + key * 36, 324, 130 + key * 36, 430, INK, 3)
    s.slope(60, 210, 900, 520, 0.4)


def ticket(s: Sheet, main: str, dark: str, light: str) -> None:
    """Two tickets."""
    for x, y, colour in ((0, -90, dark), (60, 90, main)):
        s.box(140 + x, 250 + y, 800 + x, 470 + y, colour, 18)
        for hole in range(262, 470, 26):
            s.disc(620 + x, hole + y, 5, PAPER)
        s.text(370 + x, 320 + y, "ADMIT ONE", PAPER, 62)
        s.text(370 + x, 400 + y, "ROW 7   SEAT 12", light, 36)
        s.box(660 + x, 290 + y, 760 + x, 430 + y, PAPER, 6)
        for line in range(8):
            s.box(672 + x + line * 11, 304 + y, 676 + x + line * 11 + line % 3 * 2, 416 + y, INK)


def bricks(s: Sheet, main: str, dark: str, light: str) -> None:
    """A model of bricks: a small house."""
    wall = [main, light, main, light]
    for row, colour in enumerate(wall):
        for at in range(5):
            x = 240 + at * 96 + (row % 2) * 20
            s.box(x, 520 - row * 66, x + 92, 582 - row * 66, colour, 4)
            for stud in (14, 54):
                s.box(x + stud, 510 - row * 66, x + stud + 26, 522 - row * 66, colour, 3)
    s.poly([(200, 330), (500, 130), (800, 330)], dark)
    s.box(420, 440, 520, 582, PAPER, 4)
    s.box(590, 400, 680, 480, "#a9c9d9", 4)
    s.box(160, 580, 840, 630, "#7da060", 6)
    s.slope(200, 130, 800, 630, 0.5)


def board_game(s: Sheet, main: str, dark: str, light: str) -> None:
    """A board with counters and a die."""
    s.box(190, 90, 710, 610, dark, 18)
    s.box(206, 106, 694, 594, PAPER, 10)
    for row in range(7):
        for column in range(7):
            if row in (0, 6) or column in (0, 6):
                colour = (main, light, "#e3c46a", "#88a7a0")[(row + column) % 4]
                s.box(216 + column * 68, 116 + row * 68, 276 + column * 68, 176 + row * 68, colour, 6)
    s.text(450, 350, "RICHMAN", dark, 58)
    for x, y, colour in ((250, 480, "#b3261e"), (590, 250, "#1d5fa8"), (380, 560, "#19713c")):
        s.poly([(x - 24, y), (x + 24, y), (x, y - 60)], colour)
        s.disc(x, y - 64, 17, colour)
    s.box(740, 480, 840, 580, WHITE, 18)
    for x, y in ((766, 506), (790, 530), (814, 554)):
        s.disc(x, y, 9, INK)
    s.slope(740, 480, 840, 580)


def telescope(s: Sheet, main: str, dark: str, light: str) -> None:
    """A telescope on three legs."""
    for x in (330, 480, 640):
        s.line([(480, 360), (x, 650)], STEEL, 15)
    s.line([(250, 440), (740, 180)], main, 84)
    s.line([(690, 206), (800, 148)], dark, 104)
    s.line([(190, 474), (260, 436)], INK, 44)
    s.line([(330, 330), (470, 256)], dark, 26)
    s.disc(480, 350, 36, INK)
    s.gloss([(250, 400), (760, 130), (770, 150), (262, 424)], 40)


def helmet(s: Sheet, main: str, dark: str, light: str) -> None:
    """A helmet for riding."""
    s.pie(200, 130, 740, 720, 180, 360, main)
    s.blob([(690, 400), (820, 420), (810, 460), (680, 450)], dark)
    s.box(200, 410, 740, 450, dark, 16)
    for x in (330, 440, 550):
        s.blob([(x, 200), (x + 40, 220), (x + 30, 360), (x - 10, 370)], INK)
    s.curve([(260, 450), (330, 600), (470, 620), (600, 450)], INK, 12)
    s.box(420, 598, 500, 640, light, 10)
    s.ball(470, 360, 270, 0.9)
