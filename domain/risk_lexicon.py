"""The words of `risk`, English and Spanish: data, no logic. Which phrases of them show risk stands in `risk_lexicon_en` and `risk_lexicon_es`.

Sources: the wording of the C-SSRS screener (Posner 2011), public lists of warning signs, and euphemisms in public use to get round filters
(kms, unalive, ctb, sewerslide). Words stand lower case, without accents and apostrophes (don't -> dont); a `~` asks for one-letter typos too.
"""

from __future__ import annotations

# Letters of other scripts that look like Latin ones, after case folding.
LOOKALIKES = dict(
    zip(
        "авеёзкмнорстухіїјѕһԁӏԛԝьϲαβεηικνορτυχωϳ" + "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ" + "ıɩɑɡɛøłđħ",
        "abeeekmhopctyxiijshdlqwbcabenikvoptuxwj" + "abcdefghijklmnoprstuvwyz" + "iiageoldh",
        strict=True,
    )
)
LEET = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "!": "i", "|": "l", "+": "t"}
EMOJI = {
    "🔫": "emojigun", "🔪": "emojiknife", "🗡": "emojiknife", "🪒": "emojiknife", "💣": "emojigun",
    "💀": "emojiskull", "☠": "emojiskull", "⚰": "emojicoffin", "🪦": "emojicoffin", "⚱": "emojicoffin", "👻": "emojicoffin",
    "💊": "pills", "🌉": "bridge", "🚆": "train", "🚂": "train", "🚇": "train", "🩸": "blood",
    "😂": "haha", "🤣": "haha", "😆": "haha", "😹": "haha", "😅": "haha", "🙈": "haha", "😜": "haha",
}  # fmt: skip

# Words known behind asterisks too (k*ll), and words known in two pieces (sui cide): of these only such as no innocent pair of words makes.
MASKED = "kill killing die dead suicide suicidal myself matarme morir suicidarme overdose"
SPLIT_IN_TWO = "myself suicide suicidal kill killing overdose overdosing unalive sewerslide suicidarme matarme suicidio morirme quitarme"

# Numbers in words, of ten or more.
MANY = "ten twelve fifteen twenty thirty forty fifty sixty hundred dozen dozens diez doce quince veinte treinta cuarenta cincuenta sesenta cien"

# --- Groups of words: what one sign may stand for -------------------------------------------------------------------------------------------

