"""Words that the analyses must know, in English and Spanish: what is about sleep, what is no theme, and what is never thrown at anybody."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


SLEEP = _listed(
    """
    sleep sleeps sleeping sleepy slept asleep overslept oversleep insomnia nap naps napped bedtime
    dormir dormí dormi dormido durmió durmio durmiendo duermo dormida sueño sueno insomnio siesta desvelo desvelada desvelado
    """
)

# Words that bind sentences or tell when, and words that rate the day: that mood was low on days called "bad" is no news.
UNREMARKABLE = _listed(
    """
    a about above after again against ago all almost already also always am an and another any anything are aren't around as at away back be became because become been before being
    below between both but by came can can't cannot come could couldn't did didn't do does doesn't doing don't done down during each else end ended enough especially even ever every
    everyone everything few finally first for found from further gave get gets getting give go goes going gone gonna got had hadn't half has hasn't have haven't having he he's her here
    here's hers herself him himself his how however i i'd i'll i'm i've if in instead into is isn't it it's its itself just keep kept kind know last least less let like little long
    look looked lot lots made make makes making many may maybe me mean might mine more most much must my myself near need needed never new next no none nor not nothing now of off often
    on once one only onto or other others our ours out over own part people perhaps pretty probably put quite rather really right said same saw say see seem seemed seems several
    she she's should shouldn't since so some someone something sometimes soon started still stuff such take than thank that that's the their theirs them themselves then there there's
    these they they're thing things think this those though thought through time times to together told too took toward tried try trying two under until up upon us use used usual
    usually very wanna want wanted was wasn't way we we're we've well went were weren't what what's when where which while who whole whom why will with within without won't would
    wouldn't yeah yes yet you you're your yours yourself
    today tonight tomorrow yesterday day days week weeks month year morning afternoon evening night hour hours minute minutes later early late
    monday tuesday wednesday thursday friday saturday sunday weekend
    feel feeling feels felt mood moods good great fine okay ok nice bad awful terrible horrible amazing awesome wonderful lovely best better worst worse happy happier sad sadder low
    down depressed depressing anxious upset angry mad glad joy joyful cheerful content miserable gloomy hopeless lonely stressed stressful tired exhausted calm relaxed excited fun enjoy
    enjoyed love loved hate hated cry cried crying perfect productive rough hard tough easy meh blah
    a al algo alguien algún algunos alguna algunas allí ante antes aquel aquella aquello aquí así aún aunque bastante bien cada casi como con contra cosa cosas creo cual cuando cuanto
    de del demasiado dentro desde después dice dije donde durante e el él ella ellas ellos en encima entonces entre era eran eres es esa esas ese eso esos esta está están estaba estado
    estamos estar estas este esto estos estoy estuve estuvo fue fueron fui gente gran ha haber había hace hacer hacia han hasta hay he hecho hemos hice hizo hoy igual iba ir la las le
    les lo los luego más me mejor menos mi mí mientras mis misma mismo mismos mucha muchas mucho muchos muy nada nadie ni ningún ninguna ninguno no nos nosotros nuestra nuestro nunca o
    os otra otras otro otros para parece pero poca poco pocos poder por porque pude puede puedo pues que qué quien quién quiero quise quizá quizás se sé sea según ser será si sí sido
    siempre sin sino sobre solo sólo somos son soy su sus tal también tampoco tan tanto te tener tengo tenía ti tiene tienen toda todas todavía todo todos tu tú tus tuve tuvo un una
    unas uno unos va vamos van varias varios veces ver vez voy y ya yo
    ayer mañana noche noches tarde tardes día días semana semanas mes año hora horas minuto minutos lunes martes miércoles jueves viernes sábado domingo
    siento sentí sentía sentido sentirme humor ánimo ánimos bueno buena buenos buenas malo mala mal peor genial fatal horrible terrible increíble feliz triste tristeza alegre contento
    contenta deprimido deprimida ansioso ansiosa enojado enojada enfadado enfadada cansado cansada agotado agotada estresado estresada tranquilo tranquila relajado relajada nervioso
    nerviosa solitario sola llorar lloré lloro amor odio amo encanta encantó difícil duro dura fácil perfecto perfecta
    """
)

# Self-harm and death, violence and abuse, intimacy, bodies, substances, illness and faith: not for an app to hold up to anybody. Beginnings of words, without accents.
_SENSITIVE = re.compile(
    r"""\b(?:
    suicid | kill | die[ds]?\b | dying | dead | death | self.?harm | harm(?!on) | hurt | cut(?:s|ting)?\b | blood | bleed | overdos | pills?\b | hang(?:ed|ing)\b | noose | rope\b | knife | knive | blade
    | razor | gun(?:s)?\b | weapon | jump(?:ing)?.off | end.it | worthless | burden | funeral | grave\b | abus | rape | molest | assault | violen | beat(?:s|en|ing)?\b | hit(?:s|ting)?\b | threat
    | attack | trauma | flashback | bully | bullie | sex | porn | naked | nude | masturb | orgasm | libido | erect | pregnan | miscarr | abort | period\b | menstru | hiv\b | aids\b | std\b | cancer
    | tumou?r | diagnos | psycho | bipolar | schizo | borderline | disorder | anorex | bulimi | binge | binging | purg | vomit | calori | weight\b | fat\b | starv | drunk | alcohol | drug | weed\b
    | cannabis | cocain | heroin | meth\b | opioid | addict | relaps | withdrawal | god\b | pray | church | mosque | jesus | allah | gay\b | lesbian | trans\b | transgender | queer | police | prison | jail
    | matar | mato\b | mate\b | muer | morir | moria | muero | autoles | herir | herid | lastim | cortarme | corte\b | cortes\b | sangr | sobredosis | pastill | ahorc | soga | cuchill | navaja
    | arma\b | armas\b | pistola | acabar.con.todo | carga\b | entierro | tumba\b | maltrat | viol(?:ar|o|ad|en|ac) | agred | agres | golpe | pegar | pego\b | amenaz | abuso | acoso | acosa | desnud
    | hang.myself | quitarme.la.vida | hacerme.dano
    | embaraz | regla\b | sida\b | vih\b | trastorno | atracon | vomit | calorias | peso\b | gord | ayun | borrach | emborrach | droga | porro | cocaina | adicc | adict | recaid | dios\b | rezar | rezo\b
    | iglesia | mezquita | lesbiana | policia | carcel | violencia
    )""",
    re.VERBOSE,
)

# Sensitive as a whole, though its words alone are not: notes are read as if they ended before and began again after it.
PHRASE = re.compile(r"\b(?:self.?harm(?:ed|ing)?|jump(?:ing)?.off|hang(?:ing)?.myself|end(?:ing)?.it|acabar.con.todo|quitarme.la.vida|hacerme.daño)\b", re.IGNORECASE)


def words(text: str) -> tuple[str, ...]:
    """In small letters, in order; numbers are none."""
    return tuple(_WORD.findall(unicodedata.normalize("NFC", text.casefold()).replace("’", "'")))


def is_sensitive(text: str) -> bool:
    bare = unicodedata.normalize("NFKD", text.casefold())
    return _SENSITIVE.search("".join(each for each in bare if not unicodedata.combining(each))) is not None
