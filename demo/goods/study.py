"""Things of a desk: books, screens, what plugs into them."""

from demo.goods.easel import Sheet

GREY, STEEL, INK, PAPER = "#8d9598", "#c3cacd", "#22282c", "#f4f0e6"


def stack(s: Sheet, main: str, dark: str, light: str) -> None:
    """Textbooks on each other, their backs to the front."""
    books = [("#31576e", "PHYSICS", 560), (main, "CALCULUS", 620), ("#e3c46a", "ORGANIC CHEMISTRY", 540)]
    books += [(dark, "ENGLISH 2", 580), ("#7a9a72", "STATISTICS", 500)]
    y = 600.0
    for at, (colour, title, width) in enumerate(books):
        x, high = 190 + (at * 37) % 60, 78 - 6 * (at % 3)
        s.box(x, y - high, x + width, y, colour, 8)
        s.box(x + width - 44, y - high + 7, x + width, y - 7, PAPER, 3)
        for line in range(3):
            s.line(
                [(x + width - 42, y - high + 18 + 18 * line), (x + width - 4, y - high + 18 + 18 * line)], "#d8d2c2", 2
            )
        s.text(x + width / 2 - 30, y - high / 2, title, "#fbf7ea", 30)
        s.box(x + 26, y - high, x + 38, y, light)
        s.tube(x, y - high, x + width, y, lying=True, strength=0.6)
        y -= high


def textbook(s: Sheet, main: str, dark: str, light: str) -> None:
    """One book from the front, with another beneath."""
    s.poly([(300, 120), (716, 150), (690, 650), (270, 616)], dark)
    s.poly([(312, 112), (724, 136), (706, 630), (288, 604)], PAPER)
    s.poly([(292, 92), (712, 112), (694, 608), (272, 584)], main)
    s.poly([(292, 92), (330, 94), (310, 587), (272, 584)], dark)
    s.poly([(360, 168), (660, 182), (656, 290), (356, 276)], light)
    s.text(508, 214, "ADVANCED", dark, 42)
    s.text(506, 256, "MATHEMATICS", dark, 30)
    for at in range(6):
        s.arc(380 + 18 * at, 340 + 12 * at, 620 - 6 * at, 540 - 10 * at, 190, 20, light, 5)
    s.gloss([(292, 92), (470, 100), (330, 587), (272, 584)], 20)


def novels(s: Sheet, main: str, dark: str, light: str) -> None:
    """Novels that stand side by side."""
    x = 200.0
    shades = [main, "#efe3c8", dark, "#88a7a0", light, "#3f4a58", "#c98f5a", "#e8e4da"]
    for at, colour in enumerate(shades):
        width, top = 54 + (at * 23) % 34, 150 + (at * 47) % 70
        s.box(x, top, x + width, 610, colour, 5)
        ink = INK if colour in ("#efe3c8", "#e8e4da", light) else "#f4eedd"
        s.box(x + 10, top + 34, x + width - 10, top + 40, ink)
        s.box(x + 10, 556, x + width - 10, 562, ink)
        for line in range(4):
            s.box(x + width / 2 - 5, top + 76 + 46 * line, x + width / 2 + 5, top + 106 + 46 * line, ink, 3)
        s.tube(x, top, x + width, 610, strength=0.7)
        x += width + 3


def notebook(s: Sheet, main: str, dark: str, light: str) -> None:
    """A bound notebook with a band and a pen."""
    s.box(302, 122, 690, 630, dark, 22)
    s.box(290, 110, 676, 620, main, 22)
    s.box(290, 110, 330, 620, dark, 18)
    s.box(610, 106, 632, 624, light)
    s.box(390, 200, 560, 280, PAPER, 8)
    s.line([(410, 232), (540, 232)], GREY, 3)
    s.line([(410, 254), (510, 254)], GREY, 3)
    s.line([(742, 190), (700, 560)], INK, 22)
    s.line([(700, 560), (696, 598)], "#d0a14a", 10)
    s.line([(752, 210), (740, 320)], "#d0a14a", 6)
    s.slope(290, 110, 676, 620, 0.6)


