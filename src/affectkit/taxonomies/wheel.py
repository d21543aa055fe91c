"""Our own wheel of emotion words: ten cores, their groups, and what people write, for open vocabularies.

A word's core is level 1, its group level 2, the word itself level 3; SYNONYMS hold its other forms and everyday words
for it, and rules of endings the rest. The branches are quoted as facts from published work, named with each group:
P01 Parrott, Emotions in Social Psychology, 2001, whose tree follows S87 Shaver et al., Journal of Personality and
Social Psychology 52, 1987; P80 Plutchik 1980; W82 Willcox, Transactional Analysis Journal 12, 1982; E92 Ekman 1992;
I77 Izard, Human Emotions, 1977; O88 Ortony, Clore and Collins 1988; C17 Cowen and Keltner, PNAS 114, 2017; D20 Demszky
et al. 2020. The words under `ours` in a group, and all other forms, are our own choice.
Reference: Shaver et al., Emotion Knowledge: Further Exploration of a Prototype Approach, 1987.
Differs: disgust stands under anger in S87 and P01, here it is a core as in E92 and P80; trust and anticipation come
from P80 and were not sorted in S87; boredom is mild disgust (P80), where W82 has it under sadness; neutral is ours,
so that it can be scored. Points: a word that RM77 rated, on its group's side of neutral, has its own valence, arousal
and dominance, any other its group's; coarse shares are the group's.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..hub import COARSE, Point, coarse
from . import _words
from ._rm77 import TERMS, rm77

CARD = {"title": "Wheel of emotion words", "reference": "shaver1987emotion", "kind": "names", "synonyms": "forms"}


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the wheel.

    Args:
        source: who put these words here.
        shares: coarse name -> share, for the group and its words.
        ground: where the shares come from.
        terms: the RM77 terms of the group's valence, arousal and dominance.
        words: the words, as "word: form, form; word: form": its own name need not be among them.
        ours: words that we added, in the same form.
    """

    source: str
    shares: dict[str, float]
    ground: str
    terms: tuple[str, ...]
    words: str
    ours: str = ""


_LOVE = {"joy": 0.5, "trust": 0.5}
_WANT = {"joy": 0.5, "anticipation": 0.5}
_JOY, _TRUST, _AHEAD, _SURPRISE = {"joy": 1.0}, {"trust": 1.0}, {"anticipation": 1.0}, {"surprise": 1.0}
_FEAR, _SAD, _DISGUST, _ANGER = {"fear": 1.0}, {"sadness": 1.0}, {"disgust": 1.0}, {"anger": 1.0}
_S87 = "S87, P01: this branch"