GROUPS: dict[str, str] = {
    # negating
    "negator": """
        not no never dont doesnt didnt wont wouldnt havent hasnt isnt arent aint nobody none without stopped stop quit free clean nor neither hadnt dnt
        longer wasnt shouldnt refuse nunca jamas ni tampoco sin nadie ningun ninguna dejado deje
    """,
    # What may stand between a negation and the phrase it negates; with anything else between, it belongs to something else.
    "carries_negation": """
        going gonna to want wants wanted wanting wanna have had having any a an the plan plans planning intention intentions intent of thoughts thought
        about thinking feel feeling ever be been being really do did will would could even actually at all consider considered considering attempt
        attempted attempting try tried trying urge urges desire or and need longer suicidal suicide self harm active from doing think it in my anything
        here so planned imagine currently more feelings ideation on plans like hurting hurt cut cutting me voy a quiero quiera quiero pienso en tengo
        tenia ganas de he habia pensado intentado intente querido quise querer pensamientos ideas idea plan intencion que va ya mas para es estoy
        pensando nunca quisiera deseo necesito vuelvo vuelto volveria volver he un una ser soy siento jamas creo
    """,
    # A negation followed by one of these negates that, not what comes after: "not going to lie", "don't know why", "can't stop".
    "turns_negation": """
        know lie joke joking kidding stop help only care sure ok okay fine sleep matter broma miento se sirve puedo importa aguanto estar wake
        understand why worth point reason way que
    """,
    "negated_claim": "think believe mean say said suppose feel creo pienso",
    # who
    "i": "i im ive id ill iam me my myself mi yo conmigo",
    "self": "myself~ meself miself mysef mysel",
    "third": """
        he hes she shes they theyre him her them who people someone somebody everyone everybody nobody friend friends brother sister uncle aunt cousin
        hero character son daughter kids kid children dog cat plant phone battery patients teenager teenagers teens girl boy man woman guy bro dude
    """,
    "tercera": "el ella ellos ellas alguien amigo amiga hermano hermana tio tia primo prima protagonista personaje hijo hija gente perro gato quien",
    "family": """
        husband wife boyfriend girlfriend bf gf partner ex dad father mom mum mother stepdad stepfather stepmom parents parent brother sister uncle he
        she they roommate boss son daughter baby kid kids child children family coworker teacher classmates
    """,
    "person": "him her them everyone everybody someone somebody people others anyone",
    # connecting words
    "adv": """
        to just really so badly bad desperately only honestly fucking fking fuckin freaking simply literally actually truly still even kinda sometimes
        too now finally already probably maybe seriously always almost 2 tho all a be soo very much
    """,
    "be": "am im was were is are be been being feel feeling felt getting iam",
    "not": "dont not never didnt cant wont doesnt couldnt wouldnt",
    "dont": "dont dnt doesnt donot not didnt never cant cannot no wouldnt",
    "cant": "cant cannot cnt couldnt unable",
    "anymore": "anymore more longer",
    "no": "no nothing zero not dont havent without never cant see isnt aint theres",
    # wishing and thinking
    "want": "want wanna wnat watn wan wanting wanted wanting need craving crave longing tempted ready urge urges desperate like waiting",
    "wish": "wish wishes wishing wished hope hopes hoping hoped pray prays praying prayed",
    "think": """
        think thinking thoughts thought thinkin tought considering consider considered contemplating contemplate contemplated fantasizing fantasising
        fantasize fantasise fantasies fantasy daydream daydreaming wonder wondering wondered dreaming dream obsessed imagine imagining imagined picture
        picturing pictured visualize thinking~ mind idea ideas ideation urge urges planning
    """,
    "might": "maybe should could might perhaps gotta what want wanna wanted wnat wanting tempted urge urges ready just rather can",
    "search": "googled googling searched searching search researching researched research looking looked google reading",
    "going": "going gonna goin gunna gna ganna will ill decided deciding intend intending intent mean finally definitely ima imma promise swear must",
    "tried": "tried trying attempted attempt attempting try tryed almost nearly",
    # killing, dying
    "kill": "kill kil kll killl kills killing killin klil kys murder murdering unalive unaliving unalived delete deleting emojigun emojiknife end ending",
    "die": "die dei dye dieing dying emojicoffin emojiskull perish unalived",
    "dead": "dead ded death gone emojiskull emojicoffin unalive unalived",
    "live": "live living exist existing alive life breathing breathe",
    "suicide": "suicide~ suicid sewerslide sewercide suic soocide selfdeletion sucide suicde",
    "suicidal": "suicidal~ suicidle suicidally sewerslidal suicidel",
    "end": "end ending ended endin",
    # means and places
    "planned": "planned plan planning plans",
    "pills": "pills pill tablets tablet meds medication medications medicine antidepressants paracetamol tylenol xanax aspirin ibuprofen painkillers capsules",
    "means": "pills tablets meds rope noose gun pistol blade blades knife razor razors poison bullet bullets rifle shotgun emojigun emojiknife cable belt",
    "high": "bridge roof rooftop building balcony cliff ledge window overpass edge railing garage tower floor terrace tracks rails platform",
    "vehicle": "train trains tube bus car cars truck trucks subway metro traffic lorry",
    "vein": "wrist wrists vein veins throat artery arteries arm arms thighs legs",
    # life as it is: what takes the danger out of a phrase
    "laugh": "lol lmao lmfao rofl haha hahaha hahah ha hehe jaja jajaja jajaj jeje xd lolol lmaoo jk",
    "fun": """
        laughter laughing laugh embarrassment embarrassed embarrassing cringe hunger boredom shame cuteness heat cold happiness joy excitement thirst
        risa verguenza hambre sueno calor frio aburrimiento sed ganas susto felicidad emocion alegria amor ternura pena envidia
    """,
    "travel": """
        travelling traveling travel vacation vacations holiday holidays trip flight flying conference appointment busy weekend back office moving
        visiting monday vacaciones viaje viajo trabajo oficina lunes vuelo cita medico fiesta
    """,
    "accident": """
        shaving shave cooking chopping kitchen oven stove iron finger fingers gym workout running training slack accident accidentally paper glass knee
        ankle football soccer lifting exercising hair climbing playing yoga sports onions afeitando afeitandome cocinando cocina dedo pelo gimnasio
        corriendo jugando entrenando accidente flequillo unas rodilla tobillo cesped pan verduras
    """,
    "fiction": """
        song songs lyrics lyric movie movies film films book books novel chapter character episode series show documentary game games poem play podcast
        anime manga story fiction pelicula peliculas libro cancion canciones letra novela capitulo personaje serie juego poema protagonista documental
        cuento
    """,
    "said": "said says say saying told tells tell screams screamed sings sang whispers asks wrote dice dijo dicen decia canta grita conto escribe",
    "asked": "asked asks ask asking wondered pregunto preguntaron pregunta",
    "years": "years year decades decade ages anos decadas",
    "well": """
        well fine happy happier grateful thankful better helped recovered recovery past healed proud love over glad stable free sober survived changed
        strong bien feliz agradecido agradecida mejor ayudo supere superado recuperada recuperado recuperacion contento contenta amo orgullosa orgulloso
        alegro
    """,
    "conjunctions": "and but y pero",
    # Spanish verbs that say "I" by themselves.
    "yo_verbo": "quiero kiero quisiera voy pienso tengo estoy soy intente tome corte he deseo",
    # Words that place a find in the present.
    "present": "want wanna am im going gonna will ill feel now today tonight want quiero voy pienso estoy quisiera hoy ahora",
    "again": "again still relapsed relapsing otra nuevo todavia aun vuelto",
    "prescribed": """
        prescribed prescription doctor psychiatrist headache headaches breakfast lunch dinner vitamins vitamin allergy flu cold nurse doctors receto
        receto recetadas medico doctora vitaminas desayuno gripe dosis
    """,
    "trivial": "makes make made making having have hear watch see another game boss meeting homework traffic exam song this hace hacen esta este",
    "heavy": "life everything everyone anymore pain depression alone vida todo dolor depresion",
    "preposition": """
        up early al a temprano tarde in at with near there on under by apart together forever without here where off next alone en con cerca lejos sin
        aqui alla sola solo
    """,
    "reflexive": """
        esteem confidence worth care image respect awareness help employed made love isolate isolation isolating defense study harm harming harmed
        hatred
    """,
    # Spanish
    "quiero": """
        quiero~ kiero qiero quisiera querria desearia deseo ganas deseando esperando gustaria prefiero preferiria necesito anhelo queria quise quiera
        quero quier kisiera
    """,
    "pienso": """
        pienso pense pensaba pensado pensando pensar pensamientos pensamiento pienzo imagino imaginado imaginando fantaseo ideas idea planteado
        planteando planteo considerado considerando considero mente cabeza sueno
    """,
    "podria": "podria deberia quiza quizas talvez puedo debo mejor dan ganas piensa creo quiero",
    "voy": "voy vooy boy decidido decidi decidida acabare estoy planeo juro prometo",
    "es_adv": """
        solo ya mas tanto de realmente verdad mucho muchas a que simplemente en no nada solamente yo me otra vez la las ganas por siempre hoy pronto
        todo seguir
    """,
    "muerto": "muerto muerta muertos",
    "mata": "matarme~ matarm suicidarme~ suisidarme suicidarm suicidandome matandome suicidandome desvivirme eliminarme",
    "plan_es": "plan planes planeo planeando planeado planear planifique planificando planificado organizado",
    "pastillas": "pastillas pastilla pastiyas medicamentos medicamento pildoras tabletas somniferos ansioliticos medicinas pills",
    "cosas": "cuerda soga pistola arma cuchillo cuchilla navaja veneno pastillas pildoras escopeta cable lazo",
    "alto": "balcon puente ventana edificio azotea acantilado precipicio terraza piso tejado barranco borde torre quinto decimo noveno",
    "tren": "metro tren trenes vias via coches camion autobus carretera bus carro subte coche",
    "tirar": "tirarme lanzarme arrojarme aventarme saltar tirandome lanzandome saltando tirara salto botarme saltaria",
    "pareja": "marido esposo esposa novio novia pareja padre madre papa mama padrastro madrastra hermano tio ex el ella jefe",
    # Words that only the guards look for, and real words one letter away from a key word: once known they are no typos.
    "cues": """
        if whether about si said told answered dije yes lied menti him her makes made make hace hacen me have hear see get when cuando was era tenia
        back in en not dont that hasta you from of por used antes teenager teen kid child young joven adolescente nino nina ago hace other reason why
        reasons more much than as than never nunca mas tanto all heaven on quiere quieren quieres matarte matarle matarlo matarse suicidarse suicidarte
    """,
    "vive": "amanecer viva vivir viviendo vivo viva existir existiendo vida despertar despertarme",
}