def laptop(s: Sheet, main: str, dark: str, light: str) -> None:
    """A computer, open, with a picture on its screen."""
    s.box(214, 96, 746, 452, INK, 20)
    s.box(230, 112, 730, 436, light, 6)
    s.poly([(230, 436), (230, 330), (360, 250), (470, 350), (590, 230), (730, 340), (730, 436)], main)
    s.poly([(230, 436), (230, 390), (420, 330), (620, 410), (730, 380), (730, 436)], dark)
    s.disc(620, 180, 34, "#fdf3d4")
    s.poly([(214, 452), (746, 452), (850, 610), (110, 610)], STEEL)
    s.poly([(236, 470), (724, 470), (770, 548), (190, 548)], "#9aa2a6")
    for row in range(4):
        y = 474 + row * 19
        for key in range(13):
            left, step = 240 - row * 11, 37.0 + row * 1.7
            s.box(left + key * step, y, left + key * step + step - 6, y + 13, INK, 3)
    s.poly([(400, 558), (560, 558), (572, 600), (388, 600)], "#aab2b6")
    s.box(110, 606, 850, 622, GREY, 8)
    s.gloss([(230, 112), (480, 112), (300, 436), (230, 436)], 22)


def tablet(s: Sheet, main: str, dark: str, light: str) -> None:
    """A tablet with a drawing on it, and its pen."""
    s.box(250, 90, 690, 640, "#3a3f43", 34)
    s.box(268, 108, 672, 622, PAPER, 18)
    s.blob([(340, 480), (380, 300), (480, 240), (590, 330), (600, 480), (470, 540)], light)
    s.blob([(400, 470), (430, 350), (500, 330), (550, 400), (520, 480), (450, 500)], main)
    s.curve([(320, 560), (420, 530), (520, 570), (620, 540)], dark, 7)
    for at, colour in enumerate((main, dark, light, "#e3c46a", INK)):
        s.disc(320 + at * 52, 160, 17, colour)
    s.line([(760, 140), (724, 560)], "#f2f2ee", 22)
    s.poly([(714, 560), (735, 562), (721, 606)], "#c9c9c2")
    s.gloss([(268, 108), (500, 108), (300, 622), (268, 622)], 18)


def monitor(s: Sheet, main: str, dark: str, light: str) -> None:
    """A screen on its foot."""
    s.poly([(440, 500), (520, 500), (540, 620), (420, 620)], GREY)
    s.box(330, 606, 630, 634, STEEL, 14)
    s.box(140, 96, 820, 520, INK, 14)
    s.box(154, 110, 806, 496, dark, 4)
    s.box(190, 150, 480, 400, light, 6)
    s.box(520, 150, 770, 250, main, 6)
    s.box(520, 280, 770, 400, light, 6)
    for line in range(6):
        s.line([(212, 186 + 36 * line), (310 + (line * 67) % 140, 186 + 36 * line)], dark, 7)
    for at, high in enumerate((40, 70, 54, 90, 64)):
        s.box(545 + at * 44, 390 - high, 573 + at * 44, 390, main, 3)
    s.gloss([(154, 110), (520, 110), (260, 496), (154, 496)], 26)


def phone(s: Sheet, main: str, dark: str, light: str) -> None:
    """A phone from behind and its front beside it."""
    s.box(470, 96, 726, 634, INK, 40)
    s.box(480, 106, 716, 624, dark, 32)
    s.poly([(480, 470), (600, 380), (716, 460), (716, 590), (680, 624), (510, 624), (480, 590)], main)
    s.disc(598, 250, 62, light)
    s.box(560, 118, 636, 136, INK, 9)
    s.box(240, 84, 500, 634, dark, 42)
    s.box(246, 90, 494, 628, main, 38)
    s.box(266, 110, 384, 246, dark, 30)
    for x, y in ((300, 146), (350, 210), (300, 210)):
        s.disc(x, y, 24, INK)
        s.disc(x, y, 13, "#3c4a58")
        s.disc(x - 4, y - 5, 4, "#c8d6e4")
    s.disc(352, 144, 10, "#f4e9c4")
    s.gloss([(400, 90), (470, 90), (330, 628), (262, 628)], 26)