TREE: dict[str, dict[str, Group]] = {
    "love": {
        "love": Group(
            "S87, C17",
            _LOVE,
            "P80: joy + trust",
            ("loved",),
            "love: loving, loved, lovingly, in love; romance: romantic",
            "intimacy: intimate, close, closeness; devotion: devoted; heartwarming: heartwarmed, moved, touched",
        ),
        "affection": Group(
            "S87, P01",
            _LOVE,
            "near P80's love",
            ("affectionate",),
            "affection: affectionate; adoration: adoring, adore, adorable; fondness: fond; liking: likeable; "
            "attraction: attracted, attractive; caring: care, cares, cared; tenderness: tender; "
            "compassion: compassionate; sentimentality: sentimental",
            "kindness: kind, kindhearted, gentle; warmth: warm, warm-hearted; friendliness: friendly, amiable; "
            "nurturing: nurture, motherly; protectiveness: protective",
        ),
        "lust": Group(
            "S87, P01",
            _WANT,
            "own: joy (D20 on desire), and wanting looks ahead",
            ("aroused",),
            "lust: lustful; desire: desirous, desiring; passion: passionate; infatuation: infatuated, besotted; "
            "arousal: aroused; sexual desire: sexually aroused",
            "flirtatiousness: flirty, flirting, flirtatious, seductive",
        ),
        "longing": Group(
            "S87, P01; C17 nostalgia, craving",
            {"anticipation": 0.5, "sadness": 0.5},
            "own: it looks out for what is missed",
            ("hopeful", "sad"),
            "longing: long for, longingly; nostalgia: nostalgic; craving: crave",
            "yearning: yearn; wistfulness: wistful",
        ),
    },
    "joy": {
        "joy": Group(
            "S87, P01: cheerfulness; P80 ecstasy; E92; W82 cheerful",
            _JOY,
            _S87,
            ("joyful",),
            "joy: joyful, joyous, rejoice, enjoying; happiness: happy; cheerfulness: cheerful, cheery; "
            "amusement: amused, amusing, amuse; bliss: blissful; gaiety: merry, merriment; glee: gleeful; "
            "jolliness: jolly; joviality: jovial; delight: delighted, delightful; enjoyment: enjoyable, enjoy; "
            "gladness: glad; jubilation: jubilant; elation: elated, overjoyed, over the moon; "
            "satisfaction: satisfied, satisfying; ecstasy: ecstatic; euphoria: euphoric",
            "playfulness: playful, silly, cheeky; fun: funny, humorous, humor, humour, laughing, laughter; "
            "mirth: mirthful; good mood: upbeat, in a good mood, uplifted, uplifting; sensory pleasure: sensuous",
        ),
        "zest": Group(
            "S87, P01; W82 energetic, stimulating, daring",
            _JOY,
            _S87,
            ("excited",),
            "zest: zestful; enthusiasm: enthusiastic; zeal: zealous; excitement: excited, exciting; "
            "thrill: thrilled, thrilling; exhilaration: exhilarated, exhilarating; energy: energetic, energized; "
            "stimulation: stimulated, stimulating; daring: bold, adventurous",
            "liveliness: lively, animated, vibrant; invigoration: invigorated",
        ),
        "contentment": Group(
            "S87, P01 contentment, pleasure; P80 serenity (mild joy); C17 calmness; W82 peaceful, relaxed",
            _JOY,
            _S87,
            ("relaxed",),
            "contentment: content, contented, fulfilled, fulfilment, fulfillment; "
            "pleasure: pleased, pleasant, pleasing; serenity: serene; calmness: calm, calming; "
            "peacefulness: peaceful, peace, at peace; relaxation: relaxed, relaxing, soothed, mellow",
            "comfort: comfortable, cozy, cosy; tranquillity: tranquil, tranquility; composure: composed; "
            "ease: at ease, easygoing; nonchalance: nonchalant, carefree",
        ),
        "pride": Group(
            "S87, P01; E92 pride in achievement; W82 powerful: proud, important, confident",
            _JOY,
            _S87,
            ("proud",),
            "pride: proud; triumph: triumphant; confidence: confident, self-confident, self-assured; "
            "importance: important, valuable, worthwhile; power: powerful, empowered",
            "accomplishment: accomplished, successful, victorious; smugness: smug; "
            "courage: courageous, brave, bravery; arrogance: arrogant, haughty, conceited",
        ),
        "optimism": Group(
            "S87, P01; W82 hopeful, optimistic",
            _WANT,
            "P80: joy + anticipation",
            ("hopeful",),
            "optimism: optimistic; hope: hopeful, hoping; eagerness: eager",
            "encouragement: encouraged, encouraging; inspiration: inspired, inspiring; motivation: motivated; "
            "ambition: ambitious",
        ),
        "enthrallment": Group(
            "S87, P01; C17 entrancement, aesthetic appreciation",
            _JOY,
            _S87,
            ("joyful", "impressed"),
            "enthrallment: enthralled, enthralling; rapture: rapturous, enraptured; entrancement: entranced; "
            "aesthetic appreciation: beautiful",
            "enchantment: enchanted, enchanting; transcendence: transcendent",
        ),
        "relief": Group(
            "S87, P01; E92",
            _JOY,
            _S87,
            ("consoled", "relaxed"),
            "relief: relieved",
            "consolation: consoled, comforted; reassurance: reassured; liberation: liberated, free, freedom",
        ),
        "gratitude": Group(
            "O88: joy over what another did; W82 thankful",
            _JOY,
            "D20",
            ("thankful",),
            "gratitude: grateful; thankfulness: thankful, thanks, thank",
            "indebtedness: indebted; blessing: blessed",
        ),
    },
    "trust": {
        "trust": Group(
            "P80; W82 trusting, secure, faithful",
            _TRUST,
            "itself",
            ("friendly", "respectful", "secure"),
            "trust: trusting, trusted; security: secure; faithfulness: faithful, loyal, loyalty",
            "reliance: relying, reliant; safety: safe; belief: believing, convinced; "
            "sincerity: sincere, earnest, honest",
        ),
        "acceptance": Group(
            "P80: mild trust; W82 respected, appreciated",
            _TRUST,
            "P80: mild trust",
            ("appreciative",),
            "acceptance: accepting, accepted; appreciation: appreciative, appreciated",
            "approval: approving, agreeing, agreement; openness: open, open-minded; belonging: belonged, connected; "
            "forgiveness: forgiving; understanding: understood, empathetic, empathy, empathic; patience: patient; "
            "support: supportive, supported",
        ),
        "admiration": Group(
            "P80: strong trust; O88; C17",
            _TRUST,
            "P80: strong trust",
            ("impressed", "respectful"),
            "admiration: admiring, admired, impressed",
            "respect: respectful, respected; reverence: reverent; esteem: valued",
        ),
    },
    "anticipation": {
        "anticipation": Group(
            "P80",
            _AHEAD,
            "itself",
            ("alert", "interested"),
            "anticipation: anticipating, anticipatory",
            "expectation: expectant, expecting; preparedness: prepared, ready; impatience: impatient, restless",
        ),
        "interest": Group(
            "P80: mild anticipation; I77; C17; W82 fascinating",
            _AHEAD,
            "P80: mild anticipation",
            ("interested",),
            "interest: interested, interesting, engaged, engagement; fascination: fascinated, fascinating",
            "curiosity: curious, inquisitive, intrigued; absorption: absorbed, engrossed; thoughtfulness: thoughtful",
        ),
        "vigilance": Group(
            "P80: strong anticipation",
            _AHEAD,
            "P80: strong anticipation",
            ("alert",),
            "vigilance: vigilant",
            "alertness: alert, watchful, attentive, attention; determination: determined, resolute, resolve; "
            "concentration: concentrated, focused, focus; seriousness: serious, solemn; caution: cautious, wary",
        ),
    },
    "surprise": {
        "surprise": Group(
            "S87, P01; P80 amazement, distraction",
            _SURPRISE,
            "itself",
            ("surprised",),
            "surprise: surprised, surprising; amazement: amazed, amazing; "
            "astonishment: astonished, astonishing, stunned, taken aback; distraction: distracted",
            "disbelief: incredulous, incredulity, unbelieving; "
            "speechlessness: speechless, no words, dumbfounded, flabbergasted; startle: startled, startling; "
            "realization: realisation, realizing, realising",
        ),
        "awe": Group(
            "P80; C17",
            {"fear": 0.5, "surprise": 0.5},
            "P80: fear + surprise",
            ("impressed", "surprised"),
            "awe: awed, awestruck, in awe, awesome",
            "wonder: wonderment, wondrous, marveling, marvelling",
        ),
        "confusion": Group(
            "C17; W82 confused, bewildered",
            _SURPRISE,
            "D20",
            ("confused",),
            "confusion: confused, confusing; bewilderment: bewildered",
            "perplexity: perplexed, puzzled, puzzlement, baffled; "
            "doubt: doubtful, doubting, unsure, uncertain, uncertainty; hesitation: hesitant, hesitating; "
            "disorientation: disoriented, lost; ambivalence: ambivalent",
        ),
    },
    "fear": {
        "fear": Group(
            "S87, P01: horror; P80 terror; E92",
            _FEAR,
            _S87,
            ("fearful",),
            "fear: fearful, fearing, afraid; alarm: alarmed; shock: shocked, shocking, shook, appalled; "
            "fright: frightened, frightening, scared, scary, scare; horror: horrified, horrifying, horrific; "
            "terror: terrified, terrifying; panic: panicked, panicking, panicky; hysteria: hysterical; "
            "mortification: mortified",
            "cowardice: cowardly; threat: threatened; petrified: paralyzed, paralysed",
        ),
        "nervousness": Group(
            "S87, P01; P80 apprehension (mild fear); C17 anxiety; W82 anxious",
            _FEAR,
            _S87,
            ("anxious", "tense"),
            "nervousness: nervous; anxiety: anxious, angst; suspense: suspenseful; "
            "uneasiness: uneasy, unease, disquiet, disquietment, unsettled, unsafe; apprehension: apprehensive; "
            "worry: worried, worrying, worries; distress: distressed, distressing; dread: dreading, dreadful; "
            "tenseness: tense, tension",
            "stress: stressed, stressful, pressured; concern: concerned; jitters: jittery, on edge; "
            "overwhelm: overwhelmed, overwhelming; awkwardness: awkward, uncomfortable, discomfort; "
            "urgency: urgent, hurried",
        ),
        "insecurity": Group(
            "W82 scared: insecure, helpless, submissive, inadequate (P01 has insecurity under neglect)",
            _FEAR,
            "W82: scared",
            ("anxious", "discouraged"),
            "insecurity: insecure; helplessness: helpless, powerless; submission: submissive; "
            "inadequacy: inadequate, inferior, inferiority, worthless, not good enough; "
            "insignificance: insignificant",
            "vulnerability: vulnerable, sensitive, sensitivity; shyness: shy, timid, bashful; "
            "self-consciousness: self-conscious; weakness: weak, fragile",
        ),
    },
    "sadness": {
        "sadness": Group(
            "S87, P01; P80 grief, pensiveness; W82 depressed",
            _SAD,
            _S87,
            ("sad",),
            "sadness: sad, saddened, saddening; depression: depressed, depressing; "
            "despair: despairing, despondent, despondency, desperate, desperation; gloom: gloomy; glumness: glum; "
            "unhappiness: unhappy, upset; grief: grieving, grief-stricken, mourning, loss; sorrow: sorrowful; "
            "woe: woeful; misery: miserable; melancholy: melancholic, melancholia, dysphoric; "
            "hopelessness: hopeless; pensiveness: pensive",
            "crying: cry, tearful, weeping, in tears; heartbreak: heartbroken; low spirits: down, blue, low; "
            "emptiness: empty; devastation: devastated",
        ),
        "suffering": Group(
            "S87, P01",
            _SAD,
            _S87,
            ("anguished",),
            "suffering: suffer; agony: agonized, agonizing; anguish: anguished; hurt: hurting",
            "pain: pained, painful; trauma: traumatized, traumatised",
        ),
        "disappointment": Group(
            "S87, P01",
            _SAD,
            _S87,
            ("discouraged",),
            "disappointment: disappointed, disappointing, let down; dismay: dismayed; displeasure: displeased",
            "discouragement: discouraged, disheartened, disillusioned; dissatisfaction: dissatisfied; "
            "pessimism: pessimistic",
        ),
        "shame": Group(
            "S87, P01; I77; E92; O88",
            _SAD,
            _S87,
            ("guilty", "regretful"),
            "shame: ashamed, shameful; guilt: guilty; regret: regretful, regretting; remorse: remorseful",
            "self-reproach: self-blame, repentant, contrite, stupid, foolish; apology: apologetic, sorry",
        ),
        "neglect": Group(
            "S87, P01; W82 lonely, rejected",
            _SAD,
            _S87,
            ("sad", "discouraged"),
            "neglect: neglected, forgotten, undervalued; alienation: alienated, misunderstood; "
            "defeat: defeated, defeatism; dejection: dejected; embarrassment: embarrassed, embarrassing; "
            "homesickness: homesick; humiliation: humiliated, humiliating; "
            "insult: insulted, offended, disrespected; isolation: isolated, withdrawn; "
            "loneliness: lonely, lonesome, alone; rejection: rejected",
            "abandonment: abandoned, forsaken, left out, excluded; betrayal: betrayed; "
            "injustice: wronged, aggrieved, grievance, persecuted, victimised, victimized, violated",
        ),
        "sympathy": Group(
            "S87, P01; O88 pity; C17 empathic pain",
            _SAD,
            _S87,
            ("sad",),
            "sympathy: sympathetic; pity: pitying; empathic pain: empathic sorrow",
            "commiseration: commiserating, condolence",
        ),
        "weariness": Group(
            "W82 sad: tired, apathetic, sleepy",
            _SAD,
            "W82: sad",
            ("bored", "depressed"),
            "tiredness: tired; apathy: apathetic, unmotivated; sleepiness: sleepy",
            "weariness: weary; exhaustion: exhausted, burnt out; fatigue: fatigued; resignation: resigned; "
            "lethargy: lethargic, listless, lazy; numbness: numb",
        ),
    },
    "disgust": {
        "disgust": Group(
            "E92; P80 loathing; S87, P01: disgust (there under anger)",
            _DISGUST,
            "itself",
            ("disgusted",),
            "disgust: disgusted, disgusting, grossed out; revulsion: revolted, revolting; "
            "loathing: loathe, detest, detestable",
            "repulsion: repulsed, repulsive, repelled; nausea: nauseated, nauseous; aversion: averse; "
            "repugnance: repugnant",
        ),
        "contempt": Group(
            "E92; I77; P80; P01 contempt, scorn",
            {"anger": 0.5, "disgust": 0.5},
            "P80: anger + disgust",
            ("disgusted", "displeased"),
            "contempt: contemptuous; scorn: scornful",
            "disdain: disdainful, dismissive; derision: derisive, mocking, mockery, ridicule, sneering; "
            "sarcasm: sarcastic, ironic, irony; cynicism: cynical",
        ),
        "boredom": Group(
            "P80: mild disgust; C17",
            _DISGUST,
            "P80: mild disgust",
            ("bored",),
            "boredom: bored, boring",
            "tedium: tedious, monotonous; disinterest: disinterested, uninterested, unamused",
        ),
    },
    "anger": {
        "anger": Group(
            "S87, P01: rage; P80 rage; E92; W82 mad: hateful, hostile",
            _ANGER,
            _S87,
            ("angry",),
            "anger: angry, angered, mad; rage: enraged, raging; outrage: outraged; fury: furious, infuriated; "
            "wrath: wrathful; hostility: hostile; ferocity: ferocious, fierce; bitterness: bitter, salty; "
            "hatred: hate, hateful; spite: spiteful; vengefulness: vengeful, revengeful, revenge; "
            "dislike: disliking; resentment: resentful",
            "indignation: indignant; aggression: aggressive, aggressiveness, violent, violence; "
            "ire: irate, livid, seething; animosity: antagonistic; defiance: defiant, rebellious; "
            "malice: malicious, cruel, cruelty",
        ),
        "irritation": Group(
            "S87, P01; P80 annoyance (mild anger)",
            _ANGER,
            _S87,
            ("mildly annoyed",),
            "irritation: irritated, irritable, irritability, irritating; aggravation: aggravated; "
            "agitation: agitated; annoyance: annoyed, annoying, annoy; grouchiness: grouchy; grumpiness: grumpy; "
            "crosspatch: cross",
            "moodiness: moody, cranky, sullen, sulky; bother: bothered; complaint: complaining, grumbling",
        ),
        "exasperation": Group(
            "S87, P01",
            _ANGER,
            _S87,
            ("displeased", "angry"),
            "exasperation: exasperated, fed up; frustration: frustrated, frustrating",
        ),
        "envy": Group(
            "S87, P01",
            _ANGER,
            _S87,
            ("displeased",),
            "envy: envious; jealousy: jealous",
            "covetousness: covetous, greed, greedy",
        ),
        "torment": Group(
            "S87, P01", _ANGER, _S87, ("anguished",), "torment: tormented", "provocation: provoked, teased"
        ),
        "reproach": Group(
            "O88 reproach; W82 mad: critical, skeptical",
            _ANGER,
            "W82: mad",
            ("displeased",),
            "reproach: reproachful; criticism: critical, criticizing; skepticism: skeptical, sceptical, scepticism",
            "disapproval: disapproving, disapprove; blame: blaming, accusing, accusatory; "
            "judgment: judgmental, judgemental; distrust: distrustful, mistrust, mistrustful; "
            "suspicion: suspicious; dissent: disagreement, opposed; stubbornness: stubborn; defensiveness: defensive",
        ),
    },
    "neutral": {
        "neutral": Group(
            "ours",
            {"neutral": 1.0},
            "itself",
            (),
            "",
            "neutral: neutrality, none, no emotion, no emotions, unemotional, emotionless, expressionless, impassive; "
            "indifference: indifferent, disconnected, disconnection, unconcerned, detached, detachment, distant, "
            "don't care; matter-of-factness: matter-of-fact, objective",
        )
    },
}