# --- Phrases used by several rules -----------------------------------------------------------------------------------------------------------

PHRASES: dict[str, str] = {
    "die": """
        ( <die> / be <adv>* ( <dead> / killed / unalived ) / not <adv>* exist / stop ( existing / living / breathing / being alive ) / cease to exist /
        ( never / not ) <adv>* wake up? / ( sleep / asleep ) ~4 ( never / not / dont / wont / forever ) / ( disappear / vanish / leave ) ~2 ( forever /
        never / world / earth ) / disappear ( $ / completely ) / not be ( alive / here ( <anymore> / any ) / around ) / no longer ( exist / live / be )
        / ( leave / out of / off ) this ( world / earth / life / planet ) / end up dead )
    """,
    "kill": """
        ( <kill> <self> !<fun>|studying|working|work|over|trying / <kill> myself dead / <end> <adv>* ( my own? ( life / existence / suffering / misery )
        / myself ) / ( <end> / ended ) ( it / things / everything / this ) ( all / for good / forever / permanently / tonight / 2night / today / now /
        tomorrow ) / take ~1 my own? life / taking ~1 my own? life / ( commit / committing / comit / comitting / commiting ) <suicide> / ( do / doing )
        myself in / off myself / offing myself / ( to / just / about / i / ill / should / and / could / might / on / let me / <want> ) ( ctb / kms /
        unalive ) / ( put / blow ) ~2 bullet ~2 ( head / brain / me ) / <kill> me <self> )
    """,
    "method": """
        ( ( let / letting ) myself ( fall / drop / drown ) / ( go / going / climb / climbing / went ) over ~2 <high> / ( jump / jumping / jumped / leap / leaping / throw ~1 myself / throwing ~1 myself / fling myself ) ( off / from / out / over ) ~3 <high> / (
        jump / jumping / step / stepping / stepped / jumped / walk / walking / throw / throwing / run / running / lie / lay ) ~1 myself? ( in front of /
        under / into / onto / in to / on ) ~2 ( <vehicle> / tracks / rails ) / ( jump / jumping / step / stepping ) in front of ( it / one / that ) / (
        hang / hanging / hung ) <self> / ( slit / slitting / slash / slashing / cut / cutting / open / opening ) ~1 my ~1 <vein> / ( overdose /
        overdosing / overdosed / od / oding ) !on|of|with / ( overdose / overdosing / od / oding ) ( on / with / of ) ~2 <pills> / ( take / taking /
        took / swallow / swallowing / down / downing ) ~1 ( all / every / whole / entire / bottle / handful / too ) ~4 <pills> / ( shoot / shooting )
        <self> !in / ( shoot / shooting ) <self> in the ( head / heart / mouth / chest ) / ( drown / drowning / gas / gassing / poison / poisoning /
        strangle / strangling / choke / burn / electrocute / starve ) <self> / ( crash / crashing / drive / driving / ram / swerve / swerving / steer / steering )
        ~2 ( car / truck / bike / motorbike / van ) ~2 ( into / off / on purpose / against ) / ( drive / driving / swerve / swerving / drove / steer / steering / veer / veering ) ~1 ( off
        ~2 <high> / into ~2 ( tree / wall / traffic / truck / lorry / river / lake / pole / oncoming ) ) / ( blow / blowing ) ~1 my ~1 ( brains / head )
        / ( gun / pistol / shotgun / rifle / knife / blade / razor ) ~1 ( on / to / against / in ) ( myself / my ~1 ( head / mouth / throat / wrists /
        wrist / chest / temple ) ) / ( carbon monoxide / charcoal / helium / exit bag ) / bleed out / bleeding out / starve myself to death / ( stab /
        stabbing ) myself / ( drink / drinking ) ~1 ( bleach / antifreeze / poison / pesticide ) / ( walk / walking / swim / swimming ) ~1 ( into / out
        ) ~3 ( sea / ocean / lake / river / water ) ~3 ( not / never ) / let go of the wheel / ( rope / noose ) ~3 my neck )
    """,
    "way": "( painless / painlessly / easiest / easy / quickest / quick / fastest / best / simplest / peaceful / least / ways / how / method / methods )",
    "kill_es": """
        ( ( <mata> ) / ( quitarme / kitarme / quitarm ) ~1 la vida / ( acabar / terminar / acabe / termine / poner fin ) ( con / a ) ( mi vida / mi
        existencia / todo !el|los|las|este|esto|lo / esto $ / conmigo ) / ( acabar / terminar ) conmigo )
    """,
    "method_es": """
        ( <tirar> ~2 <alto> / <tirar> ~3 <tren> / ( ahorcarme / colgarme ( $ / de ) ) / ( cortarme / cortar / abrirme / rajarme ) ~1 ( venas / munecas /
        vena / muneca ) / ( tomarme / tomaria / tragaria / tomar / tragarme / tragar / tomo / trago / tomarm ) ~1 ( todas / todo / todos / bote / frasco
        / caja ) ~3 <pastillas> / sobredosis / ( pegarme / darme / meterme ) ~1 ( tiro / balazo / disparo ) / dispararme / ( estrellar / chocar /
        estrellarme / chocarme ) ~3 ( coche / carro / auto / moto / muro / arbol / pared / camion ) / ( ahogarme / envenenarme / desangrarme /
        asfixiarme / electrocutarme ) !en / ( ponerme / tirarme / echarme ) ( delante / debajo / enfrente ) ~3 <tren> / volarme ~1 ( sesos / cabeza ) )
    """,
    "die_es": """
        ( ( morir / morirme / morirm ) / estar <muerto> / ( no / nunca ) ~1 ( despertar / despertarme / existir / despertara ) / ( dormir / dormirme )
        ~4 ( no / nunca ) ~1 ( despertar / despertarme ) / ( dormir / dormirme ) para siempre / desaparecer ( para siempre / $ / del mundo / de este ) /
        dejar de ( existir / vivir / respirar ) / irme de este mundo )
    """,
}