def headphones(s: Sheet, main: str, dark: str, light: str) -> None:
    """Headphones, lying."""
    s.arc(236, 90, 724, 640, 178, 2, dark, 40)
    s.arc(246, 98, 714, 640, 196, 344, main, 24)
    for x, side in ((256, 1), (704, -1)):
        s.box(x - 34, 330, x + 34, 400, STEEL, 16)
        s.oval(x - 84, 376, x + 84, 630, dark)
        s.oval(x - 76 + 24 * side, 392, x + 62 + 24 * side, 616, main)
        s.oval(x - 40 + 24 * side, 440, x + 30 + 24 * side, 566, dark)
        s.ball(x + 12 * side, 504, 110, 0.7)
    s.tube(236, 90, 724, 330, lying=True, strength=0.5)


def earbuds(s: Sheet, main: str, dark: str, light: str) -> None:
    """Earphones in their open case."""
    s.box(300, 150, 660, 400, dark, 110)
    s.box(316, 166, 644, 380, light, 96)
    s.box(300, 330, 660, 620, main, 120)
    s.box(318, 342, 642, 470, dark, 70)
    for x in (400, 560):
        s.oval(x - 52, 290, x + 52, 410, light)
        s.box(x - 20, 360, x + 20, 480, light, 18)
        s.oval(x - 22, 318, x + 22, 372, GREY)
        s.ball(x, 350, 56, 0.6)
    s.disc(480, 540, 8, "#4fc07a")
    s.slope(300, 480, 660, 620, 0.8)


def keyboard(s: Sheet, main: str, dark: str, light: str) -> None:
    """A mechanical keyboard in three colours."""
    s.box(80, 220, 880, 540, dark, 22)
    s.box(92, 226, 868, 524, "#dcd8cc", 14)
    for row in range(5):
        x, at = 108, 0
        while x < 840:
            wide = 92 if (row, at) in ((0, 13), (2, 0), (3, 0), (3, 11), (2, 12)) else 46
            wide = 290 if row == 4 and at == 3 else wide
            wide = min(wide, 852 - x)
            colour = main if at == 0 or x + wide > 800 else (light if row == 4 and wide > 200 else PAPER)
            s.box(x, 242 + row * 55, x + wide - 6, 288 + row * 55, "#a9a596" if colour == PAPER else dark, 8)
            s.box(x + 3, 240 + row * 55, x + wide - 9, 280 + row * 55, colour, 7)
            x, at = x + wide + 4, at + 1
    s.slope(80, 220, 880, 540, 0.5)


def camera(s: Sheet, main: str, dark: str, light: str) -> None:
    """A camera with its lens."""
    s.box(350, 150, 580, 270, INK, 26)
    s.box(170, 220, 790, 580, INK, 40)
    s.box(170, 300, 790, 520, main, 0)
    s.box(190, 180, 290, 240, GREY, 12)
    s.disc(700, 206, 42, GREY)
    s.disc(480, 410, 172, "#15191c")
    s.ring(480, 410, 164, GREY, 8)
    s.disc(480, 410, 130, "#2b3136")
    s.disc(480, 410, 92, "#111b2a")
    s.disc(480, 410, 60, "#2b4a78")
    s.disc(446, 374, 22, "#c7d8ee")
    s.disc(516, 446, 10, "#7f5c9a")
    s.disc(720, 262, 14, "#b3261e")
    s.box(220, 250, 320, 286, STEEL, 6)
    s.ball(480, 410, 172, 0.5)


