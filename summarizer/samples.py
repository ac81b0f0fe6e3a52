"""Example texts and prompts, written for this page."""

_FERRY = """\
The harbour council met on Tuesday to settle the future of the Nordholm ferry. The ship is \
forty-one years old and carries 212,000 passengers a year between the town and the outer islands. \
Last winter it failed on nineteen days, most often because its engine would not start in the frost.

The council had three offers on the table. A new electric ferry costs 14.2 million euros and would \
need a charging station on both quays. A used diesel ship from Denmark costs 3.9 million euros and \
could sail in March. Repairing the old ferry once more costs 1.1 million euros, and the shipyard \
promises no more than two further winters.

The island doctors warned that every day without a ferry is a danger to patients who need dialysis. \
The shipyard pointed out a second risk: spare parts for the old engine are no longer made, so any \
serious failure could be its last. The treasurer was worried about the electric ferry, because the \
grant of five million euros that would help to pay for it has not been confirmed.

After two hours the council voted nine to four for the electric ferry. The old ship will be \
repaired one last time to bridge the gap. The order must be signed by 30 June, or the price rises \
by six per cent. Until then the treasurer has to find a guarantee for the grant. Fares stay as they \
are this year.
"""

_BEES = """\
For two summers Ines Okafor counted bees on the roofs of Lisbon's bus shelters. The city had \
planted 140 of them with thyme, stonecrop and wild chives to keep the waiting passengers cool. \
Whether insects would come to such small islands of green, four metres above the traffic, nobody \
knew.

They came. Okafor found 31 kinds of wild bees, among them two mason bees that had not been seen in \
the city for a decade. Shelters within three hundred metres of a park had twice as many visitors as \
those further away. The size of a roof hardly mattered, but the number of plant kinds did: each \
further kind brought about four more bees an hour.

Not all of it was good news. On the hottest days of August the thin soil reached 52 degrees, and \
nests in it died. Roofs on the busiest streets had more flowers but fewer bees, perhaps because of \
the exhaust fumes, though the study could not prove that.

Okafor advises the city to double the depth of the soil to twelve centimetres and to mix at least \
eight kinds of plants. The extra weight is within what the shelters can carry. Her passengers, she \
writes, never complained about a sting. What they did complain about was that the bus was late.
"""

_HEAT_PUMP = """\
Dear tenants of Chestnut Road 12,

The heating in your house is forty years old and will be replaced from 4 to 15 August. The heat \
pump costs 186,000 euros, of which a grant pays 70,000. Your rent rises by 38 euros a month from \
January, and your heating bill should fall by about 55.

The fitters need one hour in each flat. Please clear the space in front of every radiator, and \
write to us by 20 July on which day you will be at home. If you are away, you must leave a key \
with Ms. Adeyemi on the ground floor. There is no hot water from 6 to 8 August; the showers of the \
sports hall next door are open to you on these days.

You have to read your meter on 3 August and send us the figure, because it can't be read later. \
Anyone who is ill or has a small child can borrow an electric heater.

Yours sincerely,
Milan Horvat, Chestnut Housing Cooperative
"""

TEXTS = {
    "A council meeting about a ferry": _FERRY,
    "A study of bees on bus shelters": _BEES,
    "A letter about a heat pump": _HEAT_PUMP,
}
EXAMPLES = [
    [_FERRY, "Only the risks", "Short"],
    [_BEES, "Three bullets for a busy reader", "Medium"],
    [_HEAT_PUMP, "What do I have to do, and by when?", "Medium"],
]
PROMPTS = [prompt for _, prompt, _ in EXAMPLES]
