"""What is said: answers that open in different ways, and announcements."""

import re

# About 250 characters each. The first sentence decides when sentence by sentence begins, so
# there are short, usual and long ones, as language models write them.
_ANSWERS = """
Sure. The living room lamps are on now, and I dimmed them to forty percent because it is
already evening. The blinds are closed as well. If you would like it warmer, tell me, and
the heating goes up to twenty-two degrees for the whole next hour.

The washing machine still needs about twenty-five minutes, and the dryer is free. You could
take the towels out of it before then. I will let you know in the kitchen and in the garden
when the laundry is done, unless you are already asleep by then.

Tomorrow begins with some fog in the valley, then it clears up slowly, and in the afternoon
the sun comes out with up to nineteen degrees. In the evening there may be a little rain
from the west. It would be a good day for a long walk after lunch.

Yes, of course. Your first appointment is at half past nine with the dentist, then you have
lunch with Martin at the station. At four o'clock somebody comes to look at the boiler.
The evening is free, and there is a concert in the old town hall.

There were two people at the door today while nobody was at home, one in the morning and the
other one around three in the afternoon, and the second of them left a parcel. You find it
behind the green bench. The camera has kept both of the pictures.

Done! The alarm is set for a quarter to seven, and the bedroom lights will come up slowly
twenty minutes before. Coffee is prepared for seven. On your way to work there is a traffic
jam near the bridge, so it may be wise to leave a little early.

At the moment the solar panels make three kilowatts, the house uses one of them, and the rest
goes into the car. It will be full by about two o'clock. After that I would start the
dishwasher, because from four on the price of energy rises again.

I looked through the shopping list, and there are seven things on it: milk, bread, butter,
tomatoes, rice, coffee and dish soap. The supermarket at the corner is open until ten
tonight. Shall I add apples, as you do every week at this time?

The upstairs windows are open, all doors are locked, and no one is moving in the garden. It
has become rather cold in the study, so I suggest closing its window before you go to bed.
The lights go out by themselves at eleven, as they always do.

Well, it depends. If you leave now, the train at twenty past is within reach, and you are in
the city before nine. The next one is slower and often late on Fridays. With the car it
takes about fifty minutes, but parking there is rather expensive.
"""
ANSWERS = tuple(" ".join(one.split()) for one in _ANSWERS.split("\n\n"))
ANNOUNCEMENT = (
    "This is announcement number {number}: the washing machine is done now, and dinner will be on "
    "the table in about half an hour."
)
_TOKEN = re.compile(r"\s?\S{1,4}|\s+")


def answer(number: int) -> str:
    """Return one of the answers; after the last comes the first again."""
    return ANSWERS[number % len(ANSWERS)]


def announcement(number: int) -> str:
    """Return 120 characters that were not said before; up to 999."""
    return ANNOUNCEMENT.format(number=f"{number:03d}")


def tokens(text: str) -> list[str]:
    """Cut a text as language models do: pieces of up to four letters with the space before."""
    return _TOKEN.findall(text)


def long_text(length: int) -> str:
    """Return a text of exactly so many characters."""
    sentences = " ".join(ANSWERS)
    return (f"{sentences} " * (length // len(sentences) + 1))[:length]