def calculator(s: Sheet, main: str, dark: str, light: str) -> None:
    """A calculator with many keys."""
    s.box(300, 70, 660, 656, dark, 34)
    s.box(312, 78, 648, 640, main, 28)
    s.box(340, 108, 620, 216, "#a9b99a", 10)
    s.text(540, 164, "3.14159", "#2d3a2a", 44)
    for row in range(7):
        for key in range(5):
            x, y = 340 + key * 57, 244 + row * 55
            colour = PAPER if row > 2 else dark
            colour = "#d98236" if row == 6 and key == 4 else colour
            s.box(x, y, x + 46, y + 38, colour, 9)
    s.slope(300, 70, 660, 656, 0.5)


def desk_lamp(s: Sheet, main: str, dark: str, light: str) -> None:
    """A lamp with two arms, burning."""
    s.oval(330, 580, 610, 650, dark)
    s.oval(330, 566, 610, 634, main)
    s.line([(470, 590), (360, 350)], STEEL, 20)
    s.line([(360, 350), (560, 180)], STEEL, 20)
    s.disc(360, 350, 24, dark)
    s.poly([(640, 330), (836, 236), (880, 330), (684, 420)], "#fff3c4")
    s.poly([(520, 190), (590, 130), (850, 240), (660, 344)], main)
    s.poly([(590, 130), (640, 122), (850, 240), (800, 266)], light)
    s.poly([(660, 344), (850, 240), (846, 262), (674, 356)], "#fffbe9")
    s.disc(560, 180, 22, dark)
    s.ball(470, 600, 140, 0.4)


def mouse(s: Sheet, main: str, dark: str, light: str) -> None:
    """A mouse and its receiver."""
    s.blob([(480, 130), (600, 170), (650, 340), (630, 540), (480, 620), (330, 540), (310, 340), (360, 170)], dark)
    s.blob([(480, 140), (590, 178), (636, 340), (616, 520), (480, 600), (344, 520), (324, 340), (370, 178)], main)
    s.line([(480, 150), (480, 330)], dark, 5)
    s.box(462, 190, 498, 280, INK, 18)
    s.box(468, 206, 492, 262, light, 10)
    s.box(746, 520, 800, 600, STEEL, 6)
    s.box(740, 560, 806, 630, INK, 10)
    s.ball(470, 360, 250, 0.9)


def power_bank(s: Sheet, main: str, dark: str, light: str) -> None:
    """A power bank with its cable."""
    s.curve([(620, 600), (760, 560), (800, 420), (740, 260), (640, 200)], PAPER, 14)
    s.box(600, 170, 660, 214, STEEL, 6)
    s.box(290, 120, 590, 640, dark, 44)
    s.box(296, 126, 580, 632, main, 40)
    for at in range(4):
        s.disc(390 + at * 34, 560, 8, light if at < 3 else dark)
    s.text(440, 330, "20000", light, 54)
    s.text(440, 384, "mAh", light, 30)
    s.tube(290, 120, 590, 640, strength=0.6)


def e_reader(s: Sheet, main: str, dark: str, light: str) -> None:
    """A reader in its case."""
    s.box(270, 90, 700, 640, dark, 30)
    s.box(296, 110, 680, 630, INK, 24)
    s.box(322, 140, 654, 560, "#e4e3dc", 6)
    for line in range(13):
        s.line([(346, 176 + 29 * line), (626 - (line * 89) % 120 * (line % 4 == 3), 176 + 29 * line)], "#6c6f6d", 6)
    s.disc(488, 596, 16, GREY)
    s.box(270, 90, 304, 640, main, 16)
    s.slope(296, 110, 680, 630, 0.5)


def usb_stick(s: Sheet, main: str, dark: str, light: str) -> None:
    """A stick for data on a string."""
    s.curve([(190, 420), (120, 320), (180, 210), (260, 260), (250, 370)], light, 12)
    s.box(230, 290, 660, 460, dark, 38)
    s.box(236, 296, 652, 450, main, 34)
    s.box(640, 310, 810, 438, STEEL, 6)
    for y in (338, 384):
        s.box(716, y, 756, y + 26, INK, 3)
    s.ring(276, 374, 22, STEEL, 10)
    s.text(470, 374, "128 GB", PAPER, 54)
    s.tube(230, 290, 810, 460, lying=True, strength=0.8)