def _entries(group: Group) -> dict[str, tuple[str, ...]]:
    """Word -> its other forms."""
    entries = (e.partition(":") for part in (group.words, group.ours) for e in part.split(";") if e.strip())
    return {word.strip(): tuple(f.strip() for f in forms.split(",") if f.strip()) for word, _, forms in entries}


def _point(word: str, forms: tuple[str, ...], group: Group) -> Point:
    if word in COARSE:
        return coarse(word)
    if not group.terms:
        return coarse("neutral")
    there = rm77(*group.terms)
    # RM77's "anxious" is a little pleasant: a word that lies across from its group is not its best witness
    own = (rm77(form) for form in (word, *forms) if form in TERMS and TERMS[form][0] * there[0][0] > 0)
    return Point(group.shares, group.ground, *next(own, there))


_ENTRIES = {
    (core, name): {name: ()} | _entries(group) for core, groups in TREE.items() for name, group in groups.items()
}

NAMES = tuple(dict.fromkeys(word for entries in _ENTRIES.values() for word in entries))

SYNONYMS = {form: word for entries in _ENTRIES.values() for word, forms in entries.items() for form in forms}

HUB = {
    word: _point(word, forms, TREE[core][name])
    for (core, name), entries in _ENTRIES.items()
    for word, forms in entries.items()
}

WHEEL = _words.Wheel.of(
    "wheel",
    [(core, name, word) for (core, name), entries in _ENTRIES.items() for word in entries],
    {form: (word,) for form, word in SYNONYMS.items()},
)

spellings = _words.spellings
"""Other spellings to look a label up under: "happily" is found as "happy"."""
