"""What the tiny model says, whatever it reads."""

# No word and no punctuation mark comes twice.
SAID = [
    "The ship sails at noon.",
    "A crew waits on every quay for tides!",
    "Who paid seven million to captain Olufsen?",
    'Nobody will ever find his golden anchor."',
    "Their engine failed because winter brought thick ice!!",
    "Some islands need fresh bread, milk or medicine?!",
    'Gulls circle above an old white lighthouse?"',
    'We heard that storms come from northern waters!"',
    "Many sailors dream about warm harbours and quiet evenings...",
]
